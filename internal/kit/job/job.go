// Package job runs work after the transaction that asked for it.
//
// A job is a row. It is added in the same transaction as the change that
// wants it, so it exists exactly if the change does. It runs at least once:
// its function must bear being called again. Several replicas may work on one
// queue; a job whose worker dies is taken over within 40 seconds.
package job

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"involt/internal/kit/db"
)

// Topic rings when a job was added.
const Topic = "job"

// Kind is a kind of job whose arguments are an A.
type Kind[A any] struct{ name string }

// Define names a kind. The name is stored with each job: never change it.
func Define[A any](name string) Kind[A] { return Kind[A]{name} }

// Option says something about one job.
type Option func(*row)

type row struct {
	workspace string
	unique    *string
	at        time.Time
}

// Unique adds the job only if none of its kind and key waits already.
func Unique(key string) Option { return func(r *row) { r.unique = &key } }

// For says which workspace the job serves, for the page that shows it.
func For[T ~string](workspace T) Option { return func(r *row) { r.workspace = string(workspace) } }

// At lets the job wait until a moment to come.
func At(t time.Time) Option { return func(r *row) { r.at = t } }

// Add adds a job to run once tx has committed.
func (k Kind[A]) Add(tx *db.Tx, args A, opts ...Option) error {
	b, err := json.Marshal(args)
	if err != nil {
		return fmt.Errorf("job %s: %w", k.name, err)
	}
	r := row{at: tx.Now}
	for _, o := range opts {
		o(&r)
	}
	_, err = tx.Exec(`INSERT INTO job (id, kind, workspace, args, unique_key, state, run_at, created_at) VALUES (?, ?, ?, ?, ?, 'due', ?, ?)
		ON CONFLICT DO NOTHING`, rand.Text(), k.name, r.workspace, string(b), r.unique, r.at.UnixMilli(), tx.NowMS())
	tx.Notify(Topic)
	return err
}

// errStop marks an error after which trying again is of no use.
var errStop = errors.New("will not be tried again")

// Stop returns an error that makes a job fail at once, without more tries.
func Stop(err error) error { return fmt.Errorf("%w (%w)", err, errStop) }

// Later is an error that lets a job wait for a given time without counting it
// as a failure that grows the wait.
type Later struct {
	Wait time.Duration
	Err  error
}

func (l *Later) Error() string { return l.Err.Error() }
func (l *Later) Unwrap() error { return l.Err }

// MaxTries is how often a job is tried before it counts as failed. With the
// waits of backoff that is about two days.
const MaxTries = 60

// backoff is how long a job waits after its n-th failure, n from 1: 5 s,
// doubling up to an hour.
func backoff(n int64) time.Duration {
	return min(5*time.Second<<min(n-1, 20), time.Hour)
}

// claim is a job that a worker holds.
type claim struct {
	id, kind, args string
	tries, fence   int64
}

// lease is how long a claim holds without a sign of life.
const lease = 30 * time.Second

// take claims up to n due jobs, those that have been due longest first.
func take(tx *db.Tx, worker string, n int) ([]claim, error) {
	lock := ""
	if tx.Postgres() {
		lock = " FOR UPDATE SKIP LOCKED"
	}
	return db.All(tx, func(row db.Scanner) (c claim, err error) {
		err = row.Scan(&c.id, &c.kind, &c.args, &c.tries, &c.fence)
		return c, err
	}, `UPDATE job SET state = 'running', tries = tries + 1, fence = fence + 1, lease = ?, worker = ?
		WHERE id IN (SELECT id FROM job WHERE state = 'due' AND run_at <= ? ORDER BY run_at, id LIMIT ?`+lock+`)
		RETURNING id, kind, args, tries, fence`,
		tx.Now.Add(lease).UnixMilli(), worker, tx.NowMS(), n)
}

// takeOver puts jobs whose leases end before a time, because their workers have
// died, back into the queue.
func takeOver(tx *db.Tx, before time.Time) error {
	lost, err := db.All(tx, func(row db.Scanner) (c claim, err error) {
		err = row.Scan(&c.id, &c.fence)
		return c, err
	}, `SELECT id, fence FROM job WHERE state = 'running' AND lease <= ?`, before.UnixMilli())
	for i := 0; err == nil && i < len(lost); i++ {
		// By its fence: another replica may have taken it over in the same moment.
		err = release(tx, lost[i].id, lost[i].fence, tx.NowMS(), "its worker died")
	}
	return err
}

// release puts a running job back into the queue, if the claim with that fence
// is the newest one.
func release(tx *db.Tx, id string, fence, runAt int64, why string) error {
	// While it ran, one with its unique key may have been added; that one will do.
	n, err := tx.Exec(`DELETE FROM job WHERE id = ? AND fence = ? AND state = 'running' AND unique_key IS NOT NULL
		AND EXISTS (SELECT 1 FROM job o WHERE o.kind = job.kind AND o.unique_key = job.unique_key AND o.state = 'due')`, id, fence)
	if err != nil || n > 0 {
		return err
	}
	_, err = tx.Exec(`UPDATE job SET state = 'due', run_at = ?, last_err = ? WHERE id = ? AND fence = ? AND state = 'running'`,
		runAt, why, id, fence)
	return err
}

// finish writes down how a claimed job went. A claim that has been taken over
// meanwhile changes nothing.
func finish(tx *db.Tx, c claim, failed error) error {
	var later *Later
	switch {
	case failed == nil:
		_, err := tx.Exec(`DELETE FROM job WHERE id = ? AND fence = ?`, c.id, c.fence)
		return err
	case errors.Is(failed, errStop) || c.tries >= MaxTries:
		_, err := tx.Exec(`UPDATE job SET state = 'failed', last_err = ? WHERE id = ? AND fence = ?`, failed.Error(), c.id, c.fence)
		return err
	case errors.As(failed, &later):
		return release(tx, c.id, c.fence, tx.Now.Add(later.Wait).UnixMilli(), failed.Error())
	case errors.Is(failed, context.Canceled):
		return release(tx, c.id, c.fence, tx.NowMS(), "stopped with the server")
	default:
		return release(tx, c.id, c.fence, tx.Now.Add(backoff(c.tries)).UnixMilli(), failed.Error())
	}
}
