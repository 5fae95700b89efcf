package users

import (
	"net/http"
	"net/url"
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"

	"github.com/a-h/templ"
)

// usersPage is the list of users as it was asked for.
type usersPage struct {
	v      *frame.Visit
	shell  ui.ConsoleProps
	url    *url.URL
	filter browse.UserFilter
	page   browse.UserPage
	groups []ui.Option
	rd     ui.Reader
}

// Done are the sentences of what was done to users.
var Done = map[string]string{
	"invited":       "1 user invited. The mail is on its way.|%s users invited. The mails are on their way.",
	"none-selected": "Nobody was selected. Select users in the list first.",
	"imported":      "Import applied.",
}

func userFilter(q url.Values) browse.UserFilter {
	f := browse.UserFilter{
		Status: person.Status(q.Get("status")), Q: q.Get("q"), Sort: browse.UserSort(q.Get("sort")),
		Paging: browse.Paging{At: q.Get("after") + q.Get("before")},
	}
	if g := q.Get("group"); g == "none" {
		f.NoGroup = true
	} else {
		f.Group = id.Group(g)
	}
	return f
}

// sortable reports whether v may sort the list like that.
func sortable(v *frame.Visit, by browse.UserSort) bool {
	switch browse.UserSort(strings.TrimPrefix(string(by), "-")) {
	case browse.ByName:
		return v.May(access.PersonalData)
	case browse.ByCharged, browse.BySessions, browse.ByCreated:
		return true
	}
	return false
}

func (c *Pages) users(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p := usersPage{v: v, url: r.URL, filter: userFilter(r.URL.Query()), rd: ui.ReaderOf(r.Context())}
	if p.filter.Sort != "" && !sortable(v, p.filter.Sort) {
		// A link from somebody else: they see the list in its own order, from its
		// beginning.
		p.filter.Sort, p.filter.At = "", ""
		u := *r.URL
		q := u.Query()
		for _, name := range []string{"sort", "after", "before"} {
			q.Del(name)
		}
		u.RawQuery = q.Encode()
		p.url = &u
	}
	var err error
	if p.page, err = c.Browse.Users(r.Context(), v.By, p.filter); err != nil {
		return err
	}
	offer, err := c.Browse.Choices(r.Context(), v.By)
	if err != nil {
		return err
	}
	for _, g := range offer.Groups {
		p.groups = append(p.groups, ui.Option{Value: string(g.ID), Label: g.Name})
	}
	p.groups = append(p.groups, ui.Option{Value: "none", Label: "In no group"})
	p.shell = v.Shell("Users", ui.Link{Label: "People"})
	p.shell.Toast = frame.Toast(r, Done)
	return ui.Render(w, r, http.StatusOK, users(p))
}

func (p usersPage) tabs() []ui.Tab {
	tab := func(label string, s person.Status, n int64) ui.Tab {
		return ui.Tab{Label: label, Href: ui.WithQuery(p.url, "status", string(s), "sort", ""), Count: p.rd.Int(n), Current: p.filter.Status == s}
	}
	tabs := []ui.Tab{tab("All", "", p.page.All())}
	for _, s := range []person.Status{person.Active, person.Invited, person.ToBeApproved, person.Deactivated, person.Imported} {
		tabs = append(tabs, tab(s.Label(), s, p.page.Counts[s]))
	}
	if p.filter.Status == person.Declined {
		tabs = append(tabs, tab(person.Declined.Label(), person.Declined, p.page.Counts[person.Declined]))
	}
	return tabs
}

// keep is the filter as hidden fields: what "all matching" means.
func (p usersPage) keep(also ...string) (list []ui.Hidden) {
	q := p.url.Query()
	for _, name := range append([]string{"status"}, also...) {
		if s := q.Get(name); s != "" {
			list = append(list, ui.Hidden{Name: name, Value: s})
		}
	}
	return list
}

func (p usersPage) bar() ui.FilterBarProps {
	placeholder := "Search name, e-mail, card …"
	if !p.v.May(access.PersonalData) {
		placeholder = "Search external id …"
	}
	group := string(p.filter.Group)
	if p.filter.NoGroup {
		group = "none"
	}
	bar := ui.FilterBarProps{
		Action: p.v.To("/users"), Target: "list", Query: p.filter.Q, Placeholder: placeholder,
		Filters: []ui.Filter{
			{Name: "status", Label: "Any status", Value: string(p.filter.Status), Options: statusOptions()},
			{Name: "group", Label: "Any group", Value: group, Options: p.groups},
		},
	}
	if s := p.url.Query().Get("sort"); s != "" {
		bar.Keep = []ui.Hidden{{Name: "sort", Value: s}}
	}
	if p.v.May(access.PeopleWrite) {
		bar.SelectForm, bar.Right = "sel", ui.ActionsMenu(p.actions())
	}
	return bar
}

func (p usersPage) actions() ui.ActionsMenuProps {
	at := func(action string) string { return p.v.To("/bulk/" + action) }
	selected := func(label, icon, action string, danger bool) ui.ActionItem {
		return ui.ActionItem{Label: label, Icon: icon, Action: at(action), Danger: danger, Attrs: templ.Attributes{"data-needs-selection": "sel"}}
	}
	first := selected("Invite selected", "mail", "invite", false)
	first.Attrs["data-why"] = "Select users in the list first."
	return ui.ActionsMenuProps{ID: "act", Form: "sel", Blocks: []ui.ActionBlock{
		{Label: "Bulk actions", Items: []ui.ActionItem{
			{Label: "Invite all imported", Icon: "send", Action: at("invite-imported")},
			{Label: "Re-invite pending", Icon: "refresh-cw", Action: at("invite-pending")},
		}},
		{Label: "Selected users", Items: []ui.ActionItem{
			first,
			selected("Add to user group", "users", "group", false),
			selected("Reactivate", "user-check", "reactivate", false),
			selected("Deactivate…", "user-x", "deactivate", true),
		}},
	}}
}

