package accounts

import (
	"net/http"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/account"
	"involt/internal/core/reimburse"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/browse/accounts"
	"involt/internal/flow/clients"

	"github.com/a-h/templ"
)

// accountPage is one account.
type accountPage struct {
	v      *frame.Visit
	shell  ui.ConsoleProps
	rd     ui.Reader
	d      accounts.Detail
	base   string
	notice string // what went wrong with something that has no form
	looks  bool   // VAT ids are looked up
}

func (c *Pages) account(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	return c.show(w, r, v, nil, http.StatusOK)
}

// show shows an account's page, with what went wrong.
func (c *Pages) show(w http.ResponseWriter, r *http.Request, v *frame.Visit, wrong ui.Errors, status int) error {
	d, err := c.Accounts.One(r.Context(), v.By, accountOf(r))
	if err != nil {
		return err
	}
	list := crumbs(v, &d)
	p := accountPage{v: v, d: d, looks: c.Clients.AsksRegister(), rd: ui.ReaderOf(r.Context()), base: v.To("/accounts/" + string(d.ID)), shell: v.Shell(d.Name, list[:len(list)-1]...)}
	for _, text := range wrong {
		p.notice = text
	}
	p.shell.Toast = frame.Toast(r, done)
	return ui.Render(w, r, status, one(p))
}

func (p accountPage) open() bool { return p.d.State == account.Open }

// mayWrite reports whether the account may be changed, and mayRule whether what
// limits it may be: that is for those above it.
func (p accountPage) mayWrite() bool { return p.d.Perms.Has(access.AccountsWrite) }

func (p accountPage) mayRule() bool { return p.mayWrite() && !p.d.Top }

func (p accountPage) mayInvite() bool { return p.open() && p.d.Perms.Has(access.PeopleWrite) }

func (p accountPage) actions() (list []templ.Component) {
	if p.mayInvite() {
		list = append(list, ui.LinkButton(ui.ButtonProps{Label: "Add end-user", Icon: "user-plus", Variant: "outline", Href: p.v.To("/users/end-user?account=" + string(p.d.ID))}))
	}
	if p.mayInvite() && p.mayWrite() && p.d.Kind != account.Employee {
		list = append(list, ui.LinkButton(ui.ButtonProps{Label: "+ Add sub-account", Href: p.base + "/sub-account"}))
	}
	return list
}

// text says what the account is, under its name.
func (p accountPage) text() string {
	return p.d.Kind.Label() + " · " + p.d.Billing.Label()
}

// shut says why nobody of the account may charge; "" if they may.
func (p accountPage) shut() (title, text string) {
	by := func(what string) string {
		n, other := p.d.Limiters[what]
		switch {
		case !other:
			return ""
		case n.Name == "":
			return " An account above it decides that."
		default:
			return " " + n.Name + " above it decides that."
		}
	}
	switch p.d.Limits.Refuses(p.d.Now) {
	case "closed":
		text = "Nobody of it may charge, and invitations into it do not work."
		if p.d.Reason != "" {
			text = "Reason: " + p.d.Reason + ". " + text
		}
		return "This account is closed since " + p.rd.DateTime(p.d.StateAt), strings.TrimSpace(text + by("shut"))
	case "ended":
		return "This account has ended on " + p.rd.Date(p.d.Limits.Until), "Nobody of it may charge any more." + by("until")
	}
	return "", ""
}

// reopens reports whether the account can be opened here: it was closed itself, or
// all above it are open again.
func (p accountPage) reopens() bool {
	_, other := p.d.Limiters["shut"]
	return !p.open() && p.mayRule() && !other && (p.d.ClosedBy == p.d.ID || len(p.d.Path) == 0 || p.d.Path[len(p.d.Path)-1].State == account.Open)
}

func (p accountPage) address() string {
	var lines []string
	for _, s := range []string{p.d.LegalName, p.d.Street, strings.TrimSpace(p.d.Postcode + " " + p.d.City), countryName(p.d.Country)} {
		if s != "" {
			lines = append(lines, s)
		}
	}
	return strings.Join(lines, "\n")
}

