// Package guests is the console's pages of guests: people who charge for some time, at
// some places and so far, without being users.
package guests

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/guest"
	"involt/internal/core/id"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"
	"involt/internal/flow/guests"
	"involt/internal/kit/errs"

	"github.com/a-h/templ"
)

// Config is what the pages are made of. Every field must be set.
type Config struct {
	Guests *guests.Service
	Browse *browse.Service
	Public func(*http.Request) string // the address that people see, without a slash at the end
	Now    func() time.Time
}

// Pages are the pages.
type Pages struct{ Config }

// New returns the pages.
func New(cfg Config) *Pages { return &Pages{cfg} }

// Routes are everything the pages answer to.
func (c *Pages) Routes() []frame.Route {
	const read = access.PeopleRead | access.PlacesRead
	return []frame.Route{
		{Pattern: "GET /guests", Need: read, Do: c.list},
		{Pattern: "GET /guests/new", Need: guests.Need, Do: c.add},
		{Pattern: "POST /guests", Need: guests.Need, Do: c.make},
		{Pattern: "GET /guests/{guest}", Need: read, Do: c.one},
		{Pattern: "GET /guests/{guest}/revoke", Need: guests.Need, Do: c.revokeAsk},
		{Pattern: "POST /guests/{guest}/revoke", Need: guests.Need, Do: c.revoke},
	}
}

var done = map[string]string{
	"made":    "Guest access made. Pass the link on.",
	"revoked": "Revoked. It is refused from now on, and what runs is stopped.",
}

type listPage struct {
	v     *frame.Visit
	shell ui.ConsoleProps
	rd    ui.Reader
	list  []guests.Sight
}

func (c *Pages) list(w http.ResponseWriter, r *http.Request, v *frame.Visit) (err error) {
	p := listPage{v: v, rd: ui.ReaderOf(r.Context())}
	if p.list, _, err = c.Guests.List(r.Context(), v.By); err != nil {
		return err
	}
	p.shell = v.Shell("Guests", ui.Link{Label: "People"})
	p.shell.Toast = frame.Toast(r, done)
	return ui.Render(w, r, http.StatusOK, list(p))
}

func (p listPage) actions() []templ.Component {
	if !p.v.Whole(guests.Need) {
		return nil
	}
	return []templ.Component{ui.LinkButton(ui.ButtonProps{Label: "Add guest", Icon: "plus", Href: p.v.To("/guests/new")})}
}

func (p listPage) table() ui.TableProps {
	t := ui.TableProps{Caption: "Guests", Target: "list", Columns: []ui.Column{{Label: "Guest", Main: true}, {Label: "State"}, {Label: "Until"}, {Label: "Energy", Num: true}, {Label: "Sessions", Num: true}}}
	var first templ.Component
	if p.v.Whole(guests.Need) {
		first = ui.LinkButton(ui.ButtonProps{Label: "Add guest", Icon: "plus", Href: p.v.To("/guests/new")})
	}
	t.Empty = ui.EmptyState("user-plus", "No guests yet", "A guest charges for some time, at the places you choose and up to a budget: by a link on their phone, or by a code at the charger. They need no account.", first)
	for i := range p.list {
		g := &p.list[i]
		t.Rows = append(t.Rows, ui.Row{ID: string(g.ID), Name: nameOf(g), Href: p.v.To("/guests/" + string(g.ID)), Cells: []templ.Component{
			ui.Two(nameOf(g), strings.Join(g.Places, ", ")), state(g.State), ui.Time(g.Ends), ui.Text(energy(p.rd, g)), ui.Text(sessions(p.rd, g)),
		}})
	}
	return t
}

func nameOf(g *guests.Sight) string {
	if g.Name == "" {
		return "Guest"
	}
	return g.Name
}

func energy(rd ui.Reader, g *guests.Sight) string {
	used := rd.Decimal(g.Used.Wh, 3, 1)
	if g.Wh == 0 {
		return used + " kWh"
	}
	return used + " of " + rd.Decimal(g.Wh, 3, 0) + " kWh"
}

