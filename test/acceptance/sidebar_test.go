package acceptance

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"involt/internal/testkit/browser"
)

// The rows of the user's sidebar.
func init() {
	for name, story := range map[string]func(*testing.T, string){
		"RV-07_a_click_opens_the_sidebar":           sidebarOpens,
		"RV-09_cost_center_is_chosen_or_added":      costCenter,
		"RV-10_info_1_and_2_are_renamed":            infoLabels,
		"RV-11_vehicles_of_a_user":                  vehiclesOfAUser,
		"RV-12_groups_in_the_sidebar":               groupsInTheSidebar,
		"RV-13_the_last_group_stays":                lastGroupStays,
		"RV-14_charging_cards":                      chargingCards,
		"RV-16_delete_user":                         deleteUser,
		"sidebar_two_people_edit_one_user":          twoPeopleEdit,
		"sidebar_forty_cards_and_unusual_names":     fortyCards,
		"sidebar_a_leaver_is_planned_and_cancelled": leaver,
		"sidebar_two_records_become_one":            twoRecords,
	} {
		rows[name] = story
	}
}

// sidebar opens a user's sidebar from the list, by their name.
func (w *town) sidebar(tab *browser.Tab, name string) *browser.Tab {
	w.Helper()
	tab.Open(w.page("/users?q=" + strings.ReplaceAll(name, " ", "+")))
	tab.Click("link: " + name)
	side := tab.Within("#sheet")
	side.WaitText("Basic information")
	// A click on what slides in would miss it.
	tab.Eval(`document.querySelector("#sheet").getAnimations({subtree: true}).forEach((a) => a.finish())`, nil)
	return side
}

// edit changes a field where it stands, with the keyboard alone once it is open.
func edit(side *browser.Tab, label, value string) {
	side.Click("button: " + label)
	side.Fill(label, value)
	side.Press("Enter")
}

// axe checks what is open for accessibility, in both themes.
func (w *town) axe(side *browser.Tab) {
	w.Helper()
	// Colours change over a moment, in which none is right.
	side.Eval(`(() => {
		const still = new CSSStyleSheet();
		still.replaceSync("*, *::before, *::after { transition: none !important; }");
		document.adoptedStyleSheets = [still];
	})()`, nil)
	for _, dark := range []bool{false, true} {
		side.Dark(dark)
		side.Axe()
	}
	side.Dark(false)
}

func sidebarOpens(t *testing.T, database string) {
	w := newTown(t, database)
	w.importFile(people)
	side := w.sidebar(w.console, "Ada Ampere")
	side.WaitText("ada@northgrid.example")
	w.console.WaitURL("/users/")
	address := w.console.URL()
	w.axe(side)
	// Esc closes it, the list is where it was; the address opens it as a page.
	w.console.Press("Escape")
	w.console.WaitURL("/users?q=Ada")
	w.console.WaitText("1–1 of 1")
	w.console.Open(address)
	w.console.Within("main").WaitText("Basic information")
	w.axe(w.console)
	// And without scripts everything is there, fields that can be changed included.
	plain := browser.New(t)
	plain.NoScript()
	w.signIn(plain, "olga@northgrid.example")
	plain.Open(address)
	plain.Click("button: Phone")
	plain.Fill("Phone", "+49 30 1234")
	plain.Click("button: Save Phone")
	plain.WaitText("+49 30 1234")
}

func costCenter(t *testing.T, database string) {
	w := newTown(t, database)
	w.importFile(people)
	side := w.sidebar(w.console, "Ada Ampere")
	side.Click("button: Cost center")
	side.Fill("Cost center", "4100 Sales")
	side.Click("option: Add")
	side.Press("Enter")
	side.WaitText("Saved.")
	side.WaitText("4100 Sales")
	// The next user is offered it.
	side = w.sidebar(w.console, "Ben Becquerel")
	side.Click("button: Cost center")
	side.Fill("Cost center", "41")
	side.Click("option: 4100 Sales")
	side.Press("Enter")
	side.WaitText("Saved.")
	// Esc leaves a field as it was, and the sidebar open.
	side.Click("button: Cost center")
	side.Fill("Cost center", "nothing")
	side.Press("Escape")
	side.Press("Escape")
	side.WaitText("4100 Sales")
	if text := side.Text("css:.edit-fields"); strings.Contains(text, "nothing") {
		t.Errorf("Esc kept what was typed: %s", text)
	}
}

func infoLabels(t *testing.T, database string) {
	w := newTown(t, database)
	w.importFile(people)
	w.console.Open(w.page("/settings"))
	w.console.Fill("#f-info_1", "Department")
	w.console.Fill("#f-info_2", "Parking space")
	w.console.Click("Save settings")
	w.console.WaitText("Settings saved.")
	side := w.sidebar(w.console, "Ada Ampere")
	edit(side, "Department", "Board")
	side.WaitText("Saved.")
	edit(side, "Parking space", "P 12")
	side.WaitText("P 12")
	side.WaitText("Board")
}

