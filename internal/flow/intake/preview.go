package intake

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/imports"
	"involt/internal/core/workspace"
	"involt/internal/flow/intake/batch"
	"involt/internal/flow/intake/pack"
	"involt/internal/flow/intake/sheet"
	"involt/internal/kit/blob"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/table"
	"involt/internal/kit/table/book"
)

// A chunk has so many rows, or fewer if they are long: few enough that the
// transaction that applies it lasts well under half a second, for SQLite has one
// writer.
const (
	chunkRows  = 1000
	chunkBytes = 4 << 20
)

// manyRows is from how many rows on a file takes memory that is worth watching: a
// hundred bytes a row. From there on the garbage of so many chunks is collected.
const (
	manyRows = 100_000
	gcChunks = 8
)

var at0 time.Time

// until is the end of a day in the workspace.
func until(tx *db.Tx, ws id.Workspace, day string) (time.Time, error) {
	if strings.TrimSpace(day) == "" {
		return at0, nil
	}
	w, err := workspace.ByID(tx, ws)
	if err != nil {
		return at0, err
	}
	zone, err := time.LoadLocation(w.TimeZone)
	if err != nil {
		return at0, err
	}
	end, err := sheet.ParseDate(strings.TrimSpace(day), zone)
	if err != nil {
		return at0, errs.AtField("cards_until", "%s", errs.Text(err))
	}
	end = end.AddDate(0, 0, 1)
	if !end.After(tx.Now) {
		return at0, errs.AtField("cards_until", "This day is over. Choose one that is to come.")
	}
	return end, nil
}

// remember notes in im what the columns mean, and keeps that for files with the
// same header.
func remember(tx *db.Tx, by access.Actor, im *imports.Import, a Answers) error {
	switch {
	case a.Forget:
		im.Options.Mapping = nil
		return imports.Forget(tx, by.Workspace, im.Sheet.Shape)
	case a.Mapping == nil:
		return nil
	}
	if len(a.Mapping) > table.MaxColumns {
		return errs.AtField("mapping", "A file has at most %d columns.", table.MaxColumns)
	}
	known := sheet.Readable()
	used := map[string]bool{}
	for _, c := range a.Mapping {
		switch {
		case c == "":
			continue
		case !slices.Contains(known, sheet.Column(c)):
			return errs.AtField("mapping", "There is no column called %q. There are: %s.", c, sheet.Names(known))
		case used[c]:
			return errs.AtField("mapping", "Two columns of the file would mean %s. Leave one of them out.", sheet.Column(c).Label())
		}
		used[c] = true
	}
	if !used[string(sheet.Email)] && !used[string(sheet.ExternalID)] && !used[string(sheet.CardUID)] {
		return errs.AtField("mapping", "Say which column has the e-mail address, the external id or the card number.")
	}
	im.Options.Mapping = a.Mapping
	text, err := json.Marshal(a.Mapping)
	if err != nil {
		return err
	}
	return imports.Remember(tx, by.Workspace, im.Sheet.Shape, string(text), by.Name)
}

// rowSource is a file whose rows are read one by one.
type rowSource interface {
	Next() (table.Row, error)
	Dialect() table.Dialect
}

// open looks at the file of an import and finds out what kind it is.
func (s *Service) open(ctx context.Context, im *imports.Import) (src rowSource, file *blob.Reader, shut func(), err error) {
	file = blob.NewReader(ctx, s.DB, im.Blob)
	head := make([]byte, 4)
	n, err := io.ReadFull(file, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, nil, nil, err
	}
	whole := io.MultiReader(bytes.NewReader(head[:n]), file)
	if bytes.Equal(head[:n], []byte("PK\x03\x04")) {
		if im.Size > MaxWorkbook {
			return nil, nil, nil, errs.New(errs.Invalid, "An Excel workbook may have at most 64 MB. Save the sheet as CSV: that may be larger.")
		}
		text, err := io.ReadAll(whole)
		if err != nil {
			return nil, nil, nil, err
		}
		b, err := book.Open(text)
		if err != nil {
			return nil, nil, nil, err
		}
		return b, file, b.Close, nil
	}
	r, err := table.NewReader(whole)
	return r, file, func() {}, err
}

