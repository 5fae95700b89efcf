package journal

import (
	"context"
	"errors"
	"slices"
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/job"
)

// Reader acts on what happened. Its entries reach it in order and, as far as
// its effects are in the database, exactly once: Do writes in the transaction
// that moves the cursor. After an error the same entries come again.
type Reader struct {
	Name string   // stored with the cursor: never change it
	What []string // the entries it wants; the others are passed over
	Do   func(*db.Tx, Entry) error
}

// Post numbers entries and brings them to their readers.
type Post struct {
	DB      *db.DB
	readers []Reader
}

// Subscribe adds a reader. It must come before Jobs and Run.
func (p *Post) Subscribe(r Reader) { p.readers = append(p.readers, r) }

var deliver = job.Define[delivery]("journal.deliver")

type delivery struct{ Reader string }

// atOnce bounds how many entries one transaction hands to a reader.
const atOnce = 200

// Jobs tells pool how to bring entries to their readers.
func (p *Post) Jobs(pool *job.Pool) {
	job.Handle(pool, deliver, func(ctx context.Context, d delivery) error {
		i := slices.IndexFunc(p.readers, func(r Reader) bool { return r.Name == d.Reader })
		if i < 0 {
			return nil // an older version's reader
		}
		return p.deliver(ctx, p.readers[i])
	})
}

// Run numbers entries until ctx is done, as the only one among all replicas.
// Entries are numbered within some milliseconds of being written; those of
// another process on the same SQLite file within a fifth of a second.
func (p *Post) Run(ctx context.Context) error {
	rung, end := p.DB.Watch(Written)
	defer end()
	return job.Lead(ctx, p.DB, "journal.seal", func(ctx context.Context, hold *job.Hold) error {
		look := time.NewTicker(200 * time.Millisecond)
		defer look.Stop()
		for {
			if err := p.sealAll(ctx, hold); err != nil {
				return err
			}
			select {
			case <-ctx.Done():
				return nil
			case <-rung:
			case <-look.C:
			}
		}
	})
}

func (p *Post) sealAll(ctx context.Context, hold *job.Hold) error {
	// Looking costs no write, and mostly there is nothing.
	var waiting bool
	err := p.DB.View(ctx, func(tx *db.Tx) error {
		return tx.Row(`SELECT EXISTS (SELECT 1 FROM journal WHERE seq IS NULL)`, nil, &waiting)
	})
	for err == nil && waiting {
		err = p.DB.Update(ctx, func(tx *db.Tx) (err error) {
			if err := hold.Keep(tx); err != nil {
				return err
			}
			waiting, err = p.seal(tx)
			return err
		})
	}
	return err
}

func (p *Post) seal(tx *db.Tx) (more bool, err error) {
	n, more, err := Seal(tx)
	if err != nil || n == 0 {
		return false, err
	}
	for _, r := range p.readers {
		if err := deliver.Add(tx, delivery{r.Name}, job.Unique(r.Name)); err != nil {
			return false, err
		}
	}
	return more, nil
}

// SealNow numbers what has committed and queues its delivery, for tests and
// for commands that run without a server.
func (p *Post) SealNow(ctx context.Context) error {
	more := true
	for more {
		err := p.DB.Update(ctx, func(tx *db.Tx) (err error) {
			more, err = p.seal(tx)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// deliver brings a reader what it has not had. What goes wrong with one
// workspace's entries keeps nobody else's back.
func (p *Post) deliver(ctx context.Context, r Reader) error {
	var list []id.Workspace
	err := p.DB.View(ctx, func(tx *db.Tx) (err error) {
		list, err = behind(tx, r)
		return err
	})
	for _, ws := range list {
		err = errors.Join(err, p.deliverAll(ctx, r, ws))
	}
	return err
}

func (p *Post) deliverAll(ctx context.Context, r Reader, ws id.Workspace) error {
	for {
		var found bool
		err := p.DB.Update(ctx, func(tx *db.Tx) (err error) {
			found, err = deliverSome(tx, r, ws)
			return err
		})
		if errs.KindOf(err) == errs.Conflict && ctx.Err() == nil {
			continue // another worker was quicker: see what it left
		}
		if err != nil || !found {
			return err
		}
	}
}

// behind lists the workspaces that hold entries which a reader has not had.
func behind(tx *db.Tx, r Reader) ([]id.Workspace, error) {
	return db.All(tx, db.Text[id.Workspace], `SELECT h.workspace FROM journal_head h
		LEFT JOIN journal_cursor c ON c.reader = ? AND c.workspace = h.workspace
		WHERE h.seq > COALESCE(c.seq, 0) ORDER BY h.workspace`, r.Name)
}

// deliverSome hands a reader the next entries of one workspace.
func deliverSome(tx *db.Tx, r Reader, ws id.Workspace) (found bool, err error) {
	seq, err := Place(tx, r.Name, ws)
	if err != nil {
		return false, err
	}
	list, err := After(tx, ws, seq, atOnce)
	if err != nil || len(list) == 0 {
		return false, err
	}
	if err := advance(tx, r.Name, ws, seq, list[len(list)-1].Seq); err != nil {
		return false, err
	}
	for _, e := range list {
		if len(r.What) > 0 && !slices.Contains(r.What, e.What) {
			continue
		}
		if err := r.Do(tx, e); err != nil {
			return false, err
		}
	}
	return true, nil
}

// advance moves a reader's cursor, unless another worker has moved it already.
func advance(tx *db.Tx, reader string, ws id.Workspace, from, to int64) error {
	n, err := tx.Exec(`INSERT INTO journal_cursor (reader, workspace, seq) VALUES (?, ?, ?)
		ON CONFLICT (reader, workspace) DO UPDATE SET seq = excluded.seq WHERE journal_cursor.seq = ?`, reader, ws, to, from)
	if err == nil && n == 0 {
		err = errs.New(errs.Conflict, "Another worker reads the journal for %s.", reader)
	}
	return err
}
