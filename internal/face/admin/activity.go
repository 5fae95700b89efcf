package admin

import (
	"net/http"
	"net/url"
	"strings"

	"involt/internal/face/ui"
	"involt/internal/flow/browse"

	"github.com/a-h/templ"
)

// activityPage is the journal as people read it.
type activityPage struct {
	v      *visit
	shell  ui.ConsoleProps
	url    *url.URL
	filter browse.ActivityFilter
	period string
	page   browse.ActivityPage
	rd     ui.Reader
}

// activityKinds are what entries can be about, by the noun their names begin with.
var activityKinds = []ui.Option{
	{Value: "person", Label: "Users"},
	{Value: "invitation", Label: "Invitations"},
	{Value: "import", Label: "Imports"},
	{Value: "group", Label: "Groups"},
	{Value: "card", Label: "Cards"},
	{Value: "grant", Label: "Who may charge"},
	{Value: "location", Label: "Locations"},
	{Value: "charger", Label: "Chargers"},
	{Value: "session", Label: "Sessions"},
	{Value: "api-key", Label: "API keys"},
	{Value: "settings", Label: "Settings"},
	{Value: "job", Label: "Background work"},
}

func (c *Console) activity(w http.ResponseWriter, r *http.Request, v *visit) error {
	q := r.URL.Query()
	p := activityPage{v: v, url: r.URL, rd: ui.ReaderOf(r.Context()), period: q.Get("period"), filter: browse.ActivityFilter{
		What: q.Get("what"), Actor: q.Get("actor"), Subject: q.Get("about"), Paging: paging(q),
	}}
	p.filter.From, p.filter.To = span(p.period, p.rd)
	var err error
	if p.page, err = c.Browse.Activity(r.Context(), v.By, p.filter); err != nil {
		return err
	}
	p.shell = c.shell(v, "Activity", ui.Link{Label: "Workspace"})
	return ui.Render(w, r, http.StatusOK, activity(p))
}

func (p activityPage) bar() ui.FilterBarProps {
	bar := ui.FilterBarProps{Action: p.v.path("/activity"), Target: "list", NoSearch: true}
	noun, _, _ := strings.Cut(p.filter.What, ".")
	bar.Filters = append(bar.Filters, selects("what", "Everything", noun, activityKinds)...)
	bar.Filters = append(bar.Filters, selects("actor", "By anybody", p.filter.Actor, p.actors())...)
	bar.Filters = append(bar.Filters, selects("period", "Any time", p.period, periods)...)
	if about := p.filter.Subject; about != "" {
		name := about
		for _, a := range p.page.Rows {
			if a.Subject == about && a.SubjectName != "" {
				name = a.SubjectName
			}
		}
		if name == about {
			name = "one thing"
		}
		bar.Keep = append(bar.Keep, ui.Hidden{Name: "about", Value: about})
		bar.Chips = []ui.Chip{{Label: "About: " + name, Href: ui.WithQuery(p.url, "about", "")}}
	}
	return bar
}

// actors are those who did what the page shows, with the one who is chosen.
func (p activityPage) actors() (list []ui.Option) {
	me := "person:" + string(p.v.By.Person)
	list = append(list, ui.Option{Value: me, Label: "By me"})
	seen := map[string]bool{me: true}
	for _, a := range p.page.Rows {
		if !seen[a.Actor] {
			seen[a.Actor] = true
			list = append(list, ui.Option{Value: a.Actor, Label: "By " + actorName(a)})
		}
	}
	if f := p.filter.Actor; f != "" && !seen[f] {
		list = append(list, ui.Option{Value: f, Label: "By one who did nothing here"})
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
	default:
		return "Involt"
	}
}

func (p activityPage) table() ui.TableProps {
	t := ui.TableProps{Caption: "Activity", Target: "list", Columns: []ui.Column{{Label: "What happened", Main: true}, {Label: "To what"}, {Label: "Who"}, {Label: "When"}}}
	if p.filter.What != "" || p.filter.Actor != "" || p.filter.Subject != "" || p.period != "" {
		t.Empty = ui.EmptyState("search", "Nothing of the kind happened", "Try a longer period or another kind.", ui.LinkButton(ui.ButtonProps{Label: "Show everything", Variant: "outline", Href: p.v.path("/activity")}))
	} else {
		t.Empty = ui.EmptyState("history", "Nothing happened yet", "Whatever somebody changes in this workspace is written down here.", nil)
	}
	for _, a := range p.page.Rows {
		said := tell(a, p.v)
		if said.Detail == a.SubjectName {
			said.Detail = "" // it stands beside it
		}
		t.Rows = append(t.Rows, ui.Row{ID: string(a.ID), Name: said.Text, Cells: []templ.Component{
			happened(said), p.subject(a, said), doer(actorName(a), ui.WithQuery(p.url, "actor", a.Actor)), ui.Ago(a.At),
		}})
	}
	return t
}

// subject draws what an entry happened to, as a link where there is a page that
// the reader may open.
func (p activityPage) subject(a browse.Activity, said told) templ.Component {
	name := a.SubjectName
	if name == "" && a.About > 1 {
		name = p.rd.Int(a.About) + " users"
	}
	if name == "" {
		return ui.Dash()
	}
	path := strings.TrimPrefix(said.Href, p.v.Base)
	root, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if need, there := menuNeeds[root]; said.Href == "" || there && !p.v.may(need) {
		return ui.Text(name)
	}
	if root == "chargers" || root == "locations" || root == "groups" {
		return ui.A(name, said.Href)
	}
	return sheetLink(name, said.Href)
}
