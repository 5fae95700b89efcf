package acceptance

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"involt/internal/kit/db"
	"involt/internal/testkit/browser"
	"involt/internal/testkit/smtptest"
)

// listRows are the rows of the acceptance table about the list of users and what
// is done with many of them. They share a workspace on each engine, so each has
// people and groups of its own. They run in this order: the last one brings
// tens of thousands.
var listRows = []struct {
	name  string
	story func(*crowd)
}{
	{"CW-03_actions_menu_has_two_blocks", (*crowd).menu},
	{"CW-04_invite_all_imported_by_mail", (*crowd).inviteAll},
	{"CW-05_reinvite_pending", (*crowd).reinvite},
	{"CW-06_selected_actions_need_a_selection", (*crowd).needsSelection},
	{"CW-07_invite_selected_of_the_list", (*crowd).inviteSelected},
	{"CW-08_add_exactly_the_selected_to_a_group", (*crowd).addToGroup},
	{"CW-09_statuses_and_their_aliases_in_the_address", (*crowd).aliases},
	{"CW-10_imported_invited_active_in_the_list", (*crowd).imported},
	{"CW-11_deactivate_with_a_reason_and_reactivate", (*crowd).deactivated},
	{"CW-12_filter_by_status", (*crowd).filterByStatus},
	{"CW-14_filters_combine_and_are_saved", (*crowd).filtersAreSaved},
	{"RV-01_drivers_and_vehicles", (*crowd).drivers},
	{"RV-04_invited_shows_sent_expires_opened_bounced", (*crowd).invitedTab},
	{"RV-05_registered_users_move_to_active", (*crowd).registered},
	{"apply_is_done_once", (*crowd).once},
	{"stale_selection_is_told", (*crowd).stale},
	{"keyboard_and_phone", (*crowd).keyboard},
	{"group_deleted_while_bulk_work_runs", (*crowd).groupGoes},
}

// crowd is a town whose list of users is looked at by one row of the table.
type crowd struct {
	*town
	db *db.DB // the server's database, beside the server
}

func TestAcceptanceUsers(t *testing.T) {
	towns := map[string]*crowd{}
	open := func(engine string) *crowd {
		if towns[engine] == nil {
			address := fresh(t, engine)
			w := newTown(t, address)
			d, err := db.Open(t.Context(), address)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = d.Close() })
			towns[engine] = &crowd{town: w, db: d}
		}
		return towns[engine]
	}
	for _, row := range listRows {
		t.Run(row.name, func(t *testing.T) {
			for _, engine := range engines(row.name) {
				t.Run(engine, func(t *testing.T) {
					all := open(engine)
					w := *all.town
					w.T, w.console = t, browser.New(t)
					w.console.Open(w.page("/users"))
					w.console.Fill("E-mail", "olga@northgrid.example")
					w.console.Fill("Password", password)
					w.console.Click("button: Sign in")
					w.console.WaitText("Drivers & vehicles")
					row.story(&crowd{town: &w, db: all.db})
				})
			}
		})
	}
}

// people imports users called "<first> 0", "<first> 1" and so on into a group of
// that name.
func (w *crowd) people(first, status string, n int) (emails []string) {
	w.Helper()
	var sheet strings.Builder
	sheet.WriteString("email,first_name,last_name,status,groups\n")
	for i := range n {
		emails = append(emails, fmt.Sprintf("%s%d@northgrid.example", strings.ToLower(first), i))
		fmt.Fprintf(&sheet, "%s,%s,%d,%s,%s\n", emails[i], first, i, status, first)
	}
	w.importFile(sheet.String())
	return emails
}

// list opens the list with a query.
func (w *crowd) list(query string) {
	w.Helper()
	w.console.Open(w.page("/users?" + query))
	w.console.WaitText("Columns")
}

// search opens the list of those who were imported under a first name.
func (w *crowd) search(first string) {
	w.Helper()
	w.list("q=" + first)
}

// act chooses a line of the Actions menu.
func (w *crowd) act(label string) {
	w.Helper()
	w.console.Click("button: Actions")
	w.console.Click("menuitem: " + label)
}

// texts returns the visible texts of what css finds.
func (w *crowd) texts(css string) (list []string) {
	w.Helper()
	w.console.Eval(fmt.Sprintf(`[...document.querySelectorAll(%q)].map((e) => e.innerText.trim())`, css), &list)
	return list
}

// tab returns what a tab of the list counts.
func (w *crowd) tab(label string) (count string) {
	w.Helper()
	for _, text := range w.texts("#list .tab") {
		if rest, ok := strings.CutPrefix(text, label); ok {
			return strings.TrimSpace(rest)
		}
	}
	w.Fatalf("there is no tab %s", label)
	return ""
}

