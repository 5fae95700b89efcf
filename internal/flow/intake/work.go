package intake

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/imports"
	"involt/internal/core/workspace"
	"involt/internal/flow/intake/back"
	"involt/internal/flow/intake/batch"
	"involt/internal/kit/blob"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/job"
)

var goOn = job.Define[importJob]("intake.import")

type importJob struct {
	Workspace id.Workspace
	Import    id.Import
}

var sweep = job.Define[struct{}]("intake.sweep")

const sweepEvery = 10 * time.Minute

// Jobs tells pool how to go on with imports, and how to forget what is old.
func (s *Service) Jobs(pool *job.Pool) {
	job.Handle(pool, goOn, func(ctx context.Context, j importJob) error {
		err := s.GoOn(ctx, j.Workspace, j.Import)
		if errors.Is(err, ErrBusy) || errs.KindOf(err) == errs.Unavailable {
			// Another worker is at it, or died a moment ago; or the disk is full. It
			// must go on soon after that has changed.
			return &job.Later{Wait: 2 * time.Second, Err: err}
		}
		return err
	})
	job.Handle(pool, sweep, s.sweep)
	job.Handle(pool, forget, s.forgetErased)
	job.Every(pool, sweep, struct{}{}, sweepEvery)
}

// sweep forgets files and rows that need not be kept any longer.
func (s *Service) sweep(ctx context.Context, _ struct{}) error {
	for {
		var list []imports.Import
		err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
			list, err = imports.Stale(tx, 20)
			return err
		})
		if err != nil || len(list) == 0 {
			return err
		}
		for _, im := range list {
			err := s.DB.Update(ctx, func(tx *db.Tx) error {
				now, err := imports.Lock(tx, im.Workspace, im.ID)
				if err != nil || now.State.Working() {
					return err
				}
				if now.Blob != "" {
					if err := blob.Delete(tx, now.Blob); err != nil {
						return err
					}
				}
				if !now.State.Applied() {
					return imports.Discard(tx, im.Workspace, im.ID)
				}
				now.Blob, now.Kept = "", false
				for i := range now.Sheet.Headings {
					now.Sheet.Headings[i].Sample = nil
				}
				if err := imports.DropChunks(tx, im.Workspace, im.ID); err != nil {
					return err
				}
				return imports.Save(tx, &now)
			})
			if err != nil && errs.KindOf(err) != errs.NotFound {
				return err
			}
		}
	}
}

// ErrBusy says that another worker is at an import.
var ErrBusy = errs.New(errs.Unavailable, "Another worker is at this import.")

// errLost ends the work of a worker whose import was taken over, stopped, or
// is to be read in another way.
var errLost = errors.New("the import is not this worker's any more")

// worker goes on with one import.
type worker struct {
	s    *Service
	ws   id.Workspace
	one  id.Import
	name string // among workers
}

// GoOn goes on with an import until there is nothing left to do by itself. It may
// be called at any time; while another worker is at it, it is an ErrBusy.
func (s *Service) GoOn(ctx context.Context, ws id.Workspace, one id.Import) (err error) {
	defer errs.Wrap(&err, "intake.GoOn(%s)", one)
	w := &worker{s, ws, one, rand.Text()}
	for {
		var im imports.Import
		err := s.DB.Update(ctx, func(tx *db.Tx) (err error) {
			if im, err = imports.ByID(tx, ws, one); err != nil || !im.State.Working() {
				return err
			}
			taken, err := imports.Take(tx, ws, one, w.name)
			if err == nil && !taken {
				err = ErrBusy
			}
			im.Worker = w.name
			return err
		})
		if errs.KindOf(err) == errs.NotFound || err == nil && !im.State.Working() {
			return nil // it was discarded, or there is nothing to do
		}
		if err != nil {
			return err
		}
		switch im.State {
		case imports.Previewing:
			err = w.preview(ctx, im)
		case imports.Applying:
			err = w.apply(ctx, im)
		default:
			err = w.takeBack(ctx, im)
		}
		if errors.Is(err, errLost) {
			continue // look again what there is to do
		}
		if err != nil {
			// Whoever takes it over need not wait for the lease to end.
			let, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			if gone := s.DB.Update(let, func(tx *db.Tx) error { return imports.Let(tx, ws, one, w.name) }); gone != nil {
				slog.WarnContext(ctx, "an import is not given back; it goes on once its lease has ended", "import", one, "err", gone)
			}
			return err
		}
	}
}

// mine locks the import in tx, and makes sure that it is still this worker's
// and in a state.
func (w *worker) mine(tx *db.Tx, state imports.State) (im imports.Import, err error) {
	im, err = imports.Lock(tx, w.ws, w.one)
	if errs.KindOf(err) == errs.NotFound || err == nil && (im.State != state || !im.Hold(tx, w.name)) {
		err = errLost
	}
	return im, err
}

// run is what all chunks of the import have in common. allowed is false if whoever
// asked for it may not do that any more.
func (w *worker) run(ctx context.Context, im *imports.Import, asker string) (r *batch.Run, allowed bool, err error) {
	r = &batch.Run{Order: back.Order{Import: im.ID, File: im.Name}, CardsUntil: im.Options.CardsUntil, Overwrite: im.Options.Overwrite, MayInvite: w.s.Inviter != nil}
	err = w.s.DB.View(ctx, func(tx *db.Tx) error {
		if r.By, err = actor(tx, w.ws, asker); err != nil {
			return err
		}
		ws, err := workspace.ByID(tx, w.ws)
		if err != nil {
			return err
		}
		r.Zone, err = time.LoadLocation(ws.TimeZone)
		return err
	})
	return r, r.By.Need(needed) == nil, err
}

// stop ends what goes on before its end, for a reason that is a sentence.
func (w *worker) stop(ctx context.Context, state, to imports.State, why string) error {
	return w.s.DB.Update(ctx, func(tx *db.Tx) error {
		im, err := w.mine(tx, state)
		if err != nil {
			return err
		}
		im.State, im.Note, im.Ended, im.Worker = to, why, tx.Now, ""
		if to == imports.Failed && im.Blob != "" { // it cannot be read, and so nobody needs it
			if err := blob.Delete(tx, im.Blob); err != nil {
				return err
			}
			im.Blob = ""
		}
		return imports.Save(tx, &im)
	})
}

// mayNoMore is why an import stops whose asker lost the permission for it.
const mayNoMore = "Whoever asked for this may no longer change users and see personal data."

// mayCards reports whether an import with cards in it may go on.
func mayCards(by access.Actor) bool { return by.Need(access.CardsWrite) == nil }

const mayNotCards = "The file has cards in it, and your role does not allow to change cards."
