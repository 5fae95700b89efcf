// Package inviting is the console's invitation wizard: one page per step, each with
// its own address, and beside it what was chosen so far. What was said is kept as a
// draft, so that Back and a mistake lose nothing and a second click sends nothing
// twice.
package inviting

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/role"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"
	"involt/internal/flow/browse/accounts"
	"involt/internal/flow/browse/invited"
	"involt/internal/flow/onboard"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Config is what the pages are made of. Every field must be set.
type Config struct {
	DB       *db.DB
	Onboard  *onboard.Service
	Browse   *browse.Service
	Invited  *invited.Service
	Accounts *accounts.Service
}

// Pages are the pages.
type Pages struct{ Config }

// New returns the pages.
func New(cfg Config) *Pages { return &Pages{cfg} }

// Routes are everything the pages answer to.
func (c *Pages) Routes() []frame.Route {
	return []frame.Route{
		{Pattern: "GET /users/invite", Need: access.PeopleWrite, Part: true, Do: c.begin},
		{Pattern: "POST /users/invite", Need: access.PeopleWrite, Part: true, Do: c.begun},
		{Pattern: "GET /invitations/check", Need: access.PeopleWrite, Part: true, Do: c.check},
		{Pattern: "GET /invitations/drafts/{draft}", Need: access.PeopleWrite, Part: true, Do: c.goOn},
		{Pattern: "GET /invitations/drafts/{draft}/mail", Need: access.PeopleWrite, Part: true, Do: c.mail},
		{Pattern: "GET /invitations/drafts/{draft}/sent", Need: access.PeopleWrite, Part: true, Do: c.sent},
		{Pattern: "GET /invitations/drafts/{draft}/{step}", Need: access.PeopleWrite, Part: true, Do: c.show},
		{Pattern: "POST /invitations/drafts/{draft}/{step}", Need: access.PeopleWrite, Part: true, Do: c.answer},
	}
}

// said is what was said so far, as it is kept.
type said struct {
	People    []onboard.Invitee `json:"people"`
	Seen      string            `json:"seen,omitempty"` // the warnings about them that were read
	Role      string            `json:"role,omitempty"` // "" for a driver
	Scope     string            `json:"scope,omitempty"`
	Account   string            `json:"account,omitempty"` // what it is called, or was typed
	AccountID id.Account        `json:"account_id,omitempty"`
	Rate      string            `json:"rate,omitempty"`
	Method    string            `json:"method"`
	Locations []id.Location     `json:"locations,omitempty"`
	Chargers  []id.Charger      `json:"chargers,omitempty"`
	Group     id.Group          `json:"group,omitempty"`
	Language  string            `json:"language,omitempty"`
	Message   string            `json:"message,omitempty"`
	Reached   int               `json:"reached"` // the step that may be opened last
}

// The charger assignment methods.
const (
	byRules     = "rules"
	byAll       = "all"
	byLocations = "locations"
	byChargers  = "chargers"
	byGroup     = "group"
)

// step is one page of the wizard.
type step struct {
	name, label string
	read        func(*Pages, *page, *http.Request) error
	wrong       func(*Pages, *page, *http.Request) (ui.Errors, error) // what is wrong with what was read
	skip        func(*said) bool
}

var steps = []step{
	{name: "people", label: "People", read: (*Pages).readPeople, wrong: (*Pages).wrongPeople},
	{name: "role", label: "Role", read: fields((*page).readRole), wrong: (*Pages).wrongRole},
	{name: "method", label: "Charger assignment", read: fields((*page).readMethod), wrong: (*Pages).wrongMethod},
	{name: "chargers", label: "Chargers", read: fields((*page).readChargers), wrong: (*Pages).wrongChargers, skip: func(s *said) bool { return s.Method == byAll || s.Method == byRules }},
	{name: "subscription", label: "Subscription", read: fields(func(*page, *http.Request) {}), wrong: func(*Pages, *page, *http.Request) (ui.Errors, error) { return nil, nil }},
	{name: "message", label: "Message", read: fields((*page).readMessage), wrong: (*Pages).wrongMessage},
	{name: "summary", label: "Summary", read: fields(func(*page, *http.Request) {}), wrong: (*Pages).send},
}

// fields is for steps that are nothing but fields.
func fields(read func(*page, *http.Request)) func(*Pages, *page, *http.Request) error {
	return func(_ *Pages, p *page, r *http.Request) error {
		read(p, r)
		return nil
	}
}

