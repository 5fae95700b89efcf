package imports

import (
	"encoding/json"
	"fmt"
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// Traces are by what somebody who is erased can be found in rows of files, and what
// sentences about those may say of them.
type Traces struct {
	Emails      []string `json:"emails,omitempty"`       // canonical
	ExternalIDs []string `json:"external_ids,omitempty"` //
	Phones      []string `json:"phones,omitempty"`
	Cards       []string `json:"cards,omitempty"`  // canonical
	Plates      []string `json:"plates,omitempty"` // letters and digits, upper case
	Names       []string `json:"names,omitempty"`  // whole ones
}

// Erasure is somebody who was erased while rows were kept that may name them.
type Erasure struct {
	Workspace id.Workspace
	Person    id.Person
	Traces    Traces
	At        time.Time
}

// NoteErasure notes that somebody is erased, for rows of the workspace's imports to
// be gone through; nothing if none are kept. The note has in it what is looked for,
// and goes once that was done.
func NoteErasure(tx *db.Tx, ws id.Workspace, who id.Person, t Traces) error {
	text, err := json.Marshal(t)
	if err != nil {
		return fmt.Errorf("imports: %w", err)
	}
	_, err = tx.Exec(`INSERT INTO import_erasure (workspace, person, traces, at)
		VALUES (?, ?, ?, ?) ON CONFLICT (workspace, person) DO NOTHING`, ws, who, string(text), tx.NowMS())
	return err
}

// Erasures returns notes of people who were erased, the oldest first, of the
// workspace of the oldest: the server's own work.
func Erasures(tx *db.Tx, limit int) ([]Erasure, error) {
	return db.All(tx, func(row db.Scanner) (e Erasure, err error) {
		var text string
		var ms int64
		if err = row.Scan(&e.Workspace, &e.Person, &text, &ms); err == nil {
			err = json.Unmarshal([]byte(text), &e.Traces)
		}
		e.At = at(ms)
		return e, err
	}, `SELECT workspace, person, traces, at FROM import_erasure WHERE workspace = (SELECT workspace FROM import_erasure ORDER BY at LIMIT 1) ORDER BY at, person LIMIT ?`, limit)
}

// DropErasure forgets the note of somebody, all of whose rows were gone through.
func DropErasure(tx *db.Tx, ws id.Workspace, who id.Person) error {
	_, err := tx.Exec(`DELETE FROM import_erasure WHERE workspace = ? AND person = ?`, ws, who)
	return err
}

// AnyKept reports whether there are rows or files that somebody might stand in.
func AnyKept(tx *db.Tx, ws id.Workspace) (yes bool, err error) {
	err = tx.Row(`SELECT EXISTS (SELECT 1 FROM import WHERE workspace = ? AND kept)`, []any{ws}, &yes)
	return yes, err
}

// Kept returns the imports of a workspace whose rows or files are kept.
func Kept(tx *db.Tx, ws id.Workspace) ([]Import, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM import WHERE workspace = ? AND kept ORDER BY id`, ws)
}
