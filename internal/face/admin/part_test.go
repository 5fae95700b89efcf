package admin

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/account"
	"involt/internal/core/decision"
	"involt/internal/core/grant"
	"involt/internal/core/group"
	"involt/internal/core/joincode"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
)

// halves is a workspace with two customers: everything planted is the one's, and
// what is called Own is the other's.
type halves struct {
	*garden
	theirs map[string][]string // what is planted, by the name that routes give it
	own    account.Account     // the customer of those who look
	below  account.Account     // a sub-account of it
	rival  account.Account
	staff  map[string]person.Person // by what their role is limited to
	people []person.Person          // of own, of below, of the own group, and of the own location
	home   site.Location
	team   group.Group
}

func halve(t *testing.T, d *db.DB) *halves {
	t.Helper()
	h := &halves{garden: plant(newDesk(t, d)), staff: map[string]person.Person{}}
	h.theirs = map[string][]string{}
	for noun, list := range h.ids {
		h.theirs[noun] = slices.Clone(list)
		h.ids[noun] = list[:min(len(list), 3)] // enough to walk: that nobody else is there is tested on the lists
	}
	h.update(func(tx *db.Tx) error {
		for name, a := range map[string]*account.Account{"Own Ltd": &h.own, "Qplantcorp": &h.rival} {
			*a = account.Account{Workspace: h.north.ID, Kind: account.Customer, Name: name, Billing: account.Consumer, Country: "DE"}
			if err := account.Insert(tx, a); err != nil {
				return err
			}
		}
		h.below = account.Account{Workspace: h.north.ID, Kind: account.Subsidiary, Parent: h.own.ID, Name: "Own Sub", Billing: account.Consumer, Country: "DE"}
		if err := account.Insert(tx, &h.below); err != nil {
			return err
		}
		_, err := tx.Exec(`UPDATE person SET account = ? WHERE workspace = ? AND email LIKE 'qplant%'`, h.rival.ID, h.north.ID)
		return err
	})
	h.theirs["account"] = append(h.theirs["account"], string(h.rival.ID))
	h.note("account", string(h.rival.ID))
	h.note("account", string(h.own.ID))
	h.note("account", string(h.below.ID))
	h.home, h.team = h.location(h.north.ID, "Own yard"), h.group(h.north.ID, "Own team")
	for i, name := range []string{"Account", "Below", "Group", "Place"} {
		p := person.Person{Workspace: h.north.ID, Email: fmt.Sprintf("own%d@own.example", i), FirstName: "Own" + name, LastName: "Known", Status: person.Active, CostCenter: "Own costs"}
		switch name {
		case "Account":
			p.Account = h.own.ID
		case "Below":
			p.Account = h.below.ID
		}
		h.update(func(tx *db.Tx) error { return person.Insert(tx, &p) })
		h.people = append(h.people, p)
		h.note("user", string(p.ID))
	}
	h.join(h.team, h.people[2])
	h.update(func(tx *db.Tx) error {
		return grant.Insert(tx, &grant.Grant{Workspace: h.north.ID, Person: h.people[3].ID, Location: h.home.ID})
	})
	charger := h.charger(h.home, "OWN1")
	h.note("charger", string(charger.ID))
	h.note("location", string(h.home.ID))
	h.note("group", string(h.team.ID))
	for i, p := range h.people {
		c := h.card(p, fmt.Sprintf("0499887766554%d", i))
		h.note("card", string(c.ID))
		h.note("session", string(h.charging(charger, p, c, time.Hour).ID))
	}
	// Somebody of the other customer has charged at the own location.
	rival := h.first(person.Active)
	visit := h.card(rival, "04A1B2C3D4E5AA")
	h.charging(charger, rival, visit, 0)
	h.charging(charger, rival, visit, time.Hour)
	h.tap(charger, visit.UID, visit, decision.CardBlocked)

	h.gate()
	all, _ := access.RoleByKey("fleet-manager")
	strong := access.Role{Key: all.Key, Perms: all.Perms}
	for what, given := range map[string][]access.Given{
		"an account":           {{Role: access.AccountOwner, At: access.Scope{Kind: access.InAccount, ID: string(h.own.ID)}}},
		"a group":              {{Role: strong.Key, At: access.Scope{Kind: access.InGroup, ID: string(h.team.ID)}}},
		"a location":           {{Role: strong.Key, At: access.Scope{Kind: access.AtLocation, ID: string(h.home.ID)}}, {Role: "technician", At: access.Scope{Kind: access.AtLocation, ID: string(h.home.ID)}}},
		"a group, to look at":  {{Role: "viewer", At: access.Scope{Kind: access.InGroup, ID: string(h.team.ID)}}},
		"an account, and read": {{Role: access.AccountOwner, At: access.Scope{Kind: access.InAccount, ID: string(h.own.ID)}}, {Role: "support", At: access.Scope{Kind: access.InAccount, ID: string(h.own.ID)}}},
	} {
		p := person.Person{Workspace: h.north.ID, Email: "staff" + strings.ReplaceAll(strings.ReplaceAll(what, " ", ""), ",", "") + "@own.example", FirstName: "Own", LastName: "Staff", Status: person.Active}
		h.update(func(tx *db.Tx) error {
			if err := person.Insert(tx, &p); err != nil {
				return err
			}
			for _, g := range given {
				if err := person.GiveRole(tx, h.north.ID, p.ID, g); err != nil {
					return err
				}
			}
			return nil
		})
		h.staff[what] = p
	}
	h.reload()
	return h
}