func stepNamed(name string) int {
	return slices.IndexFunc(steps, func(s step) bool { return s.name == name })
}

// page is one step as it is shown.
type page struct {
	v     *frame.Visit
	shell ui.ConsoleProps
	rd    ui.Reader
	draft id.Draft // "" before the first step was sent
	at    int      // of steps
	said
	paste  string
	filled *filling                // from a file, just now; nil if from none
	notes  map[string]onboard.Note // by field
	wrong  ui.Errors
	focus  string
	offer  browse.Offer
	open   []string // the names of places that are open to every active user
	roles  []access.Role
	names  payers
	mail   preview
	made   []id.Person
}

func (p *page) path(step string) string { return p.v.To(p.below(step)) }

func (p *page) below(step string) string {
	return "/invitations/drafts/" + string(p.draft) + "/" + step
}

// action is where the page's form is sent to.
func (p *page) action() string {
	if p.draft == "" {
		return p.v.To("/users/invite")
	}
	return p.path(steps[p.at].name)
}

// after is the step that follows one.
func (p *page) after(at int) int {
	at++
	for at < len(steps)-1 && p.skips(at) {
		at++
	}
	return at
}

// part reports whether the visitor has a part of the workspace only, and invites
// into it.
func (p *page) part() bool { return !p.v.Whole(access.PeopleWrite) }

// skips reports whether there is nothing to say on a step.
func (p *page) skips(at int) bool { return steps[at].skip != nil && steps[at].skip(&p.said) }

// back is the address of the step before, "" on the first.
func (p *page) back() string {
	for at := p.at - 1; at >= 0; at-- {
		if !p.skips(at) {
			return p.path(steps[at].name)
		}
	}
	return ""
}

// bar is the row of steps at the top.
func (p *page) bar() (list []ui.Step, current int) {
	for i, s := range steps {
		if p.skips(i) && i != p.at {
			continue
		}
		one := ui.Step{Label: s.label}
		if i == p.at {
			current = len(list)
		} else if p.draft != "" && i <= p.Reached {
			one.Href = p.path(s.name)
		}
		list = append(list, one)
	}
	return list, current
}

func (c *Pages) begin(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p := &page{v: v, said: said{People: make([]onboard.Invitee, emptyRows), Method: byRules}, focus: lineField(0, "email")}
	if g := id.Group(r.URL.Query().Get("group")); g != "" {
		p.Method, p.Group = byGroup, g
	}
	return c.render(w, r, p, http.StatusOK)
}

// begun keeps the first step and leads to the second.
func (c *Pages) begun(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	return c.take(w, r, &page{v: v, said: said{Method: byRules}})
}

// load reads the draft of the address. sent says that it was sent already.
func (c *Pages) load(r *http.Request, v *frame.Visit) (p *page, sent bool, err error) {
	p = &page{v: v, draft: id.Draft(r.PathValue("draft")), at: stepNamed(r.PathValue("step"))}
	body, made, sent, err := c.Onboard.Draft(r.Context(), v.By, p.draft)
	if err != nil || sent {
		p.made = made
		return p, sent, err
	}
	return p, false, json.Unmarshal([]byte(body), &p.said)
}

// goOn leads to the step that a draft has come to.
func (c *Pages) goOn(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, sent, err := c.load(r, v)
	if err != nil {
		return err
	}
	to := steps[min(p.Reached, len(steps)-1)].name
	if sent {
		to = "sent"
	}
	p.v.SeeOther(w, r, p.below(to))
	return nil
}

// show shows a step. One that has not been come to yet leads to the one that has.
func (c *Pages) show(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, sent, err := c.load(r, v)
	switch {
	case err != nil:
		return err
	case p.at < 0:
		return errs.New(errs.NotFound, "There is no such step.")
	case sent || p.at > p.Reached || p.skips(p.at):
		return c.goOn(w, r, v)
	}
	return c.render(w, r, p, http.StatusOK)
}

// answer takes what was said on a step.
func (c *Pages) answer(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, sent, err := c.load(r, v)
	switch {
	case err != nil:
		return err
	case p.at < 0:
		return errs.New(errs.NotFound, "There is no such step.")
	case sent:
		return c.goOn(w, r, v)
	}
	return c.take(w, r, p)
}

