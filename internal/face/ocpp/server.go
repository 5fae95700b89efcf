// Package ocpp is where chargers connect: OCPP-J 1.6 and 2.0.1 over WebSocket at
// /ocpp/{workspace}/{charger}. It authenticates before the upgrade, keeps the live
// connections, turns messages into calls of the three interfaces of contract.go
// and their answers back into messages. It stores nothing and decides nothing.
//
// One goroutine serves one connection: it reads a message, handles it, writes the
// answer, then reads the next. A charger that stops reading, floods or resets
// therefore hurts itself only. No lock is held while a socket is read or written.
// One goroutine for all connections (the sweeper) closes those whose write hangs
// and pings the silent ones, so that ten thousand idle chargers cost ten thousand
// goroutines and not thirty.
package ocpp

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
)

// Config is all that can be set. Zero values mean the defaults given here.
type Config struct {
	Chargers Chargers // required
	Decider  Decider  // required
	Sessions Sessions // required

	Log *slog.Logger     // default: slog.Default()
	Now func() time.Time // default: time.Now. Timeouts always use the real clock

	// ClientIP says who connects, behind trusted proxies. Default: the address of
	// the TCP peer.
	ClientIP func(*http.Request) netip.Addr
	// Secure says whether the charger's own leg is encrypted, behind trusted
	// proxies. Default: TLS ends in this process.
	Secure func(*http.Request) bool
	// Certificates says that chargers need a certificate of their own, which TLS has
	// verified (security profile 3), but for those whose Auth says otherwise.
	Certificates bool

	Heartbeat    time.Duration // asked of chargers at boot, give or take 20 %. Default 5 min
	PingEvery    time.Duration // silence after which a charger is pinged. Default 30 s
	PongWithin   time.Duration // how long a ping may go unanswered. Default 20 s
	WriteTimeout time.Duration // how long one write may take before the connection is closed. Default 10 s
	WorkTimeout  time.Duration // how long storing a message may take before we hang up. Default 20 s
	CallTimeout  time.Duration // how long a charger may take to answer us. Default 30 s
	QueueTimeout time.Duration // how long a command may wait for its turn; stale ones are dropped. Default 30 s

	MaxMessage    int64 // bytes. Default 128 KiB
	MaxRate       int   // messages per second and connection before it is slowed down. Default 1000
	MaxQueue      int   // commands waiting per charger. Default 16
	KeepFrames    int   // frames kept per charger to look at. Default 30
	MaxReconnects int   // connections of one charger within an hour before it is blocked for one. Default 60
	MaxStranger   int   // refused attempts per address before 429. Default 30, one more every 2 s
}

func (c Config) withDefaults() Config {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.ClientIP == nil {
		c.ClientIP = peerIP
	}
	if c.Secure == nil {
		c.Secure = func(r *http.Request) bool { return r.TLS != nil }
	}
	for p, d := range map[*time.Duration]time.Duration{
		&c.Heartbeat: 5 * time.Minute, &c.PingEvery: 30 * time.Second, &c.PongWithin: 20 * time.Second,
		&c.WriteTimeout: 10 * time.Second, &c.WorkTimeout: 20 * time.Second,
		&c.CallTimeout: 30 * time.Second, &c.QueueTimeout: 30 * time.Second,
	} {
		if *p <= 0 {
			*p = d
		}
	}
	for p, n := range map[*int]int{&c.MaxRate: 1000, &c.MaxQueue: 16, &c.KeepFrames: 30, &c.MaxStranger: 30, &c.MaxReconnects: 60} {
		if *p <= 0 {
			*p = n
		}
	}
	if c.MaxMessage <= 0 {
		c.MaxMessage = 128 << 10
	}
	return c
}

// Server is the OCPP face: an http.Handler and the registry of who is connected.
type Server struct {
	cfg     Config
	strange *strangers
	links   atomic.Uint64 // last Link.ID given out

	wg   sync.WaitGroup // every connection, ping and the sweeper
	stop chan struct{}  // closed by Close

	mu       sync.Mutex         // guards closing and stations; never held across I/O
	closing  bool               // no new connections
	stations map[Ref]*station   // every charger seen since the start
	live     map[*conn]struct{} // open connections, also those that were just replaced
}

// New returns a server with its sweeper running. Close ends it.
func New(cfg Config) *Server {
	s := &Server{
		cfg:      cfg.withDefaults(),
		stop:     make(chan struct{}),
		stations: map[Ref]*station{},
		live:     map[*conn]struct{}{},
	}
	s.strange = newStrangers(s.cfg.MaxStranger)
	s.wg.Add(1)
	go s.sweep()
	return s
}

// enter counts a connection in, unless the server is closing.
func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return false
	}
	s.wg.Add(1)
	return true
}

// Close tells every charger that the server is going away (1001), lets messages
// in work finish, and waits for all goroutines. When ctx ends first, what is left
// is cut off; it is still waited for.
func (s *Server) Close(ctx context.Context) error {
	s.mu.Lock()
	if !s.closing {
		s.closing = true
		close(s.stop)
	}
	open := make([]*conn, 0, len(s.live))
	for c := range s.live {
		open = append(open, c)
	}
	s.mu.Unlock()

	for _, c := range open {
		c.end(websocket.StatusGoingAway, "server is going away")
	}
	done := make(chan struct{})
	go func() { s.wg.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	for _, c := range open {
		c.cut()
	}
	<-done
	return ctx.Err()
}

// sweep looks after all connections until the server closes.
func (s *Server) sweep() {
	defer s.wg.Done()
	every := min(s.cfg.WriteTimeout, s.cfg.PingEvery, s.cfg.PongWithin) / 4
	tick := time.NewTicker(max(10*time.Millisecond, min(every, time.Second)))
	defer tick.Stop()
	for {
		select {
		case <-s.stop:
			return
		case <-tick.C:
		}
		s.mu.Lock()
		open := make([]*conn, 0, len(s.live))
		for c := range s.live {
			open = append(open, c)
		}
		s.mu.Unlock()
		now := monotonic()
		for _, c := range open {
			s.look(c, now)
		}
	}
}

// look closes a connection whose write hangs and pings one that is silent.
func (s *Server) look(c *conn, now int64) {
	if began := c.writing.Load(); began != 0 && now-began > int64(s.cfg.WriteTimeout) {
		c.why.CompareAndSwap(nil, ptr("write timed out"))
		c.cut()
		return
	}
	// A pong is seen only while the connection reads, so not during a long write
	// to the database: that is not the charger's fault.
	if c.busy.Load() || now-c.heard.Load() < int64(s.cfg.PingEvery) || c.pinging.Swap(true) {
		return
	}
	if !s.enter() {
		return
	}
	go func() {
		defer s.wg.Done()
		defer c.pinging.Store(false)
		ctx, cancel := context.WithTimeout(c.ctx, s.cfg.PongWithin)
		defer cancel()
		before := c.heard.Load()
		if err := c.ws.Ping(ctx); err == nil {
			c.heard.Store(monotonic())
		} else if !c.busy.Load() && c.heard.Load() == before {
			c.why.CompareAndSwap(nil, ptr("ping was not answered"))
			c.cut()
		}
	}()
}

var start = time.Now()

// monotonic is nanoseconds since the process began, never zero.
func monotonic() int64 { return int64(time.Since(start)) + 1 }

func ptr[T any](v T) *T { return &v }
