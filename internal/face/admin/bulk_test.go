package admin

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/notice"
	"involt/internal/core/person"
	"involt/internal/kit/db"
	"involt/internal/kit/job"
	"involt/internal/testkit/dbtest"
	"involt/internal/testkit/page"
	"involt/internal/testkit/sheet"
)

// working lets bulk work go on beside the test.
func (k *desk) working() {
	k.t.Helper()
	// Bulk work runs with the permissions that its asker's roles give.
	k.update(func(tx *db.Tx) error {
		return person.GiveRole(tx, k.north.ID, k.admin.ID, access.Given{Role: "super-admin"})
	})
	pool := &job.Pool{DB: k.d}
	k.c.People.Jobs(pool)
	ctx, stop := context.WithCancel(k.t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { _ = pool.Run(ctx) })
	k.t.Cleanup(func() {
		stop()
		wg.Wait()
	})
}

// over opens the page of bulk work once it is over.
func (k *desk) over(path string) *page.Page {
	k.t.Helper()
	bell, stop := k.d.Watch("bulk." + strings.TrimPrefix(path, "/bulk/"))
	defer stop()
	again := time.NewTicker(100 * time.Millisecond) // a bell proves nothing when it is silent
	defer again.Stop()
	for {
		p := k.get(path, http.StatusOK)
		if !p.Has("You can leave this page") {
			return p
		}
		select {
		case <-bell:
		case <-again.C:
		case <-k.t.Context().Done():
			k.t.Fatalf("%s does not end: %s", path, p.Text())
		}
	}
}

func TestInviteSelectedReachesExactlyTheSelected(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		k.working()
		all := k.people(k.north.ID, person.Imported, 9)
		off := k.people(k.north.ID, person.Deactivated, 1)
		chosen := append(all[2:5:5], off...)
		_, to := k.post("/bulk/invite", ids(chosen), http.StatusSeeOther)
		p := k.get(to, http.StatusOK)
		p.Find("heading", "Invite 3 users?")
		if !p.Has("Imported 02, Imported 03, Imported 04") || !p.Has("1 user is deactivated; reactivate first: Deactivated 00") {
			t.Errorf("the question: %s", p.Text())
		}
		f := p.Form("Invite 3 users")
		for range 2 { // a second click does nothing more
			if _, back := k.post(strings.TrimPrefix(f.Action(), "/w/north"), f.Values(), http.StatusSeeOther); back != to {
				t.Errorf("leads to %s, want %s", back, to)
			}
		}
		done := k.over(to)
		done.Find("heading", "3 users invited")
		done.Find("link", "Not done 1") // who needs somebody comes first
		if !done.Has("is deactivated; reactivate first") {
			t.Errorf("does not say why: %s", done.Text())
		}
		if rest := k.get(to+"?show=all", http.StatusOK); len(rest.All("row")) != 5 {
			t.Errorf("of 4 users and a head there are %d rows", len(rest.All("row")))
		}
		for i, who := range all {
			want, mails := person.Imported, 0
			if i >= 2 && i < 5 {
				want, mails = person.Invited, 1
			}
			if got := k.statusOf(who); got != want {
				t.Errorf("%s is %s, want %s", who.Name(), got, want)
			}
			k.update(func(tx *db.Tx) error {
				sent, err := notice.Of(tx, who.Workspace, who.ID, 10)
				if len(sent) != mails {
					t.Errorf("%s got %d mails, want %d", who.Name(), len(sent), mails)
				}
				return err
			})
		}
	})
}

// carry asks for bulk work and starts it, and returns the page of its end.
func (k *desk) carry(action string, selection url.Values, said ...string) *page.Page {
	k.t.Helper()
	_, to := k.post("/bulk/"+action, selection, http.StatusSeeOther)
	k.post(to+"/start", form(said...), http.StatusSeeOther)
	return k.over(to)
}

