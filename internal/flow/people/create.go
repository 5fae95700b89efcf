package people

import (
	"context"

	"involt/internal/core/access"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Create adds a person who has not been asked yet: status Imported, or Active
// if they have no e-mail address. Nothing is sent.
func (s *Service) Create(ctx context.Context, by access.Actor, p person.Person) (_ person.Person, err error) {
	defer errs.Wrap(&err, "people.Create")
	if err := by.Need(access.PeopleWrite); err != nil {
		return p, err
	}
	if p.Email != "" {
		if p.Email, err = person.CleanEmail(p.Email); err != nil {
			return p, errs.AtField("email", "%s", errs.Text(err))
		}
	}
	if err := p.Clean(); err != nil {
		return p, err
	}
	p.Workspace, p.ID, p.Status, p.Identity = by.Workspace, "", person.Imported, ""
	if p.Email == "" {
		p.Status = person.Active // there is nobody who could be asked
	}
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		if err := person.Insert(tx, &p); errs.KindOf(err) == errs.Conflict {
			return errs.AtField("email", "A user with this e-mail address or external id is here already.")
		} else if err != nil {
			return err
		}
		if _, err := person.AddCostCenter(tx, p.Workspace, p.CostCenter); err != nil {
			return err
		}
		return journal.Record(tx, by, "person.created", journal.About("person", p.ID), map[string]any{"email": p.Email, "name": p.Name(), "status": p.Status})
	})
	return p, err
}
