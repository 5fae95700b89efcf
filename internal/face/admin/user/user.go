package user

import (
	"net/http"
	"slices"
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/admit"
	"involt/internal/flow/browse"
	"involt/internal/flow/onboard"
	"involt/internal/kit/errs"

	"github.com/a-h/templ"
)

// userPage is one user's sidebar, or page, as it was asked for or came back.
type userPage struct {
	v     *frame.Visit
	d     browse.UserDetail
	open  []admit.Open
	rd    ui.Reader
	form  person.Person // what is in the fields of the basic information
	base  string        // the user's address
	label [2]string     // of info 1 and 2

	wrong    ui.Errors // of the basic information
	payer    string    // the account that pays, with those above it; "" for none, and where it may not be seen
	account  string    // the account as it was typed
	taken    id.Person // who has what was typed: a number, an address
	cardForm cardForm
	sheet    bool   // shown beside a list, and not as a page
	notice   string // what went wrong with something that has no form
	allCards bool   // not the first ones only
	at       string // what was just changed and gets the focus: a field's name, "cards", "vehicles"
}

func (c *Pages) userOf(r *http.Request, v *frame.Visit) (p userPage, err error) {
	who := id.Person(r.PathValue("user"))
	d, err := c.Browse.User(r.Context(), v.By, who)
	if err != nil {
		return p, err
	}
	v.Here = d.May
	p = userPage{v: v, d: d, sheet: ui.WantsSheet(r), rd: ui.ReaderOf(r.Context()), form: d.Person, base: v.To("/users/" + string(d.User.ID)), label: [2]string{v.Workspace.Info1Label, v.Workspace.Info2Label}}
	if acc := d.Person.Account; acc != "" && v.Somewhere(access.AccountsRead) {
		if p.payer, err = c.Accounts.Label(r.Context(), v.By, acc); err != nil && errs.KindOf(err) != errs.NotFound {
			return p, err
		}
	}
	p.account = p.payer
	if v.May(access.PlacesRead) {
		p.open = c.Admit.WhereOpen(v.Workspace.ID, who, d.Now)
	}
	return p, nil
}

func (c *Pages) user(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.userOf(r, v)
	if errs.KindOf(err) == errs.NotFound {
		return c.gone(w, r, v)
	}
	if err != nil {
		return err
	}
	return c.showUser(w, r, p, http.StatusOK)
}

// showUser renders the sidebar, or the same as a page.
func (c *Pages) showUser(w http.ResponseWriter, r *http.Request, p userPage, status int) error {
	sheet := ui.SheetProps{
		Title: p.d.Name, Sub: p.d.User.Email, Avatar: true, Badge: userBadges(p), Href: p.base,
		Back: ui.Link{Label: "Users", Href: p.v.To("/users")}, Actions: p.actions(),
	}
	if sheet.Sub == sheet.Title {
		sheet.Sub = ""
	}
	q := r.URL.Query()
	p.allCards = q.Get("cards") == "all"
	if p.at == "" {
		p.at = q.Get("at")
	}
	return show(w, r, p.v, sheet, status, userInside(p))
}

// show answers with a page about one user: as a sheet beside the list, or as a
// page of its own.
func show(w http.ResponseWriter, r *http.Request, v *frame.Visit, sheet ui.SheetProps, status int, inside templ.Component, crumbs ...ui.Link) error {
	done := frame.Toast(r, Done)
	if ui.WantsSheet(r) {
		sheet.Toast = done
		return ui.Render(w, r, status, userSheet(sheet, inside))
	}
	shell := v.Shell(sheet.Title, append([]ui.Link{{Label: "People"}, {Label: "Users", Href: v.To("/users")}}, crumbs...)...)
	shell.Toast = done
	return ui.Render(w, r, status, userWhole(shell, sheet, inside))
}

// showPart answers with a page below the user's own.
func (p userPage) showPart(w http.ResponseWriter, r *http.Request, title, path string, status int, inside templ.Component) error {
	sheet := ui.SheetProps{Title: title, Href: p.base + path}
	return show(w, r, p.v, sheet, status, part(p, inside), ui.Link{Label: p.d.Name, Href: p.base})
}

// opens are the attributes of a link to another part of the same: in the sheet it
// opens there, on a page it is the next page.
func (p userPage) opens(href string) templ.Attributes {
	if !p.sheet {
		return templ.Attributes{}
	}
	return ui.OpensSheet(href)
}

