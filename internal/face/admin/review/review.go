// Package review is the console's pages for reviewing who has access by a group.
package review

import (
	"net/http"
	"net/url"
	"strconv"

	"involt/internal/core/access"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/review"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"
	flow "involt/internal/flow/review"
	"involt/internal/kit/errs"

	"github.com/a-h/templ"
)

// Config is what the pages are made of. Every field must be set.
type Config struct {
	Review *flow.Service
	Browse *browse.Service
}

// Pages are the pages.
type Pages struct{ Config }

// New returns the pages.
func New(cfg Config) *Pages { return &Pages{cfg} }

// Routes are everything the pages answer to.
func (c *Pages) Routes() []frame.Route {
	return []frame.Route{
		{Pattern: "GET /groups/{group}/review", Need: access.PeopleRead, Part: true, Do: c.show},
		{Pattern: "POST /groups/{group}/review", Need: access.PeopleWrite, Part: true, Do: c.begin},
		{Pattern: "POST /groups/{group}/review/plan", Need: access.PeopleWrite, Part: true, Do: c.plan},
		{Pattern: "POST /groups/{group}/review/rest", Need: access.PeopleWrite, Part: true, Do: c.rest},
		{Pattern: "POST /groups/{group}/review/members/{user}", Need: access.PeopleWrite, Part: true, Do: c.answer},
	}
}

var done = map[string]string{
	"begun":   "Review begun. Keep or remove each member.",
	"planned": "Saved.",
	"kept":    "Kept.",
	"removed": "Removed from the group. Chargers refuse within a second.",
	"over":    "The review is done.",
}

// perPage is how many members a page shows.
const perPage = 50

type page struct {
	v     *frame.Visit
	shell ui.ConsoleProps
	rd    ui.Reader
	url   *url.URL
	at    string // the group's page
	g     group.Group
	s     flow.State
	users browse.UserPage
	wrong ui.Errors
}

func (c *Pages) show(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	return c.render(w, r, http.StatusOK, page{v: v})
}

func (c *Pages) render(w http.ResponseWriter, r *http.Request, status int, p page) error {
	d, err := c.Browse.Group(r.Context(), p.v.By, id.Group(r.PathValue("group")))
	if err != nil {
		return err
	}
	p.g, p.rd, p.url, p.at = d.Group, ui.ReaderOf(r.Context()), r.URL, p.v.To("/groups/"+string(d.ID))
	if p.s, err = c.Review.Of(r.Context(), p.v.By, d.ID); err != nil {
		return err
	}
	if p.users, err = c.Browse.Users(r.Context(), p.v.By, browse.UserFilter{Group: d.ID, Paging: browse.Paging{At: r.URL.Query().Get("at"), Limit: perPage}}); err != nil {
		return err
	}
	p.shell = p.v.Shell("Access review", ui.Link{Label: "People"}, ui.Link{Label: "Groups", Href: p.v.To("/groups")}, ui.Link{Label: d.Name, Href: p.at})
	p.shell.Toast = frame.Toast(r, done)
	return ui.Render(w, r, status, show(p))
}

// may reports whether the visitor may review the group.
func (p page) may() bool { return p.v.Holds(access.PeopleWrite, access.InGroup, string(p.g.ID)) }

func (p page) table() ui.TableProps {
	t := ui.TableProps{Caption: "Members", Columns: []ui.Column{{Label: "Member", Main: true}, {Label: "Last charged"}, {Label: "Sessions", Num: true}, {Label: "Answer"}}}
	for _, u := range p.users.Rows {
		t.Rows = append(t.Rows, ui.Row{ID: string(u.ID), Name: u.Name, Cells: []templ.Component{ui.Two(u.Name, u.Email), last(u), ui.Number(u.Sessions), answers(p, u)}})
	}
	t.Empty = ui.EmptyState("users", "Nobody is in this group", "There is nobody to review.", nil)
	return t
}