// names returns who is on the page of the list.
func (w *crowd) names() string {
	w.Helper()
	return strings.Join(w.texts("#list tbody .row-link bdi"), ", ")
}

// axe looks at the page in both themes, each time as it is opened in it.
func (w *crowd) axe() {
	w.Helper()
	for _, dark := range []bool{true, false} {
		w.console.Dark(dark)
		w.console.Open(w.console.URL())
		w.console.Axe()
	}
}

func (w *crowd) menu() {
	w.people("Menu", "", 1)
	w.list("")
	w.console.Click("button: Actions")
	if got := strings.Join(w.texts("#act .menu-label"), ", "); got != "Bulk actions, Selected users" {
		w.Errorf("the blocks are %s", got)
	}
	want := "Invite all imported, Re-invite pending, Invite selected, Add to user group, Remove from group, Set cost center, Reactivate, Export, Deactivate, Delete"
	if got := strings.Join(w.texts("#act .menu-item"), ", "); got != want {
		w.Errorf("the lines are %s, want %s", got, want)
	}
	w.console.Press("Escape")
	w.list("status=to-be-approved")
	w.console.Click("button: Actions")
	if got := strings.Join(w.texts("#act .menu-item"), ", "); !strings.Contains(got, "Approve, Decline") {
		w.Errorf("whoever waits cannot be approved: %s", got)
	}
	w.list("")
	w.axe()
}

func (w *crowd) reinvite() {
	emails := w.people("Pending", "", 3)
	w.search("Pending")
	w.tick("Pending 0", "Pending 1")
	w.act("Invite selected")
	w.console.Click("Invite 2 users")
	w.console.WaitText("2 users invited")
	first := w.invited(emails[:2]...)
	w.list("")
	pending := w.tab("Invited")
	w.act("Re-invite pending")
	w.console.WaitText("Re-invite " + pending + " users?")
	w.axe()
	w.console.Click("Re-invite " + pending + " users")
	w.console.WaitText(pending + " users invited again")
	second := w.invited(emails[:2]...)
	if first[0] == second[0] || first[1] == second[1] {
		w.Error("the second mail has the first one's link")
	}
	guest := browser.New(w.T)
	guest.Open(first[0])
	if text := guest.Text("css:main"); strings.Contains(text, "Set up my access") {
		w.Errorf("the older link still works: %s", text)
	}
	w.activate(guest, second[0], "Pending", "0")
	guest.WaitURL("/my")
	if got := w.mail.Accepted(emails[2]); len(got) != 0 {
		w.Errorf("somebody who is Imported got %d mails", len(got))
	}
}

func (w *crowd) needsSelection() {
	w.people("Many", "enabled", 55)
	w.search("Many")
	w.console.Click("button: Actions")
	var off []string
	w.console.Eval(`[...document.querySelectorAll("#act .menu-item")].filter((b) => b.disabled).map((b) => b.innerText.trim())`, &off)
	if len(off) != 8 || off[0] != "Invite selected" {
		w.Errorf("without a selection these are off: %q", off)
	}
	var why string
	w.console.Eval(`getComputedStyle(document.querySelector("#act .menu-item:disabled[data-why]"), "::after").content`, &why)
	if !strings.Contains(why, "Select users in the list first.") {
		w.Errorf("the reason is %s", why)
	}
	w.console.Press("Escape")
	w.console.Check("Select all on this page", true)
	w.console.WaitText("50 selected")
	w.console.Check("Select all 55 matching", true)
	w.console.WaitText("55 selected")
	w.act("Add to user group")
	w.console.WaitText("Add 55 users to a user group?")
	w.console.Fill("User group", "Many and more")
	w.console.Press("Escape") // the list of groups
	w.console.Click("Add 55 users")
	w.console.WaitText("55 users added to the group")
	w.axe()
	w.console.Click("Undo")
	w.console.WaitText("Undone: 55 users as before")
	w.console.Click("link: Recent bulk work")
	w.console.WaitText("Many and more")
	w.console.WaitText("Undone")
	w.axe()
}

func (w *crowd) inviteSelected() {
	emails := w.people("Chosen", "", 4)
	w.search("Chosen")
	w.tick("Chosen 1", "Chosen 3")
	w.act("Invite selected")
	w.console.WaitText("Chosen 1, Chosen 3")
	w.console.Click("Invite 2 users")
	w.console.WaitText("2 users invited")
	w.invited(emails[1], emails[3])
	for _, i := range []int{0, 2} {
		if got := w.mail.Accepted(emails[i]); len(got) != 0 {
			w.Errorf("%s was not selected and got %d mails", emails[i], len(got))
		}
	}
	w.list("q=Chosen&status=invited")
	if got := w.names(); got != "Chosen 1, Chosen 3" {
		w.Errorf("invited are %s", got)
	}
}

