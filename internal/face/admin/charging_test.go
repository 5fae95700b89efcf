package admin

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/charge"
	"involt/internal/core/decision"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/face/ui"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
)

func TestSessionsAreListedAndTold(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		k.get("/sessions", http.StatusOK).Find("heading", "No sessions yet")
		k.get("/live", http.StatusOK).Find("heading", "Nobody is charging")
		one, two := k.charger(k.location(k.north.ID, "Yard"), "CP1"), k.charger(k.location(k.north.ID, "Garage"), "CP2")
		people := k.people(k.north.ID, person.Active, 2)
		running := k.charging(one, people[0], k.card(people[0], "04A1B2C3"), 0)
		ended := k.charging(two, people[1], k.card(people[1], "04DDEEFF"), 90*time.Minute)
		for query, want := range map[string][2]bool{
			"": {true, true}, "?status=running": {true, false}, "?status=ended": {false, true}, "?charger=" + string(two.ID): {false, true}, "?location=" + string(one.Location): {true, false},
			"?q=04:dd:ee:ff": {false, true}, "?q=active+00": {true, false}, "?period=last-month": {false, false}, "?period=30d": {true, true}, "?user=" + string(people[1].ID): {false, true},
		} {
			res, body := k.ask(httptest.NewRequest(http.MethodGet, "/w/north/sessions"+query, nil))
			if res.StatusCode != http.StatusOK {
				t.Fatalf("/sessions%s: %d", query, res.StatusCode)
			}
			for i, s := range []charge.Charge{running, ended} {
				if got := strings.Contains(body, "/sessions/"+string(s.ID)); got != want[i] {
					t.Errorf("/sessions%s shows session %d: %t", query, i, got)
				}
			}
		}
		k.get("/sessions?status=paused", http.StatusUnprocessableEntity)
		p := k.get("/sessions/"+string(ended.ID), http.StatusOK)
		for _, want := range []string{"Active 01", "04DDEEFF", "Charger CP2", "Garage", "1 h 30 min", "7.50 kWh", "The cable was unplugged", "Highest power 9.0 kW", "OCPP 1.6"} {
			if !p.Has(want) {
				t.Errorf("the session does not say %q: %s", want, p.Text())
			}
		}
		p = k.get("/live", http.StatusOK)
		if !p.Has("Active 00") || p.Has("Active 01") || !p.Has("11.0 kW") {
			t.Errorf("live says %q", p.Text())
		}
		r := httptest.NewRequest(http.MethodGet, "/w/north/sessions/"+string(running.ID), nil)
		r.Header.Set("HX-Request", "true")
		r.Header.Set("HX-Target", "dialog#sheet")
		if _, body := k.ask(r); !strings.Contains(body, "sheet-inside") || strings.Contains(body, "<html") {
			t.Error("the session does not open in the sheet")
		}
	})
}

func TestTapsSayWhy(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		k.get("/taps", http.StatusOK).Find("heading", "No card was tapped in the last 30 days")
		h := k.charger(k.location(k.north.ID, "Yard"), "CP1")
		who := k.people(k.north.ID, person.Active, 1)[0]
		c := k.card(who, "04A1B2C3")
		k.tap(h, c.UID, c, decision.Allowed)
		k.tap(h, c.UID, c, decision.CardBlocked)
		k.tap(h, "04FFFFFF", card.Card{}, decision.UnknownCard)
		p := k.get("/taps", http.StatusOK)
		bar, err := url.Parse(p.Find("link", "Unknown card").Attr("href"))
		if err != nil || bar.Query().Get("reason") != "unknown-card" {
			t.Errorf("the bar leads to %s", bar)
		}
		if !p.Has("Nobody knows this card") || !p.Has("The card is blocked.") || !p.Has("The card may charge here.") {
			t.Errorf("taps say %q", p.Text())
		}
		for query, want := range map[string]int{"?answer=refused": 2, "?answer=allowed": 1, "?reason=card-blocked": 1, "?q=04:ff:ff:ff": 1, "?period=all": 3, "?period=last-month": 0, "?user=" + string(who.ID): 2} {
			rows := 0
			for _, row := range k.get("/taps"+query, http.StatusOK).All("row") {
				if row.Has("Allowed") || row.Has("Refused") {
					rows++
				}
			}
			if rows != want {
				t.Errorf("/taps%s shows %d taps, want %d", query, rows, want)
			}
		}
	})
}

