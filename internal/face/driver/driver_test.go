package driver_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/account"
	"involt/internal/core/card"
	"involt/internal/core/charge"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/login"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/core/workspace"
	"involt/internal/face/driver"
	"involt/internal/face/ui"
	"involt/internal/flow/admit"
	"involt/internal/flow/browse"
	"involt/internal/flow/browse/zones"
	"involt/internal/flow/enter"
	"involt/internal/flow/guard"
	"involt/internal/flow/join"
	"involt/internal/flow/teach"
	"involt/internal/flow/tell"
	"involt/internal/kit/db"
	"involt/internal/kit/seal"
	"involt/internal/testkit/dbtest"
	"involt/internal/testkit/page"
)

// road is a driver, Lena, with two operators, and a stranger.
type road struct {
	t            *testing.T
	d            *db.DB
	handler      http.Handler
	north, south workspace.Workspace
	lena, other  person.Person // at north
	lenaS        person.Person // at south
	session      map[string]string
}

func each(t *testing.T, story func(*testing.T, *road)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { story(t, open(t, d)) })
}

func open(t *testing.T, d *db.DB) *road {
	t.Helper()
	k := &road{t: t, d: d, north: workspace.New("northgrid", ""), south: workspace.New("southgrid", ""), session: map[string]string{}}
	k.update(func(tx *db.Tx) error {
		for _, ws := range []*workspace.Workspace{&k.north, &k.south} {
			if err := workspace.Insert(tx, ws); err != nil {
				return err
			}
		}
		for email, seats := range map[string][]*person.Person{"lena@example.com": {&k.lena, &k.lenaS}, "other@example.com": {&k.other}} {
			who := login.Identity{Email: email}
			if err := login.Insert(tx, &who); err != nil {
				return err
			}
			for i, p := range seats {
				*p = person.Person{Workspace: []id.Workspace{k.north.ID, k.south.ID}[i], Email: email, FirstName: "Lena", LastName: "Vos", Status: person.Active, Identity: who.ID}
				if err := person.Insert(tx, p); err != nil {
					return err
				}
			}
			token, err := login.Start(tx, who, login.Begin{})
			if err != nil {
				return err
			}
			k.session[email] = token
		}
		return nil
	})
	svc, known := &enter.Service{DB: d, Passwords: login.NewHasher()}, &admit.Service{DB: d}
	keys := seal.Random()
	app := driver.New(driver.Config{DB: d, Admit: known, Browse: &browse.Service{DB: d}, Tell: &tell.Service{DB: d, Keys: keys}, Join: &join.Service{DB: d, Keys: keys}, Zones: &zones.Service{DB: d}, Guard: &guard.Service{DB: d}, Teach: &teach.Service{DB: d, Places: known}, Who: func(r *http.Request) (enter.Visitor, error) {
		return svc.Who(r.Context(), k.session[r.Header.Get("X-Who")])
	}})
	k.handler = ui.Secure(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := known.Load(r.Context()); err != nil {
			t.Error(err)
		}
		if lang := r.Header.Get("Accept-Language"); lang != "" {
			r = r.WithContext(ui.WithReader(r.Context(), ui.Reader{Lang: lang}))
		}
		app.ServeHTTP(w, r)
	}))
	return k
}

func (k *road) update(do func(*db.Tx) error) {
	k.t.Helper()
	if err := k.d.Update(k.t.Context(), do); err != nil {
		k.t.Fatal(err)
	}
}

