package ocpp_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"involt/internal/face/ocpp"
	"involt/internal/kit/errs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must come: long, because a machine
// that runs all tests at once is slow.
const patience = 30 * time.Second

const key = "0123456789abcdef0123456789abcdef01234567" // as issued: hex digits

// town is a small world behind the three interfaces of the contract.
type town struct {
	mu       sync.Mutex
	chargers map[string]ocpp.Auth // by "workspace/identity"
	answers  map[string]ocpp.Answer
	fail     error // what storing returns
	panics   bool  // storing panics
	hold     chan struct{}

	log     []string // what was told, in order
	boots   []ocpp.BootInfo
	states  []ocpp.StatusInfo
	starts  []ocpp.StartInfo
	meters  []ocpp.MeterInfo
	stops   []ocpp.StopInfo
	events  []ocpp.EventInfo
	asked   []ocpp.Ask
	told    chan string // every line of log, for waiting
	lookups int
}

func newTown() *town {
	t := &town{
		chargers: map[string]ocpp.Auth{},
		answers: map[string]ocpp.Answer{
			"GOOD":    {Reason: ocpp.Allowed},
			"BLOCKED": {Reason: ocpp.CardBlocked},
		},
		told: make(chan string, 10_000),
	}
	for _, id := range []string{"CP1", "CP2", "CP3", "CP 4", "CP:5"} {
		t.chargers["acme/"+id] = ocpp.Auth{Ref: ocpp.Ref{Workspace: "w1", Charger: id}, KeyHash: sha256.Sum256([]byte(key))}
	}
	return t
}

func (t *town) note(s string) {
	t.mu.Lock()
	t.log = append(t.log, s)
	t.mu.Unlock()
	t.told <- s
}

func (t *town) Lookup(_ context.Context, workspace, identity string) (ocpp.Auth, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lookups++
	if workspace == "broken" {
		return ocpp.Auth{}, errors.New("database away")
	}
	a, ok := t.chargers[workspace+"/"+identity]
	if !ok {
		return ocpp.Auth{}, errs.New(errs.NotFound, "no such charger")
	}
	return a, nil
}

func (t *town) Connected(_ context.Context, ref ocpp.Ref, link ocpp.Link) error {
	t.note("connected " + ref.Charger + " " + link.Protocol)
	return nil
}

func (t *town) Disconnected(_ context.Context, ref ocpp.Ref, _ ocpp.Link, why string) error {
	t.note("disconnected " + ref.Charger + ": " + why)
	return nil
}

func (t *town) Flooded(_ context.Context, ref ocpp.Ref, times int, until time.Time) error {
	t.mu.Lock()
	err := t.fail
	if name := t.nameOf(ref); err == nil {
		a := t.chargers[name]
		a.Blocked = until
		t.chargers[name] = a
	}
	t.mu.Unlock()
	t.note("flooded " + ref.Charger + " " + strconv.Itoa(times))
	return err
}

// nameOf is the name of a charger in chargers, which must be locked.
func (t *town) nameOf(ref ocpp.Ref) string {
	for name, a := range t.chargers {
		if a.Ref == ref {
			return name
		}
	}
	return ""
}

func (t *town) TwoNetworks(_ context.Context, ref ocpp.Ref, now, before ocpp.Link) error {
	t.note("two networks " + ref.Charger + " " + before.Remote + " " + now.Remote)
	return nil
}

func (t *town) Booted(_ context.Context, ref ocpp.Ref, b ocpp.BootInfo) error {
	t.mu.Lock()
	t.boots = append(t.boots, b)
	t.mu.Unlock()
	t.note("booted " + ref.Charger)
	return errors.New("noting failed") // must not matter
}

func (t *town) Status(_ context.Context, _ ocpp.Ref, s ocpp.StatusInfo) error {
	t.mu.Lock()
	t.states = append(t.states, s)
	t.mu.Unlock()
	t.note("status " + strconv.Itoa(s.EVSE) + " " + s.Status)
	return nil
}

func (t *town) Decide(ask ocpp.Ask) ocpp.Answer {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.asked = append(t.asked, ask)
	if ask.Token == "PANIC" {
		panic("decider")
	}
	a, ok := t.answers[strings.ToUpper(ask.Token)]
	if !ok {
		return ocpp.Answer{Reason: ocpp.UnknownCard}
	}
	return a
}

func (t *town) trouble() error {
	t.mu.Lock()
	fail, panics, hold := t.fail, t.panics, t.hold
	t.mu.Unlock()
	if hold != nil {
		<-hold
	}
	if panics {
		panic("sessions")
	}
	return fail
}

func (t *town) Start(_ context.Context, in ocpp.StartInfo) (int32, ocpp.Answer, error) {
	if err := t.trouble(); err != nil {
		return 0, ocpp.Answer{}, err
	}
	t.mu.Lock()
	t.starts = append(t.starts, in)
	n := int32(len(t.starts))
	t.mu.Unlock()
	return 1000 + n, t.Decide(ocpp.Ask{Token: in.Token}), nil
}

func (t *town) Meter(_ context.Context, in ocpp.MeterInfo) error {
	if err := t.trouble(); err != nil {
		return err
	}
	t.mu.Lock()
	t.meters = append(t.meters, in)
	t.mu.Unlock()
	return nil
}

func (t *town) Stop(_ context.Context, in ocpp.StopInfo) (ocpp.Answer, error) {
	if err := t.trouble(); err != nil {
		return ocpp.Answer{}, err
	}
	t.mu.Lock()
	t.stops = append(t.stops, in)
	t.mu.Unlock()
	return t.Decide(ocpp.Ask{Token: in.Token}), nil
}

