package booking

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"involt/internal/core/charge"
	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/spool"
)

// Desk is where messages of chargers come in. While the database answers it has
// them booked at once. While it does not, they go into a journal on this server's
// disk, are answered from memory once they are safe there, and are booked in
// their order once the database is back ([Desk.Run]).
//
// What a charger says is kept in its order: as long as something of it waits in the
// journal, whatever else it says waits behind that.
//
// A method that returns an error has kept nothing, and the face hangs up.
type Desk struct {
	Book *Service
	Now  func() time.Time // the clock of this server: the database's may be away
	// Spool is the journal; nil for none: then nothing is kept while the database
	// is away.
	Spool *spool.Spool
	// Aside is where a message goes that the database takes for no reason that
	// passes, so that it holds up no other; nil to hold them up.
	Aside *spool.Spool
	// Halt has a charger end a session that has taken what it may at most. It must
	// not wait for the charger. Nil for nobody to ask.
	Halt func(ws id.Workspace, charger id.Charger, tx string)
	// Began and Over are told of sessions that go on while the database knows nothing of
	// it. Nil for nobody.
	Began func(c charge.Charge)
	Over  func(ws id.Workspace, charger id.Charger, tx string)
	// Told is told of an outage once all of it is booked. Nil for nobody.
	Told func(ctx context.Context, o Outage) error

	mu     sync.Mutex // guards lanes
	lanes  map[seat]*lane
	drains atomic.Int64 // records booked out of the journal
	aside  atomic.Int64 // records that the database would not take
	outage outage
}

// seat is one charger.
type seat struct {
	workspace id.Workspace
	charger   id.Charger
}

// lane is what is known of one charger's messages in the journal.
type lane struct {
	waiting atomic.Int64 // how many are in the journal

	mu   sync.Mutex      // held while a message of the charger is handled
	told map[string]told // what was answered to starts that wait in the journal
	caps map[string]*limit
}

// told is an answer that was given from memory.
type told struct {
	number  int32
	unsure  bool // the charger has no clock: the same again may be another session
	verdict Verdict
}

// limit is how much a session may take at most.
type limit struct {
	from, most int64 // watt-hours; from is Unknown until the meter was read
	halted     time.Time
}

// within is how long the database may take for one message before it counts as
// away: chargers wait for half a minute or a minute.
const within = 5 * time.Second

func (d *Desk) now() time.Time { return d.Now().UTC() }

func (d *Desk) lane(s seat) *lane {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.lanes == nil {
		d.lanes = map[seat]*lane{}
	}
	l := d.lanes[s]
	if l == nil {
		l = &lane{told: map[string]told{}, caps: map[string]*limit{}}
		d.lanes[s] = l
	}
	return l
}

// direct has do book a message at once, if it may. It reports false if the
// message has to go into the journal instead: what came of do is unknown then.
func (d *Desk) direct(ctx context.Context, l *lane, do func(context.Context) error) (booked bool, err error) {
	if l.waiting.Load() > 0 {
		return false, nil
	}
	if d.Spool == nil {
		return true, do(ctx)
	}
	clear(l.told) // the database knows them
	if _, failing := d.Book.DB.Failing(); failing {
		return false, nil
	}
	try, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	err = do(try)
	if err == nil || !away(err) {
		return true, err
	}
	slog.WarnContext(ctx, "the database takes no message of a charger; the journal does", "err", err)
	return false, nil
}

// away reports whether err says nothing about the message itself.
func away(err error) bool {
	return errors.Is(err, db.ErrAway) || errors.Is(err, context.DeadlineExceeded) || errs.KindOf(err) == errs.Unavailable
}

// keep puts a message into the journal. l must be locked.
func (d *Desk) keep(l *lane, r entry) error {
	r.AwaySince = d.since(r.Workspace, r.At)
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	l.waiting.Add(1) // before it can be taken out
	if err := d.Spool.Append(b); err != nil {
		l.waiting.Add(-1)
		return err
	}
	d.outage.kept(r.Workspace)
	d.noted(&r)
	return nil
}

