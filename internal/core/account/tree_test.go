package account_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"involt/internal/core/account"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/testkit/dbtest"
)

// orchard is a workspace in which trees grow, within one transaction.
type orchard struct {
	*testing.T
	tx *db.Tx
	ws id.Workspace
}

func each(t *testing.T, story func(*orchard)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		given := errors.New("given up on purpose")
		err := d.Update(t.Context(), func(tx *db.Tx) error {
			ws := workspace.New("north", "North")
			if err := workspace.Insert(tx, &ws); err != nil {
				return err
			}
			story(&orchard{t, tx, ws.ID})
			return given
		})
		if !errors.Is(err, given) {
			t.Fatal(err)
		}
	})
}

func (o *orchard) must(err error) {
	o.Helper()
	if err != nil {
		o.Fatal(err)
	}
}

func (o *orchard) refused(err error, k errs.Kind, says string) {
	o.Helper()
	if errs.KindOf(err) != k || err == nil || !strings.Contains(err.Error(), says) {
		o.Errorf("%v, want kind %v and %q", err, k, says)
	}
}

// plant adds an account; at the top without a parent.
func (o *orchard) plant(name string, parent id.Account, kind account.Kind) account.Account {
	o.Helper()
	a := account.Account{Workspace: o.ws, Parent: parent, Kind: kind, Name: name, Billing: account.Consumer}
	o.must(a.Clean())
	o.must(account.Insert(o.tx, &a))
	return a
}

func (o *orchard) read(acc id.Account) account.Account {
	o.Helper()
	a, err := account.ByID(o.tx, o.ws, acc)
	o.must(err)
	return a
}

func names(list []account.Account) string {
	all := make([]string, len(list))
	for i := range list {
		all[i] = list[i].Name
	}
	return strings.Join(all, " ")
}

func (o *orchard) state(list ...account.Account) string {
	o.Helper()
	var b strings.Builder
	for _, a := range list {
		a = o.read(a.ID)
		fmt.Fprintf(&b, "%s %s ", a.Name, a.State)
	}
	return strings.TrimSpace(b.String())
}

func TestATreeKnowsItsPathAndWhatIsBelow(t *testing.T) {
	each(t, func(o *orchard) {
		top := o.plant("Top", "", account.Customer)
		mid := o.plant("Mid", top.ID, account.Subsidiary)
		low := o.plant("Low", mid.ID, account.Employee)
		o.plant("Other", "", account.Customer)

		path, err := account.Path(o.tx, o.ws, low.ID)
		o.must(err)
		if got := names(path); got != "Low Mid Top" {
			t.Errorf("path: %s", got)
		}
		below, err := account.Below(o.tx, o.ws, top.ID)
		o.must(err)
		if got := names(below); got != "Low Mid Top" {
			t.Errorf("below: %s", got)
		}
		children, err := account.Children(o.tx, o.ws, top.ID)
		o.must(err)
		if got := names(children); got != "Mid" {
			t.Errorf("children: %s", got)
		}
		_, err = account.Path(o.tx, "elsewhere", low.ID)
		o.refused(err, errs.NotFound, "no such account")

		under := account.Account{Workspace: o.ws, Parent: low.ID, Kind: account.Employee, Name: "X", Billing: account.Consumer}
		o.refused(account.Insert(o.tx, &under), errs.Conflict, "no sub-accounts")
		deep := mid
		for i := 3; i <= account.MaxDepth; i++ {
			deep = o.plant(fmt.Sprint("Level ", i), deep.ID, account.Subsidiary)
		}
		under.Parent = deep.ID
		o.refused(account.Insert(o.tx, &under), errs.Conflict, "deep")
	})
}

