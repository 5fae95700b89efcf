package charger

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"

	"involt/internal/wire/ocpp16"
	"involt/internal/wire/ocpp201"
	"involt/internal/wire/ocppj"
)

// obey takes a command of the server and returns the whole answer frame and what
// is to be done once that is sent; nil for nothing.
func (c *Charger) obey(id, action string, payload []byte) (frame []byte, after func()) {
	answer, do, known := c.command(action, payload)
	if !known {
		return ocppj.AppendError(nil, []byte(id), ocppj.NotImplemented.For(c.v), "not known here"), nil
	}
	b, err := json.Marshal(answer)
	if err != nil {
		return ocppj.AppendError(nil, []byte(id), ocppj.InternalError.For(c.v), ""), nil
	}
	if do != nil {
		after = func() { c.begin(do) }
	}
	return ocppj.AppendResult(nil, []byte(id), b), after
}

func status(yes bool) ocpp16.Only {
	if yes {
		return ocpp16.Only{Status: "Accepted"}
	}
	return ocpp16.Only{Status: "Rejected"}
}

func (c *Charger) command(action string, payload []byte) (answer any, after func(context.Context), known bool) {
	switch action {
	case "RemoteStartTransaction", "RequestStartTransaction":
		answer, after = c.remoteStart(payload)
	case "RemoteStopTransaction", "RequestStopTransaction":
		answer, after = c.remoteStop(payload)
	case "Reset":
		answer, after = status(true), c.restart
	case "ClearCache":
		answer = status(true)
	case "UnlockConnector":
		answer, after = c.unlock(payload)
	case "ChangeAvailability":
		answer, after = c.serve(payload)
	case "TriggerMessage":
		answer, after = c.trigger(payload)
	case "GetConfiguration":
		answer = c.configuration(payload)
	case "ChangeConfiguration":
		var m ocpp16.ChangeConfiguration
		if json.Unmarshal(payload, &m) != nil || !c.set(m.Key, m.Value) {
			return ocpp16.Only{Status: "NotSupported"}, nil, true
		}
		answer = status(true)
	case "GetVariables":
		answer = c.variables(payload)
	case "SetVariables":
		answer = c.setVariables(payload)
	case "GetBaseReport":
		answer, after = c.report(payload)
	case "GetReport":
		answer, after = c.listReport(payload)
	case "GetLocalListVersion":
		answer = c.listVersionAnswer()
	case "SendLocalList":
		answer = c.takeList(payload)
	default:
		return nil, nil, false
	}
	return answer, after, true
}

func (c *Charger) remoteStart(payload []byte) (any, func(context.Context)) {
	var m struct {
		ConnectorID   int             `json:"connectorId"`
		IDTag         string          `json:"idTag"`
		EVSEID        int             `json:"evseId"`
		RemoteStartID int             `json:"remoteStartId"`
		IDToken       ocpp201.IDToken `json:"idToken"`
	}
	if json.Unmarshal(payload, &m) != nil {
		return status(false), nil
	}
	n, uid := m.ConnectorID+m.EVSEID, m.IDTag+m.IDToken.IDToken
	c.mu.Lock()
	if n == 0 { // the first free one
		n = 1 + slices.IndexFunc(c.evses, func(e *evse) bool { return e.session == nil && !e.out })
	}
	free := n >= 1 && n <= len(c.evses) && c.evses[n-1].session == nil && c.evses[n-1].status != "Faulted" && !c.evses[n-1].out
	c.mu.Unlock()
	if !free || uid == "" {
		return status(false), nil
	}
	return status(true), func(ctx context.Context) {
		if _, err := c.begun(ctx, n, uid, m.RemoteStartID); err != nil {
			c.cfg.Log.Info("charger: remote start failed", "charger", c.cfg.ID, "err", err)
		}
	}
}

