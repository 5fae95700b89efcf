package zones

import (
	"net/http"
	"net/url"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/joincode"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"
	"involt/internal/flow/browse/zones"

	"github.com/a-h/templ"
)

// zonePage is the profile of one zone.
type zonePage struct {
	v     *frame.Visit
	shell ui.ConsoleProps
	url   *url.URL
	rd    ui.Reader
	d     browse.LocationDetail
	base  string // its address
	tab   string // users, codes, access

	page     zones.MemberPage
	requests []zones.Request
	codes    []zones.Code
}

func (c *Pages) zone(r *http.Request, v *frame.Visit, tab string) (p zonePage, err error) {
	p = zonePage{v: v, url: r.URL, rd: ui.ReaderOf(r.Context()), tab: tab}
	p.d, err = c.Browse.Location(r.Context(), v.By, id.Location(r.PathValue("location")))
	return p, err
}

func (c *Pages) members(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.zone(r, v, "users")
	if err != nil {
		return err
	}
	if p.page, err = c.Zones.Members(r.Context(), v.By, p.d.ID, frame.Paging(r.URL.Query())); err != nil {
		return err
	}
	if p.requests, err = c.Zones.Requests(r.Context(), v.By, p.d.ID); err != nil {
		return err
	}
	return render(w, r, v, &p)
}

func (c *Pages) zoneCodes(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.zone(r, v, "codes")
	if err != nil {
		return err
	}
	if p.codes, err = c.Zones.Codes(r.Context(), v.By, p.d.ID); err != nil {
		return err
	}
	return render(w, r, v, &p)
}

// zoneCodeMake makes a code without options, by one click.
func (c *Pages) zoneCodeMake(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.zone(r, v, "codes")
	if err != nil {
		return err
	}
	made, err := c.Join.Make(r.Context(), v.By, joincode.Code{Location: p.d.ID})
	if err != nil {
		return err
	}
	ui.RedirectDone(w, r, v.To("/locations/"+string(p.d.ID)+"/zone/invite")+"?code="+string(made.ID), "code-made", -1)
	return nil
}

func (c *Pages) access(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.zone(r, v, "access")
	if err != nil {
		return err
	}
	return render(w, r, v, &p)
}

func (c *Pages) accessSave(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	on, key := r.PostFormValue("members_only") != "", "open-again"
	if on {
		key = "members-only"
	}
	at := id.Location(r.PathValue("location"))
	if err := c.Join.MembersOnly(r.Context(), v.By, at, on); err != nil {
		return err
	}
	ui.RedirectDone(w, r, v.To("/locations/"+string(at)+"/zone/access"), key, -1)
	return nil
}

// may reports whether the visitor has a permission here.
func (p zonePage) may(perm access.Perm) bool {
	return p.v.Holds(perm, access.AtLocation, string(p.d.ID))
}

func (p zonePage) tabs() []ui.Tab {
	var list []ui.Tab
	if p.may(access.PeopleRead) {
		users := ui.Tab{Label: "Users", Href: p.base, Current: p.tab == "users"}
		if users.Current {
			users.Count = p.rd.Int(p.page.Total)
		}
		list = append(list, users, ui.Tab{Label: "Joining codes", Href: p.base + "/codes", Current: p.tab == "codes"})
	}
	return append(list, ui.Tab{Label: "Who may charge", Href: p.base + "/access", Current: p.tab == "access"})
}

func (p zonePage) actions() []templ.Component {
	if !p.may(access.PeopleWrite) {
		return nil
	}
	return []templ.Component{ui.LinkButton(ui.ButtonProps{Label: "Invite user", Icon: "user-plus", Href: p.base + "/invite"})}
}

func (p zonePage) table() ui.TableProps {
	t := ui.TableProps{Caption: "Users of the zone", Target: "list", Columns: []ui.Column{{Label: "User", Main: true}, {Label: "In the zone since"}, {Label: "Came by"}, {Label: "Access"}}}
	may := p.may(access.PeopleWrite)
	if may {
		t.Columns = append(t.Columns, ui.Column{Label: "Remove"})
	}
	var first templ.Component
	if may {
		first = ui.LinkButton(ui.ButtonProps{Label: "Share the joining code", Icon: "share-2", Variant: "outline", Href: p.base + "/invite"})
	}
	t.Empty = ui.EmptyState("users", "Nobody is in this zone yet", "Share its joining code: whoever enters it may charge here at once.", first)
	for _, m := range p.page.Rows {
		row := ui.Row{ID: string(m.ID), Name: m.Name, Href: p.v.To("/users/" + string(m.ID)), Sheet: true, Cells: []templ.Component{
			member(m), ui.Day(m.Since), p.cameBy(m), p.standing(m),
		}}
		if may {
			row.Cells = append(row.Cells, bin(m.Name, p.base+"/users/"+string(m.ID)+"/remove"))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// cameBy says by which code somebody came, with the way to it for who may see it.
func (p zonePage) cameBy(m zones.Member) templ.Component {
	if m.Code == "" {
		return ui.Quiet("Let in by staff")
	}
	name := codeName(m.CodeName)
	if !m.Opens {
		return ui.Text(name)
	}
	return ui.A(name, p.v.To("/joining-codes/"+string(m.Code)))
}

// codeName is what a code is called where the code itself is not shown.
func codeName(note string) string {
	if note == "" {
		return "Joining code"
	}
	return note
}

// standing says whether and until when somebody's membership lets them charge.
func (p zonePage) standing(m zones.Member) templ.Component {
	now := p.rd.Now
	switch {
	case m.Status != person.Active:
		return ui.Status(frame.StateKey(m.Status))
	case m.From.After(now):
		return ui.Text("From " + p.rd.Date(m.From))
	case !m.Until.IsZero() && !m.Until.After(now):
		return ui.Quiet("Ended " + p.rd.Date(lastDay(m.Until)))
	case !m.Until.IsZero():
		return ui.Text("Until " + p.rd.Date(lastDay(m.Until)))
	case m.Part == 1:
		return ui.Text("1 charger only")
	case m.Part > 1:
		return ui.Text(p.rd.Int(int64(m.Part)) + " chargers only")
	}
	return ui.Text("Whole zone")
}

// openTo says who may charge in the zone besides its members.
func (p zonePage) openTo() string {
	switch {
	case p.d.MembersOnly:
		return "Members only: nobody charges here but its users and the groups that a rule lets in, whatever the workspace's access mode."
	case p.v.Workspace.AccessMode == workspace.Everyone:
		return "Every active user of the workspace may charge here (access mode “Everyone active”), in the zone or not."
	default:
		return "The zone's users may charge here, and the groups that a rule lets in (access mode “By user group”)."
	}
}
