package ocpp_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"involt/internal/face/ocpp"
)

// exchange is one message of a charger and what must come back: a regular
// expression for the whole payload of the answer.
type exchange struct{ protocol, action, payload, want string }

const (
	t16  = "ocpp1.6"
	t201 = "ocpp2.0.1"
	date = `"2026-05-04T12:00:00.000Z"`
)

var exchanges = []exchange{
	{
		t16, "BootNotification", `{"chargePointVendor":"Volt","chargePointModel":"One","chargePointSerialNumber":"S1","firmwareVersion":"1.2"}`,
		`\{"currentTime":` + date + `,"interval":(24\d|2[5-9]\d|3[0-5]\d|360),"status":"Accepted"\}`,
	},
	{t16, "Heartbeat", `{}`, `\{"currentTime":` + date + `\}`},
	{t16, "StatusNotification", `{"connectorId":0,"errorCode":"NoError","status":"Available"}`, `\{\}`},
	{t16, "StatusNotification", `{"connectorId":2,"errorCode":"GroundFailure","status":"Faulted","info":"RCD","vendorErrorCode":"E7","timestamp":"2026-05-04T11:59:00+02:00"}`, `\{\}`},
	{t16, "Authorize", `{"idTag":"GOOD"}`, `\{"idTagInfo":\{"status":"Accepted"\}\}`},
	{t16, "Authorize", `{"idTag":"good"}`, `\{"idTagInfo":\{"status":"Accepted"\}\}`},
	{t16, "Authorize", `{"idTag":"BLOCKED"}`, `\{"idTagInfo":\{"status":"Blocked"\}\}`},
	{t16, "Authorize", `{"idTag":"NOBODY"}`, `\{"idTagInfo":\{"status":"Invalid"\}\}`},
	{t16, "Authorize", `{"idTag":""}`, `\{"idTagInfo":\{"status":"Invalid"\}\}`},
	{t16, "Authorize", `{"idTag":"FAMILY"}`, `\{"idTagInfo":\{"status":"Accepted","parentIdTag":"SMITHS","expiryDate":` + date + `\}\}`},
	{
		t16, "StartTransaction", `{"connectorId":1,"idTag":"GOOD","meterStart":1200,"timestamp":"2026-05-04T11:59:00Z"}`,
		`\{"idTagInfo":\{"status":"Accepted"\},"transactionId":1001\}`,
	},
	{
		t16, "StartTransaction", `{"connectorId":1,"idTag":"NOBODY","meterStart":0,"timestamp":"2026-05-04T11:59:00Z"}`,
		`\{"idTagInfo":\{"status":"Invalid"\},"transactionId":1001\}`,
	},
	{
		t16, "StartTransaction", `{"connectorId":1,"idTag":"BUSY","meterStart":0,"timestamp":"2026-05-04T11:59:00Z"}`,
		`\{"idTagInfo":\{"status":"ConcurrentTx"\},"transactionId":1001\}`,
	},
	{t16, "MeterValues", `{"connectorId":1,"transactionId":1001,"meterValue":[{"timestamp":"2026-05-04T11:59:00Z","sampledValue":[{"value":"1250"}]}]}`, `\{\}`},
	{t16, "MeterValues", `{"connectorId":1,"meterValue":[{"timestamp":"2026-05-04T11:59:00Z","sampledValue":[{"value":"abc","format":"SignedData"}]}]}`, `\{\}`},
	{t16, "StopTransaction", `{"transactionId":1001,"meterStop":2000,"timestamp":"2026-05-04T11:59:00Z"}`, `\{\}`},
	{
		t16, "StopTransaction", `{"transactionId":-1,"idTag":"BLOCKED","meterStop":2000,"timestamp":"2026-05-04T11:59:00Z","reason":"Local"}`,
		`\{"idTagInfo":\{"status":"Blocked"\}\}`,
	},
	{t16, "StopTransaction", `{"transactionId":9223372036854775807,"meterStop":2000,"timestamp":"2026-05-04T11:59:00Z"}`, `\{\}`},
	{t16, "DataTransfer", `{"vendorId":"Volt","messageId":"m","data":"d"}`, `\{"status":"UnknownVendorId"\}`},
	{t16, "DiagnosticsStatusNotification", `{"status":"Uploaded"}`, `\{\}`},
	{t16, "FirmwareStatusNotification", `{"status":"Installed"}`, `\{\}`},
	{t16, "SignedFirmwareStatusNotification", `{"status":"Installed","requestId":1}`, `\{\}`},
	{t16, "LogStatusNotification", `{"status":"Uploaded","requestId":1}`, `\{\}`},
	{t16, "SecurityEventNotification", `{"type":"InvalidTLSVersion","timestamp":"2026-05-04T11:59:00Z"}`, `\{\}`},
	{t16, "SignCertificate", `{"csr":"-----BEGIN"}`, `\{"status":"Rejected"\}`},

	{
		t201, "BootNotification", `{"reason":"PowerUp","chargingStation":{"model":"One","vendorName":"Volt","serialNumber":"S1","firmwareVersion":"1.2"}}`,
		`\{"currentTime":` + date + `,"interval":(24\d|2[5-9]\d|3[0-5]\d|360),"status":"Accepted"\}`,
	},
	{t201, "Heartbeat", `{}`, `\{"currentTime":` + date + `\}`},
	{t201, "StatusNotification", `{"timestamp":"2026-05-04T11:59:00Z","connectorStatus":"Occupied","evseId":1,"connectorId":2}`, `\{\}`},
	{t201, "Authorize", `{"idToken":{"idToken":"GOOD","type":"ISO14443"}}`, `\{"idTokenInfo":\{"status":"Accepted"\}\}`},
	{t201, "Authorize", `{"idToken":{"idToken":"NOBODY","type":"ISO14443","additionalInfo":[{"additionalIdToken":"x","type":"y"}]}}`, `\{"idTokenInfo":\{"status":"Unknown"\}\}`},
	{t201, "Authorize", `{"idToken":{"idToken":"BLOCKED","type":"eMAID"},"certificate":"pem"}`, `\{"idTokenInfo":\{"status":"Blocked"\}\}`},
	{
		t201, "Authorize", `{"idToken":{"idToken":"FAMILY","type":"ISO14443"}}`,
		`\{"idTokenInfo":\{"status":"Accepted","cacheExpiryDateTime":` + date + `,"chargingPriority":9,"groupIdToken":\{"idToken":"SMITHS","type":"Central"\},` +
			`"personalMessage":\{"format":"UTF8","language":"en","content":"Welcome, \\"Zoë\\""\}\}\}`,
	},
	{
		t201, "TransactionEvent", `{"eventType":"Started","timestamp":"2026-05-04T11:59:00Z","triggerReason":"Authorized","seqNo":0,"transactionInfo":{"transactionId":"tx-1","chargingState":"Charging"},"idToken":{"idToken":"FAMILY","type":"ISO14443"},"evse":{"id":1,"connectorId":1},"meterValue":[{"timestamp":"2026-05-04T11:59:00Z","sampledValue":[{"value":1.2,"unitOfMeasure":{"unit":"kWh"}}]}]}`,
		`\{"chargingPriority":9,"idTokenInfo":\{"status":"Accepted".*\}\}`,
	},
	{t201, "TransactionEvent", `{"eventType":"Updated","timestamp":"2026-05-04T11:59:00Z","triggerReason":"MeterValuePeriodic","seqNo":1,"transactionInfo":{"transactionId":"tx-1"},"meterValue":[{"timestamp":"2026-05-04T11:59:00Z","sampledValue":[{"value":1300}]}]}`, `\{\}`},
	{
		t201, "TransactionEvent", `{"eventType":"Ended","timestamp":"2026-05-04T11:59:00Z","triggerReason":"StopAuthorized","seqNo":2,"offline":true,"transactionInfo":{"transactionId":"tx-1","stoppedReason":"Local"},"idToken":{"idToken":"NOBODY","type":"ISO14443"}}`,
		`\{"idTokenInfo":\{"status":"Unknown"\}\}`,
	},
	{t201, "MeterValues", `{"evseId":1,"meterValue":[{"timestamp":"2026-05-04T11:59:00Z","sampledValue":[{"value":5}]}]}`, `\{\}`},
	{t201, "DataTransfer", `{"vendorId":"Volt","data":{"any":["thing"]}}`, `\{"status":"UnknownVendorId"\}`},
	{t201, "NotifyReport", `{"requestId":1,"generatedAt":"2026-05-04T11:59:00Z","seqNo":0}`, `\{\}`},
	{t201, "NotifyEvent", `{"generatedAt":"2026-05-04T11:59:00Z","seqNo":0,"eventData":[{"eventId":1,"timestamp":"2026-05-04T11:59:00Z","trigger":"Alerting","actualValue":"x","eventNotificationType":"CustomMonitor","component":{"name":"c"},"variable":{"name":"v"}}]}`, `\{\}`},
	{t201, "NotifyMonitoringReport", `{"requestId":1,"generatedAt":"2026-05-04T11:59:00Z","seqNo":0}`, `\{\}`},
	{t201, "NotifyCustomerInformation", `{"data":"","requestId":1,"generatedAt":"2026-05-04T11:59:00Z","seqNo":0}`, `\{\}`},
	{t201, "NotifyDisplayMessages", `{"requestId":1}`, `\{\}`},
	{t201, "NotifyChargingLimit", `{"chargingLimit":{"chargingLimitSource":"EMS"}}`, `\{\}`},
	{t201, "ClearedChargingLimit", `{"chargingLimitSource":"EMS"}`, `\{\}`},
	{t201, "ReservationStatusUpdate", `{"reservationId":1,"reservationUpdateStatus":"Expired"}`, `\{\}`},
	{t201, "PublishFirmwareStatusNotification", `{"status":"Idle"}`, `\{\}`},
	{t201, "FirmwareStatusNotification", `{"status":"Idle"}`, `\{\}`},
	{t201, "LogStatusNotification", `{"status":"Idle"}`, `\{\}`},
	{t201, "SecurityEventNotification", `{"type":"TamperDetectionActivated","timestamp":"2026-05-04T11:59:00Z"}`, `\{\}`},
	{t201, "SignCertificate", `{"csr":"-----BEGIN","certificateType":"ChargingStationCertificate"}`, `\{"status":"Rejected"\}`},
	{t201, "Get15118EVCertificate", `{"iso15118SchemaVersion":"urn:x","action":"Install","exiRequest":"AA"}`, `\{"status":"Failed","exiResponse":""\}`},
	{t201, "GetCertificateStatus", `{"ocspRequestData":{"hashAlgorithm":"SHA256","issuerNameHash":"a","issuerKeyHash":"b","serialNumber":"c","responderURL":"d"}}`, `\{"status":"Failed"\}`},
	{t201, "NotifyEVChargingNeeds", `{"evseId":1,"chargingNeeds":{"requestedEnergyTransfer":"DC"}}`, `\{"status":"Rejected"\}`},
	{t201, "NotifyEVChargingSchedule", `{"timeBase":"2026-05-04T11:59:00Z","evseId":1,"chargingSchedule":{"id":1,"chargingRateUnit":"W","chargingSchedulePeriod":[{"startPeriod":0,"limit":1.0}]}}`, `\{"status":"Accepted"\}`},
}

