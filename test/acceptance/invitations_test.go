package acceptance

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"involt/internal/kit/db"
	"involt/internal/testkit/browser"
)

// TestAcceptanceInvitations goes through the invitation wizard and the list of
// invitations, as one operator would on one day.
func TestAcceptanceInvitations(t *testing.T) {
	const name = "invitations"
	for _, engine := range engines(name) {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			w := &guests{town: newTown(t, fresh(t, engine))}
			w.place("Harbour Garage", true)
			w.charger("HARB-1", "Harbour Garage")
			w.charger("HARB-2", "Harbour Garage")
			for _, row := range []struct {
				name string
				do   func(*guests)
			}{
				{"WB-01_first_person_is_super_admin", firstIsSuperAdmin},
				{"WB-03_rows_are_added_and_pasted_lists_fill_them", rowsAreFilled},
				{"WB-04_a_file_fills_the_rows_of_the_wizard", fileFillsTheRows},
				{"WB-05_steps_with_continue_to_a_summary", stepsToASummary},
				{"RD-11_an_expired_link_offers_a_new_one", expiredOffersAnother},
				{"WB-08_resend_from_the_user", resendFromTheUser},
				{"invitations_are_revoked_from_the_list", revokedFromTheList},
				{"RV-04_an_invitation_is_declined_and_the_inviter_sees_it", declinedByTheInvitee},
			} {
				t.Run(row.name, func(t *testing.T) {
					row.do(w)
				})
			}
		})
	}
}

// guests is a town with the links that lena was mailed, the oldest first.
type guests struct {
	*town
	links []string
}

// mailed waits for one more link to lena.
func (w *guests) mailed() (newest string) {
	w.Helper()
	newest = w.invited(lena)[0]
	if slices.Contains(w.links, newest) {
		w.Error("the same link once more")
	}
	w.links = append(w.links, newest)
	return newest
}

const lena = "lena@northgrid.example"

func firstIsSuperAdmin(w *guests) {
	w.console.Open(w.page("/users/system"))
	w.console.WaitText("Super-admin")
	w.console.WaitText("Olga Operator")
}

func rowsAreFilled(w *guests) {
	w.console.Open(w.page("/users"))
	w.console.Click("Invite users")
	w.console.WaitURL("/users/invite")
	w.console.Fill("E-mail", "typed@gmial.com")
	w.console.WaitText("Did you mean typed@gmail.com?") // as it is typed
	w.console.Click("Add another user")
	w.console.WaitText("E-mail of user 3")
	var rows int
	w.console.Eval(`document.querySelectorAll("input[type=email]").length`, &rows)
	if rows != 3 {
		w.Errorf("%d rows", rows)
	}
	// What is pasted into the first field goes into as many rows as it has lines.
	var list strings.Builder
	for i := range 200 {
		list.WriteString("driver" + string(rune('a'+i%26)) + strings.Repeat("x", i/26) + "@northgrid.example\n")
	}
	w.console.Eval(`(() => {
		const into = document.querySelectorAll("input[type=email]")[1];
		const data = new DataTransfer();
		data.setData("text/plain", `+"`"+list.String()+"`"+`);
		into.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
	})()`, nil)
	w.console.WaitText("E-mail of user 201")
	w.console.Eval(`document.querySelectorAll("input[type=email]").length`, &rows)
	if rows != 201 {
		w.Errorf("200 pasted addresses and one that was typed make %d rows", rows)
	}
}

