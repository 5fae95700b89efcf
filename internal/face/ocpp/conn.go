package ocpp

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"involt/internal/wire/ocppj"
)

// station is what is kept of a charger between its connections.
type station struct {
	mu      sync.Mutex // guards what follows; never held across I/O
	conn    *conn      // the newest connection; nil while there is none
	frames  ring
	came    []time.Time // when it was let in, within the last hour
	blocked time.Time   // until when it is not; only if that could not be stored
}

// conn is one connection. Its own goroutine reads; any goroutine may write, one
// at a time.
type conn struct {
	s       *Server
	ws      *websocket.Conn
	raw     net.Conn // below ws and below TLS
	ref     Ref
	name    string // workspace/identity, for the log
	link    Link
	version ocppj.Version
	station *station
	log     *slog.Logger

	ctx    context.Context // ends with the connection
	cancel context.CancelFunc

	turn    chan struct{} // holds one token: whoever has it may write
	writing atomic.Int64  // since when a write is under way (monotonic); 0 for none
	heard   atomic.Int64  // when the last frame or pong came (monotonic)
	at      atomic.Int64  // when the last frame came (unix nanoseconds by Config.Now)
	in, out atomic.Int64  // frames
	busy    atomic.Bool   // a message is being handled
	pinging atomic.Bool
	why     atomic.Pointer[string] // why it was closed, if by us

	asking  chan struct{} // holds one token: whoever has it may have a CALL outstanding
	waiting atomic.Int32  // how many want it
	pending pending
	reports reports

	pace   bucket // messages
	writes bucket // messages that are stored
	noise  bucket // log lines about this charger's faults
	buf    []byte // what is read
	reply  []byte // what is answered
}

// serve registers a connection, closes the one before it, and reads until the end.
func (s *Server) serve(ctx context.Context, ws *websocket.Conn, raw net.Conn, ref Ref, name string, link Link) {
	ctx, cancel := context.WithCancel(ctx)
	c := &conn{
		s: s, ws: ws, raw: raw, ref: ref, name: name, link: link, version: ocppj.V16, ctx: ctx, cancel: cancel,
		log:    s.cfg.Log.With("charger", name, "link", link.ID),
		turn:   make(chan struct{}, 1),
		asking: make(chan struct{}, 1),
		pace:   newBucket(s.cfg.MaxRate, s.cfg.MaxRate),
		writes: newBucket(50, 300),
		noise:  newBucket(1, 10),
	}
	if link.Protocol == ocppj.Subprotocol201 {
		c.version = ocppj.V201
	}
	c.heard.Store(monotonic())
	c.at.Store(link.Since.UnixNano())
	ws.SetReadLimit(s.cfg.MaxMessage)

	old, ok := s.register(c)
	if !ok {
		cancel()
		_ = ws.Close(websocket.StatusGoingAway, "server is going away")
		return
	}
	if old != nil {
		level := slog.LevelInfo
		if old.link.Remote != link.Remote {
			level = slog.LevelWarn // a charger that moved, or a stolen key
		}
		c.log.Log(ctx, level, "ocpp: newer connection takes over", "remote", link.Remote, "from", old.link.Remote, "since", old.link.Since)
		if s.otherNetwork(c, old) {
			before := old.link
			c.tell("two networks", func(ctx context.Context) error { return s.cfg.Chargers.TwoNetworks(ctx, ref, link, before) })
		}
		old.why.CompareAndSwap(nil, ptr("replaced by a newer connection"))
		old.end(websocket.StatusPolicyViolation, "replaced by a newer connection")
	}
	c.log.Info("ocpp: connected", "protocol", link.Protocol, "remote", link.Remote)
	c.tell("connected", func(ctx context.Context) error { return s.cfg.Chargers.Connected(ctx, ref, link) })

	err := c.read()

	cancel()
	_ = ws.CloseNow()
	s.unregister(c)
	why := c.reason(err)
	c.log.Info("ocpp: disconnected", "why", why)
	c.tell("disconnected", func(ctx context.Context) error { return s.cfg.Chargers.Disconnected(ctx, ref, link, why) })
}

