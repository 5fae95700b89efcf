package clients_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/account"
	"involt/internal/core/id"
	"involt/internal/flow/clients"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/wire/vies"
)

// office is a register of VAT ids: what it answers, by the path of its REST
// interface, and what it was asked.
type office struct {
	mu     sync.Mutex
	says   map[string]string
	asked  []string
	during func() // called before it answers
}

const (
	voltwerk = `{"isValid":true,"userError":"VALID","name":"VOLTWERK SA"}`
	nobodys  = `{"isValid":false,"userError":"INVALID","name":"---"}`
	away     = `{"isValid":false,"userError":"MS_UNAVAILABLE"}`
)

func (o *office) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	id := strings.ReplaceAll(strings.TrimPrefix(r.URL.Path, "/ms/"), "/vat/", "")
	o.asked = append(o.asked, id)
	text, during := o.says[id], o.during
	o.mu.Unlock()
	if during != nil {
		during()
	}
	_, _ = w.Write([]byte(text))
}

func (o *office) say(id, text string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.says[id] = text
}

// told returns what was asked since it was called last.
func (o *office) told() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	list := o.asked
	o.asked = nil
	return strings.Join(list, " ")
}

// registered lets k's server ask an office.
func registered(t *testing.T, k *desk) *office {
	t.Helper()
	o := &office{says: map[string]string{}}
	srv := httptest.NewServer(o)
	t.Cleanup(srv.Close)
	k.svc.VIES = &vies.Client{Base: srv.URL}
	k.svc.Jobs(k.pool)
	return o
}

// run runs the jobs that are due, periodic ones too: those are added by a look for
// work, and run by the next.
func (k *desk) run() {
	k.t.Helper()
	for range 2 {
		if _, err := k.pool.RunDue(k.t.Context()); err != nil {
			k.t.Fatal(err)
		}
	}
}

func (k *desk) business(name, email, country, vat string) account.Account {
	k.t.Helper()
	a, _, err := k.svc.InviteClient(k.t.Context(), k.admin, clients.Client{Email: email, Account: account.Account{
		Name: name, Billing: account.Business, LegalName: name, Street: "1 Road", Postcode: "1000", City: "Town", Country: country, VATID: vat,
	}})
	if err != nil {
		k.t.Fatal(err)
	}
	return a
}

func (k *desk) registration(acc id.Account) (r account.Registration, there bool) {
	k.t.Helper()
	k.update(func(tx *db.Tx) (err error) {
		r, there, err = account.RegistrationOf(tx, k.ws.ID, acc)
		return err
	})
	return r, there
}

func TestVATIdsAreLookedUp(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		o := registered(t, k)
		o.say("BE0428759497", voltwerk)
		o.say("EL094259216", nobodys)
		be, gr := k.business("Voltwerk", "vera@voltwerk.example", "BE", "BE 0428.759.497"), k.business("Hellas", "eleni@hellas.example", "GR", "094259216")
		ch := k.business("Helvetia", "heidi@helvetia.example", "CH", "CHE-107.787.577 MWST")
		us := k.business("States", "sam@states.example", "US", "")
		someone, _ := k.client("Somebody", "sonja@somebody.example")
		k.run()
		if r, _ := k.registration(be.ID); r.State != account.Confirmed || r.Name != "VOLTWERK SA" || r.Told.IsZero() {
			t.Errorf("the one that is known: %+v", r)
		}
		if r, _ := k.registration(gr.ID); r.State != account.Unknown || r.Name != "" {
			t.Errorf("the one that is not: %+v", r)
		}
		for _, a := range []account.Account{ch, us, someone} {
			if r, there := k.registration(a.ID); there {
				t.Errorf("%s is to be asked about: %+v", a.Name, r)
			}
		}
		if got := o.told(); got != "BE0428759497 EL094259216" {
			t.Errorf("the register was asked about %q", got)
		}
		if got := k.told(be.ID) + "; " + k.told(gr.ID); got != "account.created account.vat-confirmed; account.created account.vat-unknown" {
			t.Errorf("the journal says %q", got)
		}

		// Not again before its time, and no news if nothing is new.
		k.ahead.Store(int64(6 * 24 * time.Hour))
		k.run()
		if got := o.told(); got != "" {
			t.Errorf("after six days the register was asked about %q", got)
		}
		k.ahead.Store(int64(8 * 24 * time.Hour))
		k.run()
		if got := o.told(); got != "EL094259216" {
			t.Errorf("after eight days the register was asked about %q", got)
		}
		o.say("BE0428759497", nobodys)
		k.ahead.Store(int64(91 * 24 * time.Hour))
		k.run()
		if got := k.told(be.ID) + "; " + k.told(gr.ID); got != "account.created account.vat-confirmed account.vat-unknown; account.created account.vat-unknown" {
			t.Errorf("once an id has gone the journal says %q", got)
		}
	})
}

