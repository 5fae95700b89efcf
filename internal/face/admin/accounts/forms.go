package accounts

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"involt/internal/core/account"
	"involt/internal/core/id"
	"involt/internal/core/reimburse"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/browse/accounts"
	"involt/internal/flow/clients"
	"involt/internal/kit/errs"
)

// form is what the forms of accounts have in common: what was typed.
type form struct {
	v     *frame.Visit
	shell ui.ConsoleProps
	base  string // of the account it is about
	d     *accounts.Detail
	a     account.Account
	email string
	roles []string // end-user: "driver" or "account-owner"; client: ticked boxes
	typed string   // the account, as it was typed
	rate  clients.Rate
	until string
	limit string
	note  string
	offer []ui.Option // accounts
	wrong ui.Errors
}

func (c *Pages) detail(r *http.Request, v *frame.Visit) (f form, err error) {
	d, err := c.Accounts.One(r.Context(), v.By, accountOf(r))
	return form{v: v, d: &d, a: d.Account, base: v.To("/accounts/" + string(d.ID))}, err
}

// version is the row that the form was made of.
func version(r *http.Request) int64 {
	n, _ := strconv.ParseInt(r.PostFormValue("version"), 10, 64)
	return n
}

func (f form) hidden() []ui.Hidden {
	return []ui.Hidden{{Name: "version", Value: strconv.FormatInt(f.a.Version, 10)}}
}

func (c *Pages) editForm(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	f, err := c.detail(r, v)
	if err != nil {
		return err
	}
	f.email = f.a.Email
	return c.showEdit(w, r, f, http.StatusOK)
}

func (c *Pages) showEdit(w http.ResponseWriter, r *http.Request, f form, status int) error {
	f.shell = f.v.Shell("Change", crumbs(f.v, f.d)...)
	return ui.Render(w, r, status, edit(f))
}

func (c *Pages) edit(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	f, err := c.detail(r, v)
	if err != nil {
		return err
	}
	billingOf(r, &f.a)
	if f.d.Top { // its kind of billing is for those above it, and its field not in the form
		f.a.Billing = f.d.Billing
	}
	f.a.Version, f.email = version(r), said(r, "email")
	f.a.Email = f.email
	_, err = c.Clients.Update(r.Context(), v.By, f.a)
	if wrong, ok := again(err); ok {
		f.wrong = wrong
		return c.showEdit(w, r, f, http.StatusUnprocessableEntity)
	}
	return c.after(w, r, v, err, "saved", -1)
}

func (c *Pages) limitForm(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	f, err := c.detail(r, v)
	if err != nil {
		return err
	}
	rd := ui.ReaderOf(r.Context())
	if f.a.UserLimit > 0 {
		f.limit = strconv.FormatInt(f.a.UserLimit, 10)
	}
	if !f.a.Until.IsZero() {
		f.until = f.a.Until.Add(-time.Millisecond).In(rd.Zone).Format(time.DateOnly)
	}
	return c.showLimit(w, r, f, http.StatusOK)
}

func (c *Pages) showLimit(w http.ResponseWriter, r *http.Request, f form, status int) error {
	if f.d.Top {
		return errs.New(errs.Denied, "This is your own account: changing its limits is for those above it. Ask whoever invited you.")
	}
	f.shell = f.v.Shell("Limits", crumbs(f.v, f.d)...)
	return ui.Render(w, r, status, limits(f))
}

