package admin

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/charge"
	"involt/internal/core/decision"
	"involt/internal/core/grant"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/kit/db"
	"involt/internal/kit/seal"
	"involt/internal/testkit/dbtest"
)

func (k *desk) location(ws id.Workspace, name string) site.Location {
	k.t.Helper()
	l := site.Location{Workspace: ws, Name: name, City: "Town of " + name, TimeZone: "Europe/Berlin"}
	k.update(func(tx *db.Tx) error { return site.InsertLocation(tx, &l) })
	return l
}

func (k *desk) charger(l site.Location, identity string) site.Charger {
	k.t.Helper()
	h := site.Charger{Workspace: l.Workspace, Identity: identity, Name: "Charger " + identity, Location: l.ID, KeyHash: seal.Hash(identity)}
	k.update(func(tx *db.Tx) error { return site.InsertCharger(tx, &h, 2) })
	return h
}

// charging books a session of somebody at a charger with the answer that the
// charger got before; one that runs still if ended is zero.
func (k *desk) charging(h site.Charger, who person.Person, c card.Card, ended time.Duration) charge.Charge {
	k.t.Helper()
	s := charge.Charge{
		Workspace: h.Workspace, Charger: h.ID, EVSE: 1, Connector: 1, Protocol: "ocpp1.6", TxID: id.New[string](), CardUID: c.UID, Card: c.ID, Person: who.ID,
		Reason: string(decision.Allowed), MeterStart: 1000, MeterNow: 8500, Wh: 7500, PowerW: 11000, Status: charge.Running,
	}
	s.StartKey = s.TxID
	k.update(func(tx *db.Tx) error {
		s.Started = tx.Now.Add(-time.Hour)
		if ended != 0 {
			s.Ended, s.Status, s.StopReason, s.PowerW = s.Started.Add(ended), charge.Ended, "EVDisconnected", 0
		}
		if _, err := charge.Insert(tx, &s); err != nil {
			return err
		}
		for i := range int64(4) {
			if err := charge.AddSample(tx, &s, charge.Sample{At: s.Started.Add(time.Duration(i) * 10 * time.Minute), Meter: 1000 + 1800*i, PowerW: 3000 * i}); err != nil {
				return err
			}
		}
		return nil
	})
	k.tap(h, c.UID, c, decision.Allowed)
	return s
}

func (k *desk) tap(h site.Charger, uid string, c card.Card, why decision.Reason) {
	k.t.Helper()
	k.update(func(tx *db.Tx) error {
		_, err := decision.Load(tx, func(yield func(decision.Decision) bool) {
			yield(decision.Decision{
				Workspace: h.Workspace, ID: id.New[id.Decision](), At: tx.Now, Charger: h.ID, EVSE: 1, CardUID: uid, Card: c.ID, Person: c.Person,
				Allowed: why == decision.Allowed, Reason: why, Source: "ocpp1.6",
			})
		})
		return err
	})
}

