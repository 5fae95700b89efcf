package acceptance

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"involt/internal/testkit/browser"
	"involt/internal/testkit/paper"
)

// selfRegistration is RV-06: with self-registration on, people who asked are
// approved or declined, with a message, one or many.
func selfRegistration(t *testing.T, database string) {
	w := newTown(t, database)
	stranger := browser.New(t)
	stranger.Open(w.srv.URL + "/r/" + slug)
	stranger.WaitText("There is no such page")

	w.console.Open(w.page("/registration"))
	w.console.Check("Self-registration", true)
	w.console.Fill("Welcome text", "For tenants of the north side.")
	w.console.Click("Save")
	w.console.WaitText("Self-registration saved.")
	w.console.Axe()

	asks := func(email, first, message string) *browser.Tab {
		t.Helper()
		tab := browser.New(t)
		tab.Open(w.srv.URL + "/r/" + slug)
		tab.WaitText("For tenants of the north side.")
		tab.Fill("First name", first)
		tab.Fill("Last name", "Newcomer")
		tab.Fill("E-mail address", email)
		tab.Fill("Message to those who decide", message)
		tab.Click("Ask for access")
		tab.WaitText("Look into your mailbox")
		link := w.mail.Wait(email).Link(t, w.srv.URL+"/r/"+slug+"/")
		for range 2 { // a scanner comes first
			if res := w.get("GET", link); res.StatusCode != http.StatusOK || len(res.Cookies()) != 0 {
				t.Errorf("GET: status %d, %d cookies", res.StatusCode, len(res.Cookies()))
			}
		}
		tab.Open(link)
		tab.WaitText(message)
		tab.Fill("Choose a password", password)
		tab.Click("Confirm and send my request")
		tab.WaitURL("/my")
		tab.WaitText("Waiting for approval")
		return tab
	}
	asks("nobody@northgrid.example", "Nele", "I only ask.")
	ada := asks("ada@northgrid.example", "Ada", "I park on level 2.")
	ben := asks("ben@northgrid.example", "Ben", "Let me in.")
	asks("cleo@northgrid.example", "Cleo", "I am new here.")
	asks("dora@northgrid.example", "Dora", "So am I.")
	w.status(w.console, "Ada Newcomer", "To be approved")

	// One, with a message each.
	answer := func(name, button, message string) {
		t.Helper()
		w.console.Open(w.page("/approvals"))
		w.console.Click("link: " + name)
		w.console.Within("#sheet").Fill("Message to them", message)
		w.console.Within("#sheet").Click(button)
	}
	w.console.Open(w.page("/approvals"))
	w.console.WaitText("I park on level 2.")
	w.console.Axe()
	w.console.Dark(true)
	w.console.Open(w.page("/approvals"))
	w.console.Axe()
	w.console.Dark(false)
	answer("Ada Newcomer", "Approve", "Welcome, Ada.")
	w.console.WaitText("Approved. They may charge from now on")
	answer("Ben Newcomer", "Decline", "Only tenants, sorry.")
	w.console.WaitText("Declined. They get a mail")
	if m := w.mail.Wait("ada@northgrid.example"); !strings.Contains(m.Text, "Welcome, Ada.") || !strings.Contains(m.Text, "has approved your request") {
		t.Errorf("Ada reads: %s", m.Text)
	}
	if m := w.mail.Wait("ben@northgrid.example"); !strings.Contains(m.Text, "Only tenants, sorry.") || !strings.Contains(m.Text, "declined") {
		t.Errorf("Ben reads: %s", m.Text)
	}
	ada.Open(w.srv.URL + "/my")
	ada.WaitText("Where I may charge")
	ben.Open(w.srv.URL + "/my")
	ben.WaitText("Your request was declined")
	w.status(w.console, "Ada Newcomer", "Active")
	w.console.Open(w.page("/approvals?tab=declined"))
	w.console.WaitText("Only tenants, sorry.")

	// Many.
	w.console.Open(w.page("/approvals"))
	w.tick("Cleo Newcomer", "Dora Newcomer")
	w.console.Click("Actions")
	w.console.Click("Approve selected")
	w.console.WaitText("2 users")
	w.console.Click("Approve 2 users")
	for _, email := range []string{"cleo@northgrid.example", "dora@northgrid.example"} {
		if m := w.mail.Wait(email); !strings.Contains(m.Text, "has approved your request") {
			t.Errorf("%s reads: %s", email, m.Text)
		}
	}
	w.status(w.console, "Dora Newcomer", "Active")
	w.status(w.console, "Nele Newcomer", "To be approved")
}

