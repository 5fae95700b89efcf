package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"involt/internal/bench/names"
	"involt/internal/core/access"
	"involt/internal/core/bulk"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/flow/browse"
	"involt/internal/flow/people"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/job"
)

// Bulk measures work on many users at once: everybody is selected and added to a
// group, from the click on the selection until the last chunk is done, beside a
// bare insert of the same rows. Meanwhile somebody pages through the list and
// somebody else writes now and then.
func Bulk(ctx context.Context, o Options) (list []Figure, err error) {
	defer errs.Wrap(&err, "bench.Bulk")
	d, remove, err := o.scratch(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, remove()) }()
	o.say("filling %s with %d users", o.engine(), o.Rows)
	t, err := fill(ctx, d, o.Rows, 0)
	if err != nil {
		return nil, err
	}
	w := &bulkBench{t: t, d: d, o: &o, people: &people.Service{DB: d}, lists: &browse.Service{DB: d}}
	if err := d.Update(ctx, w.hire); err != nil {
		return nil, err
	}
	// As in the server: jobs, the journal's sealer and the lists' memory run beside.
	pool, post := &job.Pool{DB: d}, &journal.Post{DB: d}
	w.people.Jobs(pool)
	post.Jobs(pool)
	running, stop := context.WithCancel(ctx)
	parts := []func(context.Context) error{pool.Run, post.Run, w.lists.Run}
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
	r := &report{o: o}
	err = r.bulk(ctx, w)
	return r.list, err
}

// bulkBench is a town and who works in it.
type bulkBench struct {
	t      *town
	d      *db.DB
	o      *Options
	people *people.Service
	lists  *browse.Service
	by     access.Actor
	round  int
}

// hire makes the admin.
func (w *bulkBench) hire(tx *db.Tx) error {
	p := person.Person{Workspace: w.t.workspace.ID, FirstName: "Bench", LastName: "Admin", Status: person.Active}
	if err := person.Insert(tx, &p); err != nil {
		return err
	}
	w.by = access.Actor{Workspace: p.Workspace, Person: p.ID, Name: journal.About("person", p.ID), Perms: access.All}
	return person.GiveRole(tx, p.Workspace, p.ID, access.Given{Role: "super-admin"})
}

// bulk takes turns between the floor and the work, with and without others.
func (r *report) bulk(ctx context.Context, w *bulkBench) error {
	if err := w.page(ctx, 0); err != nil { // which reads everybody into memory
		return err
	}
	r.o.say("paging through the list, idle")
	idle, err := w.meanwhile(ctx, func(ctx context.Context) error {
		<-ctx.Done()
		return nil
	}, 5*time.Second)
	if err != nil {
		return err
	}
	var floors, figures, floorsCPU, figuresCPU []float64
	for range r.o.rounds() {
		r.o.say("round %d", w.round+1)
		c := cpu()
		floor, err := w.bare(ctx)
		if err != nil {
			return err
		}
		c1 := cpu() - c
		// What the others have to read of it is not the work's to pay for.
		if err := w.page(ctx, 0); err != nil {
			return err
		}
		c2 := cpu()
		took, err := w.join(ctx)
		if err != nil {
			return err
		}
		floors, figures = append(floors, floor), append(figures, took)
		floorsCPU, figuresCPU = append(floorsCPU, c1.Seconds()), append(figuresCPU, (cpu()-c2).Seconds())
	}
	r.o.say("the same while others work")
	var shared float64
	busy, err := w.meanwhile(ctx, func(ctx context.Context) (err error) {
		shared, err = w.join(ctx)
		return err
	}, 0)
	if err != nil {
		return err
	}
	r.add("bulk.group-add", "all selected and added to a group; floor: bare insert of the same rows", "s"+ofRatio, median(floors), median(figures), 3)
	r.add("bulk.group-add.cpu", "the same, as this process's CPU has it, the list's memory and the journal's chain included", "s", median(floorsCPU), median(figuresCPU), 0)
	r.add("bulk.group-add.time", "the same, as the clock has it", "s", 0, median(figures), 10)
	r.add("bulk.group-add.shared", "while others page through the list and write", "s", median(floors), shared, 10)
	r.add("bulk.list.p99", "a page of the list meanwhile; floor: idle", "ms", percentile(idle.pages, 0.99), percentile(busy.pages, 0.99), 100)
	r.add("bulk.list.p50", "its middle", "ms", percentile(idle.pages, 0.5), percentile(busy.pages, 0.5), 0)
	r.add("bulk.write.p99", "somebody else's small write meanwhile; floor: idle", "ms", percentile(idle.writes, 0.99), percentile(busy.writes, 0.99), 250)
	return nil
}

// group makes an empty group.
func (w *bulkBench) group(ctx context.Context, name string) (id.Group, error) {
	g := group.Group{Workspace: w.t.workspace.ID, Name: name}
	err := w.d.Update(ctx, func(tx *db.Tx) error { return group.Insert(tx, &g) })
	return g.ID, err
}

