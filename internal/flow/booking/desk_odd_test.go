package booking_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"involt/internal/core/charge"
	"involt/internal/core/decision"
	"involt/internal/core/id"
	"involt/internal/flow/booking"
	"involt/internal/kit/db"
	"involt/internal/kit/spool"
)

func TestAMessageThatTheDatabaseNeverTakesHoldsUpNoOther(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		d := w.desk(t.TempDir())
		w.DB.Hold()
		if _, _, err := d.Start(w.ctx, w.ws, id.New[id.Charger](), booking.StartInfo{EVSE: 1, Token: known, MeterWh: 5, At: w.now, Received: time.Now()}); err != nil {
			t.Fatal(err)
		}
		n, _ := d.begin(booking.StartInfo{MeterWh: 10, At: w.now})
		w.DB.Release()
		d.drained()
		if got, want := w.sessions(), []string{text(n) + " running 0"}; !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
		_, aside := d.Drained()
		equal(t, "put aside", aside, 1)
		equal(t, "put aside on the disk", d.Aside.Len(), 1)
	})
}

func TestASessionThatOnlyAnOutageLetBeginIsStoppedAtItsLimit(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		d := w.desk(t.TempDir())
		d.Book.Decide = generous{w}
		w.DB.Hold()
		n, v := d.begin(booking.StartInfo{Token: refused, MeterWh: 1000, At: w.now})
		equal(t, "allowed", v.Allowed, true)
		d.says(text(n), 5999, w.now.Add(time.Minute))
		d.dies()
		d.Book.Decide = generous{w}
		if len(d.halted) != 0 {
			t.Fatalf("stopped too soon: %v", d.halted)
		}
		d.says(text(n), 6000, w.now.Add(2*time.Minute))
		d.says(text(n), 6001, w.now.Add(3*time.Minute)) // it is given time to obey
		if !slices.Equal(d.halted, []string{text(n)}) {
			t.Fatalf("stopped: %v", d.halted)
		}
		w.DB.Release()
		d.drained()
		c := w.session(text(n))
		equal(t, "marked", c.Speculative, true)
		equal(t, "without a card", c.Card, "")
		if !slices.Equal(d.began, nil) {
			t.Errorf("sessions of unknown cards count: %v", d.began)
		}
	})
}

// generous lets everybody charge, up to 5 kWh.
type generous struct{ *world }

func (g generous) Decide(ask booking.Ask) booking.Verdict {
	v := g.world.Decide(ask)
	if !v.Allowed {
		v.Allowed, v.Reason, v.Speculative, v.CapWh = true, decision.Allowed, true, 5000
	}
	return v
}

// A database that says nothing is away, and does not hold the charger up for long.
func TestASilentDatabaseCountsAsAway(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		d := w.desk(t.TempDir())
		release := make(chan struct{})
		locked := make(chan error, 1)
		in := make(chan struct{})
		go func() {
			locked <- w.DB.Update(w.ctx, func(tx *db.Tx) error { // holds what a start needs, on both engines
				lock := `UPDATE charger SET version = version + 1 WHERE workspace = '` + string(w.ws) + `'`
				if tx.Postgres() {
					lock = `LOCK TABLE charge IN ACCESS EXCLUSIVE MODE`
				}
				if _, err := tx.Exec(lock); err != nil {
					return err
				}
				close(in)
				<-release
				return errors.New("never mind")
			})
		}()
		<-in
		began := time.Now()
		n, v := d.begin(booking.StartInfo{MeterWh: 10, At: w.now})
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("the charger waited for %s", took)
		}
		equal(t, "allowed", v.Allowed, true)
		equal(t, "kept", d.Waiting(), 1)
		close(release)
		<-locked
		d.drained()
		if got, want := w.sessions(), []string{text(n) + " running 0"}; !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	})
}

// numbersOfTwoReplicas has two replicas give out numbers while the database comes and
// goes and they are killed.
func numbersOfTwoReplicas(t *testing.T, w *world) {
	each := 6_000
	if os.Getenv("INVOLT_THREATS") == "full" {
		each = 500_000
	}
	var all sync.WaitGroup
	lists := make([][]int32, 2)
	for r := range lists {
		dir := filepath.Join(t.TempDir(), "numbers")
		all.Go(func() {
			chance := rand.New(rand.NewPCG(uint64(r), uint64(time.Now().UnixNano())))
			var n *charge.Numbers
			for len(lists[r]) < each {
				if n == nil || chance.IntN(200) == 0 { // killed, with numbers in hand
					stock, err := spool.OpenStock(dir)
					if err != nil {
						t.Error(err)
						return
					}
					n = &charge.Numbers{DB: w.DB, Stock: stock}
					if err := n.SetAside(w.ctx); err != nil {
						t.Error(err)
						return
					}
				}
				away, few := chance.IntN(2) == 0, 1+chance.IntN(60)
				for range few {
					var got int32
					var err error
					if away {
						got, err = n.Aside()
					} else {
						got, err = n.Next(w.ctx)
					}
					if err != nil || got <= 0 {
						t.Errorf("the number %d, %v", got, err)
						return
					}
					lists[r] = append(lists[r], got)
				}
			}
		})
	}
	all.Wait()
	seen := map[int32]bool{}
	for _, list := range lists {
		for _, n := range list {
			if seen[n] {
				t.Fatalf("%d was given out twice", n)
			}
			seen[n] = true
		}
	}
	t.Logf("%d numbers", len(seen))
}

// A SQLite file that cannot grow any more is away too: there is room in it for what
// changes, and none for what is new.
func TestADatabaseWhoseDiskIsFullCountsAsAway(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		if w.DB.Postgres {
			return // its server says so with a code of its own, which kit/db knows
		}
		d := w.desk(t.TempDir())
		pages := func(most string) {
			w.do(func(tx *db.Tx) error {
				var n int64
				return tx.Row(`PRAGMA max_page_count = `+most, nil, &n)
			})
		}
		pages("1") // which becomes as many as there are
		var all []int32
		for i := range int64(400) {
			n, _ := d.begin(booking.StartInfo{MeterWh: 10 * i, At: w.now.Add(time.Duration(i) * time.Minute)})
			all = append(all, n)
			if d.Waiting() > 5 {
				break
			}
		}
		booked := len(w.sessions())
		if d.Waiting() < 5 || booked == 0 || booked+d.Waiting() != len(all) {
			t.Fatalf("%d starts, %d booked, %d in the journal", len(all), booked, d.Waiting())
		}
		d.run()
		pages("1000000")
		ctx, stop := context.WithCancel(w.ctx)
		felt := make(chan error, 1)
		go func() { felt <- w.DB.Pulse(ctx) }()
		w.until("the journal is booked", func() bool { return d.Waiting() == 0 })
		stop()
		<-felt
		equal(t, "sessions", len(w.sessions()), len(all))
		if _, failing := w.DB.Failing(); failing {
			t.Error("it counts as away still")
		}
	})
}
