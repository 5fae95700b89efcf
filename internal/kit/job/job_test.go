package job_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"involt/internal/kit/db"
	"involt/internal/kit/job"
	"involt/internal/testkit/dbtest"
)

type work struct{ N int }

var kind = job.Define[work]("test.work")

// shift lets a test move the database's clock.
func shift(d *db.DB) func(time.Duration) {
	var by atomic.Int64
	d.Clock = func(t time.Time) time.Time { return t.Add(time.Duration(by.Load())) }
	return func(more time.Duration) { by.Add(int64(more)) }
}

func add(t *testing.T, d *db.DB, n int, opts ...job.Option) {
	t.Helper()
	if err := d.Update(t.Context(), func(tx *db.Tx) error { return kind.Add(tx, work{n}, opts...) }); err != nil {
		t.Fatal(err)
	}
}

func depth(t *testing.T, d *db.DB) (v job.Depth) {
	t.Helper()
	err := d.View(t.Context(), func(tx *db.Tx) error {
		all, err := job.Depths(tx, "")
		if len(all) == 1 {
			v = all[0]
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestJobExistsExactlyIfItsTransactionDoes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		stop := errors.New("stop")
		_ = d.Update(t.Context(), func(tx *db.Tx) error {
			if err := kind.Add(tx, work{1}); err != nil {
				t.Error(err)
			}
			return stop
		})
		add(t, d, 2)
		var ran []int
		p := &job.Pool{DB: d}
		job.Handle(p, kind, func(_ context.Context, w work) error { ran = append(ran, w.N); return nil })
		if _, err := p.RunDue(t.Context()); err != nil || len(ran) != 1 || ran[0] != 2 {
			t.Errorf("ran %v, %v; want only the job whose transaction committed", ran, err)
		}
		if v := depth(t, d); v != (job.Depth{}) {
			t.Errorf("left over: %+v", v)
		}
	})
}

func TestFailedJobWaitsLongerEachTimeAndIsVisible(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		move := shift(d)
		add(t, d, 1)
		tries := 0
		p := &job.Pool{DB: d}
		job.Handle(p, kind, func(context.Context, work) error { tries++; return errors.New("not yet") })
		for _, wait := range []time.Duration{0, 5 * time.Second, 10 * time.Second, 20 * time.Second} {
			before := tries
			if wait > 0 {
				move(wait - time.Second)
				if _, err := p.RunDue(t.Context()); err != nil || tries != before {
					t.Fatalf("ran %v before its time: %v", wait, err)
				}
				move(2 * time.Second)
			}
			if _, err := p.RunDue(t.Context()); err != nil || tries != before+1 {
				t.Fatalf("after %v: %d tries, %v", wait, tries, err)
			}
		}
		if v := depth(t, d); v.Due != 1 || v.Oldest.IsZero() {
			t.Errorf("depth is %+v, want one due", v)
		}
	})
}

func TestStoppedJobFailsAtOnceAndCanBeRetried(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		add(t, d, 1, job.For("ws1"))
		good := false
		p := &job.Pool{DB: d}
		job.Handle(p, kind, func(context.Context, work) error {
			if good {
				return nil
			}
			return job.Stop(errors.New("no such thing"))
		})
		if _, err := p.RunDue(t.Context()); err != nil {
			t.Fatal(err)
		}
		var list []job.Job
		err := d.View(t.Context(), func(tx *db.Tx) (err error) {
			list, err = job.List(tx, "ws1", 10)
			return err
		})
		if err != nil || len(list) != 1 || list[0].State != "failed" {
			t.Fatalf("list is %+v, %v; want one failed job", list, err)
		}
		if err := d.Update(t.Context(), func(tx *db.Tx) error { return job.Retry(tx, "ws2", list[0].ID) }); err == nil {
			t.Error("another workspace could retry it")
		}
		good = true
		if err := d.Update(t.Context(), func(tx *db.Tx) error { return job.Retry(tx, "ws1", list[0].ID) }); err != nil {
			t.Fatal(err)
		}
		if n, err := p.RunDue(t.Context()); n != 1 || err != nil {
			t.Errorf("retry ran %d jobs, %v", n, err)
		}
	})
}

func TestUniqueJobWaitsOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		add(t, d, 1, job.Unique("a"))
		add(t, d, 2, job.Unique("a"))
		add(t, d, 3, job.Unique("b"))
		var ran []int
		p := &job.Pool{DB: d}
		job.Handle(p, kind, func(_ context.Context, w work) error {
			ran = append(ran, w.N)
			if w.N == 1 {
				add(t, d, 4, job.Unique("a")) // while one runs, the next may wait
			}
			return nil
		})
		if _, err := p.RunDue(t.Context()); err != nil || len(ran) != 3 {
			t.Errorf("ran %v, %v; want 1, 3 and 4", ran, err)
		}
	})
}

