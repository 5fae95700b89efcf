package admin

import (
	"net/http"
	"slices"
	"strings"

	"involt/internal/face/admin/accounts"
	"involt/internal/face/admin/activity"
	"involt/internal/face/admin/approvals"
	"involt/internal/face/admin/cardholders"
	"involt/internal/face/admin/crew"
	"involt/internal/face/admin/doubts"
	"involt/internal/face/admin/exports"
	"involt/internal/face/admin/files"
	"involt/internal/face/admin/frame"
	"involt/internal/face/admin/groups"
	visiting "involt/internal/face/admin/guests"
	"involt/internal/face/admin/insight"
	"involt/internal/face/admin/invitations"
	"involt/internal/face/admin/inviting"
	"involt/internal/face/admin/letters"
	"involt/internal/face/admin/messages"
	reviewing "involt/internal/face/admin/review"
	"involt/internal/face/admin/unknown"
	"involt/internal/face/admin/user"
	"involt/internal/face/admin/users"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"
	read "involt/internal/flow/browse/crew"
	"involt/internal/flow/browse/invited"
	inbox "involt/internal/flow/browse/unknown"

	"github.com/a-h/templ"
)

// menuItem is a line of the menu as it may be; shell leaves out what is not
// there and what the visitor's role may not see.
type menuItem struct{ label, path, icon string }

// under are the lines below a line of the menu, shown while one is on its pages.
var under = map[string][]ui.Link{
	"/users":     {{Label: "Drivers & vehicles", Href: "/users"}, {Label: "System users", Href: "/users/system"}, {Label: "Customers", Href: "/users/customers"}, {Label: "Without e-mail", Href: "/letters"}},
	"/cards":     {{Label: "All cards", Href: "/cards"}, {Label: "In two places", Href: "/cards/doubts"}},
	"/locations": {{Label: "Locations & zones", Href: "/locations"}, {Label: "Joining codes", Href: "/joining-codes"}},
	"/sessions":  {{Label: "All sessions", Href: "/sessions"}, {Label: "Ends without a start", Href: "/sessions/orphans"}},
	"/taps":      {{Label: "All taps", Href: "/taps"}, {Label: "What if", Href: "/taps/what-if"}},
	"/approvals": {{Label: "People", Href: "/approvals"}, {Label: "Zone requests", Href: "/zone-requests"}},
}

// besides are where pages of a line of the menu stand that are not below its
// path.
var besides = map[string][]string{
	"/users": {"/bulk", "/imports", "/views", "/letters"}, "/locations": {"/joining-codes"}, "/approvals": {"/zone-requests"},
}

var menu = []struct {
	label string
	items []menuItem
}{
	{"", []menuItem{{"Overview", "/", "layout-dashboard"}}},
	{"People", []menuItem{{"Users", "/users", "users"}, {"Accounts", "/accounts", "building-2"}, {"Groups", "/groups", "layers"}, {"Invitations", "/invitations", "mail"}, {"Guests", "/guests", "ticket"}, {"Approvals", "/approvals", "badge-check"}}},
	{"Access", []menuItem{{"Cards", "/cards", "credit-card"}, {"Unknown cards", "/cards/unknown", "circle-help"}, {"Locations & zones", "/locations", "map-pin"}, {"Chargers", "/chargers", "plug-zap"}}},
	{"Charging", []menuItem{{"Sessions", "/sessions", "zap"}, {"Live", "/live", "activity"}, {"Taps", "/taps", "radio"}}},
	{"Workspace", []menuItem{{"Activity", "/activity", "history"}, {"Mail catcher", "/mails", "mail"}}},
	{"Settings", []menuItem{{"General", "/settings", "settings"}, {"Roles", "/roles", "shield-check"}, {"Self-registration", "/registration", "user-plus"}, {"Mails", "/messages", "mail"}, {"Suppression list", "/suppressed", "ban"}, {"API keys", "/keys", "key-round"}, {"Scheduled exports", "/exports", "calendar"}, {"Background work", "/jobs", "list"}}},
}

// shell is the document around a page: c.shell(v, "Users", ui.Link{Label: "People"}).
// The crumbs lead to the page; its title is added as the last one.
func (c *Console) shell(v *visit, title string, crumbs ...ui.Link) ui.ConsoleProps {
	p := ui.ConsoleProps{
		Title: title, Home: v.path("/"), Crumbs: append(crumbs, ui.Link{Label: title}), GoTo: v.path("/goto"),
		Privacy: v.privacySwitch(),
		Who:     ui.Who{Name: v.ownName(), Sub: v.Seat.RoleLabels(), SignOut: c.SignOut, Links: []ui.Link{{Label: "My charging", Href: "/my"}, {Label: "Where you are signed in", Href: "/my/sign-ins?w=" + v.Workspace.Slug}}},
	}
	for _, s := range v.Visitor.Seats {
		if s.Staff() {
			p.Workspaces = append(p.Workspaces, ui.Workspace{Name: s.Workspace.Name, Href: "/w/" + s.Workspace.Slug, Current: s.Workspace.ID == v.Workspace.ID})
		}
	}
	for _, g := range menu {
		group := ui.NavGroup{Label: g.label}
		for _, it := range g.items {
			if rt, there := c.menu[it.path]; there && v.opens(rt) {
				current := v.on(it.path) && !(it.path == "/cards" && v.on("/cards/unknown")) || it.path == "/" && (v.Path == "" || v.on("/overview")) || slices.ContainsFunc(besides[it.path], v.on)
				item := ui.NavItem{Label: it.label, Href: v.path(it.path), Icon: it.icon, Current: current}
				if it.path == "/approvals" {
					item.Count = v.waiting()
				}
				for _, sub := range under[it.path] {
					if rt, there := c.menu[sub.Href]; !there || !v.opens(rt) {
						continue
					}
					item.Sub = append(item.Sub, ui.NavItem{Label: sub.Label, Href: v.path(sub.Href), Current: v.Path == sub.Href})
				}
				group.Items = append(group.Items, item)
			}
		}
		if len(group.Items) > 0 {
			p.Nav = append(p.Nav, group)
		}
	}
	return p
}

