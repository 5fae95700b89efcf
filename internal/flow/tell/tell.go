// Package tell brings messages to people, and hears what became of them: web
// push and the app's own inbox beside mail, mails that come back, addresses that
// get none, and how a workspace's mails look.
package tell

import (
	"context"
	"net/http"
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/notice/outbox"
	"involt/internal/core/person"
	"involt/internal/core/suppress"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/seal"
)

// Service tells people.
type Service struct {
	DB        *db.DB
	Keys      *seal.Ring
	Outbox    *outbox.Box
	Mailbox   Mailbox      // where mails come back to; nil for none
	Web       *http.Client // calls push services: see kit/outward
	Contact   string       // how push services reach whoever runs the server: a mailto: or https: address
	PublicURL string       // the only source of links
}

// Guard knows the addresses that get no mail; see [outbox.Guard].
type Guard struct{}

// Why says why some of the addresses get none.
func (Guard) Why(tx *db.Tx, ws id.Workspace, emails []string) (map[string]string, error) {
	found, err := suppress.Among(tx, ws, emails)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	why := make(map[string]string, len(found))
	for email, e := range found {
		say := "not sent: the address is on the list of those that get no mail, since " + e.Since.Format("2 January 2006")
		if e.Detail != "" {
			say += ": " + e.Detail
		}
		why[email] = say
	}
	return why, nil
}

// Refused puts an address on the list that a mail server takes no mail for.
func (Guard) Refused(tx *db.Tx, ws id.Workspace, email, reply string) error {
	return addTo(tx, access.System(ws, "mail"), email, suppress.Bounce, reply)
}

func addTo(tx *db.Tx, by access.Actor, email string, reason suppress.Reason, detail string) error {
	added, err := suppress.Add(tx, &suppress.Entry{Workspace: by.Workspace, Email: email, Reason: reason, Detail: detail, AddedBy: by.Name})
	if err != nil || !added {
		return err
	}
	return journal.Record(tx, by, "address.suppressed", subject(tx, by.Workspace, email), map[string]any{"email": email, "reason": reason, "reply": detail})
}

// subject is the person of an address, if there is one, so that the entry is
// found with them, and erased with them.
func subject(tx *db.Tx, ws id.Workspace, email string) string {
	if p, err := person.ByEmail(tx, ws, email); err == nil {
		return journal.About("person", p.ID)
	}
	return "job:mail"
}

// SuppressedShown is how many addresses a page of the list shows.
const SuppressedShown = 200

// Suppressed lists the addresses that get no mail, the newest first: those that
// begin with text, and how many there are in all.
func (s *Service) Suppressed(ctx context.Context, by access.Actor, text string) (list []suppress.Entry, total int64, err error) {
	defer errs.Wrap(&err, "tell.Suppressed")
	if err := by.Need(access.SettingsWrite | access.PersonalData); err != nil {
		return nil, 0, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		list, total, err = suppress.List(tx, by.Workspace, strings.ToLower(strings.TrimSpace(text)), SuppressedShown)
		return err
	})
	return list, total, err
}

// Suppress has an address get no more mail. why is for whoever reads the list.
func (s *Service) Suppress(ctx context.Context, by access.Actor, email, why string) (err error) {
	defer errs.Wrap(&err, "tell.Suppress")
	if err := by.Need(access.SettingsWrite | access.PersonalData); err != nil {
		return err
	}
	clean, err := person.CleanEmail(email)
	if err != nil {
		return errs.AtField("email", "%s", errs.Text(err))
	}
	if n := len([]rune(why)); n > suppress.MaxDetail {
		return errs.AtField("detail", "This has %d characters; at most %d fit.", n, suppress.MaxDetail)
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error { return addTo(tx, by, clean, suppress.Staff, why) })
}

// Release lets an address get mail again.
func (s *Service) Release(ctx context.Context, by access.Actor, email string) (err error) {
	defer errs.Wrap(&err, "tell.Release")
	if err := by.Need(access.SettingsWrite | access.PersonalData); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		if err := suppress.Remove(tx, by.Workspace, email); err != nil {
			return err
		}
		return journal.Record(tx, by, "address.released", subject(tx, by.Workspace, email), map[string]any{"email": email})
	})
}
