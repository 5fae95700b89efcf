package ocpp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"involt/internal/face/ocpp"
)

// node runs one of the foreign chargers of test/peers and returns the JSON lines
// it printed.
func node(t *testing.T, env []string, args ...string) (lines []map[string]any, output string, err error) {
	t.Helper()
	needOracle(t) // the peers are installed together with the schemas
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", args...)
	cmd.Dir = "../../../test/peers"
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	for line := range bytes.Lines(out) {
		var m map[string]any
		if json.Unmarshal(line, &m) == nil {
			lines = append(lines, m)
		}
	}
	return lines, string(out), err
}

func (r *rig) base() string { return "ws" + strings.TrimPrefix(r.http.URL, "http") + "/ocpp/acme" }

func TestStrictPeerFindsNothingToComplainAbout(t *testing.T) {
	for protocol, unknown := range map[string]string{t16: "Invalid", t201: "Unknown"} {
		t.Run(protocol, func(t *testing.T) {
			r := withAnswers(newRig(t))
			stop := map[string]string{t16: "RemoteStopTransaction", t201: "RequestStopTransaction"}[protocol]
			steps := `[{"do":"boot"},{"do":"status","connector":1,"status":"Available"},{"do":"heartbeat"},
				{"do":"authorize","card":"NOBODY","expect":"` + unknown + `"},
				{"do":"authorize","card":"BLOCKED","expect":"Blocked"},
				{"do":"authorize","card":"FAMILY","expect":"Accepted"},
				{"do":"start","card":"FAMILY","meter":1000,"expect":"Accepted"},
				{"do":"meter","meter":1500,"power":11000},
				{"do":"wait","action":"` + stop + `"},
				{"do":"stop","card":"FAMILY","meter":2000},
				{"do":"call","action":"DataTransfer","payload":{"vendorId":"x"}}]`
			done := make(chan error, 1)
			go func() {
				for range r.town.told { // from the first status on, until it charges
					r.town.mu.Lock()
					going := len(r.town.meters) > 0 || len(r.town.events) > 1
					r.town.mu.Unlock()
					if going {
						break
					}
				}
				done <- r.srv.RemoteStop(context.Background(), cp1, "1001")
			}()
			go r.nudge(t.Context())
			lines, out, err := node(t, nil, "strict.js", r.base(), "CP1", key, protocol, steps)
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if len(lines) != 11 { // ten answers and one command
				t.Errorf("%d lines\n%s", len(lines), out)
			}
			must(t, <-done)
			r.town.mu.Lock()
			defer r.town.mu.Unlock()
			if protocol == t16 && (len(r.town.stops) != 1 || r.town.stops[0].MeterWh != 2000) {
				t.Errorf("stops: %+v", r.town.stops)
			}
			if protocol == t201 && (len(r.town.events) != 3 || r.town.events[2].Phase != ocpp.Ended || *r.town.events[1].Readings[0].PowerW != 11000) {
				t.Errorf("events: %+v", r.town.events)
			}
		})
	}
}

// nudge makes the town say something now and then.
func (r *rig) nudge(ctx context.Context) {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			select {
			case r.town.told <- "tick":
			default:
			}
		case <-ctx.Done():
			return
		}
	}
}

func TestStrictPeerNoticesFaults(t *testing.T) {
	r := newRig(t)
	for name, args := range map[string][]string{
		"wrong key":    {"strict.js", r.base(), "CP1", "wrong", t16},
		"expectation":  {"strict.js", r.base(), "CP1", key, t16, `[{"do":"authorize","card":"GOOD","expect":"Blocked"}]`},
		"server error": {"strict.js", r.base(), "CP1", key, t16, `[{"do":"authorize","card":"PANIC"}]`},
	} {
		if _, out, err := node(t, nil, args...); err == nil {
			t.Errorf("%s went unnoticed:\n%s", name, out)
		}
	}
}

func TestEmSimulatorCharges(t *testing.T) {
	r := newRig(t)
	u := strings.Replace(r.base(), "ws://", "ws://"+url.UserPassword("CP1", key).String()+"@", 1) + "/CP1"
	lines, out, err := node(t, []string{"OCPP_URL=" + u, "OCPP_CARD=GOOD", "OCPP_BAD_CARD=NOBODY", "OCPP_WH=4000"},
		"node_modules/em-ocpp-chargepoint-simulator/build/src/main.js", "./ocpp16-sim.js")
	if err != nil || len(lines) == 0 || lines[len(lines)-1]["step"] != "done" {
		t.Fatalf("%v\n%s", err, out)
	}
	r.town.mu.Lock()
	defer r.town.mu.Unlock()
	if len(r.town.starts) != 1 || len(r.town.stops) != 1 || r.town.stops[0].MeterWh-r.town.starts[0].MeterWh != 4000 || len(r.town.meters) != 3 {
		t.Errorf("%+v %+v %+v", r.town.starts, r.town.meters, r.town.stops)
	}
	if p := r.town.meters[0].Readings[0].PowerW; p == nil || *p != 11000 {
		t.Error("no power")
	}
}
