// Package paper reads the PDFs that Involt makes, so that a test can say what
// stands on them. It knows what our writer writes and no more.
package paper

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf16"
)

var (
	streamRE = regexp.MustCompile(`(?s)/Filter /FlateDecode[^>]*>>\s*stream\r?\n`)
	shownRE  = regexp.MustCompile(`(?s)\(((?:\\.|[^\\()])*)\)\s*Tj`)
	escapes  = strings.NewReplacer(`\\`, `\`, `\(`, `(`, `\)`, `)`, `\r`, "\r")
)

// Pages returns the words on each page, a line for each piece of text, in the
// order they were written. Text of scripts that run from right to left comes as
// it stands on the paper.
func Pages(pdf []byte) (pages []string, err error) {
	if !bytes.HasPrefix(pdf, []byte("%PDF-")) {
		return nil, fmt.Errorf("this is no PDF: %.40q", pdf)
	}
	for _, at := range streamRE.FindAllIndex(pdf, -1) {
		r, err := zlib.NewReader(bytes.NewReader(pdf[at[1]:]))
		if err != nil {
			return nil, err
		}
		content, err := io.ReadAll(r)
		if err != nil {
			return nil, err
		}
		var b strings.Builder
		for _, m := range shownRE.FindAllSubmatch(content, -1) {
			b.WriteString(wide(escapes.Replace(string(m[1]))) + "\n")
		}
		if b.Len() > 0 { // not a font
			pages = append(pages, b.String())
		}
	}
	return pages, nil
}

// wide reads UTF-16 with the large byte first.
func wide(s string) string {
	units := make([]uint16, len(s)/2)
	for i := range units {
		units[i] = uint16(s[2*i])<<8 | uint16(s[2*i+1])
	}
	return string(utf16.Decode(units))
}
