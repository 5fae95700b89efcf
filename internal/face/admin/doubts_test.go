package admin

import (
	"net/http"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/flow/guard"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
)

func TestCardsInTwoPlacesAreListed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		if p := k.get("/cards/doubts", http.StatusOK); !p.Has("No card was in two places") {
			t.Errorf("an empty list: %q", p.Text())
		}
		p := k.people(k.north.ID, person.Active, 1)[0]
		c := k.card(p, "04A1B2C3D4E5F6")
		var at [2]site.Charger
		for i, name := range []string{"Harbour", "Airport"} {
			at[i] = k.charger(k.location(k.north.ID, name), "CP-"+name)
		}
		seen := guard.Seen{Workspace: k.north.ID, Card: c.ID, Charger: at[1].ID, At: time.Now(), FirstCharger: at[0].ID, FirstAt: time.Now().Add(-10 * time.Minute), Km: 503, Held: true}
		if err := k.c.Guard.Ask(t.Context(), seen); err != nil {
			t.Fatal(err)
		}
		page := k.get("/cards/doubts", http.StatusOK)
		for _, says := range []string{"04A1B2C3D4E5F6", p.Name(), "Harbour", "Airport", "503 km", "On hold: the holder was asked", "Blocked"} {
			if !page.Has(says) {
				t.Errorf("the list does not say %q: %q", says, page.Text())
			}
		}
		if page := k.get("/activity", http.StatusOK); !page.Has("two places 503 km apart") {
			t.Errorf("activity: %q", page.Text())
		}
		k.post("/cards/"+string(c.ID)+"/unblock", form(), http.StatusSeeOther)
		if page := k.get("/cards/doubts", http.StatusOK); !page.Has("Staff made it work again") || !page.Has("Active") {
			t.Errorf("after unblocking: %q", page.Text())
		}
		var now card.Card
		k.update(func(tx *db.Tx) (err error) {
			now, err = card.ByID(tx, k.north.ID, c.ID)
			return err
		})
		if now.State != card.Active {
			t.Errorf("the card is %s", now.State)
		}
		k.perms = access.CardsRead | access.SessionsRead
		if page := k.get("/cards/doubts", http.StatusOK); page.Has(p.Name()) || !page.Has("04A1B2C3D4E5F6") {
			t.Errorf("without personal data: %q", page.Text())
		}
	})
}
