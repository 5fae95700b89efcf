package door_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/invite"
	"involt/internal/core/person"
	"involt/internal/flow/onboard"
	"involt/internal/kit/db"
)

// scale brings the figure of a threat to some seconds: INVOLT_THREATS=full runs it
// as RELIABILITY.md has it.
func scale(full, short int) int {
	if os.Getenv("INVOLT_THREATS") == "full" {
		return full
	}
	return short
}

// linkThreats shows the rows of RELIABILITY.md about links of invitations, as the
// pages answer.
func linkThreats(t *testing.T) {
	t.Helper()
	for _, row := range []struct {
		name string
		show func(*testing.T, *house)
	}{
		{"R01_scanner_prefetch", scannersPrefetch},
		{"R02_scanner_that_presses_buttons", scannersPress},
		{"R09_link_leaks", noLeaks},
		{"R10_other_address_in_the_form", otherAddress},
		{"R13_stale_flow", staleFlow},
		{"R18_enumeration_by_invitation", noEnumeration},
	} {
		t.Run(row.name, func(t *testing.T) { each(t, row.show) })
	}
}

// links invites n people and returns the paths of their links.
func (h *house) links(prefix string, n int) (list []string) {
	h.t.Helper()
	for i := range n {
		list = append(list, h.invite(fmt.Sprintf("%s.%d@example.com", prefix, i), invite.Offer{}))
	}
	return list
}

// tables spells the invitations and the people, to see whether anything moved.
func (h *house) tables() (all string) {
	h.t.Helper()
	h.update(func(tx *db.Tx) error {
		for _, q := range []string{
			`SELECT id || COALESCE(CAST(opened_at AS TEXT), '-') || COALESCE(CAST(accepted_at AS TEXT), '-') || CAST(expires_at AS TEXT) FROM invite ORDER BY id`,
			`SELECT id || status || CAST(version AS TEXT) || COALESCE(identity, '-') FROM person ORDER BY id`, `SELECT id FROM identity ORDER BY id`,
		} {
			rows, err := db.All(tx, db.Text[string], q)
			if err != nil {
				return err
			}
			all += strings.Join(rows, "\n") + "\n\n"
		}
		return nil
	})
	return all
}

// scannersPrefetch: 1,000 links in the table, 12 here; each visited as scanners do
// before its reader comes.
func scannersPrefetch(t *testing.T, h *house) {
	list := h.links("scanned", scale(1000, 12))
	before := h.tables()
	for _, link := range list {
		for _, visit := range []struct {
			method, path string
			headers      http.Header
		}{
			{"HEAD", link, nil},
			{"GET", link, http.Header{"User-Agent": {"Mozilla/5.0 (compatible; SafeLinks)"}}},
			{"GET", link, http.Header{"X-Forwarded-For": {"203.0.113.9"}}},
			{"GET", link + "?follow=true", nil},
			{"GET", link + "/decline", nil},
			{"GET", link, http.Header{"Purpose": {"prefetch"}, "Sec-Purpose": {"prefetch;prerender"}, "Sec-Fetch-Site": {"none"}}},
			{"HEAD", link + "?follow=true", nil},
		} {
			r := httptest.NewRequestWithContext(t.Context(), visit.method, visit.path, nil)
			for name, values := range visit.headers {
				r.Header[name] = values
			}
			w := httptest.NewRecorder()
			h.handler.ServeHTTP(w, r)
			if w.Code != http.StatusOK || len(w.Result().Cookies()) > 0 {
				t.Errorf("%s %s: %d with %d cookies", visit.method, visit.path, w.Code, len(w.Result().Cookies()))
			}
		}
	}
	if h.tables() != before {
		t.Error("a scanner changed something")
	}
	in := 0
	for _, link := range list {
		b := &surfer{h: h}
		if a := b.send(b.get(link), "Set up my access", map[string]string{"first_name": "Lena", "last_name": "Vos", "password": good}); a.Code == http.StatusSeeOther {
			in++
		}
	}
	if in != len(list) {
		t.Errorf("%d of %d came in after the scanner", in, len(list))
	}
}

