// Package staff is who runs a workspace: system users, the roles they hold and
// where these hold, and the workspace's own roles.
//
// Nobody gives, takes or makes what they could not give themselves: every rule of
// that is [access.Actor.Delegable] and [access.Actor.MayGive].
package staff

import (
	"context"
	"slices"

	"involt/internal/core/access"
	"involt/internal/core/grant"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/role"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Inviter invites people within a transaction that has locked them.
type Inviter interface {
	OfferIn(tx *db.Tx, by access.Actor, p *person.Person, offer invite.Offer, message string) error
}

// Service changes who runs a workspace.
type Service struct {
	DB      *db.DB
	Inviter Inviter
}

// superAdmin is the role of which a workspace keeps one holder at least.
const superAdmin = "super-admin"

// Added is what became of somebody who was to be a system user.
type Added struct {
	Person  id.Person
	Invited bool // a link is on its way; else they were in already, and the roles hold from now on
}

// Add makes somebody a system user: a new user, or one who is here. Who is in
// already has the roles at once; everybody else gets an invitation that offers
// them, and they are checked again when it is accepted. Errors stand at "email"
// and "roles".
func (s *Service) Add(ctx context.Context, by access.Actor, email string, roles []access.Given, message string) (a Added, err error) {
	defer errs.Wrap(&err, "staff.Add")
	if err := by.NeedSome(access.StaffWrite); err != nil {
		return a, err
	}
	var wrong errs.List
	email, err = person.CleanEmail(email)
	if err != nil {
		wrong.Add(errs.AtField("email", "%s", errs.Text(err)))
	}
	if len(roles) == 0 {
		wrong.Add(errs.AtField("roles", "Choose at least one role."))
	}
	if n := len([]rune(message)); n > 1000 {
		wrong.Add(errs.AtField("message", "The message has %d characters; at most 1,000 fit.", n))
	}
	if err := wrong.Err(); err != nil {
		return a, err
	}
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		a = Added{}
		if err := mayGive(tx, by, roles); err != nil {
			return err
		}
		p, err := s.addressee(tx, by, email, roles)
		if err != nil {
			return err
		}
		a.Person = p.ID
		if p.Identity != "" && p.Status == person.Active {
			for _, g := range roles {
				if err := give(tx, by, p.ID, g); err != nil {
					return err
				}
			}
			return nil
		}
		offer, err := offered(tx, by, p.ID)
		if err != nil {
			return err
		}
		for _, g := range roles {
			if !slices.Contains(offer.Roles, g) {
				offer.Roles = append(offer.Roles, g)
			}
		}
		a.Invited = true
		return s.Inviter.OfferIn(tx, by, &p, offer, message)
	})
	return a, err
}

// addressee finds the user of an address and locks them, or makes one. Who is
// invited by somebody with a part of the workspace belongs to that part.
func (s *Service) addressee(tx *db.Tx, by access.Actor, email string, roles []access.Given) (p person.Person, err error) {
	p, err = person.ByEmail(tx, by.Workspace, email)
	if errs.KindOf(err) == errs.NotFound {
		p = person.Person{Workspace: by.Workspace, Email: email, Status: person.Imported, Account: accountOf(roles)}
		r, err := by.Within(access.StaffWrite)
		if err != nil {
			return p, err
		}
		if !r.Whole && p.Account == "" && roles[0].At.Kind == access.InAccount {
			p.Account = id.Account(roles[0].At.ID)
		}
		if err := person.Insert(tx, &p); err != nil {
			return p, err
		}
		if !r.Whole && p.Account == "" {
			if err := belong(tx, by.Workspace, p.ID, roles); err != nil {
				return p, err
			}
		}
		return p, journal.Record(tx, by, "person.created", journal.About("person", p.ID), map[string]any{"email": p.Email, "status": p.Status})
	}
	if err != nil {
		return p, err
	}
	if err := person.Reach(tx, by, access.StaffWrite, p.ID); errs.KindOf(err) == errs.NotFound && err != nil {
		return p, errs.AtField("email", "%s cannot be invited from here. Ask an admin of this workspace.", email)
	} else if err != nil {
		return p, err
	}
	if err := invite.LockPeople(tx, by.Workspace, p.ID); err != nil {
		return p, err
	}
	if p, err = person.ByID(tx, by.Workspace, p.ID); err != nil {
		return p, err
	}
	switch p.Status { //nolint:exhaustive // the others may be invited
	case person.Deactivated:
		return p, errs.AtField("email", "%s is Deactivated here. Reactivate them first.", email)
	case person.ToBeApproved, person.Declined:
		return p, errs.AtField("email", "%s asked to come in and is %s. Answer that under Approvals first.", email, p.Status.Label())
	}
	return p, nil
}

