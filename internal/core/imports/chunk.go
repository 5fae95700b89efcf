package imports

import (
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Tally is how many rows of a chunk are of each kind.
type Tally struct {
	Place     int64
	Size      int // rows
	Adds      int
	Changes   int
	Sames     int
	Refusals  int
	Conflicts int
	Warnings  int
}

// Chunk is some of the rows.
type Chunk struct {
	Tally
	Applied time.Time // zero while it is to come
	Lines   []byte    // the rows, packed
	Outcome []byte    // what becomes of each, packed
	Undo    []byte    // what undoing takes back, packed; empty until applied
}

// AddChunk keeps a chunk that was read.
func AddChunk(tx *db.Tx, im *Import, c *Chunk) error {
	_, err := tx.Exec(`INSERT INTO import_chunk (workspace, import, place, size, adds, changes, sames, refusals, conflicts, warnings, applied_at, lines, outcome, undo)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?)`,
		im.Workspace, im.ID, c.Place, c.Size, c.Adds, c.Changes, c.Sames, c.Refusals, c.Conflicts, c.Warnings, c.Lines, c.Outcome, []byte{})
	return err
}

// Settle writes down that a chunk was applied, and what became of its rows.
func Settle(tx *db.Tx, im *Import, c *Chunk) error {
	_, err := tx.Exec(`UPDATE import_chunk SET adds = ?, changes = ?, sames = ?, refusals = ?, conflicts = ?, warnings = ?, applied_at = ?, outcome = ?, undo = ?
		WHERE workspace = ? AND import = ? AND place = ?`,
		c.Adds, c.Changes, c.Sames, c.Refusals, c.Conflicts, c.Warnings, ms(c.Applied), c.Outcome, c.Undo, im.Workspace, im.ID, c.Place)
	return err
}

// Rewrite replaces what a chunk holds, but for its counts.
func Rewrite(tx *db.Tx, ws id.Workspace, one id.Import, c *Chunk) error {
	_, err := tx.Exec(`UPDATE import_chunk SET lines = ?, outcome = ?, undo = ? WHERE workspace = ? AND import = ? AND place = ?`,
		c.Lines, c.Outcome, c.Undo, ws, one, c.Place)
	return err
}

// ChunkAt returns the chunk at a place, counted from 0.
func ChunkAt(tx *db.Tx, ws id.Workspace, one id.Import, place int64) (c Chunk, err error) {
	var applied int64
	err = tx.Row(`SELECT place, size, adds, changes, sames, refusals, conflicts, warnings, applied_at, lines, outcome, undo
		FROM import_chunk WHERE workspace = ? AND import = ? AND place = ?`, []any{ws, one, place},
		&c.Place, &c.Size, &c.Adds, &c.Changes, &c.Sames, &c.Refusals, &c.Conflicts, &c.Warnings, &applied, &c.Lines, &c.Outcome, &c.Undo)
	c.Applied = at(applied)
	if errs.KindOf(err) == errs.NotFound {
		err = errs.New(errs.Gone, "The rows of this import are no longer kept. How many there were of each kind still is.")
	}
	return c, err
}

// Tallies returns what all chunks come to, without what they hold.
func Tallies(tx *db.Tx, ws id.Workspace, one id.Import) ([]Tally, error) {
	return db.All(tx, func(row db.Scanner) (t Tally, err error) {
		err = row.Scan(&t.Place, &t.Size, &t.Adds, &t.Changes, &t.Sames, &t.Refusals, &t.Conflicts, &t.Warnings)
		return t, err
	}, `SELECT place, size, adds, changes, sames, refusals, conflicts, warnings FROM import_chunk WHERE workspace = ? AND import = ? ORDER BY place`, ws, one)
}

// DropChunks forgets all rows, as before a file is read once more.
func DropChunks(tx *db.Tx, ws id.Workspace, one id.Import) error {
	_, err := tx.Exec(`DELETE FROM import_chunk WHERE workspace = ? AND import = ?`, ws, one)
	return err
}

// Discard forgets an import. Its file must be gone.
func Discard(tx *db.Tx, ws id.Workspace, one id.Import) error {
	if err := DropChunks(tx, ws, one); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM import WHERE workspace = ? AND id = ?`, ws, one)
	return err
}

// Stale returns imports, of all workspaces, whose rows need not be kept any
// longer: the server's own work.
func Stale(tx *db.Tx, limit int) ([]Import, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM import WHERE kept AND (
			state IN ('uploading','previewed','failed') AND created_at < ? OR state IN ('done','stopped','undone') AND ended_at < ?) ORDER BY created_at LIMIT ?`,
		tx.Now.Add(-KeepPreview).UnixMilli(), tx.Now.Add(-KeepFor).UnixMilli(), limit)
}

// Remember keeps what somebody made of a header.
func Remember(tx *db.Tx, ws id.Workspace, shape, mapping, asker string) error {
	_, err := tx.Exec(`INSERT INTO import_mapping (workspace, shape, mapping, asker, at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (workspace, shape) DO UPDATE SET mapping = excluded.mapping, asker = excluded.asker, at = excluded.at`, ws, shape, mapping, asker, tx.NowMS())
	return err
}

// Remembered returns what somebody made of a header, "" if nobody has.
func Remembered(tx *db.Tx, ws id.Workspace, shape string) (mapping string, err error) {
	err = tx.Row(`SELECT mapping FROM import_mapping WHERE workspace = ? AND shape = ?`, []any{ws, shape}, &mapping)
	if errs.KindOf(err) == errs.NotFound {
		return "", nil
	}
	return mapping, err
}

// Forget forgets what somebody made of a header.
func Forget(tx *db.Tx, ws id.Workspace, shape string) error {
	_, err := tx.Exec(`DELETE FROM import_mapping WHERE workspace = ? AND shape = ?`, ws, shape)
	return err
}
