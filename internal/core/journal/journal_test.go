package journal_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/job"
	"involt/internal/testkit/dbtest"
)

func actor(t *testing.T, d *db.DB, slug string) access.Actor {
	t.Helper()
	ws := workspace.New(slug, "")
	if err := d.Update(t.Context(), func(tx *db.Tx) error { return workspace.Insert(tx, &ws) }); err != nil {
		t.Fatal(err)
	}
	return access.System(ws.ID, "test")
}

func record(t *testing.T, d *db.DB, by access.Actor, what string) {
	t.Helper()
	if err := d.Update(t.Context(), func(tx *db.Tx) error { return journal.Record(tx, by, what, "person:p", map[string]int{"n": 1}) }); err != nil {
		t.Fatal(err)
	}
}

// collector is a reader that keeps what it was handed.
type collector struct {
	mu   sync.Mutex
	got  []string
	fail bool
}

func (c *collector) reader() journal.Reader {
	return journal.Reader{Name: "test", Do: func(_ *db.Tx, e journal.Entry) error {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.fail {
			return errors.New("not now")
		}
		c.got = append(c.got, fmt.Sprintf("%d %s", e.Seq, e.What))
		return nil
	}}
}

func post(d *db.DB, c *collector) (*journal.Post, *job.Pool) {
	p, pool := &journal.Post{DB: d}, &job.Pool{DB: d}
	p.Subscribe(c.reader())
	p.Jobs(pool)
	return p, pool
}

func deliver(t *testing.T, p *journal.Post, pool *job.Pool) {
	t.Helper()
	if err := p.SealNow(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := pool.RunDue(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// A transaction that begins first and commits last has the lower id. Its entry
// must neither be passed over nor come out of order of the chain.
func TestReaderMissesNoLateCommit(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if !d.Postgres {
			t.Log("SQLite has one writer; the order of ids and of commits is the same")
		}
		by, c := actor(t, d, "a"), &collector{}
		p, pool := post(d, c)
		begun, commit, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
		if !d.Postgres {
			close(commit)
		}
		go func() {
			done <- d.Update(context.WithoutCancel(t.Context()), func(tx *db.Tx) error {
				err := journal.Record(tx, by, "early.begun", "person:p", nil)
				close(begun)
				<-commit
				return err
			})
		}()
		<-begun
		if !d.Postgres {
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			done <- nil
		}
		record(t, d, by, "late.begun")
		deliver(t, p, pool)
		if d.Postgres {
			if got := strings.Join(c.got, ", "); got != "1 late.begun" {
				t.Fatalf("before the early one committed the reader had %q", got)
			}
			close(commit)
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		deliver(t, p, pool)
		want := "1 early.begun, 2 late.begun"
		if d.Postgres {
			want = "1 late.begun, 2 early.begun"
		}
		if got := strings.Join(c.got, ", "); got != want {
			t.Errorf("the reader had %q, want %q", got, want)
		}
	})
}

// Many writers at once, entries sealed and delivered meanwhile: each comes once,
// in the order of its workspace's chain, and the chains hold.
func TestManyWritersNothingLostNothingDoubled(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		const writers, each = 6, 30
		a, b, c := actor(t, d, "a"), actor(t, d, "b"), &collector{}
		p, pool := post(d, c)
		ctx, stop := context.WithCancel(t.Context())
		var parts sync.WaitGroup
		for _, run := range []func(context.Context) error{p.Run, p.Run, pool.Run} { // two replicas' sealers
			parts.Go(func() {
				if err := run(ctx); err != nil {
					t.Error(err)
				}
			})
		}
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				for i := range each {
					by := a
					if w%2 == 1 {
						by = b
					}
					err := d.Update(t.Context(), func(tx *db.Tx) error {
						if err := journal.Record(tx, by, fmt.Sprintf("thing.w%d-%d", w, i), "person:p", nil); err != nil {
							return err
						}
						if i%5 == 4 {
							return errGivenUp
						}
						return nil
					})
					if err != nil && !errors.Is(err, errGivenUp) {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		stop()
		parts.Wait()
		deliver(t, p, pool)
		seen := map[string]int{}
		for _, line := range c.got {
			_, what, _ := strings.Cut(line, " ")
			seen[what]++
		}
		for w := range writers {
			for i := range each {
				want := 1
				if i%5 == 4 {
					want = 0
				}
				if n := seen[fmt.Sprintf("thing.w%d-%d", w, i)]; n != want {
					t.Errorf("entry %d of writer %d came %d times, want %d", i, w, n, want)
				}
			}
		}
		n, faults := verify(t, d)
		if n != writers*each*4/5 || len(faults) != 0 {
			t.Errorf("%d entries in the chains, faults %v", n, faults)
		}
	})
}

var errGivenUp = errors.New("given up")

func verify(t *testing.T, d *db.DB) (n int64, faults []journal.Broken) {
	t.Helper()
	if err := d.View(t.Context(), func(tx *db.Tx) (err error) {
		n, faults, err = journal.Verify(tx)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return n, faults
}

func TestReaderThatFailsGetsTheSameAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		by, c := actor(t, d, "a"), &collector{fail: true}
		p, pool := post(d, c)
		record(t, d, by, "one.done")
		deliver(t, p, pool)
		c.fail = false
		d.Clock = func(now time.Time) time.Time { return now.Add(time.Minute) } // past the wait after a failure
		record(t, d, by, "two.done")
		deliver(t, p, pool)
		if got := strings.Join(c.got, ", "); got != "1 one.done, 2 two.done" {
			t.Errorf("the reader had %q", got)
		}
	})
}

// What goes wrong in one workspace keeps no other's entries back.
func TestOneWorkspacesFaultIsItsOwn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		bad, good := actor(t, d, "a"), actor(t, d, "b")
		got := 0
		p, pool := &journal.Post{DB: d}, &job.Pool{DB: d}
		p.Subscribe(journal.Reader{Name: "test", Do: func(_ *db.Tx, e journal.Entry) error {
			if e.Workspace == bad.Workspace {
				return errors.New("this one cannot be read")
			}
			got++
			return nil
		}})
		p.Jobs(pool)
		record(t, d, bad, "one.done")
		record(t, d, good, "one.done")
		record(t, d, good, "two.done")
		deliver(t, p, pool)
		if got != 2 {
			t.Errorf("the other workspace's reader had %d entries, want 2", got)
		}
	})
}

