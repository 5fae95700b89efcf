package ocpp

import (
	"context"
	"time"

	"involt/internal/wire/ocpp201"
	"involt/internal/wire/ocppj"
)

// handlers201 are the messages a 2.0.1 charging station may send, but for Authorize.
var handlers201 = map[string]handler{
	"BootNotification":          boot201,
	"Heartbeat":                 heartbeat201,
	"StatusNotification":        status201Notification,
	"TransactionEvent":          event201,
	"MeterValues":               meter201,
	"NotifyReport":              report201,
	"SecurityEventNotification": security201,
	"SignCertificate":           only201("Rejected", "csr"), // no certificates are issued here
	"DataTransfer":              only201("UnknownVendorId", "vendorId"),
	"NotifyEVChargingNeeds":     only201("Rejected", "evseId", "chargingNeeds"),
	"NotifyEVChargingSchedule":  only201("Accepted", "timeBase", "evseId", "chargingSchedule"),
	"GetCertificateStatus":      only201("Failed", "ocspRequestData"),
	"Get15118EVCertificate":     certificate201,

	"ClearedChargingLimit":              notice201("chargingLimitSource"),
	"FirmwareStatusNotification":        notice201("status"),
	"LogStatusNotification":             notice201("status"),
	"NotifyChargingLimit":               notice201("chargingLimit"),
	"NotifyCustomerInformation":         notice201("data", "seqNo", "generatedAt", "requestId"),
	"NotifyDisplayMessages":             notice201("requestId"),
	"NotifyEvent":                       notice201("generatedAt", "seqNo", "eventData"),
	"NotifyMonitoringReport":            notice201("requestId", "seqNo", "generatedAt"),
	"PublishFirmwareStatusNotification": notice201("status"),
	"ReportChargingProfiles":            notice201("requestId", "chargingLimitSource", "chargingProfile", "evseId"),
	"ReservationStatusUpdate":           notice201("reservationId", "reservationUpdateStatus"),
}

// commands201 are known actions that only a server sends.
var commands201 = set("CancelReservation", "CertificateSigned", "ChangeAvailability", "ClearCache",
	"ClearChargingProfile", "ClearDisplayMessage", "ClearVariableMonitoring", "CostUpdated", "CustomerInformation",
	"DeleteCertificate", "GetBaseReport", "GetChargingProfiles", "GetCompositeSchedule", "GetDisplayMessages",
	"GetInstalledCertificateIds", "GetLocalListVersion", "GetLog", "GetMonitoringReport", "GetReport",
	"GetTransactionStatus", "GetVariables", "InstallCertificate", "PublishFirmware", "RequestStartTransaction",
	"RequestStopTransaction", "ReserveNow", "Reset", "SendLocalList", "SetChargingProfile", "SetDisplayMessage",
	"SetMonitoringBase", "SetMonitoringLevel", "SetNetworkProfile", "SetVariableMonitoring", "SetVariables",
	"TriggerMessage", "UnlockConnector", "UnpublishFirmware", "UpdateFirmware")

// authorize201 answers a tap; see authorize16.
func (c *conn) authorize201(now time.Time, f ocppj.Frame) error {
	var token, kind string
	if t, k, ok := ocpp201.ReadAuthorize(f.Payload); ok {
		token, kind = string(t), tokenType(k)
	} else {
		var m ocpp201.Authorize
		if err := ocppj.Decode(f.Payload, &m); err != nil {
			return c.failed(f, err)
		}
		token, kind = m.IDToken.IDToken, m.IDToken.Type
	}
	a := c.s.cfg.Decider.Decide(Ask{Now: now, Ref: c.ref, Token: token, TokenType: kind, Protocol: c.link.Protocol})
	c.reply = ocppj.OpenResult(c.reply[:0], f.ID)
	c.reply = append(c.reply, `{"idTokenInfo":`...)
	info := info201(a)
	c.reply = info.Append(c.reply)
	c.reply = append(c.reply, `}]`...)
	return c.write(c.reply)
}

// tokenType is the type without a copy for those that are common.
func tokenType(b []byte) string {
	for _, t := range [...]string{"ISO14443", "ISO15693", "MacAddress", "eMAID", "Central", "KeyCode", "Local", "NoAuthorization"} {
		if string(b) == t {
			return t
		}
	}
	return string(b)
}

func boot201(c *conn, now time.Time, payload []byte) (any, error) {
	var m ocpp201.BootNotification
	if err := ocppj.Decode(payload, &m); err != nil {
		return nil, err
	}
	c.tell("boot", func(ctx context.Context) error {
		return c.s.cfg.Chargers.Booted(ctx, c.ref, BootInfo{
			Vendor: m.ChargingStation.VendorName, Model: m.ChargingStation.Model, Serial: m.ChargingStation.SerialNumber,
			Firmware: m.ChargingStation.FirmwareVersion, Reason: m.Reason, Protocol: c.link.Protocol, Received: now,
		})
	})
	return ocpp201.Booted{CurrentTime: ocppj.At(now), Interval: c.s.interval(), Status: "Accepted"}, nil
}

