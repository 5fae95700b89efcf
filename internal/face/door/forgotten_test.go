package door_test

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/invite"
	"involt/internal/core/login"
	"involt/internal/core/person"
	"involt/internal/flow/enter"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/testkit/dbtest"
)

// member makes an active user who signs in with the good password.
func (h *house) member(email string, roles ...string) (p person.Person) {
	h.t.Helper()
	hash, err := passwords.Hash(h.t.Context(), good)
	if err != nil {
		h.t.Fatal(err)
	}
	h.update(func(tx *db.Tx) error {
		who := login.Identity{Email: email, Hash: hash, Verified: tx.Now}
		if err := login.Insert(tx, &who); err != nil {
			return err
		}
		p = person.Person{Workspace: h.ws.ID, Email: email, FirstName: "Mia", Status: person.Active, Identity: who.ID}
		if err := person.Insert(tx, &p); err != nil {
			return err
		}
		for _, r := range roles {
			if err := person.GiveRole(tx, h.ws.ID, p.ID, access.Given{Role: r}); err != nil {
				return err
			}
		}
		return nil
	})
	return p
}

// resetLink is the path of the newest link for a new password, "" if none was
// mailed.
func (h *house) resetLink(email string) string {
	h.t.Helper()
	for range 3 { // one job queues the mail, another sends it
		if _, err := h.pool.RunDue(h.t.Context()); err != nil {
			h.t.Fatal(err)
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := len(h.mails) - 1; i >= 0; i-- {
		if _, rest, ok := strings.Cut(h.mails[i].Text, "https://charge.example/password/"); ok && h.mails[i].To == email {
			if !strings.Contains(h.mails[i].HTML, "/password/"+rest[:43]) {
				h.t.Error("the two parts of the mail hold different links")
			}
			return "/password/" + rest[:43]
		}
	}
	return ""
}

func (h *house) mailsTo(email, subject string) (n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, m := range h.mails {
		if m.To == email && m.Subject == subject {
			n++
		}
	}
	return n
}

func TestAForgottenPasswordIsSetAnewByMail(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.member("mia@north.example", "admin")
		here, elsewhere := &surfer{h: h}, &surfer{h: h}
		elsewhere.send(elsewhere.get("/sign-in"), "Sign in", map[string]string{"email": "mia@north.example", "password": good}).wantTo(t, "/w/northgrid")

		a := here.get("/sign-in")
		a.Find("link", "Forgotten password")
		a = here.get("/password")
		here.send(a, "Send me a link", map[string]string{"email": "nonsense"}).want(t, 422)
		here.send(a, "Send me a link", map[string]string{"email": " Mia@North.example "}).want(t, 200, "Look into your mailbox")
		first := h.resetLink("mia@north.example")
		here.send(a, "Send me a link", map[string]string{"email": "mia@north.example"}).want(t, 200)
		link := h.resetLink("mia@north.example")
		if first == "" || link == first {
			t.Fatalf("links %q and %q", first, link)
		}
		here.get(first).want(t, 410, "This link no longer works")

		// Whoever follows links, scanners too, changes nothing; neither do forms with junk.
		for range 3 {
			here.get(link).want(t, 200, "Choose a new password", "mia@north.example")
			here.do("HEAD", link, nil)
		}
		page := here.get(link)
		here.send(page, "Set new password", map[string]string{"password": ""}).want(t, 422)
		here.send(page, "Set new password", map[string]string{"password": "short"}).want(t, 422)
		here.do("POST", link, url.Values{"password": {"another quiet volt"}}).want(t, 422, "Nothing was done")
		if _, err := h.enter.Who(t.Context(), elsewhere.cookie); err != nil {
			t.Errorf("signed out before anything was set: %v", err)
		}

		here.send(page, "Set new password", map[string]string{"password": "another quiet volt"}).wantTo(t, "/w/northgrid")
		if here.cookie == "" {
			t.Fatal("not signed in")
		}
		if _, err := h.enter.Who(t.Context(), elsewhere.cookie); err == nil || errs.KindOf(err) != errs.SignedOut {
			t.Errorf("the other browser: %v", err)
		}
		v, err := h.enter.Who(t.Context(), here.cookie)
		if err != nil || !v.Staff() || v.Proven {
			t.Errorf("%+v, %v: roles stay, and a link proves nothing", v, err)
		}
		late := &surfer{h: h}
		late.get(link).want(t, 410)
		late.send(late.get("/sign-in"), "Sign in", map[string]string{"email": "mia@north.example", "password": good}).want(t, 422)
		late.send(late.get("/sign-in"), "Sign in", map[string]string{"email": "mia@north.example", "password": "another quiet volt"}).wantTo(t, "/w/northgrid")
		h.resetLink("mia@north.example")
		if n := h.mailsTo("mia@north.example", "Your password was changed"); n != 1 {
			t.Errorf("%d mails that say so", n)
		}
	})
}

