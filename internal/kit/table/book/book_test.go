package book

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"involt/internal/kit/errs"
	"involt/internal/kit/table"
)

// rowsOf reads a workbook to its end.
func rowsOf(b *Book) (all []string, err error) {
	for {
		row, err := b.Next()
		var bad *table.LineError
		switch {
		case errors.Is(err, io.EOF):
			return all, nil
		case errors.As(err, &bad):
			all = append(all, bad.Error())
		case err != nil:
			return all, err
		default:
			all = append(all, strings.Join(row.Cells, "|"))
		}
	}
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	rows := [][]string{{"email", "card"}, {"ann@x.org", "0412345678"}, {"bob@x.org", "=1+1"}, {"carl@x.org", "12345678901234567890"}}
	var text bytes.Buffer
	if err := Write(&text, "Users", rows); err != nil {
		t.Fatal(err)
	}
	b, err := Open(text.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	got, err := rowsOf(b)
	if err != nil || len(got) != len(rows) {
		t.Fatalf("%q, %v", got, err)
	}
	for i, r := range rows {
		if got[i] != strings.Join(r, "|") {
			t.Errorf("row %d: %q, want %q", i, got[i], r)
		}
	}
}

// A workbook that says it holds more than it may is refused by its directory: what
// it says need not be true, and nothing is unpacked to find out.
func TestBombsAreRefusedUnopened(t *testing.T) {
	claims := func(sizes ...uint64) []byte {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for i, size := range sizes {
			name := []string{"xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"}[i%3]
			w, err := z.CreateRaw(&zip.FileHeader{Name: name, Method: zip.Deflate, CompressedSize64: 4, UncompressedSize64: size})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write([]byte{3, 0, 0, 0}); err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	many := make([]uint64, maxEntries+1)
	for name, text := range map[string][]byte{"10 GB": claims(10, 10<<30), "all together": claims(10, 600<<20, 600<<20), "a ratio": claims(10, 50<<20), "many parts": claims(many...)} {
		began := time.Now()
		_, err := Open(text)
		if errs.KindOf(err) != errs.Invalid || !strings.Contains(err.Error(), "far more") {
			t.Errorf("%s: %v", name, err)
		}
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("%s took %v", name, took)
		}
	}
	// One that says less than it holds is cut off when that is noticed.
	if _, err := Open(claims(10, 100)); errs.KindOf(err) != errs.Invalid {
		t.Errorf("a lie: %v", err)
	}
}

func FuzzOpen(f *testing.F) {
	names, err := filepath.Glob("../../../../testdata/import/ugly/*.xlsx")
	if err != nil || len(names) == 0 {
		f.Fatal("no workbooks", err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		if len(text) < 20_000 {
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		b, err := Open(text)
		if err != nil {
			if errs.KindOf(err) != errs.Invalid {
				t.Fatalf("a fault of ours: %v", err)
			}
			return
		}
		defer b.Close()
		for range 10_000 {
			row, err := b.Next()
			var bad *table.LineError
			if err != nil && !errors.As(err, &bad) {
				return
			}
			if len(row.Cells) > table.MaxColumns {
				t.Fatalf("%d columns", len(row.Cells))
			}
		}
	})
}
