package admin

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/apikey"
	"involt/internal/core/card"
	"involt/internal/core/decision"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/face/admin/frame"
	"involt/internal/kit/db"
	"involt/internal/kit/job"
	"involt/internal/kit/mail"
	"involt/internal/testkit/dbtest"
)

func TestAFreshWorkspaceSaysWhatToDoFirst(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		p := k.get("/", http.StatusOK)
		p.Find("heading", "First steps")
		for label, path := range map[string]string{"Import users": "/users/import", "Add location": "/locations/new", "Add charger": "/chargers/new"} {
			if got := p.Find("link", label).Attr("href"); got != "/w/north"+path {
				t.Errorf("%s leads to %s", label, got)
			}
			k.get(path, http.StatusOK)
		}
		k.get("", http.StatusOK) // the address without a slash at its end
		k.perms = access.SessionsRead
		if p = k.get("/", http.StatusOK); p.Has("First steps") || p.Has("Active users") {
			t.Errorf("who may only read sessions sees %q", p.Text())
		}
	})
}

func TestTheOverviewLeadsToTheLists(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		h := k.charger(k.location(k.north.ID, "Yard"), "CP1")
		who := k.people(k.north.ID, person.Active, 1)[0]
		g := k.group(k.north.ID, "Night shift")
		k.update(func(tx *db.Tx) error { _, err := group.Add(tx, k.north.ID, g.ID, who.ID); return err })
		c := k.card(who, "04A1B2C3")
		k.charging(h, who, c, 30*time.Minute)
		k.charging(h, who, c, 0)
		k.tap(h, "04FFFFFF", card.Card{}, decision.UnknownCard)
		p := k.get("/", http.StatusOK)
		if p.Has("First steps") || !p.Has("Energy per day: 15 kWh in 30 days") {
			t.Errorf("the overview says %q", p.Text())
		}
		for label, want := range map[string]string{
			"Night shift": "/overview/charged?group=" + string(g.ID), "Unknown card": "/taps?answer=refused&reason=unknown-card", "Active users": "/users?status=active", "Chargers online": "/chargers",
		} {
			got := p.Find("link", label).Attr("href")
			if got != "/w/north"+want {
				t.Errorf("%s leads to %s, want %s", label, got, want)
			}
			k.get(strings.TrimPrefix(got, "/w/north"), http.StatusOK)
		}
		if !k.get("/taps?answer=refused&reason=unknown-card", http.StatusOK).Has("04FFFFFF") {
			t.Error("the bar's list does not show the card")
		}
	})
}

func TestActivityIsToldInSentences(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		k.get("/activity", http.StatusOK).Find("heading", "Nothing happened yet")
		who := k.people(k.north.ID, person.Active, 1)[0]
		about := journal.About("person", who.ID)
		k.update(func(tx *db.Tx) error {
			for what := range telling {
				if err := journal.Record(tx, k.by(), what, about, nil); err != nil {
					return err
				}
			}
			for _, e := range []struct {
				what  string
				value map[string]any
			}{
				{"person.updated", map[string]any{"cost_center": []string{"4100 Sales", "4200 Service"}}},
				{"person.deactivated", map[string]any{"reason": "shared the card"}},
			} {
				if err := journal.Record(tx, k.by(), e.what, about, e.value); err != nil {
					return err
				}
			}
			return journal.Record(tx, access.System(k.north.ID, "mail"), "invitation.bounced", about, map[string]any{"to": "a@b.example", "reply": "550 no such user"})
		})
		res, body := k.ask(httptest.NewRequest(http.MethodGet, "/w/north/activity", nil))
		if res.StatusCode != http.StatusOK {
			t.Fatal(res.StatusCode)
		}
		p := k.get("/activity", http.StatusOK)
		for what, said := range telling {
			if strings.Contains(body, ">"+what+"<") {
				t.Errorf("%s is shown as it is written", what)
			}
			if !k.get("/activity?what="+what, http.StatusOK).Has(said.Text) {
				t.Errorf("%s is not told as %q", what, said.Text)
			}
		}
		for _, want := range []string{"“4100 Sales” became “4200 Service”", "shared the card", "550 no such user", "Ann Admin", "Involt", "Active 00"} {
			if !p.Has(want) {
				t.Errorf("the activity does not say %q", want)
			}
		}
		for query, want := range map[string]bool{"?what=card": false, "?what=invitation": true, "?actor=system:mail": true, "?actor=person:" + string(k.admin.ID): false, "?about=" + about: true, "?period=last-month": false} {
			if got := k.get("/activity"+query, http.StatusOK).Has("550 no such user"); got != want {
				t.Errorf("/activity%s shows the bounced mail: %t", query, got)
			}
		}
	})
}

