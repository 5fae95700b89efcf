// Package invitations is the console's page about invitations as things one can
// see: to whom, where they stand, and what can be done with them.
package invitations

import (
	"net/http"
	"net/url"
	"slices"

	"involt/internal/core/access"
	"involt/internal/core/bulk"
	"involt/internal/core/id"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/browse/invited"
	"involt/internal/flow/people"
	"involt/internal/kit/errs"

	"github.com/a-h/templ"
)

// Config is what the pages are made of. Every field must be set.
type Config struct {
	Invited *invited.Service
	People  *people.Service
}

// Pages are the pages.
type Pages struct{ Config }

// New returns the pages.
func New(cfg Config) *Pages { return &Pages{cfg} }

// Routes are everything the pages answer to.
func (c *Pages) Routes() []frame.Route {
	return []frame.Route{
		{Pattern: "GET /invitations", Need: access.PeopleRead, Part: true, Do: c.list},
		{Pattern: "POST /invitations/bulk/{action}", Need: access.PeopleWrite, Do: c.ask},
	}
}

// listPage is the list as it was asked for.
type listPage struct {
	v        *frame.Visit
	shell    ui.ConsoleProps
	url      *url.URL
	filter   invited.Filter
	page     invited.Page
	inviters []ui.Option
	rd       ui.Reader
}

// done are the sentences of what was done here.
var done = map[string]string{
	"none-open": "None of the selected invitations is open any more, so there was nothing to do.",
	"none":      "Nothing was selected. Select invitations in the list first.",
}

// kept are the parameters of the list's address.
var kept = []string{"state", "by", "q"}

func filterOf(q url.Values) invited.Filter {
	f := invited.Filter{State: q.Get("state"), Inviter: q.Get("by"), Q: q.Get("q"), Paging: frame.Paging(q)}
	if !slices.Contains(invited.States, f.State) {
		f.State = ""
	}
	return f
}

func (c *Pages) list(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p := listPage{v: v, url: r.URL, filter: filterOf(r.URL.Query()), rd: ui.ReaderOf(r.Context())}
	var err error
	if p.page, err = c.Invited.List(r.Context(), v.By, p.filter); err != nil {
		return err
	}
	inviters, err := c.Invited.Inviters(r.Context(), v.By)
	if err != nil {
		return err
	}
	for _, i := range inviters {
		p.inviters = append(p.inviters, ui.Option{Value: i.ID, Label: i.Name})
	}
	if by := p.filter.Inviter; by != "" && !slices.ContainsFunc(p.inviters, func(o ui.Option) bool { return o.Value == by }) {
		p.inviters = append(p.inviters, ui.Option{Value: by, Label: "Somebody else"})
	}
	p.shell = v.Shell("Invitations", ui.Link{Label: "People"})
	p.shell.Toast = frame.Toast(r, done)
	return ui.Render(w, r, http.StatusOK, list(p))
}

func (p listPage) tabs() []ui.Tab {
	var all int64
	over := false
	for _, s := range invited.States {
		all += p.page.Counts[s]
		over = over || p.page.Over[s]
	}
	count := func(n int64, over bool) string {
		if over {
			return p.rd.Int(n) + "+"
		}
		return p.rd.Int(n)
	}
	tabs := []ui.Tab{{Label: "All", Href: ui.WithQuery(p.url, "state", ""), Count: count(all, over), Current: p.filter.State == ""}}
	for _, s := range invited.States {
		if (s == "declined" || s == "queued") && p.page.Counts[s] == 0 && p.filter.State != s {
			continue // seldom
		}
		tabs = append(tabs, ui.Tab{Label: label(p.rd, s), Href: ui.WithQuery(p.url, "state", s), Count: count(p.page.Counts[s], p.page.Over[s]), Current: p.filter.State == s})
	}
	return tabs
}

func label(rd ui.Reader, state string) string { return rd.Words.Status[state] }

