package table

import (
	"bytes"
	"encoding/json"
	"io"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"involt/internal/testkit/sheet"
)

var formats = []Output{{Format: CSV}, {Format: CSV, Delimiter: ';', Mark: true, Comma: true}, {Format: XLSX, Title: "Sessions"}, {Format: Lines}}

// written writes rows of text and reads them back with somebody else's reader.
func written(t testing.TB, o Output, columns []string, rows [][]string) [][]string {
	t.Helper()
	var b bytes.Buffer
	s := NewSheet(&b, o, columns)
	for _, r := range rows {
		for _, c := range r {
			s.Text(c)
		}
		s.End()
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return sheet.Read(t, b.Bytes())
}

func TestSheetsAreReadByOthers(t *testing.T) {
	columns := []string{"name", "note"}
	in := [][]string{
		{"O\"Brien, Ann", "two\nlines"}, {"a;b", "c|d"}, {"=1+1", " padded "}, {"", ""}, {"\xff", "x\ty"}, {"<b>&amp;</b>", "_x0041_ \x01"}, {"Zoë 🚗", "\ufeff=cmd|' /C calc'!A0"},
	}
	out := [][]string{
		{"name", "note"}, in[0], in[1], {"'=1+1", " padded "}, {"", ""}, {"\uFFFD", "x\ty"}, in[5], {in[6][0], "'" + in[6][1]},
	}
	for _, o := range formats {
		want := make([][]string, len(out))
		for i := range out {
			want[i] = append([]string(nil), out[i]...)
			for j := range want[i] {
				if o.Format == XLSX {
					want[i][j] = strings.ReplaceAll(want[i][j], "\x01", "\uFFFD")
				}
				if o.Format == Lines && i > 0 && in[i-1][j] != "\xff" {
					want[i][j] = in[i-1][j] // as it is
				}
			}
		}
		if got := written(t, o, columns, in); !reflect.DeepEqual(got, want) {
			t.Errorf("%+v:\n got %q\nwant %q", o, got, want)
		}
	}
}

func TestNumbersAndTimesAreThemselves(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	summer, winter := time.Date(2026, 7, 1, 22, 59, 59, 0, time.UTC), time.Date(2026, 11, 22, 13, 3, 5, 0, time.UTC)
	for _, tc := range []struct {
		o    Output
		want []string
	}{
		{Output{Format: CSV}, []string{"42", "14.820", "-0.005", "0.2500", "2026-07-02T00:59:59+02:00", "2026-11-22T14:03:05+01:00", ""}},
		{Output{Format: CSV, Delimiter: ';', Comma: true}, []string{"42", "14,820", "-0,005", "0,2500", "2026-07-02T00:59:59+02:00", "2026-11-22T14:03:05+01:00", ""}},
		{Output{Format: CSV, Comma: true}, []string{"42", "14,820", "-0,005", "0,2500", "2026-07-02T00:59:59+02:00", "2026-11-22T14:03:05+01:00", ""}},
		{Output{Format: XLSX}, []string{"42", "14.820", "-0.005", "0.2500", "2026-07-02 00:59:59", "2026-11-22 14:03:05", ""}},
		{Output{Format: Lines}, []string{"42", "14.820", "-0.005", "0.2500", "2026-07-02T00:59:59+02:00", "2026-11-22T14:03:05+01:00", ""}},
	} {
		tc.o.Zone = berlin
		var b bytes.Buffer
		s := NewSheet(&b, tc.o, []string{"a", "b", "c", "d", "e", "f", "g"})
		s.Int(42)
		s.Decimal(14820, 3)
		s.Decimal(-5, 3)
		s.Number("0.2500")
		s.Time(summer)
		s.Time(winter)
		s.Time(time.Time{})
		s.End()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if got := sheet.Read(t, b.Bytes()); len(got) != 2 || !reflect.DeepEqual(got[1], tc.want) {
			t.Errorf("%+v: %q, want %q", tc.o, got, tc.want)
		}
	}
}

func TestColumnsMayBeLeftOut(t *testing.T) {
	for _, o := range formats {
		var b bytes.Buffer
		s := NewSheet(&b, o, []string{"a", "b", "c"}, "c", "a", "unknown")
		s.Text("1")
		s.Text("2")
		s.Text("3")
		s.End()
		s.Blank()
		s.Int(5)
		s.End() // the last is blank
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if got, want := sheet.Read(t, b.Bytes()), [][]string{{"a", "c"}, {"1", "3"}, {"", ""}}; !reflect.DeepEqual(got, want) {
			t.Errorf("%+v: %q, want %q", o, got, want)
		}
		if s.Rows() != 2 {
			t.Errorf("%d rows", s.Rows())
		}
	}
}

// Nothing leaves before it is flushed: until then whoever writes a sheet may
// still say something else instead.
func TestNothingLeavesBeforeFlush(t *testing.T) {
	for _, o := range formats {
		var b bytes.Buffer
		s := NewSheet(&b, o, []string{"a"})
		s.Text("x")
		s.End()
		if b.Len() > 0 {
			t.Errorf("%+v: %q left", o, b.Bytes())
		}
	}
}

func TestASheetThatIsFullIsFollowedByAnother(t *testing.T) {
	var b bytes.Buffer
	s := NewSheet(&b, Output{Format: XLSX, Title: "All of [it]"}, []string{"n"})
	const rows = mostRows + 10
	for i := range rows {
		s.Int(int64(i))
		s.End()
		if i%5000 == 0 {
			if err := s.Flush(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := sheet.Book(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != rows+2 || got[0][0] != "n" || got[mostRows][0] != "n" || got[mostRows-1][0] != "1048574" || got[mostRows+1][0] != "1048575" {
		t.Errorf("%d rows in all", len(got))
	}
}

func TestLongTextsAreCutForSpreadsheets(t *testing.T) {
	long := strings.Repeat("🚗", 20_000) // 40,000 units
	got := written(t, Output{Format: XLSX}, []string{"a"}, [][]string{{long}})[1][0]
	if n := utf8.RuneCountInString(got); n != mostCell/2+1 || !strings.HasSuffix(got, "…") {
		t.Errorf("%d characters", n)
	}
	if got := written(t, Output{Format: CSV}, []string{"a"}, [][]string{{long}})[1][0]; got != long {
		t.Error("CSV was cut")
	}
}

func TestFormatsByName(t *testing.T) {
	for in, want := range map[string]Format{"": CSV, "csv": CSV, "xlsx": XLSX, "json": Lines} {
		if got, err := ParseFormat(in); got != want || err != nil {
			t.Errorf("ParseFormat(%q) = %q, %v", in, got, err)
		}
	}
	if _, err := ParseFormat("pdf"); err == nil {
		t.Error("there is a format called pdf")
	}
}

// FuzzSheets writes any text as a cell of each format: a spreadsheet reads it
// back guarded, JSON as it is.
func FuzzSheets(f *testing.F) {
	for _, s := range []string{"Ann", "=1,\"x\"\r\n", "\ufeff@SUM(1)", " \t-1", "\x00=1", "_x0041_", "]]>&<", "ÿ\xff"} {
		f.Add(s, "b")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if len(a)+len(b) > 10_000 {
			return
		}
		for _, o := range formats {
			rows := written(t, o, []string{"a", "b"}, [][]string{{a, b}})
			if len(rows) != 2 || len(rows[1]) != 2 {
				t.Fatalf("%+v: %q", o, rows)
			}
			for i, v := range []string{a, b} {
				got := rows[1][i]
				if o.Format == Lines {
					text, err := json.Marshal(v)
					var want string
					if err != nil || json.Unmarshal(text, &want) != nil || got != want {
						t.Fatalf("JSON of %q is read as %q", v, got)
					}
					continue
				}
				if triggers(got) {
					t.Fatalf("%+v: %q starts a formula", o, got)
				}
				want := strings.ReplaceAll(Guard(v), "\r\n", "\n") // as csv.Reader has it
				if o.Format == XLSX {
					want = xmlText(Guard(v))
				}
				if got != want {
					t.Fatalf("%+v: wrote %q, read %q, want %q", o, v, got, want)
				}
			}
		}
	})
}

// xmlText is what of a text XML can hold.
func xmlText(v string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == '\uFFFE' || r == '\uFFFF' {
			return '\uFFFD'
		}
		return r
	}, v)
}

// A million rows need no more memory than a part of them.
func TestSheetsAreStreamed(t *testing.T) {
	for _, o := range formats {
		s := NewSheet(io.Discard, o, []string{"a", "b", "c", "d"})
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		for i := range 200_000 {
			s.Text("01kamb5nzh0q4t8v6w2y3x5z7c")
			s.Int(int64(i))
			s.Text(strings.Repeat("x", i%50))
			s.Time(time.Unix(int64(i), 0))
			s.End()
			if i%1000 == 0 {
				if err := s.Flush(); err != nil {
					t.Fatal(err)
				}
			}
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 8<<20 {
			t.Errorf("%+v: %d bytes more are held", o, grown)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func BenchmarkSheet(b *testing.B) {
	for _, o := range formats {
		b.Run(string(o.Format), func(b *testing.B) {
			s := NewSheet(io.Discard, o, []string{"a", "b", "c", "d", "e", "f"})
			b.ReportAllocs()
			at := time.Date(2026, 11, 22, 13, 3, 5, 0, time.UTC)
			n := 0
			for b.Loop() {
				n++
				s.Text("01kamb5nzh0q4t8v6w2y3x5z7c")
				s.Time(at)
				s.Text("Hamburg harbour")
				s.Text("person.4711@fleet-7.example")
				s.Decimal(14820, 3)
				s.Text("ended")
				s.End()
				if n%1000 == 0 {
					if err := s.Flush(); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}