func (k *desk) stored() (w workspace.Workspace) {
	k.t.Helper()
	k.update(func(tx *db.Tx) (err error) {
		w, err = workspace.ByID(tx, k.north.ID)
		return err
	})
	return w
}

func TestSettingsAreCheckedAndSaved(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		f := k.get("/settings", http.StatusOK).Form("Save settings").Values()
		for _, bad := range []struct{ field, value, label, says string }{
			{"name", "  ", "Name", "name of 1 to 100"},
			{"time_zone", "Mars/Olympus", "Time zone", "is not a time zone"},
			{"time_zone", "Local", "Time zone", "is not a time zone"},
			{"info_1", "", "Name of “Info 1”", "1 to 40"},
			{"invite_life", "0", "Drivers", "1 hour to 90 days"},
			{"invite_life", "2161", "Drivers", "1 hour to 90 days"},
			{"invite_life", "a day", "Drivers", "1 hour to 90 days"},
			{"invite_life", "9223372036854775807", "Drivers", "1 hour to 90 days"},
			{"card_sessions", "-1", "Per card", "0 to 1000"},
			{"card_sessions", "", "Per card", "0 to 1000"},
			{"user_sessions", "1001", "Per user", "0 to 1000"},
			{"user_sessions", "two", "Per user", "0 to 1000"},
			{"language", "tlh", "Language", "languages of the list"},
		} {
			g := form()
			for name, v := range f {
				g[name] = v
			}
			g.Set(bad.field, bad.value)
			g.Set("info_2", "Staff number")
			p, _ := k.post("/settings", g, http.StatusUnprocessableEntity)
			p.Field(bad.label).WantError(bad.says)
			if got := p.Field("Name of “Info 2”").Value(); got != "Staff number" {
				t.Errorf("what was typed came back as %q", got)
			}
		}
		f.Set("name", "North & Sons")
		f.Set("access_mode", "group") // it is switched on a page of its own, which says what that does
		f.Set("time_zone", "Europe/Paris")
		f.Set("invite_life", "48")
		f.Set("card_sessions", "2")
		f.Set("user_sessions", "3")
		_, to := k.post("/settings", f, http.StatusSeeOther)
		if w := k.stored(); w.Name != "North & Sons" || w.AccessMode != workspace.Everyone || w.TimeZone != "Europe/Paris" || w.InviteLife != 48*time.Hour || w.CardSessions != 2 || w.UserSessions != 3 {
			t.Errorf("stored %+v", w)
		}
		k.north = k.stored()
		if p := k.get(to, http.StatusOK); !p.Has("Settings saved.") || !p.Has("Longer than a day") {
			t.Errorf("after saving: %q", p.Text())
		}
		if p, _ := k.post("/settings", f, http.StatusUnprocessableEntity); !p.Has("Someone else changed these settings") {
			t.Errorf("a second save of an old form: %q", p.Text())
		}
	})
}

