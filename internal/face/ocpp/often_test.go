package ocpp_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"involt/internal/face/ocpp"
)

// scale brings the figure of a threat to some seconds: INVOLT_THREATS=full runs it
// as RELIABILITY.md has it.
func scale(full, short int) int {
	if os.Getenv("INVOLT_THREATS") == "full" {
		return full
	}
	return short
}

// clocked is a rig whose clock can be put forward, and whose chargers come from
// the addresses that they say.
func clocked(t *testing.T, change ...func(*ocpp.Config)) (*rig, *atomic.Int64) {
	t.Helper()
	var ahead atomic.Int64
	return newRig(t, append(change, func(c *ocpp.Config) {
		c.Secure = func(*http.Request) bool { return true }
		c.Now = func() time.Time { return noon.Add(time.Duration(ahead.Load())) }
		c.ClientIP = func(r *http.Request) netip.Addr {
			if ip, err := netip.ParseAddr(r.Header.Get("X-From")); err == nil {
				return ip
			}
			return netip.MustParseAddr("127.0.0.1")
		}
	})...), &ahead
}

// comes connects CP1 and returns the status, and how long it is told to wait. The
// connection stays open.
func (r *rig) comes(name, from string) (ws *websocket.Conn, status int, wait string) {
	r.t.Helper()
	ws, res, err := r.dial("/ocpp/acme/"+name, name, key, both, http.Header{"X-From": {from}})
	if res == nil {
		r.t.Fatal(err)
	}
	if ws != nil {
		r.t.Cleanup(func() { _ = ws.CloseNow() })
	}
	return ws, res.StatusCode, res.Header.Get("Retry-After")
}

// settled waits until a charger is there: its handshake ends a moment before.
func (r *rig) settled(name string) {
	r.t.Helper()
	r.waitFor("connected " + name)
}

// TestThreat shows rows of RELIABILITY.md. A short run has a tenth of the drops.
func TestThreat(t *testing.T) {
	t.Run("R55_more_than_sixty_reconnects_an_hour", floods)
	t.Run("R55_two_networks_at_once", twoNetworks)
	t.Run("R55_who_knows_the_id_displaces_nobody", displacesNobody)
	t.Run("R55_back_after_a_dirty_drop", backAtOnce)
}

func floods(t *testing.T) {
	r, ahead := clocked(t)
	for i := range 60 {
		if _, status, _ := r.comes("CP1", ""); status != http.StatusSwitchingProtocols {
			t.Fatalf("connection %d: %d", i+1, status)
		}
	}
	for range 60 {
		r.settled("CP1")
	}
	last, _ := r.srv.LiveOf(ocpp.Ref{Workspace: "w1", Charger: "CP1"})
	if _, status, wait := r.comes("CP1", ""); status != http.StatusTooManyRequests || wait != "3600" {
		t.Errorf("the sixty-first is answered %d, Retry-After %q", status, wait)
	}
	r.waitFor("flooded ")
	ahead.Add(int64(20 * time.Minute))
	if _, status, wait := r.comes("CP1", ""); status != http.StatusTooManyRequests || wait != "2400" {
		t.Errorf("twenty minutes later: %d, Retry-After %q", status, wait)
	}
	if now, _ := r.srv.LiveOf(last.Ref); now.Link.ID != last.Link.ID {
		t.Errorf("the connection that was there is %d and was %d", now.Link.ID, last.Link.ID)
	}
	if _, status, _ := r.comes("CP2", ""); status != http.StatusSwitchingProtocols {
		t.Errorf("another charger: %d", status)
	}
	if ws, res, _ := r.dial("/ocpp/acme/CP1", "CP1", "f"+key[1:], both, nil); ws != nil || res.StatusCode != http.StatusUnauthorized {
		t.Errorf("a wrong key hears that the charger is blocked: %d", res.StatusCode)
	}

	// Staff let it in: it has all its tries again.
	r.town.mu.Lock()
	a := r.town.chargers["acme/CP1"]
	a.Blocked = time.Time{}
	r.town.chargers["acme/CP1"] = a
	r.town.mu.Unlock()
	for i := range 60 {
		if _, status, _ := r.comes("CP1", ""); status != http.StatusSwitchingProtocols {
			t.Fatalf("connection %d after staff let it in: %d", i+1, status)
		}
	}
	r.comes("CP1", "")
	ahead.Add(int64(time.Hour))
	if _, status, _ := r.comes("CP1", ""); status != http.StatusSwitchingProtocols {
		t.Errorf("after an hour: %d", status)
	}

	// One a minute is what a bad line does, and goes on for ever.
	for i := range 150 {
		ahead.Add(int64(61 * time.Second))
		if _, status, _ := r.comes("CP2", ""); status != http.StatusSwitchingProtocols {
			t.Fatalf("connection %d, one a minute: %d", i+1, status)
		}
	}
}

