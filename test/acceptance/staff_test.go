package acceptance

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"involt/internal/testkit/browser"
)

// The rows about those who run a workspace.
func init() {
	for name, story := range map[string]func(*testing.T, string){
		"RD-01_add_system_user":                            addSystemUser,
		"RD-02_roles_by_checkbox_and_none_that_one_lacks":  rolesByCheckbox,
		"RD-03_a_system_users_link_works_once_for_a_day":   systemUsersLink,
		"staff_forgotten_password_and_where_one_is_signed": forgottenPassword,
	} {
		rows[name] = story
	}
}

// confirm gives the password once more, where something dangerous asks for it.
func (w *town) confirm(tab *browser.Tab) {
	w.Helper()
	tab.WaitText("Confirm that it is you")
	tab.Fill("Password", password)
	tab.Click("Confirm and go on")
}

// addStaff invites a system user with roles; where says where one of them holds.
func (w *town) addStaff(tab *browser.Tab, email string, roles []string, where map[string]string) {
	w.Helper()
	tab.Open(w.page("/users"))
	tab.Click("link: System users")
	tab.Click("link: Add system user")
	tab.Fill("E-mail address", email)
	for _, r := range roles {
		tab.Check(r, true)
	}
	for role, place := range where {
		tab.Fill("Where "+role+" holds", place)
	}
	tab.Click("Send invitation")
}

func addSystemUser(t *testing.T, database string) {
	w := newTown(t, database)
	w.place("Harbour Garage", false)
	w.console.Open(w.page("/users"))
	w.console.Click("link: System users")
	w.console.WaitText("Olga Operator")
	w.console.WaitText("Super-admin")
	w.console.Axe()
	w.console.Dark(true)
	w.console.Open(w.page("/staff/new"))
	w.console.Axe()
	w.console.Dark(false)

	// Olga came in by a link, which proves nothing: her password is asked for once.
	w.addStaff(w.console, "tom@northgrid.example", []string{"Support", "Technician"}, map[string]string{"Technician": "Location: Harbour Garage"})
	w.console.WaitText("Confirm that it is you")
	w.console.Axe()
	w.console.Fill("Password", "not my password")
	w.console.Click("Confirm and go on")
	w.console.WaitText("This is not your password")
	if n := len(w.mail.Accepted("tom@northgrid.example")); n != 0 {
		t.Errorf("%d mails before the password was given", n)
	}
	w.confirm(w.console)
	w.console.WaitText("Invitation on its way")
	w.console.WaitText("Location: Harbour Garage")
	w.console.Axe()
	w.console.Open(w.page("/users/system"))
	w.console.WaitText("tom@northgrid.example")
	w.console.WaitText("offered")

	link := w.mail.Wait("tom@northgrid.example").Link(t, w.srv.URL+"/i/")
	tom := browser.New(t)
	w.activate(tom, link, "Tom", "Technician")
	tom.WaitURL("/w/" + slug)
	// He sees cards, and not the settings; he may add a charger at the one place.
	tom.Open(w.page("/cards"))
	tom.WaitText("Cards")
	if text := tom.Text("css:body"); strings.Contains(text, "API keys") || strings.Contains(text, "Roles") {
		t.Errorf("the menu shows what his roles do not allow: %s", text)
	}
	tom.Open(w.page("/chargers/new"))
	tom.WaitText("Add charger")
	tom.Open(w.page("/locations/new"))
	tom.WaitText("Your role does not allow this")
	w.console.Open(w.page("/users/system"))
	w.console.Click("link: Tom Technician")
	w.console.WaitText("Last sign-in")
	w.console.WaitText("Active")

	// What he may changes within a second, in the browser in which he sits.
	w.console.Click("link: Change roles")
	w.console.Check("Technician", false)
	w.console.Check("Support", false)
	w.console.Check("Viewer", true)
	w.console.Click("Save roles")
	w.console.WaitText("Roles saved. They hold from now on.")
	tom.Open(w.page("/chargers/new"))
	tom.WaitText("Your role does not allow this")
}

