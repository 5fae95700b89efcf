package ocpp_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"involt/internal/face/ocpp"
)

func TestMalformedFramesAreAnsweredAndTheConnectionStays(t *testing.T) {
	const noAnswer = ""
	for _, c := range []struct{ name, frame, v16, v201 string }{
		{"no JSON", `hello`, noAnswer, `[4,"-1","RpcFrameworkError"`},
		{"empty", ``, noAnswer, `[4,"-1","RpcFrameworkError"`},
		{"object", `{"a":1}`, noAnswer, `[4,"-1","RpcFrameworkError"`},
		{"empty array", `[]`, noAnswer, `[4,"-1","RpcFrameworkError"`},
		{"id is a number", `[2,7,"Heartbeat",{}]`, noAnswer, `[4,"-1","RpcFrameworkError"`},
		{"id too long", `[2,"` + strings.Repeat("x", 37) + `","Heartbeat",{}]`, noAnswer, `[4,"-1","RpcFrameworkError"`},
		{"type unknown", `[9,"a","Heartbeat",{}]`, `[4,"a","FormationViolation"`, `[4,"a","MessageTypeNotSupported"`},
		{"no action", `[2,"a"]`, `[4,"a","FormationViolation"`, `[4,"a","FormatViolation"`},
		{"no payload", `[2,"a","Heartbeat"]`, `[4,"a","FormationViolation"`, `[4,"a","FormatViolation"`},
		{"payload is null", `[2,"a","Heartbeat",null]`, `[4,"a","FormationViolation"`, `[4,"a","FormatViolation"`},
		{"payload is an array", `[2,"a","Heartbeat",[]]`, `[4,"a","FormationViolation"`, `[4,"a","FormatViolation"`},
		{"payload is cut", `[2,"a","Authorize",{"idTag":"GO`, `[4,"a","FormationViolation"`, `[4,"a","FormatViolation"`},
		{"payload is no JSON", `[2,"a","Authorize",{"idTag":}]`, `[4,"a","FormationViolation"`, `[4,"a","FormatViolation"`},
		{"too many elements", `[2,"a","Heartbeat",{},{}]`, `[4,"a","FormationViolation"`, `[4,"a","FormatViolation"`},
		{"trailing text", `[2,"a","Heartbeat",{}]]`, `[4,"a","FormationViolation"`, `[4,"a","FormatViolation"`},
		{"answer to nothing", `[3,"a",{}]`, noAnswer, noAnswer},
		{"error to nothing", `[4,"a","InternalError","",{}]`, noAnswer, noAnswer},
		{"broken answer", `[3,"a"]`, noAnswer, noAnswer},
		{"unknown action", `[2,"a","MakeCoffee",{}]`, `[4,"a","NotImplemented"`, `[4,"a","NotImplemented"`},
		{"a server's action", `[2,"a","Reset",{"type":"Soft"}]`, `[4,"a","NotSupported"`, `[4,"a","NotSupported"`},
		{"id with escapes", `[2,"a\"\u00e9\\","Nothing",{}]`, `[4,"a\"\u00e9\\","NotImplemented"`, `[4,"a\"\u00e9\\","NotImplemented"`},
		{"deep", `[2,"a","Heartbeat",` + strings.Repeat(`{"a":`, 20000) + `1` + strings.Repeat(`}`, 20000) + `]`, `[4,"a","FormationViolation"`, `[4,"a","FormatViolation"`},
	} {
		for protocol, want := range map[string]string{"ocpp1.6": c.v16, "ocpp2.0.1": c.v201} {
			t.Run(c.name+" "+protocol, func(t *testing.T) {
				r := newRig(t)
				p := r.connect("CP1", protocol)
				p.send(c.frame)
				if want != noAnswer {
					if got := p.receive(); !strings.HasPrefix(got, want) {
						t.Errorf("got %s, want %s...", got, want)
					}
				}
				p.ok("Heartbeat", `{}`) // the next answer is to this: nothing else was said
			})
		}
	}
}

