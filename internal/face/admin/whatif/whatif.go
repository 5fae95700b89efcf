// Package whatif is the console's pages that say who may charge where before
// anybody taps a card: one card at one charger at one time, with every check; and
// everybody who may charge at a charger or a location, with why.
package whatif

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/decision"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/admit"
	"involt/internal/flow/admit/judge"
	"involt/internal/flow/browse"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"

	"github.com/a-h/templ"
)

// Config is what the pages are made of. Every field but Now must be set.
type Config struct {
	DB     *db.DB
	Admit  *admit.Service
	Browse *browse.Service
	Now    func() time.Time // optional
}

// Pages are the pages.
type Pages struct{ Config }

// New returns the pages.
func New(cfg Config) *Pages {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Pages{cfg}
}

// Routes are everything the pages answer to.
func (c *Pages) Routes() []frame.Route {
	const who = access.PeopleRead | access.PlacesRead
	return []frame.Route{
		{Pattern: "GET /taps/what-if", Need: access.SessionsRead | access.CardsRead | access.PlacesRead, Do: c.ask},
		{Pattern: "GET /chargers/{charger}/users", Need: who, Do: c.who},
		{Pattern: "GET /locations/{location}/users", Need: who, Do: c.who},
	}
}

// askPage is a question, and its answer if one was asked.
type askPage struct {
	v               *frame.Visit
	shell           ui.ConsoleProps
	rd              ui.Reader
	card, place, at string // as they were typed
	places          []ui.Option
	asked           bool
	x               admit.Explained
	moment          time.Time
	wrong           ui.Errors
}

// momentLayout is how browsers spell the value of a moment in a form.
const momentLayout = "2006-01-02T15:04"

// mostOffered is how many chargers are offered while one is typed.
const mostOffered = 200

func (c *Pages) ask(w http.ResponseWriter, r *http.Request, v *frame.Visit) (err error) {
	q := r.URL.Query()
	said := func(name string) string { return strings.TrimSpace(q.Get(name)) }
	p := askPage{v: v, rd: ui.ReaderOf(r.Context()), card: said("card"), place: said("place"), at: said("at"), asked: q.Has("card")}
	if p.places, err = c.offered(r, v); err != nil {
		return err
	}
	p.shell = v.Shell("What if", ui.Link{Label: "Charging"}, ui.Link{Label: "Taps", Href: v.To("/taps")})
	status := http.StatusOK
	if p.asked {
		err := c.answer(r, &p)
		if wrong, ok := ui.ErrorsOf(err); ok {
			p.wrong, p.asked, status = wrong, false, http.StatusUnprocessableEntity
		} else if err != nil {
			return err
		}
	}
	return ui.Render(w, r, status, askPageOf(p))
}

func (c *Pages) offered(r *http.Request, v *frame.Visit) (list []ui.Option, err error) {
	found, err := c.Browse.Chargers(r.Context(), v.By, browse.ChargerFilter{Paging: browse.Paging{Limit: mostOffered}})
	for _, h := range found.Rows {
		list = append(list, ui.Option{Value: h.Identity, Label: h.Identity})
	}
	return list, err
}

// answer asks. A charger is named by its identity, or one of its EVSEs by its id.
func (c *Pages) answer(r *http.Request, p *askPage) (err error) {
	p.moment = c.Now()
	if p.at != "" {
		if p.moment, err = time.ParseInLocation(momentLayout, p.at, p.rd.Zone); err != nil {
			return errs.AtField("at", "Write the moment as 2026-11-30T18:00. Without one, the present moment is meant.")
		}
	}
	if p.place == "" {
		return errs.AtField("place", "Say where: a charger's identity, or the id of an EVSE.")
	}
	p.x, err = c.Admit.Explain(r.Context(), p.v.By, p.card, "", p.place, p.moment, "console")
	if wrong, ok := ui.ErrorsOf(err); ok && wrong.Of("charger") != "" {
		p.x, err = c.Admit.Explain(r.Context(), p.v.By, p.card, p.place, "", p.moment, "console")
		if wrong, ok := ui.ErrorsOf(err); ok && wrong.Of("evse_id") != "" {
			return errs.AtField("place", "There is no charger with the identity %s in this workspace, and no EVSE of that id.", p.place)
		}
	}
	return err
}

