package intake

import (
	"context"
	"errors"
	"log/slog"

	"involt/internal/core/id"
	"involt/internal/core/imports"
	"involt/internal/core/journal"
	"involt/internal/flow/intake/back"
	"involt/internal/flow/intake/batch"
	"involt/internal/flow/intake/pack"
	"involt/internal/flow/intake/sheet"
	"involt/internal/kit/blob"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// applying is one way through the chunks of an import.
type applying struct {
	*worker
	run    *batch.Run
	header sheet.Header
	later  bool   // some rows say more about the person of an earlier one: then it is known what became of those
	kinds  []byte // of the rows so far, if later
	row    int    // the first of the next chunk
}

// apply writes chunk after chunk, from the first that was not written yet.
func (w *worker) apply(ctx context.Context, im imports.Import) error {
	run, allowed, err := w.run(ctx, &im, im.Asker)
	if err != nil {
		return err
	}
	a := &applying{worker: w, run: run, header: sheet.Stored(im.Sheet), later: im.Sheet.Later}
	if !allowed {
		return w.stop(ctx, imports.Applying, imports.Stopped, mayNoMore+" What was applied before that stays.")
	}
	if a.header.Cards() && !mayCards(run.By) {
		return w.stop(ctx, imports.Applying, imports.Stopped, mayNotCards+" What was applied before that stays.")
	}
	run.KindOf = func(row int) batch.Kind { return kindAt(a.kinds, row) }
	if err := a.catchUp(ctx, im.Reached); err != nil {
		return err
	}
	for place := im.Reached; place < im.Chunks; place++ {
		if err := a.chunk(ctx, place, place == im.Chunks-1); err != nil {
			return err
		}
	}
	if im.Chunks == 0 {
		return w.stop(ctx, imports.Applying, imports.Done, "")
	}
	return a.invite(ctx)
}

// catchUp finds out what became of the rows of chunks that were written already.
func (a *applying) catchUp(ctx context.Context, reached int64) error {
	var list []imports.Tally
	if err := a.s.DB.View(ctx, func(tx *db.Tx) (err error) {
		list, err = imports.Tallies(tx, a.ws, a.one)
		return err
	}); err != nil {
		return err
	}
	for _, t := range list {
		if t.Place >= reached {
			break
		}
		a.row += t.Size
		if !a.later {
			continue
		}
		_, o, _, err := a.s.stored(ctx, a.ws, a.one, t.Place, false)
		if err != nil {
			return err
		}
		for i := range t.Size {
			a.kinds = append(a.kinds, kindByte(o.Kind(i)))
		}
	}
	return nil
}

// stored reads a chunk: its rows, if they are wanted, and what becomes of them.
func (s *Service) stored(ctx context.Context, ws id.Workspace, one id.Import, place int64, rows bool) (list []pack.Row, o pack.Outcomes, c imports.Chunk, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) (err error) {
		c, err = imports.ChunkAt(tx, ws, one, place)
		return err
	})
	if err == nil {
		err = pack.FromJSON(c.Outcome, &o)
	}
	if err == nil && rows {
		list, err = pack.FromRows(c.Lines)
	}
	return list, o, c, err
}

// entries makes rows of a chunk ready to be decided about. What the rows before
// them say stays as it was when the file was read.
func (a *applying) entries(rows []pack.Row, o *pack.Outcomes) []*batch.Entry {
	list := make([]*batch.Entry, len(rows))
	for i, r := range rows {
		e := &batch.Entry{Line: sheet.Line{Number: r.Line, Cells: r.Cells}, Row: a.row + i}
		list[i] = e
		if !o.Final(i) {
			l, warnings, refused, _ := a.header.Parse(r.Table(), a.run.Zone)
			e.Line, e.Outcome.Warnings = l, warnings
			if refused != nil {
				e.Refuse(*refused)
				e.Done = true
				continue
			}
			for _, w := range o.Warnings[i] {
				e.Warn(w)
			}
			if p, ok := o.Prior[i]; ok {
				e.Prior = &p
			}
			e.Fresh = o.Kind(i) == batch.Add && e.Prior == nil
			continue
		}
		why := o.Why[i]
		if len(r.Cells) > 0 {
			e.Line = a.header.Told(r.Table())
		}
		e.Refuse(sheet.Problem{Line: r.Line, Column: why.Column, Text: why.Text})
		e.Done = true
	}
	return list
}

// tries is how often a chunk is tried that others get in the way of: somebody
// added the same person, card or group just now, or took a group away. Looking
// again finds out.
const tries = 5

