package admin

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/site"
	"involt/internal/face/admin/commands"
	"involt/internal/face/admin/learn"
	"involt/internal/face/admin/livelog"
	"involt/internal/face/admin/options"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"
	read "involt/internal/flow/browse/commands"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"

	"github.com/a-h/templ"
)

// Lines is the messages that chargers and Involt have lately exchanged.
type Lines interface {
	// Frames returns those of one charger, by the ids of the workspace and the
	// charger, the oldest first. Card numbers and keys in them are masked.
	Frames(workspace, charger string) []Line
}

// Line is one message to or from a charger.
type Line = livelog.Line

type chargersPage struct {
	v      *visit
	shell  ui.ConsoleProps
	url    *url.URL
	filter browse.ChargerFilter
	page   browse.ChargerPage
	places []ui.Option
	knocks []site.Knock
	rd     ui.Reader
}

func (c *Console) chargers(w http.ResponseWriter, r *http.Request, v *visit) error {
	q := r.URL.Query()
	p := chargersPage{v: v, url: r.URL, rd: ui.ReaderOf(r.Context()), filter: browse.ChargerFilter{
		Location: id.Location(q.Get("location")), State: browse.ChargerState(q.Get("state")), Q: q.Get("q"), Paging: paging(q),
	}}
	var err error
	if p.page, err = c.Browse.Chargers(r.Context(), v.By, p.filter); err != nil {
		return err
	}
	if p.places, err = c.locationOptions(r, v); err != nil {
		return err
	}
	if p.knocks, err = c.knocks().Of(r, v.Visit); err != nil {
		return err
	}
	p.shell = c.shell(v, "Chargers", ui.Link{Label: "Access"})
	return ui.Render(w, r, http.StatusOK, chargers(p))
}

func (c *Console) locationOptions(r *http.Request, v *visit) (list []ui.Option, err error) {
	places, err := c.Browse.Locations(r.Context(), v.By, "")
	for _, l := range places {
		list = append(list, ui.Option{Value: string(l.ID), Label: l.Name})
	}
	return list, err
}

func (p chargersPage) tabs() []ui.Tab {
	tab := func(label string, s browse.ChargerState, n int64) ui.Tab {
		return ui.Tab{Label: label, Href: ui.WithQuery(p.url, "state", string(s)), Count: p.rd.Int(n), Current: p.filter.State == s}
	}
	var all int64
	for _, n := range p.page.States {
		all += n
	}
	tabs := []ui.Tab{tab("All", "", all)}
	for _, s := range browse.ChargerStates {
		n := p.page.States[s]
		if rare := s == browse.Unknown || s == browse.Unavailable || s == browse.Occupied; !rare || n > 0 || p.filter.State == s {
			tabs = append(tabs, tab(p.rd.Words.Status[string(s)], s, n))
		}
	}
	return tabs
}

func (p chargersPage) bar() ui.FilterBarProps {
	bar := ui.FilterBarProps{
		Action: p.v.path("/chargers"), Target: "list", Query: p.filter.Q, Placeholder: "Search name, identity, serial …",
		Filters: selects("location", "Any location", string(p.filter.Location), p.places),
	}
	if p.filter.State != "" {
		bar.Keep = []ui.Hidden{{Name: "state", Value: string(p.filter.State)}}
	}
	return bar
}

func (p chargersPage) table() ui.TableProps {
	t := chargerTable(p.v, p.page.Rows, true)
	if p.filter.Q != "" || p.filter.State != "" || p.filter.Location != "" {
		t.Empty = ui.EmptyState("search", "No charger matches", "Chargers are found by name, identity, EVSE id, serial number and location.", ui.LinkButton(ui.ButtonProps{Label: "Show all chargers", Variant: "outline", Href: p.v.path("/chargers")}))
		return t
	}
	var first templ.Component
	if p.v.may(access.PlacesWrite) {
		first = ui.LinkButton(ui.ButtonProps{Label: "Add charger", Icon: "plus", Href: p.v.path("/chargers/new")})
	}
	t.Empty = ui.EmptyState("plug-zap", "Connect your first charger", "Adding it gives you the address and the key to set in it. Chargers speak OCPP 1.6 or 2.0.1 over a secure WebSocket.", first)
	return t
}

