package insight

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/decision"
	"involt/internal/core/person"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"
	sums "involt/internal/flow/browse/insight"
)

// overviewPage is the state of the workspace on one page.
type overviewPage struct {
	v      *frame.Visit
	shell  ui.ConsoleProps
	o      sums.Overview
	places int
	rd     ui.Reader
	table  func(*frame.Visit, ui.Reader, []browse.Session) ui.TableProps
}

func (c *Pages) overview(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	if v.By.Perms == 0 { // a role in a part of the workspace: the overview is of all of it
		if nav := v.Shell("Overview").Nav; len(nav) > 0 {
			http.Redirect(w, r, nav[0].Items[0].Href, http.StatusSeeOther)
			return nil
		}
	}
	p := overviewPage{v: v, table: c.Running, rd: ui.ReaderOf(r.Context()), shell: v.Shell("Overview")}
	var err error
	if p.o, err = c.Sums.Overview(r.Context(), v.By); err != nil {
		return err
	}
	if v.May(access.PlacesRead) {
		places, err := c.Browse.Locations(r.Context(), v.By, "")
		if err != nil {
			return err
		}
		p.places = len(places)
	}
	return ui.Render(w, r, http.StatusOK, overview(p))
}

// people counts the users that are not staff alone: a fresh workspace has its
// first staff member and nobody else.
func (p overviewPage) people() (n int64) {
	for _, one := range p.o.People {
		n += one
	}
	return n
}

// charged is the energy of the days that are shown, in watt-hours, with the
// number of sessions.
func (p overviewPage) charged() (wh, sessions int64) {
	for _, d := range p.o.Energy {
		wh += d.Wh
		sessions += d.Sessions
	}
	return wh, sessions
}

func (p overviewPage) stats() (list []ui.Stat) {
	if p.v.May(access.PeopleRead) {
		list = append(list, ui.Stat{Label: "Active users", Value: p.rd.Int(p.o.People[person.Active]), Sub: "of " + p.rd.Int(p.people()), Href: p.v.To("/users") + "?status=active"})
	}
	if p.v.May(access.SessionsRead) {
		s := ui.Stat{Label: "Charging now", Value: p.rd.Int(p.o.Running), Href: p.v.To("/live")}
		var power int64
		for _, one := range p.o.Live {
			power += one.PowerW
		}
		if power > 0 && int(p.o.Running) == len(p.o.Live) {
			s.Sub = p.rd.Decimal(power, 3, 1) + " kW"
		}
		list = append(list, s)
	}
	if p.v.May(access.PlacesRead) {
		s := ui.Stat{Label: "Chargers online", Value: p.rd.Int(p.o.Online), Sub: "of " + p.rd.Int(p.o.Chargers), Href: p.v.To("/chargers")}
		if off := p.o.Chargers - p.o.Online; off > 0 {
			s.Sub += fmt.Sprintf(", %s offline", p.rd.Int(off))
		}
		list = append(list, s)
	}
	if p.v.May(access.SessionsRead) {
		list = append(list, ui.Stat{Label: "Energy this month", Value: p.rd.Decimal(p.o.Month.Wh, 3, 0), Unit: "kWh", Sub: plural(p.rd, p.o.Month.Sessions, "session", "sessions"), Href: p.v.To("/sessions") + "?period=month"})
	}
	return list
}

func plural(rd ui.Reader, n int64, one, many string) string {
	if n == 1 {
		return rd.Int(n) + " " + one
	}
	return rd.Int(n) + " " + many
}

// funnel leads from the invitation to the first charge.
func (p overviewPage) funnel() []ui.Bar {
	f := p.o.Funnel
	share := func(n int64) string {
		if f.Invited == 0 {
			return p.rd.Int(n)
		}
		return fmt.Sprintf("%s · %d%%", p.rd.Int(n), 100*n/f.Invited)
	}
	at := func(step sums.Step) string { return p.v.To("/overview/invited") + "?step=" + string(step) }
	return []ui.Bar{
		{Label: "Invited", Value: f.Invited, Text: p.rd.Int(f.Invited), Href: at(sums.StepInvited)},
		{Label: "Opened", Value: f.Opened, Text: share(f.Opened), Href: at(sums.StepOpened)},
		{Label: "Active", Value: f.Active, Text: share(f.Active), Href: at(sums.StepActive)},
	}
}

