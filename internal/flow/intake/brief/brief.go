// Package brief reads a short file of people at once, for a form that shows each of
// them in a row: their addresses, names and cards. Headings are recognised as by an
// import; whatever else the file says is named, and left to the import.
package brief

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"

	"involt/internal/core/imports"
	"involt/internal/flow/intake/sheet"
	"involt/internal/kit/errs"
	"involt/internal/kit/table"
	"involt/internal/kit/table/book"
)

// MostBytes is how long a file may be. It holds several thousand people.
const MostBytes = 2 << 20

// Row is one person, as the file spells them: nothing is checked yet.
type Row struct {
	Line      int // in the file
	Email     string
	FirstName string
	LastName  string
	Card      string
}

// Skipped is a line that gives no row, and why.
type Skipped struct {
	Line int // 0 for what is no line's
	Why  string
}

// File is what a file says.
type File struct {
	Rows    []Row
	Ignored []string // the headings of columns in which something stands that no row shows
	Skipped []Skipped
	More    bool // it has more people than were wanted; then Rows are the first
}

// shown are the columns that a row shows.
var shown = []sheet.Column{sheet.Email, sheet.FirstName, sheet.LastName, sheet.FullName, sheet.CardUID}

// Read reads the first most people of a CSV file or an Excel workbook. A file that
// cannot be read, or in which nothing tells an address or a card, is an errs.Invalid
// with a sentence that says what to do.
func Read(text []byte, most int) (f File, err error) {
	src, shut, err := open(text)
	if err != nil {
		return f, err
	}
	defer shut()
	h, rows, err := sheet.Find(src, nil, false)
	if err != nil {
		return f, err
	}
	if !h.Has(sheet.Email) && !h.Has(sheet.CardUID) {
		return f, errs.New(errs.Invalid, "Nothing tells which column has the e-mail addresses. Head it “E-mail”, or import the file: there you can say what its columns mean.")
	}
	r := reading{h: &h, most: most, File: &f, full: make([]bool, len(h.List))}
	for _, row := range rows {
		if !r.take(row) {
			return f, nil
		}
	}
	for {
		row, err := src.Next()
		var bad *table.LineError
		switch {
		case errors.Is(err, io.EOF):
			r.finish()
			return f, nil
		case errors.As(err, &bad):
			if !r.take(sheet.Read{Bad: bad}) {
				return f, nil
			}
		case err != nil:
			return f, err
		default:
			if !r.take(sheet.Read{Row: row}) {
				return f, nil
			}
		}
	}
}

func open(text []byte) (src sheet.Source, shut func(), err error) {
	if bytes.HasPrefix(text, []byte("PK\x03\x04")) {
		b, err := book.Open(text)
		if err != nil {
			return nil, nil, err
		}
		return b, b.Close, nil
	}
	r, err := table.NewReader(bytes.NewReader(text))
	return r, func() {}, err
}

// reading is one way through a file.
type reading struct {
	*File
	h    *sheet.Header
	most int
	full []bool // which columns have something in them
}

// take reads one row. It returns false once there are more than were wanted.
func (r *reading) take(row sheet.Read) bool {
	switch {
	case row.Bad != nil:
		r.Skipped = append(r.Skipped, Skipped{row.Bad.Line, sheet.UpperFirst(row.Bad.Text)})
		return len(r.Skipped) <= r.most
	case r.h.Example(row.Row):
		return true
	case r.h.Overlong(row.Row):
		r.Skipped = append(r.Skipped, Skipped{row.Line, sheet.TooManyCells})
		return len(r.Skipped) <= r.most
	}
	said := false
	for i, cell := range row.Cells {
		if strings.TrimSpace(cell) != "" && i < len(r.full) {
			r.full[i], said = true, true
		}
	}
	l := r.h.Told(row.Row)
	switch {
	case l.Email+l.Card.UID+l.FirstName+l.LastName == "" && said:
		r.Skipped = append(r.Skipped, Skipped{row.Line, "There is neither an e-mail address nor a name nor a card in it."})
		return len(r.Skipped) <= r.most
	case !said:
		return true
	case len(r.Rows) == r.most:
		r.More = true
		return false
	}
	r.Rows = append(r.Rows, Row{Line: row.Line, Email: l.Email, FirstName: l.FirstName, LastName: l.LastName, Card: l.Card.UID})
	return true
}

// finish says which columns were passed over.
func (r *reading) finish() {
	for i, c := range r.h.List {
		if r.full[i] && !r.shows(c) {
			name := c.Text
			if name == "" {
				name = "a column without a heading"
			}
			if !slices.Contains(r.Ignored, name) {
				r.Ignored = append(r.Ignored, name)
			}
		}
	}
}

func (r *reading) shows(c imports.Heading) bool {
	return c.Read && slices.Contains(shown, sheet.Column(c.Column))
}
