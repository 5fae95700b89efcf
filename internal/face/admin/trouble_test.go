package admin

import (
	"net/http"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/testkit/dbtest"

	"involt/internal/kit/db"
)

func TestAChargersTroublesAreShownAndSeenTo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		h := k.charger(k.location(k.north.ID, "Yard"), "CP-1")
		at := "/chargers/" + string(h.ID)
		if p := k.get(at, http.StatusOK); p.Has("Not let in until") || p.Has("two networks") {
			t.Errorf("trouble without a reason: %q", p.Text())
		}
		for range 2 { // known already
			if err := k.c.Equip.Flooded(t.Context(), k.north.ID, h.ID, 61, time.Now().Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
			if err := k.c.Equip.CameTwice(t.Context(), k.north.ID, h.ID, "198.51.100.3", "203.0.113.7"); err != nil {
				t.Fatal(err)
			}
		}
		p := k.get(at, http.StatusOK)
		for _, says := range []string{"Not let in until", "more than 60 times", "It came from two networks at once", "203.0.113.7, 198.51.100.3"} {
			if !p.Has(says) {
				t.Errorf("the page does not say %q: %q", says, p.Text())
			}
		}
		k.perms = access.PlacesRead
		if p := k.get(at, http.StatusOK); !p.Has("Not let in until") || p.Has("Let it in again") || p.Has("I have seen to it") {
			t.Errorf("to a reader: %q", p.Text())
		}
		k.perms = access.All
		_, to := k.post(at+"/let-in", form(), http.StatusSeeOther)
		if p := k.get(to, http.StatusOK); !p.Has("It may connect again.") || p.Has("Not let in until") || !p.Has("two networks at once") {
			t.Errorf("after letting it in: %q", p.Text())
		}
		_, to = k.post(at+"/networks-seen", form(), http.StatusSeeOther)
		if p := k.get(to, http.StatusOK); p.Has("two networks at once") {
			t.Errorf("after seeing to it: %q", p.Text())
		}
		if p := k.get("/activity", http.StatusOK); !p.Has("Charger reconnected too often") || !p.Has("Charger came from two networks") || !p.Has("Charger let in again") {
			t.Errorf("activity: %q", p.Text())
		}
	})
}
