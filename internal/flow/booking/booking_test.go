package booking_test

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"involt/internal/core/card"
	"involt/internal/core/charge"
	"involt/internal/core/decision"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/core/workspace"
	"involt/internal/flow/booking"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/testkit/dbtest"
)

// world is a workspace with a charger, a person and two cards.
type world struct {
	*booking.Service
	t       *testing.T
	ctx     context.Context
	ws      id.Workspace
	charger id.Charger
	person  id.Person
	card    id.Card
	now     time.Time

	mu    sync.Mutex // guards asked
	asked []booking.Ask
}

const (
	known   = "04A1B2C3D4E5F6"
	refused = "DEADBEEF"
)

func each(t *testing.T, f func(t *testing.T, w *world)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := &world{t: t, ctx: t.Context(), now: time.Now().UTC().Truncate(time.Second)}
		w.Service = &booking.Service{DB: d, Numbers: &charge.Numbers{DB: d}, Decide: w}
		w.do(func(tx *db.Tx) error {
			ws := workspace.New("north", "")
			if err := workspace.Insert(tx, &ws); err != nil {
				return err
			}
			w.ws = ws.ID
			l := site.Location{Workspace: w.ws, Name: "Yard", TimeZone: "Europe/Berlin"}
			if err := site.InsertLocation(tx, &l); err != nil {
				return err
			}
			p := person.Person{Workspace: w.ws, FirstName: "Anna", LastName: "Berg", Status: person.Active}
			if err := person.Insert(tx, &p); err != nil {
				return err
			}
			k := card.Card{Workspace: w.ws, UID: known, Kind: card.RFID, State: card.Active, Person: p.ID}
			if err := card.Insert(tx, &k); err != nil {
				return err
			}
			w.person, w.card = p.ID, k.ID
			c := site.Charger{Workspace: w.ws, Identity: "CP1", Location: l.ID}
			err := site.InsertCharger(tx, &c, 2)
			w.charger = c.ID
			return err
		})
		f(t, w)
	})
}

// Decide knows one card.
func (w *world) Decide(ask booking.Ask) booking.Verdict {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = append(w.asked, ask)
	uid, _ := card.Canonical(ask.Token)
	if uid == known {
		return booking.Verdict{Allowed: true, Reason: decision.Allowed, CardUID: uid, Card: w.card, Person: w.person, Parent: "G"}
	}
	return booking.Verdict{Reason: decision.UnknownCard, CardUID: uid}
}

func (w *world) do(f func(*db.Tx) error) {
	w.t.Helper()
	if err := w.DB.Update(w.ctx, f); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) start(evse int64, token string, after time.Duration, meter int64) (int32, booking.Verdict) {
	w.t.Helper()
	at := w.now.Add(after)
	n, v, err := w.Start(w.ctx, w.ws, w.charger, booking.StartInfo{EVSE: evse, Token: token, MeterWh: meter, At: at, Received: at})
	if err != nil {
		w.t.Fatal(err)
	}
	return n, v
}