func TestALinkForANewPasswordWorksForAnHour(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.member("mia@north.example")
		b := &surfer{h: h}
		b.send(b.get("/password"), "Send me a link", map[string]string{"email": "mia@north.example"})
		link := h.resetLink("mia@north.example")
		page := b.get(link)
		h.ahead.Add(int64(time.Hour + time.Second))
		b.get(link).want(t, 410)
		b.send(page, "Set new password", map[string]string{"password": "another quiet volt"}).want(t, 410)
		for _, token := range []string{"x", link[len("/password/"):][:42], link[len("/password/"):] + "x", strings.ToUpper(link[len("/password/"):])} {
			b.get("/password/"+token).want(t, 410)
		}
		// Whoever asks too often waits, known or not.
		for _, email := range []string{"mia@north.example", "nobody@north.example"} {
			code := 0
			for range 5 {
				code = b.send(b.get("/password"), "Send me a link", map[string]string{"email": email}).Code
			}
			if code != 429 {
				t.Errorf("asked five times for %s: %d", email, code)
			}
		}
	})
}

// said is an answer less what differs each time.
func said(a *answer, email string) string {
	names := slices.Sorted(maps.Keys(a.Header))
	for i, n := range names {
		names[i] = n + ": " + strings.Join(a.Header[n], ",")
	}
	return fmt.Sprint(a.Code, strings.Join(names, "\n"), strings.ReplaceAll(a.Body, email, "…"))
}

