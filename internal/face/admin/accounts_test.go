package admin

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"involt/internal/core/access"
	"involt/internal/core/account"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/kit/db"
	"involt/internal/kit/job"
	"involt/internal/testkit/dbtest"
	"involt/internal/wire/vies"
)

// path is where a redirect leads, without what it says was done.
func path(to string) string {
	to, _, _ = strings.Cut(to, "?")
	return to
}

// client invites a customer by the console and returns the path of the account.
func (k *desk) client(name, email string) string {
	k.t.Helper()
	_, to := k.post("/users/customers/invite", form("email", email, "role", "account-owner", "name", name, "billing", "consumer"), http.StatusSeeOther)
	return path(to)
}

func TestCustomersAndTheirAccountsAreMadeByForms(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		if p := k.get("/users/customers", http.StatusOK); !p.Has("No customers yet") || !p.Has("Invite client") {
			t.Errorf("the empty list: %s", p.Text())
		}
		// A business without its details comes back with what was typed.
		p, _ := k.post("/users/customers/invite", form("email", "vera@voltwerk.example", "role", "account-owner", "name", "Voltwerk", "billing", "business", "country", "DE", "vat_id", "DE136695978"), http.StatusUnprocessableEntity)
		p.Field("Legal name").WantError("A business needs its legal name")
		p.Field("VAT id").WantError("DE136695978 is not a VAT id")
		if got := p.Field("E-mail address").Value(); got != "vera@voltwerk.example" {
			t.Errorf("the address that was typed is %q", got)
		}
		if p, _ = k.post("/users/customers/invite", form("email", "vera@voltwerk.example", "name", "Voltwerk", "billing", "consumer"), http.StatusUnprocessableEntity); !p.Has("Tick Account owner") {
			t.Errorf("without a role: %s", p.Text())
		}
		_, to := k.post("/users/customers/invite", form("email", "vera@voltwerk.example", "role", "account-owner", "name", "Voltwerk", "billing", "business",
			"legal_name", "Voltwerk GmbH", "street", "Hauptstr. 1", "postcode", "10115", "city", "Berlin", "country", "DE", "vat_id", "de 136 695 976"), http.StatusSeeOther)
		one := path(to)
		p = k.get(to[:strings.Index(to, "?")], http.StatusOK)
		for _, want := range []string{"Voltwerk GmbH", "DE136695976", "vera@voltwerk.example", "Invited", "+ Add sub-account", "Germany"} {
			if !p.Has(want) {
				t.Errorf("the account's page does not say %q: %s", want, p.Text())
			}
		}

		// A sub-account with a rate.
		p, _ = k.post(one+"/sub-account", form("email", "x", "billing", "consumer", "rate", "0.12345", "from", "tomorrow"), http.StatusUnprocessableEntity)
		if !p.Has("Give the account a name") {
			t.Errorf("a sub-account without a name: %s", p.Text())
		}
		p, _ = k.post(one+"/sub-account", form("name", "Depot", "email", "x", "billing", "consumer", "rate", "0.12345"), http.StatusUnprocessableEntity)
		p.Field("Reimbursement rate in EUR (optional)").WantError("up to four decimals")
		p.Field("E-mail address").WantError("not an e-mail address")
		_, to = k.post(one+"/sub-account", form("kind", "subsidiary", "name", "Depot", "email", "dora@voltwerk.example", "billing", "consumer", "rate", "0,25"), http.StatusSeeOther)
		depot := path(to)
		p = k.get(depot, http.StatusOK)
		for _, want := range []string{"Subsidiary", "0.2500 EUR per kWh", "Draft", "Manual for a subsidiary", "dora@voltwerk.example"} {
			if !p.Has(want) {
				t.Errorf("the sub-account's page does not say %q: %s", want, p.Text())
			}
		}
		if p = k.get(one, http.StatusOK); !p.Has("Depot") || !p.Has("1 user") {
			t.Errorf("the account does not list what is below it: %s", p.Text())
		}

		// An end-user, the account found by its label.
		if _, found := k.ask(httptest.NewRequest(http.MethodGet, "/w/north/accounts/find?q=dep", nil)); !strings.Contains(found, `value="Depot · Voltwerk"`) {
			t.Errorf("typing finds %s", found)
		}
		p, _ = k.post("/users/end-user", form("email", "emma@voltwerk.example", "role", "driver", "account", "Depp"), http.StatusUnprocessableEntity)
		p.Field("Account").WantError("There is no account called Depp")
		_, to = k.post("/users/end-user", form("email", "emma@voltwerk.example", "role", "driver", "account", "Depot · Voltwerk", "rate", "0.3"), http.StatusSeeOther)
		if p = k.get(path(to), http.StatusOK); !p.Has("Employee") || !p.Has("Automated for an employee") || !p.Has("0.3000 EUR") {
			t.Errorf("the end-user's account: %s", p.Text())
		}
		if p = k.get("/accounts?kind=employee", http.StatusOK); len(p.All("row")) != 2 {
			t.Errorf("employees: %s", p.Text())
		}
	})
}

