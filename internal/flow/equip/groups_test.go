package equip_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/grant"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/core/workspace"
	"involt/internal/flow/admit"
	"involt/internal/flow/equip"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/testkit/dbtest"
)

// club is a workspace with a location, and somebody who sets it up.
type club struct {
	*testing.T
	d    *db.DB
	s    *equip.Service
	by   access.Actor
	here site.Location
	n    int
}

func newClub(t *testing.T, d *db.DB, mode workspace.Mode) *club {
	t.Helper()
	admits := &admit.Service{DB: d}
	c := &club{T: t, d: d, s: &equip.Service{DB: d, Effects: admits}}
	ws := workspace.New("club", "")
	ws.AccessMode = mode
	c.do(func(tx *db.Tx) error { return workspace.Insert(tx, &ws) })
	c.by = access.System(ws.ID, "test")
	c.must(admits.Load(t.Context()))
	var err error
	c.here, err = c.s.AddLocation(t.Context(), c.by, site.Location{Name: "Harbour", TimeZone: "Europe/Berlin"})
	c.must(err)
	return c
}

func (c *club) do(f func(*db.Tx) error) {
	c.Helper()
	if err := c.d.Update(c.Context(), f); err != nil {
		c.Fatal(err)
	}
}

func (c *club) must(err error) {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
}

func (c *club) group(name string) group.Group {
	c.Helper()
	g, err := c.s.AddGroup(c.Context(), c.by, group.Group{Name: name})
	c.must(err)
	return g
}

// member adds an active person to groups.
func (c *club) member(in ...group.Group) id.Person {
	c.Helper()
	c.n++
	p := person.Person{Workspace: c.by.Workspace, LastName: fmt.Sprint("Person ", c.n), Status: person.Active}
	c.do(func(tx *db.Tx) error {
		if err := person.Insert(tx, &p); err != nil {
			return err
		}
		for _, g := range in {
			if _, err := group.Add(tx, p.Workspace, g.ID, p.ID); err != nil {
				return err
			}
		}
		return journal.Record(tx, c.by, "person.created", journal.About("person", p.ID), nil)
	})
	return p.ID
}

func (c *club) open(g group.Group) grant.Grant {
	c.Helper()
	v, err := c.s.Open(c.Context(), c.by, grant.Grant{Group: g.ID, Location: c.here.ID})
	c.must(err)
	return v
}

func (c *club) groups() (list []group.Group) {
	c.Helper()
	c.do(func(tx *db.Tx) (err error) {
		list, err = group.List(tx, c.by.Workspace)
		return err
	})
	return list
}

func (c *club) of(who id.Person) (names []string) {
	c.Helper()
	c.do(func(tx *db.Tx) error {
		list, err := group.Of(tx, c.by.Workspace, who)
		for _, g := range list {
			names = append(names, g.Name)
		}
		return err
	})
	return names
}

func (c *club) order() (names []string) {
	c.Helper()
	for _, g := range c.groups() {
		names = append(names, g.Name)
	}
	return names
}

// look is what the maker of a change is shown first.
func (c *club) look(err error) *equip.Look {
	c.Helper()
	l, ok := errors.AsType[*equip.Look](err)
	if !ok {
		c.Fatalf("%v, want a question", err)
	}
	return l
}

// said lists what the journal says of one subject, the newest first.
func (c *club) said(subject string) (names []string) {
	c.Helper()
	c.do(func(tx *db.Tx) error {
		list, err := journal.Of(tx, c.by.Workspace, subject, 10)
		for _, e := range list {
			names = append(names, e.What)
		}
		return err
	})
	return names
}

func wantField(t *testing.T, err error, field string) {
	t.Helper()
	e, ok := errors.AsType[*errs.Error](err)
	if !ok || e.Kind != errs.Invalid || e.Field != field {
		t.Errorf("%v, want something wrong at %q", err, field)
	}
}