func TestLocationsAreAddedAndShown(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		k.get("/locations", http.StatusOK).Find("heading", "Where do people charge?")
		f := k.get("/locations/new", http.StatusOK).Form("Add location").Values()
		if f.Get("time_zone") != "Europe/Berlin" {
			t.Errorf("the form begins with time zone %q", f.Get("time_zone"))
		}
		f.Set("name", " ")
		f.Set("time_zone", "Middle-earth/Shire")
		f.Set("city", "Hobbiton")
		p, _ := k.post("/locations", f, http.StatusUnprocessableEntity)
		p.Field("Name").WantError("name of 1 to 100")
		if got := p.Field("Town (optional)").Value(); got != "Hobbiton" {
			t.Errorf("the town came back as %q", got)
		}
		f.Set("name", "Old yard")
		p, _ = k.post("/locations", f, http.StatusUnprocessableEntity)
		p.Field("Time zone").WantError("is not a time zone")
		f.Set("time_zone", "Europe/Paris")
		f.Set("coordinates", "somewhere")
		p, _ = k.post("/locations", f, http.StatusUnprocessableEntity)
		p.Field("Coordinates (optional)").WantError("as a map shows them")
		if got := p.Field("Coordinates (optional)").Value(); got != "somewhere" {
			t.Errorf("the coordinates came back as %q", got)
		}
		f.Set("coordinates", "52.5163 13.3777")
		f.Set("members_only", "1")
		_, to := k.post("/locations", f, http.StatusSeeOther)
		at, _, _ := strings.Cut(to, "?")
		p = k.get(to, http.StatusOK)
		p.Find("heading", "Old yard")
		if !p.Has("Location added.") || !p.Has("Members only") || !p.Has("Nobody may charge here yet") || !p.Has("No chargers here yet") {
			t.Errorf("the location says %q", p.Text())
		}
		p, _ = k.post("/locations", f, http.StatusUnprocessableEntity)
		p.Field("Name").WantError("already")

		e := k.get(at+"/edit", http.StatusOK).Form("Save location").Values()
		if e.Get("coordinates") != "52.516300, 13.377700" {
			t.Errorf("the form has the coordinates %q", e.Get("coordinates"))
		}
		if e.Get("away") != "" || e.Get("away_cap") != "20" {
			t.Errorf("while the database is away: %q, %q kWh", e.Get("away"), e.Get("away_cap"))
		}
		e.Set("away", "open")
		e.Set("away_cap", "501")
		p, _ = k.post(at+"/edit", e, http.StatusUnprocessableEntity)
		p.Field("Limit for sessions beyond the usual, in kWh").WantError("1 to 500")
		e.Set("away_cap", "35")
		e.Set("away", "anything")
		p, _ = k.post(at+"/edit", e, http.StatusUnprocessableEntity)
		p.Field("While the database is away").WantError("Choose who may charge")
		e.Set("away", "open")
		e.Set("name", "")
		p, _ = k.post(at+"/edit", e, http.StatusUnprocessableEntity)
		p.Field("Name").WantError("name of 1 to 100")
		e.Set("name", "New yard")
		e.Set("coordinates", "")
		_, to = k.post(at+"/edit", e, http.StatusSeeOther)
		if p = k.get(to, http.StatusOK); !p.Has("New yard") || !p.Has("Location saved.") || !p.Has("Members only") || !p.Has("everybody may charge here, with unknown cards too, up to 35 kWh") {
			t.Errorf("after saving: %q", p.Text())
		}
		if p, _ = k.post(at+"/edit", e, http.StatusUnprocessableEntity); !p.Has("Someone else changed this location") {
			t.Errorf("a second save of an old form: %q", p.Text())
		}

		g := k.group(k.north.ID, "Night shift")
		k.update(func(tx *db.Tx) error {
			return grant.Insert(tx, &grant.Grant{Workspace: k.north.ID, Group: g.ID, Location: id.Location(strings.TrimPrefix(at, "/locations/"))})
		})
		if p = k.get(at, http.StatusOK); !p.Has("Night shift") || p.Has("Nobody may charge here yet") {
			t.Errorf("the location does not say whom it is open to: %q", p.Text())
		}
		k.perms = access.PlacesRead
		if p = k.get(at, http.StatusOK); p.Has("Night shift") || p.Has("Add charger") {
			t.Error("who may only read places sees groups, or may add chargers")
		}
	})
}

func TestAChargersKeyIsShownOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		k.c.PublicURL = "https://charge.example/"
		k.get("/chargers/new", http.StatusOK).Find("link", "Add location")
		l := k.location(k.north.ID, "Yard")
		f := k.get("/chargers/new", http.StatusOK).Form("Add charger").Values()
		if f.Get("location") != string(l.ID) {
			t.Error("the only location is not chosen")
		}
		f.Set("identity", "CP 1")
		f.Set("name", "Garage <1>")
		p, _ := k.post("/chargers", f, http.StatusUnprocessableEntity)
		p.Field("OCPP identity").WantError("1 to 48 letters")
		if p.Field("OCPP identity").Value() != "CP 1" || p.Field("Name (optional)").Value() != "Garage <1>" {
			t.Error("what was typed did not come back")
		}
		f.Set("location", "")
		f.Set("evses", "many")
		p, _ = k.post("/chargers", f, http.StatusUnprocessableEntity)
		p.Field("OCPP identity").WantError("1 to 48 letters")
		p.Field("Number of EVSEs").WantError("1 to 64")
		p.Field("Location").WantError("where the charger stands")
		f.Set("identity", "CP:1")
		f.Set("location", string(l.ID))
		f.Set("evses", "2")
		_, shown := k.post("/chargers", f, http.StatusSeeOther)
		p = k.get(shown, http.StatusOK)
		if got := p.Find("textbox", "Address").Text(); got != "wss://charge.example/ocpp/north/CP:1" {
			t.Errorf("the address is %q", got)
		}
		if got := p.Find("textbox", "User name").Text(); got != "CP:1" {
			t.Errorf("the user name is %q", got)
		}
		key := p.Find("textbox", "Password").Text()
		if again := k.get(shown, http.StatusOK).Find("textbox", "Password").Text(); again != key || strings.Contains(shown, key) {
			t.Errorf("%s, loaded again, shows %q", shown, again)
		}
		_, at := k.post(strings.TrimPrefix(p.Form("I have copied it").Action(), "/w/north"), nil, http.StatusSeeOther)
		k.get(shown, http.StatusGone)
		if stored := k.hashOf(t, "CP:1"); stored != seal.Hash(key) {
			t.Errorf("the key %q is not the one that was stored", key)
		}
		p = k.get(at, http.StatusOK)
		if p.Has(key) || !p.Has("Garage <1>") || !p.Has("Waiting for the charger") || !p.Has("EVSE 2") {
			t.Errorf("the charger's page says %q", p.Text())
		}

		k.get(at+"/key", http.StatusOK).Form("Make new key")
		_, shown = k.post(at+"/key", nil, http.StatusSeeOther)
		next := k.get(shown, http.StatusOK).Find("textbox", "Password").Text()
		if next == key || k.hashOf(t, "CP:1") != seal.Hash(next) {
			t.Error("the key was not renewed")
		}
		k.perms = access.PlacesRead
		if k.get(at, http.StatusOK).Has("New key") {
			t.Error("who may only read is offered a new key")
		}
		k.post(at+"/key", nil, http.StatusForbidden)
	})
}

func (k *desk) hashOf(t *testing.T, identity string) string {
	t.Helper()
	var h site.Charger
	k.update(func(tx *db.Tx) (err error) {
		h, err = site.ChargerByIdentity(tx, k.north.ID, identity)
		return err
	})
	return h.KeyHash
}

// said is a log of one charger.
type said struct {
	ws, charger string
	lines       []Line
}

func (s said) Frames(ws, charger string) []Line {
	if ws != s.ws || charger != s.charger {
		return nil
	}
	return s.lines
}

func TestAChargerShowsWhatHappensAtIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		h := k.charger(k.location(k.north.ID, "Yard"), "CP1")
		who := k.people(k.north.ID, person.Active, 1)[0]
		k.charging(h, who, k.card(who, "04A1B2C3"), 0)
		k.tap(h, "04FFFFFF", card.Card{}, decision.UnknownCard)
		k.update(func(tx *db.Tx) error {
			if err := site.Connected(tx, k.north.ID, h.ID, "c1", "ocpp1.6"); err != nil {
				return err
			}
			if err := site.Booted(tx, k.north.ID, h.ID, "Alturo", "Duo", "S1", "2.4"); err != nil {
				return err
			}
			return site.SetStatus(tx, k.north.ID, site.Connector{Charger: h.ID, EVSE: 2, Number: 1, Status: "Faulted", ErrorCode: "GroundFailure", StatusAt: tx.Now})
		})
		now := time.Now()
		k.c.Lines = said{string(k.north.ID), string(h.ID), []Line{
			{At: now, In: true, Text: `[2,"17","Heartbeat",{}]`},
			{At: now, In: false, Text: `[3,"17",{"currentTime":"2026-11-22T10:00:00Z"}]`},
			{At: now, In: true, Text: `[2,"18","DataTransfer",{"vendorId":"cut…`},
			{At: now, In: false, Text: `[4,"18","NotSupported","",{}]`},
			{At: now, In: true, Text: `<b>hello</b>`},
		}}
		p := k.get("/chargers/"+string(h.ID), http.StatusOK)
		for _, want := range []string{"OCPP 1.6", "Alturo", "GroundFailure", "Active 00", "7.5 kWh", "Nobody knows this card", "Answer to Heartbeat", "Error to DataTransfer", "<b>hello</b>", `{"vendorId":"cut…`} {
			if !p.Has(want) {
				t.Errorf("the page does not say %q: %s", want, p.Text())
			}
		}
		for query, want := range map[string]bool{"?state=faulted": true, "?state=offline": false, "?q=cp1": true, "?q=nothing": false, "": true, "?location=" + string(h.Location): true} {
			if got := k.get("/chargers"+query, http.StatusOK).Has("Charger CP1"); got != want {
				t.Errorf("/chargers%s shows the charger: %t", query, got)
			}
		}
	})
}

