package door_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"involt/internal/core/invite"
	"involt/internal/core/person"
	"involt/internal/kit/db"
)

// Whoever holds a link that is used, expired or revoked gets the same answer to
// "send me a mail", byte for byte; what they get is a mail to the address of the
// invitation, or nothing.
func TestAskingAgainSaysTheSameToEveryLink(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		lena := map[string]string{"first_name": "Lena", "last_name": "Vos", "password": good}
		used, late, revoked := h.invite("used@example.com", invite.Offer{}), h.invite("late@example.com", invite.Offer{}), h.invite("revoked@example.com", invite.Offer{})
		in := &surfer{h: h}
		in.send(in.get(used), "Set up my access", lena)
		h.update(func(tx *db.Tx) error {
			p, err := person.ByEmail(tx, h.ws.ID, "revoked@example.com")
			if err != nil {
				return err
			}
			return invite.Revoke(tx, h.ws.ID, p.ID)
		})
		h.ahead.Add(int64(25 * time.Hour))
		b := &surfer{h: h}
		pages := map[string]*answer{}
		pages["used"] = b.send(b.get(used), "Send me a mail", nil)
		late1 := b.get(late)
		late1.want(t, http.StatusGone, "This link has expired")
		form := late1.Form("Send me a new link").Values()
		pages["late"] = b.do("POST", late, form)
		// The form of another page does not fit; but whoever forges one learns nothing.
		nonce := h.door.Config.Keys.Box("door nonce", strings.TrimPrefix(revoked, "/i/"), time.Now().Add(26*time.Hour).UTC().Format(time.RFC3339))
		pages["revoked"] = b.do("POST", revoked, map[string][]string{"do": {"again"}, "nonce": {nonce}})
		body := ""
		for what, a := range pages {
			if a.Code != http.StatusSeeOther || !strings.HasSuffix(a.To, "?done=sent") {
				t.Errorf("%s: %d to %s", what, a.Code, a.To)
				continue
			}
			said := b.get(a.To)
			said.want(t, http.StatusOK, "A new link is on its way")
			text := strings.ReplaceAll(said.Body, strings.TrimSuffix(strings.TrimPrefix(a.To, "/i/"), "?done=sent"), "TOKEN")
			if body != "" && text != body {
				t.Errorf("%s: another page than the others", what)
			}
			body = text
		}
		before := len(h.mails)
		if _, err := h.pool.RunDue(t.Context()); err != nil {
			t.Fatal(err)
		}
		to := map[string]int{}
		for _, m := range h.mails[before:] {
			to[m.To]++
			if m.To == "used@example.com" && (!strings.Contains(m.Text, "/sign-in") || strings.Contains(m.Text, "/i/")) {
				t.Errorf("the mail to whoever came in already: %s", m.Text)
			}
		}
		if to["used@example.com"] != 1 || to["late@example.com"] != 1 || to["revoked@example.com"] != 0 {
			t.Errorf("mails: %v", to)
		}
		// A used link is asked with again and again: few mails come of it.
		for range 8 {
			h.ahead.Add(int64(10 * time.Minute))
			b.send(b.get(used), "Send me a mail", nil)
		}
		if _, err := h.pool.RunDue(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, m := range h.mails[before:] {
			if m.To == "used@example.com" {
				to["again"]++
			}
		}
		if to["again"] > 4 {
			t.Errorf("%d mails in an hour and a half", to["again"])
		}
	})
}
