package ocpp_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"involt/internal/face/ocpp"
)

var both = []string{"ocpp1.6", "ocpp2.0.1"}

func TestOnlyAuthenticatedChargersAreUpgraded(t *testing.T) {
	raw, _ := hex.DecodeString(key)
	for _, c := range []struct {
		name, path, user, pass string
		header                 http.Header
		want                   int
	}{
		{"right key", "/ocpp/acme/CP1", "CP1", key, nil, 101},
		{"right key in capitals", "/ocpp/acme/CP1", "CP1", strings.ToUpper(key), nil, 101},
		{"right key decoded", "/ocpp/acme/CP1", "CP1", string(raw), nil, 101},
		{"identity twice", "/ocpp/acme/CP1/CP1", "CP1", key, nil, 101},
		{"slash at the end", "/ocpp/acme/CP1/", "CP1", key, nil, 101},
		{"identity with a space", "/ocpp/acme/CP%204", "CP 4", key, nil, 101},
		{"identity with a colon", "/ocpp/acme/CP:5", "CP:5", key, nil, 101},
		{"no key", "/ocpp/acme/CP1", "", "", nil, 401},
		{"empty key", "/ocpp/acme/CP1", "CP1", "", nil, 401},
		{"wrong key", "/ocpp/acme/CP1", "CP1", "f" + key[1:], nil, 401},
		{"half the key", "/ocpp/acme/CP1", "CP1", key[:20], nil, 401},
		{"hash of the key", "/ocpp/acme/CP1", "CP1", hexSum(key), nil, 401},
		{"other user name", "/ocpp/acme/CP1", "CP2", key, nil, 401},
		{"user name in other case", "/ocpp/acme/CP1", "cp1", key, nil, 401},
		{"unknown charger", "/ocpp/acme/CP9", "CP9", key, nil, 401},
		{"other workspace", "/ocpp/other/CP1", "CP1", key, nil, 401},
		{"bearer", "/ocpp/acme/CP1", "", "", http.Header{"Authorization": {"Bearer " + key}}, 401},
		{"from a web page", "/ocpp/acme/CP1", "CP1", key, http.Header{"Origin": {"http://127.0.0.1"}}, 403},
		{"from an empty origin", "/ocpp/acme/CP1", "CP1", key, http.Header{"Origin": {"null"}}, 403},
		{"no identity", "/ocpp/acme", "CP1", key, nil, 404},
		{"other second identity", "/ocpp/acme/CP1/CP2", "CP1", key, nil, 404},
		{"database away", "/ocpp/broken/CP1", "CP1", key, nil, 503},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			ws, res, err := r.dial(c.path, c.user, c.pass, both, c.header)
			if ws != nil {
				defer func() { _ = ws.CloseNow() }()
			}
			if res == nil {
				t.Fatal(err)
			}
			if res.StatusCode != c.want {
				t.Fatalf("status %d, want %d", res.StatusCode, c.want)
			}
			if c.want == 503 && res.Header.Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
			if c.want != 101 && len(r.srv.Live()) != 0 {
				t.Error("somebody is connected")
			}
		})
	}
}

func hexSum(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:])
}

func TestUnknownChargerAndWrongKeyLookTheSame(t *testing.T) {
	r := newRig(t)
	see := func(path, user string) string {
		_, res, err := r.dial(path, user, "wrong-wrong-wrong-wrong", both, nil)
		if err == nil {
			t.Fatal("let in")
		}
		b, _ := io.ReadAll(res.Body)
		res.Header.Del("Date")
		return res.Status + string(b) + res.Header.Get("WWW-Authenticate") + res.Header.Get("Content-Length")
	}
	if a, b := see("/ocpp/acme/CP1", "CP1"), see("/ocpp/acme/CP9", "CP9"); a != b {
		t.Errorf("known charger:\n%s\nunknown charger:\n%s", a, b)
	}
	if r.town.lookups != 2 {
		t.Errorf("%d look-ups for two attempts", r.town.lookups)
	}
}

func TestStrangersAreSlowedDownAndChargersAreNot(t *testing.T) {
	r := newRig(t, func(c *ocpp.Config) { c.MaxStranger = 3 })
	r.connect("CP2", "ocpp1.6")
	seen := map[int]int{}
	for range 100 { // beyond the hard limit, too
		_, res, _ := r.dial("/ocpp/acme/CP1", "CP1", "wrong", both, nil)
		seen[res.StatusCode]++
		if res.StatusCode == http.StatusTooManyRequests && res.Header.Get("Retry-After") == "" {
			t.Fatal("429 without Retry-After")
		}
	}
	if seen[401] != 3 || seen[429] != 97 {
		t.Errorf("answers: %v", seen)
	}
	if r.town.lookups > 70 {
		t.Errorf("%d look-ups: beyond the hard limit nobody should be asked", r.town.lookups)
	}
	r.connect("CP2", "ocpp1.6") // known from this address: comes back although a neighbour misbehaves
}

