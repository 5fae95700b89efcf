package wallet_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"involt/internal/core/card"
	"involt/internal/core/person"
	"involt/internal/flow/wallet"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/testkit/dbtest"
)

// Somebody without an e-mail address keeps a card.
func TestTheLastCardOfAPoolCarStays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		by, _, ann, _ := town(t, d)
		s := &wallet.Service{DB: d}
		car := person.Person{Workspace: by.Workspace, LastName: "Pool car 7", Status: person.Active}
		if err := d.Update(t.Context(), func(tx *db.Tx) error { return person.Insert(tx, &car) }); err != nil {
			t.Fatal(err)
		}
		give := func(number string, p person.Person) card.Card {
			c, _, err := s.Assign(t.Context(), by, wallet.NewCard{Number: number, Person: p.ID})
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		remove := func(c card.Card) error {
			_, err := s.Change(t.Context(), by, c.ID, card.Deactivated, "lost")
			return err
		}
		if err := remove(give("04A0000000A001", ann)); err != nil {
			t.Errorf("the only card of somebody with an address: %v", err)
		}
		first, second := give("04A29F1B", car), give("04A29F1C", car)
		if _, err := s.Change(t.Context(), by, first.ID, card.Blocked, "lost"); err != nil {
			t.Errorf("blocking is no removing: %v", err)
		}
		// Two at once, each of which leaves the other: one stays.
		var all sync.WaitGroup
		var gone atomic.Int64
		for _, c := range []card.Card{first, second} {
			all.Go(func() {
				if remove(c) == nil {
					gone.Add(1)
				}
			})
		}
		all.Wait()
		if gone.Load() != 1 {
			t.Errorf("%d of the last two cards went", gone.Load())
		}
		var left card.Card
		if err := d.View(t.Context(), func(tx *db.Tx) error {
			cards, err := card.Of(tx, by.Workspace, car.ID)
			left = cards[0]
			return err
		}); err != nil || left.State == card.Deactivated {
			t.Fatalf("%+v, %v", left, err)
		}
		if err := remove(left); errs.KindOf(err) != errs.Conflict || err.Error() != "wallet.Change: A user without e-mail needs a card; give another one first, or delete the user." {
			t.Errorf("the last card: %v", err)
		}
		give("04A29F1D", car)
		if err := remove(left); err != nil {
			t.Errorf("after giving another one: %v", err)
		}
	})
}
