package door_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/application"
	"involt/internal/core/invite"
	"involt/internal/core/joincode"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/kit/db"
)

// code makes a joining code for a zone and returns the path of its page.
func (h *house) code(change func(*joincode.Code)) (c joincode.Code, path string) {
	h.t.Helper()
	by := access.System(h.ws.ID, "test")
	l := site.Location{Workspace: h.ws.ID, Name: fmt.Sprint("Harbour ", time.Now().UnixNano()), City: "Kiel", TimeZone: "Europe/Berlin", Country: "DE"}
	h.update(func(tx *db.Tx) error { return site.InsertLocation(tx, &l) })
	c.Location = l.ID
	if change != nil {
		change(&c)
	}
	c, err := h.join.Make(h.t.Context(), by, c)
	if err != nil {
		h.t.Fatal(err)
	}
	return c, strings.TrimPrefix(h.join.Link(&c), "https://charge.example")
}

var newcomer = map[string]string{"first_name": "Nia", "last_name": "New", "email": "nia@example.com"}

func TestANewcomerJoinsByACode(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c, path := h.code(func(c *joincode.Code) { c.Questions = []string{"Flat?"} })
		code := strings.TrimPrefix(path, "/j/")
		bot := &surfer{h: h}
		before := h.everything()
		for _, method := range []string{"HEAD", "GET", "GET"} {
			if a := bot.do(method, path, nil); a.Code != 200 || len(a.Header.Values("Set-Cookie")) > 0 || a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("Referrer-Policy") != "no-referrer" {
				t.Errorf("%s: %d %v", method, a.Code, a.Header)
			}
		}
		if h.everything() != before {
			t.Error("looking changed something")
		}
		b := &surfer{h: h, lang: "de"}
		a := b.send(b.get("/j"), "Weiter", map[string]string{"code": ""})
		a.want(t, 422)
		a.Field("Beitrittscode").WantError("Geben Sie den Code ein")
		a = b.send(a, "Weiter", map[string]string{"code": "0000-0000"})
		a.want(t, 404)
		a.Field("Beitrittscode").WantError("kennen wir nicht")
		a = b.send(a, "Weiter", map[string]string{"code": strings.ToLower(code)})
		a.wantTo(t, "/j/"+joincode.Grouped(code))
		a = b.get(a.To)
		a.want(t, 200, "beitreten", "Kiel", "Neu hier?")
		a = b.send(a, "Beitreten", newcomer)
		a.want(t, 422)
		a.Field("Flat?").WantError("Bitte beantworten Sie diese Frage")
		if got := a.Field("E-Mail-Adresse").Value(); got != "nia@example.com" {
			t.Errorf("the address came back as %q", got)
		}
		b.send(a, "Beitreten", map[string]string{"answers.0": "12 b", "nonce": ""}).want(t, 422, "zu lange offen")
		a = b.send(a, "Beitreten", map[string]string{"answers.0": "12 b"})
		if a.Code != 303 || !strings.Contains(a.To, "done=sent") {
			t.Fatalf("%d %q", a.Code, a.To)
		}
		b.get(a.To).want(t, 200, "Sehen Sie in Ihr Postfach")
		link := h.letterTo("nia@example.com", "/r/northgrid/", application.TokenLen)
		for range 2 {
			bot.get(link).want(t, 200)
		}
		page := b.get(link)
		page.want(t, 200, "Dann sind Sie dabei")
		b.send(page, "Bestätigen", map[string]string{"password": lena["password"]}).wantTo(t, "/my?done=welcome&w=northgrid")
		h.update(func(tx *db.Tx) error {
			p, err := person.ByEmail(tx, h.ws.ID, "nia@example.com")
			if err != nil || p.Status != person.Active {
				t.Errorf("%+v", p)
			}
			now, err := joincode.ByID(tx, h.ws.ID, c.ID)
			if now.Uses != 1 {
				t.Errorf("%d uses", now.Uses)
			}
			return err
		})
	})
}

