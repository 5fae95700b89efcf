package clients_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/account"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/login"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/core/workspace"
	"involt/internal/flow/admit"
	"involt/internal/flow/clients"
	"involt/internal/flow/onboard"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/job"
	"involt/internal/kit/mail"
	"involt/internal/kit/seal"
	"involt/internal/testkit/dbtest"
)

// desk is a workspace with an admin and a mail server that keeps what it takes.
type desk struct {
	t     *testing.T
	d     *db.DB
	svc   *clients.Service
	come  *onboard.Service
	pool  *job.Pool
	mu    sync.Mutex
	mails []mail.Message
	ahead atomic.Int64
	ws    workspace.Workspace
	admin access.Actor
}

func (k *desk) Send(_ context.Context, m mail.Message) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.mails = append(k.mails, m)
	return nil
}

var passwords = login.NewHasher()

func each(t *testing.T, story func(*testing.T, *desk)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { story(t, open(t, d)) })
}

func open(t *testing.T, d *db.DB) *desk {
	t.Helper()
	k := &desk{t: t, d: d}
	d.Clock = func(now time.Time) time.Time { return now.Add(time.Duration(k.ahead.Load())) }
	k.come = &onboard.Service{DB: d, Keys: seal.Random(), Mail: k, Passwords: passwords, PublicURL: "https://charge.example"}
	k.svc = &clients.Service{DB: d, Invite: k.come}
	k.pool = &job.Pool{DB: d}
	k.come.Jobs(k.pool)
	k.ws = workspace.New("northgrid", "Northgrid")
	k.update(func(tx *db.Tx) error { return workspace.Insert(tx, &k.ws) })
	p := person.Person{Workspace: k.ws.ID, Email: "anna@north.example", FirstName: "Anna", Status: person.Active}
	k.update(func(tx *db.Tx) error {
		if err := person.Insert(tx, &p); err != nil {
			return err
		}
		return person.GiveRole(tx, k.ws.ID, p.ID, access.Given{Role: "super-admin"})
	})
	k.admin = k.actor(p.ID)
	return k
}

func (k *desk) update(do func(*db.Tx) error) {
	k.t.Helper()
	if err := k.d.Update(k.t.Context(), do); err != nil {
		k.t.Fatal(err)
	}
}

// actor is somebody as they act now.
func (k *desk) actor(who id.Person) (by access.Actor) {
	k.t.Helper()
	k.update(func(tx *db.Tx) error {
		p, err := person.ByID(tx, k.ws.ID, who)
		if err == nil {
			by, _, err = p.Actor(tx)
		}
		return err
	})
	return by
}

// comeIn follows the newest mail to an address, and returns who came in.
func (k *desk) comeIn(email string) person.Person {
	k.t.Helper()
	p, err := k.follow(email)
	if err != nil {
		k.t.Fatal(err)
	}
	return p
}

func (k *desk) follow(email string) (person.Person, error) {
	k.t.Helper()
	if _, err := k.pool.RunDue(k.t.Context()); err != nil {
		k.t.Fatal(err)
	}
	_, p, err := k.come.Activate(k.t.Context(), k.token(email), onboard.Entering{FirstName: "Lena", LastName: "Vos", Password: "four quiet volts"})
	return p, err
}

func (k *desk) token(email string) string {
	k.t.Helper()
	k.mu.Lock()
	defer k.mu.Unlock()
	for i := len(k.mails) - 1; i >= 0; i-- {
		if k.mails[i].To != email {
			continue
		}
		if _, rest, ok := strings.Cut(k.mails[i].Text, "https://charge.example/i/"); ok {
			return rest[:43]
		}
	}
	k.t.Fatalf("no link for %s", email)
	return ""
}

// client invites a customer, whose owner comes in, and returns the account and the
// owner as they act.
func (k *desk) client(name, email string) (account.Account, access.Actor) {
	k.t.Helper()
	a, who, err := k.svc.InviteClient(k.t.Context(), k.admin, clients.Client{Account: account.Account{Name: name, Billing: account.Consumer}, Email: email})
	if err != nil {
		k.t.Fatal(err)
	}
	k.comeIn(email)
	return a, k.actor(who)
}

// below adds a sub-account.
func (k *desk) below(by access.Actor, parent id.Account, kind account.Kind, name, email string) account.Account {
	k.t.Helper()
	a, _, err := k.svc.AddSubAccount(k.t.Context(), by, sub(parent, kind, name, email))
	if err != nil {
		k.t.Fatal(err)
	}
	return a
}

func sub(parent id.Account, kind account.Kind, name, email string) clients.SubAccount {
	return clients.SubAccount{Account: account.Account{Parent: parent, Kind: kind, Name: name, Billing: account.Consumer}, Email: email}
}

func (k *desk) location(name string) (l site.Location) {
	k.t.Helper()
	l = site.Location{Workspace: k.ws.ID, Name: name, TimeZone: "UTC", Country: "NL"}
	k.update(func(tx *db.Tx) error { return site.InsertLocation(tx, &l) })
	return l
}

func (k *desk) account(acc id.Account) (a account.Account) {
	k.t.Helper()
	k.update(func(tx *db.Tx) (err error) {
		a, err = account.ByID(tx, k.ws.ID, acc)
		return err
	})
	return a
}

func (k *desk) person(email string) (p person.Person) {
	k.t.Helper()
	k.update(func(tx *db.Tx) (err error) {
		p, err = person.ByEmail(tx, k.ws.ID, email)
		return err
	})
	return p
}

// told lists what the journal says of an account, oldest first.
func (k *desk) told(acc id.Account) string {
	k.t.Helper()
	var list []string
	k.update(func(tx *db.Tx) error {
		all, err := journal.Of(tx, k.ws.ID, journal.About("account", acc), 50)
		list = nil
		for i := len(all) - 1; i >= 0; i-- {
			list = append(list, all[i].What)
		}
		return err
	})
	return strings.Join(list, " ")
}

func (k *desk) want(err error, kind errs.Kind, field, says string) {
	k.t.Helper()
	e, _ := errors.AsType[*errs.Error](err)
	if e == nil || e.Kind != kind || e.Field != field || !strings.Contains(err.Error(), says) {
		k.t.Errorf("%v, want kind %v at %q, saying %q", err, kind, field, says)
	}
}

// follows lets decisions follow the journal until stop is called.
func (k *desk) follows(s *admit.Service) (stop func()) {
	k.t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(k.t.Context()))
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	return func() {
		cancel()
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			k.t.Error(err)
		}
	}
}

// eventually waits until ok, for up to thirty seconds.
func (k *desk) eventually(what string, ok func() bool) {
	k.t.Helper()
	late := time.NewTimer(30 * time.Second)
	defer late.Stop()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-late.C:
			k.t.Fatalf("waited thirty seconds and still not: %s", what)
		}
	}
}
