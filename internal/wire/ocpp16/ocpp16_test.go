package ocpp16

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"involt/internal/wire/ocppj"
)

func TestReadAuthorizeGivesUpRatherThanErr(t *testing.T) {
	for in, want := range map[string]string{
		`{"idTag":"A"}`: "A", ` { "idTag" : "A" } `: "A", `{"idTag":""}`: "", `{"x":"y","idTag":"A"}`: "A",
		`{}`: "-", `{"idTag":7}`: "-", `{"idTag":"\u0041"}`: "-", `{"idTag":"é"}`: "-", `{"idTag":"A",}`: "-", `{"idTag":"A"}}`: "-",
		`{"idTag":"A"`: "-", `{"idTag":"123456789012345678901"}`: "-", `{"IDTAG":"B","idTag":"A"}`: "-", `{"idTag":"A","x":{}}`: "-", ``: "-",
	} {
		got, ok := ReadAuthorize([]byte(in))
		if want == "-" && ok || want != "-" && (!ok || string(got) != want) {
			t.Errorf("%s: %q %v", in, got, ok)
		}
	}
}

func FuzzAuthorize(f *testing.F) {
	f.Add([]byte(`{"idTag":"A"}`))
	f.Add([]byte(`{"idTag":"A","idTag":"B"}`))
	f.Add([]byte(`{"idtag":"A","idTag":"B"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		fast, ok := ReadAuthorize(b)
		if !ok {
			return
		}
		var m Authorize
		if err := ocppj.Decode(b, &m); err != nil || m.IDTag != string(fast) {
			t.Fatalf("%q: fast %q, slow %q %v", b, fast, m.IDTag, err)
		}
	})
}

// FuzzDecode: nothing a charger sends may panic, and every error has a code.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"connectorId":1,"transactionId":5,"meterValue":[{"timestamp":"2026-05-04T11:59:00Z","sampledValue":[{"value":"1","unit":"kWh"}]}]}`))
	f.Add([]byte(`{"transactionId":1,"meterStop":1e99,"timestamp":"x","transactionData":[{"sampledValue":[{"value":null},{"value":{}}]}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, m := range []ocppj.Message{
			&Authorize{}, &BootNotification{}, &Heartbeat{}, &StatusNotification{}, &StartTransaction{}, &StopTransaction{}, &MeterValues{},
			&DataTransfer{}, &Notice{}, &SecurityEvent{}, &SignCertificate{}, &Configuration{}, &Only{},
		} {
			err := ocppj.Decode(b, m)
			var p *ocppj.Problem
			if err != nil && !errors.As(err, &p) {
				t.Fatalf("%T: %v", m, err)
			}
			switch m := m.(type) {
			case *StopTransaction:
				Figures(m.TransactionData)
			case *MeterValues:
				Figures(m.MeterValue)
			}
		}
	})
}

func TestAppendedAnswerIsTheMarshalledOne(t *testing.T) {
	at := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	for _, parent := range []string{"", "G", "é\"\\"} {
		for _, expires := range []time.Time{{}, at} {
			want := Authorized{IDTagInfo{Status: Blocked, ParentIDTag: parent}}
			if !expires.IsZero() {
				want.IDTagInfo.ExpiryDate = &ocppj.Time{Time: expires}
			}
			var got Authorized
			if err := json.Unmarshal(AppendAuthorized(nil, Blocked, parent, expires), &got); err != nil {
				t.Fatal(err)
			}
			a, _ := json.Marshal(got)
			b, _ := json.Marshal(want)
			if string(a) != string(b) {
				t.Errorf("%s, want %s", a, b)
			}
		}
	}
}

func TestFiguresKeepTheOrderAndTheTime(t *testing.T) {
	var m StopTransaction
	err := ocppj.Decode([]byte(`{"transactionId":1,"meterStop":2,"timestamp":"2026-05-04T12:00:00Z","transactionData":[
		{"timestamp":"2026-05-04T11:00:00Z","sampledValue":[{"value":"1","context":"Transaction.Begin"}]},
		{"timestamp":"2026-05-04T11:30:00Z","sampledValue":[{"value":"1.5","unit":"kWh"},{"value":7.4,"unit":"kW","measurand":"Power.Active.Import"},{"measurand":"SoC"}]},
		{"timestamp":"bad","sampledValue":[{"value":"ABCDEF","format":"SignedData"}]},
		{"timestamp":"bad","sampledValue":[{"value":"2","context":"Transaction.End"}]}]}`), &m)
	if err != nil {
		t.Fatal(err)
	}
	f := Figures(m.TransactionData)
	if len(f) != 3 || *f[0].EnergyWh != 1 || *f[1].EnergyWh != 1500 || *f[1].PowerW != 7400 || f[1].SoC != nil || *f[2].EnergyWh != 2 ||
		f[0].At.Hour() != 11 || !f[2].At.IsZero() || f[2].Context != "Transaction.End" {
		t.Errorf("%+v", f)
	}
}