// A role without the permission for personal data finds no name, address or
// free text in any byte of what the pages send.
func TestWithoutPersonalDataNobodyIsNamed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		h := k.charger(k.location(k.north.ID, "Yard"), "CP1")
		who := person.Person{Workspace: k.north.ID, Email: "wilhelmina@secret.example", FirstName: "Wilhelmina", LastName: "Featherstone", Status: person.Active}
		k.update(func(tx *db.Tx) error { return person.Insert(tx, &who) })
		c := k.card(who, "04A1B2C3")
		running := k.charging(h, who, c, 0)
		k.charging(h, who, c, time.Hour)
		k.tap(h, c.UID, c, decision.CardBlocked)
		k.update(func(tx *db.Tx) error {
			return journal.Record(tx, k.by(), "person.updated", journal.About("person", who.ID), map[string]any{"last_name": []string{"Wilhelmina", "Featherstone"}, "email": who.Email})
		})
		pages := []string{
			"/", "/sessions", "/sessions?user=" + string(who.ID), "/sessions/" + string(running.ID), "/live", "/taps", "/taps?user=" + string(who.ID), "/cards", "/cards/" + string(c.ID), "/cards/" + string(c.ID) + "/block",
			"/activity", "/activity?about=person:" + string(who.ID), "/chargers/" + string(h.ID), "/goto?q=featherstone", "/goto?q=04A1B2C3", "/sessions?q=Featherstone", "/cards?q=Featherstone",
		}
		for _, perms := range []access.Perm{access.All, access.All &^ access.PersonalData} {
			k.perms = perms
			named := 0
			for _, path := range pages {
				res, body := k.ask(httptest.NewRequest(http.MethodGet, "/w/north"+path, nil))
				if res.StatusCode != http.StatusOK {
					t.Errorf("%s: %d", path, res.StatusCode)
				}
				body = strings.ReplaceAll(strings.ReplaceAll(body, "q=Featherstone", ""), `value="Featherstone"`, "") // what was asked for comes back in the search field
				body = strings.ReplaceAll(body, `value="featherstone"`, "")
				body = strings.ReplaceAll(body, "“featherstone”", "")
				for _, secret := range []string{"wilhelmina", "featherstone", "secret.example"} {
					if strings.Contains(strings.ToLower(body), secret) {
						named++
						if perms != access.All {
							t.Errorf("%s shows %q", path, secret)
						}
					}
				}
			}
			if perms == access.All && named < 10 {
				t.Errorf("even those who may see names see %d of them: the test looks in the wrong place", named)
			}
		}
	})
}

func TestTheCurveFollowsTheMeter(t *testing.T) {
	at := func(min int) time.Time { return time.Date(2026, 11, 22, 10, min, 0, 0, time.UTC) }
	for name, tc := range map[string]struct {
		list []charge.Sample
		most int64
		line string
	}{
		"power as said":                 {[]charge.Sample{{At: at(0), PowerW: 0}, {At: at(30), PowerW: 11000}}, 11000, "0.0,98.0 1000.0,2.0"},
		"no power said: from the meter": {[]charge.Sample{{At: at(0), Meter: 1000}, {At: at(30), Meter: 6500}}, 11000, "0.0,98.0 1000.0,2.0"},
		"one sample":                    {[]charge.Sample{{At: at(0), PowerW: 11000}}, 0, ""},
		"nothing flowed":                {[]charge.Sample{{At: at(0)}, {At: at(30)}}, 0, ""},
		"at one moment":                 {[]charge.Sample{{At: at(0), PowerW: 1}, {At: at(0), PowerW: 2}}, 0, ""},
		"a meter that ran backwards":    {[]charge.Sample{{At: at(0), Meter: 9}, {At: at(30), Meter: 1}}, 0, ""},
	} {
		c, ok := curveOf(tc.list)
		if ok != (tc.most > 0) || ok && (c.most != tc.most || c.line != tc.line) {
			t.Errorf("%s: %t, up to %d: %s", name, ok, c.most, c.line)
		}
	}
}

func TestPeriodsAreWholeDays(t *testing.T) {
	zone := time.FixedZone("", 2*3600)
	rd := ui.Reader{Zone: zone, Now: time.Date(2026, 3, 1, 23, 30, 0, 0, time.UTC)} // 2 March there
	day := func(m time.Month, d int) time.Time { return time.Date(2026, m, d, 0, 0, 0, 0, zone) }
	for name, want := range map[string][2]time.Time{
		"today": {day(3, 2), {}}, "7d": {day(2, 24), {}}, "30d": {day(2, 1), {}}, "month": {day(3, 1), {}}, "last-month": {day(2, 1), day(3, 1)}, "": {}, "for ever": {},
	} {
		if from, to := span(name, rd); !from.Equal(want[0]) || !to.Equal(want[1]) {
			t.Errorf("%q is %s to %s", name, from, to)
		}
	}
}
