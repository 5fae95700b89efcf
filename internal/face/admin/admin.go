// Package admin is the console for the people who run a workspace: everything
// below /w/{slug}.
//
// routes lists everything it answers to, each with the permission it needs. The
// list is made of one per area of the menu (peopleRoutes, placesRoutes, …). Each
// file besides is one page with its template: it reads the form, calls one
// function of flow or core, and shows the result.
package admin

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/face/admin/caught"
	"involt/internal/face/admin/files"
	"involt/internal/face/admin/frame"
	"involt/internal/face/admin/inviting"
	"involt/internal/face/admin/once"
	"involt/internal/face/ui"
	"involt/internal/flow/admit"
	"involt/internal/flow/booking"
	"involt/internal/flow/browse"
	payers "involt/internal/flow/browse/accounts"
	"involt/internal/flow/browse/export"
	sums "involt/internal/flow/browse/insight"
	lists "involt/internal/flow/browse/zones"
	"involt/internal/flow/clients"
	"involt/internal/flow/dispatch"
	"involt/internal/flow/enter"
	"involt/internal/flow/equip"
	"involt/internal/flow/guard"
	"involt/internal/flow/guests"
	"involt/internal/flow/intake"
	"involt/internal/flow/join"
	"involt/internal/flow/onboard"
	"involt/internal/flow/people"
	"involt/internal/flow/review"
	"involt/internal/flow/staff"
	"involt/internal/flow/steer"
	"involt/internal/flow/teach"
	"involt/internal/flow/tell"
	"involt/internal/flow/wallet"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/seal"

	"github.com/a-h/templ"
)

// Config is what the console is made of. Fields without "optional" must be set.
type Config struct {
	DB      *db.DB
	Keys    *seal.Ring // seals what a browser is handed and gives back
	Enter   *enter.Service
	Onboard *onboard.Service
	Tell    *tell.Service
	People  *people.Service
	Wallet  *wallet.Service
	Teach   *teach.Service
	Equip   *equip.Service
	Steer   *steer.Service
	Admit   *admit.Service
	Intake  *intake.Service
	Browse  *browse.Service
	Insight *sums.Service
	Join    *join.Service
	Zones   *lists.Service
	Guard   *guard.Service
	Guests  *guests.Service
	Review  *review.Service
	Booking *booking.Service
	Export  *export.Service
	Sending *dispatch.Service
	Staff   *staff.Service

	Clients  *clients.Service
	Accounts *payers.Service

	// Who says who a request comes from, by its cookie. Nobody is an
	// errs.SignedOut.
	Who    func(*http.Request) (enter.Visitor, error)
	SignIn string // path of the sign-in page; "/" if empty
	// Renewed hands the browser a new session, which takes the place of the one it
	// had; optional: without it nobody can give their password again, and nothing
	// dangerous can be done.
	Renewed func(w http.ResponseWriter, session string)
	SignOut string // path that the form of "Sign out" posts to; "/sign-out" if empty

	// PublicURL is the address that people and chargers see, such as
	// "https://charge.example.com"; optional: else the one of the request.
	PublicURL string
	Lines     Lines            // what chargers and Involt said to each other; optional: without it there is no live log
	Mails     caught.Box       // the built-in mail catcher; optional: without it there is no such page
	Log       *slog.Logger     // optional
	Now       func() time.Time // optional; for "5 minutes ago", never for what is stored
}

// UploadRoute is the one route whose body may be long, for whoever limits the
// others; UploadMost is how long.
const (
	UploadRoute = "POST /w/{slug}" + files.UploadPath
	UploadMost  = files.UploadMost
)

// LongForms are the routes whose forms may carry a short file, besides, and how long
// they may be.
func LongForms() map[string]int64 {
	all := map[string]int64{}
	for _, path := range inviting.FileRoutes {
		all["POST /w/{slug}"+path] = inviting.FormMost
	}
	return all
}

// Console is the admin console. It is an http.Handler for /w/.
type Console struct {
	Config
	pages ui.Pages
	mux   *http.ServeMux
	shown *once.Slots      // keys that were just made, until they have been copied
	menu  map[string]route // GET pattern -> route, of all of them
	http.Handler
}

// route is one line of the console's list. pattern is a method and a path
// below /w/{slug}: "POST /users/invite". need is checked before do is called;
// 0 means any staff role. part is as in [frame.Route].
type route struct {
	pattern string
	need    access.Perm
	do      func(w http.ResponseWriter, r *http.Request, v *visit) error
	part    bool
	stepUp  bool // as in [frame.Route]
}

// routes is everything the console answers to.
func (c *Console) routes() []route {
	return slices.Concat(c.insightRoutes(), c.peopleRoutes(), c.placesRoutes(), c.chargingRoutes(), c.settingsRoutes(), c.messageRoutes())
}

// everyPath is the pattern of what no page answers to.
const everyPath = "/w/{slug}/"

