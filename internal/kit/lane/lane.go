// Package lane does many things at once, a few per destination, so that a
// destination that hangs holds up nobody but itself.
//
// One goroutine takes tasks, hands them out and writes down what became of
// them, many at a time; the tasks themselves run beside it. A task that takes
// very long stops counting among those that run at once: it waits for somebody
// else, and its place is better given away.
package lane

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// Task is one thing to do.
type Task[T any] struct {
	Lane string // its destination
	What T
}

// Outcome is what became of a task.
type Outcome[T any] struct {
	What T
	Err  error
}

// Plan says what is to be done and how. Take, Do, Done, Keep and Free must be
// set. No two of Done, Keep and Free are called at once; Take is called beside
// them, but not twice at once.
type Plan[T any] struct {
	Most    int           // tasks that run at once; 8 if zero
	PerLane int           // of one lane; 2 if zero
	Slow    time.Duration // a task that takes longer gives its place away; 30 s if zero
	Parked  int           // how many may have done so; 64 if zero
	Ahead   int           // tasks that wait in memory; 512 if zero

	// Take returns up to n tasks more, none of the full lanes.
	Take func(ctx context.Context, n int, full []string) ([]Task[T], error)
	// Do does one.
	Do func(context.Context, T) error
	// Done writes down what became of some. It is called soon after they ended,
	// with at most Most and a few dozen of them: what is lost when the process
	// dies is done once more.
	Done func(context.Context, []Outcome[T]) error
	// Keep says that tasks are still held: at least every Beat.
	Keep func(context.Context, []T) error
	Beat time.Duration
	// Free gives back tasks that were not begun.
	Free func(context.Context, []T) error

	// Halt reports whether nothing more should be begun after such an error of Do.
	Halt func(error) bool
	// Stop, once closed, lets what runs end and begins nothing more.
	Stop <-chan struct{}
	// More rings when Take may have something.
	More <-chan struct{}
}

// beyond is how many tasks may be handed out beyond those that run, so that
// nobody idles while outcomes are written down.
const beyond = 40

// Outcomes are written down together once there are some, and none waits longer
// for others than a moment: writing costs the same for few as for many.
const (
	some   = 40
	moment = 10 * time.Millisecond
)

// stopTime is how long tasks may go on once we are to stop.
const stopTime = 5 * time.Second

// line is one destination.
type line[T any] struct {
	name    string
	waiting []T
	running int
}

type run[T any] struct {
	*Plan[T]

	lanes   map[string]*line[T]
	order   []*line[T] // those with somebody waiting, in turn
	waiting int
	flying  map[*flight[T]]bool
	free    chan struct{} // one for each place
	parked  atomic.Int64
	ended   chan *flight[T]
	pending []Outcome[T]     // have ended and are not written down yet
	late    <-chan time.Time // when the oldest of them has waited long enough
	all     sync.WaitGroup
	beat    *time.Ticker
	cut     context.CancelFunc // ends all tasks that run
	full    map[string]bool    // lanes that the last take passed over
	dry     bool               // the last take found nothing, and nothing has changed since
	taking  bool
	took    chan taken[T]
}

// taken is what a take brought.
type taken[T any] struct {
	list []Task[T]
	err  error
}

type flight[T any] struct {
	lane *line[T]
	what T
	err  error
}