func TestClosingCascadesAndReopeningOpensWhatItClosed(t *testing.T) {
	each(t, func(o *orchard) {
		top := o.plant("Top", "", account.Customer)
		mid := o.plant("Mid", top.ID, account.Subsidiary)
		low := o.plant("Low", mid.ID, account.Employee)
		side := o.plant("Side", top.ID, account.Employee)

		closed, err := account.Close(o.tx, o.ws, mid.ID, "moved away")
		o.must(err)
		if got := names(closed); got != "Low Mid" {
			t.Errorf("closed %s", got)
		}
		if a := o.read(low.ID); a.ClosedBy != mid.ID || a.Reason != "moved away" {
			t.Errorf("low was closed by %s for %q", a.ClosedBy, a.Reason)
		}
		_, err = account.Reopen(o.tx, o.ws, low.ID)
		o.refused(err, errs.Conflict, "Reopen that first")
		_, err = account.Close(o.tx, o.ws, mid.ID, "")
		o.refused(err, errs.Conflict, "closed already")
		under := account.Account{Workspace: o.ws, Parent: mid.ID, Kind: account.Employee, Name: "X", Billing: account.Consumer}
		o.refused(account.Insert(o.tx, &under), errs.Conflict, "closed")

		closed, err = account.Close(o.tx, o.ws, top.ID, "")
		o.must(err)
		if got := names(closed); got != "Side Top" {
			t.Errorf("then closed %s", got)
		}
		opened, err := account.Reopen(o.tx, o.ws, top.ID)
		o.must(err)
		if got := names(opened); got != "Side Top" {
			t.Errorf("opened %s", got)
		}
		if got := o.state(top, mid, low, side); got != "Top open Mid closed Low closed Side open" {
			t.Errorf("after all: %s", got)
		}
		_, err = account.Reopen(o.tx, o.ws, mid.ID)
		o.must(err)
		if got := o.state(mid, low); got != "Mid open Low open" {
			t.Errorf("in the end: %s", got)
		}
		_, err = account.Reopen(o.tx, o.ws, mid.ID)
		o.refused(err, errs.Conflict, "is open")
	})
}

func TestTheNarrowestLimitOnThePathHolds(t *testing.T) {
	each(t, func(o *orchard) {
		var places []id.Location
		for _, name := range []string{"A", "B", "C"} {
			l := site.Location{Workspace: o.ws, Name: name, TimeZone: "UTC", Country: "NL"}
			o.must(site.InsertLocation(o.tx, &l))
			places = append(places, l.ID)
		}
		top := o.plant("Top", "", account.Customer)
		mid := o.plant("Mid", top.ID, account.Subsidiary)
		low := o.plant("Low", mid.ID, account.Employee)
		limits := func() account.Limits {
			path, err := account.Path(o.tx, o.ws, low.ID)
			o.must(err)
			return account.Effective(path)
		}
		if l := limits(); !l.Any || !l.Open || !l.Until.IsZero() || l.Refuses(o.tx.Now) != "" {
			t.Errorf("without limits: %+v", l)
		}
		soon, later := o.tx.Now.Add(time.Hour), o.tx.Now.Add(2*time.Hour)
		low.Until, low.Places = later, places[1:]
		o.must(account.Save(o.tx, &low))
		top.Until, top.Places, top.UserLimit = soon, places[:2], 2
		o.must(account.Save(o.tx, &top))
		l := limits()
		if l.Any || len(l.Places) != 1 || l.Places[0] != places[1] || !l.Until.Equal(soon) || l.EndsBy != top.ID {
			t.Errorf("with limits: %+v", l)
		}
		if l.Refuses(soon) != "ended" {
			t.Error("the end does not end it")
		}
		top.Places = places[:1]
		o.must(account.Save(o.tx, &top))
		if l = limits(); l.Any || len(l.Places) != 0 {
			t.Errorf("with no common place: %+v", l)
		}

		for i := range 2 {
			o.must(account.Room(o.tx, o.ws, low.ID, ""))
			o.must(person.Insert(o.tx, &person.Person{Workspace: o.ws, LastName: fmt.Sprint(i), Status: person.Active, Account: low.ID}))
		}
		o.refused(account.Room(o.tx, o.ws, mid.ID, ""), errs.Conflict, "An account above it has no room: it may have 2 users")
		o.must(account.Room(o.tx, o.ws, mid.ID, low.ID))

		stale := low
		low.Name = "Lower"
		o.must(account.Save(o.tx, &low))
		o.refused(account.Save(o.tx, &stale), errs.Conflict, "meanwhile")

		all, err := account.Everything(o.tx, o.ws, nil)
		o.must(err)
		for _, a := range all {
			if a.ID == low.ID && len(a.Places) != 2 {
				t.Errorf("everything says that Low has %d places", len(a.Places))
			}
		}
	})
}

