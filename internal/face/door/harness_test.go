package door_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/invite"
	"involt/internal/core/login"
	"involt/internal/core/notice/outbox"
	"involt/internal/core/workspace"
	"involt/internal/face/door"
	"involt/internal/face/ui"
	"involt/internal/flow/enter"
	"involt/internal/flow/guests"
	"involt/internal/flow/join"
	"involt/internal/flow/onboard"
	"involt/internal/flow/tell"
	"involt/internal/kit/db"
	"involt/internal/kit/job"
	"involt/internal/kit/mail"
	"involt/internal/kit/seal"
	"involt/internal/testkit/dbtest"
	"involt/internal/testkit/page"
)

const good = "four quiet volts"

var passwords = login.NewHasher()

// house is a server with a workspace, and a browser in front of it.
type house struct {
	t       *testing.T
	d       *db.DB
	door    *door.Door
	enter   *enter.Service
	onboard *onboard.Service
	join    *join.Service
	guests  *guests.Service
	handler http.Handler
	pool    *job.Pool
	ahead   atomic.Int64
	ws      workspace.Workspace

	mu    sync.Mutex
	mails []mail.Message
}

func (h *house) Send(_ context.Context, m mail.Message) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.mails = append(h.mails, m)
	return nil
}

func each(t *testing.T, story func(*testing.T, *house)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { story(t, open(t, d)) })
}

func open(t *testing.T, d *db.DB) *house {
	t.Helper()
	h := &house{t: t, d: d, ws: workspace.New("northgrid", "")}
	clock := func(now time.Time) time.Time { return now.Add(time.Duration(h.ahead.Load())) }
	d.Clock = clock
	keys := seal.Random()
	box := &outbox.Box{DB: d, Keys: keys, Sender: h}
	h.enter = &enter.Service{DB: d, Passwords: passwords, Keys: keys, Outbox: box, PublicURL: "https://charge.example"}
	h.onboard = &onboard.Service{DB: d, Keys: keys, Mail: h, Outbox: box, Passwords: passwords, PublicURL: "https://charge.example"}
	h.pool = &job.Pool{DB: d}
	h.enter.Jobs(h.pool)
	h.onboard.Jobs(h.pool)
	h.join = &join.Service{DB: d, Keys: keys, Outbox: h.onboard.Outbox, Letters: h.onboard, PublicURL: "https://charge.example"}
	h.onboard.Codes = h.join
	h.join.Jobs(h.pool)
	h.guests = &guests.Service{DB: d, Keys: keys}
	h.door = door.New(door.Config{Enter: h.enter, Onboard: h.onboard, Join: h.join, Guests: h.guests, Tell: &tell.Service{DB: d, Keys: keys}, Keys: keys, Now: func() time.Time { return clock(time.Now()) }})
	mux := http.NewServeMux()
	for _, p := range h.door.Patterns() {
		mux.Handle(p, h.door)
	}
	mux.Handle("/inside", door.Guard(door.SignedIn(h.enter)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, err := door.Visitor(r.Context())
		if err != nil {
			t.Error(err)
		}
		io.WriteString(w, v.Identity.Email+" "+ui.ReaderOf(r.Context()).Lang+" "+ui.ReaderOf(r.Context()).Zone.String())
	}))))
	h.handler = ui.Secure(mux)
	h.update(func(tx *db.Tx) error { return workspace.Insert(tx, &h.ws) })
	return h
}

func (h *house) update(do func(*db.Tx) error) {
	h.t.Helper()
	if err := h.d.Update(h.t.Context(), do); err != nil {
		h.t.Fatal(err)
	}
}

// invite invites somebody and returns the path of their link.
func (h *house) invite(email string, offer invite.Offer) string {
	h.t.Helper()
	by := access.System(h.ws.ID, "test")
	if _, err := h.onboard.Invite(h.t.Context(), by, []onboard.Invitee{{Email: email}}, offer, "Welcome!"); err != nil {
		h.t.Fatal(err)
	}
	return h.link(email)
}

// link returns the path of the newest link mailed to an address.
func (h *house) link(email string) string {
	h.t.Helper()
	if _, err := h.pool.RunDue(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := len(h.mails) - 1; i >= 0; i-- {
		if h.mails[i].To == email {
			_, rest, _ := strings.Cut(h.mails[i].Text, "https://charge.example/i/")
			return "/i/" + rest[:invite.TokenLen]
		}
	}
	h.t.Fatalf("no mail to %s", email)
	return ""
}

// surfer is somebody's browser.
type surfer struct {
	h      *house
	cookie string
	lang   string
	site   string // Sec-Fetch-Site; "same-origin" if empty, "-" for none
}

// answer is what the server said.
type answer struct {
	*page.Page
	Code   int
	Header http.Header
	To     string // Location
	Body   string
}

func (b *surfer) do(method, path string, form url.Values) *answer {
	b.h.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r := httptest.NewRequestWithContext(b.h.t.Context(), method, path, body)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if b.cookie != "" {
		r.AddCookie(&http.Cookie{Name: "__Host-involt", Value: b.cookie})
	}
	if b.lang != "" {
		r.Header.Set("Accept-Language", b.lang)
	}
	switch {
	case b.site == "":
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	case b.site != "-":
		r.Header.Set("Sec-Fetch-Site", b.site)
	}
	w := httptest.NewRecorder()
	b.h.handler.ServeHTTP(w, r)
	res := w.Result()
	for _, c := range res.Cookies() {
		if c.Name != "__Host-involt" || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
			b.h.t.Errorf("cookie %+v", c)
		}
		if b.cookie = c.Value; c.MaxAge < 0 {
			b.cookie = ""
		}
	}
	text := w.Body.String()
	return &answer{Page: page.Parse(b.h.t, strings.NewReader(text)), Code: w.Code, Header: res.Header, To: res.Header.Get("Location"), Body: text}
}

func (b *surfer) get(path string) *answer { b.h.t.Helper(); return b.do("GET", path, nil) }

// send fills in the form of a button and sends it.
func (b *surfer) send(a *answer, button string, fill map[string]string) *answer {
	b.h.t.Helper()
	f := a.Form(button)
	values := f.Values()
	for k, v := range fill {
		values.Set(k, v)
	}
	return b.do("POST", f.Action(), values)
}

func (a *answer) want(t *testing.T, code int, parts ...string) {
	t.Helper()
	if a.Code != code {
		t.Errorf("status %d, want %d: %s", a.Code, code, a.Text())
	}
	for _, p := range parts {
		if !a.Has(p) {
			t.Errorf("the page does not say %q: %s", p, a.Text())
		}
	}
}

func (a *answer) wantTo(t *testing.T, to string) {
	t.Helper()
	if a.Code != http.StatusSeeOther || a.To != to {
		t.Errorf("status %d to %q, want 303 to %q: %s", a.Code, a.To, to, a.Text())
	}
}
