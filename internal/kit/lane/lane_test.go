package lane_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"involt/internal/kit/lane"
)

// depot is a queue in memory.
type depot struct {
	mu   sync.Mutex
	rest []lane.Task[string] // in the order in which they are taken
	done map[string]error
	kept map[string]int
	back []string
}

func (d *depot) plan(do func(context.Context, string) error) *lane.Plan[string] {
	d.done, d.kept = map[string]error{}, map[string]int{}
	return &lane.Plan[string]{
		Most: 4, Do: do,
		Take: func(_ context.Context, n int, full []string) (list []lane.Task[string], err error) {
			d.mu.Lock()
			defer d.mu.Unlock()
			var rest []lane.Task[string]
			for _, t := range d.rest {
				skip := len(list) == n
				for _, f := range full {
					skip = skip || f == t.Lane
				}
				if skip {
					rest = append(rest, t)
				} else {
					list = append(list, t)
				}
			}
			d.rest = rest
			return list, nil
		},
		Done: func(_ context.Context, list []lane.Outcome[string]) error {
			d.mu.Lock()
			defer d.mu.Unlock()
			for _, o := range list {
				d.done[o.What] = o.Err
			}
			return nil
		},
		Keep: func(_ context.Context, list []string) error {
			d.mu.Lock()
			defer d.mu.Unlock()
			for _, s := range list {
				d.kept[s]++
			}
			return nil
		},
		Free: func(_ context.Context, list []string) error {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.back = append(d.back, list...)
			return nil
		},
	}
}

func (d *depot) add(name string, n int) {
	for i := range n {
		d.rest = append(d.rest, lane.Task[string]{Lane: name, What: fmt.Sprintf("%s-%d", name, i)})
	}
}

// A thousand tasks of a lane that hangs stand in front of those of the others.
// These go through at once all the same, and no more than two hang at a time.
func TestALaneThatHangsHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &depot{}
		d.add("hangs", 1000)
		for i := range 50 {
			d.add(fmt.Sprintf("fine%d", i), 10)
		}
		var hanging, most atomic.Int64
		last := time.Now()
		began := last
		var mu sync.Mutex
		p := d.plan(func(ctx context.Context, s string) error {
			if len(s) > 6 && s[:6] == "hangs-" {
				most.Store(max(most.Load(), hanging.Add(1)))
				defer hanging.Add(-1)
				select {
				case <-time.After(10 * time.Minute):
				case <-ctx.Done():
				}
				return errors.New("nothing heard")
			}
			<-time.After(10 * time.Millisecond)
			mu.Lock()
			defer mu.Unlock()
			last = time.Now()
			return nil
		})
		p.Slow = 5 * time.Second
		stop := make(chan struct{})
		p.Stop = stop
		time.AfterFunc(25*time.Minute, func() { close(stop) })
		if err := p.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if took := last.Sub(began); took > 5*time.Second {
			t.Errorf("the others were done after %v", took)
		}
		if most.Load() != 2 {
			t.Errorf("%d of one lane ran at once, want 2", most.Load())
		}
		fine, hung := 0, 0
		for _, err := range d.done {
			if err == nil {
				fine++
			} else {
				hung++
			}
		}
		if fine != 500 || hung != 6 {
			t.Errorf("%d done, %d hung, want 500 and 6 within 25 minutes", fine, hung)
		}
		if len(d.back)+len(d.rest)+hung != 1000 {
			t.Errorf("%d given back and %d never taken of those that hang, %d begun: some were lost", len(d.back), len(d.rest), hung)
		}
		if d.kept["hangs-0"] < 50 {
			t.Errorf("a task that ran ten minutes was said to be held %d times", d.kept["hangs-0"])
		}
	})
}

