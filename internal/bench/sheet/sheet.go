// Package sheet measures imports of files.
package sheet

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"time"

	"involt/internal/bench"
	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/imports"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/flow/browse"
	"involt/internal/flow/intake"
	rows "involt/internal/flow/intake/sheet"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/table"
)

// Imports measures an import of people with one card and one group each, from
// the file to committed, beside a bare load of the same rows into the same tables
// and indices. Every round begins with empty tables.
func Imports(ctx context.Context, o bench.Options) (list []bench.Figure, err error) {
	defer errs.Wrap(&err, "bench.Imports")
	file, err := os.CreateTemp("", "involt-bench-*.csv")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close(), os.Remove(file.Name())) }()
	if err := writeSheet(file, o.Rows); err != nil {
		return nil, err
	}
	r := &report{o: &job{o}}
	var floors, previews, applies, wholes, floorsCPU, previewsCPU, appliesCPU, memory []float64
	for round := range cmp.Or(o.Rounds, 5) {
		r.o.Say("round %d", round+1)
		c := bench.CPU()
		floor, err := r.o.bareLoad(ctx, file)
		if err != nil {
			return nil, err
		}
		c1 := bench.CPU()
		runtime.GC()
		debug.FreeOSMemory()
		one, err := r.o.importOnce(ctx, file)
		if err != nil {
			return nil, err
		}
		floors, previews, applies, wholes = append(floors, floor), append(previews, one.preview), append(applies, one.apply), append(wholes, one.whole)
		floorsCPU, previewsCPU, appliesCPU, memory = append(floorsCPU, (c1-c).Seconds()), append(previewsCPU, one.previewCPU), append(appliesCPU, one.applyCPU), append(memory, one.memory)
		r.o.Say("  floor %.1f s, preview %.1f s, applied %.1f s, %.0f MiB", floor, one.preview, one.apply, one.memory)
	}
	r.Add("import.apply", "applied; floor: bare load of the same rows", "s"+ofRatio, bench.Median(floors), bench.Median(applies), 2)
	r.Add("import.apply.cpu", "the same, as this process's CPU has it", "s", bench.Median(floorsCPU), bench.Median(appliesCPU), 0)
	r.Add("import.preview", "every row previewed, from the first byte of the file", "s"+ofRatio, bench.Median(floors), bench.Median(previews), 1)
	r.Add("import.preview.cpu", "the same, as this process's CPU has it", "s", bench.Median(floorsCPU), bench.Median(previewsCPU), 0)
	goal := 0.0
	if o.Rows == 100_000 {
		goal = 10
	}
	r.Add("import.whole", "from the file to committed", "s", 0, bench.Median(wholes), goal)
	r.Add("import.memory", "the most memory meanwhile, beyond what the process had before", "MiB", 0, bench.Median(memory), 256)
	first, err := r.o.firstRows(ctx, file)
	if err != nil {
		return nil, err
	}
	r.Add("import.first", "until the first rows of the preview are there", "s", 0, first, 1)
	if err := r.meanwhile(ctx, file); err != nil {
		return nil, err
	}
	return r.list, nil
}

// job is what is measured.
type job struct{ bench.Options }

// Say tells how far it is.
func (o *job) Say(format string, args ...any) {
	if o.Progress != nil {
		fmt.Fprintf(o.Progress, format+"\n", args...)
	}
}

// ofRatio ends the unit of a figure whose goal is of its ratio.
const ofRatio = " (goal: ratio)"

// report gathers figures.
type report struct {
	list []bench.Figure
	o    *job
}

// Add adds a figure.
func (r *report) Add(name, what, unit string, floor, figure, goal float64) {
	r.list = append(r.list, bench.Measured(r.o.Options, name, what, unit, floor, figure, goal))
}

