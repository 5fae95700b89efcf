package charge

import (
	"context"
	"math"
	"sync"

	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// block is how many transaction ids a replica takes at once. What a stop leaves
// over of a block is never used.
const block = 100

// Numbers gives out OCPP 1.6 transaction ids: positive, and unique over all
// time, workspaces and replicas.
type Numbers struct {
	DB *db.DB

	mu        sync.Mutex // guards next and end
	next, end int64
}

// Next returns a number that was never given out before.
func (n *Numbers) Next(ctx context.Context) (int32, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.next == n.end {
		if err := n.lease(ctx); err != nil {
			return 0, err
		}
	}
	if n.next > math.MaxInt32 {
		return 0, errs.New(errs.Internal, "All transaction ids are used up.")
	}
	got := n.next
	n.next++
	return int32(got), nil //nolint:gosec // at most MaxInt32, see above
}

func (n *Numbers) lease(ctx context.Context) error {
	var end int64
	err := n.DB.Update(ctx, func(tx *db.Tx) error {
		return tx.Row(`INSERT INTO transaction_id (name, next) VALUES ('ocpp1.6', ?)
			ON CONFLICT (name) DO UPDATE SET next = transaction_id.next + ? RETURNING next`, []any{1 + block, block}, &end)
	})
	if err == nil {
		n.next, n.end = end-block, end
	}
	return err
}