// furnish gives a workspace a location with a charger and Lena's card, and
// sessions there.
func (k *road) furnish(ws workspace.Workspace, who person.Person, name, uid string, sessions int) {
	k.t.Helper()
	k.update(func(tx *db.Tx) error {
		l := site.Location{Workspace: ws.ID, Name: name, TimeZone: "Europe/Berlin", Country: "DE"}
		if err := site.InsertLocation(tx, &l); err != nil {
			return err
		}
		c := site.Charger{Workspace: ws.ID, Identity: "C-" + uid, Name: "Charger " + uid, Location: l.ID}
		if err := site.InsertCharger(tx, &c, 1); err != nil {
			return err
		}
		held := card.Card{Workspace: ws.ID, UID: uid, Kind: card.RFID, Typed: uid, State: card.Active, Person: who.ID}
		if err := card.Insert(tx, &held); err != nil {
			return err
		}
		for i := range sessions {
			start := tx.Now.Add(-time.Duration(i)*24*time.Hour - time.Hour)
			one := charge.Charge{
				Workspace: ws.ID, Charger: c.ID, EVSE: 1, Connector: 1, Protocol: "ocpp1.6", TxID: uid + string(rune('a'+i)), StartKey: uid + string(rune('a'+i)), CardUID: uid, Card: held.ID, Person: who.ID,
				Reason: "allowed", Started: start, Received: start, Seen: start.Add(30 * time.Minute), Wh: 7400 + int64(i)*1000, PowerW: 11000, Status: "running",
			}
			if i > 0 {
				one.Ended, one.Status, one.PowerW = start.Add(95*time.Minute), "ended", 0
			}
			if _, err := charge.Insert(tx, &one); err != nil {
				return err
			}
		}
		return nil
	})
}

func (k *road) get(who, path string, headers ...string) (*page.Page, *httptest.ResponseRecorder) {
	k.t.Helper()
	r := httptest.NewRequestWithContext(k.t.Context(), "GET", path, nil)
	r.Header.Set("X-Who", who)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	k.handler.ServeHTTP(w, r)
	return page.Parse(k.t, strings.NewReader(w.Body.String())), w
}

func (k *road) want(p *page.Page, parts ...string) {
	k.t.Helper()
	for _, part := range parts {
		if !p.Has(part) {
			k.t.Errorf("the page does not say %q: %s", part, p.Text())
		}
	}
}

func (k *road) wantNot(p *page.Page, parts ...string) {
	k.t.Helper()
	for _, part := range parts {
		if p.Has(part) {
			k.t.Errorf("the page says %q: %s", part, p.Text())
		}
	}
}

func TestTheFirstScreen(t *testing.T) {
	each(t, func(t *testing.T, k *road) {
		k.furnish(k.north, k.lena, "Harbour", "04A1B2C3", 4)
		k.furnish(k.north, k.other, "Depot", "04FFFFFF", 2)
		k.furnish(k.south, k.lenaS, "Airport", "04DDDDDD", 1)
		p, w := k.get("lena@example.com", "/my?done=welcome")
		if w.Code != 200 || w.Header().Get("Cache-Control") != "no-store" {
			t.Fatalf("%d %v", w.Code, w.Header())
		}
		k.want(p, "My charging", "Welcome to Northgrid.", "My card", "04A1 B2C3", "Ready to charge", "Charging now", "7.4 kWh", "11.0 kW", "Harbour, Charger 04A1B2C3, since", "Where I may charge", "Depot", "1 charger", "8.4 kWh", "1 h 35 min", "Southgrid")
		k.wantNot(p, "04FF", "Airport", "04DD")
		p, _ = k.get("lena@example.com", "/my?w=southgrid")
		k.want(p, "04DD DDDD", "Airport")
		k.wantNot(p, "Harbour", "04A1", "Depot")
		p, _ = k.get("lena@example.com", "/my/sessions?w=northgrid")
		k.want(p, "Sessions", "7.4 kWh", "10.4 kWh", "Charging")
		k.wantNot(p, "Depot", "Airport")
		p, _ = k.get("lena@example.com", "/my", "Accept-Language", "de")
		k.want(p, "Meine Karte", "7,4 kWh", "Hier darf ich laden", "1 Ladestation")
	})
}

func TestNothingYet(t *testing.T) {
	each(t, func(t *testing.T, k *road) {
		p, w := k.get("other@example.com", "/my")
		if w.Code != 200 {
			t.Fatal(w.Code)
		}
		k.want(p, "No card yet", "Nowhere yet", "No sessions yet")
		k.wantNot(p, "Charging now", "Southgrid")
		p, _ = k.get("other@example.com", "/my/sessions")
		k.want(p, "No sessions yet")
	})
}

