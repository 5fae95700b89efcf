package table

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"involt/internal/kit/errs"

	"golang.org/x/text/encoding/charmap"
)

// Reader reads the rows of a file of delimited text.
type Reader struct {
	src      io.Reader // UTF-8, or bytes that may turn out to be Windows-1252
	dialect  Dialect
	decided  bool // the encoding is known; false while all was ASCII
	window   []byte
	pos      int // in window: where the next record begins
	eof      bool
	failed   error // of src; reported once the window is used up
	line     int   // of pos
	text     []byte
	ends     []int // of the cells in text
	cells    []string
	consumed int64
}

// NewReader looks at the beginning of src and finds out how it is written.
// An empty file, one that is not text, and a failure of src are errors.
func NewReader(src io.Reader) (*Reader, error) {
	decoded, encoding, decided, err := decode(src)
	if err != nil {
		return nil, err
	}
	r := &Reader{src: decoded, decided: decided, line: 1, dialect: Dialect{Encoding: encoding}}
	for len(r.window) < sampleSize && !r.eof {
		r.fill()
	}
	if r.failed != nil {
		return nil, fmt.Errorf("reading the file: %w", r.failed)
	}
	sample := r.window
	if len(bytes.TrimSpace(sample)) == 0 && r.eof {
		return nil, errs.New(errs.Invalid, "The file is empty.")
	}
	r.dialect.Delimiter = sniffDelimiter(sample, r.eof)
	if d, n := declared(sample); n > 0 { // Excel's "sep=;" line
		r.dialect.Delimiter, r.pos, r.line = d, n, 2
		r.consumed = int64(n)
	}
	return r, nil
}

// Dialect says how the file is written. The encoding of a file that was plain ASCII so far is UTF-8.
func (r *Reader) Dialect() Dialect { return r.dialect }

// Consumed returns how many bytes of text the rows so far had, as UTF-8.
func (r *Reader) Consumed() int64 { return r.consumed }

// Next returns the next row that has anything in it. After the last it returns io.EOF. A
// row that cannot be read is a [*LineError]; any other error ends the reading.
func (r *Reader) Next() (Row, error) {
	for {
		line := r.line
		err := r.record()
		if err != nil {
			return Row{Line: line}, err
		}
		if row := r.row(line); row.Cells != nil {
			return row, nil
		}
	}
}

// row makes strings of the record just scanned, or a Row without cells if it is blank.
func (r *Reader) row(line int) Row {
	if len(bytes.TrimSpace(r.text)) == 0 {
		return Row{Line: line}
	}
	all := string(r.text)
	r.cells = r.cells[:0]
	start := 0
	for _, end := range r.ends {
		c := all[start:end]
		if strings.HasPrefix(c, "\ufeff") { // sheets glued together have marks in the middle
			c = strings.TrimLeft(c, "\ufeff")
		}
		r.cells = append(r.cells, c)
		start = end
	}
	return Row{Line: line, Cells: r.cells}
}

// The states of the scanner between two bytes.
type state uint8

const (
	cellStart state = iota
	inPlain
	inQuotes
	afterQuote // a quote inside quotes: the end, or half of a doubled one
)

// record scans one record from the window into r.text and r.ends.
func (r *Reader) record() error {
	r.text, r.ends = r.text[:0], r.ends[:0]
	st := cellStart
	i := r.pos
	wide, nul := 0, false // the first cell that is too long, from 1; whether there is a NUL
	closeCell := func() {
		start := 0
		if len(r.ends) > 0 {
			start = r.ends[len(r.ends)-1]
		}
		if wide == 0 && len(r.text)-start > MaxCell {
			wide = len(r.ends) + 1
		}
		r.ends = append(r.ends, len(r.text))
	}
	for {
		if i == len(r.window) {
			if i-r.pos > MaxRow {
				return r.tooLong(st)
			}
			if !r.eof {
				i -= r.pos
				r.fill()
				i += r.pos
				continue
			}
			switch {
			case r.failed != nil:
				return fmt.Errorf("reading the file: %w", r.failed)
			case i == r.pos:
				return io.EOF
			case st == inQuotes:
				return r.broken("a quotation mark is opened here and never closed.")
			}
			closeCell()
			return r.finish(i, wide, nul)
		}
		c := r.window[i]
		switch {
		case st == inQuotes:
			n := bytes.IndexByte(r.window[i:], '"')
			if n < 0 {
				n = len(r.window) - i
			} else {
				st = afterQuote
			}
			chunk := r.window[i : i+n]
			nul = nul || bytes.IndexByte(chunk, 0) >= 0
			r.text = append(r.text, chunk...)
			i += n
			if st == afterQuote {
				i++
			}
		case c == r.dialect.Delimiter:
			closeCell()
			st = cellStart
			i++
		case c == '\n' || c == '\r':
			if c == '\r' {
				if i+1 == len(r.window) && !r.eof { // is it half of CRLF?
					i -= r.pos
					r.fill()
					i += r.pos
					continue
				}
				if i+1 < len(r.window) && r.window[i+1] == '\n' {
					i++
				}
			}
			closeCell()
			return r.finish(i+1, wide, nul)
		case c == '"' && st == cellStart:
			st = inQuotes
			i++
		case c == '"' && st == afterQuote:
			r.text = append(r.text, '"')
			st = inQuotes
			i++
		case st == afterQuote && (c == ' ' || c == '\t'):
			i++ // padding after the closing quote
		case st == afterQuote:
			return r.broken("a quotation mark inside a cell must be doubled.")
		default: // plain text up to whatever ends it
			st = inPlain
			n := i
			for n < len(r.window) {
				if c = r.window[n]; c == r.dialect.Delimiter || c == '\n' || c == '\r' {
					break
				}
				nul = nul || c == 0
				n++
			}
			r.text = append(r.text, r.window[i:n]...)
			i = n
		}
	}
}

