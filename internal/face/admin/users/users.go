package users

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/core/view"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"
	"involt/internal/kit/errs"

	"github.com/a-h/templ"
)

// usersPage is the list of users as it was asked for.
type usersPage struct {
	v      *frame.Visit
	shell  ui.ConsoleProps
	url    *url.URL
	filter browse.UserFilter
	page   browse.UserPage
	rows   []browse.UserRow
	cols   []column
	groups []ui.Option
	places []ui.Option
	costs  []string
	payer  string // the name of the account of the filter, as it was chosen or typed
	gone   string // what the filter is about and is no longer there: "group"
	views  []view.View
	work   working
	rd     ui.Reader
}

// Done are the sentences of what was done to users.
var Done = map[string]string{
	"invited":       "1 user invited. The mail is on its way.|%s users invited. The mails are on their way.",
	"none-selected": "Nobody was selected. Select users in the list first.",
	"none-imported": "Nobody has the status Imported, so there is nobody to invite.",
	"none-invited":  "Nobody has the status Invited, so there is nobody to invite again.",
	"view-saved":    "View saved.",
	"view-removed":  "View removed. The users in it stay as they are.",
}

func (c *Pages) users(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p := &usersPage{v: v, rd: ui.ReaderOf(r.Context())}
	u, q := *r.URL, r.URL.Query()
	if q.Has("cols") { // check boxes send one value each; an address has one
		q["cols"] = asked(q, []string{"cols"})["cols"]
	}
	var err error
	if p.filter, err = userFilter(q); err != nil {
		return err
	}
	if p.filter.Status != "" {
		q.Set("status", string(p.filter.Status))
	}
	if p.filter.Sort != "" && !sortable(v, p.filter.Sort) {
		// A link from somebody else: they see the list in its own order, from its
		// beginning.
		p.filter.Sort, p.filter.At = "", ""
		for _, name := range []string{"sort", "after", "before"} {
			q.Del(name)
		}
	}
	noAccount, err := c.payer(r, p)
	if err != nil {
		return err
	}
	if p.filter.Account != "" {
		q.Set("account", string(p.filter.Account))
	} else {
		q.Del("account")
	}
	u.RawQuery = q.Encode()
	p.url = &u
	p.cols = chosen(v, q, p.filter.Status)
	p.filter.Soon = true
	if p.page, err = c.Browse.Users(r.Context(), v.By, p.filter); err != nil {
		return err
	}
	if err := c.rowsOf(r, p); err != nil {
		return err
	}
	offer, err := c.Browse.UserChoices(r.Context(), v.By)
	if err != nil {
		return err
	}
	var noGroup, noPlace bool
	p.groups, noGroup = options(offer.Groups, string(p.filter.Group), deletedGroup)
	p.places, noPlace = options(offer.Locations, string(p.filter.Location), deletedLocation)
	switch {
	case noGroup:
		p.gone = "group"
	case noPlace:
		p.gone = "location"
	case noAccount:
		p.gone = "account"
	}
	p.groups = append(p.groups, ui.Option{Value: "none", Label: "In no group"})
	p.costs = offer.CostCenters
	if p.views, err = c.viewsFor(r, v); err != nil {
		return err
	}
	if v.Whole(access.PeopleRead) {
		if p.work, err = c.working(r, v, ""); err != nil {
			return err
		}
	}
	p.shell = v.Shell("Users", ui.Link{Label: "People"})
	p.shell.Toast = frame.Toast(r, Done)
	return ui.Render(w, r, http.StatusOK, users(p))
}

// payer makes of the account in the address, an id or what somebody typed, the one
// that is meant, and its name. gone says that there is none: then the filter finds
// nobody.
func (c *Pages) payer(r *http.Request, p *usersPage) (gone bool, err error) {
	text := strings.TrimSpace(string(p.filter.Account))
	if !p.v.May(access.AccountsRead) {
		text = ""
	}
	p.filter.Account = id.Account(text)
	if text == "" {
		return false, nil
	}
	if p.payer, err = c.Accounts.Label(r.Context(), p.v.By, p.filter.Account); errs.KindOf(err) != errs.NotFound {
		return false, err
	}
	p.payer = text
	found, err := c.Accounts.Typed(r.Context(), p.v.By, text)
	if err != nil {
		if k := errs.KindOf(err); k == errs.Invalid || k == errs.NotFound {
			return true, nil
		}
		return false, err
	}
	p.filter.Account = found
	p.payer, err = c.Accounts.Label(r.Context(), p.v.By, found)
	return false, err
}

// rowsOf reads what the page's columns need besides the list's own rows.
func (c *Pages) rowsOf(r *http.Request, p *usersPage) error {
	if !slices.ContainsFunc(p.cols, func(c column) bool { return c.extra }) {
		for _, u := range p.page.Rows {
			p.rows = append(p.rows, browse.UserRow{User: u})
		}
		return nil
	}
	ids := make([]id.Person, len(p.page.Rows))
	for i, u := range p.page.Rows {
		ids[i] = u.ID
	}
	var err error
	p.rows, err = c.Browse.UserRows(r.Context(), p.v.By, ids)
	return err
}

func (p *usersPage) tabs() []ui.Tab {
	over := false
	for _, more := range p.page.Over {
		over = over || more
	}
	tab := func(label string, s person.Status, n int64) ui.Tab {
		count := p.rd.Int(n)
		if p.page.Over[s] || s == "" && over {
			count += "+"
		}
		if p.page.Plain {
			count = ""
		}
		return ui.Tab{Label: label, Href: ui.WithQuery(p.url, "status", string(s)), Count: count, Current: p.filter.Status == s}
	}
	tabs := []ui.Tab{tab("All", "", p.page.All())}
	for _, s := range []person.Status{person.Active, person.Invited, person.ToBeApproved, person.Deactivated, person.Imported} {
		tabs = append(tabs, tab(s.Label(), s, p.page.Counts[s]))
	}
	if p.filter.Status == person.Declined || p.page.Counts[person.Declined] > 0 {
		tabs = append(tabs, tab(person.Declined.Label(), person.Declined, p.page.Counts[person.Declined]))
	}
	return tabs
}