func TestAnAccountIsChangedLimitedAndClosed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		one := k.client("Voltwerk", "vera@voltwerk.example")
		yard := k.location(k.north.ID, "Yard")
		edit := k.get(one+"/edit", http.StatusOK).Form("Save").Values()
		edit.Set("name", "Voltwerk Nord")
		k.post(one+"/edit", edit, http.StatusSeeOther)
		edit.Set("name", "Voltwerk Ost")
		if p, _ := k.post(one+"/edit", edit, http.StatusUnprocessableEntity); !p.Has("Someone else changed this account meanwhile") {
			t.Errorf("a form that is old: %s", p.Text())
		}
		limits := k.get(one+"/limits", http.StatusOK).Form("Save").Values()
		limits.Set("user_limit", "none")
		limits.Set("until", "never")
		p, _ := k.post(one+"/limits", limits, http.StatusUnprocessableEntity)
		p.Field("Users at most (optional)").WantError("Give a number")
		p.Field("Last day (optional)").WantError("Choose a day")
		limits.Set("user_limit", "1")
		limits.Set("until", "2099-12-31")
		limits.Add("places", string(yard.ID))
		k.post(one+"/limits", limits, http.StatusSeeOther)
		p = k.get(one, http.StatusOK)
		for _, want := range []string{"1 of 1 at most", "31 Dec 2099", "Yard", "Account changed"} {
			if !p.Has(want) {
				t.Errorf("does not say %q: %s", want, p.Text())
			}
		}
		if got := k.get(one+"/limits", http.StatusOK).Field("Last day (optional)").Value(); got != "2099-12-31" {
			t.Errorf("the last day is %q", got)
		}
		p, _ = k.post("/users/end-user", form("email", "more@voltwerk.example", "role", "driver", "account", "Voltwerk Nord"), http.StatusUnprocessableEntity)
		p.Field("Account").WantError("has no room")

		// Closing says what ends, does it, and can be taken back.
		p = k.get(one+"/close", http.StatusOK)
		if !p.Has("Close Voltwerk Nord?") || !p.Has("The link of 1 open invitation stops working.") {
			t.Errorf("before closing: %s", p.Text())
		}
		k.post(one+"/close", form("reason", "not paid"), http.StatusSeeOther)
		if p = k.get(one, http.StatusOK); !p.Has("This account is closed since") || !p.Has("not paid") || p.Has("+ Add sub-account") {
			t.Errorf("once closed: %s", p.Text())
		}
		if p, _ = k.post(one+"/close", form(), http.StatusUnprocessableEntity); !p.Has("closed already") {
			t.Errorf("closing twice: %s", p.Text())
		}
		k.post(one+"/reopen", form(), http.StatusSeeOther)
		if p = k.get(one, http.StatusOK); p.Has("This account is closed") || !p.Has("Account reopened") {
			t.Errorf("once reopened: %s", p.Text())
		}
	})
}

