package acceptance

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"involt/internal/demo/charger"
	"involt/internal/testkit/browser"
	"involt/internal/testkit/paper"
)

// The rows about zones and joining codes.
func init() {
	for name, story := range map[string]func(*testing.T, string){
		"EM-01_zone_cog_profile_users":             zoneProfile,
		"EM-02_code_link_qr_and_poster":            codeIsShown,
		"EM-03_the_devices_own_ways_to_share":      codeIsShared,
		"EM-04_the_code_gives_access_at_once":      codeGivesAccess,
		"EM-04_options_of_the_code":                codeOptions,
		"EM-05_the_bin_removes_within_a_second":    binRemoves,
		"EM-07_new_driver_group":                   newDriverGroup,
		"EM-08_enable_joining_zone_and_rotate":     switchedAndRotated,
		"EM-09_always_removed_and_a_driver_leaves": alwaysRemoved,
	} {
		rows[name] = story
	}
}

// zoned is a town with a zone for members only, two drivers who are in, with a
// card each, and one charger on the line.
type zoned struct {
	*town
	id       string // of the location
	key      string // of its charger
	ada, ben *browser.Tab
}

func newZone(t *testing.T, database string) *zoned {
	t.Helper()
	z := &zoned{town: newTown(t, database)}
	z.importFile("email,first_name,last_name,card_uid\nada@northgrid.example,Ada,Ampere," + adasCard + "\nben@northgrid.example,Ben,Becquerel," + bensCard + "\n")
	z.place("Harbour Garage", true)
	_, rest, _ := strings.Cut(z.console.URL(), "/locations/")
	z.id, _, _ = strings.Cut(rest, "?")
	z.key = z.charger("HARB-1", "Harbour Garage")
	z.ada, z.ben = z.driver("Ada Ampere", "ada@northgrid.example"), z.driver("Ben Becquerel", "ben@northgrid.example")
	return z
}

// driver lets an imported user in, with a browser of their own.
func (z *zoned) driver(name, email string) *browser.Tab {
	z.Helper()
	z.console.Open(z.page("/users?q=" + strings.ReplaceAll(name, " ", "+")))
	z.tick(name)
	z.console.Click("Actions")
	z.console.Click("Invite selected")
	z.console.Click("Invite 1 user")
	tab := browser.New(z.T)
	first, last, _ := strings.Cut(name, " ")
	z.activate(tab, z.invited(email)[0], first, last)
	tab.WaitURL("/my")
	return tab
}

// online connects a charger of the zone.
func (z *zoned) online() (tap func(card string) string) {
	z.Helper()
	ctx, stop := context.WithCancel(z.Context())
	sim := charger.New(charger.Config{URL: z.ocpp(), ID: "HARB-1", Key: z.key, Protocol: "2.0.1", SampleEvery: -1})
	done := make(chan error, 1)
	go func() { done <- sim.Run(ctx) }()
	z.Cleanup(func() { stop(); <-done })
	if err := sim.Online(ctx); err != nil {
		z.Fatal(err)
	}
	return func(card string) string {
		z.Helper()
		status, err := sim.Tap(ctx, card)
		if err != nil {
			z.Fatal(err)
		}
		return status
	}
}

// within wants an answer of the charger within a second.
func (z *zoned) within(tap func(string) string, card, want string) {
	z.Helper()
	began := time.Now()
	got := tap(card)
	for ; got != want && time.Since(began) < time.Second; got = tap(card) {
	}
	if got != want {
		z.Errorf("a second after it, a tap is answered %s, want %s", got, want)
	}
}

func (z *zoned) profile(path string) string { return z.page("/locations/" + z.id + "/zone" + path) }

// code makes a joining code by one click and returns it.
func (z *zoned) code() string {
	z.Helper()
	z.console.Open(z.profile("/invite"))
	z.console.Click("Make a joining code")
	z.console.WaitText("Joining code made")
	return z.shownCode()
}

func (z *zoned) shownCode() string {
	z.Helper()
	return strings.TrimSpace(z.console.Text("css:#the-code"))
}

// join enters a code as somebody who is signed in.
func (z *zoned) join(tab *browser.Tab, code string) {
	z.Helper()
	tab.Open(z.srv.URL + "/my")
	tab.Click("Enter a joining code")
	tab.Fill("Joining code", strings.ToLower(code))
	tab.Click("Continue")
	tab.WaitText("Join Harbour Garage")
	tab.Click("button: Join")
	tab.WaitURL("/my/zones")
}

func (z *zoned) axeInBoth(tab *browser.Tab) {
	z.Helper()
	tab.Axe()
	tab.Dark(true)
	tab.Open(tab.URL()) // colours change slowly on a page that stands
	tab.Axe()
	tab.Dark(false)
}

