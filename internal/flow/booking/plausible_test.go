package booking_test

import (
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"involt/internal/core/charge"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/flow/booking"
	"involt/internal/flow/settle"
	"involt/internal/kit/db"
	"involt/internal/kit/job"
)

func raw(wh int64) string { return strconv.FormatInt(wh, 10) + " Wh" }

func TestMeterThatCannotStandThereCountsNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for i, wh := range []int64{9_000_000_000_000_000_000, math.MaxInt64, math.MinInt64, -1, 1_000_000_000_001} {
			at := time.Duration(i) * 24 * time.Hour
			// The end says it, and says it again.
			n, _ := w.start(1, known, at, 1000)
			w.stop(text(n), at+time.Hour, wh, "Local")
			w.stop(text(n), at+time.Hour, wh, "Local")
			c := w.session(text(n))
			if c.Status != charge.Ended || c.Wh != 0 || c.MeterNow != 1000 || strings.Count(c.Conflict, raw(wh)) != 1 || strings.Contains(c.Conflict, "Another end") {
				t.Errorf("end at %d: %+v", wh, c)
			}
			// Readings in between were fine.
			n, _ = w.start(1, known, at+2*time.Hour, 1000)
			w.meter(text(n), at+3*time.Hour, 6000, 11_000)
			w.stop(text(n), at+4*time.Hour, wh, "Local")
			if c := w.session(text(n)); c.Wh != 5000 || !strings.Contains(c.Conflict, raw(wh)) {
				t.Errorf("end at %d after a reading: %+v", wh, c)
			}
			// The start says it.
			n, v := w.start(1, known, at+5*time.Hour, wh)
			again, _ := w.start(1, known, at+5*time.Hour, wh)
			equal(t, "the repeat", again, n)
			w.stop(text(n), at+6*time.Hour, 5000, "Local")
			if c := w.session(text(n)); !v.Allowed || c.Wh != 0 || c.MeterStart != charge.Unknown || !strings.Contains(c.Conflict, raw(wh)) {
				t.Errorf("start at %d: %+v", wh, c)
			}
			// One reading among others says it.
			n, _ = w.start(1, known, at+7*time.Hour, 1000)
			w.meter(text(n), at+8*time.Hour, wh, math.MaxInt64)
			if c := w.session(text(n)); c.Wh != 0 || c.PowerW != 0 || c.MeterNow != 1000 || !strings.Contains(c.Conflict, raw(wh)) {
				t.Errorf("reading of %d: %+v", wh, c)
			}
			w.stop(text(n), at+9*time.Hour, 3000, "Local")
			equal(t, "energy", w.session(text(n)).Wh, 2000)
			// OCPP 2.0.1.
			tx := "T" + text(n)
			w.event(booking.PhaseStarted, tx, at+10*time.Hour, 1000, token(known))
			w.event(booking.PhaseUpdated, tx, at+11*time.Hour, 4000)
			for range 2 {
				w.event(booking.PhaseEnded, tx, at+12*time.Hour, -1, func(e *booking.EventInfo) {
					e.Readings = []booking.Reading{{At: e.At, EnergyWh: &wh}}
				})
			}
			if c := w.session(tx); c.Wh != 3000 || strings.Count(c.Conflict, raw(wh)) != 1 {
				t.Errorf("event at %d: %+v", wh, c)
			}
		}
	})
}

func TestMoreThanASessionCanTakeCountsNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		n, _ := w.start(1, known, 0, 0)
		w.meter(text(n), time.Minute, 900_000_000_000, 0)
		equal(t, "energy so far", w.session(text(n)).Wh, 0)
		next, _ := w.start(1, known, time.Hour, 0) // the first is over, and nobody said how
		if c := w.session(text(n)); c.StopReason != booking.Lost || c.Wh != 0 || !strings.Contains(c.Conflict, raw(900_000_000_000)) {
			t.Errorf("the lost one: %+v", c)
		}
		w.stop(text(next), 2*time.Hour, 100_000_001, "Local")
		if c := w.session(text(next)); c.Wh != 0 || !strings.Contains(c.Conflict, raw(100_000_001)) {
			t.Errorf("100 MWh and 1 Wh: %+v", c)
		}
		last, _ := w.start(1, known, 3*time.Hour, 0)
		w.stop(text(last), 4*time.Hour, 100_000_000, "Local")
		if c := w.session(text(last)); c.Wh != 100_000_000 || c.Conflict != "" {
			t.Errorf("100 MWh: %+v", c)
		}
	})
}