// gate gives the own location and the own group a joining code each, with somebody
// who came by it, a user who waits and a newcomer who does.
func (h *halves) gate() {
	h.t.Helper()
	for _, c := range []joincode.Code{{Location: h.home.ID}, {Group: h.team.ID}} {
		c.Workspace, c.Name, c.Enabled, c.Approval, c.MadeBy = h.north.ID, "Own gate", true, true, h.by().Name
		h.update(func(tx *db.Tx) error {
			if err := joincode.Insert(tx, h.c.Keys, &c); err != nil {
				return err
			}
			in := h.people[3].ID
			if c.Group != "" {
				in = h.people[2].ID
			}
			user := person.Person{Workspace: h.north.ID, Email: "waits" + string(c.ID) + "@own.example", FirstName: "OwnWaits", LastName: "Known", Status: person.Active}
			newcomer := person.Person{Workspace: h.north.ID, Email: "new" + string(c.ID) + "@own.example", FirstName: "OwnNew", LastName: "Known", Status: person.ToBeApproved}
			for _, p := range []*person.Person{&user, &newcomer} {
				if err := person.Insert(tx, p); err != nil {
					return err
				}
			}
			h.note("user", string(newcomer.ID))
			for _, j := range []joincode.Joining{{Person: in, State: joincode.Joined}, {Person: user.ID, State: joincode.Waiting}, {Person: newcomer.ID, State: joincode.Waiting}} {
				j.Workspace, j.Code = h.north.ID, c.ID
				if err := joincode.Enter(tx, &j); err != nil {
					return err
				}
			}
			return nil
		})
		h.note("code", string(c.ID))
	}
}

// as lets somebody visit with the roles they hold.
func (h *halves) as(p person.Person) {
	h.t.Helper()
	h.update(func(tx *db.Tx) error {
		by, _, err := p.Actor(tx)
		h.acting = &by
		return err
	})
}

// sees is whom of the people each of them sees, by their places.
var sees = map[string][]int{
	"an account": {0, 1}, "an account, and read": {0, 1}, "a group": {2}, "a group, to look at": {2}, "a location": {3},
}

