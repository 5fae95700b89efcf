package imports

import (
	"encoding/json"
	"fmt"
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

const columns = `workspace, id, name, size, blob, state, asker, options, sheet, counts, news, chunks, reached, undo_reached, note, bulk, undoer, worker, lease,
	created_at, started_at, ended_at, kept`

func scan(row db.Scanner) (im Import, err error) {
	var options, sheet, counts, news string
	var lease, created, started, ended int64
	err = row.Scan(&im.Workspace, &im.ID, &im.Name, &im.Size, &im.Blob, &im.State, &im.Asker, &options, &sheet, &counts, &news, &im.Chunks, &im.Reached, &im.UndoReached,
		&im.Note, &im.Bulk, &im.Undoer, &im.Worker, &lease, &created, &started, &ended, &im.Kept)
	if err != nil {
		return im, err
	}
	im.Lease, im.Created, im.Started, im.Ended = at(lease), at(created), at(started), at(ended)
	for text, into := range map[string]any{options: &im.Options, sheet: &im.Sheet, counts: &sums{&im.Counts, &im.Applied, &im.Back}, news: &im.News} {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			return im, fmt.Errorf("import %s: %w", im.ID, err)
		}
	}
	return im, nil
}

// sums is how counts are stored.
type sums struct {
	Preview *Counts `json:"preview"`
	Applied *Counts `json:"applied"`
	Back    *Back   `json:"back"`
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

// texts are options, sheet, counts and news as they are stored.
func (im *Import) texts() (list []any, err error) {
	for _, v := range []any{im.Options, im.Sheet, sums{&im.Counts, &im.Applied, &im.Back}, im.News} {
		text, err := json.Marshal(v)
		if err != nil {
			return nil, fmt.Errorf("import: %w", err)
		}
		list = append(list, string(text))
	}
	return list, nil
}

// Insert begins an import, and sets its ID, State, Created and Kept.
func Insert(tx *db.Tx, im *Import) error {
	im.ID, im.State, im.Created, im.Kept = id.New[id.Import](), Uploading, tx.Now, true
	texts, err := im.texts()
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO import (workspace, id, name, size, blob, state, asker, options, sheet, counts, news, chunks, reached, undo_reached, note, bulk,
		undoer, worker, lease, created_at, started_at, ended_at, kept) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, '', '', '', '', 0, ?, 0, 0, TRUE)`,
		append([]any{im.Workspace, im.ID, im.Name, im.Size, im.Blob, im.State, im.Asker}, append(texts, tx.NowMS())...)...)
	return err
}

// ByID returns one import of the workspace.
func ByID(tx *db.Tx, ws id.Workspace, one id.Import) (Import, error) { return read(tx, ws, one, "") }

// Lock returns one import and keeps others from going on with it until tx ends.
func Lock(tx *db.Tx, ws id.Workspace, one id.Import) (Import, error) {
	return read(tx, ws, one, tx.ForUpdate())
}

func read(tx *db.Tx, ws id.Workspace, one id.Import, lock string) (Import, error) {
	all, err := db.All(tx, scan, `SELECT `+columns+` FROM import WHERE workspace = ? AND id = ?`+lock, ws, one)
	if err == nil && len(all) == 0 {
		err = errs.New(errs.NotFound, "There is no such import. What was not applied is forgotten after a day.")
	}
	if err != nil {
		return Import{}, err
	}
	return all[0], nil
}

// Recent returns the imports of the workspace that were begun last, before the
// one with id before ("" for the very last).
func Recent(tx *db.Tx, ws id.Workspace, before id.Import, limit int) ([]Import, error) {
	if before == "" {
		before = "~" // sorts behind every id
	}
	return db.All(tx, scan, `SELECT `+columns+` FROM import WHERE workspace = ? AND id < ? ORDER BY created_at DESC, id DESC LIMIT ?`, ws, before, limit)
}

// ByIDs returns those of the imports that are there.
func ByIDs(tx *db.Tx, ws id.Workspace, list []id.Import) ([]Import, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM import WHERE workspace = ? AND id IN `+db.In(len(list)), db.Args(list, any(ws))...)
}