func TestRatesAreAgreedOnTheAccountsPage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		_, to := k.post(k.client("Voltwerk", "vera@voltwerk.example")+"/sub-account", form("kind", "employee", "name", "Emma", "email", "emma@voltwerk.example", "billing", "consumer"), http.StatusSeeOther)
		one := path(to)
		if p := k.get(one, http.StatusOK); !p.Has("No rate is agreed.") {
			t.Errorf("without a rate: %s", p.Text())
		}
		p, _ := k.post(one+"/rate", form("rate", "free", "from", "2026-13-01"), http.StatusUnprocessableEntity)
		p.Field("Reimbursement rate in EUR").WantError("is not a rate")
		k.post(one+"/rate", form("rate", "0.2875"), http.StatusSeeOther)
		k.post(one+"/rate", form("rate", "0.3", "from", "2099-01-01"), http.StatusSeeOther)
		p = k.get(one, http.StatusOK)
		for _, want := range []string{"0.2875 EUR per kWh", "0.3000", "2099-01-01", "Draft"} {
			if !p.Has(want) {
				t.Errorf("does not say %q: %s", want, p.Text())
			}
		}
		k.post(one+"/rate/drop", form("from", "2099-01-01"), http.StatusSeeOther)
		k.post(one+"/agreement", form("step", "end"), http.StatusSeeOther)
		if p = k.get(one, http.StatusOK); !p.Has("Ended") || p.Has("Take back the rate") {
			t.Errorf("once ended: %s", p.Text())
		}
		if p, _ = k.post(one+"/agreement", form("step", "pause"), http.StatusUnprocessableEntity); !p.Has("That did not work") {
			t.Errorf("pausing what has ended: %s", p.Text())
		}
	})
}

func TestTheSidebarShowsAndChangesWhoPays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		k.client("Voltwerk", "vera@voltwerk.example")
		who := k.people(k.north.ID, person.Active, 1)[0]
		u := "/users/" + string(who.ID)
		p, _ := k.post(u+"/account", form("account", "Nobody"), http.StatusUnprocessableEntity)
		p.Field("Account (optional)").WantError("There is no account called Nobody")
		k.post(u+"/account", form("account", "voltwerk"), http.StatusSeeOther)
		if p = k.get(u, http.StatusOK); !p.Has("Account Voltwerk") || !p.Has("Account: Voltwerk") {
			t.Errorf("the sidebar: %s", p.Text())
		}
		k.post(u+"/account", form("account", "Voltwerk", "was", "Voltwerk"), http.StatusSeeOther)
		k.post(u+"/account", form("account", "", "was", "Voltwerk"), http.StatusSeeOther)
		if p = k.get(u, http.StatusOK); p.Has("Account Voltwerk") {
			t.Errorf("once taken away: %s", p.Text())
		}
	})
}

// TestAnAccountsOwnerSeesTheirOwnPart: the same console, and nothing besides.
func TestAnAccountsOwnerSeesTheirOwnPart(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		top := k.client("Voltwerk", "vera@voltwerk.example")
		other := k.client("Other", "olga@other.example")
		_, to := k.post(top+"/sub-account", form("kind", "subsidiary", "name", "Depot", "email", "dora@voltwerk.example", "billing", "consumer", "rate", "0.25"), http.StatusSeeOther)
		depot := path(to)
		role, _ := access.RoleByKey(access.AccountOwner)
		by := access.Actor{Workspace: k.north.ID, Name: "person:" + string(k.admin.ID), Person: k.admin.ID, Parts: []access.Part{
			{Perms: role.Perms, Reach: access.Reach{Accounts: []id.Account{id.Account(strings.TrimPrefix(depot, "/accounts/"))}}},
		}}
		k.acting = &by
		p := k.get("/accounts", http.StatusOK)
		if !p.Has("Depot") || p.Has("Voltwerk") || p.Has("Other") || p.Has("Invite client") {
			t.Errorf("the owner's list: %s", p.Text())
		}
		p = k.get(depot, http.StatusOK)
		if p.Has("Voltwerk") || p.Has("Close account") || p.Has("Change limits") || p.Has("Set reimbursement rate") || !p.Has("+ Add sub-account") || !p.Has("0.2500 EUR") {
			t.Errorf("the owner's account: %s", p.Text())
		}
		for _, hidden := range []string{top, other} {
			k.get(hidden, http.StatusNotFound)
			k.get(hidden+"/edit", http.StatusNotFound)
			k.post(hidden+"/close", form(), http.StatusNotFound)
		}
		k.get("/users/customers/invite", http.StatusForbidden)
		k.post(depot+"/close", form(), http.StatusForbidden)
		k.get(depot+"/limits", http.StatusForbidden)
		k.post(depot+"/rate", form("rate", "9"), http.StatusForbidden)
		_, to = k.post(depot+"/sub-account", form("kind", "employee", "name", "Emma", "email", "emma@voltwerk.example", "billing", "consumer", "rate", "0.3"), http.StatusSeeOther)
		k.update(func(tx *db.Tx) error {
			a, err := account.ByID(tx, k.north.ID, id.Account(strings.TrimPrefix(path(to), "/accounts/")))
			if err == nil && string(a.Parent) != strings.TrimPrefix(depot, "/accounts/") {
				t.Errorf("the sub-account is below %s", a.Parent)
			}
			return err
		})
	})
}