// finish ends a record that was scanned up to window[end] and checks it.
func (r *Reader) finish(end, wide int, nul bool) error {
	line := r.line
	raw := r.window[r.pos:end]
	r.advance(end)
	switch {
	case len(raw) > MaxRow:
		return &LineError{line, fmt.Sprintf("the row is longer than %d KiB.", MaxRow>>10)}
	case wide > 0:
		return &LineError{line, fmt.Sprintf("the cell in column %d is longer than %d KiB.", wide, MaxCell>>10)}
	case len(r.ends) > MaxColumns:
		return &LineError{line, fmt.Sprintf("the row has %d columns; at most %d are read.", len(r.ends), MaxColumns)}
	case nul:
		return &LineError{line, "the row has a NUL character in it. Is this a text file?"}
	}
	return r.toUTF8(line)
}

// toUTF8 decides, at the first text that is not ASCII, what the file is
// written in, and brings the record to UTF-8.
func (r *Reader) toUTF8(line int) error {
	if r.decided && r.dialect.Encoding != windows1252 {
		if !utf8.Valid(r.text) {
			return &LineError{line, "the row is not valid " + r.dialect.Encoding + "."}
		}
		return nil
	}
	if isASCII(r.text) {
		return nil
	}
	if !r.decided {
		r.decided = true
		if utf8.Valid(r.text) {
			return nil
		}
		r.dialect.Encoding = windows1252
	}
	text := make([]byte, 0, len(r.text)+len(r.text)/4)
	start := 0
	for i, end := range r.ends {
		for _, b := range r.text[start:end] {
			text = utf8.AppendRune(text, charmap.Windows1252.DecodeByte(b))
		}
		start, r.ends[i] = end, len(text)
	}
	r.text = text
	return nil
}

// broken gives up on a record because of its quotation marks. Reading goes on
// at its second line: the mark may be a slip, and what follows a row of its own.
func (r *Reader) broken(text string) error {
	line := r.line
	r.skipLine()
	return &LineError{line, text}
}

// tooLong gives up on a record of more than MaxRow bytes, and forgets the rest
// of its line without keeping it.
func (r *Reader) tooLong(st state) error {
	if st == inQuotes && bytes.ContainsAny(r.window[r.pos:], "\r\n") {
		return r.broken("a quotation mark is opened here and not closed for a long time.")
	}
	line := r.line
	r.skipLine()
	return &LineError{line, fmt.Sprintf("the row is longer than %d KiB.", MaxRow>>10)}
}

// skipLine moves past the next line end, however far it is, without keeping
// what lies before it.
func (r *Reader) skipLine() {
	for {
		n := bytes.IndexAny(r.window[r.pos:], "\r\n")
		switch end := r.pos + n + 1; {
		case n < 0:
			r.advance(len(r.window))
		case r.window[end-1] == '\r' && end == len(r.window) && !r.eof: // half of CRLF?
			r.advance(end - 1)
		case r.window[end-1] == '\r' && end < len(r.window) && r.window[end] == '\n':
			r.advance(end + 1)
			return
		default:
			r.advance(end)
			return
		}
		if r.eof {
			return
		}
		r.fill()
	}
}

// advance moves to window[end], counting lines.
func (r *Reader) advance(end int) {
	raw := r.window[r.pos:end]
	n := bytes.Count(raw, []byte{'\n'})
	for i, c := range raw {
		if c == '\r' && (i+1 == len(raw) || raw[i+1] != '\n') {
			n++
		}
	}
	r.line += n
	r.consumed += int64(len(raw))
	r.pos = end
}

// fill reads more into the window, keeping what has not been used.
func (r *Reader) fill() {
	if r.eof {
		return
	}
	if r.pos > 0 {
		r.window = r.window[:copy(r.window, r.window[r.pos:])]
		r.pos = 0
	}
	if cap(r.window)-len(r.window) < chunkSize {
		bigger := make([]byte, len(r.window), max(2*cap(r.window), len(r.window)+chunkSize))
		copy(bigger, r.window)
		r.window = bigger
	}
	for range 100 { // as many empty reads as bufio allows
		n, err := r.src.Read(r.window[len(r.window) : len(r.window)+chunkSize])
		r.window = r.window[:len(r.window)+n]
		if err != nil {
			r.eof = true
			if !errors.Is(err, io.EOF) {
				r.failed = err
			}
			return
		}
		if n > 0 {
			return
		}
	}
	r.eof, r.failed = true, io.ErrNoProgress
}

const chunkSize = 32 << 10

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
