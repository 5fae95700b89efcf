package booking

import (
	"context"
	"maps"
	"sync"
	"time"

	"involt/internal/core/id"
)

// Outage is a time in which the database was away.
type Outage struct {
	From, To time.Time
	Kept     map[id.Workspace]int // messages of chargers that went into the journal
}

// outage is the one that is not over yet, or whose journal is not.
type outage struct {
	mu    sync.Mutex // guards what follows
	from  time.Time  // zero if there is none
	to    time.Time  // when the database was back; zero before
	count map[id.Workspace]int
}

func (o *outage) began(at time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.from.IsZero() || at.Before(o.from) {
		o.from = at
	}
	o.to = time.Time{}
}

func (o *outage) since() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.from
}

func (o *outage) kept(ws id.Workspace) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.count == nil {
		o.count = map[id.Workspace]int{}
	}
	o.count[ws]++
}

// back notes when the database was there again, and returns the outage so far.
func (o *outage) back(now time.Time) (Outage, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.from.IsZero() {
		return Outage{}, false
	}
	if o.to.IsZero() {
		o.to = now
	}
	return Outage{o.from, o.to, maps.Clone(o.count)}, true
}

// over forgets an outage that was told of, unless another one has begun.
func (o *outage) over(was Outage) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.to.Equal(was.To) {
		o.from, o.to, o.count = time.Time{}, time.Time{}, nil
	}
}

// moment is an outage that nobody needs to hear of, if it had no consequences.
const moment = 5 * time.Second

// settle tells of an outage that is over.
func (d *Desk) settle(ctx context.Context) error {
	now := d.now()
	o, any := d.outage.back(now)
	if !any || d.Waiting() > 0 {
		return nil
	}
	if d.Told != nil && (len(o.Kept) > 0 || o.To.Sub(o.From) >= moment) {
		if err := d.Told(ctx, o); err != nil {
			return err
		}
	}
	d.outage.over(o)
	return nil
}

// Outage is the one that lasts or is not dealt with yet: since when, and whether
// there is one.
func (d *Desk) Outage() (since time.Time, any bool) {
	at := d.outage.since()
	return at, !at.IsZero()
}
