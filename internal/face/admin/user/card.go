package user

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/id"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"
	"involt/internal/flow/wallet"
	"involt/internal/kit/errs"
)

// cardsAtFirst is how many cards the sidebar shows before it is asked for all.
const cardsAtFirst = 6

func (p userPage) cards() []card.Card {
	if p.allCards {
		return p.d.CardList
	}
	return p.d.CardList[:min(len(p.d.CardList), cardsAtFirst)]
}

func (p userPage) cardPath(k card.Card) string { return p.base + "/cards/" + string(k.ID) }

// cardMove is a change of a card's state, with the question that is asked before
// it; one without text is not asked.
type cardMove struct {
	path, label, icon string
	to                card.State
	text              string
	done              string
	danger            bool
}

var cardMoves = []cardMove{
	{path: "activate", label: "Make active", icon: "circle-check", to: card.Active, done: "card-active"},
	{path: "unblock", label: "Unblock", icon: "lock-open", to: card.Active, done: "card-free"},
	{path: "resume", label: "Resume", icon: "play", to: card.Active, done: "card-active"},
	{path: "renew", label: "Make valid again", icon: "refresh-cw", to: card.Active, done: "card-active"},
	{
		path: "block", label: "Block", icon: "ban", to: card.Blocked, danger: true, done: "card-blocked",
		text: "It is refused at every charger from now on, and works again when it is unblocked; its holder can do that too. Their other cards keep working.",
	},
	{
		path: "suspend", label: "Suspend", icon: "pause", to: card.Suspended, danger: true, done: "card-suspended",
		text: "It is refused at every charger from now on. Only staff can resume it, its holder cannot.",
	},
	{
		path: "expire", label: "Expire", icon: "calendar", to: card.Expired, danger: true, done: "card-expired",
		text: "It is refused from now on, as if its last day were over. Staff can make it valid again.",
	},
	{
		path: "remove", label: "Remove", icon: "trash-2", to: card.Deactivated, danger: true, done: "card-removed",
		text: "It is refused from now on and cannot be brought back. Its sessions stay, and its number may be given out again.",
	},
}

// fits lists, for each state as it stands now, the changes that fit it.
var fits = map[card.State]string{
	card.Active: "block suspend expire remove", card.Inactive: "activate remove", card.Blocked: "unblock suspend remove",
	card.Suspended: "resume remove", card.Expired: "renew remove",
}

func movesOf(k card.Card, now time.Time) (list []cardMove) {
	paths := strings.Fields(fits[browse.CardState(&k, now)])
	for _, m := range cardMoves {
		if slices.Contains(paths, m.path) {
			list = append(list, m)
		}
	}
	return list
}

// means says what each state means.
var means = map[card.State]string{
	card.Active:      "Works where its user may charge.",
	card.Inactive:    "Pending: refused until somebody makes it active.",
	card.Blocked:     "Refused. Staff can unblock it, and so can its holder: a lost card that turned up.",
	card.Suspended:   "Refused. Only staff can resume it.",
	card.Expired:     "Refused: its last day is over.",
	card.Deactivated: "Removed for good. Its number may be given out again.",
}

// meaning is what the state of a card means now, dates included.
func meaning(k card.Card, now time.Time) string {
	if k.State == card.Active && k.ValidFrom.After(now) {
		return "Refused until its first day has come."
	}
	return means[browse.CardState(&k, now)]
}

// cardItems are what can be done with a card from the list of them.
func (p userPage) cardItems(k card.Card) (items []ui.ActionItem) {
	at := p.cardPath(k)
	items = append(items, ui.ActionItem{Label: "Open card", Icon: "credit-card", Href: at, Attrs: p.opens(at)})
	for _, m := range movesOf(k, p.d.Now) {
		to := at + "/" + m.path
		if m.text == "" {
			items = append(items, ui.ActionItem{Label: m.label, Icon: m.icon, Action: to})
		} else {
			items = append(items, ui.ActionItem{Label: m.label + "…", Icon: m.icon, Danger: m.path == "remove", Href: to, Attrs: p.opens(to)})
		}
	}
	return items
}

