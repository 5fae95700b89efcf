package ocpp

import (
	"context"
	"strings"
	"time"

	"involt/internal/wire/ocpp16"
	"involt/internal/wire/ocppj"
)

// handlers16 are the messages a 1.6 charger may send, but for Authorize.
var handlers16 = map[string]handler{
	"BootNotification":                 boot16,
	"Heartbeat":                        heartbeat16,
	"StatusNotification":               status16Notification,
	"StartTransaction":                 start16,
	"StopTransaction":                  stop16,
	"MeterValues":                      meter16,
	"DataTransfer":                     data16,
	"DiagnosticsStatusNotification":    notice16,
	"FirmwareStatusNotification":       notice16,
	"SignedFirmwareStatusNotification": notice16,
	"LogStatusNotification":            notice16,
	"SecurityEventNotification":        security16,
	"SignCertificate":                  sign16,
}

// commands16 are known actions that only a server sends.
var commands16 = set("CancelReservation", "CertificateSigned", "ChangeAvailability", "ChangeConfiguration",
	"ClearCache", "ClearChargingProfile", "DeleteCertificate", "ExtendedTriggerMessage", "GetCompositeSchedule",
	"GetConfiguration", "GetDiagnostics", "GetInstalledCertificateIds", "GetLocalListVersion", "GetLog",
	"InstallCertificate", "RemoteStartTransaction", "RemoteStopTransaction", "ReserveNow", "Reset", "SendLocalList",
	"SetChargingProfile", "SignedUpdateFirmware", "TriggerMessage", "UnlockConnector", "UpdateFirmware")

func set(names ...string) map[string]bool {
	m := make(map[string]bool, len(names))
	for _, n := range names {
		m[n] = true
	}
	return m
}

// authorize16 answers a tap. It is the message drivers wait for: no reflection
// and next to no garbage.
func (c *conn) authorize16(now time.Time, f ocppj.Frame) error {
	var tag string
	if raw, ok := ocpp16.ReadAuthorize(f.Payload); ok {
		tag = string(raw)
	} else {
		var m ocpp16.Authorize
		if err := ocppj.Decode(f.Payload, &m); err != nil {
			return c.failed(f, err)
		}
		tag = m.IDTag
	}
	a := c.s.cfg.Decider.Decide(Ask{Now: now, Ref: c.ref, Token: tag, Protocol: c.link.Protocol})
	c.reply = ocppj.OpenResult(c.reply[:0], f.ID)
	c.reply = ocpp16.AppendAuthorized(c.reply, status16(a.Reason, false), parent16(a), a.Expires)
	c.reply = append(c.reply, ']')
	return c.write(c.reply)
}

func boot16(c *conn, now time.Time, payload []byte) (any, error) {
	var m ocpp16.BootNotification
	if err := ocppj.Decode(payload, &m); err != nil {
		return nil, err
	}
	serial := m.Serial
	if serial == "" {
		serial = m.BoxSerial
	}
	c.tell("boot", func(ctx context.Context) error {
		return c.s.cfg.Chargers.Booted(ctx, c.ref, BootInfo{
			Vendor: m.Vendor, Model: m.Model, Serial: serial, Firmware: m.FirmwareVersion,
			Protocol: c.link.Protocol, Received: now,
		})
	})
	return ocpp16.Booted{CurrentTime: ocppj.At(now), Interval: c.s.interval(), Status: "Accepted"}, nil
}

func heartbeat16(_ *conn, now time.Time, payload []byte) (any, error) {
	var m ocpp16.Heartbeat
	if err := ocppj.Decode(payload, &m); err != nil {
		return nil, err
	}
	return ocpp16.Alive{CurrentTime: ocppj.At(now)}, nil
}