// Whoever has a role in a part of the workspace sees nothing of anybody else, by
// whatever page, part of a page, search or file of the console, and no link that a
// page shows them leads to a refusal.
func TestThreat(t *testing.T) {
	d := dbtest.Open(t, dbtest.SQLite(t)) // on one engine, as the crawl of the whole console; the lists are tested on both in flow/browse
	var log diary
	old := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	t.Cleanup(func() { slog.SetDefault(old) })
	h := halve(t, d)
	log.Reset()
	t.Run("R27_lists_of_a_part_count_what_they_show", func(t *testing.T) {
		h.t = t
		for what, places := range sees {
			h.as(h.staff[what])
			p := h.get("/users", http.StatusOK)
			for i, one := range h.people {
				name := strings.TrimSpace(one.FirstName + " " + one.LastName)
				if what == "a group, to look at" {
					name = "O… K…"
				}
				if got, want := p.Has(name), slices.Contains(places, i); got != want && (want || name != "O… K…") {
					t.Errorf("whoever has %s: %s in the list is %v, want %v", what, name, got, want)
				}
			}
			if !p.Has(fmt.Sprintf("1–%d of %d", len(places), len(places))) && !p.Has(fmt.Sprintf("All %d", len(places))) {
				t.Errorf("whoever has %s: the list does not count %d: %s", what, len(places), p.Text())
			}
		}
	})
	for what, p := range h.staff {
		if what == "a group" || what == "an account, and read" {
			continue // of what they see, the others see more
		}
		t.Run("R25_nothing_of_others_is_shown_to_whoever_has_"+strings.ReplaceAll(what, " ", "_"), func(t *testing.T) {
			h.t = t
			h.as(p)
			c := h.walk(what)
			for _, where := range c.shown {
				t.Error(where)
			}
			for _, where := range c.press() {
				t.Error(where)
			}
			for _, where := range c.broken {
				t.Error(where)
			}
		})
	}
	for what, p := range h.staff {
		t.Run("R25_nothing_of_others_is_changed_by_whoever_has_"+strings.ReplaceAll(what, " ", "_"), func(t *testing.T) {
			h.t = t
			h.as(p)
			before := h.dump()
			h.strike()
			if after := h.dump(); after != before {
				t.Errorf("rows of others became others:\n%s", changedLines(before, after))
			}
		})
	}
	if word, around := holds(log.String()); word != "" {
		t.Errorf("the log holds %q: … %s …", word, around)
	}
}

