package steer_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/charge"
	"involt/internal/core/command"
	"involt/internal/core/decision"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/core/workspace"
	"involt/internal/flow/steer"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/testkit/dbtest"
)

// crew is a workspace with chargers, and servers that are goroutines.
type crew struct {
	t     *testing.T
	d     *db.DB
	ws    id.Workspace
	by    access.Actor
	where site.Location
	h     site.Charger
	card  card.Card
	who   person.Person
	allow decision.Reason // what is decided about every card
	ahead atomic.Int64
}

func (k *crew) Decide(id.Workspace, id.Charger, int64, string, time.Time) decision.Reason {
	return k.allow
}

func (k *crew) Standing(id.Workspace, id.Charger, string, time.Time) steer.Standing {
	return steer.Standing{Reason: k.allow}
}
func (k *crew) Refresh(context.Context) error { return nil }

func each(t *testing.T, f func(t *testing.T, k *crew)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := &crew{t: t, d: d, allow: decision.Allowed}
		d.Clock = func(now time.Time) time.Time { return now.Add(time.Duration(k.ahead.Load())) }
		k.do(func(tx *db.Tx) error {
			ws := workspace.New("north", "")
			if err := workspace.Insert(tx, &ws); err != nil {
				return err
			}
			k.ws, k.by = ws.ID, access.Actor{Workspace: ws.ID, Name: "person:me", Perms: access.All}
			k.where = site.Location{Workspace: ws.ID, Name: "Yard", TimeZone: "Europe/Berlin"}
			if err := site.InsertLocation(tx, &k.where); err != nil {
				return err
			}
			k.who = person.Person{Workspace: ws.ID, Email: "anna@north.example", ExternalID: "E-1", FirstName: "Anna", Status: person.Active}
			if err := person.Insert(tx, &k.who); err != nil {
				return err
			}
			k.card = card.Card{Workspace: ws.ID, UID: "04A2B3C4D5E680", Kind: card.RFID, State: card.Active, Person: k.who.ID}
			return card.Insert(tx, &k.card)
		})
		k.h = k.charger("CP1")
		f(t, k)
	})
}

func (k *crew) do(f func(*db.Tx) error) {
	k.t.Helper()
	if err := k.d.Update(k.t.Context(), f); err != nil {
		k.t.Fatal(err)
	}
}

func (k *crew) charger(identity string) site.Charger {
	k.t.Helper()
	h := site.Charger{Workspace: k.ws, Identity: identity, Location: k.where.ID, KeyHash: identity, Protocol: "ocpp1.6"}
	k.do(func(tx *db.Tx) error { return site.InsertCharger(tx, &h, 2) })
	return h
}

func (k *crew) session(h site.Charger, tx string) charge.Charge {
	k.t.Helper()
	s := charge.Charge{
		Workspace: k.ws, Charger: h.ID, EVSE: 1, Connector: 1, Protocol: "ocpp1.6", TxID: tx, StartKey: tx, CardUID: k.card.UID, Card: k.card.ID, Person: k.who.ID,
		Reason: string(decision.Allowed), Status: charge.Running, Started: time.Now(),
	}
	k.do(func(tx *db.Tx) error { _, err := charge.Insert(tx, &s); return err })
	return s
}

func (k *crew) ask(a steer.Ask) command.Command {
	k.t.Helper()
	if a.Charger == "" {
		a.Charger = k.h.ID
	}
	c, err := k.service(nil).Ask(k.t.Context(), k.by, a)
	if err != nil {
		k.t.Fatal(err)
	}
	return c
}

func (k *crew) service(w steer.Wire) *steer.Service {
	return &steer.Service{DB: k.d, Decide: k, Wire: w}
}

func (k *crew) until(c command.Command, what string, ok func(command.Command) bool) command.Command {
	k.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for late := time.Now().Add(30 * time.Second); ; <-tick.C {
		k.do(func(tx *db.Tx) (err error) {
			c, err = command.ByID(tx, k.ws, c.ID)
			return err
		})
		if ok(c) {
			return c
		}
		if time.Now().After(late) {
			k.t.Fatalf("never %s: %+v", what, c)
		}
	}
}

func over(c command.Command) bool { return c.State.Over() }
func sent(c command.Command) bool { return c.State == command.Sent }

// socket is the connections of one server.
type socket struct {
	mu     sync.Mutex
	link   string // of every charger; "" for none
	got    []steer.Order
	answer func(context.Context, steer.Order) (string, error)
}

func (s *socket) Link(id.Workspace, id.Charger) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.link
}

func (s *socket) plug(link string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.link = link
}

