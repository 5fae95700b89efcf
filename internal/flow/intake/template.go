package intake

import (
	"io"

	"involt/internal/flow/intake/sheet"
	"involt/internal/kit/table"
	"involt/internal/kit/table/book"
)

// Template writes the sheet that people fill in, as text: the columns, and two
// rows that show how and are passed over when they come back.
func Template(w io.Writer) error {
	out := table.NewWriter(w, ',', true)
	for _, row := range sheet.Template() {
		out.Write(row...)
	}
	return out.Flush()
}

// Workbook writes the same as an Excel workbook.
func Workbook(w io.Writer) error { return book.Write(w, "Users", sheet.Template()) }
