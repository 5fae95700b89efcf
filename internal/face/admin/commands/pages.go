// Package commands is the console's pages for asking chargers to do something,
// and what they made of it.
package commands

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/command"
	"involt/internal/core/decision"
	"involt/internal/core/id"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"
	read "involt/internal/flow/browse/commands"
	"involt/internal/flow/steer"
	"involt/internal/kit/errs"

	"github.com/a-h/templ"
)

// Config is what the pages are made of. Every field must be set.
type Config struct {
	Steer  *steer.Service
	Browse *browse.Service
	Read   *read.Service
}

// Pages are the pages.
type Pages struct{ Config }

// New returns the pages.
func New(cfg Config) *Pages { return &Pages{cfg} }

// Routes are everything the pages answer to.
func (c *Pages) Routes() []frame.Route {
	return []frame.Route{
		{Pattern: "GET /chargers/{charger}/commands", Need: access.PlacesRead, Part: true, Do: c.list},
		{Pattern: "GET /chargers/{charger}/ask/{thing}", Need: access.ChargersRemote, Part: true, Do: c.form},
		{Pattern: "POST /chargers/{charger}/ask/{thing}", Need: access.ChargersRemote, Part: true, Do: c.ask},
		{Pattern: "GET /chargers/{charger}/list", Need: access.PlacesRead, Part: true, Do: c.localList},
		{Pattern: "POST /chargers/{charger}/list/send", Need: access.ChargersRemote, Part: true, Do: c.sendList},
		{Pattern: "GET /chargers/{charger}/list/mode", Need: access.PlacesWrite, Part: true, Do: c.listMode},
		{Pattern: "POST /chargers/{charger}/list/mode", Need: access.PlacesWrite, Part: true, Do: c.setListMode},
		{Pattern: "GET /sessions/{session}/stop", Need: access.ChargersRemote | access.SessionsRead, Part: true, Do: c.stopAsk},
		{Pattern: "POST /sessions/{session}/stop", Need: access.ChargersRemote | access.SessionsRead, Part: true, Do: c.stop},
	}
}

// Done are the sentences of what was done here, on the pages that show commands.
var Done = map[string]string{
	"asked":        "Asked. The charger's answer appears under Commands.",
	"list-sent":    "The whole list is on its way. The charger's answer appears under Commands.",
	"list-changed": "Saved. The charger is told if its list has to change.",
}

// what is one thing to ask for, as the menu and its page say it.
type what struct {
	kind              command.Kind
	item, title, verb string // of the menu, of the page, of the button
	icon, hint        string
	danger            bool
}

var whats = []what{
	{kind: command.Start, item: "Start charging …", title: "Start charging", verb: "Start charging", icon: "play", hint: "The charger begins a session for somebody who may charge there now. It waits a minute for the charger to answer; after that nothing is started."},
	{kind: command.Unlock, item: "Unlock connector …", title: "Unlock connector", verb: "Unlock", icon: "lock-open", hint: "For a cable that is stuck. A session that runs there ends."},
	{kind: command.Availability, item: "Take out of service …", title: "Availability", verb: "Ask the charger", icon: "power", hint: "Out of service, it starts nothing new. A session that runs goes on to its end first."},
	{kind: command.Reset, item: "Restart …", title: "Restart", verb: "Restart", icon: "refresh-cw", hint: "The charger is away for a minute or two.", danger: true},
	{kind: command.ClearCache, item: "Clear cache …", title: "Clear cache", verb: "Clear cache", icon: "rotate-ccw", hint: "The charger forgets which cards it has let charge before, and asks again at the next tap. Nothing else is lost."},
}

// Menu is what a charger can be asked for; nil for those who may not.
func Menu(v *frame.Visit, charger id.Charger, location id.Location) templ.Component {
	if !v.Holds(access.ChargersRemote, access.AtLocation, string(location)) {
		return nil
	}
	var block ui.ActionBlock
	for _, w := range whats {
		block.Items = append(block.Items, ui.ActionItem{Label: w.item, Icon: w.icon, Href: v.To("/chargers/" + string(charger) + "/ask/" + string(w.kind)), Danger: w.danger})
	}
	return ui.ActionsMenu(ui.ActionsMenuProps{ID: "remote", Label: "Remote control", Blocks: []ui.ActionBlock{block}})
}

// formPage asks what exactly is wanted.
type formPage struct {
	v     *frame.Visit
	shell ui.ConsoleProps
	what  what
	h     browse.ChargerDetail
	ask   steer.Ask
	evse  string
	wrong ui.Errors
}

func (c *Pages) form(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	return c.show(w, r, http.StatusOK, formPage{v: v, ask: steer.Ask{Card: r.URL.Query().Get("card")}, evse: r.URL.Query().Get("evse")})
}