func (s *Server) register(c *conn) (old *conn, ok bool) {
	s.mu.Lock()
	if s.closing {
		s.mu.Unlock()
		return nil, false
	}
	st := s.stations[c.ref] // tooOften has made it
	c.station = st
	s.live[c] = struct{}{}
	st.mu.Lock()
	old, st.conn = st.conn, c
	st.mu.Unlock()
	s.mu.Unlock()
	return old, true
}

func (s *Server) unregister(c *conn) {
	s.mu.Lock()
	delete(s.live, c)
	s.mu.Unlock()
	c.station.mu.Lock()
	if c.station.conn == c {
		c.station.conn = nil
	}
	c.station.mu.Unlock()
}

// end closes with a close frame, without waiting for it. While a connection is in
// s.live its own goroutine is still counted in s.wg, so counting one more is safe
// even when the server is already waiting.
func (c *conn) end(code websocket.StatusCode, reason string) {
	c.s.mu.Lock()
	_, open := c.s.live[c]
	if open {
		c.s.wg.Add(1)
	}
	c.s.mu.Unlock()
	if !open {
		return
	}
	reason = ocppj.Cut(reason, 100) // a close frame holds 123 bytes
	c.why.CompareAndSwap(nil, &reason)
	go func() {
		defer c.s.wg.Done()
		_ = c.ws.Close(code, ascii(reason))
		c.cancel()
	}()
}

// ascii keeps what surely fits into a close frame.
func ascii(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, s)
}

// cut closes at once, whatever the connection is doing.
func (c *conn) cut() {
	c.cancel()
	_ = c.raw.Close()
}

// reason says in a few words why a connection ended.
func (c *conn) reason(err error) string {
	if w := c.why.Load(); w != nil {
		return *w
	}
	switch {
	case errors.Is(err, errHangUp):
		return "a message could not be stored"
	case errors.Is(err, websocket.ErrMessageTooBig):
		return "a message was too big"
	case websocket.CloseStatus(err) != -1:
		return "closed by the charger"
	default:
		return "connection lost"
	}
}

// errHangUp means: close without an answer, the charger will send it again.
var errHangUp = errors.New("message not stored")

// read handles messages until the connection ends.
func (c *conn) read() error {
	for {
		kind, r, err := c.ws.Reader(context.Background())
		if err != nil {
			return err
		}
		if err := c.fill(r); err != nil {
			return err
		}
		now := c.s.cfg.Now()
		c.heard.Store(monotonic())
		c.at.Store(now.UnixNano())
		c.in.Add(1)
		c.keep(now, true, c.buf)
		if !c.pace.take(c.ctx) {
			return c.ctx.Err()
		}
		if kind != websocket.MessageText {
			c.complain("binary frame ignored")
			continue
		}
		if err := c.handle(now, c.buf); err != nil {
			return err
		}
		if cap(c.buf) > 8<<10 { // one long report must not keep its memory
			c.buf = nil
		}
		if cap(c.reply) > 8<<10 {
			c.reply = nil
		}
	}
}

// fill reads one message into the connection's buffer.
func (c *conn) fill(r io.Reader) error {
	if c.buf == nil {
		c.buf = make([]byte, 0, 512)
	}
	b := c.buf[:0]
	for {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if err != nil {
			c.buf = b
			if err == io.EOF {
				return nil
			}
			return err
		}
	}
}

