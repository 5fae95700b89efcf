package door_test

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/application"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/flow/onboard"
	"involt/internal/flow/people"
	"involt/internal/kit/db"
	"involt/internal/testkit/browser"
	"involt/internal/testkit/dbtest"
)

// register lets people ask to come in, or not.
func (h *house) register(on bool) {
	h.t.Helper()
	h.update(func(tx *db.Tx) (err error) {
		if h.ws, err = workspace.ByID(tx, h.ws.ID); err != nil {
			return err
		}
		h.ws.SelfRegistration, h.ws.Welcome = on, "For tenants of the north side."
		return workspace.Save(tx, &h.ws)
	})
}

// letterTo returns the path that begins with start in the newest mail to an
// address.
func (h *house) letterTo(email, start string, length int) string {
	h.t.Helper()
	if _, err := h.pool.RunDue(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := len(h.mails) - 1; i >= 0; i-- {
		if h.mails[i].To == email {
			_, rest, ok := strings.Cut(h.mails[i].Text, "https://charge.example"+start)
			if !ok {
				h.t.Fatalf("the mail to %s: %s", email, h.mails[i].Text)
			}
			return start + rest[:length]
		}
	}
	h.t.Fatalf("no mail to %s", email)
	return ""
}

func (h *house) confirmLink(email string) string {
	h.t.Helper()
	return h.letterTo(email, "/r/northgrid/", application.TokenLen)
}

func applicant(email string) map[string]string {
	return map[string]string{"first_name": "Lena", "last_name": "Vos", "email": email, "message": "Level 2", "language": "nl"}
}

func TestSomebodyAsksToComeIn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.register(true)
		b := &surfer{h: h, lang: "en"}
		a := b.get("/r/northgrid")
		a.want(t, 200, "Ask to charge at Northgrid", "For tenants of the north side.")
		a = b.send(a, "Ask for access", map[string]string{"email": "nonsense"})
		a.want(t, 422, "There is a problem")
		a = b.send(a, "Ask for access", applicant("lena@example.com"))
		a.wantTo(t, "/r/northgrid?done=sent")
		b.get(a.To).want(t, 200, "Look into your mailbox")
		link := h.confirmLink("lena@example.com")

		// Scanners change nothing, and neither does who presses a button.
		before := h.applications()
		bot := &surfer{h: h, lang: "en"}
		for _, method := range []string{"HEAD", "GET", "GET"} {
			a := bot.do(method, link, nil)
			if a.Code != 200 || len(a.Header.Values("Set-Cookie")) > 0 || a.Header.Get("Referrer-Policy") != "no-referrer" || a.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s: %d %v", method, a.Code, a.Header)
			}
		}
		page := bot.get(link)
		page.want(t, 200, "Confirm your address", "lena@example.com", "Level 2", "Northgrid")
		bot.send(page, "Confirm and send my request", map[string]string{"password": ""}).want(t, 422)
		bot.send(page, "Confirm and send my request", map[string]string{"nonce": "x", "password": good}).want(t, 422, "open for too long")
		h.ahead.Add(int64(3 * time.Hour))
		bot.send(page, "Confirm and send my request", map[string]string{"password": good}).want(t, 422, "open for too long")
		h.ahead.Add(-int64(3 * time.Hour))
		if got := h.applications(); got != before {
			t.Errorf("the application was touched: %s, was %s", got, before)
		}
		a = b.send(b.get(link), "Confirm and send my request", map[string]string{"password": good, "email": "evil@example.com"})
		a.wantTo(t, "/my?done=asked&w=northgrid")
		if a := b.get("/inside"); a.Body != "lena@example.com nl Europe/Berlin" {
			t.Errorf("inside: %q", a.Body)
		}
		(&surfer{h: h, lang: "en"}).get(link).want(t, 410, "was used already")
		(&surfer{h: h, lang: "en"}).get(link+"x").want(t, 404, "There is no such link")
		(&surfer{h: h, lang: "en"}).get("/r/southgrid"+strings.TrimPrefix(link, "/r/northgrid")).want(t, 404)
	})
}

