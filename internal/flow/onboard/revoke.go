package onboard

import (
	"context"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/flow/onboard/decline"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// RevokeInvitation takes an invitation back: its link no longer works, a mail
// that waits is not sent, and the person is Imported again. Whoever is not
// Invited is an errs.Conflict.
func (s *Service) RevokeInvitation(ctx context.Context, by access.Actor, who id.Person) (err error) {
	defer errs.Wrap(&err, "onboard.RevokeInvitation")
	if err := by.NeedSome(access.PeopleWrite); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		// Whoever follows the link at this moment is either in, or finds it revoked.
		if err := invite.LockPeople(tx, by.Workspace, who); err != nil {
			return err
		}
		see, err := person.Sight(tx, by, access.PeopleWrite, who)
		if err != nil {
			return err
		}
		p, err := person.ByID(tx, by.Workspace, who)
		if err != nil {
			return err
		}
		if p.Status != person.Invited {
			return errs.New(errs.Conflict, "%s is %s; there is no open invitation to revoke.", p.CalledBy(see), p.Status.Label())
		}
		if err := invite.Revoke(tx, p.Workspace, p.ID); err != nil {
			return err
		}
		if err := p.Become(person.Imported, tx.Now); err != nil {
			return err
		}
		if err := person.Save(tx, &p); err != nil {
			return err
		}
		return journal.Record(tx, by, "invitation.revoked", journal.About("person", p.ID), map[string]any{"email": p.Email, "from": person.Invited, "to": p.Status})
	})
}

// DeclineInvitation says no to the invitation of a link, for whoever reads its mail: the link
// ends, and whoever was Invited is Imported again. One that was declined already
// stays so, without an error. Of declining and coming in at one moment exactly one
// happens; the other gets an errs.Gone.
func (s *Service) DeclineInvitation(ctx context.Context, token string) (err error) {
	defer errs.Wrap(&err, "onboard.DeclineInvitation")
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		v, err := byToken(tx, token)
		if err != nil || !v.Declined.IsZero() {
			return err
		}
		return decline.Now(tx, &v)
	})
}
