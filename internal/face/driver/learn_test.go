package driver_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/lesson"
	"involt/internal/core/site"
	"involt/internal/core/workspace"
	"involt/internal/flow/teach"
	"involt/internal/kit/db"
)

// send posts a form as a page of ours does, or one of another site.
func (k *road) send(who, path, site string, form url.Values) *httptest.ResponseRecorder {
	k.t.Helper()
	r := httptest.NewRequestWithContext(k.t.Context(), http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Who", who)
	r.Header.Set("Cookie", "__Host-involt=x")
	r.Header.Set("Sec-Fetch-Site", site)
	w := httptest.NewRecorder()
	k.handler.ServeHTTP(w, r)
	return w
}

// letAdd lets the drivers of the north add cards.
func (k *road) letAdd() {
	k.t.Helper()
	k.update(func(tx *db.Tx) error {
		w, err := workspace.ByID(tx, k.north.ID)
		if err != nil {
			return err
		}
		w.DriverCards = true
		if err := workspace.Save(tx, &w); err != nil {
			return err
		}
		return journal.Record(tx, access.System(k.north.ID, "test"), "settings.changed", journal.About("workspace", w.ID), nil)
	})
}

func TestADriverAddsACardAtACharger(t *testing.T) {
	each(t, func(t *testing.T, k *road) {
		k.furnish(k.north, k.lena, "Harbour", "04A1B2C3", 0)
		var h site.Charger
		k.update(func(tx *db.Tx) error {
			all, err := site.Chargers(tx, k.north.ID)
			h = all[0]
			return err
		})
		at, chosen := "/my/cards/learn?w=northgrid", url.Values{"charger": {string(h.ID)}}
		p, _ := k.get("lena@example.com", "/my?w=northgrid")
		k.wantNot(p, "Add a card")
		if w := k.send("lena@example.com", at, "same-origin", chosen); w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "Cards are added by Northgrid") {
			t.Errorf("where drivers add no cards: %d", w.Code)
		}
		k.letAdd()
		p, _ = k.get("lena@example.com", "/my?w=northgrid")
		k.want(p, "Add a card")
		p, _ = k.get("lena@example.com", at)
		k.want(p, "Go to a charger with the card", "I am at "+h.Name)
		for name, tc := range map[string]struct {
			who, path, site string
			code            int
		}{
			"from another site":    {"lena@example.com", at, "cross-site", 403},
			"signed out":           {"nobody", at, "same-origin", 401},
			"in another workspace": {"lena@example.com", "/my/cards/learn?w=southgrid", "same-origin", 403},
		} {
			if w := k.send(tc.who, tc.path, tc.site, chosen); w.Code != tc.code {
				t.Errorf("%s: %d, want %d", name, w.Code, tc.code)
			}
		}
		if w := k.send("lena@example.com", at, "same-origin", url.Values{"charger": {string(id.New[id.Charger]())}}); w.Code != http.StatusNotFound {
			t.Errorf("at no charger: %d", w.Code)
		}
		if w := k.send("lena@example.com", at, "same-origin", chosen); w.Code != http.StatusSeeOther {
			t.Fatalf("begun: %d", w.Code)
		}
		for lang, says := range map[string]string{"en": "Hold your card to " + h.Name + " now", "de": "Halten Sie Ihre Karte jetzt an", "nl": "Houd uw pas nu voor", "fr": "Présentez maintenant votre carte", "es": "Acerque ahora su tarjeta"} {
			p, _ := k.get("lena@example.com", at, "Accept-Language", lang)
			k.want(p, says)
		}
		var l lesson.Lesson
		k.update(func(tx *db.Tx) (err error) { l, _, err = lesson.At(tx, k.north.ID, h.ID); return err })
		if w := k.send("other@example.com", "/my/cards/learn/stop?w=northgrid", "same-origin", url.Values{"lesson": {string(l.ID)}}); w.Code != http.StatusNotFound {
			t.Errorf("stopped by somebody else: %d", w.Code)
		}
		if err := (&teach.Service{DB: k.d}).Learn(t.Context(), teach.Tap{Workspace: k.north.ID, Charger: h.ID, At: time.Now(), Lesson: l.ID, Token: "04FFFF01"}); err != nil {
			t.Fatal(err)
		}
		p, _ = k.get("lena@example.com", at)
		k.want(p, "Card 04FF FF01 is yours now", "Hold it to the charger once more")
		p, _ = k.get("lena@example.com", "/my?w=northgrid")
		k.want(p, "04FF FF01")
	})
}

