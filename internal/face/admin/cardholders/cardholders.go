// Package cardholders is the console's page that adds a user without an e-mail
// address: a pool car, a guest card.
package cardholders

import (
	"net/http"
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"
	"involt/internal/flow/people"
)

// Config is what the page is made of. Every field must be set.
type Config struct {
	People *people.Service
	Browse *browse.Service
}

// Pages is the page.
type Pages struct{ Config }

// New returns the page.
func New(cfg Config) *Pages { return &Pages{cfg} }

// Routes are everything the page answers to.
func (c *Pages) Routes() []frame.Route {
	const need = access.PeopleWrite | access.PersonalData | access.CardsWrite
	return []frame.Route{
		{Pattern: "GET /users/add", Need: need, Do: c.form},
		{Pattern: "POST /users/add", Need: need, Do: c.add},
	}
}

// addPage is the form. It holds what was typed.
type addPage struct {
	v       *frame.Visit
	shell   ui.ConsoleProps
	in      people.Cardholder
	numbers string
	groups  []ui.Option
	costs   []ui.Option
	wrong   ui.Errors
}

func (c *Pages) form(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	return c.show(w, r, http.StatusOK, addPage{v: v})
}

func (c *Pages) show(w http.ResponseWriter, r *http.Request, status int, p addPage) error {
	offer, err := c.Browse.UserChoices(r.Context(), p.v.By)
	if err != nil {
		return err
	}
	for _, g := range offer.Groups {
		p.groups = append(p.groups, ui.Option{Value: g.ID, Label: g.Name})
	}
	for _, name := range offer.CostCenters {
		p.costs = append(p.costs, ui.Option{Value: name, Label: name})
	}
	p.shell = p.v.Shell("Add user without e-mail", ui.Link{Label: "People"}, ui.Link{Label: "Users", Href: p.v.To("/users")})
	return ui.Render(w, r, status, add(p))
}

func (c *Pages) add(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	said := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	p := addPage{v: v, numbers: said("card_number"), in: people.Cardholder{
		Name: said("last_name"), ExternalID: said("external_id"), CostCenter: strings.Join(strings.Fields(said("cost_center")), " "), Group: id.Group(said("group")),
	}}
	p.in.Cards = strings.FieldsFunc(p.numbers, func(r rune) bool { return r == '\n' || r == '\r' || r == ',' || r == ';' })
	for i := range p.in.Cards {
		p.in.Cards[i] = strings.TrimSpace(p.in.Cards[i])
	}
	p.in.Cards = filled(p.in.Cards)
	made, err := c.People.AddCardholder(r.Context(), v.By, p.in)
	if wrong, ok := ui.ErrorsOf(err); ok {
		p.wrong = wrong
		return c.show(w, r, http.StatusUnprocessableEntity, p)
	}
	if err != nil {
		return err
	}
	v.SeeOther(w, r, "/users/"+string(made.ID))
	return nil
}

func filled(list []string) (full []string) {
	for _, s := range list {
		if s != "" {
			full = append(full, s)
		}
	}
	return full
}
