package admin

import (
	"net/http"

	"involt/internal/core/access"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"

	"github.com/a-h/templ"
)

// livePage is what is charging now.
type livePage struct {
	v     *visit
	shell ui.ConsoleProps
	rows  []browse.Session
	rd    ui.Reader
}

func (c *Console) live(w http.ResponseWriter, r *http.Request, v *visit) error {
	p := livePage{v: v, rd: ui.ReaderOf(r.Context()), shell: c.shell(v, "Live", ui.Link{Label: "Charging"})}
	var err error
	if p.rows, _, err = c.Browse.Live(r.Context(), v.By); err != nil {
		return err
	}
	return ui.Render(w, r, http.StatusOK, live(p))
}

func (p livePage) stats() []ui.Stat {
	var power, energy int64
	for _, s := range p.rows {
		power += s.PowerW
		energy += s.Wh
	}
	return []ui.Stat{
		{Label: "Charging now", Value: p.rd.Int(int64(len(p.rows)))},
		{Label: "Power", Value: p.rd.Decimal(power, 3, 1), Unit: "kW"},
		{Label: "Energy so far", Value: p.rd.Decimal(energy, 3, 1), Unit: "kWh"},
	}
}

func (p livePage) table() ui.TableProps {
	var chargers templ.Component
	if p.v.Whole(access.PlacesRead) {
		chargers = ui.LinkButton(ui.ButtonProps{Label: "See the chargers", Variant: "outline", Href: p.v.path("/chargers")})
	}
	return liveTable(p.v, p.rd, p.rows, ui.EmptyState("battery-charging", "Nobody is charging", "A session appears here the moment a charger reports it.", chargers))
}

// liveTable lists running sessions with their power.
func liveTable(v *visit, rd ui.Reader, list []browse.Session, empty templ.Component) ui.TableProps {
	t := ui.TableProps{Caption: "Running sessions", Target: "list", Empty: empty, Columns: []ui.Column{
		{Label: "User", Main: true}, {Label: "Charger"}, {Label: "Duration", Num: true}, {Label: "Energy", Num: true}, {Label: "Power", Num: true}, {Label: "Last heard of"},
	}}
	for _, s := range list {
		t.Rows = append(t.Rows, ui.Row{ID: string(s.ID), Name: s.User, Href: v.path("/sessions/" + string(s.ID)), Sheet: true, Cells: []templ.Component{
			sessionUser(s), ui.Two(s.ChargerName, s.LocationName), ui.Text(rd.Duration(s.Duration)), ui.Energy(s.Wh, 2), power(s.PowerW), ui.Ago(s.Seen),
		}, Menu: stopMenu(v, &s)})
	}
	return t
}
