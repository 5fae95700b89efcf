package acceptance

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/testkit/browser"
)

// once presses the button twice, and sends the same form again later.
func (w *crowd) once() {
	emails := w.people("Double", "", 2)
	w.search("Double")
	w.console.Check("Select all on this page", true)
	w.act("Invite selected")
	w.console.WaitText("Invite 2 users?")
	var action string
	w.console.Eval(`document.querySelector("main form").getAttribute("action")`, &action)
	var landed []string
	send := fmt.Sprintf(`fetch(%q, {method: "POST", body: new URLSearchParams()}).then((r) => r.url)`, action)
	w.console.Eval("Promise.all(["+send+","+send+"])", &landed)
	w.console.Eval("Promise.all(["+send+"])", nil)
	if len(landed) != 2 || landed[0] != landed[1] || !strings.Contains(landed[0], "/bulk/") {
		w.Errorf("they lead to %q", landed)
	}
	w.console.Open(landed[0])
	w.console.WaitText("2 users invited")
	w.invited(emails...)
	for _, to := range emails {
		if got := w.mail.Accepted(to); len(got) != 1 {
			w.Errorf("%s got %d mails", to, len(got))
		}
	}
}

// stale deletes somebody in one window who is selected in another.
func (w *crowd) stale() {
	w.people("Stale", "enabled", 2)
	w.search("Stale")
	w.tick("Stale 0", "Stale 1")
	other := browser.New(w.T)
	other.Open(w.page("/users?q=Stale"))
	other.Fill("E-mail", "olga@northgrid.example")
	other.Fill("Password", password)
	other.Click("button: Sign in")
	other.Check("Select Stale 0", true)
	other.Click("button: Actions")
	other.Click("menuitem: Delete")
	other.WaitText("everything personal is erased for good")
	other.Click("Delete 1 user")
	other.WaitText("1 user deleted")
	w.act("Deactivate")
	w.console.WaitText("Deactivate 1 user?")
	w.console.WaitText("Left out")
	w.axe()
	w.console.Fill("Reason", "Left the company")
	w.console.Click("Deactivate 1 user")
	w.console.WaitText("1 user deactivated")
	w.console.WaitText("Deleted user")
	// The session ends while users are selected: nothing is done, and it is said.
	w.list("q=Stale")
	w.tick("Stale 1")
	if err := w.db.Update(w.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(`DELETE FROM web_session`)
		return err
	}); err != nil {
		w.Fatal(err)
	}
	w.act("Reactivate")
	w.console.WaitText("You have been signed out")
}

func (w *crowd) keyboard() {
	w.people("Key", "enabled", 3)
	w.search("Key")
	w.console.Press("j")
	w.console.Press("j")
	w.console.Press("x")
	w.console.WaitText("1 selected")
	w.console.Press("/")
	var focused string
	w.console.Eval(`document.activeElement.id`, &focused)
	if focused != "list-q" {
		w.Errorf("/ leads to %q", focused)
	}
	w.console.Press("Tab")
	w.console.Viewport(390, 844)
	for _, query := range []string{"q=Key", "q=nobody-at-all", "status=invited"} {
		w.list(query)
		var wide int
		w.console.Eval(`document.documentElement.scrollWidth`, &wide)
		if wide > 390 {
			w.Errorf("%s: the page is %d px wide on a phone", query, wide)
		}
		w.axe()
	}
}

// groupGoes deletes a group while 60,000 users are being put into it.
func (w *crowd) groupGoes() {
	const n = 60_000
	var sheet strings.Builder
	sheet.WriteString("external_id,first_name,last_name,status,card_uid,groups\n")
	for i := range n {
		fmt.Fprintf(&sheet, "LEGION-%d,Legion,%d,enabled,04E0%010X,Legion\n", i, i, i)
	}
	w.importFile(sheet.String())
	w.legion()
	// Nobody else may get at a SQLite file while the work is quick enough: then the
	// work is over, and there is another try.
	for try := 1; ; try++ {
		work, over := w.groupGoesWhile(fmt.Sprintf("Doomed %d", try))
		if over && try < 6 {
			w.legion()
			continue
		}
		if over {
			w.Fatal("the work was always over before the group could be held still")
		}
		w.console.WaitText("See the result") // the line follows by itself
		w.console.Open(w.page("/bulk/" + string(work)))
		w.console.WaitText("the group was deleted meanwhile")
		w.console.WaitText("It did not reach everybody")
		w.console.WaitText("(deleted group)")
		w.axe()
		return
	}
}

// legion lists the 60,000.
func (w *crowd) legion() {
	for deadline := time.Now().Add(time.Minute); ; {
		w.list("")
		w.console.Fill("Any group", "Legion")
		w.console.WaitURL("group=")
		w.console.WaitText("Group: Legion")
		if w.tab("All") == "60,000" {
			return
		}
		if time.Now().After(deadline) {
			w.Fatalf("the list counts %s", w.tab("All"))
		}
	}
}

// groupGoesWhile puts the 60,000 who are listed into a new group and deletes it
// meanwhile, unless the work is over before.
func (w *crowd) groupGoesWhile(name string) (work id.Bulk, over bool) {
	w.console.Check("Select all on this page", true)
	w.console.Check("Select all 60,000 matching", true)
	w.act("Add to user group")
	w.console.WaitText("Add 60,000 users to a user group?")
	w.console.Fill("User group", name)
	w.console.Press("Escape")
	w.console.Dark(true)
	w.console.Click("Add 60,000 users")
	w.console.WaitText("of 60,000")
	here, err := url.Parse(w.console.URL())
	if err != nil {
		w.Fatal(err)
	}
	work = id.Bulk(here.Path[strings.LastIndex(here.Path, "/")+1:])
	if err := w.db.Update(w.Context(), func(tx *db.Tx) error {
		// As the console does: held still first, so that nobody comes in meanwhile.
		// The work stands still with it, so it is certainly not over when the group
		// goes.
		if _, err := db.All(tx, db.Text[string], `SELECT id FROM user_group WHERE name = ?`+tx.ForUpdate(), name); err != nil {
			return err
		}
		if err := tx.Row(`SELECT COUNT(*) = 0 FROM bulk WHERE id = ? AND state = 'running'`, []any{work}, &over); err != nil || over {
			return err
		}
		w.console.WaitText("of 60,000")
		w.console.Axe()
		w.console.Dark(false)
		// The list can be used meanwhile, and says how far it is.
		w.list("q=Legion+59999")
		w.console.WaitText("Working:")
		w.console.WaitText("Legion 59999")
		w.console.Axe()
		if _, err := tx.Exec(`DELETE FROM group_member WHERE user_group IN (SELECT id FROM user_group WHERE name = ?)`, name); err != nil {
			return err
		}
		_, err := tx.Exec(`DELETE FROM user_group WHERE name = ?`, name)
		return err
	}); err != nil {
		w.Fatal(err)
	}
	w.console.Dark(false)
	return work, over
}
