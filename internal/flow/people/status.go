package people

import (
	"context"
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/apikey"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Deactivate ends a person's charging, staff roles and API keys at once. They may
// still sign in and see what was theirs. Only active users can be deactivated;
// a reason is required.
func (s *Service) Deactivate(ctx context.Context, by access.Actor, who id.Person, reason string) (err error) {
	defer errs.Wrap(&err, "people.Deactivate")
	if err := by.Need(access.PeopleWrite); err != nil {
		return err
	}
	reason = strings.TrimSpace(reason)
	if n := len([]rune(reason)); n == 0 || n > 500 {
		return errs.AtField("reason", "Say in a few words why, for instance: left the company.")
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		p, err := person.ByID(tx, by.Workspace, who)
		if err != nil {
			return err
		}
		if p.Status != person.Active {
			return errs.New(errs.Conflict, "%s is %s; only active users can be deactivated.", p.CalledBy(by), p.Status.Label())
		}
		if p.ID == by.Person {
			return errs.New(errs.Conflict, "You cannot deactivate yourself. Ask another admin.")
		}
		if err := mayTouch(tx, by, &p); err != nil {
			return err
		}
		if err := p.Become(person.Deactivated, tx.Now); err != nil {
			return err
		}
		p.StatusReason = reason
		if err := person.Save(tx, &p); err != nil {
			return err
		}
		about := journal.About("person", p.ID)
		if err := apikey.RevokeOf(tx, p.Workspace, about); err != nil {
			return err
		}
		if err := invite.Revoke(tx, p.Workspace, p.ID); err != nil {
			return err
		}
		return journal.Record(tx, by, "person.deactivated", about, map[string]any{"from": person.Active, "to": p.Status, "reason": reason})
	})
}

// mayTouch refuses to end somebody's access who holds permissions that by does
// not have, or who is the last super-admin.
func mayTouch(tx *db.Tx, by access.Actor, p *person.Person) error {
	roles, err := person.Roles(tx, p.Workspace, p.ID)
	if err != nil || len(roles) == 0 {
		return err
	}
	if !by.MayGive(roles) {
		return errs.New(errs.Denied, "%s holds a staff role. Only someone who may give that role can do this.", p.CalledBy(by))
	}
	for _, r := range roles {
		if r != "super-admin" {
			continue
		}
		// Two who take the last but one away at the same moment must see each other.
		if err := workspace.Lock(tx, p.Workspace); err != nil {
			return err
		}
		if n, err := person.CountRole(tx, p.Workspace, r); err != nil || n <= 1 {
			return errs.Or(err, errs.New(errs.Conflict, "%s is the last super-admin. Make somebody else super-admin first.", p.CalledBy(by)))
		}
	}
	return nil
}

// Reactivate lets a deactivated person charge again.
func (s *Service) Reactivate(ctx context.Context, by access.Actor, who id.Person) (err error) {
	defer errs.Wrap(&err, "people.Reactivate")
	if err := by.Need(access.PeopleWrite); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		p, err := person.ByID(tx, by.Workspace, who)
		if err != nil {
			return err
		}
		if p.Status != person.Deactivated {
			return errs.New(errs.Conflict, "%s is %s; only deactivated users can be reactivated.", p.CalledBy(by), p.Status.Label())
		}
		// Staff roles come back with the person.
		roles, err := person.Roles(tx, p.Workspace, p.ID)
		if err != nil {
			return err
		}
		if len(roles) > 0 && !by.MayGive(roles) {
			return errs.New(errs.Denied, "%s holds a staff role, which would come back. Only someone who may give that role can do this.", p.CalledBy(by))
		}
		if err := p.Become(person.Active, tx.Now); err != nil {
			return err
		}
		if err := person.Save(tx, &p); err != nil {
			return err
		}
		return journal.Record(tx, by, "person.reactivated", journal.About("person", p.ID), map[string]any{"from": person.Deactivated, "to": p.Status})
	})
}
