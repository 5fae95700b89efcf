package admin

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/person"
	"involt/internal/kit/db"
	"involt/internal/kit/mail"
	"involt/internal/kit/seal"
	"involt/internal/testkit/dbtest"
	"involt/internal/testkit/page"
)

// untold is a mail server that is not asked in these tests.
type untold struct{}

func (untold) Send(context.Context, mail.Message) error { return nil }

// wizard goes through the wizard like somebody who only clicks and types.
type wizard struct {
	*desk
	at string // the address it stands at
}

func (k *desk) wizard() *wizard {
	k.c.Onboard.Keys, k.c.Onboard.Mail, k.c.Onboard.PublicURL = seal.Random(), untold{}, "https://charge.example"
	return &wizard{k, "/users/invite"}
}

// with fills in the form of the step w stands at.
func (w *wizard) with(button string, pairs ...string) (url.Values, string) {
	w.t.Helper()
	f := w.get(w.at, http.StatusOK).Form(button)
	v := f.Values()
	for i := 0; i+1 < len(pairs); i += 2 {
		v[pairs[i]] = append([]string{}, strings.Split(pairs[i+1], "|")...)
	}
	return v, strings.TrimPrefix(f.Action(), "/w/north")
}

// on sends a step and goes on to the next.
func (w *wizard) on(button string, pairs ...string) *page.Page {
	w.t.Helper()
	v, to := w.with(button, pairs...)
	_, w.at = w.post(to, v, http.StatusSeeOther)
	return w.get(w.at, http.StatusOK)
}

// refused sends a step that comes back.
func (w *wizard) refused(button string, pairs ...string) *page.Page {
	w.t.Helper()
	v, to := w.with(button, pairs...)
	p, _ := w.post(to, v, http.StatusUnprocessableEntity)
	return p
}

// count counts the rows of a table.
func (k *desk) count(table string) (n int) {
	k.t.Helper()
	k.update(func(tx *db.Tx) error { return tx.Row(`SELECT COUNT(*) FROM `+table, nil, &n) })
	return n
}

func (w *wizard) step() string { return w.at[strings.LastIndexByte(w.at, '/')+1:] }

