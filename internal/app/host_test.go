package app

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/apikey"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/joincode"
	"involt/internal/core/login"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/core/workspace"
	"involt/internal/flow/onboard"
	"involt/internal/flow/people"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
	"involt/internal/testkit/smtptest"
)

// TestThreat shows that nothing in a request moves a link, TestThreat/R08: every
// route that makes a mail, asked in fourteen ways that point elsewhere, on a
// server with a public address and on one without. And that a card that was blocked while its
// charger was away charges no longer once it is back, TestThreat/R62. And that nothing is upgraded without
// the charger's own certificate where one is needed, TestThreat/R54.
func TestThreat(t *testing.T) {
	t.Run("R54_client_certificates", func(t *testing.T) { dbtest.EachURL(t, clientCertificates) })
	t.Run("R62_revoked_card_offline", func(t *testing.T) {
		for _, version := range versions {
			t.Run(version, func(t *testing.T) {
				dbtest.EachURL(t, func(t *testing.T, at string) { revoked(t, at, version) })
			})
		}
	})
	t.Run("R62_revoked_card_leaves_the_lists", func(t *testing.T) {
		for _, version := range versions {
			t.Run(version, func(t *testing.T) {
				dbtest.EachURL(t, func(t *testing.T, at string) { unlisted(t, at, version) })
			})
		}
	})
	t.Run("R08_host_poisoning", func(t *testing.T) {
		dbtest.EachURL(t, func(t *testing.T, at string) { poisoned(t, at, "https://charge.example.com") })
	})
	t.Run("R08_host_poisoning_without_a_public_address", func(t *testing.T) {
		dbtest.EachURL(t, func(t *testing.T, at string) { poisoned(t, at, "") })
	})
}

// poison is one way to ask for another host. In it GOOD stands for the server's
// own host and NAME for that without the port; its answer is 0 where the request
// is served.
type poison struct {
	name   string
	target string // before the path
	hosts  []string
	header string
	answer int
}

var poisons = []poison{
	{name: "host", hosts: []string{"evil.example"}, answer: 421},
	{name: "x-forwarded-host", header: "X-Forwarded-Host: evil.example"},
	{name: "x-forwarded-proto", header: "X-Forwarded-Proto: gopher"},
	{name: "x-forwarded-port", header: "X-Forwarded-Port: 6666"},
	{name: "forwarded", header: "Forwarded: for=192.0.2.1;host=evil.example;proto=http"},
	{name: "x-original-host", header: "X-Original-Host: evil.example"},
	{name: "x-host", header: "X-Host: evil.example\r\nX-Forwarded-Server: evil.example\r\nX-HTTP-Host-Override: evil.example"},
	{name: "absolute-target", target: "http://evil.example", answer: 421},
	{name: "absolute-target-host", target: "http://GOOD", hosts: []string{"evil.example"}},
	{name: "two-hosts", hosts: []string{"GOOD", "evil.example"}, answer: 400},
	{name: "port", hosts: []string{"NAME:6666"}},
	{name: "port-name", hosts: []string{"NAME:evil.example"}, answer: 421},
	{name: "userinfo", hosts: []string{"GOOD@evil.example"}, answer: 400},
	{name: "longer-name", hosts: []string{"NAME.evil.example"}, answer: 421},
}

// mailers are the routes that make mails: part is of the path of their link, and
// ask returns the path and the body to send for an address.
var mailers = []struct {
	name, part string
	ask        func(*outside, string) (path, body string)
}{
	{"registration", "/r/north/", func(o *outside, email string) (string, string) {
		return "/r/north", o.form("/r/north", "first_name", "Lena", "last_name", "Vos", "email", email, "language", "en")
	}},
	{"forgotten password", "/password/", func(o *outside, email string) (string, string) {
		who := login.Identity{Email: email, Hash: "x"}
		o.update(func(tx *db.Tx) error {
			who.Verified = tx.Now
			if err := login.Insert(tx, &who); err != nil {
				return err
			}
			return person.Insert(tx, &person.Person{Workspace: o.ws.ID, Email: email, Status: person.Active, Identity: who.ID})
		})
		return "/password", o.form("/password", "email", email)
	}},
	{"invitation", "/i/", func(o *outside, email string) (string, string) {
		p := person.Person{Workspace: o.ws.ID, Email: email, Status: person.Imported}
		o.update(func(tx *db.Tx) error { return person.Insert(tx, &p) })
		return "/api/v1/users/invite", `{"user_ids":["` + string(p.ID) + `"]}`
	}},
	{"join by code", "/r/north/", func(o *outside, email string) (string, string) {
		return o.join, o.form(o.join, "do", "register", "first_name", "Lena", "last_name", "Vos", "email", email)
	}},
	{"claim", "/i/", func(o *outside, email string) (string, string) {
		o.cards++
		car, err := o.app.People.AddCardholder(o.t.Context(), o.by, people.Cardholder{Name: "Pool car", Cards: []string{fmt.Sprintf("04A29F%02X", o.cards)}})
		if err != nil {
			o.t.Fatal(err)
		}
		made, _, err := o.app.Onboard.MakeClaim(o.t.Context(), o.by, []id.Person{car.ID})
		if err != nil || len(made) != 1 {
			o.t.Fatal(made, err)
		}
		return "/c", o.form("/c", "code", made[0].Code, "email", email)
	}},
	// The last: it lets a day go by.
	{"send again", "/i/", func(o *outside, email string) (string, string) {
		if _, err := o.app.Onboard.Invite(o.t.Context(), o.by, []onboard.Invitee{{Email: email}}, invite.Offer{}, ""); err != nil {
			o.t.Fatal(err)
		}
		link := o.srv.Wait(email).Link(o.t, "/i/")
		path := link[strings.Index(link, "/i/"):]
		o.sent(strings.TrimPrefix(path, "/i/"))
		o.ahead.Add(int64(25 * time.Hour))
		return path, o.form(path, "do", "again")
	}},
}

