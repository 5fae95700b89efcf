package charge

import (
	"context"
	"math"
	"sync"

	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/spool"
)

// block is how many transaction ids a replica takes at once. What a stop leaves
// over of a block is never used.
const block = 100

// aside is how many are set aside for a time in which the database is away: a day
// of a start each second is more than any replica has seen.
const aside = 100_000

// Numbers gives out OCPP 1.6 transaction ids: positive, and unique over all
// time, workspaces and replicas.
type Numbers struct {
	DB *db.DB
	// Stock is numbers for the time in which the database is away; nil for none.
	Stock *spool.Stock

	mu        sync.Mutex // guards next and end
	next, end int64
}

// Next returns a number that was never given out before.
func (n *Numbers) Next(ctx context.Context) (int32, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.next == n.end {
		from, err := n.lease(ctx, block)
		if err != nil {
			return 0, err
		}
		n.next, n.end = from, from+block
	}
	return n.give()
}

// Aside does so without the database, as long as there are some.
func (n *Numbers) Aside() (int32, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.next < n.end {
		return n.give()
	}
	if n.Stock == nil {
		return 0, errs.New(errs.Unavailable, "The database does not answer, and no transaction ids are set aside.")
	}
	got, err := n.Stock.Take()
	if err == nil && got > math.MaxInt32 {
		err = errUsedUp
	}
	return int32(got), err //nolint:gosec // at most MaxInt32, see above
}

var errUsedUp = errs.New(errs.Internal, "All transaction ids are used up.")

func (n *Numbers) give() (int32, error) {
	if n.next > math.MaxInt32 {
		return 0, errUsedUp
	}
	n.next++
	return int32(n.next - 1), nil //nolint:gosec // at most MaxInt32, see above
}

// SetAside sees to it that there are numbers for a time in which the database is
// away.
func (n *Numbers) SetAside(ctx context.Context) error {
	if n.Stock == nil || n.Stock.Left() > aside/2 {
		return nil
	}
	from, err := n.lease(ctx, aside)
	if err != nil {
		return err
	}
	return n.Stock.Add(from, from+aside)
}

// lease takes so many numbers from the database, and returns the first.
func (n *Numbers) lease(ctx context.Context, many int64) (from int64, err error) {
	var end int64
	err = n.DB.Update(ctx, func(tx *db.Tx) error {
		return tx.Row(`INSERT INTO transaction_id (name, next) VALUES ('ocpp1.6', ?)
			ON CONFLICT (name) DO UPDATE SET next = transaction_id.next + ? RETURNING next`, []any{1 + many, many}, &end)
	})
	return end - many, err
}
