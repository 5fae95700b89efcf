package charger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"
)

// Tap holds a card to the reader and returns the server's word on it: "Accepted",
// "Blocked", "Invalid" (1.6), "Unknown" (2.0.1), ...
func (c *Charger) Tap(ctx context.Context, uid string) (status string, err error) {
	if err := c.Online(ctx); err != nil {
		return "", err
	}
	b, err := c.call(ctx, "Authorize", c.authorize(uid))
	if err != nil {
		return "", err
	}
	return cardStatus(b)
}

// cardStatus reads the status of a card from any answer of either version.
func cardStatus(b []byte) (string, error) {
	var m struct {
		IDTagInfo   struct{ Status string }
		IDTokenInfo struct{ Status string }
	}
	if err := json.Unmarshal(b, &m); err != nil {
		return "", err
	}
	return m.IDTagInfo.Status + m.IDTokenInfo.Status, nil
}

// Plug puts a cable into a car: Preparing or Occupied.
func (c *Charger) Plug(ctx context.Context, n int) error { return c.become(ctx, n, "Preparing") }

// Unplug takes it out again. Stop does so by itself.
func (c *Charger) Unplug(ctx context.Context, n int) error { return c.become(ctx, n, "Available") }

// Fault breaks an EVSE; Unplug repairs it.
func (c *Charger) Fault(ctx context.Context, n int) error { return c.become(ctx, n, "Faulted") }

func (c *Charger) become(ctx context.Context, n int, status string) error {
	e, err := c.place(n)
	if err != nil {
		return err
	}
	c.mu.Lock()
	if status == "Available" && e.out {
		status = "Unavailable"
	}
	same := e.status == status
	e.status = status
	c.mu.Unlock()
	if same {
		return nil
	}
	if err := c.tellStatus(ctx, n); err != nil && !errors.Is(err, errLost) {
		return err
	}
	return nil // offline: told when the connection is back
}

// ErrRefused means that the server does not let the card charge. The Status of
// the session says why.
var ErrRefused = errors.New("the card may not charge")

// Start taps a card and, if it may charge, begins a transaction and lets energy
// flow. A refusal is ErrRefused with a Session of which only Status is set, or,
// when only the start itself was refused, all of it.
func (c *Charger) Start(ctx context.Context, n int, uid string) (*Session, error) {
	status, err := c.Tap(ctx, uid)
	if err != nil {
		return nil, err
	}
	if status != "Accepted" {
		return &Session{EVSE: n, Card: uid, Status: status}, ErrRefused
	}
	return c.begun(ctx, n, uid, 0)
}

// StartUnasked begins a transaction without asking first, as a charger does whose
// cache knows the card. While it is offline this returns only once the connection is
// back and the start was told.
func (c *Charger) StartUnasked(ctx context.Context, n int, uid string) (*Session, error) {
	return c.begun(ctx, n, uid, 0)
}

// begun starts a transaction without a tap: after one, or by remote.
func (c *Charger) begun(ctx context.Context, n int, uid string, remoteID int) (*Session, error) {
	e, err := c.place(n)
	if err != nil {
		return nil, err
	}
	if err := c.Plug(ctx, n); err != nil {
		return nil, err
	}
	now := c.cfg.Now()
	c.mu.Lock()
	if e.session != nil {
		c.mu.Unlock()
		return nil, fmt.Errorf("EVSE %d is charging already", n)
	}
	need := float64(c.cfg.NeedWh)
	if need == 0 {
		need = float64(14_000 + c.rng.IntN(26_000))
	}
	e.meterWh = math.Floor(e.meterWh)
	s := &Session{EVSE: n, Card: uid, Began: now, last: now, StartWh: int64(e.meterWh), needWh: need}
	s.Tx = fmt.Sprintf("%s-%d-%x", limit(c.cfg.ID, 12), n, now.UnixMilli())
	e.session = s
	c.mu.Unlock()

	if err := c.sendStart(ctx, s, remoteID); err != nil {
		c.mu.Lock()
		e.session = nil
		c.mu.Unlock()
		return nil, err
	}
	if s.Status != "Accepted" && !c.cfg.Deaf {
		_ = c.stop(ctx, n, "", "DeAuthorized")
		return s, ErrRefused
	}
	if err := c.become(ctx, n, "Charging"); err != nil {
		return nil, err
	}
	if c.cfg.SampleEvery > 0 {
		c.begin(func(ctx context.Context) {
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			c.mu.Lock()
			gone := e.session != s
			e.cancel = cancel
			c.mu.Unlock()
			for !gone && pause(ctx, c.cfg.SampleEvery) {
				if err := c.Sample(ctx, n); err != nil {
					return
				}
			}
		})
	}
	return c.Session(n), nil
}