// chargerTable lists chargers, with their location or without.
func chargerTable(v *visit, list []browse.Charger, located bool) ui.TableProps {
	t := ui.TableProps{Caption: "Chargers", Target: "list", Columns: []ui.Column{
		{Label: "Charger", Main: true}, {Label: "State"}, {Label: "Location"}, {Label: "In use"}, {Label: "Model", Hide: true}, {Label: "Protocol", Hide: true}, {Label: "Connection"},
	}}
	for _, h := range list {
		t.Rows = append(t.Rows, ui.Row{ID: string(h.ID), Name: h.Name, Href: v.path("/chargers/" + string(h.ID)), Cells: []templ.Component{
			place(h.Name, otherThan(h.Identity, h.Name)), ui.Status(string(h.State)), ui.Text(h.LocationName), outOf(h.Running, h.EVSEs),
			ui.Quiet(strings.TrimSpace(h.Vendor + " " + h.Model)), ui.Quiet(protocolLabel(h.Protocol)), connection(h),
		}})
	}
	if !located {
		t.Columns = append(t.Columns[:2], t.Columns[3:]...)
		for i := range t.Rows {
			t.Rows[i].Cells = append(t.Rows[i].Cells[:2], t.Rows[i].Cells[3:]...)
		}
	}
	return t
}

func otherThan(s, than string) string {
	if s == than {
		return ""
	}
	return s
}

func protocolLabel(p string) string {
	if v, ok := strings.CutPrefix(p, "ocpp"); ok {
		return "OCPP " + v
	}
	return p
}

// chargerForm asks for a new charger.
type chargerForm struct {
	v      *visit
	shell  ui.ConsoleProps
	h      site.Charger
	evses  string
	places []ui.Option
	wrong  ui.Errors
}

func (c *Console) chargerForm(w http.ResponseWriter, r *http.Request, v *visit) error {
	f := chargerForm{v: v, evses: "1", h: site.Charger{Location: id.Location(r.URL.Query().Get("location")), Identity: r.URL.Query().Get("identity")}}
	return c.showChargerForm(w, r, http.StatusOK, f)
}

func (c *Console) showChargerForm(w http.ResponseWriter, r *http.Request, status int, f chargerForm) (err error) {
	if f.places, err = c.locationOptions(r, f.v); err != nil {
		return err
	}
	if len(f.places) == 1 && f.h.Location == "" {
		f.h.Location = id.Location(f.places[0].Value)
	}
	f.shell = c.shell(f.v, "Add charger", ui.Link{Label: "Access"}, ui.Link{Label: "Chargers", Href: f.v.path("/chargers")})
	return ui.Render(w, r, status, chargerNew(f))
}