// belong puts somebody into the part of the workspace that their first role holds
// in: whoever invites them could not see them otherwise. It gives them nothing
// before they have come in.
func belong(tx *db.Tx, ws id.Workspace, who id.Person, roles []access.Given) error {
	switch at := roles[0].At; at.Kind {
	case access.InGroup:
		_, err := group.Add(tx, ws, id.Group(at.ID), who)
		return err
	case access.AtLocation:
		return grant.Insert(tx, &grant.Grant{Workspace: ws, Person: who, Location: id.Location(at.ID)})
	case access.Everywhere, access.InAccount:
	}
	return nil // only whoever has the whole workspace gives such a role
}

// accountOf is the account of those who have roles in it and nowhere else.
func accountOf(roles []access.Given) (a id.Account) {
	for _, g := range roles {
		if g.At.Kind != access.InAccount || a != "" && a != id.Account(g.At.ID) {
			return ""
		}
		a = id.Account(g.At.ID)
	}
	return a
}

// offered is what an open invitation of somebody offers, so that a new one offers
// it too; of its roles only those that by could give.
func offered(tx *db.Tx, by access.Actor, who id.Person) (o invite.Offer, err error) {
	v, err := invite.OpenOf(tx, by.Workspace, who)
	if errs.KindOf(err) == errs.NotFound {
		return o, nil
	}
	if err != nil {
		return o, err
	}
	o = v.Offer
	o.Roles = nil
	for _, g := range v.Offer.Roles {
		r, err := role.ByKey(tx, by.Workspace, g.Role)
		if err != nil && errs.KindOf(err) != errs.NotFound {
			return o, err
		}
		if err == nil && by.Delegable(r, g.At) {
			o.Roles = append(o.Roles, g)
		}
	}
	return o, nil
}

// mayGive refuses roles that by could not give, that do not exist, and that hold
// where nothing is.
func mayGive(tx *db.Tx, by access.Actor, roles []access.Given) error {
	var wrong errs.List
	for _, g := range roles {
		r, err := role.ByKey(tx, by.Workspace, g.Role)
		if errs.KindOf(err) == errs.NotFound {
			wrong.Add(errs.AtField("roles", "%s", errs.Text(err)))
			continue
		}
		if err != nil {
			return err
		}
		name, err := person.ScopeName(tx, by.Workspace, g.At)
		switch {
		case err != nil:
			return err
		case r.Only != access.Everywhere && g.At.Kind != r.Only:
			wrong.Add(errs.AtField("roles", "The role %s holds in an account only. Choose which.", r.Label))
		case name == "":
			wrong.Add(errs.AtField("roles", "What the role %s is to be limited to is not there any more. Choose again.", r.Label))
		case !by.Delegable(r, g.At):
			wrong.Add(errs.AtField("roles", "You cannot give the role %s here: it holds permissions that you do not have.", r.Label))
		}
	}
	return wrong.Err()
}

func give(tx *db.Tx, by access.Actor, who id.Person, g access.Given) error {
	if err := person.GiveRole(tx, by.Workspace, who, g); err != nil {
		return err
	}
	return record(tx, by, "person.role-given", who, g)
}

func take(tx *db.Tx, by access.Actor, who id.Person, g access.Given) error {
	if err := person.TakeRole(tx, by.Workspace, who, g); err != nil {
		return err
	}
	return record(tx, by, "person.role-taken", who, g)
}

