package review_test

import (
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/inbox"
	"involt/internal/core/login"
	"involt/internal/core/person"
	core "involt/internal/core/review"
	"involt/internal/core/workspace"
	"involt/internal/flow/people"
	"involt/internal/flow/review"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/testkit/dbtest"
)

// club is a workspace with a group of three, and those who look after it.
type club struct {
	t       *testing.T
	d       *db.DB
	ws      workspace.Workspace
	s       *review.Service
	g       group.Group
	members []person.Person
	owner   access.Actor // of the group alone
	admin   access.Actor
	told    map[id.Person]int
}

func (k *club) Tell(_ *db.Tx, _ id.Workspace, items []*inbox.Item) error {
	for _, it := range items {
		if it.Kind != inbox.Review || it.About["name"] != k.g.Name {
			k.t.Errorf("told %+v", it)
		}
		k.told[it.Person]++
	}
	return nil
}

func (k *club) update(do func(*db.Tx) error) {
	k.t.Helper()
	if err := k.d.Update(k.t.Context(), do); err != nil {
		k.t.Fatal(err)
	}
}

func (k *club) must(err error) {
	k.t.Helper()
	if err != nil {
		k.t.Fatal(err)
	}
}

func (k *club) state() review.State {
	k.t.Helper()
	v, err := k.s.Of(k.t.Context(), k.owner, k.g.ID)
	k.must(err)
	return v
}

func (k *club) in(p person.Person) (yes bool) {
	k.t.Helper()
	k.update(func(tx *db.Tx) error {
		all, err := group.Of(tx, k.ws.ID, p.ID)
		yes = len(all) > 0
		return err
	})
	return yes
}

func (k *club) entries(what string) (n int64) {
	k.t.Helper()
	k.update(func(tx *db.Tx) error {
		return tx.Row(`SELECT COUNT(*) FROM journal WHERE workspace = ? AND what = ?`, []any{k.ws.ID, what}, &n)
	})
	return n
}

func each(t *testing.T, story func(*testing.T, *club)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := &club{t: t, d: d, ws: workspace.New("north", "North"), told: map[id.Person]int{}}
		k.s = &review.Service{DB: d, People: &people.Service{DB: d}, Teller: k}
		k.update(func(tx *db.Tx) error {
			if err := workspace.Insert(tx, &k.ws); err != nil {
				return err
			}
			k.g = group.Group{Workspace: k.ws.ID, Name: "Depot"}
			if err := group.Insert(tx, &k.g); err != nil {
				return err
			}
			for _, name := range []string{"Ann", "Ben", "Cleo", "Owner", "Admin"} {
				who := login.Identity{Email: name + "@example.com"}
				if err := login.Insert(tx, &who); err != nil {
					return err
				}
				p := person.Person{Workspace: k.ws.ID, Email: who.Email, LastName: name, Status: person.Active, Identity: who.ID}
				if err := person.Insert(tx, &p); err != nil {
					return err
				}
				k.members = append(k.members, p)
			}
			for _, p := range k.members[:3] {
				if _, err := group.Add(tx, k.ws.ID, k.g.ID, p.ID); err != nil {
					return err
				}
			}
			at := access.Scope{Kind: access.InGroup, ID: string(k.g.ID)}
			for p, h := range map[id.Person]access.Given{k.members[3].ID: {Role: "fleet-manager", At: at}, k.members[4].ID: {Role: "admin"}} {
				if err := person.GiveRole(tx, k.ws.ID, p, h); err != nil {
					return err
				}
			}
			var err error
			if k.owner, _, err = k.members[3].Actor(tx); err != nil {
				return err
			}
			k.admin, _, err = k.members[4].Actor(tx)
			return err
		})
		story(t, k)
	})
}

func TestAGroupIsGoneThrough(t *testing.T) {
	each(t, func(t *testing.T, k *club) {
		ctx := t.Context()
		k.must(k.s.Begin(ctx, k.owner, k.g.ID))
		k.must(k.s.Begin(ctx, k.admin, k.g.ID)) // one is open
		if k.told[k.members[3].ID] != 1 || k.told[k.members[4].ID] != 0 {
			t.Errorf("told: %v; the group's own come first", k.told)
		}
		v := k.state()
		if v.Left != 3 || v.All != 3 || len(v.Items) != 3 {
			t.Fatalf("begun: %+v", v)
		}
		one := v.Open.ID
		k.must(k.s.Answer(ctx, k.owner, one, k.members[0].ID, true))
		k.must(k.s.Answer(ctx, k.owner, one, k.members[1].ID, false))
		k.must(k.s.Answer(ctx, k.owner, one, k.members[0].ID, true)) // answered already
		if v := k.state(); v.Left != 1 || v.Items[k.members[0].ID].Answer != core.Keep || v.Items[k.members[0].ID].By != k.owner.Name || v.Items[k.members[1].ID].Answer != core.Remove {
			t.Errorf("half way: %+v", v)
		}
		if !k.in(k.members[0]) || k.in(k.members[1]) {
			t.Error("kept and removed the wrong ones")
		}
		k.must(k.s.KeepRest(ctx, k.owner, one))
		v = k.state()
		if v.Open.ID != "" || v.Last.ID != one || v.Last.ClosedBy != k.owner.Name || !k.in(k.members[2]) {
			t.Errorf("at the end: %+v", v)
		}
		if err := k.s.Answer(ctx, k.owner, one, k.members[2].ID, false); errs.KindOf(err) != errs.Conflict || !k.in(k.members[2]) {
			t.Errorf("after the end: %v", err)
		}
		for what, want := range map[string]int64{"review.begun": 1, "review.answered": 2, "review.kept-rest": 1, "review.finished": 1, "group.member-removed": 1} {
			if n := k.entries(what); n != want {
				t.Errorf("%d %s, want %d", n, what, want)
			}
		}
	})
}

