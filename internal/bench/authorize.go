package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/face/ocpp"
	"involt/internal/flow/admit"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"

	"github.com/coder/websocket"
)

// Taps says how to load the server.
type Taps struct {
	Sockets int           // chargers, half 1.6 and half 2.0.1
	Round   time.Duration // how long one round lasts

	// Generator is the command that runs [Generate]: a process of its own, so that
	// the CPU time of this one is the server's alone.
	Generator []string
	// Server builds the OCPP server as it is in production; change may adjust its
	// configuration.
	Server func(d *db.DB, decide *admit.Service, change func(*ocpp.Config)) *ocpp.Server
}

// Authorize measures the CPU time that the server spends on one Authorize over a
// real socket, decided on real data and with its record stored, beside a bare
// echo of the same frames.
func Authorize(ctx context.Context, o Options, taps Taps) (list []Figure, err error) {
	defer errs.Wrap(&err, "bench.Authorize")
	taps.Sockets = max(2, taps.Sockets)
	d, remove, err := o.scratch(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, remove()) }()
	o.say("filling %s with %d cards", o.engine(), o.Rows)
	t, err := fill(ctx, d, o.Rows, taps.Sockets)
	if err != nil {
		return nil, err
	}
	decide := &admit.Service{DB: d}
	if err := decide.Load(ctx); err != nil {
		return nil, err
	}
	stop := background(ctx, decide.Run, (&journal.Post{DB: d}).Run)
	defer func() { err = errors.Join(err, stop()) }()
	s, err := listen(ctx, d, decide, taps, t)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close(ctx)) }()
	g, err := start(ctx, taps.Generator, s.plan(t, taps))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, g.close()) }()
	o.say("%d chargers tap cards", taps.Sockets)
	r := &report{o: o}
	if err := r.authorize(ctx, g, decide, taps); err != nil {
		return nil, err
	}
	return r.list, nil
}

// background runs parts of the server until it is told to stop.
func background(ctx context.Context, parts ...func(context.Context) error) (stop func() error) {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	all := make([]error, len(parts))
	for i, run := range parts {
		wg.Go(func() { all[i] = run(ctx) })
	}
	return func() error {
		cancel()
		wg.Wait()
		return errors.Join(all...)
	}
}

// trips is what a round came to.
type trips struct{ cpu, p50, p99, rate []float64 }

func (r *report) authorize(ctx context.Context, g *generator, decide *admit.Service, taps Taps) error {
	var floor, figure, bare trips
	for i := range r.o.rounds() + 1 {
		for _, of := range []struct {
			to string
			in *trips
		}{{"echo", &floor}, {"involt", &figure}, {"unrecorded", &bare}} {
			began := cpu()
			done, err := g.round(of.to, taps.Round)
			if err != nil {
				return err
			}
			if err := stored(ctx, decide); err != nil {
				return err
			}
			used := cpu() - began
			if i == 0 {
				continue // both have warmed up
			}
			of.in.cpu = append(of.in.cpu, float64(used.Nanoseconds())/1e3/float64(done.Trips))
			of.in.p50, of.in.p99 = append(of.in.p50, done.P50), append(of.in.p99, done.P99)
			of.in.rate = append(of.in.rate, float64(done.Trips)/done.Seconds)
		}
	}
	r.add("authorize.cpu", "server CPU per round trip, decision stored; floor: echo", "µs"+ofRatio, median(floor.cpu), median(figure.cpu), 1.8)
	r.add("authorize.answer.cpu", "the same without a record of the decision", "µs"+ofRatio, median(floor.cpu), median(bare.cpu), 1.8)
	r.add("authorize.store.cpu", "the difference: what the record costs", "µs", 0, max(0, median(figure.cpu)-median(bare.cpu)), 0)
	r.add("authorize.p50", fmt.Sprintf("until the answer, %d chargers that never pause", taps.Sockets), "ms", median(floor.p50), median(figure.p50), 0)
	r.add("authorize.p99", "the same", "ms", median(floor.p99), median(figure.p99), 0)
	r.add("authorize.rate", "round trips per second, chargers and server on this machine", "/s", median(floor.rate), median(figure.rate), 0)
	return nil
}

