// Package location is the console's form of a location: to add one, or to change
// what it is called and where it is.
package location

import (
	"net/http"
	"strconv"
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/site"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/equip"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Config is what the form is made of. Every field must be set.
type Config struct {
	DB    *db.DB
	Equip *equip.Service
}

// Pages are the form's pages.
type Pages struct{ Config }

// New returns them.
func New(cfg Config) *Pages { return &Pages{cfg} }

// Routes are everything the form answers to.
func (c *Pages) Routes() []frame.Route {
	return []frame.Route{
		{Pattern: "GET /locations/new", Need: access.PlacesWrite, Do: c.add},
		{Pattern: "POST /locations", Need: access.PlacesWrite, Do: c.save},
		{Pattern: "GET /locations/{location}/edit", Need: access.PlacesWrite, Do: c.edit},
		{Pattern: "POST /locations/{location}/edit", Need: access.PlacesWrite, Do: c.change},
	}
}

// form asks for a new location, or changes one.
type form struct {
	v     *frame.Visit
	shell ui.ConsoleProps
	l     site.Location
	where string // the coordinates as they were typed
	limit string // kilowatt-hours of sessions that an outage lets begin, as typed
	wrong ui.Errors
}

// awayOptions are the choices for the time in which the database is away.
var awayOptions = []ui.Option{
	{Value: string(site.AwayKnown), Label: "As usual, by what was known last"},
	{Value: string(site.AwayClosed), Label: "Nobody"},
	{Value: string(site.AwayPrivate), Label: "Also users who may charge elsewhere or at other times"},
	{Value: string(site.AwayOpen), Label: "Everybody, with unknown cards too"},
}

// kWh writes watt-hours as the form does.
func kWh(wh int64) string { return strconv.FormatInt(wh/1000, 10) }

// of is the location that is changed, "" for a new one.
func (f form) of() string { return string(f.l.ID) }

func (c *Pages) add(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	return c.show(w, r, http.StatusOK, form{v: v, l: site.Location{TimeZone: v.Workspace.TimeZone}, limit: kWh(site.UsualAwayCap)})
}

func (c *Pages) show(w http.ResponseWriter, r *http.Request, status int, f form) error {
	title, crumbs := "Add location", []ui.Link{{Label: "Access"}, {Label: "Locations & zones", Href: f.v.To("/locations")}}
	if f.of() != "" {
		title, crumbs = "Edit location", append(crumbs, ui.Link{Label: "Location", Href: f.v.To("/locations/" + f.of())})
	}
	f.shell = f.v.Shell(title, crumbs...)
	return ui.Render(w, r, status, page(f))
}

// read takes the form into l.
func read(r *http.Request, l *site.Location) (where string, err error) {
	said := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	l.Name, l.Address, l.City, l.Country = said("name"), said("address"), said("city"), strings.ToUpper(said("country"))
	l.TimeZone, l.MembersOnly = said("time_zone"), said("members_only") != ""
	where = said("coordinates")
	var wrong errs.List
	l.Where, err = site.ParsePoint(where)
	wrong.Add(err)
	l.Away = site.Away(said("away"))
	switch limit, err := strconv.ParseInt(said("away_cap"), 10, 64); {
	case said("away_cap") == "":
		l.AwayCap = site.UsualAwayCap
	case err != nil || limit < 1 || limit > 500:
		wrong.Add(errs.AtField("away_cap", "Give 1 to 500 kWh, as a whole number."))
	default:
		l.AwayCap = limit * 1000
	}
	return where, wrong.Err()
}

func (c *Pages) save(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	var l site.Location
	where, err := read(r, &l)
	if err == nil {
		l, err = c.Equip.AddLocation(r.Context(), v.By, l)
	}
	if wrong, ok := ui.ErrorsOf(err); ok {
		l.ID = ""
		return c.show(w, r, http.StatusUnprocessableEntity, form{v: v, l: l, where: where, limit: r.PostFormValue("away_cap"), wrong: wrong})
	}
	if err != nil {
		return err
	}
	ui.RedirectDone(w, r, v.To("/locations/"+string(l.ID)), "location-added", -1)
	return nil
}

func (c *Pages) edit(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	var l site.Location
	err := c.DB.View(r.Context(), func(tx *db.Tx) (err error) {
		l, err = site.LocationByID(tx, v.By.Workspace, id.Location(r.PathValue("location")))
		return err
	})
	if err != nil {
		return err
	}
	return c.show(w, r, http.StatusOK, form{v: v, l: l, where: l.Where.String(), limit: kWh(l.AwayCap)})
}

func (c *Pages) change(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	l := site.Location{ID: id.Location(r.PathValue("location"))}
	l.Version, _ = strconv.ParseInt(r.PostFormValue("version"), 10, 64) // none is an old one
	where, err := read(r, &l)
	if err == nil {
		err = c.Equip.SaveLocation(r.Context(), v.By, l)
	}
	if wrong, ok := ui.ErrorsOf(err); ok {
		return c.show(w, r, http.StatusUnprocessableEntity, form{v: v, l: l, where: where, limit: r.PostFormValue("away_cap"), wrong: wrong})
	}
	if err != nil {
		return err
	}
	ui.RedirectDone(w, r, v.To("/locations/"+string(l.ID)), "location-saved", -1)
	return nil
}
