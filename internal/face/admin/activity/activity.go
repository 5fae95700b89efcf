package activity

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"

	"github.com/a-h/templ"
)

// activityPage is the journal as it was asked for.
type activityPage struct {
	v      *frame.Visit
	shell  ui.ConsoleProps
	url    *url.URL
	filter browse.ActivityFilter
	period string // the name of a span; "" where the days say it
	from   string // days, "2026-11-22"
	to     string
	page   browse.ActivityPage
	actors []browse.Choice
	rd     ui.Reader
}

// kinds are what entries can be about, by the noun their names begin with.
var kinds = []ui.Option{
	{Value: "person", Label: "Users"},
	{Value: "invitation", Label: "Invitations"},
	{Value: "application", Label: "Registrations"},
	{Value: "claim", Label: "Claims"},
	{Value: "vehicle", Label: "Vehicles"},
	{Value: "import", Label: "Imports"},
	{Value: "bulk", Label: "Bulk actions"},
	{Value: "group", Label: "Groups"},
	{Value: "card", Label: "Cards"},
	{Value: "grant", Label: "Who may charge"},
	{Value: "location", Label: "Locations"},
	{Value: "charger", Label: "Chargers"},
	{Value: "session", Label: "Sessions"},
	{Value: "view", Label: "Saved views"},
	{Value: "export", Label: "Scheduled exports"},
	{Value: "api-key", Label: "API keys"},
	{Value: "settings", Label: "Settings"},
	{Value: "workspace", Label: "Workspace"},
	{Value: "job", Label: "Background work"},
}

// asked reads the filter from the address.
func asked(r *http.Request, v *frame.Visit) activityPage {
	p := read(r.URL.Query(), ui.ReaderOf(r.Context()))
	p.v, p.url = v, r.URL
	return p
}

// Filters are the parameters of the page's address that say which entries are
// meant.
var Filters = []string{"what", "actor", "about", "q", "period", "from", "to"}

// FilterOf reads which entries an address of the page means.
func FilterOf(q url.Values, rd ui.Reader) browse.ActivityFilter { return read(q, rd).filter }

func read(q url.Values, rd ui.Reader) activityPage {
	p := activityPage{rd: rd, period: q.Get("period"), filter: browse.ActivityFilter{
		What: q.Get("what"), Actor: who(q["actor"]), Subject: q.Get("about"), Q: q.Get("q"), Paging: frame.Paging(q),
	}}
	p.filter.From, p.filter.To = frame.Span(p.period, p.rd)
	if day, ok := frame.DayOf(q.Get("from"), p.rd); ok {
		p.from, p.period, p.filter.From = q.Get("from"), "", day
	}
	if day, ok := frame.DayOf(q.Get("to"), p.rd); ok {
		y, m, d := day.Date()
		p.to, p.period, p.filter.To = q.Get("to"), "", time.Date(y, m, d+1, 0, 0, 0, 0, p.rd.Zone) // the day itself included
	}
	return p
}

// who is whose doings are asked for: the tab says of which kind, and the select,
// which is sent with it, may say who exactly.
func who(values []string) (actor string) {
	for _, v := range values {
		if actor == "" || strings.Contains(v, ":") {
			actor = v
		}
	}
	return actor
}

func (c *Pages) activity(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p := asked(r, v)
	var err error
	if p.page, err = c.Browse.Activity(r.Context(), v.By, p.filter); err != nil {
		return err
	}
	if p.actors, err = c.Browse.Actors(r.Context(), v.By); err != nil {
		return err
	}
	p.shell = v.Shell("Activity", ui.Link{Label: "Workspace"})
	return ui.Render(w, r, http.StatusOK, activity(p))
}

func (p activityPage) bar() ui.FilterBarProps {
	bar := ui.FilterBarProps{Action: p.v.To("/activity"), Target: "list", Query: p.filter.Q, Placeholder: "Search user, card, charger …", More: days(p), Right: frame.ExportButton(p.v, p.url, "/activity", false)}
	if !p.v.May(access.PersonalData) {
		bar.Placeholder = "Search external id, card …"
	}
	noun, _, _ := strings.Cut(p.filter.What, ".")
	bar.Filters = append(bar.Filters, frame.Selects("what", "Any kind", noun, kinds)...)
	bar.Filters = append(bar.Filters, frame.Selects("actor", "By anybody", p.filter.Actor, p.whom())...)
	if f := p.filter.Actor; f != "" && !strings.Contains(f, ":") {
		bar.Keep = append(bar.Keep, ui.Hidden{Name: "actor", Value: f}) // the tab; somebody chosen goes before it
	}
	if strings.Contains(p.filter.What, ".") {
		bar.Chips = append(bar.Chips, ui.Chip{Label: "Only: " + frame.Sentence(p.filter.What), Href: ui.WithQuery(p.url, "what", noun)})
	}
	if about := p.filter.Subject; about != "" {
		bar.Keep = append(bar.Keep, ui.Hidden{Name: "about", Value: about})
		bar.Chips = append(bar.Chips, ui.Chip{Label: "About: " + p.aboutName(), Href: ui.WithQuery(p.url, "about", "")})
	}
	for _, o := range frame.Periods {
		if o.Value == p.period {
			bar.Keep = append(bar.Keep, ui.Hidden{Name: "period", Value: p.period})
			bar.Chips = append(bar.Chips, ui.Chip{Label: o.Label, Href: ui.WithQuery(p.url, "period", "")})
		}
	}
	if p.filtered() {
		bar.Clear = p.v.To("/activity")
	}
	return bar
}

