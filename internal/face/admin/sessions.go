package admin

import (
	"net/http"
	"net/url"

	"involt/internal/core/access"
	"involt/internal/core/charge"
	"involt/internal/core/id"
	"involt/internal/face/admin/commands"
	"involt/internal/face/admin/exports"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"

	"github.com/a-h/templ"
)

// sessionsPage is the list of charging sessions as it was asked for.
type sessionsPage struct {
	v                   *visit
	shell               ui.ConsoleProps
	url                 *url.URL
	filter              browse.SessionFilter
	period              string
	page                browse.SessionPage
	counts              map[charge.Status]browse.Page
	chargers, locations []ui.Option
	rd                  ui.Reader
}

func (c *Console) sessions(w http.ResponseWriter, r *http.Request, v *visit) error {
	q := r.URL.Query()
	p := sessionsPage{v: v, url: r.URL, rd: ui.ReaderOf(r.Context()), period: q.Get("period"), counts: map[charge.Status]browse.Page{}}
	p.filter = exports.Sessions(q, p.rd)
	var err error
	if p.page, err = c.Browse.Sessions(r.Context(), v.By, p.filter); err != nil {
		return err
	}
	p.counts[p.filter.Status] = p.page.Page
	for _, s := range []charge.Status{"", charge.Running, charge.Ended} {
		if s != p.filter.Status {
			other := p.filter
			other.Status, other.Paging = s, browse.Paging{Limit: 1}
			found, err := c.Browse.Sessions(r.Context(), v.By, other)
			if err != nil {
				return err
			}
			p.counts[s] = found.Page
		}
	}
	if p.chargers, p.locations, err = c.offered(r.Context(), v, p.filter.Charger); err != nil {
		return err
	}
	p.shell = c.shell(v, "Sessions", ui.Link{Label: "Charging"})
	return ui.Render(w, r, http.StatusOK, sessions(p))
}

func (p sessionsPage) tabs() []ui.Tab {
	tab := func(label string, s charge.Status) ui.Tab {
		n := p.rd.Int(p.counts[s].Total)
		if p.counts[s].About {
			n += "+"
		}
		return ui.Tab{Label: label, Href: ui.WithQuery(p.url, "status", string(s)), Count: n, Current: p.filter.Status == s}
	}
	return []ui.Tab{tab("All", ""), tab("Running", charge.Running), tab("Ended", charge.Ended)}
}

func (p sessionsPage) bar() ui.FilterBarProps {
	bar := ui.FilterBarProps{Action: p.v.path("/sessions"), Target: "list", Query: p.filter.Q, Placeholder: "Search user, e-mail, card …", Right: frame.ExportButton(p.v.Visit, p.url, "/sessions", false)}
	if !p.v.may(access.PersonalData) {
		bar.Placeholder = "Search card, external id …"
	}
	bar.Filters = append(bar.Filters, selects("location", "Any location", string(p.filter.Location), p.locations)...)
	bar.Filters = append(bar.Filters, selects("charger", "Any charger", string(p.filter.Charger), p.chargers)...)
	bar.Filters = append(bar.Filters, selects("period", "Any time", p.period, periods)...)
	if p.filter.Status != "" {
		bar.Keep = append(bar.Keep, ui.Hidden{Name: "status", Value: string(p.filter.Status)})
	}
	if p.filter.Person != "" {
		bar.Keep = append(bar.Keep, ui.Hidden{Name: "user", Value: string(p.filter.Person)})
		bar.Chips = []ui.Chip{{Label: "User: " + p.userName(), Href: ui.WithQuery(p.url, "user", "")}}
	}
	return bar
}

func (p sessionsPage) userName() string {
	if len(p.page.Rows) > 0 {
		return p.page.Rows[0].User
	}
	return "one without sessions here"
}

func (p sessionsPage) filtered() bool {
	f := p.filter
	return f.Q != "" || f.Person != "" || f.Charger != "" || f.Location != "" || p.period != ""
}

