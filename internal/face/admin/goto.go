package admin

import (
	"net/http"
	"strings"

	"involt/internal/core/access"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"
)

// goTo finds anything by a few letters: people by name, address and card,
// chargers, locations, pages.
func (c *Console) goTo(w http.ResponseWriter, r *http.Request, v *visit) error {
	q := strings.TrimSpace(r.URL.Query().Get("q"))
	groups, err := c.found(r, v, q)
	if err != nil {
		return err
	}
	if ui.IsFragment(r) {
		return ui.Render(w, r, http.StatusOK, ui.GoToResults(q, groups))
	}
	return ui.Render(w, r, http.StatusOK, goToPage(c.shell(v, "Go to", ui.Link{Label: "Search"}), v, q, groups))
}

// few is how many results of a kind the go-to search shows.
const few = 6

func (c *Console) found(r *http.Request, v *visit, q string) (groups []ui.GoToGroup, err error) {
	add := func(label string, items []ui.GoToItem) {
		if len(items) > 0 {
			groups = append(groups, ui.GoToGroup{Label: label, Items: items})
		}
	}
	some := browse.Paging{Limit: few}
	if q != "" && v.Somewhere(access.PeopleRead) {
		found, err := c.Browse.Users(r.Context(), v.By, browse.UserFilter{Q: q, Soon: true, Paging: some})
		if err != nil {
			return nil, err
		}
		var items []ui.GoToItem
		for _, u := range found.Rows {
			items = append(items, ui.GoToItem{Label: u.Name, Sub: otherThan(u.Email, u.Name), Icon: "user", Href: v.path("/users/" + string(u.ID)), Sheet: true})
		}
		add("Users", items)
	}
	if q != "" && v.Somewhere(access.CardsRead) {
		found, err := c.Browse.Cards(r.Context(), v.By, browse.CardFilter{Q: q, Paging: some})
		if err != nil {
			return nil, err
		}
		var items []ui.GoToItem
		for _, k := range found.Rows {
			items = append(items, ui.GoToItem{Label: k.UID, Sub: k.Owner, Icon: "credit-card", Href: v.path("/cards/" + string(k.ID)), Sheet: true})
		}
		add("Cards", items)
	}
	if q != "" && v.opens(c.menu["/chargers"]) {
		found, err := c.Browse.Chargers(r.Context(), v.By, browse.ChargerFilter{Q: q, Paging: some})
		if err != nil {
			return nil, err
		}
		var items []ui.GoToItem
		for _, h := range found.Rows {
			items = append(items, ui.GoToItem{Label: h.Name, Sub: h.LocationName, Icon: "plug-zap", Href: v.path("/chargers/" + string(h.ID))})
		}
		add("Chargers", items)
		places, err := c.Browse.Locations(r.Context(), v.By, q)
		if err != nil {
			return nil, err
		}
		items = nil
		for _, l := range places[:min(len(places), few)] {
			items = append(items, ui.GoToItem{Label: l.Name, Sub: l.City, Icon: "map-pin", Href: v.path("/locations/" + string(l.ID))})
		}
		add("Locations", items)
	}
	add("Pages", c.pagesFor(v, q))
	return groups, nil
}

// actions are pages that do something and that no menu shows.
var actions = []struct {
	menuItem
	need access.Perm
	part bool
}{
	{menuItem{"Invite users", "/users/invite", "user-plus"}, access.PeopleWrite, true},
	{menuItem{"Import people and cards", "/users/import", "upload"}, access.PeopleWrite | access.PersonalData, false},
	{menuItem{"Add location", "/locations/new", "plus"}, access.PlacesWrite, false},
	{menuItem{"Add charger", "/chargers/new", "plus"}, access.PlacesWrite, true},
	{menuItem{"New API key", "/keys/new", "key-round"}, access.KeysWrite, false},
}

// pagesFor are the pages and actions whose name contains q.
func (c *Console) pagesFor(v *visit, q string) (items []ui.GoToItem) {
	fits := func(label string) bool { return strings.Contains(strings.ToLower(label), strings.ToLower(q)) }
	for _, g := range c.shell(v, "").Nav {
		for _, it := range g.Items {
			if fits(it.Label) {
				items = append(items, ui.GoToItem{Label: it.Label, Sub: g.Label, Icon: it.Icon, Href: it.Href})
			}
		}
	}
	for _, a := range actions {
		if fits(a.label) && (v.Whole(a.need) || a.part && v.Somewhere(a.need)) {
			items = append(items, ui.GoToItem{Label: a.label, Sub: "Action", Icon: a.icon, Href: v.path(a.path)})
		}
	}
	return items
}
