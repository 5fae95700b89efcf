// Package ocpp16 spells the messages of OCPP 1.6 (edition 2) and of its security
// whitepaper that a server meets. Fields have the specification's names and
// meaning; section numbers refer to the OCPP 1.6 specification.
//
// Values that cannot do harm are forgiven (unknown enum values, texts that are too
// long where they are only for show); what identifies somebody or something is not.
package ocpp16

import (
	"strconv"

	"involt/internal/wire/ocppj"
)

// Authorize asks whether an idTag may start or stop. §4.1.
type Authorize struct {
	IDTag string `json:"idTag"`
}

// Required names the fields that must be there.
func (*Authorize) Required() []string { return []string{"idTag"} }

// Check refuses an idTag that is too long to be one.
func (m *Authorize) Check() error { return ocppj.TooLong("idTag", m.IDTag, 20) }

// ReadAuthorize reads the usual form of an Authorize payload without garbage:
// ok is false when it is in any way unusual, then Decode it. The result points
// into payload.
func ReadAuthorize(payload []byte) (idTag []byte, ok bool) {
	c := ocppj.Walk(payload)
	c.Open()
	for {
		key, more := c.Next()
		if !more {
			break
		}
		value := c.Text()
		if string(key) == "idTag" {
			idTag, ok = value, true
		} else if len(key) == len("idTag") {
			return nil, false // perhaps another spelling of it
		}
	}
	return idTag, ok && c.End() && len(idTag) <= 20
}

// BootNotification is sent after a start. §4.2.
type BootNotification struct {
	Vendor          string `json:"chargePointVendor"`
	Model           string `json:"chargePointModel"`
	Serial          string `json:"chargePointSerialNumber,omitempty"`
	BoxSerial       string `json:"chargeBoxSerialNumber,omitempty"`
	FirmwareVersion string `json:"firmwareVersion,omitempty"`
	ICCID           string `json:"iccid,omitempty"`
	IMSI            string `json:"imsi,omitempty"`
	MeterType       string `json:"meterType,omitempty"`
	MeterSerial     string `json:"meterSerialNumber,omitempty"`
}

// Required names the fields that must be there.
func (*BootNotification) Required() []string {
	return []string{"chargePointVendor", "chargePointModel"}
}

// Check cuts texts to their lengths: a charger that boasts must still boot.
func (m *BootNotification) Check() error {
	m.Vendor, m.Model = ocppj.Cut(m.Vendor, 20), ocppj.Cut(m.Model, 20)
	m.Serial, m.BoxSerial = ocppj.Cut(m.Serial, 25), ocppj.Cut(m.BoxSerial, 25)
	m.FirmwareVersion = ocppj.Cut(m.FirmwareVersion, 50)
	return nil
}

// Heartbeat carries nothing. §4.6.
type Heartbeat struct{}

// Required is empty.
func (*Heartbeat) Required() []string { return nil }

// Check has nothing to find.
func (*Heartbeat) Check() error { return nil }

// StatusNotification tells the state of a connector, or of the charger as
// connector 0. §4.9.
type StatusNotification struct {
	ConnectorID     ocppj.Int  `json:"connectorId"`
	ErrorCode       string     `json:"errorCode"`
	Status          string     `json:"status"`
	Info            string     `json:"info,omitempty"`
	Timestamp       ocppj.Time `json:"timestamp,omitzero"`
	VendorID        string     `json:"vendorId,omitempty"`
	VendorErrorCode string     `json:"vendorErrorCode,omitempty"`
}

// Required names the fields that must be there.
func (*StatusNotification) Required() []string {
	return []string{"connectorId", "errorCode", "status"}
}

// Check refuses impossible connectors; states nobody knows are passed on, cut to
// a reasonable length.
func (m *StatusNotification) Check() error {
	m.Status, m.ErrorCode = ocppj.Cut(m.Status, 36), ocppj.Cut(m.ErrorCode, 50)
	m.Info, m.VendorErrorCode = ocppj.Cut(m.Info, 50), ocppj.Cut(m.VendorErrorCode, 50)
	if m.Status == "" {
		return &ocppj.Problem{Code: ocppj.PropertyViolation, Field: "status", Text: "is empty"}
	}
	return ocppj.OutOfRange("connectorId", m.ConnectorID)
}

// StartTransaction tells that energy may flow. §4.8.
type StartTransaction struct {
	ConnectorID   ocppj.Int  `json:"connectorId"`
	IDTag         string     `json:"idTag"`
	MeterStart    ocppj.Int  `json:"meterStart"` // Wh
	ReservationID ocppj.Int  `json:"reservationId,omitempty"`
	Timestamp     ocppj.Time `json:"timestamp"`
}

// Required names the fields that must be there.
func (*StartTransaction) Required() []string {
	return []string{"connectorId", "idTag", "meterStart", "timestamp"}
}

