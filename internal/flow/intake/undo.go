package intake

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"involt/internal/core/imports"
	"involt/internal/core/journal"
	"involt/internal/flow/intake/back"
	"involt/internal/flow/intake/batch"
	"involt/internal/flow/intake/pack"
	"involt/internal/kit/db"
)

func decimal(n int) string { return strconv.Itoa(n) }

// How many of what depends on an import its page lists.
const dependsShown = 200

// takeBack undoes an import: first it looks through all of it for what depends on
// it, and then takes chunk after chunk back, the last first.
func (w *worker) takeBack(ctx context.Context, im imports.Import) error {
	run, allowed, err := w.run(ctx, &im, im.Undoer)
	if err != nil {
		return err
	}
	if !allowed || !mayCards(run.By) {
		return w.stop(ctx, imports.Undoing, imports.Done, "Undoing stopped: whoever asked for it may no longer change users and cards.")
	}
	if !im.Back.Checked {
		free, err := w.check(ctx, run, &im)
		if err != nil || !free {
			return err
		}
	}
	for im.UndoReached < im.Reached {
		if im, err = w.back(ctx, run, im); err != nil {
			return err
		}
	}
	return nil
}

// check looks for what depends on the import. It reports false if undoing ends
// with that.
func (w *worker) check(ctx context.Context, run *batch.Run, im *imports.Import) (free bool, err error) {
	found := imports.Back{Depends: []imports.Dependent{}}
	var later back.Later
	for n := range im.Reached {
		place := im.Reached - 1 - n
		err := w.s.DB.View(ctx, func(tx *db.Tx) error {
			c, err := imports.ChunkAt(tx, w.ws, w.one, place)
			if err != nil {
				return err
			}
			var u back.Undo
			if err := pack.FromJSON(c.Undo, &u); err != nil {
				return err
			}
			list, err := u.Depends(tx, &run.Order, &later)
			found.Count += len(list)
			found.Depends = append(found.Depends, list[:min(len(list), dependsShown-len(found.Depends))]...)
			return err
		})
		if err != nil {
			return false, err
		}
		if n%16 == 15 { // a sign of life
			if err := w.s.DB.Update(ctx, func(tx *db.Tx) error {
				now, err := w.mine(tx, imports.Undoing)
				if err != nil {
					return err
				}
				return imports.Save(tx, &now)
			}); err != nil {
				return false, err
			}
		}
	}
	err = w.s.DB.Update(ctx, func(tx *db.Tx) error {
		now, err := w.mine(tx, imports.Undoing)
		if err != nil {
			return err
		}
		now.Back = found
		if found.Count > 0 && !now.Options.LeaveRest {
			now.State, now.Worker = imports.Done, ""
			if now.Reached < now.Chunks {
				now.State = imports.Stopped
			}
			free = false
			return imports.Save(tx, &now)
		}
		// From here on it lists what stays in the end, which may be more: a group that somebody is left in.
		now.Back, free = imports.Back{Depends: []imports.Dependent{}, Checked: true}, true
		return imports.Save(tx, &now)
	})
	return free, err
}

// back takes one chunk back.
func (w *worker) back(ctx context.Context, run *batch.Run, _ imports.Import) (im imports.Import, err error) {
	err = w.s.DB.Update(ctx, func(tx *db.Tx) error {
		if im, err = w.mine(tx, imports.Undoing); err != nil {
			return err
		}
		place := im.Reached - im.UndoReached - 1
		c, err := imports.ChunkAt(tx, w.ws, w.one, place)
		if err != nil {
			return err
		}
		var u back.Undo
		if err := pack.FromJSON(c.Undo, &u); err != nil {
			return err
		}
		done, left, err := u.TakeBack(tx, &run.Order)
		if err != nil {
			return err
		}
		if c.Undo, err = pack.JSON(u); err != nil {
			return err
		}
		if err := imports.Rewrite(tx, w.ws, w.one, &c); err != nil {
			return err
		}
		im.Back.Done += done
		im.Back.Left += left
		im.Back.Count += left
		for _, why := range slices.Sorted(maps.Keys(u.Left)) {
			for _, subject := range u.Left[why] {
				if len(im.Back.Depends) < dependsShown {
					im.Back.Depends = append(im.Back.Depends, imports.Dependent{Subject: subject, Why: why})
				}
			}
		}
		im.UndoReached++
		if im.UndoReached == im.Reached {
			im.State, im.Ended, im.Worker = imports.Undone, tx.Now, ""
			n := run.Note()
			n.Rows = im.Back.Done
			if err := journal.Record(tx, run.By, "import.undone", run.About(), n); err != nil {
				return err
			}
		}
		return imports.Save(tx, &im)
	})
	if err != nil {
		return im, fmt.Errorf("taking a chunk back: %w", err)
	}
	return im, nil
}
