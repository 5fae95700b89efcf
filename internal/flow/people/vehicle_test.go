package people_test

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/core/vehicle"
	"involt/internal/core/workspace"
	"involt/internal/flow/people"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/testkit/dbtest"
)

// registry is a workspace with an admin, whose clock can be moved.
type registry struct {
	t     *testing.T
	d     *db.DB
	s     *people.Service
	ws    workspace.Workspace
	by    access.Actor
	ahead atomic.Int64
}

func newRegistry(t *testing.T, d *db.DB) *registry {
	t.Helper()
	o := &registry{t: t, d: d, s: &people.Service{DB: d}, ws: workspace.New("north", "North")}
	d.Clock = func(now time.Time) time.Time { return now.Add(time.Duration(o.ahead.Load())) }
	o.update(func(tx *db.Tx) error { return workspace.Insert(tx, &o.ws) })
	admin := o.person("Ann", "Admin", person.Active)
	o.by = access.Actor{Workspace: o.ws.ID, Name: "person:" + string(admin.ID), Person: admin.ID, Perms: access.All}
	return o
}

func (o *registry) update(f func(*db.Tx) error) {
	o.t.Helper()
	if err := o.d.Update(o.t.Context(), f); err != nil {
		o.t.Fatal(err)
	}
}

func (o *registry) person(first, last string, s person.Status) person.Person {
	o.t.Helper()
	p := person.Person{Workspace: o.ws.ID, FirstName: first, LastName: last, Email: strings.ToLower(first + "." + last + "@north.example"), Status: s}
	o.update(func(tx *db.Tx) error { return person.Insert(tx, &p) })
	return p
}

// again reads a person anew.
func (o *registry) again(who id.Person) (p person.Person) {
	o.t.Helper()
	o.update(func(tx *db.Tx) (err error) {
		p, err = person.ByID(tx, o.ws.ID, who)
		return err
	})
	return p
}

func (o *registry) cards(who id.Person) (list []card.Card) {
	o.t.Helper()
	o.update(func(tx *db.Tx) (err error) {
		list, err = card.Of(tx, o.ws.ID, who)
		return err
	})
	return list
}

// events counts the journal's entries about a subject, by name.
func (o *registry) events(subject string) map[string]int {
	o.t.Helper()
	n := map[string]int{}
	o.update(func(tx *db.Tx) error {
		list, err := db.All(tx, db.Text[string], `SELECT what FROM journal WHERE workspace = ? AND subject = ?`, o.ws.ID, subject)
		for _, what := range list {
			n[what]++
		}
		return err
	})
	return n
}

func wantField(t *testing.T, err error, kind errs.Kind, field, part string) {
	t.Helper()
	e, _ := errors.AsType[*errs.Error](err)
	if e == nil || e.Kind != kind || e.Field != field || !strings.Contains(e.Text, part) {
		t.Errorf("got %v, want kind %d at %q with %q", err, kind, field, part)
	}
}

