package booking

import (
	"context"
	"fmt"
	"strings"
	"time"

	"involt/internal/core/charge"
	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Phase is where an event stands in its transaction.
type Phase string

// The phases, as OCPP 2.0.1 spells them.
const (
	PhaseStarted Phase = "Started"
	PhaseUpdated Phase = "Updated"
	PhaseEnded   Phase = "Ended"
)

// EventInfo is an OCPP 2.0.1 TransactionEvent.
type EventInfo struct {
	Phase         Phase
	TxID          string // the charger's own
	Trigger       string
	Offline       bool  // happened while the charger was offline
	EVSE          int64 // 0 if it does not say
	Connector     int64 // 0 likewise
	Token         string
	TokenType     string
	StoppedReason string // "" means Local, in an end
	Readings      []Reading
	At            time.Time // by the charger's clock; zero if it cannot be read
	Received      time.Time

	// Kept is the answer that was given when this was put into the journal; nil if
	// it was not.
	Kept *Verdict
}

// ending reports whether the event's token is of whoever ends the session. That
// may be another one of the same group.
func (i EventInfo) ending() bool {
	return i.Phase == PhaseEnded || i.Trigger == "StopAuthorized" || i.Trigger == "RemoteStop" || i.Trigger == "Deauthorized"
}

// Event books an event of a 2.0.1 transaction. Events may come in any order and
// any number of times, and some not at all: the first that comes makes the
// session, and what is known in the end does not depend on the order. The
// verdict is about the token, and zero if there is none.
func (s *Service) Event(ctx context.Context, ws id.Workspace, charger id.Charger, i EventInfo) (v Verdict, err error) {
	defer errs.Wrap(&err, "booking.Event(%s %s)", i.TxID, i.Phase)
	i.TxID, i.Token, i.StoppedReason = legible(i.TxID), legible(i.Token), legible(i.StoppedReason)
	var k *keeper
	asked := false // the transaction may run more than once, and a tap is counted once
	err = s.again(ctx, func(tx *db.Tx) error {
		at, late := clock(i.At, i.Received)
		c := charge.Charge{
			Workspace: ws, Charger: charger, EVSE: i.EVSE, Connector: i.Connector, Protocol: ocpp201, TxID: i.TxID, StartKey: "tx:" + i.TxID,
			Started: at, MeterStart: charge.Unknown, MeterNow: charge.Unknown, Status: charge.Running,
		}
		if i.Kept != nil {
			c.Received = i.Received
		}
		first, err := charge.Insert(tx, &c)
		if err != nil {
			return err
		}
		if !first {
			if c, err = charge.ByTxID(tx, ws, charger, ocpp201, i.TxID); err != nil { // locked
				return err
			}
		}
		was := c
		k = s.keeper(&c)
		c.Started = earliest(c.Started, at)
		c.Offline = c.Offline || i.Offline || late
		newPlace := first || c.EVSE == 0 && i.EVSE != 0
		if c.EVSE == 0 {
			c.EVSE = i.EVSE
		}
		if c.Connector == 0 {
			c.Connector = i.Connector
		}
		newCard := false
		if i.Token != "" {
			switch begins := !i.ending(); {
			case begins && c.CardUID != "" && sameCard(&c, i.Token):
				v = stored(&c)
			default:
				if i.Kept != nil {
					v = *i.Kept
				} else if !asked {
					v, asked = s.Decide.Decide(Ask{
						Workspace: ws, Charger: charger, EVSE: c.EVSE, Token: i.Token, TokenType: i.TokenType, Now: tx.Now, Source: ocpp201, Ending: !begins,
					}), true
				}
				if !begins {
					break
				}
				if c.CardUID != "" {
					remark(&c, "Another card was reported: "+key(i.Token)+".")
					break
				}
				newCard = true
				if err := identify(tx, &c, i.Token, v); err != nil {
					return err
				}
			}
		}
		if err := s.measure(tx, &c, k, i); err != nil {
			return err
		}
		if first {
			if err := record(tx, &c, started, nil); err != nil {
				return err
			}
		} else if newCard {
			if err := record(tx, &c, identified, nil); err != nil {
				return err
			}
		}
		if err := s.save(tx, &was, &c); err != nil {
			return err
		}
		if newPlace {
			return s.closeOlder(tx, &c)
		}
		return nil
	})
	if err == nil {
		k.done()
	}
	return v, err
}

// sameCard reports whether token is the card that began the session.
func sameCard(c *charge.Charge, token string) bool {
	k := key(token)
	return c.CardUID == k || strings.TrimPrefix(c.CardUID, "VID:") == k
}

// measure books the readings of an event, and the end if it is one.
func (s *Service) measure(tx *db.Tx, c *charge.Charge, k *keeper, i EventInfo) error {
	at, _ := clock(i.At, i.Received)
	i.Readings = sane(c, i.Readings)
	for n := range i.Readings {
		if lies(i.Readings[n].At, i.Received) {
			i.Readings[n].At = at
		}
		// What a session begins and ends with is always kept: the energy is told
		// from it.
		i.Readings[n].Edge = i.Readings[n].Edge || i.Phase != PhaseUpdated
	}
	if err := k.keep(tx, i.Readings, i.Received); err != nil {
		return err
	}
	if i.Phase == PhaseEnded {
		if err := k.flush(tx); err != nil {
			return err
		}
		reason := i.StoppedReason
		if reason == "" {
			reason = "Local"
		}
		switch {
		case c.Status == charge.Running || c.StopReason == Lost:
			c.Status, c.Ended, c.StopReason = charge.Ended, at, reason
		case c.StopReason != reason || !lies(i.At, i.Received) && !c.Ended.Equal(at):
			remark(c, fmt.Sprintf("Another end was reported: %s, %s.", reason, at.Format(time.RFC3339)))
		}
	}
	if c.Status == charge.Running {
		for _, r := range i.Readings {
			follow(c, r)
		}
		return nil
	}
	c.PowerW = 0
	c.Ended = latest(c.Started, c.Ended)
	list, err := charge.Samples(tx, c.Workspace, c.ID)
	if err == nil && len(list) > 0 {
		total(c, list[0].Meter, list[len(list)-1].Meter)
	}
	return err
}