// preview reads the file and says what applying it would do.
func (w *worker) preview(ctx context.Context, im imports.Import) error {
	src, file, shut, err := w.s.open(ctx, &im)
	if errs.KindOf(err) == errs.Invalid {
		return w.stop(ctx, imports.Previewing, imports.Failed, errs.Text(err))
	}
	if err != nil {
		return err
	}
	defer shut()
	run, allowed, err := w.run(ctx, &im, im.Asker)
	if err != nil {
		return err
	}
	if !allowed {
		return w.stop(ctx, imports.Previewing, imports.Failed, mayNoMore)
	}
	p := &previewing{worker: w, src: src, file: file, run: run, seen: batch.NewSeen()}
	run.Preview, run.KindOf = true, p.kindOf
	if err := p.findHeader(ctx, &im); err != nil {
		if errs.KindOf(err) == errs.Invalid {
			return w.stop(ctx, imports.Previewing, imports.Failed, errs.Text(err))
		}
		return err
	}
	if !p.header.Readable() {
		return w.stop(ctx, imports.Previewing, imports.Previewed, "Nothing tells which column has the e-mail address, the external id or the card number. Say what the columns mean.")
	}
	if p.header.Cards() && !mayCards(run.By) {
		return w.stop(ctx, imports.Previewing, imports.Failed, mayNotCards)
	}
	if p.header.Has(sheet.Account) && run.By.Need(access.AccountsRead) != nil {
		return w.stop(ctx, imports.Previewing, imports.Failed, "The file has accounts in it, and your role does not allow to see accounts.")
	}
	for place := int64(0); ; place++ {
		more, err := p.chunk(ctx, place, place < im.Chunks)
		many := p.seen.Rows() > manyRows
		if err == nil && more {
			if many && place%gcChunks == 0 {
				runtime.GC() // by itself it would wait for as much garbage as there are fingerprints
			}
			continue
		}
		if many {
			p.seen, p.kinds = nil, nil
			debug.FreeOSMemory()
		}
		return err
	}
}

// previewing is one way through a file.
type previewing struct {
	*worker
	src    rowSource
	file   *blob.Reader
	run    *batch.Run
	header sheet.Header
	ahead  []sheet.Read // rows that were read to find the header
	seen   *batch.Seen
	kinds  []byte // of the rows so far: 1 for one that is added, 2 for one that is refused
	later  bool   // some rows say more about the person of an earlier one

	examples    int
	news        imports.News
	groups      map[string]bool // that are among news
	costCenters map[string]bool
}

func (p *previewing) kindOf(row int) batch.Kind { return kindAt(p.kinds, row) }

func kindAt(kinds []byte, row int) batch.Kind {
	if row < len(kinds) {
		switch kinds[row] {
		case 1:
			return batch.Add
		case 2:
			return batch.Refuse
		}
	}
	return batch.Same
}

func kindByte(k batch.Kind) byte {
	switch k {
	case batch.Add:
		return 1
	case batch.Refuse:
		return 2
	default:
		return 0
	}
}

// findHeader finds out what the columns mean and writes that down.
func (p *previewing) findHeader(ctx context.Context, im *imports.Import) (err error) {
	if p.header, p.ahead, err = sheet.Find(p.src, im.Options.Mapping, im.Options.NoHeader); err != nil {
		return err
	}
	d := p.src.Dialect()
	facts := imports.Sheet{Encoding: d.Encoding, Format: p.header.Format, Shape: p.header.Shape(), HeaderLine: p.header.Line}
	if d.Delimiter != 0 {
		facts.Delimiter = string(rune(d.Delimiter))
	}
	if im.Options.Mapping == nil {
		var mapping string
		err := p.s.DB.View(ctx, func(tx *db.Tx) (err error) {
			mapping, err = imports.Remembered(tx, p.ws, facts.Shape)
			return err
		})
		if err != nil {
			return err
		}
		if mapping != "" {
			var list []string
			if err := json.Unmarshal([]byte(mapping), &list); err != nil {
				return err
			}
			p.header.Remap(list)
			facts.Remembered = true
		}
	}
	facts.Headings, facts.Readable = p.header.List, p.header.Readable()
	p.news = imports.News{Groups: []string{}, CostCenters: []string{}}
	p.groups, p.costCenters = map[string]bool{}, map[string]bool{}
	return p.s.DB.Update(ctx, func(tx *db.Tx) error {
		now, err := p.mine(tx, imports.Previewing)
		if err != nil {
			return err
		}
		facts.Later = now.Sheet.Later
		now.Sheet = facts
		p.later, p.examples = facts.Later && now.Chunks > 0, 0
		if now.Chunks > 0 {
			p.news = now.News
			for _, g := range p.news.Groups {
				p.groups[batch.GroupKey(g)] = true
			}
			for _, c := range p.news.CostCenters {
				p.costCenters[c] = true
			}
		}
		return imports.Save(tx, &now)
	})
}

// next is the next row of the file.
func (p *previewing) next() (row table.Row, bad *table.LineError, err error) {
	if len(p.ahead) > 0 {
		r := p.ahead[0]
		p.ahead = p.ahead[1:]
		return r.Row, r.Bad, nil
	}
	row, err = p.src.Next()
	if errors.As(err, &bad) {
		return table.Row{Line: bad.Line}, bad, nil
	}
	return row, nil, err
}