func (w *world) stop(tx string, after time.Duration, meter int64, reason string) {
	w.t.Helper()
	at := w.now.Add(after)
	if _, err := w.Stop(w.ctx, w.ws, w.charger, booking.StopInfo{TxID: tx, MeterWh: meter, Reason: reason, At: at, Received: at}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) meter(tx string, after time.Duration, meter, power int64) {
	w.t.Helper()
	at := w.now.Add(after)
	err := w.Meter(w.ctx, w.ws, w.charger, booking.MeterInfo{TxID: tx, EVSE: 1, Received: at, Readings: []booking.Reading{{At: at, EnergyWh: &meter, PowerW: &power}}})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) event(phase booking.Phase, tx string, after time.Duration, meter int64, more ...func(*booking.EventInfo)) booking.Verdict {
	w.t.Helper()
	at := w.now.Add(after)
	i := booking.EventInfo{Phase: phase, TxID: tx, EVSE: 1, Connector: 1, At: at, Received: at}
	if meter >= 0 {
		i.Readings = []booking.Reading{{At: at, EnergyWh: &meter}}
	}
	for _, m := range more {
		m(&i)
	}
	v, err := w.Event(w.ctx, w.ws, w.charger, i)
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

func token(text string) func(*booking.EventInfo) {
	return func(i *booking.EventInfo) { i.Token, i.TokenType = text, "ISO14443" }
}

func (w *world) session(tx string) (c charge.Charge) {
	w.t.Helper()
	w.do(func(t *db.Tx) (err error) {
		for _, protocol := range []string{"ocpp1.6", "ocpp2.0.1"} {
			if c, err = charge.ByTxID(t, w.ws, w.charger, protocol, tx); errs.KindOf(err) != errs.NotFound {
				return err
			}
		}
		return err
	})
	return c
}

// told returns what the journal says of sessions, in order.
func (w *world) told() (list []string) {
	w.t.Helper()
	w.do(func(tx *db.Tx) error {
		all, err := journal.Newest(tx, w.ws, "", 100)
		slices.Reverse(all)
		for _, e := range all {
			list = append(list, e.What)
			if e.Actor != "charger:"+string(w.charger) || !strings.HasPrefix(e.Subject, "session:") {
				w.t.Errorf("entry by %s about %s", e.Actor, e.Subject)
			}
		}
		return err
	})
	return list
}

func (w *world) count(table string) (n int64) {
	w.t.Helper()
	w.do(func(tx *db.Tx) error { return tx.Row(`SELECT COUNT(*) FROM `+table, nil, &n) })
	return n
}

func text(n int32) string { return strconv.Itoa(int(n)) }

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

func TestStartStop(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		n, v := w.start(1, "04:a1:b2:c3:d4:e5:f6", 0, 1000)
		if n < 1 || !v.Allowed || v.Person != w.person || v.Parent != "G" {
			t.Fatalf("start gave %d, %+v", n, v)
		}
		again, v2 := w.start(1, "04:A1:B2:C3:D4:E5:F6", 0, 1000)
		if again != n || !v2.Allowed {
			t.Errorf("the repeat gave %d, %+v", again, v2)
		}
		w.meter(text(n), time.Minute, 2000, 7400)
		c := w.session(text(n))
		if c.Status != charge.Running || c.Wh != 1000 || c.PowerW != 7400 || c.Person != w.person || c.Card != w.card || c.CardUID != known || c.Reason != "allowed" {
			t.Errorf("running: %+v", c)
		}
		w.stop(text(n), 10*time.Minute, 8000, "EVDisconnected")
		w.stop(text(n), 10*time.Minute, 8000, "EVDisconnected")
		c = w.session(text(n))
		if c.Status != charge.Ended || c.Wh != 7000 || c.PowerW != 0 || c.StopReason != "EVDisconnected" || c.Conflict != "" || c.Duration(w.now) != 10*time.Minute {
			t.Errorf("ended: %+v", c)
		}
		w.meter(text(n), 5*time.Minute, 5000, 7400)
		if late := w.session(text(n)); late.Wh != 7000 || late.Status != charge.Ended || late.PowerW != 0 {
			t.Errorf("a late meter value changed the session: %+v", late)
		}
		equal(t, "the journal", strings.Join(w.told(), " "), "session.started session.ended")
		equal(t, "decisions asked for", len(w.asked), 1)
		w.do(func(tx *db.Tx) error {
			k, err := card.ByID(tx, w.ws, w.card)
			equal(t, "last used", k.LastUsed, w.now)
			return err
		})
	})
}

func TestRefusedStartIsASessionWithItsReason(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		n, v := w.start(1, refused, 0, 0)
		if n < 1 || v.Allowed || v.Reason != decision.UnknownCard {
			t.Fatalf("start gave %d, %+v", n, v)
		}
		_, v = w.start(1, refused, 0, 0)
		c := w.session(text(n))
		if v.Reason != decision.UnknownCard || c.Reason != "unknown-card" || c.Person != "" || c.CardUID != refused {
			t.Errorf("kept %+v, then answered %+v", c, v)
		}
	})
}

func TestConcurrentDuplicatesAreOneSession(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var wg sync.WaitGroup
		numbers := make([]int32, 8)
		for i := range numbers {
			wg.Go(func() {
				n, _, err := w.Start(w.ctx, w.ws, w.charger, booking.StartInfo{EVSE: 1, Token: known, MeterWh: 5, At: w.now, Received: w.now})
				if err != nil {
					t.Error(err)
				}
				numbers[i] = n
				v := int64(10)
				_, err = w.Event(w.ctx, w.ws, w.charger, booking.EventInfo{
					Phase: booking.PhaseStarted, TxID: "abc", EVSE: 2, Token: known, At: w.now, Received: w.now, Readings: []booking.Reading{{At: w.now, EnergyWh: &v}},
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if list := slices.Compact(slices.Clone(numbers)); len(list) != 1 {
			t.Errorf("numbers %v", numbers)
		}
		equal(t, "sessions", w.count("charge"), 2)
		equal(t, "journal entries", len(w.told()), 2)
	})
}

func TestSecondDifferentStopIsAConflict(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		n, _ := w.start(1, known, 0, 0)
		w.stop(text(n), time.Hour, 5000, "Local")
		w.stop(text(n), time.Hour, 6000, "Local")
		w.stop(text(n), time.Hour, 6000, "Local")
		c := w.session(text(n))
		if c.Wh != 5000 || strings.Count(c.Conflict, "Another end was reported: Local, 6000 Wh") != 1 {
			t.Errorf("%+v", c)
		}
	})
}

func TestStopNobodyKnowsIsParkedOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, tx := range []string{"0", "-1", "9223372036854775807", "none", "nul\x00"} {
			w.stop(tx, 0, 100, "")
			w.stop(tx, 0, 100, "")
			if _, err := w.Stop(w.ctx, w.ws, w.charger, booking.StopInfo{TxID: tx + "z", MeterWh: 1, Received: w.now}); err != nil {
				t.Error(err)
			}
			if _, err := w.Stop(w.ctx, w.ws, w.charger, booking.StopInfo{TxID: tx + "z", MeterWh: 1, Received: w.now.Add(time.Second)}); err != nil {
				t.Error(err)
			}
			w.meter(tx, 0, 5, 5)
		}
		equal(t, "orphans", w.count("orphan_stop"), 10)
	})
}