func TestAbsurdMeterHoldsUpNobodysUsage(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		p, pool := &journal.Post{DB: w.DB}, &job.Pool{DB: w.DB}
		p.Subscribe(settle.Reader())
		p.Jobs(pool)
		for i := range 3 {
			at := time.Duration(i) * time.Hour
			n, _ := w.start(1, known, at, 0)
			w.stop(text(n), at+time.Minute, 9_000_000_000_000_000_000, "Local")
		}
		n, _ := w.start(1, known, 4*time.Hour, 0)
		w.stop(text(n), 5*time.Hour, 7000, "Local")
		if err := p.SealNow(w.ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := pool.RunDue(w.ctx); err != nil {
			t.Fatal(err)
		}
		w.do(func(tx *db.Tx) error {
			who, err := person.ByID(tx, w.ws, w.person)
			equal(t, "sessions", who.Sessions, 4)
			equal(t, "energy", who.Wh, 7000)
			return err
		})
	})
}

// What no database takes must not make a charger repeat itself for ever.
func TestTokensThatNoDatabaseTakesAreBooked(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for i, tok := range []string{
			"a" + strings.Repeat("é", 19), // 20 characters: byte 36 is in the middle of one
			"AB\x00CD",
			"AB\xffCD\xc3",
			"\x00",
			strings.Repeat("z", 35) + "\x00€",
		} {
			at := w.now.Add(time.Duration(i) * time.Minute)
			n, _, err := w.Start(w.ctx, w.ws, w.charger, booking.StartInfo{EVSE: 1, Token: tok, MeterWh: 1, At: at, Received: at})
			if err != nil {
				t.Errorf("start with %q: %v", tok, err)
			}
			if _, err = w.Stop(w.ctx, w.ws, w.charger, booking.StopInfo{TxID: text(n), Token: tok, MeterWh: 1, At: at, Received: at}); err != nil {
				t.Errorf("stop with %q: %v", tok, err)
			}
			if _, err = w.Stop(w.ctx, w.ws, w.charger, booking.StopInfo{TxID: "999" + text(n), Token: tok, MeterWh: 5, At: at, Received: at}); err != nil {
				t.Errorf("stop of no known session with %q: %v", tok, err)
			}
			for _, phase := range []booking.Phase{booking.PhaseStarted, booking.PhaseEnded} {
				if _, err = w.Event(w.ctx, w.ws, w.charger, booking.EventInfo{Phase: phase, TxID: "T" + text(n) + tok, EVSE: 2, Token: tok, TokenType: "Central", At: at, Received: at}); err != nil {
					t.Errorf("event %s with %q: %v", phase, tok, err)
				}
			}
			// Another card for the same session is remarked.
			if _, err = w.Event(w.ctx, w.ws, w.charger, booking.EventInfo{Phase: booking.PhaseUpdated, TxID: "T" + text(n) + tok, EVSE: 2, Token: tok + "x" + tok, At: at, Received: at}); err != nil {
				t.Errorf("event with another card than %q: %v", tok, err)
			}
		}
		equal(t, "orphans", w.count("orphan_stop"), 5)
		equal(t, "sessions", w.count("charge"), 10)
	})
}

// A charger that was moved from 1.6 to 2.0.1 counts its own transactions, and
// comes to the numbers that it was given before.
func TestEachProtocolHasItsOwnTransactionNumbers(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		n, _ := w.start(1, known, 0, 1000)
		w.stop(text(n), time.Hour, 2000, "Local")
		at := w.now.Add(2 * time.Hour)
		for phase, wh := range map[booking.Phase]int64{booking.PhaseStarted: 5000, booking.PhaseEnded: 9000} {
			took := at.Add(time.Duration(wh) * time.Second)
			_, err := w.Event(w.ctx, w.ws, w.charger, booking.EventInfo{
				Phase: phase, TxID: text(n), EVSE: 1, Token: known, At: took, Received: took, Readings: []booking.Reading{{At: took, EnergyWh: &wh}},
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		w.stop(text(n), time.Hour, 2000, "Local") // a repeat that waited
		w.do(func(tx *db.Tx) error {
			for protocol, wh := range map[string]int64{"ocpp1.6": 1000, "ocpp2.0.1": 4000} {
				c, err := charge.ByTxID(tx, w.ws, w.charger, protocol, text(n))
				if err != nil || c.Wh != wh || c.Conflict != "" {
					t.Errorf("%s: %+v, %v", protocol, c, err)
				}
			}
			return nil
		})
		equal(t, "sessions", w.count("charge"), 2)
	})
}
