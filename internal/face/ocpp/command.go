package ocpp

import (
	"context"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"involt/internal/kit/errs"
	"involt/internal/wire/ocpp16"
	"involt/internal/wire/ocpp201"
	"involt/internal/wire/ocppj"
)

// Commands to a charger, in words both versions share. Every one waits for the
// charger's answer. Errors: Unavailable (not connected, busy, no answer in time),
// Conflict (the charger refused; the text says how), Invalid (cannot be asked).

// Refusal is an error of kind Conflict: the charger's no, in its own word.
type Refusal struct{ Word string }

// Error says the word in a sentence.
func (r *Refusal) Error() string { return "The charger answered " + r.Word + "." }

// Unwrap gives the refusal its kind.
func (r *Refusal) Unwrap() error { return &errs.Error{Kind: errs.Conflict, Text: r.Error()} }

// accepted turns a status answer into an error unless it is a yes.
func accepted(status string) error {
	switch status {
	case "Accepted", "Scheduled", "Unlocked":
		return nil
	default:
		return &Refusal{ocppj.Cut(status, 40)}
	}
}

// build makes a CALL as a version spells it.
type build func(v ocppj.Version) (action string, payload any, err error)

// status sends a CALL whose answer is a status.
func (s *Server) status(ctx context.Context, ref Ref, build build) error {
	_, err := s.word(ctx, ref, build)
	return err
}

// word is status that also returns the charger's word for its yes.
func (s *Server) word(ctx context.Context, ref Ref, build build) (string, error) {
	c, err := s.conn(ref)
	if err != nil {
		return "", err
	}
	action, payload, err := build(c.version)
	if err != nil {
		return "", err
	}
	var answer ocpp16.Only // the same in both versions
	if err := c.ask(ctx, action, payload, &answer); err != nil {
		return "", err
	}
	return ocppj.Cut(answer.Status, 40), accepted(answer.Status)
}

// RemoteStart starts charging for a card. The token is spelt as this charger is
// known to spell it; evse 0 leaves the choice to the charger. tokenType is for
// 2.0.1 only; "" is Central.
func (s *Server) RemoteStart(ctx context.Context, ref Ref, evse int, token, tokenType string) error {
	return s.status(ctx, ref, func(v ocppj.Version) (string, any, error) {
		if v == ocppj.V16 {
			if len(token) > 20 {
				return "", nil, errs.AtField("token", "This charger takes cards of at most 20 characters.")
			}
			return "RemoteStartTransaction", ocpp16.RemoteStartTransaction{ConnectorID: evse, IDTag: token}, nil
		}
		if tokenType == "" {
			tokenType = "Central"
		}
		return "RequestStartTransaction", ocpp201.RequestStartTransaction{
			EVSEID: evse, RemoteStartID: rand.Int32N(1<<31-2) + 1, //nolint:gosec // no secret
			IDToken: ocpp201.IDToken{IDToken: token, Type: tokenType},
		}, nil
	})
}

// RemoteStop stops a transaction: the id given out by Sessions.Start as decimal
// digits for 1.6, the charger's own id for 2.0.1.
func (s *Server) RemoteStop(ctx context.Context, ref Ref, tx string) error {
	return s.status(ctx, ref, func(v ocppj.Version) (string, any, error) {
		if v != ocppj.V16 {
			return "RequestStopTransaction", ocpp201.RequestStopTransaction{TransactionID: tx}, nil
		}
		n, err := strconv.ParseInt(tx, 10, 32)
		if err != nil {
			return "", nil, errs.AtField("transaction", "%q is no OCPP 1.6 transaction id.", tx)
		}
		return "RemoteStopTransaction", ocpp16.RemoteStopTransaction{TransactionID: int32(n)}, nil
	})
}

// Reset restarts a charger: at once, or gracefully once it is idle.
func (s *Server) Reset(ctx context.Context, ref Ref, atOnce bool) error {
	return s.status(ctx, ref, func(v ocppj.Version) (string, any, error) {
		switch {
		case v == ocppj.V16 && atOnce:
			return "Reset", ocpp16.Reset{Type: "Hard"}, nil
		case v == ocppj.V16:
			return "Reset", ocpp16.Reset{Type: "Soft"}, nil
		case atOnce:
			return "Reset", ocpp201.Reset{Type: "Immediate"}, nil
		default:
			return "Reset", ocpp201.Reset{Type: "OnIdle"}, nil
		}
	})
}

// ClearCache makes a charger forget the decisions it has cached.
func (s *Server) ClearCache(ctx context.Context, ref Ref) error {
	return s.status(ctx, ref, func(ocppj.Version) (string, any, error) { return "ClearCache", ocpp16.None{}, nil })
}

