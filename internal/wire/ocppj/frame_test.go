package ocppj

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSplit(t *testing.T) {
	for _, c := range []struct{ in, id, action, payload string }{
		{`[2,"a","Heartbeat",{}]`, "a", "Heartbeat", `{}`},
		{" [ 2 ,\t\"a\" , \"X\" ,\n{ \"b\" : [1,{\"c\":\"]}\"}] } ] ", "a", "X", `{ "b" : [1,{"c":"]}"}] }`},
		{`[3,"a",{"b":"\"}"}]`, "a", "", `{"b":"\"}"}`},
		{`[4,"a","InternalError","",{}]`, "a", "", `{}`},
		{`[4,"a","InternalError"]`, "a", "", ``},
		{`[4,"a","InternalError","text"]`, "a", "", ``},
		{`[2,"` + strings.Repeat("é", 36) + `","X",{}]`, strings.Repeat("é", 36), "X", `{}`},
		{`[2,"","X",{}]`, "", "X", `{}`},
	} {
		f, fault := Split([]byte(c.in))
		if fault != nil || string(f.ID) != c.id || string(f.Action) != c.action || string(f.Payload) != c.payload {
			t.Errorf("%s: %+v %v", c.in, f, fault)
		}
	}
}

func TestSplitFaults(t *testing.T) {
	for _, c := range []struct {
		in   string
		code Code
		id   string // "-" for none
		kind Kind
	}{
		{``, FrameworkError, "-", 0},
		{`[`, FrameworkError, "-", 0},
		{`["2","a","X",{}]`, FrameworkError, "-", 0},
		{`[2.0,"a","X",{}]`, FrameworkError, "-", 0},
		{`[222,"a","X",{}]`, FrameworkError, "-", 0},
		{`[2,a,"X",{}]`, FrameworkError, "-", 0},
		{`[2,"a`, FrameworkError, "-", 0},
		{"[2,\"a\x00\",\"X\",{}]", FrameworkError, "-", 0},
		{"[2,\"\xff\",\"X\",{}]", FrameworkError, "-", 0},
		{`[2,"\q","X",{}]`, FrameworkError, "-", 0},
		{`[2,"` + strings.Repeat("a", 37) + `","X",{}]`, FrameworkError, "-", 0},
		{`[1,"a","X",{}]`, MessageTypeUnknown, "a", 0},
		{`[25,"a","X",{}]`, MessageTypeUnknown, "a", 0},
		{`[2,"a","",{}]`, FormationViolation, "a", Call},
		{`[2,"a",{},{}]`, FormationViolation, "a", Call},
		{`[2,"a","X"]`, FormationViolation, "a", Call},
		{`[2,"a","X",{]`, FormationViolation, "a", Call},
		{`[2,"a","X",{"b":"}]`, FormationViolation, "a", Call},
		{`[2,"a","X","{}"]`, FormationViolation, "a", Call},
		{`[2,"a","X",{}`, FormationViolation, "a", Call},
		{`[2,"a","X",{}],`, FormationViolation, "a", Call},
		{`[3,"a"]`, FormationViolation, "a", Result},
		{`[4,"a"]`, FormationViolation, "a", Error},
		{`[4,"a","b",7]`, FormationViolation, "a", Error},
	} {
		_, fault := Split([]byte(c.in))
		if fault == nil {
			t.Errorf("%s: no fault", c.in)
			continue
		}
		id := "-"
		if fault.ID != nil {
			id = string(fault.ID)
		}
		if fault.Code != c.code || id != c.id || fault.Kind != c.kind {
			t.Errorf("%s: %+v", c.in, fault)
		}
	}
}

func TestCodesAreSpeltAsEachVersionWants(t *testing.T) {
	for c, want := range map[Code][2]string{
		InternalError:       {"InternalError", "InternalError"},
		FormationViolation:  {"FormationViolation", "FormatViolation"},
		PropertyViolation:   {"PropertyConstraintViolation", "PropertyConstraintViolation"},
		OccurrenceViolation: {"OccurenceConstraintViolation", "OccurenceConstraintViolation"},
		TypeViolation:       {"TypeConstraintViolation", "TypeConstraintViolation"},
		NotImplemented:      {"NotImplemented", "NotImplemented"},
		NotSupported:        {"NotSupported", "NotSupported"},
		ProtocolError:       {"ProtocolError", "ProtocolError"},
		SecurityError:       {"SecurityError", "SecurityError"},
		GenericError:        {"GenericError", "GenericError"},
		MessageTypeUnknown:  {"FormationViolation", "MessageTypeNotSupported"},
		FrameworkError:      {"FormationViolation", "RpcFrameworkError"},
	} {
		if got := [2]string{c.For(V16), c.For(V201)}; got != want {
			t.Errorf("%d: %v", c, got)
		}
	}
}

func TestErrorTextIsEscapedAndCut(t *testing.T) {
	got := string(AppendError(nil, []byte(`a\"`), "InternalError", `say "no"`+"\n\u2028"+strings.Repeat("é", 300)))
	var parts []any
	if err := json.Unmarshal([]byte(got), &parts); err != nil {
		t.Fatal(err)
	}
	if parts[1] != `a"` || utf8.RuneCountInString(parts[3].(string)) != 255 {
		t.Errorf("%s", got)
	}
}

func FuzzSplit(f *testing.F) {
	for _, s := range []string{
		`[2,"a","Heartbeat",{}]`, `[3,"a",{"b":[1,"]"]}]`, `[4,"a","InternalError","",{}]`, `[4,"a","b"]`, `[2,"\u00e9","X",{}]`,
		`[9,"a"]`, `[2,"a","X",{]`, `[]`, ` [2 , "a" , "X" , { } ] `,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		frame, fault := Split(b)
		var parts []json.RawMessage
		valid := json.Unmarshal(b, &parts) == nil
		if fault != nil {
			if fault.ID != nil { // an answer must be possible, whatever was sent
				if out := AppendError(nil, fault.ID, fault.Code.For(V16), fault.Error()); !json.Valid(out) {
					t.Fatalf("%q makes the answer %q", b, out)
				}
			}
			return
		}
		if !json.Valid(AppendResult(nil, frame.ID, []byte(`{}`))) {
			t.Fatalf("%q: id %q cannot be echoed", b, frame.ID)
		}
		if !valid {
			return // the payload is not JSON: the decoder will say so
		}
		var id string
		if json.Unmarshal(parts[1], &id) != nil || `"`+string(frame.ID)+`"` != string(parts[1]) {
			t.Fatalf("%q: id %q, encoding/json says %q", b, frame.ID, parts[1])
		}
		if frame.Kind != Error && string(frame.Payload) != string(parts[len(parts)-1]) {
			t.Fatalf("%q: payload %q", b, frame.Payload)
		}
	})
}