// chunk reads some rows and keeps what becomes of them; of those that known says
// are kept already it only notes what later rows must know.
func (p *previewing) chunk(ctx context.Context, place int64, known bool) (more bool, err error) {
	var rows []pack.Row
	var list []*batch.Entry
	more = true
	for size := 0; len(rows) < chunkRows && size < chunkBytes; {
		row, bad, err := p.next()
		if errors.Is(err, io.EOF) {
			more = false
			break
		}
		if err != nil {
			return false, err
		}
		e, example := p.read(row, bad)
		if example {
			p.examples++
			continue
		}
		for _, c := range e.Cells {
			size += len(c)
		}
		list = append(list, e)
		rows = append(rows, pack.Row{Line: row.Line, Cells: e.Cells})
	}
	if known {
		return true, p.recall(ctx, place)
	}
	var b *batch.Batch
	if err := p.s.DB.View(ctx, func(tx *db.Tx) (err error) {
		b, err = p.run.Decide(tx, list)
		return err
	}); err != nil {
		return false, err
	}
	for _, e := range list {
		p.kinds = append(p.kinds, kindByte(e.Outcome.Kind))
		p.later = p.later || e.Prior != nil
	}
	c, err := chunkOf(place, list)
	if err != nil {
		return false, err
	}
	if c.Lines, err = pack.Rows(rows); err != nil {
		return false, err
	}
	p.note(b)
	return more, p.keep(ctx, &c, b, more)
}

// keep writes a chunk and how far the file was read.
func (p *previewing) keep(ctx context.Context, c *imports.Chunk, b *batch.Batch, more bool) error {
	return p.s.DB.Update(ctx, func(tx *db.Tx) error {
		im, err := p.mine(tx, imports.Previewing)
		if err != nil {
			return err
		}
		if c.Size > 0 {
			if err := imports.AddChunk(tx, &im, c); err != nil {
				return err
			}
			im.Chunks++
		}
		im.Counts.Plus(c.Tally, b.People, b.Cards, b.Memberships)
		im.Counts.Examples, im.Counts.Bytes = p.examples, min(p.file.Consumed(), im.Size)
		im.News, im.Sheet.Later, im.Sheet.Encoding = p.news, p.later, p.src.Dialect().Encoding
		if !more {
			im.State, im.Ended, im.Worker, im.Counts.Bytes = imports.Previewed, tx.Now, "", im.Size
		}
		return imports.Save(tx, &im)
	})
}

// recall notes what became of rows that were read before an accident.
func (p *previewing) recall(ctx context.Context, place int64) error {
	var c imports.Chunk
	err := p.s.DB.View(ctx, func(tx *db.Tx) (err error) {
		c, err = imports.ChunkAt(tx, p.ws, p.one, place)
		return err
	})
	if err != nil {
		return err
	}
	var o pack.Outcomes
	if err := pack.FromJSON(c.Outcome, &o); err != nil {
		return err
	}
	for i := range c.Size {
		p.kinds = append(p.kinds, kindByte(o.Kind(i)))
	}
	return nil
}

// note keeps the names of what the chunk makes.
func (p *previewing) note(b *batch.Batch) {
	for _, name := range b.Groups() {
		if key := batch.GroupKey(name); !p.groups[key] {
			p.groups[key] = true
			p.news.Groups = append(p.news.Groups, name)
		}
	}
	p.news.Accounts = append(p.news.Accounts, b.Accounts()...)
	for _, name := range b.CostCenters() {
		if !p.costCenters[name] {
			p.costCenters[name] = true
			p.news.CostCenters = append(p.news.CostCenters, name)
		}
	}
}

// read makes an entry of a row; example says that the row came with the template.
func (p *previewing) read(row table.Row, bad *table.LineError) (e *batch.Entry, example bool) {
	at := p.seen.Rows()
	if bad != nil {
		e = &batch.Entry{Line: sheet.Line{Number: bad.Line}, Row: at, Done: true}
		e.Refuse(sheet.Problem{Line: bad.Line, Text: sheet.UpperFirst(bad.Text)})
		p.seen.Pass(bad.Line)
		return e, false
	}
	l, warnings, refused, example := p.header.Parse(row, p.run.Zone)
	if example {
		return nil, true
	}
	l.Cells = slices.Clone(l.Cells) // the source uses them again
	e = &batch.Entry{Line: l, Row: at}
	if refused == nil {
		var warning *sheet.Problem
		e.Prior, warning, refused = p.seen.Check(&e.Line)
		if warning != nil {
			warnings = append(warnings, *warning)
		}
	} else {
		p.seen.Pass(l.Number)
	}
	if refused != nil {
		e.Refuse(*refused)
		e.Done, e.Prior = true, nil
		return e, false
	}
	e.Outcome.Warnings = warnings
	return e, false
}

// chunkOf packs what becomes of rows.
func chunkOf(place int64, list []*batch.Entry) (c imports.Chunk, err error) {
	c.Tally = imports.Tally{Place: place, Size: len(list)}
	for _, e := range list {
		switch e.Outcome.Kind {
		case batch.Add:
			c.Adds++
		case batch.Update:
			c.Changes++
		case batch.Same:
			c.Sames++
		case batch.Refuse:
			c.Refusals++
		}
		if e.Outcome.Conflict() {
			c.Conflicts++
		}
		if len(e.Outcome.Warnings) > 0 {
			c.Warnings++
		}
	}
	c.Outcome, err = pack.JSON(pack.Of(list))
	return c, err
}
