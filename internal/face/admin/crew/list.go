package crew

import (
	"net/http"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	read "involt/internal/flow/browse/crew"

	"github.com/a-h/templ"
)

// list lists those who run the workspace: users with a staff role.
func (c *Pages) list(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	all, err := c.Read.List(r.Context(), v.By)
	if err != nil {
		return err
	}
	shell := v.Shell("System users", ui.Link{Label: "People"}, ui.Link{Label: "Users", Href: v.To("/users")})
	shell.Toast = frame.Toast(r, done)
	return ui.Render(w, r, http.StatusOK, members(shell, v, all))
}

func addButton(v *frame.Visit) []templ.Component {
	if !v.Somewhere(access.StaffWrite) {
		return nil
	}
	return []templ.Component{ui.LinkButton(ui.ButtonProps{Label: "Add system user", Icon: "user-plus", Href: v.To("/staff/new")})}
}

func table(v *frame.Visit, all []read.Member) ui.TableProps {
	t := ui.TableProps{
		Caption: "System users", Columns: []ui.Column{{Label: "User", Main: true}, {Label: "Roles"}, {Label: "Status"}, {Label: "Last sign-in"}},
		Empty: ui.EmptyState("shield", "Nobody has a staff role", "Those who help you run this workspace are listed here, with what they may do.", empty(v)),
	}
	for _, m := range all {
		sub := m.Email
		if sub == m.Name {
			sub = ""
		}
		t.Rows = append(t.Rows, ui.Row{
			Name: m.Name, ID: string(m.ID), Href: v.To("/staff/" + string(m.ID)),
			Cells: []templ.Component{ui.Person(m.Name, sub), seatLines(m.Seats), status(m), lastSeen(m.SignedIn)},
		})
	}
	return t
}

func empty(v *frame.Visit) templ.Component {
	for _, b := range addButton(v) {
		return b
	}
	return nil
}

// status is how a system user stands; of one who is invited, how the invitation
// does.
func status(m read.Member) templ.Component {
	if m.Status == person.Invited && m.Invite != nil {
		return ui.Status(m.Invite.State)
	}
	return ui.Status(frame.StateKey(m.Status))
}

func lastSeen(at time.Time) templ.Component {
	if at.IsZero() {
		return ui.Quiet("not yet")
	}
	return ui.Ago(at)
}

// where says where a seat holds, in a few words.
func where(s read.Seat) string {
	switch {
	case s.At == access.Scope{}:
		return "Whole workspace"
	case s.Where == "":
		return "Another part of the workspace"
	default:
		return s.Kind() + ": " + s.Where
	}
}

// memberPage is one system user.
type memberPage struct {
	v     *frame.Visit
	rd    ui.Reader
	shell ui.ConsoleProps
	m     read.Member
}

func (c *Pages) member(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	m, err := c.Read.Member(r.Context(), v.By, id.Person(r.PathValue("user")))
	if err != nil {
		return err
	}
	p := memberPage{v: v, rd: ui.ReaderOf(r.Context()), m: m}
	p.shell = v.Shell(m.Name, ui.Link{Label: "People"}, ui.Link{Label: "System users", Href: v.To("/users/system")})
	p.shell.Toast = frame.Toast(r, done)
	return ui.Render(w, r, http.StatusOK, memberWhole(p))
}

func (p memberPage) base() string { return p.v.To("/staff/" + string(p.m.ID)) }

func (p memberPage) user() string { return p.v.To("/users/" + string(p.m.ID)) }

// actions are what can be done with the system user.
func (p memberPage) actions() (list []templ.Component) {
	if p.v.Somewhere(access.PeopleWrite) && p.m.Status == person.Invited {
		list = append(list, ui.PostButton(p.user()+"/invite", ui.ButtonProps{Label: "Resend invitation", Icon: "refresh-cw", Variant: "outline"}))
	}
	list = append(list, ui.LinkButton(ui.ButtonProps{Label: "Open user", Icon: "user", Variant: "outline", Href: p.user()}))
	if p.v.Somewhere(access.PeopleWrite) && p.m.Status == person.Active && p.m.ID != p.v.By.Person {
		list = append(list, ui.LinkButton(ui.ButtonProps{Label: "Deactivate…", Icon: "user-x", Variant: "outline", Href: p.user() + "/deactivate"}))
	}
	if p.v.Somewhere(access.StaffWrite) && p.m.ID != p.v.By.Person {
		list = append(list, ui.LinkButton(ui.ButtonProps{Label: "Change roles", Icon: "shield-check", Href: p.base() + "/roles"}))
	}
	return list
}

func (p memberPage) terms() []ui.Term {
	terms := []ui.Term{{Label: "Status", Value: status(p.m)}, {Label: "Last sign-in", Value: lastSeen(p.m.SignedIn)}}
	if p.m.Invite != nil {
		terms = append(terms, ui.Term{Label: "Link works until", Value: ui.Time(p.m.Invite.Expires)})
	}
	return append(terms, ui.Term{Label: "Added", Value: ui.Day(p.m.Created)})
}

// may lists what a role lets its holder do, in words.
func may(r access.Role) string {
	if r.Perms == access.All {
		return "Everything"
	}
	return strings.Join(frame.PermLabels(r.Perms), ", ")
}
