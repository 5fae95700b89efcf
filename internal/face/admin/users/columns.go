package users

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/person"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"

	"github.com/a-h/templ"
)

// column is one that the list can show beside the user, and a sheet can have.
type column struct {
	key   string // in the address
	label string
	need  access.Perm // besides PeopleRead
	sort  browse.UserSort
	num   bool
	extra bool                                    // needs more than the list's own query
	cell  func(u *browse.UserRow) templ.Component // nil: quiet text
	text  func(u *browse.UserRow, zone *time.Location) string
}

// columns are all of them, in their order.
func columns(v *frame.Visit) []column {
	at := func(t time.Time, zone *time.Location) string {
		if t.IsZero() {
			return ""
		}
		return t.In(zone).Format("2006-01-02 15:04")
	}
	invite := func(f func(i *browse.Invite) time.Time) (func(*browse.UserRow) templ.Component, func(*browse.UserRow, *time.Location) string) {
		of := func(u *browse.UserRow) time.Time {
			if u.Invite == nil {
				return time.Time{}
			}
			return f(u.Invite)
		}
		return func(u *browse.UserRow) templ.Component { return agoOrDash(of(u)) },
			func(u *browse.UserRow, zone *time.Location) string { return at(of(u), zone) }
	}
	all := []column{
		{key: "email", label: "E-mail", text: func(u *browse.UserRow, _ *time.Location) string { return u.Email }},
		{
			key: "status", label: "Status", cell: func(u *browse.UserRow) templ.Component { return ui.Status(frame.StateKey(u.Status)) },
			text: func(u *browse.UserRow, _ *time.Location) string { return u.Status.Label() },
		},
		{
			key: "groups", label: "Group", cell: func(u *browse.UserRow) templ.Component { return frame.Some(u.Groups, false) },
			text: func(u *browse.UserRow, _ *time.Location) string { return strings.Join(u.Groups, "; ") },
		},
		{key: "account", label: "Account", need: access.AccountsRead, extra: true, text: func(u *browse.UserRow, _ *time.Location) string { return u.Payer }},
		{key: "cost", label: "Cost center", text: func(u *browse.UserRow, _ *time.Location) string { return u.CostCenter }},
		{
			key: "cards", label: "Card", need: access.CardsRead, cell: func(u *browse.UserRow) templ.Component { return frame.Some(u.Cards, true) },
			text: func(u *browse.UserRow, _ *time.Location) string { return strings.Join(u.Cards, "; ") },
		},
		{
			key: "vehicles", label: "Vehicle", need: access.PersonalData, extra: true, cell: func(u *browse.UserRow) templ.Component { return frame.Some(u.Plates, false) },
			text: func(u *browse.UserRow, _ *time.Location) string { return strings.Join(u.Plates, "; ") },
		},
		{
			key: "external", label: "External ID", cell: func(u *browse.UserRow) templ.Component { return code(u.ExternalID) },
			text: func(u *browse.UserRow, _ *time.Location) string { return u.ExternalID },
		},
		{key: "phone", label: "Phone", need: access.PersonalData, extra: true, text: func(u *browse.UserRow, _ *time.Location) string { return u.Phone }},
		{key: "info1", label: v.Workspace.Info1Label, need: access.PersonalData, extra: true, text: func(u *browse.UserRow, _ *time.Location) string { return u.Info1 }},
		{key: "info2", label: v.Workspace.Info2Label, need: access.PersonalData, extra: true, text: func(u *browse.UserRow, _ *time.Location) string { return u.Info2 }},
		{
			key: "sessions", label: "Sessions", sort: browse.BySessions, num: true, cell: func(u *browse.UserRow) templ.Component { return ui.Number(u.Sessions) },
			text: func(u *browse.UserRow, _ *time.Location) string { return strconv.FormatInt(u.Sessions, 10) },
		},
		{
			key: "energy", label: "Energy, kWh", num: true, cell: func(u *browse.UserRow) templ.Component { return energy(u.Wh) },
			text: func(u *browse.UserRow, _ *time.Location) string {
				return strconv.FormatFloat(float64(u.Wh)/1000, 'f', 3, 64)
			},
		},
		{
			key: "charge", label: "Last charge", sort: browse.ByCharged, cell: func(u *browse.UserRow) templ.Component { return lastCharge(u.User) },
			text: func(u *browse.UserRow, zone *time.Location) string { return at(u.LastCharge, zone) },
		},
		{
			key: "invite", label: "Invitation", cell: func(u *browse.UserRow) templ.Component { return inviteState(u.Invite) },
			text: func(u *browse.UserRow, _ *time.Location) string {
				if u.Invite == nil {
					return ""
				}
				return u.Invite.State
			},
		},
	}
	for _, c := range []struct {
		key, label string
		of         func(i *browse.Invite) time.Time
	}{
		{"sent", "Sent", func(i *browse.Invite) time.Time { return i.Sent }},
		{"opened", "Opened", func(i *browse.Invite) time.Time { return i.Opened }},
		{"bounced", "Bounced", func(i *browse.Invite) time.Time { return i.Bounced }},
		{"expires", "Expires", func(i *browse.Invite) time.Time { return i.Expires }},
	} {
		cell, text := invite(c.of)
		all = append(all, column{key: c.key, label: c.label, cell: cell, text: text})
	}
	all = append(all, column{
		key: "created", label: "Created", sort: browse.ByCreated, cell: func(u *browse.UserRow) templ.Component { return ui.Day(u.Created) },
		text: func(u *browse.UserRow, zone *time.Location) string { return at(u.Created, zone) },
	})
	return slices.DeleteFunc(all, func(c column) bool { return c.need != 0 && !v.May(c.need) })
}

