package door_test

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"involt/internal/core/access"

	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/login"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
)

var lena = map[string]string{"first_name": "Lena", "last_name": "Vos", "password": good}

func TestAnInvitationIsAccepted(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		link := h.invite("lena@example.com", invite.Offer{})
		b := &surfer{h: h}
		a := b.get(link)
		a.want(t, 200, "Charge at Northgrid", "lena@example.com", "What you get", "Every location that is open to all users")
		if a.Field("E-mail address").Value() != "lena@example.com" {
			t.Error("the address is not shown")
		}
		a = b.send(a, "Set up my access", map[string]string{"first_name": "Lena", "last_name": "Vos", "password": "short"})
		a.want(t, 422, "There is a problem")
		a.Field("Choose a password").WantError("8 or more")
		if a.Field("First name").Value() != "Lena" || strings.Contains(a.Body, "short") || b.cookie != "" {
			t.Error("what was typed did not come back, or too much of it")
		}
		a = b.send(a, "Set up my access", map[string]string{"first_name": "Lena", "last_name": "Vos", "password": good, "email": "evil@example.com"})
		a.wantTo(t, "/my?done=welcome&w=northgrid")
		if b.cookie == "" {
			t.Fatal("no session")
		}
		if a := b.get("/inside"); a.Body != "lena@example.com en Europe/Berlin" {
			t.Errorf("inside: %q", a.Body)
		}
		other := &surfer{h: h}
		other.get(link).want(t, 410, "accepted already")
		b.get("/").wantTo(t, "/my")
	})
}

func TestStaffLandInTheConsole(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		b := &surfer{h: h}
		a := b.get(h.invite("sam@example.com", invite.Offer{Roles: access.Give("support")}))
		a.want(t, 200, "Help run Northgrid", "Support")
		b.send(a, "Set up my access", lena).wantTo(t, "/w/northgrid?done=welcome")
		b.get("/").wantTo(t, "/w/northgrid")
		b.get("/sign-in?next=/w/northgrid/users%3Ftab%3Dactive").wantTo(t, "/w/northgrid/users?tab=active")
	})
}

func TestScannersChangeNothing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		link := h.invite("lena@example.com", invite.Offer{})
		state := func() (s invite.Invite) {
			h.update(func(tx *db.Tx) (err error) {
				s, err = invite.ByToken(tx, strings.TrimPrefix(link, "/i/"))
				return err
			})
			return s
		}
		before := state()
		bot := &surfer{h: h}
		for _, method := range []string{"HEAD", "GET", "GET"} {
			a := bot.do(method, link, nil)
			if len(a.Header.Values("Set-Cookie")) > 0 {
				t.Errorf("%s set a cookie", method)
			}
			if a.Header.Get("Referrer-Policy") != "no-referrer" || a.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s: headers %v", method, a.Header)
			}
		}
		// It presses every button: empty, with junk, and without the page's nonce.
		for _, form := range []url.Values{
			{}, {"do": {"activate"}}, {"do": {"activate"}, "nonce": {"x"}, "password": {good}, "first_name": {"Bot"}}, {"do": {"accept"}}, {"do": {"again"}}, {"do": {"x"}, "nonce": {strings.Repeat("A", 60)}},
		} {
			bot.do("POST", link, form).want(t, 422)
		}
		other := h.invite("other@example.com", invite.Offer{})
		stolen := bot.get(other).Form("Set up my access").Values()
		for k, v := range lena {
			stolen.Set(k, v)
		}
		bot.do("POST", link, stolen).want(t, 422) // another page's nonce
		if now := state(); now.Opened != before.Opened || now.State(time.Now()) != "sent" {
			t.Errorf("%+v", now)
		}
		a := bot.get(link)
		bot.send(a, "Set up my access", nil).want(t, 422)
		bot.send(a, "Set up my access", map[string]string{"first_name": "test", "last_name": "test", "password": "test"}).want(t, 422)
		if now := state(); !now.Accepted.IsZero() || bot.cookie != "" {
			t.Error("a robot came in")
		}
		h.ahead.Add(int64(3 * time.Hour))
		bot.send(a, "Set up my access", lena).want(t, 422, "open for too long")
		bot.send(bot.get(link), "Set up my access", lena).wantTo(t, "/my?done=welcome&w=northgrid")
	})
}

func TestAnExpiredLinkOffersANewOne(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		link := h.invite("lena@example.com", invite.Offer{})
		h.ahead.Add(int64(25 * time.Hour))
		b := &surfer{h: h}
		a := b.get(link)
		a.want(t, 410, "This link has expired", "It worked until")
		a = b.send(a, "Send me a new link", nil)
		a.wantTo(t, link+"?done=sent")
		b.get(a.To).want(t, 200, "A new link is on its way")
		again := h.link("lena@example.com")
		if again == link || len(h.mails) != 2 {
			t.Fatalf("%d mails", len(h.mails))
		}
		b.get(link).want(t, 404, "We do not know this link")
		b.send(b.get(again), "Set up my access", lena).wantTo(t, "/my?done=welcome&w=northgrid")
		b.get("/i/short").want(t, 404, "We do not know this link")
		b.get("/i/"+strings.Repeat("x", 43)+"?done=sent").want(t, 200, "A new link is on its way") // says no more than that
	})
}