func (p sessionsPage) table() ui.TableProps {
	t := sessionTable(p.v, p.rd, p.page.Rows, true)
	switch {
	case p.filtered():
		t.Empty = ui.EmptyState("search", "No session matches", "Try a longer period, or look among all sessions.", ui.LinkButton(ui.ButtonProps{Label: "Show all sessions", Variant: "outline", Href: p.v.path("/sessions")}))
	case p.filter.Status == charge.Running:
		t.Empty = ui.EmptyState("zap-off", "Nobody is charging", "A session appears here the moment a charger reports it.", nil)
	default:
		var first templ.Component
		if p.v.Whole(access.PlacesWrite) {
			first = ui.LinkButton(ui.ButtonProps{Label: "Add charger", Icon: "plus", Href: p.v.path("/chargers/new")})
		}
		t.Empty = ui.EmptyState("zap", "No sessions yet", "As soon as somebody charges at one of your chargers, the session is listed here.", first)
	}
	return t
}

// sessionTable lists sessions, with their chargers or without.
func sessionTable(v *visit, rd ui.Reader, list []browse.Session, placed bool) ui.TableProps {
	t := ui.TableProps{Caption: "Sessions", Target: "list", Columns: []ui.Column{
		{Label: "User", Main: true}, {Label: "Charger"}, {Label: "Started"}, {Label: "Duration", Num: true}, {Label: "Energy", Num: true}, {Label: "Status"},
	}}
	for _, s := range list {
		t.Rows = append(t.Rows, ui.Row{ID: string(s.ID), Name: s.User, Href: v.path("/sessions/" + string(s.ID)), Sheet: true, Cells: []templ.Component{
			sessionUser(s), ui.Two(s.ChargerName, s.LocationName), ui.Time(s.Started), ui.Text(rd.Duration(s.Duration)), ui.Energy(s.Wh, 1), sessionStatus(s),
		}, Menu: stopMenu(v, &s)})
	}
	if !placed {
		t.Columns = append(t.Columns[:1], t.Columns[2:]...)
		for i := range t.Rows {
			t.Rows[i].Cells = append(t.Rows[i].Cells[:1], t.Rows[i].Cells[2:]...)
		}
	}
	return t
}

// stopMenu offers to stop a session that runs; nil where that cannot be.
func stopMenu(v *visit, s *browse.Session) templ.Component {
	if s.Status != charge.Running || !v.mayStop(s.Location) {
		return nil
	}
	at := v.path("/sessions/" + string(s.ID))
	return ui.ActionsMenu(ui.ActionsMenuProps{ID: "session-" + string(s.ID), Small: true, For: s.ChargerName, Blocks: []ui.ActionBlock{{Items: []ui.ActionItem{
		{Label: "Open session", Icon: "zap", Href: at, Attrs: ui.OpensSheet(at)}, {Label: "Stop …", Icon: "square", Href: at + "/stop", Danger: true},
	}}}})
}

// sessionPage is one session with its power curve.
type sessionPage struct {
	v  *visit
	d  browse.SessionDetail
	rd ui.Reader
	at string // its own address
}

func (c *Console) session(w http.ResponseWriter, r *http.Request, v *visit) error {
	p := sessionPage{v: v, rd: ui.ReaderOf(r.Context())}
	var err error
	if p.d, err = c.Browse.Session(r.Context(), v.By, id.Charge(r.PathValue("session"))); err != nil {
		return err
	}
	p.at = v.path("/sessions/" + string(p.d.ID))
	s := ui.SheetProps{
		Title: p.d.User, Sub: p.d.ChargerName + " · " + p.rd.DateTime(p.d.Started), Avatar: true, Badge: sessionStatus(p.d.Session), Href: p.at,
		Back: ui.Link{Label: "Sessions", Href: v.path("/sessions")},
	}
	if s.Title == "" {
		s.Title, s.Avatar = noUser, false
	}
	if p.d.Status == charge.Running && v.mayStop(p.d.Location) {
		s.Actions = append(s.Actions, ui.LinkButton(ui.ButtonProps{Label: "Stop …", Icon: "square", Variant: "outline", Href: p.at + "/stop"}))
	}
	return c.showSheet(w, r, v, s, http.StatusOK, toast(r, commands.Done), sessionInside(p), ui.Link{Label: "Charging"}, ui.Link{Label: "Sessions", Href: v.path("/sessions")})
}

const noUser = "No user known"