func TestTheWizardGoesStepByStep(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		loc := k.location(k.north.ID, "Harbour Garage").ID
		w := k.wizard()
		before := k.count("person")

		// A mistake loses nothing.
		p := w.refused("Continue", "people.0.email", "nonsense", "people.1.email", k.admin.Email, "people.1.card", "zz")
		p.Field("E-mail of user 2").WantError("is here already")
		if p.Field("E-mail").Error() == "" || p.Field("E-mail").Value() != "nonsense" || p.Field("RFID number of user 2 (optional)").Error() == "" {
			t.Errorf("errors are not at their lines: %s", p.Text())
		}
		if href := p.Find("link", "Open their page").Attr("href"); href != "/w/north/users/"+string(k.admin.ID) {
			t.Errorf("who is here already is linked as %s", href)
		}
		w.refused("Continue").Field("E-mail").WantError("at least one")

		// What is odd is said once; whoever goes on means it.
		p = w.refused("Continue", "people.0.email", "one@gmial.com", "people.0.card", "04A1B2C3")
		if !p.Has("Did you mean one@gmail.com?") {
			t.Errorf("no word of the slip: %s", p.Text())
		}
		v := p.Form("Continue").Values()
		v.Set("people.0.email", "one@x.example")
		if _, w.at = k.post("/users/invite", v, http.StatusSeeOther); w.step() != "role" {
			t.Fatalf("leads to %s", w.at)
		}
		if p := w.on("Continue"); w.step() != "method" || !p.Has("one@x.example") || !p.Has("Driver") {
			t.Fatalf("at %s: %s", w.at, p.Text())
		}
		if !k.get(w.at, http.StatusOK).Has("in addition to what every active user may") {
			t.Error("the choice of places reads like a limit")
		}
		w.refused("Continue", "method", "nowhere")
		w.on("Continue", "method", "locations")
		if w.step() != "chargers" {
			t.Fatalf("at %s", w.at)
		}
		if p := w.refused("Continue"); !p.Has("Choose at least one location") {
			t.Errorf("says %s", p.Text())
		}
		w.on("Continue", "locations", string(loc))
		if p := w.on("Continue"); w.step() != "message" || !p.Has("Free") || !p.Has("Harbour Garage") {
			t.Fatalf("at %s: %s", w.at, p.Text())
		}
		sum := w.on("Continue", "language", "de", "message", "Willkommen!")
		if w.step() != "summary" || !sum.Has("Harbour Garage") || !sum.Has("04A1B2C3") || !sum.Has("Willkommen!") || !sum.Has("North") {
			t.Errorf("the summary: %s", sum.Text())
		}
		if k.count("person") != before || k.count("invite") != 0 || k.count("notice") != 0 {
			t.Error("something was made before it was sent")
		}
		// Back, and on again: everything is still there.
		base := strings.TrimSuffix(w.at, "summary")
		if f := k.get(base+"people", http.StatusOK); f.Field("E-mail").Value() != "one@x.example" || f.Field("RFID number (optional)").Value() != "04A1B2C3" {
			t.Errorf("going back lost the rows: %s", f.Text())
		}
		html, body := k.ask(httptest.NewRequest(http.MethodGet, "/w/north"+base+"mail", nil))
		if html.StatusCode != http.StatusOK || !strings.Contains(body, "Willkommen!") || !strings.Contains(html.Header.Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("the mail: %d %s", html.StatusCode, body)
		}

		v, to := w.with("Send 1 invitation")
		var sentAt []string
		for range 2 { // a second click, and the same form once more, send nothing again
			_, at := k.post(to, v, http.StatusSeeOther)
			sentAt = append(sentAt, at)
		}
		if sentAt[0] != sentAt[1] || !strings.HasSuffix(sentAt[0], "/sent") {
			t.Errorf("lead to %v", sentAt)
		}
		done := k.get(sentAt[0], http.StatusOK)
		done.Find("heading", "1 person invited")
		if !done.Has("one@x.example") || !done.Has("Queued") {
			t.Errorf("the result: %s", done.Text())
		}
		if k.count("person") != before+1 || k.count("invite") != 1 {
			t.Errorf("%d people, %d invitations", k.count("person")-before, k.count("invite"))
		}
		k.update(func(tx *db.Tx) error {
			p, err := person.ByEmail(tx, k.north.ID, "one@x.example")
			if err != nil {
				return err
			}
			open, err := invite.OpenOf(tx, k.north.ID, p.ID)
			if p.Language != "de" || open.Message != "Willkommen!" || len(open.Offer.Locations) != 1 || open.Offer.Locations[0] != loc {
				t.Errorf("stored: %+v %+v", p, open)
			}
			return err
		})
		if _, at := k.post(base+"role", nil, http.StatusSeeOther); !strings.HasSuffix(at, "/sent") {
			t.Errorf("changing what was sent leads to %s", at)
		}
	})
}

func TestTheWizardTakesListsAndPeopleWithoutMail(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		w := k.wizard()
		v, to := w.with("Continue", "people.0.email", "first@x.example", "do", "add")
		p, _ := k.post(to, v, http.StatusOK)
		if p.Field("E-mail").Value() != "first@x.example" || p.Field("E-mail of user 3").Value() != "" {
			t.Error("no row was added, or a row was lost")
		}
		v, to = w.with("Continue", "paste", "one@x.example, 04A1B2C3\nTwo Teller <two@x.example>\n04:DD:EE:FF\nbroken at x.example, 5\n", "do", "paste")
		p, _ = k.post(to, v, http.StatusOK)
		for field, want := range map[string]string{
			"E-mail": "one@x.example", "RFID number (optional)": "04A1B2C3", "E-mail of user 2": "two@x.example", "Name of user 2 (optional)": "Two Teller",
			"RFID number of user 2 (optional)": "", "E-mail of user 3": "", "RFID number of user 3 (optional)": "04:DD:EE:FF", "E-mail of user 4": "broken at x.example, 5",
		} {
			if got := p.Field(field).Value(); got != want {
				t.Errorf("pasted, %s is %q, want %q", field, got, want)
			}
		}
		p = w.refused("Continue", "people.0.card", "04A1B2C3", "people.1.name", "Pool car 7")
		p.Field("Name (optional)").WantError("needs a name")
		p.Field("RFID number of user 2 (optional)").WantError("needs a card")
		many := "one@x.example\n" + strings.Repeat("nobody\n", 40)
		p = w.refused("Continue", "paste", many)
		if !p.Has("Rows 2, 3, 4, 5, 6 and 35 more: “nobody”") && !p.Has("Rows 2, 3, 4, 5, 6 and 35 more: \"nobody\"") {
			t.Errorf("the summary says %.900s", p.Text())
		}
		w.on("Continue", "people.0.name", "Pool car 7", "people.0.card", "04A1B2C3", "people.1.email", "two@x.example")
		w.on("Continue")
		w.on("Continue", "method", "all")
		if w.step() != "subscription" {
			t.Errorf("all chargers need no choice of chargers, and lead to %s", w.at)
		}
		w.on("Continue")
		w.on("Continue")
		done := w.on("Send 1 invitation")
		if !done.Has("Pool car 7") || !done.Has("two@x.example") {
			t.Errorf("the result: %s", done.Text())
		}
		k.update(func(tx *db.Tx) error {
			var status, name string
			err := tx.Row(`SELECT p.status, p.last_name FROM person p JOIN card k ON k.workspace = p.workspace AND k.person = p.id WHERE k.uid = '04A1B2C3'`, nil, &status, &name)
			if status != "active" || name != "Pool car 7" {
				t.Errorf("the pool car is %s, called %s", status, name)
			}
			var everywhere int
			if err == nil {
				err = tx.Row(`SELECT COUNT(*) FROM access_grant WHERE location IS NULL AND charger IS NULL AND person IS NOT NULL`, nil, &everywhere)
			}
			if everywhere != 1 {
				t.Errorf("%d grants for all chargers; the pool car's begins at once, the other's on acceptance", everywhere)
			}
			return err
		})
	})
}