func TestADriverSaysWhetherACarIsTheirs(t *testing.T) {
	each(t, func(t *testing.T, k *road) {
		k.furnish(k.north, k.lena, "Harbour", "04A1B2C3", 0)
		var q lesson.Car
		k.update(func(tx *db.Tx) error {
			c := card.Card{Workspace: k.north.ID, UID: "VID:007DFA012B3C", Kind: card.MAC, State: card.Suspended, Person: k.lena.ID}
			if err := card.Insert(tx, &c); err != nil {
				return err
			}
			q = lesson.Car{Workspace: k.north.ID, Person: k.lena.ID, MAC: "007DFA012B3C", Card: c.ID, At: time.Now()}
			_, err := lesson.Propose(tx, &q)
			return err
		})
		for lang, says := range map[string]string{"en": "Is this your car?", "de": "Ist das Ihr Auto?", "nl": "Is dit uw auto?", "fr": "Est-ce votre voiture", "es": "¿Es este su coche?"} {
			p, _ := k.get("lena@example.com", "/my?w=northgrid", "Accept-Language", lang)
			k.want(p, says, "00:7D:FA:01:2B:3C")
		}
		p, _ := k.get("other@example.com", "/my?w=northgrid")
		k.wantNot(p, "Is this your car?")
		at, yes := "/my/cars/"+string(q.ID)+"?w=northgrid", url.Values{"car": {"mine"}}
		for name, tc := range map[string]struct {
			who, path, site string
			form            url.Values
			code            int
		}{
			"from another site":    {"lena@example.com", at, "cross-site", yes, 403},
			"signed out":           {"nobody", at, "same-origin", yes, 401},
			"by somebody else":     {"other@example.com", at, "same-origin", yes, 404},
			"in another workspace": {"lena@example.com", "/my/cars/" + string(q.ID) + "?w=southgrid", "same-origin", yes, 404},
			"without an answer":    {"lena@example.com", at, "same-origin", nil, 422},
		} {
			if w := k.send(tc.who, tc.path, tc.site, tc.form); w.Code != tc.code {
				t.Errorf("%s: %d, want %d", name, w.Code, tc.code)
			}
		}
		w := k.send("lena@example.com", at, "same-origin", yes)
		if w.Code != http.StatusSeeOther {
			t.Fatalf("yes: %d", w.Code)
		}
		p, _ = k.get("lena@example.com", w.Header().Get("Location"))
		k.want(p, "Your car charges without a card from now on.")
		k.wantNot(p, "Is this your car?")
	})
}

// Where there are many chargers, the driver's is found by a part of its name.
func TestAChargerIsFoundAmongMany(t *testing.T) {
	each(t, func(t *testing.T, k *road) {
		k.furnish(k.north, k.lena, "Harbour", "04A1B2C3", 0)
		k.update(func(tx *db.Tx) error {
			all, err := site.Locations(tx, k.north.ID)
			for i := 0; err == nil && i < teach.MostChargers+5; i++ {
				c := site.Charger{Workspace: k.north.ID, Identity: "GARAGE-" + strings.Repeat("I", i+1), Location: all[0].ID}
				if err = site.InsertCharger(tx, &c, 1); err == nil {
					err = journal.Record(tx, access.System(k.north.ID, "test"), "charger.created", journal.About("charger", c.ID), nil)
				}
			}
			return err
		})
		k.letAdd()
		p, _ := k.get("lena@example.com", "/my/cards/learn?w=northgrid")
		k.want(p, "Find the charger", "I am at GARAGE-I")
		if n := strings.Count(p.Text(), "I am at"); n != teach.MostChargers {
			t.Errorf("%d chargers are offered", n)
		}
		p, _ = k.get("lena@example.com", "/my/cards/learn?w=northgrid&q="+strings.Repeat("i", teach.MostChargers+5))
		if n := strings.Count(p.Text(), "I am at"); n != 1 {
			t.Errorf("%d are found by a whole name", n)
		}
		p, _ = k.get("lena@example.com", "/my/cards/learn?w=northgrid&q=moon")
		k.want(p, "No charger has that in its name.")
	})
}
