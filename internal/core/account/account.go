// Package account is who pays: customers, and the employees and subsidiaries
// below them.
//
// Accounts form a tree. What a parent limits binds everything below it: a child
// may narrow further and never widen, and closing an account closes all below.
// An account is never deleted, since sessions and statements name it.
package account

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"involt/internal/core/id"
	"involt/internal/kit/errs"
	"involt/internal/kit/fold"
)

// Account is one node of the tree.
type Account struct {
	Workspace id.Workspace
	ID        id.Account
	Parent    id.Account // "" at the top of its tree
	Kind      Kind
	Name      string
	Email     string // where bills go, canonical; "" if none

	Billing   Billing
	LegalName string // of a business
	Street    string
	Postcode  string
	City      string
	Country   string // ISO 3166-1 alpha-2
	VATID     string // with its country's letters, without spaces: "DE136695976"

	State    State
	StateAt  time.Time
	Reason   string     // why it was closed
	ClosedBy id.Account // whose closing closed it: its own id if it was meant itself; "" while open

	UserLimit int64         // how many users it and all below it may have; 0: no limit of its own
	Until     time.Time     // from then on nobody of it may charge; zero: no end of its own
	Places    []id.Location // its users may charge at these only; none: no limit of its own. Sorted

	Version int64 // of the row that this was read from
	Created time.Time
}

// Kind is what an account is in the tree.
type Kind string

// The kinds. Only a customer is at the top, and only an employee has nothing
// below.
const (
	Customer   Kind = "customer"
	Employee   Kind = "employee"   // somebody who is paid back automatically
	Subsidiary Kind = "subsidiary" // a part of a company, which settles with it by hand
)

// Label is the kind as screens show it.
func (k Kind) Label() string {
	return map[Kind]string{Customer: "Customer", Employee: "Employee", Subsidiary: "Subsidiary"}[k]
}

// Billing is whom a bill is written to.
type Billing string

// The ways.
const (
	Business Billing = "business"
	Consumer Billing = "consumer"
)

// Label is the way of billing as screens show it.
func (b Billing) Label() string {
	return map[Billing]string{Business: "Business", Consumer: "Consumer"}[b]
}

// State is whether the users of an account may charge on it.
type State string

// The states.
const (
	Open   State = "open"
	Closed State = "closed"
)

// Label is the state as screens show it.
func (s State) Label() string { return map[State]string{Open: "Open", Closed: "Closed"}[s] }

// Called begins a sentence about an account for whoever may read it: a consumer's
// name is mostly a person's, and left out. self says that it is the one that was
// asked about, and not one above it.
func (a *Account) Called(self bool) string {
	switch {
	case a.Billing == Business:
		return "The account " + a.Name
	case self:
		return "This account"
	default:
		return "An account above it"
	}
}

// MaxDepth is how many accounts lie one below the other at most, the top one
// included.
const MaxDepth = 5

// Key is the form of a name that lists sort by and the search compares with.
func Key(name string) string { return fold.Text(strings.Join(strings.Fields(name), " ")) }

// limits of texts, in characters.
const (
	maxName = 100
	maxText = 200
)

// Clean brings a's texts into the form in which they are kept, and says at their
// fields what is wrong or missing: "name", "kind", "billing", "legal_name",
// "street", "postcode", "city", "country", "vat_id", "user_limit". The e-mail
// address is the caller's to clean.
func (a *Account) Clean() error {
	var wrong errs.List
	a.VATID, a.Country = strings.ToUpper(a.VATID), strings.ToUpper(strings.TrimSpace(a.Country))
	for _, f := range []struct {
		field, label string
		text         *string
		limit        int
	}{
		{"name", "account name", &a.Name, maxName},
		{"legal_name", "legal name", &a.LegalName, maxText},
		{"street", "street", &a.Street, maxText},
		{"postcode", "postcode", &a.Postcode, 20},
		{"city", "city", &a.City, maxName},
		{"vat_id", "VAT id", &a.VATID, 40},
	} {
		*f.text = strings.Join(strings.Fields(*f.text), " ")
		if n := len([]rune(*f.text)); n > f.limit {
			wrong.Add(errs.AtField(f.field, "The %s has %d characters; at most %d fit. Please shorten it.", f.label, n, f.limit))
		}
		if strings.ContainsFunc(*f.text, func(r rune) bool { return unicode.IsControl(r) || r == unicode.ReplacementChar }) {
			wrong.Add(errs.AtField(f.field, "The %s holds characters that cannot be shown. Please type it again.", f.label))
		}
	}
	if a.Name == "" {
		wrong.Add(errs.AtField("name", "Give the account a name."))
	}
	if a.Kind.Label() == "" || (a.Kind == Customer) != (a.Parent == "") {
		wrong.Add(errs.AtField("kind", "Say who will use this account: an employee or a subsidiary."))
	}
	wrong.Add(a.CleanLimits())
	wrong.Add(a.cleanBilling())
	return wrong.Err()
}

// CleanLimits does as Clean for what limits a alone.
func (a *Account) CleanLimits() error {
	slices.Sort(a.Places)
	a.Places = slices.Compact(a.Places)
	if a.UserLimit < 0 || a.UserLimit > 10_000_000 {
		return errs.AtField("user_limit", "Give a number from 1 to 10,000,000, or leave it empty for no limit.")
	}
	return nil
}

// cleanBilling checks what a bill needs to know.
func (a *Account) cleanBilling() error {
	var wrong errs.List
	switch a.Billing {
	case Consumer:
		a.LegalName, a.VATID = "", ""
	case Business:
		for _, f := range []struct{ field, text, label string }{
			{"legal_name", a.LegalName, "legal name"},
			{"street", a.Street, "street and number"},
			{"postcode", a.Postcode, "postcode"},
			{"city", a.City, "city"},
			{"country", a.Country, "country"},
		} {
			if f.text == "" {
				wrong.Add(errs.AtField(f.field, "A business needs its %s.", f.label))
			}
		}
	default:
		return errs.AtField("billing", "Choose Business or Consumer.")
	}
	if a.Country != "" && (len(a.Country) != 2 || strings.Trim(a.Country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "") {
		wrong.Add(errs.AtField("country", "Choose a country from the list."))
		return wrong.Err()
	}
	if a.Billing != Business || a.Country == "" {
		return wrong.Err()
	}
	vat, err := CleanVAT(a.Country, a.VATID)
	if err == nil {
		a.VATID = vat
	}
	wrong.Add(err)
	return wrong.Err()
}