func (p sessionPage) stats() []ui.Stat {
	s := []ui.Stat{
		{Label: "Energy", Value: p.rd.Decimal(p.d.Wh, 3, 2), Unit: "kWh"},
		{Label: "Duration", Value: p.rd.Duration(p.d.Duration)},
	}
	if p.d.Status == charge.Running {
		return append(s, ui.Stat{Label: "Power now", Value: p.rd.Decimal(p.d.PowerW, 3, 1), Unit: "kW"})
	}
	if most := highest(p.d.Samples); most > 0 {
		s = append(s, ui.Stat{Label: "Highest power", Value: p.rd.Decimal(most, 3, 1), Unit: "kW"})
	}
	return s
}

func (p sessionPage) terms() []ui.Term {
	d := p.d
	var terms []ui.Term
	add := func(label string, value templ.Component) { terms = append(terms, ui.Term{Label: label, Value: value}) }
	user := ui.Quiet(noUser)
	if d.User != "" {
		user = ui.Text(d.User)
		if d.Person != "" && p.v.may(access.PeopleRead) {
			user = sheetLink(d.User, p.v.path("/users/"+string(d.Person)))
		}
	}
	add("User", user)
	card := ui.Code(d.CardUID)
	if d.CardUID == "" {
		card = ui.Quiet("started without a card")
	} else if d.Card != "" && p.v.may(access.CardsRead) {
		card = sheetLink(d.CardUID, p.v.path("/cards/"+string(d.Card)))
	}
	add("Card", card)
	if p.v.Holds(access.PlacesRead, access.AtLocation, string(d.Location)) {
		add("Charger", ui.A(d.ChargerName, p.v.path("/chargers/"+string(d.Charger))))
		add("Location", ui.A(d.LocationName, p.v.path("/locations/"+string(d.Location))))
	} else {
		add("Charger", ui.Text(d.ChargerName))
		add("Location", ui.Text(d.LocationName))
	}
	add("EVSE", ui.Number(d.EVSE))
	add("Started", ui.Time(d.Started))
	if d.Ended.IsZero() {
		add("Last heard of", ui.Ago(d.Seen))
	} else {
		add("Ended", ui.Time(d.Ended))
		add("Why it ended", ui.Text(stopLabel(d.StopReason)))
	}
	add("Decision", sessionDecision(d.Session))
	if d.MeterStart != charge.Unknown {
		add("Meter at start", ui.Energy(d.MeterStart, 3))
	}
	if d.MeterNow != charge.Unknown && d.Ended.IsZero() {
		add("Meter now", ui.Energy(d.MeterNow, 3))
	} else if d.MeterNow != charge.Unknown {
		add("Meter at the end", ui.Energy(d.MeterNow, 3))
	}
	if d.CostCenter != "" {
		add("Cost center", ui.Text(d.CostCenter))
	}
	add("Transaction", ui.Code(d.TxID))
	add("Protocol", ui.Text(protocolLabel(d.Protocol)))
	return terms
}

// stops say why a session ended, by OCPP's word for it (1.6 §7.36, 2.0.1 part 2
// ReasonEnumType). Another word is shown as it is.
var stops = map[string]string{
	"Local": "Stopped at the charger", "Remote": "Stopped by remote", "EVDisconnected": "The cable was unplugged",
	"DeAuthorized": "The card was not allowed", "EmergencyStop": "Emergency stop", "HardReset": "The charger was reset", "SoftReset": "The charger was reset",
	"PowerLoss": "The charger lost power", "Reboot": "The charger restarted", "UnlockCommand": "The connector was unlocked", "Other": "The charger did not say why",
	"EnergyLimitReached": "The energy limit was reached", "GroundFault": "Ground fault", "ImmediateReset": "The charger was reset", "LocalOutOfCredit": "The budget is used up",
	"MasterPass": "Stopped with a master card", "OvercurrentFault": "Overcurrent", "PowerQuality": "Bad power quality", "SOCLimitReached": "The car is full",
	"StoppedByEV": "The car ended it", "TimeLimitReached": "The time limit was reached", "Timeout": "The cable was not plugged in in time", "": "Not said",
}

func stopLabel(reason string) string {
	if s, ok := stops[reason]; ok {
		return s
	}
	return reason
}

func highest(list []charge.Sample) (most int64) {
	for _, s := range list {
		most = max(most, s.PowerW)
	}
	return most
}