// Unlock lets go of the cable at an EVSE's first connector. OCPP 1.6 has
// connectors only.
func (s *Server) Unlock(ctx context.Context, ref Ref, evse int) (word string, err error) {
	return s.word(ctx, ref, func(v ocppj.Version) (string, any, error) {
		if v == ocppj.V16 {
			return "UnlockConnector", ocpp16.UnlockConnector{ConnectorID: evse}, nil
		}
		return "UnlockConnector", ocpp201.UnlockConnector{EVSEID: evse, ConnectorID: 1}, nil
	})
}

// Available puts an EVSE, or with 0 the whole charger, into service or out of it.
// The word is "Scheduled" where a session has to end first.
func (s *Server) Available(ctx context.Context, ref Ref, evse int, on bool) (word string, err error) {
	to := "Inoperative"
	if on {
		to = "Operative"
	}
	return s.word(ctx, ref, func(v ocppj.Version) (string, any, error) {
		if v == ocppj.V16 {
			return "ChangeAvailability", ocpp16.ChangeAvailability{ConnectorID: evse, Type: to}, nil
		}
		m := ocpp201.ChangeAvailability{OperationalStatus: to}
		if evse > 0 {
			m.EVSE = &ocpp201.Place{ID: evse}
		}
		return "ChangeAvailability", m, nil
	})
}

// Trigger asks for a message to be sent now: BootNotification, Heartbeat,
// StatusNotification, MeterValues, FirmwareStatusNotification (2.0.1 also
// TransactionEvent, LogStatusNotification). evse 0 means all. In 2.0.1
// StatusNotification is asked of connector 1.
func (s *Server) Trigger(ctx context.Context, ref Ref, message string, evse int) error {
	return s.status(ctx, ref, func(v ocppj.Version) (string, any, error) {
		if v == ocppj.V16 {
			return "TriggerMessage", ocpp16.TriggerMessage{RequestedMessage: message, ConnectorID: evse}, nil
		}
		m := ocpp201.TriggerMessage{RequestedMessage: message}
		if evse > 0 {
			m.EVSE = &ocpp201.Place{ID: evse}
			if message == "StatusNotification" {
				m.EVSE.ConnectorID = 1
			}
		}
		return "TriggerMessage", m, nil
	})
}

// Setting is one configuration key (1.6) or variable (2.0.1).
type Setting struct {
	Name     string // 1.6: the key; 2.0.1: "Component.Variable"
	Value    string
	ReadOnly bool
	Unknown  bool  // the charger does not know it, or will not say
	Most     int64 // 2.0.1, in reports: the most that its value can be; 0 if that is not said
}

// ReadSettings reads settings by name; none named means all (2.0.1: a full
// report, which takes a while). The order is the charger's.
func (s *Server) ReadSettings(ctx context.Context, ref Ref, names ...string) ([]Setting, error) {
	c, err := s.conn(ref)
	if err != nil {
		return nil, err
	}
	if c.version == ocppj.V16 {
		var m ocpp16.Configuration
		if err := c.ask(ctx, "GetConfiguration", ocpp16.GetConfiguration{Key: names}, &m); err != nil {
			return nil, err
		}
		out := make([]Setting, 0, len(m.ConfigurationKey)+len(m.UnknownKey))
		for _, k := range m.ConfigurationKey {
			out = append(out, Setting{Name: k.Key, Value: k.Value, ReadOnly: k.Readonly})
		}
		for _, k := range m.UnknownKey {
			out = append(out, Setting{Name: k, Unknown: true})
		}
		return out, nil
	}
	if len(names) == 0 {
		return c.report(ctx)
	}
	q := ocpp201.GetVariables{}
	for _, n := range names {
		component, variable, err := dotted(n)
		if err != nil {
			return nil, err
		}
		q.GetVariableData = append(q.GetVariableData, ocpp201.GetVariable{Component: component, Variable: variable})
	}
	var m ocpp201.Variables
	if err := c.ask(ctx, "GetVariables", q, &m); err != nil {
		return nil, err
	}
	out := make([]Setting, 0, len(m.GetVariableResult))
	for _, r := range m.GetVariableResult {
		out = append(out, Setting{
			Name: r.Component.Name + "." + r.Variable.Name, Value: r.AttributeValue, Unknown: r.AttributeStatus != "Accepted",
		})
	}
	return out, nil
}

