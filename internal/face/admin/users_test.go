package admin

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"involt/internal/core/access"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/notice"
	"involt/internal/core/person"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
	"involt/internal/testkit/page"
)

// names are those in the list, from top to bottom.
func names(p *page.Page) (list []string) {
	for _, box := range p.All("checkbox") {
		if name, ok := strings.CutPrefix(box.Attr("aria-label"), "Select "); ok && name != "all on this page" {
			list = append(list, name)
		}
	}
	return list
}

func TestUsersAreFound(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		active, imported := k.people(k.north.ID, person.Active, 2), k.people(k.north.ID, person.Imported, 3)
		k.card(active[1], "04A1B2C3")
		g := k.group(k.north.ID, "Night shift")
		k.update(func(tx *db.Tx) error {
			_, err := group.Add(tx, k.north.ID, g.ID, imported[2].ID)
			return err
		})
		for _, tc := range []struct{ query, want string }{
			{"", "Imported 00, Active 00, Imported 01, Active 01, Imported 02, Ann Admin"},
			{"status=imported", "Imported 00, Imported 01, Imported 02"},
			{"status=imported&sort=-name", "Imported 02, Imported 01, Imported 00"},
			{"group=" + string(g.ID), "Imported 02"},
			{"group=none&status=imported", "Imported 00, Imported 01"},
			{"q=" + url.QueryEscape("04:a1:b2:c3"), "Active 01"},
			{"q=04A1", "Active 01"},
			{"q=ANN", "Ann Admin"},
			{"q=imported-01", "Imported 01"},
			{"q=01+act", "Active 01"},
			{"q=nobody-at-all", ""},
			{"status=deactivated", ""},
		} {
			p := k.get("/users?"+tc.query, http.StatusOK)
			got := names(p)
			if tc.query == "" { // equal last names stand in no order
				got, tc.want = got[len(got)-1:], "Ann Admin"
			}
			if strings.Join(got, ", ") != tc.want {
				t.Errorf("%q finds %q, want %q", tc.query, got, tc.want)
			}
		}
		p := k.get("/users?q=imported", http.StatusOK)
		for _, want := range []string{"All 3", "Imported 3", "Active 0"} {
			if !p.Has(want) {
				t.Errorf("the tabs do not say %q: %.300s", want, p.Text())
			}
		}
		// A link with an order that there is not shows the list in its own.
		if got := k.get("/users?sort=password&after=nonsense", http.StatusOK); strings.Join(names(got)[5:], "") != "Ann Admin" || got.Has("password") {
			t.Errorf("in an unknown order: %q", names(got))
		}
		k.get("/users?after=nonsense", http.StatusUnprocessableEntity)
	})
}

func TestPagesOfUsersMissAndRepeatNobody(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		k.people(k.north.ID, person.Imported, 120)
		for _, sort := range []string{"name", "-name", "charged", "-sessions", "-created"} {
			seen := map[string]bool{}
			var pages [][]string
			path := "/users?status=imported&sort=" + url.QueryEscape(sort)
			var p *page.Page
			for range 3 {
				p = k.get(path, http.StatusOK)
				pages = append(pages, names(p))
				for _, n := range names(p) {
					if seen[n] {
						t.Errorf("%s: %s is shown twice", sort, n)
					}
					seen[n] = true
				}
				path = strings.TrimPrefix(p.Find("link", "Next").Attr("href"), "/w/north")
			}
			if len(seen) != 120 || path != "" {
				t.Errorf("%s: %d users on three pages, next %q", sort, len(seen), path)
			}
			if !p.Has("101–120 of 120") {
				t.Errorf("%s: the last page says %s", sort, p.Find("status", "of 120").Text())
			}
			back := k.get(strings.TrimPrefix(p.Find("link", "Previous").Attr("href"), "/w/north"), http.StatusOK)
			if got := names(back); fmt.Sprint(got) != fmt.Sprint(pages[1]) {
				t.Errorf("%s: going back shows %q, want %q", sort, got, pages[1])
			}
		}
	})
}

