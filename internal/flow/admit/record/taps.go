package record

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"

	"involt/internal/core/decision"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// TapsAtOnce is how many decisions are one record on the disk, and one transaction
// afterwards.
const TapsAtOnce = 500

// Store stores the decisions that wait. If the database takes none, they go onto this
// server's disk until it does. Only one may store at a time.
func (r *Recorder) Store(ctx context.Context, d *db.DB) error {
	err := r.unspool(ctx, d)
	if err == nil {
		err = r.store(ctx, d)
	}
	if err != nil {
		r.Spool()
	}
	return err
}

// Spool puts the decisions that wait onto this server's disk. Those that do not get
// there wait on in memory.
func (r *Recorder) Spool() {
	if r.Taps == nil || r.Waiting() == 0 {
		return
	}
	r.mu.Lock()
	list := r.list
	r.list, r.storing = nil, len(list)
	r.mu.Unlock()
	for len(list) > 0 {
		some := make([]decision.Decision, 0, TapsAtOnce)
		for i := range list[:min(len(list), TapsAtOnce)] {
			some = append(some, list[i].decision())
		}
		b, err := json.Marshal(some)
		if err == nil {
			err = r.Taps.Append(b)
		}
		if err != nil {
			break // its log says so
		}
		list = list[len(some):]
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.storing = 0
	r.list = append(list, r.list...)
	if len(r.list) >= keepAtMost {
		r.shed()
	}
}

// Spooled is how much of the decisions waits on this server's disk, in portions.
func (r *Recorder) Spooled() int {
	if r.Taps == nil {
		return 0
	}
	return r.Taps.Len()
}

// unspool stores the decisions that wait on the disk. Whoever dies in between stores
// some again, which does nothing.
func (r *Recorder) unspool(ctx context.Context, d *db.DB) error {
	for r.Spooled() > 0 {
		list, err := r.Taps.Peek(1)
		if err != nil || len(list) == 0 {
			return err
		}
		var some []decision.Decision
		if err := json.Unmarshal(list[0], &some); err != nil {
			return err
		}
		if err := keepSome(ctx, d, some); err != nil {
			return err
		}
		if err := r.Taps.Drop(1); err != nil {
			return err
		}
	}
	return nil
}

// keepSome stores decisions. One that the database does not take for itself is given
// up.
func keepSome(ctx context.Context, d *db.DB, list []decision.Decision) error {
	err := d.Update(ctx, func(tx *db.Tx) error {
		tx.Notify("decision")
		return decision.Keep(tx, list)
	})
	switch {
	case err == nil:
		return nil
	case errors.Is(err, db.ErrAway) || errs.KindOf(err) == errs.Unavailable || ctx.Err() != nil:
		return err
	case len(list) == 1:
		slog.ErrorContext(ctx, "a decision is not recorded: the database does not take it", "workspace", list[0].Workspace, "charger", list[0].Charger)
		return nil
	}
	half := len(list) / 2
	return errors.Join(keepSome(ctx, d, list[:half]), keepSome(ctx, d, list[half:]))
}
