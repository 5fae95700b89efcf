// Package imports is one file of people and cards on its way in: the file, what
// its columns mean, what its rows would change, how far that was written, and how
// to take it back.
//
// The rows stand in chunks. What becomes of a chunk is written down in the
// transaction that does it, which also moves the counters, so that after any
// accident the work goes on behind the last chunk that was dealt with. What a
// chunk holds is packed by whoever reads sheets; this room keeps it.
package imports

import (
	"time"

	"involt/internal/core/id"
)

// State is how far an import has come.
type State string

// The states.
const (
	Uploading  State = "uploading"  // the file is not complete
	Previewing State = "previewing" // its rows are being read; those that were can be looked at
	Previewed  State = "previewed"  // nothing has been written
	Failed     State = "failed"     // the file cannot be read; Note says why
	Applying   State = "applying"
	Done       State = "done"
	Stopped    State = "stopped" // ended early; Note says why
	Undoing    State = "undoing"
	Undone     State = "undone"
)

// Working reports whether something goes on by itself.
func (s State) Working() bool { return s == Previewing || s == Applying || s == Undoing }

// Applied reports whether something of the import was, or is being, written.
func (s State) Applied() bool {
	switch s {
	case Applying, Done, Stopped, Undoing, Undone:
		return true
	case Uploading, Previewing, Previewed, Failed:
	}
	return false
}

// Options say how a file is to be read and what to do with it.
type Options struct {
	Mapping    []string  `json:"mapping,omitempty"`    // by column of the file: what it means, "" if it is not read; nil: as its headings say
	NoHeader   bool      `json:"no_header,omitempty"`  // the first row is no header
	CardsUntil time.Time `json:"cards_until,omitzero"` // cards of imported people keep working until then
	Overwrite  bool      `json:"overwrite,omitempty"`  // also what a person corrected by hand
	Invite     bool      `json:"invite,omitempty"`     // those who were added, when it is done
	LeaveRest  bool      `json:"leave_rest,omitempty"` // undoing leaves what something depends on
	Erased     time.Time `json:"erased,omitzero"`      // everybody who was erased before was looked for in its rows
	Mark       string    `json:"mark,omitempty"`       // of the file, to know it again when sending it goes on
}

// Heading is one column of the file and what is made of it.
type Heading struct {
	Text   string   `json:"text"`             // as in the file
	Column string   `json:"column"`           // what it means; "" if that is not known
	Read   bool     `json:"read"`             // false: the column is passed over
	Note   string   `json:"note,omitempty"`   // why
	Sample []string `json:"sample,omitempty"` // of the first rows
}

// Sheet is how a file is written.
type Sheet struct {
	Encoding   string    `json:"encoding"`
	Delimiter  string    `json:"delimiter"`            // ",", ";", "\t" or "|"; "" of a workbook
	Format     string    `json:"format,omitempty"`     // whose export it is, if it was recognised
	Shape      string    `json:"shape"`                // of the header; mappings are remembered by it
	Remembered bool      `json:"remembered,omitempty"` // the mapping is one that was made by hand before
	HeaderLine int       `json:"header_line"`          // 0 if there is none
	Headings   []Heading `json:"headings"`
	Readable   bool      `json:"readable"`        // a person or a card can be known by one of the columns
	Later      bool      `json:"later,omitempty"` // some rows say more about the person of an earlier one
}

// Counts is what rows come to.
type Counts struct {
	Rows      int   `json:"rows"` // without the header, blank rows and examples
	Add       int   `json:"add"`
	Change    int   `json:"change"`
	Same      int   `json:"same"`
	Refuse    int   `json:"refuse"`
	Conflicts int   `json:"conflicts"`
	Warnings  int   `json:"warnings"`
	Examples  int   `json:"examples"` // rows of the template, passed over
	Bytes     int64 `json:"bytes"`    // of the file that were read

	People      int `json:"people"` // that are new
	Cards       int `json:"cards"`
	Memberships int `json:"memberships"`
}

// Plus adds what a chunk comes to.
func (c *Counts) Plus(t Tally, people, cards, memberships int) {
	c.Rows += t.Size
	c.Add += t.Adds
	c.Change += t.Changes
	c.Same += t.Sames
	c.Refuse += t.Refusals
	c.Conflicts += t.Conflicts
	c.Warnings += t.Warnings
	c.People += people
	c.Cards += cards
	c.Memberships += memberships
}

// Back is what undoing came to.
type Back struct {
	Done    int         `json:"done"`              // users and cards that were dealt with
	Left    int         `json:"left"`              // what was left as it is
	Depends []Dependent `json:"depends,omitempty"` // the first of what depends on the import
	Count   int         `json:"count,omitempty"`   // how much that is in all
	Checked bool        `json:"checked,omitempty"` // it was looked for, and undoing went on
}

// Dependent is something that depends on an import: whose it is, and what
// happened, to be read after a name.
type Dependent struct {
	Subject string `json:"subject"`
	Why     string `json:"why"`
}

// News is what an import makes beside people and cards.
type News struct {
	Groups      []string `json:"groups"`
	CostCenters []string `json:"cost_centers"`
	Accounts    []string `json:"accounts"` // customers', of consumers
}

// Import is one file.
type Import struct {
	Workspace   id.Workspace
	ID          id.Import
	Name        string // of the file
	Size        int64  // bytes that were announced; 0 if nothing was
	Blob        string // the file; "" once it is not needed any more
	State       State
	Asker       string // "person:…", "key:…" or "system:…"
	Options     Options
	Sheet       Sheet
	Counts      Counts // as previewed
	Applied     Counts // what was done
	News        News
	Back        Back
	Chunks      int64
	Reached     int64
	UndoReached int64
	Note        string
	Bulk        id.Bulk
	Undoer      string
	Worker      string
	Lease       time.Time
	Created     time.Time
	Started     time.Time
	Ended       time.Time
	Kept        bool
}

// Topic rings whenever an import has gone a step further, or has ended.
func Topic(one id.Import) string { return "import." + string(one) }

// KeepFor is how long the rows of an applied import are kept, and so for how long
// it can be undone; KeepPreview how long one is that was not applied.
const (
	KeepFor     = 30 * 24 * time.Hour
	KeepPreview = 24 * time.Hour
)

// UndoUntil is until when an applied import can be undone, if nothing depends on
// it.
func (im *Import) UndoUntil() time.Time { return im.Ended.Add(KeepFor) }

// Undoable reports whether it could be undone at now.
func (im *Import) Undoable(now time.Time) bool {
	return (im.State == Done || im.State == Stopped) && im.Kept && im.Reached > 0 && im.UndoUntil().After(now)
}
