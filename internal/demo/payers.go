package demo

import (
	"fmt"
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/account"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/reimburse"
	"involt/internal/kit/db"
)

// payer is an account as the demo has it.
type payer struct {
	account.Account
	below  string   // the name of the one above; "" at the top
	users  int      // how many of the demo's people charge on it
	owned  bool     // the first of them owns it
	rates  []string // from the first day of this month, then of later ones
	state  reimburse.State
	places []int // locations, by index
	closed string
}

func business(name, legal, street, postcode, city, country, vat string) account.Account {
	return account.Account{
		Name: name, Kind: account.Customer, Billing: account.Business, LegalName: legal, Street: street, Postcode: postcode, City: city, Country: country, VATID: vat,
	}
}

func consumer(name string, kind account.Kind) account.Account {
	return account.Account{Name: name, Kind: kind, Billing: account.Consumer}
}

func under(a account.Account, kind account.Kind) account.Account {
	a.Kind = kind
	return a
}

// payers are customers of an operator: a fleet with subsidiaries and employees, a
// company that is limited, one that was closed, and people who pay for themselves.
// Their VAT ids are well formed and nobody's.
var payers = []payer{
	{Account: business("Stadtwerke Fleet", "Stadtwerke Mobil GmbH", "Kirchenallee 57", "20099", "Hamburg", "DE", "DE900000014"), users: 6, owned: true},
	{Account: under(business("Depot Nord", "Stadtwerke Depot Nord GmbH", "Werftstr. 8", "24143", "Kiel", "DE", "DE900000014"), account.Subsidiary), below: "Stadtwerke Fleet", users: 5, owned: true, rates: []string{"0.3100", "0.3250"}, state: reimburse.Active},
	{Account: under(business("Depot Süd", "Stadtwerke Depot Süd GmbH", "Hafenweg 2", "21107", "Hamburg", "DE", "DE900000014"), account.Subsidiary), below: "Stadtwerke Fleet", users: 4, owned: true},
	{Account: consumer("Home charging · %s", account.Employee), below: "Depot Nord", users: 1, rates: []string{"0.2875"}, state: reimburse.Waiting},
	{Account: consumer("Home charging · %s", account.Employee), below: "Depot Nord", users: 1, rates: []string{"0.2875"}, state: reimburse.Paused},
	{Account: consumer("Home charging · %s", account.Employee), below: "Stadtwerke Fleet", users: 1, rates: []string{"0.3012", "0.3150"}, state: reimburse.Waiting},
	{Account: business("De Groot Logistiek", "De Groot Logistiek B.V.", "Wilhelminakade 80", "3072 AR", "Rotterdam", "NL", "NL900000016B01"), users: 8, owned: true, places: []int{0}},
	{Account: business("Transports Moreau", "Transports Moreau SARL", "12 rue de Gerland", "69007", "Lyon", "FR", "FR49900000027"), users: 5, owned: true},
	{Account: business("Kade Events", "Kade Events B.V.", "Kade 1", "3011 AA", "Rotterdam", "NL", "NL900000016B01"), users: 3, owned: true, closed: "Contract ended"},
	{Account: consumer("%s", account.Customer), users: 2, owned: true},
}

// makePayers makes accounts, and puts some of the people into them.
func (b *builder) makePayers(tx *db.Tx) error {
	free := b.ordinary()
	made := map[string]id.Account{}
	for i := range payers {
		p := payers[i]
		a := p.Account
		a.Workspace, a.Parent = b.by.Workspace, made[p.below]
		for _, at := range p.places {
			a.Places = append(a.Places, b.locations[at].ID)
		}
		if len(p.places) > 0 {
			a.UserLimit = 10
		}
		if p.users > len(free) || p.below != "" && a.Parent == "" {
			continue // a town too small for it
		}
		a.Name = strings.Replace(a.Name, "%s", free[0].LastName, 1)
		if p.owned {
			a.Email = free[0].Email
		}
		if err := a.Clean(); err != nil {
			return err
		}
		if err := account.Insert(tx, &a); err != nil {
			return err
		}
		made[a.Name] = a.ID
		if err := journal.Record(tx, b.by, "account.created", journal.About("account", a.ID), map[string]any{"name": a.Name, "kind": a.Kind, "billing": a.Billing, "parent": a.Parent}); err != nil {
			return err
		}
		if err := b.settleIn(tx, &a, &p, free[:p.users]); err != nil {
			return err
		}
		free = free[p.users:]
	}
	return nil
}

// ordinary are active people who are neither staff nor special, in order.
func (b *builder) ordinary() (list []*person.Person) {
	taken := map[id.Person]bool{}
	for _, p := range b.special {
		if p != nil {
			taken[p.ID] = true
		}
	}
	for i, p := range b.people {
		if i >= 20 && p.Status == person.Active && p.Email != "" && !taken[p.ID] {
			list = append(list, p)
		}
	}
	return list
}

// settleIn puts people into an account, agrees on its rates, and closes it.
func (b *builder) settleIn(tx *db.Tx, a *account.Account, in *payer, people []*person.Person) error {
	for i, one := range people {
		p, err := person.ByID(tx, a.Workspace, one.ID)
		if err != nil {
			return err
		}
		p.Account = a.ID
		if err := person.Save(tx, &p); err != nil {
			return err
		}
		if i == 0 && in.owned {
			if err := person.GiveRole(tx, a.Workspace, p.ID, access.Given{Role: access.AccountOwner, At: access.Scope{Kind: access.InAccount, ID: string(a.ID)}}); err != nil {
				return err
			}
		}
		if err := journal.Record(tx, b.by, "person.updated", journal.About("person", p.ID), map[string]any{"account": [2]string{"", a.Name}}); err != nil {
			return err
		}
	}
	if len(in.rates) > 0 {
		g := reimburse.Agreement{Workspace: a.Workspace, Account: a.ID, Currency: "EUR", State: in.state}
		if err := reimburse.Save(tx, &g); err != nil {
			return err
		}
		for i, text := range in.rates {
			rate, err := reimburse.ParseRate(text)
			if err != nil {
				return err
			}
			from := reimburse.Day(fmt.Sprintf("%s-01", b.now.AddDate(0, 3*i-2, 1-b.now.Day()).Format("2006-01")))
			if err := reimburse.SetRate(tx, &g, reimburse.Dated{From: from, Rate: rate, By: b.by.Name}); err != nil {
				return err
			}
		}
	}
	if in.closed == "" {
		return nil
	}
	if _, err := account.Close(tx, a.Workspace, a.ID, in.closed); err != nil {
		return err
	}
	return journal.Record(tx, b.by, "account.closed", journal.About("account", a.ID), map[string]any{"name": a.Name, "reason": in.closed, "accounts": 1})
}