// on reports whether the page is at path or below it.
func (v *visit) on(path string) bool {
	return v.Path == path || path != "/" && strings.HasPrefix(v.Path, path+"/")
}

func toast(r *http.Request, sentences map[string]string) *ui.ToastProps {
	return frame.Toast(r, sentences)
}

func stateKey[T ~string](s T) string { return frame.StateKey(s) }

// peopleRoutes are the pages of the menu's "People".
func (c *Console) peopleRoutes() (list []route) {
	many := users.New(users.Config{Onboard: c.Onboard, People: c.People, Equip: c.Equip, Browse: c.Browse, Accounts: c.Accounts})
	sheets := files.New(files.Config{Intake: c.Intake, Browse: c.Browse, Now: c.Now})
	one := user.New(user.Config{Onboard: c.Onboard, People: c.People, Wallet: c.Wallet, Admit: c.Admit, Browse: c.Browse, Clients: c.Clients, Accounts: c.Accounts})
	terms := groups.New(groups.Config{DB: c.DB, Equip: c.Equip, People: c.People, Admit: c.Admit, Browse: c.Browse, Review: c.Review})
	looking := reviewing.New(reviewing.Config{Review: c.Review, Browse: c.Browse})
	asking := approvals.New(approvals.Config{Onboard: c.Onboard, Enter: c.Enter, Browse: c.Browse, Zones: c.Zones})
	strays := unknown.New(unknown.Config{Wallet: c.Wallet, Browse: c.Browse, Inbox: &inbox.Service{DB: c.DB}})
	copies := doubts.New(doubts.Config{Guard: c.Guard})
	cards := cardholders.New(cardholders.Config{People: c.People, Browse: c.Browse})
	team := crew.New(crew.Config{Staff: c.Staff, Read: &read.Service{DB: c.DB, Users: c.Browse}})
	pay := accounts.New(accounts.Config{Clients: c.Clients, Accounts: c.Accounts})
	paper := letters.New(letters.Config{Onboard: c.Onboard, Browse: c.Browse, Now: c.Now})
	asked := inviting.New(inviting.Config{DB: c.DB, Onboard: c.Onboard, Browse: c.Browse, Invited: &invited.Service{DB: c.DB}, Accounts: c.Accounts})
	sent := invitations.New(invitations.Config{Invited: &invited.Service{DB: c.DB}, People: c.People})
	visitors := visiting.New(visiting.Config{Guests: c.Guests, Browse: c.Browse, Public: c.publicURL, Now: c.Now})
	leaving := exports.New(exports.Config{Browse: c.Browse, Invited: &invited.Service{DB: c.DB}, Export: c.Export})
	return ours(slices.Concat(leaving.Routes(), visitors.Routes(), looking.Routes(), asked.Routes(), sent.Routes(), many.Routes(), sheets.Routes(), one.Routes(), terms.Routes(), asking.Routes(), strays.Routes(), copies.Routes(), cards.Routes(), pay.Routes(), paper.Routes(), team.Routes()))
}

// messageRoutes are the pages about mails.
func (c *Console) messageRoutes() []route {
	return ours(messages.New(messages.Config{Tell: c.Tell, Onboard: c.Onboard}).Routes())
}

// insightRoutes are the overview and the activity.
func (c *Console) insightRoutes() []route {
	whole := insight.New(insight.Config{Browse: c.Browse, Sums: c.Insight, Running: func(v *frame.Visit, rd ui.Reader, rows []browse.Session) ui.TableProps {
		return liveTable(&visit{Visit: v}, rd, rows, nil)
	}})
	past := activity.New(activity.Config{Browse: c.Browse})
	return ours(slices.Concat(whole.Routes(), past.Routes()))
}

// ours are the routes of a corner of the console as lines of its list.
func ours(corner []frame.Route) (list []route) {
	for _, rt := range corner {
		list = append(list, route{rt.Pattern, rt.Need, func(w http.ResponseWriter, r *http.Request, v *visit) error { return rt.Do(w, r, v.Visit) }, rt.Part, rt.StepUp})
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

// waiting counts who waits for approval. A menu without the number is better
// than no page.
func (c *Console) waiting(r *http.Request, v *visit) string {
	n, err := c.Browse.Waiting(r.Context(), v.By)
	if err == nil {
		var more int64
		more, err = c.Zones.Waiting(r.Context(), v.By)
		n += more
	}
	if err != nil || n == 0 {
		return ""
	}
	return ui.ReaderOf(r.Context()).Int(n)
}
