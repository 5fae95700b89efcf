package admin

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"involt/internal/core/access"
	"involt/internal/core/account"
	"involt/internal/core/group"
	"involt/internal/core/id"
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

func TestUsersAreFoundByWhoPays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		users := k.people(k.north.ID, person.Active, 4)
		var top, depot account.Account
		k.update(func(tx *db.Tx) error {
			top = account.Account{Workspace: k.north.ID, Kind: account.Customer, Name: "Voltwerk", Billing: account.Consumer}
			if err := account.Insert(tx, &top); err != nil {
				return err
			}
			depot = account.Account{Workspace: k.north.ID, Kind: account.Subsidiary, Parent: top.ID, Name: "Depot", Billing: account.Consumer}
			if err := account.Insert(tx, &depot); err != nil {
				return err
			}
			for i, acc := range []id.Account{top.ID, depot.ID, depot.ID} {
				p, err := person.ByID(tx, k.north.ID, users[i].ID)
				if err != nil {
					return err
				}
				p.Account = acc
				if err := person.Save(tx, &p); err != nil {
					return err
				}
			}
			return nil
		})
		for _, tc := range []struct{ account, want, says string }{
			{string(top.ID), "Active 00, Active 01, Active 02", "Account: Voltwerk"},
			{string(depot.ID), "Active 01, Active 02", "Account: Depot · Voltwerk"},
			{"depot", "Active 01, Active 02", "Account: Depot · Voltwerk"},
			{"Depot · Voltwerk", "Active 01, Active 02", "Account: Depot · Voltwerk"},
			{"Nobody's", "", "No account is called “Nobody's”"},
		} {
			p := k.get("/users?cols=account&account="+url.QueryEscape(tc.account), http.StatusOK)
			got := names(p)
			slices.Sort(got)
			if strings.Join(got, ", ") != tc.want || !p.Has(tc.says) {
				t.Errorf("%q finds %q, want %q and %q: %s", tc.account, got, tc.want, tc.says, p.Text())
			}
		}
		// What the list leads to means the same users, by id.
		p := k.get("/users?account=depot&status=active", http.StatusOK)
		if href := p.Find("link", "Export").Attr("href"); !strings.Contains(href, "account="+string(depot.ID)) {
			t.Errorf("the export goes to %s", href)
		}
		// Without names a private customer's account has none either, and is not found by one.
		k.perms = access.PeopleRead | access.AccountsRead
		if p := k.get("/users?cols=account&account=Depot", http.StatusOK); len(names(p)) > 0 || p.Has("· Voltwerk") {
			t.Errorf("without names: %s", p.Text())
		}
		k.perms = access.PeopleRead | access.PersonalData
		if p := k.get("/users?cols=account&account="+string(depot.ID), http.StatusOK); len(names(p)) != 5 || p.Has("Depot") {
			t.Errorf("without accounts: %s", p.Text())
		}
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
		for _, q := range []string{"q=active", "q=04A1B2C3", "q=" + url.QueryEscape(p.Email)} {
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

func TestAnEmptyWorkspaceSaysWhatToDoFirst(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		p := k.get("/users?status=imported", http.StatusOK)
		if !p.Has("Nobody is waiting to be invited") || len(p.All("link")) == 0 {
			t.Errorf("says %s", p.Text())
		}
		k.perms = access.PeopleRead | access.PersonalData
		p = k.get("/users", http.StatusOK)
		if p.Has("Invite users") || p.Has("Invite selected") || p.Has("Bulk actions") || !p.Has("Export") {
			t.Error("offers what the role may not do")
		}
	})
}
