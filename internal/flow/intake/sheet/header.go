package sheet

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"strings"

	"involt/internal/core/card"
	"involt/internal/core/imports"
	"involt/internal/core/person"
	"involt/internal/kit/errs"
	"involt/internal/kit/table"
)

// Header is the columns of one file.
type Header struct {
	Line   int // where it stands; 0 if the file has none
	Format string
	List   []imports.Heading
	at     map[Column]int
	width  int
	more   bool // there are columns of vehicles, dates, rates or invitations
}

// Has reports whether the file has a column that is read.
func (h *Header) Has(c Column) bool { _, ok := h.at[c]; return ok }

// Readable reports whether the file has a column by which a person or a card
// can be known.
func (h *Header) Readable() bool { return h.Has(Email) || h.Has(ExternalID) || h.Has(CardUID) }

// cards reports whether the file is about cards: it knows no people, or comes from
// a system that exports cards with and without holders.
func (h *Header) cards() bool {
	for _, f := range formats {
		if f.name == h.Format && f.cards {
			return true
		}
	}
	return !h.Has(Email) && !h.Has(ExternalID) && !h.Has(FirstName) && !h.Has(LastName) && !h.Has(FullName)
}

// Width is how many columns the file has.
func (h *Header) Width() int { return h.width }

// cell returns a cell of the row without what spreadsheets and our own exports
// put around it.
func (h *Header) cell(row table.Row, c Column) string {
	i, ok := h.at[c]
	if !ok {
		return ""
	}
	text := strings.TrimSpace(table.Unguard(strings.TrimSpace(row.Cell(i))))
	if strings.ContainsAny(text, "\r\n\t") && c != Groups && c != Role { // which may list several, one a line
		text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == '\r' || r == '\n' || r == '\t' }), " ")
	}
	return text
}

// Said is what a row has in the column that means c, as it stands there.
func (h *Header) Said(row table.Row, c Column) string { return h.cell(row, c) }

// Shape names files whose headers are the same, whatever the spelling.
func (h *Header) Shape() string {
	sum := sha256.New()
	for _, c := range h.List {
		if h.Line > 0 {
			sum.Write([]byte(headingKey(c.Text)))
		}
		sum.Write([]byte{0})
	}
	return hex.EncodeToString(sum.Sum(nil)[:12])
}

// Mapping is what each column means, by its place; "" for one that is not read.
func (h *Header) Mapping() []string {
	list := make([]string, h.width)
	for c, i := range h.at {
		list[i] = string(c)
	}
	return list
}

// Remap gives the columns other meanings. One that means nothing that is read, or
// what an earlier one means, is passed over.
func (h *Header) Remap(mapping []string) {
	h.at, h.more = map[Column]int{}, false
	for i := range h.List {
		c := &h.List[i]
		c.Column, c.Read, c.Note = "", false, "is not read"
		if i >= len(mapping) || mapping[i] == "" {
			continue
		}
		h.take(i, Column(mapping[i]))
	}
}

// take lets column i mean c, if that is something that is read.
func (h *Header) take(i int, c Column) {
	one := &h.List[i]
	n, known := byHeading[headingKey(string(c))]
	switch {
	case !known:
		one.Note = "is not known and is not read"
	case !headings[n].read:
		one.Column, one.Note = string(headings[n].column), "is known, but not read by this version"
	case h.Has(headings[n].column):
		one.Note = "means " + string(headings[n].column) + ", as an earlier column does, and is not read"
	default:
		one.Column, one.Read, one.Note = string(headings[n].column), true, ""
		h.put(headings[n].column, i)
	}
}

// rare are the columns that are looked at if the file has any of them.
var rare = []Column{VehiclePlate, VehicleCountry, VehicleName, VehicleMake, VehicleModel, VehicleMAC, VehicleBattery, StartDate, EndDate, Invite, ReimbursementRate}

// put notes that column i means c.
func (h *Header) put(c Column, i int) {
	h.at[c] = i
	h.more = h.more || slices.Contains(rare, c)
}

// recognise reads a row as the header. ok is false if it names nothing by
// which a person or a card could be known.
func recognise(row table.Row) (h Header, ok bool) {
	h = Header{Line: row.Line, at: map[Column]int{}, width: len(row.Cells)}
	theirs := formatOf(row.Cells)
	h.Format = theirs.name
	for i, text := range row.Cells {
		text = strings.TrimSpace(text)
		h.List = append(h.List, imports.Heading{Text: text})
		key := headingKey(text)
		switch c, named := theirs.columns[key]; {
		case text == "":
			h.List[i].Note = "has no heading and is not read"
		case named && c == "":
			h.List[i].Note = "is not read from exports of " + theirs.name
		case named:
			h.take(i, c)
		default:
			if n, known := byHeading[key]; known {
				h.take(i, headings[n].column)
			} else {
				h.List[i].Note = "is not known and is not read"
			}
		}
	}
	return h, h.Readable()
}

// Source is a file whose rows are read one by one.
type Source interface {
	// Next returns the next row that has anything in it, io.EOF behind the last,
	// and a *table.LineError for one that cannot be read; any other error ends it.
	Next() (table.Row, error)
}

