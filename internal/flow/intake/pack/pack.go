// Package pack puts the rows of an import, what becomes of them, and how to take
// it back into the few bytes that are kept of each chunk.
package pack

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	"involt/internal/flow/intake/batch"
	"involt/internal/flow/intake/sheet"
	"involt/internal/kit/table"
)

// Row is one row of a file as it was read. One that could not be read has no
// cells.
type Row struct {
	Line  int
	Cells []string
}

// Table is the row as sheets are read from.
func (r Row) Table() table.Row { return table.Row{Line: r.Line, Cells: r.Cells} }

// The letters of what a row does. A row that is refused whatever the database
// has is final.
const (
	add    = 'a'
	change = 'c'
	same   = 's'
	refuse = 'r'
	final  = 'x'
)

// Outcomes is what becomes of the rows of a chunk. What the rows themselves say is
// not said again.
type Outcomes struct {
	Kinds    string                  `json:"kinds"` // a letter for each
	Prior    map[int]batch.Prior     `json:"prior,omitempty"`
	Why      map[int]sheet.Problem   `json:"why,omitempty"`
	Changes  map[int][]sheet.Change  `json:"changes,omitempty"` // of known people
	Names    map[int][2]string       `json:"names,omitempty"`   // name and address of those
	Warnings map[int][]sheet.Problem `json:"warnings,omitempty"`
}

// Of gathers what becomes of a chunk's rows.
func Of(list []*batch.Entry) Outcomes {
	kinds := make([]byte, len(list))
	o := Outcomes{Prior: map[int]batch.Prior{}, Why: map[int]sheet.Problem{}, Changes: map[int][]sheet.Change{}, Names: map[int][2]string{}, Warnings: map[int][]sheet.Problem{}}
	for i, e := range list {
		switch out := &e.Outcome; out.Kind {
		case batch.Add:
			kinds[i] = add
		case batch.Update, batch.Same:
			kinds[i] = change
			if out.Kind == batch.Same {
				kinds[i] = same
			}
			if len(out.Changes) > 0 {
				o.Changes[i], o.Names[i] = out.Changes, [2]string{out.Name, out.Email}
			}
		case batch.Refuse:
			kinds[i] = refuse
			if e.Done {
				kinds[i] = final
			}
			o.Why[i] = sheet.Problem{Column: out.Column, Text: out.Reason}
		}
		if e.Prior != nil {
			o.Prior[i] = *e.Prior
		}
		if len(e.Outcome.Warnings) > 0 {
			o.Warnings[i] = e.Outcome.Warnings
		}
	}
	o.Kinds = string(kinds)
	return o
}

// Kind is what row i does.
func (o *Outcomes) Kind(i int) batch.Kind {
	if i >= len(o.Kinds) {
		return batch.Refuse
	}
	switch o.Kinds[i] {
	case add:
		return batch.Add
	case change:
		return batch.Update
	case same:
		return batch.Same
	default:
		return batch.Refuse
	}
}

// Final reports whether row i is refused whatever the database has.
func (o *Outcomes) Final(i int) bool { return i < len(o.Kinds) && o.Kinds[i] == final }

// Forget removes what is said of row i but its kind.
func (o *Outcomes) Forget(i int) {
	delete(o.Prior, i)
	delete(o.Why, i)
	delete(o.Changes, i)
	delete(o.Names, i)
	delete(o.Warnings, i)
}

// RefuseFinally makes row i one that is refused whatever the database has.
func (o *Outcomes) RefuseFinally(i int, why sheet.Problem) {
	if i >= len(o.Kinds) {
		return
	}
	kinds := []byte(o.Kinds)
	kinds[i] = final
	o.Kinds = string(kinds)
	if o.Why == nil {
		o.Why = map[int]sheet.Problem{}
	}
	o.Why[i] = why
}

// Bare reports whether nothing is said of row i but its kind, and perhaps that its
// cells are gone.
func (o *Outcomes) Bare(i int) bool {
	_, prior := o.Prior[i]
	_, changes := o.Changes[i]
	_, names := o.Names[i]
	_, warnings := o.Warnings[i]
	return !prior && !changes && !names && !warnings && o.Why[i].Column == ""
}

