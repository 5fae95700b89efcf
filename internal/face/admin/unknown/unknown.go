// Package unknown is the console's inbox of unknown cards: numbers that were
// tapped and that nobody here has, with whose they may be.
package unknown

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"
	"involt/internal/flow/browse/unknown"
	"involt/internal/flow/wallet"
	"involt/internal/kit/errs"

	"github.com/a-h/templ"
)

// Config is what the pages are made of. Every field must be set.
type Config struct {
	Wallet *wallet.Service
	Browse *browse.Service
	Inbox  *unknown.Service
}

// Pages are the pages.
type Pages struct{ Config }

// New returns the pages.
func New(cfg Config) *Pages { return &Pages{cfg} }

// Routes are everything the pages answer to.
func (c *Pages) Routes() []frame.Route {
	const read = access.CardsRead | access.SessionsRead
	return []frame.Route{
		{Pattern: "GET /cards/unknown", Need: read, Do: c.list},
		{Pattern: "GET /cards/unknown/whose", Need: read | access.CardsWrite | access.PeopleRead, Do: c.whose},
		{Pattern: "POST /cards/unknown/give", Need: access.CardsWrite, Do: c.give},
		{Pattern: "POST /cards/unknown/hide", Need: access.CardsWrite, Do: c.hide(true)},
		{Pattern: "POST /cards/unknown/show", Need: access.CardsWrite, Do: c.hide(false)},
	}
}

var done = map[string]string{
	"hidden": "Hidden. It is refused as before, and stands under Hidden.",
	"shown":  "It is on the list again.",
}

type listPage struct {
	v      *frame.Visit
	shell  ui.ConsoleProps
	url    *url.URL
	rd     ui.Reader
	hidden bool
	in     unknown.Inbox
}

func (c *Pages) list(w http.ResponseWriter, r *http.Request, v *frame.Visit) (err error) {
	p := listPage{v: v, url: r.URL, rd: ui.ReaderOf(r.Context()), hidden: r.URL.Query().Get("list") == "hidden"}
	if p.in, err = c.Inbox.List(r.Context(), v.By, p.hidden); err != nil {
		return err
	}
	p.shell = v.Shell("Unknown cards", ui.Link{Label: "Access"}, ui.Link{Label: "Cards", Href: v.To("/cards")})
	p.shell.Toast = frame.Toast(r, done)
	return ui.Render(w, r, http.StatusOK, list(p))
}

func (p listPage) tabs() []ui.Tab {
	return []ui.Tab{
		{Label: "Waiting", Href: ui.WithQuery(p.url, "list", ""), Count: p.rd.Int(p.in.Waits), Current: !p.hidden},
		{Label: "Hidden", Href: ui.WithQuery(p.url, "list", "hidden"), Count: p.rd.Int(p.in.Hidden), Current: p.hidden},
	}
}

func (p listPage) table() ui.TableProps {
	t := ui.TableProps{Caption: "Unknown cards", Target: "list", Empty: p.empty(), Columns: []ui.Column{{Label: "Card", Main: true}, {Label: "Last tapped"}, {Label: "Taps", Num: true}, {Label: "Perhaps"}, {Label: "Action"}}}
	for i := range p.in.Cards {
		k := &p.in.Cards[i]
		t.Rows = append(t.Rows, ui.Row{ID: k.UID, Name: k.UID, Cells: []templ.Component{number(k.UID), lastTap(p, k), ui.Number(k.Times), perhaps(p, k), acts(p, k)}})
	}
	return t
}

func (p listPage) empty() templ.Component {
	if p.hidden {
		return ui.EmptyState("credit-card", "Nothing is hidden", "Cards that you do not want to be asked about stand here.", nil)
	}
	return ui.EmptyState("credit-card", "No unknown cards", "Whoever taps a card that is nobody's here is refused, and the card waits here for 90 days: to be given to its owner in one step.", nil)
}