func (c *Pages) show(w http.ResponseWriter, r *http.Request, status int, p formPage) (err error) {
	if p.what, err = whatOf(r); err != nil {
		return err
	}
	if p.h, err = c.charger(r, p.v); err != nil {
		return err
	}
	if all := p.evses(); p.evse == "" && status == http.StatusOK && (p.what.kind != command.Unlock || len(all) == 1) && len(all) > 0 {
		p.evse = all[0].Value
	}
	p.shell = p.v.Shell(p.what.title, ui.Link{Label: "Access"}, ui.Link{Label: "Chargers", Href: p.v.To("/chargers")}, ui.Link{Label: p.h.Name, Href: p.v.To("/chargers/" + string(p.h.ID))})
	return ui.Render(w, r, status, form(p))
}

func (c *Pages) charger(r *http.Request, v *frame.Visit) (browse.ChargerDetail, error) {
	one := id.Charger(r.PathValue("charger"))
	if !id.Valid(string(one)) {
		return browse.ChargerDetail{}, errs.New(errs.NotFound, "There is no such charger. It may have been removed.")
	}
	d, err := c.Browse.Charger(r.Context(), v.By, one)
	if err == nil && r.PathValue("thing") != "" && !v.Holds(access.ChargersRemote, access.AtLocation, string(d.Location)) {
		err = errs.New(errs.NotFound, "There is no such charger. It may have been removed.")
	}
	return d, err
}

func whatOf(r *http.Request) (what, error) {
	for _, w := range whats {
		if string(w.kind) == r.PathValue("thing") {
			return w, nil
		}
	}
	return what{}, errs.New(errs.NotFound, "There is no such page. Open the charger again and choose what to ask it for.")
}

func (c *Pages) ask(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	said := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	which, err := whatOf(r)
	if err != nil {
		return err
	}
	p := formPage{v: v, evse: said("evse"), ask: steer.Ask{Charger: id.Charger(r.PathValue("charger")), Kind: which.kind, Option: said("option"), Card: said("card")}}
	if p.evse != "" {
		n, err := strconv.ParseInt(p.evse, 10, 32)
		if err != nil {
			n = -1 // refused as any that the charger has not
		}
		p.ask.EVSE = n
	}
	_, err = c.Steer.Ask(r.Context(), v.By, p.ask)
	if wrong, ok := ui.ErrorsOf(err); ok {
		p.wrong = wrong
		return c.show(w, r, http.StatusUnprocessableEntity, p)
	}
	if err != nil {
		return err
	}
	ui.RedirectDone(w, r, v.To("/chargers/"+string(p.ask.Charger)), "asked", -1)
	return nil
}

// evses are the EVSEs to choose from, the charger as a whole first where that is
// a choice.
func (p formPage) evses() (list []ui.Option) {
	switch p.what.kind {
	case command.Start:
		list = append(list, ui.Option{Value: "0", Label: "Whichever the charger chooses"})
	case command.Availability:
		list = append(list, ui.Option{Value: "0", Label: "The whole charger"})
	case command.Stop, command.Unlock, command.Reset, command.ClearCache, command.LocalList:
	}
	for _, e := range p.h.List {
		n := strconv.FormatInt(e.Number, 10)
		list = append(list, ui.Option{Value: n, Label: "EVSE " + n + " · " + e.ID})
	}
	return list
}

func (p formPage) cardHint() string {
	if p.v.May(access.PersonalData) {
		return "A card's number in any spelling, or a user's e-mail address or external id: then the first card of theirs that works."
	}
	return "A card's number in any spelling, or a user's external id: then the first card of theirs that works."
}

var options = map[command.Kind][]ui.Option{
	command.LocalList: {{Value: command.Anew, Label: "The whole list"}},
	command.Reset: {
		{Value: "soft", Label: "Once it is idle", Hint: "Sessions that run end properly first, or go on to their end."},
		{Value: "hard", Label: "At once", Hint: "Sessions that run are cut off. For a charger that hangs."},
	},
	command.Availability: {
		{Value: "off", Label: "Out of service", Hint: "It starts no session until it is put back."},
		{Value: "on", Label: "In service", Hint: "Whoever may charge there can."},
	},
}

// stopPage asks whether a session is to be stopped.
type stopPage struct {
	v     *frame.Visit
	shell ui.ConsoleProps
	s     browse.Session
	wrong ui.Errors
}

func (c *Pages) stopAsk(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	return c.showStop(w, r, http.StatusOK, stopPage{v: v})
}