func TestAVehicleComesWithItsAutochargeCardAndGoesWithIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o, ctx := newRegistry(t, d), t.Context()
		ada, ben := o.person("Ada", "Ampere", person.Active), o.person("Ben", "Becquerel", person.Active)
		v, err := o.s.AddVehicle(ctx, o.by, ada.ID, vehicle.Vehicle{Plate: "b-ev 123e", Country: "DE", Make: "VW", Model: "ID.4", BatteryWh: 77_000, MAC: "00:7d:fa:01:2b:3c"})
		if err != nil || v.Plate != "B-EV 123E" {
			t.Fatal(v, err)
		}
		c := o.cards(ada.ID)
		if len(c) != 1 || c[0].UID != "VID:007DFA012B3C" || c[0].Kind != card.MAC || c[0].State != card.Active {
			t.Fatalf("cards %+v", c)
		}

		// The same plate and the same MAC for somebody else: whose they are, masked or not.
		_, err = o.s.AddVehicle(ctx, o.by, ben.ID, vehicle.Vehicle{Plate: "BEV123E", Country: "DE"})
		wantField(t, err, errs.Invalid, "plate", "belongs to Ada Ampere")
		if taken, ok := errors.AsType[*people.Taken](err); !ok || taken.Person != ada.ID {
			t.Errorf("no link to whose it is: %v", err)
		}
		_, err = o.s.AddVehicle(ctx, o.by, ben.ID, vehicle.Vehicle{MAC: "VID:007DFA012B3C"})
		wantField(t, err, errs.Invalid, "mac", "belongs to Ada Ampere")
		if _, err = o.s.AddVehicle(ctx, o.by, ben.ID, vehicle.Vehicle{Plate: "BEV123E", Country: "AT"}); err != nil {
			t.Errorf("the same plate of another country: %v", err)
		}
		less := o.by
		less.Perms &^= access.PersonalData
		if _, err = o.s.AddVehicle(ctx, less, ben.ID, vehicle.Vehicle{Make: "VW"}); errs.KindOf(err) != errs.Denied {
			t.Errorf("without personal data: %v", err)
		}
		less = o.by
		less.Perms &^= access.CardsWrite
		if _, err = o.s.AddVehicle(ctx, less, ben.ID, vehicle.Vehicle{MAC: "007DFA012B3D"}); errs.KindOf(err) != errs.Denied {
			t.Errorf("a card without the permission for cards: %v", err)
		}

		// Another MAC is another card; of two who change it at once one is told.
		other := v
		v.MAC = "007DFA012B3D"
		if v, err = o.s.SaveVehicle(ctx, o.by, v); err != nil {
			t.Fatal(err)
		}
		other.Model = "ID.5"
		if _, err = o.s.SaveVehicle(ctx, o.by, other); errs.KindOf(err) != errs.Conflict {
			t.Errorf("an old version was written: %v", err)
		}
		states := map[string]card.State{}
		for _, c := range o.cards(ada.ID) {
			states[c.UID] = c.State
		}
		if states["VID:007DFA012B3C"] != card.Deactivated || states["VID:007DFA012B3D"] != card.Active {
			t.Errorf("after another MAC: %v", states)
		}
		if err := o.s.RemoveVehicle(ctx, o.by, v.ID); err != nil {
			t.Fatal(err)
		}
		for _, c := range o.cards(ada.ID) {
			if c.State != card.Deactivated {
				t.Errorf("the card %s outlives its vehicle", c.UID)
			}
		}
		if n := o.events("person:" + string(ada.ID)); n["vehicle.added"] != 1 || n["vehicle.changed"] != 1 || n["vehicle.removed"] != 1 {
			t.Errorf("the journal says %v", n)
		}
	})
}

func TestAPlateIsGivenOnceHoweverManyAsk(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := newRegistry(t, d)
		ada := o.person("Ada", "Ampere", person.Active)
		var wg sync.WaitGroup
		var added atomic.Int64
		for range 6 { // a double click, three times over
			wg.Go(func() {
				_, err := o.s.AddVehicle(t.Context(), o.by, ada.ID, vehicle.Vehicle{Plate: "AB-123-CD", Country: "FR", MAC: "007DFA012B3C"})
				if err == nil {
					added.Add(1)
				} else if errs.KindOf(err) != errs.Invalid && errs.KindOf(err) != errs.Conflict {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if added.Load() != 1 || len(o.cards(ada.ID)) != 1 {
			t.Errorf("added %d times, %d cards", added.Load(), len(o.cards(ada.ID)))
		}
	})
}

func TestAnAddressIsCorrectedUntilTheyHaveALogin(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o, ctx := newRegistry(t, d), t.Context()
		ada, ben := o.person("Ada", "Ampere", person.Invited), o.person("Ben", "Becquerel", person.Imported)
		p, err := o.s.CorrectEmail(ctx, o.by, ada.ID, ada.Version, " Ada@North.Example ")
		if err != nil || p.Email != "ada@north.example" || p.Status != person.Imported {
			t.Fatalf("%+v, %v", p, err)
		}
		_, err = o.s.CorrectEmail(ctx, o.by, ben.ID, ben.Version, "ada@north.example")
		wantField(t, err, errs.Invalid, "email", "belongs to Ada Ampere")
		_, err = o.s.CorrectEmail(ctx, o.by, ben.ID, ben.Version, "nonsense")
		wantField(t, err, errs.Invalid, "email", "not an e-mail address")
		if _, err = o.s.CorrectEmail(ctx, o.by, ada.ID, ada.Version, "ada2@north.example"); errs.KindOf(err) != errs.Conflict {
			t.Errorf("an old version was written: %v", err)
		}
		o.login(&ben)
		_, err = o.s.CorrectEmail(ctx, o.by, ben.ID, ben.Version, "ben2@north.example")
		wantField(t, err, errs.Invalid, "email", "only they can change it")
	})
}
