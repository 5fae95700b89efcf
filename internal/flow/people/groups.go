package people

import (
	"context"

	"involt/internal/core/access"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/flow/people/rule"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// AddToGroup puts one person into a group. It is an errs.Conflict if they are in
// it.
func (s *Service) AddToGroup(ctx context.Context, by access.Actor, g id.Group, who id.Person) (err error) {
	defer errs.Wrap(&err, "people.AddToGroup")
	if err := holdsGroup(by, g); err != nil {
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
		to, err := group.ByID(tx, by.Workspace, g)
		if err != nil {
			return err
		}
		added, err := group.Add(tx, by.Workspace, g, who)
		if err != nil {
			return err
		}
		if err := new(rule.Terms).GroupAdd(&rule.Facts{Here: true, Member: !added}).Err(p.CalledBy(see)); err != nil {
			return err
		}
		return journal.Record(tx, by, "group.member-added", journal.About("person", who), map[string]any{"group": g, "name": to.Name})
	})
}

// RemoveFromGroup takes one person out of a group. In access mode "By user
// group" nobody leaves their last group.
func (s *Service) RemoveFromGroup(ctx context.Context, by access.Actor, g id.Group, who id.Person) (err error) {
	defer errs.Wrap(&err, "people.RemoveFromGroup")
	if err := holdsGroup(by, g); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		ws, err := workspace.ByID(tx, by.Workspace)
		if err != nil {
			return err
		}
		see, err := person.Sight(tx, by, access.PeopleWrite, who)
		if err != nil {
			return err
		}
		// Locked: two who take the last two groups away must see each other.
		p, err := person.ByID(tx, by.Workspace, who)
		if err != nil {
			return err
		}
		if _, err := person.Standings(tx, by.Workspace, []id.Person{who}, true); err != nil {
			return err
		}
		have, err := group.Of(tx, by.Workspace, who)
		if err != nil {
			return err
		}
		name := nameOf(have, g)
		f := rule.Facts{ID: who, Here: true, Status: p.Status, Member: name != "", Groups: len(have)}
		if !f.Member {
			return nil // twice is as good as once
		}
		if err := (&rule.Terms{By: by, Mode: ws.AccessMode}).GroupRemove(&f).Err(p.CalledBy(see)); err != nil {
			return err
		}
		removed, err := group.Remove(tx, by.Workspace, g, who)
		if err != nil || !removed {
			return err
		}
		return journal.Record(tx, by, "group.member-removed", journal.About("person", who), map[string]any{"group": g, "name": name})
	})
}

// holdsGroup refuses whoever may not change who is in a group: it says where its
// members may charge, so that having people is not enough. To those who have
// others, a group that is not theirs is not there.
func holdsGroup(by access.Actor, g id.Group) error {
	r, err := by.Within(access.PeopleWrite)
	if err == nil && !r.Covers(access.Scope{Kind: access.InGroup, ID: string(g)}) {
		err = errs.New(errs.NotFound, "There is no such group. It may have been deleted.")
	}
	return err
}

func nameOf(list []group.Group, g id.Group) string {
	for _, one := range list {
		if one.ID == g {
			return one.Name
		}
	}
	return ""
}
