package app

import (
	"testing"

	"involt/internal/core/card"
	"involt/internal/core/charge"
	"involt/internal/core/command"
	"involt/internal/core/decision"
	"involt/internal/core/id"
	"involt/internal/flow/equip"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
)

// An unknown card that is held to a real charger that waits for one charges there at
// the second tap.
func TestACardIsLearnedAtACharger(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		y := newYard(t, at)
		a := y.apps[0]
		for _, version := range versions {
			h, key := y.add("CP-" + version)
			c, off := y.on(a, version, h.Identity, key)
			if _, err := a.Teach.Begin(t.Context(), y.by, h.ID, y.who.ID); err != nil {
				t.Fatal(err)
			}
			if err := a.Admit.Refresh(t.Context()); err != nil {
				t.Fatal(err)
			}
			uid := map[string]string{"1.6": "04FFFF16", "2.0.1": "04FFFF21"}[version]
			if said, err := c.Tap(t.Context(), uid); err != nil || said != "Invalid" {
				t.Errorf("%s: the tap that teaches is answered %q, %v", version, said, err)
			}
			y.soon("the card is learned", func(tx *db.Tx) (bool, error) {
				all, err := card.ByUIDs(tx, y.ws.ID, []string{uid})
				return len(all) == 1 && all[0].Person == y.who.ID, err
			})
			if err := a.Admit.Refresh(t.Context()); err != nil {
				t.Fatal(err)
			}
			if said, err := c.Tap(t.Context(), uid); err != nil || said != "Accepted" {
				t.Errorf("%s: the next tap is answered %q, %v", version, said, err)
			}
			off()
		}
	})
}

func TestAnOpenChargerTakesEveryCard(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		y := newYard(t, at)
		a := y.apps[0]
		for _, version := range versions {
			h, key := y.add("CP-" + version)
			c, off := y.on(a, version, h.Identity, key)
			set := func(open bool) {
				t.Helper()
				var before []id.Command
				y.update(func(tx *db.Tx) (err error) { before, err = cleared(tx, y.ws.ID, h.ID); return err })
				if err := a.Equip.SetOptions(t.Context(), y.by, h.ID, equip.Options{Open: open}); err != nil {
					t.Fatal(err)
				}
				// It forgets whom it let charge before, and whom it refused.
				y.soon("its cache is cleared", func(tx *db.Tx) (bool, error) {
					now, err := cleared(tx, y.ws.ID, h.ID)
					return len(now) > len(before), err
				})
				if err := a.Admit.Refresh(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			refused := map[string]string{"1.6": "Invalid", "2.0.1": "Unknown"}[version]
			tap := func(want string) {
				t.Helper()
				if said, err := c.Tap(t.Context(), "04FFFF99"); err != nil || said != want {
					t.Errorf("%s: an unknown card is answered %q, %v, want %s", version, said, err, want)
				}
			}
			tap(refused)
			set(true)
			tap("Accepted")
			if _, err := c.Start(t.Context(), 1, "04FFFF99"); err != nil {
				t.Fatal(err)
			}
			s := y.running(1)[0]
			if s.Person != "" || s.Card != "" || decision.Reason(s.Reason) != decision.Allowed {
				t.Errorf("%s: the session is %+v", version, s)
			}
			set(false)
			tap(refused)
			if err := c.Stop(t.Context(), 1, "04FFFF99", "Local"); err != nil {
				t.Fatal(err)
			}
			y.soon("the session ends", func(tx *db.Tx) (bool, error) {
				one, err := charge.ByID(tx, y.ws.ID, s.ID)
				return one.Status == charge.Ended && one.StopReason == "Local", err
			})
			off()
		}
	})
}

// cleared are the commands to clear its cache that a charger has obeyed.
func cleared(tx *db.Tx, ws id.Workspace, charger id.Charger) ([]id.Command, error) {
	return db.All(tx, db.Text[id.Command], `SELECT id FROM command WHERE workspace = ? AND charger = ? AND kind = ? AND state = ?`, ws, charger, command.ClearCache, command.Accepted)
}
