package people_test

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/bulk"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/flow/people"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/job"
	"involt/internal/testkit/dbtest"
)

// office is a workspace with a super-admin, and what can be done in it.
type office struct {
	*people.Service
	t     *testing.T
	ctx   context.Context
	d     *db.DB
	pool  *job.Pool
	post  *journal.Post
	ahead atomic.Int64
	ws    workspace.Workspace
	boss  access.Actor
}

func each(t *testing.T, story func(*testing.T, *office)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { story(t, newOffice(t, d)) })
}

func newOffice(t *testing.T, d *db.DB) *office {
	t.Helper()
	o := &office{Service: &people.Service{DB: d}, t: t, ctx: t.Context(), d: d, pool: &job.Pool{DB: d}, post: &journal.Post{DB: d}, ws: workspace.New("north", "North")}
	d.Clock = func(now time.Time) time.Time { return now.Add(time.Duration(o.ahead.Load())) }
	o.update(func(tx *db.Tx) error { return workspace.Insert(tx, &o.ws) })
	o.boss = o.staff("super-admin")
	return o
}

// jobs registers the jobs, once everything is set.
func (o *office) jobs() {
	o.t.Helper()
	o.Jobs(o.pool)
	o.post.Jobs(o.pool)
}

// work runs every job that is due, the periodic ones too.
func (o *office) work() {
	o.t.Helper()
	for range 2 { // the first look adds the periodic ones
		if _, err := o.pool.RunDue(o.ctx); err != nil {
			o.t.Fatal(err)
		}
	}
}

func (o *office) update(do func(*db.Tx) error) {
	o.t.Helper()
	if err := o.d.Update(o.ctx, do); err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) view(do func(*db.Tx) error) {
	o.t.Helper()
	if err := o.d.View(o.ctx, do); err != nil {
		o.t.Fatal(err)
	}
}

// people adds n people with a status.
func (o *office) people(n int, s person.Status) []id.Person {
	o.t.Helper()
	all := make([]*person.Person, n)
	for i := range all {
		all[i] = &person.Person{Workspace: o.ws.ID, FirstName: "Nn", LastName: fmt.Sprintf("%s %d", s, i), Status: s}
	}
	o.update(func(tx *db.Tx) error {
		_, err := person.Load(tx, slices.Values(all))
		return err
	})
	list := make([]id.Person, n)
	for i, p := range all {
		list[i] = p.ID
	}
	return list
}

// staff adds an active person with a role.
func (o *office) staff(role string) access.Actor {
	o.t.Helper()
	who := o.people(1, person.Active)[0]
	o.update(func(tx *db.Tx) error { return person.GiveRole(tx, o.ws.ID, who, access.Given{Role: role}) })
	return access.Actor{Workspace: o.ws.ID, Person: who, Name: journal.About("person", who), Perms: roleOf(role).Perms}
}

func (o *office) group(name string) id.Group {
	o.t.Helper()
	g := group.Group{Workspace: o.ws.ID, Name: name}
	o.update(func(tx *db.Tx) error { return group.Insert(tx, &g) })
	return g.ID
}

func (o *office) person(who id.Person) (p person.Person) {
	o.t.Helper()
	o.view(func(tx *db.Tx) (err error) {
		p, err = person.ByID(tx, o.ws.ID, who)
		return err
	})
	return p
}

// members counts the members of a group.
func (o *office) members(g id.Group) (n int64) {
	o.t.Helper()
	o.view(func(tx *db.Tx) error {
		return tx.Row(`SELECT COUNT(*) FROM group_member WHERE workspace = ? AND user_group = ?`, []any{o.ws.ID, g}, &n)
	})
	return n
}

// plan plans an action.
func (o *office) plan(by access.Actor, a bulk.Action, list ...id.Person) id.Bulk {
	o.t.Helper()
	one, err := o.Plan(o.ctx, by, a, list, "q=nn")
	if err != nil {
		o.t.Fatal(err)
	}
	return one
}

// run plans, starts and finishes an action.
func (o *office) run(by access.Actor, a bulk.Action, args bulk.Args, list ...id.Person) id.Bulk {
	o.t.Helper()
	one := o.plan(by, a, list...)
	if err := o.Start(o.ctx, by, one, args); err != nil {
		o.t.Fatal(err)
	}
	o.work()
	return one
}

func (o *office) bulk(one id.Bulk) people.BulkView {
	o.t.Helper()
	v, err := o.Bulk(o.ctx, o.boss, one)
	if err != nil {
		o.t.Fatal(err)
	}
	return v
}

// want checks how bulk work ended.
func (o *office) want(one id.Bulk, state bulk.State, done int64, skips ...people.Skip) people.BulkView {
	o.t.Helper()
	v := o.bulk(one)
	if v.Bulk.State != state || v.Bulk.Done != done || v.Bulk.Reached != v.Bulk.Total {
		o.t.Errorf("%s: %s, done with %d of %d, reached %d (%s); want %s with %d", v.Bulk.Action, v.Bulk.State, v.Bulk.Done, v.Bulk.Total, v.Bulk.Reached, v.Bulk.Note, state, done)
	}
	o.skips(v, skips...)
	return v
}

func (o *office) skips(v people.BulkView, want ...people.Skip) {
	o.t.Helper()
	for i, k := range v.Skips {
		if i >= len(want) || k.Why != want[i].Why || k.N != want[i].N {
			o.t.Errorf("skipped: %d × %q, want %v", k.N, k.Why, want)
		}
	}
	if len(v.Skips) < len(want) {
		o.t.Errorf("skipped: %v, want %v", v.Skips, want)
	}
}

func (o *office) kind(err error, want errs.Kind, what string) {
	o.t.Helper()
	if err == nil || errs.KindOf(err) != want {
		o.t.Errorf("%s: %v", what, err)
	}
}

// verify checks the journal's chain.
func (o *office) verify() {
	o.t.Helper()
	if err := o.post.SealNow(o.ctx); err != nil {
		o.t.Fatal(err)
	}
	o.view(func(tx *db.Tx) error {
		_, bad, err := journal.Verify(tx)
		if len(bad) > 0 {
			o.t.Errorf("the journal does not hold: %v", bad)
		}
		return err
	})
}