func TestARevokedInvitationSaysSo(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		link := h.invite("lena@example.com", invite.Offer{})
		h.update(func(tx *db.Tx) error {
			p, err := person.ByEmail(tx, h.ws.ID, "lena@example.com")
			if err != nil {
				return err
			}
			return invite.Revoke(tx, h.ws.ID, p.ID)
		})
		(&surfer{h: h}).get(link).want(t, 410, "withdrawn", "Northgrid")
	})
}

func TestSomebodyWithALoginSignsInAndAccepts(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		b := &surfer{h: h}
		b.send(b.get(h.invite("lena@example.com", invite.Offer{})), "Set up my access", lena)
		b.do("POST", "/sign-out", url.Values{}).wantTo(t, "/sign-in?done=signed-out")
		h.ws = workspace.New("southgrid", "")
		h.update(func(tx *db.Tx) error { return workspace.Insert(tx, &h.ws) })
		link := h.invite("lena@example.com", invite.Offer{Roles: access.Give("support")})
		a := b.get(link)
		a.want(t, 200, "You have a login already")
		if strings.Contains(a.Body, `type="password"`) {
			t.Error("a new password is asked for")
		}
		to := a.Find("link", "Sign in").Attr("href")
		a = b.send(b.get(to), "Sign in", map[string]string{"email": "lena@example.com", "password": good})
		a.wantTo(t, link)
		before := b.cookie
		a = b.get(link)
		a.want(t, 200, "You are signed in as lena@example.com")
		b.send(a, "Accept the invitation", nil).wantTo(t, "/w/southgrid?done=welcome")
		if b.cookie == before || b.cookie == "" {
			t.Error("the session was not renewed with the new rights")
		}
		b.get("/").want(t, 200, "Console of Southgrid", "My charging")

		// Somebody else in this browser cannot take it.
		third := h.invite("nils@example.com", invite.Offer{})
		n := &surfer{h: h}
		n.send(n.get(third), "Set up my access", map[string]string{"first_name": "Nils", "last_name": "N", "password": good})
		h.ws = workspace.New("westgrid", "")
		h.update(func(tx *db.Tx) error { return workspace.Insert(tx, &h.ws) })
		link = h.invite("lena@example.com", invite.Offer{})
		a = n.get(link)
		a.want(t, 200, "signed in as somebody else", "nils@example.com")
		n.send(a, "Sign out", nil).wantTo(t, "/sign-in?done=signed-out&next="+url.QueryEscape(link))
	})
}

func TestTheCodeLeadsToTheLink(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		link := h.invite("lena@example.com", invite.Offer{})
		code := ""
		for line := range strings.Lines(h.mails[0].Text) {
			if s := strings.TrimSpace(line); len(s) == 9 && s[4] == '-' {
				code = s
			}
		}
		b := &surfer{h: h}
		a := b.get("/i")
		a.want(t, 200, "Type the code")
		wrong := b.send(a, "Continue", map[string]string{"email": "lena@example.com", "code": "00000000"})
		wrong.want(t, 422)
		wrong.Field("Code").WantError("do not fit")
		b.send(wrong, "Continue", map[string]string{"email": "nobody", "code": code}).want(t, 422)
		b.send(wrong, "Continue", map[string]string{"code": strings.ToLower(code)}).wantTo(t, link)
		var last *answer
		for range 12 {
			last = b.send(a, "Continue", map[string]string{"email": "lena@example.com", "code": "00000000"})
		}
		last.want(t, 429, "Too many tries")
	})
}

