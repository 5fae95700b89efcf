package people_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"involt/internal/core/access"

	"involt/internal/core/card"
	"involt/internal/core/grant"
	"involt/internal/core/group"
	"involt/internal/core/person"
	"involt/internal/core/vehicle"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/job"
	"involt/internal/testkit/dbtest"
)

// pass moves the clock and lets the server do what is due.
func (o *registry) pass(pool *job.Pool, d time.Duration) {
	o.t.Helper()
	o.ahead.Add(int64(d))
	if _, err := pool.RunDue(o.t.Context()); err != nil {
		o.t.Fatal(err)
	}
}

func (o *registry) pool() *job.Pool {
	p := &job.Pool{DB: o.d}
	o.s.Leaving(p)
	return p
}

func (o *registry) leaver() person.Person {
	o.t.Helper()
	p := o.person("Lea", "Leaver", person.Active)
	o.update(func(tx *db.Tx) error {
		g := group.Group{Workspace: o.ws.ID, Name: "Night shift"}
		if err := group.Insert(tx, &g); err != nil {
			return err
		}
		if _, err := group.Add(tx, o.ws.ID, g.ID, p.ID); err != nil {
			return err
		}
		for _, uid := range []string{"04A1B2C3", "04A1B2C4"} {
			if err := card.Insert(tx, &card.Card{Workspace: o.ws.ID, UID: uid, Kind: card.RFID, State: card.Active, Person: p.ID}); err != nil {
				return err
			}
		}
		return grant.Insert(tx, &grant.Grant{Workspace: o.ws.ID, Person: p.ID})
	})
	if _, err := o.s.AddVehicle(o.t.Context(), o.by, p.ID, vehicle.Vehicle{Plate: "B-EV 1", Country: "DE", MAC: "007DFA012B3C"}); err != nil {
		o.t.Fatal(err)
	}
	return p
}

func TestALeaverLosesEverythingOnTheDayAndNothingBefore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o, ctx := newRegistry(t, d), t.Context()
		p, pool := o.leaver(), o.pool()
		said, err := o.s.DepartureEnds(ctx, o.by, p.ID)
		if err != nil || !strings.Contains(strings.Join(said, " "), "3 cards end for good") || !strings.Contains(strings.Join(said, " "), "Night shift") {
			t.Errorf("the preview says %q, %v", said, err)
		}
		at := time.Now().Add(48 * time.Hour)
		if err := o.s.PlanDeparture(ctx, o.by, p.ID, at, "Contract ends"); err != nil {
			t.Fatal(err)
		}
		o.pass(pool, 47*time.Hour)
		if got := o.again(p.ID); got.Status != person.Active || len(o.live(p)) != 3 {
			t.Fatalf("ended an hour early: %s", got.Status)
		}
		o.pass(pool, time.Hour+time.Second)
		got := o.again(p.ID)
		if got.Status != person.Deactivated || got.StatusReason != "Contract ends" || len(o.live(p)) != 0 {
			t.Errorf("after the day: %s, %q, %d cards", got.Status, got.StatusReason, len(o.live(p)))
		}
		o.update(func(tx *db.Tx) error {
			groups, err := group.Of(tx, o.ws.ID, p.ID)
			if err != nil || len(groups) != 0 {
				t.Errorf("still in %v, %v", groups, err)
			}
			grants, err := grant.OfPerson(tx, o.ws.ID, p.ID)
			if err != nil || len(grants) != 0 {
				t.Errorf("still may charge by %v, %v", grants, err)
			}
			cars, err := vehicle.Of(tx, o.ws.ID, p.ID)
			if err != nil || len(cars) != 1 || cars[0].MAC != "" || cars[0].Plate == "" {
				t.Errorf("the vehicle is %+v, %v; want it kept, without its MAC", cars, err)
			}
			return nil
		})
		o.pass(pool, time.Hour)
		o.pass(pool, time.Hour)
		if n := o.events("person:" + string(p.ID)); n["person.departure-planned"] != 1 || n["person.left"] != 1 {
			t.Errorf("the journal says %v", n)
		}
		dep, err := o.s.Departure(ctx, o.by, p.ID)
		if err != nil || dep.Done.IsZero() {
			t.Errorf("%+v, %v", dep, err)
		}
		if err := o.s.CancelDeparture(ctx, o.by, p.ID); errs.KindOf(err) != errs.Conflict {
			t.Errorf("cancelled what is done: %v", err)
		}
	})
}