func TestReviewsBeginAndRemindByThemselves(t *testing.T) {
	each(t, func(t *testing.T, k *club) {
		ctx := t.Context()
		var ahead time.Duration
		k.d.Clock = func(now time.Time) time.Time { return now.Add(ahead) }
		k.must(k.s.Plan(ctx, k.owner, k.g.ID, 3))
		k.must(k.s.Sweep(ctx))
		if v := k.state(); v.Open.ID != "" || v.Plan.Months != 3 {
			t.Fatalf("too early: %+v", v)
		}
		ahead = 93 * 24 * time.Hour
		k.must(k.s.Sweep(ctx))
		k.must(k.s.Sweep(ctx))
		v := k.state()
		if v.Open.ID == "" || v.Left != 3 || k.told[k.members[3].ID] != 1 {
			t.Fatalf("after a quarter: %+v, told %v", v, k.told)
		}
		ahead += 6 * 24 * time.Hour
		k.must(k.s.Sweep(ctx))
		k.must(k.s.Sweep(ctx))
		if k.told[k.members[3].ID] != 2 {
			t.Errorf("reminded %d times", k.told[k.members[3].ID]-1)
		}
		// Whoever leaves meanwhile needs no answer.
		k.update(func(tx *db.Tx) error {
			for _, p := range k.members[:3] {
				if _, err := group.Remove(tx, k.ws.ID, k.g.ID, p.ID); err != nil {
					return err
				}
			}
			return nil
		})
		k.must(k.s.Sweep(ctx))
		if v := k.state(); v.Open.ID != "" || v.Last.ID == "" {
			t.Errorf("when nobody is left: %+v", v)
		}
		k.must(k.s.Plan(ctx, k.owner, k.g.ID, 0))
		if v := k.state(); v.Plan.Months != 0 {
			t.Errorf("no plan any more: %+v", v)
		}
	})
}

func TestOnlyThoseWhoLookAfterAGroupReviewIt(t *testing.T) {
	each(t, func(t *testing.T, k *club) {
		ctx := t.Context()
		k.must(k.s.Begin(ctx, k.owner, k.g.ID))
		one := k.state().Open.ID
		other := k.owner
		other.Parts = []access.Part{{Perms: access.PeopleWrite, Reach: access.Reach{Groups: []id.Group{id.New[id.Group]()}}}}
		stranger := access.Actor{Workspace: id.New[id.Workspace](), Name: "person:x", Perms: access.All}
		for name, by := range map[string]access.Actor{"a driver": {Workspace: k.ws.ID, Name: "person:d"}, "of another group": other, "of another workspace": stranger} {
			for what, do := range map[string]func() error{
				"looks":   func() error { _, err := k.s.Of(ctx, by, k.g.ID); return err },
				"begins":  func() error { return k.s.Begin(ctx, by, k.g.ID) },
				"plans":   func() error { return k.s.Plan(ctx, by, k.g.ID, 3) },
				"removes": func() error { return k.s.Answer(ctx, by, one, k.members[0].ID, false) },
				"keeps":   func() error { return k.s.KeepRest(ctx, by, one) },
			} {
				err := do()
				if kind := errs.KindOf(err); what == "looks" && name == "of another workspace" && err == nil {
					continue // it sees that nothing is there
				} else if err == nil || kind != errs.Denied && kind != errs.NotFound {
					t.Errorf("%s %s: %v", name, what, err)
				}
			}
		}
		if v := k.state(); v.Left != 3 || v.Plan.Months != 0 {
			t.Errorf("then: %+v", v)
		}
		// In access mode "By user group" the last group of somebody stays; the answer waits.
		k.ws.AccessMode = workspace.ByGroup
		k.update(func(tx *db.Tx) error { return workspace.Save(tx, &k.ws) })
		if err := k.s.Answer(ctx, k.owner, one, k.members[0].ID, false); err == nil || !k.in(k.members[0]) {
			t.Errorf("the last group: %v", err)
		}
		if v := k.state(); v.Left != 3 {
			t.Errorf("that was no answer: %+v", v)
		}
	})
}