// Begun returns imports of an asker whose file is not complete and has a name and
// a size, the newest first, at most some.
func Begun(tx *db.Tx, ws id.Workspace, asker, name string, size int64) ([]Import, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM import WHERE workspace = ? AND state = 'uploading' AND asker = ? AND name = ? AND size = ?
		ORDER BY created_at DESC, id DESC LIMIT 20`, ws, asker, name, size)
}

// Writing returns the import that is being applied or undone, if one is: there is
// at most one in a workspace.
func Writing(tx *db.Tx, ws id.Workspace) (im Import, there bool, err error) {
	all, err := db.All(tx, scan, `SELECT `+columns+` FROM import WHERE workspace = ? AND state IN ('applying','undoing')`, ws)
	if err != nil || len(all) == 0 {
		return im, false, err
	}
	return all[0], true, nil
}

// Save writes im back and rings its topic. It must have been read with [Lock]. A
// second one in the workspace that is to write is an errs.Conflict.
func Save(tx *db.Tx, im *Import) error {
	texts, err := im.texts()
	if err != nil {
		return err
	}
	tx.Notify(Topic(im.ID))
	_, err = tx.Exec(`UPDATE import SET name = ?, size = ?, blob = ?, state = ?, asker = ?, options = ?, sheet = ?, counts = ?, news = ?, chunks = ?, reached = ?,
		undo_reached = ?, note = ?, bulk = ?, undoer = ?, worker = ?, lease = ?, started_at = ?, ended_at = ?, kept = ? WHERE workspace = ? AND id = ?`,
		append(append([]any{im.Name, im.Size, im.Blob, im.State, im.Asker}, texts...), im.Chunks, im.Reached, im.UndoReached, im.Note, string(im.Bulk),
			im.Undoer, im.Worker, ms(im.Lease), ms(im.Started), ms(im.Ended), im.Kept, im.Workspace, im.ID)...)
	return err
}

// lease is how long a worker has an import to itself without a sign of life: each
// chunk is one. Whoever is slower than that loses it, and notices at the next.
const lease = 6 * time.Second

// Take gives an import to a worker unless another one has it, or another preview
// of the workspace is being made. A worker whose lease was taken notices at its
// next chunk.
func Take(tx *db.Tx, ws id.Workspace, one id.Import, worker string) (taken bool, err error) {
	n, err := tx.Exec(`UPDATE import SET worker = ?, lease = ? WHERE workspace = ? AND id = ? AND state IN ('previewing','applying','undoing')
		AND (worker = '' OR worker = ? OR lease <= ?)
		AND NOT EXISTS (SELECT 1 FROM import o WHERE o.workspace = import.workspace AND o.id <> import.id AND o.state = 'previewing' AND import.state = 'previewing' AND o.lease > ?)`,
		worker, tx.Now.Add(lease).UnixMilli(), ws, one, worker, tx.NowMS(), tx.NowMS())
	return n > 0, err
}

// FreeAll ends the leases of all imports, of all workspaces: where there is one
// server, those who held them have died.
func FreeAll(tx *db.Tx) error {
	_, err := tx.Exec(`UPDATE import SET worker = '', lease = 0 WHERE worker <> ''`)
	return err
}

// Hold prolongs a worker's lease in im, which Save then writes; false means that
// it is not the worker's any more.
func (im *Import) Hold(tx *db.Tx, worker string) bool {
	if im.Worker != worker {
		return false
	}
	im.Lease = tx.Now.Add(lease)
	return true
}

// Let gives an import back that a worker could not go on with.
func Let(tx *db.Tx, ws id.Workspace, one id.Import, worker string) error {
	_, err := tx.Exec(`UPDATE import SET worker = '', lease = 0 WHERE workspace = ? AND id = ? AND worker = ?`, ws, one, worker)
	return err
}