func (t *town) Event(_ context.Context, in ocpp.EventInfo) (ocpp.Answer, error) {
	if err := t.trouble(); err != nil {
		return ocpp.Answer{}, err
	}
	t.mu.Lock()
	t.events = append(t.events, in)
	t.mu.Unlock()
	return t.Decide(ocpp.Ask{Token: in.Token}), nil
}

// rig is a running server with a town behind it.
type rig struct {
	t    testing.TB
	town *town
	srv  *ocpp.Server
	http *httptest.Server
}

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func newRig(t testing.TB, change ...func(*ocpp.Config)) *rig {
	t.Helper()
	r := &rig{t: t, town: newTown()}
	cfg := ocpp.Config{
		Chargers: r.town, Decider: r.town, Sessions: r.town,
		Log: slog.New(slog.DiscardHandler),
		Now: func() time.Time { return noon },
	}
	for _, f := range change {
		f(&cfg)
	}
	r.srv = ocpp.New(cfg)
	mux := http.NewServeMux()
	for _, p := range r.srv.Routes() {
		mux.Handle(p, r.srv)
	}
	r.http = httptest.NewServer(mux)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		_ = r.srv.Close(ctx) // a charger that plays dead is cut off, which is fine here
		r.http.Close()
	})
	return r
}

// tighten gives the server's sockets buffers that are soon full.
func (r *rig) tighten() {
	r.http.Close()
	r.http = httptest.NewUnstartedServer(r.http.Config.Handler)
	r.http.Config.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		_ = c.(*net.TCPConn).SetWriteBuffer(4096)
		return ctx
	}
	r.http.Start()
}

// waitFor waits until the town was told a line that begins with s.
func (r *rig) waitFor(s string) string {
	r.t.Helper()
	late := time.After(patience)
	for {
		select {
		case line := <-r.town.told:
			if strings.HasPrefix(line, s) {
				return line
			}
		case <-late:
			r.t.Fatalf("nobody said %q", s)
		}
	}
}

// waitForAll waits until the town was told lines that begin so, in any order.
func (r *rig) waitForAll(starts ...string) {
	r.t.Helper()
	late := time.After(patience)
	for len(starts) > 0 {
		select {
		case line := <-r.town.told:
			starts = slices.DeleteFunc(starts, func(s string) bool { return strings.HasPrefix(line, s) })
		case <-late:
			r.t.Fatalf("nobody said %q", starts)
		}
	}
}

// dial tries to connect; header values may be overridden.
func (r *rig) dial(path, user, pass string, protocols []string, header http.Header) (*websocket.Conn, *http.Response, error) {
	h := http.Header{}
	if user != "" || pass != "" {
		h.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user+":"+pass)))
	}
	for k, v := range header {
		h[k] = v
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return websocket.Dial(ctx, "ws"+strings.TrimPrefix(r.http.URL, "http")+path, &websocket.DialOptions{Subprotocols: protocols, HTTPHeader: h})
}

// peer is a charger made of bare frames.
type peer struct {
	t  testing.TB
	ws *websocket.Conn
	n  int
}

// connect is a charger of the town that connects as it should.
func (r *rig) connect(id, protocol string) *peer {
	r.t.Helper()
	ws, _, err := r.dial("/ocpp/acme/"+strings.ReplaceAll(id, " ", "%20"), id, key, []string{protocol}, nil)
	if err != nil {
		r.t.Fatalf("connect %s: %v", id, err)
	}
	r.waitFor("connected " + id)
	r.t.Cleanup(func() { _ = ws.CloseNow() })
	return &peer{t: r.t, ws: ws}
}

func (p *peer) send(frame string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := p.ws.Write(ctx, websocket.MessageText, []byte(frame)); err != nil {
		p.t.Fatalf("send: %v", err)
	}
}

func (p *peer) receive() string {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, b, err := p.ws.Read(ctx)
	if err != nil {
		p.t.Fatalf("receive: %v", err)
	}
	return string(b)
}

// call sends a CALL and returns what came back as elements.
func (p *peer) call(action, payload string) []json.RawMessage {
	p.t.Helper()
	p.n++
	id := strconv.Itoa(p.n)
	p.send(`[2,"` + id + `","` + action + `",` + payload + `]`)
	var out []json.RawMessage
	got := p.receive()
	if err := json.Unmarshal([]byte(got), &out); err != nil {
		p.t.Fatalf("%s: answer is not JSON: %s", action, got)
	}
	if string(out[1]) != `"`+id+`"` {
		p.t.Fatalf("%s: answer to another message: %s", action, got)
	}
	return out
}

// ok is the payload of the answer to a CALL that must succeed.
func (p *peer) ok(action, payload string) string {
	p.t.Helper()
	out := p.call(action, payload)
	if string(out[0]) != "3" {
		p.t.Fatalf("%s %s was refused: %s", action, payload, out)
	}
	return string(out[2])
}

// refused is the error code of the answer to a CALL that must not succeed.
func (p *peer) refused(action, payload string) string {
	p.t.Helper()
	out := p.call(action, payload)
	if string(out[0]) != "4" {
		p.t.Fatalf("%s %s was not refused: %s", action, payload, out)
	}
	return strings.Trim(string(out[2]), `"`)
}

// closed waits until the server has closed the connection and returns the code.
func (p *peer) closed() websocket.StatusCode {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		_, _, err := p.ws.Read(ctx)
		if err != nil {
			if ctx.Err() != nil {
				p.t.Fatal("the connection was not closed")
			}
			return websocket.CloseStatus(err)
		}
	}
}