func poisoned(t *testing.T, at, public string) {
	o := run(t, at, public)
	links, refused := 0, map[string]int{}
	for _, m := range mailers {
		for _, p := range poisons {
			email := p.name + "@" + strings.ReplaceAll(m.name, " ", "-") + ".example"
			path, body := m.ask(o, email)
			before := len(o.srv.Accepted(email))
			got := o.raw("POST", path, p, body)
			want := p.answer
			if want == 421 && (public == "" || strings.HasPrefix(path, "/api/")) {
				want = 0 // any name will do there
			}
			if want != 0 {
				if got != want {
					t.Errorf("%s, %s: status %d, want %d", m.name, p.name, got, want)
				}
				refused[email] = before
				continue
			}
			if got != 200 && got != 303 {
				t.Errorf("%s, %s: status %d", m.name, p.name, got)
				continue
			}
			mail := o.srv.Wait(email)
			if len(mail.Links) == 0 || !strings.HasPrefix(mail.Link(t, m.part), o.public+m.part) {
				t.Errorf("%s, %s: %q", m.name, p.name, mail.Links)
			}
			for _, l := range mail.Links {
				links++
				if u, err := url.Parse(l); err != nil || u.Scheme+"://"+u.Host != o.public || u.User != nil {
					t.Errorf("%s, %s: the mail leads to %s, not to %s", m.name, p.name, l, o.public)
				}
			}
			if strings.Contains(string(mail.Raw), "evil") || strings.Contains(mail.Text+mail.HTML, "evil") || strings.Contains(mail.Text+mail.HTML, "6666") {
				t.Errorf("%s, %s: the mail names the other host", m.name, p.name)
			}
		}
	}
	if links < len(mailers)*8 {
		t.Errorf("only %d links were looked at", links)
	}
	for email, before := range refused {
		if n := len(o.srv.Accepted(email)); n != before {
			t.Errorf("refused, and mailed to %s all the same", email)
		}
	}
}

// outside is a server that runs, and whoever asks it from outside.
type outside struct {
	t      *testing.T
	app    *App
	addr   string
	public string // the configured origin
	srv    *smtptest.Server
	ahead  atomic.Int64
	ws     workspace.Workspace
	by     access.Actor
	key    string // of the API
	join   string // the path of a joining code
	cards  int
	asked  int
}

// run starts a server with a workspace that people may join by every way.
func run(t *testing.T, at, public string) *outside {
	t.Helper()
	o := &outside{t: t, srv: smtptest.Start(t), ws: workspace.New("north", "North")}
	var err error
	o.app, err = Open(t.Context(), Config{
		Database: at, KeyFile: filepath.Join(t.TempDir(), "involt.key"), Listen: "127.0.0.1:0", PublicURL: public, SMTP: o.srv.URL(),
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
	})
	if err != nil {
		t.Fatal(err)
	}
	o.app.DB.Clock = func(now time.Time) time.Time { return now.Add(time.Duration(o.ahead.Load())) }
	var harbour id.Location
	o.update(func(tx *db.Tx) (err error) {
		o.ws.SelfRegistration = true
		if err := workspace.Insert(tx, &o.ws); err != nil {
			return err
		}
		o.by = access.System(o.ws.ID, "test")
		l := site.Location{Workspace: o.ws.ID, Name: "Harbour", City: "Kiel", TimeZone: "Europe/Berlin", Country: "DE"}
		if err := site.InsertLocation(tx, &l); err != nil {
			return err
		}
		harbour = l.ID
		o.key, err = apikey.Insert(tx, &apikey.Key{Workspace: o.ws.ID, Name: "test", Perms: access.All, CreatedBy: o.by.Name})
		return err
	})
	c, err := o.app.Join.Make(t.Context(), o.by, joincode.Code{Location: harbour})
	if err != nil {
		t.Fatal(err)
	}
	o.join = strings.TrimPrefix(o.app.Join.Link(&c), public)
	ctx, stop := context.WithCancel(t.Context())
	ready, ended := make(chan net.Addr, 1), make(chan error, 1)
	go func() { ended <- o.app.Run(ctx, func(addr net.Addr) { ready <- addr }) }()
	select {
	case addr := <-ready:
		o.addr = addr.String()
	case err := <-ended:
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := o.app.Close(); err != nil {
			t.Error(err)
		}
	})
	o.public = o.app.Config.PublicURL
	return o
}

