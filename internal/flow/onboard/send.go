package onboard

import (
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/journal"
	"involt/internal/core/notice"
	"involt/internal/core/notice/outbox"
	"involt/internal/flow/onboard/letter"
	"involt/internal/kit/db"
	"involt/internal/kit/job"
)

// The kinds of mails that wait in the outbox. They are stored: never change one.
const (
	kindInvitation = "invitation"
	kindApproved   = "approved"
	kindDeclined   = "declined"
	kindMerge      = "claim-merge"
	kindHere       = "here-already" // to somebody who applied; Ref is the application
	kindUsed       = "link-used"    // to somebody whose link was used
)

// mails tells the outbox how the mails of this package are made.
func (s *Service) mails(pool *job.Pool) {
	if s.Outbox == nil {
		s.Outbox = &outbox.Box{DB: s.DB, Keys: s.Keys, Sender: s.Mail}
	}
	s.Outbox.Handle(kindInvitation, outbox.Kind{Letters: s.invitations, Ended: invitationsEnded})
	for _, kind := range []string{kindApproved, kindDeclined, kindMerge, kindHere, kindUsed} {
		s.Outbox.Handle(kind, outbox.Kind{Letters: s.answers})
	}
	s.Outbox.Jobs(pool)
}

// queueMail has the mail of an invitation sent once tx has committed.
func queueMail(tx *db.Tx, v *invite.Invite) error {
	n := invitationNotice(v, false)
	if err := notice.Insert(tx, &n); err != nil {
		return err
	}
	return outbox.Ring(tx)
}

// queueMails has the mails of many invitations sent once tx has committed. They
// wait for mails that somebody waits for.
func queueMails(tx *db.Tx, list []invite.Invite) error {
	if _, err := notice.Load(tx, func(yield func(*notice.Notice) bool) {
		for i := range list {
			if n := invitationNotice(&list[i], true); !yield(&n) {
				return
			}
		}
	}); err != nil {
		return err
	}
	return outbox.Ring(tx)
}

func invitationNotice(v *invite.Invite, bulk bool) notice.Notice {
	return notice.Notice{
		Workspace: v.Workspace, Person: v.Person, Channel: "mail", Kind: kindInvitation, Recipient: v.Email,
		Ref: string(v.ID), Generation: v.Generation, Bulk: bulk,
	}
}

// aBit is by how much a link may live shorter than its mail says, while nobody
// has written down that the mail went out.
const aBit = 10 * time.Minute

// invitations gathers what the mails of invitations say. If the mail server's
// answer is lost, a mail goes out again with the same link.
func (s *Service) invitations(tx *db.Tx, ws id.Workspace, list []notice.Notice) ([]outbox.Letter, error) {
	all := make([]outbox.Letter, len(list))
	which := make([]id.Invite, len(list))
	for i := range list {
		which[i] = id.Invite(list[i].Ref)
	}
	found, err := invite.ByIDs(tx, ws, which)
	if err != nil {
		return nil, err
	}
	var who []id.Person
	for _, v := range found {
		who = append(who, v.Person)
	}
	g, err := letter.Gather(tx, ws, who)
	if err != nil {
		return nil, err
	}
	for i := range list {
		v, ok := found[which[i]]
		if !ok || v.Generation != list[i].Generation || !v.Accepted.IsZero() || !v.Revoked.IsZero() || !v.Declined.IsZero() {
			all[i].Drop = "no longer wanted"
			continue
		}
		// Only now: a mail that waited for days must not bring a dead link.
		if v.Expires.Before(tx.Now.Add(v.Life - aBit)) {
			if err := invite.Extend(tx, &v); err != nil {
				return nil, err
			}
		}
		l, err := s.letter(g, &v)
		if err != nil {
			return nil, err
		}
		all[i].Write = l.Mail
	}
	return all, nil
}

// invitationsEnded writes down what the mail server said of invitations.
func invitationsEnded(tx *db.Tx, ws id.Workspace, list []outbox.Ended) error {
	by := access.System(ws, "mail")
	var sent []invite.Link
	var to []outbox.Ended
	for _, e := range list {
		link := invite.Link{ID: id.Invite(e.Ref), Generation: e.Generation}
		if !e.Refused {
			sent, to = append(sent, link), append(to, e)
			continue
		}
		if err := invite.WasBounced(tx, &invite.Invite{Workspace: ws, ID: link.ID, Generation: link.Generation}, e.Reply); err != nil {
			return err
		}
		if err := journal.Record(tx, by, "invitation.bounced", journal.About("person", e.Person), map[string]any{"invitation": link.ID, "to": e.Recipient, "reply": e.Reply}); err != nil {
			return err
		}
	}
	if err := invite.WereSent(tx, ws, sent); err != nil {
		return err
	}
	switch len(to) {
	case 0:
		return nil
	case 1:
		return journal.Record(tx, by, "invitation.sent", journal.About("person", to[0].Person), map[string]any{"invitation": sent[0].ID, "to": to[0].Recipient})
	}
	about := make([]string, 0, len(to))
	for _, e := range to {
		about = append(about, journal.About("person", e.Person))
	}
	return journal.RecordMany(tx, by, "invitation.sent", "job:mail", about, map[string]any{"mails": len(to)})
}
