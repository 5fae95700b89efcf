package db

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"

	"involt/internal/kit/errs"

	"github.com/jackc/pgx/v5/pgconn"
)

// ErrAway is in the chain of errors that say nothing about what was asked: the
// database does not answer, or takes nothing because its disk is full or fails.
// What came of the transaction may be unknown, see [ErrUnknown].
var ErrAway = errors.New("the database is away")

// health is whether the database answers and takes what it is given, as every
// transaction finds out. The moments are milliseconds by this process's clock,
// since the database's cannot be asked; 0 if all is well.
type health struct {
	reads  atomic.Int64 // since when nothing can be read
	writes atomic.Int64 // since when nothing can be saved
	held   atomic.Int64 // since when nobody is to use it, whether it answers or not
}

func (h *health) failed(readOnly bool) {
	now := time.Now().UnixMilli()
	h.writes.CompareAndSwap(0, now)
	if readOnly {
		h.reads.CompareAndSwap(0, now)
	}
}

func (h *health) fine(readOnly bool) {
	if h.reads.Load() != 0 {
		h.reads.Store(0)
	}
	if !readOnly && h.writes.Load() != 0 {
		h.writes.Store(0)
	}
}

// since is the first of some moments that are set.
func since(moments ...*atomic.Int64) (time.Time, bool) {
	for _, ms := range moments {
		if at := ms.Load(); at != 0 {
			return time.UnixMilli(at).UTC(), true
		}
	}
	return time.Time{}, false
}

// Away reports whether the database does not answer at all, and since when.
func (d *DB) Away() (from time.Time, away bool) { return since(&d.health.held, &d.health.reads) }

// Failing reports whether nothing can be saved, and since when: the database does
// not answer, or its disk is full or fails. It costs next to nothing.
func (d *DB) Failing() (from time.Time, failing bool) { return since(&d.health.held, &d.health.writes) }

// Hold makes Away and Failing say that the database is away until Release is called:
// nobody has made sure yet that it may be used. It keeps nobody from using it.
func (d *DB) Hold() { d.health.held.Store(time.Now().UnixMilli()) }

// Release ends Hold.
func (d *DB) Release() { d.health.held.Store(0) }

// Pulse feels whether the database answers until ctx is done, so that Away and
// Failing say so soon although nobody else asks it anything, and although a
// network swallows what is asked.
func (d *DB) Pulse(ctx context.Context) error {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		d.feel(ctx)
	}
}

// patience is how long the database may take to say anything at all.
const patience = 4 * time.Second

func (d *DB) feel(ctx context.Context) {
	try, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	_, failing := d.Failing()
	var err error
	if failing {
		err = d.Update(try, func(tx *Tx) error {
			_, err := tx.Exec(`INSERT INTO pulse (name, at) VALUES ('pulse', ?) ON CONFLICT (name) DO UPDATE SET at = excluded.at`, tx.NowMS())
			return err
		})
		if _, away := d.Away(); err == nil || !away {
			return
		}
	}
	err = d.View(try, func(tx *Tx) error {
		var one int64
		return tx.Row(`SELECT 1`, nil, &one)
	})
	if err != nil && ctx.Err() == nil && try.Err() != nil {
		d.health.failed(true) // it said nothing, which View cannot tell from a caller who went away
	}
}

// lost reports whether err is of the connection to PostgreSQL and not of what was
// asked: the server went away in the middle.
func lost(err error) bool {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	if _, is := errors.AsType[net.Error](err); is {
		return true
	}
	if _, is := errors.AsType[*pgconn.ConnectError](err); is {
		return true
	}
	// pgconn says SafeToRetry only where nothing of a statement was sent: of a
	// connection that is closed.
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || pgconn.SafeToRetry(err)
}

// unavailable marks an error of the engine as one that may pass.
func unavailable(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return fmt.Errorf("%w: %w: %w", errs.New(errs.Unavailable, "The database does not answer. Please try again in a moment."), ErrAway, err)
}

func diskFull(err error) error {
	return fmt.Errorf("%w: %w: %w", errs.New(errs.Unavailable, "The disk is full; nothing was saved."), ErrAway, err)
}
