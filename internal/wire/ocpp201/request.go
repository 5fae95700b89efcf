// Package ocpp201 spells the messages of OCPP 2.0.1 (edition 2) that a server
// meets. Fields have the names and meaning of the specification's part 2,
// "Messages, Datatypes & Enumerations"; types are found there under the same name.
//
// Values that cannot do harm are forgiven (unknown enum values, texts that are too
// long where they are only for show); what identifies somebody or something is not.
package ocpp201

import (
	"involt/internal/wire/ocppj"
)

// IDToken identifies somebody.. Type is one of Central, eMAID, ISO14443,
// ISO15693, KeyCode, Local, MacAddress, NoAuthorization; others are passed on.
type IDToken struct {
	IDToken string `json:"idToken"`
	Type    string `json:"type"`
}

func missing(field string) error {
	return &ocppj.Problem{Code: ocppj.OccurrenceViolation, Field: field, Text: "is required"}
}

// EVSE is where..
type EVSE struct {
	ID          ocppj.Int `json:"id"`
	ConnectorID ocppj.Int `json:"connectorId,omitempty"`
}

func (e *EVSE) check() error {
	if e == nil {
		return nil
	}
	if err := ocppj.OutOfRange("evse.id", e.ID); err != nil {
		return err
	}
	return ocppj.OutOfRange("evse.connectorId", e.ConnectorID)
}

// Authorize asks whether a token may charge..
type Authorize struct {
	IDToken IDToken `json:"idToken"`
}

// Required names the fields that must be there.
func (*Authorize) Required() []string { return []string{"idToken"} }

// Check refuses tokens that are too long to be one.
func (m *Authorize) Check() error {
	if m.IDToken.Type == "" {
		return missing("idToken.type")
	}
	if m.IDToken.IDToken == "" && m.IDToken.Type != "NoAuthorization" {
		return missing("idToken.idToken")
	}
	if err := ocppj.TooLong("idToken.type", m.IDToken.Type, 20); err != nil {
		return err
	}
	return ocppj.TooLong("idToken.idToken", m.IDToken.IDToken, 36)
}

// ReadAuthorize reads the usual form of an Authorize payload without garbage:
// ok is false when it is in any way unusual, then Decode it. The results point
// into payload.
func ReadAuthorize(payload []byte) (token, kind []byte, ok bool) {
	c := ocppj.Walk(payload)
	c.Open()
	key, more := c.Next()
	if !more || string(key) != "idToken" {
		return nil, nil, false
	}
	c.Open()
	for {
		if key, more = c.Next(); !more {
			break
		}
		value := c.Text()
		switch string(key) {
		case "idToken":
			token = value
		case "type":
			kind = value
		default:
			return nil, nil, false
		}
	}
	if _, more = c.Next(); more || !c.End() {
		return nil, nil, false
	}
	return token, kind, len(token) > 0 && len(token) <= 36 && len(kind) > 0 && len(kind) <= 20
}

// BootNotification is sent after a start..
type BootNotification struct {
	ChargingStation struct {
		SerialNumber    string `json:"serialNumber,omitempty"`
		Model           string `json:"model"`
		VendorName      string `json:"vendorName"`
		FirmwareVersion string `json:"firmwareVersion,omitempty"`
	} `json:"chargingStation"`
	Reason string `json:"reason"`
}

// Required names the fields that must be there.
func (*BootNotification) Required() []string { return []string{"chargingStation", "reason"} }

// Check cuts texts to their lengths: a charger that boasts must still boot.
func (m *BootNotification) Check() error {
	s := &m.ChargingStation
	if s.Model == "" {
		return missing("chargingStation.model")
	}
	if s.VendorName == "" {
		return missing("chargingStation.vendorName")
	}
	s.SerialNumber, s.Model = ocppj.Cut(s.SerialNumber, 25), ocppj.Cut(s.Model, 20)
	s.VendorName, s.FirmwareVersion = ocppj.Cut(s.VendorName, 50), ocppj.Cut(s.FirmwareVersion, 50)
	m.Reason = ocppj.Cut(m.Reason, 36)
	return nil
}