func TestTheReaderIsToldThatTheirAccountIsClosed(t *testing.T) {
	each(t, func(t *testing.T, k *road) {
		k.furnish(k.north, k.lena, "Harbour", "04A1B2C3", 2)
		k.update(func(tx *db.Tx) error {
			a := account.Account{Workspace: k.north.ID, Kind: account.Customer, Name: "Voltwerk", Billing: account.Consumer}
			if err := account.Insert(tx, &a); err != nil {
				return err
			}
			k.lena.Account = a.ID
			if err := person.Save(tx, &k.lena); err != nil {
				return err
			}
			if _, err := account.Close(tx, a.Workspace, a.ID, "never paid"); err != nil {
				return err
			}
			by := access.System(a.Workspace, "test")
			return errors.Join(journal.Record(tx, by, "account.closed", journal.About("account", a.ID), nil), journal.Record(tx, by, "person.updated", journal.About("person", k.lena.ID), nil))
		})
		p, _ := k.get("lena@example.com", "/my?w=northgrid", "Accept-Language", "de")
		k.want(p, "Noch nirgends", "Ihr Konto ist geschlossen.")
		k.wantNot(p, "never paid")
	})
}

func TestWhoIsDeactivatedMayLook(t *testing.T) {
	each(t, func(t *testing.T, k *road) {
		k.furnish(k.north, k.lena, "Harbour", "04A1B2C3", 2)
		k.update(func(tx *db.Tx) error {
			if err := k.lena.Become(person.Deactivated, tx.Now); err != nil {
				return err
			}
			k.lena.StatusReason = "stole a cable"
			return person.Save(tx, &k.lena)
		})
		p, w := k.get("lena@example.com", "/my?w=northgrid")
		if w.Code != 200 {
			t.Fatal(w.Code)
		}
		k.want(p, "You cannot charge here at the moment", "ask Northgrid", "04A1 B2C3", "Does not work now", "8.4 kWh")
		k.wantNot(p, "Ready to charge", "Where I may charge", "stole a cable")
	})
}

func TestHistoryGoesOn(t *testing.T) {
	each(t, func(t *testing.T, k *road) {
		k.furnish(k.north, k.lena, "Harbour", "04A1B2C3", 26)
		p, _ := k.get("lena@example.com", "/my/sessions")
		next := p.Find("link", "Older").Attr("href")
		k.wantNot(p, "32.4 kWh")
		p, w := k.get("lena@example.com", next)
		if w.Code != 200 {
			t.Fatal(w.Code, next)
		}
		k.want(p, "32.4 kWh", "Newer")
		if _, w := k.get("lena@example.com", "/my/sessions?at=junk"); w.Code != 422 {
			t.Errorf("a damaged address: %d", w.Code)
		}
	})
}

func TestRefusals(t *testing.T) {
	each(t, func(t *testing.T, k *road) {
		for _, path := range []string{"/my", "/my/sessions?w=northgrid"} {
			if _, w := k.get("nobody", path); w.Code != 303 || !strings.HasPrefix(w.Header().Get("Location"), "/sign-in?next=%2Fmy") {
				t.Errorf("%s signed out: %d %s", path, w.Code, w.Header().Get("Location"))
			}
			if _, w := k.get("nobody", path, "HX-Request", "true"); w.Code != 401 {
				t.Errorf("%s signed out, by a script: %d", path, w.Code)
			}
		}
		for path, code := range map[string]int{"/my?w=southgrid": 404, "/my/sessions?w=southgrid": 404, "/my?w=nowhere": 404, "/my/else": 404} {
			if _, w := k.get("other@example.com", path); w.Code != code {
				t.Errorf("%s: %d", path, w.Code)
			}
		}
	})
}

func TestThePhoneCanKeepIt(t *testing.T) {
	each(t, func(t *testing.T, k *road) {
		_, w := k.get("nobody", "/my/manifest.webmanifest")
		var m struct {
			StartURL string `json:"start_url"`
			Display  string
			Icons    []struct{ Src, Sizes, Type string }
		}
		if err := json.Unmarshal(w.Body.Bytes(), &m); err != nil || m.StartURL != "/my" || m.Display != "standalone" || len(m.Icons) != 3 {
			t.Fatalf("%v: %s", err, w.Body)
		}
		for _, i := range m.Icons {
			if _, w := k.get("nobody", i.Src); w.Code != 200 || w.Header().Get("Content-Type") != i.Type || !strings.HasPrefix(w.Body.String(), "\x89PNG") {
				t.Errorf("%s: %d", i.Src, w.Code)
			}
		}
	})
}
