package app

import (
	"context"
	"errors"
	"strconv"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/charge"
	"involt/internal/core/command"
	"involt/internal/core/decision"
	"involt/internal/core/id"
	"involt/internal/face/ocpp"
	"involt/internal/flow/admit"
	"involt/internal/flow/steer"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// deciding lets steer ask admit.
type deciding struct{ admit *admit.Service }

// Decide answers from memory and keeps no record: nobody has tapped.
func (d deciding) Decide(ws id.Workspace, charger id.Charger, evse int64, token string, now time.Time) decision.Reason {
	return d.admit.Decide(&admit.Ask{Workspace: ws, Charger: charger, EVSE: evse, Token: token, Now: now}).Reason
}

// Standing says what right a card has there, whatever goes on just now.
func (d deciding) Standing(ws id.Workspace, charger id.Charger, token string, now time.Time) steer.Standing {
	s := d.admit.Standing(ws, charger, token, now)
	return steer.Standing{Reason: s.Reason, Hours: s.Hours, Until: s.Ends(), Parent: s.Parent()}
}

// Refresh makes later answers agree with the database.
func (d deciding) Refresh(ctx context.Context) error { return d.admit.Refresh(ctx) }

// wire is the connections of chargers to this process, as steer sees them.
type wire struct {
	ocpp    *ocpp.Server
	replica string
}

// Link names a charger's connection as its row does.
func (w wire) Link(ws id.Workspace, charger id.Charger) string {
	l, ok := w.ocpp.LiveOf(ocpp.Ref{Workspace: string(ws), Charger: string(charger)})
	if !ok {
		return ""
	}
	return w.replica + "/" + strconv.FormatUint(l.Link.ID, 10)
}

// Send asks a charger in the words of its version.
func (w wire) Send(ctx context.Context, ws id.Workspace, charger id.Charger, o steer.Order) (word string, err error) {
	ref, evse := ocpp.Ref{Workspace: string(ws), Charger: string(charger)}, int(o.EVSE)
	switch o.Kind {
	case command.Start:
		err = w.ocpp.RemoteStart(ctx, ref, evse, o.Token, o.TokenType)
	case command.Stop:
		err = w.ocpp.RemoteStop(ctx, ref, o.Tx)
	case command.Unlock:
		word, err = w.ocpp.Unlock(ctx, ref, evse)
	case command.Reset:
		err = w.ocpp.Reset(ctx, ref, o.Option == "hard")
	case command.Availability:
		word, err = w.ocpp.Available(ctx, ref, evse, o.Option == "on")
	case command.ClearCache:
		err = w.ocpp.ClearCache(ctx, ref)
	default:
		err = errs.New(errs.Invalid, "This server does not know how to ask a charger for that.")
	}
	if err = refused(err); err != nil {
		word = ""
	}
	if word == "Accepted" {
		word = ""
	}
	return word, err
}

// remote lets guests have chargers asked.
type remote struct{ steer *steer.Service }

// Start asks for a session.
func (r remote) Start(ctx context.Context, by access.Actor, charger id.Charger, evse int64, uid string) error {
	_, err := r.steer.Ask(ctx, by, steer.Ask{Charger: charger, Kind: command.Start, EVSE: evse, Card: uid})
	return err
}

// Stop asks for its end.
func (r remote) Stop(ctx context.Context, by access.Actor, session id.Charge) error {
	_, err := r.steer.StopSession(ctx, by, session)
	return err
}

// StopFor asks for its end because of a decision.
func (remote) StopFor(tx *db.Tx, c *charge.Charge, why decision.Reason) error {
	return steer.StopFor(tx, c, why)
}

// refused puts a charger's no into steer's words.
func refused(err error) error {
	if no, ok := errors.AsType[*ocpp.Refusal](err); ok {
		return &steer.No{Word: no.Word}
	}
	return err
}