func (p listPage) bar() ui.FilterBarProps {
	bar := ui.FilterBarProps{
		Action: p.v.To("/invitations"), Target: "list", Query: p.filter.Q, Placeholder: "E-mail or name …",
		Filters: frame.Selects("by", "Invited by anyone", p.filter.Inviter, p.inviters),
	}
	if !p.v.May(access.PersonalData) {
		bar.Placeholder = "External ID …"
	}
	if p.filter.State != "" {
		bar.Keep = []ui.Hidden{{Name: "state", Value: p.filter.State}}
	}
	bar.Right = frame.ExportButton(p.v, p.url, "/invitations", false)
	if p.v.Whole(access.PeopleWrite) {
		bar.SelectForm, bar.Right = "sel", templ.Join(frame.ExportButton(p.v, p.url, "/invitations", true), ui.ActionsMenu(p.actions()))
	}
	return bar
}

func (p listPage) actions() ui.ActionsMenuProps {
	item := func(label, icon, action string, danger bool) ui.ActionItem {
		return ui.ActionItem{Label: label, Icon: icon, Action: p.v.To("/invitations/bulk/" + action), Danger: danger, Attrs: templ.Attributes{"data-needs-selection": "sel"}}
	}
	items := []ui.ActionItem{item("Resend", "refresh-cw", "resend", false), item("Extend", "clock", "extend", false), item("Revoke", "x", "revoke", true)}
	items[0].Attrs["data-why"] = "Select invitations in the list first."
	return ui.ActionsMenuProps{ID: "act", Form: "sel", Blocks: []ui.ActionBlock{{Label: "Selected invitations", Items: items}}}
}

