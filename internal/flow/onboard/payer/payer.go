// Package payer is the account that an invitation leads into: whether it is open,
// and how somebody comes into it and is paid back from then on.
package payer

import (
	"slices"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/account"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/reimburse"
	"involt/internal/core/workspace"
	"involt/internal/flow/onboard/gift"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Shut reports whether the account that an invitation leads into is closed or has
// ended: the one that its person has or will have.
func Shut(tx *db.Tx, v *invite.Invite, p *person.Person) (bool, error) {
	acc := p.Account
	if acc == "" {
		acc = v.Offer.Account
	}
	if acc == "" {
		return false, nil
	}
	path, err := account.Path(tx, v.Workspace, acc)
	if err != nil {
		return false, err
	}
	limits := account.Effective(path)
	return limits.Refuses(tx.Now) != "", nil
}

// Join puts somebody who has come in into the account that they were offered, if
// they have none and the inviter may still fill it; and what was agreed to pay
// them back begins.
func Join(tx *db.Tx, v *invite.Invite, p *person.Person) error {
	if p.Account == "" && v.Offer.Account == "" {
		return nil
	}
	by, err := gift.Inviter(tx, v)
	if err != nil {
		return err
	}
	if acc := v.Offer.Account; p.Account == "" {
		if !reaches(by, access.PeopleWrite, acc) {
			return nil // the inviter may no longer: nothing is given, as with roles
		}
		if err := account.Lock(tx, v.Workspace, acc); err != nil {
			return err
		}
		if err := account.Room(tx, v.Workspace, acc, ""); err != nil {
			return err
		}
		if err := put(tx, p, acc); err != nil {
			return err
		}
	}
	g, err := reimburse.Of(tx, v.Workspace, p.Account)
	switch {
	case errs.KindOf(err) == errs.NotFound && v.Offer.Rate != "" && p.Account == v.Offer.Account:
		return agree(tx, by, v, p)
	case errs.KindOf(err) == errs.NotFound, err == nil && g.State != reimburse.Draft:
		return nil
	case err != nil:
		return err
	}
	a, err := account.ByID(tx, v.Workspace, p.Account)
	if err != nil {
		return err
	}
	g.State, g.StateAt = reimburse.Active, tx.Now
	if a.Kind == account.Employee {
		g.State = reimburse.Waiting // for where to pay to
	}
	if err := reimburse.Save(tx, &g); err != nil {
		return err
	}
	self := access.Actor{Workspace: v.Workspace, Name: journal.About("person", p.ID), Person: p.ID}
	return journal.Record(tx, self, "reimbursement.changed", journal.About("account", a.ID), map[string]any{"state": [2]string{reimburse.Draft.Label(), g.State.Label()}})
}

func put(tx *db.Tx, p *person.Person, acc id.Account) error {
	p.Account = acc
	return person.Save(tx, p)
}

func reaches(by access.Actor, perm access.Perm, acc id.Account) bool {
	r, err := by.Within(perm)
	return err == nil && (r.Whole || slices.Contains(r.Accounts, acc))
}

// agree pays somebody back at the rate that one invitation of many has offered:
// as an employee, with an account of their own below the one that they were
// invited into, unless that is one. Nothing is agreed if the inviter could not
// agree on it now, or the tree is too deep.
func agree(tx *db.Tx, by access.Actor, v *invite.Invite, p *person.Person) error {
	rate, err := reimburse.ParseRate(v.Offer.Rate)
	if err != nil || !reaches(by, access.AccountsWrite, p.Account) {
		return nil //nolint:nilerr // an offer that was stored by an older version; nobody could mend it here
	}
	if err := account.Lock(tx, v.Workspace, p.Account); err != nil {
		return err
	}
	a, err := account.ByID(tx, v.Workspace, p.Account)
	if err != nil {
		return err
	}
	if a.Kind != account.Employee {
		own := account.Account{Workspace: v.Workspace, Parent: a.ID, Kind: account.Employee, Name: p.Name(), Email: p.Email, Billing: account.Consumer}
		if len([]rune(own.Name)) > 100 {
			own.Name = p.Email
		}
		if err := own.Clean(); err != nil {
			return err
		}
		if err := account.Insert(tx, &own); errs.KindOf(err) == errs.Conflict {
			return nil
		} else if err != nil {
			return err
		}
		if err := journal.Record(tx, by, "account.created", journal.About("account", own.ID), map[string]any{"name": own.Name, "kind": own.Kind, "billing": own.Billing, "parent": own.Parent}); err != nil {
			return err
		}
		if err := put(tx, p, own.ID); err != nil {
			return err
		}
		a = own
	}
	g := reimburse.Agreement{Workspace: v.Workspace, Account: a.ID, Currency: "EUR", State: reimburse.Waiting}
	if err := reimburse.Save(tx, &g); err != nil {
		return err
	}
	ws, err := workspace.ByID(tx, v.Workspace)
	if err != nil {
		return err
	}
	zone, err := time.LoadLocation(ws.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	from := reimburse.DayOf(tx.Now.In(zone))
	if err := reimburse.SetRate(tx, &g, reimburse.Dated{From: from, Rate: rate, By: by.Name}); err != nil {
		return err
	}
	return journal.Record(tx, by, "reimbursement.rate-set", journal.About("account", a.ID), map[string]any{"rate": [2]string{"", rate.String() + " " + g.Currency}, "from": from})
}
