package equip

import (
	"context"

	"involt/internal/core/access"
	"involt/internal/core/grant"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/joincode"
	"involt/internal/core/journal"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// AddGroup adds a user group behind the others.
func (s *Service) AddGroup(ctx context.Context, by access.Actor, g group.Group) (_ group.Group, err error) {
	defer errs.Wrap(&err, "equip.AddGroup")
	if err := by.Need(access.PeopleWrite); err != nil {
		return g, err
	}
	g.Workspace = by.Workspace
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		if err := group.Insert(tx, &g); err != nil {
			return err
		}
		return journal.Record(tx, by, "group.created", journal.About("group", g.ID), map[string]any{"name": g.Name})
	})
	return g, err
}

// SaveGroup changes a group's name and description. g.Version must be that of the
// row the change was made on; if somebody else changed it since, that is an
// errs.Conflict.
func (s *Service) SaveGroup(ctx context.Context, by access.Actor, g group.Group) (_ group.Group, err error) {
	defer errs.Wrap(&err, "equip.SaveGroup")
	if err := by.Need(access.PeopleWrite); err != nil {
		return g, err
	}
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		old, err := group.ByID(tx, by.Workspace, g.ID)
		if err != nil {
			return err
		}
		changed := old
		changed.Name, changed.Description, changed.Version = g.Name, g.Description, g.Version
		if err := group.Save(tx, &changed); err != nil {
			return err
		}
		g = changed
		values := map[string][2]string{}
		for field, v := range map[string][2]string{"name": {old.Name, g.Name}, "description": {old.Description, g.Description}} {
			if v[0] != v[1] {
				values[field] = v
			}
		}
		if len(values) == 0 {
			return nil
		}
		return journal.Record(tx, by, "group.updated", journal.About("group", g.ID), values)
	})
	return g, err
}

// MoveGroup puts a group so many places further down in the order, or up if
// places is negative. The first group of somebody's that says a term gives it.
func (s *Service) MoveGroup(ctx context.Context, by access.Actor, g id.Group, places int) (err error) {
	defer errs.Wrap(&err, "equip.MoveGroup")
	if err := by.Need(access.PeopleWrite); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		old, err := group.ByID(tx, by.Workspace, g)
		if err != nil {
			return err
		}
		moved, err := group.Move(tx, by.Workspace, g, places)
		if err != nil || !moved {
			return err
		}
		v, err := group.ByID(tx, by.Workspace, g)
		if err != nil {
			return err
		}
		return journal.Record(tx, by, "group.moved", journal.About("group", g), map[string]any{"name": v.Name, "rank": [2]int64{old.Rank, v.Rank}})
	})
}

// MakeDefault lets a group take everyone who has none, in place of the one that
// did; "" leaves the workspace without such a group. If somebody loses by it, it
// is a [Look] unless seen is what they lose.
func (s *Service) MakeDefault(ctx context.Context, by access.Actor, g id.Group, seen string) (err error) {
	defer errs.Wrap(&err, "equip.MakeDefault")
	if err := by.Need(access.PeopleWrite); err != nil {
		return err
	}
	if err := s.foresee(ctx, by, grant.Change{Default: &g}, seen); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		if err := workspace.Lock(tx, by.Workspace); err != nil {
			return err
		}
		w, err := workspace.ByID(tx, by.Workspace)
		if err != nil {
			return err
		}
		if err := setDefault(tx, by, g); err != nil {
			return err
		}
		if w.AccessMode == workspace.ByGroup {
			return everyoneHasAGroup(tx, by.Workspace)
		}
		return nil
	})
}

// setDefault makes one group the default one and notes it, if it is not.
func setDefault(tx *db.Tx, by access.Actor, to id.Group) error {
	was, err := group.TheDefault(tx, by.Workspace)
	if err != nil || was == to {
		return err
	}
	if to != "" {
		if err := group.Lock(tx, by.Workspace, to); err != nil {
			return err
		}
	}
	if err := group.SetDefault(tx, by.Workspace, to); err != nil {
		return err
	}
	for _, g := range []id.Group{was, to} {
		if g == "" {
			continue
		}
		v, err := group.ByID(tx, by.Workspace, g)
		if err != nil {
			return err
		}
		if err := journal.Record(tx, by, "group.updated", journal.About("group", g), map[string]any{"name": v.Name, "is_default": [2]bool{g == was, g == to}}); err != nil {
			return err
		}
	}
	return nil
}

