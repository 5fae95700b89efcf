// Package driver is the web app for those who charge: everything below /my. It
// is made for a phone and one thumb, and can be put on the phone's first screen.
//
// Whoever is signed in sees what is theirs, deactivated or not; no permission is
// needed for that, and nothing of anybody else is shown. Addresses carry the
// workspace as ?w=; without it the first one is meant.
package driver

import (
	"context"
	_ "embed" // the icons
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"involt/internal/core/card"
	"involt/internal/core/decision"
	"involt/internal/core/lesson"
	"involt/internal/core/person"
	"involt/internal/face/ui"
	"involt/internal/flow/admit"
	"involt/internal/flow/browse"
	"involt/internal/flow/browse/zones"
	"involt/internal/flow/enter"
	"involt/internal/flow/guard"
	"involt/internal/flow/join"
	"involt/internal/flow/teach"
	"involt/internal/flow/tell"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Config is what the app is made of. Fields without "optional" must be set.
type Config struct {
	DB     *db.DB
	Admit  *admit.Service
	Browse *browse.Service
	Tell   *tell.Service
	Join   *join.Service
	Zones  *zones.Service
	Guard  *guard.Service
	Teach  *teach.Service
	Enter  *enter.Service

	// Who says who a request comes from. Nobody is an errs.SignedOut.
	Who func(*http.Request) (enter.Visitor, error)
	Log *slog.Logger     // optional
	Now func() time.Time // optional; for where somebody may charge at this moment
}

// App is an http.Handler for /my and /my/.
type App struct {
	Config
	mux http.Handler
}

// New returns the app.
func New(c Config) *App {
	a := &App{Config: c}
	if a.Now == nil {
		a.Now = time.Now
	}
	pages := ui.Pages{Log: c.Log, SignIn: func(r *http.Request) string { return ui.SignInURL("/sign-in", r) }}
	mux := http.NewServeMux()
	for pattern, h := range a.routes() {
		mux.Handle(pattern, pages.Handle(h))
	}
	a.mux = ui.SameOrigin(mux, pages.Handle(func(http.ResponseWriter, *http.Request) error {
		return errs.New(errs.Denied, "This request came from another site, so nothing was done. Open the page here and try again.")
	}))
	return a
}

// routes is everything the app answers to.
func (a *App) routes() map[string]ui.Handler {
	return map[string]ui.Handler{
		"GET /my":                      a.home,
		"GET /my/sessions":             a.sessions,
		"POST /my/doubts/{doubt}":      a.doubt,
		"GET /my/cards/learn":          a.learn,
		"POST /my/cards/learn":         a.learnBegin,
		"POST /my/cards/learn/stop":    a.learnStop,
		"POST /my/cars/{car}":          a.carAnswer,
		"GET /my/zones":                a.zones,
		"GET /my/zones/{zone}/leave":   a.leaveAsk,
		"POST /my/zones/{zone}/leave":  a.leave,
		"GET /my/messages":             a.messages,
		"POST /my/messages/read":       a.read,
		"POST /my/messages/mails":      a.mailsSave,
		"POST /my/messages/allow":      a.allow,
		"POST /my/messages/refuse":     a.refuse,
		"GET /my/push.js":              script(pushScript),
		"GET /my/worker.js":            script(workerScript),
		"GET /my/sign-ins":             a.signIns,
		"POST /my/sign-ins":            a.signInEnd,
		"GET /my/manifest.webmanifest": manifest,
		"GET /my/icon-192.png":         icon(icon192),
		"GET /my/icon-512.png":         icon(icon512),
		"/my/": func(http.ResponseWriter, *http.Request) error {
			return errs.New(errs.NotFound, "There is no such page.")
		},
	}
}

// ServeHTTP answers what routes lists.
func (a *App) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.mux.ServeHTTP(w, r) }

// seat returns the visitor, their seat in the workspace that is asked for, and
// the request with that workspace's clock.
func (a *App) seat(r *http.Request) (enter.Visitor, enter.Seat, *http.Request, error) {
	v, err := a.Who(r)
	if err != nil {
		return v, enter.Seat{}, r, err
	}
	slug := r.URL.Query().Get("w")
	for _, s := range v.Seats {
		if slug != "" && s.Workspace.Slug != slug {
			continue
		}
		rd := ui.ReaderOf(r.Context())
		rd.Now = a.Now()
		if zone, err := time.LoadLocation(s.Workspace.TimeZone); err == nil {
			rd.Zone = zone
		}
		return v, s, r.WithContext(ui.WithReader(r.Context(), rd)), nil
	}
	if slug == "" {
		return v, enter.Seat{}, r, errs.New(errs.Denied, "You have no place here any more. Ask whoever invited you.")
	}
	return v, enter.Seat{}, r, errs.New(errs.NotFound, "There is no such workspace, or you are not in it.")
}

