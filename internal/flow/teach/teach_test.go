package teach_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/decision"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/lesson"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

func TestTheNextUnknownCardIsLearned(t *testing.T) {
	each(t, func(t *testing.T, k *yard) {
		at, elsewhere := k.charger(1), k.charger(1)
		ann, known := k.driver("04A1B2C3")
		bob, _ := k.driver("")
		k.want(k.tap(at, 0, "04FFFF01"), decision.UnknownCard)
		l, err := k.teach.Begin(t.Context(), k.staff, at, bob.Person)
		k.must(err)

		// What is no unknown card of this charger's teaches nothing.
		k.want(k.tap(elsewhere, 0, "04FFFF02"), decision.UnknownCard)
		k.want(k.tap(at, 0, known.UID), decision.Allowed)
		k.want(k.tap(at, 0, "VID:007DFA012B3C"), decision.UnknownCard)
		k.want(k.tap(at, 0, "08A1B2C3"), decision.UnknownCard) // made up anew by a phone at every tap
		k.want(k.tap(at, 0, "guest-token"), decision.UnknownCard)

		k.want(k.tap(at, 0, "04:ff:ff:03"), decision.CardLearned)
		k.eventually("the card is Bob's", func() bool {
			c, found := k.cardOf("04FFFF03")
			return found && c.Person == bob.Person && c.State == card.Active && c.Kind == card.RFID
		})
		k.want(k.tap(at, 0, "04FFFF03"), decision.Allowed)
		k.want(k.tap(at, 0, "04FFFF04"), decision.UnknownCard) // one card only
		got, c, _, err := k.teach.One(t.Context(), k.staff, l.ID)
		if err != nil || got.State != lesson.Learned || c.UID != "04FFFF03" {
			t.Errorf("%+v, %+v, %v", got, c, err)
		}
		if k.entries("charger.learning") != 1 || k.entries("charger.learning-ended") != 1 || k.entries("card.assigned") != 1 {
			t.Error("not everything is in the journal")
		}
		if _, found := k.cardOf("04FFFF04"); found {
			t.Error("a second card was learned")
		}
		_ = ann
	})
}

func TestChargersWaitForTwoMinutesAndForOneAtATime(t *testing.T) {
	each(t, func(t *testing.T, k *yard) {
		at := k.charger(1)
		ann, _ := k.driver("")
		bob, _ := k.driver("")
		first, err := k.teach.Begin(t.Context(), k.staff, at, ann.Person)
		k.must(err)
		if _, err := k.teach.BeginOwn(t.Context(), bob, at); errs.KindOf(err) != errs.Conflict {
			t.Errorf("two at once: %v", err)
		}
		again, err := k.teach.Begin(t.Context(), k.staff, at, ann.Person) // the same from the beginning
		if err != nil || again.ID == first.ID {
			t.Fatalf("%+v, %v", again, err)
		}
		k.ahead.Add(int64(lesson.Lasts - time.Second))
		if _, err := k.teach.BeginOwn(t.Context(), bob, at); errs.KindOf(err) != errs.Conflict {
			t.Errorf("before the two minutes are over: %v", err)
		}
		k.ahead.Add(int64(2 * time.Second))
		k.want(k.tap(at, 0, "04FFFF01"), decision.UnknownCard)
		_, err = k.pool.RunDue(t.Context())
		k.must(err)
		if got, _, _, err := k.teach.One(t.Context(), k.staff, again.ID); err != nil || got.State != lesson.Ended {
			t.Errorf("when the time is over: %+v, %v", got, err)
		}
		mine, err := k.teach.BeginOwn(t.Context(), bob, at)
		k.must(err)
		k.must(k.teach.Cancel(t.Context(), bob, mine.ID))
		k.must(k.teach.Cancel(t.Context(), bob, mine.ID))
		k.want(k.tap(at, 0, "04FFFF02"), decision.UnknownCard)
		if n := k.entries("charger.learning-ended"); n != 3 {
			t.Errorf("%d ends in the journal, want 3", n)
		}
	})
}

// Many cards that come in the same moment: one is learned.
func TestOfCardsThatComeAtOnceOneIsLearned(t *testing.T) {
	each(t, func(t *testing.T, k *yard) {
		at := k.charger(1)
		bob, _ := k.driver("")
		_, err := k.teach.Begin(t.Context(), k.staff, at, bob.Person)
		k.must(err)
		k.must(k.admit.Refresh(t.Context()))
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() { k.tap(at, 0, "04FFFF1"+string("01234567"[i])) })
		}
		all.Wait()
		k.eventually("the lesson is over", func() bool { return k.entries("charger.learning-ended") == 1 })
		k.eventually("one card", func() bool { return k.entries("card.assigned") == 1 })
		var n int64
		k.update(func(tx *db.Tx) error {
			return tx.Row(`SELECT COUNT(*) FROM card WHERE workspace = ? AND person = ?`, []any{k.ws.ID, bob.Person}, &n)
		})
		if n != 1 {
			t.Errorf("%d cards were learned", n)
		}
	})
}

