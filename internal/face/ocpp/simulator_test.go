package ocpp_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"involt/internal/demo/charger"
	"involt/internal/face/ocpp"
)

// hand is a clock that is moved by hand.
type hand struct {
	mu sync.Mutex
	t  time.Time
}

func (h *hand) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.t
}

func (h *hand) move(d time.Duration) {
	h.mu.Lock()
	h.t = h.t.Add(d)
	h.mu.Unlock()
}

// simulate runs the demo's charger against the rig until the test ends.
func simulate(r *rig, t *testing.T, version string, clock *hand) *charger.Charger {
	t.Helper()
	c := charger.New(charger.Config{
		URL: "ws" + strings.TrimPrefix(r.http.URL, "http") + "/ocpp/acme", ID: "CP1", Key: key, Protocol: version,
		EVSEs: 2, NeedWh: 20_000, SampleEvery: -1, Seed: 7, Now: clock.now, MaxBackoff: 20 * time.Millisecond,
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	if err := c.Online(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.waitFor("status 2 Available")
	return c
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestDemoChargerLivesAWholeSession(t *testing.T) {
	for _, version := range []string{"1.6", "2.0.1"} {
		t.Run(version, func(t *testing.T) {
			r := newRig(t, func(c *ocpp.Config) { c.KeepFrames = 1000 })
			clock := &hand{t: noon}
			c, ctx := simulate(r, t, version, clock), t.Context()
			unknown := map[string]string{"1.6": "Invalid", "2.0.1": "Unknown"}[version]
			for card, want := range map[string]string{"GOOD": "Accepted", "NOBODY": unknown, "BLOCKED": "Blocked"} {
				if got, err := c.Tap(ctx, card); err != nil || got != want {
					t.Errorf("tap %s: %s %v", card, got, err)
				}
			}
			if s, err := c.Start(ctx, 1, "NOBODY"); !errors.Is(err, charger.ErrRefused) || s.Status != unknown {
				t.Errorf("start with an unknown card: %+v %v", s, err)
			}
			s, err := c.Start(ctx, 1, "GOOD")
			must(t, err)
			if s.Tx == "" || s.Status != "Accepted" {
				t.Errorf("session %+v", s)
			}
			for range 4 {
				clock.move(15 * time.Minute)
				must(t, c.Sample(ctx, 1))
			}
			must(t, c.Stop(ctx, 1, "GOOD", ""))
			r.waitFor("status 1 Available")

			wh := c.MeterWh(1) - s.StartWh
			if wh < 10_000 || wh > 11_000 {
				t.Errorf("%d Wh in an hour at 11 kW", wh)
			}
			r.town.mu.Lock()
			defer r.town.mu.Unlock()
			if version == "1.6" {
				if n := len(r.town.meters); n != 4 || *r.town.meters[3].Readings[0].PowerW < 10_000 {
					t.Errorf("meters: %+v", r.town.meters)
				}
				if e := r.town.stops[0]; e.MeterWh-r.town.starts[0].MeterWh != wh || e.TxID != 1001 || e.Token != "GOOD" || e.At != clock.now() {
					t.Errorf("stop: %+v", e)
				}
			} else {
				all := r.town.events
				if n := len(all); n != 6 || all[0].Phase != ocpp.Started || all[5].Phase != ocpp.Ended || all[5].Seq != 5 {
					t.Errorf("events: %+v", all)
				}
				if got := *all[5].Readings[0].EnergyWh - *all[0].Readings[0].EnergyWh; got != wh {
					t.Errorf("%d Wh told, %d Wh metered", got, wh)
				}
			}
		})
	}
}

func TestDemoChargerObeys(t *testing.T) {
	for _, version := range []string{"1.6", "2.0.1"} {
		t.Run(version, func(t *testing.T) {
			r := newRig(t, func(c *ocpp.Config) { c.KeepFrames = 1000 })
			clock := &hand{t: noon}
			c, ctx := simulate(r, t, version, clock), t.Context()
			must(t, r.srv.RemoteStart(ctx, cp1, 0, "GOOD", ""))
			r.waitFor("status 1 ") // Preparing or Occupied
			if version == "1.6" {
				r.waitFor("status 1 Charging")
			} else {
				r.waitFor("status 1 Occupied")
			}
			must(t, r.srv.RemoteStop(ctx, cp1, c.Session(1).Tx))
			r.waitFor("status 1 Available")
			if err := r.srv.RemoteStop(ctx, cp1, "4711"); err == nil {
				t.Error("stopped what nobody knows")
			}
			must(t, c.Fault(ctx, 1))
			r.waitFor("status 1 Faulted")
			if err := r.srv.RemoteStart(ctx, cp1, 1, "GOOD", ""); err == nil {
				t.Error("started at a broken EVSE")
			}
			must(t, c.Unplug(ctx, 1))
			must(t, r.srv.ClearCache(ctx, cp1))
			must(t, r.srv.Trigger(ctx, cp1, "StatusNotification", 2))
			r.waitFor("status 2 Available")
			must(t, r.srv.Trigger(ctx, cp1, "BootNotification", 0))
			r.waitFor("booted CP1")
			name := map[string]string{"1.6": "HeartbeatInterval", "2.0.1": "OCPPCommCtrlr.HeartbeatInterval"}[version]
			if _, err := r.srv.WriteSetting(ctx, cp1, name, "77"); err != nil {
				t.Error(err)
			}
			for _, names := range [][]string{nil, {name, name + "X"}} {
				list, err := r.srv.ReadSettings(ctx, cp1, names...)
				if err != nil || len(list) < 2 {
					t.Fatalf("%v %v", list, err)
				}
				found := false
				for _, s := range list {
					found = found || s.Name == name && s.Value == "77"
					if strings.HasSuffix(s.Name, "X") && !s.Unknown {
						t.Errorf("%+v", s)
					}
				}
				if !found {
					t.Errorf("%+v", list)
				}
			}
			must(t, r.srv.Reset(ctx, cp1, true))
			r.waitForAll("disconnected CP1", "booted CP1") // the new connection may be quicker than the end of the old one
			checkFrames(t, r, map[string]string{"1.6": t16, "2.0.1": t201}[version])
		})
	}
}

func TestDemoChargerSendsAgainWhatWasNotTaken(t *testing.T) {
	for _, version := range []string{"1.6", "2.0.1"} {
		t.Run(version, func(t *testing.T) {
			r := newRig(t)
			clock := &hand{t: noon}
			c, ctx := simulate(r, t, version, clock), t.Context()
			_, err := c.Start(ctx, 1, "GOOD")
			must(t, err)
			r.town.mu.Lock()
			r.town.fail = errors.New("disk full")
			r.town.mu.Unlock()
			clock.move(time.Hour)
			stopped := make(chan error, 1)
			go func() { stopped <- c.Stop(ctx, 1, "", "EVDisconnected") }()
			r.waitFor("disconnected CP1: a message could not be stored")
			r.town.mu.Lock()
			r.town.fail = nil
			r.town.mu.Unlock()
			must(t, <-stopped)
			r.town.mu.Lock()
			defer r.town.mu.Unlock()
			if len(r.town.stops)+len(r.town.events) < 1 {
				t.Error("the stop never arrived")
			}
		})
	}
}

// checkFrames holds all kept CALLs and answers against the schemas. The
// frames are masked, which no schema minds.
func checkFrames(t *testing.T, r *rig, protocol string) {
	t.Helper()
	needOracle(t)
	action := map[string]string{}
	for _, f := range r.srv.Frames(cp1) {
		var parts []json.RawMessage
		if err := json.Unmarshal([]byte(f.Text), &parts); err != nil {
			t.Fatalf("%s: %v", f.Text, err)
		}
		id := string(parts[1])
		switch string(parts[0]) {
		case "2":
			action[id] = strings.Trim(string(parts[2]), `"`)
			conforms(t, protocol, action[id], "req", string(parts[3]))
		case "3":
			conforms(t, protocol, action[id], "conf", string(parts[2]))
		default:
			t.Errorf("an error: %s", f.Text)
		}
	}
	if len(action) < 10 {
		t.Errorf("only %d messages", len(action))
	}
}

func TestDemoChargerNeedsARightKey(t *testing.T) {
	r := newRig(t)
	c := charger.New(charger.Config{URL: "ws" + strings.TrimPrefix(r.http.URL, "http") + "/ocpp/acme", ID: "CP1", Key: "wrong", MaxBackoff: time.Millisecond})
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	if err := c.Online(ctx); err == nil {
		t.Error("online with a wrong key")
	}
	must(t, <-done)
}

func TestPeopleComeAndGo(t *testing.T) {
	r := newRig(t)
	c := simulate(r, t, "1.6", &hand{t: noon})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.Live(ctx, charger.Habits{Cards: []string{"GOOD", "NOBODY"}, Idle: time.Millisecond, Charge: time.Millisecond})
	}()
	r.waitFor("status 1 Charging")
	r.waitFor("status 2 Charging")
	r.waitFor("status 1 Finishing")
	cancel()
	<-done
}
