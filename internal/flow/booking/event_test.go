package booking_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"involt/internal/core/charge"
	"involt/internal/core/decision"
	"involt/internal/flow/booking"

	"pgregory.net/rapid"
)

func TestEvents(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		if v := w.event(booking.PhaseStarted, "T1", 0, 1000); v.Reason != "" {
			t.Errorf("an answer about no card: %+v", v)
		}
		if v := w.event(booking.PhaseUpdated, "T1", time.Minute, 1100, token(known)); !v.Allowed {
			t.Errorf("refused: %+v", v)
		}
		c := w.session("T1")
		if c.Status != charge.Running || c.Wh != 100 || c.Person != w.person || c.EVSE != 1 || c.Reason != string(decision.Allowed) {
			t.Errorf("running: %+v", c)
		}
		w.event(booking.PhaseEnded, "T1", time.Hour, 9000, func(i *booking.EventInfo) { i.StoppedReason = "EVDisconnected" })
		w.event(booking.PhaseUpdated, "T1", 50*time.Minute, 8000)
		w.event(booking.PhaseEnded, "T1", time.Hour, 9000, func(i *booking.EventInfo) { i.StoppedReason = "EVDisconnected" })
		c = w.session("T1")
		if c.Status != charge.Ended || c.Wh != 8000 || c.Duration(w.now) != time.Hour || c.StopReason != "EVDisconnected" || c.Conflict != "" {
			t.Errorf("ended: %+v", c)
		}
		equal(t, "the journal", strings.Join(w.told(), " "), "session.started session.identified session.ended")
		equal(t, "decisions asked for", len(w.asked), 1)
	})
}

func TestEndBeforeStart(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.event(booking.PhaseEnded, "T1", time.Hour, 9000)
		w.event(booking.PhaseStarted, "T1", 0, 1000, token(known))
		c := w.session("T1")
		if c.Status != charge.Ended || c.Wh != 8000 || c.Person != w.person || c.Duration(w.now) != time.Hour {
			t.Errorf("%+v", c)
		}
		equal(t, "the journal", strings.Join(w.told(), " "), "session.started session.ended session.identified session.corrected")
	})
}

func TestEventsOfOneEVSE(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.event(booking.PhaseStarted, "T1", 0, 1000, token(known))
		w.event(booking.PhaseStarted, "T2", time.Hour, 2000, token(refused))
		if c := w.session("T1"); c.StopReason != booking.Lost {
			t.Errorf("the old one: %+v", c)
		}
		if c := w.session("T2"); c.Status != charge.Running || c.Reason != string(decision.UnknownCard) {
			t.Errorf("the new one: %+v", c)
		}
	})
}

func TestMeterThatRunsBackwards(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.event(booking.PhaseStarted, "T1", 0, 5000, token(known))
		w.event(booking.PhaseEnded, "T1", time.Hour, 100)
		if c := w.session("T1"); c.Wh != 0 || !strings.Contains(c.Conflict, "backwards, from 5000 to 100 Wh") {
			t.Errorf("%+v", c)
		}
	})
}

func TestWhoEndsASessionIsNotWhoseItIs(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.event(booking.PhaseStarted, "T1", 0, 0, token(known))
		if v := w.event(booking.PhaseEnded, "T1", time.Hour, 100, token(refused)); v.Allowed {
			t.Errorf("the end's card: %+v", v)
		}
		if c := w.session("T1"); c.Person != w.person || c.Conflict != "" {
			t.Errorf("%+v", c)
		}
		if last := w.asked[len(w.asked)-1]; !last.Ending {
			t.Errorf("asked %+v", last)
		}
	})
}

func TestOfflineEventsAreMarked(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.event(booking.PhaseStarted, "T1", 0, 0, token(known), func(i *booking.EventInfo) { i.Offline = true })
		w.event(booking.PhaseEnded, "T1", time.Hour, 10)
		equal(t, "offline", w.session("T1").Offline, true)
	})
}

// TestOrderDoesNotMatter sends a session's messages in any order, some of them
// more than once, and compares what is kept with the order in which they were
// made.
func TestOrderDoesNotMatter(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		n := 0
		rapid.Check(t, func(r *rapid.T) {
			n++
			tx := fmt.Sprintf("T%d", n)
			base := time.Duration(n) * 24 * time.Hour
			w.now = w.now.Add(-base) // each session is long over when the next is told
			defer func() { w.now = w.now.Add(base) }()
			updates := rapid.IntRange(0, 5).Draw(r, "updates")
			withCard := rapid.IntRange(0, updates).Draw(r, "card in event")
			var send []func(tx string)
			add := func(phase booking.Phase, i int, more ...func(*booking.EventInfo)) {
				if i == withCard {
					more = append(more, token(known))
				}
				if i == updates+1 {
					more = append(more, func(i *booking.EventInfo) { i.StoppedReason = "SOCLimitReached" })
				}
				send = append(send, func(tx string) { w.event(phase, tx, time.Duration(i)*time.Minute, int64(1000+250*i), more...) })
			}
			add(booking.PhaseStarted, 0)
			for i := 1; i <= updates; i++ {
				add(booking.PhaseUpdated, i)
			}
			add(booking.PhaseEnded, updates+1)
			for _, s := range send {
				s(tx + "straight")
			}
			order := rapid.Permutation(send).Draw(r, "order")
			twice := rapid.SliceOfN(rapid.IntRange(0, len(send)-1), 0, 5).Draw(r, "repeated")
			for _, i := range twice {
				order = append(order, send[i])
			}
			for _, s := range order {
				s(tx)
			}
			want, got := w.session(tx+"straight"), w.session(tx)
			want.ID, want.TxID, want.StartKey, want.Received, want.Seen = got.ID, got.TxID, got.StartKey, got.Received, got.Seen
			if got != want {
				r.Fatalf("in another order:\n%+v\nstraight:\n%+v", got, want)
			}
			if got.Wh != int64(250*(updates+1)) || got.Person != w.person || got.Status != charge.Ended {
				r.Fatalf("%+v", got)
			}
		})
	})
}