func status16Notification(c *conn, now time.Time, payload []byte) (any, error) {
	var m ocpp16.StatusNotification
	if err := ocppj.Decode(payload, &m); err != nil {
		return nil, err
	}
	s := StatusInfo{
		EVSE: int(m.ConnectorID), Status: m.Status, ErrorCode: m.ErrorCode,
		Info: strings.TrimSpace(m.Info + " " + m.VendorErrorCode), At: m.Timestamp.Time, Received: now,
	}
	if s.EVSE > 0 {
		s.Connector = 1
	}
	if !c.writes.take(c.ctx) {
		return nil, c.ctx.Err()
	}
	c.tell("status", func(ctx context.Context) error { return c.s.cfg.Chargers.Status(ctx, c.ref, s) })
	return ocpp16.None{}, nil
}

func start16(c *conn, now time.Time, payload []byte) (any, error) {
	var m ocpp16.StartTransaction
	if err := ocppj.Decode(payload, &m); err != nil {
		return nil, err
	}
	var out ocpp16.Started
	err := c.store("StartTransaction", func(ctx context.Context) error {
		tx, a, err := c.s.cfg.Sessions.Start(ctx, StartInfo{
			Ref: c.ref, EVSE: int(m.ConnectorID), Token: m.IDTag, MeterWh: int64(m.MeterStart), At: m.Timestamp.Time, Received: now,
		})
		out = ocpp16.Started{IDTagInfo: info16(a, true), TransactionID: tx}
		return err
	})
	return out, err
}

func stop16(c *conn, now time.Time, payload []byte) (any, error) {
	var m ocpp16.StopTransaction
	if err := ocppj.Decode(payload, &m); err != nil {
		return nil, err
	}
	var out ocpp16.Stopped
	err := c.store("StopTransaction", func(ctx context.Context) error {
		a, err := c.s.cfg.Sessions.Stop(ctx, StopInfo{
			Ref: c.ref, TxID: int64(m.TransactionID), Token: m.IDTag, MeterWh: int64(m.MeterStop), Reason: m.Reason,
			Readings: readings(ocpp16.Figures(m.TransactionData)), At: m.Timestamp.Time, Received: now,
		})
		if m.IDTag != "" {
			info := info16(a, false)
			out.IDTagInfo = &info
		}
		return err
	})
	return out, err
}

func meter16(c *conn, now time.Time, payload []byte) (any, error) {
	var m ocpp16.MeterValues
	if err := ocppj.Decode(payload, &m); err != nil {
		return nil, err
	}
	rs := readings(ocpp16.Figures(m.MeterValue))
	if rs == nil {
		return ocpp16.None{}, nil
	}
	err := c.store("MeterValues", func(ctx context.Context) error {
		return c.s.cfg.Sessions.Meter(ctx, MeterInfo{
			Ref: c.ref, EVSE: int(m.ConnectorID), TxID: int64(m.TransactionID), Readings: rs, Received: now,
		})
	})
	return ocpp16.None{}, err
}

func data16(_ *conn, _ time.Time, payload []byte) (any, error) {
	var m ocpp16.DataTransfer
	if err := ocppj.Decode(payload, &m); err != nil {
		return nil, err
	}
	return ocpp16.Only{Status: "UnknownVendorId"}, nil
}

func notice16(_ *conn, _ time.Time, payload []byte) (any, error) {
	var m ocpp16.Notice
	if err := ocppj.Decode(payload, &m); err != nil {
		return nil, err
	}
	return ocpp16.None{}, nil
}

func security16(c *conn, _ time.Time, payload []byte) (any, error) {
	var m ocpp16.SecurityEvent
	if err := ocppj.Decode(payload, &m); err != nil {
		return nil, err
	}
	c.complain("charger reports a security event", "type", m.Type)
	return ocpp16.None{}, nil
}

func sign16(_ *conn, _ time.Time, payload []byte) (any, error) {
	var m ocpp16.SignCertificate
	if err := ocppj.Decode(payload, &m); err != nil {
		return nil, err
	}
	return ocpp16.Only{Status: "Rejected"}, nil // no certificates are issued here
}
