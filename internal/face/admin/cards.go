package admin

import (
	"net/http"
	"net/url"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/id"
	"involt/internal/face/admin/exports"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"
	read "involt/internal/flow/browse/commands"
	"involt/internal/kit/errs"

	"github.com/a-h/templ"
)

// cardsPage is the list of cards as it was asked for.
type cardsPage struct {
	v      *visit
	shell  ui.ConsoleProps
	url    *url.URL
	filter browse.CardFilter
	page   browse.CardPage
	rd     ui.Reader
}

var cardKinds = []ui.Option{
	{Value: string(card.RFID), Label: "RFID"},
	{Value: string(card.App), Label: "App"},
	{Value: string(card.MAC), Label: "Autocharge"},
	{Value: string(card.EMAID), Label: "Plug & Charge"},
}

func kindLabel(k card.Kind) string {
	for _, o := range cardKinds {
		if o.Value == string(k) {
			return o.Label
		}
	}
	return string(k)
}

func (c *Console) cards(w http.ResponseWriter, r *http.Request, v *visit) error {
	p := cardsPage{v: v, url: r.URL, rd: ui.ReaderOf(r.Context()), filter: exports.Cards(r.URL.Query())}
	var err error
	if p.page, err = c.Browse.Cards(r.Context(), v.By, p.filter); err != nil {
		return err
	}
	p.shell = c.shell(v, "Cards", ui.Link{Label: "Access"})
	p.shell.Toast = toast(r, userDone)
	return ui.Render(w, r, http.StatusOK, cards(p))
}

func (p cardsPage) tabs() []ui.Tab {
	var all int64
	for s, n := range p.page.States {
		if s != card.Deactivated {
			all += n
		}
	}
	tab := func(label string, s card.State, n int64) ui.Tab {
		return ui.Tab{Label: label, Href: ui.WithQuery(p.url, "state", string(s)), Count: p.rd.Int(n), Current: p.filter.State == s}
	}
	tabs := []ui.Tab{tab("All", "", all)}
	for _, s := range []card.State{card.Active, card.Blocked, card.Suspended, card.Expired, card.Inactive, card.Deactivated} {
		if label := s.Label(); s == card.Active || s == card.Blocked || p.page.States[s] > 0 || p.filter.State == s {
			if s == card.Deactivated {
				label = "Removed"
			}
			tabs = append(tabs, tab(label, s, p.page.States[s]))
		}
	}
	return tabs
}

func (p cardsPage) bar() ui.FilterBarProps {
	bar := ui.FilterBarProps{
		Action: p.v.path("/cards"), Target: "list", Query: p.filter.Q, Placeholder: "Search card or owner …", Right: frame.ExportButton(p.v.Visit, p.url, "/cards", false),
		Filters: []ui.Filter{
			{Name: "assigned", Label: "Any owner", Value: string(p.filter.Assigned), Options: []ui.Option{{Value: "yes", Label: "Given to a user"}, {Value: "no", Label: "Unassigned"}}},
			{Name: "kind", Label: "Any kind", Value: string(p.filter.Kind), Options: cardKinds},
		},
	}
	if !p.v.may(access.PersonalData) {
		bar.Placeholder = "Search card …"
	}
	if p.filter.State != "" {
		bar.Keep = []ui.Hidden{{Name: "state", Value: string(p.filter.State)}}
	}
	return bar
}