// chunk writes the rows of one chunk, and that it did, in one transaction.
func (a *applying) chunk(ctx context.Context, place int64, last bool) error {
	rows, o, c, err := a.s.stored(ctx, a.ws, a.one, place, true)
	if err != nil {
		return err
	}
	a.run.Trust = true
	var list []*batch.Entry
	var b *batch.Batch
	for try := 1; ; try++ {
		again := false
		err = a.s.DB.Update(ctx, func(tx *db.Tx) error {
			if again { // the database gave it up because of another one: nothing of it is there
				a.run.Again()
			}
			again = true
			list = a.entries(rows, &o)
			b, err = a.write(tx, &c, list, last)
			return err
		})
		if err == nil {
			break
		}
		if kind := errs.KindOf(err); kind != errs.Conflict && kind != errs.NotFound || try == tries {
			break
		}
		a.run.Again()
	}
	switch {
	case err == nil:
	case ctx.Err() != nil, errors.Is(err, errLost), errs.KindOf(err) == errs.Unavailable, errors.Is(err, db.ErrUnknown):
		return err
	default:
		slog.ErrorContext(ctx, "an import stops at a chunk that cannot be written", "import", a.one, "chunk", place, "err", err)
		return a.stop(ctx, imports.Applying, imports.Stopped, "Something went wrong in the rows from line "+lineOf(rows)+" on; the server's log says more. What was applied before that stays.")
	}
	a.run.Took(b)
	a.row += len(list)
	if a.later {
		for _, e := range list {
			a.kinds = append(a.kinds, kindByte(e.Outcome.Kind))
		}
	}
	return nil
}

// write decides about a chunk's rows and writes them.
func (a *applying) write(tx *db.Tx, c *imports.Chunk, list []*batch.Entry, last bool) (*batch.Batch, error) {
	im, err := a.mine(tx, imports.Applying)
	if err != nil {
		return nil, err
	}
	if im.Reached != c.Place {
		return nil, errLost // a COMMIT whose outcome was unknown had been done
	}
	b, err := a.run.Decide(tx, list)
	if err != nil {
		return nil, err
	}
	undo, err := b.Write(tx)
	if err != nil {
		return nil, err
	}
	done, err := chunkOf(c.Place, list)
	if err != nil {
		return nil, err
	}
	done.Applied = tx.Now
	if done.Undo, err = pack.JSON(undo); err != nil {
		return nil, err
	}
	if err := imports.Settle(tx, &im, &done); err != nil {
		return nil, err
	}
	im.Applied.Plus(done.Tally, b.People, b.Cards, b.Memberships)
	im.News.Groups, im.News.CostCenters = append(im.News.Groups, b.Groups()...), append(im.News.CostCenters, undo.CostCenters...)
	im.News.Accounts = append(im.News.Accounts, b.Accounts()...)
	im.Reached++
	if !last {
		return b, imports.Save(tx, &im)
	}
	return b, a.end(tx, &im)
}

// end closes the import. The file is not needed any more: its rows are.
func (w *worker) end(tx *db.Tx, im *imports.Import) error {
	im.State, im.Ended, im.Worker = imports.Done, tx.Now, ""
	if im.Blob != "" {
		if err := blob.Delete(tx, im.Blob); err != nil {
			return err
		}
		im.Blob = ""
	}
	by, err := actor(tx, im.Workspace, im.Asker)
	if err != nil {
		return err
	}
	if err := imports.Save(tx, im); err != nil {
		return err
	}
	return journal.Record(tx, by, "import.applied", journal.About("import", im.ID), total(im))
}

// sums is the value of the entries about a whole import.
type sums struct {
	back.Note
	Added   int `json:"added"`
	Changed int `json:"changed"`
	Same    int `json:"same"`
	Refused int `json:"refused"`
}

func total(im *imports.Import) sums {
	c := im.Applied
	return sums{back.Note{Import: string(im.ID), File: im.Name, Rows: c.Rows}, c.Add, c.Change, c.Same, c.Refuse}
}

func lineOf(rows []pack.Row) string {
	if len(rows) == 0 {
		return "1"
	}
	return decimal(rows[0].Line)
}

// invite invites those who were added, if that was asked for. If it fails the job
// comes again; whoever was invited by then is passed over.
func (a *applying) invite(ctx context.Context) error {
	im := imports.Import{}
	var list []id.Person
	err := a.s.DB.View(ctx, func(tx *db.Tx) (err error) {
		im, err = imports.ByID(tx, a.ws, a.one)
		return err
	})
	if err != nil || !im.Options.Invite && !a.header.Has(sheet.Invite) || im.Bulk != "" || a.s.Inviter == nil || im.State != imports.Done {
		return err
	}
	for place := range im.Reached {
		_, _, c, err := a.s.stored(ctx, a.ws, a.one, place, false)
		if err != nil {
			return err
		}
		var u back.Undo
		if err := pack.FromJSON(c.Undo, &u); err != nil {
			return err
		}
		list = append(list, u.Asked(im.Options.Invite)...)
	}
	if len(list) == 0 {
		return nil
	}
	bulk, err := a.s.Inviter.InviteMany(ctx, a.run.By, list)
	if err != nil {
		return err
	}
	return a.s.DB.Update(ctx, func(tx *db.Tx) error {
		im, err := imports.Lock(tx, a.ws, a.one)
		if err != nil {
			return err
		}
		im.Bulk = bulk
		return imports.Save(tx, &im)
	})
}