func rolesByCheckbox(t *testing.T, database string) {
	w := newTown(t, database)
	// A role of the workspace's own.
	w.console.Open(w.page("/roles"))
	w.console.WaitText("Roles that come ready")
	w.console.Axe()
	w.console.Open(w.page("/roles/new"))
	w.console.Axe()
	w.console.Fill("Name", "Front desk")
	w.console.Check("Read users", true)
	w.console.Check("Personal data", true)
	w.console.Click("Make role")
	w.confirm(w.console)
	w.console.WaitText("Role made.")
	w.console.WaitText("Front desk")

	w.addStaff(w.console, "adam@northgrid.example", []string{"Admin"}, nil)
	w.console.WaitText("Invitation on its way")
	adam := browser.New(t)
	w.activate(adam, w.mail.Wait("adam@northgrid.example").Link(t, w.srv.URL+"/i/"), "Adam", "Admin")
	adam.WaitURL("/w/" + slug)
	adam.Open(w.page("/staff/new"))
	adam.WaitText("Front desk")
	form := adam.Text("css:main")
	if strings.Contains(form, "Super-admin") {
		t.Error("an admin is offered a role that holds more than they do")
	}
	for _, role := range []string{"Admin", "Fleet manager", "Support", "Technician", "Finance", "Energy manager", "Loyalty manager", "Viewer"} {
		if !strings.Contains(form, role) {
			t.Errorf("no role %q to tick", role)
		}
	}
	// Sending one that is not offered does not help.
	adam.Fill("E-mail address", "eve@northgrid.example")
	adam.Eval(`document.querySelector("input[name=roles]").value = "super-admin"; document.querySelector("input[name=roles]").checked = true`, nil)
	adam.Click("Send invitation")
	w.confirm(adam)
	adam.WaitText("you may not give it")
	if n := len(w.mail.Accepted("eve@northgrid.example")); n != 0 {
		t.Errorf("%d mails to Eve", n)
	}
	w.addStaff(adam, "eve@northgrid.example", []string{"Front desk", "Viewer"}, nil)
	adam.WaitText("Invitation on its way")
	eve := browser.New(t)
	w.activate(eve, w.mail.Wait("eve@northgrid.example").Link(t, w.srv.URL+"/i/"), "Eve", "Desk")
	eve.WaitURL("/w/" + slug)
	eve.Open(w.page("/users"))
	eve.WaitText("Olga Operator")

	// The role cannot go while Eve holds it.
	w.console.Open(w.page("/roles"))
	w.console.Click("link: Front desk")
	w.console.WaitText("Eve Desk holds it")
	// The last super-admin stays.
	adam.Open(w.page("/users/system"))
	adam.Click("link: Olga Operator")
	adam.WaitText("Super-admin")
	w.console.Open(w.page("/users/system"))
	w.console.Click("link: Olga Operator")
	w.console.WaitText("These are your own roles")
}

func systemUsersLink(t *testing.T, database string) {
	w := newTown(t, database)
	w.addStaff(w.console, "tom@northgrid.example", []string{"Viewer"}, nil)
	w.confirm(w.console)
	w.console.WaitText("Invitation on its way")
	first := w.mail.Wait("tom@northgrid.example")
	link := first.Link(t, w.srv.URL+"/i/")
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	tomorrow := "works once, until " + time.Now().In(berlin).Add(24*time.Hour).Format("Monday 2 January 2006")
	if !strings.Contains(first.Text, tomorrow) {
		t.Errorf("the mail does not say %q:\n%s", tomorrow, first.Text)
	}
	for range 3 { // a scanner
		if res := w.get("GET", link); res.StatusCode != http.StatusOK || len(res.Cookies()) != 0 {
			t.Errorf("GET: status %d, %d cookies", res.StatusCode, len(res.Cookies()))
		}
	}
	tom := browser.New(t)
	w.activate(tom, link, "Tom", "Viewer")
	tom.WaitURL("/w/" + slug)
	again := browser.New(t)
	again.Open(link)
	again.WaitText("accepted already")
}

func forgottenPassword(t *testing.T, database string) {
	w := newTown(t, database)
	other := browser.New(t)
	other.Open(w.srv.URL + "/sign-in")
	other.Axe()
	other.Click("link: Forgotten password")
	other.Axe()
	other.Fill("E-mail address", "olga@northgrid.example")
	other.Click("Send me a link")
	other.WaitText("Look into your mailbox")
	link := w.mail.Wait("olga@northgrid.example").Link(t, w.srv.URL+"/password/")
	other.Open(link)
	other.Axe()
	other.Fill("Choose a password", "another four words here")
	other.Click("Set new password")
	other.WaitURL("/w/" + slug)
	other.Open(w.srv.URL + "/my/sign-ins")
	other.WaitText("This browser")
	other.Axe()
	// Everywhere else she is signed out.
	w.console.Open(w.page("/users"))
	w.console.WaitURL("/sign-in")
}
