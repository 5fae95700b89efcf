// Package knocks is what the console says of chargers that wanted in and are not here.
package knocks

import (
	"net/http"
	"net/url"

	"involt/internal/core/access"
	"involt/internal/core/site"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/equip"

	"github.com/a-h/templ"
)

// Config is what the answers are made of. Every field must be set.
type Config struct{ Equip *equip.Service }

// Pages takes the answers.
type Pages struct{ Config }

// New returns them.
func New(cfg Config) *Pages { return &Pages{cfg} }

// Routes are everything that can be done.
func (c *Pages) Routes() []frame.Route {
	return []frame.Route{{Pattern: "POST /chargers/waiting/forget", Need: access.PlacesWrite, Do: c.forget}}
}

// Of returns who waits, for those who may take them in.
func (c *Pages) Of(r *http.Request, v *frame.Visit) ([]site.Knock, error) {
	if !v.By.Perms.Has(access.PlacesWrite) { // they are at no place yet: nothing for a part of the workspace
		return nil, nil
	}
	return c.Equip.Knocks(r.Context(), v.By)
}

func (c *Pages) forget(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	if err := c.Equip.ForgetKnock(r.Context(), v.By, r.PostFormValue("identity")); err != nil {
		return err
	}
	ui.RedirectDone(w, r, v.To("/chargers"), "knock-forgotten", -1)
	return nil
}

func add(v *frame.Visit, k site.Knock) templ.Component {
	return ui.LinkButton(ui.ButtonProps{Label: "Add …", Size: "sm", Variant: "outline", Href: v.To("/chargers/new?identity=" + url.QueryEscape(k.Identity))})
}
