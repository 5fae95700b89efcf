package table

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"involt/internal/kit/errs"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// sampleSize is how much of a file is looked at before its rows are read.
const sampleSize = 64 << 10

const (
	utf8Name    = "UTF-8"
	windows1252 = "Windows-1252"
)

// decode returns src as UTF-8, except that what has no mark of its own may
// still be Windows-1252; decided says whether that question is settled.
func decode(src io.Reader) (text io.Reader, encoding string, decided bool, err error) {
	head := make([]byte, sampleSize)
	n, err := io.ReadFull(src, head)
	head = head[:n]
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, "", false, fmt.Errorf("reading the file: %w", err)
	}
	whole := err != nil
	if name := packed(head); name != "" {
		return nil, "", false, errs.New(errs.Invalid, "This is %s, not a CSV file. Save the sheet as CSV.", name)
	}
	all := io.MultiReader(bytes.NewReader(head), src)
	utf16 := func(e unicode.Endianness, name string) (io.Reader, string, bool, error) {
		return transform.NewReader(all, unicode.UTF16(e, unicode.UseBOM).NewDecoder()), name, true, nil
	}
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		return io.MultiReader(bytes.NewReader(head[3:]), src), utf8Name, true, nil
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		return utf16(unicode.LittleEndian, "UTF-16 LE")
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		return utf16(unicode.BigEndian, "UTF-16 BE")
	}
	// Western text in UTF-16 has a zero in nearly every other byte.
	var zeros [2]int
	for i, c := range head {
		if c == 0 {
			zeros[i%2]++
		}
	}
	switch half := len(head) / 2; {
	case zeros[1] > half/2 && zeros[0] < half/20+1:
		return utf16(unicode.LittleEndian, "UTF-16 LE")
	case zeros[0] > half/2 && zeros[1] < half/20+1:
		return utf16(unicode.BigEndian, "UTF-16 BE")
	case isASCII(head):
		return all, utf8Name, false, nil
	}
	cut := head
	for !whole && len(cut) > len(head)-utf8.UTFMax && len(cut) > 0 { // the sample may end inside a letter
		if r, size := utf8.DecodeLastRune(cut); r != utf8.RuneError || size > 1 {
			break
		}
		cut = cut[:len(cut)-1]
	}
	if mostlyUTF8(cut) {
		return all, utf8Name, true, nil
	}
	return all, windows1252, true, nil
}

// mostlyUTF8 reports whether b reads as UTF-8, but for a few letters that may
// be damage: a damaged row is an error of its own and no reason to misread the rest.
func mostlyUTF8(b []byte) bool {
	good, bad := 0, 0
	for len(b) > 0 {
		if b[0] < utf8.RuneSelf {
			b = b[1:]
			continue
		}
		r, size := utf8.DecodeRune(b)
		if r == utf8.RuneError && size <= 1 {
			bad++
		} else {
			good++
		}
		b = b[size:]
	}
	return bad == 0 || good > 4*bad
}

// packed names the kind of file that begins like head, if it is none with text in it.
func packed(head []byte) string {
	for _, m := range []struct{ magic, name string }{
		{"PK\x03\x04", "a ZIP file or an Excel workbook"},
		{"\xd0\xcf\x11\xe0", "an old Excel workbook"},
		{"%PDF", "a PDF"},
		{"\x1f\x8b", "a gzip file"},
	} {
		if bytes.HasPrefix(head, []byte(m.magic)) {
			return m.name
		}
	}
	return ""
}

// delimiters are tried in this order; the earlier wins a tie.
const delimiters = ",;\t|"

// sniffDelimiter returns the delimiter with which the first rows of sample are
// most alike. whole says that sample is the entire file.
func sniffDelimiter(sample []byte, whole bool) byte {
	best, bestScore := delimiters[0], 0
	for i := range len(delimiters) {
		widths := widths(sample, delimiters[i], whole)
		times := map[int]int{}
		usual := 0 // the width that most rows have; a title above the header has its own
		for _, w := range widths {
			if times[w]++; times[w] > times[usual] || times[w] == times[usual] && w > usual {
				usual = w
			}
		}
		if usual < 2 {
			continue
		}
		// Agreement counts first; among equals, more columns.
		score := 1000*times[usual]/len(widths)*MaxColumns + min(usual, MaxColumns)
		if score > bestScore {
			best, bestScore = delimiters[i], score
		}
	}
	return best
}

// widths returns the number of cells of up to 50 rows.
func widths(sample []byte, delimiter byte, whole bool) []int {
	r := Reader{src: bytes.NewReader(nil), window: sample, eof: true, line: 1, decided: true, dialect: Dialect{windows1252, delimiter}} // which takes any byte
	var all []int
	for len(all) < 50 {
		line := r.line
		err := r.record()
		if errors.Is(err, io.EOF) {
			break
		}
		if r.pos == len(sample) && !whole && line > 1 {
			break // cut off
		}
		if err == nil && len(bytes.TrimSpace(r.text)) > 0 {
			all = append(all, len(r.ends))
		}
	}
	return all
}

// declared returns the delimiter that a first line "sep=;" names, and that line's length.
func declared(sample []byte) (delimiter byte, length int) {
	end := bytes.IndexByte(sample, '\n')
	if end < 0 || !bytes.HasPrefix(bytes.ToLower(sample[:end]), []byte("sep=")) {
		return 0, 0
	}
	d := bytes.TrimRight(sample[4:end], "\r")
	if len(d) != 1 || bytes.IndexByte([]byte(delimiters), d[0]) < 0 {
		return 0, 0
	}
	return d[0], end + 1
}
