package charger

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"involt/internal/wire/ocpp16"
	"involt/internal/wire/ocpp201"
	"involt/internal/wire/ocppj"
)

// What the charger says, in the words of its version.

func (c *Charger) authorize(uid string) any {
	if c.v == ocppj.V16 {
		return ocpp16.Authorize{IDTag: uid}
	}
	return ocpp201.Authorize{IDToken: token(uid)}
}

func token(uid string) ocpp201.IDToken { return ocpp201.IDToken{IDToken: uid, Type: "ISO14443"} }

// boot sends a BootNotification; the duration is when to try again if it was not
// accepted. An answer that was still on its way when the charger was restarted is
// about the life before, and does not spare the new one its boot.
func (c *Charger) boot(ctx context.Context) (time.Duration, error) {
	var payload any = ocpp16.BootNotification{
		Vendor: limit(c.cfg.Vendor, 20), Model: limit(c.cfg.Model, 20), Serial: limit(c.cfg.Serial, 25), FirmwareVersion: limit(c.cfg.Firmware, 50),
	}
	if c.v == ocppj.V201 {
		m := ocpp201.BootNotification{Reason: "PowerUp"}
		m.ChargingStation.VendorName, m.ChargingStation.Model = limit(c.cfg.Vendor, 50), limit(c.cfg.Model, 20)
		m.ChargingStation.SerialNumber, m.ChargingStation.FirmwareVersion = limit(c.cfg.Serial, 25), limit(c.cfg.Firmware, 50)
		payload = m
	}
	c.mu.Lock()
	l := c.line
	c.mu.Unlock()
	b, err := c.callOn(ctx, l, "BootNotification", payload)
	if err != nil {
		return 0, err
	}
	var answer ocpp16.Booted // the same in both versions
	if err := json.Unmarshal(b, &answer); err != nil {
		return 0, err
	}
	next := time.Duration(max(1, answer.Interval)) * time.Second
	c.mu.Lock()
	c.interval = next
	if c.line == l && !l.done {
		c.booted = answer.Status == "Accepted"
	}
	c.mu.Unlock()
	return next, nil
}

// tellStatus tells how an EVSE is now.
func (c *Charger) tellStatus(ctx context.Context, n int) error {
	e, err := c.place(n)
	if err != nil {
		return err
	}
	c.mu.Lock()
	status := e.status
	c.mu.Unlock()
	now := ocppj.At(c.cfg.Now())
	if c.v == ocppj.V16 {
		m := ocpp16.StatusNotification{ConnectorID: ocppj.Int(n), ErrorCode: "NoError", Status: status, Timestamp: now}
		if status == "Faulted" {
			m.ErrorCode = "GroundFailure"
		}
		_, err = c.call(ctx, "StatusNotification", m)
		return err
	}
	switch status {
	case "Preparing", "Charging", "SuspendedEV", "SuspendedEVSE", "Finishing":
		status = "Occupied"
	}
	_, err = c.call(ctx, "StatusNotification", ocpp201.StatusNotification{
		Timestamp: now, ConnectorStatus: status, EVSEID: ocppj.Int(n), ConnectorID: 1,
	})
	return err
}

// sendStart begins a transaction and fills in what the server says about it.
func (c *Charger) sendStart(ctx context.Context, s *Session, remoteID int) error {
	if c.v == ocppj.V16 {
		b, err := c.deliver(ctx, "StartTransaction", ocpp16.StartTransaction{
			ConnectorID: ocppj.Int(s.EVSE), IDTag: s.Card, MeterStart: ocppj.Int(s.StartWh), Timestamp: ocppj.At(s.Began),
		})
		if err != nil {
			return err
		}
		var answer ocpp16.Started
		if err := json.Unmarshal(b, &answer); err != nil {
			return err
		}
		c.mu.Lock()
		s.Tx, s.Status = strconv.Itoa(int(answer.TransactionID)), string(answer.IDTagInfo.Status)
		c.mu.Unlock()
		return nil
	}
	trigger := "Authorized"
	if remoteID != 0 {
		trigger = "RemoteStart"
	}
	t := token(s.Card)
	b, err := c.deliver(ctx, "TransactionEvent", ocpp201.TransactionEvent{
		EventType: "Started", Timestamp: ocppj.At(s.Began), TriggerReason: trigger, SeqNo: 0,
		TransactionInfo: ocpp201.TransactionInfo{TransactionID: s.Tx, ChargingState: "Charging", RemoteStartID: ocppj.Int(remoteID)},
		IDToken:         &t, EVSE: &ocpp201.EVSE{ID: ocppj.Int(s.EVSE), ConnectorID: 1},
		MeterValue: reading201(s.Began, s.StartWh, -1, "Transaction.Begin"),
	})
	if err != nil {
		return err
	}
	status, err := cardStatus(b)
	c.mu.Lock()
	s.Status = status
	c.mu.Unlock()
	return err
}

