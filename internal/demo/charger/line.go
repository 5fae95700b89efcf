package charger

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"

	"involt/internal/wire/ocppj"
)

// line is one connection.
type line struct {
	ws   *websocket.Conn
	ctx  context.Context // ends with the connection
	turn chan struct{}   // holds one token: whoever has it may have a CALL outstanding
	done bool            // the charger restarts, this line is of the life before; guarded by Charger.mu

	mu   sync.Mutex // guards what follows
	last int        // id of the last CALL
	id   string     // of the waiting one; "" for none
	got  chan reply
}

type reply struct {
	payload []byte
	err     error
}

// Refusal is a CALLERROR of the server.
type Refusal struct{ Action, Code, Text string }

// Error names the action, the code and the server's words.
func (r *Refusal) Error() string { return fmt.Sprintf("%s: %s (%s)", r.Action, r.Code, r.Text) }

var errLost = errors.New("the connection was lost")

func dial(ctx context.Context, cfg Config, v ocppj.Version) (*websocket.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, cfg.Timeout)
	defer cancel()
	h := http.Header{}
	h.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(cfg.ID+":"+cfg.Key)))
	//nolint:bodyclose // the library has read or taken over the body
	ws, res, err := websocket.Dial(ctx, strings.TrimSuffix(cfg.URL, "/")+"/"+url.PathEscape(cfg.ID), &websocket.DialOptions{
		Subprotocols: []string{v.String()}, HTTPHeader: h,
	})
	if err != nil {
		if res != nil {
			return nil, fmt.Errorf("the server answered %s", res.Status)
		}
		return nil, err
	}
	if !strings.EqualFold(ws.Subprotocol(), v.String()) {
		_ = ws.CloseNow()
		return nil, fmt.Errorf("the server does not speak %s", v)
	}
	ws.SetReadLimit(1 << 20)
	return ws, nil
}

// drop cuts the connection.
func (l *line) drop() { _ = l.ws.CloseNow() }

// read handles what comes until the connection ends. obey answers CALLs with a
// whole frame and with what to do after it.
func (l *line) read(obey func(id, action string, payload []byte) ([]byte, func())) error {
	for {
		_, b, err := l.ws.Read(context.Background())
		if err != nil {
			return err
		}
		f, fault := ocppj.Split(b)
		if fault != nil {
			continue
		}
		switch f.Kind {
		case ocppj.Call:
			frame, after := obey(string(f.ID), string(f.Action), f.Payload)
			if err := l.write(frame); err != nil {
				return err
			}
			if after != nil {
				after()
			}
		case ocppj.Result:
			l.settle(f.ID, reply{payload: f.Payload})
		case ocppj.Error:
			l.settle(f.ID, reply{err: &Refusal{Code: string(f.Code), Text: string(f.Text)}})
		}
	}
}

func (l *line) write(b []byte) error {
	ctx, cancel := context.WithTimeout(l.ctx, 10*time.Second)
	defer cancel()
	return l.ws.Write(ctx, websocket.MessageText, b)
}

func (l *line) settle(id []byte, r reply) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.id != "" && l.id == string(id) {
		l.id = ""
		l.got <- r // has room: one reply per id
	}
}

// call sends one CALL and waits for its answer.
func (l *line) call(ctx context.Context, action string, body []byte, within time.Duration) ([]byte, error) {
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-l.ctx.Done():
		return nil, errLost
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	got := make(chan reply, 1)
	l.mu.Lock()
	l.last++
	id := "c" + strconv.Itoa(l.last)
	l.id, l.got = id, got
	l.mu.Unlock()
	if l.write(ocppj.AppendCall(nil, id, action, body)) != nil {
		return nil, errLost
	}
	late := time.NewTimer(within)
	defer late.Stop()
	var r reply
	select {
	case r = <-got:
	case <-late.C:
		l.drop() // a server that does not answer is no server
		return nil, errLost
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-l.ctx.Done():
		select {
		case r = <-got: // it had answered before the connection was lost
		default:
			return nil, errLost
		}
	}
	var refusal *Refusal
	if errors.As(r.err, &refusal) {
		refusal.Action = action
	}
	return r.payload, r.err
}

// call sends one CALL on the connection there is now.
func (c *Charger) call(ctx context.Context, action string, payload any) ([]byte, error) {
	c.mu.Lock()
	l := c.line
	c.mu.Unlock()
	return c.callOn(ctx, l, action, payload)
}

// callOn sends one CALL on a connection, which may be nil for none.
func (c *Charger) callOn(ctx context.Context, l *line, action string, payload any) ([]byte, error) {
	if l == nil {
		return nil, errLost
	}
	body, err := json.Marshal(payload)
	if err != nil {
		return nil, err
	}
	return l.call(ctx, action, body, c.cfg.Timeout)
}

// deliver sends a message of a transaction until it was answered, over as many
// connections as it takes. The message stays the same, so that the server can
// tell that it has it already.
func (c *Charger) deliver(ctx context.Context, action string, payload any) ([]byte, error) {
	for {
		if err := c.Online(ctx); err != nil {
			return nil, err
		}
		answer, err := c.call(ctx, action, payload)
		if !errors.Is(err, errLost) {
			return answer, err
		}
		if !pause(ctx, 20*time.Millisecond) { // until the loss is noticed everywhere
			return nil, ctx.Err()
		}
	}
}