func (o *outside) update(do func(*db.Tx) error) {
	o.t.Helper()
	if err := o.app.DB.Update(o.t.Context(), do); err != nil {
		o.t.Fatal(err)
	}
}

// sent waits until the server knows that the mail of a link is out: its time
// begins then.
func (o *outside) sent(token string) {
	o.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for out, late := false, time.Now().Add(30*time.Second); !out; <-tick.C {
		o.update(func(tx *db.Tx) error {
			v, err := invite.ByToken(tx, token)
			out = !v.Sent.IsZero()
			return err
		})
		if !out && time.Now().After(late) {
			o.t.Fatal("the mail is never noted as sent")
		}
	}
}

var nonce = regexp.MustCompile(`name="nonce" value="([^"]+)"`)

// form opens a page as its readers do and fills in its form.
func (o *outside) form(path string, fields ...string) string {
	o.t.Helper()
	r := httptest.NewRequestWithContext(o.t.Context(), http.MethodGet, "http://"+o.addr+path, nil)
	r.RequestURI = ""
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		o.t.Fatal(err)
	}
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	if err != nil {
		o.t.Fatal(err)
	}
	v := url.Values{}
	if found := nonce.FindSubmatch(page); found != nil {
		v.Set("nonce", string(found[1]))
	}
	for i := 0; i < len(fields); i += 2 {
		v.Set(fields[i], fields[i+1])
	}
	return v.Encode()
}

// raw sends a request that no HTTP client would, and returns the status.
func (o *outside) raw(method, path string, p poison, body string) int {
	o.t.Helper()
	o.asked++
	good := strings.TrimPrefix(strings.TrimPrefix(o.public, "https://"), "http://")
	name, _, _ := strings.Cut(good, ":")
	own := strings.NewReplacer("GOOD", good, "NAME", name)
	hosts := p.hosts
	if hosts == nil {
		hosts = []string{"GOOD"}
	}
	kind := "application/x-www-form-urlencoded"
	if json.Valid([]byte(body)) {
		kind = "application/json\r\nAuthorization: Bearer " + o.key
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s%s HTTP/1.1\r\n", method, own.Replace(p.target), path)
	for _, h := range hosts {
		fmt.Fprintf(&b, "Host: %s\r\n", own.Replace(h))
	}
	if p.header != "" {
		b.WriteString(p.header + "\r\n")
	}
	fmt.Fprintf(&b, "X-Forwarded-For: 198.51.%d.%d\r\nSec-Fetch-Site: same-origin\r\nConnection: close\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", o.asked/250, o.asked%250+1, kind, len(body), body)
	c, err := (&net.Dialer{}).DialContext(o.t.Context(), "tcp", o.addr)
	if err != nil {
		o.t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, b.String()); err != nil {
		o.t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		o.t.Fatal(err)
	}
	_ = res.Body.Close()
	return res.StatusCode
}

// The server answers to its own name, whatever the port, and the machine itself
// may ask by the machine's names.
func TestTheNamesOfAServer(t *testing.T) {
	for _, c := range []struct {
		public, host, peer string
		served             bool
	}{
		{"https://charge.example.com", "charge.example.com", "198.51.100.1:5", true},
		{"https://charge.example.com", "CHARGE.example.com.:8443", "198.51.100.1:5", true},
		{"https://charge.example.com", "charge.example", "198.51.100.1:5", false},
		{"https://charge.example.com", "localhost", "198.51.100.1:5", false},
		{"https://charge.example.com", "localhost:8080", "127.0.0.1:5", true},
		{"https://charge.example.com", "[::1]:8080", "[::1]:5", true},
		{"https://charge.example.com", "198.51.100.7", "198.51.100.1:5", false},
		{"https://charge.example.com", "", "198.51.100.1:5", false},
		{"https://charge.m\u00fcnchen.example", "charge.xn--mnchen-3ya.example", "198.51.100.1:5", true},
		{"http://localhost:8080", "127.0.0.1:8080", "172.17.0.1:5", true},
		{"http://127.0.0.1:8080", "localhost:9999", "127.0.0.1:5", true},
		{"http://127.0.0.1:8080", "evil.example", "127.0.0.1:5", false},
		{"https://[2001:db8::1]", "[2001:db8::1]:443", "198.51.100.1:5", true},
	} {
		a := &App{Config: Config{PublicURL: c.public}, named: true}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.Host, r.RemoteAddr = c.host, c.peer
		w := httptest.NewRecorder()
		a.ours(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })).ServeHTTP(w, r)
		if served := w.Code == http.StatusNoContent; served != c.served || !served && (w.Code != http.StatusMisdirectedRequest || !strings.Contains(w.Body.String(), c.public)) {
			t.Errorf("%s asked for as %q by %s: %d %s", c.public, c.host, c.peer, w.Code, w.Body)
		}
	}
}