func TestAccountsAreFoundByWhatNamesBeginWith(t *testing.T) {
	each(t, func(o *orchard) {
		noord := o.plant("Hét Noorden BV", "", account.Customer)
		o.plant("Zonnepark 100%", "", account.Customer)
		for _, c := range []struct{ text, want string }{
			{"het", "Hét Noorden BV"}, {"NOOR", "Hét Noorden BV"}, {"oord", ""}, {"", "Hét Noorden BV Zonnepark 100%"}, {"100%", "Zonnepark 100%"}, {"%", ""}, {"_", ""},
		} {
			all, err := account.Search(o.tx, o.ws, c.text, nil, 10)
			o.must(err)
			if got := names(all); got != c.want {
				t.Errorf("%q finds %q, want %q", c.text, got, c.want)
			}
		}
		all, err := account.Search(o.tx, o.ws, "", []id.Account{noord.ID}, 10)
		o.must(err)
		if names(all) != "Hét Noorden BV" {
			t.Errorf("within its own account somebody sees %s", names(all))
		}
		none, err := account.Search(o.tx, o.ws, "", []id.Account{}, 10)
		o.must(err)
		if len(none) != 0 {
			t.Errorf("within nothing somebody sees %s", names(none))
		}
		by, err := account.ByNames(o.tx, o.ws, []string{account.Key("het noorden  bv")})
		o.must(err)
		if len(by[account.Key("Hét Noorden BV")]) != 1 {
			t.Errorf("by name: %v", by)
		}
	})
}

func TestABusinessNeedsItsDetails(t *testing.T) {
	fine := account.Account{
		Kind: account.Customer, Name: " Voltwerk ", Billing: account.Business, LegalName: "Voltwerk GmbH", Street: "Hauptstr. 1",
		Postcode: "10115", City: "Berlin", Country: "de", VATID: "de 136 695 976",
	}
	for _, c := range []struct {
		field string
		spoil func(*account.Account)
	}{
		{"", func(*account.Account) {}},
		{"", func(a *account.Account) { a.Billing, a.Country, a.VATID = account.Consumer, "", "anything" }},
		{"name", func(a *account.Account) { a.Name = "  " }},
		{"name", func(a *account.Account) { a.Name = strings.Repeat("x", 101) }},
		{"legal_name", func(a *account.Account) { a.LegalName = "" }},
		{"street", func(a *account.Account) { a.Street = "" }},
		{"postcode", func(a *account.Account) { a.Postcode = "" }},
		{"city", func(a *account.Account) { a.City = "a\x00" }},
		{"country", func(a *account.Account) { a.Country = "" }},
		{"country", func(a *account.Account) { a.Country = "Germany" }},
		{"vat_id", func(a *account.Account) { a.VATID = "" }},
		{"vat_id", func(a *account.Account) { a.VATID = "DE136695978" }},
		{"billing", func(a *account.Account) { a.Billing = "" }},
		{"kind", func(a *account.Account) { a.Kind = account.Employee }},
		{"kind", func(a *account.Account) { a.Parent = "x" }},
		{"user_limit", func(a *account.Account) { a.UserLimit = -1 }},
	} {
		a := fine
		c.spoil(&a)
		err := a.Clean()
		e, _ := errors.AsType[*errs.Error](err)
		if c.field == "" && err != nil || c.field != "" && (e == nil || e.Field != c.field) {
			t.Errorf("want it refused at %q: %v", c.field, err)
		}
	}
	a := fine
	if err := a.Clean(); err != nil || a.VATID != "DE136695976" || a.Country != "DE" || a.Name != "Voltwerk" {
		t.Errorf("kept as %+v (%v)", a, err)
	}
}
