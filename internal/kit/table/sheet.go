package table

import (
	"io"
	"slices"
	"strconv"
	"time"

	"involt/internal/kit/errs"
)

// Format is how a sheet is written.
type Format string

// The formats.
const (
	CSV   Format = "csv"
	XLSX  Format = "xlsx"
	Lines Format = "json" // JSON lines: one object per row
)

// Formats are all of them, the most usual first.
var Formats = []Format{CSV, XLSX, Lines}

// ParseFormat reads the name of a format; "" is CSV. Another one is an
// errs.Invalid at the field "format".
func ParseFormat(text string) (Format, error) {
	f := Format(text)
	if text == "" {
		f = CSV
	}
	if !slices.Contains(Formats, f) {
		return "", errs.AtField("format", "There is no format called %q. There are csv, xlsx and json.", text)
	}
	return f, nil
}

// ContentType is what a web server says a file of the format is.
func (f Format) ContentType() string {
	switch f {
	case XLSX:
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case Lines:
		return "application/x-ndjson"
	default:
		return "text/csv; charset=utf-8"
	}
}

// Extension is how the name of a file ends, with its dot.
func (f Format) Extension() string {
	if f == Lines {
		return ".jsonl"
	}
	return "." + string(f)
}

// Output says how a sheet shall be written. The zero Output is CSV with commas,
// without a mark, with times of UTC.
type Output struct {
	Format    Format
	Delimiter byte           // of CSV, one of Dialect's; 0 is a comma
	Mark      bool           // of CSV: begin with a byte order mark, by which Excel knows UTF-8
	Comma     bool           // of CSV: decimals have a comma and not a point
	Zone      *time.Location // in which times are written; nil is UTC
	Title     string         // of XLSX: the name of the sheet
}

// Sheet is a sheet that is written row by row: cells from left to right, then
// End. It is the one way out: whatever the format, no text of it runs as a
// formula, apart from JSON lines, which no spreadsheet runs and which carry every
// text as it is.
//
// A sheet holds what was not flushed and nothing else, so that a file of any
// length needs no more memory than its longest part between two flushes.
type Sheet struct {
	to      io.Writer
	enc     encoder
	columns []string
	keep    []bool // which columns are written; nil for all
	at      int    // of the next cell, in columns
	buf     []byte // of rows; not yet written
	rows    int64
	zone    *time.Location
	clock   wall
}

// encoder is what formats differ in. Each appends to b and returns it; a cell is
// told whether it is the first of those that are written in its row.
type encoder interface {
	head(b []byte, names []string) []byte
	text(b []byte, i int, v string) []byte   // i counts the columns that are written
	number(b []byte, i int, v string) []byte // digits with a point, perhaps a minus
	moment(b []byte, i int, t *stamp) []byte
	blank(b []byte, i int) []byte
	end(b []byte) []byte
	// write hands on finished rows; close ends the file.
	write(w io.Writer, b []byte) error
	close(w io.Writer) error
}

// NewSheet returns a sheet with the given columns. only, if it is not empty,
// names those that are written, in the sheet's own order; names that it does not
// know count for nothing. Nothing is written to w before [Sheet.Flush].
func NewSheet(w io.Writer, o Output, columns []string, only ...string) *Sheet {
	s := &Sheet{to: w, columns: columns, zone: o.Zone}
	if s.zone == nil {
		s.zone = time.UTC
	}
	written := columns
	if len(only) > 0 {
		written = nil
		s.keep = make([]bool, len(columns))
		for i, c := range columns {
			if s.keep[i] = slices.Contains(only, c); s.keep[i] {
				written = append(written, c)
			}
		}
	}
	switch o.Format {
	case XLSX:
		s.enc = newBook(o.Title, written)
	case Lines:
		s.enc = newLines(written)
	default:
		s.enc = &delimited{delimiter: o.Delimiter, mark: o.Mark, comma: o.Comma, columns: len(written)}
	}
	s.buf = s.enc.head(s.buf, written)
	return s
}

// next moves on to the next cell and says where it is written, or that it is not.
func (s *Sheet) next() (i int, ok bool) {
	i = s.at
	s.at++
	if s.keep == nil {
		return i, true
	}
	if !s.keep[i] {
		return 0, false
	}
	n := 0
	for _, k := range s.keep[:i] {
		if k {
			n++
		}
	}
	return n, true
}

// Text writes a cell of text. "" is a blank cell.
func (s *Sheet) Text(v string) {
	if v == "" {
		s.Blank()
	} else if i, ok := s.next(); ok {
		s.buf = s.enc.text(s.buf, i, v)
	}
}

// Int writes a cell with a whole number.
func (s *Sheet) Int(v int64) { s.Decimal(v, 0) }