func TestDriversTeachTheirOwnCardsWhereTheyMayCharge(t *testing.T) {
	each(t, func(t *testing.T, k *yard) {
		at := k.charger(1)
		bob, _ := k.driver("04A1B2C3")
		eve, _ := k.driver("")
		l, err := k.teach.BeginOwn(t.Context(), bob, at)
		k.must(err)
		if _, _, _, err := k.teach.One(t.Context(), eve, l.ID); errs.KindOf(err) != errs.NotFound {
			t.Errorf("another driver looks: %v", err)
		}
		if err := k.teach.Cancel(t.Context(), eve, l.ID); errs.KindOf(err) != errs.NotFound {
			t.Errorf("another driver stops it: %v", err)
		}
		k.want(k.tap(at, 0, "C3B2A104"), decision.CardLearned) // Bob's own, reversed: warned of
		k.eventually("it is Bob's", func() bool { c, found := k.cardOf("C3B2A104"); return found && c.Person == bob.Person })
		m, err := k.teach.Mine(t.Context(), bob)
		if err != nil || m.Card.UID != "C3B2A104" || m.Lesson.Similar != "04A1B2C3" {
			t.Errorf("%+v, %v", m, err)
		}
		for q, want := range map[string]int{"": 1, "cp-1": 1, "nowhere": 0} {
			if list, more, err := k.teach.Chargers(t.Context(), bob, q); err != nil || len(list) != want || more {
				t.Errorf("chargers by %q: %d, %v", q, len(list), err)
			}
		}

		// A deactivated driver, one who has ten cards, a workspace that does not want it, and
		// a place where they may not charge.
		if _, err := k.teach.BeginOwn(t.Context(), access.Actor{Workspace: k.ws.ID, Name: "key:x"}, at); errs.KindOf(err) != errs.Denied {
			t.Errorf("nobody in particular: %v", err)
		}
		for i := range 9 {
			k.update(func(tx *db.Tx) error {
				return card.Insert(tx, &card.Card{Workspace: k.ws.ID, UID: "0400000" + string("123456789"[i]), Kind: card.RFID, State: card.Active, Person: bob.Person})
			})
		}
		if _, err := k.teach.BeginOwn(t.Context(), bob, at); errs.KindOf(err) != errs.Conflict {
			t.Errorf("with ten cards: %v", err)
		}
		k.settings(func(w *workspace.Workspace) { w.AccessMode = workspace.ByGroup })
		if _, err := k.teach.BeginOwn(t.Context(), eve, at); errs.KindOf(err) != errs.NotFound {
			t.Errorf("where she may not charge: %v", err)
		}
		k.settings(func(w *workspace.Workspace) { w.AccessMode, w.DriverCards = workspace.Everyone, false })
		if _, err := k.teach.BeginOwn(t.Context(), eve, at); errs.KindOf(err) != errs.Denied {
			t.Errorf("where drivers add no cards: %v", err)
		}
		for name, by := range map[string]access.Actor{
			"a driver": eve, "a viewer": {Workspace: k.ws.ID, Name: "person:v", Perms: access.PlacesRead | access.CardsRead},
		} {
			if _, err := k.teach.Begin(t.Context(), by, at, eve.Person); errs.KindOf(err) != errs.Denied {
				t.Errorf("%s chooses whose card it is: %v", name, err)
			}
		}
		if _, err := k.teach.Begin(t.Context(), k.staff, at, id.New[id.Person]()); errs.KindOf(err) != errs.Invalid {
			t.Errorf("for nobody: %v", err)
		}
		other := access.Actor{Workspace: id.New[id.Workspace](), Name: "person:x", Perms: access.All}
		if _, err := k.teach.Begin(t.Context(), other, at, eve.Person); err == nil {
			t.Error("another workspace's charger was taken")
		}
	})
}

// settings changes the workspace's.
func (k *yard) settings(change func(*workspace.Workspace)) {
	k.t.Helper()
	k.update(func(tx *db.Tx) error {
		change(&k.ws)
		if err := workspace.Save(tx, &k.ws); err != nil {
			return err
		}
		return journal.Record(tx, k.staff, "settings.changed", journal.About("workspace", k.ws.ID), nil)
	})
	k.must(k.admit.Refresh(context.WithoutCancel(k.t.Context())))
}
