// Package orphans is the console's list of ends of charging that chargers reported
// without ever having told of the start.
package orphans

import (
	"net/http"
	"net/url"

	"involt/internal/core/access"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/booking"

	"github.com/a-h/templ"
)

// Config is what the page is made of. Every field must be set.
type Config struct{ Booking *booking.Service }

// Pages is the page.
type Pages struct{ Config }

// New returns the page.
func New(cfg Config) *Pages { return &Pages{cfg} }

// Routes are everything the page answers to.
func (c *Pages) Routes() []frame.Route {
	return []frame.Route{{Pattern: "GET /sessions/orphans", Need: access.SessionsRead | access.PlacesRead, Do: c.list}}
}

type listPage struct {
	v     *frame.Visit
	shell ui.ConsoleProps
	url   *url.URL
	rd    ui.Reader
	every bool // those too that have found their start
	all   []booking.OrphanStop
}

func (c *Pages) list(w http.ResponseWriter, r *http.Request, v *frame.Visit) (err error) {
	p := listPage{v: v, url: r.URL, rd: ui.ReaderOf(r.Context()), every: r.URL.Query().Get("list") == "all"}
	if p.all, err = c.Booking.Orphans(r.Context(), v.By, p.every); err != nil {
		return err
	}
	p.shell = v.Shell("Ends without a start", ui.Link{Label: "Charging"}, ui.Link{Label: "Sessions", Href: v.To("/sessions")})
	return ui.Render(w, r, http.StatusOK, list(p))
}

func (p listPage) tabs() []ui.Tab {
	return []ui.Tab{
		{Label: "Waiting", Href: ui.WithQuery(p.url, "list", ""), Current: !p.every},
		{Label: "All", Href: ui.WithQuery(p.url, "list", "all"), Current: p.every},
	}
}

func (p listPage) table() ui.TableProps {
	t := ui.TableProps{Caption: "Ends without a start", Target: "list", Columns: []ui.Column{{Label: "Charger", Main: true}, {Label: "Ended"}, {Label: "Meter", Num: true}, {Label: "Card"}, {Label: "Why it ended"}, {Label: "Charger's number"}, {Label: "Session"}}}
	t.Empty = ui.EmptyState("circle-check", "No end waits for its start", "A charger that was offline may report the end of a session before its start, or never the start. Such an end is kept here until it comes.", nil)
	for _, o := range p.all {
		ended, session := ui.Quiet("not said"), ui.Quiet("waits for its start")
		if o.At.UnixMilli() > 0 {
			ended = ui.Time(o.At)
		}
		if o.Charge != "" {
			session = ui.A("Open session", p.v.To("/sessions/"+string(o.Charge)))
		}
		card := ui.Dash()
		if o.CardUID != "" {
			card = ui.Code(o.CardUID)
		}
		t.Rows = append(t.Rows, ui.Row{
			ID: string(o.ID), Name: o.ChargerName, Href: p.v.To("/chargers/" + string(o.Charger)),
			Cells: []templ.Component{ui.Text(o.ChargerName), ended, ui.Energy(o.MeterStop, 1), card, ui.Text(o.StopReason), ui.Code(o.TxID), session},
		})
	}
	return t
}
