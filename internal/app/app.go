// Package app puts Involt together and runs it. It is the one place that knows
// every room.
package app

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"involt/internal/core/charge"
	"involt/internal/core/imports"
	"involt/internal/core/journal"
	"involt/internal/core/login"
	"involt/internal/core/notice"
	"involt/internal/core/notice/outbox"
	"involt/internal/core/site"
	"involt/internal/face/ocpp"
	"involt/internal/flow/admit"
	"involt/internal/flow/booking"
	"involt/internal/flow/browse"
	"involt/internal/flow/browse/accounts"
	"involt/internal/flow/browse/export"
	"involt/internal/flow/browse/insight"
	"involt/internal/flow/browse/zones"
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
	"involt/internal/flow/settle"
	"involt/internal/flow/staff"
	"involt/internal/flow/steer"
	"involt/internal/flow/teach"
	"involt/internal/flow/tell"
	"involt/internal/flow/wallet"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/job"
	"involt/internal/kit/mail"
	"involt/internal/kit/mailbox"
	"involt/internal/kit/outward"
	"involt/internal/kit/seal"
	"involt/internal/schema"
)

// App is Involt, put together. The command line uses its parts directly.
type App struct {
	Config    Config
	DB        *db.DB
	Keys      *seal.Ring
	Passwords *login.Hasher
	Jobs      *job.Pool
	Post      *journal.Post
	Catcher   *mail.Catcher // nil unless mails are caught

	Enter   *enter.Service
	Onboard *onboard.Service
	Join    *join.Service
	Staff   *staff.Service
	People  *people.Service
	Wallet  *wallet.Service
	Teach   *teach.Service
	Guests  *guests.Service
	Review  *review.Service
	Equip   *equip.Service
	Admit   *admit.Service
	Intake  *intake.Service
	Browse  *browse.Service
	Insight *insight.Service
	Tell    *tell.Service
	Zones   *zones.Service
	Guard   *guard.Service
	Export  *export.Service
	Sending *dispatch.Service

	Clients  *clients.Service
	Accounts *accounts.Service

	Booking *booking.Service
	Desk    *booking.Desk
	Steer   *steer.Service
	OCPP    *ocpp.Server

	chargers *chargers

	snapshot snapshot
	folder   string         // for the time in which the database is away; "" for none
	waits    atomic.Bool    // the database was away at the start, and has not come yet
	halts    sync.WaitGroup // requests to chargers to end a session
	replica  string         // names this process among replicas
	named    bool           // whether the public address was set, and not made up
	metrics  *metrics
}