func sessions(rd ui.Reader, g *guests.Sight) string {
	if g.Charges == 0 {
		return rd.Int(g.Used.Charges)
	}
	return rd.Int(g.Used.Charges) + " of " + rd.Int(g.Charges)
}

var states = map[guest.State]struct {
	label string
	tone  ui.Tone
}{
	guest.Ahead: {"Not begun", ui.Info}, guest.Open: {"Open", ui.Good}, guest.Spent: {"Used up", ui.Warn}, guest.Over: {"Over", ui.Neutral}, guest.Revoked: {"Revoked", ui.Bad},
}

func state(s guest.State) templ.Component { return ui.Badge(states[s].label, states[s].tone) }

// formPage asks for a new guest. It holds what was typed.
type formPage struct {
	v      *frame.Visit
	shell  ui.ConsoleProps
	name   string
	places []string
	from   string
	until  string
	kwh    string
	times  string
	code   bool
	offer  []ui.CheckItem
	wrong  ui.Errors
}

// minutes is how a moment is written in a field of the form, by the workspace's clock.
const minutes = "2006-01-02T15:04"

func (c *Pages) add(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	now := c.Now().In(v.Workspace.Zone())
	p := formPage{v: v, from: now.Format(minutes), until: now.AddDate(0, 0, 1).Format(minutes), kwh: "30", times: "1"}
	if at := r.URL.Query().Get("charger"); at != "" {
		p.places = []string{"charger:" + at}
	}
	return c.form(w, r, http.StatusOK, p)
}

func (c *Pages) form(w http.ResponseWriter, r *http.Request, status int, p formPage) error {
	places, err := c.Browse.Locations(r.Context(), p.v.By, "")
	if err != nil {
		return err
	}
	chosen := map[string]bool{}
	for _, at := range p.places {
		chosen[at] = true
	}
	offer := func(value, label string) {
		p.offer = append(p.offer, ui.CheckItem{Value: value, Label: label, Checked: chosen[value]})
	}
	for _, l := range places {
		offer("location:"+string(l.ID), l.Name)
	}
	for _, at := range p.places {
		if one, ok := strings.CutPrefix(at, "charger:"); ok && id.Valid(one) {
			h, err := c.Browse.Charger(r.Context(), p.v.By, id.Charger(one))
			if errs.KindOf(err) == errs.NotFound {
				continue
			}
			if err != nil {
				return err
			}
			offer(at, "Only "+h.Name)
		}
	}
	p.shell = p.v.Shell("Add guest", ui.Link{Label: "People"}, ui.Link{Label: "Guests", Href: p.v.To("/guests")})
	return ui.Render(w, r, status, form(p))
}

func (c *Pages) make(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	said := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	p := formPage{v: v, name: said("name"), places: r.PostForm["place"], from: said("from"), until: said("until"), kwh: said("kwh"), times: said("sessions"), code: said("code") != ""}
	in, err := p.read()
	if err == nil {
		var g guest.Guest
		if g, err = c.Guests.Make(r.Context(), v.By, in); err == nil {
			ui.RedirectDone(w, r, v.To("/guests/"+string(g.ID)), "made", -1)
			return nil
		}
	}
	if wrong, ok := ui.ErrorsOf(err); ok {
		p.wrong = wrong
		return c.form(w, r, http.StatusUnprocessableEntity, p)
	}
	return err
}

