package accounts

import (
	"net/http"
	"net/url"
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/account"
	"involt/internal/core/person"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/browse/accounts"

	"github.com/a-h/templ"
)

// listPage is the list of customers, or of all accounts.
type listPage struct {
	v         *frame.Visit
	shell     ui.ConsoleProps
	url       *url.URL
	rd        ui.Reader
	customers bool
	filter    accounts.Filter
	page      accounts.Page
}

func (c *Pages) customers(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	return c.list(w, r, v, true)
}

func (c *Pages) accounts(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	return c.list(w, r, v, false)
}

func (c *Pages) list(w http.ResponseWriter, r *http.Request, v *frame.Visit, customers bool) error {
	q := r.URL.Query()
	p := listPage{v: v, url: r.URL, rd: ui.ReaderOf(r.Context()), customers: customers}
	p.filter = accounts.Filter{Q: strings.TrimSpace(q.Get("q")), Customers: customers, State: account.State(q.Get("state")), Paging: frame.Paging(q)}
	if !customers {
		p.filter.Kind = account.Kind(q.Get("kind"))
	}
	var err error
	if p.page, err = c.Accounts.List(r.Context(), v.By, p.filter); err != nil {
		return err
	}
	if customers {
		p.shell = v.Shell("Customers", ui.Link{Label: "People"}, ui.Link{Label: "Users", Href: v.To("/users")})
	} else {
		p.shell = v.Shell("Accounts", ui.Link{Label: "People"})
	}
	p.shell.Toast = frame.Toast(r, done)
	return ui.Render(w, r, http.StatusOK, listOf(p))
}

func (p listPage) path() string {
	if p.customers {
		return p.v.To("/users/customers")
	}
	return p.v.To("/accounts")
}

func (p listPage) title() (title, text string) {
	if p.customers {
		return "Customers", "Those who pay for themselves and for all below them. Each account has an owner, who manages it."
	}
	return "Accounts", "Who pays: customers, their subsidiaries and employees."
}

// actions stand at the top right: the one that the page is for is the primary one.
func (p listPage) actions() (list []templ.Component) {
	may := func(perm access.Perm) bool { return p.page.Perms.Has(perm) }
	if p.customers && may(access.AccountsRead|access.PeopleWrite) {
		list = append(list, ui.LinkButton(ui.ButtonProps{Label: "Add end-user", Icon: "user-plus", Variant: "outline", Href: p.v.To("/users/end-user")}))
	}
	if p.mayInvite() {
		list = append(list, p.inviteButton())
	}
	return list
}

// mayInvite reports whether the visitor may make customers: in the whole workspace
// alone.
func (p listPage) mayInvite() bool {
	return p.v.By.Need(access.AccountsWrite|access.PeopleWrite|access.StaffWrite) == nil
}

func (p listPage) inviteButton() templ.Component {
	return ui.LinkButton(ui.ButtonProps{Label: "Invite client", Icon: "send", Href: p.v.To("/users/customers/invite")})
}

func (p listPage) bar() ui.FilterBarProps {
	bar := ui.FilterBarProps{Action: p.path(), Target: "list", Query: p.filter.Q, Placeholder: "Search account names"}
	if !p.customers {
		bar.Filters = append(bar.Filters, ui.Filter{Name: "kind", Label: "Any kind", Value: string(p.filter.Kind), Options: kindFilter})
	}
	bar.Filters = append(bar.Filters, ui.Filter{Name: "state", Label: "Any state", Value: string(p.filter.State), Options: stateFilter})
	if p.narrowed() {
		bar.Clear = p.path()
	}
	return bar
}

func (p listPage) narrowed() bool {
	return p.filter.Q != "" || p.filter.Kind != "" || p.filter.State != ""
}

func (p listPage) table() ui.TableProps {
	t := ui.TableProps{Caption: "Accounts", Target: "list", Columns: []ui.Column{{Label: "Account", Main: true}, {Label: "Account owner"}, {Label: "Users", Num: true}, {Label: "Sub-accounts", Num: true}, {Label: "Type"}, {Label: "State"}}}
	switch {
	case p.narrowed():
		t.Empty = ui.EmptyState("search", "No account like this", "Try fewer letters, or take the filters off.", nil)
	case p.mayInvite():
		t.Empty = ui.EmptyState("building-2", "No customers yet", "Invite the first one: they get an account, and manage it themselves.", p.inviteButton())
	default:
		t.Empty = ui.EmptyState("building-2", "No accounts yet", "Accounts appear here as soon as somebody invites the first customer.", nil)
	}
	for _, a := range p.page.Rows {
		t.Rows = append(t.Rows, ui.Row{
			ID: string(a.ID), Name: a.Name, Href: p.v.To("/accounts/" + string(a.ID)),
			Cells: []templ.Component{accountName(a, p.customers), ownerNames(p.v, a.Owners), ui.Number(a.Users), ui.Number(a.Children), ui.Quiet(a.Billing.Label()), stateBadge(a.Account)},
		})
	}
	return t
}

// find answers what was typed into a field for an account: options, as a page of
// HTML holds them.
func (c *Pages) find(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	list, err := c.Accounts.Find(r.Context(), v.By, r.URL.Query().Get("q"))
	if err != nil {
		return err
	}
	return ui.Render(w, r, http.StatusOK, ui.Options(options(list)))
}

func options(list []accounts.Choice) (all []ui.Option) {
	for _, a := range list {
		all = append(all, ui.Option{Value: string(a.ID), Label: a.Label})
	}
	return all
}

func statusLabel(s string) string { return person.Status(s).Label() }
