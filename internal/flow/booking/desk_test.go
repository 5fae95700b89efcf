package booking_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"involt/internal/core/charge"
	"involt/internal/core/decision"
	"involt/internal/core/id"
	"involt/internal/flow/booking"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/spool"
)

// desk is a Desk whose database can be away, and whose server can die.
type desk struct {
	*booking.Desk
	w    *world
	dir  string
	stop func()

	mu     sync.Mutex // guards what follows
	halted []string
	told   []booking.Outage
	began  []string
	over   []string
}

func (w *world) desk(dir string) *desk {
	w.t.Helper()
	d := &desk{w: w, dir: dir, stop: func() {}}
	d.open()
	w.t.Cleanup(d.close)
	return d
}

func (d *desk) open() {
	d.w.t.Helper()
	messages, err := spool.Open(filepath.Join(d.dir, "messages"), spool.Options{File: 2000})
	if err != nil {
		d.w.t.Fatal(err)
	}
	aside, err := spool.Open(filepath.Join(d.dir, "aside"), spool.Options{})
	if err != nil {
		d.w.t.Fatal(err)
	}
	stock, err := spool.OpenStock(filepath.Join(d.dir, "numbers"))
	if err != nil {
		d.w.t.Fatal(err)
	}
	book := &booking.Service{DB: d.w.DB, Numbers: &charge.Numbers{DB: d.w.DB, Stock: stock}, Decide: d.w}
	if _, away := d.w.DB.Failing(); !away {
		if err := book.Numbers.SetAside(d.w.ctx); err != nil {
			d.w.t.Fatal(err)
		}
	}
	d.Desk = &booking.Desk{
		Book: book, Now: time.Now, Spool: messages, Aside: aside,
		Halt: func(_ id.Workspace, _ id.Charger, tx string) {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.halted = append(d.halted, tx)
		},
		Told: func(_ context.Context, o booking.Outage) error {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.told = append(d.told, o)
			return nil
		},
		Began: func(c charge.Charge) { d.began = append(d.began, c.TxID) },
		Over:  func(_ id.Workspace, _ id.Charger, tx string) { d.over = append(d.over, tx) },
	}
	if err := d.Open(); err != nil {
		d.w.t.Fatal(err)
	}
}

func (d *desk) close() {
	d.stop()
	_ = d.Spool.Close()
	_ = d.Aside.Close()
}

// dies ends the server and starts it again.
func (d *desk) dies() {
	d.w.t.Helper()
	d.close()
	d.open()
}

// run has the journal drained until the end of the test, or the server's.
func (d *desk) run() {
	ctx, cancel := context.WithCancel(d.w.ctx)
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	d.stop = func() { cancel(); <-done; d.stop = func() {} }
}

// until waits for a condition.
func (w *world) until(what string, done func() bool) {
	w.t.Helper()
	late := time.NewTimer(30 * time.Second)
	defer late.Stop()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-late.C:
			w.t.Fatalf("waited thirty seconds and still not: %s", what)
		}
	}
}

func (d *desk) drained() {
	d.w.t.Helper()
	d.run()
	d.w.until("the journal is booked", func() bool { return d.Waiting() == 0 })
	d.stop()
}

func (d *desk) begin(i booking.StartInfo) (int32, booking.Verdict) {
	d.w.t.Helper()
	if i.Token == "" {
		i.Token = known
	}
	if i.EVSE == 0 {
		i.EVSE = 1
	}
	if i.Received.IsZero() {
		i.Received = time.Now()
	}
	n, v, err := d.Start(d.w.ctx, d.w.ws, d.w.charger, i)
	if err != nil || n <= 0 {
		d.w.t.Fatalf("number %d: %v", n, err)
	}
	return n, v
}

func (d *desk) end(n int32, meter int64, at time.Time) {
	d.w.t.Helper()
	if _, err := d.Stop(d.w.ctx, d.w.ws, d.w.charger, booking.StopInfo{TxID: text(n), MeterWh: meter, At: at, Received: time.Now()}); err != nil {
		d.w.t.Fatal(err)
	}
}

