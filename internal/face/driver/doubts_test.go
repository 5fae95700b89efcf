package driver_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"involt/internal/core/card"
	"involt/internal/core/doubt"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/core/workspace"
	"involt/internal/flow/guard"
	"involt/internal/kit/db"
)

// doubted has a person's card used at two of their operator's chargers.
func (k *road) doubted(ws workspace.Workspace, who person.Person, held bool) (d doubt.Doubt) {
	k.t.Helper()
	in := guard.Seen{Workspace: ws.ID, At: time.Now(), FirstAt: time.Now().Add(-10 * time.Minute), Km: 503, Held: held}
	k.update(func(tx *db.Tx) error {
		cards, err := card.Of(tx, ws.ID, who.ID)
		if err != nil {
			return err
		}
		chargers, err := site.Chargers(tx, ws.ID)
		if err != nil {
			return err
		}
		in.Card, in.FirstCharger, in.Charger = cards[0].ID, chargers[0].ID, chargers[len(chargers)-1].ID
		return nil
	})
	if err := (&guard.Service{DB: k.d}).Ask(k.t.Context(), in); err != nil {
		k.t.Fatal(err)
	}
	k.update(func(tx *db.Tx) (err error) {
		d, _, err = doubt.OfCard(tx, ws.ID, in.Card)
		return err
	})
	return d
}

func (k *road) stateOf(d doubt.Doubt) (s card.State) {
	k.t.Helper()
	k.update(func(tx *db.Tx) error {
		c, err := card.ByID(tx, d.Workspace, d.Card)
		s = c.State
		return err
	})
	return s
}

// say posts who it was.
func (k *road) say(who, path, site, answer string) *httptest.ResponseRecorder {
	k.t.Helper()
	r := httptest.NewRequestWithContext(k.t.Context(), http.MethodPost, path, strings.NewReader(url.Values{"who": {answer}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Who", who)
	r.Header.Set("Cookie", "__Host-involt=x")
	if site != "" {
		r.Header.Set("Sec-Fetch-Site", site)
	}
	w := httptest.NewRecorder()
	k.handler.ServeHTTP(w, r)
	return w
}

func TestTheHolderIsAskedWhetherItWasThem(t *testing.T) {
	each(t, func(t *testing.T, k *road) {
		k.furnish(k.north, k.lena, "Harbour", "04A1B2C3", 0)
		k.furnish(k.north, k.other, "Depot", "04FFFFFF", 0)
		d := k.doubted(k.north, k.lena, true)
		at := "/my/doubts/" + string(d.ID) + "?w=northgrid"
		p, _ := k.get("lena@example.com", "/my?w=northgrid")
		k.want(p, "Was this you?", "04A1B2C3 was used in two places", "Harbour", "Depot", "on hold until you answer", "Yes, that was me", "No, block the card")
		for lang, says := range map[string]string{"de": "Waren Sie das?", "nl": "Was u dit?", "fr": "Était-ce vous", "es": "¿Fue usted?"} {
			p, _ := k.get("lena@example.com", "/my?w=northgrid", "Accept-Language", lang)
			k.want(p, says)
		}
		p, _ = k.get("other@example.com", "/my?w=northgrid")
		k.wantNot(p, "Was this you?")
		for name, tc := range map[string]struct {
			who, path, site, answer string
			code                    int
		}{
			"from another site":    {"lena@example.com", at, "cross-site", "me", 403},
			"signed out":           {"nobody", at, "same-origin", "me", 401},
			"by somebody else":     {"other@example.com", at, "same-origin", "me", 404},
			"in another workspace": {"lena@example.com", "/my/doubts/" + string(d.ID) + "?w=southgrid", "same-origin", "me", 404},
			"of none":              {"lena@example.com", "/my/doubts/" + string(id.New[id.Doubt]()) + "?w=northgrid", "same-origin", "me", 404},
			"of no id":             {"lena@example.com", "/my/doubts/x?w=northgrid", "same-origin", "me", 404},
			"without an answer":    {"lena@example.com", at, "same-origin", "", 422},
		} {
			if w := k.say(tc.who, tc.path, tc.site, tc.answer); w.Code != tc.code {
				t.Errorf("%s: %d, want %d", name, w.Code, tc.code)
			}
		}
		if got := k.stateOf(d); got != card.Blocked {
			t.Fatalf("the card is %s", got)
		}
		if w := k.say("lena@example.com", at, "same-origin", "me"); w.Code != 303 || w.Header().Get("Location") != "/my?done=mine&w=northgrid" {
			t.Errorf("%d %q", w.Code, w.Header().Get("Location"))
		}
		p, _ = k.get("lena@example.com", "/my?w=northgrid&done=mine")
		k.want(p, "Your card works.", "Ready to charge")
		k.wantNot(p, "Was this you?")

		d = k.doubted(k.north, k.other, false)
		p, _ = k.get("other@example.com", "/my?w=northgrid")
		k.want(p, "Was this you?", "was refused there")
		at = "/my/doubts/" + string(d.ID) + "?w=northgrid"
		if w := k.say("other@example.com", at, "same-origin", "stranger"); w.Code != 303 || w.Header().Get("Location") != "/my?done=stranger&w=northgrid" {
			t.Errorf("%d %q", w.Code, w.Header().Get("Location"))
		}
		p, _ = k.get("other@example.com", "/my?w=northgrid&done=stranger")
		k.want(p, "Your card is blocked. Northgrid gives you a new one.")
		if got := k.stateOf(d); got != card.Suspended {
			t.Errorf("the card is %s", got)
		}
	})
}