// limit saves what limits an account. The last day is the whole day in the
// reader's zone.
func (c *Pages) limit(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	f, err := c.detail(r, v)
	if err != nil {
		return err
	}
	f.a.Version, f.until, f.limit = version(r), said(r, "until"), said(r, "user_limit")
	wrong := ui.Errors{}
	f.a.UserLimit, f.a.Until = 0, time.Time{}
	if f.limit != "" {
		if f.a.UserLimit, err = strconv.ParseInt(f.limit, 10, 64); err != nil || f.a.UserLimit < 1 {
			wrong["user_limit"] = "Give a number from 1, or leave it empty for no limit."
		}
	}
	if f.until != "" {
		day, ok := frame.DayOf(f.until, ui.ReaderOf(r.Context()))
		if !ok {
			wrong["until"] = "Choose a day, or leave it empty."
		}
		f.a.Until = day.AddDate(0, 0, 1)
	}
	f.a.Places = nil
	for _, l := range r.PostForm["places"] {
		f.a.Places = append(f.a.Places, id.Location(l))
	}
	// What is not offered here stays as it is.
	for _, l := range f.d.Account.Places {
		if !slices.ContainsFunc(f.d.Offer, func(c choice) bool { return c.ID == string(l) }) {
			f.a.Places = append(f.a.Places, l)
		}
	}
	if len(wrong) == 0 {
		_, err = c.Clients.Limit(r.Context(), v.By, f.a)
		if wrong, ok := again(err); ok {
			f.wrong = wrong
		}
	} else {
		f.wrong = wrong
	}
	if f.wrong != nil {
		return c.showLimit(w, r, f, http.StatusUnprocessableEntity)
	}
	return c.after(w, r, v, err, "limited", -1)
}

func (c *Pages) rateForm(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	f, err := c.detail(r, v)
	if err != nil {
		return err
	}
	f.rate.From = string(f.d.Today)
	return c.showRate(w, r, f, http.StatusOK)
}

func (c *Pages) showRate(w http.ResponseWriter, r *http.Request, f form, status int) error {
	if f.d.Top || f.a.Kind == account.Customer {
		return errs.New(errs.Denied, "What is paid back is agreed by those above an account. Ask whoever invited you.")
	}
	f.shell = f.v.Shell("Reimbursement rate", crumbs(f.v, f.d)...)
	return ui.Render(w, r, status, rate(f))
}

func rateOf(r *http.Request) clients.Rate {
	return clients.Rate{Amount: said(r, "rate"), Currency: said(r, "currency"), From: said(r, "from")}
}

func (c *Pages) rate(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	f, err := c.detail(r, v)
	if err != nil {
		return err
	}
	f.rate = rateOf(r)
	err = c.Clients.SetRate(r.Context(), v.By, f.d.ID, f.rate)
	if wrong, ok := again(err); ok {
		f.wrong = wrong
		return c.showRate(w, r, f, http.StatusUnprocessableEntity)
	}
	return c.after(w, r, v, err, "rate-set", -1)
}

// currency is the agreement's, which stays; "EUR" where there is none yet.
func (f form) currency() string {
	switch {
	case f.d != nil && f.d.Rates != nil:
		return f.d.Rates.Currency
	case f.rate.Currency != "":
		return f.rate.Currency
	default:
		return "EUR"
	}
}

func currencyOptions() (list []ui.Option) {
	for _, c := range reimburse.Currencies {
		list = append(list, ui.Option{Value: c, Label: c})
	}
	return list
}

func (c *Pages) subForm(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	f, err := c.detail(r, v)
	if err != nil {
		return err
	}
	f.a = account.Account{Billing: account.Consumer, Country: f.d.Country}
	return c.showSub(w, r, f, http.StatusOK)
}

func (c *Pages) showSub(w http.ResponseWriter, r *http.Request, f form, status int) error {
	f.shell = f.v.Shell("Add sub-account", crumbs(f.v, f.d)...)
	return ui.Render(w, r, status, sub(f))
}

