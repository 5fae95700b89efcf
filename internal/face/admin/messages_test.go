package admin

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"involt/internal/core/access"
	"involt/internal/core/suppress"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
)

// again reads the workspace again, as the next request does.
func (k *desk) again() {
	k.t.Helper()
	k.update(func(tx *db.Tx) (err error) {
		k.north, err = workspace.ByID(tx, k.north.ID)
		return err
	})
}

func TestMailsLookAsTheWorkspaceLikes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		k.perms = access.All
		f := k.get("/messages", http.StatusOK).Form("Save")
		pg, _ := k.post("/messages", with(f, "sender", "See www.evil.example", "reply_to", "nobody", "coloured", "on", "colour", "green; background: url(//x)", "footer", strings.Repeat("x", 301)), http.StatusUnprocessableEntity)
		pg.Field("Sender’s name").WantError("web and mail addresses")
		pg.Field("Answers go to").WantError("nobody")
		pg.Field("Colour").WantError("#0a7a4b")
		pg.Field("Below every mail").WantError("at most 300")
		_, to := k.post("/messages", with(f, "sender", "North & Sons", "reply_to", "Desk@North.example", "coloured", "on", "colour", "#FFD400", "footer", "North & Sons\r\nQuay 1, Rotterdam"), http.StatusSeeOther)
		if !strings.HasPrefix(to, "/messages?") {
			t.Errorf("leads to %s", to)
		}
		if late, _ := k.post("/messages", with(f, "sender", "Too late"), http.StatusUnprocessableEntity); !late.Has("Someone else changed these settings") {
			t.Errorf("an older form: %s", late.Text())
		}
		k.again()
		if l := k.north.Look; l.Sender != "North & Sons" || l.ReplyTo != "desk@north.example" || l.Colour != "#ffd400" || l.Footer != "North & Sons\nQuay 1, Rotterdam" {
			t.Errorf("saved %+v", l)
		}
		res, body := k.ask(httptest.NewRequest(http.MethodGet, "/w/north/messages/invitation/de/html", nil))
		if csp := res.Header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "sandbox;") || !strings.Contains(csp, "default-src 'none'") {
			t.Errorf("the preview may do as it likes: %q", csp)
		}
		for _, want := range []string{`background:#ffd400;color:#12181c`, "North &amp; Sons", "Quay 1, Rotterdam", "Zugang einrichten"} {
			if !strings.Contains(body, want) {
				t.Errorf("the preview lacks %q:\n%s", want, body)
			}
		}
	})
}

func TestWordsOfMailsAreEditedWithinLimits(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		k.perms = access.All
		const path = "/messages/invitation/en"
		pg := k.get(path, http.StatusOK)
		if !pg.Has("Ours: {operator} invites you to charge") {
			t.Errorf("our words are not told: %s", pg.Text())
		}
		f := pg.Form("Save and look")
		pg, _ = k.post(path, with(f, "subject", "Dear {firstname}", "title", "Hello {name", "text", "Go to https://evil.example/", "closing", strings.Repeat("y", 1001)), http.StatusUnprocessableEntity)
		pg.Field("Subject").WantError("{firstname} is not one")
		pg.Field("Heading").WantError("brace")
		pg.Field("Text below the greeting").WantError("web and mail addresses")
		pg.Field("Text before the end").WantError("at most 1000")
		k.post(path, with(f, "subject", "Charge with {operator}, {name}", "title", "<b>Welcome</b>", "text", "{inviter} asks you in.\r\nUntil {until}.", "closing", "See you at the quay."), http.StatusSeeOther)
		k.again()
		pg = k.get(path, http.StatusOK)
		for _, want := range []string{"Subject: Charge with " + k.north.Name + ", Ann Admin", "Ann Admin asks you in.", "See you at the quay.", "AB12-CD34"} {
			if !pg.Has(want) {
				t.Errorf("the preview does not say %q: %s", want, pg.Text())
			}
		}
		if _, body := k.ask(httptest.NewRequest(http.MethodGet, "/w/north"+path+"/html", nil)); !strings.Contains(body, "&lt;b&gt;Welcome") {
			t.Error("words of the workspace are taken for HTML")
		}
		if other := k.get("/messages/invitation/fr", http.StatusOK); other.Has("quay") {
			t.Error("the words of one language are another's too")
		}
		k.post(path, pg.Form("Use our words again").Values(), http.StatusSeeOther)
		k.again()
		if len(k.north.Look.Texts) != 0 {
			t.Errorf("words are left: %+v", k.north.Look.Texts)
		}
		for _, p := range []string{"/messages/invitation/xx", "/messages/nothing/en", "/messages/nothing/en/html"} {
			k.get(p, http.StatusNotFound)
		}
	})
}

func TestSuppressionList(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		k.perms = access.All
		k.update(func(tx *db.Tx) error {
			_, err := suppress.Add(tx, &suppress.Entry{Workspace: k.south.ID, Email: "south@example.com", Reason: suppress.Bounce})
			if err == nil {
				_, err = suppress.Add(tx, &suppress.Entry{Workspace: k.north.ID, Email: "gone@example.com", Reason: suppress.Bounce, Detail: "550 5.1.1 no such user"})
			}
			return err
		})
		pg := k.get("/suppressed", http.StatusOK)
		if !pg.Has("gone@example.com") || !pg.Has("550 5.1.1 no such user") || pg.Has("south@example.com") {
			t.Errorf("the list: %s", pg.Text())
		}
		f := pg.Form("Add")
		bad, _ := k.post("/suppressed", with(f, "email", "nonsense"), http.StatusUnprocessableEntity)
		bad.Field("E-mail address").WantError("nonsense")
		k.post("/suppressed", with(f, "email", "Boss@example.com", "detail", "by phone"), http.StatusSeeOther)
		if pg = k.get("/suppressed?q=bo", http.StatusOK); !pg.Has("boss@example.com") || pg.Has("gone@example.com") || !pg.Has("by phone") {
			t.Errorf("searched: %s", pg.Text())
		}
		k.post("/suppressed/remove", pg.Form("Remove").Values(), http.StatusSeeOther)
		k.post("/suppressed/remove", pg.Form("Remove").Values(), http.StatusNotFound)
		if k.get("/suppressed", http.StatusOK).Has("boss@example.com") {
			t.Error("still there")
		}
	})
}
