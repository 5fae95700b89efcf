package admit

import (
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/decision"
	"involt/internal/core/journal"
	"involt/internal/core/workspace"
	"involt/internal/flow/equip"
	"involt/internal/flow/guests"
	"involt/internal/kit/db"
	"involt/internal/kit/seal"
	"involt/internal/testkit/dbtest"
)

// A charger that is alone is told of nobody by what only we can count, nor of those whom
// it lets charge because it is open to anyone.
func TestNoListHoldsGuestsWithABudgetOrStrangers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d, "a", workspace.ByGroup)
		at := h.charger(h.location(false))
		stock := card.Card{Workspace: h.by.Workspace, UID: "04A1B2C3", Kind: card.RFID, State: card.Active}
		h.do(func(tx *db.Tx) error {
			if err := card.Insert(tx, &stock); err != nil {
				return err
			}
			return journal.Record(tx, h.by, "card.updated", journal.About("card", stock.ID), nil)
		})
		h.must(h.places.SetOptions(t.Context(), h.by, at, equip.Options{Open: true}))
		by := h.by
		by.Perms = access.All
		now := time.Now()
		uid := func(wh int64) string {
			t.Helper()
			g, err := (&guests.Service{DB: d, Keys: seal.Random()}).Make(t.Context(), by, guests.New{Name: "Guest", Places: []guests.Place{{Charger: at}}, From: now.Add(-time.Hour), Until: now.Add(time.Hour), Wh: wh})
			h.must(err)
			var all []card.Card
			h.do(func(tx *db.Tx) (err error) { all, err = card.Of(tx, h.by.Workspace, g.Person); return err })
			return all[0].UID
		}
		budgeted, free := uid(5000), uid(0)
		s := loaded(t, d)
		for _, number := range []string{stock.UID, "04FFFFFF", budgeted} {
			h.want(s, number, at, decision.Allowed) // it is open to anyone
			if r := s.Standing(h.by.Workspace, at, number, now); r.Allowed() && !r.Hours {
				t.Errorf("%s is told to a charger that is alone: %+v", number, r)
			}
		}
		if r := s.Standing(h.by.Workspace, at, free, now); !r.Allowed() || r.Hours || r.Ends().Sub(now) > time.Hour+time.Minute {
			t.Errorf("a guest without a budget: %+v until %s", r, r.Ends())
		}
	})
}