func (s *socket) Send(ctx context.Context, _ id.Workspace, _ id.Charger, o steer.Order) (string, error) {
	s.mu.Lock()
	s.got = append(s.got, o)
	answer := s.answer
	s.mu.Unlock()
	if answer == nil {
		return "", nil
	}
	return answer(ctx, o)
}

func (s *socket) heard() []steer.Order {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]steer.Order(nil), s.got...)
}

// serve runs a server until the test, or the returned function, ends it.
func (k *crew) serve(w steer.Wire) (end func()) { return k.run(k.service(w)) }

func (k *crew) run(s *steer.Service) (end func()) {
	ctx, cancel := context.WithCancel(k.t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	var once sync.Once
	end = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				k.t.Error(err)
			}
		})
	}
	k.t.Cleanup(end)
	return end
}

// hang never answers: its server died in the middle.
func hang(dead <-chan struct{}) func(context.Context, steer.Order) (string, error) {
	return func(context.Context, steer.Order) (string, error) {
		<-dead
		return "", errs.New(errs.Unavailable, "The charger has disconnected.")
	}
}

func TestEveryCommandEnds(t *testing.T) {
	each(t, func(t *testing.T, k *crew) {
		s := k.session(k.h, "77")
		said := map[string]func() (string, error){
			"accepted": func() (string, error) { return "Scheduled", nil },
			"refused":  func() (string, error) { return "", &steer.No{Word: "Rejected"} },
			"failed":   func() (string, error) { return "", errs.New(errs.Unavailable, "The charger did not answer in time.") },
		}
		w := &socket{link: "a/1"}
		k.serve(w)
		for _, a := range []steer.Ask{
			{Kind: command.Start, Card: "E-1"}, {Kind: command.Reset, Option: "hard"}, {Kind: command.Unlock, EVSE: 2}, {Kind: command.Start, EVSE: 1, Card: "anna@north.example"},
		} {
			for state, answer := range said {
				w.mu.Lock()
				w.answer = func(context.Context, steer.Order) (string, error) { return answer() }
				w.mu.Unlock()
				if c := k.until(k.ask(a), "over", over); string(c.State) != state || c.Ended.IsZero() || c.Tries != 1 {
					t.Errorf("%s is %s (%s) after %d tries, want %s", a.Kind, c.State, c.Word, c.Tries, state)
				}
			}
		}
		w.mu.Lock()
		w.answer, w.got = nil, nil
		w.mu.Unlock()
		if c := k.until(k.ask(steer.Ask{Kind: command.Stop, Session: s.ID}), "over", over); c.State != command.Accepted {
			t.Errorf("the stop is %s %s", c.State, c.Word)
		}
		if got := w.heard(); len(got) != 1 || got[0].Tx != "77" {
			t.Errorf("the charger heard %+v", got)
		}
		k.do(func(tx *db.Tx) error {
			var asked, ended int64
			if err := tx.Row(`SELECT COUNT(*) FROM journal WHERE workspace = ? AND what = 'command.asked' AND actor = 'person:me'`, []any{k.ws}, &asked); err != nil {
				return err
			}
			err := tx.Row(`SELECT COUNT(*) FROM journal WHERE workspace = ? AND what = 'command.ended'`, []any{k.ws}, &ended)
			if asked != 13 || ended != 13 {
				t.Errorf("%d were asked and %d ended, by the journal; want 13", asked, ended)
			}
			return err
		})
	})
}

func TestWhatNobodyTakesExpires(t *testing.T) {
	each(t, func(t *testing.T, k *crew) {
		c, forget := k.ask(steer.Ask{Kind: command.Start, Card: "E-1"}), k.ask(steer.Ask{Kind: command.ClearCache})
		w := &socket{}
		k.serve(w)
		k.ahead.Store(int64(61 * time.Second))
		if c = k.until(c, "over", over); c.State != command.Expired {
			t.Errorf("the start is %s", c.State)
		}
		w.plug("a/1")
		if forget = k.until(forget, "over", over); forget.State != command.Accepted {
			t.Errorf("clearing the cache is %s %s", forget.State, forget.Word)
		}
		if got := w.heard(); len(got) != 1 || got[0].Kind != command.ClearCache {
			t.Errorf("the charger heard %+v", got)
		}
	})
}