func (w *crowd) addToGroup() {
	w.people("Joiner", "enabled", 4)
	w.search("Joiner")
	w.tick("Joiner 0", "Joiner 2")
	w.act("Add to user group")
	w.console.Fill("User group", "Night crew")
	w.console.Press("Escape")
	w.console.Click("Add 2 users")
	w.console.WaitText("2 users added to the group")
	w.list("")
	w.console.Fill("Any group", "Night crew")
	w.console.WaitURL("group=")
	w.console.WaitGone("Joiner 1")
	if got := w.names(); got != "Joiner 0, Joiner 2" {
		w.Errorf("in the group are %s", got)
	}
}

func (w *crowd) aliases() {
	w.importFile("email,first_name,last_name,status\n" +
		"ena@northgrid.example,Alias,Enabled,enabled\ndis@northgrid.example,Alias,Disabled,disabled\nimp@northgrid.example,Alias,Plain,\n")
	w.search("Alias")
	for name, want := range map[string]string{"Alias Enabled": "Active", "Alias Disabled": "Deactivated", "Alias Plain": "Imported"} {
		if row := w.console.Text("row: " + name); !strings.Contains(row, want) {
			w.Errorf("%s is %s, want %s", name, row, want)
		}
	}
	for alias, want := range map[string]string{"enabled": "Alias Enabled", "disabled": "Alias Disabled", "imported": "Alias Plain"} {
		w.list("q=Alias&status=" + alias)
		if got := w.names(); got != want {
			w.Errorf("status=%s finds %s", alias, got)
		}
	}
	tabs := strings.Join(w.texts("#list .tab"), " ")
	for _, label := range []string{"All", "Active", "Invited", "To be approved", "Deactivated", "Imported"} {
		if !strings.Contains(tabs, label) {
			w.Errorf("there is no tab %s: %s", label, tabs)
		}
	}
}

func (w *crowd) imported() {
	emails := w.people("Newcomer", "", 1)
	w.list("status=imported&q=Newcomer")
	if got := w.names(); got != "Newcomer 0" {
		w.Fatalf("imported are %s", got)
	}
	w.tick("Newcomer 0")
	w.act("Invite selected")
	w.console.Click("Invite 1 user")
	link := w.invited(emails...)[0]
	w.status(w.console, "Newcomer 0", "Invited")
	w.activate(browser.New(w.T), link, "Newcomer", "0")
	w.status(w.console, "Newcomer 0", "Active")
}

func (w *crowd) filterByStatus() {
	w.people("Filter", "enabled", 3)
	w.importFile("email,first_name,last_name,status\nfd0@northgrid.example,Filter,Off,disabled\n")
	w.search("Filter")
	if all, active, off := w.tab("All"), w.tab("Active"), w.tab("Deactivated"); all != "4" || active != "3" || off != "1" {
		w.Errorf("the tabs count %s, %s and %s", all, active, off)
	}
	w.console.Fill("Any status", "Deactivated")
	w.console.WaitURL("status=deactivated")
	w.console.WaitGone("Filter 1")
	if got := w.names(); got != "Filter Off" {
		w.Errorf("deactivated are %s", got)
	}
	w.console.Click("link: Active 3")
	w.console.WaitURL("status=active")
	w.console.WaitText("Filter 1")
	if got := w.names(); got != "Filter 0, Filter 1, Filter 2" {
		w.Errorf("active are %s", got)
	}
}

func (w *crowd) filtersAreSaved() {
	w.people("Saver", "enabled", 3)
	w.importFile("email,first_name,last_name,groups,cost_center,account\nsaver9@northgrid.example,Saver,Nine,Saver,4711 Depot,Kade Events\n")
	w.list("")
	w.console.Fill("Any group", "Saver")
	w.console.WaitURL("group=")
	w.console.Click("button: Filters")
	w.console.Check("Never charged", true)
	w.console.WaitURL("never=1")
	w.console.Fill("Account", "kade")
	w.console.Click("option: Kade Events")
	w.console.WaitURL("account=")
	w.console.WaitText("Account: Kade Events")
	w.console.Fill("Cost center", "4711 Depot")
	w.console.WaitURL("cost=4711")
	w.console.WaitGone("Saver 1")
	w.console.Press("Escape")
	w.console.Click("button: Columns")
	w.console.Check("Cost center", true)
	w.console.WaitURL("cols=")
	w.console.Press("Escape")
	if got, text := w.names(), w.console.Text("#list"); got != "Saver Nine" || !strings.Contains(text, "Group: Saver") || !strings.Contains(text, "Never charged") {
		w.Errorf("filtered are %s: %s", got, text)
	}
	where := w.console.URL()
	w.console.Open(where) // as a colleague does
	if got := w.names(); got != "Saver Nine" {
		w.Errorf("the address finds %s", got)
	}
	w.console.Click("link: Save this view")
	w.console.Within("#sheet").Fill("Name", "Depot, never charged")
	w.console.Within("#sheet").Click("Save view")
	w.console.WaitText("View saved")
	w.list("")
	w.console.Click("link: Depot, never charged")
	w.console.WaitText("4711 Depot")
	if got := w.names(); got != "Saver Nine" {
		w.Errorf("the view finds %s", got)
	}
	w.axe()
	// The name is taken now, which is said where it is typed.
	w.list("status=active&q=Saver")
	w.console.Click("link: Save this view")
	w.console.Within("#sheet").Fill("Name", "depot, NEVER charged")
	w.console.Within("#sheet").Click("Save view")
	w.console.Within("#sheet").WaitText("already")
	// The view's group goes, and the view says so.
	if err := w.db.Update(w.Context(), func(tx *db.Tx) error {
		if _, err := tx.Exec(`DELETE FROM group_member WHERE user_group IN (SELECT id FROM user_group WHERE name = 'Saver')`); err != nil {
			return err
		}
		_, err := tx.Exec(`DELETE FROM user_group WHERE name = 'Saver'`)
		return err
	}); err != nil {
		w.Fatal(err)
	}
	w.console.Open(where)
	w.console.WaitText("Group: (deleted group)")
}

