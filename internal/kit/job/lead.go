package job

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"time"

	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Hold is the proof of being the one replica that does something.
type Hold struct {
	name  string
	fence int64
}

// leadFor is how long a leader that gives no sign of life stays leader.
const leadFor = 15 * time.Second

// errLost says that another replica leads now.
var errLost = errs.New(errs.Conflict, "Another replica has taken this over.")

// Keep asserts in tx that the hold still stands, and prolongs it. Every
// transaction of a leader begins with it: of two that believe to lead, only one
// commits.
func (h *Hold) Keep(tx *db.Tx) error {
	n, err := tx.Exec(`UPDATE lease SET until = ? WHERE name = ? AND fence = ?`, tx.Now.Add(leadFor).UnixMilli(), h.name, h.fence)
	if err == nil && n == 0 {
		err = errLost
	}
	return err
}

// Lead runs do while this replica leads under name, and waits to lead while
// another one does. It returns when ctx is done. If do fails, leading is tried
// again.
func Lead(ctx context.Context, d *db.DB, name string, do func(context.Context, *Hold) error) error {
	holder := rand.Text()
	for ctx.Err() == nil {
		h, err := acquire(ctx, d, name, holder)
		if err == nil && h != nil {
			err = leading(ctx, d, h, do)
		}
		if err != nil && ctx.Err() == nil && !errors.Is(err, errLost) {
			slog.ErrorContext(ctx, "leading failed", "name", name, "err", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
	return nil
}

// leading runs do, prolongs the hold meanwhile and gives it back at the end, so
// that the next replica need not wait.
func leading(ctx context.Context, d *db.DB, h *Hold, do func(context.Context, *Hold) error) error {
	inner, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		t := time.NewTicker(leadFor / 3)
		defer t.Stop()
		for {
			select {
			case <-inner.Done():
				return
			case <-t.C:
			}
			if err := d.Update(inner, h.Keep); errors.Is(err, errLost) {
				cancel()
				return
			}
		}
	}()
	err := do(inner, h)
	cancel()
	<-done
	back, stop := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer stop()
	return errors.Join(err, d.Update(back, func(tx *db.Tx) error {
		_, err := tx.Exec(`UPDATE lease SET until = 0 WHERE name = ? AND fence = ?`, h.name, h.fence)
		return err
	}))
}

// acquire takes the lead if nobody has it, or returns nil.
func acquire(ctx context.Context, d *db.DB, name, holder string) (*Hold, error) {
	free := false
	err := d.View(ctx, func(tx *db.Tx) error {
		return tx.Row(`SELECT NOT EXISTS (SELECT 1 FROM lease WHERE name = ? AND until >= ?)`, []any{name, tx.NowMS()}, &free)
	})
	if err != nil || !free {
		return nil, err
	}
	h := &Hold{name: name}
	err = d.Update(ctx, func(tx *db.Tx) error {
		return tx.Row(`INSERT INTO lease (name, holder, fence, until) VALUES (?, ?, 1, ?)
			ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, fence = lease.fence + 1, until = excluded.until WHERE lease.until < ?
			RETURNING fence`, []any{name, holder, tx.Now.Add(leadFor).UnixMilli(), tx.NowMS()}, &h.fence)
	})
	if errs.KindOf(err) == errs.NotFound {
		return nil, nil // another replica was quicker
	}
	if err != nil {
		return nil, err
	}
	return h, nil
}