// WriteSetting changes one setting. The status is "Accepted" or "RebootRequired".
func (s *Server) WriteSetting(ctx context.Context, ref Ref, name, value string) (status string, err error) {
	c, err := s.conn(ref)
	if err != nil {
		return "", err
	}
	if c.version == ocppj.V16 {
		if len(value) > 500 { // longer ones corrupt some firmware
			return "", errs.AtField("value", "A setting is at most 500 characters long.")
		}
		var m ocpp16.Only
		err = c.ask(ctx, "ChangeConfiguration", ocpp16.ChangeConfiguration{Key: name, Value: value}, &m)
		status = m.Status
	} else {
		component, variable, err := dotted(name)
		if err != nil {
			return "", err
		}
		if len(value) > 1000 {
			return "", errs.AtField("value", "A setting is at most 1000 characters long.")
		}
		var m ocpp201.VariablesSet
		err = c.ask(ctx, "SetVariables", ocpp201.SetVariables{SetVariableData: []ocpp201.SetVariable{
			{AttributeValue: value, Component: component, Variable: variable},
		}}, &m)
		if err != nil {
			return "", err
		}
		if len(m.SetVariableResult) == 1 {
			status = m.SetVariableResult[0].AttributeStatus
		}
	}
	if err != nil {
		return "", err
	}
	if status == "RebootRequired" {
		return status, nil
	}
	return status, accepted(status)
}

func dotted(name string) (ocpp201.Component, ocpp201.Variable, error) {
	component, variable, ok := strings.Cut(name, ".")
	if !ok || component == "" || variable == "" {
		return ocpp201.Component{}, ocpp201.Variable{}, errs.AtField("name", "%q is not written as Component.Variable.", name)
	}
	return ocpp201.Component{Name: component}, ocpp201.Variable{Name: variable}, nil
}

// reports gathers the NotifyReport messages of one GetBaseReport.
type reports struct {
	mu    sync.Mutex // guards what follows
	id    ocppj.Int  // of the request; 0 while nobody waits
	parts map[ocppj.Int][]Setting
	last  ocppj.Int // sequence number of the part that said there is no more; -1 before
	done  chan []Setting
}

// maxSettings is how many variables of one report are believed.
const maxSettings = 20_000

func (r *reports) add(m *ocpp201.NotifyReport) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.id == 0 || m.RequestID != r.id || m.SeqNo < 0 {
		return
	}
	var part []Setting
	for _, d := range m.ReportData {
		if len(part)*(len(r.parts)+1) > maxSettings {
			break
		}
		s := Setting{Name: d.Component.Name + "." + d.Variable.Name}
		for _, a := range d.VariableAttribute {
			if a.Type == "" || a.Type == "Actual" {
				s.Value, s.ReadOnly = a.Value, a.Mutability == "ReadOnly"
			}
		}
		if c := d.VariableCharacteristics; c != nil && c.MaxLimit > 0 && c.MaxLimit < 1e9 {
			s.Most = int64(c.MaxLimit)
		}
		part = append(part, s)
	}
	if len(r.parts) < 1000 {
		r.parts[m.SeqNo] = part
	}
	if !m.TBC {
		r.last = m.SeqNo
	}
	if r.last < 0 || len(r.parts) <= int(r.last) {
		return
	}
	keys := make([]ocppj.Int, 0, len(r.parts))
	for k := range r.parts {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	var all []Setting
	for _, k := range keys {
		all = append(all, r.parts[k]...)
	}
	r.id = 0
	r.done <- all // has room
}

// report asks for a full report and waits until all of it has come.
func (c *conn) report(ctx context.Context) ([]Setting, error) {
	return c.reported(ctx, "GetBaseReport", func(id int32) any { return ocpp201.GetBaseReport{RequestID: id, ReportBase: "FullInventory"} })
}

// reported asks for a report and waits until all of it has come.
func (c *conn) reported(ctx context.Context, action string, ask func(id int32) any) ([]Setting, error) {
	id := rand.Int32N(1<<31-2) + 1 //nolint:gosec // no secret
	done := make(chan []Setting, 1)
	r := &c.reports
	r.mu.Lock()
	if r.id != 0 {
		r.mu.Unlock()
		return nil, errs.New(errs.Conflict, "A report of this charger is already under way.")
	}
	r.id, r.parts, r.last, r.done = ocppj.Int(id), map[ocppj.Int][]Setting{}, -1, done
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		r.id, r.parts = 0, nil
		r.mu.Unlock()
	}()
	var answer ocpp201.Only
	if err := c.ask(ctx, action, ask(id), &answer); err != nil {
		return nil, err
	}
	if err := accepted(answer.Status); err != nil {
		return nil, err
	}
	late := time.NewTimer(c.s.cfg.CallTimeout)
	defer late.Stop()
	select {
	case all := <-done:
		return all, nil
	case <-late.C:
		return nil, errs.New(errs.Unavailable, "The charger did not send its report in time.")
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-c.ctx.Done():
		return nil, errs.New(errs.Unavailable, "The charger has disconnected.")
	}
}