// registered says what the register of VAT ids says.
func (p accountPage) registered() string {
	r := p.d.VAT
	switch {
	case r == nil:
		return ""
	case r.State == account.Confirmed && r.Name != "":
		return "Confirmed by VIES on " + p.rd.Date(r.Told) + ", registered as " + r.Name
	case r.State == account.Confirmed:
		return "Confirmed by VIES on " + p.rd.Date(r.Told)
	case r.State == account.Unknown:
		return "Not found in VIES on " + p.rd.Date(r.Told) + ". Its form is right: check it with the customer. It may also be new, or not registered for trade within the EU."
	case !p.looks:
		return ""
	case r.Tries > 0:
		return "VIES has not answered yet. It is asked again by itself."
	default:
		return "VIES is being asked."
	}
}

// asksAgain reports whether the register can be asked from here.
func (p accountPage) asksAgain() bool {
	r := p.d.VAT
	return p.looks && p.mayWrite() && r != nil && (r.State == account.Unknown || r.State == account.Unasked && r.Tries > 0)
}

// limit are the lines about limits: what holds, and whose limit it is.
type limitLine struct{ label, value, whose string }

func (p accountPage) limits() []limitLine {
	whose := func(what string) string {
		n, other := p.d.Limiters[what]
		switch {
		case !other:
			return ""
		case n.Name == "":
			return "set above"
		default:
			return "set by " + n.Name
		}
	}
	users := limitLine{label: "Users", value: p.rd.Int(p.d.Users)}
	if p.d.UserLimit > 0 {
		users.value += " of " + p.rd.Int(p.d.UserLimit) + " at most"
	} else {
		users.value += ", no limit of its own"
	}
	until := limitLine{label: "Ends", value: "Never"}
	if t := p.d.Limits.Until; !t.IsZero() {
		until.value, until.whose = p.rd.Date(t.Add(-time.Millisecond)), whose("until")
	}
	places := limitLine{label: "Where", value: "Wherever its users may"}
	if !p.d.Limits.Any {
		places.value, places.whose = p.placeText(), whose("places")
	}
	return []limitLine{users, until, places}
}

// placeText names where the account is open.
func (p accountPage) placeText() string {
	names := map[string]string{}
	for _, c := range append(p.d.Places, p.d.Offer...) {
		names[c.ID] = c.Name
	}
	var list []string
	for _, l := range p.d.Limits.Places {
		if n := names[string(l)]; n != "" {
			list = append(list, n)
		}
	}
	if len(list) == 0 {
		return "Nowhere: no location is open to it and to all above it"
	}
	return strings.Join(list, ", ")
}

// rateNow is the rate that holds today.
func (p accountPage) rateNow() string {
	g := p.d.Rates
	if g == nil {
		return ""
	}
	r, ok := g.On(p.d.Today)
	if !ok {
		return "from " + string(g.Rates[0].From)
	}
	return r.String() + " " + g.Currency + " per kWh"
}

// manner says how reimbursement is paid.
func (p accountPage) manner() string {
	if p.d.Kind == account.Employee {
		return "Automated for an employee, month by month. Nothing is paid out yet."
	}
	return "Manual for a subsidiary: it is settled by hand."
}

// steps are the buttons that fit the agreement's state.
func (p accountPage) steps() (list []ui.ButtonProps) {
	g := p.d.Rates
	if g == nil || !p.mayRule() || !p.open() {
		return nil
	}
	add := func(label, value string) {
		list = append(list, ui.ButtonProps{Label: label, Name: "step", Value: value, Variant: "outline", Size: "sm"})
	}
	if g.May(reimburse.Paused) {
		add("Pause", string(clients.Pause))
	}
	switch g.State {
	case reimburse.Paused:
		add("Resume", string(clients.Resume))
	case reimburse.Ended:
		add("Reopen", string(clients.Reopen))
	case reimburse.Draft, reimburse.Waiting, reimburse.Active:
	}
	if g.May(reimburse.Ended) {
		add("End", string(clients.End))
	}
	return list
}