// A server that dies loses nothing: what may be said twice is said by the one to
// which the charger comes; of the rest it is said that nobody knows.
func TestAnotherServerTakesOver(t *testing.T) {
	each(t, func(t *testing.T, k *crew) {
		dead := make(chan struct{})
		s := k.session(k.h, "78")
		other := k.charger("CP2")
		gone := &socket{link: "a/1", answer: hang(dead)}
		end := k.serve(gone)
		stop := k.until(k.ask(steer.Ask{Kind: command.Stop, Session: s.ID}), "sent", sent)
		unlock := k.until(k.ask(steer.Ask{Charger: other.ID, Kind: command.Unlock, EVSE: 1}), "sent", sent)
		gone.plug("")

		here := &socket{link: "b/1"}
		k.serve(here)
		if stop = k.until(stop, "over", over); stop.State != command.Accepted || stop.Tries != 2 {
			t.Errorf("the stop is %s %q after %d tries", stop.State, stop.Word, stop.Tries)
		}
		// A dead server keeps no lease; this one is alive, and stands for one that was
		// cut off from the database: time flies faster than it can say that it lives.
		flies := func(c command.Command) bool { k.ahead.Add(int64(time.Minute)); return over(c) }
		if unlock = k.until(unlock, "over", flies); unlock.State != command.Failed || unlock.Word != command.Unanswered {
			t.Errorf("the unlock is %s %q", unlock.State, unlock.Word)
		}
		close(dead) // it comes to itself, and is too late
		end()
		for _, c := range []command.Command{stop, unlock} {
			if now := k.until(c, "over", over); now.State != c.State || now.Word != c.Word {
				t.Errorf("the dead server made %s %s of %s %s", now.State, now.Word, c.State, c.Word)
			}
		}
		if got := here.heard(); len(got) != 1 {
			t.Errorf("the charger heard %+v from the second server", got)
		}
	})
}

func TestTwoServersSendOnce(t *testing.T) {
	each(t, func(t *testing.T, k *crew) {
		// Both believe that they hold the connection, as they may for a moment.
		a, b := &socket{link: "x/1"}, &socket{link: "x/1"}
		k.serve(a)
		k.serve(b)
		var list []command.Command
		for i := range 20 {
			list = append(list, k.ask(steer.Ask{Kind: command.Unlock, EVSE: int64(1 + i%2)}))
		}
		for _, c := range list {
			if c = k.until(c, "over", over); c.State != command.Accepted || c.Tries != 1 {
				t.Errorf("%s after %d tries", c.State, c.Tries)
			}
		}
		if n := len(a.heard()) + len(b.heard()); n != 20 {
			t.Errorf("the chargers heard 20 commands %d times", n)
		}
	})
}

// A charger has moved from one server to another, and the first has not noticed.
func TestAnOlderConnectionTakesNothing(t *testing.T) {
	each(t, func(t *testing.T, k *crew) {
		dead := make(chan struct{})
		s := k.session(k.h, "81")
		k.do(func(tx *db.Tx) error { return site.Connected(tx, k.ws, k.h.ID, "b/1", "ocpp1.6") })
		here := &socket{link: "b/1", answer: func(ctx context.Context, o steer.Order) (string, error) {
			if o.Kind == command.Stop {
				return hang(dead)(ctx, o)
			}
			return "", nil
		}}
		end := k.serve(here)
		stop := k.until(k.ask(steer.Ask{Kind: command.Stop, Session: s.ID}), "sent", sent)
		old := &socket{link: "a/1"}
		k.serve(old)
		other := k.charger("CP2") // which the older server does hold
		k.do(func(tx *db.Tx) error { return site.Connected(tx, k.ws, other.ID, "a/1", "ocpp1.6") })
		for range 3 {
			k.until(k.ask(steer.Ask{Charger: other.ID, Kind: command.ClearCache}), "over", over)
		}
		if n := len(old.heard()); n != 3 {
			t.Errorf("the older connection heard %d commands, want those of its own charger", n)
		}
		if stop = k.until(stop, "sent", sent); stop.Holder != "b/1" || stop.Tries != 1 {
			t.Errorf("the stop is held by %q after %d tries", stop.Holder, stop.Tries)
		}
		close(dead)
		end()
	})
}

// A card may be taken out as if it had never been while a start waits for it.
func TestACardThatIsGoneHoldsUpNobody(t *testing.T) {
	each(t, func(t *testing.T, k *crew) {
		other := k.charger("CP2")
		start := k.ask(steer.Ask{Kind: command.Start, Card: "E-1"})
		forget := k.ask(steer.Ask{Charger: other.ID, Kind: command.ClearCache})
		k.do(func(tx *db.Tx) error { return card.Remove(tx, k.ws, []id.Card{k.card.ID}) })
		k.serve(&socket{link: "a/1"})
		if forget = k.until(forget, "over", over); forget.State != command.Accepted {
			t.Errorf("the other charger's is %s %s", forget.State, forget.Word)
		}
		if start = k.until(start, "over", over); start.State != command.Failed || start.Word != "The card was removed meanwhile." {
			t.Errorf("the start is %s %q", start.State, start.Word)
		}
	})
}

