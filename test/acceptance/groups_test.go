package acceptance

import (
	"context"
	"strings"
	"testing"
	"time"

	"involt/internal/demo/charger"
	"involt/internal/testkit/binary"
	"involt/internal/testkit/browser"
)

// The rows about groups and access.
func init() {
	for name, story := range map[string]func(*testing.T, string){
		"RV-02_everyone_active_may_charge_everywhere": everyoneActive,
		"RV-03_the_groups_decide":                     groupsDecide,
		"groups_hours_are_kept":                       hoursAreKept,
		"groups_deleted_while_people_are_in_it":       deletedWithPeople,
		"groups_two_people_edit_one":                  twoEditAGroup,
	} {
		rows[name] = story
	}
}

// actives are two active members of Staff, and an active one without a group.
const actives = `email,first_name,last_name,status,card_uid,groups
ada@northgrid.example,Ada,Ampere,enabled,04A2000000A001,Staff
ben@northgrid.example,Ben,Becquerel,enabled,04B2000000B001,Staff;Guests
cleo@northgrid.example,Cleo,Coulomb,enabled,04C2000000C001,
`

const (
	adasCard, bensCard, cleosCard = "04A2000000A001", "04B2000000B001", "04C2000000C001"
	mondayNoon, mondayNight       = "2031-03-03T11:00:00Z", "2031-03-03T21:00:00Z"
)

// decide asks on the command line, and returns what it says.
func (w *town) decide(card, identity, at string) string {
	w.Helper()
	args := []string{"decide", "--workspace", slug, "--card", card, "--charger", identity, "--explain"}
	if at != "" {
		args = append(args, "--at", at)
	}
	r := binary.Run(w.T, w.srv.Env(), args...)
	return r.Stdout + r.Stderr
}

func (w *town) decides(card, identity, at, want string) {
	w.Helper()
	if got := w.decide(card, identity, at); !strings.Contains(got, want) {
		w.Errorf("%s at %s %s: %q, want %q", card, identity, at, got, want)
	}
}

const (
	yes      = "The card may charge here"
	elsewhen = "but not at this time"
	nowhere  = "no access to this location"
)

// group opens a group's sheet.
func (w *town) group(tab *browser.Tab, name string) *browser.Tab {
	w.Helper()
	tab.Open(w.page("/groups"))
	tab.Click("link: " + name)
	side := tab.Within("#sheet")
	side.WaitText("may charge")
	// A click on what slides in would miss it.
	tab.Eval(`document.querySelector("#sheet").getAnimations({subtree: true}).forEach((a) => a.finish())`, nil)
	return side
}

// allow opens a place to a group, by its page.
func (w *town) allow(name, place string) {
	w.Helper()
	side := w.group(w.console, name)
	side.Fill("Open a place to its members", place)
	side.Click("Open")
	w.console.WaitText("may charge there from now on")
}

// switchToGroups switches to the mode in which groups decide, with a default group or
// without.
func (w *town) switchToGroups(refuge string) {
	w.Helper()
	w.console.Open(w.page("/settings"))
	w.console.Click("Switch to “By user group”…")
	if refuge != "" {
		w.console.Fill("Everyone who has no group comes into", refuge)
		w.console.Click("Show the numbers with this group")
		w.confirm(w.console)
	}
	w.console.Click("css:main button[value=switch]")
	if refuge == "" {
		w.confirm(w.console)
	}
	w.console.WaitText("Switched.")
}

func everyoneActive(t *testing.T, database string) {
	w := newTown(t, database)
	w.importFile(actives)
	w.place("Harbour Garage", false)
	w.charger("HARB-1", "Harbour Garage")
	w.place("Depot West", true)
	w.charger("DEPOT-1", "Depot West")
	w.console.Open(w.page("/settings"))
	w.console.WaitText("Everyone active")
	for _, card := range []string{adasCard, bensCard, cleosCard} {
		w.decides(card, "HARB-1", "", yes)
		w.decides(card, "DEPOT-1", "", nowhere) // for members only
	}
}

func groupsDecide(t *testing.T, database string) {
	w := newTown(t, database)
	w.importFile(actives)
	w.place("Harbour Garage", false)
	w.charger("HARB-1", "Harbour Garage")
	w.place("Depot West", false)
	w.charger("DEPOT-1", "Depot West")
	w.allow("Staff", "Location: Harbour Garage")

	// What the switch would do is said before: Ada and Ben keep the garage and lose
	// the depot; Cleo and Olga, who are in no group, lose both.
	w.console.Open(w.page("/settings"))
	w.console.Click("Switch to “By user group”…")
	w.console.WaitText("4 users can charge at fewer places or times than now")
	w.console.WaitText("4 users lose Depot West")
	w.console.WaitText("2 users lose Harbour Garage")
	w.console.WaitText("2 active users are in no group")
	w.console.Axe()
	w.decides(adasCard, "DEPOT-1", "", yes) // nothing was done yet
	// Nobody active is left without a group.
	w.console.Click("Switch to “By user group”: 4 users lose")
	w.confirm(w.console)
	w.console.WaitText("Choose the group that takes everyone who has none")
	w.decides(adasCard, "DEPOT-1", "", yes)
	w.console.Fill("Everyone who has no group comes into", "Staff")
	w.console.Click("Show the numbers with this group")
	w.console.WaitGone("lose Harbour Garage")
	w.console.Click("Switch to “By user group”: 4 users lose")
	w.console.WaitText("Switched.")
	for _, card := range []string{adasCard, bensCard, cleosCard} {
		w.decides(card, "HARB-1", "", yes)
		w.decides(card, "DEPOT-1", "", nowhere)
	}
	// And back.
	w.console.Click("Switch to “Everyone active”…")
	w.console.WaitText("4 users gain Depot West")
	w.console.Click("Switch to “Everyone active”: 4 users gain")
	w.console.WaitText("Switched.")
	w.decides(cleosCard, "DEPOT-1", "", yes)
}

