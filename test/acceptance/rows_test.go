package acceptance

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"involt/internal/testkit/binary"
	"involt/internal/testkit/browser"

	"github.com/coder/websocket"
)

// rows are the rows of the acceptance table that hold, each shown by a story of
// its own.
var rows = map[string]func(*testing.T, string){
	"CW-02_imported_users_are_imported":      importedAreImported,
	"CW-07_invite_selected_reaches_exactly":  inviteReachesTheSelected,
	"CW-09_statuses_and_their_aliases":       statuses,
	"CW-10_imported_invited_active":          statusFollowsTheInvitation,
	"RD-03_link_works_once":                  linkWorksOnce,
	"RD-12_scanners_use_nothing_up":          scannersUseNothingUp,
	"unknown_card_is_given_in_one_step":      unknownCardIsGiven,
	"card_is_learned_at_a_charger":           cardIsLearned,
	"guest_charges_by_a_link":                guestCharges,
	"RV-06_to_be_approved_and_answered":      selfRegistration,
	"RV-17_without_email_but_with_a_card":    withoutEmail,
	"WB-04_template_filled_in_and_previewed": templateFilledIn,
	"WB-04_large_file_goes_on_after_break":   largeFileGoesOn,
	"WB-06_mail_sums_up_what_was_chosen":     mailSumsUp,
	"WB-07_accepted_may_charge_there":        acceptedMayChargeThere,
}

func importedAreImported(t *testing.T, database string) {
	w := newTown(t, database)
	w.importFile(people)
	for _, name := range []string{"Ada Ampere", "Ben Becquerel", "Cleo Coulomb"} {
		w.status(w.console, name, "Imported")
	}
}

func inviteReachesTheSelected(t *testing.T, database string) {
	w := newTown(t, database)
	w.importFile(people)
	w.console.Open(w.page("/users"))
	w.tick("Ada Ampere", "Cleo Coulomb")
	w.console.Click("Actions")
	w.console.Click("Invite selected")
	w.console.Click("Invite 2 users")
	w.console.WaitText("2 users invited")
	w.invited("ada@northgrid.example", "cleo@northgrid.example")
	w.status(w.console, "Ada Ampere", "Invited")
	w.status(w.console, "Cleo Coulomb", "Invited")
	w.status(w.console, "Ben Becquerel", "Imported")
	if got := w.mail.Accepted("ben@northgrid.example"); len(got) != 0 {
		t.Errorf("Ben was not selected and got %d mails", len(got))
	}
}

func statuses(t *testing.T, database string) {
	w := newTown(t, database)
	w.importFile("email,first_name,last_name,status,card_uid\n" +
		"a@northgrid.example,Ann,Enabled,enabled,04A10000000001\n" +
		"b@northgrid.example,Bob,Disabled,disabled,04A10000000002\n" +
		"c@northgrid.example,Cat,Plain,,04A10000000003\n")
	w.status(w.console, "Ann Enabled", "Active")
	w.status(w.console, "Bob Disabled", "Deactivated")
	w.status(w.console, "Cat Plain", "Imported")
	tabs := w.console.Text("css:#list")
	for _, label := range []string{"Active", "Invited", "To be approved", "Deactivated", "Imported"} {
		if !strings.Contains(tabs, label) {
			t.Errorf("no tab %q in: %s", label, tabs)
		}
	}
}

func statusFollowsTheInvitation(t *testing.T, database string) {
	w := newTown(t, database)
	w.importFile(people)
	w.status(w.console, "Ada Ampere", "Imported")
	link := w.invite("Ada Ampere", "ada@northgrid.example")
	w.status(w.console, "Ada Ampere", "Invited")
	w.activate(browser.New(t), link, "Ada", "Ampere")
	w.status(w.console, "Ada Ampere", "Active") // RV-05: without anyone doing anything
}