func TestBulkActionsMeanWhatTheySay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		k.working()
		imported, active := k.people(k.north.ID, person.Imported, 3), k.people(k.north.ID, person.Active, 3)
		k.group(k.north.ID, "Night shift")
		// All matching the filter, not all there are.
		k.carry("group-add", form("all", "1", "status", "active", "q", "active-"), "group", "night SHIFT").Find("heading", "3 users added to the group")
		k.update(func(tx *db.Tx) error {
			for _, p := range append(imported, active...) {
				of, err := group.Of(tx, p.Workspace, p.ID)
				if want := p.Status == person.Active; err != nil || (len(of) == 1) != want {
					t.Errorf("%s is in %d groups", p.Name(), len(of))
				}
			}
			return nil
		})
		// What was done can be undone, and says so.
		p := k.carry("group-add", ids(imported[:2]), "group", "Brand new")
		p.Find("heading", "2 users added to the group")
		undo := p.Form("Undo")
		_, to := k.post(strings.TrimPrefix(undo.Action(), "/w/north"), undo.Values(), http.StatusSeeOther)
		k.over(to).Find("heading", "Undone: 2 users as before")
		k.update(func(tx *db.Tx) error {
			of, err := group.Of(tx, k.north.ID, imported[0].ID)
			if len(of) != 0 {
				t.Errorf("is still in %d groups", len(of))
			}
			return err
		})
		k.carry("cost-center", ids(active[:2]), "cost_center", "4711 Rotterdam").Find("heading", "2 users changed")
		if p := k.get("/users?cols=cost&q=active-00", http.StatusOK); !p.Has("4711 Rotterdam") {
			t.Errorf("the list says %s", p.Text())
		}
		k.carry("deactivate", ids(active[:2]), "reason", "left the company").Find("heading", "2 users deactivated")
		if k.statusOf(active[0]) != person.Deactivated || k.statusOf(active[2]) != person.Active {
			t.Error("not exactly the selected ones were deactivated")
		}
		k.carry("reactivate", ids(active[:1])).Find("heading", "1 user reactivated")
		k.carry("invite-imported", nil).Find("heading", "3 users invited")
		k.carry("invite-pending", nil).Find("heading", "3 users invited again")
		gone := k.carry("delete", ids(active[2:]))
		gone.Find("heading", "1 user deleted")
		if gone.Has("Active 02") || k.get("/users", http.StatusOK).Has("Active 02") {
			t.Error("a deleted user is still named")
		}
		recent := k.get("/bulk", http.StatusOK)
		for _, want := range []string{"Delete", "Set cost center", "4711 Rotterdam", "Brand new", "Undone", "Ann Admin"} {
			if !recent.Has(want) {
				t.Errorf("the recent work does not say %q: %s", want, recent.Text())
			}
		}
	})
}

func TestBulkQuestionsThatCannotBeAnswered(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		active := k.people(k.north.ID, person.Active, 2)
		k.group(k.north.ID, "Night shift")
		_, to := k.post("/bulk/deactivate", ids(active[:1]), http.StatusSeeOther)
		if p := k.get(to, http.StatusOK); !p.Has("refused within a second") {
			t.Errorf("does not say what is lost: %s", p.Text())
		}
		p, _ := k.post(to+"/start", form("reason", "  "), http.StatusUnprocessableEntity)
		p.Field("Reason").WantError("in a few words why")
		_, to = k.post("/bulk/group-add", ids(active[:1]), http.StatusSeeOther)
		k.get(to, http.StatusOK).Find("heading", "Add 1 user to a user group?")
		p, _ = k.post(to+"/start", form("group", ""), http.StatusUnprocessableEntity)
		p.Field("User group").WantError("Choose the group")
		_, to = k.post("/bulk/group-remove", ids(active[:1]), http.StatusSeeOther)
		p, _ = k.post(to+"/start", form("group", "Day shift"), http.StatusUnprocessableEntity)
		p.Field("User group").WantError("There is no group called Day shift")

		// Nothing selected, nothing done.
		for action, want := range map[string]string{"invite": "none-selected", "delete": "none-selected", "invite-imported": "none-imported", "invite-pending": "none-invited"} {
			if _, to := k.post("/bulk/"+action, nil, http.StatusSeeOther); !strings.Contains(to, "done="+want) {
				t.Errorf("%s leads to %s", action, to)
			}
		}
		// Who was selected and is not there is said to be gone.
		_, to = k.post("/bulk/invite", form("id", id.New[string]()), http.StatusSeeOther)
		if p := k.get(to, http.StatusOK); !p.Has("Nobody to invite") || !p.Has("1 user") {
			t.Errorf("a stale selection: %s", p.Text())
		}
		k.get("/bulk/"+id.New[string](), http.StatusNotFound)
		k.post("/bulk/explode", ids(active), http.StatusNotFound)
		// A status that there is not widens nothing.
		k.post("/bulk/delete", form("all", "1", "status", "everybody"), http.StatusUnprocessableEntity)
	})
}

