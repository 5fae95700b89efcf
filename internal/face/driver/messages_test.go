package driver_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"involt/internal/core/access"
	"involt/internal/core/inbox"
	"involt/internal/core/login"
	"involt/internal/core/person"
	"involt/internal/kit/db"
	"involt/internal/testkit/page"
)

// post sends a form as somebody and returns the status and where it leads.
func (k *road) post(who, path string, form url.Values, site string) (int, string) {
	k.t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Who", who)
	r.Header.Set("Cookie", "session=x")
	r.Header.Set("Sec-Fetch-Site", site)
	w := httptest.NewRecorder()
	k.handler.ServeHTTP(w, r)
	return w.Code, w.Header().Get("Location")
}

// open shows a page to somebody, in their language.
func (k *road) open(who, path, lang string, status int) *page.Page {
	k.t.Helper()
	pg, w := k.get(who, path, "Accept-Language", lang)
	if w.Code != status {
		k.t.Fatalf("GET %s: %d", path, w.Code)
	}
	return pg
}

func (k *road) told(kind inbox.Kind, about map[string]string) {
	k.t.Helper()
	k.update(func(tx *db.Tx) error {
		return inbox.Load(tx, slices.Values([]*inbox.Item{{Workspace: k.north.ID, Person: k.lena.ID, Kind: kind, About: about}}))
	})
}

func TestMessagesAreReadInOnesOwnLanguage(t *testing.T) {
	each(t, func(t *testing.T, k *road) {
		for lang, want := range map[string][2]string{
			"en": {"No messages yet", "Your card DE-042 is blocked"}, "de": {"Noch keine Nachrichten", "Ihre Karte DE-042 ist gesperrt"}, "nl": {"Nog geen berichten", "Uw pas DE-042 is geblokkeerd"},
			"fr": {"Pas encore de message", "Votre carte DE-042 est bloquée"}, "es": {"Aún sin mensajes", "Su tarjeta DE-042 está bloqueada"},
		} {
			if pg := k.open("lena@example.com", "/my/messages?w=northgrid", lang, http.StatusOK); !pg.Has(want[0]) {
				t.Errorf("%s, nothing: %s", lang, pg.Text())
			}
			k.told(inbox.CardBlocked, map[string]string{"card": "DE-042"})
			if pg := k.open("lena@example.com", "/my/messages?w=northgrid", lang, http.StatusOK); !pg.Has(want[1]) || strings.Contains(pg.Text(), "%!") {
				t.Errorf("%s: %s", lang, pg.Text())
			}
			k.update(func(tx *db.Tx) error { _, err := tx.Exec(`DELETE FROM inbox`); return err })
		}
	})
}

func TestUnreadMessagesAreCountedUntilTheyAreRead(t *testing.T) {
	each(t, func(t *testing.T, k *road) {
		k.told(inbox.Approved, nil)
		k.told(inbox.Access, nil)
		at := "/my/messages?w=northgrid"
		pg := k.open("lena@example.com", at, "en", http.StatusOK)
		if !pg.Has("Mark all as read") || !k.open("lena@example.com", "/my?w=northgrid", "en", http.StatusOK).Has("2 Messages") {
			t.Errorf("unread: %s", pg.Text())
		}
		// Looking changes nothing; another workspace and another person have none.
		if pg = k.open("lena@example.com", at, "en", http.StatusOK); !pg.Has("2 Messages") {
			t.Error("looking has read them")
		}
		for who, path := range map[string]string{"lena@example.com": "/my/messages?w=southgrid", "other@example.com": at} {
			if k.open(who, path, "en", http.StatusOK).Has("You are in") {
				t.Errorf("%s sees it at %s", who, path)
			}
		}
		f := pg.Form("Mark all as read")
		if status, _ := k.post("lena@example.com", f.Action(), f.Values(), "cross-site"); status != http.StatusForbidden {
			t.Errorf("from another site: %d", status)
		}
		if status, _ := k.post("", f.Action(), f.Values(), "same-origin"); status == http.StatusSeeOther && !k.open("lena@example.com", at, "en", http.StatusOK).Has("2 Messages") {
			t.Error("somebody who is signed out has read them")
		}
		if status, to := k.post("lena@example.com", f.Action(), f.Values(), "same-origin"); status != http.StatusSeeOther || to != at {
			t.Errorf("read: %d, %s", status, to)
		}
		if pg = k.open("lena@example.com", at, "en", http.StatusOK); pg.Has("2 Messages") || pg.Has("Mark all as read") || !pg.Has("You are in") {
			t.Errorf("after reading: %s", pg.Text())
		}
	})
}

