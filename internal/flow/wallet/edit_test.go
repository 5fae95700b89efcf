package wallet_test

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"involt/internal/core/card"
	"involt/internal/core/id"
	"involt/internal/flow/wallet"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/testkit/dbtest"
)

func TestACardInStockIsGivenAsItStands(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		by, _, ann, _ := town(t, d)
		s := &wallet.Service{DB: d}
		stock := func(uid string, state card.State) id.Card {
			c := card.Card{Workspace: by.Workspace, UID: uid, Kind: card.RFID, State: state}
			if err := d.Update(t.Context(), func(tx *db.Tx) error { return card.Insert(tx, &c) }); err != nil {
				t.Fatal(err)
			}
			return c.ID
		}
		for i, tc := range []struct{ was, want card.State }{{card.Active, card.Active}, {card.Inactive, card.Active}, {card.Blocked, card.Blocked}, {card.Suspended, card.Suspended}} {
			uid := "04A1B2C" + string(rune('0'+i))
			one := stock(uid, tc.was)
			c, _, err := s.Assign(t.Context(), by, wallet.NewCard{Number: uid, Person: ann.ID})
			if err != nil || c.ID != one || c.Person != ann.ID || c.State != tc.want {
				t.Errorf("%s in stock became %+v, %v", tc.was, c, err)
			}
		}
		c, _, err := s.Assign(t.Context(), by, wallet.NewCard{Number: "04A1B2D0", Person: ann.ID, Pending: true})
		if err != nil || c.State != card.Inactive {
			t.Errorf("a pending card is %+v, %v", c, err)
		}
	})
}

func TestAnExpiredCardIsMadeValidAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		by, _, ann, _ := town(t, d)
		s, ctx := &wallet.Service{DB: d}, t.Context()
		past := time.Now().Add(-time.Hour)
		c, _, err := s.Assign(ctx, by, wallet.NewCard{Number: "04A29F1B", Person: ann.ID, ValidTo: past})
		if err != nil {
			t.Fatal(err)
		}
		if c, err = s.Change(ctx, by, c.ID, card.Active, ""); err != nil || !c.ValidTo.IsZero() {
			t.Errorf("past its last day: %+v, %v", c, err)
		}
		if _, err = s.Change(ctx, by, c.ID, card.Active, ""); errs.KindOf(err) != errs.Conflict {
			t.Errorf("an active card was made active: %v", err)
		}
		if c, err = s.Change(ctx, by, c.ID, card.Expired, ""); err != nil {
			t.Fatal(err)
		}
		if c, err = s.Change(ctx, by, c.ID, card.Active, ""); err != nil || c.State != card.Active {
			t.Errorf("expired by hand: %+v, %v", c, err)
		}
	})
}

func TestFactsOfACard(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		by, other, ann, _ := town(t, d)
		s, ctx := &wallet.Service{DB: d}, t.Context()
		c, _, err := s.Assign(ctx, by, wallet.NewCard{Number: "04A29F1B", Person: ann.ID})
		if err != nil {
			t.Fatal(err)
		}
		to := time.UnixMilli(1_900_000_000_000).UTC()
		got, err := s.Edit(ctx, by, c.ID, c.Version, wallet.Facts{Printed: " No 7 ", Business: true, ValidTo: to})
		if err != nil || got.Printed != "No 7" || !got.Business || !got.ValidTo.Equal(to) {
			t.Fatalf("%+v, %v", got, err)
		}
		if _, err := s.Edit(ctx, by, c.ID, c.Version, wallet.Facts{}); errs.KindOf(err) != errs.Conflict {
			t.Errorf("an old version was written: %v", err)
		}
		if _, err := s.Edit(ctx, other, c.ID, got.Version, wallet.Facts{}); errs.KindOf(err) != errs.NotFound {
			t.Errorf("another workspace's card: %v", err)
		}
		for want, f := range map[string]wallet.Facts{
			"at most 100 fit":      {Printed: strings.Repeat("x", 5000)},
			"cannot be shown":      {Printed: "a\x00b"},
			"end before it begins": {ValidFrom: to, ValidTo: to},
		} {
			if _, err := s.Edit(ctx, by, c.ID, got.Version, f); errs.KindOf(err) != errs.Invalid || !strings.Contains(err.Error(), want) {
				t.Errorf("want %q: %v", want, err)
			}
		}
	})
}

// Several who add the same card at once: one card, and the others hear whose.
func TestACardIsAddedOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		by, _, ann, _ := town(t, d)
		s := &wallet.Service{DB: d}
		var wg sync.WaitGroup
		var added atomic.Int64
		for range 6 {
			wg.Go(func() {
				_, _, err := s.Assign(t.Context(), by, wallet.NewCard{Number: "04A29F1B", Person: ann.ID})
				if err == nil {
					added.Add(1)
				} else if taken, ok := errors.AsType[*wallet.Taken](err); !ok || taken.Person != ann.ID {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if added.Load() != 1 {
			t.Errorf("added %d times", added.Load())
		}
	})
}