// Verify is checked by breaking the chain in each way there is.
func TestVerifyFindsEveryTampering(t *testing.T) {
	for name, breakIt := range map[string]string{
		"changed entry":  `UPDATE journal SET actor = 'person:mallory' WHERE seq = 2`,
		"changed value":  `UPDATE journal_value SET value = '{"n":2}' WHERE entry = (SELECT id FROM journal WHERE seq = 2)`,
		"removed entry":  `DELETE FROM journal WHERE seq = 2`,
		"cut off end":    `DELETE FROM journal WHERE seq = 3`,
		"swapped places": `UPDATE journal SET at = at + 1 WHERE seq = 1`,
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				by := actor(t, d, "a")
				for range 3 {
					record(t, d, by, "thing.done")
				}
				p, _ := post(d, &collector{})
				if err := p.SealNow(t.Context()); err != nil {
					t.Fatal(err)
				}
				if n, faults := verify(t, d); n != 3 || len(faults) != 0 {
					t.Fatalf("untouched: %d entries, %v", n, faults)
				}
				if err := d.Update(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(breakIt); return err }); err != nil {
					t.Fatal(err)
				}
				if _, faults := verify(t, d); len(faults) == 0 {
					t.Error("not found")
				}
			})
		})
	}
}

func TestErasedValuesLeaveTheChainWhole(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		by := actor(t, d, "a")
		record(t, d, by, "thing.done")
		p, _ := post(d, &collector{})
		if err := p.SealNow(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := d.Update(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(`DELETE FROM journal_value`); return err }); err != nil {
			t.Fatal(err)
		}
		if n, faults := verify(t, d); n != 1 || len(faults) != 0 {
			t.Errorf("%d entries, %v", n, faults)
		}
	})
}

func TestBulkEntryIsInEachSubjectsHistory(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		by, other := actor(t, d, "a"), actor(t, d, "b")
		err := d.Update(t.Context(), func(tx *db.Tx) error {
			return journal.RecordMany(tx, by, "person.imported", "import:1", []string{"person:q", "person:p", "person:q"}, nil)
		})
		if err != nil {
			t.Fatal(err)
		}
		record(t, d, by, "person.invited")
		for ws, want := range map[id.Workspace]string{by.Workspace: "person.invited person.imported", other.Workspace: ""} {
			var got []string
			if err := d.View(t.Context(), func(tx *db.Tx) error {
				list, err := journal.Of(tx, ws, "person:p", 10)
				for _, e := range list {
					got = append(got, e.What)
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
			if strings.Join(got, " ") != want {
				t.Errorf("history is %v, want %q", got, want)
			}
		}
	})
}
