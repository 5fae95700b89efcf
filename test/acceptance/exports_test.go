package acceptance

import (
	"encoding/base64"
	"strings"
	"testing"

	"involt/internal/testkit/browser"
	"involt/internal/testkit/sheet"
)

// The rows of files that leave the console.
func init() {
	for name, story := range map[string]func(*testing.T, string){
		"RV-08_basic_information_in_the_session_export":    basicInformationIsExported,
		"RV-11_the_licence_plate_is_in_the_session_export": plateIsExported,
	} {
		rows[name] = story
	}
}

// drivers are users who may charge at once.
const drivers = "email,first_name,last_name,status,card_uid,card_printed,external_id,cost_center,info_1,info_2,groups\n" +
	"ada@northgrid.example,Ada,Ampere,active,04A20000000A01,NG-0001,P-1,4100,=SUM(A1:A9),\"Board, 3rd floor\",Staff\n" +
	"ben@northgrid.example,Ben,Becquerel,active,04A20000000A02,NG-0002,P-2,4200,,,Staff\n"

// exported takes a file from the page of an export, as its button does.
func (w *town) exported(tab *browser.Tab, format string) []map[string]string {
	w.Helper()
	tab.WaitText("Download")
	var text string
	tab.Eval(`(async () => {
		const form = document.querySelector('form[action$="/export/file"]');
		form.querySelector('input[name="format"][value="`+format+`"]').click();
		const answer = await fetch(form.action + "?" + new URLSearchParams(new FormData(form)));
		if (!answer.ok || !answer.headers.get("Content-Disposition").startsWith("attachment")) return "";
		const bytes = new Uint8Array(await answer.arrayBuffer());
		return btoa(Array.from(bytes, b => String.fromCharCode(b)).join(""));
	})()`, &text)
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(raw) == 0 {
		w.Fatalf("no %s came: %v", format, err)
	}
	return sheet.Maps(w.T, raw)
}

func basicInformationIsExported(t *testing.T, database string) {
	w := newTown(t, database)
	w.place("Yard", false)
	key := w.charger("CP-1", "Yard")
	w.importFile(drivers)
	w.charge("CP-1", key, "04A20000000A01", 4200)
	w.console.Open(w.page("/sessions?status=ended"))
	w.console.WaitText("Ada Ampere")
	w.console.Click("link: Export")
	w.console.WaitText("Export 1 session")
	w.axe(w.console.Within("main"))
	for _, format := range []string{"csv", "xlsx", "json"} {
		list := w.exported(w.console, format)
		if len(list) != 1 {
			t.Fatalf("%s: %d rows", format, len(list))
		}
		info1 := "'=SUM(A1:A9)" // no spreadsheet runs it
		if format == "json" {
			info1 = "=SUM(A1:A9)"
		}
		for name, want := range map[string]string{
			"location": "Yard", "charger": "CP-1", "user_name": "Ada Ampere", "user_email": "ada@northgrid.example", "external_id": "P-1", "cost_center": "4100", "info_1": info1,
			"info_2": "Board, 3rd floor", "user_groups": "Staff", "card_uid": "04A20000000A01", "card_printed": "NG-0001", "status": "ended",
		} {
			if got := list[0][name]; got != want {
				t.Errorf("%s: %s is %q, want %q", format, name, got, want)
			}
		}
		if kwh := list[0]["kwh"]; !strings.HasPrefix(kwh, "4") || list[0]["duration_s"] == "" {
			t.Errorf("%s: %s kWh in %s s", format, kwh, list[0]["duration_s"])
		}
	}
	// What a list is narrowed down to, its file is too.
	w.console.Open(w.page("/sessions?q=ben"))
	w.console.Click("link: Export")
	w.console.WaitText("Export 0 sessions")
}

func plateIsExported(t *testing.T, database string) {
	w := newTown(t, database)
	w.place("Yard", false)
	key := w.charger("CP-1", "Yard")
	w.importFile(drivers)
	side := w.sidebar(w.console, "Ada Ampere")
	side.Click("link: Add vehicle")
	side.WaitText("Country of the plate")
	side.Fill("Country of the plate", "Germany")
	side.Fill("Licence plate", "B-EV 123E")
	side.Fill("Make", "VW")
	side.Fill("Model", "ID.4")
	side.Click("button: Add vehicle")
	side.WaitText("Vehicle added.")
	w.charge("CP-1", key, "04A20000000A01", 4200)
	w.console.Open(w.page("/sessions"))
	w.console.WaitText("Ada Ampere")
	w.console.Click("link: Export")
	if list := w.exported(w.console, "csv"); len(list) != 1 || list[0]["license_plate"] != "B-EV 123E" {
		t.Errorf("the file says %v", list)
	}
}