// fileFillsTheRows: a file is chosen, or dropped, or sent without scripts.
func fileFillsTheRows(w *guests) {
	file := filepath.Join(w.TempDir(), "fahrer.csv")
	if err := os.WriteFile(file, []byte("E-Mail;Fahrer;RFID-Karte;Kostenstelle\nmia@northgrid.example;Mia Maxwell;04:C1:C2:C3;4711\nmia2@gmial.com;Mia Zwei;;\n"), 0o600); err != nil {
		w.Fatal(err)
	}
	value := func(css string) (text string) {
		w.Helper()
		w.console.Eval("document.querySelector("+strconv.Quote(css)+").value", &text)
		return text
	}
	filled := func() {
		w.Helper()
		w.console.WaitText("2 people from fahrer.csv")
		w.console.WaitText("Passed over: Kostenstelle.")
		w.console.WaitText("Did you mean mia2@gmail.com?")
		for css, want := range map[string]string{
			"#f-people-0-email": "typed@northgrid.example", "#f-people-1-email": "mia@northgrid.example", "#f-people-1-name": "Mia Maxwell",
			"#f-people-1-card": "04:C1:C2:C3", "#f-people-2-name": "Mia Zwei",
		} {
			if got := value(css); got != want {
				w.Errorf("%s is %q, want %q", css, got, want)
			}
		}
		w.console.Axe()
	}
	w.console.Open(w.page("/users/invite"))
	w.console.Fill("E-mail", "typed@northgrid.example")
	w.console.Click("Take a file")
	w.console.Upload("#f-file", file)
	filled()
	// Dropped.
	w.console.Open(w.page("/users/invite"))
	w.console.Fill("E-mail", "typed@northgrid.example")
	w.console.Click("Take a file")
	w.console.Eval(`(() => {
		const data = new DataTransfer();
		data.items.add(new File(["E-Mail;Fahrer;RFID-Karte;Kostenstelle\nmia@northgrid.example;Mia Maxwell;04:C1:C2:C3;4711\nmia2@gmial.com;Mia Zwei;;\n"], "fahrer.csv", { type: "text/csv" }));
		document.querySelector(".drop").dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
	})()`, nil)
	filled()
	// Too many for a form: it says where to go with them, and keeps what was typed.
	many := filepath.Join(w.TempDir(), "many.csv")
	if err := os.WriteFile(many, []byte("email\n"+strings.Repeat("x@northgrid.example\n", 501)), 0o600); err != nil {
		w.Fatal(err)
	}
	w.console.Open(w.page("/users/invite"))
	w.console.Fill("E-mail", "typed@northgrid.example")
	w.console.Click("Take a file")
	w.console.Upload("#f-file", many)
	w.console.WaitText("many.csv has more than 500 people")
	w.console.Axe()
	if got := value("#f-people-0-email"); got != "typed@northgrid.example" {
		w.Errorf("what was typed became %q", got)
	}
}

func stepsToASummary(w *guests) {
	w.console.Open(w.page("/users/invite"))
	w.console.Fill("E-mail", "lena@northgrid.example")
	w.console.Fill("#f-people-0-card", "04:A2:9F:1B")
	w.console.Fill("#f-people-1-name", "Pool car 7")
	w.console.Fill("#f-people-1-card", "04B20001")
	w.console.Click("Continue")
	w.console.WaitURL("/role")
	w.console.Axe()
	w.console.Click("Continue")
	w.console.WaitURL("/method")
	w.console.WaitText("Charger assignment method")
	w.console.Click("css:label:has(input[value=chargers])")
	w.console.Axe()
	w.console.Click("Continue")
	w.console.WaitURL("/chargers")
	w.console.Eval(`document.querySelector("input[name=chargers]").click()`, nil)
	w.console.Axe()
	w.console.Click("Continue")
	w.console.WaitURL("/subscription")
	w.console.WaitText("Free")
	w.console.Axe()
	w.console.Click("Continue")
	w.console.WaitURL("/message")
	w.console.Fill("Message", "Willkommen im Team")
	w.console.Axe()
	w.console.Click("Continue")
	w.console.WaitURL("/summary")
	for _, part := range []string{"lena@northgrid.example", "Driver", "HARB-1", "Free", "Willkommen im Team", "1 person gets a mail"} {
		w.console.WaitText(part)
	}
	w.console.Axe()
	// Back loses nothing.
	w.console.Click("css:aside a[href$='/people']")
	w.console.WaitURL("/people")
	var typed string
	w.console.Eval(`document.querySelector("#f-people-1-name").value`, &typed)
	if typed != "Pool car 7" {
		w.Errorf("going back shows %q", typed)
	}
	for _, at := range []string{"/role", "/method", "/chargers", "/subscription", "/message", "/summary"} {
		w.console.Click("Continue")
		w.console.WaitURL(at)
	}
	w.console.Click("Send 1 invitation")
	w.console.WaitURL("/sent")
	w.console.WaitText("1 person invited")
	w.console.WaitText("Pool car 7")
	w.console.WaitText("1 delivered")
	w.console.Axe()
	w.mailed()
}

