package door_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"involt/internal/core/access"
	"involt/internal/core/inbox"
	"involt/internal/core/person"
	"involt/internal/kit/db"
)

// approver is somebody who gets mails about people who wait, and the path of the
// link in them.
func (h *house) approver(email, language string) (person.Person, string) {
	h.t.Helper()
	p := person.Person{Workspace: h.ws.ID, Email: email, FirstName: "Fay", Language: language, Status: person.Active}
	h.update(func(tx *db.Tx) error {
		if err := person.Insert(tx, &p); err != nil {
			return err
		}
		return person.GiveRole(tx, h.ws.ID, p.ID, access.Given{Role: "fleet-manager"})
	})
	s := inbox.Stop{Workspace: h.ws.ID, Person: p.ID, Class: inbox.Approvals}
	return p, "/u/" + s.Token(h.join.Keys)
}

func (h *house) stopped(p *person.Person) (off bool) {
	h.t.Helper()
	h.update(func(tx *db.Tx) (err error) {
		off, err = inbox.Unwanted(tx, p.Workspace, p.ID, inbox.Approvals)
		return err
	})
	return off
}

func TestMailsEndByAButtonAndNotByLooking(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p, path := h.approver("fay@example.com", "")
		other, _ := h.approver("finn@example.com", "")
		b := &surfer{h: h}
		for range 3 {
			b.get(path).want(t, http.StatusOK, "Stop mails about people who wait for approval at Northgrid?")
			b.do(http.MethodHead, path, nil)
		}
		if h.stopped(&p) {
			t.Fatal("looking has ended them")
		}
		a := b.get(path)
		if a.Has("fay@example.com") {
			t.Error("the page names its reader to whoever holds the link")
		}
		b.send(a, "Stop these mails", nil).want(t, http.StatusOK, "You no longer get these mails")
		if !h.stopped(&p) || h.stopped(&other) {
			t.Errorf("ended for them: %v, for somebody else: %v", h.stopped(&p), h.stopped(&other))
		}
		b.get(path).want(t, http.StatusOK, "You no longer get these mails")
	})
}

// A mail program posts for its reader: without cookies, from anywhere, as a form
// of either kind. RFC 8058 §3.2.
func TestAMailProgramEndsMailsByOneClick(t *testing.T) {
	var parts bytes.Buffer
	form := multipart.NewWriter(&parts)
	if err := form.WriteField("List-Unsubscribe", "One-Click"); err != nil {
		t.Fatal(err)
	}
	form.Close()
	for name, send := range map[string]struct{ kind, body, site string }{
		"form": {"application/x-www-form-urlencoded", "List-Unsubscribe=One-Click", ""}, "parts": {form.FormDataContentType(), parts.String(), ""},
		"from a web mailer": {"application/x-www-form-urlencoded", "List-Unsubscribe=One-Click", "cross-site"},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, h *house) {
				p, path := h.approver("fay@example.com", "")
				r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(send.body))
				r.Header.Set("Content-Type", send.kind)
				if send.site != "" {
					r.Header.Set("Sec-Fetch-Site", send.site)
					r.Header.Set("Origin", "https://mail.example")
				}
				w := httptest.NewRecorder()
				h.handler.ServeHTTP(w, r)
				if w.Code != http.StatusOK || !h.stopped(&p) {
					t.Errorf("%d, ended: %v", w.Code, h.stopped(&p))
				}
				if len(w.Result().Cookies()) != 0 {
					t.Error("a mail program was given a cookie")
				}
			})
		})
	}
}

func TestALinkThatNobodyWasMailedEndsNothing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p, path := h.approver("fay@example.com", "")
		finn, theirs := h.approver("finn@example.com", "")
		b := &surfer{h: h}
		for _, bad := range []string{
			strings.Replace(theirs, string(finn.ID), string(p.ID), 1), path[:len(path)-1], path + "A", "/u/x", "/u/approvals." + string(h.ws.ID) + "." + string(p.ID) + ".", strings.Replace(path, "approvals", "news", 1),
		} {
			b.get(bad).want(t, http.StatusNotFound, "This link does not work")
			b.do(http.MethodPost, bad, url.Values{"List-Unsubscribe": {"One-Click"}}).want(t, http.StatusNotFound, "This link does not work")
		}
		if h.stopped(&p) || h.stopped(&finn) {
			t.Error("a forged link has ended somebody's mails")
		}
	})
}

func TestThePageThatEndsMailsSpeaksItsReadersLanguage(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for lang, want := range map[string]string{"de": "abbestellen?", "nl": "stopzetten?", "fr": "Ne plus recevoir", "es": "Dejar de recibir"} {
			_, path := h.approver(lang+"@example.com", lang)
			b := &surfer{h: h}
			b.get(path).want(t, http.StatusOK, want)
			b.get(path+"?lang=en").want(t, http.StatusOK, "Stop mails about people who wait")
		}
	})
}
