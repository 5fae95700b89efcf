// Package db opens the database and runs transactions on it.
//
// One SQL text serves both engines. It is written for the common subset of
// SQLite and PostgreSQL: "?" placeholders, TEXT ids, BIGINT milliseconds since
// 1970 in UTC, BOOLEAN, RETURNING, ON CONFLICT, CAST. The few places where the
// engines differ (claiming a job, bulk loading, opening) are branches inside
// kit, never in core.
//
// All access is through [DB.View] and [DB.Update]. There is no way to run a
// statement outside a transaction.
package db

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// engine is what differs between SQLite and PostgreSQL.
type engine interface {
	// begin starts a transaction and returns the engine's clock at that moment.
	begin(ctx context.Context, readOnly bool) (session, time.Time, error)
	// check refuses a database that would lose what it has acknowledged.
	check(ctx context.Context) error
	close() error
}

// session is one running transaction on one connection.
type session interface {
	exec(ctx context.Context, query string, args []any) (int64, error)
	// execEach runs one statement with many lists of arguments, and returns how
	// many rows they touched in all.
	execEach(ctx context.Context, query string, lists [][]any) (int64, error)
	query(ctx context.Context, query string, args []any) (rows, error)
	// script runs several statements without arguments, for the schema.
	script(ctx context.Context, text string) error
	load(ctx context.Context, table string, columns []string, next func() ([]any, bool)) (int64, error)
	commit(ctx context.Context) error
	// rollback gives the connection back. It does nothing after commit.
	rollback()
}

type rows interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close()
}

// DB is a database. It is safe for concurrent use.
type DB struct {
	// Postgres reports which engine is below. Only kit and app may ask.
	Postgres bool

	// Clock, if not nil, turns the engine's time into the one that transactions
	// see. Only tests set it.
	Clock func(engine time.Time) time.Time

	// Inspect, if not nil, is shown every statement before it runs. Only tests
	// set it.
	Inspect func(query string)

	engine engine
	bell   bell
	health health
}

// ErrUnknown is in the chain of an error from a COMMIT that failed: the
// transaction may or may not have happened. Whoever retries must find out by a
// unique business key.
var ErrUnknown = errors.New("outcome of commit unknown")

// Open opens the database at url, "postgres://…" or a SQLite file name, and
// refuses settings under which an acknowledged write could be lost.
func Open(ctx context.Context, url string) (*DB, error) {
	d, err := OpenUnchecked(ctx, url)
	if err != nil {
		return nil, err
	}
	if err := d.engine.check(ctx); err != nil {
		return nil, errors.Join(err, d.engine.close())
	}
	return d, nil
}

// OpenUnchecked opens a database that may be away. Nothing may be written to it
// before Check has found no fault.
func OpenUnchecked(ctx context.Context, url string) (*DB, error) {
	d := &DB{bell: bell{wards: map[string]map[chan struct{}]bool{}}}
	var err error
	if IsPostgres(url) {
		d.Postgres = true
		d.engine, err = openPostgres(ctx, url, &d.bell)
	} else {
		d.engine, err = openSQLite(url)
	}
	if err != nil {
		return nil, err
	}
	return d, nil
}

// IsPostgres reports whether url names a PostgreSQL server.
func IsPostgres(url string) bool {
	return strings.HasPrefix(url, "postgres://") || strings.HasPrefix(url, "postgresql://")
}

// Close waits for running transactions and closes the database.
func (d *DB) Close() error { return d.engine.close() }

// Check asks the database whether it still answers and still keeps what it
// acknowledges.
func (d *DB) Check(ctx context.Context) error { return d.engine.check(ctx) }

// View runs fn in a read-only transaction that sees one moment.
func (d *DB) View(ctx context.Context, fn func(*Tx) error) error {
	return d.run(ctx, true, fn)
}

// Update runs fn in a transaction and commits it if fn returns nil. When
// PostgreSQL gives up a transaction because of another one (deadlock,
// serialization), fn is run again: it must not keep what an earlier run gave it.
func (d *DB) Update(ctx context.Context, fn func(*Tx) error) error {
	const tries = 4
	for i := 1; ; i++ {
		err := d.run(ctx, false, fn)
		if err == nil || i == tries || !isTransient(err) || ctx.Err() != nil {
			return err
		}
	}
}

// Join returns a context in which View and Update of d run inside tx instead of
// in a transaction of their own: what they do is committed with tx or not at
// all. After an error from them tx has to be given up.
func (d *DB) Join(ctx context.Context, tx *Tx) context.Context {
	return context.WithValue(ctx, joined{d}, tx)
}

type joined struct{ d *DB }

func (d *DB) run(ctx context.Context, readOnly bool, fn func(*Tx) error) error {
	if tx, ok := ctx.Value(joined{d}).(*Tx); ok {
		return fn(tx)
	}
	s, now, err := d.engine.begin(ctx, readOnly)
	if err != nil {
		return d.noted(readOnly || d.Postgres, unavailable(err))
	}
	defer s.rollback()
	if d.Clock != nil {
		now = d.Clock(now)
	}
	t := &Tx{s: s, ctx: ctx, postgres: d.Postgres, readOnly: readOnly, inspect: d.Inspect, Now: now.UTC().Truncate(time.Millisecond)}
	if err := fn(t); err != nil {
		return d.noted(readOnly, err)
	}
	if err := t.ring(); err != nil {
		return d.noted(readOnly, err)
	}
	if err := s.commit(ctx); err != nil {
		if isTransient(err) {
			return err // PostgreSQL says plainly that it did not commit
		}
		return d.noted(readOnly, unavailable(fmt.Errorf("%w: %w", ErrUnknown, err)))
	}
	d.health.fine(readOnly)
	for _, topic := range t.topics {
		d.bell.ring(topic)
	}
	return nil
}

// noted takes note of an error that says that the database is away, and returns it.
func (d *DB) noted(readOnly bool, err error) error {
	if errors.Is(err, ErrAway) {
		d.health.failed(readOnly)
	}
	return err
}
