package onboard

import (
	"context"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/claim"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/journal"
	"involt/internal/core/login"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/flow/onboard/decline"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/job"
)

var mailUsed = job.Define[usedMail]("onboard.mail-used")

// usedMail answers who asked for a new link in place of one that was used.
type usedMail struct {
	Workspace id.Workspace
	Invite    id.Invite
}

// sendUsed tells the invitation's address that there is a user with it, and how
// to sign in.
func (s *Service) sendUsed(ctx context.Context, m usedMail) error {
	err := s.DB.Update(ctx, func(tx *db.Tx) error {
		v, err := invite.ByID(tx, m.Workspace, m.Invite)
		if err != nil {
			return err
		}
		p, err := person.ByID(tx, v.Workspace, v.Person)
		if err != nil || p.Email != v.Email {
			return err // gone, or the mailbox is somebody else's by now
		}
		return queueHere(tx, &p, kindUsed, v.Email, string(v.ID))
	})
	if errs.KindOf(err) == errs.NotFound {
		return nil
	}
	return err
}

// SendAgain mails a new link for an invitation whose link has expired, and for the
// last one that somebody declined, to the invitation's own address and to no other;
// for one that was used it mails how to sign in. Whoever holds the old link may ask; client is the address of their
// browser. For any other link nothing happens, and the answer is the same, so that
// it tells nobody anything. Asking too often is an errs.Unavailable.
func (s *Service) SendAgain(ctx context.Context, token, client string) (err error) {
	defer errs.Wrap(&err, "onboard.SendAgain")
	// The count must stay whatever comes of it: it has a transaction of its own.
	err = s.DB.Update(ctx, func(tx *db.Tx) error { return login.Limit(tx, "send-again|"+client, 10, time.Minute) })
	if err != nil {
		return err
	}
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		v, err := byToken(tx, token)
		if err != nil {
			return err
		}
		if !v.Accepted.IsZero() && v.Channel == invite.ByMail {
			if full, err := mailboxFull(tx, v.Email); full || err != nil {
				return err
			}
			return mailUsed.Add(tx, usedMail{v.Workspace, v.ID}, job.For(v.Workspace))
		}
		declined := !v.Declined.IsZero()
		ended := v.Accepted.IsZero() && v.Revoked.IsZero() && (declined || !v.Expires.After(tx.Now))
		if !ended || v.Channel != invite.ByMail {
			return nil
		}
		p, err := person.ByID(tx, v.Workspace, v.Person)
		if err != nil || !v.Fits(p.Email) || v.Claim == "" && mayInvite(&p) != "" {
			return err
		}
		if v.Claim != "" {
			if c, err := claim.ByID(tx, v.Workspace, v.Claim); err != nil || WhyNoLetter(false, p.Status) != "" || !c.Used.IsZero() || !c.Revoked.IsZero() {
				return err
			}
		}
		ws, err := workspace.ByID(tx, v.Workspace)
		if err != nil {
			return err
		}
		v.Life = lifeOf(&ws, &v.Offer)
		asked := "expired link"
		if declined {
			asked = "declined"
			if again, err := decline.TakeBack(tx, s.Keys, &v, &p); err != nil || !again {
				return err
			}
		} else if err := invite.Renew(tx, s.Keys, &v, v.InvitedBy); err != nil {
			return err
		}
		if err := queueMail(tx, &v); err != nil {
			return err
		}
		self := access.Actor{Workspace: v.Workspace, Name: journal.About("person", p.ID), Person: p.ID}
		return journal.Record(tx, self, "person.invited", journal.About("person", p.ID), map[string]any{"email": p.Email, "invitation": v.ID, "again": true, "asked": asked})
	})
	if k := errs.KindOf(err); k == errs.NotFound || k == errs.Conflict {
		return nil // a link that is none, or was renewed this very moment
	}
	return err
}