// Reword puts every text that is said of rows through do, and reports whether that
// changed any.
func (o *Outcomes) Reword(do func(string) string) (changed bool) {
	one := func(text string) string {
		now := do(text)
		changed = changed || now != text
		return now
	}
	for i, p := range o.Why {
		p.Text = one(p.Text)
		o.Why[i] = p
	}
	for _, list := range o.Warnings {
		for j := range list {
			list[j].Text = one(list[j].Text)
		}
	}
	for _, list := range o.Changes {
		for j := range list {
			list[j].Old, list[j].New = one(list[j].Old), one(list[j].New)
		}
	}
	return changed
}

// writers are used again: each is half a megabyte.
var writers = sync.Pool{New: func() any {
	w, err := flate.NewWriter(io.Discard, flate.BestSpeed)
	if err != nil {
		panic(err) // the level is one there is
	}
	return w
}}

func squeeze(text []byte) ([]byte, error) {
	w, ok := writers.Get().(*flate.Writer)
	if !ok {
		return nil, errors.New("pack: no writer")
	}
	defer writers.Put(w)
	var b bytes.Buffer
	w.Reset(&b)
	if _, err := w.Write(text); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// mostUnpacked bounds what a chunk may unpack to: a thousand rows of the longest
// kind would be more, and are cut into smaller chunks when they are read.
const mostUnpacked = 64 << 20

func expand(packed []byte) ([]byte, error) {
	r := flate.NewReader(bytes.NewReader(packed))
	text, err := io.ReadAll(io.LimitReader(r, mostUnpacked+1))
	if err == nil && len(text) > mostUnpacked {
		err = errors.New("it is too large")
	}
	if err != nil {
		return nil, fmt.Errorf("a chunk cannot be unpacked: %w", err)
	}
	return text, nil
}

// JSON packs anything; nothing at all is no bytes.
func JSON(v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("pack: %w", err)
	}
	return squeeze(text)
}

// FromJSON unpacks what JSON packed.
func FromJSON(packed []byte, into any) error {
	if len(packed) == 0 {
		return nil
	}
	text, err := expand(packed)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("pack: %w", err)
	}
	return nil
}

// Rows packs rows.
func Rows(list []Row) ([]byte, error) {
	var b []byte
	b = binary.AppendUvarint(b, uint64(len(list)))
	last := 0
	for _, r := range list {
		b = binary.AppendVarint(b, int64(r.Line-last))
		last = r.Line
		b = binary.AppendUvarint(b, uint64(len(r.Cells)))
		for _, c := range r.Cells {
			b = binary.AppendUvarint(b, uint64(len(c)))
			b = append(b, c...)
		}
	}
	return squeeze(b)
}

var errShort = errors.New("a chunk's rows break off")

// FromRows unpacks what Rows packed.
func FromRows(packed []byte) ([]Row, error) {
	text, err := expand(packed)
	if err != nil {
		return nil, err
	}
	all := string(text) // whose parts are the cells
	at := 0
	number := func() uint64 {
		v, n := binary.Uvarint(text[at:])
		if n <= 0 {
			err = errShort
			return 0
		}
		at += n
		return v
	}
	n := number()
	if n > uint64(len(text)) {
		return nil, errShort
	}
	list := make([]Row, 0, n)
	last := 0
	for range n {
		delta, m := binary.Varint(text[at:])
		if m <= 0 {
			return nil, errShort
		}
		at += m
		last += int(delta)
		cells := number()
		if err != nil || cells > uint64(len(text)) {
			return nil, errShort
		}
		row := Row{Line: last}
		if cells > 0 {
			row.Cells = make([]string, cells)
		}
		for i := range row.Cells {
			size := number()
			if err != nil || size > uint64(len(text)-at) { //nolint:gosec // at is never behind the end
				return nil, errShort
			}
			end := at + int(size) //nolint:gosec // it is no more than the text has
			row.Cells[i] = all[at:end]
			at = end
		}
		list = append(list, row)
	}
	return list, err
}