// Open opens the database, brings it up to date and builds every part. Nothing
// runs yet. Close ends it.
func Open(ctx context.Context, c Config) (a *App, err error) {
	named := c.PublicURL != ""
	if err := c.check(); err != nil {
		return nil, err
	}
	a = &App{Config: c, named: named, replica: rand.Text()[:8], Passwords: login.NewHasher()}
	if a.DB, err = db.OpenUnchecked(ctx, c.Database); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()
	if err := a.DB.Check(ctx); err != nil {
		if !c.Wait || !a.DB.Postgres || !errors.Is(err, db.ErrAway) || !c.hasSnapshot() {
			return a, err
		}
		slog.WarnContext(ctx, "the database does not answer; the server starts without it", "err", err)
		a.DB.Hold()
		a.waits.Store(true)
	} else if err := schema.Migrate(ctx, a.DB); err != nil {
		return a, err
	}
	if a.Keys, err = seal.Open(c.KeyFile); err != nil {
		return a, err
	}
	if !a.waits.Load() {
		if err := a.agreeOnKey(ctx); err != nil {
			return a, err
		}
	}
	sender, err := a.mailer(ctx)
	if err != nil {
		return a, err
	}
	a.Jobs, a.Post = &job.Pool{DB: a.DB}, &journal.Post{DB: a.DB}
	a.Enter = &enter.Service{DB: a.DB, Passwords: a.Passwords}
	box := &outbox.Box{DB: a.DB, Keys: a.Keys, Sender: sender, Guard: tell.Guard{}, Limits: notice.UsualLimits}
	if s, ok := sender.(*mail.Sender); ok {
		box.Most = s.Connections()
	}
	a.Enter.Keys, a.Enter.Outbox, a.Enter.PublicURL = a.Keys, box, c.PublicURL
	a.Enter.Jobs(a.Jobs)
	a.Onboard = &onboard.Service{DB: a.DB, Keys: a.Keys, Mail: sender, Outbox: box, Passwords: a.Passwords, PublicURL: c.PublicURL}
	a.Tell = &tell.Service{DB: a.DB, Keys: a.Keys, Outbox: box, PublicURL: c.PublicURL, Web: outward.Client(20 * time.Second), Contact: contact(c.PublicURL)}
	a.Join = &join.Service{DB: a.DB, Keys: a.Keys, Outbox: box, Letters: a.Onboard, PublicURL: c.PublicURL}
	a.Onboard.Codes, a.Join.Teller = a.Join, a.Tell
	a.Guard = &guard.Service{DB: a.DB, Teller: a.Tell}
	a.Admit = &admit.Service{DB: a.DB, Holder: holder{a.Guard}, Limit: c.AwayLimit}
	a.Admit.Fates = a.fates
	a.Teach = &teach.Service{DB: a.DB, Places: a.Admit}
	a.Admit.Pupil = pupil{a.Teach}
	a.Teach.Jobs(a.Jobs)
	a.Wallet, a.Equip, a.Intake, a.Browse = &wallet.Service{DB: a.DB}, &equip.Service{DB: a.DB, Effects: a.Admit}, &intake.Service{DB: a.DB}, &browse.Service{DB: a.DB}
	a.Insight, a.Zones = &insight.Service{DB: a.DB, Lists: a.Browse}, &zones.Service{DB: a.DB}
	a.Export = &export.Service{DB: a.DB, Browse: a.Browse, Tell: told}
	a.Sending = &dispatch.Service{DB: a.DB, Keys: a.Keys, Files: files{a.Export}, Mail: sender, Guard: tell.Guard{}, Web: outward.Client(5*time.Minute, c.OutwardAllow...), PublicURL: c.PublicURL}
	a.Booking = &booking.Service{DB: a.DB, Numbers: &charge.Numbers{DB: a.DB}, Decide: decider{a.Admit}}
	a.Desk = &booking.Desk{Book: a.Booking, Now: time.Now, Halt: a.halt, Told: a.toldOutage, Began: a.Admit.Began, Over: a.Admit.Over}
	a.Steer = &steer.Service{DB: a.DB, Decide: deciding{a.Admit}}
	a.Guests = &guests.Service{DB: a.DB, Keys: a.Keys, Places: a.Admit, Remote: remote{a.Steer}}
	a.People = &people.Service{DB: a.DB, Inviter: a.Onboard, Approver: a.Onboard}
	a.Review = &review.Service{DB: a.DB, People: a.People, Teller: a.Tell}
	a.Review.Jobs(a.Jobs)
	if c.Bounces != "" {
		if a.Tell.Mailbox, err = mailbox.New(c.Bounces); err != nil {
			return a, err
		}
	}
	a.Staff = &staff.Service{DB: a.DB, Inviter: a.Onboard}
	a.Clients, a.Accounts = &clients.Service{DB: a.DB, Invite: a.Onboard, VIES: c.register()}, &accounts.Service{DB: a.DB}
	a.Intake.Inviter = inviter{a.People}
	a.Onboard.Jobs(a.Jobs)
	a.Intake.Jobs(a.Jobs)
	a.Tell.Jobs(a.Jobs)
	a.Onboard.Sweeping(a.Jobs)
	a.Join.Jobs(a.Jobs)
	a.People.Jobs(a.Jobs)
	a.People.Leaving(a.Jobs)
	a.Sending.Jobs(a.Jobs)
	a.Clients.Jobs(a.Jobs)
	a.Steer.Jobs(a.Jobs)
	a.Post.Subscribe(settle.Reader())
	a.Post.Subscribe(steer.Reader())
	a.Post.Subscribe(steer.ListReader())
	a.Post.Subscribe(intake.Eraser())
	a.Tell.Subscribe(a.Post)
	a.Post.Subscribe(join.Reader())
	a.Post.Subscribe(join.Groups())
	a.Post.Subscribe(a.Guard.Reader())
	a.Post.Jobs(a.Jobs)
	return a, nil
}

// Close closes what Open opened.
func (a *App) Close() error {
	var err error
	if a.Catcher != nil {
		err = a.Catcher.Close()
	}
	return errors.Join(err, a.DB.Close())
}