func (c *Charger) remoteStop(payload []byte) (any, func(context.Context)) {
	var m struct {
		TransactionID json.RawMessage `json:"transactionId"`
	}
	if json.Unmarshal(payload, &m) != nil {
		return status(false), nil
	}
	tx := string(m.TransactionID)
	if s, err := strconv.Unquote(tx); err == nil {
		tx = s
	}
	c.mu.Lock()
	n := 1 + slices.IndexFunc(c.evses, func(e *evse) bool { return e.session != nil && e.session.Tx == tx })
	c.mu.Unlock()
	if n == 0 {
		return status(false), nil
	}
	return status(true), func(ctx context.Context) {
		if err := c.Stop(ctx, n, "", "Remote"); err != nil {
			c.cfg.Log.Info("charger: remote stop failed", "charger", c.cfg.ID, "err", err)
		}
	}
}

// unlock lets go of a cable; a session ends with that.
func (c *Charger) unlock(payload []byte) (any, func(context.Context)) {
	var m struct {
		ConnectorID int `json:"connectorId"`
		EVSEID      int `json:"evseId"`
	}
	n := 0
	if json.Unmarshal(payload, &m) == nil {
		if n = m.EVSEID; n == 0 {
			n = m.ConnectorID
		}
	}
	if n < 1 || n > len(c.evses) {
		return ocpp16.Only{Status: "UnlockFailed"}, nil
	}
	return ocpp16.Only{Status: "Unlocked"}, func(ctx context.Context) {
		if c.Session(n) == nil {
			return
		}
		if err := c.Stop(ctx, n, "", "UnlockCommand"); err != nil {
			c.cfg.Log.Info("charger: unlock failed", "charger", c.cfg.ID, "err", err)
		}
	}
}

// serve takes an EVSE, or all of them, out of service or back; one that charges
// goes on to the end of its session first.
func (c *Charger) serve(payload []byte) (any, func(context.Context)) {
	var m struct {
		ConnectorID       int           `json:"connectorId"`
		Type              string        `json:"type"`
		OperationalStatus string        `json:"operationalStatus"`
		EVSE              ocpp201.Place `json:"evse"`
	}
	one, to := 0, ""
	if json.Unmarshal(payload, &m) == nil {
		one, to = m.ConnectorID+m.EVSE.ID, m.Type+m.OperationalStatus
	}
	if one < 0 || one > len(c.evses) || to != "Operative" && to != "Inoperative" {
		return status(false), nil
	}
	answer := ocpp16.Only{Status: "Accepted"}
	var now []int
	c.mu.Lock()
	for _, e := range c.evses {
		if one != 0 && e.number != one {
			continue
		}
		e.out = to == "Inoperative"
		switch {
		case e.session != nil && e.out:
			answer.Status = "Scheduled"
		case e.session == nil && e.status != "Faulted":
			now = append(now, e.number)
		}
	}
	c.mu.Unlock()
	return answer, func(ctx context.Context) {
		for _, n := range now {
			if err := c.become(ctx, n, "Available"); err != nil {
				c.cfg.Log.Info("charger: could not tell its state", "charger", c.cfg.ID, "err", err)
			}
		}
	}
}

// restart boots anew on a new connection.
func (c *Charger) restart(context.Context) {
	c.mu.Lock()
	c.booted = false
	if c.line != nil {
		c.line.done = true
	}
	c.mu.Unlock()
	c.Drop()
}

func (c *Charger) trigger(payload []byte) (any, func(context.Context)) {
	var m struct {
		RequestedMessage string        `json:"requestedMessage"`
		ConnectorID      int           `json:"connectorId"`
		EVSE             ocpp201.Place `json:"evse"`
	}
	if json.Unmarshal(payload, &m) != nil {
		return status(false), nil
	}
	var do func(context.Context) error
	switch m.RequestedMessage {
	case "BootNotification":
		do = func(ctx context.Context) error { _, err := c.boot(ctx); return err }
	case "Heartbeat":
		do = func(ctx context.Context) error { _, err := c.call(ctx, "Heartbeat", struct{}{}); return err }
	case "StatusNotification":
		do = func(ctx context.Context) error {
			one := m.ConnectorID + m.EVSE.ID
			for n := 1; n <= len(c.evses); n++ {
				if one == 0 || one == n {
					if err := c.tellStatus(ctx, n); err != nil {
						return err
					}
				}
			}
			return nil
		}
	default:
		return ocpp16.Only{Status: "NotImplemented"}, nil
	}
	return status(true), func(ctx context.Context) {
		if err := do(ctx); err != nil {
			c.cfg.Log.Info("charger: triggered message failed", "charger", c.cfg.ID, "err", err)
		}
	}
}

