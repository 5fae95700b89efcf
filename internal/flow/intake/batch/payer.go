package batch

import (
	"fmt"
	"slices"
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/account"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/flow/intake/back"
	"involt/internal/flow/intake/sheet"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// payer is an account that rows name.
type payer struct {
	id    id.Account   // "" for one that is to be made
	name  string       // with those above it, as account.Label has them
	path  []id.Account // it and those above it
	wrong string       // why nobody can be put into it
}

// payers are the accounts that a sheet has named so far, and how much room is left
// in those that are limited. They are forgotten when a chunk is tried again.
type payers struct {
	byKey map[string]*payer
	left  map[id.Account]int64
	rates map[id.Account]*agreement
}

// payer finds the account that a row names, or plans a new one: a customer's, of a
// consumer, until somebody writes more about it. Errors of the row are a Problem.
func (b *Batch) payer(e *Entry, t *target) (*payer, *sheet.Problem, error) {
	if e.Account == "" {
		return nil, nil, nil
	}
	no := func(format string, args ...any) (*payer, *sheet.Problem, error) {
		return nil, &sheet.Problem{Line: e.Number, Column: sheet.Account, Text: fmt.Sprintf(format, args...)}, nil
	}
	key := account.Key(e.Account)
	p := b.r.payers.byKey[key]
	if p == nil {
		var err error
		if p, err = b.findPayer(key, e.Account); err != nil {
			return nil, nil, err
		}
		b.r.payers.byKey[key] = p
	}
	switch {
	case p.wrong != "":
		return no("%s", p.wrong)
	case p == t.payer, p.id != "" && p.id == t.Account:
		return nil, nil, nil
	}
	was := map[id.Account]bool{}
	if t.Account != "" { // above both they count already
		above, err := account.Path(b.tx, b.r.By.Workspace, t.Account)
		if err != nil {
			return nil, nil, err
		}
		for _, a := range above {
			was[a.ID] = true
		}
	}
	for _, a := range p.path {
		if left, limited := b.r.payers.left[a]; limited && !was[a] && left <= 0 {
			return no("There is no room for more users in the account %s.", p.name)
		}
	}
	for _, a := range p.path {
		if _, limited := b.r.payers.left[a]; limited && !was[a] {
			b.r.payers.left[a]--
		}
	}
	return p, nil, nil
}

func (b *Batch) findPayer(key, name string) (*payer, error) {
	ws := b.r.By.Workspace
	all, err := b.accountsAt(key, name)
	if err != nil {
		return nil, err
	}
	switch {
	case len(all) > 1:
		return &payer{name: name, wrong: "There are several accounts called " + name + ". Write the names above the one that is meant before it, as in Fleet / Berlin."}, nil
	case len(all) == 0 && len(sheet.AccountPath(name)) > 1:
		return &payer{name: name, wrong: "There is no account " + name + ". Add it on the page of the account above it first, or correct the path."}, nil
	case len(all) == 0 && !b.r.By.Perms.Has(access.AccountsWrite):
		return &payer{name: name, wrong: "There is no account called " + name + ", and your role does not allow you to make one."}, nil
	case len(all) == 0:
		made := account.Account{Workspace: ws, Kind: account.Customer, Name: name, Billing: account.Consumer}
		if err := made.Clean(); err != nil {
			return &payer{name: name, wrong: errs.Text(err)}, nil
		}
		p := &payer{name: made.Name}
		b.payersToMake = append(b.payersToMake, p)
		return p, nil
	}
	path, err := account.Path(b.tx, ws, all[0].ID)
	if err != nil {
		return nil, err
	}
	p := &payer{id: all[0].ID, name: account.Label(path)}
	limits := account.Effective(path)
	if why := limits.Refuses(b.tx.Now); why != "" {
		p.wrong = "The account " + p.name + " is " + why + "."
		if why == "ended" {
			p.wrong = "The account " + p.name + " has ended."
		}
	}
	for _, a := range path {
		p.path = append(p.path, a.ID)
		if _, known := b.r.payers.left[a.ID]; known || a.UserLimit == 0 {
			continue
		}
		n, err := account.Users(b.tx, ws, a.ID)
		if err != nil {
			return nil, err
		}
		b.r.payers.left[a.ID] = a.UserLimit - n
	}
	return p, nil
}

// accountsAt are the accounts of a name, or those at a path: "Fleet / Berlin". A
// name that has a slash in it is looked for as it is first.
func (b *Batch) accountsAt(key, name string) (all []account.Account, err error) {
	ws := b.r.By.Workspace
	names := sheet.AccountPath(name)
	last := key
	if len(names) > 1 {
		last = account.Key(names[len(names)-1])
	}
	found, err := account.ByNames(b.tx, ws, []string{key, last})
	if err != nil || len(names) < 2 || len(found[key]) > 0 {
		return found[key], err
	}
	for _, a := range found[last] {
		path, err := account.Path(b.tx, ws, a.ID)
		if err != nil {
			return nil, err
		}
		if account.Key(account.Label(path)) == account.Key(strings.Join(names, " / ")) {
			all = append(all, a)
		}
	}
	return all, nil
}

// payerNow is the name of the account that a user has now.
func (b *Batch) payerNow(t *target) (string, error) {
	if t.payer != nil {
		return t.payer.name, nil
	}
	if t.Account == "" {
		return "", nil
	}
	path, err := account.Path(b.tx, b.r.By.Workspace, t.Account)
	return account.Label(path), err
}

// writePayers makes the accounts that were not there, and puts users into theirs.
func (b *Batch) writePayers(tx *db.Tx, u *back.Undo) error {
	for _, p := range b.payersToMake {
		a := account.Account{Workspace: b.r.By.Workspace, Kind: account.Customer, Name: p.name, Billing: account.Consumer}
		if err := account.Insert(tx, &a); err != nil {
			return err
		}
		p.id, p.path = a.ID, []id.Account{a.ID}
		u.Accounts = append(u.Accounts, a.ID)
		if err := journal.Record(tx, b.r.By, "account.created", journal.About("account", a.ID), map[string]any{
			"name": a.Name, "kind": a.Kind, "billing": a.Billing, "import": b.r.Import,
		}); err != nil {
			return err
		}
	}
	locked := map[id.Account]bool{}
	for _, t := range b.people {
		if t.payer == nil {
			continue
		}
		t.Account = t.payer.id
		// Nobody closes or limits it while people come into it.
		if top := t.payer.path[len(t.payer.path)-1]; !locked[top] {
			locked[top] = true
			if err := account.Lock(tx, b.r.By.Workspace, top); err != nil {
				return err
			}
		}
	}
	return nil
}

// Accounts are the names of those that the chunk makes, each once.
func (b *Batch) Accounts() (names []string) {
	for _, p := range b.payersToMake {
		if !slices.Contains(names, p.name) {
			names = append(names, p.name)
		}
	}
	return names
}