func hoursAreKept(t *testing.T, database string) {
	w := newTown(t, database)
	w.importFile(actives)
	w.place("Harbour Garage", false)
	key := w.charger("HARB-1", "Harbour Garage")
	w.allow("Staff", "Location: Harbour Garage")
	w.switchToGroups("Guests")
	w.decides(adasCard, "HARB-1", mondayNight, yes)

	side := w.group(w.console, "Staff")
	side.Click("link: Change when: Harbour Garage")
	side.WaitText("When members of Staff may charge there")
	side.Check("Sat", false)
	side.Check("Sun", false)
	side.Fill("From", "07:00")
	side.Fill("To", "19:00")
	side.Click("Save")
	side.WaitText("2 users lose Harbour Garage") // at night
	side.Click("Save all the same")
	side.WaitText("Mon–Fri 07:00–19:00, Europe/Berlin")
	w.decides(adasCard, "HARB-1", mondayNoon, yes+": Mon–Fri 07:00–19:00, Europe/Berlin.")
	w.decides(adasCard, "HARB-1", mondayNight, elsewhen+": Mon–Fri 07:00–19:00, Europe/Berlin.")

	// A tap on a day that is none of its days is refused, with the reason.
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	dayAfterNext := time.Now().In(berlin).AddDate(0, 0, 2).Format("Mon")
	side.Click("link: Change when: Harbour Garage")
	side.WaitText("When members of Staff may charge there")
	for _, day := range []string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"} {
		side.Check(day, day == dayAfterNext)
	}
	side.Click("Save")
	side.Click("Save all the same")
	side.WaitText(dayAfterNext + " 07:00–19:00, Europe/Berlin")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	sim := charger.New(charger.Config{URL: w.ocpp(), ID: "HARB-1", Key: key, Protocol: "2.0.1", SampleEvery: -1})
	done := make(chan error, 1)
	go func() { done <- sim.Run(ctx) }()
	if err := sim.Online(ctx); err != nil {
		t.Fatal(err)
	}
	if status, err := sim.Tap(ctx, adasCard); status != "NotAtThisTime" {
		t.Errorf("Authorize: %s, %v", status, err)
	}
	stop()
	<-done
	w.console.Open(w.page("/taps"))
	w.console.WaitText("Not at this time")

	// A rule taken away says who loses it.
	side = w.group(w.console, "Staff")
	side.Click("link: Remove Harbour Garage")
	side.WaitText("2 users lose Harbour Garage")
	side.Click("button: Remove")
	side.WaitText("Nowhere yet")
	w.decides(adasCard, "HARB-1", mondayNoon, nowhere)
}

func deletedWithPeople(t *testing.T, database string) {
	w := newTown(t, database)
	w.importFile(actives)
	w.place("Harbour Garage", false)
	w.charger("HARB-1", "Harbour Garage")
	w.allow("Staff", "Location: Harbour Garage")
	w.switchToGroups("Staff")

	side := w.group(w.console, "Staff")
	side.Click("Delete group…")
	side.WaitText("4 users lose Harbour Garage") // Cleo and Olga too, whom it takes
	side.WaitText("2 users are in it and no longer will be.")
	side.WaitText("1 active user is in no other group")
	side.Click("button: Delete group")
	side.WaitText("Choose the group that takes them")
	side.Fill("Who is in no other group comes into", "Guests")
	side.Click("button: Delete group")
	side.WaitText("Look again") // fewer are without a group
	side.Click("button: Delete group")
	w.console.WaitText("Group deleted.")
	w.console.Within("#list").WaitGone("Staff")
	w.decides(adasCard, "HARB-1", "", nowhere)
	w.console.Within("#list").Click("link: Guests")
	w.console.Within("#sheet").WaitText("takes everyone who has no group")
	w.console.Within("#sheet").WaitText("Ada Ampere")
	w.console.Open(w.page("/activity"))
	w.console.WaitText("Group deleted")
}

func twoEditAGroup(t *testing.T, database string) {
	w := newTown(t, database)
	w.importFile(actives)
	other := browser.New(t)
	w.signIn(other, "olga@northgrid.example")
	mine, theirs := w.group(w.console, "Staff"), w.group(other, "Staff")
	theirs.Fill("Name", "دوام ليلي 🌙")
	theirs.Click("Save")
	theirs.WaitText("Saved.")
	mine.Fill("Name", "Night staff")
	mine.Fill("Description", "Those who work at night")
	mine.Click("Save")
	mine.WaitText("Somebody else has meanwhile written “دوام ليلي 🌙” here")
	mine.Click("Save")
	mine.WaitText("Saved.")
	other.Open(w.page("/groups"))
	other.Within("#list").WaitText("Night staff")
	other.Within("#list").WaitText("Those who work at night")

	// The order.
	w.console.Open(w.page("/groups"))
	w.console.Click("button: Move Guests up")
	w.console.WaitText("Moved.")
	var first bool
	w.console.Eval(`document.querySelector("#list tbody tr").innerText.includes("Guests")`, &first)
	if !first {
		t.Error("Guests did not move up")
	}
	w.group(w.console, "Night staff").Axe()
	whole := w.console.URL()
	for _, dark := range []bool{false, true} {
		w.console.Dark(dark)
		for _, at := range []string{w.page("/groups"), whole, whole + "/delete", w.page("/settings/access")} {
			w.console.Open(at)
			w.console.Axe()
		}
	}
}