func TestUsersAreExported(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		people := k.people(k.north.ID, person.Active, 3)
		k.card(people[1], "04A1B2C3")
		k.update(func(tx *db.Tx) error {
			p := people[1]
			p.LastName, p.Phone = "=HYPERLINK(1)", "+31 6 1234"
			return person.Save(tx, &p)
		})
		file := func(query string) []map[string]string {
			t.Helper()
			res, body := k.ask(httptest.NewRequest(http.MethodGet, "/w/north/users/export/file?"+query, nil))
			if res.StatusCode != http.StatusOK || !strings.Contains(res.Header.Get("Content-Disposition"), `filename="north-users-20`) {
				t.Fatalf("%d %v", res.StatusCode, res.Header)
			}
			return sheet.Maps(t, []byte(body))
		}
		q := url.Values{"id": {string(people[1].ID), string(people[0].ID)}}
		p := k.get("/users/export?"+q.Encode(), http.StatusOK)
		p.Find("heading", "Export 2 users")
		f := p.Form("Download").Values()
		f["col"] = []string{"name", "phone", "card_uid"}
		rows := file(f.Encode())
		if len(rows) != 2 || len(rows[0]) != 3 || rows[0]["name"] != "Active =HYPERLINK(1)" || rows[0]["phone"] != "'+31 6 1234" || rows[0]["card_uid"] != "04A1B2C3" {
			t.Fatalf("%q", rows)
		}
		if rows := file("all=1&status=active&q=active&col=status"); len(rows) != 3 {
			t.Errorf("of all matching: %q", rows)
		}
		k.perms = access.PeopleRead
		if p := k.get("/users/export?all=1", http.StatusOK); !p.Has("masked") || p.Has("Phone") {
			t.Errorf("without personal data: %s", p.Text())
		}
		for _, row := range file("all=1") {
			if text := fmt.Sprint(row); strings.Contains(text, "example") || strings.Contains(text, "31 6") || strings.Contains(text, "04A1") || strings.Contains(text, "Active") {
				t.Errorf("without personal data: %q", text)
			}
		}
	})
}

