package ui

import (
	"net/http"
	"time"

	"github.com/a-h/templ"

	"involt/internal/kit/errs"
)

// galleryNow is the moment the gallery is made for, so that pictures of it can
// be compared.
var galleryNow = time.Date(2026, 11, 22, 10, 21, 0, 0, time.UTC)

// Gallery serves /dev/ui: each component in each state, in sections with
// anchors, and the documents below it. ?theme=dark and ?lang=de change how it
// is shown. It reads and changes nothing and belongs to demo mode.
func Gallery() http.Handler {
	mux := http.NewServeMux()
	pages := Pages{ErrorPage: func(_ *http.Request, p ErrorProps) templ.Component { return galleryError(p) }}
	at := func(pattern string, h Handler) { mux.Handle(pattern, pages.Handle(h)) }
	show := func(c func(*http.Request) templ.Component) Handler {
		return func(w http.ResponseWriter, r *http.Request) error { return Render(w, r, http.StatusOK, c(r)) }
	}
	at("GET /dev/ui", show(func(r *http.Request) templ.Component { return galleryPage(galleryRows(r)) }))
	at("GET /dev/ui/list", show(func(r *http.Request) templ.Component { return galleryListPage(galleryRows(r)) }))
	at("GET /dev/ui/plain", show(func(*http.Request) templ.Component { return galleryPlain(nil) }))
	at("POST /dev/ui/plain", func(w http.ResponseWriter, r *http.Request) error {
		e := Errors{"password": "Choose a password of 8 characters or more."}
		return Render(w, r, http.StatusUnprocessableEntity, galleryPlain(e))
	})
	at("GET /dev/ui/driver", show(func(*http.Request) templ.Component { return galleryDriver() }))
	at("GET /dev/ui/goto", func(w http.ResponseWriter, r *http.Request) error {
		return Render(w, r, http.StatusOK, galleryGoTo(r.URL.Query().Get("q"), IsFragment(r)))
	})
	at("GET /dev/ui/person", func(w http.ResponseWriter, r *http.Request) error {
		return Render(w, r, http.StatusOK, gallerySheet(r, nil))
	})
	at("POST /dev/ui/person", func(w http.ResponseWriter, r *http.Request) error {
		if r.PostFormValue("email") == "" {
			return Render(w, r, http.StatusUnprocessableEntity, gallerySheet(r, Errors{"email": "Enter an e-mail address, such as anna@example.org."}))
		}
		RedirectDone(w, r, "/dev/ui/person", "saved", -1)
		return nil
	})
	at("GET /dev/ui/error", func(http.ResponseWriter, *http.Request) error {
		return errs.New(errs.Gone, "This link was used already. Ask for a new one, or sign in.")
	})
	at("POST /dev/ui/done", func(w http.ResponseWriter, r *http.Request) error {
		RedirectDone(w, r, "/dev/ui/list", "saved", 3)
		return nil
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rd := Reader{Lang: r.URL.Query().Get("lang"), Now: galleryNow}
		if t := r.URL.Query().Get("theme"); t == "dark" || t == "light" {
			rd.Theme = t
		}
		Secure(mux).ServeHTTP(w, r.WithContext(WithReader(r.Context(), rd)))
	})
}

// person is a row of the gallery's lists: names as they really come.
type person struct {
	id, name, email, status, group, card string
	sessions                             int64
	last                                 time.Time
}

