package ocpp_test

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"involt/internal/face/ocpp"
	"involt/internal/kit/errs"
)

var cp1 = ocpp.Ref{Workspace: "w1", Charger: "CP1"}

// reply reads one CALL and answers it; it returns the CALL's action and payload.
func (p *peer) reply(payload string) (action, asked string) {
	p.t.Helper()
	var call []json.RawMessage
	if err := json.Unmarshal([]byte(p.receive()), &call); err != nil || len(call) != 4 || string(call[0]) != "2" {
		p.t.Fatalf("not a CALL: %s", call)
	}
	if strings.HasPrefix(payload, "[") { // an error: code, text, details
		p.send(`[4,` + string(call[1]) + `,` + payload[1:])
	} else {
		p.send(`[3,` + string(call[1]) + `,` + payload + `]`)
	}
	return strings.Trim(string(call[2]), `"`), string(call[3])
}

func TestCommandsInBothVersions(t *testing.T) {
	type do func(ctx context.Context, s *ocpp.Server) error
	status := func(f func(ctx context.Context, s *ocpp.Server) (string, error)) do {
		return func(ctx context.Context, s *ocpp.Server) error { _, err := f(ctx, s); return err }
	}
	for _, c := range []struct {
		protocol string
		do       do
		action   string
		payload  string // what is asked; "" if random
		answer   string
		fails    errs.Kind // Internal: does not
	}{
		{t16, func(ctx context.Context, s *ocpp.Server) error { return s.RemoteStart(ctx, cp1, 2, "04aB", "") }, "RemoteStartTransaction", `{"connectorId":2,"idTag":"04aB"}`, `{"status":"Accepted"}`, 0},
		{t16, func(ctx context.Context, s *ocpp.Server) error { return s.RemoteStart(ctx, cp1, 0, "04aB", "") }, "RemoteStartTransaction", `{"idTag":"04aB"}`, `{"status":"Rejected"}`, errs.Conflict},
		{t16, func(ctx context.Context, s *ocpp.Server) error { return s.RemoteStop(ctx, cp1, "1001") }, "RemoteStopTransaction", `{"transactionId":1001}`, `{"status":"Accepted"}`, 0},
		{t16, func(ctx context.Context, s *ocpp.Server) error { return s.Reset(ctx, cp1, true) }, "Reset", `{"type":"Hard"}`, `{"status":"Accepted"}`, 0},
		{t16, func(ctx context.Context, s *ocpp.Server) error { return s.Reset(ctx, cp1, false) }, "Reset", `{"type":"Soft"}`, `["NotSupported","no",{}]`, errs.Conflict},
		{t16, func(ctx context.Context, s *ocpp.Server) error { return s.ClearCache(ctx, cp1) }, "ClearCache", `{}`, `{"status":"Accepted"}`, 0},
		{t16, func(ctx context.Context, s *ocpp.Server) error { return s.ClearCache(ctx, cp1) }, "ClearCache", `{}`, `{"state":"Accepted"}`, errs.Conflict},
		{t16, func(ctx context.Context, s *ocpp.Server) error { return s.Trigger(ctx, cp1, "StatusNotification", 1) }, "TriggerMessage", `{"requestedMessage":"StatusNotification","connectorId":1}`, `{"status":"Accepted"}`, 0},
		{t16, status(func(ctx context.Context, s *ocpp.Server) (string, error) {
			return s.WriteSetting(ctx, cp1, "HeartbeatInterval", "300")
		}), "ChangeConfiguration", `{"key":"HeartbeatInterval","value":"300"}`, `{"status":"RebootRequired"}`, 0},
		{t16, status(func(ctx context.Context, s *ocpp.Server) (string, error) { return s.WriteSetting(ctx, cp1, "X", "300") }), "ChangeConfiguration", `{"key":"X","value":"300"}`, `{"status":"NotSupported"}`, errs.Conflict},
		{t201, func(ctx context.Context, s *ocpp.Server) error { return s.RemoteStart(ctx, cp1, 2, "04aB", "ISO14443") }, "RequestStartTransaction", "", `{"status":"Accepted"}`, 0},
		{t201, func(ctx context.Context, s *ocpp.Server) error { return s.RemoteStop(ctx, cp1, "tx-1") }, "RequestStopTransaction", `{"transactionId":"tx-1"}`, `{"status":"Rejected","statusInfo":{"reasonCode":"x"}}`, errs.Conflict},
		{t201, func(ctx context.Context, s *ocpp.Server) error { return s.Reset(ctx, cp1, true) }, "Reset", `{"type":"Immediate"}`, `{"status":"Accepted"}`, 0},
		{t201, func(ctx context.Context, s *ocpp.Server) error { return s.Reset(ctx, cp1, false) }, "Reset", `{"type":"OnIdle"}`, `{"status":"Scheduled"}`, 0},
		{t201, func(ctx context.Context, s *ocpp.Server) error { return s.ClearCache(ctx, cp1) }, "ClearCache", `{}`, `{"status":"Accepted"}`, 0},
		{t201, func(ctx context.Context, s *ocpp.Server) error { return s.Trigger(ctx, cp1, "StatusNotification", 1) }, "TriggerMessage", `{"evse":{"id":1,"connectorId":1},"requestedMessage":"StatusNotification"}`, `{"status":"NotImplemented"}`, errs.Conflict},
		{t201, status(func(ctx context.Context, s *ocpp.Server) (string, error) {
			return s.WriteSetting(ctx, cp1, "OCPPCommCtrlr.HeartbeatInterval", "300")
		}), "SetVariables", `{"setVariableData":[{"attributeValue":"300","component":{"name":"OCPPCommCtrlr"},"variable":{"name":"HeartbeatInterval"}}]}`, `{"setVariableResult":[{"attributeStatus":"Accepted","component":{"name":"a"},"variable":{"name":"b"}}]}`, 0},
	} {
		t.Run(c.protocol+" "+c.action, func(t *testing.T) {
			r := newRig(t)
			p := r.connect("CP1", c.protocol)
			result := make(chan error, 1)
			go func() { result <- c.do(context.Background(), r.srv) }()
			action, asked := p.reply(c.answer)
			if action != c.action || c.payload != "" && asked != c.payload {
				t.Errorf("asked %s %s", action, asked)
			}
			conforms(t, c.protocol, action, "req", asked)
			err := <-result
			if c.fails == errs.Internal && err != nil || c.fails != errs.Internal && errs.KindOf(err) != c.fails {
				t.Errorf("error: %v", err)
			}
		})
	}
}