func TestNextSessionEndsTheOneThatSeemsToRun(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		old, _ := w.start(1, known, 0, 0)
		other, _ := w.start(2, known, 0, 0)
		w.meter(text(old), 20*time.Minute, 3000, 7000)
		next, _ := w.start(1, known, time.Hour, 9000)
		c := w.session(text(old))
		if c.Status != charge.Ended || c.StopReason != booking.Lost || c.Wh != 3000 || c.Ended.Before(c.Started) {
			t.Errorf("the old one: %+v", c)
		}
		for _, n := range []int32{other, next} {
			equal(t, "status", w.session(text(n)).Status, charge.Running)
		}
		equal(t, "the journal", strings.Join(w.told(), " "), "session.started session.started session.started session.ended")
		w.stop(text(old), 30*time.Minute, 4000, "PowerLoss") // it comes after all
		if c = w.session(text(old)); c.Wh != 4000 || c.StopReason != "PowerLoss" {
			t.Errorf("after its own end: %+v", c)
		}
		told := w.told()
		equal(t, "the last entry", told[len(told)-1], "session.corrected")
	})
}

func TestClocks(t *testing.T) {
	now := time.Now().UTC().Truncate(time.Second)
	for _, c := range []struct {
		name    string
		at      time.Time
		started time.Time
		offline bool
	}{
		{"fine", now, now, false},
		{"none", time.Time{}, now, false},
		{"1970", time.Unix(100, 0), now, false},
		{"30 years ahead", now.AddDate(30, 0, 0), now, false},
		{"27 hours ahead", now.Add(27 * time.Hour), now, false},
		{"another time zone", now.Add(12 * time.Hour), now.Add(12 * time.Hour), false},
		{"6 minutes late", now.Add(-6 * time.Minute), now.Add(-6 * time.Minute), true},
		{"a month late", now.AddDate(0, -1, 0), now.AddDate(0, -1, 0), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			each(t, func(t *testing.T, w *world) {
				n, _, err := w.Start(w.ctx, w.ws, w.charger, booking.StartInfo{EVSE: 1, Token: known, MeterWh: 100, At: c.at, Received: now})
				if err != nil {
					t.Fatal(err)
				}
				s := w.session(text(n))
				equal(t, "start", s.Started, c.started)
				equal(t, "offline", s.Offline, c.offline)
				if _, err := w.Stop(w.ctx, w.ws, w.charger, booking.StopInfo{TxID: text(n), MeterWh: 50, At: c.started.Add(-time.Minute), Received: now}); err != nil {
					t.Fatal(err)
				}
				s = w.session(text(n))
				equal(t, "duration", s.Duration(now), 0)
				equal(t, "energy", s.Wh, 0)
				if !strings.Contains(s.Conflict, "backwards") {
					t.Errorf("conflict %q", s.Conflict)
				}
			})
		})
	}
}

func TestChargerWithoutClockAndMeterHasManySessions(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		start := func() int32 {
			n, _, err := w.Start(w.ctx, w.ws, w.charger, booking.StartInfo{EVSE: 1, Token: known, Received: w.now})
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		seen := map[int32]bool{}
		for range 3 {
			n := start()
			equal(t, "the repeat", start(), n)
			w.stop(text(n), 0, 0, "Local")
			seen[n] = true
		}
		equal(t, "sessions", len(seen), 3)
		equal(t, "rows", w.count("charge"), 3)
	})
}

func TestMeterValuesAreThinnedOut(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		n, _ := w.start(1, known, 0, 0)
		for i := range 60 {
			w.meter(text(n), time.Duration(i)*time.Second, int64(i), 100)
		}
		equal(t, "meter", w.session(text(n)).MeterNow, 59)
		if n := w.count("charge_sample"); n < 5 || n > 8 {
			t.Errorf("%d samples of a minute", n)
		}
	})
}
