package admin

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/grant"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/core/workspace"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"

	"github.com/a-h/templ"
)

// placeDone are the sentences of what was done to locations and chargers.
var placeDone = map[string]string{
	"options-saved":   "Options saved. Cards are decided about anew at once.",
	"location-added":  "Location added. Add its chargers next.",
	"location-saved":  "Location saved.",
	"knock-forgotten": "Forgotten until it wants in again.",
	"let-in":          "It may connect again.",
	"networks-seen":   "Noted. You hear of it if it happens again.",
	"charger-added":   "Charger added.",
	"key-renewed":     "New key made. The old one no longer works.",
}

type locationsPage struct {
	v     *visit
	shell ui.ConsoleProps
	q     string
	rows  []browse.Location
	rd    ui.Reader
}

func (c *Console) locations(w http.ResponseWriter, r *http.Request, v *visit) error {
	p := locationsPage{v: v, q: r.URL.Query().Get("q"), rd: ui.ReaderOf(r.Context()), shell: c.shell(v, "Locations & zones", ui.Link{Label: "Access"})}
	var err error
	if p.rows, err = c.Browse.Locations(r.Context(), v.By, p.q); err != nil {
		return err
	}
	return ui.Render(w, r, http.StatusOK, locations(p))
}

func (p locationsPage) table() ui.TableProps {
	t := ui.TableProps{Caption: "Locations", Target: "list", Empty: p.empty(), Columns: []ui.Column{
		{Label: "Location", Main: true}, {Label: "Who may charge"}, {Label: "Chargers online"}, {Label: "In use"},
	}}
	for _, l := range p.rows {
		t.Rows = append(t.Rows, ui.Row{ID: string(l.ID), Name: l.Name, Href: p.v.path("/locations/" + string(l.ID)), Cells: []templ.Component{
			place(l.Name, addressLine(l.Location)), openTo(p.v.Workspace.AccessMode, l.MembersOnly),
			outOf(l.Online, l.Chargers), outOf(l.InUse, l.EVSEs),
		}})
	}
	return t
}

func (p locationsPage) empty() templ.Component {
	if p.q != "" {
		return ui.EmptyState("search", "No location matches", "Locations are found by name, street and city.", ui.LinkButton(ui.ButtonProps{Label: "Show all locations", Variant: "outline", Href: p.v.path("/locations")}))
	}
	var first templ.Component
	if p.v.Whole(access.PlacesWrite) {
		first = ui.LinkButton(ui.ButtonProps{Label: "Add location", Icon: "plus", Href: p.v.path("/locations/new")})
	}
	return ui.EmptyState("map-pin", "Where do people charge?", "A location is a place with chargers: a car park, a yard, a house. Drivers who join by code see it as a zone.", first)
}

func addressLine(l site.Location) string {
	return joined(slices.DeleteFunc([]string{l.Address, l.City, l.Country}, func(s string) bool { return s == "" }))
}

// locationPage is one location with its chargers and who may charge there.
type locationPage struct {
	v     *visit
	shell ui.ConsoleProps
	url   *url.URL
	d     browse.LocationDetail
	rules []rule
	rd    ui.Reader
}

// rule is one reason why somebody may charge at a location.
type rule struct {
	who, href   string
	where       string // "Here", "Everywhere", or a charger of the location
	from, until time.Time
}

func (c *Console) location(w http.ResponseWriter, r *http.Request, v *visit) error {
	p := locationPage{v: v, url: r.URL, rd: ui.ReaderOf(r.Context())}
	var err error
	if p.d, err = c.Browse.Location(r.Context(), v.By, id.Location(r.PathValue("location"))); err != nil {
		return err
	}
	if v.may(access.PeopleRead) {
		if p.rules, err = c.rulesAt(r.Context(), v, p.d); err != nil {
			return err
		}
	}
	p.shell = c.shell(v, p.d.Name, ui.Link{Label: "Access"}, ui.Link{Label: "Locations & zones", Href: v.path("/locations")})
	p.shell.Toast = toast(r, placeDone)
	return ui.Render(w, r, http.StatusOK, location(p))
}