func record(tx *db.Tx, by access.Actor, what string, who id.Person, g access.Given) error {
	value := map[string]any{"role": g.Role}
	if r, err := role.ByKey(tx, by.Workspace, g.Role); err == nil {
		value["label"] = r.Label
	} else if errs.KindOf(err) != errs.NotFound {
		return err
	}
	if g.At != (access.Scope{}) {
		where, err := person.ScopeName(tx, by.Workspace, g.At)
		if err != nil {
			return err
		}
		value["scope"], value["where"] = g.At, where
	}
	return journal.Record(tx, by, what, journal.About("person", who), value)
}

// Change gives somebody exactly these roles: it takes those that they hold and
// that are not among them, and of an open invitation it changes what is offered.
// by must be able to give whatever is given and whatever is taken. Nobody changes
// their own roles, and the last super-admin keeps theirs.
func (s *Service) Change(ctx context.Context, by access.Actor, who id.Person, roles []access.Given) (err error) {
	defer errs.Wrap(&err, "staff.Change")
	if err := by.NeedSome(access.StaffWrite); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		if err := person.Reach(tx, by, access.StaffWrite, who); err != nil {
			return err
		}
		// Two who take the last two super-admins' roles at the same moment must see
		// each other; so must whoever changes this person.
		if err := workspace.Lock(tx, by.Workspace); err != nil {
			return err
		}
		if err := invite.LockPeople(tx, by.Workspace, who); err != nil {
			return err
		}
		p, err := person.ByID(tx, by.Workspace, who)
		if err != nil {
			return err
		}
		if who == by.Person {
			return errs.New(errs.Conflict, "You cannot change your own roles. Ask another admin.")
		}
		held, err := person.Roles(tx, by.Workspace, who)
		if err != nil {
			return err
		}
		if p.Identity == "" || p.Status != person.Active {
			if v, err := invite.OpenOf(tx, by.Workspace, who); err == nil {
				return s.offerAnew(tx, by, &p, &v, roles)
			} else if errs.KindOf(err) != errs.NotFound {
				return err
			}
		}
		return exchange(tx, by, &p, held, roles)
	})
}

// exchange makes held roles those that are wanted.
func exchange(tx *db.Tx, by access.Actor, p *person.Person, held []access.Held, roles []access.Given) error {
	var less []access.Held
	var more []access.Given
	for _, h := range held {
		if !slices.Contains(roles, h.Given()) {
			less = append(less, h)
		}
	}
	for _, g := range roles {
		if !slices.ContainsFunc(held, func(h access.Held) bool { return h.Given() == g }) {
			more = append(more, g)
		}
	}
	if err := mayGive(tx, by, more); err != nil {
		return err
	}
	if !by.MayGive(less) {
		return errs.New(errs.Denied, "They hold a role that you may not give, so you cannot take it either.")
	}
	if p.Status == person.Active && access.Holds(less, superAdmin) {
		if n, err := person.CountRole(tx, by.Workspace, superAdmin); err != nil || n <= 1 {
			return errs.Or(err, errs.New(errs.Conflict, "This is the last super-admin. Make somebody else super-admin first."))
		}
	}
	for _, h := range less {
		if err := take(tx, by, p.ID, h.Given()); err != nil {
			return err
		}
	}
	for _, g := range more {
		if err := give(tx, by, p.ID, g); err != nil {
			return err
		}
	}
	return nil
}

// offerAnew replaces an open invitation by one that offers other roles.
func (s *Service) offerAnew(tx *db.Tx, by access.Actor, p *person.Person, v *invite.Invite, roles []access.Given) error {
	var less []access.Held
	for _, g := range v.Offer.Roles {
		if slices.Contains(roles, g) {
			continue
		}
		r, err := role.ByKey(tx, by.Workspace, g.Role)
		if err != nil && errs.KindOf(err) != errs.NotFound {
			return err
		}
		less = append(less, access.Held{Role: r, At: g.At})
	}
	if !by.MayGive(less) {
		return errs.New(errs.Denied, "They were offered a role that you may not give, so you cannot take it back either.")
	}
	if err := mayGive(tx, by, roles); err != nil {
		return err
	}
	if len(roles) == 0 {
		return errs.AtField("roles", "Choose at least one role, or revoke the invitation.")
	}
	offer := v.Offer
	offer.Roles = roles
	return s.Inviter.OfferIn(tx, by, p, offer, v.Message)
}