func (d *desk) says(tx string, wh int64, at time.Time) {
	d.w.t.Helper()
	if err := d.Meter(d.w.ctx, d.w.ws, d.w.charger, booking.MeterInfo{TxID: tx, EVSE: 1, Received: time.Now(), Readings: []booking.Reading{{At: at, EnergyWh: &wh}}}); err != nil {
		d.w.t.Fatal(err)
	}
}

// sessions lists all of them as text: number, status, energy.
func (w *world) sessions() (list []string) {
	w.t.Helper()
	w.do(func(tx *db.Tx) (err error) {
		list, err = db.All(tx, func(row db.Scanner) (string, error) {
			var no, status string
			var wh int64
			err := row.Scan(&no, &status, &wh)
			return no + " " + status + " " + strconv.FormatInt(wh, 10), err
		}, `SELECT tx_id, status, wh FROM charge ORDER BY meter_start, started_at, id`)
		return err
	})
	return list
}

func TestWhatChargersSayWhileTheDatabaseIsAwayIsBookedAfterwards(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		d := w.desk(t.TempDir())
		now := time.Now().UTC().Truncate(time.Millisecond)
		before, _ := d.begin(booking.StartInfo{MeterWh: 100, At: now.Add(-time.Minute)})
		w.DB.Hold()
		held, _ := w.DB.Failing()
		d.end(before, 150, now)
		n, v := d.begin(booking.StartInfo{MeterWh: 200, At: now.Add(time.Second)})
		equal(t, "allowed", v.Allowed, true)
		equal(t, "parent", v.Parent, "G")
		equal(t, "away since", v.AwaySince, held)
		d.says(text(n), 230, now.Add(2*time.Second))
		d.end(n, 260, now.Add(3*time.Second))
		r, v := d.begin(booking.StartInfo{Token: refused, MeterWh: 300, At: now.Add(4 * time.Second)})
		equal(t, "refused", v.Reason, decision.UnknownCard)
		for i, phase := range []booking.Phase{booking.PhaseStarted, booking.PhaseUpdated, booking.PhaseEnded} {
			wh := int64(1000 + 40*i)
			e := booking.EventInfo{Phase: phase, TxID: "X1", EVSE: 2, Received: time.Now(), At: now.Add(time.Duration(i) * time.Second), Readings: []booking.Reading{{At: now.Add(time.Duration(i) * time.Second), EnergyWh: &wh}}}
			if i == 0 {
				e.Token = known
			}
			if _, err := d.Event(w.ctx, w.ws, w.charger, e); err != nil {
				t.Fatal(err)
			}
		}
		equal(t, "kept", d.Waiting(), 8)
		if got := w.sessions(); !slices.Equal(got, []string{text(before) + " running 0"}) {
			t.Errorf("the database was asked: %v", got)
		}
		d.dies()
		equal(t, "kept after a crash", d.Waiting(), 8)
		w.DB.Release()
		d.drained()
		if got, want := w.sessions(), []string{text(before) + " ended 50", text(n) + " ended 60", text(r) + " running 0", "X1 ended 80"}; !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
		c := w.session(text(n))
		equal(t, "marked", c.AwaySince.Sub(held).Abs() < time.Second, true)
		equal(t, "reported late", c.Offline, false)
		equal(t, "person", c.Person, w.person)
		equal(t, "received", c.Received.Sub(now).Abs() < time.Minute, true)
		equal(t, "before", w.session(text(before)).AwaySince.IsZero(), true)
	})
}