func (c *Pages) showStop(w http.ResponseWriter, r *http.Request, status int, p stopPage) error {
	d, err := c.Browse.Session(r.Context(), p.v.By, id.Charge(r.PathValue("session")))
	if err != nil {
		return err
	}
	p.s = d.Session
	p.shell = p.v.Shell("Stop this session?", ui.Link{Label: "Charging"}, ui.Link{Label: "Sessions", Href: p.v.To("/sessions")})
	return ui.Render(w, r, status, stop(p))
}

func (c *Pages) stop(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	which := id.Charge(r.PathValue("session"))
	_, err := c.Steer.StopSession(r.Context(), v.By, which)
	if wrong, ok := ui.ErrorsOf(err); ok {
		return c.showStop(w, r, http.StatusUnprocessableEntity, stopPage{v: v, wrong: wrong})
	}
	if err != nil {
		return err
	}
	ui.RedirectDone(w, r, v.To("/sessions/"+string(which)), "asked", -1)
	return nil
}

// listPage is what a charger was asked for.
type listPage struct {
	v     *frame.Visit
	shell ui.ConsoleProps
	h     browse.ChargerDetail
	list  []read.Command
	more  string // address of the older ones
	at    string
}

// perPage is how many commands a page of the list has; Few are those on the charger's
// own page.
const (
	perPage = 50
	Few     = 8
)

func (c *Pages) list(w http.ResponseWriter, r *http.Request, v *frame.Visit) (err error) {
	p := listPage{v: v, at: r.URL.RequestURI()}
	if p.h, err = c.charger(r, v); err != nil {
		return err
	}
	if p.list, err = c.Read.OfCharger(r.Context(), v.By, p.h.ID, id.Command(r.URL.Query().Get("before")), perPage+1); err != nil {
		return err
	}
	if len(p.list) > perPage {
		p.list = p.list[:perPage]
		p.more = ui.WithQuery(r.URL, "before", string(p.list[perPage-1].ID))
	}
	p.shell = v.Shell("Commands", ui.Link{Label: "Access"}, ui.Link{Label: "Chargers", Href: v.To("/chargers")}, ui.Link{Label: p.h.Name, Href: v.To("/chargers/" + string(p.h.ID))})
	return ui.Render(w, r, http.StatusOK, list(p))
}

// Table lists commands.
func Table(v *frame.Visit, list []read.Command) ui.TableProps {
	t := ui.TableProps{
		Caption: "Commands", Columns: []ui.Column{{Label: "Command", Main: true}, {Label: "Outcome"}, {Label: "Asked by"}, {Label: "Asked"}},
		Empty: ui.EmptyState("terminal", "Nothing was asked yet", "What the charger is asked to do by remote appears here with its answer.", nil),
	}
	for i := range list {
		c := &list[i]
		asker := ui.Text(c.Asker)
		if c.Asker == "" {
			asker = ui.Quiet("somebody who is gone")
		}
		row := ui.Row{ID: string(c.ID), Name: c.Kind.Label(), Cells: []templ.Component{ui.Two(c.Kind.Label(), about(c)), outcome(c), asker, ui.Time(c.Asked)}}
		if c.Session != "" && v.Somewhere(access.SessionsRead) {
			row.Href, row.Sheet = v.To("/sessions/"+string(c.Session)), true
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// about says what exactly was asked, and why if nobody asked.
func about(c *read.Command) string {
	var said []string
	if c.EVSE != 0 {
		said = append(said, fmt.Sprint("EVSE ", c.EVSE))
	}
	for _, o := range options[c.Kind] {
		if o.Value == c.Option {
			said = append(said, o.Label)
		}
	}
	if c.CardUID != "" {
		said = append(said, "card "+c.CardUID)
	}
	if c.Why != "" {
		said = append(said, decision.Reason(c.Why).Label())
	}
	return strings.Join(said, " · ")
}

// states are how far a command has come, in words.
var states = map[command.State]struct {
	label string
	tone  ui.Tone
}{
	command.Waiting: {"Waiting", ui.Neutral}, command.Sent: {"Sent", ui.Info}, command.Accepted: {"Accepted", ui.Good},
	command.Refused: {"Refused", ui.Bad}, command.Failed: {"Failed", ui.Bad}, command.Expired: {"Expired", ui.Warn},
}

// word says what the charger said, or what is waited for.
func word(c *read.Command) string {
	switch c.State {
	case command.Waiting:
		if c.Word != "" {
			return c.Word + " It is tried again."
		}
		return "for the charger to be there"
	case command.Expired:
		if c.Tries > 0 {
			return "The charger did not answer in time."
		}
		return "The charger was not there in time."
	case command.Refused:
		return "The charger answered " + c.Word + "."
	case command.Sent, command.Accepted, command.Failed:
	}
	return c.Word
}