// Each list leads to its file, narrowed down as it is, in each format.
func TestListsAreExported(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		people := k.people(k.north.ID, person.Active, 2)
		k.card(people[0], "04A1B2C3")
		k.card(people[1], "04D1E2F3")
		for list, want := range map[string]string{"/cards?q=04A1": "1 card", "/sessions?status=running": "0 sessions", "/activity?what=card": "0 entries"} {
			to := k.get(list, http.StatusOK).Find("link", "Export").Attr("href")
			p := k.get(strings.TrimPrefix(to, "/w/north"), http.StatusOK)
			p.Find("heading", "Export "+want)
			if to := p.Find("link", "Back to the list").Attr("href"); to != "/w/north"+list {
				t.Errorf("%s leads back to %s", list, to)
			}
			f := p.Form("Download")
			for _, format := range []string{"csv", "xlsx", "json"} {
				q := f.Values()
				q.Set("format", format)
				action, _, _ := strings.Cut(to, "?")
				res, body := k.ask(httptest.NewRequest(http.MethodGet, action+"/file?"+q.Encode(), nil))
				name := res.Header.Get("Content-Disposition")
				if res.StatusCode != http.StatusOK || !strings.HasSuffix(name, map[string]string{"csv": ".csv", "xlsx": ".xlsx", "json": ".jsonl"}[format]+`"`) || res.Header.Get("Cache-Control") != "no-store" {
					t.Fatalf("%s: %d %v", list, res.StatusCode, res.Header)
				}
				if list == "/cards?q=04A1" {
					if rows := sheet.Maps(t, []byte(body)); len(rows) != 1 || rows[0]["card_uid"] != "04A1B2C3" {
						t.Errorf("%s: %q", format, rows)
					}
				}
			}
		}
		k.get("/users/export/file?all=1&format=pdf", http.StatusUnprocessableEntity)
		k.get("/users/export/file?all=1&status=everybody", http.StatusUnprocessableEntity)
		k.get("/sessions/export/file?status=odd", http.StatusUnprocessableEntity)
		k.headers.Set("Accept-Language", "de-DE,de;q=0.9,en;q=0.8")
		if f := k.get("/cards/export", http.StatusOK).Form("Download").Values(); f.Get("separator") != "semicolon" || f.Get("decimal") != "comma" || f.Get("bom") != "1" {
			t.Errorf("for a German browser: %v", f)
		}
		k.headers.Set("Accept-Language", "en-GB")
		if f := k.get("/cards/export", http.StatusOK).Form("Download").Values(); f.Get("separator") != "comma" || f.Get("decimal") != "point" {
			t.Errorf("for a British browser: %v", f)
		}
	})
}

func TestSavedViewsOfTheList(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		k.people(k.north.ID, person.Active, 2)
		g := k.group(k.north.ID, "Night shift")
		query := url.Values{"group": {string(g.ID)}, "status": {"active"}, "cols": {"cost,phone"}, "sort": {"-sessions"}}.Encode()
		p := k.get("/users?"+query, http.StatusOK)
		save := strings.TrimPrefix(p.Find("link", "Save this view").Attr("href"), "/w/north")
		f := k.get(save, http.StatusOK).Form("Save view")
		v := f.Values()
		v.Set("name", "Night, by sessions")
		_, to := k.post(strings.TrimPrefix(f.Action(), "/w/north"), v, http.StatusSeeOther)
		p = k.get(to, http.StatusOK)
		if now := p.Find("link", "Night, by sessions"); now.Attr("aria-current") != "page" || now.Attr("href") != "/w/north/users?"+query {
			t.Errorf("the view leads to %s", now.Attr("href"))
		}
		again, _ := k.post("/views", v, http.StatusUnprocessableEntity)
		again.Field("Name").WantError("already")

		// A view of a group that is gone says so, and can still be changed.
		k.update(func(tx *db.Tx) error {
			_, err := tx.Exec(`DELETE FROM user_group WHERE workspace = ? AND id = ?`, k.north.ID, g.ID)
			return err
		})
		p = k.get("/users?"+query, http.StatusOK)
		if !p.Has("(deleted group)") || !p.Has("has been deleted") {
			t.Errorf("a deleted group: %s", p.Text())
		}
		edit := strings.TrimPrefix(p.Find("link", "Edit view").Attr("href"), "/w/north")
		f = k.get(edit, http.StatusOK).Form("Save")
		v = f.Values()
		v.Set("name", "Renamed")
		_, to = k.post(strings.TrimPrefix(f.Action(), "/w/north"), v, http.StatusSeeOther)
		k.get(to, http.StatusOK).Find("link", "Renamed")
		_, to = k.post(edit+"/remove", nil, http.StatusSeeOther)
		if p := k.get(to, http.StatusOK); p.Has("Renamed") || !p.Has("View removed") {
			t.Errorf("removed: %s", p.Text())
		}
	})
}
