package ocpp_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"involt/internal/face/ocpp"
	"involt/internal/kit/errs"
)

func TestListsAreSentInBothVersions(t *testing.T) {
	last := time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)
	put := []ocpp.ListEntry{{Token: "04ab", TokenType: "ISO15693", Parent: "01kamb5nzh0q4t8v6w2y", Expires: last}, {Token: "04CD"}}
	drop := []ocpp.ListEntry{{Token: "04ef", TokenType: "ISO14443"}}
	for _, c := range []struct {
		name, protocol string
		update         ocpp.ListUpdate
		asked, answer  string
		word           string // of the refusal
	}{
		{"whole", t16, ocpp.ListUpdate{Version: 7, Whole: true, Put: put}, `{"listVersion":7,"localAuthorizationList":[{"idTag":"04ab","idTagInfo":{"status":"Accepted","expiryDate":"2027-03-01T00:00:00.000Z","parentIdTag":"01kamb5nzh0q4t8v6w2y"}},{"idTag":"04CD","idTagInfo":{"status":"Accepted"}}],"updateType":"Full"}`, "Accepted", ""},
		{"empty", t16, ocpp.ListUpdate{Version: 8, Whole: true}, `{"listVersion":8,"updateType":"Full"}`, "Accepted", ""},
		{"changes", t16, ocpp.ListUpdate{Version: 9, Drop: drop, Put: put[1:]}, `{"listVersion":9,"localAuthorizationList":[{"idTag":"04ef"},{"idTag":"04CD","idTagInfo":{"status":"Accepted"}}],"updateType":"Differential"}`, "VersionMismatch", "VersionMismatch"},
		{"no list", t16, ocpp.ListUpdate{Version: 9, Drop: drop}, `{"listVersion":9,"localAuthorizationList":[{"idTag":"04ef"}],"updateType":"Differential"}`, "NotSupported", "NotSupported"},
		{"whole", t201, ocpp.ListUpdate{Version: 7, Whole: true, Put: put}, `{"versionNumber":7,"updateType":"Full","localAuthorizationList":[{"idTokenInfo":{"status":"Accepted","cacheExpiryDateTime":"2027-03-01T00:00:00.000Z","groupIdToken":{"idToken":"01kamb5nzh0q4t8v6w2y","type":"Central"}},"idToken":{"idToken":"04ab","type":"ISO15693"}},{"idTokenInfo":{"status":"Accepted"},"idToken":{"idToken":"04CD","type":"ISO14443"}}]}`, "Accepted", ""},
		{"empty", t201, ocpp.ListUpdate{Version: 8, Whole: true}, `{"versionNumber":8,"updateType":"Full"}`, "Accepted", ""},
		{"changes", t201, ocpp.ListUpdate{Version: 9, Drop: drop, Put: put[1:]}, `{"versionNumber":9,"updateType":"Differential","localAuthorizationList":[{"idToken":{"idToken":"04ef","type":"ISO14443"}},{"idTokenInfo":{"status":"Accepted"},"idToken":{"idToken":"04CD","type":"ISO14443"}}]}`, "Failed", "Failed"},
	} {
		t.Run(c.protocol+" "+c.name, func(t *testing.T) {
			r := newRig(t)
			p := r.connect("CP1", c.protocol)
			result := make(chan error, 1)
			go func() { result <- r.srv.SendList(context.Background(), cp1, c.update) }()
			action, asked := p.reply(`{"status":"` + c.answer + `"}`)
			if action != "SendLocalList" || asked != c.asked {
				t.Errorf("asked %s %s", action, asked)
			}
			conforms(t, c.protocol, action, "req", asked)
			err := <-result
			if no, _ := err.(*ocpp.Refusal); (err == nil) != (c.word == "") || no != nil && no.Word != c.word { //nolint:errorlint // it is returned as it is
				t.Errorf("error: %v", err)
			}
		})
	}
}