// set changes a setting the charger knows.
func (c *Charger) set(name, value string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.settings[name]; !ok {
		return false
	}
	c.settings[name] = value
	return true
}

func (c *Charger) configuration(payload []byte) any {
	var m ocpp16.GetConfiguration
	if json.Unmarshal(payload, &m) != nil {
		return ocpp16.Configuration{}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(m.Key) == 0 {
		for k := range c.settings {
			m.Key = append(m.Key, k)
		}
		slices.Sort(m.Key)
	}
	out := ocpp16.Configuration{ConfigurationKey: []ocpp16.KeyValue{}, UnknownKey: []string{}}
	for _, k := range m.Key {
		if v, ok := c.settings[k]; ok {
			out.ConfigurationKey = append(out.ConfigurationKey, ocpp16.KeyValue{Key: k, Value: v})
		} else {
			out.UnknownKey = append(out.UnknownKey, k)
		}
	}
	return out
}

// component is where all settings of the demo charger live in 2.0.1.
const component = "OCPPCommCtrlr"

func (c *Charger) variables(payload []byte) any {
	var m ocpp201.GetVariables
	_ = json.Unmarshal(payload, &m)
	c.mu.Lock()
	defer c.mu.Unlock()
	out := ocpp201.Variables{GetVariableResult: []ocpp201.VariableResult{}}
	for _, q := range m.GetVariableData {
		r := ocpp201.VariableResult{AttributeStatus: "UnknownComponent", Component: q.Component, Variable: q.Variable}
		if q.Component.Name == component {
			r.AttributeStatus = "UnknownVariable"
			if v, ok := c.settings[q.Variable.Name]; ok {
				r.AttributeStatus, r.AttributeValue = "Accepted", v
			}
		}
		if v, ok := c.listVariable(q.Variable.Name); ok && q.Component.Name == listComponent {
			r.AttributeStatus, r.AttributeValue = "Accepted", v
		}
		out.GetVariableResult = append(out.GetVariableResult, r)
	}
	return out
}

func (c *Charger) setVariables(payload []byte) any {
	type result struct {
		AttributeStatus string            `json:"attributeStatus"`
		Component       ocpp201.Component `json:"component"`
		Variable        ocpp201.Variable  `json:"variable"`
	}
	out := struct {
		Results []result `json:"setVariableResult"`
	}{[]result{}}
	var m ocpp201.SetVariables
	_ = json.Unmarshal(payload, &m)
	for _, q := range m.SetVariableData {
		r := result{"UnknownVariable", q.Component, q.Variable}
		if q.Component.Name == component && c.set(q.Variable.Name, q.AttributeValue) {
			r.AttributeStatus = "Accepted"
		}
		out.Results = append(out.Results, r)
	}
	return out
}

// report sends all settings as one NotifyReport.
func (c *Charger) report(payload []byte) (any, func(context.Context)) {
	var m ocpp201.GetBaseReport
	if json.Unmarshal(payload, &m) != nil {
		return status(false), nil
	}
	type attribute struct {
		Value string `json:"value"`
	}
	type data struct {
		Component ocpp201.Component `json:"component"`
		Variable  ocpp201.Variable  `json:"variable"`
		Attribute []attribute       `json:"variableAttribute"`
	}
	notify := struct {
		RequestID   int32      `json:"requestId"`
		GeneratedAt ocppj.Time `json:"generatedAt"`
		SeqNo       int        `json:"seqNo"`
		ReportData  []data     `json:"reportData"`
	}{RequestID: m.RequestID, GeneratedAt: ocppj.At(c.cfg.Now())}
	c.mu.Lock()
	for k, v := range c.settings {
		notify.ReportData = append(notify.ReportData, data{ocpp201.Component{Name: component}, ocpp201.Variable{Name: k}, []attribute{{v}}})
	}
	c.mu.Unlock()
	slices.SortFunc(notify.ReportData, func(a, b data) int {
		if a.Variable.Name < b.Variable.Name {
			return -1
		}
		return 1
	})
	return status(true), func(ctx context.Context) { _, _ = c.call(ctx, "NotifyReport", notify) }
}