// Read is a row, or why it cannot be read.
type Read struct {
	table.Row
	Bad *table.LineError
}

// How many rows may stand above the header, and how many behind it are looked at
// to see what columns hold.
const (
	titleRows  = 5
	sampleRows = 20
	shown      = 5 // examples per column
)

// Find looks for the header, and returns with it the rows behind it that were
// read to find it. If nothing tells what the columns mean, the header is not
// Readable, and its texts are those of the first row. mapping, if not nil, is
// what somebody said that the columns mean; noHeader, that there is no header.
func Find(src Source, mapping []string, noHeader bool) (h Header, rows []Read, err error) {
	for len(rows) < titleRows+sampleRows {
		row, err := src.Next()
		var bad *table.LineError
		switch {
		case errors.As(err, &bad):
			rows = append(rows, Read{table.Row{Line: bad.Line}, bad})
			continue
		case errors.Is(err, io.EOF):
		case err != nil:
			return h, nil, err
		default:
			row.Cells = slices.Clone(row.Cells) // the source uses them again
			rows = append(rows, Read{Row: row})
			continue
		}
		break
	}
	at := slices.IndexFunc(rows, func(r Read) bool { return r.Bad == nil })
	if at < 0 {
		if len(rows) > 0 {
			return h, nil, errs.New(errs.Invalid, "%s", UpperFirst(rows[0].Bad.Text))
		}
		return h, nil, errs.New(errs.Invalid, "The file is empty.")
	}
	found := -1
	for i := range rows[:min(len(rows), titleRows)] {
		if one, ok := recognise(rows[i].Row); rows[i].Bad == nil && ok && !noHeader {
			h, found = one, i
			break
		}
	}
	switch {
	case found >= 0:
		rows = rows[found+1:]
	case noHeader || bare(rows):
		h = Header{at: map[Column]int{}}
		for _, r := range rows {
			h.width = max(h.width, len(r.Cells))
		}
		h.List = make([]imports.Heading, h.width)
		h.guess(rows)
	default:
		h, _ = recognise(rows[at].Row)
		rows = rows[at+1:]
		h.guess(rows)
	}
	if mapping != nil {
		h.Remap(mapping)
	}
	h.sample(rows)
	return h, rows, nil
}

// sample keeps examples of each column.
func (h *Header) sample(rows []Read) {
	for i := range h.List {
		for _, r := range rows {
			text := strings.TrimSpace(r.Cell(i))
			if text == "" || len(h.List[i].Sample) == shown {
				continue
			}
			if short := []rune(text); len(short) > 60 {
				text = string(short[:60]) + "…"
			}
			h.List[i].Sample = append(h.List[i].Sample, text)
		}
	}
}

// guess finds columns of e-mail addresses and of card numbers by what they hold.
func (h *Header) guess(rows []Read) {
	for _, g := range []struct {
		column Column
		is     func(string) bool
	}{{Email, isEmail}, {CardUID, isCard}} {
		for i := range h.List {
			if h.List[i].Read || h.Has(g.column) || !holds(rows, i, g.is) {
				continue
			}
			h.take(i, g.column)
			h.List[i].Note = "by what it holds"
		}
	}
}

// holds reports whether all that a column has in the rows is of a kind.
func holds(rows []Read, i int, is func(string) bool) bool {
	n := 0
	for _, r := range rows {
		text := strings.TrimSpace(r.Cell(i))
		if text == "" || r.Bad != nil {
			continue
		}
		if !is(text) {
			return false
		}
		n++
	}
	return n > 0
}

// bare reports whether the rows are a list of e-mail addresses, of cards or of
// both, without a header.
func bare(rows []Read) bool {
	width := 0
	for _, r := range rows {
		for i, c := range r.Cells {
			if strings.TrimSpace(c) != "" {
				width = max(width, i+1)
			}
		}
	}
	if width == 0 || width > 2 {
		return false
	}
	for i := range width {
		if !holds(rows, i, isEmail) && !holds(rows, i, isCard) {
			return false
		}
	}
	return true
}

func isEmail(text string) bool {
	_, err := person.CleanEmail(text)
	return err == nil && strings.Contains(text, "@")
}

func isCard(text string) bool {
	if !strings.ContainsAny(text, "0123456789") {
		return false
	}
	r, err := card.Read(text)
	return err == nil && len(r.UID) >= 8
}

// Stored is the header of a file that was read before.
func Stored(s imports.Sheet) Header {
	h := Header{Line: s.HeaderLine, Format: s.Format, List: s.Headings, at: map[Column]int{}, width: len(s.Headings)}
	for i, c := range s.Headings {
		if c.Read {
			h.put(Column(c.Column), i)
		}
	}
	return h
}

// Told is what a row that cannot be taken says about whom it is about, as it
// stands there.
func (h *Header) Told(row table.Row) Line {
	first, last := h.cell(row, FirstName), h.cell(row, LastName)
	if first == "" && last == "" {
		first, last = parts(h.cell(row, FullName))
	}
	return Line{Number: row.Line, Email: h.cell(row, Email), FirstName: first, LastName: last, ExternalID: h.cell(row, ExternalID), Card: Card{UID: h.cell(row, CardUID)}, Cells: row.Cells}
}
