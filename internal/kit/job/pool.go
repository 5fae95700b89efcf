package job

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Pool runs jobs. Give it kinds with Handle, then call Run.
type Pool struct {
	DB *db.DB

	// Workers is how many jobs run at once; 8 if zero.
	Workers int

	kinds map[string]func(context.Context, []byte) error
	every []periodic

	mu      sync.Mutex // guards running
	running map[held]bool
	worker  string // names this pool among replicas
}

// held names one claim. After a long pause of the machine a pool may hold two of
// one job, and the end of the one must not stop the heartbeat of the other.
type held struct {
	id    string
	fence int64
}

type periodic struct {
	name  string
	every time.Duration
	add   func(*db.Tx) error
}

// Handle tells p what to do for jobs of kind k.
func Handle[A any](p *Pool, k Kind[A], do func(context.Context, A) error) {
	if p.kinds == nil {
		p.kinds = map[string]func(context.Context, []byte) error{}
	}
	p.kinds[k.name] = func(ctx context.Context, b []byte) error {
		var args A
		if err := json.Unmarshal(b, &args); err != nil {
			return Stop(err)
		}
		return do(ctx, args)
	}
}

// Every adds a job of kind k each time d has passed, once among all replicas.
func Every[A any](p *Pool, k Kind[A], args A, d time.Duration) {
	p.every = append(p.every, periodic{k.name, d, func(tx *db.Tx) error { return k.Add(tx, args, Unique("")) }})
}

// Run runs jobs until ctx is done, then waits up to 20 seconds for those that
// run. What is not done by then is put back.
func (p *Pool) Run(ctx context.Context) error {
	p.worker = rand.Text()
	p.running = map[held]bool{}
	if !p.DB.Postgres {
		// There is one server on a SQLite file: what seems to run was left by one that died.
		if err := p.DB.Update(ctx, func(tx *db.Tx) error { return takeOver(tx, tx.Now.Add(lease)) }); err != nil {
			return err
		}
	}
	rung, end := p.DB.Watch(Topic)
	defer end()

	// Jobs outlive ctx by the time of grace.
	work, cancel := context.WithCancel(context.WithValue(context.WithoutCancel(ctx), stopping{}, ctx.Done()))
	defer cancel()
	var wg sync.WaitGroup
	defer wg.Wait()

	wg.Go(func() { p.beat(work) })
	slots := p.Workers
	if slots == 0 {
		slots = 8
	}
	free := make(chan struct{}, slots)
	for range slots {
		free <- struct{}{}
	}
	look := time.NewTicker(time.Second)
	defer look.Stop()
	for ctx.Err() == nil {
		full, err := p.fill(ctx, work, free, &wg)
		if err != nil && ctx.Err() == nil {
			slog.ErrorContext(ctx, "jobs cannot be claimed", "err", err)
		}
		if full {
			// Look again as soon as a worker is free.
			select {
			case <-ctx.Done():
			case s := <-free:
				free <- s
			}
			continue
		}
		select {
		case <-ctx.Done():
		case <-rung:
		case <-look.C:
		}
	}
	grace := time.AfterFunc(20*time.Second, cancel)
	defer grace.Stop()
	for range slots {
		<-free
	}
	cancel()
	return nil
}

type stopping struct{}

// Stopping returns what is closed when the pool that runs a job is to stop: a
// long job ends its work there. It is nil, and so never closed, where nobody
// stops anything.
func Stopping(ctx context.Context) <-chan struct{} {
	stop, _ := ctx.Value(stopping{}).(<-chan struct{})
	return stop
}

// fill starts as many due jobs as workers are free. It reports whether the
// queue may hold more.
func (p *Pool) fill(ctx, work context.Context, free chan struct{}, wg *sync.WaitGroup) (full bool, err error) {
	n := len(free)
	if n == 0 {
		return true, nil
	}
	list, err := p.claim(ctx, n)
	if err != nil {
		return false, err
	}
	for _, c := range list {
		<-free
		p.hold(c, true)
		wg.Go(func() {
			defer func() { free <- struct{}{} }()
			defer p.hold(c, false)
			if err := p.runOne(work, c); err != nil {
				slog.ErrorContext(work, "job outcome not saved; it will run again", "kind", c.kind, "err", err)
			}
		})
	}
	return len(list) == n, nil
}