// applications spells what is stored of all applications.
func (h *house) applications() (all string) {
	h.t.Helper()
	h.update(func(tx *db.Tx) error {
		list, err := db.All(tx, db.Text[string], `SELECT id || person || COALESCE(CAST(confirmed_at AS TEXT), '') || CAST(expires_at AS TEXT) FROM application ORDER BY id`)
		all = strings.Join(list, " ")
		return err
	})
	return all
}

func TestWhereItIsOffThereIsNoPage(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		b := &surfer{h: h}
		off, none := b.get("/r/northgrid"), b.get("/r/nowhere")
		if off.Code != 404 || none.Code != 404 || strings.ReplaceAll(off.Body, "northgrid", "nowhere") != none.Body {
			t.Errorf("%d and %d; the pages differ: %v", off.Code, none.Code, off.Body != none.Body)
		}
		if a := b.do("POST", "/r/northgrid", map[string][]string{"email": {"a@example.com"}}); a.Code != 404 {
			t.Errorf("POST: %d", a.Code)
		}
	})
}

// Whatever address is typed, the answers are the same, byte for byte.
func TestThreatR18TheAnswerIsTheSame(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.register(true)
		(&surfer{h: h}).send((&surfer{h: h}).get(h.invite("here@example.com", invite.Offer{})), "Set up my access", lena)
		h.invite("invited@example.com", invite.Offer{})
		car := h.poolCar()
		letters, _, err := h.onboard.MakeClaim(t.Context(), access.System(h.ws.ID, "test"), []id.Person{car})
		if err != nil {
			t.Fatal(err)
		}
		code := letters[0].Code
		for path, fill := range map[string]func(email string) map[string]string{
			"/r/northgrid": applicant,
			"/c/" + code:   func(email string) map[string]string { return map[string]string{"code": code, "email": email} },
		} {
			button := map[bool]string{true: "Ask for access", false: "Continue"}[path == "/r/northgrid"]
			var first *answer
			var page string
			for i, email := range []string{"nobody@example.com", "here@example.com", "invited@example.com"} {
				b := &surfer{h: h}
				a := b.send(b.get(path), button, fill(email))
				after := b.get(a.To).Body
				if i == 0 {
					first, page = a, after
				}
				if a.Code != first.Code || a.Code != 303 || a.Body != first.Body || after != page || !sameHeaders(a.Header, first.Header) {
					t.Errorf("%s: %s is answered with %d %q %v, and %q with %d %q %v", path, email, a.Code, a.Body, a.Header, "nobody", first.Code, first.Body, first.Header)
				}
				if strings.Contains(after, email) {
					t.Errorf("%s: the page names the address", path)
				}
			}
		}
	})
}

func sameHeaders(a, b http.Header) bool {
	return maps.EqualFunc(a, b, func(x, y []string) bool { return fmt.Sprint(x) == fmt.Sprint(y) })
}

// poolCar is a user without an e-mail address.
func (h *house) poolCar() id.Person {
	h.t.Helper()
	p, err := (&people.Service{DB: h.d}).AddCardholder(h.t.Context(), access.System(h.ws.ID, "test"), people.Cardholder{Name: "Pool car 7", Cards: []string{"04A29F1B"}})
	if err != nil {
		h.t.Fatal(err)
	}
	return p.ID
}

