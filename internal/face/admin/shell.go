package admin

import (
	"net/http"
	"slices"
	"strings"

	"involt/internal/face/admin/frame"
	"involt/internal/face/admin/groups"
	"involt/internal/face/admin/user"
	"involt/internal/face/admin/users"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"

	"github.com/a-h/templ"
)

// menuItem is a line of the menu as it may be; shell leaves out what is not
// there and what the visitor's role may not see.
type menuItem struct{ label, path, icon string }

var menu = []struct {
	label string
	items []menuItem
}{
	{"", []menuItem{{"Overview", "/", "layout-dashboard"}}},
	{"People", []menuItem{{"Users", "/users", "users"}, {"Groups", "/groups", "layers"}}},
	{"Access", []menuItem{{"Cards", "/cards", "credit-card"}, {"Locations & zones", "/locations", "map-pin"}, {"Chargers", "/chargers", "plug-zap"}}},
	{"Charging", []menuItem{{"Sessions", "/sessions", "zap"}, {"Live", "/live", "activity"}, {"Taps", "/taps", "radio"}}},
	{"Workspace", []menuItem{{"Activity", "/activity", "history"}, {"Mail catcher", "/mails", "mail"}}},
	{"Settings", []menuItem{{"General", "/settings", "settings"}, {"API keys", "/keys", "key-round"}, {"Background work", "/jobs", "list"}}},
}

// shell is the document around a page: c.shell(v, "Users", ui.Link{Label: "People"}).
// The crumbs lead to the page; its title is added as the last one.
func (c *Console) shell(v *visit, title string, crumbs ...ui.Link) ui.ConsoleProps {
	p := ui.ConsoleProps{
		Title: title, Home: v.path("/"), Crumbs: append(crumbs, ui.Link{Label: title}), GoTo: v.path("/goto"),
		Who: ui.Who{Name: v.Seat.Person.Name(), Sub: v.Seat.RoleLabels(), SignOut: c.SignOut, Links: []ui.Link{{Label: "My charging", Href: "/my"}}},
	}
	for _, s := range v.Visitor.Seats {
		if s.Staff() {
			p.Workspaces = append(p.Workspaces, ui.Workspace{Name: s.Workspace.Name, Href: "/w/" + s.Workspace.Slug, Current: s.Workspace.ID == v.Workspace.ID})
		}
	}
	for _, g := range menu {
		group := ui.NavGroup{Label: g.label}
		for _, it := range g.items {
			if need, there := c.menu[it.path]; there && (need == 0 || v.may(need)) {
				current := v.Path == it.path || it.path != "/" && strings.HasPrefix(v.Path, it.path+"/") || it.path == "/" && v.Path == "" ||
					it.path == "/users" && (strings.HasPrefix(v.Path, "/bulk/") || strings.HasPrefix(v.Path, "/imports/"))
				group.Items = append(group.Items, ui.NavItem{Label: it.label, Href: v.path(it.path), Icon: it.icon, Current: current})
			}
		}
		if len(group.Items) > 0 {
			p.Nav = append(p.Nav, group)
		}
	}
	return p
}

func toast(r *http.Request, sentences map[string]string) *ui.ToastProps {
	return frame.Toast(r, sentences)
}

func stateKey[T ~string](s T) string { return frame.StateKey(s) }

type told = frame.Told

func tell(a browse.Activity, v *visit) told { return frame.Tell(a, v.Visit) }

// peopleRoutes are the pages of the menu's "People".
func (c *Console) peopleRoutes() (list []route) {
	many := users.New(users.Config{Onboard: c.Onboard, People: c.People, Equip: c.Equip, Intake: c.Intake, Browse: c.Browse, Now: c.Now})
	one := user.New(user.Config{Onboard: c.Onboard, People: c.People, Wallet: c.Wallet, Admit: c.Admit, Browse: c.Browse})
	terms := groups.New(groups.Config{Equip: c.Equip, Browse: c.Browse})
	for _, rt := range slices.Concat(many.Routes(), one.Routes(), terms.Routes()) {
		list = append(list, route{rt.Pattern, rt.Need, func(w http.ResponseWriter, r *http.Request, v *visit) error { return rt.Do(w, r, v.Visit) }})
	}
	return list
}

var (
	userDone  = user.Done
	languages = frame.Languages
)

func some(list []string, code bool) templ.Component { return frame.Some(list, code) }

func upper(s string) string { return frame.Upper(s) }

func joined(list []string) string { return strings.Join(list, ", ") }
