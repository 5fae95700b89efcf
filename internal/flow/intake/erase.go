package intake

import (
	"context"
	"time"

	"involt/internal/core/imports"
	"involt/internal/core/journal"
	"involt/internal/flow/intake/back"
	"involt/internal/flow/intake/batch"
	"involt/internal/flow/intake/pack"
	"involt/internal/flow/intake/sheet"
	"involt/internal/flow/intake/trace"
	"involt/internal/kit/blob"
	"involt/internal/kit/db"
	"involt/internal/kit/job"
)

var forget = job.Define[struct{}]("intake.forget")

// forgetAgain is how long it takes until imports are looked at again that something
// was going on with.
const forgetAgain = 30 * time.Second

// Eraser hears who is erased, and has the rows of all imports that are kept gone
// through for them: rows that brought them in or changed them, rows that changed
// nothing, rows that were refused, and those of files that were not applied.
func Eraser() journal.Reader {
	return journal.Reader{Name: "intake.erase", What: []string{"person.erased"}, Do: func(tx *db.Tx, _ journal.Entry) error {
		return forget.Add(tx, struct{}{}, job.Unique("all"))
	}}
}

// forgetErased goes through the rows that are kept, once for all who were erased
// since that was done last.
func (s *Service) forgetErased(ctx context.Context, _ struct{}) error {
	const atOnce = 2000
	for {
		var gone []imports.Erasure
		var kept []imports.Import
		var now time.Time
		if err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
			now, kept = tx.Now, nil
			if gone, err = imports.Erasures(tx, atOnce); err == nil && len(gone) > 0 {
				kept, err = imports.Kept(tx, gone[0].Workspace)
			}
			return err
		}); err != nil || len(gone) == 0 {
			return err
		}
		waits := false
		for _, im := range kept {
			var about []imports.Erasure
			for _, e := range gone {
				// What somebody imports later they mean to; a transaction may be noted a little after its time.
				if !e.At.Before(im.Created) && e.At.After(im.Options.Erased) {
					about = append(about, e)
				}
			}
			if len(about) == 0 {
				continue
			}
			done, err := s.forgetIn(ctx, im, about, now.Add(-time.Minute))
			if err != nil {
				return err
			}
			waits = waits || !done
		}
		if waits {
			return &job.Later{Wait: forgetAgain, Err: ErrBusy}
		}
		if err := s.DB.Update(ctx, func(tx *db.Tx) error {
			for _, e := range gone {
				if err := imports.DropErasure(tx, e.Workspace, e.Person); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
}

// forgetIn goes through the rows of one import. It reports false if something goes
// on with that: then it has to be looked at again. upto is until when everybody who
// was erased was looked for.
func (s *Service) forgetIn(ctx context.Context, im imports.Import, about []imports.Erasure, upto time.Time) (done bool, err error) {
	busy := func(im *imports.Import) bool { return im.State == imports.Uploading || im.State.Working() }
	if busy(&im) {
		return false, nil
	}
	var tallies []imports.Tally
	if err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
		tallies, err = imports.Tallies(tx, im.Workspace, im.ID)
		return err
	}); err != nil {
		return false, err
	}
	header := sheet.Stored(im.Sheet)
	wanted := trace.Of(about)
	found := false
	for _, t := range tallies {
		_, _, c, err := s.stored(ctx, im.Workspace, im.ID, t.Place, false)
		if err != nil {
			return false, err
		}
		touched, err := forgetRows(&header, wanted, &c)
		if err != nil {
			return false, err
		}
		if !touched {
			continue
		}
		found = true
		if err := s.DB.Update(ctx, func(tx *db.Tx) error {
			now, err := imports.Lock(tx, im.Workspace, im.ID)
			if err != nil {
				return err
			}
			if done = !busy(&now); !done {
				return nil
			}
			// Nobody but a worker writes chunks, and none is at it.
			if c, err = imports.ChunkAt(tx, im.Workspace, im.ID, t.Place); err != nil {
				return err
			}
			was := c.Tally
			if _, err := forgetRows(&header, wanted, &c); err != nil {
				return err
			}
			if c.Place >= now.Reached && c.Tally != was { // what is not applied yet is left out when it is
				now.Counts.Add += c.Adds - was.Adds
				now.Counts.Change += c.Changes - was.Changes
				now.Counts.Same += c.Sames - was.Sames
				now.Counts.Refuse += c.Refusals - was.Refusals
				if err := imports.Settle(tx, &now, &c); err != nil {
					return err
				}
			}
			if err := imports.Rewrite(tx, im.Workspace, im.ID, &c); err != nil {
				return err
			}
			return imports.Save(tx, &now)
		}); err != nil || !done {
			return false, err
		}
	}
	return s.forgetFile(ctx, im, wanted, found, upto)
}

