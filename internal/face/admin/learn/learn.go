// Package learn is the console's pages for having a charger learn a card: whose the
// next unknown one is that is held to it.
package learn

import (
	"context"
	"net/http"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/id"
	"involt/internal/core/lesson"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"
	"involt/internal/flow/teach"
	"involt/internal/kit/errs"

	"github.com/a-h/templ"
)

// Config is what the pages are made of. Every field must be set.
type Config struct {
	Teach  *teach.Service
	Browse *browse.Service
}

// Pages are the pages.
type Pages struct{ Config }

// New returns the pages.
func New(cfg Config) *Pages { return &Pages{cfg} }

const need = access.CardsWrite | access.PlacesRead | access.PeopleRead

// Routes are everything the pages answer to.
func (c *Pages) Routes() []frame.Route {
	return []frame.Route{
		{Pattern: "GET /chargers/{charger}/learn", Need: need, Do: c.ask},
		{Pattern: "POST /chargers/{charger}/learn", Need: need, Do: c.begin},
		{Pattern: "GET /chargers/{charger}/learn/{lesson}", Need: need, Do: c.show},
		{Pattern: "POST /chargers/{charger}/learn/{lesson}/stop", Need: need, Do: c.stop},
	}
}

// Item leads to the pages from a charger's menu; nothing for those who may not.
func Item(v *frame.Visit, charger id.Charger) []ui.ActionItem {
	if !v.Whole(need) {
		return nil
	}
	return []ui.ActionItem{{Label: "Learn a card …", Icon: "credit-card", Href: v.To("/chargers/" + string(charger) + "/learn")}}
}

// whosePage is the search for the one whose card it will be.
type whosePage struct {
	v     *frame.Visit
	shell ui.ConsoleProps
	at    string // the page's own address
	h     browse.ChargerDetail
	q     string
	found []browse.User
	more  bool
	wrong ui.Errors
}

// shownAtMost is how many users the search shows.
const shownAtMost = 8

func (c *Pages) charger(ctx context.Context, r *http.Request, v *frame.Visit) (browse.ChargerDetail, error) {
	one := id.Charger(r.PathValue("charger"))
	if !id.Valid(string(one)) {
		return browse.ChargerDetail{}, errs.New(errs.NotFound, "There is no such charger. It may have been removed.")
	}
	return c.Browse.Charger(ctx, v.By, one)
}

func (c *Pages) ask(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	return c.whose(w, r, http.StatusOK, whosePage{v: v, q: strings.TrimSpace(r.URL.Query().Get("q"))})
}

func (c *Pages) whose(w http.ResponseWriter, r *http.Request, status int, p whosePage) (err error) {
	if p.h, err = c.charger(r.Context(), r, p.v); err != nil {
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
	p.at = p.v.To("/chargers/" + string(p.h.ID) + "/learn")
	p.shell = shell(p.v, "Learn a card", p.h)
	return ui.Render(w, r, status, whose(p))
}

func shell(v *frame.Visit, title string, h browse.ChargerDetail) ui.ConsoleProps {
	return v.Shell(title, ui.Link{Label: "Access"}, ui.Link{Label: "Chargers", Href: v.To("/chargers")}, ui.Link{Label: h.Name, Href: v.To("/chargers/" + string(h.ID))})
}

// waits has the charger wait for a card of one who was found.
func (p whosePage) waits(u browse.User) templ.Component {
	return ui.PostButton(p.at, ui.ButtonProps{Label: "Wait for their card", Variant: "outline", Size: "sm", Attrs: templ.Attributes{"aria-label": "Wait for their card: " + u.Name}},
		ui.Hidden{Name: "person", Value: string(u.ID)}, ui.Hidden{Name: "q", Value: p.q})
}

func (c *Pages) begin(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	at := id.Charger(r.PathValue("charger"))
	l, err := c.Teach.Begin(r.Context(), v.By, at, id.Person(r.PostFormValue("person")))
	if wrong, ok := ui.ErrorsOf(err); ok {
		return c.whose(w, r, http.StatusUnprocessableEntity, whosePage{v: v, q: strings.TrimSpace(r.PostFormValue("q")), wrong: wrong})
	}
	if err != nil {
		return err
	}
	v.SeeOther(w, r, "/chargers/"+string(at)+"/learn/"+string(l.ID))
	return nil
}

// lessonPage is one lesson while it goes on and when it is over.
type lessonPage struct {
	v     *frame.Visit
	shell ui.ConsoleProps
	at    string
	h     browse.ChargerDetail
	l     lesson.Lesson
	k     card.Card
	who   string // masked without personal data
	now   time.Time
}

func (c *Pages) show(w http.ResponseWriter, r *http.Request, v *frame.Visit) (err error) {
	p := lessonPage{v: v}
	if p.h, err = c.charger(r.Context(), r, v); err != nil {
		return err
	}
	if p.l, p.k, p.now, err = c.Teach.One(r.Context(), v.By, id.Lesson(r.PathValue("lesson"))); err != nil {
		return err
	}
	if p.l.Charger != p.h.ID {
		return errs.New(errs.NotFound, "This charger is not waiting for a card any more. Begin again.")
	}
	u, err := c.Browse.User(r.Context(), v.By, p.l.Person)
	if err != nil {
		return err
	}
	p.who = u.Name
	p.at = v.To("/chargers/" + string(p.h.ID) + "/learn")
	p.shell = shell(v, "Learn a card", p.h)
	return ui.Render(w, r, http.StatusOK, waiting(p))
}

func (c *Pages) stop(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	if err := c.Teach.Cancel(r.Context(), v.By, id.Lesson(r.PathValue("lesson"))); err != nil {
		return err
	}
	v.SeeOther(w, r, "/chargers/"+r.PathValue("charger")+"/learn/"+r.PathValue("lesson"))
	return nil
}