func (c *Pages) sub(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	f, err := c.detail(r, v)
	if err != nil {
		return err
	}
	f.a = account.Account{Parent: f.d.ID, Kind: account.Kind(said(r, "kind"))}
	billingOf(r, &f.a)
	f.email, f.rate, f.note = said(r, "email"), rateOf(r), said(r, "message")
	if f.a.Name == "" {
		f.wrong = ui.Errors{"name": "Give the account a name."}
		return c.showSub(w, r, f, http.StatusUnprocessableEntity)
	}
	a, _, err := c.Clients.AddSubAccount(r.Context(), v.By, clients.SubAccount{Account: f.a, Email: f.email, Rate: f.rate, Message: f.note})
	if wrong, ok := again(err); ok {
		f.wrong = wrong
		return c.showSub(w, r, f, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	ui.RedirectDone(w, r, v.To("/accounts/"+string(a.ID)), "sub-made", -1)
	return nil
}

func (c *Pages) clientForm(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	return c.showClient(w, r, form{v: v, a: account.Account{Billing: account.Consumer}, roles: []string{"account-owner"}}, http.StatusOK)
}

func (c *Pages) showClient(w http.ResponseWriter, r *http.Request, f form, status int) error {
	f.shell = f.v.Shell("Invite client", ui.Link{Label: "People"}, ui.Link{Label: "Users", Href: f.v.To("/users")}, ui.Link{Label: "Customers", Href: f.v.To("/users/customers")})
	return ui.Render(w, r, status, client(f))
}

func (c *Pages) client(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	f := form{v: v, email: said(r, "email"), roles: r.PostForm["role"], note: said(r, "message")}
	billingOf(r, &f.a)
	if !slices.Contains(f.roles, "account-owner") {
		f.wrong = ui.Errors{"role": "Tick Account owner: a customer's first person manages the account."}
		return c.showClient(w, r, f, http.StatusUnprocessableEntity)
	}
	a, _, err := c.Clients.InviteClient(r.Context(), v.By, clients.Client{Account: f.a, Email: f.email, Message: f.note})
	if wrong, ok := again(err); ok {
		f.wrong = wrong
		return c.showClient(w, r, f, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	ui.RedirectDone(w, r, v.To("/accounts/"+string(a.ID)), "client-invited", -1)
	return nil
}

func (c *Pages) endUserForm(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	f := form{v: v, roles: []string{"driver"}}
	if acc := id.Account(r.URL.Query().Get("account")); acc != "" {
		d, err := c.Accounts.One(r.Context(), v.By, acc)
		if err != nil {
			return err
		}
		f.typed = label(&d)
	}
	return c.showEndUser(w, r, f, http.StatusOK)
}

// label is an account as its field takes it.
func label(d *accounts.Detail) string {
	text := d.Name
	for _, up := range slices.Backward(d.Path) {
		text += " · " + up.Name
	}
	return text
}

func (c *Pages) showEndUser(w http.ResponseWriter, r *http.Request, f form, status int) error {
	list, err := c.Accounts.Find(r.Context(), f.v.By, "")
	if err != nil {
		return err
	}
	f.offer = options(list)
	f.shell = f.v.Shell("Add end-user", ui.Link{Label: "People"}, ui.Link{Label: "Users", Href: f.v.To("/users")}, ui.Link{Label: "Customers", Href: f.v.To("/users/customers")})
	return ui.Render(w, r, status, endUser(f))
}

func (c *Pages) endUser(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	f := form{v: v, email: said(r, "email"), typed: said(r, "account"), roles: r.PostForm["role"], rate: rateOf(r), note: said(r, "message")}
	acc, err := c.Accounts.Typed(r.Context(), v.By, f.typed)
	wrong, ok := again(err)
	if err != nil && !ok {
		return err
	}
	a, _, err := c.Clients.AddEndUser(r.Context(), v.By, clients.EndUser{Email: f.email, Account: acc, Owner: slices.Contains(f.roles, "account-owner"), Rate: f.rate, Message: f.note})
	if more, ok := again(err); ok {
		if wrong == nil {
			wrong = ui.Errors{}
		}
		for field, text := range more {
			if wrong[field] == "" {
				wrong[field] = text
			}
		}
		f.wrong = wrong
		return c.showEndUser(w, r, f, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	ui.RedirectDone(w, r, v.To("/accounts/"+string(a.ID)), "user-invited", -1)
	return nil
}