// item is what is asked about a member; nil about one who joined since.
func (p page) item(u browse.User) *review.Item {
	if it, asked := p.s.Items[u.ID]; asked {
		return &it
	}
	return nil
}

func last(u browse.User) templ.Component {
	if u.LastCharge.IsZero() {
		return ui.Quiet("never")
	}
	return ui.Ago(u.LastCharge)
}

// back leads on after an answer.
func (c *Pages) back(w http.ResponseWriter, r *http.Request, v *frame.Visit, err error, said string) error {
	if wrong, ok := ui.ErrorsOf(err); ok {
		return c.render(w, r, http.StatusUnprocessableEntity, page{v: v, wrong: wrong})
	}
	if err != nil {
		return err
	}
	g := id.Group(r.PathValue("group"))
	if s, err := c.Review.Of(r.Context(), v.By, g); err == nil && s.Open.ID == "" && said != "planned" {
		said = "over"
	}
	ui.RedirectDone(w, r, v.To("/groups/"+string(g)+"/review"), said, -1)
	return nil
}

func (c *Pages) begin(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	return c.back(w, r, v, c.Review.Begin(r.Context(), v.By, id.Group(r.PathValue("group"))), "begun")
}

func (c *Pages) plan(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	months, err := strconv.ParseInt(r.PostFormValue("months"), 10, 32)
	if err != nil {
		months = -1
	}
	return c.back(w, r, v, c.Review.Plan(r.Context(), v.By, id.Group(r.PathValue("group")), months), "planned")
}

// open returns the review that a form is about: that of the group in the address.
func (c *Pages) open(r *http.Request, v *frame.Visit) (id.Review, error) {
	s, err := c.Review.Of(r.Context(), v.By, id.Group(r.PathValue("group")))
	if err == nil && s.Open.ID == "" {
		err = errs.New(errs.Conflict, "This review is over.")
	}
	return s.Open.ID, err
}

func (c *Pages) answer(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	one, err := c.open(r, v)
	said := r.PostFormValue("answer")
	switch {
	case err != nil:
		return c.back(w, r, v, err, "")
	case said != string(review.Keep) && said != string(review.Remove):
		return c.back(w, r, v, errs.New(errs.Invalid, "Say whether they stay in the group."), "")
	}
	words := map[bool]string{true: "kept", false: "removed"}
	return c.back(w, r, v, c.Review.Answer(r.Context(), v.By, one, id.Person(r.PathValue("user")), said == string(review.Keep)), words[said == string(review.Keep)])
}

func (c *Pages) rest(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	one, err := c.open(r, v)
	if err == nil {
		err = c.Review.KeepRest(r.Context(), v.By, one)
	}
	return c.back(w, r, v, err, "kept")
}

var every = []ui.Option{{Value: "0", Label: "Only when asked"}, {Value: "3", Label: "Every quarter"}, {Value: "6", Label: "Every half year"}, {Value: "12", Label: "Every year"}}

// stands says in a sentence how the review of a group stands.
func stands(rd ui.Reader, s flow.State) string {
	switch {
	case s.Open.ID != "" && s.Now.After(s.Open.Due):
		return "Overdue since " + rd.Date(s.Open.Due) + ": " + rd.Int(s.Left) + " of " + rd.Int(s.All) + " members wait for an answer."
	case s.Open.ID != "":
		return rd.Int(s.Left) + " of " + rd.Int(s.All) + " members wait for an answer, until " + rd.Date(s.Open.Due) + "."
	case s.Last.ID != "" && s.Plan.Months > 0:
		return "Last reviewed on " + rd.Date(s.Last.Closed) + ". The next review begins on " + rd.Date(s.Plan.Next) + "."
	case s.Last.ID != "":
		return "Last reviewed on " + rd.Date(s.Last.Closed) + "."
	case s.Plan.Months > 0:
		return "Never reviewed. The first review begins on " + rd.Date(s.Plan.Next) + "."
	}
	return "Never reviewed."
}
