// Package intake brings in many people and cards at once from a sheet.
//
// A sheet is read twice: once for the preview, which writes nothing, and once
// to apply it. Both go the same way, row by row: what the row says ([Line]),
// whether it agrees with the rows before it, and what it would change of what
// the database has. So each row is one of add, change, same or refuse, and the
// preview cannot promise what applying does not do. Applying a sheet again
// finds everything the same.
//
// Rows are taken in chunks, each with one lookup per kind of key and, when
// applied, one transaction that holds the changes and their journal entries.
// A failure between two chunks leaves whole chunks behind; applying the file
// once more finishes the work.
package intake

import (
	"cmp"
	"io"
	"time"

	"involt/internal/kit/db"
	"involt/internal/kit/table"
)

// Service imports sheets.
type Service struct{ DB *db.DB }

// Options say how to read a sheet. The zero value works.
type Options struct {
	Name     string         // of the file, for the report and the journal
	Sample   int            // how many rows Report.Sample holds at most; 0 is 200
	Refused  io.Writer      // takes the refused rows as a sheet with a column "reason"; may be nil
	Each     func(Outcome)  // is told every row's outcome in the order of the file; may be nil
	Progress func(Progress) // is called after each chunk; may be nil
}

// Progress is how far an import has come.
type Progress struct {
	Rows  int   `json:"rows"`
	Bytes int64 `json:"bytes"` // of the file's text, as UTF-8
}

// Kind is what a row does.
type Kind string

// The kinds.
const (
	Add    Kind = "add"    // a user that was not known
	Update Kind = "change" // of a known user, or a card for one
	Same   Kind = "same"   // all as it is
	Refuse Kind = "refuse" // not taken; Problem says why
)

// Outcome is what becomes of one row.
type Outcome struct {
	Line    int      `json:"line"`
	Kind    Kind     `json:"kind"`
	Name    string   `json:"name"`              // of the user; as far as known
	Email   string   `json:"email,omitempty"`   //
	Card    string   `json:"card,omitempty"`    // canonical UID
	Changes []Change `json:"changes,omitempty"` // for add and change, what is new
	Column  Column   `json:"column,omitempty"`  // for refuse, the cell at fault
	Reason  string   `json:"reason,omitempty"`  // for refuse
}

// Change is one field of a user or a card that becomes another.
type Change struct {
	Column Column `json:"column"`
	Old    string `json:"old"`
	New    string `json:"new"`
}

// Report says what an import does or did.
type Report struct {
	File      string    `json:"file"`
	Encoding  string    `json:"encoding"`
	Delimiter string    `json:"delimiter"` // ",", ";", "\t" or "|"
	Headings  []Heading `json:"headings"`
	Applied   bool      `json:"applied"`          // false for a preview
	Import    string    `json:"import,omitempty"` // the id under which the journal has it, if applied

	Rows     int `json:"rows"` // without the header, blank rows and examples
	Add      int `json:"add"`
	Change   int `json:"change"`
	Same     int `json:"same"`
	Refuse   int `json:"refuse"`
	Examples int `json:"examples"` // rows of the template, passed over

	NewPeople      int      `json:"new_people"`
	NewCards       int      `json:"new_cards"`
	NewMemberships int      `json:"new_memberships"`
	NewGroups      []string `json:"new_groups"`       // made because no group had the name
	NewCostCenters []string `json:"new_cost_centers"` //
	NewAccounts    []string `json:"new_accounts"`     // likewise: customers' accounts, of consumers

	Refused      []Problem `json:"refused"` // the first of them
	Warnings     []Problem `json:"warnings"`
	WarningCount int       `json:"warning_count"`
	Sample       []Outcome `json:"sample"`  // the first rows
	Changed      []Outcome `json:"changed"` // the first rows of kind change

	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended"`
}

// How many a report lists of each; Options.Each and Options.Refused have them all.
const (
	listRefused  = 1000
	listWarnings = 1000
	listSample   = 200
)

func (r *Report) count(o Outcome, sample int) {
	r.Rows++
	switch o.Kind {
	case Add:
		r.Add++
	case Update:
		r.Change++
		if len(r.Changed) < listSample {
			r.Changed = append(r.Changed, o)
		}
	case Same:
		r.Same++
	case Refuse:
		r.Refuse++
		if len(r.Refused) < listRefused {
			r.Refused = append(r.Refused, Problem{o.Line, o.Column, o.Reason})
		}
	}
	if len(r.Sample) < cmp.Or(sample, listSample) {
		r.Sample = append(r.Sample, o)
	}
}

func (r *Report) warn(list ...Problem) {
	r.WarningCount += len(list)
	r.Warnings = append(r.Warnings, list[:min(len(list), max(0, listWarnings-len(r.Warnings)))]...)
}

// Template writes the sheet that people fill in: the columns, and two rows that
// show how and are passed over when they come back.
func Template(w io.Writer) error {
	out := table.NewWriter(w, ',', true)
	var names []string
	for _, h := range headings {
		if h.read {
			names = append(names, string(h.column))
		}
	}
	out.Write(names...)
	for _, example := range []map[Column]string{
		{
			Email: "ann.example@example.com", Phone: "0049 30 1234567", FirstName: "Ann", LastName: "Example (this row is not imported)", Language: "en",
			ExternalID: exampleID + "1", Groups: "Staff;Night shift", CostCenter: "CC-100", Info1: "Berlin", CardUID: "04:A1:B2:C3:D4:E5:F6",
			CardPrinted: "EX-000001", CardKind: "rfid", CardValidFrom: "2026-01-01", CardValidTo: "2029-12-31",
		},
		{
			FirstName: "Pool car", LastName: "Example (this row is not imported)", ExternalID: exampleID + "2", Status: "active", Groups: "Fleet",
			CostCenter: "CC-200", CardUID: "04A1B2C3", CardPrinted: "EX-000002",
		},
	} {
		var cells []string
		for _, n := range names {
			cells = append(cells, example[Column(n)])
		}
		out.Write(cells...)
	}
	return out.Flush()
}