func TestChargersSayWhatTheirListsHold(t *testing.T) {
	type step struct{ action, answer string }
	settings := func(list ...string) string {
		var known []string
		for i := 0; i < len(list); i += 2 {
			known = append(known, `{"key":"`+list[i]+`","readonly":true,"value":"`+list[i+1]+`"}`)
		}
		return `{"configurationKey":[` + strings.Join(known, ",") + `]}`
	}
	variable := func(name, status, value string) string {
		return `{"attributeStatus":"` + status + `","attributeValue":"` + value + `","component":{"name":"LocalAuthListCtrlr"},"variable":{"name":"` + name + `"}}`
	}
	three := func(enabled, items, bytes string) string {
		return `{"getVariableResult":[` + enabled + `,` + items + `,` + bytes + `]}`
	}
	unknown := variable("BytesPerMessage", "UnknownVariable", "")
	const none = `["NotImplemented","",{}]`
	for name, c := range map[string]struct {
		protocol string
		steps    []step
		report   string // what is reported behind the steps; "" for no report
		want     ocpp.ListLimits
		fails    errs.Kind
	}{
		"1.6":              {t16, []step{{"GetConfiguration", settings("LocalAuthListEnabled", "true", "LocalAuthListMaxLength", "500", "SendLocalListMaxLength", "48")}}, "", ocpp.ListLimits{Supported: true, SwitchedOn: true, Size: 500, PerMessage: 48}, 0},
		"1.6, off":         {t16, []step{{"GetConfiguration", settings("LocalAuthListEnabled", "False", "LocalAuthListMaxLength", "500")}}, "", ocpp.ListLimits{Supported: true, Size: 500}, 0},
		"1.6, absurd":      {t16, []step{{"GetConfiguration", settings("LocalAuthListEnabled", "true", "LocalAuthListMaxLength", "-1", "SendLocalListMaxLength", "many")}}, "", ocpp.ListLimits{Supported: true, SwitchedOn: true}, 0},
		"1.6, no settings": {t16, []step{{"GetConfiguration", settings()}, {"GetLocalListVersion", `{"listVersion":0}`}}, "", ocpp.ListLimits{Supported: true, SwitchedOn: true}, 0},
		"1.6, none":        {t16, []step{{"GetConfiguration", settings()}, {"GetLocalListVersion", `{"listVersion":-1}`}}, "", ocpp.ListLimits{SwitchedOn: true}, 0},
		"1.6, nothing":     {t16, []step{{"GetConfiguration", none}, {"GetLocalListVersion", none}}, "", ocpp.ListLimits{SwitchedOn: true}, 0},
		"2.0.1": {
			t201,
			[]step{{"GetVariables", three(variable("Enabled", "Accepted", "true"), variable("ItemsPerMessage", "Accepted", "20"), variable("BytesPerMessage", "Accepted", "2500"))}, {"GetReport", `{"status":"Accepted"}`}},
			`"variableCharacteristics":{"dataType":"integer","maxLimit":120,"supportsMonitoring":false},`,
			ocpp.ListLimits{Supported: true, SwitchedOn: true, Size: 120, PerMessage: 10},
			0,
		},
		"2.0.1, off, without a limit": {
			t201,
			[]step{{"GetVariables", three(variable("Enabled", "Accepted", "false"), variable("ItemsPerMessage", "Accepted", "20"), unknown)}, {"GetReport", `{"status":"Accepted"}`}},
			` `,
			ocpp.ListLimits{Supported: true, PerMessage: 20},
			0,
		},
		"2.0.1, no reports": {t201, []step{{"GetVariables", three(variable("Enabled", "Accepted", "true"), variable("ItemsPerMessage", "Accepted", "20"), unknown)}, {"GetReport", none}}, "", ocpp.ListLimits{Supported: true, SwitchedOn: true, PerMessage: 20}, 0},
		"2.0.1, none":       {t201, []step{{"GetVariables", three(variable("Enabled", "UnknownComponent", ""), variable("ItemsPerMessage", "UnknownComponent", ""), unknown)}}, "", ocpp.ListLimits{SwitchedOn: true}, 0},
		"2.0.1, nothing":    {t201, []step{{"GetVariables", none}}, "", ocpp.ListLimits{}, 0},
		"2.0.1, nonsense":   {t201, []step{{"GetVariables", `{"x":1}`}}, "", ocpp.ListLimits{}, errs.Conflict},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			p := r.connect("CP1", c.protocol)
			type result struct {
				l   ocpp.ListLimits
				err error
			}
			got := make(chan result, 1)
			go func() { l, err := r.srv.ListLimits(context.Background(), cp1); got <- result{l, err} }()
			asked := ""
			for _, s := range c.steps {
				var action string
				if action, asked = p.reply(s.answer); action != s.action {
					t.Fatalf("asked %s, want %s", action, s.action)
				}
				conforms(t, c.protocol, action, "req", asked)
			}
			if c.report != "" {
				var req struct {
					RequestID json.Number `json:"requestId"`
				}
				if err := json.Unmarshal([]byte(asked), &req); err != nil {
					t.Fatal(err)
				}
				report := `{"requestId":` + req.RequestID.String() + `,"generatedAt":"2026-05-04T11:59:00Z","seqNo":0,"reportData":[{"component":{"name":"LocalAuthListCtrlr"},"variable":{"name":"Entries"},` +
					c.report + `"variableAttribute":[{"value":"3","mutability":"ReadOnly"}]}]}`
				conforms(t, c.protocol, "NotifyReport", "req", report)
				p.ok("NotifyReport", report)
			}
			out := <-got
			if out.l != c.want && c.fails == 0 || c.fails != 0 && errs.KindOf(out.err) != c.fails || c.fails == 0 && out.err != nil {
				t.Errorf("%+v, %v; want %+v", out.l, out.err, c.want)
			}
		})
	}
}

func TestListVersionsAreReadInBothVersions(t *testing.T) {
	for protocol, answer := range map[string]string{t16: `{"listVersion":-1}`, t201: `{"versionNumber":42}`} {
		r := newRig(t)
		p := r.connect("CP1", protocol)
		type result struct {
			n   int64
			err error
		}
		got := make(chan result, 1)
		go func() { n, err := r.srv.ListVersion(context.Background(), cp1); got <- result{n, err} }()
		action, asked := p.reply(answer)
		conforms(t, protocol, action, "req", asked)
		eq(t, protocol, <-got, result{map[string]int64{t16: -1, t201: 42}[protocol], nil})
	}
}