func TestAGroupIsChangedByOneAtATime(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newClub(t, d, workspace.Everyone)
		g, other := c.group("Staff"), c.group("Guests")
		a, b := g, g
		a.Name, b.Description = "Night staff", "Those of the day"
		a, err := c.s.SaveGroup(t.Context(), c.by, a)
		c.must(err)
		if _, err = c.s.SaveGroup(t.Context(), c.by, b); errs.KindOf(err) != errs.Conflict {
			t.Errorf("the second change on the same version: %v", err)
		}
		a.Name = "  guests "
		_, err = c.s.SaveGroup(t.Context(), c.by, a)
		wantField(t, err, "name")
		a.Name = ""
		_, err = c.s.SaveGroup(t.Context(), c.by, a)
		wantField(t, err, "name")
		a.Name, a.Description = "ليلي 🌙 "+strings.Repeat("n", 80), strings.Repeat("d", 501)
		_, err = c.s.SaveGroup(t.Context(), c.by, a)
		wantField(t, err, "description")
		a.Description = "Two\r\nlines"
		a, err = c.s.SaveGroup(t.Context(), c.by, a)
		c.must(err)
		if a.Version != 3 || a.Description != "Two\nlines" {
			t.Errorf("saved as %+v", a)
		}
		other.ID = id.New[id.Group]()
		if _, err = c.s.SaveGroup(t.Context(), c.by, other); errs.KindOf(err) != errs.NotFound {
			t.Errorf("a group that is not there: %v", err)
		}
		if got := c.said(journal.About("group", g.ID)); !slices.Equal(got, []string{"group.updated", "group.updated", "group.created"}) {
			t.Errorf("the journal says %v", got)
		}
	})
}

func TestGroupsAreMoved(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newClub(t, d, workspace.Everyone)
		a, b := c.group("A"), c.group("B")
		third := c.group("C")
		c.do(func(tx *db.Tx) error { // two that came in at the same place
			_, err := tx.Exec(`UPDATE user_group SET rank = 2 WHERE workspace = ? AND id = ?`, c.by.Workspace, third.ID)
			return err
		})
		for _, step := range []struct {
			g    group.Group
			by   int
			want string
		}{
			{third, -1, "A C B"}, {a, 1, "C A B"}, {a, 5, "C B A"}, {third, -1, "C B A"}, {a, -9, "A C B"}, {b, 1, "A C B"},
		} {
			c.must(c.s.MoveGroup(t.Context(), c.by, step.g.ID, step.by))
			if got := strings.Join(c.order(), " "); got != step.want {
				t.Errorf("%s by %d: %s, want %s", step.g.Name, step.by, got, step.want)
			}
		}
		if err := c.s.MoveGroup(t.Context(), c.by, id.New[id.Group](), 1); errs.KindOf(err) != errs.NotFound {
			t.Errorf("a group that is not there: %v", err)
		}
		if got := c.said(journal.About("group", b.ID)); !slices.Equal(got, []string{"group.created"}) {
			t.Errorf("one that did not move: %v", got)
		}
	})
}

func TestARuleIsCheckedAndChangedByOneAtATime(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newClub(t, d, workspace.ByGroup)
		g := c.group("Staff")
		r := c.open(g)
		day := grant.Hours{Days: 31, From: 420, To: 1140}
		now := time.Now()
		for field, wrong := range map[string]func(*grant.Grant){
			"until":     func(g *grant.Grant) { g.From, g.Until = now, now },
			"to_time":   func(g *grant.Grant) { g.Hours = grant.Hours{From: 420, To: 420} },
			"time_zone": func(g *grant.Grant) { g.Hours = grant.Hours{Days: 1, Zone: "Atlantis"} },
		} {
			bad := r
			wrong(&bad)
			_, err := c.s.ChangeRule(t.Context(), c.by, bad, "")
			wantField(t, err, field)
			_, err = c.s.Open(t.Context(), c.by, bad)
			wantField(t, err, field)
		}
		a, b := r, r
		a.Hours, b.Hours = day, grant.Hours{Days: 96}
		a, err := c.s.ChangeRule(t.Context(), c.by, a, "")
		c.must(err) // nobody is in it who could lose anything
		if a.Hours.Zone != "Europe/Berlin" || a.Version != 2 {
			t.Errorf("saved as %+v", a)
		}
		if _, err = c.s.ChangeRule(t.Context(), c.by, b, ""); errs.KindOf(err) != errs.Conflict {
			t.Errorf("the second change on the same version: %v", err)
		}
		c.member(g)
		a.Hours.To = 1080
		_, err = c.s.ChangeRule(t.Context(), c.by, a, "")
		l := c.look(err)
		if l.Effect.Lose != 1 || l.Stale || len(l.Effect.Places) != 1 || l.Effect.Places[0].Name != "Harbour" {
			t.Errorf("asks %+v", l)
		}
		c.member(g)
		_, err = c.s.ChangeRule(t.Context(), c.by, a, l.Effect.Seen())
		if l = c.look(err); l.Effect.Lose != 2 || !l.Stale {
			t.Errorf("asks %+v", l)
		}
		a, err = c.s.ChangeRule(t.Context(), c.by, a, l.Effect.Seen())
		c.must(err)
		if l = c.look(c.s.Shut(t.Context(), c.by, a, "")); l.Effect.Lose != 2 {
			t.Errorf("asks %+v", l)
		}
		c.must(c.s.Shut(t.Context(), c.by, a, l.Effect.Seen()))
		if err := c.s.Shut(t.Context(), c.by, a, ""); errs.KindOf(err) != errs.NotFound {
			t.Errorf("a rule that is not there: %v", err)
		}
	})
}

