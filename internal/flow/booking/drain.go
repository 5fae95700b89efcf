package booking

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/errs"
)

// entry is a message as the journal keeps it. Exactly one of the pointers is set.
type entry struct {
	Workspace id.Workspace
	Charger   id.Charger
	At        time.Time // when it was kept, by this server's clock
	AwaySince time.Time // since when the database had been away

	Start *StartInfo `json:",omitempty"`
	Meter *MeterInfo `json:",omitempty"`
	Stop  *StopInfo  `json:",omitempty"`
	Event *EventInfo `json:",omitempty"`
}

func (r *entry) kind() string {
	switch {
	case r.Start != nil:
		return "StartTransaction"
	case r.Meter != nil:
		return "MeterValues"
	case r.Stop != nil:
		return "StopTransaction"
	case r.Event != nil:
		return "TransactionEvent"
	}
	return "nothing"
}

// book books a record; again if need be, since whoever died while draining the
// journal may have booked it already.
func (s *Service) book(ctx context.Context, r *entry) (err error) {
	switch {
	case r.Start != nil:
		_, _, err = s.Start(ctx, r.Workspace, r.Charger, *r.Start)
	case r.Meter != nil:
		err = s.Meter(ctx, r.Workspace, r.Charger, *r.Meter)
	case r.Stop != nil:
		_, err = s.Stop(ctx, r.Workspace, r.Charger, *r.Stop)
	case r.Event != nil:
		_, err = s.Event(ctx, r.Workspace, r.Charger, *r.Event)
	default:
		err = errs.New(errs.Invalid, "This record of the journal holds nothing.")
	}
	return err
}

// Open looks at what a process before this one has left in the journal. It must
// come before the first message of a charger: whatever that says has to wait
// behind what it said before.
func (d *Desk) Open() (err error) {
	defer errs.Wrap(&err, "booking.Desk.Open")
	if d.Spool == nil {
		return nil
	}
	n := 0
	err = d.Spool.Each(func(b []byte) error {
		var r entry
		if err := json.Unmarshal(b, &r); err != nil {
			return fmt.Errorf("a record of the journal: %w", err)
		}
		n++
		l := d.lane(seat{r.Workspace, r.Charger})
		l.waiting.Add(1)
		d.outage.began(r.AwaySince)
		d.outage.kept(r.Workspace)
		d.noted(&r)
		switch {
		case r.Start != nil && r.Start.Kept != nil:
			l.told[r.Start.key()] = told{r.Start.Number, r.Start.At.IsZero(), *r.Start.Kept}
			l.limit(strconv.Itoa(int(r.Start.Number)), r.Start.MeterWh, *r.Start.Kept)
		case r.Event != nil && r.Event.Kept != nil && r.Event.Token != "" && !r.Event.ending():
			l.told[r.Event.TxID+"|"+key(r.Event.Token)] = told{verdict: *r.Event.Kept}
			l.limit(r.Event.TxID, Unread, *r.Event.Kept)
		}
		return nil
	})
	if n > 0 {
		slog.Info("the journal holds messages of chargers that are not booked yet", "messages", n)
	}
	return err
}

// Waiting is how many messages are in the journal.
func (d *Desk) Waiting() int {
	if d.Spool == nil {
		return 0
	}
	return d.Spool.Len()
}

// Drained is how many messages this process has booked out of the journal, and how
// many it has put aside because the database would not take them.
func (d *Desk) Drained() (booked, aside int64) { return d.drains.Load(), d.aside.Load() }

// look is how often the journal is looked at.
const look = 100 * time.Millisecond

// Run books what is in the journal whenever the database takes it, until ctx is
// done.
func (d *Desk) Run(ctx context.Context) error {
	tick := time.NewTicker(look)
	defer tick.Stop()
	trouble := false
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if at, failing := d.Book.DB.Failing(); failing {
			d.outage.began(at)
			continue
		}
		err := d.Book.Numbers.SetAside(ctx)
		if err == nil {
			err = d.drain(ctx)
		}
		if err == nil {
			err = d.settle(ctx)
		}
		if err != nil && ctx.Err() == nil && !trouble {
			slog.ErrorContext(ctx, "the journal of the outage waits", "err", err)
		}
		trouble = err != nil
	}
}

// batch is how many records are taken from the journal at once, and atOnce how
// many chargers' are booked side by side.
const (
	batch  = 256
	atOnce = 8
)

// drain books all that is in the journal: what one charger said in its order, and
// chargers side by side. It returns at the first error; what was booked by then and
// stands behind something that was not is booked again the next time, which does
// nothing.
func (d *Desk) drain(ctx context.Context) error {
	for d.Spool != nil && d.Spool.Len() > 0 && ctx.Err() == nil {
		list, err := d.Spool.Peek(batch)
		if err != nil || len(list) == 0 {
			return err
		}
		records := make([]entry, len(list))
		queues := map[seat][]int{}
		var order []seat
		for i, b := range list {
			if err := json.Unmarshal(b, &records[i]); err != nil {
				return fmt.Errorf("a record of the journal: %w", err)
			}
			s := seat{records[i].Workspace, records[i].Charger}
			if queues[s] == nil {
				order = append(order, s)
			}
			queues[s] = append(queues[s], i)
		}
		done := make([]bool, len(list))
		var (
			work  sync.WaitGroup
			turns = make(chan struct{}, atOnce)
			mu    sync.Mutex // guards first
			first error
		)
		for _, s := range order {
			turns <- struct{}{}
			work.Go(func() {
				defer func() { <-turns }()
				for _, i := range queues[s] {
					if err := d.take(ctx, &records[i]); err != nil {
						mu.Lock()
						first = errs.Or(first, err)
						mu.Unlock()
						return
					}
					done[i] = true
				}
			})
		}
		work.Wait()
		n := 0
		for n < len(done) && done[n] {
			n++
		}
		if err := d.Spool.Drop(n); err != nil {
			return err
		}
		for i := range n {
			d.lane(seat{records[i].Workspace, records[i].Charger}).waiting.Add(-1)
		}
		d.drains.Add(int64(n))
		if first != nil {
			return first
		}
	}
	return nil
}

// take books one record. If the database takes other things and not this one, it
// is given up after some tries, so that it holds nobody else's back: the log says
// so.
func (d *Desk) take(ctx context.Context, r *entry) (err error) {
	const tries = 3
	for range tries {
		try, cancel := context.WithTimeout(ctx, 4*within)
		err = d.Book.book(try, r)
		cancel()
		if err == nil || away(err) || ctx.Err() != nil {
			return err
		}
	}
	if d.Aside == nil {
		return err
	}
	b, merr := json.Marshal(r)
	if merr == nil {
		merr = d.Aside.Append(b)
	}
	if merr != nil {
		return errors.Join(err, merr)
	}
	slog.ErrorContext(ctx, "the database does not take a message out of the journal: it is put aside, and not booked",
		"workspace", r.Workspace, "charger", r.Charger, "message", r.kind(), "kept", r.At, "err", err)
	d.aside.Add(1)
	return nil
}