func TestCardsAreFoundBlockedAndUnblocked(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		who := k.people(k.north.ID, person.Active, 1)[0]
		c, lone := k.card(who, "04A1B2C3"), k.card(person.Person{Workspace: k.north.ID}, "04DDEEFF")
		for query, want := range map[string]string{
			"?q=04:a1:b2:c3": "04A1B2C3", "?q=active+00": "04A1B2C3", "?assigned=no": "04DDEEFF", "?assigned=yes": "04A1B2C3", "?state=blocked": "",
		} {
			p := k.get("/cards"+query, http.StatusOK)
			for _, uid := range []string{c.UID, lone.UID} {
				if p.Has(uid) != (uid == want) {
					t.Errorf("/cards%s: %s is there: %t", query, uid, p.Has(uid))
				}
			}
		}
		p := k.get("/cards", http.StatusOK)
		if got := p.Find("link", "04A1B2C3").Attr("href"); got != "/w/north/users/"+string(who.ID) {
			t.Errorf("the row leads to %s, not to the owner", got)
		}
		at := "/cards/" + string(c.ID)
		if got := p.Find("link", "04DDEEFF").Attr("href"); got != "/w/north/cards/"+string(lone.ID) {
			t.Errorf("the row of a card that is nobody's leads to %s", got)
		}
		ask := k.get(at+"/block", http.StatusOK)
		if f := ask.Form("Block card"); f.Action() != "/w/north"+at+"/block" || !ask.Has("refused at every charger") {
			t.Errorf("the question goes to %s and says %q", f.Action(), ask.Text())
		}
		_, to := k.post(at+"/block", form("reason", "lost"), http.StatusSeeOther)
		if p = k.get(to, http.StatusOK); !p.Has("Blocked") || !p.Has("Card blocked.") {
			t.Errorf("after blocking: %q", p.Text())
		}
		p, _ = k.post(at+"/block", form("reason", "again"), http.StatusUnprocessableEntity)
		if !p.Has("cannot become Blocked") {
			t.Errorf("blocking a blocked card: %q", p.Text())
		}
		k.post(at+"/unblock", nil, http.StatusSeeOther)
		k.post(at+"/melt", nil, http.StatusNotFound)
		k.perms = access.CardsRead
		if p = k.get("/cards", http.StatusOK); p.Has("Block …") {
			t.Error("who may only read is offered to block")
		}
		k.post(at+"/block", nil, http.StatusForbidden)
	})
}

func TestPlacesOfOtherWorkspacesAreNotThere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		them := k.people(k.south.ID, person.Active, 1)[0]
		l := k.location(k.south.ID, "Their yard")
		h, c := k.charger(l, "THEIRS"), k.card(them, "04A1B2C3")
		s := k.charging(h, them, c, time.Hour)
		for _, path := range []string{"/locations/" + string(l.ID), "/chargers/" + string(h.ID), "/chargers/" + string(h.ID) + "/key", "/cards/" + string(c.ID), "/cards/" + string(c.ID) + "/block", "/sessions/" + string(s.ID)} {
			k.get(path, http.StatusNotFound)
		}
		for _, path := range []string{"/chargers/" + string(h.ID) + "/key", "/cards/" + string(c.ID) + "/block"} {
			k.post(path, nil, http.StatusNotFound)
		}
		k.location(k.north.ID, "Ours")
		p, _ := k.post("/chargers", form("identity", "CP9", "evses", "1", "location", string(l.ID)), http.StatusUnprocessableEntity)
		p.Field("Location").WantError("Choose the location")
		for _, path := range []string{"/", "/locations", "/chargers", "/cards", "/sessions", "/live", "/taps", "/activity", "/keys", "/jobs", "/goto?q=theirs", "/goto?q=active"} {
			res, body := k.ask(httptest.NewRequest(http.MethodGet, "/w/north"+path, nil))
			if res.StatusCode != http.StatusOK {
				t.Errorf("%s: %d", path, res.StatusCode)
			}
			for _, secret := range []string{"Their yard", "THEIRS", c.UID, them.Email, string(s.ID)} {
				if strings.Contains(body, secret) {
					t.Errorf("%s shows %q of another workspace", path, secret)
				}
			}
		}
	})
}