func (c *Charger) sendMeter(ctx context.Context, s *Session, seq int, now time.Time, wh, watt int64) error {
	if c.v == ocppj.V16 {
		tx, err := strconv.ParseInt(s.Tx, 10, 64)
		if err != nil {
			return err
		}
		_, err = c.deliver(ctx, "MeterValues", ocpp16.MeterValues{
			ConnectorID: ocppj.Int(s.EVSE), TransactionID: ocppj.Int(tx), MeterValue: reading16(now, wh, watt),
		})
		return err
	}
	_, err := c.deliver(ctx, "TransactionEvent", ocpp201.TransactionEvent{
		EventType: "Updated", Timestamp: ocppj.At(now), TriggerReason: "MeterValuePeriodic", SeqNo: ocppj.Int(seq),
		TransactionInfo: ocpp201.TransactionInfo{TransactionID: s.Tx, ChargingState: "Charging"},
		MeterValue:      reading201(now, wh, watt, "Sample.Periodic"),
	})
	return err
}

func (c *Charger) sendStop(ctx context.Context, s *Session, seq int, now time.Time, wh int64, uid, reason string) error {
	if c.v == ocppj.V16 {
		tx, err := strconv.ParseInt(s.Tx, 10, 64)
		if err != nil {
			return err
		}
		_, err = c.deliver(ctx, "StopTransaction", ocpp16.StopTransaction{
			IDTag: uid, MeterStop: ocppj.Int(wh), Timestamp: ocppj.At(now), TransactionID: ocppj.Int(tx), Reason: reason,
		})
		return err
	}
	trigger := "StopAuthorized"
	switch reason {
	case "DeAuthorized":
		trigger = "Deauthorized"
	case "Remote":
		trigger = "RemoteStop"
	case "EVDisconnected":
		trigger = "EVDeparted"
	}
	m := ocpp201.TransactionEvent{
		EventType: "Ended", Timestamp: ocppj.At(now), TriggerReason: trigger, SeqNo: ocppj.Int(seq),
		TransactionInfo: ocpp201.TransactionInfo{TransactionID: s.Tx, ChargingState: "EVConnected", StoppedReason: reason},
		MeterValue:      reading201(now, wh, -1, "Transaction.End"),
	}
	if uid != "" {
		t := token(uid)
		m.IDToken = &t
	}
	_, err := c.deliver(ctx, "TransactionEvent", m)
	return err
}

// reading16 is a meter value as most chargers send it: the register in Wh, the
// power in W.
func reading16(at time.Time, wh, watt int64) []ocpp16.MeterValue {
	return []ocpp16.MeterValue{{Timestamp: ocppj.At(at), SampledValue: []ocpp16.SampledValue{
		{Value: ocpp16.Number(wh), Context: "Sample.Periodic", Measurand: "Energy.Active.Import.Register", Unit: "Wh"},
		{Value: ocpp16.Number(watt), Context: "Sample.Periodic", Measurand: "Power.Active.Import", Unit: "W"},
	}}}
}

// reading201 leaves the power out if it is below zero.
func reading201(at time.Time, wh, watt int64, context string) []ocpp201.MeterValue {
	v := ocpp201.MeterValue{Timestamp: ocppj.At(at), SampledValue: []ocpp201.SampledValue{
		{Value: num(wh), Context: context, Measurand: "Energy.Active.Import.Register"},
	}}
	if watt >= 0 {
		v.SampledValue = append(v.SampledValue, ocpp201.SampledValue{Value: num(watt), Context: context, Measurand: "Power.Active.Import"})
	}
	return []ocpp201.MeterValue{v}
}

func num(v int64) *ocppj.Num {
	n := ocppj.Num(v)
	return &n
}