func TestBinaryFrameIsIgnored(t *testing.T) {
	r := newRig(t)
	p := r.connect("CP1", "ocpp1.6")
	if err := p.ws.Write(context.Background(), websocket.MessageBinary, []byte{0, 1, 2}); err != nil {
		t.Fatal(err)
	}
	p.ok("Heartbeat", `{}`)
}

func TestTooBigMessageEndsOnlyItsOwnConnection(t *testing.T) {
	r := newRig(t, func(c *ocpp.Config) { c.MaxMessage = 64 << 10 })
	p, other := r.connect("CP1", "ocpp1.6"), r.connect("CP2", "ocpp1.6")
	p.ok("DataTransfer", `{"vendorId":"x","data":"`+strings.Repeat("y", 60<<10)+`"}`)
	// The server may hang up while this is still being sent.
	_ = p.ws.Write(t.Context(), websocket.MessageText, []byte(`[2,"1","DataTransfer",{"vendorId":"x","data":"`+strings.Repeat("y", 70<<10)+`"}]`))
	p.closed()
	r.waitFor("disconnected CP1: a message was too big")
	other.ok("Heartbeat", `{}`)
}

func TestWhatCannotBeStoredIsNotAnswered(t *testing.T) {
	for protocol, messages := range map[string][]string{
		"ocpp1.6": {
			`"StartTransaction",{"connectorId":1,"idTag":"GOOD","meterStart":0,"timestamp":"2026-05-04T11:59:00Z"}`,
			`"StopTransaction",{"transactionId":1,"meterStop":0,"timestamp":"2026-05-04T11:59:00Z"}`,
			`"MeterValues",{"connectorId":1,"meterValue":[{"timestamp":"2026-05-04T11:59:00Z","sampledValue":[{"value":"1"}]}]}`,
		},
		"ocpp2.0.1": {
			`"TransactionEvent",{"eventType":"Started","timestamp":"2026-05-04T11:59:00Z","triggerReason":"Authorized","seqNo":0,"transactionInfo":{"transactionId":"t"}}`,
			`"MeterValues",{"evseId":1,"meterValue":[{"timestamp":"2026-05-04T11:59:00Z","sampledValue":[{"value":1}]}]}`,
		},
	} {
		for _, m := range messages {
			for _, panics := range []bool{false, true} {
				t.Run(fmt.Sprint(m[:12], panics), func(t *testing.T) {
					r := newRig(t)
					r.town.fail, r.town.panics = errors.New("disk full"), panics
					p, other := r.connect("CP1", protocol), r.connect("CP2", protocol)
					p.send(`[2,"1",` + m + `]`)
					if _, b, err := p.ws.Read(context.Background()); err == nil {
						t.Errorf("answered %s", b)
					}
					r.waitFor("disconnected CP1: a message could not be stored")
					other.ok("Heartbeat", `{}`)
				})
			}
		}
	}
}

func TestPanicInOneMessageEndsNothing(t *testing.T) {
	r := newRig(t)
	p := r.connect("CP1", "ocpp1.6")
	if code := p.refused("Authorize", `{"idTag":"PANIC"}`); code != "InternalError" {
		t.Errorf("code %s", code)
	}
	p.ok("Heartbeat", `{}`)
}

// fastest is the best of a few heartbeats: how quickly others are still served.
func slowest(p *peer, n int) time.Duration {
	var worst time.Duration
	for range n {
		began := time.Now()
		p.ok("Heartbeat", `{}`)
		worst = max(worst, time.Since(began))
	}
	return worst
}

func TestFloodingChargerIsSlowedDownAndOthersAreNot(t *testing.T) {
	r := newRig(t, func(c *ocpp.Config) { c.MaxRate = 100 })
	flood, other := r.connect("CP1", "ocpp1.6"), r.connect("CP2", "ocpp1.6")
	ctx, cancel := context.WithCancel(context.Background())
	sent := make(chan int)
	go func() {
		n := 0
		for ; ctx.Err() == nil; n++ {
			if flood.ws.Write(ctx, websocket.MessageText, []byte(`[2,"1","Heartbeat",{}]`)) != nil {
				break
			}
		}
		sent <- n
	}()
	if d := slowest(other, 50); d > time.Second {
		t.Errorf("another charger waited %v", d)
	}
	live, _ := r.srv.LiveOf(ocpp.Ref{Workspace: "w1", Charger: "CP1"})
	cancel()
	<-sent
	if live.In > 400 {
		t.Errorf("%d messages of the flood were handled", live.In)
	}
}