// DeleteGroup deletes a group with its rules and memberships. Those who are in
// no other group come into heir, unless it is ""; if the deleted group was the
// default one, heir is from then on. In access mode "By user group" nobody active
// may be left without a group: that is an errs.Invalid at the field "heir". It is
// a [Look] until seen is what the deletion would do, if it takes anything from
// anybody.
func (s *Service) DeleteGroup(ctx context.Context, by access.Actor, g, heir id.Group, seen string) (err error) {
	defer errs.Wrap(&err, "equip.DeleteGroup")
	if err := by.Need(access.PeopleWrite); err != nil {
		return err
	}
	if g == heir {
		return errs.AtField("heir", "Choose another group than the one that is deleted.")
	}
	if err := s.foresee(ctx, by, grant.Change{Group: g, Gone: true, Heir: heir}, seen); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		if err := workspace.Lock(tx, by.Workspace); err != nil { // two deletions wait for each other before they lock groups
			return err
		}
		if err := group.Lock(tx, by.Workspace, g); err != nil {
			return err
		}
		v, err := group.ByID(tx, by.Workspace, g)
		if err != nil {
			return err
		}
		refuge, err := group.TheDefault(tx, by.Workspace)
		if err != nil {
			return err
		}
		if heir == "" {
			err = strandsNobody(tx, by.Workspace, g, refuge)
		} else {
			err = inherit(tx, by, v, heir, refuge == g)
		}
		if err != nil {
			return err
		}
		return remove(tx, by, v, heir)
	})
}

// strandsNobody refuses to delete a group if active people were left without any
// in a workspace where the groups decide.
func strandsNobody(tx *db.Tx, ws id.Workspace, g, refuge id.Group) error {
	w, err := workspace.ByID(tx, ws)
	if err != nil || w.AccessMode != workspace.ByGroup || refuge != "" && refuge != g {
		return err
	}
	n, err := group.Stranded(tx, ws, g)
	if err == nil && refuge == g {
		var more int64
		more, err = group.Without(tx, ws)
		n += more
	}
	if err == nil && n > 0 {
		err = errs.AtField("heir", "%s in no other group and could charge nowhere. Choose the group that takes them.", users(n))
	}
	return err
}

// inherit puts those who are in no other group than g into heir.
func inherit(tx *db.Tx, by access.Actor, g group.Group, heir id.Group, isDefault bool) error {
	if err := group.Lock(tx, by.Workspace, heir); errs.KindOf(err) == errs.NotFound {
		return errs.AtField("heir", "There is no such group any more. Choose another one.")
	} else if err != nil {
		return err
	}
	to, err := group.ByID(tx, by.Workspace, heir)
	if err != nil {
		return err
	}
	if isDefault {
		if err := setDefault(tx, by, heir); err != nil {
			return err
		}
	}
	list, err := group.OnlyIn(tx, by.Workspace, g.ID)
	if err != nil || len(list) == 0 {
		return err
	}
	_, err = group.Load(tx, by.Workspace, func(yield func(group.Membership) bool) {
		for _, p := range list {
			if !yield(group.Membership{Group: heir, Person: p}) {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	return journal.RecordMany(tx, by, "group.member-added", journal.About("group", heir), about(list), map[string]any{"group": heir, "name": to.Name, "instead_of": g.Name})
}

func remove(tx *db.Tx, by access.Actor, g group.Group, heir id.Group) error {
	members, err := group.Members(tx, by.Workspace, g.ID)
	if err != nil {
		return err
	}
	rules, err := grant.OfGroup(tx, by.Workspace, g.ID)
	if err != nil {
		return err
	}
	if err := grant.DeleteOfGroup(tx, by.Workspace, g.ID); err != nil {
		return err
	}
	if err := joincode.WithoutGroup(tx, by.Workspace, g.ID); err != nil {
		return err
	}
	if err := group.Delete(tx, by.Workspace, g.ID); err != nil {
		return err
	}
	return journal.RecordMany(tx, by, "group.deleted", journal.About("group", g.ID), about(members), map[string]any{
		"name": g.Name, "description": g.Description, "members": len(members), "rules": rules, "heir": heir,
	})
}

func about(list []id.Person) []string {
	subjects := make([]string, len(list))
	for i, p := range list {
		subjects[i] = journal.About("person", p)
	}
	return subjects
}