func TestARegisterThatIsAwayIsAskedLater(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		o := registered(t, k)
		o.say("BE0428759497", away)
		o.say("BE0403170701", away)
		o.say("EL094259216", nobodys)
		a := k.business("Voltwerk", "vera@voltwerk.example", "BE", "BE0428759497")
		k.business("Second", "sara@second.example", "BE", "BE0403170701")
		k.business("Hellas", "eleni@hellas.example", "GR", "094259216")
		k.run()
		if r, _ := k.registration(a.ID); r.State != account.Unasked || r.Tries != 1 {
			t.Errorf("without an answer: %+v", r)
		}
		if got := o.told(); strings.Count(got, "BE") != 1 || !strings.Contains(got, "EL094259216") {
			t.Errorf("a country that is away is asked once, others all the same: %q", got)
		}
		waits := 0
		for range 40 { // minutes
			k.ahead.Add(int64(time.Minute))
			k.run()
			if o.told() != "" {
				waits++
			}
		}
		if waits != 3 { // after 5, 15 and 35 minutes
			t.Errorf("asked %d times within 40 minutes", waits)
		}
		o.say("BE0428759497", voltwerk)
		k.want(k.svc.AskRegister(t.Context(), access.Actor{Workspace: k.ws.ID, Perms: access.AccountsRead}, a.ID), errs.Denied, "", "")
		if err := k.svc.AskRegister(t.Context(), k.admin, a.ID); err != nil {
			t.Fatal(err)
		}
		k.run()
		if r, _ := k.registration(a.ID); r.State != account.Confirmed || r.Tries != 0 {
			t.Errorf("asked by hand: %+v", r)
		}
		// What it said stands while it is away.
		o.say("BE0428759497", away)
		if err := k.svc.AskRegister(t.Context(), k.admin, a.ID); err != nil {
			t.Fatal(err)
		}
		k.run()
		if r, _ := k.registration(a.ID); r.State != account.Confirmed || r.Name != "VOLTWERK SA" {
			t.Errorf("asked again: %+v", r)
		}
		ch := k.business("Helvetia", "heidi@helvetia.example", "CH", "CHE-107.787.577 MWST")
		k.want(k.svc.AskRegister(t.Context(), k.admin, ch.ID), errs.Conflict, "", "no VAT id of the European Union")
		k.svc.VIES = nil
		k.want(k.svc.AskRegister(t.Context(), k.admin, a.ID), errs.Conflict, "", "INVOLT_VIES")
	})
}

func TestAnAnswerIsAboutTheIdThatWasAskedFor(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		o := registered(t, k)
		o.say("BE0428759497", voltwerk)
		o.say("EL094259216", nobodys)
		a := k.business("Voltwerk", "vera@voltwerk.example", "BE", "BE0428759497")
		o.during = sync.OnceFunc(func() { // somebody changes it while the register thinks
			a.Country, a.VATID = "GR", "EL094259216"
			if _, err := k.svc.Update(t.Context(), k.admin, a); err != nil {
				t.Error(err)
			}
		})
		k.run()
		k.run()
		if r, _ := k.registration(a.ID); r.VATID != "EL094259216" || r.State != account.Unknown || r.Name != "" {
			t.Errorf("the new id is told to be %+v", r)
		}
		a = k.account(a.ID)
		a.Name = "Volt" // the id stays, and so does the answer
		if _, err := k.svc.Update(t.Context(), k.admin, a); err != nil {
			t.Fatal(err)
		}
		if r, _ := k.registration(a.ID); r.State != account.Unknown {
			t.Errorf("after a change of something else: %+v", r)
		}
		a = k.account(a.ID)
		a.Billing = account.Consumer
		if _, err := k.svc.Update(t.Context(), k.admin, a); err != nil {
			t.Fatal(err)
		}
		if r, there := k.registration(a.ID); there {
			t.Errorf("a consumer has %+v", r)
		}
	})
}