func TestWithoutPersonalDataNobodyIsRecognised(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		p := k.people(k.north.ID, person.Active, 1)[0]
		k.card(p, "04A1B2C3")
		k.perms = access.PeopleRead | access.CardsRead | access.SessionsRead | access.ActivityRead | access.PlacesRead
		for _, path := range []string{"/users", "/users/" + string(p.ID), "/users?q=ACTIVE-00"} {
			got := k.get(path, http.StatusOK)
			if got.Has(p.Email) || got.Has("Active 00") || !got.Has("A… 0…") {
				t.Errorf("%s shows %.600s", path, got.Text())
			}
		}
		for _, q := range []string{"q=active", "q=04A1B2C3", "q=00"} {
			if got := k.get("/users?"+q, http.StatusOK); q != "q=active" && got.Has("A… 0…") {
				t.Errorf("%s finds somebody", q)
			}
		}
		k.get("/users?sort=name", http.StatusOK)
		if got := k.get("/users?q=nobody", http.StatusOK); !got.Has("found by their external id alone") {
			t.Errorf("the empty list says %s", got.Text())
		}
	})
}

func TestInviteSelectedReachesExactlyTheSelected(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		all := k.people(k.north.ID, person.Imported, 9)
		active := k.people(k.north.ID, person.Deactivated, 1)
		chosen := append(all[2:5:5], active...)
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
		done := k.get(to, http.StatusOK)
		done.Find("heading", "3 users invited")
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

func TestBulkActionsMeanWhatTheySay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		imported, active := k.people(k.north.ID, person.Imported, 3), k.people(k.north.ID, person.Active, 3)
		g := k.group(k.north.ID, "Night shift")
		carry := func(action string, selection url.Values, said string) *page.Page {
			t.Helper()
			_, to := k.post("/bulk/"+action, selection, http.StatusSeeOther)
			k.post(to+"/do", form("said", said), http.StatusSeeOther)
			return k.get(to, http.StatusOK)
		}
		// All matching the filter, not all there are.
		carry("group", form("all", "1", "status", "active", "q", "active-"), string(g.ID)).Find("heading", "3 users added to the group")
		k.update(func(tx *db.Tx) error {
			for _, p := range append(imported, active...) {
				of, err := group.Of(tx, p.Workspace, p.ID)
				if want := p.Status == person.Active; err != nil || (len(of) == 1) != want {
					t.Errorf("%s is in %d groups", p.Name(), len(of))
				}
			}
			return nil
		})
		carry("deactivate", ids(active[:2]), "left the company").Find("heading", "2 users deactivated")
		if k.statusOf(active[0]) != person.Deactivated || k.statusOf(active[2]) != person.Active {
			t.Error("not exactly the selected ones were deactivated")
		}
		carry("reactivate", ids(active[:1]), "").Find("heading", "1 user reactivated")
		carry("invite-imported", nil, "").Find("heading", "3 users invited")
		carry("invite-pending", nil, "").Find("heading", "3 users invited again")

		// What has to be said is asked for again.
		_, to := k.post("/bulk/deactivate", ids(active[:1]), http.StatusSeeOther)
		p, _ := k.post(to+"/do", form("said", "  "), http.StatusUnprocessableEntity)
		p.Field("Reason").WantError("in a few words why")
		_, to = k.post("/bulk/group", ids(active[:1]), http.StatusSeeOther)
		k.get(to, http.StatusOK).Find("heading", "Add 1 user to a group?")
		p, _ = k.post(to+"/do", form("said", id.New[string]()), http.StatusUnprocessableEntity)
		p.Field("User group").WantError("Choose the group")

		// Nothing selected, nothing done.
		if _, to := k.post("/bulk/invite", nil, http.StatusSeeOther); !strings.Contains(to, "done=none-selected") {
			t.Errorf("leads to %s", to)
		}
		k.get("/bulk/ABCDEFGHIJKLMNOPQRSTUVWXYZ", http.StatusGone)
		k.post("/bulk/explode", nil, http.StatusNotFound)
	})
}

func TestAnEmptyWorkspaceSaysWhatToDoFirst(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		p := k.get("/users?status=imported", http.StatusOK)
		if !p.Has("Nobody is waiting to be invited") || len(p.All("link")) == 0 {
			t.Errorf("says %s", p.Text())
		}
		k.perms = access.PeopleRead | access.PersonalData
		p = k.get("/users", http.StatusOK)
		if p.Has("Invite users") || p.Has("Actions") {
			t.Error("offers what the role may not do")
		}
	})
}