// page is what every page of the app has.
type page struct {
	doc   ui.DriverProps
	seat  enter.Seat
	seats []enter.Seat
}

func (p *page) href(path string) string { return at(path, p.seat.Workspace.Slug) }

func at(path, slug string) string { return path + "?w=" + url.QueryEscape(slug) }

// active reports whether the person may charge at all.
func (p *page) active() bool { return p.seat.Person.Status == person.Active }

func (a *App) page(r *http.Request, v enter.Visitor, s enter.Seat, title text) page {
	ctx := r.Context()
	p := page{seat: s, seats: v.Seats}
	p.doc = ui.DriverProps{
		Title: title.in(ctx), Workspace: s.Workspace.Name, Manifest: "/my/manifest.webmanifest",
		Who: ui.Who{Name: s.Person.Name(), Sub: v.Identity.Email, SignOut: "/sign-out"},
		Nav: []ui.NavItem{
			{Label: homeNav.in(ctx), Href: p.href("/my"), Icon: "house", Current: r.URL.Path == "/my"},
			{Label: zonesNav.in(ctx), Href: p.href("/my/zones"), Icon: "map-pin", Current: strings.HasPrefix(r.URL.Path, "/my/zones")},
			{Label: sessionsNav.in(ctx), Href: p.href("/my/sessions"), Icon: "history", Current: r.URL.Path == "/my/sessions"},
			{Label: messagesTitle.in(ctx), Href: p.href("/my/messages"), Icon: "mail", Current: strings.HasPrefix(r.URL.Path, "/my/messages"), Count: a.unread(r, s)},
		},
	}
	p.doc.Who.Links = append(p.doc.Who.Links, ui.Link{Label: signInsTitle.in(ctx), Href: p.href("/my/sign-ins")})
	for _, other := range v.Seats {
		if other.Staff() {
			p.doc.Who.Links = append(p.doc.Who.Links, ui.Link{Label: consoleOf.in(ctx, other.Workspace.Name), Href: "/w/" + other.Workspace.Slug})
		}
	}
	switch done, _ := ui.Done(r); done {
	case "welcome":
		p.doc.Toast = &ui.ToastProps{Text: welcome.in(ctx, s.Workspace.Name)}
	case "mine":
		p.doc.Toast = &ui.ToastProps{Text: doubtMine.in(ctx)}
	case "stranger":
		p.doc.Toast = &ui.ToastProps{Text: doubtStranger.in(ctx, s.Workspace.Name)}
	case "car-mine":
		p.doc.Toast = &ui.ToastProps{Text: carMine.in(ctx)}
	case "car-not-mine":
		p.doc.Toast = &ui.ToastProps{Text: carNotMine.in(ctx)}
	case "asked":
		p.doc.Toast = &ui.ToastProps{Text: asked.in(ctx, s.Workspace.Name)}
	}
	return p
}

// unread counts what somebody has not read, "" for nothing. A menu without the
// number is better than no page.
func (a *App) unread(r *http.Request, s enter.Seat) string {
	n, err := a.Tell.Unread(r.Context(), s.Workspace.ID, s.Person.ID)
	if err != nil || n == 0 {
		return ""
	}
	return ui.ReaderOf(r.Context()).Int(n)
}

// home is the first screen.
type home struct {
	page
	cards []card.Card
	open  []admit.Open
	now   []browse.Session // running
	last  []browse.Session // the newest that ended
	paid  decision.Reason  // whether the account lets anybody charge
	cars  []lesson.Car     // that were seen with them: are they theirs?
	adds  bool             // they may add cards
	asked []guard.Question // cards of theirs that were used in two places
}

// whyNowhere says why no location is open: because of the account, or for want of
// a group.
func (h *home) whyNowhere(ctx context.Context) string {
	if h.paid != decision.Allowed {
		return h.paid.Line(ui.ReaderOf(ctx).Lang)
	}
	return nowhereSay.in(ctx, h.seat.Workspace.Name)
}

// recent is how many sessions the first screen shows.
const recent = 5