// stored waits until every decision of the round is in the database: storing
// them belongs to the price.
func stored(ctx context.Context, decide *admit.Service) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	late := time.NewTimer(time.Minute)
	defer late.Stop()
	for decide.Waiting() > 0 {
		select {
		case <-tick.C:
		case <-late.C:
			return errors.New("decisions were not stored within a minute")
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// servers are those that are compared.
type servers struct {
	chargers []*ocpp.Server
	list     []*http.Server
	targets  map[string]string // name → address
}

// unrecorded decides and leaves no record.
type unrecorded struct{ admit *admit.Service }

// Decide answers a tap.
func (u unrecorded) Decide(a ocpp.Ask) ocpp.Answer {
	v := u.admit.Decide(&admit.Ask{
		Workspace: id.Workspace(a.Ref.Workspace), Charger: id.Charger(a.Ref.Charger), EVSE: int64(a.EVSE), Token: a.Token, Now: a.Now, Source: a.Protocol,
	})
	return ocpp.Answer{Reason: ocpp.Reason(v.Reason), Parent: v.Parent(), Expires: v.Expires()}
}

func listen(ctx context.Context, d *db.DB, decide *admit.Service, taps Taps, t *town) (*servers, error) {
	s := &servers{targets: map[string]string{}}
	build := func(change func(*ocpp.Config)) http.Handler {
		server := taps.Server(d, decide, func(c *ocpp.Config) {
			c.MaxRate = 1 << 20 // no charger taps as fast as these do
			c.Log = slog.New(slog.DiscardHandler)
			change(c)
		})
		s.chargers = append(s.chargers, server)
		mux := http.NewServeMux()
		for _, pattern := range server.Routes() {
			mux.Handle(pattern, server)
		}
		return mux
	}
	slug := "/ocpp/" + t.workspace.Slug
	var lc net.ListenConfig
	for _, one := range []struct {
		name, path string
		handler    http.Handler
	}{
		{"echo", "", http.HandlerFunc(echo)},
		{"involt", slug, build(func(*ocpp.Config) {})},
		{"unrecorded", slug, build(func(c *ocpp.Config) { c.Decider = unrecorded{decide} })},
	} {
		ln, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return nil, errors.Join(err, s.close(ctx))
		}
		server := &http.Server{Handler: one.handler, ReadHeaderTimeout: 10 * time.Second}
		s.list = append(s.list, server)
		s.targets[one.name] = "ws://" + ln.Addr().String() + one.path
		go func() { _ = server.Serve(ln) }() // ends when it is closed
	}
	return s, nil
}

func (s *servers) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	var err error
	for _, server := range s.chargers {
		// Chargers that are gone do not say goodbye.
		if e := server.Close(ctx); !errors.Is(e, context.DeadlineExceeded) {
			err = errors.Join(err, e)
		}
	}
	for _, server := range s.list {
		err = errors.Join(err, server.Close())
	}
	return err
}

// echo sends back what comes, with no more work than that takes.
func echo(w http.ResponseWriter, r *http.Request) {
	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"ocpp1.6", "ocpp2.0.1"}, CompressionMode: websocket.CompressionDisabled})
	if err != nil {
		return // Accept has answered
	}
	defer func() { _ = ws.CloseNow() }()
	var buf []byte
	for {
		kind, b, err := receive(ws, buf)
		if err != nil || ws.Write(context.Background(), kind, b) != nil {
			return
		}
		buf = b
	}
}

// receive reads one message into buf, which it makes longer if it must.
func receive(ws *websocket.Conn, buf []byte) (websocket.MessageType, []byte, error) {
	kind, r, err := ws.Reader(context.Background())
	if err != nil {
		return 0, nil, err
	}
	if cap(buf) == 0 {
		buf = make([]byte, 0, 512)
	}
	b := buf[:0]
	for {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if errors.Is(err, io.EOF) {
			return kind, b, nil
		}
		if err != nil {
			return 0, nil, err
		}
	}
}

func (s *servers) plan(t *town, taps Taps) plan {
	p := plan{Rows: t.rows, Targets: s.targets}
	for i, c := range t.chargers[:taps.Sockets] {
		v := charger{Identity: c.identity, Key: c.key, Protocol: "ocpp1.6"}
		if i%2 == 1 {
			v.Protocol = "ocpp2.0.1"
		}
		p.Chargers = append(p.Chargers, v)
	}
	return p
}

// generator is the other process, told by its standard input and answering on
// its standard output, a line of JSON each.
type generator struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func start(ctx context.Context, command []string, p plan) (*generator, error) {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...) //nolint:gosec // this program itself
	var complaints strings.Builder
	cmd.Stderr = io.MultiWriter(os.Stderr, &complaints)
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	g := &generator{cmd: cmd, in: in, out: bufio.NewReader(out)}
	if err := g.ask(p, &struct{}{}); err != nil {
		return nil, errors.Join(err, g.close(), errors.New(complaints.String()))
	}
	return g, nil
}

func (g *generator) round(to string, length time.Duration) (done outcome, err error) {
	err = g.ask(order{To: to, Nanoseconds: int64(length)}, &done)
	if err == nil && done.Trips == 0 {
		err = errors.New("the load generator had no answer at all")
	}
	return done, err
}

func (g *generator) ask(what, answer any) error {
	b, err := json.Marshal(what)
	if err != nil {
		return err
	}
	if _, err := g.in.Write(append(b, '\n')); err != nil {
		return err
	}
	line, err := g.out.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("the load generator has ended: %w", err)
	}
	return json.Unmarshal(line, answer)
}

func (g *generator) close() error {
	return errors.Join(g.in.Close(), g.cmd.Wait())
}