// handle answers one message. A panic in it ends at most this connection.
func (c *conn) handle(now time.Time, b []byte) (err error) {
	c.busy.Store(true)
	defer c.busy.Store(false)
	f, fault := ocppj.Split(b)
	if fault != nil {
		return c.malformed(fault, len(b))
	}
	defer func() {
		if p := recover(); p != nil {
			c.log.Error("ocpp: panic while handling a message", "action", string(f.Action), "panic", p, "stack", string(debug.Stack()))
			if transactional(string(f.Action)) {
				err = errHangUp
				return
			}
			err = c.refuse(f.ID, &ocppj.Problem{Code: ocppj.InternalError, Text: "the message could not be handled"})
		}
	}()
	switch f.Kind {
	case ocppj.Call:
		return c.answer(now, f)
	case ocppj.Result, ocppj.Error:
		if !c.pending.settle(f) {
			c.complain("answer to nothing asked, or too late")
		}
		return nil
	default:
		return nil
	}
}

// malformed answers what is no frame, as far as the version knows how: 1.6 says
// nothing about frames without a readable id, 2.0.1 has the id "-1" for them
// (part 4 §4.2.3). An answer is never answered. The connection stays.
func (c *conn) malformed(fault *ocppj.Fault, size int) error {
	c.complain("malformed frame", "why", fault.Text, "bytes", size)
	id := fault.ID
	switch {
	case fault.Kind == ocppj.Result || fault.Kind == ocppj.Error:
		if fault.ID != nil {
			c.pending.garbled(fault.ID)
		}
		return nil
	case id == nil && c.version == ocppj.V16:
		return nil
	case id == nil:
		id = []byte(ocppj.NoID)
	}
	return c.refuse(id, &fault.Problem)
}

// refuse sends a CALLERROR.
func (c *conn) refuse(id []byte, p *ocppj.Problem) error {
	c.reply = ocppj.AppendError(c.reply[:0], id, p.Code.For(c.version), p.Error())
	return c.write(c.reply)
}

// write sends one message. The sweeper closes the connection when it takes too
// long. It returns an error only when the connection is lost.
func (c *conn) write(b []byte) error {
	select {
	case c.turn <- struct{}{}:
	case <-c.ctx.Done():
		return c.ctx.Err()
	}
	c.out.Add(1)
	c.keep(c.s.cfg.Now(), false, b) // first, or the answer to a CALL could be kept before it
	c.writing.Store(monotonic())
	err := c.ws.Write(context.Background(), websocket.MessageText, b)
	c.writing.Store(0)
	<-c.turn
	return err
}

// complain logs a fault of the charger, but not every one of a flood. It never
// says what was in a frame: there may be a card in it.
func (c *conn) complain(what string, args ...any) {
	if c.noise.try() {
		c.log.Warn("a charger does what it should not", append(args, "what", what)...)
	}
}

// tell informs about something that must not stop the charger when it fails.
func (c *conn) tell(what string, f func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.ctx), c.s.cfg.WorkTimeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			c.log.Error("ocpp: panic", "while", what, "panic", p, "stack", string(debug.Stack()))
		}
	}()
	if err := f(ctx); err != nil {
		c.log.Error("ocpp: could not note", "what", what, "err", err)
	}
}

// bucket is a token bucket used by one goroutine.
type bucket struct {
	rate, burst, level float64
	at                 int64
}

func newBucket(perSecond, burst int) bucket {
	return bucket{rate: float64(perSecond), burst: float64(burst), level: float64(burst), at: monotonic()}
}

// try takes a token if there is one.
func (b *bucket) try() bool {
	now := monotonic()
	b.level = min(b.burst, b.level+float64(now-b.at)/1e9*b.rate)
	b.at = now
	if b.level < 1 {
		return false
	}
	b.level--
	return true
}

// take waits for a token. Not reading meanwhile is what slows a flooding charger
// down. False means that ctx ended.
func (b *bucket) take(ctx context.Context) bool {
	if b.try() {
		return true
	}
	t := time.NewTimer(time.Duration((1 - b.level) / b.rate * 1e9))
	defer t.Stop()
	select {
	case <-t.C:
		b.try()
		return true
	case <-ctx.Done():
		return false
	}
}
