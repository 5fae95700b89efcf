package table

import (
	"bufio"
	"io"
	"strings"
	"unicode/utf8"
)

// Writer writes rows of delimited text that a spreadsheet takes as text: a
// cell that it would run as a formula begins with an apostrophe.
type Writer struct {
	w         *bufio.Writer
	delimiter byte
	start     string // goes before the first row
	room      []byte // for one cell
}

// NewWriter returns a Writer of UTF-8. mark asks for a byte order mark, by which
// Excel knows UTF-8. The delimiter is one of Dialect's; 0 is a comma.
func NewWriter(w io.Writer, delimiter byte, mark bool) *Writer {
	if delimiter == 0 {
		delimiter = ','
	}
	out := &Writer{w: bufio.NewWriterSize(w, 32<<10), delimiter: delimiter}
	if mark {
		out.start = "\ufeff"
	}
	return out
}

// Write writes one row. Errors of the writer below stay until [Writer.Flush].
func (w *Writer) Write(cells ...string) {
	w.w.WriteString(w.start)
	w.start = ""
	for i, c := range cells {
		if i > 0 {
			w.w.WriteByte(w.delimiter)
		}
		w.room = appendCell(w.room[:0], c, len(cells) == 1)
		w.w.Write(w.room)
	}
	w.w.WriteString("\r\n") // RFC 4180 §2
}

// appendCell appends v as a cell: guarded, and quoted where any dialect would
// take it apart, so that a spreadsheet that expects another delimiter does not
// begin a new cell in the middle. alone says that the row has no other cell.
func appendCell(b []byte, v string, alone bool) []byte {
	if isPlain(v) {
		return append(b, v...)
	}
	v = Guard(v)
	if !strings.ContainsAny(v, "\",;\t|\r\n") && strings.TrimSpace(v) == v && (v != "" || !alone) {
		return append(b, v...)
	}
	b = append(b, '"')
	b = append(b, strings.ReplaceAll(v, `"`, `""`)...)
	return append(b, '"')
}

// Flush writes out what is buffered and returns the first error of all writes.
func (w *Writer) Flush() error { return w.w.Flush() }

// Guard returns cell such that no spreadsheet runs it: with an apostrophe in
// front if, after byte order marks and white space, it begins with = + - @, TAB, CR or LF, and
// without NULs and broken UTF-8.
func Guard(cell string) string {
	if strings.IndexByte(cell, 0) >= 0 {
		cell = strings.ReplaceAll(cell, "\x00", "")
	}
	cell = strings.ToValidUTF8(cell, "\uFFFD")
	if triggers(cell) {
		return "'" + cell
	}
	return cell
}

// Unguard returns the cell that Guard was given, for files that come back.
func Unguard(cell string) string {
	if len(cell) > 1 && cell[0] == '\'' && triggers(cell[1:]) {
		return cell[1:]
	}
	return cell
}

func triggers(cell string) bool {
	if cell == "" || cell[0] < utf8.RuneSelf && (cell[0] >= 'a' && cell[0] <= 'z' || cell[0] >= 'A' && cell[0] <= 'Z' || cell[0] >= '0' && cell[0] <= '9') {
		return false // as most cells
	}
	for _, c := range cell {
		switch c {
		case '=', '+', '-', '@', '\t', '\r', '\n', '\uff1d', '\uff0b', '\uff0d', '\uff20': // the last four: the same in full width
			return true
		case ' ', '\u00a0', '\ufeff', '\u200b', '\u3000', '\v', '\f':
			continue
		}
		return false
	}
	return false
}
