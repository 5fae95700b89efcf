package booking

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"involt/internal/core/charge"
	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// every is how often a meter value of a running session is kept. The session's
// own figures follow every value.
const every = 10 * time.Second

// pace is which meter values of a session this process has seen.
type pace struct {
	kept    time.Time     // the newest one kept
	skipped charge.Sample // the newest one passed over; zero if one was kept after it
}

// MeterInfo is meter values of a running session.
type MeterInfo struct {
	TxID     string // of the transaction; one that nobody knows is passed over
	EVSE     int64
	Readings []Reading
	Received time.Time
}

// Meter books the meter values of a 1.6 session. Those that belong to no known
// one are passed over.
func (s *Service) Meter(ctx context.Context, ws id.Workspace, charger id.Charger, m MeterInfo) (err error) {
	defer errs.Wrap(&err, "booking.Meter(%s)", m.TxID)
	if len(m.Readings) == 0 {
		return nil
	}
	m.TxID = legible(m.TxID)
	var k *keeper
	err = s.again(ctx, func(tx *db.Tx) error {
		c, err := charge.ByTxID(tx, ws, charger, ocpp16, m.TxID)
		if errs.KindOf(err) == errs.NotFound {
			k = nil
			return nil
		}
		if err != nil {
			return err
		}
		k = s.keeper(&c)
		list := sane(&c, m.Readings)
		if err := k.keep(tx, list, m.Received); err != nil {
			return err
		}
		if c.Status != charge.Running {
			return nil // late: the end has said what counts
		}
		for _, r := range list {
			follow(&c, r)
		}
		if err := charge.Save(tx, &c); err != nil {
			return err
		}
		tx.Notify(Changed)
		return nil
	})
	if err == nil && k != nil {
		k.done()
	}
	return err
}

// follow brings the figures of a running session up to a reading. The register
// only grows, so that the highest is the newest, in whatever order they come;
// what to make of one that ran backwards is decided at the end.
func follow(c *charge.Charge, r Reading) {
	if r.PowerW != nil {
		c.PowerW = max(0, *r.PowerW)
	}
	if r.EnergyWh == nil {
		return
	}
	if c.MeterStart == charge.Unknown || c.Protocol == ocpp201 && *r.EnergyWh < c.MeterStart {
		c.MeterStart = *r.EnergyWh
	}
	c.MeterNow = max(c.MeterNow, *r.EnergyWh)
	c.Wh = energy(c.MeterStart, c.MeterNow)
}

// total sets the energy of a session whose meter went from first to last.
func total(c *charge.Charge, first, last int64) {
	c.MeterStart, c.MeterNow, c.Wh = first, last, energy(first, last)
	const backwards, tooFar = "The meter ran backwards", "The meter ran further than a session can"
	c.Conflict = strings.Join(slices.DeleteFunc(remarks(c), func(t string) bool {
		return strings.HasPrefix(t, backwards) || strings.HasPrefix(t, tooFar)
	}), between)
	switch {
	case first == charge.Unknown || last == charge.Unknown:
	case last < first:
		remark(c, fmt.Sprintf("%s, from %d to %d Wh: no energy is counted.", backwards, first, last))
	case last-first > mostWh:
		remark(c, fmt.Sprintf("%s, from %d to %d Wh: no energy is counted.", tooFar, first, last))
	}
}

// keeper keeps the meter values of one session, not more often than every.
type keeper struct {
	s    *Service
	c    *charge.Charge
	pace pace
}

func (s *Service) keeper(c *charge.Charge) *keeper {
	s.mu.Lock()
	defer s.mu.Unlock()
	return &keeper{s, c, s.paces[c.ID]}
}

func (k *keeper) keep(tx *db.Tx, list []Reading, received time.Time) error {
	for _, r := range list {
		if r.EnergyWh == nil {
			continue
		}
		at, _ := clock(r.At, received)
		v := charge.Sample{At: at, Meter: *r.EnergyWh}
		if r.PowerW != nil {
			v.PowerW = max(0, *r.PowerW)
		}
		since := at.Sub(k.pace.kept)
		if k.c.Status == charge.Running && !r.Edge && since >= 0 && since < every {
			k.pace.skipped = v
			continue
		}
		if err := charge.AddSample(tx, k.c, v); err != nil {
			return err
		}
		if at.After(k.pace.kept) {
			k.pace.kept = at
			if !k.pace.skipped.At.After(at) {
				k.pace.skipped = charge.Sample{}
			}
		}
	}
	return nil
}

// flush keeps the value that was passed over last, for the end.
func (k *keeper) flush(tx *db.Tx) error {
	if k.pace.skipped.At.IsZero() {
		return nil
	}
	return charge.AddSample(tx, k.c, k.pace.skipped)
}

// done remembers the pace, once what was kept is in the database.
func (k *keeper) done() {
	const most = 100_000 // sessions; those over are forgotten in one go
	k.s.mu.Lock()
	defer k.s.mu.Unlock()
	if k.c.Status == charge.Ended {
		delete(k.s.paces, k.c.ID)
		return
	}
	if k.s.paces == nil || len(k.s.paces) >= most {
		k.s.paces = map[id.Charge]pace{}
	}
	k.s.paces[k.c.ID] = k.pace
}
