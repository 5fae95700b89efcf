package door_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/charge"
	"involt/internal/core/decision"
	"involt/internal/core/id"
	"involt/internal/core/site"
	"involt/internal/flow/guests"
	"involt/internal/kit/db"
)

// yard is what a guest's page stands on: chargers that are open to everybody, and a
// list of what was asked of them.
type yard struct {
	h     *house
	at    site.Charger
	asked []string
}

func (y *yard) Chargers(id.Workspace, id.Person, time.Time) []id.Charger {
	return []id.Charger{y.at.ID}
}

func (y *yard) Refresh(context.Context) error { return nil }

func (y *yard) Start(_ context.Context, by access.Actor, c id.Charger, evse int64, uid string) error {
	y.asked = append(y.asked, "start "+string(c)+" "+by.Name[:7]+" "+string(uid[0]))
	return nil
}

func (y *yard) Stop(_ context.Context, _ access.Actor, s id.Charge) error {
	y.asked = append(y.asked, "stop "+string(s))
	return nil
}

func (y *yard) StopFor(*db.Tx, *charge.Charge, decision.Reason) error { return nil }

func TestAGuestsPage(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		y := &yard{h: h}
		h.update(func(tx *db.Tx) error {
			l := site.Location{Workspace: h.ws.ID, Name: "Harbour", TimeZone: "Europe/Berlin"}
			if err := site.InsertLocation(tx, &l); err != nil {
				return err
			}
			y.at = site.Charger{Workspace: h.ws.ID, Identity: "CP-1", Name: "Harbour 1", Location: l.ID}
			if err := site.InsertCharger(tx, &y.at, 1); err != nil {
				return err
			}
			return site.Connected(tx, h.ws.ID, y.at.ID, "a/1", "ocpp2.0.1")
		})
		h.guests.Places, h.guests.Remote = y, y
		by := access.System(h.ws.ID, "test")
		by.Perms = access.All
		now := time.Now()
		g, err := h.guests.Make(t.Context(), by, guests.New{Name: "Zoë <b>", Places: []guests.Place{{Charger: y.at.ID}}, From: now.Add(-time.Hour), Until: now.Add(time.Hour), Wh: 20_000, Charges: 2, Code: true})
		if err != nil {
			t.Fatal(err)
		}
		v, _, err := h.guests.One(t.Context(), by, g.ID)
		if err != nil {
			t.Fatal(err)
		}
		path := "/g/" + v.Token
		b := &surfer{h: h}
		for lang, says := range map[string]string{"en": "Start at Harbour 1", "de": "Starten an Harbour 1", "nl": "Starten bij Harbour 1", "fr": "Démarrer à Harbour 1", "es": "Iniciar en Harbour 1"} {
			if a := b.get(path + "?lang=" + lang); a.Code != http.StatusOK || !strings.Contains(a.Body, says) {
				t.Errorf("%s: %d, without %q", lang, a.Code, says)
			}
		}
		a := b.get(path)
		for _, says := range []string{"Charging at Northgrid", "Zoë &lt;b&gt;", "0.0 of 20 kWh", "0 of 2", guests.Spelt(v.Code)} {
			if !strings.Contains(a.Body, says) {
				t.Errorf("the page lacks %q", says)
			}
		}
		if len(y.asked) != 0 {
			t.Errorf("looking has asked for %q", y.asked)
		}
		// Only the page's own button counts.
		form := url.Values{"do": {"start"}, "charger": {string(y.at.ID)}, "evse": {"1"}}
		if got := b.do("POST", path, form); got.Code != http.StatusUnprocessableEntity || len(y.asked) != 0 {
			t.Errorf("without the page's nonce: %d, %q", got.Code, y.asked)
		}
		evil := &surfer{h: h, site: "cross-site"}
		if got := evil.do("POST", path, form); got.Code != http.StatusForbidden {
			t.Errorf("from another site: %d", got.Code)
		}
		if got := b.send(a, "Start at Harbour 1", nil); got.Code != http.StatusSeeOther || len(y.asked) != 1 || !strings.HasPrefix(y.asked[0], "start "+string(y.at.ID)+" person:") {
			t.Errorf("started: %d, %q", got.Code, y.asked)
		}
		y.at.ID = id.New[id.Charger]() // no longer theirs
		if got := b.send(a, "Start at Harbour 1", nil); got.Code != http.StatusUnprocessableEntity || len(y.asked) != 1 {
			t.Errorf("at a charger that is not theirs: %d, %q", got.Code, y.asked)
		}
		for _, bad := range []string{"/g/" + strings.Repeat("x", 43), "/g/" + v.Token[:42], "/g/" + strings.ToUpper(v.Token)} {
			if got := b.get(bad); got.Code != http.StatusNotFound || strings.Contains(got.Body, "Northgrid") {
				t.Errorf("%s: %d", bad[:6], got.Code)
			}
		}
		if err := h.guests.Revoke(t.Context(), by, g.ID); err != nil {
			t.Fatal(err)
		}
		if got := b.get(path); got.Code != http.StatusGone || !strings.Contains(got.Body, "Northgrid has ended this access.") || strings.Contains(got.Body, "Start at") {
			t.Errorf("revoked: %d", got.Code)
		}
		if got := b.send(a, "Start at Harbour 1", nil); got.Code != http.StatusUnprocessableEntity || len(y.asked) != 1 {
			t.Errorf("started when revoked: %d, %q", got.Code, y.asked)
		}
	})
}
