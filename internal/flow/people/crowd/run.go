package crowd

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/apikey"
	"involt/internal/core/bulk"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/flow/people/rule"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/job"
)

var goOn = job.Define[bulkJob]("people.bulk")

type bulkJob struct {
	Workspace id.Workspace
	Bulk      id.Bulk
}

func (s *Service) goOn(ctx context.Context, j bulkJob) error { return s.GoOn(ctx, j.Workspace, j.Bulk) }

var sweep = job.Define[struct{}]("people.bulk-sweep")

const sweepEvery = 10 * time.Minute

func (s *Service) sweep(ctx context.Context, _ struct{}) error {
	return s.DB.Update(ctx, bulk.Sweep)
}

// GoOn deals with chunk after chunk until the work has ended. It may be called
// again at any time, also while another worker is at it: each chunk is dealt
// with in one transaction that holds the work's row, and only the next one is.
func (s *Service) GoOn(ctx context.Context, ws id.Workspace, one id.Bulk) error {
	j := bulkJob{ws, one}
	for {
		more, err := s.next(ctx, j)
		if errs.KindOf(err) == errs.NotFound {
			if _, gone := s.state(ctx, j); gone {
				return nil // it was forgotten long ago
			}
		}
		if err != nil || !more {
			return err
		}
	}
}

func (s *Service) state(ctx context.Context, j bulkJob) (b bulk.Bulk, gone bool) {
	err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
		b, err = bulk.ByID(tx, j.Workspace, j.Bulk)
		return err
	})
	return b, errs.KindOf(err) == errs.NotFound
}

// next deals with one chunk. Where that cannot be, it looks for the people at
// whom it fails and does the others.
func (s *Service) next(ctx context.Context, j bulkJob) (more bool, err error) {
	const tries = 3 // somebody else changed the same people in the same moment
	for range tries {
		if more, err = s.chunk(ctx, j, nil); err == nil || !ofThePeople(ctx, err) {
			return more, err
		}
	}
	odd, found := s.culprits(ctx, j)
	if !found {
		return false, err // it is not some of them: the job tries again later
	}
	slog.ErrorContext(ctx, "bulk work passes over people at whom it fails", "bulk", j.Bulk, "people", len(odd), "err", err)
	return s.chunk(ctx, j, odd)
}

// ofThePeople reports whether an error may come from the people of the chunk
// rather than from the surroundings.
func ofThePeople(ctx context.Context, err error) bool {
	return ctx.Err() == nil && errs.KindOf(err) != errs.Unavailable && !errors.Is(err, db.ErrUnknown)
}

// mostCulprits is at how many people a chunk may fail before the fault is
// sought elsewhere.
const mostCulprits = 20

// errOnlyTried gives up a transaction that would have worked.
var errOnlyTried = errors.New("only tried")

// culprits finds the people of the next chunk at whom it fails, by trying ever
// smaller parts of it in transactions that are given up.
func (s *Service) culprits(ctx context.Context, j bulkJob) (odd map[id.Person]bool, found bool) {
	var people []id.Person
	err := s.DB.View(ctx, func(tx *db.Tx) error {
		b, err := bulk.ByID(tx, j.Workspace, j.Bulk)
		if err != nil {
			return err
		}
		c, err := bulk.ChunkAt(tx, &b, place(&b))
		people = c.People
		return err
	})
	odd = map[id.Person]bool{}
	var look func([]id.Person) bool
	look = func(part []id.Person) bool {
		rest := map[id.Person]bool{}
		for _, p := range people {
			rest[p] = !slices.Contains(part, p)
		}
		err := s.DB.Update(ctx, func(tx *db.Tx) error {
			_, err := s.chunkIn(tx, j, rest)
			return errs.Or(err, errOnlyTried)
		})
		switch {
		case errors.Is(err, errOnlyTried):
			return true
		case !ofThePeople(ctx, err), len(odd) == mostCulprits:
			return false
		case len(part) == 1:
			odd[part[0]] = true
			return true
		}
		return look(part[:len(part)/2]) && look(part[len(part)/2:])
	}
	return odd, err == nil && len(people) > 0 && look(people) && len(odd) > 0 && len(odd) < max(2, len(people))
}

// chunk deals with the next chunk, but not with those of odd. It reports whether
// there is more to do.
func (s *Service) chunk(ctx context.Context, j bulkJob, odd map[id.Person]bool) (more bool, err error) {
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		more, err = s.chunkIn(tx, j, odd)
		return err
	})
	return more, err
}

