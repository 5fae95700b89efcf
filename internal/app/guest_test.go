package app

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"involt/internal/core/card"
	"involt/internal/core/charge"
	"involt/internal/core/command"
	"involt/internal/core/decision"
	"involt/internal/core/guest"
	"involt/internal/core/id"
	"involt/internal/core/workspace"
	"involt/internal/demo/charger"
	"involt/internal/flow/admit"
	"involt/internal/flow/admit/tries"
	"involt/internal/flow/guests"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/testkit/dbtest"
)

// guest makes a guest's access to one charger for an hour, and returns its link's token.
func (y *yard) guest(at id.Charger, wh, sessions int64, code bool) (guests.Sight, string) {
	y.t.Helper()
	a := y.apps[0]
	now := time.Now().Add(time.Duration(y.ahead.Load()))
	g, err := a.Guests.Make(y.t.Context(), y.by, guests.New{
		Name: "Visitor", Places: []guests.Place{{Charger: at}}, From: now.Add(-time.Minute), Until: now.Add(time.Hour), Wh: wh, Charges: sessions, Code: code,
	})
	if err != nil {
		y.t.Fatal(err)
	}
	v, _, err := a.Guests.One(y.t.Context(), y.by, g.ID)
	if err != nil {
		y.t.Fatal(err)
	}
	y.fresh()
	return v, v.Token
}

// fresh has decisions agree with the database.
func (y *yard) fresh() {
	y.t.Helper()
	for _, a := range y.apps {
		if err := a.Admit.Refresh(y.t.Context()); err != nil {
			y.t.Fatal(err)
		}
	}
}

func (y *yard) want(c *charger.Charger, uid, want string) {
	y.t.Helper()
	y.fresh()
	if said, err := c.Tap(y.t.Context(), uid); err != nil || said != want {
		y.t.Errorf("%s is answered %q, %v, want %s", uid, said, err, want)
	}
}

// A guest starts and stops by the link, on real chargers, as often as they were given.
func TestAGuestChargesByTheLink(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		y := newYard(t, at)
		a := y.apps[0]
		for _, version := range versions {
			h, key := y.add("CP-" + version)
			_, off := y.on(a, version, h.Identity, key)
			other, key2 := y.add("CP-other-" + version)
			c2, off2 := y.on(a, version, other.Identity, key2)
			_, token := y.guest(h.ID, 30_000, 1, false)
			v, err := a.Guests.Look(t.Context(), token)
			if err != nil || v.State != guest.Open || len(v.Spots) != 2 || len(v.Running) != 0 {
				t.Fatalf("%s: before: %+v, %v", version, v, err)
			}
			if err := a.Guests.Start(t.Context(), token, other.ID, 1); errs.KindOf(err) != errs.NotFound {
				t.Errorf("%s: at a charger that is not theirs: %v", version, err)
			}
			if err := a.Guests.Start(t.Context(), token, h.ID, 1); err != nil {
				t.Fatal(err)
			}
			s := y.running(1)[0]
			if s.Person != v.Person || decision.Reason(s.Reason) != decision.Allowed {
				t.Errorf("%s: the session is %+v", version, s)
			}
			v, err = a.Guests.Look(t.Context(), token)
			if err != nil || len(v.Running) != 1 || v.Used.Charges != 1 || v.State != guest.Spent {
				t.Errorf("%s: meanwhile: %+v, %v", version, v, err)
			}
			if err := a.Guests.Start(t.Context(), token, h.ID, 2); errs.KindOf(err) != errs.Gone {
				t.Errorf("%s: a second session: %v", version, err)
			}
			if _, err := c2.Start(t.Context(), 1, y.card.UID); err != nil {
				t.Fatal(err)
			}
			for _, theirs := range y.running(2) {
				if theirs.ID == s.ID {
					continue
				}
				if err := a.Guests.Stop(t.Context(), token, theirs.ID); errs.KindOf(err) != errs.NotFound {
					t.Errorf("%s: somebody else's session: %v", version, err)
				}
			}
			if err := a.Guests.Stop(t.Context(), token, s.ID); err != nil {
				t.Fatal(err)
			}
			y.running(1)
			if err := c2.Stop(t.Context(), 1, y.card.UID, "Local"); err != nil {
				t.Fatal(err)
			}
			y.running(0)
			if err := a.Guests.Start(t.Context(), token, h.ID, 1); errs.KindOf(err) != errs.Gone {
				t.Errorf("%s: when it is used up: %v", version, err)
			}
			off()
			off2()
		}
		if _, err := a.Guests.Look(t.Context(), strings.Repeat("x", 43)); errs.KindOf(err) != errs.NotFound {
			t.Errorf("a link that is none: %v", err)
		}
	})
}