func zoneProfile(t *testing.T, database string) {
	z := newZone(t, database)
	z.console.Open(z.page("/locations"))
	z.console.Click("link: Harbour Garage")
	z.console.Click("link: Zone profile")
	z.console.WaitText("Nobody is in this zone yet")
	z.axeInBoth(z.console)
	z.join(z.ada, z.code())
	z.console.Open(z.profile(""))
	users := z.console.Within("#list")
	users.WaitText("Users")
	users.WaitText("Ada Ampere")
	users.WaitText("Joining code") // by which she came
	z.axeInBoth(z.console)
	z.console.Viewport(390, 844)
	z.console.Open(z.profile(""))
	z.console.WaitText("Ada Ampere")
	z.console.Axe()
}

func codeIsShown(t *testing.T, database string) {
	z := newZone(t, database)
	code := z.code()
	if len(code) != 9 || strings.Trim(code, "0123456789ABCDEFGHJKMNPQRSTVWXYZ-") != "" {
		t.Fatalf("the code %q", code)
	}
	var size float64
	z.console.Eval(`parseFloat(getComputedStyle(document.querySelector("#the-code")).fontSize)`, &size)
	if size < 30 {
		t.Errorf("the code is %v pixels large", size)
	}
	if link := z.console.Text("css:#join-link"); link != z.srv.URL+"/j/"+code {
		t.Errorf("the link is %q", link)
	}
	var squares int
	z.console.Eval(`document.querySelectorAll('svg[aria-label^="QR code"] path').length`, &squares)
	if squares != 2 {
		t.Errorf("the QR code has %d parts", squares)
	}
	z.axeInBoth(z.console)
	for size, wants := range map[string][]string{"a4": {"Charge here", "Harbour Garage", "Scan the code with your phone.", code, "Northgrid"}, "sticker": {"Charge here", "Harbour Garage", code}} {
		pages := z.fetch("form[data-download]", size)
		if len(pages) != 1 {
			t.Errorf("%s: %d pages", size, len(pages))
			continue
		}
		for _, want := range wants {
			if !strings.Contains(strings.Join(strings.Fields(pages[0]), " "), want) {
				t.Errorf("%s lacks %q: %s", size, want, pages[0])
			}
		}
	}
	// The link and the picture lead to the zone, also for who is not signed in,
	// and looking changes nothing.
	for range 2 {
		if res := z.get("GET", z.srv.URL+"/j/"+code); res.StatusCode != http.StatusOK || len(res.Cookies()) != 0 {
			t.Errorf("GET: %d, %d cookies", res.StatusCode, len(res.Cookies()))
		}
	}
	stranger := browser.New(t)
	stranger.Open(z.srv.URL + "/j/" + code)
	stranger.WaitText("Join Harbour Garage")
	z.axeInBoth(stranger)
}

// fetch downloads what the form for print makes, as its button does.
func (z *zoned) fetch(form, size string) []string {
	z.Helper()
	var text string
	z.console.Eval(`fetch(document.querySelector(`+"`"+form+"`"+`).action + "?size=`+size+`&lang=en").then((r) => r.arrayBuffer()).then((b) => btoa(String.fromCharCode(...new Uint8Array(b))))`, &text)
	pdf, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		z.Fatal(err)
	}
	pages, err := paper.Pages(pdf)
	if err != nil {
		z.Fatal(err)
	}
	return pages
}

func codeIsShared(t *testing.T, database string) {
	z := newZone(t, database)
	code := z.code()
	z.console.Open(z.profile(""))
	z.console.Click("Invite user")
	z.console.WaitText(code)
	// Without the device's own sheet: mail, with link and code in it.
	var mailto string
	z.console.Eval(`decodeURIComponent([...document.links].find((a) => a.textContent.includes("Send by e-mail")).href)`, &mailto)
	if !strings.HasPrefix(mailto, "mailto:?subject=Join Harbour Garage") || !strings.Contains(mailto, z.srv.URL+"/j/"+code) {
		t.Errorf("the mail: %s", mailto)
	}
	// On a device that has one, it gets the link.
	z.console.Eval(`navigator.share = (what) => { window.shared = what; return Promise.resolve(); }, document.documentElement.classList.add("shares")`, nil)
	z.console.Click("Share…")
	var shared map[string]string
	var text string
	z.console.Eval(`JSON.stringify(window.shared)`, &text)
	if err := json.Unmarshal([]byte(text), &shared); err != nil || shared["url"] != z.srv.URL+"/j/"+code || !strings.Contains(shared["text"], code) {
		t.Errorf("shared: %s, %v", text, err)
	}
	z.console.Viewport(390, 844)
	z.console.Open(z.profile("/invite"))
	z.console.WaitText(code)
	z.axeInBoth(z.console)
}

