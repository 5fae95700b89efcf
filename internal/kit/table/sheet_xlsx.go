package table

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// What a sheet of Excel holds at most.
const (
	mostRows = 1_048_576
	mostCell = 32_767 // UTF-16 units of a cell
)

// book writes XLSX as streamed XML in a zip (ECMA-376, SpreadsheetML): rows go
// into the part of their sheet as they come, and what describes the whole comes
// last, when it is known. A sheet that is full is followed by another one.
type book struct {
	zip    *zip.Writer // nil until the first write
	part   io.Writer   // of the sheet that is open
	title  string
	names  []string
	sheets int
	rows   int64            // of the sheet that is open, in what was appended so far
	cuts   []int            // in the buffer: where a sheet is full
	shared []map[string]int // of each column, texts that are written once: names of chargers and the like
	texted int              // how many those are
	texts  []byte           // of shared, as XML
}

// mostShared bounds the texts that a book keeps of a column. One that has more
// writes its texts in place from then on.
const (
	mostShared    = 512
	longestShared = 64
)

func newBook(title string, names []string) *book {
	e := &book{title: title, names: names, shared: make([]map[string]int, len(names))}
	for i := range e.shared {
		e.shared[i] = map[string]int{}
	}
	return e
}

// head opens a row of the names.
func (e *book) head(b []byte, names []string) []byte {
	b = append(b, "<row>"...)
	for _, n := range names {
		b = append(b, `<c s="2" t="inlineStr"><is><t>`...)
		b = append(appendXML(b, Guard(n)), "</t></is></c>"...)
	}
	e.rows = 1
	return append(b, "</row><row>"...)
}

func (e *book) text(b []byte, i int, v string) []byte {
	if known := e.shared[i]; known != nil && len(v) <= longestShared {
		n, ok := known[v]
		switch {
		case ok:
		case len(known) == mostShared:
			e.shared[i] = nil
		default:
			n, ok = e.texted, true
			e.texted++
			known[v] = n
			e.texts = append(e.texts, "<si>"...)
			e.texts = append(appendText(e.texts, v), "</si>"...)
		}
		if ok {
			b = append(b, `<c t="s"><v>`...)
			return append(strconv.AppendInt(b, int64(n), 10), "</v></c>"...)
		}
	}
	b = append(b, `<c t="inlineStr"><is>`...)
	return append(appendText(b, v), "</is></c>"...)
}

// appendText appends the element of a text that no spreadsheet runs.
func appendText(b []byte, v string) []byte {
	v = clip(Guard(v))
	if edge := strings.TrimSpace(v); len(edge) != len(v) || strings.ContainsAny(v, "\r\n\t") {
		b = append(b, `<t xml:space="preserve">`...)
	} else {
		b = append(b, "<t>"...)
	}
	return append(appendXML(b, v), "</t>"...)
}

func (e *book) number(b []byte, _ int, v string) []byte {
	b = append(b, "<c><v>"...)
	return append(append(b, v...), "</v></c>"...)
}

// The days of the two epochs, and the seconds of a day.
const (
	from1900 = 25_569
	aDay     = 86_400
)

// moment writes a time as spreadsheets do: days since 1900, of the zone's clock.
func (e *book) moment(b []byte, i int, t *stamp) []byte {
	if t.local < 0 || t.local > 253402300799 {
		return e.text(b, i, string(t.rfc3339(nil)))
	}
	b = append(b, `<c s="1"><v>`...)
	b = strconv.AppendInt(b, t.local/aDay+from1900, 10)
	// Rounded up to a hundred-thousandth of a second: never the second before.
	const digits = 10_000_000_000
	if part := (t.local%aDay*digits + aDay - 1) / aDay; part > 0 {
		b = append(b, '.')
		text := strconv.FormatInt(digits+part, 10)
		b = append(b, strings.TrimRight(text[1:], "0")...)
	}
	return append(b, "</v></c>"...)
}

func (e *book) blank(b []byte, _ int) []byte { return append(b, "<c/>"...) }

func (e *book) end(b []byte) []byte {
	b = append(b, "</row>"...)
	if e.rows++; e.rows == mostRows {
		e.cuts = append(e.cuts, len(b))
		return e.head(b, e.names)
	}
	return append(b, "<row>"...)
}

func (e *book) write(w io.Writer, b []byte) error {
	if e.zip == nil {
		e.zip = zip.NewWriter(w)
		e.zip.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
		if err := e.open(); err != nil {
			return err
		}
	}
	from := 0
	for _, cut := range e.cuts {
		if _, err := e.part.Write(b[from:cut]); err != nil {
			return err
		}
		if _, err := io.WriteString(e.part, sheetEnd); err != nil {
			return err
		}
		if err := e.open(); err != nil {
			return err
		}
		from = cut
	}
	e.cuts = e.cuts[:0]
	_, err := e.part.Write(b[from:])
	return err
}

