// Package zones is the console's pages about zones and joining codes: who is in a
// zone, how others are let in, and how they are shown the code: on the screen,
// as a link, as a QR code, on a poster.
package zones

import (
	"net/http"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/joincode"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"
	"involt/internal/flow/browse/zones"
	"involt/internal/flow/join"
)

// Config is what the pages are made of. Every field must be set.
type Config struct {
	Join   *join.Service
	Zones  *zones.Service
	Browse *browse.Service
	Now    func() time.Time // for the date on a poster
}

// Pages are the pages.
type Pages struct{ Config }

// New returns the pages.
func New(cfg Config) *Pages { return &Pages{cfg} }

// Routes are everything the pages answer to.
func (c *Pages) Routes() []frame.Route {
	const zone = "/locations/{location}/zone"
	return []frame.Route{
		{Pattern: "GET " + zone, Need: access.PlacesRead | access.PeopleRead, Part: true, Do: c.members},
		{Pattern: "GET " + zone + "/codes", Need: access.PlacesRead | access.PeopleRead, Part: true, Do: c.zoneCodes},
		{Pattern: "POST " + zone + "/codes", Need: access.PlacesRead | access.PeopleWrite, Part: true, Do: c.zoneCodeMake},
		{Pattern: "GET " + zone + "/access", Need: access.PlacesRead, Part: true, Do: c.access},
		{Pattern: "POST " + zone + "/access", Need: access.PlacesWrite, Part: true, Do: c.accessSave},
		{Pattern: "GET " + zone + "/invite", Need: access.PlacesRead | access.PeopleWrite, Part: true, Do: c.invite},
		{Pattern: "GET " + zone + "/users/{user}/remove", Need: access.PlacesRead | access.PeopleWrite, Part: true, Do: c.removeAsk},
		{Pattern: "POST " + zone + "/users/{user}/remove", Need: access.PlacesRead | access.PeopleWrite, Part: true, Do: c.remove},

		{Pattern: "GET /joining-codes", Need: access.PeopleRead, Part: true, Do: c.codes},
		{Pattern: "GET /joining-codes/new", Need: access.PeopleWrite, Part: true, Do: c.codeNew},
		{Pattern: "POST /joining-codes", Need: access.PeopleWrite, Part: true, Do: c.codeMake},
		{Pattern: "GET /joining-codes/{code}", Need: access.PeopleWrite, Part: true, Do: c.code},
		{Pattern: "POST /joining-codes/{code}", Need: access.PeopleWrite, Part: true, Do: c.codeSave},
		{Pattern: "POST /joining-codes/{code}/enable", Need: access.PeopleWrite, Part: true, Do: c.enable},
		{Pattern: "GET /joining-codes/{code}/rotate", Need: access.PeopleWrite, Part: true, Do: c.rotateAsk},
		{Pattern: "POST /joining-codes/{code}/rotate", Need: access.PeopleWrite, Part: true, Do: c.rotate},
		{Pattern: "GET /joining-codes/{code}/poster.pdf", Need: access.PeopleWrite, Part: true, Do: c.poster},
		{Pattern: "GET /joining-codes/{code}/qr.svg", Need: access.PeopleWrite, Part: true, Do: c.qr},

		{Pattern: "GET /zone-requests", Need: access.PeopleRead, Part: true, Do: c.requests},
		{Pattern: "POST /zone-requests", Need: access.PeopleWrite, Part: true, Do: c.requestsAnswer},
	}
}

// done are the sentences of what was done.
var done = map[string]string{
	"code-made":    "Joining code made. It works from now on.",
	"code-saved":   "Saved.",
	"code-on":      "Joining is on: the code lets people in.",
	"code-off":     "Joining is off: the code lets nobody in. Members stay.",
	"code-rotated": "New code made. The old one no longer works; members stay.",
	"removed":      "Removed. Chargers refuse them within a second.",
	"members-only": "Only members may charge here from now on.",
	"open-again":   "The workspace's access mode decides here from now on.",
	"approved":     "1 request approved. They may charge from now on, and get a mail that says so.|%s requests approved. They may charge from now on, and get mails that say so.",
	"declined":     "1 request declined. They get a mail that says so.|%s requests declined. They get mails that say so.",
	"answered":     "Somebody else has answered these requests meanwhile.",
}

// closed says why a code lets nobody in.
var closed = map[joincode.Closed]string{
	joincode.Off: "Switched off", joincode.Expired: "Last day over", joincode.Full: "Uses used up", joincode.Over: "Access over",
}

// manages reports whether the visitor decides about a code: all that it opens
// lies where they may let people in.
func manages(v *frame.Visit, k *joincode.Code) bool {
	in, err := v.By.Within(access.PeopleWrite)
	return err == nil && k.Within(&in)
}

// makes reports whether there is anything for which the visitor may make a code.
func makes(v *frame.Visit) bool {
	in, err := v.By.Within(access.PeopleWrite)
	return err == nil && (in.Whole || len(in.Locations)+len(in.Groups) > 0)
}

func crumbs(v *frame.Visit, more ...ui.Link) []ui.Link {
	places := ui.Link{Label: "Locations & zones"}
	if in, err := v.By.Within(access.PlacesRead); err == nil && (in.Whole || len(in.Locations) > 0) {
		places.Href = v.To("/locations")
	}
	return append([]ui.Link{{Label: "Access"}, places}, more...)
}

// days are those of the reader, which is the workspace's zone.
func dayField(t time.Time, rd ui.Reader) string {
	if t.IsZero() {
		return ""
	}
	return t.In(rd.Zone).Format(time.DateOnly)
}

// lastDay is a moment of the last day before something ends.
func lastDay(end time.Time) time.Time {
	if end.IsZero() {
		return end
	}
	return end.Add(-time.Millisecond)
}

func render(w http.ResponseWriter, r *http.Request, v *frame.Visit, p *zonePage) error {
	at := "/locations/" + string(p.d.ID)
	p.base = v.To(at + "/zone")
	p.shell = v.Shell("Zone profile", crumbs(v, ui.Link{Label: p.d.Name, Href: v.To(at)})...)
	p.shell.Toast = frame.Toast(r, done)
	return ui.Render(w, r, http.StatusOK, zone(*p))
}