func (p *Pool) hold(c claim, on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if on {
		p.running[held{c.id, c.fence}] = true
	} else {
		delete(p.running, held{c.id, c.fence})
	}
}

// claim takes due jobs. It looks first, since a look costs no write.
func (p *Pool) claim(ctx context.Context, n int) (list []claim, err error) {
	var due bool
	err = p.DB.View(ctx, func(tx *db.Tx) error {
		return tx.Row(`SELECT EXISTS (SELECT 1 FROM job WHERE state = 'due' AND run_at <= ?)
			OR EXISTS (SELECT 1 FROM job WHERE state = 'running' AND lease < ?)`, []any{tx.NowMS(), tx.NowMS()}, &due)
	})
	if err == nil {
		err = p.tick(ctx)
	}
	if err != nil || !due {
		return nil, err
	}
	err = p.DB.Update(ctx, func(tx *db.Tx) error {
		if err := takeOver(tx, tx.Now); err != nil {
			return err
		}
		list, err = take(tx, p.worker, n)
		return err
	})
	return list, err
}

// tick adds the periodic jobs whose time has come.
func (p *Pool) tick(ctx context.Context) error {
	for _, e := range p.every {
		var next int64
		var now time.Time
		err := p.DB.View(ctx, func(tx *db.Tx) error {
			now = tx.Now
			return tx.Row(`SELECT COALESCE(MAX(next_at), 0) FROM job_tick WHERE name = ?`, []any{e.name}, &next)
		})
		if err != nil || now.UnixMilli() < next {
			if err != nil {
				return err
			}
			continue
		}
		err = p.DB.Update(ctx, func(tx *db.Tx) error {
			n, err := tx.Exec(`INSERT INTO job_tick (name, next_at) VALUES (?, ?)
				ON CONFLICT (name) DO UPDATE SET next_at = excluded.next_at WHERE job_tick.next_at <= ?`,
				e.name, tx.Now.Add(e.every).UnixMilli(), tx.NowMS())
			if err != nil || n == 0 {
				return err // another replica was first
			}
			return e.add(tx)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// runOne runs a claimed job and writes down how it went.
func (p *Pool) runOne(ctx context.Context, c claim) error {
	failed := p.do(ctx, c)
	if failed != nil && !errors.Is(failed, context.Canceled) {
		slog.WarnContext(ctx, "job failed", "kind", c.kind, "try", c.tries, "err", failed)
	}
	// A stop must not lose the outcome of a job that has run.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	for try := 1; ; try++ {
		err := p.DB.Update(ctx, func(tx *db.Tx) error { return finish(tx, c, failed) })
		// One with its unique key was added in the same moment: look again.
		if errs.KindOf(err) != errs.Conflict || try == 3 {
			return err
		}
	}
}

func (p *Pool) do(ctx context.Context, c claim) (err error) {
	do, ok := p.kinds[c.kind]
	if !ok {
		return fmt.Errorf("no handler for job kind %q", c.kind) // a newer replica may have one
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("job panicked: %v\n%s", r, debug.Stack())
		}
	}()
	return do(ctx, []byte(c.args))
}

// beat keeps the leases of running jobs alive.
func (p *Pool) beat(ctx context.Context) {
	t := time.NewTicker(lease / 4)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		p.mu.Lock()
		var ids []string
		for h := range p.running {
			ids = append(ids, h.id)
		}
		p.mu.Unlock()
		if len(ids) == 0 {
			continue
		}
		err := p.DB.Update(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(`UPDATE job SET lease = ? WHERE state = 'running' AND worker = ? AND id IN `+db.In(len(ids)),
				db.Args(ids, any(tx.Now.Add(lease).UnixMilli()), any(p.worker))...)
			return err
		})
		if err != nil && ctx.Err() == nil {
			slog.ErrorContext(ctx, "job leases cannot be renewed", "err", err)
		}
	}
}

// RunDue runs the jobs that are due, one after the other, until none is left,
// and returns how many. Tests and one-shot commands use it instead of Run.
func (p *Pool) RunDue(ctx context.Context) (n int, err error) {
	for {
		list, err := p.claim(ctx, 1)
		if err != nil || len(list) == 0 {
			return n, err
		}
		n++
		if err := p.runOne(ctx, list[0]); err != nil {
			return n, err
		}
	}
}
