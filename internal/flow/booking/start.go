package booking

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"involt/internal/core/charge"
	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// StartInfo is an OCPP 1.6 StartTransaction.
type StartInfo struct {
	EVSE     int64 // connectorId
	Token    string
	MeterWh  int64     // register, watt-hours
	At       time.Time // by the charger's clock; zero if it cannot be read
	Received time.Time

	// Number is the one that the charger was told, or will be; 0 to draw one.
	Number int32
	// Kept is the answer that was given when this was put into the journal; nil if
	// it was not.
	Kept *Verdict
}

// key is what makes two starts of one charger the same.
func (i StartInfo) key() string {
	var at int64
	if !i.At.IsZero() {
		at = i.At.UnixMilli()
	}
	return fmt.Sprintf("%d|%s|%d|%d", i.EVSE, strings.ToUpper(i.Token), at, i.MeterWh)
}

// Start books the start of a 1.6 transaction and gives out its number, the same
// for the same start. A card that may not charge gets a number and a session
// too, with the reason: energy may flow until the charger obeys.
func (s *Service) Start(ctx context.Context, ws id.Workspace, charger id.Charger, i StartInfo) (number int32, v Verdict, err error) {
	defer errs.Wrap(&err, "booking.Start")
	i.Token = legible(i.Token)
	next := i.Number
	if next == 0 {
		if next, err = s.Numbers.Next(ctx); err != nil { // wasted on a repeat
			return 0, v, err
		}
	}
	asked := false // the transaction may run more than once, and a tap is counted once
	err = s.again(ctx, func(tx *db.Tx) error {
		c, first, err := insertStart(tx, ws, charger, next, i)
		if err != nil {
			return err
		}
		n, err := strconv.ParseInt(c.TxID, 10, 32)
		if err != nil {
			return fmt.Errorf("session %s has the transaction id %q: %w", c.ID, c.TxID, err)
		}
		number = int32(n)
		if !first {
			v = stored(&c)
			if i.Kept != nil && number != next {
				// It was told the new number, since nobody knew of the old one.
				number = next
				if err := charge.Renumber(tx, &c, strconv.Itoa(int(next))); err != nil {
					return err
				}
				return s.adopt(tx, &c, i.Kept != nil)
			}
			return nil
		}
		switch {
		case i.Kept != nil:
			v = *i.Kept
		case !asked:
			v, asked = s.Decide.Decide(Ask{Workspace: ws, Charger: charger, EVSE: i.EVSE, Token: i.Token, Now: tx.Now, Source: ocpp16}), true
		}
		was := c
		if err := identify(tx, &c, i.Token, v); err != nil {
			return err
		}
		if err := s.save(tx, &was, &c); err != nil {
			return err
		}
		if c.MeterStart != charge.Unknown {
			if err := charge.AddSample(tx, &c, charge.Sample{At: c.Started, Meter: c.MeterStart}); err != nil {
				return err
			}
		}
		if err := record(tx, &c, started, nil); err != nil {
			return err
		}
		if err := s.closeOlder(tx, &c); err != nil {
			return err
		}
		return s.adopt(tx, &c, i.Kept != nil)
	})
	return number, v, err
}

// insertStart adds the session of a start, or finds the one that a first telling
// has added.
func insertStart(tx *db.Tx, ws id.Workspace, charger id.Charger, number int32, i StartInfo) (c charge.Charge, first bool, err error) {
	if i.Kept != nil {
		// Told before, and the end may be booked too by now.
		c, err = charge.ByTxID(tx, ws, charger, ocpp16, strconv.Itoa(int(number)))
		if errs.KindOf(err) != errs.NotFound {
			return c, false, err
		}
	}
	at, late := clock(i.At, i.Received)
	fresh := charge.Charge{
		Workspace: ws, Charger: charger, EVSE: i.EVSE, Connector: 1, Protocol: ocpp16, TxID: strconv.Itoa(int(number)),
		Started: at, MeterStart: i.MeterWh, MeterNow: i.MeterWh, Status: charge.Running, Offline: late,
	}
	if i.Kept != nil {
		fresh.Received = i.Received
	}
	if !plausible(i.MeterWh) {
		fresh.MeterStart, fresh.MeterNow = charge.Unknown, charge.Unknown // the first reading will do
		remark(&fresh, implausible(i.MeterWh))
	}
	// A charger without a clock says the same for each session of a card, unless
	// its meter counted in between. But a start is not repeated once its number
	// has been used for an end: then it is the next session.
	unsure := i.At.IsZero()
	for n := 1; ; n++ {
		c = fresh
		if c.StartKey = i.key(); n > 1 {
			c.StartKey += "|" + strconv.Itoa(n)
		}
		if first, err = charge.Insert(tx, &c); err != nil || first {
			return c, first, err
		}
		if !unsure || c.Status == charge.Running || c.StopReason == Lost {
			return c, false, nil
		}
	}
}
