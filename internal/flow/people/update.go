package people

import (
	"context"
	"maps"
	"slices"

	"involt/internal/core/access"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/source"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Update changes what is written about a person: name, phone, language,
// external id, cost center, info 1 and 2. p.Version must be that of the row the
// change was made on; if somebody else changed it since, that is an
// errs.Conflict.
func (s *Service) Update(ctx context.Context, by access.Actor, p person.Person) (_ person.Person, err error) {
	defer errs.Wrap(&err, "people.Update")
	if err := by.NeedSome(access.PeopleWrite); err != nil {
		return p, err
	}
	if err := p.Clean(); err != nil {
		return p, err
	}
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		if err := person.Reach(tx, by, access.PeopleWrite, p.ID); err != nil {
			return err
		}
		old, err := person.ByID(tx, by.Workspace, p.ID)
		if err != nil {
			return err
		}
		changed := old
		changed.FirstName, changed.LastName, changed.Phone, changed.Language = p.FirstName, p.LastName, p.Phone, p.Language
		changed.ExternalID, changed.CostCenter, changed.Info1, changed.Info2 = p.ExternalID, p.CostCenter, p.Info1, p.Info2
		changed.Version = p.Version
		if err := person.Save(tx, &changed); err != nil {
			if errs.KindOf(err) == errs.Conflict && old.Version == p.Version {
				return errs.AtField("external_id", "Another user has this external id already.")
			}
			return err
		}
		if _, err := person.AddCostCenter(tx, by.Workspace, changed.CostCenter); err != nil {
			return err
		}
		values := difference(&old, &changed)
		p = changed
		if len(values) == 0 {
			return nil
		}
		if err := source.Note(tx, by, p.ID, slices.Sorted(maps.Keys(values))...); err != nil {
			return err
		}
		return journal.Record(tx, by, "person.updated", journal.About("person", p.ID), values)
	})
	return p, err
}

// difference lists what changed, as field → [before, after].
func difference(a, b *person.Person) map[string][2]string {
	d := map[string][2]string{}
	for field, v := range map[string][2]string{
		"first_name": {a.FirstName, b.FirstName}, "last_name": {a.LastName, b.LastName}, "phone": {a.Phone, b.Phone},
		"language": {a.Language, b.Language}, "external_id": {a.ExternalID, b.ExternalID}, "cost_center": {a.CostCenter, b.CostCenter},
		"info_1": {a.Info1, b.Info1}, "info_2": {a.Info2, b.Info2},
	} {
		if v[0] != v[1] {
			d[field] = v
		}
	}
	return d
}