// TestStalledChargerHurtsOnlyItself: one peer asks and never reads the answers,
// another resets its socket with answers on the way.
func TestStalledChargerHurtsOnlyItself(t *testing.T) {
	r := newRig(t, func(c *ocpp.Config) { c.WriteTimeout = 200 * time.Millisecond; c.MaxRate = 1 << 20 })
	r.tighten()
	stalled, other := r.rawCharger("CP1"), r.connect("CP2", "ocpp1.6")
	defer func() { _ = stalled.Close() }()
	if err := stalled.(*net.TCPConn).SetReadBuffer(4096); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		// The answers fill the buffers of the socket, and then no more can be written.
		for frame := masked(`[2,"` + strings.Repeat("x", 36) + `","Nothing",{}]`); ; {
			if _, err := stalled.Write(frame); err != nil {
				return
			}
		}
	}()
	r.waitFor("disconnected CP1: write timed out")
	<-done
	other.ok("Heartbeat", `{}`)
}

func TestResettingChargerHurtsOnlyItself(t *testing.T) {
	r := newRig(t)
	other := r.connect("CP2", "ocpp1.6")
	for range 10 {
		raw := r.rawCharger("CP1")
		for range 50 {
			if _, err := raw.Write(masked(`[2,"1","Heartbeat",{}]`)); err != nil {
				break
			}
		}
		_ = raw.(*net.TCPConn).SetLinger(0)
		_ = raw.Close()
		other.ok("Heartbeat", `{}`)
	}
	r.waitFor("disconnected CP1")
}

func TestSilentChargerIsPingedAndGivenUp(t *testing.T) {
	r := newRig(t, func(c *ocpp.Config) { c.PingEvery, c.PongWithin = 50*time.Millisecond, 100*time.Millisecond })
	raw := r.rawCharger("CP1") // answers no ping
	defer func() { _ = raw.Close() }()
	r.waitFor("disconnected CP1: ping was not answered")
}

func TestChargerThatAnswersPingsStays(t *testing.T) {
	r := newRig(t, func(c *ocpp.Config) { c.PingEvery, c.PongWithin = 30*time.Millisecond, patience })
	pings := make(chan struct{}, 100)
	h := map[string][]string{"Authorization": {basic("CP1", key)}}
	ws, _, err := websocket.Dial(context.Background(), "ws"+strings.TrimPrefix(r.http.URL, "http")+"/ocpp/acme/CP1",
		&websocket.DialOptions{Subprotocols: both, HTTPHeader: h, OnPingReceived: func(context.Context, []byte) bool {
			pings <- struct{}{}
			return true
		}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ws.CloseNow() }()
	read := make(chan struct{})
	go func() { _, _, _ = ws.Read(context.Background()); close(read) }()
	for range 3 {
		<-pings
	}
	if len(r.srv.Live()) != 1 {
		t.Error("not connected any more")
	}
	_ = ws.CloseNow()
	<-read
}

func TestSlowStorageIsNotTheChargersFault(t *testing.T) {
	r := newRig(t, func(c *ocpp.Config) { c.PingEvery, c.PongWithin = 100*time.Millisecond, 200*time.Millisecond })
	hold := make(chan struct{})
	r.town.hold = hold
	other, p := r.connect("CP2", "ocpp1.6"), r.connect("CP1", "ocpp1.6")
	p.send(`[2,"s","StartTransaction",{"connectorId":1,"idTag":"GOOD","meterStart":0,"timestamp":"2026-05-04T11:59:00Z"}]`)
	// A while, in which CP1 is silent for longer than a ping may go unanswered and
	// others are served.
	for began := time.Now(); time.Since(began) < 600*time.Millisecond; {
		_ = slowest(other, 50)
	}
	close(hold)
	if got := p.receive(); !strings.HasPrefix(got, `[3,"s",`) {
		t.Errorf("got %s", got)
	}
}