func linkWorksOnce(t *testing.T, database string) {
	w := newTown(t, database)
	w.importFile(people)
	link := w.invite("Ada Ampere", "ada@northgrid.example")
	ada := browser.New(t)
	w.activate(ada, link, "Ada", "Ampere")
	ada.WaitURL("/my")
	again := browser.New(t)
	again.Open(link)
	again.WaitText("accepted already")
	if text := again.Text("css:main"); strings.Contains(text, "Set up my access") {
		t.Errorf("a used link still offers to activate: %s", text)
	}
	// The mail says that it works once, and until when: this time tomorrow.
	m := w.mail.Accepted("ada@northgrid.example")[0]
	berlin, err := time.LoadLocation("Europe/Berlin") // a new workspace's
	if err != nil {
		t.Fatal(err)
	}
	tomorrow := "works once, until " + time.Now().In(berlin).Add(24*time.Hour).Format("Monday 2 January 2006")
	if !strings.Contains(m.Text, link) || !strings.Contains(m.HTML, link) || !strings.Contains(m.Text, tomorrow) {
		t.Errorf("the mail lacks the link or %q:\n%s", tomorrow, m.Text)
	}
	// Sending again kills the older link: Ben's first one.
	first := w.invite("Ben Becquerel", "ben@northgrid.example")
	second := w.invite("Ben Becquerel", "ben@northgrid.example")
	if first == second {
		t.Error("the second invitation has the first one's link")
	}
	old := browser.New(t)
	old.Open(first)
	if text := old.Text("css:main"); strings.Contains(text, "Set up my access") {
		t.Errorf("the older link still works: %s", text)
	}
	w.activate(old, second, "Ben", "Becquerel")
	old.WaitURL("/my")
}

func scannersUseNothingUp(t *testing.T, database string) {
	w := newTown(t, database)
	w.importFile(people)
	link := w.invite("Ada Ampere", "ada@northgrid.example")
	for _, method := range []string{http.MethodHead, http.MethodGet, http.MethodGet, http.MethodHead} {
		if res := w.get(method, link); res.StatusCode != http.StatusOK || len(res.Cookies()) != 0 {
			t.Errorf("%s: status %d, %d cookies", method, res.StatusCode, len(res.Cookies()))
		}
	}
	// A scanner that runs scripts and presses every button, with nothing typed.
	robot := browser.New(t)
	robot.Open(link)
	robot.Eval(`document.querySelectorAll("form").forEach(f => f.noValidate = true)`, nil)
	robot.Click("Set up my access")
	robot.WaitText("Use 8 or more characters")
	w.status(w.console, "Ada Ampere", "Invited")
	ada := browser.New(t)
	w.activate(ada, link, "Ada", "Ampere")
	ada.WaitURL("/my")
}

func mailSumsUp(t *testing.T, database string) {
	w := newTown(t, database)
	w.place("Depot West", true)
	w.inviteTo("Depot West", "dora@northgrid.example", "04D5000000D001", "See you on Monday.")
	m := w.mail.Wait("dora@northgrid.example")
	for name, part := range map[string]string{"text": m.Text, "html": m.HTML} {
		for _, want := range []string{"Depot West", "04D5000000D001", "Olga Operator", "See you on Monday."} {
			if !strings.Contains(part, want) {
				t.Errorf("the %s of the mail lacks %q:\n%s", name, want, part)
			}
		}
	}
}

func acceptedMayChargeThere(t *testing.T, database string) {
	w := newTown(t, database)
	w.place("Depot West", true)
	w.place("Depot East", true)
	west, east := w.charger("WEST-1", "Depot West"), w.charger("EAST-1", "Depot East")
	w.inviteTo("Depot West", "dora@northgrid.example", "04D5000000D001", "")
	tap := func(identity, key, expect string) {
		t.Helper()
		w.strict("ocpp2.0.1", identity, key, `[{"do":"boot"},{"do":"authorize","card":"04D5000000D001","expect":"`+expect+`"}]`)
	}
	link := w.invited("dora@northgrid.example")[0]
	tap("WEST-1", west, "Blocked") // not yet: only active users may charge
	dora := browser.New(t)
	w.activate(dora, link, "Dora", "Dynamo")
	dora.WaitURL("/my")
	dora.WaitText("Depot West")
	tap("WEST-1", west, "Accepted")
	tap("EAST-1", east, "NotAtThisLocation")
}

// invite invites one user by the list, and returns the link of the mail.
func (w *town) invite(name, email string) string {
	w.Helper()
	w.console.Open(w.page("/users?q=" + strings.ReplaceAll(name, " ", "+")))
	w.tick(name)
	w.console.Click("Actions")
	w.console.Click("Invite selected")
	w.console.Click("Invite 1 user")
	w.console.WaitText("1 user invited")
	return w.invited(email)[0]
}

