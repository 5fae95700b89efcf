// Package back is how an import is taken back: what was done with each chunk, what
// depends on that by now, and the undoing of it.
package back

import (
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/flow/intake/sheet"
)

// Order is who wants what done with an import.
type Order struct {
	By     access.Actor
	Zone   *time.Location
	Import id.Import
	File   string
}

// Note is the value of an import's journal entries.
type Note struct {
	Import  string                    `json:"import"`
	File    string                    `json:"file,omitempty"`
	Rows    int                       `json:"rows,omitempty"`
	Changes map[string][]sheet.Change `json:"changes,omitempty"` // by subject
}

// Note returns the value of an entry about the import.
func (r *Order) Note() Note { return Note{Import: string(r.Import), File: r.File} }

// About is the import as a subject.
func (r *Order) About() string { return journal.About("import", r.Import) }

// Stamp is a moment as it is kept: milliseconds, 0 for none.
func Stamp(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
