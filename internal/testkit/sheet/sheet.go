// Package sheet reads the files that Involt exports, with readers that are not
// Involt's own, so that a test sees what somebody else's program would.
package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Read reads a file as rows of cells, the head first: CSV with commas or
// semicolons, XLSX, or JSON lines.
func Read(t testing.TB, file []byte) [][]string {
	t.Helper()
	var rows [][]string
	var err error
	switch {
	case bytes.HasPrefix(file, []byte("PK")):
		rows, err = Book(file)
	case bytes.HasPrefix(file, []byte("{")):
		rows, err = jsonLines(file)
	default:
		rows, err = delimited(file)
	}
	if err != nil {
		t.Fatalf("the file cannot be read: %v\n%.300q", err, file)
	}
	return rows
}

// Maps are the rows of a file by the names in its head.
func Maps(t testing.TB, file []byte) (list []map[string]string) {
	t.Helper()
	rows := Read(t, file)
	for _, r := range rows[min(1, len(rows)):] {
		m := map[string]string{}
		for i, name := range rows[0] {
			m[name] = r[i]
		}
		list = append(list, m)
	}
	return list
}

func delimited(file []byte) ([][]string, error) {
	file = bytes.TrimPrefix(file, []byte("\ufeff"))
	r := csv.NewReader(bytes.NewReader(file))
	head, _, _ := strings.Cut(string(file), "\n")
	if strings.Count(head, ";") > strings.Count(head, ",") {
		r.Comma = ';'
	}
	return r.ReadAll()
}

func jsonLines(file []byte) (rows [][]string, err error) {
	var head []string
	for line := range bytes.Lines(file) {
		d := json.NewDecoder(bytes.NewReader(line))
		d.UseNumber()
		var names, row []string
		if _, err := d.Token(); err != nil {
			return nil, err
		}
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return nil, err
			}
			var v any
			if err := d.Decode(&v); err != nil {
				return nil, err
			}
			if v == nil {
				v = ""
			}
			names, row = append(names, fmt.Sprint(name)), append(row, fmt.Sprint(v))
		}
		if head == nil {
			head = names
			rows = append(rows, head)
		}
		if strings.Join(head, "|") != strings.Join(names, "|") {
			return nil, fmt.Errorf("a line has the names %q, the first one %q", names, head)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// cell is one of SpreadsheetML.
type cell struct {
	Kind   string `xml:"t,attr"`
	Style  string `xml:"s,attr"`
	Value  string `xml:"v"`
	Inline struct {
		Text string `xml:"t"`
	} `xml:"is"`
}

// Book reads XLSX: all its sheets one after the other, the heads of the later
// ones too. Dates come as "2026-11-22 14:03:05".
func Book(file []byte) (rows [][]string, err error) {
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, err
	}
	var texts struct {
		List []struct {
			Text string `xml:"t"`
		} `xml:"si"`
	}
	if err := part(z, "xl/sharedStrings.xml", &texts); err != nil {
		return nil, err
	}
	for n := 1; ; n++ {
		var s struct {
			Rows []struct {
				Cells []cell `xml:"c"`
			} `xml:"sheetData>row"`
		}
		if err := part(z, fmt.Sprintf("xl/worksheets/sheet%d.xml", n), &s); errors.Is(err, errNoPart) && n > 1 {
			return rows, nil
		} else if err != nil {
			return nil, err
		}
		for _, r := range s.Rows {
			var row []string
			for _, c := range r.Cells {
				v := c.Value
				switch {
				case c.Kind == "s":
					i, err := strconv.Atoi(v)
					if err != nil || i >= len(texts.List) {
						return nil, fmt.Errorf("there is no text %q", v)
					}
					v = decoded(texts.List[i].Text)
				case c.Kind == "inlineStr":
					v = decoded(c.Inline.Text)
				case c.Style == "1":
					if v, err = date(v); err != nil {
						return nil, err
					}
				}
				row = append(row, v)
			}
			if row != nil {
				rows = append(rows, row)
			}
		}
	}
}

var errNoPart = errors.New("no such part")

func part(z *zip.Reader, name string, to any) error {
	for _, f := range z.File {
		if f.Name != name {
			continue
		}
		r, err := f.Open()
		if err != nil {
			return err
		}
		defer r.Close()
		b, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		return xml.Unmarshal(b, to)
	}
	return fmt.Errorf("%w: %s", errNoPart, name)
}

// decoded undoes what ECMA-376 §22.9.2.19 does to characters.
func decoded(v string) string {
	var b strings.Builder
	for {
		i := strings.Index(v, "_x")
		if i < 0 || i+7 > len(v) {
			break
		}
		code, err := strconv.ParseUint(v[i+2:i+6], 16, 16)
		if err != nil || v[i+6] != '_' {
			b.WriteString(v[:i+2])
			v = v[i+2:]
			continue
		}
		b.WriteString(v[:i])
		b.WriteRune(rune(code))
		v = v[i+7:]
	}
	return b.String() + v
}

// date reads days since 1900 as spreadsheets show them, cut to the second.
func date(v string) (string, error) {
	f, err := strconv.ParseFloat(v, 64)
	if err != nil {
		return "", err
	}
	const epoch, day = 25569, 86400
	return time.Unix(int64((f-epoch)*day), 0).UTC().Format(time.DateTime), nil
}
