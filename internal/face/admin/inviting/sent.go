package inviting

import (
	"net/http"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"
	"involt/internal/flow/browse/invited"

	"github.com/a-h/templ"
)

// sentPage is what became of invitations that were sent.
type sentPage struct {
	v       *frame.Visit
	shell   ui.ConsoleProps
	rd      ui.Reader
	path    string
	invited []invited.Invitation
	others  []browse.User // who has no address and was added at once
	states  map[string]int
}

func (c *Pages) sent(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, sent, err := c.load(r, v)
	if err != nil {
		return err
	}
	if !sent {
		return c.goOn(w, r, v)
	}
	s := sentPage{v: v, rd: ui.ReaderOf(r.Context()), path: p.path("sent"), states: map[string]int{}}
	if s.invited, err = c.Invited.Of(r.Context(), v.By, p.made); err != nil {
		return err
	}
	asked := map[id.Person]bool{}
	for _, one := range s.invited {
		asked[one.Person] = true
		s.states[one.State]++
	}
	var rest []id.Person
	for _, who := range p.made {
		if !asked[who] {
			rest = append(rest, who)
		}
	}
	if s.others, err = c.Browse.UsersByID(r.Context(), v.By, rest); err != nil {
		return err
	}
	s.shell = v.Shell("Invitations sent", ui.Link{Label: "People"}, ui.Link{Label: "Invitations", Href: v.To("/invitations")})
	return ui.Render(w, r, http.StatusOK, sentView(&s))
}

func (s *sentPage) title() string {
	if n := len(s.invited); n > 0 {
		return count(s.rd, n, "person", "people") + " invited"
	}
	return count(s.rd, len(s.others), "user", "users") + " added"
}

// text says how far they have come.
func (s *sentPage) text() string {
	text := ""
	for _, state := range invited.States {
		if n := s.states[state]; n > 0 {
			if text != "" {
				text += ", "
			}
			text += s.rd.Int(int64(n)) + " " + words[state]
		}
	}
	if n := len(s.others); n > 0 && text != "" {
		text += "; " + count(s.rd, n, "user", "users") + " without e-mail added"
	}
	return text
}

// words name the states within a sentence.
var words = map[string]string{
	"queued": "waiting for the mail server", "sent": "delivered", "opened": "opened", "bounced": "bounced", "expired": "expired",
	"accepted": "accepted", "declined": "declined", "revoked": "revoked",
}

// going reports whether the page may change by itself soon.
func (s *sentPage) going() bool { return s.states["queued"] > 0 }

func (s *sentPage) table() ui.TableProps {
	t := ui.TableProps{Caption: "Who was invited", Target: "sent", Columns: []ui.Column{{Label: "Person", Main: true}, {Label: "State"}, {Label: "Sent"}, {Label: "Opened"}, {Label: "Expires"}}}
	for i := range s.invited {
		v := &s.invited[i]
		name := v.Name
		if name == "" {
			name = v.Email
		}
		row := ui.Row{ID: string(v.ID), Name: name, Cells: []templ.Component{ui.Person(v.Name, v.Email), sentState(v), moment(v.Sent), moment(v.Opened), until(v)}}
		if v.Person != "" {
			row.Href, row.Sheet, row.Menu = s.v.To("/users/"+string(v.Person)), true, s.menu(v, name)
		}
		t.Rows = append(t.Rows, row)
	}
	for _, u := range s.others {
		t.Rows = append(t.Rows, ui.Row{
			ID: string(u.ID), Name: u.Name, Href: s.v.To("/users/" + string(u.ID)), Sheet: true,
			Cells: []templ.Component{ui.Person(u.Name, ""), ui.Status(frame.StateKey(u.Status)), ui.Quiet("no e-mail"), ui.Dash(), ui.Dash()},
		})
	}
	return t
}

func (s *sentPage) menu(v *invited.Invitation, name string) templ.Component {
	if !v.Going() || !s.v.Whole(access.PeopleWrite) { // whoever has a part does both on the user's own page
		return nil
	}
	one := []ui.Hidden{{Name: "id", Value: string(v.ID)}}
	return ui.ActionsMenu(ui.ActionsMenuProps{ID: "menu-" + string(v.ID), Small: true, For: name, Blocks: []ui.ActionBlock{{Items: []ui.ActionItem{
		{Label: "Resend", Icon: "refresh-cw", Action: s.v.To("/invitations/bulk/resend"), Hidden: one},
		{Label: "Revoke", Icon: "x", Action: s.v.To("/invitations/bulk/revoke"), Hidden: one, Danger: true},
	}}}})
}

func (s *sentPage) buttons() []templ.Component {
	list := []templ.Component{
		ui.LinkButton(ui.ButtonProps{Label: "All invitations", Variant: "outline", Href: s.v.To("/invitations")}),
		ui.LinkButton(ui.ButtonProps{Label: "Invite others", Icon: "user-plus", Href: s.v.To("/users/invite")}),
	}
	if len(s.others) > 0 && s.v.Whole(access.PeopleWrite) {
		list = append([]templ.Component{ui.LinkButton(ui.ButtonProps{Label: "Print letters", Icon: "file-text", Variant: "outline", Href: s.v.To("/letters")})}, list...)
	}
	return list
}