func TestAnAPIKeyIsShownOnceAndRevoked(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		k.get("/keys", http.StatusOK).Find("heading", "No API keys yet")
		p, _ := k.post("/keys", form("name", "Payroll"), http.StatusUnprocessableEntity)
		p.Field("Read users").WantError("at least one permission")
		if p.Field("Name").Value() != "Payroll" {
			t.Error("the name did not come back")
		}
		p, _ = k.post("/keys", form("perms", "people:read", "perms", "sessions:read"), http.StatusUnprocessableEntity)
		p.Field("Name").WantError("1 to 100")
		if p.Field("Read sessions").Value() == "" {
			t.Error("a chosen permission did not come back")
		}
		_, shown := k.post("/keys", form("name", "Payroll", "perms", "people:read", "perms", "sessions:read"), http.StatusSeeOther)
		p = k.get(shown, http.StatusOK)
		key := p.Find("textbox", "Key").Text()
		if strings.Contains(shown, key) {
			t.Error("the key stands in the address")
		}
		if again := k.get(shown, http.StatusOK).Find("textbox", "Key").Text(); again != key {
			t.Errorf("loaded again, the page shows %q", again)
		}
		ann := k.admin.ID
		k.admin.ID = id.New[id.Person]()
		k.get(shown, http.StatusGone)
		k.admin.ID = ann
		if _, to := k.post(strings.TrimPrefix(p.Form("I have copied it").Action(), "/w/north"), nil, http.StatusSeeOther); to != "/keys" {
			t.Errorf("leads to %s", to)
		}
		k.get(shown, http.StatusGone)
		var found apikey.Key
		k.update(func(tx *db.Tx) (err error) {
			found, err = apikey.ByText(tx, key)
			return err
		})
		if found.Perms != access.PeopleRead|access.SessionsRead || found.Workspace != k.north.ID {
			t.Errorf("the key may %v", found.Perms.Names())
		}
		p = k.get("/keys", http.StatusOK)
		if p.Has(key) || !p.Has("Payroll") || !p.Has("Read users") {
			t.Errorf("the list says %q", p.Text())
		}

		k.perms = access.KeysWrite | access.CardsRead
		if p = k.get("/keys/new", http.StatusOK); p.Has("Change users") || !p.Has("Read cards") {
			t.Error("a permission is offered that the maker does not hold")
		}
		p, _ = k.post("/keys", form("name", "More", "perms", "people:write"), http.StatusUnprocessableEntity)
		p.Field("Read cards").WantError("permissions that you do not have")

		at := "/keys/" + string(found.ID) + "/revoke"
		k.get(at, http.StatusOK).Form("Revoke key")
		_, to := k.post(at, nil, http.StatusSeeOther)
		if p = k.get(to, http.StatusOK); !p.Has("API key revoked.") || !p.Has("Revoked") {
			t.Errorf("after revoking: %q", p.Text())
		}
		k.get(at, http.StatusNotFound)
		k.post(at, nil, http.StatusNotFound)
	})
}

func TestEveryPermissionHasAName(t *testing.T) {
	var all access.Perm
	for _, p := range frame.Permissions {
		all |= p.Perm
	}
	if all != access.All {
		t.Errorf("no name for %v", (access.All &^ all).Names())
	}
}

var hopeless = job.Define[int]("test.hopeless")

func TestFailedWorkIsRetriedOrDiscarded(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		k.get("/jobs", http.StatusOK).Find("heading", "Nothing to do")
		pool := &job.Pool{DB: d}
		job.Handle(pool, hopeless, func(context.Context, int) error { return job.Stop(errors.New("the mail server hung up")) })
		k.update(func(tx *db.Tx) error {
			for i, ws := range []id.Workspace{k.north.ID, k.north.ID, k.south.ID} {
				if err := hopeless.Add(tx, i, job.For(ws)); err != nil {
					return err
				}
			}
			return nil
		})
		if p := k.get("/jobs", http.StatusOK); !p.Has("Test: hopeless") {
			t.Errorf("waiting work is not shown: %q", p.Text())
		}
		if _, err := pool.RunDue(t.Context()); err != nil {
			t.Fatal(err)
		}
		var north, south []job.Job
		k.update(func(tx *db.Tx) (err error) {
			if north, err = job.List(tx, string(k.north.ID), 10); err == nil {
				south, err = job.List(tx, string(k.south.ID), 10)
			}
			return err
		})
		if len(north) != 2 || len(south) != 1 || north[0].State != "failed" {
			t.Fatalf("%+v %+v", north, south)
		}
		p := k.get("/jobs", http.StatusOK)
		if !p.Has("the mail server hung up") {
			t.Errorf("the failure is not told: %q", p.Text())
		}
		_, to := k.post("/jobs/"+north[0].ID+"/retry", nil, http.StatusSeeOther)
		if !k.get(to, http.StatusOK).Has("It runs again now.") {
			t.Error("the retry is not confirmed")
		}
		k.get("/jobs/"+north[1].ID+"/discard", http.StatusOK).Form("Discard")
		k.post("/jobs/"+north[1].ID+"/discard", nil, http.StatusSeeOther)
		for _, path := range []string{"/jobs/" + south[0].ID + "/retry", "/jobs/" + south[0].ID + "/discard", "/jobs/" + north[1].ID + "/retry"} {
			k.post(path, nil, http.StatusNotFound)
		}
		k.get("/jobs/"+south[0].ID+"/discard", http.StatusNotFound)
	})
}