func (p overviewPage) days() (list []ui.Point) {
	for _, d := range p.o.Energy {
		list = append(list, ui.Point{
			Label: p.rd.Date(d.Day), Value: d.Wh, Text: p.rd.Decimal(d.Wh, 3, 1) + " kWh", Href: p.v.To("/overview/charged") + "?day=" + d.Day.Format(time.DateOnly),
		})
	}
	return list
}

func (p overviewPage) weeks() (list []ui.Point) {
	for _, w := range p.o.Weeks {
		list = append(list, ui.Point{Label: "Week of " + p.rd.Date(w.From), Value: w.Users, Href: p.v.To("/overview/charged") + "?week=" + w.From.Format(time.DateOnly)})
	}
	return list
}

func (p overviewPage) weeksCaption() string {
	return "Active users per week: " + p.rd.Int(p.o.Weeks[len(p.o.Weeks)-1].Users) + " charged this week"
}

// anybody reports whether somebody charged in the weeks that are shown.
func (p overviewPage) anybody() bool {
	return slices.ContainsFunc(p.o.Weeks, func(w sums.WeekActive) bool { return w.Users > 0 })
}

// mostGroups is how many groups the chart of energy shows.
const mostGroups = 8

func (p overviewPage) groups() (list []ui.Bar) {
	for _, g := range p.o.Groups[:min(len(p.o.Groups), mostGroups)] {
		b := ui.Bar{Label: g.Name, Value: g.Wh, Text: p.rd.Decimal(g.Wh, 3, 0) + " kWh", Href: p.v.To("/overview/charged") + "?group=" + string(g.ID)}
		if g.ID == "" {
			b.Label, b.Href = "In no group", p.v.To("/overview/charged")+"?group=none"
		}
		list = append(list, b)
	}
	return list
}

func (p overviewPage) refused() []ui.Bar {
	return Refusals(p.o.Refused, p.rd, func(r decision.Reason) string {
		return p.v.To("/taps") + "?answer=refused&reason=" + string(r)
	})
}

// Refusals are the bars of the reasons for which taps were refused, each of
// which opens its list.
func Refusals(list []browse.ReasonCount, rd ui.Reader, href func(decision.Reason) string) (bars []ui.Bar) {
	for _, b := range list {
		if b.Reason != decision.Allowed {
			bars = append(bars, ui.Bar{Label: b.Reason.Label(), Value: b.N, Text: rd.Int(b.N), Href: href(b.Reason)})
		}
	}
	return bars
}

func (p overviewPage) running() ui.TableProps { return p.table(p.v, p.rd, p.o.Live) }

// asOf says when the pictures were drawn, where that was not just now.
func (p overviewPage) asOf() string {
	if p.o.Now.Sub(p.o.AsOf) < 10*time.Second {
		return ""
	}
	return "The charts are as of " + p.rd.DateTime(p.o.AsOf) + "."
}

// firstStep is one thing to do in a fresh workspace.
type firstStep struct {
	label, text string
	done        bool
	button      ui.ButtonProps
}

// first are the steps to a workspace that works, while one of them is open and
// the visitor may do it.
func (p overviewPage) first() (list []firstStep) {
	if p.v.May(access.PeopleWrite) {
		list = append(list, firstStep{
			"Bring your people in", "A file of people and cards, or the first ones by e-mail. Nobody is written to before you say so.", p.people() > 1,
			ui.ButtonProps{Label: "Import users", Icon: "upload", Href: p.v.To("/users/import")},
		})
	}
	if p.v.May(access.PlacesWrite) {
		list = append(list,
			firstStep{"Add a location", "The place where the chargers stand.", p.places > 0, ui.ButtonProps{Label: "Add location", Icon: "map-pin", Href: p.v.To("/locations/new")}},
			firstStep{"Connect a charger", "You get an address and a key to set in it. It speaks OCPP 1.6 or 2.0.1.", p.o.Chargers > 0, ui.ButtonProps{Label: "Add charger", Icon: "plug-zap", Href: p.v.To("/chargers/new")}},
		)
	}
	next := false
	for i := range list {
		if !list[i].done && !next {
			next = true
		} else {
			list[i].button.Variant = "outline"
		}
	}
	if !next {
		return nil
	}
	return list
}