func TestAChargerThatHangsHoldsUpNobody(t *testing.T) {
	each(t, func(t *testing.T, k *crew) {
		dead := make(chan struct{})
		other := k.charger("CP2")
		w := &socket{link: "a/1"}
		w.answer = func(ctx context.Context, o steer.Order) (string, error) {
			if o.EVSE == 2 {
				return hang(dead)(ctx, o)
			}
			return "", nil
		}
		k.serve(w)
		stuck := k.until(k.ask(steer.Ask{Kind: command.Unlock, EVSE: 2}), "sent", sent)
		if c := k.until(k.ask(steer.Ask{Charger: other.ID, Kind: command.Unlock, EVSE: 1}), "over", over); c.State != command.Accepted {
			t.Errorf("the other charger's is %s", c.State)
		}
		close(dead)
		if c := k.until(stuck, "over", over); c.State != command.Failed {
			t.Errorf("the one that hangs is %s", c.State)
		}
	})
}

func TestWhatIsWrongIsSaidAtItsField(t *testing.T) {
	each(t, func(t *testing.T, k *crew) {
		s := k.session(k.h, "79")
		k.do(func(tx *db.Tx) error { s.Status, s.Ended = charge.Ended, tx.Now; return charge.Save(tx, &s) })
		for _, c := range []struct {
			ask   steer.Ask
			field string
			says  decision.Reason
		}{
			{ask: steer.Ask{Kind: command.Start}, field: "card"},
			{ask: steer.Ask{Kind: command.Start, Card: "0400000000"}, field: "card"},
			{ask: steer.Ask{Kind: command.Start, Card: "E-1"}, field: "card", says: decision.CardBlocked},
			{ask: steer.Ask{Kind: command.Start, Card: "E-1", EVSE: 3}, field: "evse"},
			{ask: steer.Ask{Kind: command.Unlock}, field: "evse"},
			{ask: steer.Ask{Kind: command.Reset}, field: "option"},
			{ask: steer.Ask{Kind: command.Reset, Option: "soft", EVSE: 1}, field: "evse"},
			{ask: steer.Ask{Kind: command.Availability, Option: "maybe"}, field: "option"},
			{ask: steer.Ask{Kind: command.ClearCache, Option: "on"}, field: "option"},
			{ask: steer.Ask{Kind: command.Stop, Session: "none"}, field: "session"},
			{ask: steer.Ask{Kind: "dance"}, field: "kind"},
			{ask: steer.Ask{Kind: command.Stop, Session: s.ID}},
		} {
			k.allow = decision.Allowed
			if c.says != "" {
				k.allow = c.says
			}
			c.ask.Charger = k.h.ID
			_, err := k.service(nil).Ask(t.Context(), k.by, c.ask)
			e, ok := errors.AsType[*errs.Error](err)
			if !ok || e.Field != c.field || e.Kind == errs.Internal {
				t.Errorf("%+v: %v", c.ask, err)
			}
		}
	})
}

func TestAsksOfOthersAreRefused(t *testing.T) {
	each(t, func(t *testing.T, k *crew) {
		s := k.session(k.h, "80")
		elsewhere := access.Part{Perms: access.ChargersRemote, Reach: access.Reach{Locations: []id.Location{"01kamb5nzh0q4t8v6w2y3x5z7c"}}}
		here := access.Part{Perms: access.ChargersRemote, Reach: access.Reach{Locations: []id.Location{k.where.ID}}}
		for name, c := range map[string]struct {
			by   access.Actor
			want errs.Kind
		}{
			"no permission":      {access.Actor{Workspace: k.ws, Perms: access.All &^ access.ChargersRemote}, errs.Denied},
			"another place":      {access.Actor{Workspace: k.ws, Parts: []access.Part{elsewhere}}, errs.NotFound},
			"another workspace":  {access.Actor{Workspace: "01kamb5nzh0q4t8v6w2y3x5z7c", Perms: access.All}, errs.NotFound},
			"nobody's workspace": {access.Actor{Perms: access.All}, errs.Denied},
		} {
			if _, err := k.service(nil).Ask(t.Context(), c.by, steer.Ask{Charger: k.h.ID, Kind: command.ClearCache}); errs.KindOf(err) != c.want {
				t.Errorf("%s: %v", name, err)
			}
			if _, err := k.service(nil).StopSession(t.Context(), c.by, s.ID); errs.KindOf(err) != c.want {
				t.Errorf("%s, a session: %v", name, err)
			}
		}
		by := access.Actor{Workspace: k.ws, Name: "person:part", Parts: []access.Part{here}}
		if _, err := k.service(nil).StopSession(t.Context(), by, s.ID); err != nil {
			t.Errorf("whose place it is: %v", err)
		}
	})
}
