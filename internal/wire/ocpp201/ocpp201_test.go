package ocpp201

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"involt/internal/wire/ocppj"
)

func TestReadAuthorizeGivesUpRatherThanErr(t *testing.T) {
	for in, want := range map[string]string{
		`{"idToken":{"idToken":"A","type":"Central"}}`:                     "A Central",
		` { "idToken" : { "type" : "Central" , "idToken" : "A" } } `:       "A Central",
		`{"idToken":{"idToken":"A","type":"Central"},"certificate":"x"}`:   "-",
		`{"idToken":{"idToken":"A","type":"Central","additionalInfo":[]}}`: "-",
		`{"idToken":{"idToken":"A"}}`:                                      "-",
		`{"idToken":{"idToken":"","type":"Central"}}`:                      "-",
		`{"idToken":{"idToken":"A","type":"Central"}`:                      "-",
		`{"idToken":{"idToken":"A","type":"Central"}}}`:                    "-",
		`{"idToken":{"idToken":"A","type":"Central"} x}`:                   "-",
		`{"idToken":"A"}`: "-",
		`{}`:              "-",
	} {
		token, kind, ok := ReadAuthorize([]byte(in))
		if want == "-" && ok || want != "-" && (!ok || string(token)+" "+string(kind) != want) {
			t.Errorf("%s: %q %q %v", in, token, kind, ok)
		}
	}
}

func FuzzAuthorize(f *testing.F) {
	f.Add([]byte(`{"idToken":{"idToken":"A","type":"Central"}}`))
	f.Add([]byte(`{"idToken":{"idToken":"A","idToken":"B","type":"Central"}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		token, kind, ok := ReadAuthorize(b)
		if !ok {
			return
		}
		var m Authorize
		if err := ocppj.Decode(b, &m); err != nil || m.IDToken != (IDToken{string(token), string(kind)}) {
			t.Fatalf("%q: fast %q %q, slow %+v %v", b, token, kind, m, err)
		}
	})
}

// FuzzDecode: nothing a charger sends may panic, and every error has a code.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"eventType":"Started","timestamp":"2026-05-04T11:59:00Z","triggerReason":"Authorized","seqNo":0,"transactionInfo":{"transactionId":"t"},"evse":{"id":1},"meterValue":[{"sampledValue":[{"value":1.2,"unitOfMeasure":{"unit":"kWh","multiplier":3}}]}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, m := range []ocppj.Message{
			&Authorize{}, &BootNotification{}, &StatusNotification{}, &TransactionEvent{}, &MeterValues{}, &SecurityEvent{}, &NotifyReport{},
			NewNotice("a"), &Only{}, &Variables{}, &VariablesSet{},
		} {
			err := ocppj.Decode(b, m)
			var p *ocppj.Problem
			if err != nil && !errors.As(err, &p) {
				t.Fatalf("%T: %v", m, err)
			}
			if e, ok := m.(*TransactionEvent); ok {
				Figures(e.MeterValue)
			}
		}
	})
}

func TestAppendedInfoIsTheMarshalledOne(t *testing.T) {
	at := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	for _, info := range []IDTokenInfo{
		{Status: Accepted},
		{Status: NoCredit, ChargingPriority: -9, CacheExpiryDateTime: Expiry(at)},
		{Status: Accepted, GroupIDToken: &IDToken{"é", "Central"}, PersonalMessage: &Text{Format: "UTF8", Language: "de", Content: "<Grüß \"Gott\">\n"}},
	} {
		var got IDTokenInfo
		if err := json.Unmarshal(info.Append(nil), &got); err != nil {
			t.Fatal(err)
		}
		a, _ := json.Marshal(got)
		b, _ := json.Marshal(info)
		if string(a) != string(b) {
			t.Errorf("%s, want %s", a, b)
		}
	}
}

func TestFiguresWithUnitsAndMultipliers(t *testing.T) {
	var m MeterValues
	err := ocppj.Decode([]byte(`{"evseId":1,"meterValue":[{"timestamp":"2026-05-04T11:00:00Z","sampledValue":[
		{"value":12.5,"unitOfMeasure":{"unit":"kWh"}},
		{"value":74,"measurand":"Power.Active.Import","unitOfMeasure":{"multiplier":2}},
		{"value":55,"measurand":"SoC","location":"EV","unitOfMeasure":{"unit":"Percent"}},
		{"value":5,"measurand":"Current.Import","unitOfMeasure":{"unit":"A","multiplier":9999999999}}]}]}`), &m)
	if err != nil {
		t.Fatal(err)
	}
	f := Figures(m.MeterValue)
	if len(f) != 1 || *f[0].EnergyWh != 12_500 || *f[0].PowerW != 7400 || *f[0].SoC != 55 {
		t.Errorf("%+v", f)
	}
}
