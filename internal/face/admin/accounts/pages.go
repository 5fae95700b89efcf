// Package accounts is the console's pages about accounts: customers and what is
// below them, who manages them and who charges on them, what limits them and
// what is paid back. Owners of accounts see their own part of it here.
package accounts

import (
	"net/http"
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/account"
	"involt/internal/core/id"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/browse/accounts"
	"involt/internal/flow/clients"
)

// Config is what the pages are made of. Every field must be set.
type Config struct {
	Clients  *clients.Service
	Accounts *accounts.Service
}

// Pages are the pages.
type Pages struct{ Config }

// New returns the pages.
func New(cfg Config) *Pages { return &Pages{cfg} }

// Routes are everything the pages answer to.
func (c *Pages) Routes() []frame.Route {
	const invite = access.AccountsRead | access.PeopleWrite
	return []frame.Route{
		{Pattern: "GET /users/customers", Need: access.AccountsRead, Part: true, Do: c.customers},
		{Pattern: "GET /users/customers/invite", Need: access.AccountsWrite | access.PeopleWrite, Do: c.clientForm},
		{Pattern: "POST /users/customers/invite", Need: access.AccountsWrite | access.PeopleWrite, Do: c.client},
		{Pattern: "GET /users/end-user", Need: invite, Part: true, Do: c.endUserForm},
		{Pattern: "POST /users/end-user", Need: invite, Part: true, Do: c.endUser},

		{Pattern: "GET /accounts", Need: access.AccountsRead, Part: true, Do: c.accounts},
		{Pattern: "GET /accounts/find", Need: access.AccountsRead, Part: true, Do: c.find},
		{Pattern: "GET /accounts/{account}", Need: access.AccountsRead, Part: true, Do: c.account},
		{Pattern: "GET /accounts/{account}/edit", Need: access.AccountsWrite | access.PersonalData, Part: true, Do: c.editForm},
		{Pattern: "POST /accounts/{account}/edit", Need: access.AccountsWrite | access.PersonalData, Part: true, Do: c.edit},
		{Pattern: "GET /accounts/{account}/limits", Need: access.AccountsWrite, Part: true, Do: c.limitForm},
		{Pattern: "POST /accounts/{account}/limits", Need: access.AccountsWrite, Part: true, Do: c.limit},
		{Pattern: "GET /accounts/{account}/sub-account", Need: access.AccountsWrite | access.PeopleWrite, Part: true, Do: c.subForm},
		{Pattern: "POST /accounts/{account}/sub-account", Need: access.AccountsWrite | access.PeopleWrite, Part: true, Do: c.sub},
		{Pattern: "GET /accounts/{account}/rate", Need: access.AccountsWrite, Part: true, Do: c.rateForm},
		{Pattern: "POST /accounts/{account}/rate", Need: access.AccountsWrite, Part: true, Do: c.rate},
		{Pattern: "POST /accounts/{account}/rate/drop", Need: access.AccountsWrite, Part: true, Do: c.rateDrop},
		{Pattern: "POST /accounts/{account}/agreement", Need: access.AccountsWrite, Part: true, Do: c.agreement},
		{Pattern: "GET /accounts/{account}/close", Need: access.AccountsWrite, Part: true, Do: c.closeAsk},
		{Pattern: "POST /accounts/{account}/close", Need: access.AccountsWrite, Part: true, Do: c.close},
		{Pattern: "POST /accounts/{account}/vat", Need: access.AccountsWrite, Part: true, Do: c.vat},
		{Pattern: "POST /accounts/{account}/reopen", Need: access.AccountsWrite, Part: true, Do: c.reopen},
	}
}

// done are the sentences of what was done.
var done = map[string]string{
	"client-invited": "Invitation sent. The account is theirs as soon as they come in.",
	"user-invited":   "Invitation sent.",
	"sub-made":       "Sub-account added, and the invitation sent.",
	"saved":          "Saved.",
	"limited":        "Saved. It holds from now on.",
	"rate-set":       "Rate agreed. Days that are over keep the rate they had.",
	"rate-dropped":   "Rate taken back.",
	"paused":         "Paused: sessions from now on are not paid back until it is resumed.",
	"resumed":        "Resumed.",
	"ended":          "Ended.",
	"agreed-again":   "Reopened.",
	"vat-asked":      "VIES is being asked. Load the page again in a moment.",
	"closed":         "Account closed. Its users are refused from now on.|%s accounts closed. Their users are refused from now on.",
	"reopened":       "Account reopened. Its users may charge again.|%s accounts reopened. Their users may charge again.",
}

// said is a field of a form without spaces around it.
func said(r *http.Request, name string) string { return strings.TrimSpace(r.PostFormValue(name)) }

func accountOf(r *http.Request) id.Account { return id.Account(r.PathValue("account")) }

// again reports whether a use case's error is about what was typed: then the form
// is shown again.
func again(err error) (ui.Errors, bool) { return ui.ErrorsOf(err) }

// billingOf reads name and billing data from a form.
func billingOf(r *http.Request, a *account.Account) {
	a.Name, a.Billing = said(r, "name"), account.Billing(said(r, "billing"))
	a.LegalName, a.Street, a.Postcode, a.City = said(r, "legal_name"), said(r, "street"), said(r, "postcode"), said(r, "city")
	a.Country, a.VATID = said(r, "country"), said(r, "vat_id")
}

// billingOrder are the fields of billing data from top to bottom.
var billingOrder = []string{"billing", "legal_name", "street", "postcode", "city", "country", "vat_id"}

// crumbs lead to a page of an account.
func crumbs(v *frame.Visit, d *accounts.Detail) []ui.Link {
	list := []ui.Link{{Label: "People"}, {Label: "Accounts", Href: v.To("/accounts")}}
	if d == nil {
		return list
	}
	for _, up := range d.Path {
		list = append(list, ui.Link{Label: up.Name, Href: v.To("/accounts/" + string(up.ID))})
	}
	return append(list, ui.Link{Label: d.Name, Href: v.To("/accounts/" + string(d.ID))})
}

var (
	billings = []ui.Option{
		{Value: string(account.Business), Label: "Business", Hint: "A company, with its legal name, address and VAT id."},
		{Value: string(account.Consumer), Label: "Consumer", Hint: "A private person."},
	}
	kinds = []ui.Option{
		{Value: string(account.Employee), Label: "Employee", Hint: "One person who charges. Private charging is reimbursed automatically."},
		{Value: string(account.Subsidiary), Label: "Subsidiary", Hint: "A part of the company with people and sub-accounts of its own. Reimbursement is settled by hand."},
	}
	kindFilter  = []ui.Option{{Value: "customer", Label: "Customer"}, {Value: "subsidiary", Label: "Subsidiary"}, {Value: "employee", Label: "Employee"}}
	stateFilter = []ui.Option{{Value: "open", Label: "Open"}, {Value: "closed", Label: "Closed"}}
)