// writeSheet writes people with names of five languages; one in a hundred rows is
// ugly: spaces, other spellings of the card, a typing error.
func writeSheet(w io.Writer, rows int) error {
	r, first0, last0, spelling := bench.Dice("import"), bench.FirstNames, bench.LastNames, bench.Spelling
	b := bufio.NewWriterSize(w, 1<<20)
	out := table.NewWriter(b, ',', true)
	out.Write("email", "first_name", "last_name", "external_id", "groups", "card_uid")
	for i := range rows {
		first, last := first0[r.IntN(len(first0))], last0[r.IntN(len(last0))]
		email, number := fmt.Sprintf("person.%d@fleet-%d.example", i, i%97), fmt.Sprintf("04%012X", i)
		if r.IntN(100) == 0 {
			first, number = " "+first+" ", spelling(r, number)
		}
		out.Write(email, first, last, fmt.Sprintf("E-%07d", i), fmt.Sprintf("Group %d", i%50), number)
	}
	return errors.Join(out.Flush(), b.Flush())
}

// importer is whoever imports, in a workspace of their own.
func importer(ctx context.Context, d *db.DB) (by access.Actor, err error) {
	err = d.Update(ctx, func(tx *db.Tx) error {
		ws := workspace.New("bench", "Bench")
		if err := workspace.Insert(tx, &ws); err != nil {
			return err
		}
		p := person.Person{Workspace: ws.ID, FirstName: "Bench", LastName: "Admin", Status: person.Active}
		if err := person.Insert(tx, &p); err != nil {
			return err
		}
		by = access.Actor{Workspace: ws.ID, Person: p.ID, Name: journal.About("person", p.ID), Perms: access.All}
		return person.GiveRole(tx, ws.ID, p.ID, access.Given{Role: "super-admin"})
	})
	return by, err
}

// bareLoad puts the rows of the file where an import would, and does nothing
// else: COPY, or prepared inserts, table by table in one transaction, with the
// entries of the journal in it. The rows are read from the file before.
func (o *job) bareLoad(ctx context.Context, file *os.File) (seconds float64, err error) {
	d, remove, err := bench.ScratchOf(&o.Options, ctx)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, remove()) }()
	by, err := importer(ctx, d)
	if err != nil {
		return 0, err
	}
	people := func(do func(*rows.Line) bool) error {
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			return err
		}
		src, err := table.NewReader(file)
		if err != nil {
			return err
		}
		h, ahead, err := rows.Find(src, nil, false)
		if err != nil {
			return err
		}
		for i := 0; ; i++ {
			var row table.Row
			if i < len(ahead) {
				row = ahead[i].Row
			} else if row, err = src.Next(); errors.Is(err, io.EOF) {
				return nil
			} else if err != nil {
				return err
			}
			l, _, _, _ := h.Parse(row, time.UTC)
			if !do(&l) {
				return nil
			}
		}
	}
	// Ids are made, and the file is read, outside of what is measured.
	ids := make([]id.Person, o.Rows)
	for i := range ids {
		ids[i] = id.New[id.Person]()
	}
	list := make([]person.Person, 0, o.Rows)
	cards := make([]card.Card, 0, o.Rows)
	if err := people(func(l *rows.Line) bool {
		p := person.Person{Workspace: by.Workspace, ID: ids[len(list)], Status: person.Imported}
		l.Fill(&p)
		list = append(list, p)
		cards = append(cards, card.Card{Workspace: by.Workspace, UID: l.Card.UID, Kind: card.RFID, Typed: l.Card.Typed, State: card.Active, Person: p.ID, Business: true})
		return true
	}); err != nil {
		return 0, err
	}
	began := time.Now()
	err = d.Update(ctx, func(tx *db.Tx) error {
		var groups []id.Group
		for i := range 50 {
			g := group.Group{Workspace: by.Workspace, Name: fmt.Sprintf("Group %d", i)}
			if err := group.Insert(tx, &g); err != nil {
				return err
			}
			groups = append(groups, g.ID)
		}
		if _, err := person.Load(tx, func(yield func(*person.Person) bool) {
			for i := range list {
				if !yield(&list[i]) {
					return
				}
			}
		}); err != nil {
			return err
		}
		if _, err := card.Load(tx, func(yield func(*card.Card) bool) {
			for i := range cards {
				if !yield(&cards[i]) {
					return
				}
			}
		}); err != nil {
			return err
		}
		if _, err := group.Load(tx, by.Workspace, func(yield func(group.Membership) bool) {
			for i, p := range ids {
				if !yield(group.Membership{Group: groups[i%50], Person: p}) {
					return
				}
			}
		}); err != nil {
			return err
		}
		for from := 0; from < len(ids); from += 1000 {
			var about []string
			for _, p := range ids[from:min(from+1000, len(ids))] {
				about = append(about, journal.About("person", p))
			}
			if err := journal.RecordMany(tx, by, "person.imported", "import:floor", about, nil); err != nil {
				return err
			}
		}
		return nil
	})
	return time.Since(began).Seconds(), err
}