func withAnswers(r *rig) *rig {
	r.town.answers["FAMILY"] = ocpp.Answer{Reason: ocpp.Allowed, Parent: "SMITHS", Expires: noon, Priority: 99, Text: `Welcome, "Zoë"`}
	r.town.answers["BUSY"] = ocpp.Answer{Reason: ocpp.Concurrent}
	return r
}

func TestEveryMessageIsAnswered(t *testing.T) {
	for _, x := range exchanges {
		t.Run(x.protocol+" "+x.action, func(t *testing.T) {
			r := withAnswers(newRig(t))
			got := r.connect("CP1", x.protocol).ok(x.action, x.payload)
			if !regexp.MustCompile(`^` + x.want + `$`).MatchString(got) {
				t.Errorf("%s\ngot  %s\nwant %s", x.payload, got, x.want)
			}
		})
	}
}

func TestEveryAnswerSatisfiesTheSchema(t *testing.T) {
	needOracle(t)
	r := withAnswers(newRig(t))
	peers := map[string]*peer{t16: r.connect("CP1", t16), t201: r.connect("CP2", t201)}
	for _, x := range exchanges {
		conforms(t, x.protocol, x.action, "req", x.payload) // the test itself must be right
		conforms(t, x.protocol, x.action, "conf", peers[x.protocol].ok(x.action, x.payload))
	}
}

