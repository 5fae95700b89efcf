// Package book reads the rows of an Excel workbook (.xlsx), and writes small ones.
//
// A workbook is a ZIP file, and a small one may claim to hold more than any
// machine has. So what it says it holds is looked at before anything is unpacked.
package book

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"involt/internal/kit/errs"
	"involt/internal/kit/table"

	"github.com/xuri/excelize/v2"
)

// What a workbook may hold. A sheet of a million people is some 300 MB of XML that
// packs to a tenth.
const (
	maxEntries  = 2000
	maxUnpacked = 1 << 30
	maxRatio    = 200      // of one part, if it is large
	freeRatio   = 10 << 20 // parts up to here may pack as well as they like
	inMemory    = 4 << 20  // of one part; larger ones are unpacked into a temporary file
)

// Book reads the rows of a workbook's first sheet that has any.
type Book struct {
	file *excelize.File
	rows *excelize.Rows
	line int
}

// Open looks at a workbook. One that is damaged, encrypted or claims to hold too
// much is an errs.Invalid.
func Open(text []byte) (_ *Book, err error) {
	if err := check(text); err != nil {
		return nil, err
	}
	b := &Book{}
	defer func() {
		if p := recover(); p != nil {
			b.Close()
			err = panicked(p)
		}
	}()
	f, err := excelize.OpenReader(bytes.NewReader(text), excelize.Options{UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: inMemory})
	if err != nil {
		return nil, broken(err)
	}
	b.file = f
	if err := plainNumbers(f); err != nil {
		b.Close()
		return nil, broken(err)
	}
	for _, name := range f.GetSheetList() {
		visible, err := f.GetSheetVisible(name)
		if err != nil || !visible {
			continue
		}
		rows, err := f.Rows(name)
		if err != nil {
			continue // a sheet of charts has none
		}
		if b.rows != nil {
			_ = rows.Close()
			continue
		}
		if rows.Next() {
			// It has rows: begin it once more.
			_ = rows.Close()
			if b.rows, err = f.Rows(name); err != nil {
				b.Close()
				return nil, broken(err)
			}
			break
		}
		_ = rows.Close()
	}
	if b.rows == nil {
		b.Close()
		return nil, errs.New(errs.Invalid, "The workbook has no sheet with rows in it.")
	}
	return b, nil
}

// panicked makes an error of a panic of the library: of damaged parts it takes for
// granted what is not there.
func panicked(p any) error { return broken(fmt.Errorf("panic: %v", p)) }

func broken(err error) error {
	if errors.Is(err, excelize.ErrWorkbookPassword) || errors.Is(err, excelize.ErrWorkbookFileFormat) {
		return fmt.Errorf("%w: %w", errs.New(errs.Invalid, "The workbook is protected by a password, or is none. Save the sheet as CSV."), err)
	}
	return fmt.Errorf("%w: %w", errs.New(errs.Invalid, "The workbook is damaged and cannot be read. Save the sheet as CSV."), err)
}

var errTooMuch = errs.New(errs.Invalid, "This workbook claims to hold far more than a sheet of people can. Save the sheet as CSV.")

// check reads the directory of the ZIP file and nothing else.
func check(text []byte) error {
	z, err := zip.NewReader(bytes.NewReader(text), int64(len(text)))
	if err != nil {
		return fmt.Errorf("%w: %w", errs.New(errs.Invalid, "This is a ZIP file that cannot be read. Save the sheet as CSV."), err)
	}
	if len(z.File) > maxEntries {
		return errTooMuch
	}
	var total uint64
	workbook := false
	for _, f := range z.File {
		total += f.UncompressedSize64
		if f.UncompressedSize64 > maxUnpacked || total > maxUnpacked ||
			f.UncompressedSize64 > freeRatio && f.UncompressedSize64/max(1, f.CompressedSize64) > maxRatio {
			return errTooMuch
		}
		workbook = workbook || strings.EqualFold(f.Name, "xl/workbook.xml")
	}
	if !workbook {
		return errs.New(errs.Invalid, "This is a ZIP file and no Excel workbook. Unpack it, and choose the sheet in it.")
	}
	return nil
}