// Nobody is left without a group where the groups decide.
func TestTheModeIsSwitchedKnowingly(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newClub(t, d, workspace.Everyone)
		g := c.group("Staff")
		c.open(g)
		c.member(g)
		lone := c.member()
		_, err := c.s.AddLocation(t.Context(), c.by, site.Location{Name: "Depot", TimeZone: "Europe/Berlin"})
		c.must(err)
		to := func(m workspace.Mode, refuge *id.Group, seen string) error {
			return c.s.SwitchMode(t.Context(), c.by, m, refuge, seen)
		}
		l := c.look(to(workspace.ByGroup, nil, ""))
		if e := l.Effect; e.Lose != 2 || e.Gain != 0 || e.NoGroup != 1 || len(e.Places) != 2 || e.Places[0].Lose != 2 || e.Places[0].Name != "Depot" || e.Places[1].Lose != 1 {
			t.Errorf("asks %+v", e)
		}
		wantField(t, to(workspace.ByGroup, nil, l.Effect.Seen()), "default")
		l = c.look(to(workspace.ByGroup, &g.ID, l.Effect.Seen()))
		if e := l.Effect; !l.Stale || e.Lose != 2 || e.NoGroup != 1 || len(e.Places) != 1 {
			t.Errorf("with a default group: %+v", l)
		}
		c.member(g) // meanwhile
		l = c.look(to(workspace.ByGroup, &g.ID, l.Effect.Seen()))
		if !l.Stale || l.Effect.Lose != 3 {
			t.Errorf("asks %+v", l)
		}
		c.must(to(workspace.ByGroup, &g.ID, l.Effect.Seen()))
		if err := to(workspace.ByGroup, nil, c.look(to(workspace.ByGroup, nil, "")).Effect.Seen()); errs.KindOf(err) != errs.Conflict {
			t.Errorf("switched twice: %v", err)
		}
		// Taking the default group away again strands whoever has none.
		err = c.s.MakeDefault(t.Context(), c.by, "", c.look(c.s.MakeDefault(t.Context(), c.by, "", "")).Effect.Seen())
		wantField(t, err, "default")
		if got := c.of(lone); len(got) != 0 {
			t.Errorf("the default group made a member: %v", got)
		}
		l = c.look(to(workspace.Everyone, nil, ""))
		if l.Effect.Lose != 0 || l.Effect.Gain != 3 {
			t.Errorf("back: %+v", l.Effect)
		}
		c.must(to(workspace.Everyone, nil, l.Effect.Seen()))
		if got := c.said(journal.About("workspace", c.by.Workspace)); !slices.Equal(got, []string{"settings.changed", "settings.changed"}) {
			t.Errorf("the journal says %v", got)
		}
	})
}