// scannersPress: every form of the page sent empty and with junk; 500 links in the
// table, 60 here.
func scannersPress(t *testing.T, h *house) {
	list := h.links("pressed", scale(500, 60))
	for _, link := range list {
		b := &surfer{h: h}
		f := b.get(link).Form("Set up my access")
		for _, junk := range []string{"", "x", "test@example.com", "12345678", "password"} {
			v := url.Values{}
			for name, was := range f.Values() {
				v[name] = was
				if name != "nonce" && name != "do" {
					v.Set(name, junk)
				}
			}
			if a := b.do("POST", f.Action(), v); a.Code == http.StatusSeeOther || b.cookie != "" {
				t.Fatalf("junk %q was let in: %d %s", junk, a.Code, a.To)
			}
		}
		asks := b.get(link + "/decline").Form("Continue")
		for _, junk := range []string{"", "x", "on", "true", "yes", "1", "keep"} {
			b.do("POST", asks.Action(), url.Values{"nonce": asks.Values()["nonce"], "answer": {junk}})
		}
		b.do("POST", asks.Action(), asks.Values())
		b.do("POST", asks.Action(), url.Values{"nonce": {"forged"}, "answer": {"decline"}})
		(&surfer{h: h, site: "cross-site"}).do("POST", asks.Action(), url.Values{"nonce": asks.Values()["nonce"], "answer": {"decline"}})
		for _, do := range []string{"accept", "again", "activate", ""} {
			b.do("POST", f.Action(), url.Values{"nonce": f.Values()["nonce"], "do": {do}})
		}
		// Without the page's own nonce, from elsewhere, and by an old browser.
		full := url.Values{"do": {"activate"}, "first_name": {"Bot"}, "last_name": {"Bot"}, "password": {good}, "nonce": {"forged"}}
		b.do("POST", f.Action(), full)
		cross := &surfer{h: h, site: "cross-site"}
		full["nonce"] = f.Values()["nonce"]
		cross.do("POST", f.Action(), full)
	}
	h.update(func(tx *db.Tx) error {
		var used, people int
		err := tx.Row(`SELECT COUNT(*) FROM invite WHERE accepted_at IS NOT NULL OR declined_at IS NOT NULL`, nil, &used)
		if err == nil {
			err = tx.Row(`SELECT COUNT(*) FROM identity`, nil, &people)
		}
		if used != 0 || people != 0 {
			t.Errorf("%d of %d links were used up, %d logins made", used, len(list), people)
		}
		return err
	})
}

var foreign = regexp.MustCompile(`(?:src|href|action|url\()\s*=?\s*["']?(?:https?:)?//[^"'\s)]+`)

// noLeaks: the page tells its address to nobody, is kept by nobody, and loads
// nothing from elsewhere.
func noLeaks(t *testing.T, h *house) {
	link := h.invite("leak@example.com", invite.Offer{})
	b := &surfer{h: h}
	for _, path := range []string{link, link + "?lang=de", link + "/decline", "/i", "/i/" + strings.Repeat("A", 43)} {
		a := b.get(path)
		if a.Header.Get("Referrer-Policy") != "no-referrer" || a.Header.Get("Cache-Control") != "no-store" || !strings.Contains(a.Header.Get("Content-Security-Policy"), "default-src") {
			t.Errorf("%s: %v", path, a.Header)
		}
		if found := foreign.FindAllString(a.Body, -1); len(found) > 0 {
			t.Errorf("%s asks others: %v", path, found)
		}
	}
	if a := b.get(link); strings.Contains(a.Header.Get("Content-Security-Policy"), "http") {
		t.Errorf("others may be asked: %s", a.Header.Get("Content-Security-Policy"))
	}
}