// If the block cannot be stored, it holds on this server.
func TestAFloodIsHeldBackWithoutADatabase(t *testing.T) {
	r, ahead := clocked(t, func(c *ocpp.Config) { c.MaxReconnects = 3 })
	r.town.mu.Lock()
	r.town.fail = errors.New("the database is away")
	r.town.mu.Unlock()
	for range 3 {
		r.comes("CP1", "")
	}
	for range 2 {
		if _, status, _ := r.comes("CP1", ""); status != http.StatusTooManyRequests {
			t.Errorf("got %d", status)
		}
	}
	ahead.Add(int64(time.Hour))
	if _, status, _ := r.comes("CP1", ""); status != http.StatusSwitchingProtocols {
		t.Errorf("after an hour: %d", status)
	}
}

func twoNetworks(t *testing.T) {
	r, _ := clocked(t)
	told := func() (list []string) {
		r.town.mu.Lock()
		defer r.town.mu.Unlock()
		for _, line := range r.town.log {
			if strings.HasPrefix(line, "two networks") {
				list = append(list, line)
			}
		}
		return list
	}
	comes := func(name, from string) *websocket.Conn {
		t.Helper()
		ws, _, _ := r.comes(name, from)
		r.settled(name)
		return ws
	}
	comes("CP1", "203.0.113.7")
	comes("CP1", "203.0.113.99") // another address of the same provider
	comes("CP2", "2001:db8:1::1")
	comes("CP2", "2001:db8:1:9::2")
	if got := told(); len(got) != 0 {
		t.Errorf("told of %v", got)
	}
	comes("CP1", "198.51.100.3")
	comes("CP2", "2001:db8:2::1")
	want := []string{"two networks CP1 203.0.113.99 198.51.100.3", "two networks CP2 2001:db8:1:9::2 2001:db8:2::1"}
	if got := told(); !slices.Equal(got, want) {
		t.Errorf("told of %v, want %v", got, want)
	}
	// Who has left may come back from anywhere.
	_ = comes("CP3", "203.0.113.7").Close(websocket.StatusNormalClosure, "")
	r.waitFor("disconnected CP3")
	comes("CP3", "198.51.100.3")
	if got := told(); len(got) != 2 {
		t.Errorf("told of %v", got)
	}
}

func displacesNobody(t *testing.T) {
	r, _ := clocked(t)
	r.comes("CP1", "203.0.113.7")
	r.settled("CP1")
	before, _ := r.srv.LiveOf(ocpp.Ref{Workspace: "w1", Charger: "CP1"})
	for i := range scale(1000, 100) {
		ws, res, _ := r.dial("/ocpp/acme/CP1", "CP1", strings.Repeat(fmt.Sprintf("%08x", i), 5), both, http.Header{"X-From": {"198.51.100.3"}})
		if ws != nil || res.StatusCode != http.StatusUnauthorized && res.StatusCode != http.StatusTooManyRequests {
			t.Fatalf("guess %d: %d", i, res.StatusCode)
		}
	}
	if now, there := r.srv.LiveOf(before.Ref); !there || now.Link.ID != before.Link.ID {
		t.Errorf("the charger was displaced: %+v, %v", now, there)
	}
}

// backAtOnce drops lines without a word, and has their chargers come back while
// the server still believes in the old ones.
func backAtOnce(t *testing.T) {
	r, ahead := clocked(t)
	var took []time.Duration
	for i := range scale(1000, 100) {
		ws, status, _ := r.comes("CP1", "")
		if status != http.StatusSwitchingProtocols {
			t.Fatalf("drop %d: locked out with %d", i, status)
		}
		_ = ws.CloseNow()
		ahead.Add(int64(2 * time.Minute))
		began := time.Now()
		if _, status, _ := r.comes("CP1", ""); status != http.StatusSwitchingProtocols {
			t.Fatalf("after drop %d: locked out with %d", i, status)
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	if p99 := took[len(took)*99/100]; p99 > 5*time.Second {
		t.Errorf("back after %s at p99", p99)
	}
}