// forgetFile takes out what is kept of an import beside its rows: examples of its
// columns, and the file itself if somebody stood in it who is erased.
func (s *Service) forgetFile(ctx context.Context, im imports.Import, wanted *trace.Wanted, found bool, upto time.Time) (done bool, err error) {
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		now, err := imports.Lock(tx, im.Workspace, im.ID)
		if err != nil {
			return err
		}
		if done = !now.State.Working(); !done {
			return nil
		}
		for i := range now.Sheet.Headings {
			h := &now.Sheet.Headings[i]
			if found || wanted.Cells(append(h.Sample, h.Text)) {
				found, h.Sample = true, nil
			}
			if wanted.Cells([]string{h.Text}) {
				h.Text = ""
			}
		}
		if found && now.Blob != "" {
			if err := blob.Delete(tx, now.Blob); err != nil {
				return err
			}
			now.Blob = ""
		}
		if upto.After(now.Options.Erased) {
			now.Options.Erased = upto
		}
		return imports.Save(tx, &now)
	})
	return done, err
}

// erasedRow is said of a row that is not there any more.
const erasedRow = "Whoever this row was about was erased meanwhile, and it with them."

// forgetRows takes the rows out of a chunk that are about somebody who is erased, and
// what other rows' reasons say of them. It reports whether it found anything.
func forgetRows(h *sheet.Header, wanted *trace.Wanted, c *imports.Chunk) (touched bool, err error) {
	rows, err := pack.FromRows(c.Lines)
	if err != nil {
		return false, err
	}
	var o pack.Outcomes
	if err := pack.FromJSON(c.Outcome, &o); err != nil {
		return false, err
	}
	var u back.Undo
	if err := pack.FromJSON(c.Undo, &u); err != nil {
		return false, err
	}
	theirs := map[int]bool{}
	for _, who := range u.Among(wanted.People) {
		touched = true
		for _, i := range u.Forget(who) {
			theirs[i] = true
		}
	}
	for i, r := range rows {
		if len(r.Cells) > 0 && wanted.Row(h, r.Table()) {
			theirs[i] = true
		}
	}
	for i := range theirs {
		if i >= len(rows) || rows[i].Cells == nil && o.Bare(i) {
			continue
		}
		touched = true
		rows[i].Cells = nil
		kind := o.Kind(i)
		o.Forget(i)
		if !c.Applied.IsZero() && kind != batch.Refuse {
			continue
		}
		switch kind {
		case batch.Add:
			c.Adds--
		case batch.Update:
			c.Changes--
		case batch.Same:
			c.Sames--
		case batch.Refuse:
			c.Refusals--
		}
		c.Refusals++
		o.RefuseFinally(i, sheet.Problem{Text: erasedRow})
	}
	touched = o.Reword(wanted.Reword) || touched
	if !touched {
		return false, nil
	}
	if c.Lines, err = pack.Rows(rows); err != nil {
		return false, err
	}
	if c.Outcome, err = pack.JSON(o); err != nil {
		return false, err
	}
	if len(c.Undo) == 0 {
		c.Undo = []byte{}
		return true, nil
	}
	c.Undo, err = pack.JSON(u)
	return true, err
}