func TestUnknownFieldsAndValuesAreForgiven(t *testing.T) {
	r := newRig(t)
	p16, p201 := r.connect("CP1", t16), r.connect("CP2", t201)
	p16.ok("BootNotification", `{"chargePointVendor":"`+strings.Repeat("v", 300)+`","chargePointModel":"m","colour":"red"}`)
	p16.ok("StatusNotification", `{"connectorId":1,"errorCode":"Gremlins","status":"Sleeping","mood":{"deep":[1,2]}}`)
	p16.ok("Authorize", `{"idTag":"GOOD","extra":1}`)
	p16.ok("StartTransaction", `{"connectorId":1,"idTag":"`+strings.Repeat("A", 40)+`","meterStart":12.7,"timestamp":"yesterday"}`)
	p16.ok("StopTransaction", `{"transactionId":0,"meterStop":1e3,"timestamp":"1970-01-01 00:00:05","reason":"Boredom"}`)
	p201.ok("BootNotification", `{"reason":"Boredom","chargingStation":{"model":"m","vendorName":"v","x":1},"customData":{"vendorId":"x"}}`)
	p201.ok("Authorize", `{"idToken":{"idToken":"GOOD","type":"Tattoo"},"customData":{"vendorId":"x"}}`)
	if n := len(r.town.boots[0].Vendor); n != 20 {
		t.Errorf("vendor kept with %d characters", n)
	}
	if s := r.town.starts[0]; !s.At.IsZero() || s.MeterWh != 13 || s.Received != noon {
		t.Errorf("start: %+v", s)
	}
	if s := r.town.stops[0]; s.At.Year() != 1970 || s.MeterWh != 1000 {
		t.Errorf("stop: %+v", s)
	}
}