// inviteTo invites somebody new by the form, to charge at one location.
func (w *town) inviteTo(location, email, card, message string) {
	w.Helper()
	w.console.Open(w.page("/users"))
	w.console.Click("Invite users")
	w.console.WaitURL("/users/invite")
	w.console.Fill("E-mail", email)
	w.console.Fill("#f-people-0-card", card)
	w.console.Click("Continue")
	w.console.WaitURL("/role")
	w.console.Click("Continue")
	w.console.WaitURL("/method")
	w.console.Click("css:label:has(input[value=locations])")
	w.console.Click("Continue")
	w.console.WaitURL("/chargers")
	w.console.Check(location, true)
	w.console.Click("Continue")
	w.console.WaitURL("/subscription")
	w.console.Click("Continue")
	w.console.WaitURL("/message")
	if message != "" {
		w.console.Fill("Message", message)
	}
	w.console.Click("Continue")
	w.console.WaitURL("/summary")
	w.console.Click("Send 1 invitation")
	w.console.WaitURL("/sent")
	w.console.WaitText(email)
}

// badInput shows that each kind of bad input gets a clear answer and disturbs
// nothing else.
func badInput(t *testing.T, database string) {
	w := newTown(t, database)
	w.place("Harbour Garage", false)
	key := w.charger("HARB-1", "Harbour Garage")

	// A broken line, and a wrong e-mail: told at the line; the good ones go in.
	out := w.importFile("email,first_name,card_uid\nada@northgrid.example,Ada,04A29F1BAABB80\nnonsense,Bob,04B2000000B001\ncleo@northgrid.example,Cleo,zz\n")
	for _, want := range []string{`line 3, email: "nonsense" is not an e-mail address`, `line 4, card_uid: "zz" is not a card number`, "1 users and 1 cards were new"} {
		if !strings.Contains(out, want) {
			t.Errorf("import lacks %q: %s", want, out)
		}
	}
	w.console.Open(w.page("/users/invite"))
	w.console.Fill("E-mail", "dora@@northgrid")
	w.console.Eval(`document.querySelectorAll("form").forEach(f => f.noValidate = true)`, nil)
	w.console.Click("Continue")
	w.console.WaitText("is not an e-mail address")

	// A link nobody has made, and one that was altered.
	link := w.invite("Ada", "ada@northgrid.example")
	for _, bad := range []string{link[:len(link)-1], link + "x", strings.ToUpper(link[len(link)-43:]), w.srv.URL + "/i/" + strings.Repeat("A", 43)} {
		if !strings.Contains(bad, "/i/") {
			bad = w.srv.URL + "/i/" + bad
		}
		if res := w.get(http.MethodGet, bad); res.StatusCode != http.StatusNotFound && res.StatusCode != http.StatusGone {
			t.Errorf("%s: status %d", bad, res.StatusCode)
		}
	}

	// A charger with a wrong key, and a malformed frame; the right one goes on.
	for _, wrong := range []string{"0000000000000000000000000000000000000000", ""} {
		p := w.rejected("HARB-1", wrong)
		if !strings.Contains(p, "401") {
			t.Errorf("key %q: %s", wrong, p)
		}
	}
	w.malformed("HARB-1", key)

	// A key that was replaced ends with the connection that was made with it.
	held, _, err := w.dial("HARB-1", key)
	if err != nil {
		t.Fatal(err)
	}
	w.console.Open(w.page("/chargers"))
	w.console.Click("link: HARB-1")
	w.console.Click("New key")
	w.console.Click("Make new key")
	old := key
	key = w.shownKey()
	if _, _, err := held.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusPolicyViolation {
		t.Errorf("the connection made with the old key ended with %v", err)
	}
	if p := w.rejected("HARB-1", old); !strings.Contains(p, "401") {
		t.Errorf("the old key: %s", p)
	}
	w.strict("ocpp1.6", "HARB-1", key, `[{"do":"boot"},{"do":"heartbeat"}]`)
	binary.Run(t, w.srv.Env(), "doctor").OK(t)
}
