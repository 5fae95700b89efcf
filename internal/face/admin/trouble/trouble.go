// Package trouble is what the console says, on a charger's page, of what keeps it
// from connecting and of what may be wrong with its key.
package trouble

import (
	"context"
	"net/http"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/equip"
)

// Config is what the answers are made of. Every field must be set.
type Config struct{ Equip *equip.Service }

// Pages takes the answers.
type Pages struct{ Config }

// New returns them.
func New(cfg Config) *Pages { return &Pages{cfg} }

// Routes are everything that can be done.
func (c *Pages) Routes() []frame.Route {
	return []frame.Route{
		{Pattern: "POST /chargers/{charger}/let-in", Need: access.PlacesWrite, Do: settle(c.Equip.LetIn, "let-in"), Part: true},
		{Pattern: "POST /chargers/{charger}/networks-seen", Need: access.PlacesWrite, Do: settle(c.Equip.NetworksSeen, "networks-seen"), Part: true},
	}
}

// settle does something about a charger and leads back to its page.
func settle(do func(context.Context, access.Actor, id.Charger) error, done string) func(http.ResponseWriter, *http.Request, *frame.Visit) error {
	return func(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
		one := id.Charger(r.PathValue("charger"))
		if err := do(r.Context(), v.By, one); err != nil {
			return err
		}
		ui.RedirectDone(w, r, v.To("/chargers/"+string(one)), done, -1)
		return nil
	}
}
