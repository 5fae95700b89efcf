package join

import (
	"context"
	"slices"

	"involt/internal/core/access"
	"involt/internal/core/grant"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/joincode"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Leave takes the person who acts out of a zone: every grant that they have for
// it by name ends, and their membership of groups into which its codes led them.
// Who is not in it is an errs.NotFound.
func (s *Service) Leave(ctx context.Context, by access.Actor, zone id.Location) (err error) {
	defer errs.Wrap(&err, "join.Leave")
	if by.Person == "" {
		return errs.New(errs.Denied, "Only somebody who is signed in can leave a zone.")
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		return s.out(tx, by, zone, by.Person, joincode.Left, "zone.left", nil)
	})
}

// LeaveGroup takes the person who acts out of a group into which a code led them
// that opens no zone.
func (s *Service) LeaveGroup(ctx context.Context, by access.Actor, which id.Joining) (err error) {
	defer errs.Wrap(&err, "join.LeaveGroup")
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		if err := invite.LockPeople(tx, by.Workspace, by.Person); err != nil {
			return err
		}
		j, err := joincode.JoiningByID(tx, by.Workspace, which)
		if err == nil && (by.Person == "" || j.Person != by.Person || j.State != joincode.Joined && j.State != joincode.Waiting) {
			err = errs.New(errs.NotFound, "You have left this already.")
		}
		if err != nil {
			return err
		}
		c, err := joincode.ByID(tx, by.Workspace, j.Code)
		if err != nil {
			return err
		}
		if c.Location != "" {
			return s.out(tx, by, c.Location, by.Person, joincode.Left, "zone.left", nil)
		}
		if err := s.end(tx, by, &j, &c, joincode.Left); err != nil {
			return err
		}
		return record(tx, by, "zone.left", &c, j.Person, map[string]any{"joining": j.ID})
	})
}

// Also is what else a removal from a zone takes, so that nothing lets the user
// charge there any more.
type Also struct {
	Groups      []id.Group // groups that they are taken out of
	MembersOnly bool       // the zone is for members only from then on
}

// Remove takes a user out of a zone, as Leave does, and does what also says in
// the same moment. Chargers refuse them within a second. Who is not in it, and
// is taken out of nothing else, is an errs.NotFound.
func (s *Service) Remove(ctx context.Context, by access.Actor, zone id.Location, who id.Person, also Also) (err error) {
	defer errs.Wrap(&err, "join.Remove")
	in, err := holds(by, access.PeopleWrite, zone)
	if err != nil {
		return err
	}
	if also.MembersOnly {
		if _, err := holds(by, access.PlacesWrite, zone); err != nil {
			return err
		}
	}
	for _, g := range also.Groups {
		if !in.Covers(access.Scope{Kind: access.InGroup, ID: string(g)}) {
			return errs.New(errs.NotFound, "There is no such group. It may have been deleted.")
		}
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		if err := person.Within(tx, by.Workspace, in, who); err != nil {
			return err
		}
		if err := s.out(tx, by, zone, who, joincode.Removed, "zone.member-removed", also.Groups); err != nil {
			return err
		}
		if also.MembersOnly {
			return s.membersOnly(tx, by, zone, true)
		}
		return nil
	})
}

// holds returns where by has a permission, if the zone lies there. Another zone is
// not there.
func holds(by access.Actor, p access.Perm, zone id.Location) (access.Reach, error) {
	in, err := by.Within(p)
	if err == nil && !in.Covers(access.Scope{Kind: access.AtLocation, ID: string(zone)}) {
		err = errs.New(errs.NotFound, "There is no such location. It may have been removed.")
	}
	return in, err
}

// out ends everything by name that a person has in a zone, and membership of the
// groups that are said.
func (s *Service) out(tx *db.Tx, by access.Actor, zone id.Location, who id.Person, to joincode.State, what string, groups []id.Group) error {
	if err := invite.LockPeople(tx, by.Workspace, who); err != nil {
		return err
	}
	l, err := site.LocationByID(tx, by.Workspace, zone)
	if err != nil {
		return err
	}
	if _, err := person.ByID(tx, by.Workspace, who); err != nil {
		return err
	}
	some := false
	grants, err := grant.OfPersonIn(tx, by.Workspace, who, zone)
	if err != nil {
		return err
	}
	for _, g := range grants {
		if err := grant.Delete(tx, by.Workspace, g.ID); err != nil {
			return err
		}
		some = true
	}
	all, err := joincode.JoiningsOf(tx, by.Workspace, who)
	if err != nil {
		return err
	}
	for i := range all {
		if all[i].State != joincode.Joined && all[i].State != joincode.Waiting {
			continue
		}
		c, err := joincode.ByID(tx, by.Workspace, all[i].Code)
		if err != nil {
			return err
		}
		if c.Location != zone {
			continue
		}
		if err := s.end(tx, by, &all[i], &c, to); err != nil {
			return err
		}
		some = true
	}
	for _, g := range groups {
		left, err := outOf(tx, by, g, who)
		if err != nil {
			return err
		}
		some = some || left
	}
	if !some {
		return errs.New(errs.NotFound, "This user is not in the zone any more.")
	}
	return journal.RecordMany(tx, by, what, journal.About("person", who), []string{journal.About("zone", zone)}, map[string]any{"zone": zone, "name": l.Name, "grants": grants})
}

