package door_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"involt/internal/core/invite"
	"involt/internal/face/door"
	"involt/internal/face/ui"
	"involt/internal/kit/db"
	"involt/internal/testkit/browser"
	"involt/internal/testkit/dbtest"
)

// serve opens the house to a real browser.
func (h *house) serve() string {
	h.t.Helper()
	mux := http.NewServeMux()
	for _, p := range h.door.Patterns() {
		mux.Handle(p, h.door)
	}
	mux.Handle("/static/", ui.Static())
	mux.HandleFunc("GET /my", func(w http.ResponseWriter, r *http.Request) {
		if v, err := h.enter.Who(r.Context(), door.Cookie(r)); err == nil {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Write([]byte("<!doctype html><html lang=en><title>My</title><link rel=icon href=data:,><main><h1>In as " + v.Identity.Email + "</h1></main>"))
		}
	})
	srv := httptest.NewServer(ui.Secure(door.Guard(mux)))
	h.t.Cleanup(srv.Close)
	return strings.Replace(srv.URL, "127.0.0.1", "localhost", 1)
}

func TestAPersonActivatesInABrowser(t *testing.T) {
	h := open(t, dbtest.Open(t, dbtest.SQLite(t)))
	base := h.serve()
	for email, scripts := range map[string]bool{"with@example.com": true, "without@example.com": false} {
		link := base + h.invite(email, invite.Offer{})
		b := browser.New(t)
		b.Viewport(390, 844)
		if !scripts {
			b.NoScript()
		}
		b.Open(link)
		b.WaitText("Charge at Northgrid")
		if scripts {
			b.Axe()
			b.Dark(true)
			b.Open(link) // colours change slowly on a page that is open
			b.Axe()
		}
		b.Fill("First name", "Lena")
		b.Fill("Last name", "Vos")
		b.Fill("Choose a password", "password1")
		b.Click("Set up my access")
		b.WaitText("among the first that anyone would try")
		if scripts {
			b.Axe()
		}
		b.Fill("Choose a password", good)
		b.Click("Set up my access")
		b.WaitText("In as " + email)
		b.Open(link)
		b.WaitText("accepted already")
	}
	b := browser.New(t)
	b.Open(base + "/")
	b.WaitText("I have a code")
	b.Axe()
	b.Fill("E-mail address", "with@example.com")
	b.Fill("Password", good)
	b.Click("Sign in")
	b.WaitText("In as with@example.com")
	var n int64
	h.update(func(tx *db.Tx) error {
		return tx.Row(`SELECT COUNT(*) FROM identity`, nil, &n)
	})
	if n != 2 {
		t.Errorf("%d logins", n)
	}
}