// expire lets the open link of an address run out.
func (w *town) expire(email string) {
	w.Helper()
	d, err := db.Open(w.Context(), w.database)
	if err != nil {
		w.Fatal(err)
	}
	defer func() {
		if err := d.Close(); err != nil {
			w.Error(err)
		}
	}()
	if err := d.Update(w.Context(), func(tx *db.Tx) error {
		n, err := tx.Exec(`UPDATE invite SET expires_at = ? WHERE email = ?`, tx.NowMS()-1000, email)
		if n != 1 {
			w.Errorf("%d invitations of %s", n, email)
		}
		return err
	}); err != nil {
		w.Fatal(err)
	}
}

func expiredOffersAnother(w *guests) {
	old := w.links[len(w.links)-1]
	w.expire(lena)
	tab := browser.New(w.T)
	tab.Open(old)
	tab.WaitText("This link has expired")
	tab.Axe()
	tab.Click("Send me a new link")
	tab.WaitText("A new link is on its way")
	w.mailed()
	tab.Open(old)
	tab.WaitText("We do not know this link")
}

func resendFromTheUser(w *guests) {
	w.console.Open(w.page("/invitations"))
	w.console.Click("link: " + lena)
	w.console.Click("Resend invitation")
	w.console.WaitText("A new invitation is on its way")
	tab := browser.New(w.T)
	w.activate(tab, w.mailed(), "Lena", "Vos")
	tab.WaitURL("/my")
	w.console.Open(w.page("/invitations?state=accepted"))
	w.console.WaitText(lena)
}

func revokedFromTheList(w *guests) {
	w.importFile(people)
	w.invite("Ada Ampere", "ada@northgrid.example")
	w.console.Open(w.page("/invitations?q=ada@northgrid.example"))
	w.console.WaitText("ada@northgrid.example")
	w.console.Axe()
	w.console.Eval(`document.querySelector("[data-select-row]").click()`, nil)
	w.console.Click("Actions")
	w.console.Click("Revoke")
	w.console.WaitText("Revoke the invitations of 1 user?")
	w.console.Click("Revoke the invitations of 1 user")
	w.console.WaitText("1 user no longer invited")
}

// declinedByTheInvitee: no is asked for once, seen by whoever invited, and can be
// taken back.
func declinedByTheInvitee(w *guests) {
	const ben = "ben@northgrid.example"
	link := w.invite("Ben Becquerel", ben)
	tab := browser.New(w.T)
	tab.Open(link)
	tab.Click("Decline the invitation")
	tab.WaitText("Decline the invitation?")
	tab.Axe()
	tab.Click("Continue")
	tab.WaitText("Choose one of the two")
	tab.Axe()
	tab.Click("css:label:has(input[value=decline])")
	tab.Click("Continue")
	tab.WaitText("This invitation was declined")
	tab.Axe()
	w.console.Open(w.page("/invitations?state=declined"))
	w.console.Within("#list tbody").WaitText(ben)
	w.console.Within("#list tbody").WaitText("Declined")
	w.status(w.console, "Ben Becquerel", "Imported")
	// They change their mind.
	tab.Click("Send me a new link")
	tab.WaitText("A new link is on its way")
	again := w.invited(ben)[0]
	if again == link {
		w.Error("the same link once more")
	}
	tab.Open(again)
	tab.WaitText("Set up my access")
	w.status(w.console, "Ben Becquerel", "Invited")
}