func (a *App) home(w http.ResponseWriter, r *http.Request) error {
	v, s, r, err := a.seat(r)
	if err != nil {
		return err
	}
	h := home{page: a.page(r, v, s, homeTitle), paid: decision.Allowed}
	err = a.DB.View(r.Context(), func(tx *db.Tx) error {
		cards, err := card.Of(tx, s.Workspace.ID, s.Person.ID)
		for _, c := range cards {
			if c.State != card.Deactivated {
				h.cards = append(h.cards, c)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	if h.active() {
		// Who has just come in must not read that nothing is open to them.
		if err := a.Admit.Refresh(r.Context()); err != nil {
			return err
		}
		h.open, h.paid = a.Admit.WhereOpen(s.Workspace.ID, s.Person.ID, a.Now()), a.Admit.Paid(s.Workspace.ID, s.Person.ID, a.Now())
	}
	if h.asked, err = a.Guard.Mine(r.Context(), s.Actor); err != nil {
		return err
	}
	taught, err := a.Teach.Mine(r.Context(), s.Actor)
	if err != nil {
		return err
	}
	h.cars, h.adds = taught.Cars, taught.May
	mine, err := a.Browse.MySessions(r.Context(), s.Actor, browse.Paging{Limit: recent})
	if err != nil {
		return err
	}
	for _, c := range mine.Rows {
		if c.Ended.IsZero() {
			h.now = append(h.now, c)
		} else {
			h.last = append(h.last, c)
		}
	}
	return ui.Render(w, r, http.StatusOK, homePage(h))
}

// history is the list of all sessions.
type history struct {
	page
	browse.SessionPage
}

func (a *App) sessions(w http.ResponseWriter, r *http.Request) error {
	v, s, r, err := a.seat(r)
	if err != nil {
		return err
	}
	h := history{page: a.page(r, v, s, sessionsNav)}
	h.SessionPage, err = a.Browse.MySessions(r.Context(), s.Actor, browse.Paging{At: r.URL.Query().Get("at"), Limit: 25})
	if err != nil {
		return err
	}
	return ui.Render(w, r, http.StatusOK, historyPage(h))
}

// more is the address of another page of the history, "" for none.
func (h *history) more(at string) string {
	if at == "" {
		return ""
	}
	return h.href("/my/sessions") + "&at=" + url.QueryEscape(at)
}

//go:embed icon-192.png
var icon192 []byte

//go:embed icon-512.png
var icon512 []byte

func icon(png []byte) ui.Handler {
	return func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Content-Type", "image/png")
		w.Header().Set("Cache-Control", "public, max-age=86400")
		_, _ = w.Write(png) // whoever is gone needs no icon
		return nil
	}
}

// manifest makes the app one that a phone can keep. Browsers ask for it without
// cookies, so it is the same for everybody.
func manifest(w http.ResponseWriter, _ *http.Request) error {
	type picture struct {
		Src     string `json:"src"`
		Sizes   string `json:"sizes"`
		Type    string `json:"type"`
		Purpose string `json:"purpose"`
	}
	b, err := json.Marshal(map[string]any{
		"id": "/my", "name": "Involt", "short_name": "Involt", "start_url": "/my", "scope": "/my", "display": "standalone",
		"background_color": "#ffffff", "theme_color": "#0a7a4b",
		"icons": []picture{
			{"/my/icon-192.png", "192x192", "image/png", "any"}, {"/my/icon-512.png", "512x512", "image/png", "any"}, {"/my/icon-512.png", "512x512", "image/png", "maskable"},
		},
	})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/manifest+json")
	w.Header().Set("Cache-Control", "public, max-age=3600")
	_, _ = w.Write(b)
	return nil
}

// number spells a card's number in groups of four, as cards print it.
func number(c card.Card) string {
	if c.Printed != "" {
		return c.Printed
	}
	out := make([]byte, 0, len(c.UID)*5/4)
	for i := range len(c.UID) {
		if i > 0 && i%4 == 0 {
			out = append(out, ' ')
		}
		out = append(out, c.UID[i])
	}
	return string(out)
}

// works reports whether a card opens chargers now.
func works(c card.Card, now time.Time) bool {
	return c.State == card.Active && !now.Before(c.ValidFrom) && (c.ValidTo.IsZero() || now.Before(c.ValidTo))
}

// place names where a session took place: the location, or else the charger's
// identity.
func place(s browse.Session) string {
	if s.LocationName == "" {
		return s.Identity
	}
	return s.LocationName
}