func (p listPage) table() ui.TableProps {
	t := ui.TableProps{
		Caption: "Invitations", Target: "list", Empty: p.empty(),
		Columns: []ui.Column{{Label: "Invitation", Main: true}, {Label: "State"}, {Label: "Invited by"}, {Label: "Sent"}, {Label: "Opened"}, {Label: "Expires"}},
	}
	if p.v.Whole(access.PeopleWrite) {
		t.Select = &ui.Selection{Form: "sel", Matching: p.page.Total, About: p.page.About}
	}
	for i := range p.page.Rows {
		v := &p.page.Rows[i]
		name := v.Name
		if name == "" {
			name = v.Email
		}
		row := ui.Row{ID: string(v.ID), Name: name, Cells: []templ.Component{ui.Person(v.Name, v.Email), stateCell(v), p.inviter(v), sentCell(v), dashOrAgo(v.Opened), endCell(v)}}
		if v.Person != "" {
			row.Href, row.Sheet, row.Menu = p.v.To("/users/"+string(v.Person)), true, p.menu(v, name)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// inviter names who invited; who is gone has no name.
func (p listPage) inviter(v *invited.Invitation) templ.Component {
	if v.ByName == "" {
		return ui.Quiet("Somebody who is gone")
	}
	return ui.Quiet(v.ByName)
}

// menu is what can be done with one invitation.
func (p listPage) menu(v *invited.Invitation, name string) templ.Component {
	at := p.v.To("/users/" + string(v.Person))
	block := ui.ActionBlock{Items: []ui.ActionItem{{Label: "Open user", Icon: "user", Href: at, Attrs: ui.OpensSheet(at)}}}
	if v.Going() && p.v.Whole(access.PeopleWrite) {
		one := []ui.Hidden{{Name: "id", Value: string(v.ID)}}
		on := func(action string) string { return p.v.To("/invitations/bulk/" + action) }
		block.Items = append(block.Items,
			ui.ActionItem{Label: "Resend", Icon: "refresh-cw", Action: on("resend"), Hidden: one},
			ui.ActionItem{Label: "Extend", Icon: "clock", Action: on("extend"), Hidden: one},
			ui.ActionItem{Label: "Revoke", Icon: "x", Action: on("revoke"), Hidden: one, Danger: true},
		)
	}
	return ui.ActionsMenu(ui.ActionsMenuProps{ID: "menu-" + string(v.ID), Small: true, For: name, Blocks: []ui.ActionBlock{block}})
}

func (p listPage) empty() templ.Component {
	if p.filter.Q != "" || p.filter.Inviter != "" {
		return ui.EmptyState("search", "No invitation matches", "Try another spelling, or look among all invitations.",
			ui.LinkButton(ui.ButtonProps{Label: "Show all invitations", Variant: "outline", Href: p.v.To("/invitations")}))
	}
	if text, ok := nothing[p.filter.State]; ok {
		return ui.EmptyState("mail", text[0], text[1], nil)
	}
	var first templ.Component
	if p.v.Somewhere(access.PeopleWrite) {
		first = ui.LinkButton(ui.ButtonProps{Label: "Invite users", Icon: "user-plus", Href: p.v.To("/users/invite")})
	}
	return ui.EmptyState("mail", "Nobody was invited yet", "Whoever you invite is listed here, with where their invitation stands.", first)
}

// nothing is what the tabs say that are empty.
var nothing = map[string][2]string{
	"queued":   {"No mail is waiting", "Every invitation has been handed to the mail server."},
	"sent":     {"Nothing is on its way", "No invitation waits to be opened."},
	"opened":   {"Nobody is half way in", "Whoever has opened their invitation has come in."},
	"bounced":  {"Nothing came back", "The mail servers have taken every invitation."},
	"expired":  {"No link has expired", "Every open invitation can still be used."},
	"accepted": {"Nobody has accepted yet", "Whoever comes in by an invitation is listed here."},
	"declined": {"Nobody has declined", "Whoever declines an invitation is listed here."},
	"revoked":  {"Nothing was revoked", "Invitations that you take back, or replace by others, are listed here."},
}

// actions by their names in addresses.
var byName = map[string]bulk.Action{"resend": bulk.Reinvite, "revoke": bulk.RevokeInvites, "extend": bulk.ExtendInvites}

// ask keeps whose invitations are meant and leads to the question.
func (c *Pages) ask(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	action, ok := byName[r.PathValue("action")]
	if !ok {
		return errs.New(errs.NotFound, "There is no such action.")
	}
	var some []id.Invite
	for _, s := range r.PostForm["id"] {
		if id.Valid(s) && !slices.Contains(some, id.Invite(s)) {
			some = append(some, id.Invite(s))
		}
	}
	back := url.Values{}
	for _, name := range kept {
		if s := r.PostForm.Get(name); s != "" {
			back.Set(name, s)
		}
	}
	to := "/invitations"
	if len(back) > 0 {
		to += "?" + back.Encode()
	}
	var f *invited.Filter
	if r.PostForm.Get("all") == "1" {
		all := filterOf(back)
		f = &all
	}
	if f == nil && len(some) == 0 {
		ui.RedirectDone(w, r, v.To(to), "none", -1)
		return nil
	}
	list, err := c.Invited.StillInvited(r.Context(), v.By, some, f)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		ui.RedirectDone(w, r, v.To(to), "none-open", -1)
		return nil
	}
	one, err := c.People.Plan(r.Context(), v.By, action, list, to)
	if err != nil {
		return err
	}
	v.SeeOther(w, r, "/bulk/"+string(one))
	return nil
}

func (p listPage) hidden() (list []ui.Hidden) {
	q := p.url.Query()
	for _, name := range kept {
		if s := q.Get(name); s != "" {
			list = append(list, ui.Hidden{Name: name, Value: s})
		}
	}
	return list
}

func (p listPage) buttons() []templ.Component {
	if !p.v.Somewhere(access.PeopleWrite) {
		return nil
	}
	return []templ.Component{ui.LinkButton(ui.ButtonProps{Label: "Invite users", Icon: "user-plus", Href: p.v.To("/users/invite")})}
}

func (p listPage) pager() ui.PagerProps { return frame.Pager(p.url, p.page.Page) }
