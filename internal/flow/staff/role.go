package staff

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/role"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Roles returns every role of the workspace: those that come ready, then its own.
func (s *Service) Roles(ctx context.Context, by access.Actor) (list []access.Role, err error) {
	defer errs.Wrap(&err, "staff.Roles")
	if err := by.NeedSome(access.PeopleRead); err != nil {
		if err := by.NeedSome(access.StaffWrite); err != nil {
			return nil, err
		}
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		list, err = role.List(tx, by.Workspace)
		return err
	})
	return list, err
}

// Role returns a role of the workspace's own, with who holds it or is offered it.
func (s *Service) Role(ctx context.Context, by access.Actor, key string) (r role.Role, has []person.Person, err error) {
	defer errs.Wrap(&err, "staff.Role")
	if err := by.Need(access.StaffWrite); err != nil {
		return r, nil, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		if r, err = role.OwnByKey(tx, by.Workspace, key); err != nil {
			return err
		}
		has, err = having(tx, by.Workspace, key)
		return err
	})
	return r, has, err
}

// MakeRole adds a role of the workspace's own. Nobody makes one with permissions
// that they could not give.
func (s *Service) MakeRole(ctx context.Context, by access.Actor, r role.Role) (_ role.Role, err error) {
	defer errs.Wrap(&err, "staff.MakeRole")
	if err := mayMake(by, &r); err != nil {
		return r, err
	}
	r.Workspace = by.Workspace
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		r.Key = ""
		if err := role.Insert(tx, &r); err != nil {
			return err
		}
		return journal.Record(tx, by, "role.created", journal.About("role", r.Key), map[string]any{"name": r.Label, "perms": r.Perms.Names()})
	})
	return r, err
}

// SaveRole changes a role of the workspace's own; whoever holds it may what it
// then says within a second. by must be able to give it as it was and as it will
// be: so nobody is raised above whoever edits. r.Version must be that of the row
// the change was made on.
func (s *Service) SaveRole(ctx context.Context, by access.Actor, r role.Role) (_ role.Role, err error) {
	defer errs.Wrap(&err, "staff.SaveRole")
	if err := mayMake(by, &r); err != nil {
		return r, err
	}
	r.Workspace = by.Workspace
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		if err := workspace.Lock(tx, by.Workspace); err != nil {
			return err
		}
		old, err := mine(tx, by, r.Key)
		if err != nil {
			return err
		}
		if err := role.Save(tx, &r); err != nil {
			return err
		}
		values := map[string]any{}
		for field, pair := range map[string][2]string{
			"name": {old.Label, r.Label}, "does": {old.Does, r.Does}, "perms": {strings.Join(old.Perms.Names(), ", "), strings.Join(r.Perms.Names(), ", ")},
		} {
			if pair[0] != pair[1] {
				values[field] = pair
			}
		}
		if len(values) == 0 {
			return nil
		}
		return journal.Record(tx, by, "role.changed", journal.About("role", r.Key), values)
	})
	return r, err
}

// RemoveRole removes a role of the workspace's own that nobody holds and nobody is
// offered; else it is an errs.Conflict that says who.
func (s *Service) RemoveRole(ctx context.Context, by access.Actor, key string) (err error) {
	defer errs.Wrap(&err, "staff.RemoveRole")
	if err := by.Need(access.StaffWrite); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		// Whoever gives roles at this moment is either before this, or finds it gone.
		if err := workspace.Lock(tx, by.Workspace); err != nil {
			return err
		}
		r, err := mine(tx, by, key)
		if err != nil {
			return err
		}
		has, err := having(tx, by.Workspace, key)
		if err != nil {
			return err
		}
		if len(has) > 0 {
			return errs.New(errs.Conflict, "%s. Take the role %s from them first.", WhoHas(by, has), r.Label)
		}
		if err := role.Remove(tx, by.Workspace, key); err != nil {
			return err
		}
		return journal.Record(tx, by, "role.removed", journal.About("role", key), map[string]any{"name": r.Label})
	})
}

// WhoHas says who holds a role, or is offered it.
func WhoHas(by access.Actor, has []person.Person) string {
	const named = 3
	if !by.Perms.Has(access.PersonalData) {
		if len(has) == 1 {
			return "One user holds it, or is invited with it"
		}
		return fmt.Sprintf("%d users hold it, or are invited with it", len(has))
	}
	names := make([]string, 0, named)
	for i := range has[:min(len(has), named)] {
		names = append(names, has[i].Name())
	}
	text := strings.Join(names, ", ")
	if more := len(has) - named; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	if len(has) == 1 {
		return text + " holds it, or is invited with it"
	}
	return text + " hold it, or are invited with it"
}

func mayMake(by access.Actor, r *role.Role) error {
	if err := by.Need(access.StaffWrite); err != nil {
		return err
	}
	if err := r.Clean(); err != nil {
		return err
	}
	if !by.Delegable(r.Role, access.Scope{}) {
		return errs.AtField("perms", "You cannot make a role with permissions that you do not have.")
	}
	return nil
}

// mine returns a role of the workspace's own that by could give.
func mine(tx *db.Tx, by access.Actor, key string) (role.Role, error) {
	r, err := role.OwnByKey(tx, by.Workspace, key)
	if err == nil && !by.Delegable(r.Role, access.Scope{}) {
		err = errs.New(errs.Denied, "This role holds permissions that you do not have, so you cannot change it.")
	}
	return r, err
}

// having returns who holds a role, and who is offered it by an open invitation.
func having(tx *db.Tx, ws id.Workspace, key string) ([]person.Person, error) {
	list, err := db.All(tx, db.Text[id.Person], `SELECT DISTINCT r.person FROM person_role r JOIN person p ON p.workspace = r.workspace AND p.id = r.person
		WHERE r.workspace = ? AND r.role = ? ORDER BY r.person`, ws, key)
	if err != nil {
		return nil, err
	}
	type open struct {
		who   id.Person
		offer string
	}
	for o, err := range db.Each(tx, func(row db.Scanner) (o open, err error) {
		err = row.Scan(&o.who, &o.offer)
		return o, err
	}, `SELECT person, offer FROM invite WHERE workspace = ? AND accepted_at IS NULL AND revoked_at IS NULL AND declined_at IS NULL AND offer LIKE ?`, ws, `%`+key+`%`) {
		if err != nil {
			return nil, err
		}
		var offer invite.Offer
		if err := json.Unmarshal([]byte(o.offer), &offer); err != nil {
			return nil, fmt.Errorf("an invitation's offer: %w", err)
		}
		for _, g := range offer.Roles {
			if g.Role == key {
				list = append(list, o.who)
				break
			}
		}
	}
	if len(list) == 0 {
		return nil, nil
	}
	return person.ByIDs(tx, ws, list)
}