// noted tells whoever wants to know what a message in the journal says of sessions.
func (d *Desk) noted(r *entry) {
	if d.Began == nil || d.Over == nil {
		return
	}
	c := charge.Charge{Workspace: r.Workspace, Charger: r.Charger, Started: r.At}
	v := &Verdict{}
	switch {
	case r.Start != nil && r.Start.Kept != nil:
		c.TxID, c.EVSE, v = strconv.Itoa(int(r.Start.Number)), r.Start.EVSE, r.Start.Kept
	case r.Stop != nil:
		d.Over(r.Workspace, r.Charger, r.Stop.TxID)
	case r.Event != nil && r.Event.Phase == PhaseEnded:
		d.Over(r.Workspace, r.Charger, r.Event.TxID)
	case r.Event != nil && r.Event.Kept != nil && !r.Event.ending():
		c.TxID, c.EVSE, v = r.Event.TxID, r.Event.EVSE, r.Event.Kept
	}
	if v.Allowed && v.Card != "" {
		c.Card, c.Reason = v.Card, string(v.Reason)
		d.Began(c)
	}
}

// since is when the database went away, as far as is known.
func (d *Desk) since(_ id.Workspace, now time.Time) time.Time {
	if at, failing := d.Book.DB.Failing(); failing {
		d.outage.began(at)
	} else {
		d.outage.began(now)
	}
	return d.outage.since()
}

// Start takes in a StartTransaction of OCPP 1.6, see [Service.Start].
func (d *Desk) Start(ctx context.Context, ws id.Workspace, charger id.Charger, i StartInfo) (number int32, v Verdict, err error) {
	defer errs.Wrap(&err, "booking.Desk.Start")
	l := d.lane(seat{ws, charger})
	l.mu.Lock()
	defer l.mu.Unlock()
	i.Token = legible(i.Token)
	booked, err := d.direct(ctx, l, func(ctx context.Context) error {
		var err error
		if i.Number, err = d.Book.Numbers.Next(ctx); err != nil {
			return err
		}
		number, v, err = d.Book.Start(ctx, ws, charger, i)
		return err
	})
	if booked {
		return number, v, err
	}
	if t, again := l.told[i.key()]; again {
		return t.number, t.verdict, nil
	}
	if i.Number == 0 { // else it may be in the database with it
		if i.Number, err = d.Book.Numbers.Aside(); err != nil {
			return 0, v, err
		}
	}
	now := d.now()
	v = d.Book.Decide.Decide(Ask{Workspace: ws, Charger: charger, EVSE: i.EVSE, Token: i.Token, Now: now, Source: ocpp16})
	v = d.marked(ws, v, now)
	i.Kept = &v
	if err := d.keep(l, entry{Workspace: ws, Charger: charger, At: now, Start: &i}); err != nil {
		return 0, Verdict{}, err
	}
	l.told[i.key()] = told{i.Number, i.At.IsZero(), v}
	l.limit(strconv.Itoa(int(i.Number)), i.MeterWh, v)
	return i.Number, v, nil
}

// marked is a verdict that says that it was given while the database was away.
func (d *Desk) marked(ws id.Workspace, v Verdict, now time.Time) Verdict {
	v.AwaySince = d.since(ws, now)
	return v
}

// Meter takes in meter values, see [Service.Meter].
func (d *Desk) Meter(ctx context.Context, ws id.Workspace, charger id.Charger, m MeterInfo) (err error) {
	defer errs.Wrap(&err, "booking.Desk.Meter")
	if len(m.Readings) == 0 {
		return nil
	}
	l := d.lane(seat{ws, charger})
	l.mu.Lock()
	defer l.mu.Unlock()
	m.TxID = legible(m.TxID)
	if booked, err := d.direct(ctx, l, func(ctx context.Context) error { return d.Book.Meter(ctx, ws, charger, m) }); booked && err != nil {
		return err
	} else if !booked {
		if err := d.keep(l, entry{Workspace: ws, Charger: charger, At: d.now(), Meter: &m}); err != nil {
			return err
		}
	}
	d.watch(l, ws, charger, m.TxID, m.Readings)
	return nil
}

