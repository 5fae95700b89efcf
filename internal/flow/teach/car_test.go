package teach_test

import (
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/decision"
	"involt/internal/core/id"
	"involt/internal/core/lesson"
	"involt/internal/core/vehicle"
	"involt/internal/core/workspace"
	"involt/internal/flow/wallet"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

const mac, token = "007DFA012B3C", "VID:007DFA012B3C"

// car returns the question that a driver has open, if there is one.
func (k *yard) car(by access.Actor) (c lesson.Car, found bool) {
	k.t.Helper()
	m, err := k.teach.Mine(k.t.Context(), by)
	k.must(err)
	if found = len(m.Cars) > 0; found {
		c = m.Cars[0]
	}
	return c, found
}

// quiet reports that nobody is asked: what came before was learned from, since a lesson
// that came after it was.
func (k *yard) quiet(by access.Actor, why string) {
	k.t.Helper()
	at := k.charger(1)
	_, err := k.teach.Begin(k.t.Context(), k.staff, at, by.Person)
	k.must(err)
	k.count++
	uid := "04EE00" + string("0123456789ABCDEF"[k.count/16%16]) + string("0123456789ABCDEF"[k.count%16])
	k.want(k.tap(at, 0, uid), decision.CardLearned)
	k.eventually("the queue is done", func() bool { _, found := k.cardOf(uid); return found })
	if c, found := k.car(by); found {
		k.t.Errorf("%s: asked about %s", why, c.MAC)
	}
}

func TestACarIsTheirsWhoSaysSo(t *testing.T) {
	each(t, func(t *testing.T, k *yard) {
		at := k.charger(1)
		ann, c := k.driver("04A1B2C3")
		eve, _ := k.driver("04A1B2C4")
		k.update(func(tx *db.Tx) error {
			return vehicle.Insert(tx, &vehicle.Vehicle{Workspace: k.ws.ID, Person: ann.Person, Make: "VW", Model: "ID.4"})
		})
		k.want(k.tap(at, 0, token), decision.UnknownCard)
		k.ahead.Add(int64(lesson.Within - time.Second))
		k.want(k.tap(at, 1, c.UID), decision.Allowed)
		k.eventually("Ann is asked", func() bool { _, found := k.car(ann); return found })
		q, _ := k.car(ann)
		if got, _ := k.cardOf(token); got.State != card.Suspended || got.Person != ann.Person || got.Kind != card.MAC || q.MAC != mac {
			t.Errorf("%+v, %+v", got, q)
		}
		k.want(k.tap(at, 0, token), decision.CardSuspended) // until she says yes
		staff := &wallet.Service{DB: k.d}
		if _, err := staff.Change(t.Context(), k.staff, q.Card, card.Active, ""); errs.KindOf(err) != errs.Conflict {
			t.Errorf("staff say yes for her: %v", err)
		}
		for name, try := range map[string]func() error{
			"another driver": func() error { return k.teach.Answer(t.Context(), eve, q.ID, true) },
			"staff":          func() error { return k.teach.Answer(t.Context(), k.staff, q.ID, true) },
			"no question":    func() error { return k.teach.Answer(t.Context(), ann, id.New[id.Car](), true) },
			"no id":          func() error { return k.teach.Answer(t.Context(), ann, "x", true) },
		} {
			if err := try(); errs.KindOf(err) != errs.NotFound {
				t.Errorf("%s: %v", name, err)
			}
		}
		k.must(k.teach.Answer(t.Context(), ann, q.ID, true))
		k.must(k.teach.Answer(t.Context(), ann, q.ID, false)) // she has said so already
		k.want(k.tap(at, 0, token), decision.Allowed)
		k.update(func(tx *db.Tx) error {
			all, err := vehicle.Of(tx, k.ws.ID, ann.Person)
			if len(all) != 1 || all[0].MAC != mac {
				t.Errorf("her cars: %+v", all)
			}
			return err
		})
		if k.entries("card.proposed") != 1 || k.entries("card.confirmed") != 1 || k.entries("vehicle.changed") != 1 {
			t.Error("not everything is in the journal")
		}
	})
}

func TestNobodyIsAskedTwiceAboutACar(t *testing.T) {
	each(t, func(t *testing.T, k *yard) {
		at := k.charger(1)
		ann, c := k.driver("04A1B2C3")
		k.want(k.tap(at, 0, token), decision.UnknownCard)
		k.want(k.tap(at, 1, c.UID), decision.Allowed)
		k.eventually("Ann is asked", func() bool { _, found := k.car(ann); return found })
		q, _ := k.car(ann)
		k.must(k.teach.Answer(t.Context(), ann, q.ID, false))
		k.want(k.tap(at, 0, token), decision.UnknownCard)
		k.want(k.tap(at, 1, c.UID), decision.Allowed)
		k.quiet(ann, "after her no")
	})
}

func TestACarAndItsDriverMustHaveBeenTogether(t *testing.T) {
	each(t, func(t *testing.T, k *yard) {
		one, two := k.charger(1), k.charger(2)
		ann, c := k.driver("04A1B2C3")
		k.want(k.tap(one, 0, token), decision.UnknownCard)
		k.want(k.tap(two, 1, c.UID), decision.Allowed)
		k.quiet(ann, "at another charger")

		k.ahead.Add(int64(lesson.Within))
		k.want(k.tap(one, 1, c.UID), decision.Allowed)
		k.quiet(ann, "after a minute")

		k.want(k.tap(two, 1, token), decision.UnknownCard)
		k.want(k.tap(two, 2, c.UID), decision.Allowed)
		k.want(k.tap(two, 0, c.UID), decision.Allowed)
		k.quiet(ann, "at the EVSE beside it, or at one of two")

		k.ahead.Add(int64(lesson.Within))
		k.want(k.tap(one, 0, token), decision.UnknownCard)
		k.want(k.tap(one, 0, "VID:007DFA012B3D"), decision.UnknownCard)
		k.want(k.tap(one, 1, c.UID), decision.Allowed)
		k.quiet(ann, "after two cars")

		k.ahead.Add(int64(lesson.Within))
		k.settings(func(w *workspace.Workspace) { w.Autocharge = false })
		k.want(k.tap(one, 0, token), decision.UnknownCard)
		k.want(k.tap(one, 1, c.UID), decision.Allowed)
		k.quiet(ann, "where the workspace does not want it")

		k.ahead.Add(int64(lesson.Within))
		k.settings(func(w *workspace.Workspace) { w.Autocharge = true })
		k.want(k.tap(two, 2, token), decision.UnknownCard)
		k.want(k.tap(two, 2, c.UID), decision.Allowed)
		k.eventually("Ann is asked", func() bool { _, found := k.car(ann); return found })
	})
}
