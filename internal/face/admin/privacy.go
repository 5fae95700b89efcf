package admin

import (
	"net/http"
	"net/url"
	"strings"

	"involt/internal/core/access"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"

	"github.com/a-h/templ"
)

// privacySwitch turns privacy mode on and off for whoever may see personal data
// at all.
func (v *visit) privacySwitch() templ.Component {
	if v.By.Anywhere()&access.PersonalData == 0 && !v.Visitor.Masked {
		return nil
	}
	return ui.PrivacySwitch(v.path("/privacy"), v.Visitor.Masked)
}

// ownName is the visitor's name for the top bar, masked while their screen is
// about to be shown to others.
func (v *visit) ownName() string {
	if v.Visitor.Masked {
		return browse.MaskName(v.Seat.Person.Name())
	}
	return v.Seat.Person.Name()
}

// privacy turns privacy mode on or off and leads back to the page it was done on.
func (c *Console) privacy(w http.ResponseWriter, r *http.Request, v *visit) error {
	on := r.PostFormValue("on") == "yes"
	if err := c.Enter.Privacy(r.Context(), v.Visitor, on); err != nil {
		return err
	}
	http.Redirect(w, r, c.backFrom(r, v, on), http.StatusSeeOther) //nolint:gosec // backFrom returns paths of this workspace only
	return nil
}

// backFrom is the page of this workspace that a form was sent from, or the
// overview if there is no telling. What was searched for goes when names are
// masked: it may be one.
func (c *Console) backFrom(r *http.Request, v *visit, masked bool) string {
	from, err := url.Parse(r.Header.Get("Referer"))
	if err != nil || from.Path != v.Base && !strings.HasPrefix(from.Path, v.Base+"/") {
		return v.path("/")
	}
	page := &url.URL{Path: from.Path, RawQuery: from.RawQuery}
	if _, pattern := c.mux.Handler(&http.Request{Method: http.MethodGet, URL: page, Host: r.Host}); pattern == everyPath {
		return v.path("/") // the answer to a form, which has no page of its own
	}
	q := page.Query()
	q.Del("done")
	q.Del("n")
	if masked {
		q.Del("q")
	}
	page.RawQuery = q.Encode()
	return page.String()
}