// Run does what Take gives until it gives no more and all is done. It returns
// the error that halted it, or the first of Take and Done.
func (p *Plan[T]) Run(ctx context.Context) (err error) {
	r := &run[T]{Plan: p.filled(), lanes: map[string]*line[T]{}, flying: map[*flight[T]]bool{}}
	r.free = make(chan struct{}, r.Most)
	for range r.Most {
		r.free <- struct{}{}
	}
	r.ended = make(chan *flight[T], r.Most+beyond+r.Parked)
	r.took = make(chan taken[T], 1)
	ctx, r.cut = context.WithCancel(ctx)
	defer r.cut()
	r.beat = time.NewTicker(r.Beat)
	defer r.beat.Stop()
	defer func() { err = errors.Join(err, r.wind(ctx)) }()
	look := time.NewTicker(time.Second)
	defer look.Stop()
	for {
		if !r.dry && !r.taking && r.movable() <= r.Ahead/2 {
			if err := r.take(ctx); err != nil {
				return err
			}
		}
		r.begin(ctx)
		if r.dry && !r.taking && r.waiting == 0 && len(r.flying) == 0 {
			return nil
		}
		select {
		case t := <-r.took:
			if err := r.add(t); err != nil {
				return err
			}
		case f := <-r.ended:
			if err := r.collect(ctx, f); err != nil {
				return err
			}
		case <-r.late:
			if err := r.write(ctx); err != nil {
				return err
			}
		case <-look.C:
			r.dry = false
		case <-r.More:
			r.dry = false
		case <-r.beat.C:
			if err := r.keep(ctx); err != nil {
				return err
			}
		case <-r.Stop:
			soon := time.AfterFunc(stopTime, r.cut)
			defer soon.Stop()
			return r.wind(ctx)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (p *Plan[T]) filled() *Plan[T] {
	q := *p
	set := func(n *int, usual int) {
		if *n == 0 {
			*n = usual
		}
	}
	set(&q.Most, 8)
	set(&q.PerLane, 2)
	set(&q.Parked, 64)
	set(&q.Ahead, 512)
	if q.Slow == 0 {
		q.Slow = 30 * time.Second
	}
	if q.Beat == 0 {
		q.Beat = 10 * time.Second
	}
	return &q
}

// wind ends a run, whatever ended it: what was held is given back, what runs is
// waited for.
func (r *run[T]) wind(ctx context.Context) error {
	var err error
	if r.taking {
		err = r.add(<-r.took)
	}
	err = errors.Join(err, r.letGo(ctx))
	for len(r.flying) > 0 {
		select {
		case f := <-r.ended:
			err = errors.Join(err, r.collect(ctx, f), r.write(ctx))
		case <-r.beat.C:
			err = errors.Join(err, r.keep(context.WithoutCancel(ctx)))
		}
	}
	r.all.Wait()
	return errors.Join(err, r.write(ctx))
}

// enough is how many tasks of one lane need to wait in memory.
func (r *run[T]) enough() int { return 16 * r.PerLane }

// movable counts the tasks that wait, of each lane as many as need to: those of
// one that hangs must not look like work for all.
func (r *run[T]) movable() (n int) {
	for _, l := range r.order {
		n += min(len(l.waiting), r.enough())
	}
	return n
}

// take begins to fetch more.
func (r *run[T]) take(ctx context.Context) error {
	var full []string
	var surplus []T
	r.full = map[string]bool{}
	for name, l := range r.lanes {
		if len(l.waiting) < r.enough() {
			continue
		}
		full = append(full, name)
		r.full[name] = true
		if more := len(l.waiting) - r.enough(); more > 0 && r.waiting > 4*r.Ahead {
			surplus = append(surplus, l.waiting[r.enough():]...)
			l.waiting = l.waiting[:r.enough()]
			r.waiting -= more
		}
	}
	if len(surplus) > 0 {
		if err := r.Free(ctx, surplus); err != nil {
			return err
		}
	}
	n := r.Ahead - r.movable()
	r.taking, r.dry = true, true
	r.all.Go(func() {
		list, err := r.Take(ctx, n, full)
		r.took <- taken[T]{list, err}
	})
	return nil
}

// add puts what was taken where it waits.
func (r *run[T]) add(t taken[T]) error {
	r.taking = false
	for _, one := range t.list {
		l := r.lanes[one.Lane]
		if l == nil {
			l = &line[T]{name: one.Lane}
			r.lanes[one.Lane] = l
		}
		if len(l.waiting) == 0 {
			r.order = append(r.order, l)
		}
		l.waiting = append(l.waiting, one.What)
		r.waiting++
	}
	if len(t.list) > 0 {
		r.dry = false
	}
	return t.err
}

// begin hands out tasks, lane by lane in turn, as far as there is room.
func (r *run[T]) begin(ctx context.Context) {
	for stuck := 0; stuck < len(r.order) && len(r.flying)+len(r.pending)-int(r.parked.Load()) < r.Most+beyond; {
		l := r.order[0]
		r.order = r.order[1:]
		if l.running >= r.PerLane {
			r.order = append(r.order, l)
			stuck++
			continue
		}
		stuck = 0
		f := &flight[T]{lane: l, what: l.waiting[0]}
		l.waiting = l.waiting[1:]
		l.running++
		r.waiting--
		r.flying[f] = true
		if len(l.waiting) > 0 {
			r.order = append(r.order, l)
		}
		r.all.Go(func() { r.fly(ctx, f) })
	}
}

// fly does one task in a place that it gives away if it takes too long.
func (r *run[T]) fly(ctx context.Context, f *flight[T]) {
	<-r.free
	var leave sync.Once
	give := func() { leave.Do(func() { r.free <- struct{}{} }) }
	parked := false
	var mu sync.Mutex // guards parked
	slow := time.AfterFunc(r.Slow, func() {
		mu.Lock()
		defer mu.Unlock()
		if r.parked.Add(1) > int64(r.Parked) {
			r.parked.Add(-1)
			return
		}
		parked = true
		give()
	})
	f.err = r.Do(ctx, f.what)
	slow.Stop()
	give()
	mu.Lock()
	defer mu.Unlock()
	if parked {
		r.parked.Add(-1)
	}
	r.ended <- f
}

// collect takes what became of a task, and of all others that have ended, and has
// it written down if that is enough or nothing else is to come.
func (r *run[T]) collect(ctx context.Context, first *flight[T]) error {
	var halt error
	note := func(f *flight[T]) {
		delete(r.flying, f)
		f.lane.running--
		if r.full[f.lane.name] && len(f.lane.waiting) < 8*r.PerLane {
			delete(r.full, f.lane.name)
			r.dry = false
		}
		if f.lane.running == 0 && len(f.lane.waiting) == 0 {
			delete(r.lanes, f.lane.name)
		}
		r.pending = append(r.pending, Outcome[T]{f.what, f.err})
		if f.err != nil && r.Halt != nil && r.Halt(f.err) {
			halt = f.err
		}
	}
	note(first)
	for {
		select {
		case f := <-r.ended:
			note(f)
			continue
		default:
		}
		break
	}
	if halt != nil || len(r.pending) >= some || len(r.flying) == 0 {
		return errors.Join(halt, r.write(ctx))
	}
	if r.late == nil {
		r.late = time.After(moment)
	}
	return nil
}

// write writes down what has ended.
func (r *run[T]) write(ctx context.Context) error {
	list := r.pending
	r.pending, r.late = nil, nil
	if len(list) == 0 {
		return nil
	}
	// It happened: that must be written down even if we are to stop now.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return r.Done(ctx, list)
}

// held are the tasks that wait, and those that run.
func (r *run[T]) held() (waiting, running []T) {
	for _, l := range r.lanes {
		waiting = append(waiting, l.waiting...)
	}
	for f := range r.flying {
		running = append(running, f.what)
	}
	return waiting, running
}

func (r *run[T]) keep(ctx context.Context) error {
	waiting, running := r.held()
	if all := append(waiting, running...); len(all) > 0 {
		return r.Keep(ctx, all)
	}
	return nil
}

// letGo gives back what has not begun.
func (r *run[T]) letGo(ctx context.Context) error {
	waiting, _ := r.held()
	if len(waiting) == 0 {
		return nil
	}
	for _, l := range r.lanes {
		l.waiting = nil
	}
	r.order, r.waiting = nil, 0
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return r.Free(ctx, waiting)
}