// Decimal writes a cell with the number v / 10^places: Decimal(14820, 3) is
// 14.820.
func (s *Sheet) Decimal(v int64, places int) {
	if i, ok := s.next(); ok {
		var room [32]byte
		s.buf = s.enc.number(s.buf, i, string(appendDecimal(room[:0], v, places)))
	}
}

// Number writes a cell with a number that is spelt already: digits with a point,
// perhaps a minus in front. Anything else is written as text.
func (s *Sheet) Number(v string) {
	if !isNumber(v) {
		s.Text(v)
	} else if i, ok := s.next(); ok {
		s.buf = s.enc.number(s.buf, i, v)
	}
}

// Time writes a cell with a moment, to the second; the zero time is blank.
func (s *Sheet) Time(t time.Time) {
	if t.IsZero() {
		s.Blank()
	} else if i, ok := s.next(); ok {
		s.buf = s.enc.moment(s.buf, i, s.clock.at(t, s.zone))
	}
}

// Blank writes a cell with nothing in it.
func (s *Sheet) Blank() {
	if i, ok := s.next(); ok {
		s.buf = s.enc.blank(s.buf, i)
	}
}

// End ends the row. Cells that it lacks are blank.
func (s *Sheet) End() {
	for s.at < len(s.columns) {
		s.Blank()
	}
	s.buf, s.at = s.enc.end(s.buf), 0
	s.rows++
}

// Rows is how many rows were ended.
func (s *Sheet) Rows() int64 { return s.rows }

// Flush hands what was written to the writer below.
func (s *Sheet) Flush() error {
	err := s.enc.write(s.to, s.buf)
	s.buf = s.buf[:0]
	return err
}

// Close flushes and ends the file. The writer below stays open.
func (s *Sheet) Close() error {
	if err := s.Flush(); err != nil {
		return err
	}
	return s.enc.close(s.to)
}

func appendDecimal(b []byte, v int64, places int) []byte {
	if places == 0 {
		return strconv.AppendInt(b, v, 10)
	}
	u := uint64(v) //nolint:gosec // the two's complement is undone below
	if v < 0 {
		b = append(b, '-')
		u = -u
	}
	var room [24]byte
	digits := strconv.AppendUint(room[:0], u, 10)
	if n := len(digits) - places; n > 0 {
		b = append(b, digits[:n]...)
	} else {
		b = append(b, '0')
	}
	b = append(b, '.')
	for n := len(digits); n < places; n++ {
		b = append(b, '0')
	}
	return append(b, digits[max(0, len(digits)-places):]...)
}

func isNumber(v string) bool {
	digits, point := 0, false
	for i := range len(v) {
		switch c := v[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c == '.' && !point && digits > 0:
			point = true
		case c == '-' && i == 0:
		default:
			return false
		}
	}
	return digits > 0 && v[len(v)-1] != '.'
}

// stamp is a moment as a zone's clocks show it.
type stamp struct {
	unix   int64 // seconds
	local  int64 // seconds since 1970 of the zone's own clock
	offset int   // seconds east of UTC
}

// wall remembers the stretch of time in which a zone keeps its offset: most rows
// of a sheet lie in one or two of them.
type wall struct {
	from, to int64 // seconds; the offset holds in [from, to)
	offset   int
	now      stamp
}

func (w *wall) at(t time.Time, zone *time.Location) *stamp {
	u := t.Unix()
	if u < w.from || u >= w.to {
		in := t.In(zone)
		_, w.offset = in.Zone()
		start, end := in.ZoneBounds()
		w.from, w.to = -1<<62, 1<<62
		if !start.IsZero() {
			w.from = start.Unix()
		}
		if !end.IsZero() {
			w.to = end.Unix()
		}
	}
	w.now = stamp{unix: u, local: u + int64(w.offset), offset: w.offset}
	return &w.now
}

// rfc3339 spells the moment with the offset of its zone.
func (t *stamp) rfc3339(b []byte) []byte {
	at := time.Unix(t.local, 0).UTC()
	if y := at.Year(); y < 0 || y > 9999 {
		return append(b, "0001-01-01T00:00:00Z"...) // no charger's clock goes that wrong
	}
	b = at.AppendFormat(b, "2006-01-02T15:04:05")
	if t.offset == 0 {
		return append(b, 'Z')
	}
	off, sign := t.offset/60, byte('+')
	if off < 0 {
		off, sign = -off, '-'
	}
	const digits = "0123456789"
	two := func(b []byte, n int) []byte { return append(b, digits[n/10%10], digits[n%10]) }
	b = two(append(b, sign), off/60)
	return two(append(b, ':'), off%60)
}