// asking says what was asked: "04A1B2C3 of Anna Berg, 27 Nov 2026, 17:41".
func (p askPage) asking() string {
	s := p.x.Decision.CardUID
	if p.x.Name != "" {
		s += " of " + p.x.Name
	}
	return s + ", " + p.rd.DateTime(p.moment)
}

// remedy leads to where something can be done about the answer; no Href if there
// is nothing, or the visitor may not.
func (p askPage) remedy() ui.Link {
	d := &p.x.Decision
	card, user := "/cards/"+string(d.Card), "/users/"+string(d.Person)
	link := func(label, path string, need access.Perm) ui.Link {
		if !p.v.Whole(need) {
			return ui.Link{}
		}
		return ui.Link{Label: label, Href: p.v.To(path)}
	}
	switch d.Reason {
	case decision.UnknownCard:
		return link("Whose is it?", "/cards/unknown/whose?uid="+url.QueryEscape(d.CardUID), access.CardsWrite|access.PeopleRead)
	case decision.CardBlocked, decision.CardSuspended:
		return link("Unblock card …", card+"/unblock", access.CardsWrite)
	case decision.CardInactive, decision.CardExpired, decision.CardNotYetValid:
		return link("Open card", card, access.CardsRead)
	case decision.UserNotActive, decision.UserDeactivated, decision.UserNotYet, decision.AccountClosed, decision.AccountEnded, decision.AccountPlace:
		return link("Open user", user, access.PeopleRead)
	case decision.NotThisPlace, decision.NotThisTime:
		return link("Who may charge here", "/chargers/"+string(d.Charger)+"/users", access.PeopleRead|access.PlacesRead)
	case decision.CardDoubted:
		return link("Cards in two places", "/cards/doubts", access.CardsRead)
	case decision.Concurrent:
		return link("Sessions that run", "/sessions?status=running&user="+url.QueryEscape(string(d.Person)), access.SessionsRead)
	case decision.Allowed, decision.NoCredit, decision.CardLearned, decision.TooManyTries, decision.Away:
	}
	return ui.Link{}
}

// outcome draws what became of a check.
func outcome(s judge.Step) (word string, tone ui.Tone) {
	switch s.Outcome {
	case judge.Passed:
		return "Passed", ui.Good
	case judge.Failed:
		return "Failed", ui.Bad
	case judge.NotSeen:
	}
	return "Not looked at", ui.Neutral
}

// whoPage is everybody who may charge at a place.
type whoPage struct {
	v     *frame.Visit
	shell ui.ConsoleProps
	url   *url.URL
	rd    ui.Reader
	name  string
	back  string
	why   admit.Why
	a     admit.Allowed
	names map[id.Person]string
	group map[id.Group]string
}

// whoAtOnce is how many are on a page.
const whoAtOnce = 50

func (c *Pages) who(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	q := r.URL.Query()
	p := whoPage{v: v, url: r.URL, rd: ui.ReaderOf(r.Context()), why: admit.Why(q.Get("why")), names: map[id.Person]string{}, group: map[id.Group]string{}}
	at := admit.Where{Charger: id.Charger(r.PathValue("charger")), Location: id.Location(r.PathValue("location"))}
	crumbs := []ui.Link{{Label: "Access"}}
	if err := c.DB.View(r.Context(), func(tx *db.Tx) error {
		if at.Charger != "" {
			h, err := site.ChargerByID(tx, v.By.Workspace, at.Charger)
			p.name, p.back = h.Name, v.To("/chargers/"+string(h.ID))
			crumbs = append(crumbs, ui.Link{Label: "Chargers", Href: v.To("/chargers")})
			return err
		}
		l, err := site.LocationByID(tx, v.By.Workspace, at.Location)
		p.name, p.back = l.Name, v.To("/locations/"+string(l.ID))
		crumbs = append(crumbs, ui.Link{Label: "Locations & zones", Href: v.To("/locations")})
		return err
	}); err != nil {
		return err
	}
	var err error
	if p.a, err = c.Admit.WhoMay(r.Context(), v.By, at, p.why, id.Person(q.Get("after")), whoAtOnce, c.Now()); err != nil {
		return err
	}
	if err := c.name(r, &p); err != nil {
		return err
	}
	p.shell = v.Shell("Who may charge here", append(crumbs, ui.Link{Label: p.name, Href: p.back})...)
	return ui.Render(w, r, http.StatusOK, whoPageOf(p))
}