// New returns the console.
func New(cfg Config) *Console {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.SignIn == "" {
		cfg.SignIn = "/"
	}
	if cfg.SignOut == "" {
		cfg.SignOut = "/sign-out"
	}
	c := &Console{Config: cfg, menu: map[string]route{}, shown: once.New(cfg.Now)}
	c.pages = ui.Pages{Log: cfg.Log, ErrorPage: c.errorPage, SignIn: func(r *http.Request) string { return ui.SignInURL(c.SignIn, r) }}
	mux := http.NewServeMux()
	c.mux = mux
	for _, rt := range c.routes() {
		method, path, _ := strings.Cut(rt.pattern, " ")
		h := c.handle(rt)
		if method == http.MethodGet {
			c.menu[path] = rt
		}
		if path == "/" {
			mux.Handle(method+" /w/{slug}", h)
			path = "/{$}"
		}
		mux.Handle(method+" /w/{slug}"+path, h)
	}
	mux.Handle(everyPath, c.handle(route{do: func(http.ResponseWriter, *http.Request, *visit) error {
		return errs.New(errs.NotFound, "There is no such page. Check the address, or choose one from the menu.")
	}}))
	c.Handler = sameOrigin(mux, c.pages)
	return c
}

// visit is one request of somebody who may be here.
type visit struct {
	*frame.Visit
	Visitor enter.Visitor
	Seat    enter.Seat
	Path    string // what follows Base: "/users/invite"

	waiting func() string // how many wait for approval, for the menu; "" for nobody
}

func (v *visit) path(p string) string { return v.To(p) }

func (v *visit) may(p access.Perm) bool { return v.May(p) }

type visitKey struct{}

// handle lets in who is signed in, has a staff seat in the workspace of the
// address and the permission. A workspace one has no seat in does not exist.
func (c *Console) handle(rt route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, err := c.visit(r)
		if err == nil {
			r = r.WithContext(context.WithValue(ui.WithReader(r.Context(), c.reader(v)), visitKey{}, v))
			err = v.enters(rt)
		}
		if err == nil && r.Method == http.MethodPost {
			// Read here, so that no page takes a form that was cut off for an empty one.
			err = ui.ReadForm(r)
		}
		c.pages.Handle(func(w http.ResponseWriter, r *http.Request) error {
			if err != nil {
				return err
			}
			if rt.stepUp {
				if went, err := c.proven(w, r, v); !went {
					return err
				}
			}
			return rt.do(w, r, v)
		}).ServeHTTP(w, r)
	})
}

// enters refuses whoever may not open a route, and says what they may do there.
func (v *visit) enters(rt route) error {
	v.Here = v.By.Perms.Whole()
	switch {
	case rt.need == 0 && rt.part:
		v.Here = v.By.Anywhere().Whole()
		return nil
	case rt.need == 0:
		return nil
	case !rt.part:
		return v.By.Need(rt.need)
	}
	r, err := v.By.Within(rt.need)
	if err == nil {
		v.Here = r.Perms
	}
	return err
}

// opens reports whether a page of the menu shows the visitor anything.
func (v *visit) opens(rt route) bool {
	if rt.need == 0 {
		return rt.part || v.By.Perms != 0
	}
	if !rt.part {
		return v.By.Need(rt.need) == nil
	}
	r, err := v.By.Within(rt.need)
	switch _, path, _ := strings.Cut(rt.pattern, " "); path {
	case "/approvals", "/zone-requests", "/joining-codes": // a customer has no codes
		return err == nil && (r.Whole || len(r.Locations)+len(r.Groups) > 0)
	case "/locations", "/chargers":
		return err == nil && (r.Whole || len(r.Locations) > 0)
	case "/accounts", "/users/customers":
		return err == nil && (r.Whole || len(r.Accounts) > 0)
	case "/groups":
		return err == nil && (r.Whole || len(r.Groups) > 0)
	default:
		return err == nil
	}
}

func (c *Console) visit(r *http.Request) (*visit, error) {
	visitor, err := c.Who(r)
	if err != nil {
		return nil, err
	}
	slug := r.PathValue("slug")
	seat, ok := visitor.Seat(slug)
	if !ok {
		return nil, errs.New(errs.NotFound, "There is no such workspace, or you have no seat in it.")
	}
	if !seat.Staff() {
		return nil, errs.New(errs.Denied, "Your role in %s does not open the console. Ask an admin of it for a staff role.", seat.Workspace.Name)
	}
	base := "/w/" + seat.Workspace.Slug
	v := &visit{Visitor: visitor, Seat: seat, Path: strings.TrimPrefix(r.URL.Path, base)}
	v.waiting = func() string { return c.waiting(r, v) }
	v.Visit = &frame.Visit{By: seat.Actor, Workspace: seat.Workspace, Base: base, Shell: func(title string, crumbs ...ui.Link) ui.ConsoleProps {
		return c.shell(v, title, crumbs...)
	}}
	return v, nil
}

// reader is for whom dates and numbers are written. The console's own words are
// English, so its components speak English too.
func (c *Console) reader(v *visit) ui.Reader {
	zone, err := time.LoadLocation(v.Workspace.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	return ui.Reader{Lang: "en", Zone: zone, Now: c.Now()}
}

func (c *Console) errorPage(r *http.Request, p ui.ErrorProps) templ.Component {
	v, ok := r.Context().Value(visitKey{}).(*visit)
	if !ok {
		return ui.PlainError(p)
	}
	return consoleError(c.shell(v, p.Title), p)
}

// sameOrigin refuses requests of other sites, as [ui.SameOrigin] tells them.
func sameOrigin(h http.Handler, pages ui.Pages) http.Handler {
	return ui.SameOrigin(h, pages.Handle(func(http.ResponseWriter, *http.Request) error {
		return errs.New(errs.Denied, "This request did not come from a page of Involt, so nothing was changed. Open the page again and repeat it there.")
	}))
}
