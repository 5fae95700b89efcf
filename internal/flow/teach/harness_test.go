package teach_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/decision"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/login"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/core/workspace"
	"involt/internal/flow/admit"
	"involt/internal/flow/teach"
	"involt/internal/kit/db"
	"involt/internal/kit/job"
	"involt/internal/testkit/dbtest"
)

// yard is a workspace with chargers, people who stand at them with cards and cars, and
// a server that answers.
type yard struct {
	t     *testing.T
	d     *db.DB
	ws    workspace.Workspace
	staff access.Actor
	ahead atomic.Int64 // how far the clock was put forward
	admit *admit.Service
	teach *teach.Service
	pool  *job.Pool
	at    id.Location
	count int
}

type pupil struct{ *teach.Service }

func (p pupil) Learn(ctx context.Context, t admit.Tap) error {
	return p.Service.Learn(ctx, teach.Tap(t))
}

func each(t *testing.T, story func(*testing.T, *yard)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { story(t, open(t, d)) })
}

func open(t *testing.T, d *db.DB) *yard {
	t.Helper()
	k := &yard{t: t, d: d, ws: workspace.New("north", "North"), pool: &job.Pool{DB: d}}
	d.Clock = func(now time.Time) time.Time { return now.Add(time.Duration(k.ahead.Load())) }
	k.ws.DriverCards = true
	l := site.Location{Name: "Yard", TimeZone: "Europe/Berlin"}
	k.update(func(tx *db.Tx) error {
		if err := workspace.Insert(tx, &k.ws); err != nil {
			return err
		}
		l.Workspace = k.ws.ID
		return site.InsertLocation(tx, &l)
	})
	k.at, k.staff = l.ID, access.Actor{Workspace: k.ws.ID, Name: "person:staff", Perms: access.All}
	k.admit = &admit.Service{DB: d}
	k.teach = &teach.Service{DB: d, Places: k.admit}
	k.admit.Pupil = pupil{k.teach}
	k.teach.Jobs(k.pool)
	k.must(k.admit.Load(t.Context()))
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- k.admit.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
	return k
}

func (k *yard) must(err error) {
	k.t.Helper()
	if err != nil {
		k.t.Fatal(err)
	}
}

func (k *yard) update(do func(*db.Tx) error) {
	k.t.Helper()
	k.must(k.d.Update(context.WithoutCancel(k.t.Context()), do))
}

func (k *yard) now() time.Time { return time.Now().Add(time.Duration(k.ahead.Load())) }

func (k *yard) charger(evses int) id.Charger {
	k.t.Helper()
	k.count++
	c := site.Charger{Workspace: k.ws.ID, Identity: fmt.Sprint("CP-", k.count), Location: k.at}
	k.update(func(tx *db.Tx) error {
		if err := site.InsertCharger(tx, &c, evses); err != nil {
			return err
		}
		return journal.Record(tx, k.staff, "charger.created", journal.About("charger", c.ID), nil)
	})
	k.must(k.admit.Refresh(k.t.Context()))
	return c.ID
}

// driver is an active user with an app, and a card.
func (k *yard) driver(uid string) (access.Actor, card.Card) {
	k.t.Helper()
	k.count++
	who := login.Identity{Email: fmt.Sprintf("d%d@example.com", k.count)}
	p := person.Person{Workspace: k.ws.ID, LastName: fmt.Sprint("Driver ", k.count), Email: who.Email, Status: person.Active}
	c := card.Card{Workspace: k.ws.ID, UID: uid, Kind: card.RFID, State: card.Active}
	k.update(func(tx *db.Tx) error {
		if err := login.Insert(tx, &who); err != nil {
			return err
		}
		p.Identity = who.ID
		if err := person.Insert(tx, &p); err != nil {
			return err
		}
		if uid != "" {
			c.Person = p.ID
			if err := card.Insert(tx, &c); err != nil {
				return err
			}
		}
		return journal.Record(tx, k.staff, "person.created", journal.About("person", p.ID), nil)
	})
	k.must(k.admit.Refresh(k.t.Context()))
	return access.Actor{Workspace: k.ws.ID, Name: journal.About("person", p.ID), Person: p.ID}, c
}

// tap holds something to a charger and returns the answer.
func (k *yard) tap(at id.Charger, evse int64, token string) decision.Reason {
	k.t.Helper()
	k.must(k.admit.Refresh(k.t.Context()))
	return k.admit.Answer(&admit.Ask{Workspace: k.ws.ID, Charger: at, EVSE: evse, Token: token, Now: k.now(), Source: "test"}).Reason
}

func (k *yard) want(got, want decision.Reason) {
	k.t.Helper()
	if got != want {
		k.t.Errorf("answered %s, want %s", got, want)
	}
}

// cardOf returns the card with a number, and whether there is one.
func (k *yard) cardOf(uid string) (c card.Card, found bool) {
	k.t.Helper()
	k.update(func(tx *db.Tx) error {
		all, err := card.ByUIDs(tx, k.ws.ID, []string{uid})
		if found = len(all) > 0; found {
			c = all[0]
		}
		return err
	})
	return c, found
}

// entries counts what the journal says of a kind.
func (k *yard) entries(what string) (n int64) {
	k.t.Helper()
	k.update(func(tx *db.Tx) error {
		return tx.Row(`SELECT COUNT(*) FROM journal WHERE workspace = ? AND what = ?`, []any{k.ws.ID, what}, &n)
	})
	return n
}

func (k *yard) eventually(what string, is func() bool) {
	k.t.Helper()
	for end := time.Now().Add(30 * time.Second); !is(); {
		if time.Now().After(end) {
			k.t.Fatalf("never: %s", what)
		}
		<-time.After(5 * time.Millisecond)
	}
}
