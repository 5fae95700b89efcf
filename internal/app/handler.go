package app

import (
	"net/http"
	"time"

	"involt/internal/face/admin"
	"involt/internal/face/api"
	"involt/internal/face/door"
	"involt/internal/face/driver"
	"involt/internal/face/hooks"
	"involt/internal/face/ocpp"
	"involt/internal/face/ui"
	"involt/internal/flow/browse/crew"
)

// handler answers everything that the public address is asked. Chargers are
// left out of what is watched per request: a connection of theirs lasts for days.
func (a *App) handler() (http.Handler, error) {
	rest, err := api.New(api.Config{
		DB: a.DB, Ring: a.Keys, PublicURL: a.Config.PublicURL, Enter: a.Enter, Onboard: a.Onboard, People: a.People, Equip: a.Equip, Steer: a.Steer, Wallet: a.Wallet, Teach: a.Teach, Guests: a.Guests, Browse: a.Browse, Export: a.Export, Intake: a.Intake, Admit: a.Admit, Join: a.Join, Staff: a.Staff, Crew: &crew.Service{DB: a.DB, Users: a.Browse}, Zones: a.Zones, Clients: a.Clients, Accounts: a.Accounts,
		Away: a.away,
	})
	if err != nil {
		return nil, err
	}
	who := door.Who(a.Enter)
	in := door.New(door.Config{
		Enter: a.Enter, Onboard: a.Onboard, Join: a.Join, Guests: a.Guests, Tell: a.Tell, Keys: a.Keys, Client: func(r *http.Request) string { return a.Config.clientIP(r).String() },
	})
	console := admin.Config{
		DB: a.DB, Keys: a.Keys, Enter: a.Enter, Onboard: a.Onboard, Tell: a.Tell, People: a.People, Wallet: a.Wallet, Teach: a.Teach, Equip: a.Equip, Steer: a.Steer, Admit: a.Admit, Intake: a.Intake, Browse: a.Browse, Insight: a.Insight, Export: a.Export, Sending: a.Sending, Join: a.Join, Zones: a.Zones, Guard: a.Guard, Guests: a.Guests, Review: a.Review, Booking: a.Booking, Staff: a.Staff, Renewed: door.Renewed,
		Clients: a.Clients, Accounts: a.Accounts,
		Who: who, SignIn: "/sign-in", SignOut: "/sign-out", PublicURL: a.Config.PublicURL, Lines: lines{a.OCPP},
	}
	if a.Config.Demo && a.Catcher != nil {
		console.Mails = a.Catcher
	}
	mux := http.NewServeMux()
	mux.Handle("/", a.page(in))
	desk := admin.New(console)
	mux.Handle("/w/", a.page(desk))
	large := uploadLimit
	large.most = admin.UploadMost
	mux.Handle(admin.UploadRoute, a.pageOf(large, desk))
	for route, most := range admin.LongForms() {
		mux.Handle(route, a.pageOf(limit{most: most, time: formTime}, desk))
	}
	app := a.page(door.SignedIn(a.Enter)(driver.New(driver.Config{DB: a.DB, Teach: a.Teach, Admit: a.Admit, Browse: a.Browse, Tell: a.Tell, Join: a.Join, Zones: a.Zones, Guard: a.Guard, Enter: a.Enter, Who: who})))
	mux.Handle("/my", app)
	mux.Handle("/my/", app)
	mux.Handle("/api/", apiLimit.bounded(a.metrics.watched(rest)))
	mux.Handle("/hooks/", formLimit.bounded(a.metrics.watched(a.there(hooks.New(hooks.Config{Mail: a.Tell.Hooked})))))
	mux.Handle("/static/", ui.Static())
	if a.Config.Demo {
		mux.Handle("/dev/ui", a.page(ui.Gallery()))
		mux.Handle("/dev/ui/", a.page(ui.Gallery()))
	}
	for _, route := range a.OCPP.Routes() {
		mux.Handle(route, a.OCPP)
	}
	mux.HandleFunc("GET /healthz", healthz)
	mux.HandleFunc("GET /readyz", a.readyz)
	return mux, nil
}

// page is a face for browsers, under our own name only, with the headers that
// protect its pages and with bodies no larger than a form.
func (a *App) page(h http.Handler) http.Handler { return a.pageOf(formLimit, h) }

func (a *App) pageOf(l limit, h http.Handler) http.Handler {
	return l.bounded(a.metrics.watched(a.secured(ui.Secure(a.ours(a.there(h))))))
}

// away reports whether there is no database to make a page of: for more than a moment,
// or not since the start.
func (a *App) away() bool {
	since, away := a.DB.Away()
	return a.waits.Load() || away && time.Since(since) > time.Second
}

// there hands requests on while the database is there. Nobody waits for it at a page
// that would not come.
func (a *App) there(next http.Handler) http.Handler {
	calm := door.Away()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a.away() {
			calm.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// lines shows the console what chargers and Involt have said to each other.
type lines struct{ ocpp *ocpp.Server }

// Frames returns the last messages of one charger, the oldest first.
func (l lines) Frames(workspace, charger string) []admin.Line {
	all := l.ocpp.Frames(ocpp.Ref{Workspace: workspace, Charger: charger})
	list := make([]admin.Line, len(all))
	for i, f := range all {
		list[i] = admin.Line{At: f.At, In: f.In, Text: f.Text}
	}
	return list
}
