// Package options is the console's page for what is said of one charger alone: whether
// it is open to anyone, and how it proves who it is.
package options

import (
	"net/http"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/site"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"
	"involt/internal/flow/equip"
	"involt/internal/kit/errs"

	"github.com/a-h/templ"
)

// Config is what the page is made of. Every field must be set.
type Config struct {
	Equip  *equip.Service
	Browse *browse.Service
}

// Pages is the page.
type Pages struct{ Config }

// New returns it.
func New(cfg Config) *Pages { return &Pages{cfg} }

// Routes are everything the page answers to.
func (c *Pages) Routes() []frame.Route {
	return []frame.Route{
		{Pattern: "GET /chargers/{charger}/options", Need: access.PlacesWrite, Part: true, Do: c.show},
		{Pattern: "POST /chargers/{charger}/options", Need: access.PlacesWrite, Part: true, StepUp: true, Do: c.save},
	}
}

// Item leads to the page from a charger's menu; nothing for those who may not.
func Item(v *frame.Visit, charger id.Charger) []ui.ActionItem {
	if !v.May(access.PlacesWrite) {
		return nil
	}
	return []ui.ActionItem{{Label: "Options …", Icon: "settings", Href: v.To("/chargers/" + string(charger) + "/options")}}
}

// Note says on a charger's page what is unusual about it.
func Note(h site.Charger) templ.Component {
	if !h.Open {
		return templ.NopComponent
	}
	return note()
}

type page struct {
	v     *frame.Visit
	shell ui.ConsoleProps
	at    string
	h     browse.ChargerDetail
}

func (c *Pages) show(w http.ResponseWriter, r *http.Request, v *frame.Visit) (err error) {
	one := id.Charger(r.PathValue("charger"))
	if !id.Valid(string(one)) {
		return errs.New(errs.NotFound, "There is no such charger. It may have been removed.")
	}
	p := page{v: v, at: v.To("/chargers/" + string(one))}
	if p.h, err = c.Browse.Charger(r.Context(), v.By, one); err != nil {
		return err
	}
	if !v.Holds(access.PlacesWrite, access.AtLocation, string(p.h.Location)) {
		return errs.New(errs.NotFound, "There is no such charger. It may have been removed.")
	}
	p.shell = v.Shell("Options", ui.Link{Label: "Access"}, ui.Link{Label: "Chargers", Href: v.To("/chargers")}, ui.Link{Label: p.h.Name, Href: p.at})
	return ui.Render(w, r, http.StatusOK, form(p))
}

func (c *Pages) save(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	one := id.Charger(r.PathValue("charger"))
	if err := c.Equip.SetOptions(r.Context(), v.By, one, equip.Options{Open: r.PostFormValue("open") != "", KeyOK: r.PostFormValue("key_ok") != ""}); err != nil {
		return err
	}
	ui.RedirectDone(w, r, v.To("/chargers/"+string(one)), "options-saved", -1)
	return nil
}
