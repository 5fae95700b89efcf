package onboard

import (
	"context"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/claim"
	"involt/internal/core/invite"
	"involt/internal/core/journal"
	"involt/internal/core/login"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// SendAgain mails a new link for an invitation whose link has expired, to the
// invitation's own address and to no other. Whoever holds the old link may ask;
// client is the address of their browser. For any other link nothing happens,
// and the answer is the same, so that it tells nobody anything. Asking too often
// is an errs.Unavailable.
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
		ended := v.Accepted.IsZero() && v.Revoked.IsZero() && v.Declined.IsZero() && !v.Expires.After(tx.Now)
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
		if err := invite.Renew(tx, s.Keys, &v, v.InvitedBy); err != nil {
			return err
		}
		if err := queueMail(tx, &v); err != nil {
			return err
		}
		self := access.Actor{Workspace: v.Workspace, Name: journal.About("person", p.ID), Person: p.ID}
		return journal.Record(tx, self, "person.invited", journal.About("person", p.ID), map[string]any{"email": p.Email, "invitation": v.ID, "again": true, "asked": "expired link"})
	})
	if k := errs.KindOf(err); k == errs.NotFound || k == errs.Conflict {
		return nil // a link that is none, or was renewed this very moment
	}
	return err
}