func heartbeat201(_ *conn, now time.Time, payload []byte) (any, error) {
	if err := ocppj.Decode(payload, ocpp201.NewNotice()); err != nil {
		return nil, err
	}
	return ocpp201.Alive{CurrentTime: ocppj.At(now)}, nil
}

func status201Notification(c *conn, now time.Time, payload []byte) (any, error) {
	var m ocpp201.StatusNotification
	if err := ocppj.Decode(payload, &m); err != nil {
		return nil, err
	}
	s := StatusInfo{
		EVSE: int(m.EVSEID), Connector: int(m.ConnectorID), Status: m.ConnectorStatus, At: m.Timestamp.Time, Received: now,
	}
	if !c.writes.take(c.ctx) {
		return nil, c.ctx.Err()
	}
	c.tell("status", func(ctx context.Context) error { return c.s.cfg.Chargers.Status(ctx, c.ref, s) })
	return ocpp201.None{}, nil
}

func event201(c *conn, now time.Time, payload []byte) (any, error) {
	var m ocpp201.TransactionEvent
	if err := ocppj.Decode(payload, &m); err != nil {
		return nil, err
	}
	e := EventInfo{
		Ref: c.ref, Phase: Phase(m.EventType), TxID: m.TransactionInfo.TransactionID, Seq: int(m.SeqNo),
		Trigger: m.TriggerReason, Offline: m.Offline, ChargingState: m.TransactionInfo.ChargingState,
		StoppedReason: m.TransactionInfo.StoppedReason, RemoteStartID: int(m.TransactionInfo.RemoteStartID),
		Readings: readings(ocpp201.Figures(m.MeterValue)), At: m.Timestamp.Time, Received: now,
	}
	if m.EVSE != nil {
		e.EVSE, e.Connector = int(m.EVSE.ID), int(m.EVSE.ConnectorID)
	}
	if m.IDToken != nil {
		e.Token, e.TokenType = m.IDToken.IDToken, m.IDToken.Type
	}
	var out ocpp201.Noted
	err := c.store("TransactionEvent", func(ctx context.Context) error {
		a, err := c.s.cfg.Sessions.Event(ctx, e)
		if e.Token != "" {
			info := info201(a)
			out.IDTokenInfo = &info
			out.ChargingPriority = info.ChargingPriority // this one overrules Authorize's
		}
		return err
	})
	return out, err
}

func meter201(c *conn, now time.Time, payload []byte) (any, error) {
	var m ocpp201.MeterValues
	if err := ocppj.Decode(payload, &m); err != nil {
		return nil, err
	}
	rs := readings(ocpp201.Figures(m.MeterValue))
	if rs == nil {
		return ocpp201.None{}, nil
	}
	err := c.store("MeterValues", func(ctx context.Context) error {
		return c.s.cfg.Sessions.Meter(ctx, MeterInfo{Ref: c.ref, EVSE: int(m.EVSEID), Readings: rs, Received: now})
	})
	return ocpp201.None{}, err
}

func report201(c *conn, _ time.Time, payload []byte) (any, error) {
	var m ocpp201.NotifyReport
	if err := ocppj.Decode(payload, &m); err != nil {
		return nil, err
	}
	c.reports.add(&m)
	return ocpp201.None{}, nil
}

func security201(c *conn, _ time.Time, payload []byte) (any, error) {
	var m ocpp201.SecurityEvent
	if err := ocppj.Decode(payload, &m); err != nil {
		return nil, err
	}
	c.complain("charger reports a security event", "type", m.Type)
	return ocpp201.None{}, nil
}

func certificate201(_ *conn, _ time.Time, payload []byte) (any, error) {
	if err := ocppj.Decode(payload, ocpp201.NewNotice("iso15118SchemaVersion", "action", "exiRequest")); err != nil {
		return nil, err
	}
	return ocpp201.Certificate15118{Status: "Failed"}, nil
}

// notice201 takes note of a message and answers with nothing.
func notice201(need ...string) handler {
	return func(_ *conn, _ time.Time, payload []byte) (any, error) {
		return ocpp201.None{}, ocppj.Decode(payload, ocpp201.NewNotice(need...))
	}
}

// only201 answers with a status.
func only201(status string, need ...string) handler {
	return func(_ *conn, _ time.Time, payload []byte) (any, error) {
		return ocpp201.Only{Status: status}, ocppj.Decode(payload, ocpp201.NewNotice(need...))
	}
}