// rulesAt are the grants that open a location or one of its chargers.
func (c *Console) rulesAt(ctx context.Context, v *visit, d browse.LocationDetail) (list []rule, err error) {
	err = c.DB.View(ctx, func(tx *db.Tx) error {
		in, err := v.By.Within(access.PeopleRead)
		if err != nil {
			return err
		}
		groups, err := group.List(tx, v.By.Workspace)
		if err != nil {
			return err
		}
		names := map[id.Group]string{}
		for _, g := range groups {
			names[g.ID] = g.Name
		}
		ofGroups, err := grant.OfGroups(tx, v.By.Workspace)
		if err != nil {
			return err
		}
		for _, g := range ofGroups {
			if where, here := opens(g, d); here && in.Covers(access.Scope{Kind: access.InGroup, ID: string(g.Group)}) {
				list = append(list, rule{names[g.Group], v.path("/groups/" + string(g.Group)), where, g.From, g.Until})
			}
		}
		ofPeople, err := grant.OfPeople(tx, v.By.Workspace)
		if err != nil {
			return err
		}
		ofPeople = slices.DeleteFunc(ofPeople, func(g grant.Grant) bool { _, here := opens(g, d); return !here })
		for _, g := range ofPeople[:min(len(ofPeople), mostRules)] {
			if err := person.Within(tx, v.By.Workspace, in, g.Person); errs.KindOf(err) == errs.NotFound && err != nil {
				continue
			} else if err != nil {
				return err
			}
			p, err := person.ByID(tx, v.By.Workspace, g.Person)
			if err != nil {
				return err
			}
			where, _ := opens(g, d)
			list = append(list, rule{browse.Name(v.By.Inside(in), p.FirstName, p.LastName, p.Email, p.ExternalID), v.path("/users/" + string(g.Person)), where, g.From, g.Until})
		}
		return nil
	})
	return list, err
}

// mostRules is how many rules of single users a location's page lists.
const mostRules = 50

// opens says where at a location a grant lets somebody charge.
func opens(g grant.Grant, d browse.LocationDetail) (where string, here bool) {
	switch {
	case g.Location == d.ID:
		return "Here", true
	case g.Location == "" && g.Charger == "":
		return "Everywhere", true
	case g.Charger != "":
		for _, h := range d.List {
			if h.ID == g.Charger {
				return h.Name + " only", true
			}
		}
	}
	return "", false
}

// accessText says who may charge at the location, besides those with a rule.
func (p locationPage) accessText() string {
	switch {
	case p.d.MembersOnly:
		return "Members only: nobody charges here but those whom a rule lets in, whatever the workspace's access mode."
	case p.v.Workspace.AccessMode == workspace.Everyone:
		return "Every active user of the workspace may charge here (access mode “Everyone active”)."
	default:
		return "The user's groups and rules decide (access mode “By user group”)."
	}
}

// awayText says who may charge there while the database is away.
func (p locationPage) awayText() string {
	limit := p.rd.Int(p.d.AwayCap/1000) + " kWh"
	switch p.d.Away {
	case site.AwayClosed:
		return "While the database is away nobody may charge here."
	case site.AwayPrivate:
		return "While the database is away, users who may charge elsewhere or at other times may charge here too, up to " + limit + "."
	case site.AwayOpen:
		return "While the database is away everybody may charge here, with unknown cards too, up to " + limit + ". Blocked cards may not."
	case site.AwayKnown:
	}
	return "While the database is away the same cards may charge, by what was known last."
}

func (p locationPage) stats() []ui.Stat {
	at := p.v.path("/chargers") + "?location=" + string(p.d.ID)
	s := []ui.Stat{
		{Label: "Chargers", Value: p.rd.Int(p.d.Chargers), Href: at},
		{Label: "Online", Value: p.rd.Int(p.d.Online)},
		{Label: "EVSEs", Value: p.rd.Int(p.d.EVSEs)},
		{Label: "In use now", Value: p.rd.Int(p.d.InUse)},
	}
	if p.v.may(access.SessionsRead) {
		s[3].Href = p.v.path("/sessions") + "?status=running&location=" + string(p.d.ID)
	}
	return s
}

func (p locationPage) chargers() ui.TableProps {
	var first templ.Component
	if p.v.may(access.PlacesWrite) {
		first = ui.LinkButton(ui.ButtonProps{Label: "Add charger", Icon: "plus", Href: p.v.path("/chargers/new") + "?location=" + string(p.d.ID)})
	}
	t := chargerTable(p.v, p.d.List, false)
	t.Empty = ui.EmptyState("plug-zap", "No chargers here yet", "Adding one gives you the address and the key to set in it.", first)
	return t
}
