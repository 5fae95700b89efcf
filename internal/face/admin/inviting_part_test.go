package admin

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"involt/internal/core/account"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/person"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
	"involt/internal/testkit/page"
)

// sends goes through the wizard for one address and returns the invitation that came
// of it. The pairs are what is said on the steps, by their names.
func (h *halves) sends(email string, said map[string][]string) invite.Invite {
	h.t.Helper()
	w := h.wizard()
	w.on("Continue", "people.0.email", email)
	for w.step() != "summary" {
		w.on("Continue", said[w.step()]...)
	}
	w.on("Send 1 invitation")
	var v invite.Invite
	h.update(func(tx *db.Tx) error {
		p, err := person.ByEmail(tx, h.north.ID, email)
		if err != nil {
			return err
		}
		v, err = invite.OpenOf(tx, h.north.ID, p.ID)
		return err
	})
	return v
}

// others are words that only what belongs to others has in it, and their ids.
func (h *halves) others(p *page.Page) (found string) {
	if word, around := holds(p.Text()); word != "" {
		return around
	}
	return ""
}

func TestThreatR29AWizardOfAPartGivesNothingOfOthers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := halve(t, d)
		id1 := func(noun string) string { return h.theirs[noun][0] }
		for what, c := range map[string]struct {
			said  map[string][]string // what they may say
			offer invite.Offer
		}{
			"an account": {nil, invite.Offer{Account: h.own.ID}},
			"a group":    {map[string][]string{"method": {"method", "group"}, "chargers": {"group", string(h.team.ID)}}, invite.Offer{Groups: []id.Group{h.team.ID}}},
			"a location": {map[string][]string{"method": {"method", "locations"}, "chargers": {"locations", string(h.home.ID)}}, invite.Offer{Locations: []id.Location{h.home.ID}}},
		} {
			if what == "an account" { // it has one below it, so it is chosen by name
				c.said = map[string][]string{"role": {"account", "Own Ltd"}}
			}
			h.as(h.staff[what])
			// Every step shows what is theirs, and nothing of anybody else.
			w := h.wizard()
			w.on("Continue", "people.0.email", "look@x.example")
			for w.step() != "summary" {
				if found := h.others(w.get(w.at, http.StatusOK)); found != "" {
					t.Errorf("whoever has %s sees on the step %s: %s", what, w.step(), found)
				}
				w.on("Continue", c.said[w.step()]...)
			}
			if found := h.others(w.get(w.at, http.StatusOK)); found != "" {
				t.Errorf("whoever has %s sees in the summary: %s", what, found)
			}
			base := strings.TrimSuffix(w.at, "summary")
			// A forged form gives nothing of others: it is refused where it is sent, or in
			// the summary, and sends nothing.
			invitations := h.count("invite")
			for name, steps := range map[string][][2]string{
				"everything":         {{"method", "method=all"}},
				"another's location": {{"method", "method=locations"}, {"chargers", "locations=" + id1("location")}},
				"another's charger":  {{"method", "method=chargers"}, {"chargers", "chargers=" + id1("charger")}},
				"another's group":    {{"method", "method=group"}, {"chargers", "group=" + id1("group")}},
				"another's account":  {{"role", "account=Qplantcorp"}},
				"a role everywhere":  {{"role", "role=viewer"}},
				"the highest role":   {{"role", "role=super-admin"}},
				"a role elsewhere":   {{"role", "role=viewer&scope=group:" + id1("group")}},
				"another's owner":    {{"role", "role=account-owner&account=Qplantcorp"}},
			} {
				refused := false
				for _, s := range steps {
					v, err := url.ParseQuery(s[1])
					if err != nil {
						t.Fatal(err)
					}
					if refused = h.tryPost(base+s[0], v) != http.StatusSeeOther; refused {
						break
					}
				}
				if !refused { // then it is where it would be sent
					if code := h.tryPost(base+"summary", nil); code == http.StatusSeeOther {
						t.Errorf("whoever has %s sent %s", what, name)
					}
				}
				if n := h.count("invite"); n != invitations {
					t.Fatalf("whoever has %s and forges %s: %d invitations, were %d", what, name, n, invitations)
				}
				// As it was, for the next one.
				for _, s := range []string{"role", "method", "chargers"} {
					v := url.Values{"method": {"rules"}}
					for i := 0; i+1 < len(c.said[s]); i += 2 {
						v.Set(c.said[s][i], c.said[s][i+1])
					}
					h.tryPost(base+s, v)
				}
			}
			v := h.sends(strings.ReplaceAll(what, " ", "")+"@x.example", c.said)
			if o := v.Offer; o.Account != c.offer.Account || len(o.Groups) != len(c.offer.Groups) || len(o.Locations) != len(c.offer.Locations) || o.Everywhere || len(o.Roles)+len(o.Chargers) != 0 {
				t.Errorf("whoever has %s offered %+v", what, o)
			}
			// They see whom they have invited, and the list of invitations counts them alone.
			if p := h.get("/invitations", http.StatusOK); !p.Has(v.Email) || h.others(p) != "" {
				t.Errorf("whoever has %s: their invitations: %s", what, p.Text())
			}
		}
		// Somebody else's people are named to nobody while typing.
		h.as(h.staff["a group"])
		p := h.get("/invitations/check?row=0&people.0.email="+url.QueryEscape(h.first(person.Active).Email), http.StatusOK)
		if !p.Has("cannot be invited from here") || p.Has("Active") {
			t.Errorf("typing another's address says %s", p.Text())
		}
		// Whoever may only look invites nobody.
		h.as(h.staff["a group, to look at"])
		h.get("/users/invite", http.StatusForbidden)
		if code := h.tryPost("/users/invite", url.Values{"people.0.email": {"x@x.example"}, "rows": {"1"}}); code != http.StatusForbidden {
			t.Errorf("a viewer's form: %d", code)
		}
	})
}