func (c *Pages) agreement(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	step := clients.Step(r.PostFormValue("step"))
	err := c.Clients.MoveAgreement(r.Context(), v.By, accountOf(r), step)
	key := map[clients.Step]string{clients.Pause: "paused", clients.Resume: "resumed", clients.End: "ended", clients.Reopen: "agreed-again"}[step]
	return c.after(w, r, v, err, key, -1)
}

func (c *Pages) rateDrop(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	err := c.Clients.DropRate(r.Context(), v.By, accountOf(r), reimburse.Day(r.PostFormValue("from")))
	return c.after(w, r, v, err, "rate-dropped", -1)
}

func (c *Pages) vat(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	err := c.Clients.AskRegister(r.Context(), v.By, accountOf(r))
	return c.after(w, r, v, err, "vat-asked", -1)
}

func (c *Pages) reopen(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	opened, err := c.Clients.Reopen(r.Context(), v.By, accountOf(r))
	return c.after(w, r, v, err, "reopened", len(opened))
}

// after leads back to the account, or shows it with what went wrong.
func (c *Pages) after(w http.ResponseWriter, r *http.Request, v *frame.Visit, err error, key string, n int) error {
	if wrong, ok := again(err); ok {
		return c.show(w, r, v, wrong, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	ui.RedirectDone(w, r, v.To("/accounts/"+r.PathValue("account")), key, n)
	return nil
}

// endPage asks before an account is closed: it says what ends.
type endPage struct {
	v      *frame.Visit
	shell  ui.ConsoleProps
	rd     ui.Reader
	e      accounts.Ending
	base   string
	reason string
	wrong  ui.Errors
}

func (c *Pages) closeAsk(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	return c.showEnd(w, r, v, "", nil, http.StatusOK)
}

func (c *Pages) showEnd(w http.ResponseWriter, r *http.Request, v *frame.Visit, reason string, wrong ui.Errors, status int) error {
	d, err := c.Accounts.One(r.Context(), v.By, accountOf(r))
	if err != nil {
		return err
	}
	e, err := c.Accounts.Ends(r.Context(), v.By, accountOf(r))
	if err != nil {
		return err
	}
	p := endPage{v: v, rd: ui.ReaderOf(r.Context()), e: e, base: v.To("/accounts/" + string(d.ID)), reason: reason, wrong: wrong, shell: v.Shell("Close", crumbs(v, &d)...)}
	return ui.Render(w, r, status, closing(p))
}

func (c *Pages) close(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	reason := said(r, "reason")
	closed, err := c.Clients.Close(r.Context(), v.By, accountOf(r), reason)
	if wrong, ok := again(err); ok {
		return c.showEnd(w, r, v, reason, wrong, http.StatusUnprocessableEntity)
	}
	return c.after(w, r, v, err, "closed", len(closed))
}

// button counts what the button does.
func (p endPage) button() string {
	switch n := p.e.Accounts; {
	case n == 0:
		return "Close account"
	case n == 1:
		return "Close it and 1 sub-account"
	default:
		return "Close it and " + p.rd.Int(n) + " sub-accounts"
	}
}

// lines say what ends, with numbers.
func (p endPage) lines() (list []string) {
	add := func(n int64, one, many string) {
		switch {
		case n == 1:
			list = append(list, one)
		case n > 1:
			list = append(list, p.rd.Int(n)+many)
		}
	}
	add(p.e.Users, "1 user can no longer charge. They may still sign in and see what is theirs.", " users can no longer charge. They may still sign in and see what is theirs.")
	add(p.e.Cards, "1 card is refused at every charger within a second.", " cards are refused at every charger within a second.")
	add(p.e.Accounts, "1 sub-account is closed with it.", " sub-accounts are closed with it.")
	add(p.e.Invited, "The link of 1 open invitation stops working.", " open invitations: their links stop working.")
	add(p.e.Rates, "1 agreement on reimbursement stays as it is, and nothing is added to it.", " agreements on reimbursement stay as they are, and nothing is added to them.")
	add(p.e.Running, "1 session that is running goes on until it ends.", " sessions that are running go on until they end.")
	if len(list) == 0 {
		list = []string{"Nobody charges on it, and nobody is invited."}
	}
	return list
}