// end ends one joining, and membership of the group into which it led.
func (s *Service) end(tx *db.Tx, by access.Actor, j *joincode.Joining, c *joincode.Code, to joincode.State) error {
	if j.InGroup && c.Group != "" {
		if _, err := outOf(tx, by, c.Group, j.Person); err != nil {
			return err
		}
	}
	return joincode.End(tx, j, to, by.Name)
}

// outOf takes a person out of a group, if they are in it.
func outOf(tx *db.Tx, by access.Actor, g id.Group, who id.Person) (bool, error) {
	v, err := group.ByID(tx, by.Workspace, g)
	switch {
	case errs.KindOf(err) == errs.NotFound:
		return false, nil
	case err != nil:
		return false, err
	}
	left, err := group.Remove(tx, by.Workspace, g, who)
	if err != nil || !left {
		return false, err
	}
	return true, journal.Record(tx, by, "group.member-removed", journal.About("person", who), map[string]any{"group": g, "name": v.Name})
}

// MembersOnly opens a zone to its members only, whatever the workspace's access
// mode, or no longer.
func (s *Service) MembersOnly(ctx context.Context, by access.Actor, zone id.Location, on bool) (err error) {
	defer errs.Wrap(&err, "join.MembersOnly(%v)", on)
	if _, err := holds(by, access.PlacesWrite, zone); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error { return s.membersOnly(tx, by, zone, on) })
}

func (s *Service) membersOnly(tx *db.Tx, by access.Actor, zone id.Location, on bool) error {
	l, err := site.LocationByID(tx, by.Workspace, zone)
	if err != nil {
		return err
	}
	changed, err := site.SetMembersOnly(tx, by.Workspace, zone, on)
	if err != nil || !changed {
		return err
	}
	return journal.Record(tx, by, "location.updated", journal.About("location", zone), map[string]any{"name": l.Name, "members_only": [2]bool{!on, on}})
}

// Way is something that lets a user charge in a zone besides membership by name
// of the zone itself.
type Way struct {
	Group  group.Group // a group of theirs
	Places int         // how many places the group opens
	Here   bool        // all that the group opens is in the zone
}

// Others is everything that lets a user charge in a zone even after they were
// removed from it.
type Others struct {
	Groups     []Way // groups out of which the reader may take them
	Beyond     int   // groups that are not in the reader's part of the workspace
	Everywhere bool  // a rule for them by name opens every place
}

// Ways says what lets a user charge in a zone even after they were removed from
// it.
func (s *Service) Ways(ctx context.Context, by access.Actor, zone id.Location, who id.Person) (o Others, err error) {
	defer errs.Wrap(&err, "join.Ways")
	in, err := holds(by, access.PeopleWrite, zone)
	if err != nil {
		return o, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		o = Others{}
		if err := person.Within(tx, by.Workspace, in, who); err != nil {
			return err
		}
		mine, err := grant.OfPerson(tx, by.Workspace, who)
		if err != nil {
			return err
		}
		o.Everywhere = slices.ContainsFunc(mine, func(g grant.Grant) bool { return g.Location == "" && g.Charger == "" })
		groups, err := group.Of(tx, by.Workspace, who)
		if err != nil {
			return err
		}
		chargers, err := site.Chargers(tx, by.Workspace)
		if err != nil {
			return err
		}
		inside := map[id.Charger]bool{}
		for _, h := range chargers {
			inside[h.ID] = h.Location == zone
		}
		for _, g := range groups {
			rules, err := grant.OfGroup(tx, by.Workspace, g.ID)
			if err != nil {
				return err
			}
			way, opens := Way{Group: g, Places: len(rules), Here: true}, false
			for _, r := range rules {
				here := r.Location == zone || r.Charger != "" && inside[r.Charger]
				opens = opens || here || r.Location == "" && r.Charger == ""
				way.Here = way.Here && here
			}
			switch {
			case opens && in.Covers(access.Scope{Kind: access.InGroup, ID: string(g.ID)}):
				o.Groups = append(o.Groups, way)
			case opens:
				o.Beyond++
			}
		}
		return nil
	})
	return o, err
}
