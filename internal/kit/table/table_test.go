package table

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"involt/internal/kit/errs"
)

// read returns the rows of src as "line: a|b", errors included.
func read(t testing.TB, src io.Reader) (rows []string, d Dialect) {
	t.Helper()
	r, err := NewReader(src)
	if err != nil {
		return []string{err.Error()}, d
	}
	for {
		row, err := r.Next()
		var bad *LineError
		switch {
		case errors.Is(err, io.EOF):
			return rows, r.Dialect()
		case errors.As(err, &bad):
			rows = append(rows, err.Error())
		case err != nil:
			return append(rows, err.Error()), r.Dialect()
		default:
			rows = append(rows, fmt.Sprintf("%d: %s", row.Line, strings.Join(row.Cells, "|")))
		}
	}
}

func TestDialects(t *testing.T) {
	const text = "name;city\nJörg;Köln\n\"Ann; \"\"A\"\"\";\"two\nlines\"\nZoë;Zürich\n"
	want := []string{"1: name|city", "2: Jörg|Köln", "3: Ann; \"A\"|two\nlines", "5: Zoë|Zürich"}
	encode := func(s string, e interface{ String(string) (string, error) }) string {
		out, err := e.String(s)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	le := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	be := unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	for encoding, files := range map[string][]string{
		"UTF-8":        {text, "\ufeff" + text, text[:len(text)-1], "sep=;\n" + text},
		"Windows-1252": {encode(text, charmap.Windows1252.NewEncoder())},
		"UTF-16 LE":    {encode("\ufeff"+text, le.NewEncoder()), encode(text, le.NewEncoder())},
		"UTF-16 BE":    {encode("\ufeff"+text, be.NewEncoder()), encode(text, be.NewEncoder())},
	} {
		for i, file := range files {
			for name, src := range map[string]io.Reader{"whole": strings.NewReader(file), "byte by byte": iotest.OneByteReader(strings.NewReader(file)), "data with EOF": iotest.DataErrReader(strings.NewReader(file))} {
				got, d := read(t, src)
				w := want
				if strings.HasPrefix(file, "sep=") {
					w = []string{"2: name|city", "3: Jörg|Köln", want[2][:0] + "4" + want[2][1:], "6" + want[3][1:]}
				}
				if !reflect.DeepEqual(got, w) || d.Encoding != encoding || d.Delimiter != ';' {
					t.Errorf("%s #%d %s: %q %+v", encoding, i, name, got, d)
				}
			}
		}
	}
	for _, end := range []string{"\n", "\r\n", "\r"} {
		file := strings.ReplaceAll("a,b\n1,2\n\n , \n3,\"x\ny\"\n5,6", "\n", end)
		got, _ := read(t, iotest.OneByteReader(strings.NewReader(file)))
		if want := []string{"1: a|b", "2: 1|2", "5: 3|x" + end + "y", "7: 5|6"}; !reflect.DeepEqual(got, want) {
			t.Errorf("line end %q: %q", end, got)
		}
	}
	for d, file := range map[byte]string{
		',':  "a,b;c\n1,2\n",
		';':  "a;b\n1,5;2\n2,5;3\n",
		'\t': "a\tb, c\td\n1\t2\t3\n",
		'|':  "a|b\n1|2\n",
	} {
		if _, got := read(t, strings.NewReader(file)); got.Delimiter != d {
			t.Errorf("%q: delimiter %q", file, got.Delimiter)
		}
	}
}

func TestEncodingIsDecidedLate(t *testing.T) {
	ascii := "name,city\n" + strings.Repeat("Ann,Rome\n", 2*sampleSize/9)
	for tail, want := range map[string]string{
		"J\xf6rg,K\xf6ln\nJ\xf6rg,\xc3\xb6\n": "Windows-1252: Jörg|Köln, Jörg|Ã¶",
		"Jörg,Köln\nJ\xf6rg,x\n":              "UTF-8: Jörg|Köln, the row is not valid UTF-8.",
	} {
		got, d := read(t, strings.NewReader(ascii+tail))
		var last []string
		for _, g := range got[len(got)-2:] {
			_, s, _ := strings.Cut(g, ": ")
			last = append(last, s)
		}
		if s := d.Encoding + ": " + strings.Join(last, ", "); s != want {
			t.Errorf("got %q, want %q", s, want)
		}
	}
}

func TestBrokenRowsDisturbNothingElse(t *testing.T) {
	long, huge := strings.Repeat("x", MaxCell+1), strings.Repeat("y", 3*MaxRow)
	for _, tc := range []struct {
		name, in string
		want     []string
	}{
		{"quote never closed", "a,b\n1,\"2\n3,4\n5,6\n", []string{"1: a|b", "Line 2: a quotation mark is opened here and never closed.", "3: 3|4", "4: 5|6"}},
		{"quote not doubled", "a,b\r\n\"x\"y\",2\r\n3,4\r\n", []string{"1: a|b", "Line 2: a quotation mark inside a cell must be doubled.", "3: 3|4"}},
		{"inch marks are text", "a,b\n5\" pipe,2\n", []string{"1: a|b", "2: 5\" pipe|2"}},
		{"padding after a quote", "a,b\n\"x\" ,2\n", []string{"1: a|b", "2: x|2"}},
		{"NUL", "a,b\n1,\x002\n3,4\n", []string{"1: a|b", "Line 2: the row has a NUL character in it. Is this a text file?", "3: 3|4"}},
		{"wide cell", "a,b\n1," + long + "\n3,4\n", []string{"1: a|b", "Line 2: the cell in column 2 is longer than 64 KiB.", "3: 3|4"}},
		{"wide quoted cell", "a,b\n1,\"" + long + "\n\"\n3,4\n", []string{"1: a|b", "Line 2: the cell in column 2 is longer than 64 KiB.", "4: 3|4"}},
		{"long row", "a,b\n1," + huge + "\r\n3,4\n", []string{"1: a|b", "Line 2: the row is longer than 1024 KiB.", "3: 3|4"}},
		{"long quoted row", "a,b\n1,\"" + huge + "\"\n3,4\n", []string{"1: a|b", "Line 2: the row is longer than 1024 KiB.", "3: 3|4"}},
		{"long row at the end", "a,b\n1," + huge, []string{"1: a|b", "Line 2: the row is longer than 1024 KiB."}},
		{"quote open for long", "a,b\n1,\"x\n3,4\n" + huge + "\n", []string{"1: a|b", "Line 2: a quotation mark is opened here and not closed for a long time.", "3: 3|4", "Line 4: the row is longer than 1024 KiB."}},
		{"columns", "a,b\n" + strings.Repeat("x,", MaxColumns) + "x\n3,4\n", []string{"1: a|b", "Line 2: the row has 301 columns; at most 300 are read.", "3: 3|4"}},
		{"mark in the middle", "a,b\n1,2\n\ufeff3,\ufeff4\n", []string{"1: a|b", "2: 1|2", "3: 3|4"}},
		{"empty", "", []string{"The file is empty."}},
		{"blank", "\ufeff \n\n", []string{"The file is empty."}},
		{"workbook", "PK\x03\x04rest", []string{"This is a ZIP file or an Excel workbook, not a CSV file. Save the sheet as CSV."}},
	} {
		for _, src := range []io.Reader{strings.NewReader(tc.in), iotest.HalfReader(strings.NewReader(tc.in))} {
			if got, _ := read(t, src); !reflect.DeepEqual(got, tc.want) {
				t.Errorf("%s: %.300q", tc.name, got)
			}
		}
	}
}

func TestFailingSourceIsNotTheEnd(t *testing.T) {
	src := io.MultiReader(strings.NewReader("a,b\n"+strings.Repeat("1,2\n", sampleSize)), iotest.ErrReader(errors.New("disk on fire")))
	r, err := NewReader(src)
	for err == nil {
		_, err = r.Next()
	}
	if !strings.Contains(err.Error(), "disk on fire") {
		t.Errorf("got %v", err)
	}
	if _, err := NewReader(iotest.ErrReader(errors.New("disk on fire"))); err == nil || errs.KindOf(err) == errs.Invalid {
		t.Errorf("got %v", err)
	}
}

// A cell of 64 MiB and millions of rows pass through without being kept.
func TestMemoryStaysSmall(t *testing.T) {
	for name, src := range map[string]io.Reader{
		"one cell":        io.MultiReader(strings.NewReader("a,b\n"), endless('x', 1<<26)),
		"one quoted cell": io.MultiReader(strings.NewReader("a,b\n\""), endless('x', 1<<26)),
		"many rows":       io.MultiReader(strings.NewReader("a,b\n"), endless('\n', 1<<22)),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		r, err := NewReader(src)
		if err != nil {
			t.Fatal(err)
		}
		for !errors.Is(err, io.EOF) {
			_, err = r.Next()
		}
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; got > 16<<20 {
			t.Errorf("%s: %d MiB allocated", name, got>>20)
		}
	}
}

type filler byte

func (f filler) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(f)
	}
	return len(p), nil
}

