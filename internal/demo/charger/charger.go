// Package charger is a charger made of software that speaks real OCPP 1.6 or 2.0.1
// over a real WebSocket. `involt demo` is lively because of it, and tests charge
// with it. It behaves: one CALL outstanding at a time, transaction messages kept
// while offline and sent again after the connection is back, reconnects spread
// over time, commands of the server obeyed.
//
//	c := charger.New(charger.Config{URL: "ws://127.0.0.1:8080/ocpp/acme", ID: "CP1", Key: key})
//	go c.Run(ctx)               // until ctx ends
//	status, err := c.Tap(ctx, "04A2B3C4D5E680")
//	s, err := c.Start(ctx, 1, "04A2B3C4D5E680")
//	err = c.Stop(ctx, 1, "04A2B3C4D5E680", "")
package charger

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/coder/websocket"

	"involt/internal/wire/ocppj"
)

// Config describes one charger. Zero values mean the defaults given here.
type Config struct {
	URL      string // ws:// or wss://, with the workspace and without the identity. Required
	ID, Key  string // OCPP identity and its key. Required
	Protocol string // "1.6" (default) or "2.0.1"

	Vendor, Model, Serial, Firmware string // default: Involt, Demo AC11, the identity, 1.0

	EVSEs       int           // each with one connector. Default 1
	PowerW      int           // of each EVSE. Default 11000
	NeedWh      int64         // what a car takes at most. Default 14000 to 40000, by chance
	SampleEvery time.Duration // between meter values. Default 15 s; below zero: only by Sample
	Timeout     time.Duration // for an answer of the server. Default 30 s
	Deaf        bool          // goes on charging when the server refuses a card: what OCPP 1.6 calls StopTransactionOnInvalidId is off
	MaxBackoff  time.Duration // between attempts to connect. Default 1 min

	ListSize       int // entries of its local list. Default 48; below zero: it has none
	ListPerMessage int // entries that it takes at once. Default 20

	Seed uint64           // of all chance; the same seed, the same life
	Now  func() time.Time // default time.Now
	Log  *slog.Logger     // default: none
}

// Charger is one running charger. All methods may be called from any goroutine.
type Charger struct {
	cfg   Config
	v     ocppj.Version
	wg    sync.WaitGroup // samplers, heartbeats and what commands have started
	ended chan struct{}  // closed when Run returns

	mu          sync.Mutex    // guards all that follows; never held across I/O
	rng         *rand.Rand    // all chance
	line        *line         // the connection; nil while there is none
	up          chan struct{} // closed when line becomes set; a new one whenever it is lost
	booted      bool          // accepted since the last start
	interval    time.Duration // between heartbeats, as the server asked
	evses       []*evse       // EVSE n is evses[n-1]
	settings    map[string]string
	list        map[string]Listed // by token
	listVersion int64
	ctx         context.Context // of Run; nil before
	over        bool            // Run is ending and begins nothing any more
}

// evse is one place to charge.
type evse struct {
	number  int
	status  string // as 1.6 spells it; 2.0.1 derives from it
	out     bool   // of service, at the latest once its session has ended
	meterWh float64
	session *Session
	cancel  context.CancelFunc // of the session's sampler
}

// Session is one charging transaction as the charger knows it.
type Session struct {
	EVSE    int
	Tx      string // 1.6: the id the server gave; 2.0.1: the charger's own
	Status  string // what the server said about the card: "Accepted", ...
	Card    string
	Began   time.Time
	StartWh int64 // meter at the start

	needWh float64
	seq    int
	last   time.Time // when power was last looked at
	fullAt time.Time // when the car had enough; zero before
}

// New returns a charger that does nothing yet.
func New(cfg Config) *Charger {
	def(&cfg.Protocol, "1.6")
	def(&cfg.Vendor, "Involt")
	def(&cfg.Model, "Demo AC11")
	def(&cfg.Serial, cfg.ID)
	def(&cfg.Firmware, "1.0")
	def(&cfg.EVSEs, 1)
	def(&cfg.PowerW, 11000)
	def(&cfg.SampleEvery, 15*time.Second)
	def(&cfg.Timeout, 30*time.Second)
	def(&cfg.MaxBackoff, time.Minute)
	def(&cfg.ListSize, 48)
	def(&cfg.ListPerMessage, 20)
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	c := &Charger{
		cfg: cfg, v: ocppj.V16, ended: make(chan struct{}), up: make(chan struct{}),
		rng:      rand.New(rand.NewPCG(cfg.Seed, 0x0c99)), //nolint:gosec // play
		interval: 5 * time.Minute,
		settings: map[string]string{"HeartbeatInterval": "300", "MeterValueSampleInterval": "15", "AuthorizeRemoteTxRequests": "false"},
		list:     map[string]Listed{},
	}
	if cfg.ListSize > 0 {
		maps.Copy(c.settings, c.listSettings())
	}
	if cfg.Protocol == "2.0.1" {
		c.v = ocppj.V201
	}
	for n := 1; n <= cfg.EVSEs; n++ {
		c.evses = append(c.evses, &evse{number: n, status: "Available", meterWh: float64(100_000 + c.rng.IntN(9_000_000))})
	}
	return c
}