func TestPlainWebSocketOnlyWhereAllowed(t *testing.T) {
	away := netip.MustParseAddr("203.0.113.7")
	for _, c := range []struct {
		name   string
		change func(*ocpp.Config)
		allow  bool
		header http.Header
		want   int
	}{
		{"loopback", func(*ocpp.Config) {}, false, nil, 101},
		{"loopback through a proxy", func(*ocpp.Config) {}, false, http.Header{"X-Forwarded-For": {"203.0.113.7"}}, 403},
		{"from elsewhere", func(c *ocpp.Config) { c.ClientIP = func(*http.Request) netip.Addr { return away } }, false, nil, 403},
		{"from elsewhere, allowed", func(c *ocpp.Config) { c.ClientIP = func(*http.Request) netip.Addr { return away } }, true, nil, 101},
		{"from elsewhere by TLS", func(c *ocpp.Config) {
			c.ClientIP = func(*http.Request) netip.Addr { return away }
			c.Secure = func(*http.Request) bool { return true }
		}, false, nil, 101},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, c.change)
			a := r.town.chargers["acme/CP1"]
			a.AllowPlain = c.allow
			r.town.chargers["acme/CP1"] = a
			ws, res, err := r.dial("/ocpp/acme/CP1", "CP1", key, both, c.header)
			if ws != nil {
				defer func() { _ = ws.CloseNow() }()
			}
			if res == nil || res.StatusCode != c.want {
				t.Fatalf("%v %v, want %d", res, err, c.want)
			}
		})
	}
}

func TestChargersOrderOfVersionsCounts(t *testing.T) {
	r := newRig(t)
	for _, c := range []struct {
		offer []string
		want  string
	}{
		{[]string{"ocpp1.6", "ocpp2.0.1"}, "ocpp1.6"},
		{[]string{"ocpp2.1", "ocpp2.0.1", "ocpp1.6"}, "ocpp2.0.1"},
		{[]string{"OCPP1.6"}, "ocpp1.6"},
	} {
		ws, _, err := r.dial("/ocpp/acme/CP1", "CP1", key, c.offer, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := ws.Subprotocol(); !strings.EqualFold(got, c.want) {
			t.Errorf("offered %v, got %q", c.offer, got)
		}
		r.waitFor("connected CP1 " + c.want)
		_ = ws.CloseNow()
	}
}

func TestWithoutCommonVersionTheHandshakeEndsAndThenTheConnection(t *testing.T) {
	r := newRig(t)
	for _, offer := range [][]string{nil, {"ocpp1.5"}} {
		ws, res, err := r.dial("/ocpp/acme/CP1", "CP1", key, offer, nil)
		if err != nil {
			t.Fatal(err)
		}
		if p := res.Header.Get("Sec-WebSocket-Protocol"); p != "" {
			t.Errorf("agreed on %q", p)
		}
		if code := (&peer{t: t, ws: ws}).closed(); code != websocket.StatusProtocolError {
			t.Errorf("closed with %d", code)
		}
	}
	if n := len(r.srv.Live()); n != 0 {
		t.Errorf("%d connected", n)
	}
}

func TestPlainGetIsNotUpgradedEvenWithTheRightKey(t *testing.T) {
	r := newRig(t)
	for pass, want := range map[string]int{key: 426, "wrong": 401} {
		req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, r.http.URL+"/ocpp/acme/CP1", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("CP1:"+pass)))
		res, err := r.http.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("status %d, want %d", res.StatusCode, want)
		}
	}
}

func TestNewestConnectionWins(t *testing.T) {
	r := newRig(t)
	old := r.connect("CP1", "ocpp1.6")
	other := r.connect("CP2", "ocpp1.6")
	// Somebody who only knows the identity displaces nobody.
	if _, _, err := r.dial("/ocpp/acme/CP1", "CP1", "wrong", both, nil); err == nil {
		t.Fatal("let in")
	}
	old.ok("Heartbeat", `{}`)

	newer := r.connect("CP1", "ocpp2.0.1")
	if code := old.closed(); code != websocket.StatusPolicyViolation {
		t.Errorf("old one closed with %d", code)
	}
	r.waitFor("disconnected CP1: replaced")
	newer.ok("Heartbeat", `{}`)
	other.ok("Heartbeat", `{}`)
	live, ok := r.srv.LiveOf(ocpp.Ref{Workspace: "w1", Charger: "CP1"})
	if !ok || live.Link.Protocol != "ocpp2.0.1" || live.In != 1 {
		t.Errorf("live: %+v", live)
	}
	if n := len(r.srv.Live()); n != 2 {
		t.Errorf("%d live", n)
	}
}

func TestNewcomerWinsOverADeadSocketAtOnce(t *testing.T) {
	r := newRig(t)
	r.connect("CP1", "ocpp1.6") // never reads again
	for range 20 {
		began := time.Now()
		r.connect("CP1", "ocpp1.6").ok("Heartbeat", `{}`)
		if d := time.Since(began); d > 2*time.Second {
			t.Fatalf("took %v", d)
		}
	}
}

func TestCloseSendsGoingAwayAndRefusesNewcomers(t *testing.T) {
	r := newRig(t)
	a, b := r.connect("CP1", "ocpp1.6"), r.connect("CP2", "ocpp2.0.1")
	done := make(chan error, 1)
	go func() { done <- r.srv.Close(context.Background()) }()
	for _, p := range []*peer{a, b} {
		if code := p.closed(); code != websocket.StatusGoingAway {
			t.Errorf("closed with %d", code)
		}
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	_, res, err := r.dial("/ocpp/acme/CP1", "CP1", key, both, nil)
	if err == nil || res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" {
		t.Errorf("newcomer: %v %v", res, err)
	}
	r.waitFor("disconnected")
	r.waitFor("disconnected")
}

func TestDropClosesAndTheChargerMayComeBack(t *testing.T) {
	r := newRig(t)
	p := r.connect("CP1", "ocpp1.6")
	r.srv.Drop(ocpp.Ref{Workspace: "w1", Charger: "CP1"}, strings.Repeat("the key was changed – ", 20))
	if code := p.closed(); code != websocket.StatusPolicyViolation {
		t.Errorf("closed with %d", code)
	}
	r.waitFor("disconnected CP1")
	r.connect("CP1", "ocpp1.6")
}