func TestRowsAreCheckedWhileTheyAreTyped(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		people := k.people(k.north.ID, person.Invited, 2)
		k.invited(people[:1], invite.WasSent)
		k.card(people[1], "04A1B2C3")
		before := k.count("person")
		for query, want := range map[string]string{
			"people.3.email=" + k.admin.Email:                   "is here already (Active)",
			"people.3.email=" + people[0].Email:                 "was invited before, and the link still works",
			"people.3.email=ann@gmial.com":                      "Did you mean ann@gmail.com?",
			"people.3.email=ann":                                "is not an e-mail address",
			"people.3.email=a@x.example&people.3.card=04A1B2C3": "belongs to somebody already",
			"people.3.email=a@x.example&people.3.card=C3B2A104": "with its bytes reversed",
			"people.3.email=a@x.example&people.3.card=04FFEEDD": "",
			"people.3.card=04FFEEDD":                            "",
			"":                                                  "",
		} {
			p := k.get("/invitations/check?row=3&"+query, http.StatusOK)
			if got := strings.TrimSpace(p.Text()); want == "" && got != "" || !strings.Contains(got, want) {
				t.Errorf("%s: %q, want %q", query, got, want)
			}
		}
		if k.count("person") != before {
			t.Error("a check made somebody")
		}
	})
}

func TestTheWizardGivesNobodyMoreThanItsUserHas(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		w := k.wizard()
		g := k.group(k.north.ID, "Night shift")
		w.on("Continue", "people.0.email", "three@x.example")
		k.perms = access.PeopleWrite | access.PersonalData
		if p := k.get(w.at, http.StatusOK); p.Has("Super-admin") {
			t.Error("offers a role that may not be given")
		}
		if p := w.refused("Continue", "role", "super-admin"); !p.Has("You cannot give this role") {
			t.Errorf("says %s", p.Text())
		}
		k.perms = access.All
		w.on("Continue", "role", "viewer", "scope", "group:"+string(g.ID))
		w.on("Continue", "method", "rules")
		w.on("Continue")
		w.on("Continue")
		w.on("Send 1 invitation")
		k.update(func(tx *db.Tx) error {
			p, err := person.ByEmail(tx, k.north.ID, "three@x.example")
			if err != nil {
				return err
			}
			v, err := invite.OpenOf(tx, k.north.ID, p.ID)
			want := access.Given{Role: "viewer", At: access.Scope{Kind: access.InGroup, ID: string(g.ID)}}
			if len(v.Offer.Roles) != 1 || v.Offer.Roles[0] != want {
				t.Errorf("offers %+v", v.Offer)
			}
			return err
		})
		// Somebody else's draft is not there.
		w2 := k.wizard()
		w2.on("Continue", "people.0.email", "four@x.example")
		other := k.people(k.north.ID, person.Active, 1)[0]
		mine := k.admin
		k.admin = other
		k.get(w2.at, http.StatusNotFound)
		k.admin = mine
		k.get("/invitations/drafts/"+id.New[string]()+"/role", http.StatusNotFound)
	})
}