// A worker that dies keeps its claim; after its lease another one takes over,
// and what the first still writes changes nothing.
func TestDeadWorkersJobIsTakenOver(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		move := shift(d)
		add(t, d, 1)
		first, second := &job.Pool{DB: d}, &job.Pool{DB: d}
		ran := 0
		job.Handle(second, kind, func(context.Context, work) error { ran++; return nil })
		job.Handle(first, kind, func(context.Context, work) error {
			if n, err := second.RunDue(t.Context()); n != 0 || err != nil {
				t.Errorf("a claimed job ran a second time: %d, %v", n, err)
			}
			move(89 * time.Second)
			if n, err := second.RunDue(t.Context()); n != 1 || err != nil {
				t.Errorf("within 90 seconds nobody took over: %d, %v", n, err)
			}
			return errors.New("too late")
		})
		if _, err := first.RunDue(t.Context()); err != nil {
			t.Fatal(err)
		}
		if ran != 1 || depth(t, d) != (job.Depth{}) {
			t.Errorf("ran %d times, left %+v; the late worker must change nothing", ran, depth(t, d))
		}
	})
}

// Two pools, as of two replicas, share one queue; nothing is lost, and without
// failures nothing runs twice. Stopping waits for what runs.
func TestPoolsShareAQueueAndStopCleanly(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		const jobs = 200
		var mu sync.Mutex
		seen := map[int]int{}
		all := make(chan struct{})
		do := func(_ context.Context, w work) error {
			mu.Lock()
			defer mu.Unlock()
			seen[w.N]++
			if len(seen) == jobs {
				select {
				case <-all:
				default:
					close(all)
				}
			}
			return nil
		}
		ctx, stop := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for range 2 {
			p := &job.Pool{DB: d, Workers: 4}
			job.Handle(p, kind, do)
			wg.Go(func() {
				if err := p.Run(ctx); err != nil {
					t.Error(err)
				}
			})
		}
		for i := range jobs {
			add(t, d, i)
		}
		<-all
		stop()
		wg.Wait()
		for n, times := range seen {
			if times != 1 {
				t.Errorf("job %d ran %d times", n, times)
			}
		}
		if v := depth(t, d); v != (job.Depth{}) {
			t.Errorf("left over: %+v", v)
		}
	})
}

func TestPeriodicJobRunsOncePerTick(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		move := shift(d)
		ran := 0
		pools := make([]*job.Pool, 3)
		for i := range pools {
			pools[i] = &job.Pool{DB: d}
			job.Handle(pools[i], kind, func(context.Context, work) error { ran++; return nil })
			job.Every(pools[i], kind, work{}, time.Hour)
		}
		for tick := range 4 {
			for _, p := range pools {
				for range 2 {
					if _, err := p.RunDue(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
			}
			if ran != tick+1 {
				t.Fatalf("after %d ticks it ran %d times", tick+1, ran)
			}
			move(time.Hour + time.Second)
		}
	})
}

// Of two that believe to lead, only the one that was fenced last commits.
func TestOnlyTheNewestLeaderCommits(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		move := shift(d)
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		err := job.Lead(ctx, d, "x", func(context.Context, *job.Hold) error {
			old := holdOf(t, d, ctx)
			move(16 * time.Second) // the first leader is silent for too long
			inner, end := context.WithCancel(ctx)
			err := job.Lead(inner, d, "x", func(_ context.Context, h *job.Hold) error {
				if err := d.Update(ctx, h.Keep); err != nil {
					t.Errorf("the new leader could not commit: %v", err)
				}
				if err := d.Update(ctx, old); err == nil {
					t.Error("the old leader could commit beside the new one")
				}
				end()
				return nil
			})
			stop()
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// holdOf returns what the present leader writes with.
func holdOf(t *testing.T, d *db.DB, ctx context.Context) func(*db.Tx) error {
	t.Helper()
	var fence int64
	if err := d.View(ctx, func(tx *db.Tx) error {
		return tx.Row(`SELECT fence FROM lease WHERE name = 'x'`, nil, &fence)
	}); err != nil {
		t.Fatal(err)
	}
	return func(tx *db.Tx) error {
		n, err := tx.Exec(`UPDATE lease SET until = until WHERE name = 'x' AND fence = ?`, fence)
		if err == nil && n == 0 {
			err = errors.New("fenced off")
		}
		return err
	}
}

// Replicas that find a dead worker's jobs at the same moment take each of them
// over once.
func TestReplicasTakeOverOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		const jobs = 60
		move := shift(d)
		for i := range jobs {
			add(t, d, i)
		}
		if err := d.Update(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(`UPDATE job SET state = 'running', fence = 1, lease = ?`, tx.NowMS())
			return err
		}); err != nil {
			t.Fatal(err)
		}
		move(time.Minute)
		var ran atomic.Int64
		var wg sync.WaitGroup
		for range 4 {
			p := &job.Pool{DB: d}
			job.Handle(p, kind, func(context.Context, work) error { ran.Add(1); return nil })
			wg.Go(func() {
				if _, err := p.RunDue(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if ran.Load() != jobs || depth(t, d) != (job.Depth{}) {
			t.Errorf("%d jobs ran %d times, left %+v", jobs, ran.Load(), depth(t, d))
		}
	})
}