func codeGivesAccess(t *testing.T, database string) {
	z := newZone(t, database)
	tap := z.online()
	if got := tap(adasCard); got == "Accepted" {
		t.Fatal("Ada may charge before she joined")
	}
	code := z.code()
	z.join(z.ada, code)
	z.within(tap, adasCard, "Accepted")
	z.ada.WaitText("You are in: you may charge at Harbour Garage")
	z.axeInBoth(z.ada)

	// A newcomer: mailbox, password, in.
	nia := browser.New(t)
	nia.Open(z.srv.URL + "/j")
	nia.Fill("Joining code", code)
	nia.Click("Continue")
	nia.WaitText("New here?")
	nia.Fill("First name", "Nia")
	nia.Fill("Last name", "Newcomer")
	nia.Fill("E-mail address", "nia@northgrid.example")
	nia.Click("button: Join")
	nia.WaitText("Look into your mailbox")
	link := z.mail.Wait("nia@northgrid.example").Link(t, z.srv.URL+"/r/"+slug+"/")
	for range 2 { // a scanner comes first
		if res := z.get("GET", link); res.StatusCode != http.StatusOK || len(res.Cookies()) != 0 {
			t.Errorf("GET: %d, %d cookies", res.StatusCode, len(res.Cookies()))
		}
	}
	nia.Open(link)
	nia.WaitText("Then you are in")
	nia.Axe()
	nia.Fill("Choose a password", password)
	nia.Click("Confirm")
	nia.WaitURL("/my")
	nia.Open(z.srv.URL + "/my/zones")
	nia.WaitText("Harbour Garage")
	z.status(z.console, "Nia Newcomer", "Active")
	z.console.Open(z.profile(""))
	z.console.WaitText("Nia Newcomer")

	// A code that nobody made.
	nia.Open(z.srv.URL + "/j")
	nia.Fill("Joining code", "0000-0000")
	nia.Click("Continue")
	nia.WaitText("We do not know this code")
	nia.Axe()
}

func codeOptions(t *testing.T, database string) {
	z := newZone(t, database)
	z.console.Open(z.page("/groups"))
	z.console.Fill("Name", "Tenants")
	z.console.Click("Add group")
	z.console.WaitText("Group added")
	z.console.Open(z.profile("/codes"))
	z.console.Click("Make a joining code")
	z.console.Axe()
	z.console.Fill("User group", "Tenants")
	z.console.Fill("Note", "Tenants' letter")
	z.console.Check("Approval", true)
	z.console.Fill("Maximum uses", "many")
	z.console.Fill("E-mail domains", "northgrid.example")
	z.console.Fill("Verification questions", "Flat number?")
	z.console.Click("Make the code")
	z.console.WaitText("Write a whole number from 1")
	z.console.Fill("Maximum uses", "1")
	z.console.Click("Make the code")
	z.console.WaitText("Joining code made")
	z.axeInBoth(z.console)
	code := z.shownCode()
	tap := z.online()

	// Another domain is refused, at the field.
	far := browser.New(t)
	far.Open(z.srv.URL + "/j/" + code)
	far.Fill("First name", "Far")
	far.Fill("E-mail address", "far@elsewhere.example")
	far.Fill("Flat number?", "1")
	far.Click("button: Join")
	far.WaitText("This code is for people with an e-mail address at northgrid.example")

	z.ada.Open(z.srv.URL + "/j/" + code)
	z.ada.Click("button: Join")
	z.ada.WaitText("Please answer this question")
	z.ada.Fill("Flat number?", "12 b")
	z.ada.Click("button: Join")
	z.ada.WaitURL("/my/zones")
	z.ada.WaitText("Waiting for approval")
	if got := tap(adasCard); got == "Accepted" {
		t.Error("Ada charges while she waits")
	}
	// As many as may have come.
	z.ben.Open(z.srv.URL + "/j/" + code)
	z.ben.WaitText("As many people have joined by it as may")

	z.console.Open(z.page("/approvals"))
	z.console.Click("Zone requests")
	z.console.WaitText("Flat number? 12 b")
	z.axeInBoth(z.console)
	z.tick("Ada Ampere")
	z.console.Fill("Message to them", "Welcome home.")
	z.console.Click("Approve selected")
	z.console.WaitText("1 request approved")
	z.within(tap, adasCard, "Accepted")
	if m := z.mail.Wait("ada@northgrid.example"); m.Subject != "You may charge at Harbour Garage" || !strings.Contains(m.Text, "Welcome home.") {
		t.Errorf("Ada reads: %s", m.Text)
	}
	side := z.group(z.console, "Tenants")
	side.WaitText("Ada Ampere")
}