// mayGive reports whether the visitor may say whose a card is.
func mayGive(v *frame.Visit) bool { return v.Whole(access.CardsWrite | access.PeopleRead) }

// reason says why somebody is suggested.
func reason(rd ui.Reader, k *unknown.Card, g unknown.Guess) string {
	if g.Why == unknown.Respelled {
		return "as another reader shows their card " + g.UID
	}
	minutes := int64(k.Last.Sub(g.At).Round(time.Minute) / time.Minute)
	switch {
	case minutes == 0:
		return "charged there in the same minute"
	case minutes < 0:
		return "charged there " + rd.Int(-minutes) + " min later"
	default:
		return "charged there " + rd.Int(minutes) + " min earlier"
	}
}

// whosePage is the search for the one whose card it is.
type whosePage struct {
	v     *frame.Visit
	shell ui.ConsoleProps
	rd    ui.Reader
	card  unknown.Card
	q     string
	found []browse.User
	more  bool
	wrong ui.Errors
}

// gives gives the card to one who was found.
func (p whosePage) gives(u browse.User) templ.Component {
	return ui.PostButton(p.v.To("/cards/unknown/give"), ui.ButtonProps{Label: "It is theirs", Variant: "outline", Size: "sm", Attrs: templ.Attributes{"aria-label": "It is theirs: " + u.Name}},
		ui.Hidden{Name: "uid", Value: p.card.UID}, ui.Hidden{Name: "person", Value: string(u.ID)}, ui.Hidden{Name: "q", Value: p.q})
}

// shownAtMost is how many users the search shows.
const shownAtMost = 8

func (c *Pages) whose(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	q := r.URL.Query()
	return c.ask(w, r, http.StatusOK, whosePage{v: v, q: strings.TrimSpace(q.Get("q"))}, q.Get("uid"))
}

func (c *Pages) ask(w http.ResponseWriter, r *http.Request, status int, p whosePage, uid string) (err error) {
	if p.card, err = c.Inbox.One(r.Context(), p.v.By, uid); err != nil {
		return err
	}
	if p.q != "" {
		page, err := c.Browse.Users(r.Context(), p.v.By, browse.UserFilter{Q: p.q, Paging: browse.Paging{Limit: shownAtMost + 1}})
		if err != nil {
			return err
		}
		p.more = len(page.Rows) > shownAtMost
		p.found = page.Rows[:min(len(page.Rows), shownAtMost)]
	}
	p.rd = ui.ReaderOf(r.Context())
	p.shell = p.v.Shell("Whose card is it?", ui.Link{Label: "Access"}, ui.Link{Label: "Unknown cards", Href: p.v.To("/cards/unknown")})
	return ui.Render(w, r, status, whose(p))
}

func (c *Pages) give(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	uid := r.PostFormValue("uid")
	made, _, err := c.Wallet.Assign(r.Context(), v.By, wallet.NewCard{Number: uid, Person: id.Person(r.PostFormValue("person"))})
	if wrong, ok := ui.ErrorsOf(err); ok && v.Whole(access.CardsRead|access.SessionsRead|access.PeopleRead) {
		shown := c.ask(w, r, http.StatusUnprocessableEntity, whosePage{v: v, q: strings.TrimSpace(r.PostFormValue("q")), wrong: wrong}, uid)
		if errs.KindOf(shown) == errs.NotFound { // somebody has it by now: that is what is wrong
			return err
		}
		return shown
	}
	if err != nil {
		return err
	}
	v.SeeOther(w, r, "/users/"+string(made.Person)+"?done=card-added")
	return nil
}

func (c *Pages) hide(hidden bool) func(http.ResponseWriter, *http.Request, *frame.Visit) error {
	to := "/cards/unknown?done=hidden"
	if !hidden {
		to = "/cards/unknown?list=hidden&done=shown"
	}
	return func(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
		if err := c.Wallet.HideUnknown(r.Context(), v.By, r.PostFormValue("uid"), hidden); err != nil {
			return err
		}
		v.SeeOther(w, r, to)
		return nil
	}
}