// Stop takes in a StopTransaction of OCPP 1.6, see [Service.Stop].
func (d *Desk) Stop(ctx context.Context, ws id.Workspace, charger id.Charger, i StopInfo) (v Verdict, err error) {
	defer errs.Wrap(&err, "booking.Desk.Stop(%s)", i.TxID)
	l := d.lane(seat{ws, charger})
	l.mu.Lock()
	defer l.mu.Unlock()
	i.TxID, i.Token, i.Reason = legible(i.TxID), legible(i.Token), legible(i.Reason)
	booked, err := d.direct(ctx, l, func(ctx context.Context) error {
		var err error
		v, err = d.Book.Stop(ctx, ws, charger, i)
		return err
	})
	if booked && err != nil {
		return v, err
	}
	delete(l.caps, i.TxID)
	if booked {
		return v, nil
	}
	now := d.now()
	i.Kept = true
	if err := d.keep(l, entry{Workspace: ws, Charger: charger, At: now, Stop: &i}); err != nil {
		return v, err
	}
	for key, t := range l.told {
		if t.unsure && strconv.Itoa(int(t.number)) == i.TxID {
			delete(l.told, key)
		}
	}
	if i.Token != "" {
		v = d.Book.Decide.Decide(Ask{Workspace: ws, Charger: charger, Token: i.Token, Now: now, Source: ocpp16, Ending: true})
	}
	return v, nil
}

// Event takes in a TransactionEvent of OCPP 2.0.1, see [Service.Event].
func (d *Desk) Event(ctx context.Context, ws id.Workspace, charger id.Charger, i EventInfo) (v Verdict, err error) {
	defer errs.Wrap(&err, "booking.Desk.Event(%s %s)", i.TxID, i.Phase)
	l := d.lane(seat{ws, charger})
	l.mu.Lock()
	defer l.mu.Unlock()
	i.TxID, i.Token, i.StoppedReason = legible(i.TxID), legible(i.Token), legible(i.StoppedReason)
	booked, err := d.direct(ctx, l, func(ctx context.Context) error {
		var err error
		v, err = d.Book.Event(ctx, ws, charger, i)
		return err
	})
	if booked && err != nil {
		return v, err
	}
	if !booked {
		if v, err = d.keepEvent(l, ws, charger, i); err != nil {
			return Verdict{}, err
		}
	}
	if i.Phase == PhaseEnded {
		delete(l.caps, i.TxID)
	} else {
		d.watch(l, ws, charger, i.TxID, i.Readings)
	}
	return v, nil
}

func (d *Desk) keepEvent(l *lane, ws id.Workspace, charger id.Charger, i EventInfo) (v Verdict, err error) {
	now := d.now()
	begins := i.Token != "" && !i.ending()
	key := i.TxID + "|" + key(i.Token)
	if t, again := l.told[key]; begins && again {
		v = t.verdict // a tap is counted once
	} else if i.Token != "" {
		v = d.Book.Decide.Decide(Ask{
			Workspace: ws, Charger: charger, EVSE: i.EVSE, Token: i.Token, TokenType: i.TokenType, Now: now, Source: ocpp201, Ending: !begins,
		})
		v = d.marked(ws, v, now)
	}
	i.Kept = &v
	if err := d.keep(l, entry{Workspace: ws, Charger: charger, At: now, Event: &i}); err != nil {
		return Verdict{}, err
	}
	if begins {
		l.told[key] = told{verdict: v}
		l.limit(i.TxID, Unread, v)
	}
	return v, nil
}