func endless(c byte, n int64) io.Reader { return io.LimitReader(filler(c), n) }

// TestThreat/R42: no cell that goes out starts a formula.
func TestThreat(t *testing.T) {
	t.Run("R42_formula_injection", func(t *testing.T) {
		for _, c := range []string{"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u00a0=1", "\ufeff=1", "\ufeff =1", "\x00=1", "=\x001", " \x00 =1", "＝1", "\u200b@x"} {
			if g := Guard(c); g[0] != '\'' || Guard(g) != g {
				t.Errorf("Guard(%q) = %q", c, g)
			}
			if !strings.Contains(c, "\x00") && Unguard(Guard(c)) != c {
				t.Errorf("%q does not come back: %q", c, Unguard(Guard(c)))
			}
		}
		for _, c := range []string{"", "a", "1=1", "'tis", "Ann", "é=", "a\tb", "'"} {
			if g := Guard(c); g != c || Unguard(c) != c {
				t.Errorf("Guard(%q) = %q, Unguard = %q", c, g, Unguard(c))
			}
		}
	})
}

func TestWriterWritesWhatOthersRead(t *testing.T) {
	rows := [][]string{{"name", "note"}, {"O\"Brien, Ann", "two\r\nlines"}, {"a;b", "c|d"}, {"=1+1", " padded "}, {"", ""}, {"\xff", "x\ty"}}
	for _, d := range []byte{',', ';', '\t'} {
		var b bytes.Buffer
		w := NewWriter(&b, d, true)
		for _, r := range rows {
			w.Write(r...)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		c := csv.NewReader(strings.NewReader(strings.TrimPrefix(b.String(), "\ufeff")))
		c.Comma = rune(d)
		got, err := c.ReadAll()
		want := [][]string{rows[0], {rows[1][0], "two\nlines"}, rows[2], {"'=1+1", " padded "}, rows[4], {"\uFFFD", "x\ty"}}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %q, %v", d, got, err)
		}
	}
}