// tryPost sends a form and returns the status.
func (k *desk) tryPost(to string, form url.Values) int {
	k.t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/w/north"+to, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, _ := k.ask(r)
	return res.StatusCode
}

// More accounts than a list can offer: any of them is found by typing, at the server,
// and what was chosen is that account and no other of the name.
func TestAnAccountOfManyIsFoundByTyping(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		var far account.Account
		k.update(func(tx *db.Tx) error {
			for i := range 520 {
				a := account.Account{Workspace: k.north.ID, Kind: account.Customer, Name: "Aldi " + strings.Repeat("i", i/26) + string(rune('a'+i%26)), Billing: account.Business, Country: "DE", LegalName: "x"}
				if err := account.Insert(tx, &a); err != nil {
					return err
				}
			}
			for i, top := range []string{"Nordwind", "Südwind"} {
				a := account.Account{Workspace: k.north.ID, Kind: account.Customer, Name: top, Billing: account.Business, Country: "DE", LegalName: "x"}
				if err := account.Insert(tx, &a); err != nil {
					return err
				}
				below := account.Account{Workspace: k.north.ID, Kind: account.Subsidiary, Parent: a.ID, Name: "Zentrale", Billing: account.Business, Country: "DE", LegalName: "x"}
				if err := account.Insert(tx, &below); err != nil {
					return err
				}
				if i == 1 {
					far = below
				}
			}
			return nil
		})
		w := k.wizard()
		w.on("Continue", "people.0.email", "one@x.example")
		res, body := k.ask(httptest.NewRequest(http.MethodGet, "/w/north"+w.at, nil))
		if res.StatusCode != http.StatusOK || !strings.Contains(body, `data-source="/w/north/accounts/find"`) || len(body) > 150<<10 {
			t.Errorf("the field does not ask the server, or the page is %d bytes", len(body))
		}
		_, found := k.ask(httptest.NewRequest(http.MethodGet, "/w/north/accounts/find?q=zentr", nil))
		if !strings.Contains(found, "Zentrale · Südwind") || !strings.Contains(found, "Zentrale · Nordwind") {
			t.Errorf("typing finds %s", found)
		}
		if p := w.refused("Continue", "account", "Zentrale"); !p.Has("There are several accounts called Zentrale") {
			t.Errorf("two of a name: %s", p.Text())
		}
		if p := w.refused("Continue", "account", "Zentrale Nirgends"); !p.Has("There is no account called") || p.Field("Account (optional)").Value() != "Zentrale Nirgends" {
			t.Errorf("none of the name: %s", p.Text())
		}
		w.refused("Continue", "rate", "0.25").Field("Account (optional)").WantError("A rate needs the account")
		if p := w.on("Continue", "account", "zentrale · südwind", "rate", "0.25"); w.step() != "method" || !p.Has("Zentrale · Südwind, pays back 0.2500") {
			t.Errorf("chosen: %s", p.Text())
		}
		base := strings.TrimSuffix(w.at, "method")
		for w.step() != "summary" {
			w.on("Continue")
		}
		// It is closed before the invitations are sent: nothing is.
		k.update(func(tx *db.Tx) error {
			_, err := tx.Exec(`UPDATE account SET state = 'closed' WHERE id = ?`, far.ID)
			return err
		})
		v, to := url.Values{}, base+"summary"
		p, _ := k.post(to, v, http.StatusUnprocessableEntity)
		if !p.Has("This account is closed") || k.count("invite") != 0 {
			t.Errorf("into a closed account: %s", p.Text())
		}
		p = k.get(base+"summary", http.StatusUnprocessableEntity)
		if !p.Has("This account is closed") {
			t.Errorf("the summary: %s", p.Text())
		}
		k.update(func(tx *db.Tx) error {
			_, err := tx.Exec(`UPDATE account SET state = 'open' WHERE id = ?`, far.ID)
			return err
		})
		w.on("Send 1 invitation")
		k.update(func(tx *db.Tx) error {
			p, err := person.ByEmail(tx, k.north.ID, "one@x.example")
			if err != nil {
				return err
			}
			v, err := invite.OpenOf(tx, k.north.ID, p.ID)
			if v.Offer.Account != far.ID || v.Offer.Rate != "0.2500" {
				t.Errorf("offers %+v", v.Offer)
			}
			return err
		})
	})
}