// plainNumbers lets all numbers be read as they are, and all dates as
// 2027-12-31, however the sheet shows them: 03/04/2027 could be either day.
func plainNumbers(f *excelize.File) error {
	day := "yyyy-mm-dd"
	style, err := f.NewStyle(&excelize.Style{CustomNumFmt: &day})
	if err != nil || f.Styles == nil || f.Styles.CellXfs == nil {
		return err
	}
	xfs := f.Styles.CellXfs.Xf
	if style >= len(xfs) || xfs[style].NumFmtID == nil {
		return nil
	}
	dates := *xfs[style].NumFmtID
	custom := map[int]string{}
	if f.Styles.NumFmts != nil {
		for _, n := range f.Styles.NumFmts.NumFmt {
			if n != nil {
				custom[n.NumFmtID] = n.FormatCode
			}
		}
	}
	general := 0
	for i := range xfs {
		if xfs[i].NumFmtID == nil {
			continue
		}
		switch n := *xfs[i].NumFmtID; {
		case n >= 14 && n <= 17, n == 22, n >= 27 && n <= 36, n >= 50 && n <= 58, isDate(custom[n]):
			xfs[i].NumFmtID = &dates
		default:
			xfs[i].NumFmtID = &general
		}
	}
	return nil
}

// isDate reports whether a format shows a day: it has a year or a day in it,
// outside of quotes and brackets.
func isDate(code string) bool {
	quoted, bracket := false, false
	for i := 0; i < len(code); i++ {
		switch c := code[i]; {
		case c == '\\' || c == '_' || c == '*':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[':
			bracket = true
		case c == ']':
			bracket = false
		case bracket:
		case c == 'y' || c == 'Y' || c == 'd' || c == 'D':
			return true
		}
	}
	return false
}

// Dialect says that it is a workbook.
func (b *Book) Dialect() table.Dialect { return table.Dialect{Encoding: "Excel workbook"} }

// Next returns the next row that has anything in it, io.EOF behind the last. A row
// that cannot be read is a [*table.LineError].
func (b *Book) Next() (_ table.Row, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = panicked(p)
		}
	}()
	for b.rows.Next() {
		b.line++
		cells, err := b.rows.Columns()
		if err != nil {
			return table.Row{}, broken(err)
		}
		if err := b.limits(cells); err != nil {
			return table.Row{Line: b.line}, err
		}
		for _, c := range cells {
			if strings.TrimSpace(c) != "" {
				return table.Row{Line: b.line, Cells: cells}, nil
			}
		}
	}
	if err := b.rows.Error(); err != nil {
		return table.Row{}, broken(err)
	}
	return table.Row{}, io.EOF
}

// limits holds a row to what rows of text are held to.
func (b *Book) limits(cells []string) error {
	for len(cells) > table.MaxColumns && strings.TrimSpace(cells[len(cells)-1]) == "" {
		cells = cells[:len(cells)-1]
	}
	if len(cells) > table.MaxColumns {
		return &table.LineError{Line: b.line, Text: fmt.Sprintf("the row has %d columns; at most %d are read.", len(cells), table.MaxColumns)}
	}
	for i, c := range cells {
		switch {
		case len(c) > table.MaxCell:
			return &table.LineError{Line: b.line, Text: fmt.Sprintf("the cell in column %d is longer than %d KiB.", i+1, table.MaxCell>>10)}
		case strings.IndexByte(c, 0) >= 0:
			return &table.LineError{Line: b.line, Text: "the row has a NUL character in it."}
		case !utf8.ValidString(c):
			return &table.LineError{Line: b.line, Text: "the row is not valid UTF-8."}
		}
	}
	return nil
}

// Close gives back what the workbook was unpacked into.
func (b *Book) Close() {
	if b.rows != nil {
		_ = b.rows.Close()
	}
	if b.file != nil {
		_ = b.file.Close()
	}
}

// Write writes a small workbook of one sheet. All cells are text: a card number
// keeps its zeros.
func Write(w io.Writer, name string, rows [][]string) error {
	f := excelize.NewFile()
	defer f.Close()
	if err := f.SetSheetName("Sheet1", name); err != nil {
		return err
	}
	text, err := f.NewStyle(&excelize.Style{NumFmt: 49})
	if err != nil {
		return err
	}
	width := 0
	for i, cells := range rows {
		for j, c := range cells {
			at, err := excelize.CoordinatesToCellName(j+1, i+1)
			if err != nil {
				return err
			}
			if err := f.SetCellStr(name, at, c); err != nil {
				return err
			}
		}
		width = max(width, len(cells))
	}
	if width > 0 {
		last, err := excelize.ColumnNumberToName(width)
		if err != nil {
			return err
		}
		if err := f.SetColStyle(name, "A:"+last, text); err != nil {
			return err
		}
		if err := f.SetColWidth(name, "A", last, 18); err != nil {
			return err
		}
	}
	return f.Write(w)
}