// name looks up how those on the page and their groups are called.
func (c *Pages) name(r *http.Request, p *whoPage) error {
	var list []id.Person
	for _, one := range p.a.List {
		list = append(list, one.Person)
	}
	return c.DB.View(r.Context(), func(tx *db.Tx) error {
		all, err := person.ByIDs(tx, p.v.By.Workspace, list)
		if err != nil {
			return err
		}
		for i := range all {
			o := &all[i]
			p.names[o.ID] = browse.Name(p.v.By, o.FirstName, o.LastName, o.Email, o.ExternalID)
		}
		groups, err := group.List(tx, p.v.By.Workspace)
		for _, g := range groups {
			p.group[g.ID] = g.Name
		}
		return err
	})
}

func (p whoPage) tabs() []ui.Tab {
	var all int64
	for _, n := range p.a.Count {
		all += n
	}
	tab := func(label string, why admit.Why, n int64) ui.Tab {
		return ui.Tab{Label: label, Href: ui.WithQuery(p.url, "why", string(why), "after", ""), Count: p.rd.Int(n), Current: p.why == why}
	}
	return []ui.Tab{
		tab("All", "", all), tab("By a group", admit.ByGroup, p.a.Count[admit.ByGroup]), tab("By name", admit.ByName, p.a.Count[admit.ByName]),
		tab("Everyone active", admit.ByActive, p.a.Count[admit.ByActive]),
	}
}

// why says what lets somebody charge here.
func (p whoPage) reason(o admit.Allowee) string {
	switch o.Why {
	case admit.ByName:
		return "A rule names them"
	case admit.ByGroup:
		if name := p.group[o.Group]; name != "" {
			return "Group " + name
		}
		return "One of their groups"
	case admit.ByActive:
	}
	return "Every active user may charge here"
}

func (p whoPage) table() ui.TableProps {
	t := ui.TableProps{Caption: "Who may charge here", Target: "list", Columns: []ui.Column{{Label: "User", Main: true}, {Label: "Why"}, {Label: "When"}, {Label: "Card"}}}
	t.Empty = ui.EmptyState("users", "Nobody may charge here now", "Open the place to a group or a user, or look again when a rule's hours have come.", nil)
	for _, o := range p.a.List {
		when, has := ui.Quiet("always"), ui.Badge("No working card", ui.Warn)
		if o.When != "" {
			when = ui.Text(o.When)
		}
		if o.Card {
			has = ui.Text("Works")
		}
		t.Rows = append(t.Rows, ui.Row{
			ID: string(o.Person), Name: p.names[o.Person], Href: p.v.To("/users/" + string(o.Person)), Sheet: true,
			Cells: []templ.Component{ui.Text(p.names[o.Person]), ui.Text(p.reason(o)), when, has},
		})
	}
	return t
}

// next is the address of the next page, "" if there is none.
func (p whoPage) next() string {
	if !p.a.More {
		return ""
	}
	return ui.WithQuery(p.url, "after", string(p.a.List[len(p.a.List)-1].Person))
}

// mayList reports whether a visitor may see who may charge at a place.
func mayList(v *frame.Visit) bool { return v.Whole(access.PeopleRead | access.PlacesRead) }

// Link leads from a section of a place's page to everybody who may charge there; nil
// for whom may not see that.
func Link(v *frame.Visit, at string) templ.Component {
	if !mayList(v) {
		return nil
	}
	return ui.LinkButton(ui.ButtonProps{Label: "See everybody", Icon: "users", Variant: "ghost", Size: "sm", Href: v.To(at + "/users")})
}

// Action is the same among a page's actions.
func Action(v *frame.Visit, at string) []templ.Component {
	if !mayList(v) {
		return nil
	}
	return []templ.Component{ui.LinkButton(ui.ButtonProps{Label: "Who may charge here", Icon: "users", Variant: "outline", Href: v.To(at + "/users")})}
}