// The columns that stand there if nobody has chosen others.
var (
	usual       = []string{"status", "groups", "cards", "sessions", "charge"}
	usualOpen   = []string{"invite", "sent", "opened", "bounced", "expires", "groups"} // of the tab Invited
	aboutInvite = usualOpen[:5]
)

// chosen are the columns that an address asks for, in their order. On the tab
// Invited where the invitations stand is always among them.
func chosen(v *frame.Visit, q url.Values, tab person.Status) (list []column) {
	keys := strings.Split(asked(q, []string{"cols"}).Get("cols"), ",")
	switch {
	case keys[0] == "" && tab == person.Invited:
		keys = usualOpen
	case keys[0] == "":
		keys = usual
	case tab == person.Invited:
		keys = append(keys, aboutInvite...)
	}
	all := columns(v)
	if tab == person.Invited { // they come first there: they are what the tab is for
		slices.SortStableFunc(all, func(a, b column) int { return early(b) - early(a) })
	}
	for _, c := range all {
		if slices.Contains(keys, c.key) {
			list = append(list, c)
		}
	}
	return list
}

func early(c column) int {
	if slices.Contains(aboutInvite, c.key) {
		return 1
	}
	return 0
}

func (p *usersPage) shows(key string) bool {
	return slices.ContainsFunc(p.cols, func(c column) bool { return c.key == key })
}

// head makes the head of a column; by is what it sorts the list by, "" if by
// nothing.
func (p *usersPage) head(label string, by browse.UserSort, col ui.Column) ui.Column {
	col.Label = label
	if by == "" {
		return col
	}
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

func (p *usersPage) table() ui.TableProps {
	byName := browse.ByName
	if !p.v.May(access.PersonalData) {
		byName = ""
	}
	t := ui.TableProps{
		Caption: "Users", Target: "list", Empty: p.empty(), Columns: []ui.Column{p.head("User", byName, ui.Column{Main: true})},
		Select: &ui.Selection{Form: "sel", Matching: max(0, p.page.Total), About: p.page.About},
	}
	for _, c := range p.cols {
		t.Columns = append(t.Columns, p.head(c.label, c.sort, ui.Column{Num: c.num}))
	}
	for i := range p.rows {
		u := &p.rows[i]
		row := ui.Row{ID: string(u.ID), Name: u.Name, Href: p.v.To("/users/" + string(u.ID)), Sheet: true, Cells: []templ.Component{ui.Person(u.Name, p.sub(u))}}
		for _, c := range p.cols {
			cell := c.cell
			if cell == nil {
				cell = func(u *browse.UserRow) templ.Component { return ui.Clipped(c.text(u, time.UTC), true) }
			}
			row.Cells = append(row.Cells, cell(u))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// sub is the line under a user's name: what tells them apart and stands in no
// column.
func (p *usersPage) sub(u *browse.UserRow) string {
	for _, s := range []struct{ column, text string }{{"email", u.Email}, {"external", u.ExternalID}} {
		if s.text != "" && s.text != u.Name && !p.shows(s.column) {
			return s.text
		}
	}
	return ""
}