func (p cardsPage) table() ui.TableProps {
	t := ui.TableProps{Caption: "Cards", Target: "list", Empty: p.empty(), Columns: []ui.Column{
		{Label: "Card", Main: true}, {Label: "Owner"}, {Label: "State"}, {Label: "Kind", Hide: true}, {Label: "Valid until", Hide: true}, {Label: "Last used"},
	}}
	for _, k := range p.page.Rows {
		row := ui.Row{ID: string(k.ID), Name: k.UID, Href: p.v.path("/cards/" + string(k.ID)), Sheet: true, Menu: cardMenu(p.v, k, "card-menu-"+string(k.ID))}
		if k.Person != "" && p.v.Somewhere(access.PeopleRead) {
			row.Href = p.v.path("/users/" + string(k.Person))
		}
		row.Cells = []templ.Component{cardNumber(k.UID, k.Printed), cardOwner(p.v, k), ui.Status(stateKey(k.State)), ui.Quiet(kindLabel(k.Kind)), lastDay(k.ValidTo), ui.Ago(k.LastUsed)}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func (p cardsPage) empty() templ.Component {
	if p.filter.Q != "" || p.filter.State != "" || p.filter.Assigned != "" || p.filter.Kind != "" {
		return ui.EmptyState("search", "No card matches", "Cards are found by their number in any spelling: with or without colons, as hex or as the decimal number that is printed on them.",
			ui.LinkButton(ui.ButtonProps{Label: "Show all cards", Variant: "outline", Href: p.v.path("/cards")}))
	}
	var first templ.Component
	if p.v.Whole(access.PeopleWrite | access.PersonalData) {
		first = ui.LinkButton(ui.ButtonProps{Label: "Import people and cards", Icon: "upload", Href: p.v.path("/users/import")})
	}
	return ui.EmptyState("credit-card", "No cards yet", "Cards come in with a file of people, or one by one on a user's page.", first)
}

// cardMenu is what can be done with one card; nil where nothing can.
func cardMenu(v *visit, k browse.Card, menu string) templ.Component {
	at := v.path("/cards/" + string(k.ID))
	block := ui.ActionBlock{Items: []ui.ActionItem{{Label: "Open card", Icon: "credit-card", Href: at, Attrs: ui.OpensSheet(at)}}}
	for _, a := range cardActions(v, k) {
		href := at + "/" + a.path
		block.Items = append(block.Items, ui.ActionItem{Label: a.label + " …", Icon: a.icon, Href: href, Danger: a.danger, Attrs: ui.OpensSheet(href)})
	}
	return ui.ActionsMenu(ui.ActionsMenuProps{ID: menu, Small: true, For: k.UID, Blocks: []ui.ActionBlock{block}})
}

// cardAction is a change of a card's state, with the question that is asked
// before it.
type cardAction struct {
	path, label, icon string
	to                card.State
	danger            bool
	text              string // what it means
	done              string // of userDone
}

var cardChanges = []cardAction{
	{"block", "Block", "ban", card.Blocked, true, "It is refused at every charger from now on, and works again when it is unblocked. Other cards of its owner keep working.", "card-blocked"},
	{"unblock", "Unblock", "lock-open", card.Active, false, "It works again at once, wherever its owner may charge.", "card-free"},
	{"remove", "Remove", "trash-2", card.Deactivated, true, "It is refused from now on and cannot be brought back. Its sessions stay, and its number may be given out again.", "card-removed"},
}

// cardActions are the changes that fit a card's state.
func cardActions(v *visit, k browse.Card) (list []cardAction) {
	if !v.may(access.CardsWrite) {
		return nil
	}
	for _, a := range cardChanges {
		next := k.Card
		fits := next.Become(a.to) == nil
		if a.path == "unblock" {
			fits = k.State == card.Blocked || k.State == card.Suspended
		}
		if fits {
			list = append(list, a)
		}
	}
	return list
}

// cardPage is one card, with a question about it if act is set.
type cardPage struct {
	v      *visit
	k      browse.Card
	taps   []browse.Decision
	told   read.Receipt
	act    *cardAction
	reason string
	wrong  ui.Errors
}

func (c *Console) card(w http.ResponseWriter, r *http.Request, v *visit) error {
	return c.showCard(w, r, cardPage{v: v}, http.StatusOK)
}

func (c *Console) cardAsk(w http.ResponseWriter, r *http.Request, v *visit) error {
	act, err := cardActionOf(r)
	if err != nil {
		return err
	}
	return c.showCard(w, r, cardPage{v: v, act: act}, http.StatusOK)
}

func (c *Console) cardChange(w http.ResponseWriter, r *http.Request, v *visit) error {
	act, err := cardActionOf(r)
	if err != nil {
		return err
	}
	one := id.Card(r.PathValue("card"))
	reason := r.PostFormValue("reason")
	_, err = c.Wallet.Change(r.Context(), v.By, one, act.to, reason)
	if wrong, ok := ui.ErrorsOf(err); ok {
		return c.showCard(w, r, cardPage{v: v, act: act, reason: reason, wrong: wrong}, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	ui.RedirectDone(w, r, v.path("/cards/"+string(one)), act.done, -1)
	return nil
}

func cardActionOf(r *http.Request) (*cardAction, error) {
	for i := range cardChanges {
		if cardChanges[i].path == r.PathValue("change") {
			return &cardChanges[i], nil
		}
	}
	return nil, errs.New(errs.NotFound, "There is no such page. Open the card again and choose what to do with it.")
}

func (c *Console) showCard(w http.ResponseWriter, r *http.Request, p cardPage, status int) (err error) {
	if p.k, err = c.Browse.Card(r.Context(), p.v.By, id.Card(r.PathValue("card"))); err != nil {
		return err
	}
	if p.v.may(access.SessionsRead) && p.act == nil {
		taps, err := c.Browse.Decisions(r.Context(), p.v.By, browse.DecisionFilter{CardUID: p.k.UID, Paging: browse.Paging{Limit: 10}})
		if err != nil {
			return err
		}
		p.taps = taps.Rows
	}
	if p.act == nil {
		if p.told, err = c.commands().OfCard(r.Context(), p.v.By, p.k.ID); err != nil {
			return err
		}
	}
	sheet := ui.SheetProps{
		Title: "Card " + p.k.UID, Sub: kindLabel(p.k.Kind), Badge: ui.Status(stateKey(p.k.State)), Href: p.v.path("/cards/" + string(p.k.ID)),
		Back: ui.Link{Label: "Cards", Href: p.v.path("/cards")},
	}
	if p.act != nil {
		sheet.Title = p.act.label + " card " + p.k.UID + "?"
	} else {
		for _, a := range cardActions(p.v, p.k) {
			b := ui.ButtonProps{Label: a.label + " …", Icon: a.icon, Variant: "outline", Href: sheet.Href + "/" + a.path}
			b.Attrs = ui.OpensSheet(b.Href)
			sheet.Actions = append(sheet.Actions, ui.LinkButton(b))
		}
	}
	return c.showSheet(w, r, p.v, sheet, status, toast(r, userDone), cardInside(p), ui.Link{Label: "Access"}, ui.Link{Label: "Cards", Href: p.v.path("/cards")})
}

// chargerHref is the page of a charger that has not confirmed; "" for those who may not
// open it.
func (p cardPage) chargerHref(u read.Unconfirmed) string {
	if u.Charger == "" {
		return ""
	}
	return p.v.path("/chargers/" + string(u.Charger))
}