// Ten lanes hang, more than there are places. Whoever waits long gives its place
// away.
func TestTasksThatWaitLongGiveTheirPlacesAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &depot{}
		for i := range 10 {
			d.add(fmt.Sprintf("hangs%d", i), 2)
		}
		d.add("fine", 100)
		began := time.Now()
		var fine atomic.Int64 // when the last of those was done that do not hang
		p := d.plan(func(_ context.Context, s string) error {
			if s[:4] == "hang" {
				<-time.After(10 * time.Minute)
			} else {
				fine.Store(int64(time.Since(began)))
			}
			return nil
		})
		p.Slow = 10 * time.Second
		if err := p.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(d.done) != 120 || fine.Load() > int64(time.Minute) {
			t.Errorf("%d done, the lane that does not hang after %v", len(d.done), time.Duration(fine.Load()))
		}
		if took := time.Since(began); took > 11*time.Minute {
			t.Errorf("those that hang took %v: they did not wait side by side", took)
		}
	})
}

// What has ended is written down together, soon, and never is more than a few dozen
// done and not written: what is lost with the process is done once more.
func TestOutcomesAreWrittenTogetherAndSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &depot{}
		for i := range 100 {
			d.add(fmt.Sprintf("l%d", i), 10)
		}
		var begun, written, most, writes atomic.Int64
		p := d.plan(func(context.Context, string) error {
			if n := begun.Add(1) - written.Load(); n > most.Load() {
				most.Store(n)
			}
			<-time.After(time.Millisecond)
			return nil
		})
		p.Done = func(_ context.Context, list []lane.Outcome[string]) error {
			<-time.After(5 * time.Millisecond)
			writes.Add(1)
			written.Add(int64(len(list)))
			return nil
		}
		if err := p.Run(t.Context()); err != nil || written.Load() != 1000 {
			t.Errorf("%d written: %v", written.Load(), err)
		}
		if most.Load() > 4+40 || writes.Load() > 1000/30 {
			t.Errorf("%d were done and not written at once; written in %d pieces", most.Load(), writes.Load())
		}

		// One that takes long holds up nobody's outcome.
		d = &depot{}
		d.add("slow", 1)
		d.add("quick", 1)
		began, took := time.Now(), time.Duration(0)
		p = d.plan(func(_ context.Context, what string) error {
			if what == "slow-0" {
				<-time.After(time.Second)
			}
			return nil
		})
		p.Done = func(_ context.Context, list []lane.Outcome[string]) error {
			if list[0].What == "quick-0" {
				took = time.Since(began)
			}
			return nil
		}
		if err := p.Run(t.Context()); err != nil || took == 0 || took > 20*time.Millisecond {
			t.Errorf("written after %v: %v", took, err)
		}
	})
}

func TestHaltGivesBackWhatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := errors.New("down")
		d := &depot{}
		for i := range 100 {
			d.add(fmt.Sprintf("l%d", i), 1)
		}
		p := d.plan(func(context.Context, string) error { <-time.After(time.Second); return down })
		p.Halt = func(err error) bool { return errors.Is(err, down) }
		if err := p.Run(t.Context()); !errors.Is(err, down) {
			t.Errorf("Run = %v", err)
		}
		if len(d.done)+len(d.back)+len(d.rest) != 100 || len(d.done) > 4+40+4 {
			t.Errorf("%d tried, %d given back, %d never taken", len(d.done), len(d.back), len(d.rest))
		}
	})
}

func TestNewTasksAreTakenWhileOthersRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &depot{}
		d.add("slow", 1)
		more := make(chan struct{}, 1)
		var at time.Duration
		began := time.Now()
		p := d.plan(func(_ context.Context, s string) error {
			if s == "slow-0" {
				<-time.After(100 * time.Second)
			} else {
				at = time.Since(began)
			}
			return nil
		})
		p.More = more
		time.AfterFunc(50*time.Second+500*time.Millisecond, func() {
			d.mu.Lock()
			d.add("new", 1)
			d.mu.Unlock()
			more <- struct{}{}
		})
		if err := p.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(d.done) != 2 || at != 50*time.Second+500*time.Millisecond {
			t.Errorf("%d done, the new one at %v", len(d.done), at)
		}
	})
}