func TestSettingsAreReadInBothVersions(t *testing.T) {
	r := newRig(t)
	type result struct {
		list []ocpp.Setting
		err  error
	}
	read := func(names ...string) chan result {
		ch := make(chan result, 1)
		go func() { l, err := r.srv.ReadSettings(context.Background(), cp1, names...); ch <- result{l, err} }()
		return ch
	}
	p := r.connect("CP1", t16)
	ch := read("A", "B")
	_, asked := p.reply(`{"configurationKey":[{"key":"A","readonly":true,"value":"1"}],"unknownKey":["B"]}`)
	conforms(t, t16, "GetConfiguration", "req", asked)
	eq(t, "1.6", <-ch, result{[]ocpp.Setting{{Name: "A", Value: "1", ReadOnly: true}, {Name: "B", Unknown: true}}, nil})

	p = r.connect("CP1", t201)
	ch = read("A.B")
	_, asked = p.reply(`{"getVariableResult":[{"attributeStatus":"Accepted","attributeValue":"7","component":{"name":"A"},"variable":{"name":"B"}}]}`)
	conforms(t, t201, "GetVariables", "req", asked)
	eq(t, "2.0.1", <-ch, result{[]ocpp.Setting{{Name: "A.B", Value: "7"}}, nil})

	// A full report comes in parts, here the last one first.
	ch = read()
	_, asked = p.reply(`{"status":"Accepted"}`)
	conforms(t, t201, "GetBaseReport", "req", asked)
	var req struct {
		RequestID json.Number `json:"requestId"`
	}
	if err := json.Unmarshal([]byte(asked), &req); err != nil {
		t.Fatal(err)
	}
	part := func(seq, tbc, name, value string) {
		p.ok("NotifyReport", `{"requestId":`+req.RequestID.String()+`,"generatedAt":"2026-05-04T11:59:00Z","seqNo":`+seq+`,"tbc":`+tbc+
			`,"reportData":[{"component":{"name":"C"},"variable":{"name":"`+name+`"},"variableAttribute":[{"value":"`+value+`","mutability":"ReadOnly"}]}]}`)
	}
	part("1", "false", "Two", "2")
	part("0", "true", "One", "1")
	eq(t, "report", <-ch, result{[]ocpp.Setting{{Name: "C.One", Value: "1", ReadOnly: true}, {Name: "C.Two", Value: "2", ReadOnly: true}}, nil})

	if _, err := r.srv.ReadSettings(context.Background(), cp1, "NoDot"); errs.KindOf(err) != errs.Invalid {
		t.Errorf("name without a dot: %v", err)
	}
}