// once is what one import came to.
type once struct{ preview, apply, whole, previewCPU, applyCPU, memory float64 }

// importOnce imports the file into an empty workspace.
func (o *job) importOnce(ctx context.Context, file *os.File) (got once, err error) {
	d, remove, err := bench.ScratchOf(&o.Options, ctx)
	if err != nil {
		return got, err
	}
	defer func() { err = errors.Join(err, remove()) }()
	by, err := importer(ctx, d)
	if err != nil {
		return got, err
	}
	had, most := bench.RSS(), make(chan float64)
	watching, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		look := time.NewTicker(50 * time.Millisecond)
		defer look.Stop()
		seen := bench.RSS()
		for {
			select {
			case <-watching.Done():
				most <- seen
				return
			case <-look.C:
				seen = max(seen, bench.RSS())
			}
		}
	}()
	began, c := time.Now(), bench.CPU()
	s := &intake.Service{DB: d}
	one, err := o.previewed(ctx, s, by, file)
	if err == nil {
		got.preview, got.previewCPU = time.Since(began).Seconds(), (bench.CPU() - c).Seconds()
		begun, c := time.Now(), bench.CPU()
		if err = s.Start(ctx, by, one, false); err == nil {
			err = s.GoOn(ctx, by.Workspace, one)
		}
		got.apply, got.applyCPU, got.whole = time.Since(begun).Seconds(), (bench.CPU() - c).Seconds(), time.Since(began).Seconds()
	}
	stop()
	got.memory = <-most - had
	if err != nil {
		return got, err
	}
	im, err := s.ByID(ctx, by, one)
	if err == nil && (im.State != imports.Done || im.Applied.Add != o.Rows) {
		err = fmt.Errorf("the import ended %s (%s): %+v", im.State, im.Note, im.Applied)
	}
	return got, err
}

func (o *job) previewed(ctx context.Context, s *intake.Service, by access.Actor, file *os.File) (one id.Import, err error) {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	im, err := s.Upload(ctx, by, "bench.csv", file)
	if err != nil {
		return "", err
	}
	return im.ID, s.GoOn(ctx, by.Workspace, im.ID)
}

// firstRows is how long it takes from the end of the upload until the first rows
// can be looked at.
func (o *job) firstRows(ctx context.Context, file *os.File) (seconds float64, err error) {
	d, remove, err := bench.ScratchOf(&o.Options, ctx)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, remove()) }()
	by, err := importer(ctx, d)
	if err != nil {
		return 0, err
	}
	s := &intake.Service{DB: d}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return 0, err
	}
	im, err := s.Upload(ctx, by, "bench.csv", file)
	if err != nil {
		return 0, err
	}
	rung, end := d.Watch(imports.Topic(im.ID))
	defer end()
	working, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	began := time.Now()
	go func() { done <- s.GoOn(working, by.Workspace, im.ID) }()
	for rows := []intake.Outcome(nil); len(rows) == 0; {
		select {
		case <-rung:
		case err := <-done:
			done <- err
		}
		if rows, err = s.Rows(ctx, by, im.ID, intake.All, 0, 100); err != nil {
			break
		}
	}
	seconds = time.Since(began).Seconds()
	stop()
	<-done // it was told to stop
	return seconds, err
}

