package acceptance

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"involt/internal/demo/charger"
	"involt/internal/testkit/binary"
	"involt/internal/testkit/browser"
	"involt/internal/testkit/dbtest"
	"involt/internal/testkit/need"
)

// three people with a card each, and a pool car.
const people = `email,first_name,last_name,card_uid,external_id,groups
ada@northgrid.example,Ada,Ampere,04:a2:9f:1b:aa:bb:80,P-1,Staff
ben@northgrid.example,Ben,Becquerel,04B2000000B001,P-2,Staff
cleo@northgrid.example,Cleo,Coulomb,04C2000000C001,P-3,Staff
,,Pool car,04D2000000D001,CAR-1,
`

func TestAcceptance(t *testing.T) {
	t.Run("main_job", func(t *testing.T) { dbtest.EachURL(t, mainJob) })
	for name, story := range rows {
		tell(t, name, story)
	}
	tell(t, "bad_input", badInput)
}

// mainJob is the one journey: a file of people in, a car charging out.
func mainJob(t *testing.T, database string) {
	w := newTown(t, database)

	// 1. A file of people goes in: by the command line and by the console.
	if out := w.importFile(people); !strings.Contains(out, "4 users and 4 cards were new") {
		t.Errorf("import says: %s", out)
	}
	w.console.Open(w.page("/users/import"))
	w.console.Upload("CSV file", filepath.Join(need.Root(t), "testdata", "import", "people.csv"))
	w.console.Click("Show what would change")
	w.console.WaitText("Anna Albers")
	w.console.Click("Apply")
	w.console.WaitText("See the imported users")

	// 2. Users shows them, and two are invited.
	w.console.Open(w.page("/users?tab=imported"))
	w.console.Open(w.page("/users?q=P-"))
	w.console.WaitText("Ada Ampere")
	w.tick("Ada Ampere", "Ben Becquerel")
	w.console.Click("Actions")
	w.console.Click("Invite selected")
	w.console.Click("Invite 2 users")
	w.console.WaitText("2 users invited")

	// 3. Real mail goes out.
	links := w.invited("ada@northgrid.example", "ben@northgrid.example")

	// 4. Ada comes in, and sees her card and where she may charge.
	w.place("Harbour Garage", false)
	key := w.charger("HARB-1", "Harbour Garage")
	ada := browser.New(t)
	w.activate(ada, links[0], "Ada", "Ampere")
	ada.WaitURL("/my")
	ada.WaitText("04A2 9F1B AABB 80")
	ada.WaitText("Harbour Garage")
	w.activate(browser.New(t), links[1], "Ben", "Becquerel")
	w.status(w.console, "Ada Ampere", "Active")

	// 5. A charger connects; her card charges, a stranger's does not.
	w.charge("HARB-1", key, "04A29F1BAABB80", 5000)

	// 6. The session is in the console with her name, and in her sidebar.
	w.console.Open(w.page("/sessions"))
	w.console.Within("#list").WaitText("Ada Ampere")
	w.console.Within("#list").WaitText("5.0")
	w.console.Open(w.page("/users?q=P-1"))
	w.console.Click("link: Ada Ampere")
	w.console.WaitText("Harbour Garage")
	w.console.WaitText("5.0")
	ada.Open(w.srv.URL + "/my")
	ada.WaitText("Harbour Garage")
	ada.WaitText("5.0")

	// Live, with a simulated charger of each version that goes on charging.
	for _, protocol := range []string{"1.6", "2.0.1"} {
		identity := "LIVE-" + protocol
		live(t, w, protocol, identity, w.charger(identity, "Harbour Garage"))
	}

	// Every answer satisfies the schemas, in both versions.
	old, latest := w.charger("STRICT-16", "Harbour Garage"), w.charger("STRICT-201", "Harbour Garage")
	good := `[{"do":"boot"},{"do":"status","connector":1,"status":"Available"},{"do":"heartbeat"},
		{"do":"authorize","card":"04B2000000B001","expect":"Accepted"},
		{"do":"start","card":"04B2000000B001","connector":1,"meter":1000,"expect":"Accepted"},
		{"do":"meter","meter":1500,"power":11000},{"do":"stop","meter":3000,"card":"04B2000000B001"},`
	w.strict("ocpp1.6", "STRICT-16", old, good+`{"do":"authorize","card":"04DEADBEEF0001","expect":"Invalid"}]`)
	w.strict("ocpp2.0.1", "STRICT-201", latest, good+`{"do":"authorize","card":"04DEADBEEF0001","expect":"Unknown"}]`)

	// A deactivated user's card is refused, in each version's word.
	w.console.Open(w.page("/users?q=P-2"))
	w.console.Click("link: Ben Becquerel")
	w.console.Within("#sheet").Click("Deactivate") // the list has a tab "Deactivated"
	w.console.Fill("Reason", "Left the company")
	w.console.Within("dialog[open]").Click("Deactivate")
	w.console.WaitText("Left the company")
	refused := `[{"do":"authorize","card":"04B2000000B001","expect":"Blocked"},{"do":"start","card":"04B2000000B001","connector":1,"meter":3000,"expect":"Blocked"}]`
	w.strict("ocpp1.6", "STRICT-16", old, refused)
	w.strict("ocpp2.0.1", "STRICT-201", latest, refused)

	// The record of all this holds, while the server runs.
	if out := binary.Run(t, w.srv.Env(), "audit", "verify").OK(t).Stdout; !strings.Contains(out, "The journal holds") {
		t.Error(out)
	}
}

// live shows a session while it runs, and when it is over.
func live(t *testing.T, w *town, protocol, identity, key string) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	sim := charger.New(charger.Config{
		URL: w.ocpp(), ID: identity, Key: key, Protocol: protocol, SampleEvery: -1,
	})
	done := make(chan error, 1)
	go func() { done <- sim.Run(ctx) }()
	if err := sim.Online(ctx); err != nil {
		t.Fatal(err)
	}
	if status, err := sim.Tap(ctx, "04A29F1BAABB80"); status != "Accepted" {
		t.Fatalf("Authorize: %s, %v", status, err)
	}
	if err := sim.Plug(ctx, 1); err != nil {
		t.Fatal(err)
	}
	if _, err := sim.Start(ctx, 1, "04A29F1BAABB80"); err != nil {
		t.Fatal(err)
	}
	w.console.Open(w.page("/live"))
	w.console.WaitText("Ada Ampere")
	w.console.WaitText(identity)
	if err := sim.Stop(ctx, 1, "04A29F1BAABB80", ""); err != nil {
		t.Fatal(err)
	}
	w.console.WaitGone(identity) // the page follows by itself
	stop()
	<-done
}