func TestWrongPayloadsAreRefusedWithTheRightCode(t *testing.T) {
	for _, c := range []struct{ protocol, action, payload, code string }{
		{t16, "Authorize", `{}`, "OccurenceConstraintViolation"},
		{t16, "Authorize", `{"idTag":null}`, "OccurenceConstraintViolation"},
		{t16, "Authorize", `{"idTag":7}`, "TypeConstraintViolation"},
		{t16, "Authorize", `{"idTag":"123456789012345678901"}`, "PropertyConstraintViolation"},
		{t16, "Authorize", `{"idTag" "x"}`, "FormationViolation"},
		{t16, "BootNotification", `{"chargePointVendor":"v"}`, "OccurenceConstraintViolation"},
		{t16, "StatusNotification", `{"connectorId":"one","errorCode":"NoError","status":"Available"}`, "TypeConstraintViolation"},
		{t16, "StatusNotification", `{"connectorId":1850027108,"errorCode":"NoError","status":"Available"}`, "PropertyConstraintViolation"},
		{t16, "StatusNotification", `{"connectorId":-1,"errorCode":"NoError","status":"Available"}`, "PropertyConstraintViolation"},
		{t16, "StartTransaction", `{"connectorId":1,"idTag":"GOOD","timestamp":"2026-05-04T11:59:00Z"}`, "OccurenceConstraintViolation"},
		{t16, "StopTransaction", `{"transactionId":"x","meterStop":1,"timestamp":"2026-05-04T11:59:00Z"}`, "TypeConstraintViolation"},
		{t16, "MeterValues", `{"connectorId":1,"meterValue":{}}`, "TypeConstraintViolation"},
		{t201, "Authorize", `{}`, "OccurenceConstraintViolation"},
		{t201, "Authorize", `{"idToken":{"idToken":"GOOD"}}`, "OccurenceConstraintViolation"},
		{t201, "Authorize", `{"idToken":"GOOD"}`, "TypeConstraintViolation"},
		{t201, "Authorize", `{"idToken":{"idToken":"` + strings.Repeat("A", 37) + `","type":"Central"}}`, "PropertyConstraintViolation"},
		{t201, "Authorize", `{"idToken"}`, "FormatViolation"},
		{t201, "StatusNotification", `{"connectorStatus":"Available","evseId":1,"connectorId":1}`, "OccurenceConstraintViolation"},
		{t201, "TransactionEvent", `{"eventType":"Paused","timestamp":"2026-05-04T11:59:00Z","triggerReason":"x","seqNo":0,"transactionInfo":{"transactionId":"t"}}`, "PropertyConstraintViolation"},
		{t201, "TransactionEvent", `{"eventType":"Ended","timestamp":"2026-05-04T11:59:00Z","triggerReason":"x","seqNo":0,"transactionInfo":{}}`, "OccurenceConstraintViolation"},
		{t201, "NotifyEvent", `{"seqNo":0}`, "OccurenceConstraintViolation"},
	} {
		t.Run(c.protocol+" "+c.action, func(t *testing.T) {
			r := newRig(t)
			p := r.connect("CP1", c.protocol)
			if code := p.refused(c.action, c.payload); code != c.code {
				t.Errorf("%s: got %s, want %s", c.payload, code, c.code)
			}
			p.ok("Heartbeat", `{}`)
		})
	}
}

