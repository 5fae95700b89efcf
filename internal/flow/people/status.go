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

// Deactivate ends a person's charging, staff roles and API keys at once. They may
// still sign in and see what was theirs. Only active users can be deactivated;
// a reason is required.
func (s *Service) Deactivate(ctx context.Context, by access.Actor, who id.Person, reason string) (err error) {
	defer errs.Wrap(&err, "people.Deactivate")
	if err := by.NeedSome(access.PeopleWrite); err != nil {
		return err
	}
	if reason, err = rule.Reason(reason); err != nil {
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
		if err := t.Deactivate(&f).Err(p.CalledBy(see)); err != nil {
			return err
		}
		if err := p.Become(person.Deactivated, tx.Now); err != nil {
			return err
		}
		p.StatusReason = reason
		if err := person.Save(tx, &p); err != nil {
			return err
		}
		if err := rule.EndMeans(tx, p.Workspace, []id.Person{p.ID}); err != nil {
			return err
		}
		return journal.Record(tx, by, "person.deactivated", journal.About("person", p.ID), map[string]any{"from": person.Active, "to": p.Status, "reason": reason})
	})
}

// Reactivate lets a deactivated person charge again.
func (s *Service) Reactivate(ctx context.Context, by access.Actor, who id.Person) (err error) {
	defer errs.Wrap(&err, "people.Reactivate")
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
		if err := t.Reactivate(&f).Err(p.CalledBy(see)); err != nil {
			return err
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