func TestNewsCanBeLeft(t *testing.T) {
	each(t, func(t *testing.T, k *road) {
		at := "/my/messages?w=northgrid"
		f := k.open("lena@example.com", at, "en", http.StatusOK).Form("Save")
		if f.Values().Get("news") == "" {
			t.Error("news are off before anybody said so")
		}
		if status, _ := k.post("lena@example.com", f.Action(), url.Values{}, "same-origin"); status != http.StatusSeeOther {
			t.Fatal(status)
		}
		if k.open("lena@example.com", at, "en", http.StatusOK).Form("Save").Values().Get("news") != "" {
			t.Error("news are on still")
		}
		if k.open("lena@example.com", "/my/messages?w=southgrid", "en", http.StatusOK).Form("Save").Values().Get("news") == "" {
			t.Error("the choice is another operator's too")
		}
	})
}

func TestABrowserIsAllowedAndRefused(t *testing.T) {
	each(t, func(t *testing.T, k *road) {
		form := url.Values{"endpoint": {"https://push.example/abc"}, "p256dh": {"BKey"}, "auth": {"secret"}}
		count := func() (n int64) {
			k.update(func(tx *db.Tx) error {
				return tx.Row(`SELECT COUNT(*) FROM device WHERE workspace = ?`, []any{k.north.ID}, &n)
			})
			return n
		}
		if status, _ := k.post("lena@example.com", "/my/messages/allow?w=northgrid", form, "cross-site"); status != http.StatusForbidden || count() != 0 {
			t.Errorf("from another site: %d", status)
		}
		if status, _ := k.post("lena@example.com", "/my/messages/allow?w=northgrid", url.Values{"endpoint": {"http://10.0.0.1/"}}, "same-origin"); status < 400 || count() != 0 {
			t.Errorf("what is no subscription: %d", status)
		}
		if status, _ := k.post("lena@example.com", "/my/messages/allow?w=northgrid", form, "same-origin"); status != http.StatusNoContent || count() != 1 {
			t.Errorf("allowed: %d", status)
		}
		if status, _ := k.post("other@example.com", "/my/messages/refuse?w=northgrid", form, "same-origin"); status != http.StatusNoContent || count() != 1 {
			t.Errorf("somebody else took it back: %d", status)
		}
		if status, _ := k.post("lena@example.com", "/my/messages/refuse?w=northgrid", form, "same-origin"); status != http.StatusNoContent || count() != 0 {
			t.Errorf("taken back: %d", status)
		}
	})
}

func TestWhoDecidesSeesWhatWaitsAndChoosesTheMails(t *testing.T) {
	each(t, func(t *testing.T, k *road) {
		at := "/my/messages?w=northgrid"
		save := func() *page.Form { return k.open("lena@example.com", at, "en", http.StatusOK).Form("Save") }
		if save().Values().Has("approvals") || k.open("lena@example.com", at, "en", http.StatusOK).Has("Who waits for approval") {
			t.Error("a driver is asked about mails that they never get")
		}
		// What they are not asked they cannot set either.
		f := save()
		if status, _ := k.post("lena@example.com", f.Action(), url.Values{"news": {"on"}}, "same-origin"); status != http.StatusSeeOther {
			t.Fatal(status)
		}
		k.told(inbox.Requests, map[string]string{"count": "1"})
		if k.open("lena@example.com", at, "en", http.StatusOK).Has("Open Approvals") {
			t.Error("whoever decides nothing any more is led to approvals")
		}
		k.update(func(tx *db.Tx) error {
			if err := person.GiveRole(tx, k.north.ID, k.lena.ID, access.Given{Role: "fleet-manager"}); err != nil {
				return err
			}
			who, err := login.ByID(tx, k.lena.Identity)
			if err != nil {
				return err
			}
			k.session["lena@example.com"], err = login.Start(tx, who, login.Begin{Staff: true}) // staff sign in again
			return err
		})
		pg := k.open("lena@example.com", at, "en", http.StatusOK)
		if !pg.Has("Somebody waits for approval") || pg.Find("link", "Open Approvals").Attr("href") != "/w/northgrid/approvals" {
			t.Errorf("%s", pg.Text())
		}
		if f = save(); f.Values().Get("approvals") == "" {
			t.Error("the mails are off before anybody said so")
		}
		off := func(want bool, when string) {
			t.Helper()
			k.update(func(tx *db.Tx) error {
				got, err := inbox.Unwanted(tx, k.north.ID, k.lena.ID, inbox.Approvals)
				if got != want {
					t.Errorf("%s: off is %v", when, got)
				}
				return err
			})
		}
		for _, c := range []struct {
			form url.Values
			site string
			want bool
			when string
		}{
			{url.Values{}, "cross-site", false, "from another site"},
			{url.Values{"news": {"on"}}, "same-origin", true, "switched off"},
			{url.Values{"approvals": {"on"}}, "same-origin", false, "switched on again"},
		} {
			k.post("lena@example.com", f.Action(), c.form, c.site)
			off(c.want, c.when)
		}
		if k.open("lena@example.com", "/my/messages?w=southgrid", "en", http.StatusOK).Has("Who waits for approval") {
			t.Error("a role at one operator counts at another")
		}
	})
}