func vehiclesOfAUser(t *testing.T, database string) {
	w := newTown(t, database)
	w.importFile(people)
	add := func(side *browser.Tab, plate, mac string) {
		t.Helper()
		side.Click("link: Add vehicle")
		side.WaitText("Country of the plate")
		side.Fill("Country of the plate", "Germany")
		side.Fill("Licence plate", plate)
		side.Fill("Make", "VW")
		side.Fill("Model", "ID.4")
		side.Fill("EV battery", "77.4")
		side.Fill("MAC for Autocharge", mac)
		side.Click("button: Add vehicle")
	}
	side := w.sidebar(w.console, "Ada Ampere")
	add(side, "b-ev 123e", "00-7d-fa-01-2b-3c")
	side.WaitText("Vehicle added.")
	side.WaitText("B-EV 123E · Germany · 77.4 kWh · Autocharge 00:7D:FA:01:2B:3C")
	side.WaitText("VID:007DFA012B3C")
	side = w.sidebar(w.console, "Ben Becquerel")
	add(side, "BEV 123E", "00:7D:FA:01:2B:3C")
	side.WaitText("belongs to Ada Ampere")
	w.axe(side)
	side.Click("link: Open the user who has it")
	side.WaitText("ada@northgrid.example")
	side.Click("link: VW ID.4")
	side.Click("button: Remove vehicle")
	side.WaitText("Vehicle removed.")
	side.WaitText("None.")
}

func groupsInTheSidebar(t *testing.T, database string) {
	w := newTown(t, database)
	w.importFile(people + "dan@northgrid.example,Dan,Dynamo,04D2000000D002,P-4,Night shift\n")
	side := w.sidebar(w.console, "Ada Ampere")
	side.Fill("One more group", "Night shift")
	side.Click("button: Add to group")
	side.WaitText("Added to the group.")
	side.WaitText("link: Night shift"[6:])
	side.Click("button: Remove from Staff")
	side.WaitText("Removed from the group.")
	w.console.Open(w.page("/users?q=Ada+Ampere"))
	w.console.Within("#list tbody").WaitText("Night shift")
}

func lastGroupStays(t *testing.T, database string) {
	w := newTown(t, database)
	w.importFile("email,first_name,last_name,card_uid,groups,status\nada@northgrid.example,Ada,Ampere,04A29F1BAABB80,Staff,active\n")
	w.switchToGroups("Staff")
	side := w.sidebar(w.console, "Ada Ampere")
	side.Click("button: Remove from Staff")
	side.WaitText("is the only group of Ada Ampere")
	side.WaitText("every active user needs one")
	side.WaitText("Staff")
}

func chargingCards(t *testing.T, database string) {
	w := newTown(t, database)
	w.importFile(people)
	side := w.sidebar(w.console, "Ada Ampere")
	side.WaitText("04A29F1BAABB80")
	assign := func(number string) {
		t.Helper()
		side.Fill("One more card", number)
		side.Click("button: Add card")
	}
	assign("04:e1:00:00:00:e0:01")
	side.WaitText("Card added. It works from now on.")
	assign("01E0000000E104") // the same, read back to front
	side.WaitText("same bytes in reverse order")
	assign("04B2 0000 00B0 01")
	side.WaitText("belongs to Ben Becquerel")
	assign("hello")
	side.WaitText("is not a card number")
	// Its life.
	side.Click("link: 04E1000000E001")
	side.WaitText("Works where its user may charge.")
	w.axe(side)
	for _, step := range []struct{ link, button, says string }{
		{"Block", "Block card", "Card blocked."},
		{"", "Unblock", "Card unblocked."},
		{"Suspend", "Suspend card", "Card suspended."},
		{"", "Resume", "Card active."},
		{"Expire", "Expire card", "Card expired."},
		{"", "Make valid again", "Card active."},
	} {
		if step.link != "" {
			side.Click("link: " + step.link)
		}
		side.Click("button: " + step.button)
		side.WaitText(step.says)
		side.Click("link: 04E1000000E001")
		side.WaitText("Taps")
	}
	side.Fill("Last day", "2031-12-31")
	side.Fill("Printed number", "No 7")
	side.Click("button: Save")
	side.WaitText("Saved.")
	side.Click("link: Remove")
	side.Click("button: Remove card")
	side.WaitText("Card removed.")
	// The number may be given out again, to somebody else.
	side = w.sidebar(w.console, "Ben Becquerel")
	assign("04E1000000E001")
	side.WaitText("Card added.")
}

func deleteUser(t *testing.T, database string) {
	w := newTown(t, database)
	w.importFile(people)
	w.place("Harbour Garage", false)
	key := w.charger("HARB-1", "Harbour Garage")
	ada := browser.New(t)
	w.activate(ada, w.invite("Ada Ampere", "ada@northgrid.example"), "Ada", "Ampere")
	ada.WaitURL("/my")
	w.charge("HARB-1", key, "04A29F1BAABB80", 5000)
	side := w.sidebar(w.console, "Ada Ampere")
	side.Click("link: Delete user")
	side.WaitText("What happens")
	w.axe(side)
	side.Click("button: Delete user")
	side.WaitText("Deleted. Undo within 30 minutes.")
	tap := func(expect string) {
		t.Helper()
		w.strict("ocpp1.6", "HARB-1", key, `[{"do":"boot"},{"do":"authorize","card":"04A29F1BAABB80","expect":"`+expect+`"}]`)
	}
	tap("Blocked")
	w.console.Open(w.page("/users?q=Ada"))
	w.console.WaitGone("Ada Ampere")
	w.console.Open(w.page("/sessions")) // what must be kept stays, without the person
	w.console.Within("#list").WaitText("5.0")
	if text := w.console.Text("css:#list"); strings.Contains(text, "Ampere") {
		t.Errorf("the sessions still name her: %s", text)
	}
}