// StatusNotification tells the state of a connector..
type StatusNotification struct {
	Timestamp       ocppj.Time `json:"timestamp"`
	ConnectorStatus string     `json:"connectorStatus"`
	EVSEID          ocppj.Int  `json:"evseId"`
	ConnectorID     ocppj.Int  `json:"connectorId"`
}

// Required names the fields that must be there.
func (*StatusNotification) Required() []string {
	return []string{"timestamp", "connectorStatus", "evseId", "connectorId"}
}

// Check refuses impossible places; states nobody knows are passed on.
func (m *StatusNotification) Check() error {
	m.ConnectorStatus = ocppj.Cut(m.ConnectorStatus, 36)
	if m.ConnectorStatus == "" {
		return &ocppj.Problem{Code: ocppj.PropertyViolation, Field: "connectorStatus", Text: "is empty"}
	}
	if err := ocppj.OutOfRange("evseId", m.EVSEID); err != nil {
		return err
	}
	return ocppj.OutOfRange("connectorId", m.ConnectorID)
}

// TransactionEvent tells the course of a transaction..
type TransactionEvent struct {
	EventType       string          `json:"eventType"` // Started, Updated, Ended
	Timestamp       ocppj.Time      `json:"timestamp"`
	TriggerReason   string          `json:"triggerReason"`
	SeqNo           ocppj.Int       `json:"seqNo"`
	Offline         bool            `json:"offline,omitempty"`
	TransactionInfo TransactionInfo `json:"transactionInfo"`
	IDToken         *IDToken        `json:"idToken,omitempty"`
	EVSE            *EVSE           `json:"evse,omitempty"`
	MeterValue      []MeterValue    `json:"meterValue,omitempty"`
}

// TransactionInfo is the state of a transaction..
type TransactionInfo struct {
	TransactionID string    `json:"transactionId"`
	ChargingState string    `json:"chargingState,omitempty"`
	StoppedReason string    `json:"stoppedReason,omitempty"`
	RemoteStartID ocppj.Int `json:"remoteStartId,omitempty"`
}

// Required names the fields that must be there.
func (*TransactionEvent) Required() []string {
	return []string{"eventType", "timestamp", "triggerReason", "seqNo", "transactionInfo"}
}

// Check refuses what cannot be booked at all and forgives the rest: what is
// refused here is a session lost.
func (m *TransactionEvent) Check() error {
	switch m.EventType {
	case "Started", "Updated", "Ended":
	default:
		return &ocppj.Problem{Code: ocppj.PropertyViolation, Field: "eventType", Text: "is not Started, Updated or Ended"}
	}
	if m.TransactionInfo.TransactionID == "" {
		return missing("transactionInfo.transactionId")
	}
	if err := ocppj.TooLong("transactionInfo.transactionId", m.TransactionInfo.TransactionID, 36); err != nil {
		return err
	}
	if m.SeqNo < 0 || m.SeqNo > 1<<31-1 {
		return &ocppj.Problem{Code: ocppj.PropertyViolation, Field: "seqNo", Text: "is not between 0 and 2147483647"}
	}
	if m.IDToken != nil {
		m.IDToken.IDToken, m.IDToken.Type = ocppj.Cut(m.IDToken.IDToken, 255), ocppj.Cut(m.IDToken.Type, 20)
	}
	m.TriggerReason = ocppj.Cut(m.TriggerReason, 36)
	m.TransactionInfo.ChargingState = ocppj.Cut(m.TransactionInfo.ChargingState, 36)
	m.TransactionInfo.StoppedReason = ocppj.Cut(m.TransactionInfo.StoppedReason, 36)
	return m.EVSE.check()
}

// MeterValues are readings outside transactions..
type MeterValues struct {
	EVSEID     ocppj.Int    `json:"evseId"`
	MeterValue []MeterValue `json:"meterValue"`
}

// Required names the fields that must be there.
func (*MeterValues) Required() []string { return []string{"evseId", "meterValue"} }

