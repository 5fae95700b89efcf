// Package doubts is the console's list of cards that were used in two places at
// once, or too far apart: perhaps they were copied.
package doubts

import (
	"net/http"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/doubt"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/guard"

	"github.com/a-h/templ"
)

// Config is what the page is made of. Every field must be set.
type Config struct{ Guard *guard.Service }

// Pages is the page.
type Pages struct{ Config }

// New returns the page.
func New(cfg Config) *Pages { return &Pages{cfg} }

// Routes are everything the page answers to.
func (c *Pages) Routes() []frame.Route {
	return []frame.Route{{Pattern: "GET /cards/doubts", Need: access.CardsRead | access.SessionsRead, Do: c.list}}
}

type listPage struct {
	v     *frame.Visit
	shell ui.ConsoleProps
	rd    ui.Reader
	all   []guard.Question
}

func (c *Pages) list(w http.ResponseWriter, r *http.Request, v *frame.Visit) (err error) {
	p := listPage{v: v, rd: ui.ReaderOf(r.Context())}
	if p.all, _, err = c.Guard.List(r.Context(), v.By); err != nil {
		return err
	}
	p.shell = v.Shell("Cards in two places", ui.Link{Label: "Access"}, ui.Link{Label: "Cards", Href: v.To("/cards")})
	return ui.Render(w, r, http.StatusOK, list(p))
}

func (p listPage) table() ui.TableProps {
	t := ui.TableProps{Caption: "Cards in two places", Target: "list", Columns: []ui.Column{{Label: "Card", Main: true}, {Label: "First"}, {Label: "Then"}, {Label: "Apart"}, {Label: "Who was it?"}, {Label: "Card now"}}}
	t.Empty = ui.EmptyState("credit-card", "No card was in two places", "A card that is used where it cannot be yet is put on hold, and its holder is asked. That needs the coordinates of the locations.", nil)
	for i := range p.all {
		q := &p.all[i]
		t.Rows = append(t.Rows, ui.Row{
			ID: string(q.ID), Name: q.Number, Href: p.v.To("/cards/" + string(q.Card)), Sheet: true,
			Cells: []templ.Component{holder(q), used(q.First, q.FirstAt), used(q.Place, q.At), apart(p.rd, q), ui.Text(answer(q)), ui.Status(frame.StateKey(q.State))},
		})
	}
	return t
}

// answer says what is known of who it was.
func answer(q *guard.Question) string {
	switch {
	case q.Answer == doubt.Holder:
		return "The holder"
	case q.Answer == doubt.Stranger:
		return "Somebody else"
	case q.Answer == doubt.Staff:
		return "Staff made it work again"
	case q.Held && q.State == card.Blocked:
		return "On hold: the holder was asked"
	}
	return "The holder was asked"
}

func distance(rd ui.Reader, q *guard.Question) string {
	between := rd.Duration(q.At.Sub(q.FirstAt))
	if q.Km < 0 {
		return between
	}
	return rd.Int(q.Km) + " km, " + between
}
