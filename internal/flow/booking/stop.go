package booking

import (
	"context"
	"fmt"
	"slices"
	"time"

	"involt/internal/core/charge"
	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// StopInfo is an OCPP 1.6 StopTransaction.
type StopInfo struct {
	TxID     string // in decimal; may be anything
	Token    string // who stopped it; "" if nobody did
	MeterWh  int64  // register, watt-hours
	Reason   string // EVDisconnected, Local, ...; "" means Local
	Readings []Reading
	At       time.Time // by the charger's clock; zero if it cannot be read
	Received time.Time

	// Kept says that this was put into the journal, and its answer given.
	Kept bool
}

// Stop books the end of a 1.6 transaction. The first end counts; one that says
// something else is noted as the session's conflict. The end of a transaction
// that nobody knows is kept for later. The verdict is about the token, and zero
// if there is none.
func (s *Service) Stop(ctx context.Context, ws id.Workspace, charger id.Charger, i StopInfo) (v Verdict, err error) {
	defer errs.Wrap(&err, "booking.Stop(%s)", i.TxID)
	i.TxID, i.Token, i.Reason = legible(i.TxID), legible(i.Token), legible(i.Reason)
	if i.Reason == "" {
		i.Reason = "Local"
	}
	var k *keeper
	var now time.Time
	err = s.again(ctx, func(tx *db.Tx) error {
		k, now = nil, tx.Now
		c, err := charge.ByTxID(tx, ws, charger, ocpp16, i.TxID)
		if errs.KindOf(err) == errs.NotFound {
			return park(tx, ws, charger, i)
		}
		if err != nil {
			return err
		}
		k = s.keeper(&c)
		told := i
		told.Readings = sane(&c, i.Readings)
		if err := k.keep(tx, told.Readings, i.Received); err != nil {
			return err
		}
		return s.stop(tx, &c, told)
	})
	if err != nil {
		return v, err
	}
	if k != nil {
		k.done()
	}
	if i.Token != "" && !i.Kept {
		v = s.Decide.Decide(Ask{Workspace: ws, Charger: charger, Token: i.Token, Now: now, Source: ocpp16, Ending: true})
	}
	return v, nil
}

func (s *Service) stop(tx *db.Tx, c *charge.Charge, i StopInfo) error {
	was := *c
	at, late := clock(i.At, i.Received)
	at = latest(c.Started, at)
	if c.Status == charge.Ended && c.StopReason != Lost {
		meter := c.MeterNow == i.MeterWh || !plausible(i.MeterWh) && slices.Contains(remarks(c), implausible(i.MeterWh))
		same := meter && c.StopReason == i.Reason && (lies(i.At, i.Received) || c.Ended.Equal(at))
		if same {
			return nil
		}
		text := fmt.Sprintf("Another end was reported: %s, %d Wh", i.Reason, i.MeterWh)
		if !lies(i.At, i.Received) {
			text += ", " + i.At.UTC().Format(time.RFC3339)
		}
		remark(c, text+".")
		return s.save(tx, &was, c)
	}
	last := i.MeterWh
	if c.MeterStart == charge.Unknown || !plausible(last) {
		for _, r := range i.Readings {
			follow(c, r)
		}
	}
	if !plausible(last) {
		remark(c, implausible(last))
		last = c.MeterNow // as far as it was seen
	}
	c.Status, c.Ended, c.StopReason, c.PowerW = charge.Ended, at, i.Reason, 0
	c.Offline = c.Offline || late
	total(c, c.MeterStart, last)
	if last != charge.Unknown {
		if err := charge.AddSample(tx, c, charge.Sample{At: at, Meter: last}); err != nil {
			return err
		}
	}
	return s.save(tx, &was, c)
}

// park keeps an end whose start nobody has told.
func park(tx *db.Tx, ws id.Workspace, charger id.Charger, i StopInfo) error {
	at := i.At
	if at.Before(time.UnixMilli(0)) {
		at = time.UnixMilli(0) // not the time it came: a repeat must be the same row
	}
	return charge.Park(tx, charge.Orphan{
		Workspace: ws, Charger: charger, TxID: i.TxID, MeterStop: i.MeterWh, At: at, CardUID: key(i.Token), StopReason: i.Reason,
	})
}