// Check refuses impossible places.
func (m *MeterValues) Check() error { return ocppj.OutOfRange("evseId", m.EVSEID) }

// MeterValue is what was sampled at one moment..
type MeterValue struct {
	Timestamp    ocppj.Time     `json:"timestamp"`
	SampledValue []SampledValue `json:"sampledValue"`
}

// SampledValue is one value..
type SampledValue struct {
	Value         *ocppj.Num     `json:"value"`
	Context       string         `json:"context,omitempty"`
	Measurand     string         `json:"measurand,omitempty"`
	Phase         string         `json:"phase,omitempty"`
	Location      string         `json:"location,omitempty"`
	UnitOfMeasure *UnitOfMeasure `json:"unitOfMeasure,omitempty"`
}

// UnitOfMeasure scales a value: value x 10^Multiplier in Unit..
type UnitOfMeasure struct {
	Unit       string    `json:"unit,omitempty"`
	Multiplier ocppj.Int `json:"multiplier,omitempty"`
}

// Figures reads energy, power and state of charge from meter values, in the order
// the charger sent them. Signed data stands beside the values in 2.0.1 and is
// not looked at.
func Figures(values []MeterValue) []ocppj.Figures {
	var out []ocppj.Figures
	for _, v := range values {
		samples := make([]ocppj.Sample, 0, len(v.SampledValue))
		for _, s := range v.SampledValue {
			if s.Value == nil {
				continue
			}
			sample := ocppj.Sample{
				Value: float64(*s.Value), Measurand: s.Measurand, Phase: s.Phase, Context: s.Context, Location: s.Location,
			}
			if u := s.UnitOfMeasure; u != nil {
				sample.Unit = u.Unit
				sample.Multiplier = int(max(-100, min(100, u.Multiplier)))
			}
			samples = append(samples, sample)
		}
		out = append(out, ocppj.Sum(v.Timestamp.Time, samples)...)
	}
	return out
}

// SecurityEvent is a SecurityEventNotification..
type SecurityEvent struct {
	Type      string     `json:"type"`
	Timestamp ocppj.Time `json:"timestamp"`
	TechInfo  string     `json:"techInfo,omitempty"`
}

// Required names the fields that must be there.
func (*SecurityEvent) Required() []string { return []string{"type", "timestamp"} }

// Check cuts the texts: they are only for show.
func (m *SecurityEvent) Check() error {
	m.Type, m.TechInfo = ocppj.Cut(m.Type, 50), ocppj.Cut(m.TechInfo, 255)
	return nil
}

// NotifyReport carries part of a report that GetBaseReport asked for..
type NotifyReport struct {
	RequestID  ocppj.Int    `json:"requestId"`
	SeqNo      ocppj.Int    `json:"seqNo"`
	TBC        bool         `json:"tbc,omitempty"` // to be continued
	ReportData []ReportData `json:"reportData,omitempty"`
}

// ReportData is one variable with its values..
type ReportData struct {
	Component         Component `json:"component"`
	Variable          Variable  `json:"variable"`
	VariableAttribute []struct {
		Type       string `json:"type,omitempty"` // "" is Actual
		Value      string `json:"value,omitempty"`
		Mutability string `json:"mutability,omitempty"` // ReadOnly, WriteOnly, ReadWrite
	} `json:"variableAttribute"`
	VariableCharacteristics *struct {
		MaxLimit ocppj.Num `json:"maxLimit,omitempty"`
	} `json:"variableCharacteristics,omitempty"`
}

// Required names the fields that must be there.
func (*NotifyReport) Required() []string { return []string{"requestId", "generatedAt", "seqNo"} }

// Check has nothing to find.
func (*NotifyReport) Check() error { return nil }

// Notice is any message of which only its shape matters here: it names the
// fields its own specification requires.
type Notice struct {
	need []string
}

// NewNotice is a message that must have the named fields.
func NewNotice(need ...string) *Notice { return &Notice{need: need} }

// Required names the fields that must be there.
func (n *Notice) Required() []string { return n.need }

// Check has nothing to find.
func (*Notice) Check() error { return nil }
