package app

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"

	"involt/internal/core/access"
	"involt/internal/core/invite"
	"involt/internal/core/login"
	"involt/internal/core/person"
	"involt/internal/flow/onboard"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
)

// notebook keeps what is logged.
type notebook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (n *notebook) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.Write(p) //nolint:wrapcheck // a buffer never fails
}

func (n *notebook) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.String()
}

// TestThreatR07NobodyElseReadsALink makes invitations by the API and by an admin,
// opens some of them, and then looks for their tokens and codes in every answer of
// the API, in every page and file of the console, in every row of every table and
// in the log.
func TestThreatR07NobodyElseReadsALink(t *testing.T) {
	var log notebook
	old := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	t.Cleanup(func() { slog.SetDefault(old) }) // after those that run side by side
	t.Run("engines", func(t *testing.T) {
		dbtest.EachURL(t, func(t *testing.T, at string) { canaries(t, at, &log) })
	})
}

var shortCode = regexp.MustCompile(`(?m)^\s*([0-9A-Z]{4}-[0-9A-Z]{4})\s*$`)

func canaries(t *testing.T, at string, log *notebook) {
	o := run(t, at, "https://charge.example.com")
	var said []string // what the server answered, each with where
	session := o.admin()
	var secrets []string
	var who []string
	for i := range 8 {
		email := fmt.Sprintf("canary%d@example.com", i)
		if i%2 == 0 {
			p := person.Person{Workspace: o.ws.ID, Email: email, Status: person.Imported}
			o.update(func(tx *db.Tx) error { return person.Insert(tx, &p) })
			said = append(said, o.ask("POST", "/api/v1/users/invite", "", `{"user_ids":["`+string(p.ID)+`"]}`))
			who = append(who, string(p.ID))
		} else {
			made, err := o.app.Onboard.Invite(t.Context(), o.by, []onboard.Invitee{{Email: email}}, invite.Offer{}, "Hello")
			if err != nil {
				t.Fatal(err)
			}
			who = append(who, string(made[0]))
		}
		m := o.srv.Wait(email)
		link := m.Link(t, "/i/")
		token := link[strings.Index(link, "/i/")+3:]
		code := shortCode.FindStringSubmatch(m.Text)
		if len(token) != invite.TokenLen || code == nil {
			t.Fatalf("no link or no code in the mail: %s", m.Text)
		}
		secrets = append(secrets, token, code[1], strings.ReplaceAll(code[1], "-", ""))
		o.sent(token)
		if i%4 < 2 { // a reader comes, and a wrong password
			if page := o.ask("GET", "/i/"+token, "", ""); !strings.HasPrefix(page, "200") {
				t.Errorf("the link answers %.60s", page)
			}
			o.raw("POST", "/i/"+token, poison{}, o.form("/i/"+token, "do", "activate", "password", "x"))
		}
		if i == 3 {
			o.raw("POST", "/i/"+token, poison{}, o.form("/i/"+token, "do", "activate", "first_name", "Lena", "last_name", "Vos", "password", "four quiet volts"))
		}
	}
	// Everything that the API tells.
	reads := 0
	for path := range strings.FieldsSeq(strings.Join(apiPaths.FindAllString(o.ask("GET", "/api/openapi.json", "", ""), -1), " ")) {
		path = strings.Trim(path, `":`)
		for _, one := range who {
			filled := hole.ReplaceAllString(path, one)
			if answer := o.ask("GET", filled, "", ""); strings.HasPrefix(answer, "200") {
				said = append(said, "GET "+filled+" "+answer)
				reads++
			}
			if filled == path {
				break
			}
		}
	}
	// Everything that links of the console lead to.
	seen, next := map[string]bool{}, []string{"/w/north", "/w/north/users", "/w/north/invitations", "/w/north/activity", "/w/north/users/export"}
	for _, one := range who {
		next = append(next, "/w/north/users/"+one, "/w/north/users/"+one+"/activity", "/w/north/users/"+one+"/messages")
	}
	pages := 0
	for len(next) > 0 && len(seen) < 400 {
		path := next[0]
		next = next[1:]
		if seen[path] {
			continue
		}
		seen[path] = true
		answer := o.ask("GET", path, session, "")
		said = append(said, "GET "+path+" "+answer)
		if strings.HasPrefix(answer, "200") {
			pages++
		}
		for _, l := range consoleLink.FindAllStringSubmatch(answer, -1) {
			next = append(next, strings.ReplaceAll(l[1], "&amp;", "&"))
		}
	}
	if reads < 15 || pages < 30 {
		t.Errorf("%d answers of the API and %d pages of the console were read: too few to prove anything", reads, pages)
	}
	places := append(said, "rows "+o.rows(), "log "+log.String())
	if !strings.Contains(places[len(places)-2], "canary1@example.com") {
		t.Error("the rows of the database were not read")
	}
	for _, secret := range secrets {
		for _, place := range places {
			if at := strings.Index(place, secret); at >= 0 {
				t.Errorf("%.60s holds a link or a code: …%s…", place, place[max(0, at-60):at])
			}
		}
	}
}

