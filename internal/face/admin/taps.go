package admin

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/decision"
	"involt/internal/core/id"
	"involt/internal/face/admin/insight"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"

	"github.com/a-h/templ"
)

// tapsPage is the list of what chargers were answered.
type tapsPage struct {
	v        *visit
	shell    ui.ConsoleProps
	url      *url.URL
	answer   string // "", "allowed" or "refused"
	period   string
	filter   browse.DecisionFilter
	page     browse.DecisionPage
	chargers []ui.Option
	rd       ui.Reader
}

func (c *Console) taps(w http.ResponseWriter, r *http.Request, v *visit) error {
	q := r.URL.Query()
	p := tapsPage{v: v, url: r.URL, rd: ui.ReaderOf(r.Context()), answer: q.Get("answer"), period: q.Get("period"), filter: browse.DecisionFilter{
		Reason: decision.Reason(q.Get("reason")), Person: id.Person(q.Get("user")), Charger: id.Charger(q.Get("charger")), CardUID: cardQuery(q), Paging: paging(q),
	}}
	if p.answer == "allowed" || p.answer == "refused" {
		yes := p.answer == "allowed"
		p.filter.Allowed = &yes
	}
	switch p.period {
	case "":
		p.filter.From, _ = span("30d", p.rd)
	case "all":
		p.filter.From = time.UnixMilli(1) // not zero: the bars would count a month
	default:
		p.filter.From, p.filter.To = span(p.period, p.rd)
	}
	var err error
	if p.page, err = c.Browse.Decisions(r.Context(), v.By, p.filter); err != nil {
		return err
	}
	if p.chargers, _, err = c.offered(r.Context(), v, p.filter.Charger); err != nil {
		return err
	}
	p.shell = c.shell(v, "Taps", ui.Link{Label: "Charging"})
	return ui.Render(w, r, http.StatusOK, taps(p))
}

// cardQuery is the card looked for: typed in the search, or linked to.
func cardQuery(q url.Values) string {
	if s := q.Get("q"); s != "" {
		return s
	}
	return q.Get("card")
}

func (p tapsPage) tabs() []ui.Tab {
	var allowed, refused int64
	for _, b := range p.page.Bars {
		if b.Reason == decision.Allowed {
			allowed += b.N
		} else {
			refused += b.N
		}
	}
	tab := func(label, answer string, n int64) ui.Tab {
		return ui.Tab{Label: label, Href: ui.WithQuery(p.url, "answer", answer, "reason", ""), Count: p.rd.Int(n), Current: p.answer == answer}
	}
	return []ui.Tab{tab("All", "", allowed+refused), tab("Refused", "refused", refused), tab("Allowed", "allowed", allowed)}
}

// tapPeriods are the spans of the list of taps besides the usual one: there are
// many taps, and the old ones are of little use.
var tapPeriods = []ui.Option{periods[0], periods[1], periods[3], periods[4], {Value: "all", Label: "Any time"}}

func (p tapsPage) bar() ui.FilterBarProps {
	bar := ui.FilterBarProps{Action: p.v.path("/taps"), Target: "list", Query: p.filter.CardUID, Placeholder: "Search card …"}
	var reasons []ui.Option
	for _, r := range decision.Reasons {
		if r != decision.Allowed {
			reasons = append(reasons, ui.Option{Value: string(r), Label: r.Label()})
		}
	}
	bar.Filters = append(bar.Filters, selects("reason", "Any reason", string(p.filter.Reason), reasons)...)
	bar.Filters = append(bar.Filters, selects("charger", "Any charger", string(p.filter.Charger), p.chargers)...)
	bar.Filters = append(bar.Filters, selects("period", "Last 30 days", p.period, tapPeriods)...)
	if p.answer != "" {
		bar.Keep = append(bar.Keep, ui.Hidden{Name: "answer", Value: p.answer})
	}
	if p.filter.Person != "" {
		bar.Keep = append(bar.Keep, ui.Hidden{Name: "user", Value: string(p.filter.Person)})
		name := "one without taps here"
		if len(p.page.Rows) > 0 {
			name = p.page.Rows[0].User
		}
		bar.Chips = []ui.Chip{{Label: "User: " + name, Href: ui.WithQuery(p.url, "user", "")}}
	}
	return bar
}

func (p tapsPage) bars() []ui.Bar {
	return insight.Refusals(p.page.Bars, p.rd, func(r decision.Reason) string {
		return ui.WithQuery(p.url, "reason", string(r), "answer", "refused")
	})
}

func (p tapsPage) table() ui.TableProps {
	t := tapTable(p.v, p.page.Rows, true)
	f := p.filter
	if f.Reason != "" || f.Person != "" || f.Charger != "" || f.CardUID != "" || p.period != "" || p.answer != "" {
		t.Empty = ui.EmptyState("search", "No tap matches", "Try a longer period or another reason.", ui.LinkButton(ui.ButtonProps{Label: "Show all taps", Variant: "outline", Href: p.v.path("/taps")}))
	} else {
		t.Empty = ui.EmptyState("radio", "No card was tapped in the last 30 days", "Each time a charger asks about a card, the answer and its reason are listed here.", nil)
	}
	return t
}

// tapTable lists answers, with their chargers or without.
func tapTable(v *visit, list []browse.Decision, placed bool) ui.TableProps {
	t := ui.TableProps{Caption: "Taps", Target: "list", Columns: []ui.Column{{Label: "Card", Main: true}, {Label: "Answer"}, {Label: "Why"}, {Label: "Charger"}, {Label: "When"}}}
	for _, d := range list {
		row := ui.Row{ID: string(d.ID), Name: d.CardUID, Cells: []templ.Component{tapped(d), tapAnswer(d), why(tapReason(d)), tappedAt(d), ui.Ago(d.At)}}
		if d.Card != "" && v.may(access.CardsRead) {
			row.Href, row.Sheet = v.path("/cards/"+string(d.Card)), true
		}
		t.Rows = append(t.Rows, row)
	}
	if !placed {
		t.Columns = append(t.Columns[:3], t.Columns[4:]...)
		for i := range t.Rows {
			t.Rows[i].Cells = append(t.Rows[i].Cells[:3], t.Rows[i].Cells[4:]...)
		}
	}
	return t
}

// tapPlace says where a card was tapped: "Garage 3, EVSE 2".
func tapPlace(d browse.Decision) string {
	switch {
	case d.Charger == "":
		return "Asked without a charger"
	case d.ChargerName == "":
		return "A charger that is gone"
	case d.EVSE > 0:
		return fmt.Sprintf("%s, EVSE %d", d.ChargerName, d.EVSE)
	}
	return d.ChargerName
}