func def[T comparable](p *T, d T) {
	var zero T
	if *p == zero {
		*p = d
	}
}

// Run connects, boots and serves until ctx ends, connecting again whenever the
// connection is lost. It returns after everything it started has ended; the error
// says only what could not be right from the beginning.
func (c *Charger) Run(ctx context.Context) error {
	defer close(c.ended)
	if c.cfg.URL == "" || c.cfg.ID == "" {
		return errors.New("a charger needs a URL and an identity")
	}
	c.mu.Lock()
	c.ctx = ctx
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		c.over = true
		c.mu.Unlock()
		c.wg.Wait()
	}()
	wait := time.Second / 2
	for ctx.Err() == nil {
		began := time.Now()
		err := c.connect(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if time.Since(began) > c.cfg.MaxBackoff {
			wait = time.Second / 2 // it had worked for a while
		}
		c.cfg.Log.Info("charger: connection lost", "charger", c.cfg.ID, "err", err)
		// Half the wait is fixed, half is chance, so that a thousand chargers that
		// were cut off together do not come back together.
		c.mu.Lock()
		d := wait/2 + time.Duration(c.rng.Int64N(int64(wait/2)+1))
		c.mu.Unlock()
		if !pause(ctx, d) {
			return nil
		}
		wait = min(wait*2, c.cfg.MaxBackoff)
	}
	return nil
}

// pause waits; false means that ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// connect is the life of one connection.
func (c *Charger) connect(ctx context.Context) error {
	ws, err := dial(ctx, c.cfg, c.v)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	l := &line{ws: ws, ctx: ctx, turn: make(chan struct{}, 1)}
	c.mu.Lock()
	c.line = l
	close(c.up)
	c.mu.Unlock()

	greeted, closed := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(greeted)
		c.greet(ctx, l)
	}()
	go func() {
		defer close(closed)
		<-ctx.Done()
		if c.stopping() {
			_ = ws.Close(websocket.StatusNormalClosure, "switched off")
		} else {
			_ = ws.CloseNow()
		}
	}()
	err = l.read(c.obey)

	c.mu.Lock()
	c.line, c.up = nil, make(chan struct{})
	c.mu.Unlock()
	cancel()
	<-closed
	<-greeted
	return err
}

func (c *Charger) stopping() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ctx.Err() != nil
}

// greet boots, tells all states and then keeps the heart beating.
func (c *Charger) greet(ctx context.Context, l *line) {
	for !c.isBooted() {
		next, err := c.boot(ctx)
		if err != nil {
			l.drop()
			return
		}
		if !c.isBooted() && !pause(ctx, next) {
			return
		}
	}
	for n := 1; n <= c.cfg.EVSEs; n++ {
		if c.tellStatus(ctx, n) != nil {
			return
		}
	}
	for pause(ctx, c.heartbeat()) {
		if _, err := c.call(ctx, "Heartbeat", struct{}{}); err != nil {
			l.drop()
			return
		}
	}
}

func (c *Charger) isBooted() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.booted
}

func (c *Charger) heartbeat() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.interval
}

// Online waits until the charger is connected and its boot was accepted.
func (c *Charger) Online(ctx context.Context) error {
	for {
		c.mu.Lock()
		up, line, booted := c.up, c.line, c.booted
		c.mu.Unlock()
		if line != nil && booted {
			return nil
		}
		if line != nil { // connected, not yet accepted
			if !pause(ctx, 5*time.Millisecond) {
				return ctx.Err()
			}
			continue
		}
		select {
		case <-up:
		case <-c.ended:
			return errors.New("the charger was switched off")
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Drop cuts the connection; the charger comes back by itself.
func (c *Charger) Drop() {
	c.mu.Lock()
	l := c.line
	c.mu.Unlock()
	if l != nil {
		l.drop()
	}
}

// place returns EVSE n.
func (c *Charger) place(n int) (*evse, error) {
	if n < 1 || n > len(c.evses) {
		return nil, fmt.Errorf("there is no EVSE %d", n)
	}
	return c.evses[n-1], nil
}

// Session is what goes on at an EVSE: a copy, nil if nothing.
func (c *Charger) Session(n int) *Session {
	e, err := c.place(n)
	if err != nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if e.session == nil {
		return nil
	}
	s := *e.session
	return &s
}

// MeterWh is the register of an EVSE.
func (c *Charger) MeterWh(n int) int64 {
	e, err := c.place(n)
	if err != nil {
		return 0
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return int64(e.meterWh)
}

// begin starts a goroutine that Run waits for, unless Run has ended.
func (c *Charger) begin(f func(ctx context.Context)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ctx == nil || c.over {
		return
	}
	ctx := c.ctx
	c.wg.Add(1)
	go func() {
		defer c.wg.Done()
		f(ctx)
	}()
}