func twoPeopleEdit(t *testing.T, database string) {
	w := newTown(t, database)
	w.importFile(people)
	mine := w.sidebar(w.console, "Ada Ampere")
	other := browser.New(t)
	w.signIn(other, "olga@northgrid.example")
	theirs := w.sidebar(other, "Ada Ampere")
	edit(theirs, "Phone", "+49 30 1")
	theirs.WaitText("Saved.")
	edit(mine, "External id", "P-1000") // another field: nobody is in the way
	mine.WaitText("Saved.")
	mine.WaitText("+49 30 1")
	theirs.Click("button: First name")
	theirs.Fill("First name", "Adelaide")
	edit(mine, "First name", "Ada-Marie")
	mine.WaitText("Saved.")
	theirs.Press("Enter")
	theirs.WaitText("Olga Operator wrote “Ada-Marie” here")
	theirs.Click("button: Save First name") // they mean it
	theirs.WaitText("Adelaide Ampere")
	theirs.WaitText("P-1000")
}

func fortyCards(t *testing.T, database string) {
	w := newTown(t, database)
	var sheet strings.Builder
	sheet.WriteString("email,first_name,last_name,card_uid,external_id\n")
	for i := range 40 {
		fmt.Fprintf(&sheet, "forty@northgrid.example,محمد 🚗,الرحمن,04A1000000%02X01,P-40\n", i)
	}
	w.importFile(sheet.String())
	w.console.Open(w.page("/users?q=P-40"))
	w.console.Click("link: محمد 🚗 الرحمن")
	side := w.console.Within("#sheet")
	side.WaitText("Show all 40")
	// The name keeps its direction to itself.
	var dir string
	w.console.Eval(`getComputedStyle(document.querySelector("#sheet-title bdi")).unicodeBidi`, &dir)
	if dir != "isolate" {
		t.Errorf("the name is set as %s", dir)
	}
	side.Click("link: Show all 40")
	side.WaitText("04A10000002701")
	side.Click("link: 04A10000002701")
	side.WaitText("Works where its user may charge.")
	side.Click("link: محمد")
	side.WaitText("Basic information")
	edit(side, "Last name", strings.Repeat("x", 5000))
	side.WaitText("has 5000 characters; at most 200 fit")
	w.axe(side)
	side.Press("Escape")
	side.WaitText("الرحمن")
}

func leaver(t *testing.T, database string) {
	w := newTown(t, database)
	w.importFile(people)
	side := w.sidebar(w.console, "Ada Ampere")
	side.Click("button: More")
	side.Click("Leaves on a day")
	side.WaitText("What ends then")
	side.Click("button: Show what ends")
	side.WaitText("Choose their last day")
	side.Fill("Last day", time.Now().AddDate(0, 1, 0).Format(time.DateOnly))
	side.Fill("Reason", "Contract ends")
	w.axe(side)
	side.Click("button: Show what ends")
	side.WaitText("That day is still theirs")
	side.WaitText("Their card 04A29F1BAABB80 ends for good")
	side.Click("button: Plan departure")
	side.WaitText("Planned. It can be cancelled until then.")
	side.WaitText("Leaves on")
	side.WaitText("Contract ends")
	w.axe(side)
	side.Click("link: Cancel")
	side.Click("button: Cancel departure")
	side.WaitText("Cancelled. Nothing ends.")
	side.WaitGone("Contract ends.")
}

func twoRecords(t *testing.T, database string) {
	w := newTown(t, database)
	w.importFile(people + "a.ampere@home.example,A.,Ampere,04A29F1BAABB90,P-9,Night shift\n")
	w.sidebar(w.console, "A. Ampere")
	gone := w.console.URL()
	side := w.sidebar(w.console, "Ada Ampere")
	side.Click("button: More")
	side.Click("Merge with")
	side.WaitText("a.ampere@home.example") // the same last name is looked for at once
	w.axe(side)
	side.Click("link: Choose A. Ampere")
	side.WaitText("What differs")
	side.WaitText("What comes together")
	w.axe(side)
	side.Click("radio: a.ampere@home.example")
	side.Fill("Type Ada Ampere", "Ada Ampere")
	side.Click("button: Merge")
	side.WaitText("Merged.")
	for _, want := range []string{"04A29F1BAABB80", "04A29F1BAABB90", "Night shift", "Staff", "a.ampere@home.example", "P-1"} {
		side.WaitText(want)
	}
	w.console.Open(gone) // the old address leads to the one that stayed
	w.console.WaitText("Ada Ampere")
	w.console.WaitText("04A29F1BAABB90")
}
