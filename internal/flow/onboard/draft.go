package onboard

import (
	"context"
	"errors"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/flow/onboard/letter"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/mail"
)

// mostDraft is how long a draft may be, in bytes.
const mostDraft = 512 << 10

// sealedFor is the purpose for which drafts are sealed. They hold addresses that
// nobody has decided to keep.
const sealedFor = "invitation draft"

// Begin keeps the first words of invitations that by is writing, and returns the
// name under which they are kept, for a week. Nobody else can open them.
func (s *Service) Begin(ctx context.Context, by access.Actor, body string) (one id.Draft, err error) {
	defer errs.Wrap(&err, "onboard.Begin")
	if _, err := by.Within(access.PeopleWrite); err != nil {
		return "", err
	}
	d := invite.Draft{Workspace: by.Workspace, MadeBy: by.Name, Body: s.Keys.Box(sealedFor, string(by.Workspace), body)}
	err = s.DB.Update(ctx, func(tx *db.Tx) error { return invite.InsertDraft(tx, &d) })
	return d.ID, err
}

// Draft returns what by has written so far or, if it was sent, who came of it.
func (s *Service) Draft(ctx context.Context, by access.Actor, one id.Draft) (body string, made []id.Person, sent bool, err error) {
	defer errs.Wrap(&err, "onboard.Draft")
	if _, err := by.Within(access.PeopleWrite); err != nil {
		return "", nil, false, err
	}
	var d invite.Draft
	if err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
		d, err = invite.DraftOf(tx, by.Workspace, one, by.Name)
		return err
	}); err != nil {
		return "", nil, false, err
	}
	if !d.Sent.IsZero() {
		return "", d.People, true, nil
	}
	body, err = s.Keys.Unbox(sealedFor, string(by.Workspace), d.Body)
	return body, nil, false, err
}

// SaveDraft keeps what by has written by now.
func (s *Service) SaveDraft(ctx context.Context, by access.Actor, one id.Draft, body string) (err error) {
	defer errs.Wrap(&err, "onboard.SaveDraft")
	if _, err := by.Within(access.PeopleWrite); err != nil {
		return err
	}
	if len(body) > mostDraft {
		return errs.New(errs.Invalid, "This is too much for one form. Import a file instead.")
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		d, err := invite.LockDraft(tx, by.Workspace, one, by.Name)
		if err != nil {
			return err
		}
		d.Body = s.Keys.Box(sealedFor, string(by.Workspace), body)
		return invite.SaveDraft(tx, &d)
	})
}

// SendDraft invites whom a draft names, all or none, once: whoever sends it again
// gets those of the first time.
func (s *Service) SendDraft(ctx context.Context, by access.Actor, one id.Draft, list []Invitee, offer invite.Offer, message string) (made []id.Person, err error) {
	defer errs.Wrap(&err, "onboard.SendDraft(%d people)", len(list))
	if _, err := by.Within(access.PeopleWrite); err != nil {
		return nil, err
	}
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		d, err := invite.LockDraft(tx, by.Workspace, one, by.Name)
		if err != nil {
			return err
		}
		if made = d.People; !d.Sent.IsZero() {
			return nil
		}
		if made, err = s.Invite(s.DB.Join(ctx, tx), by, list, offer, message); err != nil {
			return err
		}
		return invite.SentDraft(tx, &d, made)
	})
	return made, err
}

// errOnlyTried gives up a transaction that would have worked.
var errOnlyTried = errors.New("only tried")

// PreviewInvitation returns the very mail that one of the people would get, if they were
// invited now. Nothing stays of it: its link and its code open nothing. What would
// be wrong with the invitation is returned as Invite returns it, for row 0.
func (s *Service) PreviewInvitation(ctx context.Context, by access.Actor, in Invitee, offer invite.Offer, message string) (m mail.Message, err error) {
	defer errs.Wrap(&err, "onboard.PreviewInvitation")
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		made, err := s.Invite(s.DB.Join(ctx, tx), by, []Invitee{in}, offer, message)
		if err != nil {
			return err
		}
		p, err := person.ByID(tx, by.Workspace, made[0])
		if err != nil || p.Email == "" {
			return errs.Or(err, errOnlyTried)
		}
		v, err := invite.OpenOf(tx, by.Workspace, p.ID)
		if err != nil {
			return err
		}
		l, err := letter.Describe(tx, &v)
		if err != nil {
			return err
		}
		// A link of the same length as the real one, which is made when it is sent.
		l.Link, l.Code, l.CodeLink = s.PublicURL+"/i/"+nothing, "AB12-CD34", s.PublicURL+"/i"
		if m, err = l.Mail(); err != nil {
			return err
		}
		return errOnlyTried
	})
	if errors.Is(err, errOnlyTried) {
		err = nil
	}
	return m, err
}

// Life is how long the link of an offer works in by's workspace.
func Life(ws *workspace.Workspace, o *invite.Offer) (hours int) { return int(lifeOf(ws, o).Hours()) }