func TestOutagesAreToldOnceTheyAreDealtWith(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		d := w.desk(t.TempDir())
		w.DB.Hold()
		held, _ := w.DB.Failing()
		n, _ := d.begin(booking.StartInfo{MeterWh: 200, At: time.Now()})
		d.dies()
		d.end(n, 210, time.Now())
		w.DB.Release()
		d.run()
		told := func() []booking.Outage {
			d.mu.Lock()
			defer d.mu.Unlock()
			return slices.Clone(d.told)
		}
		w.until("somebody is told", func() bool { return len(told()) > 0 })
		equal(t, "messages", told()[0].Kept[w.ws], 2)
		equal(t, "from", told()[0].From.Equal(held), true)
		equal(t, "waiting", d.Waiting(), 0)
		d.stop()
		if _, any := d.Outage(); any || len(d.told) != 1 {
			t.Errorf("told %d times; is there still one? %v", len(d.told), any)
		}
	})
}

// copied is a folder as a crash right now would leave it.
func copied(t *testing.T, from string) (to string) {
	t.Helper()
	to = t.TempDir()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return to
}

func TestDrainingTheJournalAgainDoublesNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		d := w.desk(t.TempDir())
		w.DB.Hold()
		now := time.Now().UTC().Truncate(time.Millisecond)
		for i := range int64(4) {
			at := now.Add(time.Duration(i) * time.Minute)
			if i%2 == 1 {
				at = time.Time{} // without a clock, and its meter does not count: all starts are alike
			}
			n, _ := d.begin(booking.StartInfo{MeterWh: 500 * (1 - i%2), At: at})
			d.says(text(n), 500+10*i, at)
			d.end(n, 500+20*i, at)
		}
		wh := int64(77)
		for range 2 {
			if _, err := d.Event(w.ctx, w.ws, w.charger, booking.EventInfo{Phase: booking.PhaseEnded, TxID: "E1", EVSE: 2, Token: known, Received: now, At: now, Readings: []booking.Reading{{At: now, EnergyWh: &wh}}}); err != nil {
				t.Fatal(err)
			}
		}
		crash := w.desk(copied(t, d.dir))
		w.DB.Release()
		d.drained()
		first, told := w.sessions(), w.told()
		if len(first) != 5 {
			t.Fatalf("%d sessions: %q", len(first), first)
		}
		samples := w.count("charge_sample")
		crash.drained()
		if got := w.sessions(); !slices.Equal(got, first) {
			t.Errorf("booked again: %q\nbefore: %q", got, first)
		}
		if got := w.told(); !slices.Equal(got, told) {
			t.Errorf("told again: %q\nbefore: %q", got, told)
		}
		equal(t, "samples", w.count("charge_sample"), samples)
		equal(t, "orphans", w.count("orphan_stop"), 0)
		equal(t, "put aside", crash.Aside.Len(), 0)
		w.do(func(tx *db.Tx) error {
			var n int64
			if err := tx.Row(`SELECT COUNT(*) FROM charge WHERE conflict <> ''`, nil, &n); err != nil || n != 0 {
				t.Errorf("%d sessions have two ends, %v", n, err)
			}
			return nil
		})
	})
}

func TestNothingIsAcknowledgedThatIsNotInTheJournal(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		d := w.desk(t.TempDir())
		w.DB.Hold()
		if err := d.Spool.Close(); err != nil { // no disk takes anything any more
			t.Fatal(err)
		}
		i := booking.StartInfo{EVSE: 1, Token: known, MeterWh: 5, At: w.now, Received: time.Now()}
		if n, _, err := d.Start(w.ctx, w.ws, w.charger, i); errs.KindOf(err) != errs.Unavailable || n != 0 {
			t.Errorf("a start got the number %d, %v", n, err)
		}
		if _, err := d.Stop(w.ctx, w.ws, w.charger, booking.StopInfo{TxID: "1", MeterWh: 5, At: w.now, Received: time.Now()}); err == nil {
			t.Error("an end was acknowledged")
		}
		wh := int64(7)
		reading := []booking.Reading{{At: w.now, EnergyWh: &wh}}
		if err := d.Meter(w.ctx, w.ws, w.charger, booking.MeterInfo{TxID: "1", Readings: reading, Received: time.Now()}); err == nil {
			t.Error("meter values were acknowledged")
		}
		if _, err := d.Event(w.ctx, w.ws, w.charger, booking.EventInfo{Phase: booking.PhaseStarted, TxID: "E", Token: known, Readings: reading, Received: time.Now()}); err == nil {
			t.Error("an event was acknowledged")
		}
		w.DB.Release()
		if n, _, err := d.Start(w.ctx, w.ws, w.charger, i); err != nil || n <= 0 {
			t.Errorf("with the database back the journal is not needed: %d, %v", n, err)
		}
		equal(t, "sessions", w.count("charge"), 1)
	})
}