// everything counts the rows of what joining could change.
func (h *house) everything() (all string) {
	h.t.Helper()
	h.update(func(tx *db.Tx) error {
		for _, table := range []string{"person", "application", "joining", "attempt", "journal", "notice", "job", "web_session"} {
			var n int64
			if err := tx.Row(`SELECT COUNT(*) FROM `+table, nil, &n); err != nil {
				return err
			}
			all += fmt.Sprint(table, n, " ")
		}
		return nil
	})
	return all
}

func TestWhoIsSignedInJoinsByOneTap(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		_, path := h.code(nil)
		b := &surfer{h: h, lang: "en"}
		b.send(b.get(h.invite("lena@example.com", invite.Offer{})), "Set up my access", lena)
		a := b.get(path)
		a.want(t, 200, "You are signed in as lena@example.com")
		if a.Has("E-mail address") {
			t.Error("who is signed in is asked for an address")
		}
		(&surfer{h: h, cookie: b.cookie, site: "cross-site"}).do("POST", path, map[string][]string{"do": {"join"}}).want(t, 403)
		b.send(a, "Join", map[string]string{"nonce": "x"}).want(t, 422, "open for too long")
		b.send(a, "Join", nil).wantTo(t, "/my/zones?done=joined&w=northgrid")
		_, asks := h.code(func(c *joincode.Code) { c.Approval = true })
		b.send(b.get(asks), "Join", nil).wantTo(t, "/my/zones?done=requested&w=northgrid")
		_, others := h.code(func(c *joincode.Code) { c.Domains = []string{"north.example"} })
		b.send(b.get(others), "Join", nil).want(t, 403, "for people with an e-mail address at north.example")
		// Whose session ended meanwhile signs in and comes back.
		a = b.get(path)
		gone := &surfer{h: h}
		gone.send(a, "Join", nil).wantTo(t, "/sign-in?next="+strings.ReplaceAll("/j/"+joincode.Grouped(strings.TrimPrefix(path, "/j/")), "/", "%2F"))
	})
}

func TestACodeThatIsOver(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		by := access.System(h.ws.ID, "test")
		off, path := h.code(nil)
		if err := h.join.Enable(t.Context(), by, off.ID, false); err != nil {
			t.Fatal(err)
		}
		b := &surfer{h: h, lang: "en"}
		b.get(path).want(t, 410, "no longer lets anybody in", "switched it off")
		b.do("POST", path, map[string][]string{"do": {"register"}, "email": {"a@example.com"}}).want(t, 410)
		_, path = h.code(func(c *joincode.Code) { c.Expires = time.Now().Add(time.Hour) })
		h.ahead.Store(int64(2 * time.Hour))
		b.get(path).want(t, 410, "Its last day is over")
		h.ahead.Store(0)
		_, path = h.code(func(c *joincode.Code) { c.Domains = []string{"north.example"} })
		b.lang = "fr"
		a := b.send(b.get(path), "Rejoindre", newcomer)
		a.want(t, 422)
		a.Field("Adresse e-mail").WantError("réservé aux adresses e-mail chez north.example")
	})
}

func TestThreatR16GuessingOnThePage(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		_, path := h.code(nil)
		b := &surfer{h: h, lang: "en"}
		codes := map[int]int{}
		for i := range 12 {
			codes[b.get(fmt.Sprintf("/j/%04d-0000", i)).Code]++
		}
		if codes[404] != 5 || codes[429] != 7 {
			t.Errorf("answers to 12 guesses: %v", codes)
		}
		b.get(path).want(t, 429, "sign in first")
		// Who signs in goes on at once.
		b.send(b.get(h.invite("lena@example.com", invite.Offer{})), "Set up my access", lena)
		b.get(path).want(t, 200)
	})
}