// actions are the two or three that fit the user's status, and a menu of those
// that are needed now and then.
func (p userPage) actions() (list []templ.Component) {
	if !p.v.May(access.PeopleWrite) {
		return nil
	}
	if onboard.WhyNotInvited(p.d.User.HasEmail, p.d.User.Identity, p.d.User.Status) == "" {
		b := ui.ButtonProps{Label: "Invite", Icon: "send"}
		if p.d.Status == person.Invited {
			b = ui.ButtonProps{Label: "Resend invitation", Icon: "refresh-cw", Variant: "outline"}
		} else if p.d.Status == person.Active {
			b.Variant = "outline"
		}
		list = append(list, ui.PostButton(p.base+"/invite", b))
	}
	link := func(label, icon, path, variant string) templ.Component {
		return ui.LinkButton(ui.ButtonProps{Label: label, Icon: icon, Variant: variant, Href: p.base + path, Attrs: p.opens(p.base + path)})
	}
	switch p.d.Status {
	case person.Invited:
		list = append(list, link("Revoke invitation…", "x", "/revoke", "outline"))
	case person.Active:
		list = append(list, link("Deactivate…", "user-x", "/deactivate", "outline"))
	case person.Deactivated:
		list = append(list, link("Reactivate…", "user-check", "/reactivate", ""))
	case person.ToBeApproved:
		if !p.v.Whole(access.PeopleWrite) {
			break
		}
		to := p.v.To("/approvals/" + string(p.d.User.ID))
		list = append(list, ui.LinkButton(ui.ButtonProps{Label: "Approve or decline…", Icon: "badge-check", Href: to, Attrs: p.opens(to)}))
	case person.Imported, person.Declined:
	}
	var more []ui.ActionItem
	item := func(label, icon, path string) {
		more = append(more, ui.ActionItem{Label: label, Icon: icon, Href: p.base + path, Attrs: p.opens(p.base + path)})
	}
	if p.v.Whole(access.PeopleWrite|access.PersonalData) && onboard.WhyNoLetter(p.d.User.HasEmail, p.d.Status) == "" {
		item("Make a letter…", "mail", "/letter")
	}
	if p.mayLeave() && !p.leaves() {
		item("Leaves on a day…", "calendar", "/leave")
	}
	if p.v.May(access.PersonalData | access.CardsWrite) {
		item("Merge with…", "users-round", "/merge")
	}
	if len(more) > 0 {
		list = append(list, ui.ActionsMenu(ui.ActionsMenuProps{ID: "more", Label: "More", For: p.d.Name, Start: true, Blocks: []ui.ActionBlock{{Items: more}}}))
	}
	return list
}

func (p userPage) mayLeave() bool {
	return p.d.Status != person.Deactivated && p.d.Status != person.Declined && p.d.Person.ID != p.v.By.Person
}

// leaves reports whether a departure is still to come.
func (p userPage) leaves() bool { return p.d.Departure != nil && p.d.Departure.Done.IsZero() }

func (p userPage) stats() []ui.Stat {
	last := p.rd.Words.Never
	if !p.d.LastCharge.IsZero() {
		last = p.rd.Ago(p.d.LastCharge)
	}
	s := ui.Stat{Label: "Sessions", Value: p.rd.Int(p.d.Sessions)}
	return []ui.Stat{s, {Label: "Energy", Value: p.rd.Decimal(p.d.Wh, 3, 0), Unit: "kWh"}, {Label: "Last charge", Value: last}}
}

// mayLeaveGroup reports whether the visitor may take the user out of a group.
func (p userPage) mayLeaveGroup(g group.Group) bool {
	return p.v.Holds(access.PeopleWrite, access.InGroup, string(g.ID))
}

// otherGroups are the groups that the user is not in.
func (p userPage) otherGroups() (list []ui.Option) {
	for _, g := range p.d.AllGroups {
		if !slices.Contains(p.d.Groups, g.Name) {
			list = append(list, ui.Option{Value: string(g.ID), Label: g.Name})
		}
	}
	return list
}

// why says why a place is open to the user, and when if it is not always.
func (p userPage) why(o admit.Open) string {
	text := "open to every active user"
	switch o.Why {
	case "group":
		text = "by their user group"
	case "person":
		text = "by a rule for them alone"
	}
	if o.When != "" {
		text += ": " + o.When
	}
	return text
}

// messageLabels name the kinds of messages.
func messageLabel(kind, subject string) string {
	switch {
	case subject != "":
		return subject
	case kind == "address-changed":
		return "To the older address: it is no longer theirs"
	}
	return frame.Upper(strings.ReplaceAll(kind, "-", " "))
}

// sessionPlace names where a session was; chargers are often named after their
// location.
func sessionPlace(location, charger string) string {
	if strings.HasPrefix(charger, location) {
		return charger
	}
	return location + " · " + charger
}

func (p userPage) timeline() (list []ui.TimelineItem) {
	for _, a := range p.d.Activity {
		a.About = 0 // here it is about one
		t := frame.Tell(a, p.v)
		item := ui.TimelineItem{Icon: t.Icon, Tone: t.Tone, Title: ui.Text(t.Text), Who: a.ActorName, At: a.At}
		if t.Detail != "" {
			item.Detail = ui.Text(t.Detail)
		}
		list = append(list, item)
	}
	return list
}