// Check is forgiving: what is refused here is a session lost.
func (m *StartTransaction) Check() error {
	m.IDTag = ocppj.Cut(m.IDTag, 255)
	return ocppj.OutOfRange("connectorId", m.ConnectorID)
}

// StopTransaction tells that a transaction has ended. §4.10.
type StopTransaction struct {
	IDTag           string       `json:"idTag,omitempty"`
	MeterStop       ocppj.Int    `json:"meterStop"` // Wh
	Timestamp       ocppj.Time   `json:"timestamp"`
	TransactionID   ocppj.Int    `json:"transactionId"` // may be anything: 0, -1, 9223372036854775807
	Reason          string       `json:"reason,omitempty"`
	TransactionData []MeterValue `json:"transactionData,omitempty"`
}

// Required names the fields that must be there.
func (*StopTransaction) Required() []string {
	return []string{"meterStop", "timestamp", "transactionId"}
}

// Check is forgiving: what is refused here is a session lost.
func (m *StopTransaction) Check() error {
	m.IDTag, m.Reason = ocppj.Cut(m.IDTag, 255), ocppj.Cut(m.Reason, 36)
	return nil
}

// MeterValues are readings during a transaction or at rest. §4.7.
type MeterValues struct {
	ConnectorID   ocppj.Int    `json:"connectorId"`
	TransactionID ocppj.Int    `json:"transactionId,omitempty"`
	MeterValue    []MeterValue `json:"meterValue"`
}

// Required names the fields that must be there.
func (*MeterValues) Required() []string { return []string{"connectorId", "meterValue"} }

// Check refuses impossible connectors.
func (m *MeterValues) Check() error { return ocppj.OutOfRange("connectorId", m.ConnectorID) }

// MeterValue is what was sampled at one moment..
type MeterValue struct {
	Timestamp    ocppj.Time     `json:"timestamp"`
	SampledValue []SampledValue `json:"sampledValue"`
}

// Value is a measured value: a string that holds a number, in JSON.
type Value float64

// Number is v as a measured value.
func Number(v int64) *Value {
	n := Value(v)
	return &n
}

// UnmarshalJSON reads a string or a number; what is no number is NaN.
func (v *Value) UnmarshalJSON(b []byte) error { return (*ocppj.Num)(v).UnmarshalJSON(b) }

// MarshalJSON writes a string.
func (v Value) MarshalJSON() ([]byte, error) {
	return strconv.AppendQuote(nil, strconv.FormatFloat(float64(v), 'f', -1, 64)), nil
}

// SampledValue is one value..
type SampledValue struct {
	Value     *Value `json:"value"`
	Context   string `json:"context,omitempty"`
	Format    string `json:"format,omitempty"` // Raw or SignedData
	Measurand string `json:"measurand,omitempty"`
	Phase     string `json:"phase,omitempty"`
	Location  string `json:"location,omitempty"`
	Unit      string `json:"unit,omitempty"`
}

// Figures reads energy, power and state of charge from meter values, oldest first
// as the charger sent them.
func Figures(values []MeterValue) []ocppj.Figures {
	var out []ocppj.Figures
	for _, v := range values {
		samples := make([]ocppj.Sample, 0, len(v.SampledValue))
		for _, s := range v.SampledValue {
			if s.Value == nil {
				continue
			}
			samples = append(samples, ocppj.Sample{
				Value: float64(*s.Value), Measurand: s.Measurand, Phase: s.Phase, Unit: s.Unit,
				Context: s.Context, Location: s.Location, Signed: s.Format == "SignedData",
			})
		}
		out = append(out, ocppj.Sum(v.Timestamp.Time, samples)...)
	}
	return out
}

// DataTransfer is whatever a vendor wants. §4.3. Data is any JSON: the schema
// says string, some send objects.
type DataTransfer struct {
	VendorID  string `json:"vendorId"`
	MessageID string `json:"messageId,omitempty"`
}

// Required names the fields that must be there.
func (*DataTransfer) Required() []string { return []string{"vendorId"} }

// Check refuses vendor ids that are too long.
func (m *DataTransfer) Check() error { return ocppj.TooLong("vendorId", m.VendorID, 255) }

// Notice is any of the messages that only report a status: Diagnostics-, Firmware-,
// SignedFirmware- and LogStatusNotification. §4.4, §4.5.
type Notice struct {
	Status string `json:"status"`
}

// Required names the fields that must be there.
func (*Notice) Required() []string { return []string{"status"} }

// Check cuts the status: it is only for show.
func (m *Notice) Check() error { m.Status = ocppj.Cut(m.Status, 50); return nil }

// SecurityEvent is a SecurityEventNotification (security whitepaper).
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

// SignCertificate asks for a client certificate (security whitepaper).
type SignCertificate struct {
	CSR string `json:"csr"`
}

// Required names the fields that must be there.
func (*SignCertificate) Required() []string { return []string{"csr"} }

// Check refuses requests that are too long.
func (m *SignCertificate) Check() error { return ocppj.TooLong("csr", m.CSR, 5500) }
