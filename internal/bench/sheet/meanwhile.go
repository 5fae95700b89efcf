package sheet

import (
	"context"
	"errors"
	"os"
	"time"

	"involt/internal/bench"
	"involt/internal/core/journal"
	"involt/internal/flow/browse"
	"involt/internal/flow/intake"
	"involt/internal/kit/errs"
)

// meanwhile measures a page of the list of users while somebody else imports
// some more, beside the same while nobody does.
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
	page := func(ctx context.Context) (took float64, err error) {
		began := time.Now()
		_, err = lists.Users(ctx, by, browse.UserFilter{Soon: true}) // as the console asks
		return time.Since(began).Seconds() * 1000, err
	}
	if err := listed(ctx, r.o.Rows, func() (int64, error) {
		p, err := lists.Users(ctx, by, browse.UserFilter{})
		return p.Total, err
	}); err != nil {
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
	rest := 5 * time.Second
	if r.o.Rows < 10_000 { // it is only tried out
		rest = time.Second
	}
	end := time.Now().Add(rest)
	idle, err := pages(ctx, func() bool { return time.Now().After(end) })
	if err != nil {
		return err
	}
	more, err := os.CreateTemp("", "involt-bench-*.csv")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, more.Close(), os.Remove(more.Name())) }()
	others := job{r.o.Options}
	others.Rows = max(r.o.Rows/10, min(r.o.Rows, 30_000)) // for long enough to see the rare slow page
	if err := writeOthers(more, others.Rows); err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() {
		one, err := others.previewed(ctx, s, by, more)
		if err == nil {
			err = s.Start(ctx, by, one, false)
		}
		if err == nil {
			err = s.GoOn(ctx, by.Workspace, one)
		}
		done <- err
	}()
	over, failed := false, error(nil)
	busy, err := pages(ctx, func() bool {
		select {
		case failed = <-done:
			over = true
		default:
		}
		return over
	})
	if err := errors.Join(err, failed); err != nil {
		return err
	}
	r.Add("import.list.p99", "a page of the list while more is imported; floor: idle", "ms"+ofRatio, bench.Percentile(idle, 0.99), bench.Percentile(busy, 0.99), 2)
	r.Add("import.list.p50", "its middle", "ms", bench.Percentile(idle, 0.5), bench.Percentile(busy, 0.5), 0)
	return nil
}

// listed waits until the list of users is in memory, with everybody in it, and is
// quick: until it has nothing left to read again.
func listed(ctx context.Context, people int, page func() (int64, error)) error {
	again := time.NewTicker(200 * time.Millisecond)
	defer again.Stop()
	for {
		began := time.Now()
		switch n, err := page(); {
		case err != nil && errs.KindOf(err) != errs.Unavailable:
			return err
		case n > int64(people) && time.Since(began) < time.Second/2: // the importer is one more
			return nil
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
