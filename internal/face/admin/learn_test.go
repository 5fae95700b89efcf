package admin

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/lesson"
	"involt/internal/core/person"
	"involt/internal/flow/teach"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
)

func TestAChargerLearnsACardForSomebody(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		h := k.charger(k.location(k.north.ID, "Yard"), "CP-1")
		who := k.people(k.north.ID, person.Active, 1)[0]
		at := "/chargers/" + string(h.ID)
		k.get(at, http.StatusOK).Find("menuitem", "Learn a card …")
		if p := k.get(at+"/learn?q=Active", http.StatusOK); !p.Has(who.Name()) {
			t.Errorf("the search: %q", p.Text())
		}
		p, _ := k.post(at+"/learn", url.Values{"person": {"x"}, "q": {"Active"}}, http.StatusUnprocessableEntity)
		if !p.Has("Choose whose card it is.") || p.Field("Whose card will it be?").Value() != "Active" {
			t.Errorf("for nobody: %q", p.Text())
		}
		_, to := k.post(at+"/learn", url.Values{"person": {string(who.ID)}}, http.StatusSeeOther)
		if p := k.get(to, http.StatusOK); !p.Has("Hold the card to Charger CP-1 now") || !p.Has("more seconds") || !p.Has("The charger is not connected") {
			t.Errorf("while it waits: %q", p.Text())
		}
		one := id.Lesson(to[strings.LastIndex(to, "/")+1:])
		if err := k.c.Teach.Learn(t.Context(), teach.Tap{Workspace: k.north.ID, Charger: h.ID, At: time.Now(), Lesson: one, Token: "04:a1:b2:c3"}); err != nil {
			t.Fatal(err)
		}
		if p := k.get(to, http.StatusOK); !p.Has("Card learned: 04A1B2C3") || !p.Has("It is the card of "+who.Name()) {
			t.Errorf("when it has learned: %q", p.Text())
		}
		if p := k.get("/activity", http.StatusOK); !p.Has("Charger waits for a card") || !p.Has("Charger no longer waits for a card") || !p.Has("Card given") {
			t.Errorf("activity: %q", p.Text())
		}

		// Somebody else's turn, and stopping it.
		k.update(func(tx *db.Tx) error {
			return lesson.Begin(tx, &lesson.Lesson{Workspace: k.north.ID, Charger: h.ID, Person: who.ID, AskedBy: "person:another"})
		})
		if p, _ := k.post(at+"/learn", url.Values{"person": {string(who.ID)}}, http.StatusUnprocessableEntity); !p.Has("waiting for somebody else's card") {
			t.Errorf("two at once: %q", p.Text())
		}
		var open lesson.Lesson
		k.update(func(tx *db.Tx) (err error) { open, _, err = lesson.At(tx, k.north.ID, h.ID); return err })
		_, to = k.post(at+"/learn/"+string(open.ID)+"/stop", form(), http.StatusSeeOther)
		if p := k.get(to, http.StatusOK); !p.Has("No card was learned") {
			t.Errorf("stopped: %q", p.Text())
		}
		k.get(at+"/learn/"+string(id.New[id.Lesson]()), http.StatusNotFound)
		k.get("/chargers/"+string(id.New[id.Charger]())+"/learn/"+string(open.ID), http.StatusNotFound)
		k.perms = access.PlacesRead | access.CardsRead | access.PeopleRead
		for _, l := range k.get(at, http.StatusOK).All("menuitem") {
			if l.Has("Learn a card") {
				t.Error("a reader is offered to have it learn")
			}
		}
	})
}
