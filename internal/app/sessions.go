package app

import (
	"context"
	"strconv"

	"involt/internal/core/id"
	"involt/internal/face/ocpp"
	"involt/internal/flow/admit"
	"involt/internal/flow/booking"
	"involt/internal/flow/guard"
	"involt/internal/flow/teach"
)

// decider lets booking ask admit.
type decider struct{ admit *admit.Service }

// Decide answers from memory. A card that ends a session is no tap to be
// counted.
func (d decider) Decide(a booking.Ask) booking.Verdict {
	ask := admit.Ask{Workspace: a.Workspace, Charger: a.Charger, EVSE: a.EVSE, Token: a.Token, TokenType: a.TokenType, Now: a.Now, Source: a.Source}
	decide := d.admit.Answer
	if a.Ending {
		ask.Charger, decide = "", d.admit.Decide
	}
	v := decide(&ask)
	verdict := booking.Verdict{
		Allowed: v.Allowed(), Reason: v.Reason, Card: v.Card(), Person: v.Person(), Parent: v.Parent(), Expires: v.Expires(), AwaySince: v.AwaySince(),
	}
	verdict.Speculative, verdict.CapWh = v.Speculative()
	return verdict
}

// sessions is what the OCPP face tells about transactions, in booking's words.
type sessions struct{ desk *booking.Desk }

func place(r ocpp.Ref) (id.Workspace, id.Charger) {
	return id.Workspace(r.Workspace), id.Charger(r.Charger)
}

func verdict(v booking.Verdict) ocpp.Answer {
	a := answer(v.Reason, v.Parent, v.Expires)
	a.Priority = v.Priority
	return a
}

func readings(list []ocpp.Reading) []booking.Reading {
	out := make([]booking.Reading, 0, len(list))
	for _, r := range list {
		edge := r.Context == "Transaction.Begin" || r.Context == "Transaction.End"
		out = append(out, booking.Reading{At: r.At, EnergyWh: r.EnergyWh, PowerW: r.PowerW, Edge: edge})
	}
	return out
}

// Start books a 1.6 StartTransaction.
func (s *sessions) Start(ctx context.Context, i ocpp.StartInfo) (int32, ocpp.Answer, error) {
	ws, c := place(i.Ref)
	tx, v, err := s.desk.Start(ctx, ws, c, booking.StartInfo{EVSE: int64(i.EVSE), Token: i.Token, MeterWh: i.MeterWh, At: i.At, Received: i.Received})
	return tx, verdict(v), err
}

// Meter books readings of a 1.6 transaction.
func (s *sessions) Meter(ctx context.Context, i ocpp.MeterInfo) error {
	ws, c := place(i.Ref)
	return s.desk.Meter(ctx, ws, c, booking.MeterInfo{
		TxID: strconv.FormatInt(i.TxID, 10), EVSE: int64(i.EVSE), Readings: readings(i.Readings), Received: i.Received,
	})
}

// Stop books a 1.6 StopTransaction.
func (s *sessions) Stop(ctx context.Context, i ocpp.StopInfo) (ocpp.Answer, error) {
	ws, c := place(i.Ref)
	v, err := s.desk.Stop(ctx, ws, c, booking.StopInfo{
		TxID: strconv.FormatInt(i.TxID, 10), Token: i.Token, MeterWh: i.MeterWh, Reason: i.Reason, Readings: readings(i.Readings), At: i.At, Received: i.Received,
	})
	return verdict(v), err
}

// Event books a 2.0.1 TransactionEvent.
func (s *sessions) Event(ctx context.Context, i ocpp.EventInfo) (ocpp.Answer, error) {
	ws, c := place(i.Ref)
	v, err := s.desk.Event(ctx, ws, c, booking.EventInfo{
		Phase: booking.Phase(i.Phase), TxID: i.TxID, Trigger: i.Trigger, Offline: i.Offline, EVSE: int64(i.EVSE), Connector: int64(i.Connector),
		Token: i.Token, TokenType: i.TokenType, StoppedReason: i.StoppedReason, Readings: readings(i.Readings), At: i.At, Received: i.Received,
	})
	return verdict(v), err
}

// holder lets admit have the holders of cards asked that are in two places.
type holder struct{ guard *guard.Service }

// Hold has them asked.
func (h holder) Hold(ctx context.Context, s admit.Sighting) error {
	return h.guard.Ask(ctx, guard.Seen{
		Workspace: s.Workspace, Card: s.Card, Charger: s.Charger, At: s.At, FirstCharger: s.FirstCharger, FirstAt: s.FirstAt, Km: s.Km, Held: s.Held,
	})
}

// pupil has taps learned from.
type pupil struct{ teach *teach.Service }

// Learn learns from one.
func (p pupil) Learn(ctx context.Context, t admit.Tap) error { return p.teach.Learn(ctx, teach.Tap(t)) }