func TestSigningIn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		b := &surfer{h: h}
		b.get("/").wantTo(t, "/sign-in")
		b.get("/inside?x=1").wantTo(t, "/sign-in?next=%2Finside%3Fx%3D1")
		b.send(b.get(h.invite("lena@example.com", invite.Offer{})), "Set up my access", lena)
		b = &surfer{h: h}
		a := b.get("/sign-in?next=/my/cards")
		a.want(t, 200, "Sign in", "I have a code")
		bad := b.send(a, "Sign in", map[string]string{"email": "lena@example.com", "password": "wrong one"})
		bad.want(t, 422)
		bad.Field("Password").WantError("not right")
		unknown := b.send(a, "Sign in", map[string]string{"email": "nemo@example.com", "password": "wrong one"})
		if strings.ReplaceAll(unknown.Body, "nemo@", "lena@") != bad.Body || unknown.Code != bad.Code || b.cookie != "" {
			t.Error("an unknown address looks different")
		}
		b.send(bad, "Sign in", map[string]string{"password": good}).wantTo(t, "/my/cards")
		old := b.cookie
		for _, evil := range []string{"https://evil.example/w/", "//evil.example/w/", `/\evil.example`, "/w/../sign-out", "/sign-out", "javascript:alert(1)", "/myevil", "/w/\r\nX: y", "w/x", "/%77/x"} {
			x := &surfer{h: h}
			a := x.send(x.get("/sign-in?next="+url.QueryEscape(evil)), "Sign in", map[string]string{"email": "lena@example.com", "password": good})
			if a.To != "/my" {
				t.Errorf("next=%q leads to %q", evil, a.To)
			}
		}
		b.do("POST", "/sign-out", url.Values{}).wantTo(t, "/sign-in?done=signed-out")
		b.get("/sign-in?done=signed-out").want(t, 200, "You are signed out.")
		if b.cookie != "" {
			t.Error("the cookie stays")
		}
		b.cookie = old
		b.get("/inside").wantTo(t, "/sign-in?next=%2Finside")
	})
}

func TestOtherSitesChangeNothing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		b := &surfer{h: h}
		b.send(b.get(h.invite("lena@example.com", invite.Offer{})), "Set up my access", lena)
		for _, site := range []string{"cross-site", "same-site", "-"} {
			x := &surfer{h: h, cookie: b.cookie, site: site}
			x.do("POST", "/sign-out", url.Values{}).want(t, 403, "another site")
			x.do("POST", "/inside", url.Values{}).want(t, 403)
		}
		if a := b.get("/inside"); a.Code != 200 {
			t.Errorf("signed out by another site: %d", a.Code)
		}
		script := httptest.NewRequestWithContext(t.Context(), "GET", "/inside", nil)
		script.Header.Set("HX-Request", "true")
		w := httptest.NewRecorder()
		h.handler.ServeHTTP(w, script)
		if w.Code != 401 || w.Header().Get("HX-Redirect") == "" {
			t.Errorf("a script of somebody signed out: %d %v", w.Code, w.Header())
		}
		(&surfer{h: h}).do("POST", "/inside", url.Values{}).want(t, 401, "Nothing was saved")
	})
}

func TestAPrintedLink(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		b := &surfer{h: h}
		b.send(b.get(h.invite("lena@example.com", invite.Offer{Roles: access.Give("support")})), "Set up my access", lena)
		var token string
		h.update(func(tx *db.Tx) error {
			who, err := login.ByEmail(tx, "lena@example.com")
			if err == nil {
				token, err = login.NewLink(tx, who.ID, time.Hour)
			}
			return err
		})
		b = &surfer{h: h}
		for range 3 {
			b.do("HEAD", "/enter/"+token, nil)
		}
		b.do("POST", "/enter/"+token, url.Values{}).want(t, 422)
		a := b.get("/enter/" + token)
		a.want(t, 200, "Sign in with this link")
		b.send(a, "Sign in", nil).wantTo(t, "/w/northgrid")
		x := &surfer{h: h}
		x.send(x.get("/enter/"+token), "Sign in", nil).want(t, 410, "no longer works")
	})
}

func TestPagesSpeakTheReadersLanguage(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		link := h.invite("lena@example.com", invite.Offer{Groups: []id.Group{}})
		for lang, want := range map[string][2]string{
			"de-AT,en;q=0.5": {"Laden bei Northgrid", "Zugang einrichten"}, "nl": {"Laden bij Northgrid", "Mijn toegang instellen"}, "fr-CA": {"Rechargez chez Northgrid", "Activer mon accès"},
			"es": {"Cargue en Northgrid", "Activar mi acceso"}, "fi": {"Charge at Northgrid", "Set up my access"}, "": {"Charge at Northgrid", "Set up my access"}, ";;q=": {"Charge at Northgrid", "Set up my access"},
		} {
			b := &surfer{h: h, lang: lang}
			a := b.get(link)
			a.want(t, 200, want[0])
			if bad := b.send(a, want[1], map[string]string{"password": "x"}); lang != "" && lang != "fi" && lang != ";;q=" && strings.Contains(bad.Body, "Use 8 or more") {
				t.Errorf("%s: an English sentence: %s", lang, bad.Text())
			}
		}
		b := &surfer{h: h, lang: "de"}
		a := b.get(link + "?lang=fr")
		a.want(t, 200, "Rechargez chez Northgrid")
		b.send(a, "Activer mon accès", map[string]string{"password": "x"}).want(t, 422, "Utilisez au moins 8")
		b.send(a, "Activer mon accès", lena)
		if a := b.get("/inside"); a.Body != "lena@example.com fr Europe/Berlin" {
			t.Errorf("inside: %q", a.Body)
		}
	})
}