// What the page answers to an address is the same, byte for byte, whether it is
// known or not; and of a code that nobody made the same again.
func TestThreatR18JoiningIsTheSame(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		(&surfer{h: h}).send((&surfer{h: h}).get(h.invite("here@example.com", invite.Offer{})), "Set up my access", lena)
		h.invite("invited@example.com", invite.Offer{})
		_, path := h.code(nil)
		var first *answer
		var page string
		for i, email := range []string{"nobody@example.com", "here@example.com", "invited@example.com"} {
			b := &surfer{h: h}
			a := b.send(b.get(path), "Join", map[string]string{"first_name": "Nia", "email": email})
			after := b.get(a.To).Body
			if i == 0 {
				first, page = a, after
			}
			if a.Code != 303 || a.Body != first.Body || after != page || !sameHeaders(a.Header, first.Header) || strings.Contains(after, email) {
				t.Errorf("%s is answered with %d %q, nobody with %d %q", email, a.Code, a.Body, first.Code, first.Body)
			}
		}
		unnonced := func(body string) string { // the nonce of a page is new each time
			head, rest, _ := strings.Cut(body, `name="nonce" value="`)
			_, tail, _ := strings.Cut(rest, `"`)
			return head + tail
		}
		var none string
		for i, email := range []string{"nobody@example.com", "here@example.com"} {
			a := (&surfer{h: h}).do("POST", "/j/0000-0000", map[string][]string{"email": {email}, "do": {"register"}})
			if i == 0 {
				none = unnonced(a.Body)
			}
			if a.Code != 404 || unnonced(a.Body) != none {
				t.Errorf("an unknown code with %s: %d", email, a.Code)
			}
		}
	})
}

func TestAnExpiredRegistrationLinkIsSentAgain(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.register(true)
		b := &surfer{h: h, lang: "en"}
		b.send(b.get("/r/northgrid"), "Ask for access", applicant("nia@example.com"))
		old := h.letterTo("nia@example.com", "/r/northgrid/", application.TokenLen)
		h.ahead.Store(int64(25 * time.Hour))
		a := b.get(old)
		a.want(t, 410, "We can send a new one to the address that you gave")
		if strings.Contains(a.Body, "nia@example.com") {
			t.Error("the page names the address to whoever holds the old link")
		}
		a = b.send(a, "Send me a new link", nil)
		if a.Code != 303 || !strings.Contains(a.To, "done=sent") {
			t.Fatalf("%d %q", a.Code, a.To)
		}
		b.get(a.To).want(t, 200, "Look into your mailbox")
		fresh := h.letterTo("nia@example.com", "/r/northgrid/", application.TokenLen)
		if fresh == old {
			t.Fatal("no new link")
		}
		b.get(fresh).want(t, 200, "nia@example.com")
	})
}

// Somebody who is invited, and enters a code before they have accepted, gets the
// invitation again; once they are in, they are asked about the code.
func TestACodeEnteredWhileInvitedIsOfferedOnceTheyAreIn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		_, path := h.code(nil)
		link := h.invite("nia@example.com", invite.Offer{})
		b := &surfer{h: h}
		b.send(b.get(path), "Join", newcomer).want(t, 303)
		if again := h.link("nia@example.com"); again != link {
			t.Fatalf("another link: %s, %s", again, link)
		}
		a := b.send(b.get(link), "Set up my access", map[string]string{"first_name": "Nia", "last_name": "New", "password": good})
		a.wantTo(t, strings.ReplaceAll(path, "-", ""))
		a = b.get(a.To)
		if a.Code == 303 { // to the way it is printed
			a = b.get(a.To)
		}
		a.want(t, 200, "Harbour")
		h.update(func(tx *db.Tx) error {
			p, err := person.ByEmail(tx, h.ws.ID, "nia@example.com")
			if err != nil {
				return err
			}
			all, err := joincode.JoiningsOf(tx, h.ws.ID, p.ID)
			if len(all) != 0 {
				t.Errorf("joined without having been asked: %+v", all)
			}
			return err
		})
		// One that works no more leads nowhere.
		c, path := h.code(nil)
		link = h.invite("max@example.com", invite.Offer{})
		b = &surfer{h: h}
		max := map[string]string{"first_name": "Max", "last_name": "New", "email": "max@example.com"}
		b.send(b.get(path), "Join", max).want(t, 303)
		h.link("max@example.com")
		if err := h.join.Enable(t.Context(), access.System(h.ws.ID, "test"), c.ID, false); err != nil {
			t.Fatal(err)
		}
		a = b.send(b.get(link), "Set up my access", map[string]string{"first_name": "Max", "last_name": "New", "password": good})
		if !strings.HasPrefix(a.To, "/my?") {
			t.Errorf("led to %s", a.To)
		}
	})
}
