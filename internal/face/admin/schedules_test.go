package admin

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"involt/internal/core/access"
	"involt/internal/core/person"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
	"involt/internal/testkit/sheet"
)

func TestExportsAreScheduled(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		k.update(func(tx *db.Tx) error {
			return person.GiveRole(tx, k.north.ID, k.admin.ID, access.Given{Role: "admin"})
		})
		k.people(k.north.ID, person.Active, 2)
		if p := k.get("/exports", http.StatusOK); !p.Has("Nothing goes out by itself") {
			t.Error(p.Text())
		}
		f := k.get("/exports/new", http.StatusOK).Form("Schedule").Values()
		for name, value := range map[string]string{"name": "People for payroll", "what": "users?status=active", "every": "month", "monthday": "31", "emails": "nobody@north.example"} {
			f.Set(name, value)
		}
		// What is wrong is said at its field, and what was typed stays.
		p, _ := k.post("/exports", f, http.StatusUnprocessableEntity)
		if !p.Has("from 1 to 28") || p.Form("Schedule").Values().Get("name") != "People for payroll" {
			t.Errorf("%s", p.Text())
		}
		f.Set("monthday", "1")
		if p, _ := k.post("/exports", f, http.StatusUnprocessableEntity); !p.Has("Nobody who works in this workspace") {
			t.Errorf("%s", p.Text())
		}
		f.Set("emails", k.admin.Email)
		_, to := k.post("/exports", f, http.StatusSeeOther)
		one, _, _ := strings.Cut(strings.TrimPrefix(to, "/w/north"), "?")
		p = k.get(one, http.StatusOK)
		for _, want := range []string{"People for payroll", "Active users", "Every month on day 1 at 06:00", k.admin.Email, "has not gone out yet"} {
			if !p.Has(want) {
				t.Errorf("the page lacks %q: %s", want, p.Text())
			}
		}
		k.post(one+"/run", nil, http.StatusSeeOther)
		run := ""
		k.update(func(tx *db.Tx) error {
			return tx.Row(`SELECT id FROM export_run WHERE workspace = ?`, []any{k.north.ID}, &run)
		})
		res, body := k.ask(httptest.NewRequest(http.MethodGet, "/w/north/export-runs/"+run, nil))
		if rows := sheet.Maps(t, []byte(body)); res.StatusCode != http.StatusOK || len(rows) != 3 || !strings.Contains(body, k.admin.Email) {
			t.Errorf("the file of the run: %d %q", res.StatusCode, body)
		}
		k.perms = access.PeopleRead
		if _, body := k.ask(httptest.NewRequest(http.MethodGet, "/w/north/export-runs/"+run, nil)); strings.Contains(body, k.admin.Email) {
			t.Error("the file shows addresses to somebody who may not see them")
		}
		k.perms = access.CardsRead
		k.get("/export-runs/"+run, http.StatusForbidden)
		k.get("/exports", http.StatusForbidden)
		k.perms = access.All
		k.post(one+"/pause", form("paused", "1"), http.StatusSeeOther)
		if p := k.get("/exports", http.StatusOK); !p.Has("Paused") {
			t.Error(p.Text())
		}
		// Changed, it keeps its history; what is wrong is said, and a change in between is not lost.
		c := k.get(one+"/change", http.StatusOK).Form("Save").Values()
		if c.Get("name") != "People for payroll" || c.Get("what") != "users?status=active" || c.Get("every") != "month" || c.Get("monthday") != "1" || c.Get("emails") != k.admin.Email {
			t.Errorf("the form has %v", c)
		}
		c.Set("name", "")
		if p, _ := k.post(one, c, http.StatusUnprocessableEntity); !p.Has("Give it a name") {
			t.Error(p.Text())
		}
		c.Set("name", "People for the weekly letter")
		c.Set("every", "week")
		k.post(one, c, http.StatusSeeOther)
		if p := k.get(one, http.StatusOK); !p.Has("People for the weekly letter") || !p.Has("Every Monday at 06:00") || !p.Has("Download") && !p.Has("Waiting") {
			t.Error(p.Text())
		}
		if p, _ := k.post(one, c, http.StatusUnprocessableEntity); !p.Has("Someone else changed this export meanwhile") {
			t.Error(p.Text())
		}
		k.perms = access.All &^ access.SettingsWrite
		k.get(one+"/change", http.StatusForbidden)
		k.post(one, c, http.StatusForbidden)
		k.perms = access.All
		k.get(one+"/remove", http.StatusOK)
		k.post(one+"/remove", nil, http.StatusSeeOther)
		k.get(one, http.StatusNotFound)
		k.get("/export-runs/"+run, http.StatusNotFound)

		f.Set("by", "web")
		f.Set("url", "https://data.example/in")
		_, to = k.post("/exports", f, http.StatusSeeOther)
		one, _, _ = strings.Cut(strings.TrimPrefix(to, "/w/north"), "?")
		if p := k.get(one, http.StatusOK); !p.Has("whsec_") || !p.Has("POST https://data.example/in") {
			t.Error(p.Text())
		}
	})
}