// otherAddress: fields of the form that name somebody else change nothing; 1,000 in
// the table, 10 here.
func otherAddress(t *testing.T, h *house) {
	for i, link := range h.links("invited", scale(1000, 10)) {
		b := &surfer{h: h}
		a := b.send(b.get(link), "Set up my access", map[string]string{
			"first_name": "Lena", "last_name": "Vos", "password": good,
			"email": "attacker@evil.example", "role": "super-admin", "roles": "super-admin", "workspace": "other", "person": "x", "to": "attacker@evil.example",
		})
		if a.Code != http.StatusSeeOther {
			t.Errorf("%d: %s", a.Code, a.Text())
		}
		v, err := h.enter.Who(t.Context(), b.cookie)
		if want := fmt.Sprintf("invited.%d@example.com", i); err != nil || v.Identity.Email != want || v.Staff() || len(v.Seats) != 1 {
			t.Errorf("came in as %+v, %v; want %s", v, err, want)
		}
	}
}

// staleFlow: a link is opened and left, another one opened in the same browser and
// finished: it is the other's seat. 200 in the table, 8 here.
func staleFlow(t *testing.T, h *house) {
	n := scale(200, 8)
	first, second, third := h.links("first", n), h.links("second", n), h.links("third", n)
	for i := range n {
		b := &surfer{h: h}
		left := b.get(first[i])
		left.Form("Set up my access")
		b.send(b.get(second[i]), "Set up my access", map[string]string{"first_name": "Lena", "last_name": "Vos", "password": good})
		v, err := h.enter.Who(t.Context(), b.cookie)
		if want := fmt.Sprintf("second.%d@example.com", i); err != nil || v.Identity.Email != want {
			t.Errorf("finished %s, and is %s (%v)", want, v.Identity.Email, err)
		}
		// The nonce of the page that was left does not fit the other's.
		f := left.Form("Set up my access").Values()
		f.Set("first_name", "Eve")
		f.Set("last_name", "Evil")
		f.Set("password", good)
		if a := (&surfer{h: h}).do("POST", third[i], f); a.Code == http.StatusSeeOther {
			t.Error("one page's form was taken for another's link")
		}
		h.update(func(tx *db.Tx) error {
			p, err := person.ByEmail(tx, h.ws.ID, fmt.Sprintf("first.%d@example.com", i))
			if p.Status != person.Invited {
				t.Errorf("whoever was left behind is %s", p.Status)
			}
			return err
		})
	}
}

// noEnumeration: an address with a code answers the same whether there is an
// invitation for it or not, byte for byte; 2,000 pairs in the table, 8 here (what
// limits guesses ends longer runs). How long the answers take is measured for
// registration, in flow/onboard.
func noEnumeration(t *testing.T, h *house) {
	for i := range 8 {
		email, nobody := fmt.Sprintf("known.%d@example.com", i), fmt.Sprintf("other.%d@example.com", i)
		if _, err := h.onboard.Invite(t.Context(), accessOf(h), []onboard.Invitee{{Email: email}}, invite.Offer{}, ""); err != nil {
			t.Fatal(err)
		}
		h.ahead.Add(int64(time.Hour)) // what limits tries is empty again
		var bodies []string
		for _, who := range []string{email, nobody} {
			b := &surfer{h: h}
			a := b.do("POST", "/i", url.Values{"email": {who}, "code": {"0000-0000"}})
			bodies = append(bodies, fmt.Sprint(a.Code)+strings.ReplaceAll(a.Body, who, "ADDRESS"))
		}
		if bodies[0] != bodies[1] {
			t.Errorf("the answers differ:\n%s\n%s", bodies[0], bodies[1])
		}
	}
	var seen []string
	for _, token := range []string{strings.Repeat("A", 43), strings.Repeat("b", 43), "short"} {
		b := &surfer{h: h}
		a := b.get("/i/" + token)
		seen = append(seen, fmt.Sprint(a.Code)+strings.ReplaceAll(a.Body, token, "TOKEN"))
	}
	if seen[0] != seen[1] || seen[0] != seen[2] {
		t.Error("unknown links are told apart")
	}
}

func accessOf(h *house) access.Actor { return access.System(h.ws.ID, "test") }