// What runs is stopped once the energy is used up, or the time is over.
func TestAGuestsSessionIsStoppedAtItsLimit(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		y := newYard(t, at)
		a := y.apps[0]
		for _, version := range versions {
			h, key := y.add("CP-" + version)
			_, off := y.on(a, version, h.Identity, key)
			_, token := y.guest(h.ID, 5_000, 0, false)
			begin := func() charge.Charge {
				t.Helper()
				if err := a.Guests.Start(t.Context(), token, h.ID, 1); err != nil {
					t.Fatal(err)
				}
				return y.running(1)[0]
			}
			stopped := func(s charge.Charge, why string) {
				t.Helper()
				for range 3 { // asking again changes nothing
					if err := a.Guests.StopSpent(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				y.running(0)
				y.update(func(tx *db.Tx) error {
					all, err := db.All(tx, db.Text[string], `SELECT why FROM command WHERE workspace = ? AND session = ? AND kind = ?`, y.ws.ID, s.ID, command.Stop)
					if len(all) != 1 || all[0] != string(decision.NoCredit) {
						t.Errorf("%s: %s: asked to stop because of %q", version, why, all)
					}
					return err
				})
			}
			s := begin()
			used := func(wh int64) {
				t.Helper()
				y.update(func(tx *db.Tx) error {
					_, err := tx.Exec(`UPDATE charge SET wh = ? WHERE workspace = ? AND id = ?`, wh, y.ws.ID, s.ID)
					return err
				})
			}
			used(4_999)
			if err := a.Guests.StopSpent(t.Context()); err != nil {
				t.Fatal(err)
			}
			y.update(func(tx *db.Tx) error {
				if _, asked, err := command.StopOf(tx, y.ws.ID, h.ID, s.ID); err != nil || asked {
					t.Errorf("%s: stopped too early: %v", version, err)
				}
				return nil
			})
			used(5_000)
			stopped(s, "energy")

			_, token = y.guest(h.ID, 0, 0, false)
			s = begin()
			y.ahead.Add(int64(2 * time.Hour))
			stopped(s, "time")
			off()
		}
	})
}

// The code works as a card does, at the guest's charger and until it is revoked.
func TestAGuestsCode(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		y := newYard(t, at)
		a := y.apps[0]
		h, key := y.add("CP-1")
		c, _ := y.on(a, "2.0.1", h.Identity, key)
		other, key2 := y.add("CP-2")
		c2, _ := y.on(a, "2.0.1", other.Identity, key2)
		y.update(func(tx *db.Tx) error { // everyone may charge everywhere, but guests
			w, err := workspace.ByID(tx, y.ws.ID)
			if err != nil {
				return err
			}
			w.AccessMode = workspace.Everyone
			return workspace.Save(tx, &w)
		})
		y.knows()
		g, token := y.guest(h.ID, 0, 1, true)
		if !guest.IsCode(g.Code) {
			t.Fatalf("the code is %q", g.Code)
		}
		y.want(c, g.Code, "Accepted")
		y.want(c2, g.Code, "NotAtThisLocation")
		if _, err := c.Start(t.Context(), 1, g.Code); err != nil {
			t.Fatal(err)
		}
		y.running(1)
		y.want(c, g.Code, "Accepted") // it may be meant to end the session
		y.soon("the budget is used up elsewhere", func(*db.Tx) (bool, error) {
			y.fresh()
			got := a.Admit.Decide(&admit.Ask{Workspace: y.ws.ID, Charger: h.ID, EVSE: 2, Token: g.Code, Now: time.Now()}).Reason
			return got == decision.NoCredit || got == decision.Concurrent, nil
		})
		if err := a.Guests.Revoke(t.Context(), y.by, g.ID); err != nil {
			t.Fatal(err)
		}
		y.running(0) // stopped, as for a user who is deactivated
		y.want(c, g.Code, "Blocked")
		v, err := a.Guests.Look(t.Context(), token)
		if err != nil || v.State != guest.Revoked || len(v.Spots) != 0 {
			t.Errorf("the link then: %+v, %v", v, err)
		}
		if err := a.Guests.Start(t.Context(), token, h.ID, 1); errs.KindOf(err) != errs.Gone {
			t.Errorf("starting then: %v", err)
		}
		if err := a.Guests.Revoke(t.Context(), y.by, g.ID); err != nil {
			t.Errorf("again: %v", err)
		}
	})
}

// Whoever tries codes at a charger's keys gets no further: right ones are answered as
// wrong ones then, and cards and links work on.
func TestGuessingCodesIsSlow(t *testing.T) {
	for _, version := range versions {
		t.Run(version, func(t *testing.T) {
			dbtest.EachURL(t, func(t *testing.T, at string) { guessing(t, at, version) })
		})
	}
}

func guessing(t *testing.T, at, version string) {
	y := newYard(t, at)
	a := y.apps[0]
	h, key := y.add("CP-1")
	c, _ := y.on(a, version, h.Identity, key)
	g, token := y.guest(h.ID, 0, 0, true)
	unknown := map[string]string{"1.6": "Invalid", "2.0.1": "Unknown"}[version]
	y.want(c, g.Code, "Accepted")
	for i := range tries.Most {
		wrong := strconv.Itoa(10_000_000 + i)
		if wrong == g.Code {
			wrong = "99999999"
		}
		y.want(c, wrong, unknown)
	}
	y.want(c, g.Code, unknown)
	y.want(c, y.card.UID, "Accepted")
	if err := a.Guests.Start(t.Context(), token, h.ID, 1); err != nil {
		t.Errorf("by the link: %v", err)
	}
	y.running(1)
	if got := a.Admit.Decide(&admit.Ask{Workspace: y.ws.ID, Charger: h.ID, Token: g.Code, Now: time.Now().Add(tries.Within)}).Reason; got == decision.TooManyTries {
		t.Errorf("after an hour: %s", got)
	}
}

// A guest's cards are theirs alone: none of them is a number that somebody has.
func TestCodesAreNobodysCard(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		code := guest.NewCode()
		uid, err := card.Canonical(code)
		if err != nil || uid != code || !guest.IsCode(code) {
			t.Fatalf("%q is read as %q, %v", code, uid, err)
		}
		seen[code] = true
	}
	if len(seen) < 990 {
		t.Errorf("%d different ones of 1000", len(seen))
	}
}