func limit(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}

// Sample lets energy flow until now and sends a meter value.
func (c *Charger) Sample(ctx context.Context, n int) error {
	e, err := c.place(n)
	if err != nil {
		return err
	}
	now := c.cfg.Now()
	c.mu.Lock()
	s := e.session
	if s == nil {
		c.mu.Unlock()
		return fmt.Errorf("nobody charges at EVSE %d", n)
	}
	w := advance(s, &e.meterWh, float64(c.cfg.PowerW), now)
	wh, full := int64(e.meterWh), !s.fullAt.IsZero()
	if w > 0 {
		w *= 0.99 + 0.01*c.rng.Float64() // meters never stand still
	}
	s.seq++
	seq := s.seq
	c.mu.Unlock()
	if err := c.sendMeter(ctx, s, seq, now, wh, int64(w)); err != nil {
		return err
	}
	if full {
		return c.become(ctx, n, "SuspendedEV")
	}
	return nil
}

// Stop ends the transaction of an EVSE and takes the cable out. uid is the card
// that was held to the reader, "" for none; reason is OCPP's, "" for Local.
func (c *Charger) Stop(ctx context.Context, n int, uid, reason string) error {
	if err := c.stop(ctx, n, uid, reason); err != nil {
		return err
	}
	if err := c.become(ctx, n, "Finishing"); err != nil {
		return err
	}
	return c.Unplug(ctx, n)
}

func (c *Charger) stop(ctx context.Context, n int, uid, reason string) error {
	e, err := c.place(n)
	if err != nil {
		return err
	}
	if reason == "" {
		reason = "Local"
	}
	now := c.cfg.Now()
	c.mu.Lock()
	s := e.session
	if s == nil {
		c.mu.Unlock()
		return fmt.Errorf("nobody charges at EVSE %d", n)
	}
	advance(s, &e.meterWh, float64(c.cfg.PowerW), now)
	wh := int64(e.meterWh)
	e.session = nil
	s.seq++
	seq, cancel := s.seq, e.cancel
	e.cancel = nil
	c.mu.Unlock()
	if cancel != nil {
		cancel()
	}
	return c.sendStop(ctx, s, seq, now, wh, uid, reason)
}

// Habits are how people use a charger.
type Habits struct {
	Cards  []string      // who comes, by chance
	Idle   time.Duration // between two sessions, about. Default 2 min
	Charge time.Duration // how long a session lasts, about. Default 5 min
}

// Live lets people come and go at all EVSEs until ctx ends. Sessions that are
// running then go on: the caller may Stop them.
func (c *Charger) Live(ctx context.Context, h Habits) {
	def(&h.Idle, 2*time.Minute)
	def(&h.Charge, 5*time.Minute)
	if len(h.Cards) == 0 {
		return
	}
	done := make(chan struct{}, len(c.evses))
	for n := 1; n <= len(c.evses); n++ {
		go func() {
			defer func() { done <- struct{}{} }()
			for pause(ctx, c.about(h.Idle)) {
				c.mu.Lock()
				card := h.Cards[c.rng.IntN(len(h.Cards))]
				c.mu.Unlock()
				if c.Plug(ctx, n) != nil {
					return
				}
				if _, err := c.Start(ctx, n, card); err != nil {
					if errors.Is(err, ErrRefused) && c.Unplug(ctx, n) != nil {
						return
					}
					continue
				}
				if !pause(ctx, c.about(h.Charge)) {
					return
				}
				// Somebody else, such as the server, may have stopped it.
				if err := c.Stop(ctx, n, card, ""); err != nil && c.Unplug(ctx, n) != nil {
					return
				}
			}
		}()
	}
	for range c.evses {
		<-done
	}
}

// about is d, give or take half.
func (c *Charger) about(d time.Duration) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return d/2 + time.Duration(c.rng.Int64N(int64(d)+1))
}