func TestARepeatedStartKeepsItsNumberWhileTheDatabaseIsAway(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		d := w.desk(t.TempDir())
		w.DB.Hold()
		i := booking.StartInfo{MeterWh: 5, At: w.now}
		n, _ := d.begin(i)
		again, v := d.begin(i)
		equal(t, "number", again, n)
		equal(t, "allowed", v.Allowed, true)
		equal(t, "asked", len(w.asked), 1)
		d.dies()
		again, _ = d.begin(i)
		equal(t, "number after a crash", again, n)
		equal(t, "kept", d.Waiting(), 1)
		other, _ := d.begin(booking.StartInfo{MeterWh: 6, At: w.now})
		if other == n {
			t.Errorf("another start got the number %d too", n)
		}
	})
}

func TestAStartThatTheDatabaseHasAlreadyIsKnownByBothNumbers(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		d := w.desk(t.TempDir())
		i := booking.StartInfo{MeterWh: 1000, At: w.now}
		first, _ := d.begin(i) // whose answer does not reach the charger
		w.DB.Hold()
		second, _ := d.begin(i)
		if first == second {
			t.Fatal("nobody could know")
		}
		crash := w.desk(copied(t, d.dir))
		d.end(second, 1600, w.now.Add(time.Hour))
		w.DB.Release()
		d.drained()
		crash.drained()
		if got, want := w.sessions(), []string{text(second) + " ended 600"}; !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
		d.end(first, 1600, w.now.Add(time.Hour)) // no orphan either
		equal(t, "orphans", w.count("orphan_stop"), 0)
	})
}

// Another replica may hear of the end before this one could book the start.
func TestAnEndThatWasToldElsewhereFindsItsStart(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		d := w.desk(t.TempDir())
		w.DB.Hold()
		n, _ := d.begin(booking.StartInfo{MeterWh: 1000, At: w.now})
		w.DB.Release()
		w.stop(text(n), time.Hour, 900, "Local") // its meter ran backwards: by its figures alone it fits nothing
		equal(t, "orphans", w.count("orphan_stop"), 1)
		d.drained()
		c := w.session(text(n))
		equal(t, "status", c.Status, charge.Ended)
	})
}

func TestWhatAChargerSaysWaitsBehindWhatItSaidBefore(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		d := w.desk(t.TempDir())
		w.DB.Hold()
		n, _ := d.begin(booking.StartInfo{MeterWh: 10, At: w.now})
		w.DB.Release() // and nobody drains the journal yet
		d.end(n, 30, w.now.Add(time.Minute))
		equal(t, "kept", d.Waiting(), 2)
		equal(t, "sessions", w.count("charge"), 0)
		equal(t, "orphans", w.count("orphan_stop"), 0)
		d.dies()
		d.says(text(n), 25, w.now.Add(time.Second))
		equal(t, "kept after a crash", d.Waiting(), 3)
		d.drained()
		if got, want := w.sessions(), []string{text(n) + " ended 20"}; !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
		next, _ := d.begin(booking.StartInfo{MeterWh: 50, At: w.now.Add(2 * time.Hour)})
		equal(t, "kept with all booked", d.Waiting(), 0)
		equal(t, "sessions", w.session(text(next)).Status, charge.Running)
	})
}