func kindLabel(k card.Kind) string {
	return map[card.Kind]string{card.RFID: "RFID card", card.App: "App", card.MAC: "Autocharge", card.EMAID: "Plug & Charge"}[k]
}

func cardIcon(k card.Kind) string {
	if k == card.MAC || k == card.EMAID {
		return "car"
	}
	return "credit-card"
}

func cardSub(k card.Card, rd ui.Reader) string {
	var parts []string
	if k.Kind != card.RFID {
		parts = append(parts, kindLabel(k.Kind))
	}
	if k.Printed != "" {
		parts = append(parts, "printed "+k.Printed)
	}
	if k.Business {
		parts = append(parts, "business")
	}
	if !k.ValidFrom.IsZero() {
		parts = append(parts, "from "+rd.Date(k.ValidFrom))
	}
	if !k.ValidTo.IsZero() {
		parts = append(parts, "until "+rd.Date(lastDay(k.ValidTo)))
	}
	if !k.LastUsed.IsZero() {
		parts = append(parts, "used "+rd.Ago(k.LastUsed))
	}
	return strings.Join(parts, " · ")
}

// lastDay is a moment of the last day before a card, or a person, ends.
func lastDay(end time.Time) time.Time {
	if end.IsZero() {
		return end
	}
	return end.Add(-time.Millisecond)
}

// remark is what there is to say about how a card's number was read.
func remark(k card.Card) string {
	if k.Kind != card.RFID || k.Typed == "" {
		return ""
	}
	r, err := card.Read(k.Typed)
	if err != nil {
		return ""
	}
	return r.Note
}

// stock are the numbers of cards that are nobody's, for the combobox.
func (p userPage) stock() (list []ui.Option) {
	for _, uid := range p.d.Stock {
		list = append(list, ui.Option{Value: uid, Label: uid})
	}
	return list
}

// cardForm is what is typed about a card.
type cardForm struct {
	number, printed, from, to string
	business, pending         bool
	wrong                     ui.Errors
}

func cardFormOf(r *http.Request) cardForm {
	return cardForm{
		number: strings.TrimSpace(r.PostFormValue("number")), printed: r.PostFormValue("printed"), from: r.PostFormValue("valid_from"), to: r.PostFormValue("valid_to"),
		business: r.PostFormValue("business") != "", pending: r.PostFormValue("pending") != "",
	}
}

// more reports whether something besides the number was filled in, or is wrong.
func (f cardForm) more() bool {
	return f.printed != "" || f.from != "" || f.to != "" || f.business || f.pending
}

// dates reads the first and the last day, each in the reader's zone; the second
// is the moment after that day.
func (f cardForm) dates(rd ui.Reader) (from, to time.Time, err error) {
	var wrong errs.List
	if from, err = day(f.from, rd.Zone); err != nil {
		wrong.Add(errs.AtField("valid_from", "Write the day as 2026-11-30."))
	}
	if to, err = day(f.to, rd.Zone); err != nil {
		wrong.Add(errs.AtField("valid_to", "Write the day as 2026-11-30."))
	}
	if !to.IsZero() {
		to = to.AddDate(0, 0, 1)
	}
	return from, to, wrong.Err()
}

// day reads a day as date fields send it; "" is no day.
func day(text string, zone *time.Location) (time.Time, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return time.Time{}, nil
	}
	return time.ParseInLocation(time.DateOnly, text, zone)
}

// dayField writes a moment's day as date fields take it.
func dayField(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return t.In(zone).Format(time.DateOnly)
}

func (c *Pages) cardAdd(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	f := cardFormOf(r)
	who := id.Person(r.PathValue("user"))
	from, to, err := f.dates(ui.ReaderOf(r.Context()))
	done := "card-added"
	if err == nil {
		var twin string
		var k card.Card
		k, twin, err = c.Wallet.Assign(r.Context(), v.By, wallet.NewCard{
			Number: f.number, Printed: f.printed, Person: who, Business: f.business, Pending: f.pending, ValidFrom: from, ValidTo: to,
		})
		switch {
		case twin != "":
			done = "card-twin"
		case k.Version > 1:
			done = "card-given"
		case f.pending:
			done = "card-pending"
		}
	}
	return c.change(w, r, v, done, "cards", err, func(p *userPage, wrong ui.Errors) {
		if t, ok := errors.AsType[*wallet.Taken](err); ok {
			p.taken = t.Person
			if t.Person == who {
				p.taken, wrong = "", ui.Errors{"number": "This is already their card."}
			}
		}
		f.wrong = wrong
		p.cardForm, p.at = f, ""
	})
}

