package ocpp

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"time"

	"involt/internal/wire/ocppj"
)

// handler turns a CALL's payload into the answer's. An *ocppj.Problem becomes a
// CALLERROR, errHangUp closes the connection, anything else is an InternalError.
type handler func(c *conn, now time.Time, payload []byte) (any, error)

// answer handles a CALL.
func (c *conn) answer(now time.Time, f ocppj.Frame) error {
	var reply any
	var err error
	action := string(f.Action)
	if c.version == ocppj.V16 {
		if action == "Authorize" {
			return c.authorize16(now, f)
		}
		reply, err = c.dispatch(handlers16, commands16, action, now, f.Payload)
	} else {
		if action == "Authorize" {
			return c.authorize201(now, f)
		}
		reply, err = c.dispatch(handlers201, commands201, action, now, f.Payload)
	}
	if err == nil {
		var b []byte
		if b, err = json.Marshal(reply); err == nil {
			c.reply = ocppj.AppendResult(c.reply[:0], f.ID, b)
			return c.write(c.reply)
		}
	}
	return c.failed(f, err)
}

func (c *conn) dispatch(handlers map[string]handler, commands map[string]bool, action string, now time.Time, payload []byte) (any, error) {
	if h := handlers[action]; h != nil {
		return h(c, now, payload)
	}
	if commands[action] {
		return nil, &ocppj.Problem{Code: ocppj.NotSupported, Text: "a charger does not send this to a server"}
	}
	return nil, &ocppj.Problem{Code: ocppj.NotImplemented, Text: "unknown action"}
}

// failed answers a CALL that could not be handled, or hangs up.
func (c *conn) failed(f ocppj.Frame, err error) error {
	var p *ocppj.Problem
	switch {
	case errors.Is(err, errHangUp) || c.ctx.Err() != nil:
		return err
	case errors.As(err, &p):
		c.complain("message refused", "action", ocppj.Cut(string(f.Action), 50), "code", p.Code.For(c.version), "why", p.Error())
		return c.refuse(f.ID, p)
	default:
		c.log.Error("ocpp: could not handle a message", "action", string(f.Action), "err", err)
		return c.refuse(f.ID, &ocppj.Problem{Code: ocppj.InternalError, Text: "the message could not be handled"})
	}
}

// transactional reports whether a message must never be answered with an error
// because of us.
func transactional(action string) bool {
	switch action {
	case "StartTransaction", "StopTransaction", "MeterValues", "TransactionEvent":
		return true
	default:
		return false
	}
}

// store has a transaction message made durable. What was begun is finished even
// if the charger leaves meanwhile. An error is errHangUp.
func (c *conn) store(action string, f func(context.Context) error) error {
	if !c.writes.take(c.ctx) {
		return errHangUp
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.ctx), c.s.cfg.WorkTimeout)
	defer cancel()
	if err := f(ctx); err != nil {
		c.log.Error("ocpp: could not store a message, hanging up", "action", action, "err", err)
		return errHangUp
	}
	return nil
}

// interval is the heartbeat asked for, in seconds: spread by 20 % either way, so
// that chargers that came back together do not stay together.
func (s *Server) interval() int {
	spread := 0.8 + 0.4*rand.Float64() //nolint:gosec // no secret
	return max(1, int(s.cfg.Heartbeat.Seconds()*spread))
}

// readings turns figures into what Sessions are told.
func readings(figures []ocppj.Figures) []Reading {
	if len(figures) == 0 {
		return nil
	}
	out := make([]Reading, len(figures))
	for i, f := range figures {
		out[i] = Reading{At: f.At, EnergyWh: f.EnergyWh, PowerW: f.PowerW, SoC: f.SoC, Context: f.Context}
	}
	return out
}