// meanwhile measures a page of the list of users while somebody else imports a
// tenth of the rows, beside the same while nobody does.
func (r *report) meanwhile(ctx context.Context, file *os.File) (err error) {
	d, remove, err := bench.ScratchOf(&r.o.Options, ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	by, err := importer(ctx, d)
	if err != nil {
		return err
	}
	s, lists, post := &intake.Service{DB: d}, &browse.Service{DB: d}, &journal.Post{DB: d}
	r.o.Say("the console meanwhile")
	one, err := r.o.previewed(ctx, s, by, file)
	if err == nil {
		err = s.Start(ctx, by, one, false)
	}
	if err == nil {
		err = s.GoOn(ctx, by.Workspace, one)
	}
	if err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	parts := []func(context.Context) error{post.Run, lists.Run}
	ended := make(chan error, len(parts))
	for _, run := range parts {
		go func() { ended <- run(running) }()
	}
	defer func() {
		stop()
		for range parts {
			err = errors.Join(err, <-ended)
		}
	}()
	page := func(ctx context.Context) (took float64, err error) {
		began := time.Now()
		_, err = lists.Users(ctx, by, browse.UserFilter{})
		return time.Since(began).Seconds() * 1000, err
	}
	if err := r.listed(ctx, page); err != nil {
		return err
	}
	pages := func(ctx context.Context, until func() bool) (all []float64, err error) {
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for !until() {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return all, ctx.Err()
			}
			took, err := page(ctx)
			if err != nil {
				return all, err
			}
			all = append(all, took)
		}
		return all, nil
	}
	end := time.Now().Add(5 * time.Second)
	idle, err := pages(ctx, func() bool { return time.Now().After(end) })
	if err != nil {
		return err
	}
	more, err := os.CreateTemp("", "involt-bench-*.csv")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, more.Close(), os.Remove(more.Name())) }()
	tenth := job{r.o.Options}
	tenth.Rows = max(1000, r.o.Rows/10)
	if err := writeOthers(more, tenth.Rows); err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() {
		one, err := tenth.previewed(ctx, s, by, more)
		if err == nil {
			err = s.Start(ctx, by, one, false)
		}
		if err == nil {
			err = s.GoOn(ctx, by.Workspace, one)
		}
		done <- err
	}()
	over := false
	busy, err := pages(ctx, func() bool {
		select {
		case e := <-done:
			err, over = e, true
		default:
		}
		return over
	})
	if err != nil {
		return err
	}
	r.Add("import.list.p99", "a page of the list while a tenth more is imported; floor: idle", "ms"+ofRatio, bench.Percentile(idle, 0.99), bench.Percentile(busy, 0.99), 2)
	r.Add("import.list.p50", "its middle", "ms", bench.Percentile(idle, 0.5), bench.Percentile(busy, 0.5), 0)
	return nil
}

// listed waits until the list of users is in memory.
func (r *report) listed(ctx context.Context, page func(context.Context) (float64, error)) error {
	again := time.NewTicker(200 * time.Millisecond)
	defer again.Stop()
	for {
		if _, err := page(ctx); errs.KindOf(err) != errs.Unavailable {
			return err
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// writeOthers writes people who are not in writeSheet's file.
func writeOthers(w io.Writer, rows int) error {
	out := table.NewWriter(w, ',', true)
	out.Write("email", "first_name", "last_name", "external_id", "groups", "card_uid")
	for i := range rows {
		out.Write(fmt.Sprintf("other.%d@fleet-%d.example", i, i%97), bench.FirstNames[i%len(bench.FirstNames)], bench.LastNames[i%len(bench.LastNames)], fmt.Sprintf("O-%07d", i), fmt.Sprintf("Group %d", i%50), fmt.Sprintf("05%012X", i))
	}
	return out.Flush()
}