// take reads a step, keeps it, and leads on if nothing is wrong with it.
func (c *Pages) take(w http.ResponseWriter, r *http.Request, p *page) error {
	s := steps[p.at]
	if err := s.read(c, p, r); err != nil {
		return err
	}
	if len(p.wrong) > 0 {
		return c.render(w, r, p, http.StatusUnprocessableEntity)
	}
	if do := r.PostForm.Get("do"); do == "add" || do == "paste" || do == "file" || p.filled != nil {
		return c.render(w, r, p, http.StatusOK)
	}
	wrong, err := s.wrong(c, p, r)
	if err != nil {
		return err
	}
	if p.made != nil {
		p.v.SeeOther(w, r, p.below("sent"))
		return nil
	}
	if len(wrong) > 0 {
		p.wrong = wrong
		return c.render(w, r, p, http.StatusUnprocessableEntity)
	}
	next := p.after(p.at)
	p.Reached = max(p.Reached, next)
	if err := c.keep(r, p); err != nil {
		return err
	}
	p.v.SeeOther(w, r, p.below(steps[next].name))
	return nil
}

func (c *Pages) keep(r *http.Request, p *page) error {
	body, err := json.Marshal(&p.said)
	if err != nil {
		return err
	}
	if p.draft == "" {
		p.draft, err = c.Onboard.Begin(r.Context(), p.v.By, string(body))
		return err
	}
	return c.Onboard.SaveDraft(r.Context(), p.v.By, p.draft, string(body))
}

// render shows the step p is at.
func (c *Pages) render(w http.ResponseWriter, r *http.Request, p *page, status int) (err error) {
	p.rd = ui.ReaderOf(r.Context())
	if p.offer, err = c.Browse.Choices(r.Context(), p.v.By); err != nil {
		return err
	}
	if p.names, err = c.payers(r, p); err != nil {
		return err
	}
	if p.part() && steps[p.at].name == "method" && !slices.ContainsFunc(p.methods(), func(o ui.Option) bool { return o.Value == p.Method }) {
		p.Method = p.methods()[0].Value
	}
	if p.roles, err = c.rolesOf(r, p.v); err != nil {
		return err
	}
	if p.v.Whole(access.PlacesRead) {
		places, err := c.Browse.Locations(r.Context(), p.v.By, "")
		if err != nil {
			return err
		}
		for _, l := range places {
			if !l.MembersOnly {
				p.open = append(p.open, l.Name)
			}
		}
	}
	if steps[p.at].name == "summary" {
		if err := c.preview(r, p); err != nil {
			return err
		}
		if len(p.wrong) > 0 {
			status = http.StatusUnprocessableEntity
		}
	}
	p.shell = p.v.Shell("Invite users", ui.Link{Label: "People"}, ui.Link{Label: "Users", Href: p.v.To("/users")})
	return ui.Render(w, r, status, wizard(p))
}

// rolesOf are the roles that the visitor may give in the whole workspace or in a
// part of it that can be chosen.
func (c *Pages) rolesOf(r *http.Request, v *frame.Visit) (list []access.Role, err error) {
	err = c.DB.View(r.Context(), func(tx *db.Tx) error {
		list, err = role.List(tx, v.By.Workspace)
		return err
	})
	return slices.DeleteFunc(list, func(r access.Role) bool {
		at := access.Scope{}
		if r.Only != access.Everywhere {
			at.Kind = r.Only
		}
		return !v.By.Delegable(r, at)
	}), err
}

// offered is what the invitations give.
func (p *page) offered() (o invite.Offer) {
	switch p.Method {
	case byAll:
		o.Everywhere = true
	case byLocations:
		o.Locations = p.Locations
	case byChargers:
		o.Chargers = p.Chargers
	case byGroup:
		o.Groups = []id.Group{p.Group}
	}
	if p.AccountID != "" {
		o.Account, o.Rate = p.AccountID, p.Rate
	}
	if p.Role != "" {
		o.Roles = []access.Given{{Role: p.Role, At: p.scope(o.Account)}}
	}
	return o
}

// problems are the sentences for what is wrong; anything else is an error.
func problems(err error) (ui.Errors, error) {
	if wrong, ok := ui.ErrorsOf(err); ok {
		return wrong, nil
	}
	if one, is := errors.AsType[*errs.Error](err); is && one.Kind == errs.NotFound {
		return ui.Errors{"": one.Text}, nil
	}
	return nil, err
}
