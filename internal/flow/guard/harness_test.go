package guard_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/charge"
	"involt/internal/core/decision"
	"involt/internal/core/doubt"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/login"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/core/workspace"
	"involt/internal/flow/admit"
	"involt/internal/flow/booking"
	"involt/internal/flow/guard"
	"involt/internal/flow/tell"
	"involt/internal/kit/db"
	"involt/internal/kit/job"
	"involt/internal/kit/seal"
	"involt/internal/testkit/dbtest"
)

// road is a workspace with places along a road, people who drive on it, and a
// server that answers chargers.
type road struct {
	t     *testing.T
	d     *db.DB
	ws    id.Workspace
	admin access.Actor
	ahead atomic.Int64 // how far the clock was put forward
	admit *admit.Service
	guard *guard.Service
	tell  *tell.Service
	book  *booking.Service
	post  *journal.Post
	pool  *job.Pool
	count int
}

func each(t *testing.T, story func(*testing.T, *road)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { story(t, open(t, d)) })
}

// holder lets admit have people asked, as the server does.
type holder struct{ *guard.Service }

func (h holder) Hold(ctx context.Context, s admit.Sighting) error {
	return h.Ask(ctx, guard.Seen{Workspace: s.Workspace, Card: s.Card, Charger: s.Charger, At: s.At, FirstCharger: s.FirstCharger, FirstAt: s.FirstAt, Km: s.Km, Held: s.Held})
}

// decider lets booking ask a memory.
type decider struct{ *admit.Service }

func (m decider) Decide(a booking.Ask) booking.Verdict {
	v := m.Answer(&admit.Ask{Workspace: a.Workspace, Charger: a.Charger, EVSE: a.EVSE, Token: a.Token, Now: a.Now, Source: a.Source})
	return booking.Verdict{Allowed: v.Allowed(), Reason: v.Reason, Card: v.Card(), Person: v.Person()}
}

func open(t *testing.T, d *db.DB) *road {
	t.Helper()
	k := &road{t: t, d: d, post: &journal.Post{DB: d}}
	d.Clock = func(now time.Time) time.Time { return now.Add(time.Duration(k.ahead.Load())) }
	ws := workspace.New("north", "North")
	k.update(func(tx *db.Tx) error { return workspace.Insert(tx, &ws) })
	k.ws, k.admin = ws.ID, access.System(ws.ID, "test")
	keys := seal.Random()
	k.tell = &tell.Service{DB: d, Keys: keys}
	k.guard = &guard.Service{DB: d, Teller: k.tell}
	k.admit = &admit.Service{DB: d, Holder: holder{k.guard}}
	k.book = k.booked(k.admit)
	k.post.Subscribe(k.guard.Reader())
	k.tell.Subscribe(k.post)
	k.pool = &job.Pool{DB: d}
	k.post.Jobs(k.pool)
	k.tell.Jobs(k.pool)
	return k
}

func (k *road) booked(by *admit.Service) *booking.Service {
	return &booking.Service{DB: k.d, Numbers: &charge.Numbers{DB: k.d}, Decide: decider{by}}
}

// serve loads the memory and runs it until the test ends.
func (k *road) serve() {
	k.t.Helper()
	k.must(k.admit.Load(k.t.Context()))
	ctx, stop := context.WithCancel(context.WithoutCancel(k.t.Context()))
	done := make(chan error, 1)
	go func() { done <- k.admit.Run(ctx) }()
	k.t.Cleanup(func() {
		stop()
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			k.t.Error(err)
		}
	})
}

// deliver brings what happened to those who hear of it.
func (k *road) deliver() {
	k.t.Helper()
	for range 3 {
		k.must(k.post.SealNow(k.t.Context()))
		_, err := k.pool.RunDue(k.t.Context())
		k.must(err)
	}
}

func (k *road) must(err error) {
	k.t.Helper()
	if err != nil {
		k.t.Fatal(err)
	}
}

func (k *road) update(do func(*db.Tx) error) {
	k.t.Helper()
	if err := k.d.Update(k.t.Context(), do); err != nil {
		k.t.Fatal(err)
	}
}

func (k *road) now() time.Time { return time.Now().Add(time.Duration(k.ahead.Load())) }

