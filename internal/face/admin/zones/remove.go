package zones

import (
	"net/http"
	"slices"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/workspace"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"
	"involt/internal/flow/browse/zones"
	"involt/internal/flow/join"
	"involt/internal/kit/errs"
)

// removePage is the question before a user is removed from a zone: what is lost,
// and what would let them charge there all the same.
type removePage struct {
	v      *frame.Visit
	shell  ui.ConsoleProps
	rd     ui.Reader
	d      browse.LocationDetail
	m      zones.Member
	others join.Others
	base   string
}

func (c *Pages) removal(r *http.Request, v *frame.Visit) (p removePage, err error) {
	p = removePage{v: v, rd: ui.ReaderOf(r.Context())}
	if p.d, err = c.Browse.Location(r.Context(), v.By, id.Location(r.PathValue("location"))); err != nil {
		return p, err
	}
	if p.m, err = c.Zones.Member(r.Context(), v.By, p.d.ID, id.Person(r.PathValue("user"))); err != nil {
		return p, err
	}
	if p.others, err = c.Join.Ways(r.Context(), v.By, p.d.ID, p.m.ID); err != nil {
		return p, err
	}
	at := "/locations/" + string(p.d.ID)
	p.base = v.To(at + "/zone")
	p.shell = v.Shell("Remove from the zone", crumbs(v, ui.Link{Label: p.d.Name, Href: v.To(at)}, ui.Link{Label: "Zone profile", Href: p.base})...)
	return p, nil
}

// everyone reports whether the access mode lets every active user charge here.
func (p removePage) everyone() bool {
	return p.v.Workspace.AccessMode == workspace.Everyone && !p.d.MembersOnly
}

// stays reports whether something would let them charge here after a plain
// removal.
func (p removePage) stays() bool {
	return p.everyone() || p.others.Everywhere || p.others.Beyond > 0 || len(p.others.Groups) > 0
}

// mayOpen reports whether the visitor may say who charges at the location.
func (p removePage) mayOpen() bool {
	return p.v.Holds(access.PlacesWrite, access.AtLocation, string(p.d.ID))
}

func (c *Pages) removeAsk(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.removal(r, v)
	if err != nil {
		return err
	}
	return ui.Render(w, r, http.StatusOK, removal(p))
}

func (c *Pages) remove(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.removal(r, v)
	if err != nil {
		return err
	}
	also := join.Also{MembersOnly: r.PostFormValue("members_only") != ""}
	for _, way := range p.others.Groups { // only what the page offers
		if slices.Contains(r.PostForm["group"], string(way.Group.ID)) {
			also.Groups = append(also.Groups, way.Group.ID)
		}
	}
	if also.MembersOnly && !p.mayOpen() {
		return errs.New(errs.Denied, "Your role does not allow you to change who may charge at a location.")
	}
	if err := c.Join.Remove(r.Context(), v.By, p.d.ID, p.m.ID, also); err != nil {
		return err
	}
	ui.RedirectDone(w, r, p.base, "removed", -1)
	return nil
}