// head makes a column by which the list can be sorted.
func (p usersPage) head(label string, by browse.UserSort, col ui.Column) ui.Column {
	col.Label = label
	name, down := strings.CutPrefix(string(p.page.Sort), "-")
	next := string(by)
	if by != browse.ByName {
		next = "-" + next // figures and dates begin with the most
	}
	if name == string(by) {
		col.Sorted = "asc"
		next = "-" + name
		if down {
			col.Sorted = "desc"
			next = name
		}
	}
	col.SortHref = ui.WithQuery(p.url, "sort", next)
	return col
}

func (p usersPage) table() ui.TableProps {
	user := ui.Column{Label: "User", Main: true}
	if p.v.May(access.PersonalData) {
		user = p.head("User", browse.ByName, user)
	}
	t := ui.TableProps{Caption: "Users", Target: "list", Empty: p.empty()}
	invited := p.filter.Status == person.Invited
	if invited {
		t.Columns = []ui.Column{user, {Label: "Invitation"}, {Label: "Sent"}, {Label: "Opened"}, {Label: "Expires"}, {Label: "Group", Hide: true}, {Label: "Card", Hide: true}}
	} else {
		t.Columns = []ui.Column{user, {Label: "Status"}, {Label: "Group"}, {Label: "Card"}, p.head("Sessions", browse.BySessions, ui.Column{Num: true}), p.head("Last charge", browse.ByCharged, ui.Column{})}
	}
	for _, u := range p.page.Rows {
		row := ui.Row{ID: string(u.ID), Name: u.Name, Href: p.v.To("/users/" + string(u.ID)), Sheet: true}
		sub := u.Email
		if sub == u.Name || sub == "" {
			sub = u.ExternalID
		}
		if sub == u.Name {
			sub = ""
		}
		if v := u.Invite; invited && v != nil {
			row.Cells = []templ.Component{ui.Person(u.Name, sub), inviteState(v), agoOrDash(v.Sent), agoOrDash(v.Opened), ui.Time(v.Expires), frame.Some(u.Groups, false), frame.Some(u.Cards, true)}
		} else if invited {
			row.Cells = []templ.Component{ui.Person(u.Name, sub), ui.Quiet("No open invitation"), ui.Dash(), ui.Dash(), ui.Dash(), frame.Some(u.Groups, false), frame.Some(u.Cards, true)}
		} else {
			row.Cells = []templ.Component{ui.Person(u.Name, sub), ui.Status(frame.StateKey(u.Status)), frame.Some(u.Groups, false), frame.Some(u.Cards, true), ui.Number(u.Sessions), lastCharge(u)}
		}
		t.Rows = append(t.Rows, row)
	}
	if p.v.May(access.PeopleWrite) {
		t.Select = &ui.Selection{Form: "sel", Matching: p.page.Total}
	}
	return t
}

// empty says why there is nobody, and what to do first.
func (p usersPage) empty() templ.Component {
	f := p.filter
	if f.Q != "" && !p.v.May(access.PersonalData) {
		return ui.EmptyState("search", "Nobody matches", "Without the permission to see personal data, users are found by their external id alone, and not by name, e-mail or card.", clearFilters(p.v.To("/users")))
	}
	if f.Q != "" || f.Group != "" || f.NoGroup {
		return ui.EmptyState("search", "Nobody matches", "Try another spelling, or look among all users.", clearFilters(p.v.To("/users")))
	}
	if p.page.All() == 0 {
		return ui.EmptyState("users", "Bring your people in", "Import a file of people and cards, or invite the first ones by e-mail. Nobody is written to before you say so.", firstPeople(p))
	}
	switch f.Status {
	case person.Invited:
		return ui.EmptyState("mail", "No invitation is open", "Everybody who was invited has come in. Whoever you invite next is listed here until they do.", firstPeople(p))
	case person.ToBeApproved:
		return ui.EmptyState("badge-check", "Nobody waits for approval", "Whoever comes in by a joining code that asks for approval is listed here.", nil)
	case person.Imported:
		return ui.EmptyState("import", "Nobody is waiting to be invited", "Users from a file are listed here until you invite them.", firstPeople(p))
	case person.Active:
		return ui.EmptyState("user-check", "Nobody is active yet", "Users become active when they accept their invitation.", firstPeople(p))
	case person.Deactivated:
		return ui.EmptyState("user-x", "Nobody is deactivated", "Whoever may no longer charge is listed here, with everything they did.", nil)
	default:
		return ui.EmptyState("users", "Nobody here", "No user has this status.", clearFilters(p.v.To("/users")))
	}
}

func (p usersPage) pager() ui.PagerProps {
	pg := ui.PagerProps{From: p.page.From, To: p.page.To, Total: p.page.Total, Target: "list"}
	if p.page.Prev != "" {
		pg.Prev = ui.WithQuery(p.url, "before", p.page.Prev)
	}
	if p.page.Next != "" {
		pg.Next = ui.WithQuery(p.url, "after", p.page.Next)
	}
	return pg
}

// statusOptions are the statuses of users for a select.
func statusOptions() []ui.Option {
	var all []ui.Option
	for _, s := range person.Statuses {
		all = append(all, ui.Option{Value: string(s), Label: s.Label()})
	}
	return all
}

func joined(list []string) string { return strings.Join(list, ", ") }