// cardPage is one card of the user.
type cardPage struct {
	userPage
	k    browse.Card
	taps []browse.Decision
	form cardForm
	move *cardMove
}

func (c *Pages) cardOf(r *http.Request, v *frame.Visit) (p cardPage, err error) {
	if p.userPage, err = c.userOf(r, v); err != nil {
		return p, err
	}
	if p.k, err = c.Browse.Card(r.Context(), v.By, id.Card(r.PathValue("card"))); err != nil {
		return p, err
	}
	if p.k.Person != p.d.Person.ID {
		return p, errs.New(errs.NotFound, "This user has no such card. It may have been removed.")
	}
	p.form = cardForm{
		printed: p.k.Printed, business: p.k.Business,
		from: dayField(p.k.ValidFrom, p.rd.Zone), to: dayField(lastDay(p.k.ValidTo), p.rd.Zone),
	}
	return p, nil
}

// tapsShown is how many taps a card's page shows.
const tapsShown = 20

func (c *Pages) card(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.cardOf(r, v)
	if err != nil {
		return err
	}
	return c.showCard(w, r, p, http.StatusOK)
}

func (c *Pages) showCard(w http.ResponseWriter, r *http.Request, p cardPage, status int) error {
	if p.v.May(access.SessionsRead) {
		taps, err := c.Browse.Decisions(r.Context(), p.v.By, browse.DecisionFilter{CardUID: p.k.UID, Paging: browse.Paging{Limit: tapsShown}})
		if err != nil {
			return err
		}
		for _, t := range taps.Rows {
			if t.CardUID == p.k.UID {
				p.taps = append(p.taps, t)
			}
		}
	}
	return p.showPart(w, r, "Card "+p.k.UID, "/cards/"+string(p.k.ID), status, cardInside(p))
}

func (c *Pages) cardSave(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.cardOf(r, v)
	if err != nil {
		return err
	}
	p.form = cardFormOf(r)
	version, err := strconv.ParseInt(r.PostFormValue("version"), 10, 64)
	if err != nil {
		return errs.New(errs.Invalid, "The form could not be read. Open the card again.")
	}
	from, to, err := p.form.dates(p.rd)
	if err == nil {
		_, err = c.Wallet.Edit(r.Context(), v.By, p.k.ID, version, wallet.Facts{Printed: p.form.printed, Business: p.form.business, ValidFrom: from, ValidTo: to})
	}
	if wrong, ok := ui.ErrorsOf(err); ok {
		p.form.wrong = wrong
		return c.showCard(w, r, p, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	ui.RedirectDone(w, r, p.cardPath(p.k.Card), "card-saved", -1)
	return nil
}

func (c *Pages) moveOf(r *http.Request, p *cardPage) error {
	for _, m := range movesOf(p.k.Card, p.d.Now) {
		if m.path == r.PathValue("change") {
			p.move = &m
			return nil
		}
	}
	return errs.New(errs.Conflict, "This card is %s by now, so that cannot be done with it.", browse.CardState(&p.k.Card, p.d.Now).Label())
}

func (c *Pages) cardAsk(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.cardOf(r, v)
	if err == nil {
		err = c.moveOf(r, &p)
	}
	if err != nil {
		return err
	}
	return p.showPart(w, r, p.move.label+" card "+p.k.UID+"?", "/cards/"+string(p.k.ID)+"/"+p.move.path, http.StatusOK, cardQuestion(p))
}

func (c *Pages) cardChange(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.cardOf(r, v)
	if err != nil {
		return err
	}
	if err := c.moveOf(r, &p); err != nil {
		return c.change(w, r, v, "", "", err, asNotice)
	}
	_, err = c.Wallet.Change(r.Context(), v.By, p.k.ID, p.move.to, strings.TrimSpace(r.PostFormValue("reason")))
	return c.change(w, r, v, p.move.done, "cards", err, asNotice)
}