// aboutName is what the page is narrowed to.
func (p activityPage) aboutName() string {
	for _, a := range p.page.Rows {
		if a.Subject == p.filter.Subject && a.SubjectName != "" {
			return a.SubjectName
		}
	}
	return "one thing"
}

func (p activityPage) filtered() bool {
	f := p.filter
	return f.What != "" || f.Actor != "" || f.Subject != "" || f.Q != "" || !f.From.IsZero() || !f.To.IsZero()
}

// tabs narrow the page to what people did, or others.
func (p activityPage) tabs() (list []ui.Tab) {
	noun, _, _ := strings.Cut(p.filter.Actor, ":")
	for _, t := range []struct{ label, actor string }{{"Everything", ""}, {"By people", "person"}, {"By programs", "key"}, {"By chargers", "charger"}, {"By Involt", "system"}} {
		list = append(list, ui.Tab{Label: t.label, Href: ui.WithQuery(p.url, "actor", t.actor), Current: noun == t.actor})
	}
	return list
}

// whom are those whose doings can be looked at: oneself, the staff and the keys,
// Involt, and whoever else the page shows.
func (p activityPage) whom() (list []ui.Option) {
	me := "person:" + string(p.v.By.Person)
	list = append(list, ui.Option{Value: me, Label: "By me"})
	seen := map[string]bool{me: true}
	add := func(thing, name string) {
		if !seen[thing] {
			seen[thing] = true
			list = append(list, ui.Option{Value: thing, Label: "By " + name})
		}
	}
	for _, a := range p.actors {
		add(a.ID, a.Name)
	}
	for _, a := range p.page.Rows {
		if !strings.HasPrefix(a.Actor, "system:") {
			add(a.Actor, actorName(a))
		}
	}
	if f := p.filter.Actor; strings.Contains(f, ":") {
		add(f, "one who did nothing here")
	}
	return list
}

func actorName(a browse.Activity) string {
	noun, _, _ := strings.Cut(a.Actor, ":")
	switch {
	case a.ActorName != "":
		return a.ActorName
	case noun == "person":
		return "a user who is gone"
	case noun == "charger":
		return "a charger that is gone"
	case noun == "key":
		return "an API key that is gone"
	default:
		return "Involt"
	}
}

func (p activityPage) table() ui.TableProps {
	t := ui.TableProps{Caption: "Activity", Target: "list", Columns: []ui.Column{{Label: "What happened", Main: true}, {Label: "To what"}, {Label: "Who"}, {Label: "When"}}}
	if p.filtered() {
		t.Empty = ui.EmptyState("search", "Nothing of the kind happened", "Try a longer period or another kind.", ui.LinkButton(ui.ButtonProps{Label: "Show everything", Variant: "outline", Href: p.v.To("/activity")}))
	} else {
		t.Empty = ui.EmptyState("history", "Nothing happened yet", "Whatever somebody changes in this workspace is written down here.", nil)
	}
	for _, a := range p.page.Rows {
		said := frame.Tell(a, p.v)
		if said.Detail == a.SubjectName {
			said.Detail = "" // it stands beside it
		}
		t.Rows = append(t.Rows, ui.Row{ID: string(a.ID), Name: said.Text, Cells: []templ.Component{
			happened(said), p.subject(a, said), doer(actorName(a), ui.WithQuery(p.url, "actor", a.Actor)), moment(a.At),
		}})
	}
	return t
}

// subject draws what an entry happened to.
func (p activityPage) subject(a browse.Activity, said frame.Told) templ.Component {
	name := a.SubjectName
	if name == "" && a.About > 1 {
		name = p.rd.Int(a.About) + " users"
	}
	if name == "" {
		return ui.Dash()
	}
	return frame.Linked(p.v, name, said.Href)
}
