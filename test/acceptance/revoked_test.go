package acceptance

import (
	"context"
	"testing"
	"time"

	"involt/internal/demo/charger"
)

func init() {
	rows["EM-09_a_session_that_runs_is_stopped"] = runningIsStopped
}

// runningIsStopped is what becomes of sessions of those who are removed from a zone,
// and of those who leave it: they go on, and staff may stop them; or they are stopped,
// if the workspace says so.
func runningIsStopped(t *testing.T, database string) {
	z := newZone(t, database)
	code := z.code()
	z.join(z.ada, code)
	z.join(z.ben, code)
	ctx, stop := context.WithCancel(z.Context())
	sim := charger.New(charger.Config{URL: z.ocpp(), ID: "HARB-1", Key: z.key, Protocol: "2.0.1", SampleEvery: -1, NeedWh: 40_000})
	done := make(chan error, 1)
	go func() { done <- sim.Run(ctx) }()
	z.Cleanup(func() { stop(); <-done })
	if err := sim.Online(ctx); err != nil {
		t.Fatal(err)
	}
	tap := func(card string) string {
		status, err := sim.Tap(ctx, card)
		if err != nil {
			t.Fatal(err)
		}
		return status
	}
	charges := func(card string) {
		t.Helper()
		z.within(tap, card, "Accepted")
		if _, err := sim.Start(ctx, 1, card); err != nil {
			t.Fatal(err)
		}
	}
	ends := func() {
		t.Helper()
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for late := time.Now().Add(30 * time.Second); sim.Session(1) != nil; <-tick.C {
			if time.Now().After(late) {
				t.Fatal("the charger goes on")
			}
		}
	}

	charges(adasCard)
	z.console.Open(z.profile(""))
	z.console.Click("link: Remove Ada Ampere from the zone")
	z.console.WaitText("Remove Ada Ampere from Harbour Garage?")
	z.console.Click("button: Remove from the zone")
	z.console.WaitText("Removed. Chargers refuse them within a second.")
	z.within(tap, adasCard, "NotAtThisLocation")
	z.console.Open(z.page("/live"))
	z.console.WaitText("Ada Ampere")
	if sim.Session(1) == nil {
		t.Error("the session was stopped, which nobody asked for")
	}
	z.console.Click("link: Ada Ampere")
	z.console.Click("link: Stop …")
	z.console.WaitText("Stop this session?")
	z.axeInBoth(z.console)
	z.console.Click("button: Stop session")
	ends()
	z.console.WaitText("Stopped by remote")

	z.console.Open(z.page("/settings"))
	z.console.Check("Stop it when the user loses access to the place, or the account that pays is closed", true)
	z.console.Click("Save settings")
	z.console.WaitText("Settings saved.")
	charges(bensCard)
	z.ben.Open(z.srv.URL + "/my/zones")
	z.ben.Click("link: Leave Harbour Garage")
	z.ben.WaitText("Leave Harbour Garage?")
	z.ben.Click("Leave this zone")
	ends()
	z.console.Open(z.page("/chargers?q=HARB-1"))
	z.console.Click("link: HARB-1")
	z.console.WaitText("Commands")
	z.console.WaitText("Not at this place")
	z.console.WaitText("Accepted")
	z.axeInBoth(z.console)
}