func FuzzReader(f *testing.F) {
	f.Add([]byte("a;b\n\"x\"\"y\";2\r\n\xff,3\r\"open"))
	f.Add([]byte("\xff\xfea\x00,\x00b\x00"))
	f.Add([]byte("sep=|\na|b\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		r, err := NewReader(iotest.HalfReader(bytes.NewReader(in)))
		if err != nil {
			return
		}
		for last := 0; ; {
			row, err := r.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			if row.Line <= last || row.Line > len(in)+1 {
				t.Fatalf("line %d after %d", row.Line, last)
			}
			last = row.Line
			var bad *LineError
			if err != nil && !errors.As(err, &bad) {
				t.Fatal(err)
			}
			for _, c := range row.Cells {
				if !utf8.ValidString(c) {
					t.Fatalf("cell %q", c)
				}
			}
		}
	})
}

func FuzzWriteThenRead(f *testing.F) {
	f.Add("Ann", "=1,\"x\"\r\n", "ö")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		var out bytes.Buffer
		w := NewWriter(&out, ';', true)
		w.Write("a", "b", "c")
		w.Write(a, b, c)
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		if len(a)+len(b)+len(c) > MaxCell/4 {
			return
		}
		r, err := NewReader(&out)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
		row, err := r.Next()
		if errors.Is(err, io.EOF) && strings.TrimSpace(Guard(a)+Guard(b)+Guard(c)) == "" {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		for i, cell := range []string{a, b, c} {
			got, want := row.Cell(i), strings.TrimLeft(Guard(cell), "\ufeff")
			if got != want {
				t.Fatalf("wrote %q, read %q", cell, got)
			}
			if triggers(got) {
				t.Fatalf("%q starts a formula", got)
			}
		}
	})
}

func BenchmarkReader(b *testing.B) {
	var file bytes.Buffer
	file.WriteString("email,first_name,last_name,card_uid,groups\n")
	for i := range 100_000 {
		fmt.Fprintf(&file, "person%d@example.com,Ann,Example,%014X,\"Staff, all\"\n", i, i)
	}
	b.SetBytes(int64(file.Len()))
	b.ReportAllocs()
	for b.Loop() {
		r, err := NewReader(bytes.NewReader(file.Bytes()))
		if err != nil {
			b.Fatal(err)
		}
		n := 0
		for {
			if _, err := r.Next(); err != nil {
				break
			}
			n++
		}
		if n != 100_001 {
			b.Fatal(n)
		}
	}
}