// strike sends to every route that changes something the ids of what is not the
// visitor's, with values that would be right.
func (h *halves) strike() {
	h.t.Helper()
	mine := h.ids
	h.ids = h.theirs
	defer func() { h.ids = mine }()
	form := url.Values{
		"reason": {"fraud"}, "number": {"04DDEEFF"}, "user": h.theirs["user"][:1], "with": h.theirs["user"][1:2], "group": {h.theirs["group"][0]}, "groups": {h.theirs["group"][0]},
		"location": {h.theirs["location"][0]}, "locations": {h.theirs["location"][0]}, "account": {string(h.rival.ID)}, "first_name": {"Taken"}, "email": {"taken@own.example"},
		"people.0.email": {"taken@own.example"}, "rows": {"1"}, "where": {"group"}, "version": {"1"}, "to": {"blocked"}, "day": {"2030-01-01"}, "name": {"Taken"},
		"id": h.theirs["user"], "do": {"send"}, "plate": {"QX 1"}, "make": {"Zoe"}, "identity": {"TAKEN"}, "evses": {"1"}, "place": {"everywhere"}, "on": {"yes"}, "roles": {"viewer"}, "scope": {"whole"},
	}
	for _, rt := range h.c.routes() {
		method, path, _ := strings.Cut(rt.pattern, " ")
		if method != http.MethodPost || path == "/privacy" {
			continue
		}
		for _, filled := range h.fill(path) {
			r := httptest.NewRequest(http.MethodPost, "/w/north"+filled, strings.NewReader(form.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			res, body := h.ask(r)
			named := path != filled
			switch {
			case res.StatusCode >= 500:
				h.t.Errorf("POST %s: %d", filled, res.StatusCode)
			case named && res.StatusCode < 400:
				h.t.Errorf("POST %s: %d to %s", filled, res.StatusCode, res.Header.Get("Location"))
			}
			if word, around := holds(body); word != "" {
				h.t.Errorf("POST %s shows %s: %s", filled, word, around)
			}
		}
	}
	for _, do := range []string{"approve", "decline"} {
		for _, one := range h.theirs["joining"] {
			r := httptest.NewRequest(http.MethodPost, "/w/north/zone-requests", strings.NewReader(url.Values{"id": {one}, "do": {do}}.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if res, _ := h.ask(r); res.StatusCode < 400 {
				h.t.Errorf("%s a request of others: %d", do, res.StatusCode)
			}
		}
		for _, one := range h.theirs["user"] {
			r := httptest.NewRequest(http.MethodPost, "/w/north/approvals/"+one, strings.NewReader(url.Values{"do": {do}}.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if res, _ := h.ask(r); res.StatusCode < 400 {
				h.t.Errorf("%s a newcomer of others: %d", do, res.StatusCode)
			}
		}
	}
}

// dump is every row that is of the other customer or of the workspace as a whole.
func (h *halves) dump() string {
	h.t.Helper()
	var b strings.Builder
	owns := make([]string, len(h.people))
	for i, p := range h.people {
		owns[i] = string(p.ID)
	}
	h.update(func(tx *db.Tx) error {
		b.Reset()
		for _, q := range []string{
			`SELECT id || status || first_name || email || account || version || deleted_at || cost_center FROM person WHERE email LIKE 'qplant%' OR external_id LIKE 'CAR%' ORDER BY id`,
			`SELECT person || role || scope || scope_id FROM person_role ORDER BY 1`,
			`SELECT id || state || COALESCE(person, '') || version FROM card WHERE person IN (SELECT id FROM person WHERE email LIKE 'qplant%') ORDER BY id`,
			`SELECT id || COALESCE(revoked_at, 0) || generation FROM invite ORDER BY id`,
			`SELECT person || user_group FROM group_member WHERE person IN (SELECT id FROM person WHERE email LIKE 'qplant%') ORDER BY 1`,
			`SELECT id || name || version FROM user_group ORDER BY id`,
			`SELECT id || COALESCE(user_group, '') || COALESCE(person, '') || version FROM access_grant ORDER BY id`,
			`SELECT id || version || plate FROM vehicle ORDER BY id`, `SELECT person || at FROM departure ORDER BY 1`,
			`SELECT id || name FROM location ORDER BY id`, `SELECT id || identity || key_hash FROM charger ORDER BY id`,
			`SELECT id || name || COALESCE(revoked_at, 0) FROM api_key ORDER BY id`, `SELECT id || state FROM bulk ORDER BY id`,
			`SELECT id || name || version FROM account ORDER BY id`, `SELECT key || perms FROM own_role ORDER BY key`,
			`SELECT id || enabled || generation || version || name FROM join_code ORDER BY id`, `SELECT id || state FROM joining ORDER BY id`, `SELECT id || members_only FROM location ORDER BY id`,
			`SELECT name || version FROM workspace ORDER BY id`, `SELECT email FROM person ORDER BY id`,
		} {
			lines, err := db.All(tx, db.Text[string], q)
			if err != nil {
				return fmt.Errorf("%s: %w", q, err)
			}
			b.WriteString(strings.Join(lines, "\n") + "\n")
		}
		return nil
	})
	return b.String()
}

func changedLines(a, b string) string {
	had := map[string]bool{}
	for _, l := range strings.Split(a, "\n") {
		had[l] = true
	}
	var now []string
	for _, l := range strings.Split(b, "\n") {
		if !had[l] {
			now = append(now, l)
		}
	}
	return strings.Join(now, "\n")
}

// Nobody who has not given their password a short while ago does anything
// dangerous: not by a link, not by a code. Keys of programs have no such session,
// and the API has no operation that does one of these.
func TestThreatR35NothingDangerousWithoutProof(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := halve(t, d)
		h.unproven = true
		n := 0
		before := h.dump()
		form := url.Values{"email": {"new@own.example"}, "roles": {"viewer"}, "label": {"Own role"}, "perms": {"people:read"}, "name": {"Key"}, "mode": {"group"}, "do": {"switch"}, "version": {"1"}}
		for _, rt := range h.c.routes() {
			if !rt.stepUp {
				continue
			}
			n++
			_, path, _ := strings.Cut(rt.pattern, " ")
			for _, filled := range h.fill(path)[:1] {
				p, _ := h.post(filled, form, http.StatusUnprocessableEntity)
				if !p.Has("Confirm that it is you") || p.Has("Copy the key") {
					t.Errorf("%s: %s", rt.pattern, p.Text())
				}
				f := p.Form("Confirm and go on")
				if got := f.Values(); got.Get("label") != "Own role" || got.Get("roles") != "viewer" {
					t.Errorf("%s: the form is not kept: %v", rt.pattern, got)
				}
			}
		}
		if n < 8 {
			t.Errorf("only %d routes ask for the password", n)
		}
		if after := h.dump(); after != before {
			t.Errorf("changed:\n%s", changedLines(before, after))
		}
		// Who has, does.
		h.unproven = false
		if _, to := h.post("/roles", url.Values{"label": {"Own role"}, "perms": {"people:read"}}, http.StatusSeeOther); !strings.HasPrefix(to, "/roles") {
			t.Error(to)
		}
	})
}
