package people_test

import (
	"strings"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/bulk"
	"involt/internal/core/card"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/core/vehicle"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/testkit/dbtest"
)

func TestStaffWhoWereDeletedAreNotBroughtBackByWhoCouldNotGiveTheirRole(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.jobs()
		manager, admin := o.staff("fleet-manager"), o.staff("admin")
		driver := o.people(1, person.Active)[0]
		one := o.run(o.boss, bulk.Delete, bulk.Args{}, admin.Person, driver)
		if err := o.Undo(t.Context(), manager, one); err != nil {
			t.Fatal(err)
		}
		o.work()
		if v := o.bulk(one); v.Bulk.UndoDone != 1 {
			t.Errorf("brought back %d, want the driver alone", v.Bulk.UndoDone)
		}
		o.person(driver)
		o.kind(o.d.View(t.Context(), func(tx *db.Tx) error {
			_, err := person.ByID(tx, o.ws.ID, admin.Person)
			return err
		}), errs.NotFound, "the admin is back")
	})
}

func TestUndoingAnAdditionLeavesNobodyWithoutAGroup(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.jobs()
		who, first, second := o.people(1, person.Active), o.group("First"), o.group("Second")
		o.ws.AccessMode = workspace.ByGroup
		o.update(func(tx *db.Tx) error { return workspace.Save(tx, &o.ws) })
		if err := o.AddToGroup(t.Context(), o.boss, first, who[0]); err != nil {
			t.Fatal(err)
		}
		one := o.run(o.boss, bulk.GroupAdd, bulk.Args{Group: second}, who...)
		if err := o.RemoveFromGroup(t.Context(), o.boss, first, who[0]); err != nil {
			t.Fatal(err)
		}
		if err := o.Undo(t.Context(), o.boss, one); err != nil {
			t.Fatal(err)
		}
		o.work()
		if v := o.bulk(one); o.members(second) != 1 || v.Bulk.State != bulk.Undone || v.Bulk.UndoDone != 0 {
			t.Errorf("%d members, %+v", o.members(second), v.Bulk)
		}
	})
}

func TestTheAddressOfFutureStaffIsNotRedirected(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o, ctx := newRegistry(t, d), t.Context()
		p := o.person("Ada", "Ampere", person.Imported)
		o.update(func(tx *db.Tx) error { return person.GiveRole(tx, o.ws.ID, p.ID, access.Given{Role: "admin"}) })
		less := o.by
		less.Perms = roleOf("fleet-manager").Perms
		if _, err := o.s.CorrectEmail(ctx, less, p.ID, p.Version, "mine@elsewhere.example"); errs.KindOf(err) != errs.Denied {
			t.Errorf("a role is taken over by its address: %v", err)
		}
		if _, err := o.s.CorrectEmail(ctx, o.by, p.ID, p.Version, "right@north.example"); err != nil {
			t.Error(err)
		}
	})
}

func TestAMergeLeavesASuperAdminAndItsMaker(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o, ctx := newRegistry(t, d), t.Context()
		ada, old := o.person("Ada", "Ampere", person.Active), o.person("Ada", "Old", person.Deactivated)
		o.login(&ada)
		o.update(func(tx *db.Tx) error { return person.GiveRole(tx, o.ws.ID, ada.ID, access.Given{Role: "super-admin"}) })
		gone := map[string]bool{"status": true}
		wantField(t, o.s.Merge(ctx, o.by, ada.ID, old.ID, gone), errs.Invalid, "status", "last super-admin")
		wantField(t, o.s.Merge(ctx, o.by, o.by.Person, old.ID, gone), errs.Conflict, "", "This record is you")
		o.update(func(tx *db.Tx) error {
			return person.GiveRole(tx, o.ws.ID, o.by.Person, access.Given{Role: "super-admin"})
		})
		if err := o.s.Merge(ctx, o.by, ada.ID, old.ID, gone); err != nil {
			t.Error(err)
		}
	})
}

func TestWhoIsNoLongerDeclinedAfterAMergeIsNotErased(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o, ctx := newRegistry(t, d), t.Context()
		asked, known := o.person("Ada", "Asked", person.Declined), o.person("Ada", "Known", person.Active)
		other, again := o.person("Ben", "Known", person.Imported), o.person("Ben", "Asked", person.Declined)
		month := func(tx *db.Tx) time.Time { return tx.Now.Add(person.KeepDeclined) }
		o.update(func(tx *db.Tx) error {
			if err := person.EraseAt(tx, o.ws.ID, asked.ID, month(tx)); err != nil {
				return err
			}
			return person.EraseAt(tx, o.ws.ID, again.ID, month(tx))
		})
		if err := o.s.Merge(ctx, o.by, asked.ID, known.ID, nil); err != nil {
			t.Fatal(err)
		}
		if err := o.s.Merge(ctx, o.by, other.ID, again.ID, map[string]bool{"status": true}); err != nil {
			t.Fatal(err)
		}
		o.ahead.Add(int64(person.KeepDeclined + time.Hour))
		var ripe []id.Person
		o.update(func(tx *db.Tx) (err error) {
			ripe, err = person.Ripe(tx, o.ws.ID, 10)
			return err
		})
		if len(ripe) != 1 || ripe[0] != other.ID {
			t.Errorf("to be erased: %v; want %s, who is declined, and not %s, who is active", ripe, other.ID, asked.ID)
		}
	})
}