// place adds a location with one charger.
func (k *road) place(name, where string) id.Charger {
	k.t.Helper()
	at, err := site.ParsePoint(where)
	k.must(err)
	k.count++
	l := site.Location{Workspace: k.ws, Name: name, TimeZone: "Europe/Berlin", Where: at}
	c := site.Charger{Workspace: k.ws, Identity: fmt.Sprint("CP-", k.count), Name: name + " 1"}
	k.update(func(tx *db.Tx) error {
		if err := site.InsertLocation(tx, &l); err != nil {
			return err
		}
		c.Location = l.ID
		if err := site.InsertCharger(tx, &c, 2); err != nil {
			return err
		}
		return journal.Record(tx, k.admin, "charger.created", journal.About("charger", c.ID), nil)
	})
	return c.ID
}

// driver adds somebody with a card, who can sign in.
func (k *road) driver(roles ...string) (access.Actor, card.Card) {
	k.t.Helper()
	k.count++
	who := login.Identity{Email: fmt.Sprintf("d%d@example.com", k.count)}
	p := person.Person{Workspace: k.ws, Email: who.Email, LastName: fmt.Sprint("Driver ", k.count), Status: person.Active}
	c := card.Card{Workspace: k.ws, UID: fmt.Sprintf("04%012X", k.count), Kind: card.RFID, State: card.Active}
	var by access.Actor
	k.update(func(tx *db.Tx) error {
		if err := login.Insert(tx, &who); err != nil {
			return err
		}
		p.Identity = who.ID
		if err := person.Insert(tx, &p); err != nil {
			return err
		}
		for _, role := range roles {
			if err := person.GiveRole(tx, k.ws, p.ID, access.Given{Role: role}); err != nil {
				return err
			}
		}
		c.Person = p.ID
		if err := card.Insert(tx, &c); err != nil {
			return err
		}
		if err := journal.Record(tx, k.admin, "person.created", journal.About("person", p.ID), nil); err != nil {
			return err
		}
		var err error
		by, _, err = p.Actor(tx)
		return err
	})
	return by, c
}

// start begins a session by a memory, and says what the charger was answered.
func (k *road) start(b *booking.Service, at id.Charger, c card.Card) (string, decision.Reason) {
	k.t.Helper()
	k.must(k.admit.Refresh(k.t.Context()))
	now := k.now()
	tx, v, err := b.Start(k.t.Context(), k.ws, at, booking.StartInfo{EVSE: 1, Token: c.UID, At: now, Received: now})
	k.must(err)
	k.must(k.admit.Refresh(k.t.Context()))
	return strconv.Itoa(int(tx)), v.Reason
}

func (k *road) stop(at id.Charger, tx string) {
	k.t.Helper()
	now := k.now()
	_, err := k.book.Stop(k.t.Context(), k.ws, at, booking.StopInfo{TxID: tx, MeterWh: 1000, At: now, Received: now})
	k.must(err)
	k.must(k.admit.Refresh(k.t.Context()))
}

func (k *road) tap(at id.Charger, c card.Card) decision.Reason {
	k.t.Helper()
	k.must(k.admit.Refresh(k.t.Context()))
	return k.admit.Answer(&admit.Ask{Workspace: k.ws, Charger: at, Token: c.UID, Now: k.now(), Source: "ocpp2.0.1"}).Reason
}

func (k *road) card(c card.Card) (now card.Card) {
	k.t.Helper()
	k.update(func(tx *db.Tx) (err error) {
		now, err = card.ByID(tx, k.ws, c.ID)
		return err
	})
	return now
}

// doubtOf is the newest question about a card.
func (k *road) doubtOf(c card.Card) (d doubt.Doubt, found bool) {
	k.t.Helper()
	k.update(func(tx *db.Tx) (err error) {
		d, found, err = doubt.OfCard(tx, k.ws, c.ID)
		return err
	})
	return d, found
}

// eventually waits until ok, for up to thirty seconds.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	late := time.NewTimer(30 * time.Second)
	defer late.Stop()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-late.C:
			t.Fatalf("waited thirty seconds and still not: %s", what)
		}
	}
}

// free makes a card work again as staff do, on hold or not.
func (k *road) free(tx *db.Tx, c card.Card) error {
	if _, err := doubt.Settle(tx, k.ws, c.ID, doubt.Staff); err != nil {
		return err
	}
	if c.State != card.Active {
		c.State = card.Active
		if err := card.Save(tx, &c); err != nil {
			return err
		}
	}
	return journal.Record(tx, k.admin, "card.unblocked", journal.About("card", c.ID), nil)
}
