package admin

import (
	"fmt"
	"net/http"

	"involt/internal/core/access"
	"involt/internal/core/decision"
	"involt/internal/core/person"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"
)

// overviewPage is the state of the workspace on one page.
type overviewPage struct {
	v      *visit
	shell  ui.ConsoleProps
	o      browse.Overview
	places int
	rd     ui.Reader
}

func (c *Console) overview(w http.ResponseWriter, r *http.Request, v *visit) error {
	p := overviewPage{v: v, rd: ui.ReaderOf(r.Context()), shell: c.shell(v, "Overview")}
	var err error
	if p.o, err = c.Browse.Overview(r.Context(), v.By); err != nil {
		return err
	}
	if v.may(access.PlacesRead) {
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
	if p.v.may(access.PeopleRead) {
		list = append(list, ui.Stat{Label: "Active users", Value: p.rd.Int(p.o.People[person.Active]), Sub: "of " + p.rd.Int(p.people()), Href: p.v.path("/users") + "?status=active"})
	}
	if p.v.may(access.SessionsRead) {
		s := ui.Stat{Label: "Charging now", Value: p.rd.Int(p.o.Running), Href: p.v.path("/live")}
		var power int64
		for _, one := range p.o.Live {
			power += one.PowerW
		}
		if power > 0 && int(p.o.Running) == len(p.o.Live) {
			s.Sub = p.rd.Decimal(power, 3, 1) + " kW"
		}
		list = append(list, s)
	}
	if p.v.may(access.PlacesRead) {
		s := ui.Stat{Label: "Chargers online", Value: p.rd.Int(p.o.Online), Sub: "of " + p.rd.Int(p.o.Chargers), Href: p.v.path("/chargers")}
		if off := p.o.Chargers - p.o.Online; off > 0 {
			s.Sub += fmt.Sprintf(", %s offline", p.rd.Int(off))
		}
		list = append(list, s)
	}
	if p.v.may(access.SessionsRead) {
		month := p.rd.Now.In(p.rd.Zone).Month()
		var wh, sessions int64
		for _, d := range p.o.Energy {
			if d.Day.Month() == month {
				wh += d.Wh
				sessions += d.Sessions
			}
		}
		list = append(list, ui.Stat{Label: "Energy this month", Value: p.rd.Decimal(wh, 3, 0), Unit: "kWh", Sub: plural(p.rd, sessions, "session", "sessions"), Href: p.v.path("/sessions") + "?period=month"})
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
	share := func(n int64) string {
		if p.o.Invited == 0 {
			return p.rd.Int(n)
		}
		return fmt.Sprintf("%s · %d%%", p.rd.Int(n), 100*n/p.o.Invited)
	}
	return []ui.Bar{
		{Label: "Invited", Value: p.o.Invited, Text: p.rd.Int(p.o.Invited), Href: p.v.path("/users") + "?status=invited"},
		{Label: "Opened", Value: p.o.Opened, Text: share(p.o.Opened)},
		{Label: "Active", Value: p.o.Activated, Text: share(p.o.Activated), Href: p.v.path("/users") + "?status=active"},
	}
}

func (p overviewPage) days() (list []ui.Point) {
	for _, d := range p.o.Energy {
		list = append(list, ui.Point{Label: p.rd.Date(d.Day), Value: d.Wh, Text: p.rd.Decimal(d.Wh, 3, 1) + " kWh"})
	}
	return list
}

// mostGroups is how many groups the chart of energy shows.
const mostGroups = 8

func (p overviewPage) groups() (list []ui.Bar) {
	for _, g := range p.o.Groups[:min(len(p.o.Groups), mostGroups)] {
		b := ui.Bar{Label: g.Name, Value: g.Wh, Text: p.rd.Decimal(g.Wh, 3, 0) + " kWh"}
		if g.ID == "" {
			b.Label = "In no group"
		}
		if p.v.may(access.PeopleRead) {
			b.Href = p.v.path("/users") + "?group=" + string(g.ID)
			if g.ID == "" {
				b.Href = p.v.path("/users") + "?group=none"
			}
		}
		list = append(list, b)
	}
	return list
}

func (p overviewPage) refused() []ui.Bar {
	return refusals(p.o.Refused, p.rd, func(r decision.Reason) string {
		return p.v.path("/taps") + "?answer=refused&reason=" + string(r)
	})
}

func (p overviewPage) running() ui.TableProps {
	return liveTable(p.v, p.rd, p.o.Live, nil)
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
	if p.v.may(access.PeopleWrite) {
		list = append(list, firstStep{
			"Bring your people in", "A file of people and cards, or the first ones by e-mail. Nobody is written to before you say so.", p.people() > 1,
			ui.ButtonProps{Label: "Import users", Icon: "upload", Href: p.v.path("/users/import")},
		})
	}
	if p.v.may(access.PlacesWrite) {
		list = append(list,
			firstStep{"Add a location", "The place where the chargers stand.", p.places > 0, ui.ButtonProps{Label: "Add location", Icon: "map-pin", Href: p.v.path("/locations/new")}},
			firstStep{"Connect a charger", "You get an address and a key to set in it. It speaks OCPP 1.6 or 2.0.1.", p.o.Chargers > 0, ui.ButtonProps{Label: "Add charger", Icon: "plug-zap", Href: p.v.path("/chargers/new")}},
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