func TestACardIsClaimed(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		car := h.poolCar()
		letters, _, err := h.onboard.MakeClaim(t.Context(), access.System(h.ws.ID, "test"), []id.Person{car})
		if err != nil {
			t.Fatal(err)
		}
		code := letters[0].Code
		bot := &surfer{h: h}
		for _, method := range []string{"HEAD", "GET", "GET"} {
			if a := bot.do(method, "/c/"+code, nil); a.Code != 200 || len(a.Header.Values("Set-Cookie")) > 0 || a.Header.Get("Referrer-Policy") != "no-referrer" {
				t.Errorf("%s: %d %v", method, a.Code, a.Header)
			}
		}
		b := &surfer{h: h, lang: "fr"}
		a := b.get("/c/" + code)
		if a.Field("Code de la lettre").Value() != code {
			t.Error("the code of the picture is not filled in")
		}
		a = b.send(a, "Continuer", map[string]string{"code": "0000-0000-0000", "email": "lena@example.com"})
		a.want(t, 422)
		a.Field("Code de la lettre").WantError("Ce code ne fonctionne pas")
		a = b.send(b.get("/c"), "Continuer", map[string]string{"code": code, "email": "lena"})
		a.want(t, 422)
		a.Field("Votre adresse e-mail").WantError("Vérifiez")
		b.send(a, "Continuer", map[string]string{"code": code, "email": "lena@example.com", "nonce": ""}).want(t, 422)
		a = b.send(a, "Continuer", map[string]string{"code": code, "email": "lena@example.com"})
		a.wantTo(t, "/c?done=sent")
		b.get(a.To).want(t, 200, "Consultez votre messagerie")
		page := b.get(h.letterTo("lena@example.com", "/i/", invite.TokenLen))
		page.want(t, 200, "04A29F1B", "lena@example.com")
		b.send(page, "Activer mon accès", lena).wantTo(t, "/my?done=welcome&w=northgrid")
		h.update(func(tx *db.Tx) error {
			p, err := person.ByID(tx, h.ws.ID, car)
			if p.Email != "lena@example.com" || p.Status != person.Active || p.Identity == "" {
				t.Errorf("%+v", p)
			}
			return err
		})
	})
}

func TestWhoHasALoginSignsInFirst(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.register(true)
		south := workspace.New("southgrid", "")
		h.update(func(tx *db.Tx) error { return workspace.Insert(tx, &south) })
		if _, err := h.onboard.Invite(t.Context(), access.System(south.ID, "test"), []onboard.Invitee{{Email: "lena@example.com"}}, invite.Offer{}, ""); err != nil {
			t.Fatal(err)
		}
		b := &surfer{h: h, lang: "en"}
		b.send(b.get(h.link("lena@example.com")), "Set up my access", lena)
		stranger := &surfer{h: h, lang: "en"}
		stranger.send(stranger.get("/r/northgrid"), "Ask for access", applicant("lena@example.com"))
		link := h.confirmLink("lena@example.com")
		a := stranger.get(link)
		a.want(t, 200, "You have a login already")
		if strings.Contains(a.Body, `name="password"`) {
			t.Error("the page offers to set a password of a login that is there")
		}
		a = b.get(link)
		a.want(t, 200, "You are signed in as lena@example.com.")
		b.send(a, "Confirm and send my request", nil).wantTo(t, "/my?done=asked&w=northgrid")
	})
}

// The pages for strangers in a real browser, with and without scripts.
func TestAskingInABrowser(t *testing.T) {
	h := open(t, dbtest.Open(t, dbtest.SQLite(t)))
	h.register(true)
	base := h.serve()
	for email, scripts := range map[string]bool{"with@example.com": true, "without@example.com": false} {
		b := browser.New(t)
		b.Viewport(390, 844)
		if !scripts {
			b.NoScript()
		}
		look := func(page string) {
			b.Open(page)
			if scripts {
				b.Axe()
				b.Dark(true)
				b.Open(page)
				b.Axe()
				b.Dark(false)
			}
		}
		look(base + "/c")
		look(base + "/r/northgrid")
		b.Fill("First name", "Lena")
		b.Fill("Last name", "Vos")
		b.Fill("E-mail address", email)
		b.Fill("Message to those who decide", "I park on level 2.")
		b.Click("Ask for access")
		b.WaitText("Look into your mailbox")
		look(base + h.confirmLink(email))
		b.WaitText("I park on level 2.")
		b.Fill("Choose a password", good)
		b.Click("Confirm and send my request")
		b.WaitText("In as " + email)
	}
}
