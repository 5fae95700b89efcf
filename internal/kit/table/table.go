// Package table reads and writes sheets: rows of text cells, as spreadsheets
// and other systems save them.
//
// Reading takes what comes: comma, semicolon, tab or pipe; UTF-8, UTF-16 or
// Windows-1252, with or without a byte order mark; any line end; quoted
// newlines. It holds one row in memory, never the file, and every limit is an
// error at its line, after which reading goes on. Writing makes files that a
// spreadsheet does not run as formulas.
package table

import "fmt"

// The limits of a row. No honest sheet comes near them.
const (
	MaxRow     = 1 << 20  // bytes of a row, as UTF-8
	MaxCell    = 64 << 10 // bytes of a cell
	MaxColumns = 300
)

// Row is one row of a sheet.
type Row struct {
	Line  int      // where it begins in the file; the first line is 1
	Cells []string // trimmed of byte order marks, of nothing else; valid until the next row is read
}

// Cell returns the cell of column i, or "" if the row is shorter.
func (r Row) Cell(i int) string {
	if i < 0 || i >= len(r.Cells) {
		return ""
	}
	return r.Cells[i]
}

// LineError is a row that cannot be read. Reading may go on after it.
type LineError struct {
	Line int    // where the row begins
	Text string // a sentence to show
}

func (e *LineError) Error() string { return fmt.Sprintf("Line %d: %s", e.Line, e.Text) }

// Dialect is how a file is written.
type Dialect struct {
	Encoding  string // "UTF-8", "UTF-16 LE", "UTF-16 BE" or "Windows-1252"
	Delimiter byte   // ',', ';', '\t' or '|'
}