// Run serves until ctx is done and then stops cleanly: no request, job or
// charger's message that has begun is lost, if it ends within the time of grace.
// That takes half a minute at most. Who would hold the stop up for longer is cut
// off, which is no error. ready, if not nil, is called with the address once
// everything answers.
func (a *App) Run(ctx context.Context, ready func(net.Addr)) (err error) {
	if !a.DB.Postgres {
		release, err := alone(a.Config.Database)
		if err != nil {
			return err
		}
		defer func() { _ = release() }()
	}
	ln, err := a.listen(ctx, a.Config.Listen)
	if err != nil {
		return err
	}
	if a.Config.PublicURL == "" {
		port := ln.Addr().(*net.TCPAddr).Port //nolint:forcetypeassert // a TCP listener
		a.Config.PublicURL = fmt.Sprintf("http://localhost:%d", port)
		a.Onboard.PublicURL, a.Tell.PublicURL = a.Config.PublicURL, a.Config.PublicURL
		a.Join.PublicURL, a.Sending.PublicURL = a.Config.PublicURL, a.Config.PublicURL
		a.Enter.PublicURL = a.Config.PublicURL
	}
	if err := a.openFolder(); err != nil {
		return errors.Join(err, ln.Close())
	}
	defer func() { err = errors.Join(err, a.closeFolder()) }()
	begin := a.begin
	if a.waits.Load() {
		begin = func(ctx context.Context) error {
			if err := a.recall(ctx); err != nil {
				return fmt.Errorf("the database does not answer, and this server cannot start without it: %w", err)
			}
			return nil
		}
	}
	if err := errs.Or(begin(ctx), a.Desk.Open()); err != nil {
		return errors.Join(err, ln.Close())
	}
	a.metrics = newMetrics(a)
	a.chargers = &chargers{db: a.DB, replica: a.replica, equip: a.Equip, admit: a.Admit}
	a.OCPP = ocpp.New(ocpp.Config{
		Chargers: a.chargers, Decider: taps{a.Admit}, Sessions: &sessions{a.Desk},
		ClientIP: a.Config.clientIP, Secure: a.Config.secure, Certificates: a.Config.OCPPClientCA != "",
	})
	a.Steer.Wire, a.Steer.Lists = wire{a.OCPP, a.replica}, lists{a.OCPP}
	handler, err := a.handler()
	if err != nil {
		return errors.Join(err, ln.Close())
	}
	return a.serve(ctx, ln, handler, ready)
}

// begin reads and makes what the first request needs.
func (a *App) begin(ctx context.Context) error {
	if err := a.Admit.Load(ctx); err != nil {
		return err
	}
	if err := a.Booking.Numbers.SetAside(ctx); err != nil {
		return err
	}
	if !a.DB.Postgres {
		// There is one server on a SQLite file: whoever was connected is not now.
		if err := a.DB.Update(ctx, func(tx *db.Tx) error { return errors.Join(site.AllGone(tx, a.replica), imports.FreeAll(tx)) }); err != nil {
			return err
		}
	}
	// Made at the first start, so that no page has to.
	_, err := a.Tell.PushKey(ctx)
	return err
}

// arrive waits for a database that was away at the start, and then does what could not
// be done then. What is wrong with the database ends the server, as at any start.
func (a *App) arrive(ctx context.Context) error {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		a.Admit.Records().Spool()
		try, cancel := context.WithTimeout(ctx, 5*time.Minute) // steps of the schema may take some time
		err := a.DB.Check(try)
		for _, do := range []func(context.Context) error{a.migrate, a.agreeOnKey, a.begin} {
			if err == nil {
				err = do(try)
			}
		}
		cancel()
		if err == nil {
			a.DB.Release()
			a.waits.Store(false)
			slog.InfoContext(ctx, "the database is there")
			return nil
		}
		if !errors.Is(err, db.ErrAway) && !errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
			return err
		}
	}
}

func (a *App) migrate(ctx context.Context) error { return schema.Migrate(ctx, a.DB) }

func (a *App) listen(ctx context.Context, address string) (net.Listener, error) {
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s; is something else using it? %w", address, err)
	}
	return ln, nil
}