// withoutEmail is RV-17: a user without an e-mail address is possible, must have
// a card, and is claimed later with a printed code.
func withoutEmail(t *testing.T, database string) {
	w := newTown(t, database)
	w.console.Open(w.page("/users/add"))
	w.console.Axe()
	w.console.Fill("Name", "Pool car 7")
	w.console.Eval(`document.querySelectorAll("form").forEach(f => f.noValidate = true)`, nil)
	w.console.Click("Add user")
	w.console.WaitText("A user without e-mail needs a card")
	w.console.Fill("Card number", "04:d2:00:00:00:d0:01")
	w.console.Click("Add user")
	w.console.WaitText("04D2000000D001")
	w.status(w.console, "Pool car 7", "Active")

	// The letter.
	w.console.Open(w.page("/letters"))
	w.console.Axe()
	w.tick("Pool car 7")
	w.console.Click("Actions")
	w.console.Click("Make letters…")
	w.console.WaitText("Make a letter for 1 user")
	w.console.Axe()
	page := w.download(`form[action$="/letters"]`)
	for _, want := range []string{"This letter is for Pool car 7.", "Olga Operator invites you to charge at Northgrid.", "04D2000000D001"} {
		if !strings.Contains(page, want) {
			t.Errorf("the letter lacks %q: %s", want, page)
		}
	}
	code := codeOn(t, page)

	// The claim.
	ada := browser.New(t)
	ada.Open(w.srv.URL + "/c/" + code)
	ada.Axe()
	ada.Fill("Your e-mail address", "ada@northgrid.example")
	ada.Click("Continue")
	ada.WaitText("Look into your mailbox")
	link := w.invited("ada@northgrid.example")[0]
	for range 2 {
		w.get("GET", link)
	}
	w.activate(ada, link, "Ada", "Ampere")
	ada.WaitURL("/my")
	ada.WaitText("04D2 0000 00D0 01")
	w.status(w.console, "Ada Ampere", "Active")

	// It works once.
	again := browser.New(t)
	again.Open(w.srv.URL + "/c")
	again.Fill("Code of the letter", code)
	again.Fill("Your e-mail address", "eve@northgrid.example")
	again.Click("Continue")
	again.WaitText("This code does not work")
	if got := w.mail.Accepted("eve@northgrid.example"); len(got) != 0 {
		t.Errorf("a used code sent %d mails", len(got))
	}
}

// download sends a form of the page as its button does, and returns the words of
// the PDF that comes back.
func (w *town) download(form string) string {
	w.Helper()
	var pdf string
	w.console.Eval(`(async () => {
		const form = document.querySelector(`+"`"+form+"`"+`);
		const answer = await fetch(form.action, {method: "POST", body: new URLSearchParams(new FormData(form))});
		const bytes = new Uint8Array(await answer.arrayBuffer());
		return btoa(Array.from(bytes, b => String.fromCharCode(b)).join(""));
	})()`, &pdf)
	raw, err := base64.StdEncoding.DecodeString(pdf)
	if err != nil {
		w.Fatal(err)
	}
	pages, err := paper.Pages(raw)
	if err != nil || len(pages) != 1 {
		w.Fatalf("%d pages, %v", len(pages), err)
	}
	return strings.Join(strings.Fields(pages[0]), " ")
}

// codeOn finds the code on a letter.
func codeOn(t *testing.T, page string) string {
	t.Helper()
	for word := range strings.FieldsSeq(page) {
		if len(word) == 14 && word[4] == '-' && word[9] == '-' {
			return word
		}
	}
	t.Fatalf("no code on the letter: %s", page)
	return ""
}