func TestAGroupIsDeletedWithWhatDependsOnIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newClub(t, d, workspace.ByGroup)
		g, other := c.group("Staff"), c.group("Guests")
		c.open(g)
		only, both := c.member(g), c.member(g, other)
		del := func(heir id.Group, seen string) error {
			return c.s.DeleteGroup(t.Context(), c.by, g.ID, heir, seen)
		}
		l := c.look(del("", ""))
		if e := l.Effect; e.Lose != 2 || e.NoGroup != 1 || len(e.Losers) != 2 {
			t.Errorf("asks %+v", e)
		}
		wantField(t, del("", l.Effect.Seen()), "heir")
		wantField(t, del(g.ID, l.Effect.Seen()), "heir")
		l = c.look(del(other.ID, ""))
		if e := l.Effect; e.Lose != 2 || e.NoGroup != 0 {
			t.Errorf("asks %+v", e)
		}
		c.must(del(other.ID, l.Effect.Seen()))
		for _, who := range []id.Person{only, both} {
			if got := c.of(who); !slices.Equal(got, []string{"Guests"}) {
				t.Errorf("in %v", got)
			}
		}
		if got := c.said(journal.About("person", only)); !slices.Equal(got, []string{"group.deleted", "group.member-added", "person.created"}) {
			t.Errorf("of one the journal says %v", got)
		}
		if err := del(other.ID, ""); errs.KindOf(err) != errs.NotFound {
			t.Errorf("twice: %v", err)
		}
	})
}

// What takes the place of the default group is the default group.
func TestTheDefaultGroupHasAnHeir(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newClub(t, d, workspace.ByGroup)
		g, other := c.group("Staff"), c.group("Guests")
		c.open(g)
		c.open(other)
		c.must(c.s.MakeDefault(t.Context(), c.by, other.ID, ""))
		c.must(c.s.MakeDefault(t.Context(), c.by, g.ID, ""))
		if list := c.groups(); !list[0].Default || list[1].Default {
			t.Errorf("default are %+v", list)
		}
		c.member() // in none: the default group takes them
		l := c.look(c.s.DeleteGroup(t.Context(), c.by, g.ID, "", ""))
		wantField(t, c.s.DeleteGroup(t.Context(), c.by, g.ID, "", l.Effect.Seen()), "heir")
		c.must(c.s.DeleteGroup(t.Context(), c.by, g.ID, other.ID, "")) // nobody loses anything
		if list := c.groups(); len(list) != 1 || !list[0].Default {
			t.Errorf("left are %+v", list)
		}
	})
}

// Whoever deletes and whoever adds at the same moment: nobody is in a group that
// is gone, and nothing breaks.
func TestDeletedWhileSomebodyComesIn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newClub(t, d, workspace.Everyone)
		for range 5 {
			g, who := c.group("Staff"), c.member()
			ctx := context.WithoutCancel(t.Context())
			added := make(chan error, 1)
			go func() {
				added <- d.Update(ctx, func(tx *db.Tx) error {
					if _, err := group.ByID(tx, c.by.Workspace, g.ID); err != nil {
						return err
					}
					_, err := group.Add(tx, c.by.Workspace, g.ID, who)
					return err
				})
			}()
			c.must(c.s.DeleteGroup(ctx, c.by, g.ID, "", ""))
			if err := <-added; err != nil && errs.KindOf(err) != errs.NotFound && errs.KindOf(err) != errs.Conflict {
				t.Errorf("adding: %v (%v)", err, errs.KindOf(err))
			}
			if got := c.of(who); len(got) != 0 {
				t.Errorf("in %v", got)
			}
		}
	})
}

func TestGroupsNeedThePermission(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newClub(t, d, workspace.Everyone)
		g := c.group("Staff")
		r := c.open(g)
		reader := access.Actor{Workspace: c.by.Workspace, Name: "person:x", Perms: access.All &^ access.PeopleWrite &^ access.SettingsWrite}
		_, saved := c.s.SaveGroup(t.Context(), reader, g)
		_, changed := c.s.ChangeRule(t.Context(), reader, r, "")
		for name, err := range map[string]error{
			"save": saved, "change": changed, "move": c.s.MoveGroup(t.Context(), reader, g.ID, 1), "default": c.s.MakeDefault(t.Context(), reader, g.ID, ""),
			"delete": c.s.DeleteGroup(t.Context(), reader, g.ID, "", ""), "shut": c.s.Shut(t.Context(), reader, r, ""),
			"switch": c.s.SwitchMode(t.Context(), reader, workspace.ByGroup, nil, ""),
		} {
			if errs.KindOf(err) != errs.Denied {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