func (o *registry) live(p person.Person) (list []card.Card) {
	for _, c := range o.cards(p.ID) {
		if c.State != card.Deactivated {
			list = append(list, c)
		}
	}
	return list
}

func TestADepartureIsMovedAndCancelled(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o, ctx := newRegistry(t, d), t.Context()
		p, pool := o.leaver(), o.pool()
		now := time.Now()
		for _, days := range []int{1, 3} {
			if err := o.s.PlanDeparture(ctx, o.by, p.ID, now.AddDate(0, 0, days), "Contract ends"); err != nil {
				t.Fatal(err)
			}
		}
		o.pass(pool, 25*time.Hour) // the first plan's moment, which is no longer theirs
		if o.again(p.ID).Status != person.Active {
			t.Fatal("left on the day that was planned first")
		}
		if err := o.s.CancelDeparture(ctx, o.by, p.ID); err != nil {
			t.Fatal(err)
		}
		o.pass(pool, 72*time.Hour)
		if o.again(p.ID).Status != person.Active || len(o.live(p)) != 3 {
			t.Error("left although it was cancelled")
		}
		wantField(t, o.s.PlanDeparture(ctx, o.by, p.ID, now, "x"), errs.Invalid, "day", "over already")
		wantField(t, o.s.PlanDeparture(ctx, o.by, p.ID, now.AddDate(9, 0, 0), "x"), errs.Invalid, "day", "five years")
		wantField(t, o.s.PlanDeparture(ctx, o.by, p.ID, now.AddDate(0, 1, 0), " "), errs.Invalid, "reason", "in a few words")
		wantField(t, o.s.PlanDeparture(ctx, o.by, o.by.Person, now.AddDate(0, 1, 0), "x"), errs.Conflict, "", "your own departure")
	})
}

func TestTheLastSuperAdminStaysUntilThereIsAnother(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o, ctx := newRegistry(t, d), t.Context()
		p, q, pool := o.leaver(), o.person("Quin", "Quartz", person.Active), o.pool()
		give := func(who person.Person) {
			o.update(func(tx *db.Tx) error { return person.GiveRole(tx, o.ws.ID, who.ID, access.Given{Role: "super-admin"}) })
		}
		give(p)
		at := time.Now().Add(24 * time.Hour)
		wantField(t, o.s.PlanDeparture(ctx, o.by, p.ID, at, "x"), errs.Conflict, "", "last super-admin")
		give(q)
		if err := o.s.PlanDeparture(ctx, o.by, p.ID, at, "x"); err != nil {
			t.Fatal(err)
		}
		o.update(func(tx *db.Tx) error { return person.TakeRoles(tx, o.ws.ID, q.ID) })
		o.pass(pool, 25*time.Hour)
		o.pass(pool, 2*time.Minute)
		dep, err := o.s.Departure(ctx, o.by, p.ID)
		if err != nil || o.again(p.ID).Status != person.Active || !strings.Contains(dep.Note, "last super-admin") {
			t.Fatalf("%+v, %v", dep, err)
		}
		give(q)
		o.pass(pool, 2*time.Minute)
		if o.again(p.ID).Status != person.Deactivated {
			t.Error("is not done although there is another one now")
		}
	})
}

// Cancelling at the very moment: either it was cancelled, or it was done.
func TestCancellingAndLeavingAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o, ctx := newRegistry(t, d), t.Context()
		p, pool := o.leaver(), o.pool()
		if err := o.s.PlanDeparture(ctx, o.by, p.ID, time.Now().Add(time.Hour), "x"); err != nil {
			t.Fatal(err)
		}
		o.ahead.Add(int64(61 * time.Minute))
		var wg sync.WaitGroup
		var cancelled error
		wg.Go(func() { cancelled = o.s.CancelDeparture(ctx, o.by, p.ID) })
		wg.Go(func() { _, _ = pool.RunDue(ctx) })
		wg.Wait()
		left := o.again(p.ID).Status == person.Deactivated
		if cancelled == nil && left || cancelled != nil && errs.KindOf(cancelled) == errs.Conflict && !left {
			t.Errorf("cancelled: %v, left: %v, cards %d", cancelled, left, len(o.live(p)))
		}
		if left != (len(o.live(p)) == 0) {
			t.Errorf("half of it was done: left %v, %d cards", left, len(o.live(p)))
		}
	})
}
