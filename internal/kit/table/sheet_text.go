package table

import (
	"encoding/json"
	"io"
	"unicode/utf8"
)

// plain holds the bytes that may stand in a cell of any dialect as they are, at
// any place of it. Space may, but not at the ends; + - @ = may, but not in front.
var plain = func() (t [256]bool) {
	for c := '!'; c < utf8.RuneSelf; c++ {
		t[c] = true
	}
	for _, c := range "\",;|" {
		t[c] = false
	}
	return t
}()

// letter holds the bytes with which a cell may begin and surely be no formula.
var letter = func() (t [256]bool) {
	for c := range t {
		t[c] = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
	}
	return t
}()

// isPlain reports whether a cell needs neither a guard nor quotation marks.
func isPlain(v string) bool {
	if v == "" || !letter[v[0]] || v[len(v)-1] == ' ' {
		return false
	}
	for i := range len(v) {
		if c := v[i]; !plain[c] && c != ' ' {
			return false
		}
	}
	return true
}

// delimited writes text with delimiters, hand-joined: see [appendCell] for what a cell is.
type delimited struct {
	delimiter   byte
	mark, comma bool
	columns     int // of the sheet
}

func (e *delimited) head(b []byte, names []string) []byte {
	if e.delimiter == 0 {
		e.delimiter = ','
	}
	if e.mark {
		b = append(b, "\ufeff"...)
	}
	for i, n := range names {
		b = e.text(b, i, n)
	}
	return e.end(b)
}

func (e *delimited) between(b []byte, i int) []byte {
	if i > 0 {
		b = append(b, e.delimiter)
	}
	return b
}

func (e *delimited) text(b []byte, i int, v string) []byte {
	return appendCell(e.between(b, i), v, e.columns == 1)
}

func (e *delimited) number(b []byte, i int, v string) []byte {
	b = e.between(b, i)
	if !e.comma {
		return append(b, v...)
	}
	whole := len(b)
	b = append(b, v...)
	for j := whole; j < len(b); j++ {
		if b[j] != '.' {
			continue
		}
		b[j] = ','
		if e.delimiter == ',' { // then the cell is quoted
			b = append(append(b, 0), '"')
			copy(b[whole+1:], b[whole:len(b)-2])
			b[whole] = '"'
		}
		break
	}
	return b
}

func (e *delimited) moment(b []byte, i int, t *stamp) []byte { return t.rfc3339(e.between(b, i)) }

func (e *delimited) blank(b []byte, i int) []byte {
	b = e.between(b, i)
	if e.columns == 1 {
		b = append(b, `""`...) // a line with nothing in it is no row
	}
	return b
}

func (e *delimited) end(b []byte) []byte { return append(b, '\r', '\n') } // RFC 4180 §2

func (e *delimited) write(w io.Writer, b []byte) error {
	_, err := w.Write(b)
	return err
}

func (e *delimited) close(io.Writer) error { return nil }

// lines writes JSON lines.
type lines struct{ keys [][]byte } // with what goes before and behind each

func newLines(names []string) *lines {
	e := &lines{}
	for i, n := range names {
		before := byte(',')
		if i == 0 {
			before = '{'
		}
		key, err := json.Marshal(n)
		if err != nil {
			panic(err) // strings always marshal
		}
		e.keys = append(e.keys, append(append([]byte{before}, key...), ':'))
	}
	return e
}

func (e *lines) head(b []byte, _ []string) []byte { return b }

func (e *lines) text(b []byte, i int, v string) []byte {
	b = append(b, e.keys[i]...)
	for j := range len(v) {
		if c := v[j]; c < ' ' || c >= utf8.RuneSelf || c == '"' || c == '\\' || c == 0x7f {
			text, err := json.Marshal(v)
			if err != nil {
				panic(err) // strings always marshal
			}
			return append(b, text...)
		}
	}
	b = append(b, '"')
	b = append(b, v...)
	return append(b, '"')
}

func (e *lines) number(b []byte, i int, v string) []byte {
	return append(append(b, e.keys[i]...), v...)
}

func (e *lines) moment(b []byte, i int, t *stamp) []byte {
	return append(t.rfc3339(append(append(b, e.keys[i]...), '"')), '"')
}

func (e *lines) blank(b []byte, i int) []byte { return append(append(b, e.keys[i]...), "null"...) }

func (e *lines) end(b []byte) []byte { return append(b, '}', '\n') }

func (e *lines) write(w io.Writer, b []byte) error {
	_, err := w.Write(b)
	return err
}

func (e *lines) close(io.Writer) error { return nil }
