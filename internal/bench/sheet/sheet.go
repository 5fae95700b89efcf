// Package sheet measures imports of files.
package sheet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"time"

	"involt/internal/bench"
	"involt/internal/bench/gauge"
	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/imports"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/flow/intake"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
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
	rounds, err := r.o.rounds(ctx, file)
	if err != nil {
		return nil, err
	}
	r.rounds(rounds)
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

// once is what one import came to, beside its floor: times by the clock and by the
// CPU in seconds, and the most memory beyond what the process had before.
type once struct {
	floor, preview, apply, whole     float64
	floorCPU, previewCPU, appliedCPU float64
	reading, writing                 gauge.Memory
}

// rounds imports the file some times, and loads its rows as often.
func (o *job) rounds(ctx context.Context, file *os.File) (list []once, err error) {
	for round := range cmp.Or(o.Rounds, 5) {
		o.Say("round %d", round+1)
		floor, used, err := o.bareLoad(ctx, file)
		if err != nil {
			return nil, err
		}
		debug.FreeOSMemory()
		one, err := o.importOnce(ctx, file)
		if err != nil {
			return nil, err
		}
		one.floor, one.floorCPU = floor, used
		o.Say("  floor %.1f s, preview %.1f s, applied %.1f s; by the CPU %.1f, %.1f and %.1f s; %.0f and %.0f MiB more in RAM",
			floor, one.preview, one.apply, used, one.previewCPU, one.appliedCPU, one.reading.RSS, one.writing.RSS)
		list = append(list, one)
	}
	return list, nil
}

// rounds adds what the rounds came to.
func (r *report) rounds(list []once) {
	middle := func(of func(*once) float64) float64 {
		var all []float64
		for i := range list {
			all = append(all, of(&list[i]))
		}
		return bench.Median(all)
	}
	floor, used := middle(func(o *once) float64 { return o.floor }), middle(func(o *once) float64 { return o.floorCPU })
	goal, memory := 0.0, func(name, what string, goal float64, of func(*once) float64) {
		r.Add(name, what+", beyond what the process had before", "MiB", 0, middle(of), goal)
	}
	if r.o.Rows == 100_000 {
		goal = 10
	}
	r.Add("import.apply", "applied; floor: bare load of the same rows", "s"+ofRatio, floor, middle(func(o *once) float64 { return o.apply }), 2)
	r.Add("import.apply.cpu", "the same, as the CPU has it, PostgreSQL's backends included", "s"+ofRatio, used, middle(func(o *once) float64 { return o.appliedCPU }), 2)
	r.Add("import.preview", "every row previewed, from the first byte of the file", "s"+ofRatio, floor, middle(func(o *once) float64 { return o.preview }), 1)
	r.Add("import.preview.cpu", "the same, as the CPU has it", "s"+ofRatio, used, middle(func(o *once) float64 { return o.previewCPU }), 1)
	r.Add("import.whole", "from the file to committed", "s", 0, middle(func(o *once) float64 { return o.whole }), goal)
	memory("import.memory", "the most in RAM meanwhile", 256, func(o *once) float64 { return max(o.reading.RSS, o.writing.RSS) })
	memory("import.memory.heap", "the most in the heap meanwhile", 0, func(o *once) float64 { return max(o.reading.Heap, o.writing.Heap) })
	memory("import.memory.preview", "the most in RAM while the file was read", 0, func(o *once) float64 { return o.reading.RSS })
}

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
	had, s := gauge.Now(), &intake.Service{DB: d}
	var one id.Import
	if got.preview, got.previewCPU, got.reading, err = measured(ctx, d, func() (err error) {
		one, err = o.previewed(ctx, s, by, file)
		return err
	}); err != nil {
		return got, err
	}
	if got.apply, got.appliedCPU, got.writing, err = measured(ctx, d, func() error {
		if err := s.Start(ctx, by, one, false); err != nil {
			return err
		}
		return s.GoOn(ctx, by.Workspace, one)
	}); err != nil {
		return got, err
	}
	got.whole, got.reading, got.writing = got.preview+got.apply, got.reading.Beyond(had), got.writing.Beyond(had)
	im, err := s.ByID(ctx, by, one)
	if err == nil && (im.State != imports.Done || im.Applied.Add != o.Rows) {
		err = fmt.Errorf("the import ended %s (%s): %+v", im.State, im.Note, im.Applied)
	}
	return got, err
}

// measured runs something on d, and says what it took.
func measured(ctx context.Context, d *db.DB, do func() error) (wall, used float64, most gauge.Memory, err error) {
	before, err := gauge.Read(ctx, d)
	if err != nil {
		return 0, 0, most, err
	}
	watched, began := gauge.Watch(), time.Now()
	err = do()
	wall, most = time.Since(began).Seconds(), watched()
	if err != nil {
		return 0, 0, most, err
	}
	after, err := gauge.Read(ctx, d)
	return wall, after.Since(before), most, err
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
	<-done //nolint:errcheck // it was told to stop
	return seconds, err
}