const (
	xmlHead  = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	main     = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`
	sheetEnd = `</sheetData></worksheet>`
)

// open begins the next sheet. Its first row stays in sight.
func (e *book) open() (err error) {
	e.sheets++
	if e.part, err = e.zip.Create(fmt.Sprintf("xl/worksheets/sheet%d.xml", e.sheets)); err != nil {
		return err
	}
	_, err = io.WriteString(e.part, xmlHead+`<worksheet `+main+`><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetFormatPr defaultColWidth="16" defaultRowHeight="15"/><sheetData>`)
	return err
}

func (e *book) close(io.Writer) error {
	// A row was opened that does not come: it stays empty, which it may.
	if _, err := io.WriteString(e.part, "</row>"+sheetEnd); err != nil {
		return err
	}
	var kinds, sheets, relations strings.Builder
	for i := range e.sheets {
		n := i + 1
		title := e.title
		if n > 1 {
			title += " " + strconv.Itoa(n)
		}
		fmt.Fprintf(&kinds, `<Override PartName="/xl/worksheets/sheet%d.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>`, n)
		fmt.Fprintf(&sheets, `<sheet name="%s" sheetId="%d" r:id="rId%d"/>`, sheetName(title), n, n)
		fmt.Fprintf(&relations, `<Relationship Id="rId%d" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet%d.xml"/>`, n, n)
	}
	for _, part := range []struct{ name, text string }{
		{"xl/sharedStrings.xml", `<sst ` + main + `>` + string(e.texts) + `</sst>`},
		{"xl/styles.xml", styles},
		{"xl/workbook.xml", `<workbook ` + main + ` xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>` + sheets.String() + `</sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` + relations.String() +
			`<Relationship Id="rIdStyles" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/>` +
			`<Relationship Id="rIdTexts" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>`},
		{"_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>` +
			`<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>` + kinds.String() +
			`<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>` +
			`<Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>`},
	} {
		w, err := e.zip.Create(part.name)
		if err == nil {
			_, err = io.WriteString(w, xmlHead+part.text)
		}
		if err != nil {
			return err
		}
	}
	return e.zip.Close()
}

// styles are: none; a date with its time; a bold head.
const styles = `<styleSheet ` + main + `><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd\ hh:mm:ss"/></numFmts>` +
	`<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>` +
	`<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>` +
	`<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>` +
	`<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>` +
	`<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/></cellXfs></styleSheet>`

// sheetName is a title as the name of a sheet may be, for an attribute.
func sheetName(title string) string {
	title = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`[]:*?/\'`, r) {
			return -1
		}
		return r
	}, title)
	if title == "" {
		title = "Sheet"
	}
	if runes := []rune(title); len(runes) > 31 {
		title = string(runes[:31])
	}
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(title)) // a buffer takes everything
	return b.String()
}

// appendXML appends text with what XML would take for itself spelt out, without
// what XML 1.0 §2.2 cannot hold, and with what spreadsheets would take for the
// code of a character (ECMA-376 §22.9.2.19: _x000D_) marked as the text it is.
func appendXML(b []byte, v string) []byte {
	for i := 0; i < len(v); {
		c := v[i]
		switch {
		case c == '&':
			b = append(b, "&amp;"...)
		case c == '<':
			b = append(b, "&lt;"...)
		case c == '>':
			b = append(b, "&gt;"...)
		case c == '\r':
			b = append(b, "_x000D_"...) // XML would make a line feed of it
		case c == '_' && isCode(v[i:]):
			b = append(b, "_x005F_"...)
		case c < ' ' && c != '\t' && c != '\n':
			b = append(b, "\uFFFD"...)
		case c < utf8.RuneSelf:
			b = append(b, c)
		default:
			r, n := utf8.DecodeRuneInString(v[i:])
			if r == '\uFFFE' || r == '\uFFFF' {
				r = utf8.RuneError
			}
			b = utf8.AppendRune(b, r)
			i += n
			continue
		}
		i++
	}
	return b
}

// isCode reports whether v begins like _x000D_.
func isCode(v string) bool {
	if len(v) < 7 || v[1] != 'x' && v[1] != 'X' || v[6] != '_' {
		return false
	}
	for _, c := range v[2:6] {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
			return false
		}
	}
	return true
}

// clip cuts a text that is longer than a cell may be, and says so at its end.
func clip(v string) string {
	if len(v) <= mostCell {
		return v
	}
	units := 0
	for i, r := range v {
		n := 1
		if r > 0xffff {
			n = 2
		}
		if units += n; units > mostCell-1 {
			return v[:i] + "…"
		}
	}
	return v
}