func TestThreat(t *testing.T) {
	linkThreats(t)
	t.Run("R18_signing_in_and_asking_for_a_password_tell_nothing", func(t *testing.T) {
		d := dbtest.Open(t, dbtest.SQLite(t)) // what is compared is made above the database
		h := open(t, d)
		const pairs = 400
		for i := range pairs {
			h.update(func(tx *db.Tx) error {
				who := login.Identity{Email: fmt.Sprintf("known%04d@north.example", i), Verified: tx.Now}
				if err := login.Insert(tx, &who); err != nil {
					return err
				}
				return person.Insert(tx, &person.Person{Workspace: h.ws.ID, Email: who.Email, Status: person.Active, Identity: who.ID})
			})
		}
		b := &surfer{h: h}
		page := b.get("/password")
		var area float64
		for try := 1; ; try++ {
			var known, unknown []time.Duration
			for i := range pairs {
				var answers [2]string
				for n, name := range []string{"known", "blank"} {
					if (i+n)%2 == 1 { // neither is always the first
						name = []string{"blank", "known"}[n]
					}
					email := fmt.Sprintf("%s%04d@north.example", name, i)
					began := time.Now()
					err := h.enter.Forgotten(t.Context(), email, fmt.Sprint("client", i))
					took := time.Since(began)
					if err != nil && errs.KindOf(err) != errs.Unavailable {
						t.Fatal(err)
					}
					if name == "known" {
						known = append(known, took)
					} else {
						unknown = append(unknown, took)
					}
					if i < 40 && try == 1 {
						h.update(func(tx *db.Tx) error {
							_, err := tx.Exec(`DELETE FROM attempt`)
							return err
						})
						answers[n] = said(b.send(page, "Send me a link", map[string]string{"email": email}), email)
					}
				}
				if answers[0] != answers[1] {
					t.Fatalf("pair %d: asking for a password is answered differently", i)
				}
			}
			if area = auc(known, unknown); area > 0.45 && area < 0.55 {
				break
			}
			if try == 4 {
				t.Errorf("known addresses can be told by time: AUC %.3f", area)
				break
			}
			h.update(func(tx *db.Tx) error {
				_, err := tx.Exec(`DELETE FROM attempt`)
				return err
			})
		}
		t.Logf("asking for a password: AUC %.3f over %d pairs", area, pairs)
		h.member("mia@north.example")
		h.update(func(tx *db.Tx) error { return login.Insert(tx, &login.Identity{Email: "zoe@north.example"}) }) // has no password
		form := b.get("/sign-in")
		for range 5 {
			var answers []string
			for _, email := range []string{"mia@north.example", "bob@north.example", "zoe@north.example"} {
				answers = append(answers, said(b.send(form, "Sign in", map[string]string{"email": email, "password": "wrong volts"}), email))
			}
			if answers[0] != answers[1] || answers[0] != answers[2] {
				t.Fatalf("signing in is answered differently:\n%s\n---\n%s\n---\n%s", answers[0], answers[1], answers[2])
			}
		}
	})
	t.Run("R34_no_planted_session_works_after_a_transition", func(t *testing.T) {
		each(t, func(t *testing.T, h *house) {
			h.member("mia@north.example", "admin")
			// What somebody has planted in the victim's browser: a session of their own.
			mallory := h.member("mallory@north.example")
			plant := func() string {
				b := &surfer{h: h}
				b.send(b.get("/sign-in"), "Sign in", map[string]string{"email": mallory.Email, "password": good})
				return b.cookie
			}
			in := func(b *surfer) {
				b.send(b.get("/sign-in"), "Sign in", map[string]string{"email": "mia@north.example", "password": good}).wantTo(t, "/w/northgrid")
			}
			for name, pass := range map[string]func(b *surfer){
				"signing in": func(b *surfer) {
					// The page is asked for without the planted cookie, and sent with it.
					planted := b.cookie
					b.cookie = ""
					form := b.get("/sign-in")
					b.cookie = planted
					b.send(form, "Sign in", map[string]string{"email": "mia@north.example", "password": good})
				},
				"coming in": func(b *surfer) {
					planted := b.cookie
					b.cookie = ""
					link := h.invite("new@north.example", invite.Offer{})
					form := b.get(link)
					b.cookie = planted
					b.send(form, "Set up my access", map[string]string{"first_name": "Nina", "password": "another quiet volt"})
				},
				"a new password": func(b *surfer) {
					planted := b.cookie
					b.cookie = ""
					b.send(b.get("/password"), "Send me a link", map[string]string{"email": "mia@north.example"})
					form := b.get(h.resetLink("mia@north.example"))
					b.cookie = planted
					b.send(form, "Set new password", map[string]string{"password": good})
				},
				"the program's link": func(b *surfer) {
					planted := b.cookie
					b.cookie = ""
					var token string
					h.update(func(tx *db.Tx) error {
						who, err := login.ByEmail(tx, "mia@north.example")
						if err != nil {
							return err
						}
						token, err = login.NewLink(tx, who.ID, time.Hour)
						return err
					})
					form := b.get("/enter/" + token)
					b.cookie = planted
					b.send(form, "Sign in", nil)
				},
			} {
				b := &surfer{h: h, cookie: plant()}
				planted := b.cookie
				pass(b)
				if b.cookie == planted || b.cookie == "" {
					t.Errorf("%s: the browser keeps the session it had", name)
				}
				if _, err := h.enter.Who(t.Context(), planted); err == nil || errs.KindOf(err) != errs.SignedOut {
					t.Errorf("%s: the planted session still works: %v", name, err)
				}
			}
			// Proving oneself, and rights that changed, begin another session for the same
			// login: the one that was there, which somebody may know, ends.
			b := &surfer{h: h}
			in(b)
			for name, pass := range map[string]func(string, enter.Visitor) (string, error){
				"proving oneself": func(_ string, v enter.Visitor) (string, error) {
					session, _, err := h.enter.Prove(t.Context(), v, good)
					return session, err
				},
				"accepting another seat": func(session string, _ enter.Visitor) (string, error) {
					session, _, err := h.enter.Renew(t.Context(), session)
					return session, err
				},
			} {
				known := b.cookie
				v, err := h.enter.Who(t.Context(), known)
				if err != nil {
					t.Fatal(err)
				}
				if b.cookie, err = pass(known, v); err != nil || b.cookie == known {
					t.Fatalf("%s: %v", name, err)
				}
				if _, err := h.enter.Who(t.Context(), known); err == nil {
					t.Errorf("%s: the older session still works", name)
				}
				if _, err := h.enter.Who(t.Context(), b.cookie); err != nil {
					t.Errorf("%s: the new session does not: %v", name, err)
				}
			}
		})
	})
}

// auc is the chance that a time of the first kind is longer than one of the
// second: one half tells nothing.
func auc(a, b []time.Duration) float64 {
	longer := 0.0
	for _, x := range a {
		for _, y := range b {
			switch {
			case x > y:
				longer++
			case x == y:
				longer += 0.5
			}
		}
	}
	return longer / float64(len(a)*len(b))
}