func galleryPeople() []person {
	ago := func(d time.Duration) time.Time { return galleryNow.Add(-d) }
	return []person{
		{"1", "Amélie Fournier", "amelie.fournier@northgrid.example", "active", "Northgrid Staff", "04A29F1B", 128, ago(4 * time.Minute)},
		{"2", "Bastian Krüger", "b.krueger@stadtwerke.example", "active", "Stadtwerke Fleet", "047C11E0", 92, ago(time.Hour)},
		{"3", "Chiara Lombardi", "chiara.l@example.org", "to_be_approved", "Residents · Block C", "", 0, time.Time{}},
		{"4", "עומר כהן", "omer@example.org", "invited", "Visitors", "", 0, time.Time{}},
		{"5", "⚡ Emeka Okafor 🚗", "emeka.okafor@northgrid.example", "active", "Northgrid Staff", "0455D38A", 41, ago(26 * time.Hour)},
		{"6", "Wolfgang-Maximilian Freiherr von Hohenlohe-Waldenburg-Schillingsfürst", "wolfgang-maximilian.von.hohenlohe-waldenburg@a-very-long-company-name.example", "deactivated", "Employees of the subsidiary in the north", "04112233445566", 1203, ago(9 * 24 * time.Hour)},
		{"7", "Gwen Hughes", "gwen.hughes@stadtwerke.example", "blocked", "Stadtwerke Fleet", "04EE407D", 203, ago(80 * 24 * time.Hour)},
		{"8", "", "no-name@example.org", "imported", "", "", 0, time.Time{}},
	}
}

// gallerySaved is what the gallery says of Done's keys.
func gallerySaved(r *http.Request) *ToastProps {
	if key, _ := Done(r); key == "saved" {
		return &ToastProps{Text: "Saved."}
	}
	return nil
}

// galleryList is what the list specimens show.
type galleryList struct {
	r     *http.Request
	tab   string
	query string
	toast *ToastProps
}

func galleryRows(r *http.Request) galleryList {
	q := r.URL.Query()
	return galleryList{r: r, tab: q.Get("tab"), query: q.Get("q"), toast: gallerySaved(r)}
}

func (g galleryList) tabs(rd Reader) []Tab {
	out := []Tab{}
	for _, t := range []struct {
		key, label string
		n          int64
	}{{"", "All", 12480}, {"active", "Active", 11902}, {"invited", "Invited", 431}, {"to_be_approved", "To be approved", 86}} {
		out = append(out, Tab{Label: t.label, Href: WithQuery(g.r.URL, "tab", t.key), Count: rd.Int(t.n), Current: t.key == g.tab})
	}
	return out
}

func (g galleryList) table(form string, menus bool) TableProps {
	p := TableProps{
		Caption: "Users", Target: "list",
		Columns: []Column{
			{Label: "User", SortHref: WithQuery(g.r.URL, "sort", "-name"), Sorted: "asc"},
			{Label: "Status"},
			{Label: "Group", SortHref: WithQuery(g.r.URL, "sort", "group")},
			{Label: "Card"},
			{Label: "Sessions", Num: true},
			{Label: "Last charge"},
		},
		Empty: EmptyState("users", "Nobody found", "Try another name, or clear the filters.", LinkButton(ButtonProps{Label: "Clear filters", Href: "/dev/ui/list", Variant: "outline"})),
	}
	if form != "" {
		p.Select = &Selection{Form: form, Matching: 12480}
	}
	for _, u := range galleryPeople() {
		if (g.tab != "" && u.status != g.tab) || (g.query != "" && !contains(u.name+" "+u.email+" "+u.card, g.query)) {
			continue
		}
		row := Row{ID: form + u.id, Name: orElse(u.name, u.email), Href: "/dev/ui/person", Sheet: true, Cells: []templ.Component{
			Person(u.name, u.email), Status(u.status), Text(u.group), Code(u.card), Number(u.sessions), Ago(u.last),
		}}
		if menus {
			row.Menu = ActionsMenu(ActionsMenuProps{ID: "m-" + form + u.id, For: row.Name, Small: true, Blocks: []ActionBlock{{Items: []ActionItem{
				{Label: "Open", Icon: "arrow-up-right", Href: "/dev/ui/person"}, {Label: "Deactivate", Icon: "user-x", Action: "/dev/ui/done", Danger: true},
			}}}})
		}
		p.Rows = append(p.Rows, row)
	}
	return p
}