// box is a mail catcher with mails in it.
type box []mail.Caught

func (b box) Mails() []mail.Caught { return b }

func (b box) Mail(id string) (mail.Caught, bool) {
	for _, m := range b {
		if m.ID == id {
			return m, true
		}
	}
	return mail.Caught{}, false
}

func TestCaughtMailsAreShownInADemoOnly(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		k.get("/mails", http.StatusNotFound)
		cfg := k.c.Config
		cfg.Mails = box{{ID: "m1", To: "eve@north.example", Subject: "Welcome <Eve>", Text: "Open http://localhost/i/abc.\nBye", HTML: "<p>Welcome<script>alert(1)</script>"}}
		k.c = New(cfg)
		for _, path := range []string{"/mails", "/mails/m1", "/mails/m1/html"} {
			k.get(path, http.StatusNotFound)
		}
		k.north.Demo = true
		if p := k.get("/mails", http.StatusOK); !p.Has("Welcome <Eve>") || !p.Has("eve@north.example") {
			t.Errorf("the list says %q", p.Text())
		}
		if got := k.get("/mails/m1", http.StatusOK).Find("link", "http://localhost/i/abc").Attr("href"); got != "http://localhost/i/abc" {
			t.Errorf("the link leads to %s", got)
		}
		res, body := k.ask(httptest.NewRequest(http.MethodGet, "/w/north/mails/m1/html", nil))
		if policy := res.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "sandbox ") || strings.Contains(policy, "allow-scripts") || !strings.Contains(policy, "default-src 'none'") || !strings.Contains(body, "<p>Welcome") {
			t.Errorf("the mail is sent with %q", policy)
		}
		k.get("/mails/m2", http.StatusNotFound)
		k.perms = access.All &^ access.PersonalData
		for _, path := range []string{"/mails", "/mails/m1", "/mails/m1/html"} {
			k.get(path, http.StatusForbidden)
		}
	})
}

func TestGoToFindsAnything(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		k.charger(k.location(k.north.ID, "Old yard"), "CP1")
		who := k.people(k.north.ID, person.Active, 1)[0]
		k.card(who, "04A1B2C3")
		for q, want := range map[string]string{
			"active+00": "Active 00", "04%3Aa1%3Ab2%3Ac3": "04A1B2C3", "cp1": "Charger CP1", "old+y": "Old yard", "sess": "Sessions", "add+ch": "Add charger", "zzz": "Nothing found for “zzz”.",
		} {
			if p := k.get("/goto?q="+q, http.StatusOK); !p.Has(want) {
				t.Errorf("%s does not find %s: %q", q, want, p.Text())
			}
		}
		r := httptest.NewRequest(http.MethodGet, "/w/north/goto?q=active+00", nil)
		r.Header.Set("HX-Request", "true")
		r.Header.Set("HX-Target", "div#goto-results")
		if _, body := k.ask(r); strings.Contains(body, "<html") || !strings.Contains(body, "Active 00") {
			t.Errorf("the answer to the dialog is %.200s", body)
		}
		k.perms = access.CardsRead
		if p := k.get("/goto?q=cp1", http.StatusOK); p.Has("Charger CP1") {
			t.Error("who may not see chargers finds them")
		}
		if p := k.get("/goto?q=add", http.StatusOK); p.Has("Add charger") {
			t.Error("who may not add chargers is led there")
		}
	})
}
