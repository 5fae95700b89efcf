package onboard

import (
	"context"
	"slices"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// InviteTo invites one person into the account of an offer: somebody new, or
// somebody who is here and has no account yet, whose account it becomes when they
// accept. A wrong address is an errs.Invalid at "email".
func (s *Service) InviteTo(ctx context.Context, by access.Actor, email string, offer invite.Offer, message string) (who id.Person, err error) {
	defer errs.Wrap(&err, "onboard.InviteTo")
	if email, err = person.CleanEmail(email); err != nil {
		return "", atField("email", err)
	}
	if n := len([]rune(message)); n > 1000 {
		return "", errs.AtField("message", "The message has %d characters; at most 1,000 fit.", n)
	}
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		p, err := person.ByEmail(tx, by.Workspace, email)
		if errs.KindOf(err) == errs.NotFound {
			made, err := s.Invite(s.DB.Join(ctx, tx), by, []Invitee{{Email: email}}, offer, message)
			if err == nil {
				who = made[0]
			}
			return err
		}
		if err != nil {
			return err
		}
		who = p.ID
		return s.inviteHere(tx, by, p.ID, offer, message)
	})
	return who, err
}

// inviteHere offers an account to somebody who is here.
func (s *Service) inviteHere(tx *db.Tx, by access.Actor, who id.Person, offer invite.Offer, message string) error {
	r, err := by.Within(access.PeopleWrite)
	if err != nil {
		return err
	}
	if !r.Whole && !slices.Contains(r.Accounts, offer.Account) {
		return errs.AtField("account", "Choose the account they belong to.")
	}
	if err := checkOffer(tx, by, offer); err != nil {
		return err
	}
	if err := invite.LockPeople(tx, by.Workspace, who); err != nil {
		return err
	}
	p, err := person.ByID(tx, by.Workspace, who)
	if err != nil {
		return err
	}
	// Whoever sees a part of the workspace only learns no more of the others than
	// that their address is taken.
	switch mine := person.Within(tx, by.Workspace, r, who); {
	case mine != nil && errs.KindOf(mine) != errs.NotFound:
		return mine
	case p.Account == offer.Account:
		return errs.AtField("email", "%s is in this account already.", p.Email)
	case mine != nil && (p.Account != "" || ended(&p)):
		return errs.AtField("email", "%s cannot be invited into this account. Ask whoever runs the workspace.", p.Email)
	case p.Account != "":
		return errs.AtField("email", "%s is in another account already. Change the account on the user's page instead.", p.Email)
	case ended(&p) || p.Status == person.ToBeApproved:
		return errs.AtField("email", "%s is here already (%s) and cannot be invited as they are.", p.Email, p.Status.Label())
	}
	ws, err := workspace.ByID(tx, by.Workspace)
	if err != nil {
		return err
	}
	return s.inviteOne(tx, by, ws, &p, offer, message)
}