func TestWhatSessionsAreTold(t *testing.T) {
	r := withAnswers(newRig(t))
	p16, p201 := r.connect("CP1", t16), r.connect("CP2", t201)
	for _, x := range exchanges {
		if x.protocol == t16 {
			p16.ok(x.action, x.payload)
		} else {
			p201.ok(x.action, x.payload)
		}
	}
	at := time.Date(2026, 5, 4, 11, 59, 0, 0, time.UTC)
	eq(t, "start", r.town.starts[0], ocpp.StartInfo{Ref: ocpp.Ref{Workspace: "w1", Charger: "CP1"}, EVSE: 1, Token: "GOOD", MeterWh: 1200, At: at, Received: noon})
	eq(t, "stop", r.town.stops[1], ocpp.StopInfo{Ref: ocpp.Ref{Workspace: "w1", Charger: "CP1"}, TxID: -1, Token: "BLOCKED", MeterWh: 2000, Reason: "Local", At: at, Received: noon})
	if tx := r.town.stops[2].TxID; tx != 1<<63-1 {
		t.Errorf("absurd transaction id became %d", tx)
	}
	if n := len(r.town.meters); n != 2 { // one each: the signed one says nothing
		t.Errorf("%d meter messages", n)
	}
	if m := r.town.meters[0]; m.TxID != 1001 || *m.Readings[0].EnergyWh != 1250 || m.Readings[0].At != at {
		t.Errorf("meter: %+v", m)
	}
	e := r.town.events[0]
	if *e.Readings[0].EnergyWh != 1200 {
		t.Errorf("energy %d", *e.Readings[0].EnergyWh)
	}
	e.Readings = nil
	eq(t, "event", e, ocpp.EventInfo{
		Ref: ocpp.Ref{Workspace: "w1", Charger: "CP2"}, Phase: ocpp.Started, TxID: "tx-1", Trigger: "Authorized", EVSE: 1, Connector: 1,
		Token: "FAMILY", TokenType: "ISO14443", ChargingState: "Charging", At: at, Received: noon,
	})
	if e := r.town.events[2]; !e.Offline || e.StoppedReason != "Local" || e.Seq != 2 || e.EVSE != 0 {
		t.Errorf("event: %+v", e)
	}
	eq(t, "status", r.town.states[1], ocpp.StatusInfo{EVSE: 2, Connector: 1, Status: "Faulted", ErrorCode: "GroundFailure", Info: "RCD E7", At: at.Add(-2 * time.Hour), Received: noon})
	if s := r.town.states[0]; s.EVSE != 0 || s.Connector != 0 {
		t.Errorf("the charger itself: %+v", s)
	}
}

func eq[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if g, w := fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want); g != w {
		t.Errorf("%s:\ngot  %s\nwant %s", what, g, w)
	}
}