// chargerAdd adds a charger and leads to the page that shows its key.
func (c *Console) chargerAdd(w http.ResponseWriter, r *http.Request, v *visit) error {
	said := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	f := chargerForm{v: v, evses: said("evses"), h: site.Charger{
		Identity: said("identity"), Name: said("name"), Location: id.Location(said("location")), PlainOK: said("plain_ok") != "",
	}}
	n, err := strconv.Atoi(f.evses)
	if err != nil {
		n = 0 // refused as any number that no charger has
	}
	added, key, err := c.Equip.AddCharger(r.Context(), v.By, f.h, n)
	if wrong, ok := ui.ErrorsOf(err); ok {
		f.wrong = wrong
		return c.showChargerForm(w, r, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	c.toChargerKey(w, r, v, added.ID, key, "charger-added")
	return nil
}

// toChargerKey leads to the page that shows a charger's new key.
func (c *Console) toChargerKey(w http.ResponseWriter, r *http.Request, v *visit, h id.Charger, key, done string) {
	ui.RedirectDone(w, r, v.path("/chargers/"+string(h)+"/key/"+c.shown.Put(v.onceFor(string(h)), key)), done, -1)
}

// chargerKey is the page that shows a charger's key for a few minutes.
type chargerKey struct {
	v       *visit
	shell   ui.ConsoleProps
	h       browse.Charger
	at      string // the page's own address
	address string
	key     string
}

func (c *Console) chargerKeyShow(w http.ResponseWriter, r *http.Request, v *visit) error {
	key, ok := c.shown.Get(v.onceFor(r.PathValue("charger")), r.PathValue("slot"))
	if !ok {
		return errs.New(errs.Gone, "This key is no longer shown. If you have not set it in the charger, make a new one on the charger's page.")
	}
	d, err := c.Browse.Charger(r.Context(), v.By, id.Charger(r.PathValue("charger")))
	if err != nil {
		return err
	}
	p := chargerKey{v: v, h: d.Charger, at: r.URL.Path, key: key, address: c.chargerAddress(r, v, d.Identity)}
	p.shell = c.shell(v, "Key", ui.Link{Label: "Access"}, ui.Link{Label: "Chargers", Href: v.path("/chargers")}, ui.Link{Label: d.Name, Href: v.path("/chargers/" + string(d.ID))})
	p.shell.Toast = toast(r, placeDone)
	return ui.Render(w, r, http.StatusOK, chargerKeyShown(p))
}

// chargerKeyCopied forgets a key that was shown.
func (c *Console) chargerKeyCopied(w http.ResponseWriter, r *http.Request, v *visit) error {
	if _, err := c.Browse.Charger(r.Context(), v.By, id.Charger(r.PathValue("charger"))); err != nil {
		return err
	}
	c.shown.Drop(v.onceFor(r.PathValue("charger")), r.PathValue("slot"))
	v.SeeOther(w, r, "/chargers/"+url.PathEscape(r.PathValue("charger")))
	return nil
}

// chargerAddress is the address that is set in a charger.
func (c *Console) chargerAddress(r *http.Request, v *visit, identity string) string {
	return "ws" + strings.TrimPrefix(c.publicURL(r), "http") + "/ocpp/" + v.Workspace.Slug + "/" + url.PathEscape(identity)
}

// publicURL is the address that people see, or the one that this browser does
// if nobody said another.
func (c *Console) publicURL(r *http.Request) string {
	switch {
	case c.PublicURL != "":
		return strings.TrimSuffix(c.PublicURL, "/")
	case r.TLS != nil:
		return "https://" + r.Host
	default:
		return "http://" + r.Host
	}
}

func (c *Console) chargerKeyAsk(w http.ResponseWriter, r *http.Request, v *visit) error {
	d, err := c.Browse.Charger(r.Context(), v.By, id.Charger(r.PathValue("charger")))
	if err != nil {
		return err
	}
	at := v.path("/chargers/" + string(d.ID))
	return c.ask(w, r, v, question{
		title: "New key for " + d.Name + "?", text: newKeyText, action: at + "/key", label: "Make new key", icon: "key-round",
		crumbs: []ui.Link{{Label: "Access"}, {Label: "Chargers", Href: v.path("/chargers")}}, back: ui.Link{Label: d.Name, Href: at},
	})
}

const newKeyText = "The old key stops working: the charger cannot connect again until the new one is set in it. It is shown on the next page."

func (c *Console) chargerKeyRenew(w http.ResponseWriter, r *http.Request, v *visit) error {
	one := id.Charger(r.PathValue("charger"))
	key, err := c.Equip.RenewKey(r.Context(), v.By, one)
	if err != nil {
		return err
	}
	c.toChargerKey(w, r, v, one, key, "key-renewed")
	return nil
}

// chargerPage is one charger.
type chargerPage struct {
	v       *visit
	shell   ui.ConsoleProps
	url     *url.URL
	d       browse.ChargerDetail
	asked   []read.Command
	lines   []Line
	logged  bool // there is a log of messages
	address string
	rd      ui.Reader
	own     site.Charger // for its troubles
	list    commands.LocalList
}

func (c *Console) charger(w http.ResponseWriter, r *http.Request, v *visit) error {
	p := chargerPage{v: v, url: r.URL, rd: ui.ReaderOf(r.Context()), logged: c.Lines != nil}
	one := id.Charger(r.PathValue("charger"))
	if !id.Valid(string(one)) {
		return errs.New(errs.NotFound, "There is no such charger. It may have been removed.")
	}
	var err error
	if p.d, err = c.Browse.Charger(r.Context(), v.By, one); err != nil {
		return err
	}
	err = c.DB.View(r.Context(), func(tx *db.Tx) (err error) {
		p.own, err = site.ChargerByID(tx, v.By.Workspace, one)
		return err
	})
	if err != nil {
		return err
	}
	if p.logged = p.logged && v.Whole(access.PlacesRead); p.logged { // what is said there may name anybody
		p.lines = c.Lines.Frames(string(v.By.Workspace), string(one))
	}
	if p.asked, err = c.commands().OfCharger(r.Context(), v.By, one, "", commands.Few); err != nil {
		return err
	}
	if p.list, err = commands.ReadList(r.Context(), c.Steer, c.commands(), v.Visit, one, p.d.Location); err != nil {
		return err
	}
	p.address = c.chargerAddress(r, v, p.d.Identity)
	p.shell = c.shell(v, p.d.Name, ui.Link{Label: "Access"}, ui.Link{Label: "Chargers", Href: v.path("/chargers")})
	if p.shell.Toast = toast(r, placeDone); p.shell.Toast == nil {
		p.shell.Toast = toast(r, commands.Done)
	}
	return ui.Render(w, r, http.StatusOK, charger(p))
}

func (c *Console) commands() *read.Service { return &read.Service{DB: c.DB} }

func (p chargerPage) actions() (list []templ.Component) {
	if p.v.may(access.PlacesWrite) {
		href := p.v.path("/chargers/" + string(p.d.ID) + "/key")
		list = append(list, ui.LinkButton(ui.ButtonProps{Label: "New key …", Icon: "key-round", Variant: "outline", Href: href, Attrs: ui.OpensDialog("new-key")}))
	}
	if items := slices.Concat(learn.Item(p.v.Visit, p.d.ID), options.Item(p.v.Visit, p.d.ID)); len(items) > 0 {
		list = append(list, ui.ActionsMenu(ui.ActionsMenuProps{ID: "more", Label: "More", Blocks: []ui.ActionBlock{{Items: items}}}))
	}
	if menu := commands.Menu(p.v.Visit, p.d.ID, p.d.Location); menu != nil {
		list = append(list, menu)
	}
	return list
}

// mayStop reports whether the visitor may have sessions at a location stopped.
func (v *visit) mayStop(l id.Location) bool {
	return v.Holds(access.ChargersRemote, access.AtLocation, string(l))
}

func (p chargerPage) facts() []ui.Term {
	h := p.d.Charger
	terms := []ui.Term{{Label: "Location", Value: ui.A(h.LocationName, p.v.path("/locations/"+string(h.Location)))}}
	if !h.Connected.IsZero() {
		label, since := "Connected since", h.Connected
		if !h.Online {
			label, since = "Offline since", h.Disconnected
		}
		terms = append(terms, ui.Term{Label: label, Value: ui.Time(since)})
	} else {
		terms = append(terms, ui.Term{Label: "Connection", Value: ui.Quiet("never connected yet")})
	}
	for _, t := range []struct{ label, value string }{
		{"Protocol", protocolLabel(h.Protocol)}, {"Vendor", h.Vendor}, {"Model", h.Model}, {"Serial number", h.Serial}, {"Firmware", h.Firmware},
	} {
		if t.value != "" {
			terms = append(terms, ui.Term{Label: t.label, Value: ui.Text(t.value)})
		}
	}
	if !h.Booted.IsZero() {
		terms = append(terms, ui.Term{Label: "Last boot", Value: ui.Time(h.Booted)})
	}
	return append(terms, ui.Term{Label: "Identity", Value: ui.Code(h.Identity)}, ui.Term{Label: "Added", Value: ui.Day(h.Created)})
}