func binRemoves(t *testing.T, database string) {
	z := newZone(t, database)
	code := z.code()
	z.join(z.ada, code)
	z.join(z.ben, code)
	tap := z.online()
	z.within(tap, adasCard, "Accepted")
	z.console.Open(z.profile(""))
	z.console.Click("link: Remove Ada Ampere from the zone")
	z.console.WaitText("Remove Ada Ampere from Harbour Garage?")
	z.console.WaitText("They may no longer charge at the charger here")
	z.axeInBoth(z.console)
	z.console.Click("button: Remove from the zone")
	z.within(tap, adasCard, "NotAtThisLocation")
	z.console.WaitText("Removed. Chargers refuse them within a second.")
	z.console.Within("#list").WaitGone("Ada Ampere")
	if got := tap(bensCard); got != "Accepted" {
		t.Errorf("Ben, who stays: %s", got)
	}
	// The poster does not let her back by itself.
	z.join(z.ada, code)
	z.ada.WaitText("Waiting for approval")
	if got := tap(adasCard); got == "Accepted" {
		t.Error("Ada charges again")
	}
}

func newDriverGroup(t *testing.T, database string) {
	z := newZone(t, database)
	z.console.Open(z.page("/groups"))
	z.console.WaitText("New driver group")
	z.console.Fill("Name", "Night shift")
	z.console.Fill("Drivers", "ada@northgrid.example\nnobody@northgrid.example")
	z.console.Click("Add group")
	z.console.WaitText("There is no user nobody@northgrid.example")
	z.console.Axe()
	z.console.Fill("Drivers", "ada@northgrid.example\nben@northgrid.example")
	z.console.Click("Add group")
	z.console.WaitText("Group added")
	z.console.WaitText("Ada Ampere")
	z.console.WaitText("Ben Becquerel")
}

func switchedAndRotated(t *testing.T, database string) {
	z := newZone(t, database)
	old := z.code()
	z.join(z.ada, old)
	tap := z.online()
	z.within(tap, adasCard, "Accepted")
	z.console.Open(z.profile("/invite"))
	z.console.Check("Enable joining zone", false)
	z.console.Click("Apply")
	z.console.WaitText("Joining is off")
	z.ben.Open(z.srv.URL + "/j/" + old)
	z.ben.WaitText("This code no longer lets anybody in")
	z.ben.Axe()
	if got := tap(adasCard); got != "Accepted" {
		t.Errorf("a member, with joining off: %s", got)
	}
	z.console.Check("Enable joining zone", true)
	z.console.Click("Apply")
	z.console.WaitText("Joining is on")
	z.console.Click("Make a new code…")
	z.console.WaitText("Its 1 member stays.")
	z.console.Axe()
	z.console.Click("button: Make a new code")
	z.console.WaitText("New code made")
	fresh := z.shownCode()
	if fresh == old {
		t.Fatal("the code is the same")
	}
	z.ben.Open(z.srv.URL + "/j/" + old)
	z.ben.WaitText("We do not know this code")
	z.join(z.ben, fresh)
	z.within(tap, bensCard, "Accepted")
	if got := tap(adasCard); got != "Accepted" {
		t.Errorf("a member, after rotating: %s", got)
	}
}

func alwaysRemoved(t *testing.T, database string) {
	z := newZone(t, database)
	// The zone is open to everyone, and to a group of Ada's.
	z.console.Open(z.profile("/access"))
	z.console.Check("Members only", false)
	z.console.Click("Save")
	z.console.WaitText("The workspace's access mode decides here")
	z.console.Open(z.page("/groups"))
	z.console.Fill("Name", "Staff")
	z.console.Fill("Drivers", "ada@northgrid.example")
	z.console.Click("Add group")
	z.console.WaitText("Group added")
	z.allow("Staff", "Location: Harbour Garage")
	code := z.code()
	z.join(z.ada, code)
	z.join(z.ben, code)
	tap := z.online()
	z.within(tap, adasCard, "Accepted")

	// Whatever lets her in is said, and ended in the same moment.
	z.console.Open(z.profile(""))
	z.console.Click("link: Remove Ada Ampere from the zone")
	z.console.WaitText("Something else lets them charge here")
	z.console.Axe()
	z.console.Check("Also take them out of the group Staff", true)
	z.console.Check("Only members may charge here from now on", true)
	z.console.Click("button: Remove from the zone")
	z.within(tap, adasCard, "NotAtThisLocation")
	if got := tap(bensCard); got != "Accepted" {
		t.Errorf("Ben, who is a member: %s", got)
	}

	// A driver leaves by himself.
	z.ben.Open(z.srv.URL + "/my/zones")
	z.ben.Click("link: Leave Harbour Garage")
	z.ben.WaitText("Leave Harbour Garage?")
	z.axeInBoth(z.ben)
	z.ben.Click("Leave this zone")
	z.within(tap, bensCard, "NotAtThisLocation")
	z.ben.WaitText("You have left the zone")
	z.ben.WaitText("No zone joined yet")
	z.join(z.ben, code) // and comes back
	z.within(tap, bensCard, "Accepted")
}