var (
	apiPaths    = regexp.MustCompile(`"/api/v1/[^"]*":`)
	hole        = regexp.MustCompile(`\{[^}]+\}`)
	consoleLink = regexp.MustCompile(`href="(/w/north[^"#]*)`)
)

// admin is a session of somebody who may do everything.
func (o *outside) admin() (session string) {
	o.t.Helper()
	o.update(func(tx *db.Tx) (err error) {
		who := login.Identity{Email: "anna@north.example", Hash: "x", Verified: tx.Now}
		if err := login.Insert(tx, &who); err != nil {
			return err
		}
		p := person.Person{Workspace: o.ws.ID, Email: who.Email, FirstName: "Anna", Status: person.Active, Identity: who.ID}
		if err := person.Insert(tx, &p); err != nil {
			return err
		}
		if err := person.GiveRole(tx, o.ws.ID, p.ID, access.Given{Role: "super-admin"}); err != nil {
			return err
		}
		session, err = login.Start(tx, who, login.Begin{Staff: true, Method: login.ByPassword, Proven: tx.Now})
		return err
	})
	return session
}

// ask returns the status, the headers and the body of an answer.
func (o *outside) ask(method, path, session, body string) string {
	o.t.Helper()
	r, err := http.NewRequestWithContext(o.t.Context(), method, "http://"+o.addr+path, strings.NewReader(body))
	if err != nil {
		o.t.Fatal(err)
	}
	if session != "" {
		r.Header.Set("Cookie", "__Host-involt="+session)
	}
	if strings.HasPrefix(path, "/api/") {
		r.Header.Set("Authorization", "Bearer "+o.key)
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		o.t.Fatal(err)
	}
	defer res.Body.Close()
	if kind := res.Header.Get("Content-Type"); strings.HasPrefix(kind, "text/event-stream") {
		return fmt.Sprint(res.StatusCode, " a stream")
	}
	text, err := io.ReadAll(res.Body)
	if err != nil {
		o.t.Fatal(path, err)
	}
	return fmt.Sprint(res.StatusCode, " ", res.Header, " ", string(text))
}

// rows spells every row of every table.
func (o *outside) rows() string {
	o.t.Helper()
	var b strings.Builder
	o.update(func(tx *db.Tx) error {
		b.Reset()
		list := `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`
		if o.app.DB.Postgres {
			list = `SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()`
		}
		tables, err := db.All(tx, db.Text[string], list)
		if err != nil {
			return err
		}
		for _, table := range tables {
			row := "t::text"
			if !o.app.DB.Postgres {
				columns, err := db.All(tx, db.Text[string], `SELECT name FROM pragma_table_info(?)`, table)
				if err != nil {
					return err
				}
				row = "quote(" + strings.Join(columns, ") || quote(") + ")"
			}
			rows, err := db.All(tx, db.Text[string], `SELECT `+row+` FROM `+table+` t`)
			if err != nil {
				return err
			}
			fmt.Fprintf(&b, "%s\n%s\n", table, strings.Join(rows, "\n"))
		}
		return nil
	})
	return b.String()
}
