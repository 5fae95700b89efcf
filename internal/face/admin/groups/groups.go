package groups

import (
	"net/http"
	"slices"

	"involt/internal/core/grant"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"
	"involt/internal/kit/errs"

	"github.com/a-h/templ"
)

// groupsPage is the list of user groups with the form for a new one.
type groupsPage struct {
	v     *frame.Visit
	shell ui.ConsoleProps
	list  []group.Group
	typed group.Group
	wrong ui.Errors
}

func (c *Pages) groups(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	return c.showGroups(w, r, groupsPage{v: v}, http.StatusOK)
}

func (c *Pages) showGroups(w http.ResponseWriter, r *http.Request, p groupsPage, status int) error {
	offer, err := c.Browse.Choices(r.Context(), p.v.By)
	if err != nil {
		return err
	}
	p.list = offer.Groups
	p.shell = p.v.Shell("Groups", ui.Link{Label: "People"})
	p.shell.Toast = frame.Toast(r, Done)
	return ui.Render(w, r, status, groups(p))
}

func (p groupsPage) table() ui.TableProps {
	t := ui.TableProps{Caption: "User groups", Columns: []ui.Column{{Label: "Group", Main: true}, {Label: "Default"}, {Label: "Members", Num: true}, {Label: "Since", Hide: true}}}
	t.Empty = ui.EmptyState("layers", "No user group yet", "A group opens places to all of its members at once. Add the first one here.", nil)
	for _, g := range p.list {
		def := ui.Dash()
		if g.Default {
			def = ui.Tag("Default")
		}
		t.Rows = append(t.Rows, ui.Row{ID: string(g.ID), Name: g.Name, Href: p.v.To("/groups/" + string(g.ID)), Sheet: true, Cells: []templ.Component{ui.Two(g.Name, g.Description), def, ui.Number(g.Members), ui.Day(g.Created)}})
	}
	return t
}

func (c *Pages) groupAdd(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	g := group.Group{Name: r.PostFormValue("name"), Description: r.PostFormValue("description"), Default: r.PostFormValue("default") == "1"}
	made, err := c.Equip.AddGroup(r.Context(), v.By, g)
	if wrong, ok := ui.ErrorsOf(err); ok {
		return c.showGroups(w, r, groupsPage{v: v, typed: g, wrong: wrong}, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	ui.RedirectDone(w, r, v.To("/groups/"+string(made.ID)), "group-made", -1)
	return nil
}

// groupPage is one group with where its members may charge.
type groupPage struct {
	v      *frame.Visit
	d      browse.GroupDetail
	base   string
	chosen string
	wrong  ui.Errors
}

func (c *Pages) group(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	return c.showGroup(w, r, v, http.StatusOK, "", nil)
}

func (c *Pages) showGroup(w http.ResponseWriter, r *http.Request, v *frame.Visit, status int, chosen string, wrong ui.Errors) error {
	d, err := c.Browse.Group(r.Context(), v.By, id.Group(r.PathValue("group")))
	if err != nil {
		return err
	}
	p := groupPage{v: v, d: d, base: v.To("/groups/" + string(d.ID)), chosen: chosen, wrong: wrong}
	sheet := ui.SheetProps{Title: d.Name, Sub: d.Description, Href: p.base, Back: ui.Link{Label: "Groups", Href: v.To("/groups")}}
	if d.Default {
		sheet.Badge = ui.Tag("Default: takes everyone who has no group")
	}
	if ui.WantsSheet(r) {
		sheet.Toast = frame.Toast(r, Done)
		return ui.Render(w, r, status, groupSheet(sheet, p))
	}
	shell := v.Shell(d.Name, ui.Link{Label: "People"}, ui.Link{Label: "Groups", Href: v.To("/groups")})
	shell.Toast = frame.Toast(r, Done)
	return ui.Render(w, r, status, groupWhole(shell, sheet, p))
}

// everywhere is the value of the place that is all places.
const everywhere = "everywhere"

// places are what can be opened to the group.
func (p groupPage) places() []ui.Option {
	has := func(place string) bool {
		return slices.ContainsFunc(p.d.Grants, func(g browse.Grant) bool { return string(g.Location)+string(g.Charger) == place })
	}
	var list []ui.Option
	if !has("") {
		list = append(list, ui.Option{Value: everywhere, Label: "Everywhere: all locations there are and will be"})
	}
	for _, l := range p.d.Offer.Locations {
		if !has(l.ID) {
			list = append(list, ui.Option{Value: "location:" + l.ID, Label: "Location: " + l.Name})
		}
	}
	for _, h := range p.d.Offer.Chargers {
		if !has(h.ID) {
			list = append(list, ui.Option{Value: "charger:" + h.ID, Label: "Charger: " + h.Name})
		}
	}
	return list
}

func (c *Pages) groupOpen(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	which := id.Group(r.PathValue("group"))
	d, err := c.Browse.Group(r.Context(), v.By, which)
	if err != nil {
		return err
	}
	place := r.PostFormValue("place")
	// Only what is offered can be chosen: places of this workspace.
	if !slices.ContainsFunc(groupPage{d: d}.places(), func(o ui.Option) bool { return o.Value == place }) {
		return c.showGroup(w, r, v, http.StatusUnprocessableEntity, place, ui.Errors{"place": "Choose a place that is not open to the group yet."})
	}
	g := grant.Grant{Group: which}
	switch noun, of := cutPlace(place); noun {
	case "location":
		g.Location = id.Location(of)
	case "charger":
		g.Charger = id.Charger(of)
	}
	if _, err := c.Equip.Open(r.Context(), v.By, g); err != nil {
		return err
	}
	ui.RedirectDone(w, r, v.To("/groups/"+string(which)), "place-opened", -1)
	return nil
}

func (c *Pages) groupShut(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	which := id.Group(r.PathValue("group"))
	d, err := c.Browse.Group(r.Context(), v.By, which)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(d.Grants, func(g browse.Grant) bool { return string(g.ID) == r.PathValue("grant") })
	if i < 0 {
		return errs.New(errs.NotFound, "There is no such rule. It may have been removed.")
	}
	if err := c.Equip.Shut(r.Context(), v.By, d.Grants[i].Grant); err != nil {
		return err
	}
	ui.RedirectDone(w, r, v.To("/groups/"+string(which)), "place-shut", -1)
	return nil
}