func (p *usersPage) actions() ui.ActionsMenuProps {
	const why = "Select users in the list first."
	at := func(action string) string { return p.v.To("/bulk/" + action) }
	selected := func(label, icon, action string, danger bool) ui.ActionItem {
		return ui.ActionItem{Label: label, Icon: icon, Action: at(action), Danger: danger, Attrs: templ.Attributes{"data-needs-selection": "sel"}}
	}
	export := selected("Export", "download", "", false)
	export.Action, export.Attrs["formmethod"] = p.v.To("/users/export"), "get"
	if !p.v.Whole(access.PeopleWrite) { // work on many knows no part of the workspace
		export.Attrs["data-why"] = why
		return ui.ActionsMenuProps{ID: "act", Form: "sel", Blocks: []ui.ActionBlock{{Label: "Selected users", Items: []ui.ActionItem{export}}}}
	}
	items := []ui.ActionItem{
		selected("Invite selected", "mail", "invite", false),
		selected("Add to user group", "users", "group-add", false),
		selected("Remove from group", "user", "group-remove", false),
		selected("Set cost center", "wallet", "cost-center", false),
		selected("Reactivate", "user-check", "reactivate", false),
		export,
		selected("Deactivate", "user-x", "deactivate", true),
		selected("Delete", "trash-2", "delete", true),
	}
	if p.filter.Status == person.ToBeApproved {
		items = append([]ui.ActionItem{selected("Approve", "badge-check", "approve", false), selected("Decline", "ban", "decline", true)}, items...)
	}
	items[0].Attrs["data-why"] = why
	return ui.ActionsMenuProps{ID: "act", Form: "sel", Blocks: []ui.ActionBlock{
		{Label: "Bulk actions", Items: []ui.ActionItem{
			{Label: "Invite all imported", Icon: "send", Action: at("invite-imported")},
			{Label: "Re-invite pending", Icon: "refresh-cw", Action: at("invite-pending")},
		}},
		{Label: "Selected users", Items: items},
	}}
}

// exportURL is the list's address as its export takes it: who is meant, and not
// what is shown of them.
func (p *usersPage) exportURL() *url.URL {
	q := asked(p.url.Query(), filters)
	q.Set("all", "1")
	return &url.URL{RawQuery: q.Encode()}
}

// empty says why there is nobody, and what to do first.
func (p *usersPage) empty() templ.Component {
	f := p.filter
	all := clearFilters(p.v.To("/users"))
	if p.gone == "account" {
		return ui.EmptyState("search", "Nobody matches", "No account is called “"+p.payer+"”, or several are.", clearFilters(ui.WithQuery(p.url, p.gone, "")))
	}
	if p.gone != "" {
		return ui.EmptyState("search", "Nobody matches", "The "+p.gone+" that this list is narrowed down to has been deleted. Take that filter off, or choose another.", clearFilters(ui.WithQuery(p.url, p.gone, "")))
	}
	if f.Q != "" && !p.v.May(access.PersonalData) {
		return ui.EmptyState("search", "Nobody matches", "While names are hidden from you, users are found by their external id alone, and not by name, e-mail or card.", all)
	}
	if p.filtered() {
		text := "Try another spelling, or look among all users."
		if f.Q == "" {
			text = "No user fits all of these filters. Take one off, or look among all users."
		} else if n := p.page.All(); n > 0 && f.Status != "" {
			text = "Nobody with this status matches, but " + p.rd.Int(n) + " with another status do: see the tab All."
			all = clearFilters(ui.WithQuery(p.url, "status", ""))
		}
		return ui.EmptyState("search", "Nobody matches", text, all)
	}
	if p.page.All() == 0 {
		return ui.EmptyState("users", "Bring your people in", "Import a file of people and cards, or invite the first ones by e-mail. Nobody is written to before you say so.", firstPeople(p))
	}
	switch f.Status {
	case person.Invited:
		return ui.EmptyState("mail", "No invitation is open", "Everybody who was invited has come in. Whoever you invite next is listed here until they do.", firstPeople(p))
	case person.ToBeApproved:
		return ui.EmptyState("badge-check", "Nobody waits for approval", "Whoever comes in and needs somebody's approval is listed here.", nil)
	case person.Imported:
		return ui.EmptyState("import", "Nobody is waiting to be invited", "Users from a file are listed here until you invite them.", firstPeople(p))
	case person.Active:
		return ui.EmptyState("user-check", "Nobody is active yet", "Users become active when they accept their invitation.", firstPeople(p))
	case person.Deactivated:
		return ui.EmptyState("user-x", "Nobody is deactivated", "Whoever may no longer charge is listed here, with everything they did.", nil)
	case person.Declined:
		return ui.EmptyState("users", "Nobody was declined", "Whoever asked to come in and was refused is listed here.", nil)
	default:
		return ui.EmptyState("users", "Nobody here", "No user has this status.", all)
	}
}

func (p *usersPage) pager() ui.PagerProps {
	pg := ui.PagerProps{From: p.page.From, To: p.page.To, Total: p.page.Total, About: p.page.About, Target: "list"}
	if p.page.Prev != "" {
		pg.Prev = ui.WithQuery(p.url, "before", p.page.Prev)
	}
	if p.page.Next != "" {
		pg.Next = ui.WithQuery(p.url, "after", p.page.Next)
	}
	return pg
}
