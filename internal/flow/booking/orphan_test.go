package booking_test

import (
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/charge"
	"involt/internal/flow/booking"
	"involt/internal/kit/errs"
)

// TestThreat shows rows of RELIABILITY.md. A short run has a twentieth of the ends.
func TestThreat(t *testing.T) {
	t.Run("R59_ends_without_a_start", func(t *testing.T) { each(t, endsWithoutAStart) })
	t.Run("R60_numbers_of_two_replicas_and_outages", func(t *testing.T) { each(t, numbersOfTwoReplicas) })
}

// endsWithoutAStart lets ends come of which nobody has heard a start, under numbers
// that chargers make up, and then the starts, in any order: all are parked, none
// is refused, and at least 99 in 100 find each other.
func endsWithoutAStart(t *testing.T, w *world) {
	n := 250
	if os.Getenv("INVOLT_THREATS") == "full" {
		n = 5000
	}
	r := rand.New(rand.NewPCG(59, 1))
	type one struct {
		evse, meter, used int64
		begin, end        time.Time
		tok               string
	}
	var all []one
	meters := [2]int64{1_000, 5_000_000}
	at := w.now.Add(-time.Duration(n) * time.Hour)
	for i := range n {
		o := one{evse: int64(i%2) + 1, used: r.Int64N(40_000), tok: known, begin: at.Add(time.Duration(r.IntN(10)) * time.Minute)}
		o.meter = meters[i%2]
		meters[i%2] += o.used
		o.end = o.begin.Add(35*time.Minute + time.Duration(r.IntN(14))*time.Minute)
		all = append(all, o)
		at = at.Add(30 * time.Minute) // two cars charge at once, at two EVSEs
	}
	numbers := []string{"0", "-1", "9223372036854775807", "17"}
	for i, o := range all {
		tok := o.tok
		if i%3 == 0 {
			tok = "" // the car was unplugged
		}
		for range 2 { // each is told twice
			if _, err := w.Stop(w.ctx, w.ws, w.charger, booking.StopInfo{TxID: numbers[i%len(numbers)], Token: tok, MeterWh: o.meter + o.used, Reason: "EVDisconnected", At: o.end, Received: w.now}); err != nil {
				t.Fatal(err)
			}
		}
	}
	equal(t, "parked", w.count("orphan_stop"), int64(n))
	r.Shuffle(n, func(i, j int) { all[i], all[j] = all[j], all[i] })
	right := 0
	for _, o := range all {
		number, _, err := w.Start(w.ctx, w.ws, w.charger, booking.StartInfo{EVSE: o.evse, Token: o.tok, MeterWh: o.meter, At: o.begin, Received: w.now})
		if err != nil {
			t.Fatal(err)
		}
		if c := w.session(text(number)); c.Status == charge.Ended && c.Ended.Equal(o.end) && c.Wh == o.used && c.StopReason == "EVDisconnected" {
			right++
		}
	}
	t.Logf("%d of %d found their start", right, n)
	if right*100 < n*99 {
		t.Errorf("only %d of %d ends found their start", right, n)
	}
	equal(t, "sessions", w.count("charge"), int64(n))
}

func TestAnEndFindsItsStartAndNoOther(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		stop := func(tx, tok string, after time.Duration, meter int64) {
			t.Helper()
			at := w.now.Add(after)
			if _, err := w.Stop(w.ctx, w.ws, w.charger, booking.StopInfo{TxID: tx, Token: tok, MeterWh: meter, At: at, Received: at}); err != nil {
				t.Fatal(err)
			}
		}
		waits := func(want int) {
			t.Helper()
			list, err := w.Orphans(w.ctx, access.System(w.ws, "test"), false)
			if err != nil || len(list) != want {
				t.Errorf("%d wait, want %d: %+v, %v", len(list), want, list, err)
			}
		}
		stop("-1", known, time.Hour, 5000)
		waits(1)
		n, _ := w.start(1, refused, 0, 1000) // another card
		equal(t, "another card's", w.session(text(n)).Status, charge.Running)
		n, _ = w.start(2, known, 2*time.Hour, 1000) // later than the end
		equal(t, "a later one", w.session(text(n)).Status, charge.Running)
		n, _ = w.start(2, known, 0, 6000) // the meter had counted more
		equal(t, "one of a higher meter", w.session(text(n)).Status, charge.Running)
		n, _ = w.start(2, known, time.Minute, 1000)
		c := w.session(text(n))
		if c.Status != charge.Ended || c.Wh != 4000 || !c.Ended.Equal(w.now.Add(time.Hour)) {
			t.Errorf("its own: %+v", c)
		}
		again, _ := w.start(2, known, time.Minute, 1000)
		equal(t, "the start told again", again, n)
		waits(0)
		list, err := w.Orphans(w.ctx, access.System(w.ws, "test"), true)
		if err != nil || len(list) != 1 || list[0].Charge != c.ID || list[0].ChargerName != "CP1" {
			t.Errorf("all: %+v, %v", list, err)
		}
		if _, err := w.Orphans(w.ctx, access.Actor{Workspace: w.ws, Perms: access.PlacesRead}, true); errs.KindOf(err) != errs.Denied {
			t.Errorf("without the permission: %v", err)
		}
	})
}
