package people

import (
	"context"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/flow/people/rule"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Delete hides somebody and refuses them at once: their cards, their keys, their
// invitations, their way in. Half an hour later what is personal of them is
// erased for good; until then [Service.UndoDelete] brings them back.
func (s *Service) Delete(ctx context.Context, by access.Actor, who id.Person) (err error) {
	defer errs.Wrap(&err, "people.Delete")
	if err := by.NeedSome(access.PeopleWrite); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		see, err := person.Sight(tx, by, access.PeopleWrite, who)
		if err != nil {
			return err
		}
		p, err := person.ByID(tx, by.Workspace, who)
		if err != nil {
			return err
		}
		t, f, err := rule.About(tx, by, &p)
		if err != nil {
			return err
		}
		if err := t.Delete(&f).Err(p.CalledBy(see)); err != nil {
			return err
		}
		if err := rule.Delete(tx, by.Workspace, []person.Person{p}); err != nil {
			return err
		}
		return journal.Record(tx, by, "person.deleted", journal.About("person", p.ID), map[string]any{"from": p.Status})
	})
}

// UndoDelete brings somebody back as they were, as long as they are not erased;
// then it is an errs.Gone. Keys and invitations that ended with the deletion do
// not come back. If their address or external id is another's by now, it is an
// errs.Conflict at "email" or "external_id".
func (s *Service) UndoDelete(ctx context.Context, by access.Actor, who id.Person) (err error) {
	defer errs.Wrap(&err, "people.UndoDelete")
	if err := by.NeedSome(access.PeopleWrite); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		if err := person.Reach(tx, by, access.PeopleWrite, who); err != nil {
			return err
		}
		g, err := person.LockGone(tx, by.Workspace, who)
		if err != nil {
			return err
		}
		// Staff roles come back with the person.
		roles, err := person.Roles(tx, by.Workspace, who)
		if err != nil {
			return err
		}
		t := rule.Terms{By: by}
		if err := t.Restore(&rule.Facts{Roles: roles}).Err("This user"); err != nil {
			return err
		}
		if err := person.Restore(tx, &g); err != nil {
			return err
		}
		return journal.Record(tx, by, "person.restored", journal.About("person", who), map[string]any{"to": g.Status})
	})
}

// Deleted returns who was deleted and can still be brought back, for the page
// that offers it. It is an errs.Gone if they cannot.
func (s *Service) Deleted(ctx context.Context, by access.Actor, who id.Person) (g person.Gone, err error) {
	defer errs.Wrap(&err, "people.Deleted")
	if err := by.NeedSome(access.PeopleRead); err != nil {
		return g, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) (err error) {
		if by, err = person.Sight(tx, by, access.PeopleRead, who); err != nil {
			return err
		}
		g, err = person.GoneByID(tx, by.Workspace, who)
		return err
	})
	if !by.Perms.Has(access.PersonalData) {
		g.FirstName, g.LastName, g.Email, g.Reason = "", "", "", ""
	}
	return g, err
}