// bare inserts the rows that the work inserts, and does nothing else.
func (w *bulkBench) bare(ctx context.Context) (seconds float64, err error) {
	w.round++
	g, err := w.group(ctx, fmt.Sprintf("Floor %d", w.round))
	if err != nil {
		return 0, err
	}
	ws, one := w.t.workspace.ID, bulk.Bulk{Workspace: w.t.workspace.ID, Action: bulk.GroupAdd, Asker: bulk.Asker{Person: w.by.Person}}
	began := time.Now()
	err = w.d.Update(ctx, func(tx *db.Tx) error {
		list := make([]id.Person, len(w.t.people))
		for i, p := range w.t.people {
			list[i] = id.Text[id.Person](p)
		}
		if err := bulk.Insert(tx, &one, list); err != nil {
			return err
		}
		if _, err := group.Load(tx, ws, func(yield func(group.Membership) bool) {
			for _, p := range list {
				if !yield(group.Membership{Group: g, Person: p}) {
					return
				}
			}
		}); err != nil {
			return err
		}
		for part := range slices.Chunk(list, one.Action.AtOnce()) {
			about := make([]string, len(part))
			for i, p := range part {
				about[i] = journal.About("person", p)
			}
			if err := journal.RecordMany(tx, w.by, "group.member-added", journal.About("bulk", one.ID), about, nil); err != nil {
				return err
			}
		}
		return nil
	})
	return time.Since(began).Seconds(), err
}

// join selects everybody, adds them to a new group, and waits until that is done.
func (w *bulkBench) join(ctx context.Context) (seconds float64, err error) {
	w.round++
	g, err := w.group(ctx, fmt.Sprintf("Work %d", w.round))
	if err != nil {
		return 0, err
	}
	began := time.Now()
	all, err := w.lists.Matching(ctx, w.by, browse.UserFilter{})
	if err != nil {
		return 0, err
	}
	one, err := w.people.Plan(ctx, w.by, bulk.GroupAdd, all, "")
	if err != nil {
		return 0, err
	}
	rung, end := w.d.Watch(bulk.Topic(one))
	defer end()
	if err := w.people.Start(ctx, w.by, one, bulk.Args{Group: g}); err != nil {
		return 0, err
	}
	look := time.NewTicker(time.Second)
	defer look.Stop()
	for {
		var b bulk.Bulk
		if err := w.d.View(ctx, func(tx *db.Tx) (err error) {
			b, err = bulk.ByID(tx, w.by.Workspace, one)
			return err
		}); err != nil {
			return 0, err
		}
		if b.State.Over() {
			seconds = time.Since(began).Seconds()
			if b.State != bulk.Done || b.Done != int64(len(all)) || len(all) != len(w.t.people)+1 {
				return 0, fmt.Errorf("bulk work ended %s with %d of %d", b.State, b.Done, b.Total)
			}
			return seconds, nil
		}
		select {
		case <-rung:
		case <-look.C:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// others is what other people saw meanwhile, in milliseconds.
type others struct{ pages, writes []float64 }

// meanwhile pages through the list, and writes now and then, while do runs; at
// most for a time, if one is given.
func (w *bulkBench) meanwhile(ctx context.Context, do func(context.Context) error, most time.Duration) (*others, error) {
	o := &others{}
	during, stop := context.WithCancel(ctx)
	defer stop()
	if most > 0 {
		t := time.AfterFunc(most, stop)
		defer t.Stop()
	}
	failed := make(chan error, 2)
	repeat := func(every time.Duration, times *[]float64, what func(context.Context, int) error) {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for i := 0; ; i++ {
			select {
			case <-during.Done():
				failed <- nil
				return
			case <-tick.C:
			}
			began := time.Now()
			if err := what(ctx, i); err != nil {
				failed <- err
				return
			}
			*times = append(*times, time.Since(began).Seconds()*1000)
		}
	}
	go repeat(10*time.Millisecond, &o.pages, w.page)
	go repeat(50*time.Millisecond, &o.writes, w.write)
	err := do(during)
	stop()
	return o, errors.Join(err, <-failed, <-failed)
}

// page asks for one page of the list, each time another one.
func (w *bulkBench) page(ctx context.Context, i int) error {
	f := browse.UserFilter{}
	switch i % 4 {
	case 0:
		f.Status = person.Active
	case 1:
		f.Q = strings.ToLower(names.Last[i%len(names.Last)])
	case 2:
		f.Sort = "-" + browse.ByCharged
	default:
		f.Group = w.t.groups[i%len(w.t.groups)]
	}
	_, err := w.lists.Users(ctx, w.by, f)
	return err
}

// write makes one more cost center known.
func (w *bulkBench) write(ctx context.Context, i int) error {
	return w.d.Update(ctx, func(tx *db.Tx) error {
		_, err := person.AddCostCenter(tx, w.by.Workspace, fmt.Sprintf("Bench %d.%d", w.round, i))
		return err
	})
}
