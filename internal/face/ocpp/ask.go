package ocpp

import (
	"context"
	"encoding/json"
	"strconv"
	"sync"
	"time"

	"involt/internal/kit/errs"
	"involt/internal/wire/ocppj"
)

// pending is the one CALL of ours that waits for an answer.
type pending struct {
	mu   sync.Mutex // guards what follows
	last uint64     // id of the last CALL
	id   string     // of the waiting one; "" for none
	got  chan outcome
}

type outcome struct {
	payload []byte
	refusal string // the CALLERROR's code and text; "" for a result
}

// begin opens a CALL and returns its id and where its outcome will come.
func (p *pending) begin(link uint64) (string, chan outcome) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last++
	p.id = strconv.FormatUint(link, 36) + "-" + strconv.FormatUint(p.last, 36)
	p.got = make(chan outcome, 1)
	return p.id, p.got
}

// end forgets the CALL: an answer from now on is too late.
func (p *pending) end() {
	p.mu.Lock()
	p.id, p.got = "", nil
	p.mu.Unlock()
}

func (p *pending) deliver(id []byte, o outcome) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.id == "" || string(id) != p.id {
		return false
	}
	p.got <- o // has room: one outcome per id
	p.id = ""
	return true
}

// settle hands an answer to whoever waits for it.
func (p *pending) settle(f ocppj.Frame) bool {
	o := outcome{payload: append([]byte(nil), f.Payload...)}
	if f.Kind == ocppj.Error {
		o.refusal = ocppj.Cut(string(f.Code), 40)
		if len(f.Text) > 0 {
			o.refusal += " (" + ocppj.Cut(string(f.Text), 200) + ")"
		}
	}
	return p.deliver(f.ID, o)
}

// garbled ends a CALL whose answer cannot be read.
func (p *pending) garbled(id []byte) {
	p.deliver(id, outcome{refusal: "an answer that cannot be read"})
}

// conn returns the live connection of a charger.
func (s *Server) conn(ref Ref) (*conn, error) {
	s.mu.Lock()
	st := s.stations[ref]
	s.mu.Unlock()
	if st != nil {
		st.mu.Lock()
		c := st.conn
		st.mu.Unlock()
		if c != nil {
			return c, nil
		}
	}
	return nil, errs.New(errs.Unavailable, "The charger is not connected.")
}

// call sends a CALL and waits for its result. One CALL is outstanding per charger;
// others wait their turn in order, for Config.QueueTimeout at most, because a
// stale command does harm. Errors: Unavailable (not connected, too many
// waiting, no answer in time, connection lost), Conflict (the charger answered
// with an error).
func (c *conn) call(ctx context.Context, action string, payload any) ([]byte, error) {
	body, err := json.Marshal(payload)
	if err != nil {
		return nil, err
	}
	if c.waiting.Add(1) > int32(c.s.cfg.MaxQueue) { //nolint:gosec // a small number
		c.waiting.Add(-1)
		return nil, errs.New(errs.Unavailable, "Too many commands are waiting for this charger.")
	}
	queue := time.NewTimer(c.s.cfg.QueueTimeout)
	defer queue.Stop()
	select {
	case c.asking <- struct{}{}:
		c.waiting.Add(-1)
		defer func() { <-c.asking }()
	case <-queue.C:
		c.waiting.Add(-1)
		return nil, errs.New(errs.Unavailable, "The charger is busy with earlier commands.")
	case <-ctx.Done():
		c.waiting.Add(-1)
		return nil, ctx.Err()
	case <-c.ctx.Done():
		c.waiting.Add(-1)
		return nil, errs.New(errs.Unavailable, "The charger has disconnected.")
	}
	id, got := c.pending.begin(c.link.ID)
	defer c.pending.end()
	if c.write(ocppj.AppendCall(nil, id, action, body)) != nil {
		return nil, errs.New(errs.Unavailable, "The charger has disconnected.")
	}
	late := time.NewTimer(c.s.cfg.CallTimeout)
	defer late.Stop()
	select {
	case o := <-got:
		return o.result()
	case <-late.C:
		err = errs.New(errs.Unavailable, "The charger did not answer in time.")
	case <-ctx.Done():
		err = ctx.Err()
	case <-c.ctx.Done():
		err = errs.New(errs.Unavailable, "The charger has disconnected.")
	}
	select {
	case o := <-got: // it had answered before that: a reset ends the connection right after
		return o.result()
	default:
		return nil, err
	}
}

func (o outcome) result() ([]byte, error) {
	if o.refusal != "" {
		return nil, &Refusal{o.refusal}
	}
	return o.payload, nil
}

// Call sends any CALL to a connected charger and returns the payload of its
// answer. The payload must marshal to a JSON object in the spelling of the version
// the charger speaks. Errors as for the other commands.
func (s *Server) Call(ctx context.Context, ref Ref, action string, payload any) (json.RawMessage, error) {
	c, err := s.conn(ref)
	if err != nil {
		return nil, err
	}
	return c.call(ctx, action, payload)
}

// ask is call with the answer decoded.
func (c *conn) ask(ctx context.Context, action string, payload any, into ocppj.Message) error {
	b, err := c.call(ctx, action, payload)
	if err != nil {
		return err
	}
	if err := ocppj.Decode(b, into); err != nil {
		return errs.New(errs.Conflict, "The charger's answer makes no sense: %v.", err)
	}
	return nil
}