func (w *crowd) drivers() {
	w.people("Driver", "enabled", 2)
	w.console.Open(w.page("/users"))
	w.console.Click("link: Drivers & vehicles")
	w.console.WaitURL("/users")
	w.console.Fill("Name, e-mail, card, plate, ID …", "Driver")
	w.console.WaitURL("q=Driver")
	w.console.WaitText("Driver 1")
	w.console.Within("#list").WaitGone("Olga Operator")
	if got := w.names(); got != "Driver 0, Driver 1" {
		w.Errorf("found are %s", got)
	}
	w.console.Click("link: System users")
	w.console.WaitText("Super-admin")
	w.console.WaitText("Olga Operator")
	if got := w.names(); strings.Contains(got, "Driver") {
		w.Errorf("a driver runs the workspace: %s", got)
	}
	w.axe()
}

func (w *crowd) invitedTab() {
	emails := w.people("Letter", "", 3)
	w.mail.Script(emails[1], smtptest.Refuse(550, "5.1.1 no such mailbox here"))
	w.search("Letter")
	w.console.Check("Select all on this page", true)
	w.act("Invite selected")
	w.console.Click("Invite 3 users")
	w.console.WaitText("3 users invited")
	links := w.invited(emails[0], emails[2])
	guest := browser.New(w.T)
	guest.Open(links[0])
	guest.Click("Set up my access") // looking at the page alone says nothing: scanners do that too
	guest.WaitText("Use 8 or more characters")
	w.list("status=invited&q=Letter")
	heads := strings.Join(w.texts("#list thead th"), "|")
	if want := "User|Invitation|Sent|Opened|Bounced|Expires"; !strings.Contains(heads, want) {
		w.Errorf("the columns are %s", heads)
	}
	for deadline := time.Now().Add(30 * time.Second); !strings.Contains(w.console.Text("row: Letter 1"), "no such mailbox here") || !strings.Contains(w.console.Text("row: Letter 0"), "Opened"); w.list("status=invited&q=Letter") {
		if time.Now().After(deadline) {
			w.Fatalf("not told: %s, %s", w.console.Text("row: Letter 0"), w.console.Text("row: Letter 1"))
		}
	}
	if row := w.console.Text("row: Letter 0"); !strings.Contains(row, "Opened") || strings.Count(row, "just now")+strings.Count(row, "min ago") != 2 || !strings.Contains(row, "in 23 h") {
		w.Errorf("the opened one says %s", row)
	}
	if row := w.console.Text("row: Letter 2"); !strings.Contains(row, "Sent") || strings.Contains(row, "Opened") {
		w.Errorf("the one that was sent says %s", row)
	}
	w.axe()
}

func (w *crowd) registered() {
	emails := w.people("Mover", "", 1)
	w.search("Mover")
	w.tick("Mover 0")
	w.act("Invite selected")
	w.console.Click("Invite 1 user")
	link := w.invited(emails...)[0]
	w.list("status=invited&q=Mover")
	if got := w.names(); got != "Mover 0" {
		w.Fatalf("invited are %s", got)
	}
	guest := browser.New(w.T)
	w.activate(guest, link, "Mover", "0")
	guest.WaitURL("/my")
	w.console.Click(`css:#list .tab[href*="status=active"]`) // nobody did anything in the console
	w.console.WaitURL("status=active")
	w.console.WaitText("Mover 0")
	if got := w.tab("Invited"); got != "0" {
		w.Errorf("still invited are %s", got)
	}
}
