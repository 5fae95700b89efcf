package faults

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
)

// station is a charger that says what a test has it say, one message at a time. What
// was not answered it says again once it is connected, as the specification has it; a
// message about a transaction that is answered with an error is a fault.
type station struct {
	l        *lab
	id, key  string
	protocol string // ocpp1.6, ocpp2.0.1
	ws       *websocket.Conn
	count    int
	hungUp   atomic.Int64 // how often it was hung up on
}

const (
	v16  = "ocpp1.6"
	v201 = "ocpp2.0.1"
)

// say sends a message until it is answered.
func (s *station) say(ctx context.Context, action string, payload any, answer any) error {
	s.count++
	id := fmt.Sprintf("%s-%d", s.id, s.count)
	for {
		err := s.once(ctx, id, action, payload, answer)
		if err == nil {
			return nil
		}
		if bad := (*refusal)(nil); errors.As(err, &bad) || ctx.Err() != nil {
			return fmt.Errorf("%s %s: %w", s.id, action, err)
		}
		s.hungUp.Add(1)
		if s.ws != nil {
			_ = s.ws.CloseNow()
			s.ws = nil
		}
		select {
		case <-time.After(50 * time.Millisecond): // as a charger waits that comes back
		case <-ctx.Done():
		}
	}
}

// refusal is an answer that is none.
type refusal struct{ frame string }

func (r *refusal) Error() string { return "answered with an error: " + r.frame }

func (s *station) once(ctx context.Context, id, action string, payload, answer any) error {
	if err := s.connect(ctx); err != nil {
		return err
	}
	b, err := json.Marshal([]any{2, id, action, payload})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 40*time.Second)
	defer cancel()
	if err := s.ws.Write(ctx, websocket.MessageText, b); err != nil {
		return err
	}
	for {
		_, text, err := s.ws.Read(ctx)
		if err != nil {
			return err
		}
		var frame []json.RawMessage
		if err := json.Unmarshal(text, &frame); err != nil || len(frame) < 3 {
			return &refusal{string(text)}
		}
		if string(frame[0]) == "2" {
			continue // a command of the server: this charger does not obey
		}
		if string(frame[0]) != "3" || string(frame[1]) != `"`+id+`"` {
			return &refusal{string(text)}
		}
		return json.Unmarshal(frame[2], answer)
	}
}

func (s *station) connect(ctx context.Context) error {
	if s.ws != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	ws, _, err := websocket.Dial(ctx, strings.Replace(s.l.srv.URL, "http", "ws", 1)+"/ocpp/lab/"+s.id, &websocket.DialOptions{
		Subprotocols: []string{s.protocol},
		HTTPHeader:   http.Header{"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte(s.id+":"+s.key))}},
	})
	s.ws = ws
	return err
}

type object = map[string]any

// tap holds a card to the reader.
func (s *station) tap(ctx context.Context, card string) (word string, err error) {
	var a struct {
		IDTagInfo   struct{ Status string }
		IDTokenInfo struct{ Status string }
	}
	err = s.say(ctx, "Authorize", s.token(card), &a)
	return a.IDTagInfo.Status + a.IDTokenInfo.Status, err
}

func (s *station) token(card string) object {
	if s.protocol == v16 {
		return object{"idTag": card}
	}
	return object{"idToken": object{"idToken": card, "type": "ISO14443"}}
}

// charging is one session as its charger knows it.
type charging struct {
	tx        string
	from, now int64 // watt-hours
	card      string
	seq       int
	began     time.Time
}

// begin begins a session.
func (s *station) begin(ctx context.Context, c *charging) error {
	c.began = time.Now()
	if s.protocol == v16 {
		var a struct{ TransactionID int32 }
		err := s.say(ctx, "StartTransaction", object{"connectorId": 1, "idTag": c.card, "meterStart": c.from, "timestamp": stamp(c.began)}, &a)
		c.tx = fmt.Sprint(a.TransactionID)
		if err == nil && a.TransactionID <= 0 {
			err = fmt.Errorf("%s: the transaction got the number %d", s.id, a.TransactionID)
		}
		return err
	}
	c.tx = fmt.Sprintf("%s-%d", s.id, c.from)
	return s.event(ctx, c, "Started", "Authorized", true)
}

// go on with a session: its meter says something.
func (s *station) meter(ctx context.Context, c *charging, wh int64) error {
	c.now += wh
	if s.protocol == v201 {
		return s.event(ctx, c, "Updated", "MeterValuePeriodic", false)
	}
	var tx int64
	if _, err := fmt.Sscan(c.tx, &tx); err != nil {
		return err
	}
	return s.say(ctx, "MeterValues", object{"connectorId": 1, "transactionId": tx, "meterValue": s.shown(c, "Sample.Periodic")}, &object{})
}

func (s *station) shown(c *charging, context string) []object {
	if s.protocol == v16 {
		return []object{{"timestamp": stamp(time.Now()), "sampledValue": []object{{"value": fmt.Sprint(c.now), "context": context, "measurand": "Energy.Active.Import.Register", "unit": "Wh"}}}}
	}
	return []object{{"timestamp": stamp(time.Now()), "sampledValue": []object{{"value": c.now, "context": context, "measurand": "Energy.Active.Import.Register", "unitOfMeasure": object{"unit": "Wh"}}}}}
}

// end ends a session.
func (s *station) end(ctx context.Context, c *charging) error {
	if s.protocol == v201 {
		return s.event(ctx, c, "Ended", "StopAuthorized", true)
	}
	var tx int64
	if _, err := fmt.Sscan(c.tx, &tx); err != nil {
		return err
	}
	return s.say(ctx, "StopTransaction", object{"transactionId": tx, "idTag": c.card, "meterStop": c.now, "timestamp": stamp(time.Now()), "reason": "Local"}, &object{})
}

func (s *station) event(ctx context.Context, c *charging, phase, trigger string, card bool) error {
	when := "Sample.Periodic"
	switch phase {
	case "Started":
		when = "Transaction.Begin"
	case "Ended":
		when = "Transaction.End"
	}
	e := object{
		"eventType": phase, "timestamp": stamp(time.Now()), "triggerReason": trigger, "seqNo": c.seq,
		"transactionInfo": object{"transactionId": c.tx}, "evse": object{"id": 1, "connectorId": 1}, "meterValue": s.shown(c, when),
	}
	if card {
		e["idToken"] = s.token(c.card)["idToken"]
	}
	if phase == "Ended" {
		e["transactionInfo"] = object{"transactionId": c.tx, "stoppedReason": "Local"}
	}
	c.seq++
	return s.say(ctx, "TransactionEvent", e, &object{})
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