func TestTheMACOfAPoolCarMayBeItsLastCard(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o, ctx := newRegistry(t, d), t.Context()
		pool := person.Person{Workspace: o.ws.ID, LastName: "Pool car", Status: person.Active}
		o.update(func(tx *db.Tx) error { return person.Insert(tx, &pool) })
		v, err := o.s.AddVehicle(ctx, o.by, pool.ID, vehicle.Vehicle{Country: "DE", Plate: "B-EV 77", MAC: "02:11:22:33:44:55"})
		if err != nil {
			t.Fatal(err)
		}
		if err := o.s.RemoveVehicle(ctx, o.by, v.ID); errs.KindOf(err) != errs.Conflict || !strings.Contains(errs.Text(err), "needs a card") {
			t.Errorf("the last card went with the vehicle: %v", err)
		}
		without := v
		without.MAC = ""
		if _, err := o.s.SaveVehicle(ctx, o.by, without); errs.KindOf(err) != errs.Conflict {
			t.Errorf("the last card went with the address: %v", err)
		}
		changed := v
		changed.MAC = "02:11:22:33:44:66"
		if _, err := o.s.SaveVehicle(ctx, o.by, changed); err != nil {
			t.Errorf("another address: %v", err)
		}
		o.update(func(tx *db.Tx) error {
			return card.Insert(tx, &card.Card{Workspace: o.ws.ID, UID: "04A1B2C3", Kind: card.RFID, State: card.Active, Person: pool.ID})
		})
		if err := o.s.RemoveVehicle(ctx, o.by, v.ID); err != nil {
			t.Error(err)
		}
	})
}

func TestAReasonThatCannotBeStoredIsRefused(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := newRegistry(t, d)
		p := o.person("Lea", "Leaver", person.Active)
		at := time.Now().Add(48 * time.Hour)
		wantField(t, o.s.PlanDeparture(t.Context(), o.by, p.ID, at, "ends\x00here"), errs.Invalid, "reason", "Say in a few words")
		if err := o.s.PlanDeparture(t.Context(), o.by, p.ID, at, "Vertrag endet \xff"); err != nil {
			t.Error(err)
		}
	})
}

func TestASessionCountedWhileItsUserIsMergedIsNotLost(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := newRegistry(t, d)
		pool := o.pool()
		keep, gone := o.person("Ada", "Keep", person.Active), o.person("Ada", "Gone", person.Active)
		if err := o.s.Merge(t.Context(), o.by, keep.ID, gone.ID, nil); err != nil {
			t.Fatal(err)
		}
		// Whoever counts had looked up whose it is just before.
		o.update(func(tx *db.Tx) error { return person.AddUsage(tx, o.ws.ID, gone.ID, 7000, tx.Now) })
		o.pass(pool, 11*time.Second)
		o.pass(pool, 10*time.Minute) // the second look finds nothing more
		if p := o.again(keep.ID); p.Sessions != 1 || p.Wh != 7000 || p.LastCharge.IsZero() {
			t.Errorf("%d sessions, %d Wh, last %v", p.Sessions, p.Wh, p.LastCharge)
		}
	})
}

func TestALeaversCardNumberIsForThoseWhoSeeCards(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := newRegistry(t, d)
		p := o.person("Lea", "Leaver", person.Active)
		o.update(func(tx *db.Tx) error {
			return card.Insert(tx, &card.Card{Workspace: o.ws.ID, UID: "04A1B2C3", Kind: card.RFID, State: card.Active, Person: p.ID})
		})
		less := o.by
		less.Perms &^= access.CardsRead | access.CardsWrite
		for by, want := range map[*access.Actor]bool{&o.by: true, &less: false} {
			list, err := o.s.DepartureEnds(t.Context(), *by, p.ID)
			said := strings.Join(list, " ")
			if err != nil || strings.Contains(said, "04A1B2C3") != want || !strings.Contains(said, "ends for good") {
				t.Errorf("%q, %v", said, err)
			}
		}
	})
}

func roleOf(key string) access.Role {
	r, _ := access.RoleByKey(key)
	return r
}
