package insight

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// kept are sums that were made before and may be shown again. A sum over many
// rows is made at most once per ten seconds for each 100,000 of them, by
// [Service.KeepSums] and not by who looks; over fewer than 20,000 it is made each
// time and is exact.
type kept struct {
	mu    sync.Mutex // guards what follows
	sums  map[string]*sum
	large map[id.Workspace]bool // where some sum is kept
}

type sum struct {
	of   any
	at   time.Time // by tx.Now
	rows int64
	busy bool // somebody makes it anew
}

const (
	exactTo      = 20_000
	rowsASecond  = 10_000
	mostKeptSums = 10_000 // workspaces times pictures; beyond it everything is forgotten once
)

// How many times its span a sum may be old: for who keeps it up, and for who
// looks, who makes it anew only if nobody does.
const (
	keeper = 1
	looker = 20
)

func (s *sum) good(now time.Time, who int) bool {
	return s.rows > exactTo && now.Sub(s.at) < time.Duration(int64(who)*max(10, s.rows/rowsASecond))*time.Second
}

// keep returns a workspace's sum of a name as it is kept, or makes it. from
// returns it with the number of rows it was made of. at is when it was so.
func keep[T any](k *kept, tx *db.Tx, ws id.Workspace, name string, who int, from func() (of T, rows int64, err error)) (of T, at time.Time, err error) {
	name += "|" + string(ws)
	k.mu.Lock()
	old := k.sums[name]
	if old != nil && (old.good(tx.Now, who) || old.busy && old.rows > exactTo) {
		k.mu.Unlock()
		return old.of.(T), old.at, nil //nolint:forcetypeassert // one name, one type
	}
	if old != nil {
		old.busy = true
	}
	k.mu.Unlock()

	of, rows, err := from()

	k.mu.Lock()
	defer k.mu.Unlock()
	if old != nil {
		old.busy = false
	}
	if err != nil {
		return of, tx.Now, err
	}
	if k.sums == nil || len(k.sums) >= mostKeptSums {
		k.sums, k.large = map[string]*sum{}, map[id.Workspace]bool{}
	}
	if rows > exactTo {
		k.large[ws] = true
		k.sums[name] = &sum{of: of, at: tx.Now, rows: rows}
	} else {
		delete(k.sums, name)
	}
	return of, tx.Now, nil
}

// KeepSums keeps the pictures of large workspaces up until ctx is done, so that
// nobody who looks waits for one.
func (s *Service) KeepSums(ctx context.Context) error {
	var list []id.Workspace
	if err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
		list, err = db.All(tx, db.Text[id.Workspace], `SELECT id FROM workspace ORDER BY id`)
		return err
	}); err != nil {
		return err
	}
	look := time.NewTicker(10 * time.Second)
	defer look.Stop()
	for {
		for _, ws := range list {
			var o Overview
			err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
				o.AsOf = tx.Now
				if o.Funnel, err = s.funnel(tx, ws, &o.AsOf, keeper); err != nil {
					return err
				}
				return s.pictures(tx, ws, &o, keeper)
			})
			if ctx.Err() != nil {
				return nil
			}
			if err != nil {
				slog.WarnContext(ctx, "pictures of a workspace not kept up", "workspace", ws, "err", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-look.C:
		}
		list = s.kept.where()
	}
}

// where are the workspaces of which sums are kept.
func (k *kept) where() (list []id.Workspace) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for ws := range k.large {
		list = append(list, ws)
	}
	return list
}