func TestOneCommandAtATimeInOrder(t *testing.T) {
	r := newRig(t)
	p := r.connect("CP1", t16)
	var wg sync.WaitGroup
	for range 5 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if err := r.srv.ClearCache(context.Background(), cp1); err != nil {
				t.Error(err)
			}
		}()
	}
	ids := map[string]bool{}
	for range 5 {
		var call []json.RawMessage
		if err := json.Unmarshal([]byte(p.receive()), &call); err != nil {
			t.Fatal(err)
		}
		ids[string(call[1])] = true
		p.ok("Heartbeat", `{}`) // the charger's own message in between: the next frame is its answer, not a CALL
		p.send(`[3,"wrong id",{"status":"Accepted"}]`)
		p.send(`[3,` + string(call[1]) + `,{"status":"Accepted"}]`)
	}
	wg.Wait()
	if len(ids) != 5 {
		t.Errorf("ids: %v", ids)
	}
}

func TestCommandsDoNotWaitForEver(t *testing.T) {
	r := newRig(t, func(c *ocpp.Config) {
		c.CallTimeout, c.QueueTimeout, c.MaxQueue = 2*time.Second, 50*time.Millisecond, 1
	})
	if err := r.srv.ClearCache(context.Background(), cp1); errs.KindOf(err) != errs.Unavailable {
		t.Errorf("not connected: %v", err)
	}
	p := r.connect("CP1", t16)
	first := make(chan error, 1)
	go func() { first <- r.srv.ClearCache(context.Background(), cp1) }()
	var call []json.RawMessage
	if err := json.Unmarshal([]byte(p.receive()), &call); err != nil {
		t.Fatal(err)
	}
	if err := r.srv.ClearCache(context.Background(), cp1); errs.KindOf(err) != errs.Unavailable || !strings.Contains(err.Error(), "busy") {
		t.Errorf("in the queue: %v", err)
	}
	if err := <-first; errs.KindOf(err) != errs.Unavailable || !strings.Contains(err.Error(), "in time") {
		t.Errorf("no answer: %v", err)
	}
	p.send(`[3,` + string(call[1]) + `,{"status":"Accepted"}]`) // too late: ignored
	p.ok("Heartbeat", `{}`)

	lost := make(chan error, 1)
	go func() { lost <- r.srv.ClearCache(context.Background(), cp1) }()
	p.receive()
	_ = p.ws.CloseNow()
	if err := <-lost; errs.KindOf(err) != errs.Unavailable {
		t.Errorf("disconnected: %v", err)
	}
}

func TestBrokenAnswerEndsTheCommand(t *testing.T) {
	r := newRig(t)
	p := r.connect("CP1", t16)
	got := make(chan error, 1)
	go func() { got <- r.srv.ClearCache(context.Background(), cp1) }()
	var call []json.RawMessage
	if err := json.Unmarshal([]byte(p.receive()), &call); err != nil {
		t.Fatal(err)
	}
	p.send(`[3,` + string(call[1]) + `]`)
	if err := <-got; errs.KindOf(err) != errs.Conflict {
		t.Errorf("%v", err)
	}
}