func (s *Service) chunkIn(tx *db.Tx, j bulkJob, odd map[id.Person]bool) (more bool, err error) {
	b, err := bulk.Lock(tx, j.Workspace, j.Bulk)
	if err != nil {
		return false, err
	}
	if b.State != bulk.Running && b.State != bulk.Undoing {
		return false, nil // another worker was here
	}
	w := &work{s: s, tx: tx, b: &b, undo: b.State == bulk.Undoing, odd: odd}
	if place(&b)*int64(b.Action.AtOnce()) >= b.Total {
		return false, w.end()
	}
	if why, sentence, err := w.prepare(); err != nil || why != "" {
		if err == nil {
			err = w.stop(why, sentence)
		}
		return false, err
	}
	if w.c, err = bulk.ChunkAt(tx, &b, place(&b)); err != nil {
		return false, err
	}
	if w.undo {
		err = w.takeBack()
	} else {
		err = w.do()
	}
	if err != nil {
		return false, err
	}
	if err := bulk.Settle(tx, &b, &w.c); err != nil {
		return false, err
	}
	if place(&b)*int64(b.Action.AtOnce()) >= b.Total {
		return false, w.end()
	}
	return true, bulk.Save(tx, &b)
}

// place is where the next chunk stands: all before it were full ones.
func place(b *bulk.Bulk) int64 {
	n := int64(b.Action.AtOnce())
	if b.State == bulk.Undoing {
		return (b.UndoReached + n - 1) / n
	}
	return (b.Reached + n - 1) / n
}

// work is one chunk being dealt with.
type work struct {
	s    *Service
	tx   *db.Tx
	b    *bulk.Bulk
	undo bool
	odd  map[id.Person]bool // they are passed over

	by access.Actor
	ws workspace.Workspace
	to group.Group // if the action is about one
	t  rule.Terms
	c  bulk.Chunk
}

// prepare looks at what the work stands on: whether whoever asked still may, and
// whether the group is still there. why goes after a name; sentence is for the
// page.
func (w *work) prepare() (why, sentence string, err error) {
	tx, ws, asker := w.tx, w.b.Workspace, w.b.Asker
	if w.undo {
		asker = w.b.Undoer
	}
	if w.by, err = actor(tx, ws, asker); err != nil {
		return "", "", err
	}
	if !w.by.Perms.Has(access.PeopleWrite) {
		return "was not reached: whoever asked for this may no longer change users", "It was stopped: whoever asked for this may no longer change users.", nil
	}
	if w.ws, err = workspace.ByID(tx, ws); err != nil {
		return "", "", err
	}
	w.t = rule.Terms{By: w.by, Mode: w.ws.AccessMode}
	if g := w.b.Args.Group; g != "" {
		w.to, err = group.ByID(tx, ws, g)
		if errs.KindOf(err) == errs.NotFound {
			return "was not reached: the group was deleted meanwhile", "It was stopped: the group was deleted meanwhile.", nil
		}
	}
	return "", "", err
}

// actor is whoever asked, with what they may do now.
func actor(tx *db.Tx, ws id.Workspace, asker bulk.Asker) (by access.Actor, err error) {
	if asker.Key != "" {
		by = access.Actor{Workspace: ws, Name: journal.About("key", asker.Key)}
		k, err := apikey.ByID(tx, ws, asker.Key)
		if err == nil {
			by.Perms, err = apikey.Effective(tx, k)
		}
		return by, err
	}
	p, err := person.ByID(tx, ws, asker.Person)
	if errs.KindOf(err) == errs.NotFound {
		return access.Actor{Workspace: ws, Name: journal.About("person", asker.Person), Person: asker.Person}, nil
	}
	if err != nil {
		return by, err
	}
	by, _, err = p.Actor(tx)
	return by, err
}

// stop ends the work before everybody was reached. What was done stays, and is
// listed.
func (w *work) stop(why, sentence string) error {
	b := w.b
	b.Note = sentence
	if w.undo {
		if err := w.leaveRest(why); err != nil {
			return err
		}
		return w.end()
	}
	if err := bulk.SettleRest(w.tx, b, why); err != nil {
		return err
	}
	b.Reached = b.Total
	return w.end()
}

// leaveRest says of those whom undoing has not reached why they stay as they
// are.
func (w *work) leaveRest(why string) error {
	for at := place(w.b); at*int64(w.b.Action.AtOnce()) < w.b.Total; at++ {
		c, err := bulk.ChunkAt(w.tx, w.b, at)
		if err != nil {
			return err
		}
		for i, skipped := range c.Outcome.Why(len(c.People)) {
			if skipped == "" {
				leave(&c.Outcome, why, i)
			}
		}
		c.Outcome.Undone, c.Before = true, nil
		if err := bulk.Settle(w.tx, w.b, &c); err != nil {
			return err
		}
	}
	w.b.UndoReached = w.b.Total
	return nil
}

// end closes the work.
func (w *work) end() error {
	b := w.b
	switch {
	case w.undo:
		b.State = bulk.Undone
	default:
		b.State = bulk.Done
		if b.Note != "" {
			b.State = bulk.Stopped
		}
		b.Ended = w.tx.Now
		if b.Action.Undoable() && b.Done > 0 {
			b.UndoUntil = w.tx.Now.Add(bulk.UndoFor)
		}
		b.Args.Reason, b.Args.Message = "", "" // may be about one of them
	}
	return bulk.Save(w.tx, b)
}