func TestWhatTheRegisterOfVATIdsSaysIsShown(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		register := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write([]byte(map[string]string{
				"/ms/BE/vat/0428759497": `{"isValid":true,"userError":"VALID","name":"VOLTWERK SA"}`,
				"/ms/DE/vat/136695976":  `{"isValid":true,"userError":"VALID","name":"---"}`,
				"/ms/EL/vat/094259216":  `{"isValid":false,"userError":"INVALID"}`,
			}[r.URL.Path]))
		}))
		defer register.Close()
		invite := func(name, country, vat string) string {
			_, to := k.post("/users/customers/invite", form("email", name+"@example.com", "role", "account-owner", "name", name, "billing", "business",
				"legal_name", name, "street", "Road 1", "postcode", "1000", "city", "Town", "country", country, "vat_id", vat), http.StatusSeeOther)
			return path(to)
		}
		shows := func(one, want, not string) {
			t.Helper()
			if p := k.get(one, http.StatusOK); !p.Has(want) || not != "" && p.Has(not) {
				t.Errorf("does not say %q: %s", want, p.Text())
			}
		}
		old := invite("Before", "BE", "BE0428759497")
		shows(old, "BE0428759497", "VIES")
		if p, _ := k.post(old+"/vat", nil, http.StatusUnprocessableEntity); !p.Has("INVOLT_VIES") {
			t.Errorf("asked where nobody is: %s", p.Text())
		}

		pool := &job.Pool{DB: d}
		k.c.Clients.VIES = &vies.Client{Base: register.URL}
		k.c.Clients.Jobs(pool)
		be, de, gr, fr := invite("Voltwerk", "BE", "BE0428759497"), invite("Rheinstrom", "DE", "DE136695976"), invite("Hellas", "GR", "EL094259216"), invite("Loire", "FR", "FR40303265045")
		swiss := invite("Alpen", "CH", "CHE-107.787.577 MWST")
		shows(be, "VIES is being asked", "Ask VIES again")
		if _, err := pool.RunDue(t.Context()); err != nil {
			t.Fatal(err)
		}
		shows(be, "registered as VOLTWERK SA", "Ask VIES again")
		shows(be, "VAT id confirmed by VIES", "")
		shows(de, "Confirmed by VIES on", "registered as")
		shows(gr, "Not found in VIES on", "")
		shows(gr, "VAT id not found in VIES", "")
		shows(fr, "VIES has not answered yet", "")
		shows(swiss, "CHE107787577", "VIES")
		for _, one := range []string{gr, fr} {
			if f := k.get(one, http.StatusOK).Form("Ask VIES again"); f == nil {
				t.Errorf("%s cannot be asked about again", one)
			}
			if _, to := k.post(one+"/vat", nil, http.StatusSeeOther); path(to) != one {
				t.Errorf("asking again leads to %s", to)
			}
		}
		k.perms = access.AccountsRead
		shows(gr, "Not found in VIES", "Ask VIES again")
		k.post(gr+"/vat", nil, http.StatusForbidden)
	})
}