// serve runs every part until ctx is done or one of them fails.
func (a *App) serve(ctx context.Context, ln net.Listener, handler http.Handler, ready func(net.Addr)) error {
	// Parts that work in the background outlive the listeners, so that what the
	// last requests asked for is still taken up.
	back, stopBack := context.WithCancel(context.WithoutCancel(ctx))
	defer stopBack()
	var parts sync.WaitGroup
	failed := make(chan error, 20)
	run := func(name string, do func(context.Context) error) {
		parts.Go(func() {
			if err := do(back); err != nil {
				failed <- fmt.Errorf("%s: %w", name, err)
			}
		})
	}
	work := func() {
		run("pulse", a.DB.Pulse)
		run("jobs", a.Jobs.Run)
		run("journal", a.Post.Run)
		run("decisions", a.Admit.Run)
		run("chargers' journal", a.Desk.Run)
		run("chargers' states", a.chargers.run)
		run("who knocks", func(ctx context.Context) error { return a.chargers.knocks.run(ctx, a.Equip) })
		run("lists of users", a.Browse.Run)
		run("pictures", a.Insight.KeepSums)
		run("charger keys", a.dropRenewed)
		run("commands", a.Steer.Run)
		run("guests", a.Guests.Run)
		run("snapshot", a.keepSnapshot)
	}
	if a.waits.Load() {
		run("the database", func(ctx context.Context) error {
			err := a.arrive(ctx)
			if err == nil && ctx.Err() == nil {
				work()
			}
			return err
		})
	} else {
		work()
	}
	if a.Catcher != nil {
		run("mail catcher", func(context.Context) error { return a.Catcher.Serve() })
	}

	servers, err := a.servers(ctx, ln, handler, failed)
	if err == nil {
		if ready != nil {
			ready(ln.Addr())
		}
		select {
		case err = <-failed:
		case <-ctx.Done():
		}
	}
	slog.InfoContext(ctx, "stopping")
	err = errors.Join(err, a.stop(context.WithoutCancel(ctx), servers))
	stopBack()
	if a.Catcher != nil {
		err = errors.Join(err, a.Catcher.Close())
	}
	parts.Wait()
	a.halts.Wait()
	return err
}

// grace is how long requests and the messages of chargers may take to end once
// the server stops. Jobs have some time of their own after that.
const grace = 10 * time.Second

// stop closes what listens: the servers and the chargers' connections side by
// side, so that none of them uses up the time of another.
func (a *App) stop(ctx context.Context, servers []*http.Server) error {
	var all sync.WaitGroup
	failed := make([]error, len(servers)+1)
	end := func(i int, what string, gently func(context.Context) error, cut func() error) {
		all.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, grace)
			defer cancel()
			err := gently(ctx)
			if errors.Is(err, context.DeadlineExceeded) {
				slog.WarnContext(ctx, "stopping: cut off what did not end in time", "part", what)
				err = cut()
			}
			failed[i] = err
		})
	}
	for i, s := range servers {
		end(i, "http", s.Shutdown, s.Close)
	}
	end(len(servers), "chargers", a.OCPP.Close, func() error { return nil }) // Close has cut them off
	all.Wait()
	return errors.Join(failed...)
}

// servers starts one HTTP server per address.
func (a *App) servers(ctx context.Context, ln net.Listener, handler http.Handler, failed chan<- error) ([]*http.Server, error) {
	var list []*http.Server
	asking, err := a.Config.chargersTLS()
	if err != nil {
		return list, err
	}
	start := func(ln net.Listener, h http.Handler, with *tls.Config) {
		s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
		list = append(list, s)
		go func() {
			serve := s.Serve
			if with != nil {
				s.TLSConfig = with
				serve = func(ln net.Listener) error { return s.ServeTLS(ln, a.Config.TLSCert, a.Config.TLSKey) }
			}
			err := serve(ln)
			if !errors.Is(err, http.ErrServerClosed) {
				failed <- err
			}
		}()
	}
	if a.Config.TLSCert == "" {
		asking = nil
	}
	pages := asking
	if asking != nil && a.Config.OCPPListen != "" { // browsers are not asked for certificates then
		pages = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	start(ln, handler, pages)
	if a.Config.OCPPListen != "" {
		ln, err := a.listen(ctx, a.Config.OCPPListen)
		if err != nil {
			return list, err
		}
		start(ln, a.chargersOnly(), asking)
	}
	if a.Config.MetricsListen != "" {
		ln, err := a.listen(ctx, a.Config.MetricsListen)
		if err != nil {
			return list, err
		}
		mux := http.NewServeMux()
		mux.Handle("GET /metrics", a.metrics.handler())
		start(ln, mux, nil)
	}
	return list, nil
}

func (a *App) chargersOnly() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/ocpp/", a.OCPP)
	mux.HandleFunc("GET /healthz", healthz)
	mux.HandleFunc("GET /readyz", a.readyz)
	return mux
}
