package admit

import (
	"strconv"
	"testing"
	"time"

	"involt/internal/core/charge"
	"involt/internal/core/decision"
	"involt/internal/core/id"
	"involt/internal/core/workspace"
	"involt/internal/flow/booking"
	"involt/internal/flow/enter"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
)

// byMemory lets booking ask a service, as the server does.
type byMemory struct{ s *Service }

func (m byMemory) Decide(a booking.Ask) booking.Verdict {
	v := m.s.Decide(&Ask{Workspace: a.Workspace, Charger: a.Charger, EVSE: a.EVSE, Token: a.Token, Now: a.Now, Source: a.Source})
	return booking.Verdict{Allowed: v.Allowed(), Reason: v.Reason, Card: v.Card(), Person: v.Person()}
}

func (h *house) bookings(s *Service) *booking.Service {
	return &booking.Service{DB: h.d, Numbers: &charge.Numbers{DB: h.d}, Decide: byMemory{s}}
}

// settings changes the workspace's settings as the console does.
func (h *house) settings(change func(*workspace.Workspace)) {
	h.t.Helper()
	var w workspace.Workspace
	h.do(func(tx *db.Tx) (err error) {
		w, err = workspace.ByID(tx, h.by.Workspace)
		return err
	})
	change(&w)
	h.must((&enter.Service{DB: h.d}).Settings(h.t.Context(), h.by, w))
}

// wantAt is want at an EVSE.
func (h *house) wantAt(s *Service, number string, at id.Charger, evse int64, want decision.Reason) {
	h.t.Helper()
	a := h.ask(number, at)
	a.EVSE = evse
	if got := s.Decide(a).Reason; got != want {
		h.t.Errorf("%s at %q, EVSE %d: %s, want %s", number, at, evse, got, want)
	}
}

// TestOneSessionAtATime begins a session, of OCPP 1.6 and of 2.0.1, and taps the
// same card elsewhere, at the same charger and at the same EVSE.
func TestOneSessionAtATime(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d, "one", workspace.Everyone)
		yard := h.location(false)
		here, there := h.charger(yard), h.charger(h.location(false))
		ann := h.person()
		number, _ := h.card(ann)
		other, _ := h.card(ann)
		s := loaded(t, d)
		b := h.bookings(s)
		for protocol, session := range map[string]struct{ begin, end func(at id.Charger) string }{
			"1.6": {
				func(at id.Charger) string {
					tx, v, err := b.Start(t.Context(), h.by.Workspace, at, booking.StartInfo{EVSE: 1, Token: number, At: time.Now(), Received: time.Now()})
					h.must(err)
					h.last = tx
					return string(v.Reason)
				},
				func(at id.Charger) string {
					_, err := b.Stop(t.Context(), h.by.Workspace, at, booking.StopInfo{TxID: text(h.last), Token: number, MeterWh: 10, At: time.Now(), Received: time.Now()})
					h.must(err)
					return ""
				},
			},
			"2.0.1": {
				func(at id.Charger) string {
					v, err := b.Event(t.Context(), h.by.Workspace, at, booking.EventInfo{Phase: booking.PhaseStarted, TxID: "a", EVSE: 1, Token: number, At: time.Now(), Received: time.Now()})
					h.must(err)
					return string(v.Reason)
				},
				func(at id.Charger) string {
					_, err := b.Event(t.Context(), h.by.Workspace, at, booking.EventInfo{Phase: booking.PhaseEnded, TxID: "a", Token: number, At: time.Now(), Received: time.Now()})
					h.must(err)
					return ""
				},
			},
		} {
			if got := session.begin(here); got != string(decision.Allowed) {
				t.Fatalf("%s: the start is answered %s", protocol, got)
			}
			h.refresh(s)
			for name, m := range map[string]*Service{"followed": s, "afresh": loaded(t, d)} {
				t.Log(protocol, name)
				h.want(m, number, there, decision.Concurrent)
				h.wantAt(m, number, there, 1, decision.Concurrent)
				h.wantAt(m, number, here, 2, decision.Concurrent)
				h.want(m, number, here, decision.Allowed) // to end it
				h.wantAt(m, number, here, 1, decision.Allowed)
				h.want(m, other, there, decision.Allowed) // a card of its own
				h.want(m, number, "", decision.Allowed)
			}
			h.settings(func(w *workspace.Workspace) { w.UserSessions = 1 })
			h.refresh(s)
			h.want(s, other, there, decision.Concurrent)
			h.settings(func(w *workspace.Workspace) { w.CardSessions, w.UserSessions = 2, 0 })
			h.refresh(s)
			h.want(s, number, there, decision.Allowed)
			h.settings(func(w *workspace.Workspace) { w.CardSessions = 1 })

			// A second start is booked, refused, and keeps the card from nothing.
			h.refresh(s)
			tx, v, err := b.Start(t.Context(), h.by.Workspace, there, booking.StartInfo{EVSE: 1, Token: number, At: time.Now(), Received: time.Now()})
			h.must(err)
			if tx <= 0 || v.Reason != decision.Concurrent {
				t.Errorf("%s: the second start got %d and %s", protocol, tx, v.Reason)
			}
			h.refresh(s)
			h.want(s, number, here, decision.Allowed)
			session.end(here)
			h.refresh(s)
			h.want(s, number, there, decision.Allowed)
			_, err = b.Stop(t.Context(), h.by.Workspace, there, booking.StopInfo{TxID: text(tx), MeterWh: 1, At: time.Now(), Received: time.Now()})
			h.must(err)
		}

		// An end that was lost locks nobody out for ever.
		_, _, err := b.Start(t.Context(), h.by.Workspace, here, booking.StartInfo{EVSE: 1, Token: number, At: time.Now(), Received: time.Now()})
		h.must(err)
		h.refresh(s)
		h.want(s, number, there, decision.Concurrent)
		a := h.ask(number, there)
		a.Now = a.Now.Add(25 * time.Hour)
		if got := s.Decide(a).Reason; got != decision.Allowed {
			t.Errorf("a day later: %s", got)
		}
	})
}

func text(n int32) string { return strconv.Itoa(int(n)) }

// run is a session of a crowd.
type run struct {
	at id.Charger
	tx int32
}

// plugIn begins a session, which may be refused.
func (c *crowd) plugIn() string {
	at, number := any1(c, c.chargers), any1(c, c.numbers)
	if at == "" || number == "" {
		return "nowhere to plug in"
	}
	now := time.Now().Add(-time.Duration(c.r.IntN(30)) * time.Hour)
	tx, _, err := c.booking.Start(c.t.Context(), c.by.Workspace, at, booking.StartInfo{EVSE: 1 + c.r.Int64N(2), Token: number, At: now, Received: now})
	c.must(err)
	c.runs = append(c.runs, run{at, tx})
	return "plug in"
}

func (c *crowd) unplug() string {
	r := any1(c, c.runs)
	if r.tx == 0 {
		return "nothing to unplug"
	}
	_, err := c.booking.Stop(c.t.Context(), c.by.Workspace, r.at, booking.StopInfo{TxID: text(r.tx), At: time.Now(), Received: time.Now()})
	c.must(err)
	return "unplug"
}
