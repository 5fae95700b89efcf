package bulk

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

const columns = `workspace, id, action, args, state, person, back, total, reached, done, note, created_at, started_at, ended_at, undo_until, undo_person, undo_reached, undo_done`

func scan(row db.Scanner) (b Bulk, err error) {
	var args, asker, undoer string
	var created, started, ended, until int64
	err = row.Scan(&b.Workspace, &b.ID, &b.Action, &args, &b.State, &asker, &b.Back, &b.Total, &b.Reached, &b.Done, &b.Note,
		&created, &started, &ended, &until, &undoer, &b.UndoReached, &b.UndoDone)
	if err != nil {
		return b, err
	}
	b.Asker, b.Undoer = askerOf(asker), askerOf(undoer)
	b.Created, b.Started, b.Ended, b.UndoUntil = at(created), at(started), at(ended), at(until)
	return b, json.Unmarshal([]byte(args), &b.Args)
}

func at(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

func ms(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// Insert keeps a selection as planned work on people, in their order, and sets
// b's ID, State, Total and Created.
func Insert(tx *db.Tx, b *Bulk, people []id.Person) error {
	b.ID, b.State, b.Total, b.Created = id.New[id.Bulk](), Planned, int64(len(people)), tx.Now
	args, err := json.Marshal(b.Args)
	if err != nil {
		return fmt.Errorf("bulk: %w", err)
	}
	_, err = tx.Exec(`INSERT INTO bulk (workspace, id, action, args, state, person, back, total, reached, done, note, created_at, started_at, ended_at, undo_until)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0, '', ?, 0, 0, 0)`, b.Workspace, b.ID, b.Action, string(args), b.State, b.text(), b.Back, b.Total, tx.NowMS())
	if err != nil {
		return err
	}
	place := int64(0)
	_, err = tx.Load("bulk_chunk", []string{"workspace", "bulk", "place", "people", "outcome", "before"}, func(yield func([]any) bool) {
		for part := range slices.Chunk(people, b.Action.AtOnce()) {
			var text strings.Builder
			for i, p := range part {
				if i > 0 {
					text.WriteByte(' ')
				}
				text.WriteString(string(p))
			}
			if !yield([]any{string(b.Workspace), string(b.ID), place, text.String(), "", ""}) {
				return
			}
			place++
		}
	})
	return err
}

// ByID returns one piece of work of the workspace.
func ByID(tx *db.Tx, ws id.Workspace, one id.Bulk) (Bulk, error) { return read(tx, ws, one, "") }

// Lock returns one piece of work and keeps others from going on with it until
// tx ends.
func Lock(tx *db.Tx, ws id.Workspace, one id.Bulk) (Bulk, error) {
	return read(tx, ws, one, tx.ForUpdate())
}

func read(tx *db.Tx, ws id.Workspace, one id.Bulk, lock string) (Bulk, error) {
	all, err := db.All(tx, scan, `SELECT `+columns+` FROM bulk WHERE workspace = ? AND id = ?`+lock, ws, one)
	if err == nil && len(all) == 0 {
		err = errs.New(errs.NotFound, "There is no such bulk work any more. What was only planned is forgotten after a day, what was done after 90 days.")
	}
	if err != nil {
		return Bulk{}, err
	}
	return all[0], nil
}

// Recent returns the work of the workspace that was started last.
func Recent(tx *db.Tx, ws id.Workspace, limit int) ([]Bulk, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM bulk WHERE workspace = ? AND state <> 'planned' ORDER BY created_at DESC, id DESC LIMIT ?`, ws, limit)
}

// Save writes b back and rings its topic. It must have been read with [Lock].
func Save(tx *db.Tx, b *Bulk) error {
	args, err := json.Marshal(b.Args)
	if err != nil {
		return fmt.Errorf("bulk: %w", err)
	}
	tx.Notify(Topic(b.ID))
	_, err = tx.Exec(`UPDATE bulk SET args = ?, state = ?, person = ?, reached = ?, done = ?, note = ?, started_at = ?, ended_at = ?, undo_until = ?,
		undo_person = ?, undo_reached = ?, undo_done = ? WHERE workspace = ? AND id = ?`,
		string(args), b.State, b.text(), b.Reached, b.Done, b.Note, ms(b.Started), ms(b.Ended), ms(b.UndoUntil),
		b.Undoer.text(), b.UndoReached, b.UndoDone, b.Workspace, b.ID)
	return err
}

// Chunk is some of the people, and what became of them.
type Chunk struct {
	Place   int64
	People  []id.Person
	Settled bool // it was dealt with: Outcome holds
	Outcome Outcome
	Before  Before
}

func scanChunk(row db.Scanner) (c Chunk, err error) {
	var people, outcome, before string
	if err = row.Scan(&c.Place, &people, &outcome, &before); err != nil {
		return c, err
	}
	if people != "" {
		list := strings.Split(people, " ")
		c.People = make([]id.Person, len(list))
		for i, p := range list {
			c.People[i] = id.Person(p)
		}
	}
	if before != "" {
		if err := json.Unmarshal([]byte(before), &c.Before); err != nil {
			return c, err
		}
	}
	if c.Settled = outcome != ""; !c.Settled {
		return c, nil
	}
	return c, json.Unmarshal([]byte(outcome), &c.Outcome)
}

// ChunkAt returns the chunk at a place, counted from 0.
func ChunkAt(tx *db.Tx, b *Bulk, place int64) (Chunk, error) {
	all, err := Chunks(tx, b, place, place+1)
	if err == nil && len(all) == 0 {
		err = errs.New(errs.NotFound, "There is no chunk %d.", place)
	}
	if err != nil {
		return Chunk{}, err
	}
	return all[0], nil
}

// Chunks returns the chunks of the places from up to, but without, to.
func Chunks(tx *db.Tx, b *Bulk, from, to int64) ([]Chunk, error) {
	return db.All(tx, scanChunk, `SELECT place, people, outcome, before FROM bulk_chunk WHERE workspace = ? AND bulk = ? AND place >= ? AND place < ? ORDER BY place`,
		b.Workspace, b.ID, from, to)
}

// Outcomes returns what became of all chunks, without the people.
func Outcomes(tx *db.Tx, b *Bulk) ([]Chunk, error) {
	return db.All(tx, scanChunk, `SELECT place, '', outcome, '' FROM bulk_chunk WHERE workspace = ? AND bulk = ? ORDER BY place`, b.Workspace, b.ID)
}

// Settle writes down what became of a chunk.
func Settle(tx *db.Tx, b *Bulk, c *Chunk) error {
	outcome, err := json.Marshal(c.Outcome)
	if err != nil {
		return fmt.Errorf("bulk: %w", err)
	}
	before := ""
	if len(c.Before) > 0 {
		text, err := json.Marshal(c.Before)
		if err != nil {
			return fmt.Errorf("bulk: %w", err)
		}
		before = string(text)
	}
	_, err = tx.Exec(`UPDATE bulk_chunk SET outcome = ?, before = ? WHERE workspace = ? AND bulk = ? AND place = ?`, string(outcome), before, b.Workspace, b.ID, c.Place)
	return err
}

// SettleRest says of every chunk that was not dealt with why nothing was done.
func SettleRest(tx *db.Tx, b *Bulk, why string) error {
	outcome, err := json.Marshal(Outcome{All: why})
	if err != nil {
		return fmt.Errorf("bulk: %w", err)
	}
	_, err = tx.Exec(`UPDATE bulk_chunk SET outcome = ? WHERE workspace = ? AND bulk = ? AND outcome = ''`, string(outcome), b.Workspace, b.ID)
	return err
}

// How long what was only planned, and what is over, is kept.
const (
	keepPlanned = 24 * time.Hour
	keepBack    = 24 * time.Hour
	keepOver    = 90 * 24 * time.Hour
)

// Sweep forgets what is no longer needed: values for undoing once that is no
// longer possible, the lists work came from after a day (they may hold what was
// searched for), planned work after a day, and the rest after 90 days.
func Sweep(tx *db.Tx) error {
	over := `state IN ('done','stopped','undone')`
	if _, err := tx.Exec(`UPDATE bulk_chunk SET before = '' WHERE before <> '' AND EXISTS (SELECT 1 FROM bulk b
		WHERE b.workspace = bulk_chunk.workspace AND b.id = bulk_chunk.bulk AND b.`+over+` AND (b.undo_until <= ? OR b.state = 'undone'))`, tx.NowMS()); err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE bulk SET back = '' WHERE back <> '' AND created_at < ?`, tx.Now.Add(-keepBack).UnixMilli()); err != nil {
		return err
	}
	old := `(state = 'planned' AND created_at < ? OR ` + over + ` AND created_at < ?)`
	args := []any{tx.Now.Add(-keepPlanned).UnixMilli(), tx.Now.Add(-keepOver).UnixMilli()}
	if _, err := tx.Exec(`DELETE FROM bulk_chunk WHERE EXISTS (SELECT 1 FROM bulk b WHERE b.workspace = bulk_chunk.workspace AND b.id = bulk_chunk.bulk AND `+
		old+`)`, args...); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM bulk WHERE `+old, args...)
	return err
}

// Erase removes from the work of a workspace what could tell of people who are
// erased: values kept for undoing, and the searches that work came from.
func Erase(tx *db.Tx, ws id.Workspace, people []id.Person) error {
	if _, err := tx.Exec(`UPDATE bulk SET back = '' WHERE workspace = ? AND back <> '' AND state NOT IN ('planned','running')`, ws); err != nil {
		return err
	}
	type kept struct {
		bulk id.Bulk
		Chunk
	}
	list, err := db.All(tx, func(row db.Scanner) (k kept, err error) {
		k.Chunk, err = scanChunk(behind{row, &k.bulk})
		return k, err
	}, `SELECT bulk, place, people, outcome, before FROM bulk_chunk WHERE workspace = ? AND before <> ''`, ws)
	if err != nil {
		return err
	}
	for _, k := range list {
		gone := map[int]bool{}
		for i, p := range k.People {
			if slices.Contains(people, p) {
				gone[i] = true
			}
		}
		if len(gone) == 0 || !k.Before.without(gone) {
			continue
		}
		if err := Settle(tx, &Bulk{Workspace: ws, ID: k.bulk}, &k.Chunk); err != nil {
			return err
		}
	}
	return nil
}

// behind is a row whose first column goes elsewhere.
type behind struct {
	row   db.Scanner
	first any
}

func (b behind) Scan(dest ...any) error { return b.row.Scan(append([]any{b.first}, dest...)...) }