// read takes what was typed.
func (p *formPage) read() (in guests.New, err error) {
	var wrong errs.List
	in.Name, in.Code = p.name, p.code
	for _, at := range p.places {
		kind, one, _ := strings.Cut(at, ":")
		switch kind {
		case "location":
			in.Places = append(in.Places, guests.Place{Location: id.Location(one)})
		case "charger":
			in.Places = append(in.Places, guests.Place{Charger: id.Charger(one)})
		}
	}
	for field, m := range map[string]struct {
		text string
		at   *time.Time
	}{"from": {p.from, &in.From}, "until": {p.until, &in.Until}} {
		if *m.at, err = time.ParseInLocation(minutes, m.text, p.v.Workspace.Zone()); err != nil {
			wrong.Add(errs.AtField(field, "Write a day and a time, such as 2027-03-01T08:00."))
		}
	}
	for field, m := range map[string]struct {
		text string
		unit int64
		n    *int64
	}{"kwh": {p.kwh, 1000, &in.Wh}, "sessions": {p.times, 1, &in.Charges}} {
		if m.text == "" {
			continue
		}
		n, err := strconv.ParseInt(m.text, 10, 32)
		if *m.n = n * m.unit; err != nil || n < 1 {
			wrong.Add(errs.AtField(field, "Write a whole number from 1 on, or leave it empty."))
		}
	}
	return in, wrong.Err()
}

type onePage struct {
	v     *frame.Visit
	shell ui.ConsoleProps
	rd    ui.Reader
	g     guests.Sight
	link  string
}

func (c *Pages) one(w http.ResponseWriter, r *http.Request, v *frame.Visit) (err error) {
	p := onePage{v: v, rd: ui.ReaderOf(r.Context())}
	if p.g, _, err = c.Guests.One(r.Context(), v.By, id.Guest(r.PathValue("guest"))); err != nil {
		return err
	}
	if p.g.Token != "" {
		p.link = c.Public(r) + "/g/" + url.PathEscape(p.g.Token)
	}
	p.shell = v.Shell(nameOf(&p.g), ui.Link{Label: "People"}, ui.Link{Label: "Guests", Href: v.To("/guests")})
	p.shell.Toast = frame.Toast(r, done)
	return ui.Render(w, r, http.StatusOK, one(p))
}

// lives reports whether there is something to revoke.
func (p onePage) lives() bool { return p.g.State != guest.Revoked && p.g.State != guest.Over }

func (p onePage) actions() (list []templ.Component) {
	if p.lives() && p.v.Whole(guests.Need) {
		list = append(list, ui.LinkButton(ui.ButtonProps{Label: "Revoke …", Icon: "ban", Variant: "outline", Href: p.v.To("/guests/" + string(p.g.ID) + "/revoke")}))
	}
	return list
}

func (p onePage) facts() []ui.Term {
	terms := []ui.Term{
		{Label: "State", Value: state(p.g.State)},
		{Label: "Where", Value: ui.Text(strings.Join(p.g.Places, ", "))},
		{Label: "From", Value: ui.Time(p.g.Begins)},
		{Label: "Until", Value: ui.Time(p.g.Ends)},
		{Label: "Energy", Value: ui.Text(energy(p.rd, &p.g))},
		{Label: "Sessions", Value: ui.Text(sessions(p.rd, &p.g))},
	}
	if p.v.Whole(access.PeopleRead) {
		terms = append(terms, ui.Term{Label: "Stands for them", Value: ui.A("A user without e-mail", p.v.To("/users/"+string(p.g.Person)))})
	}
	return terms
}

func (c *Pages) revokeAsk(w http.ResponseWriter, r *http.Request, v *frame.Visit) (err error) {
	p := onePage{v: v}
	if p.g, _, err = c.Guests.One(r.Context(), v.By, id.Guest(r.PathValue("guest"))); err != nil {
		return err
	}
	p.shell = v.Shell("Revoke", ui.Link{Label: "People"}, ui.Link{Label: "Guests", Href: v.To("/guests")}, ui.Link{Label: nameOf(&p.g), Href: v.To("/guests/" + string(p.g.ID))})
	return ui.Render(w, r, http.StatusOK, revoke(p))
}

func (c *Pages) revoke(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	one := id.Guest(r.PathValue("guest"))
	if err := c.Guests.Revoke(r.Context(), v.By, one); err != nil {
		return err
	}
	ui.RedirectDone(w, r, v.To("/guests/"+string(one)), "revoked", -1)
	return nil
}
