package acceptance

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"involt/internal/testkit/binary"
	"involt/internal/testkit/dbtest"
	"involt/internal/testkit/peers"
	"involt/internal/testkit/smtptest"
)

// Two servers share one PostgreSQL: what is done at one holds at the other
// within a second, and each invitation is mailed by one of them.
func TestTwoReplicas(t *testing.T) {
	w := newTown(t, dbtest.Postgres(t))
	other := w.serve()
	w.importFile(people + "dan@northgrid.example,Dan,Dyne,04E1000000E001,P-4,Staff\n")
	w.place("Harbour Garage", false)
	key := w.charger("HARB-1", "Harbour Garage")
	w.console.Open(w.page("/users"))
	w.tick("Ada Ampere", "Ben Becquerel", "Cleo Coulomb")
	w.console.Click("Actions")
	w.console.Click("Invite selected")
	w.console.Click("Invite 3 users")
	for _, to := range []string{"ada@northgrid.example", "ben@northgrid.example", "cleo@northgrid.example"} {
		w.mail.Wait(to)
		if n := len(w.mail.Accepted(to)); n != 1 {
			t.Errorf("%s got %d mails", to, n)
		}
	}

	// The pool car is active. Its card is blocked at one server and tapped at the
	// other, over and over, until it is refused.
	at := ocppAt(other.URL)
	tap := func(expect string) {
		t.Helper()
		steps := `[{"do":"authorize","card":"04D2000000D001","expect":"` + expect + `"}]`
		p := peers.Node(t, nil, "strict.js", at, "HARB-1", key, "ocpp2.0.1", steps)
		if p.Wait() != 0 {
			t.Errorf("want %s: %s%s", expect, p.Stdout(), p.Stderr())
		}
	}
	tap("Accepted")
	api := w.apiKey()
	var found struct{ Items []struct{ ID string } }
	w.rest(other.URL, api, http.MethodGet, "/cards?q=04D2000000D001", nil, &found)
	if len(found.Items) != 1 {
		t.Fatalf("found %+v", found)
	}
	w.rest(w.srv.URL, api, http.MethodPost, "/cards/"+found.Items[0].ID+"/block", map[string]string{"reason": "lost"}, nil)
	deadline := time.Now().Add(time.Second)
	for {
		var d struct{ Allowed bool }
		w.rest(other.URL, api, http.MethodPost, "/decisions", map[string]string{"card": "04D2000000D001"}, &d)
		if !d.Allowed {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("a second later the other server still lets the card charge")
		}
	}
	tap("Blocked")
}

// A SQLite file has one server. A second one says so and leaves the first alone.
func TestSecondServerOnAFileIsRefused(t *testing.T) {
	database := dbtest.SQLite(t)
	first := binary.Serve(t, database)
	out := binary.Run(t, append(first.Env(), "INVOLT_LISTEN=127.0.0.1:0", "INVOLT_METRICS_LISTEN="), "serve")
	if out.Code != 1 || !strings.Contains(out.Stderr, "another Involt serves the database") {
		t.Errorf("exit status %d: %s", out.Code, out.Stderr)
	}
	res, err := http.Get(first.URL + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Errorf("the first server is not ready any more: %s", res.Status)
	}
}

// apiKey makes an API key by the console and returns it.
func (w *town) apiKey() string {
	w.Helper()
	w.console.Open(w.page("/keys/new"))
	w.console.Fill("Name", "test")
	w.console.Eval(`document.querySelectorAll("input[name=perms]").forEach(c => { c.checked = true })`, nil)
	w.console.Click("Make key")
	w.confirm(w.console)
	w.console.WaitText("I have copied it")
	key := regexp.MustCompile(`ik_[A-Za-z0-9_-]{43}`).FindString(w.console.Text("css:main"))
	if key == "" {
		w.Fatal("the page shows no key")
	}
	return key
}

// rest calls the API, which must answer with success.
func (w *town) rest(server, key, method, path string, body, out any) {
	w.Helper()
	var in io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			w.Fatal(err)
		}
		in = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(w.Context(), method, server+"/api/v1"+path, in)
	if err != nil {
		w.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+key)
	r.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		w.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode >= 300 {
		w.Fatalf("%s %s: %s %s (%v)", method, path, res.Status, text, err)
	}
	if out != nil {
		if err := json.Unmarshal(text, out); err != nil {
			w.Fatal(err)
		}
	}
}

// The server is killed, twice, while it sends invitations to a mail server that
// now and then hangs up before it says that it took the mail. Afterwards
// everybody has a mail, and all mails to one address have one link.
func TestKilledWhileMailing(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, database string) {
		w := newTown(t, database)
		var sheet strings.Builder
		sheet.WriteString("email,first_name,last_name\n")
		var all []string
		for _, a := range "abcdefghij" {
			for _, b := range "klmno" {
				to := string(a) + string(b) + "@northgrid.example"
				all = append(all, to)
				sheet.WriteString(to + ",Nn," + string(a) + string(b) + "\n")
				if b == 'k' {
					w.mail.Script(to, smtptest.Drop())
				}
			}
		}
		w.importFile(sheet.String())
		w.console.Open(w.page("/users"))
		w.console.Click("Actions")
		w.console.Click("Invite all imported")
		w.console.Click("Invite 50 users")
		w.mail.Wait(all[7])
		for range 2 {
			w.restart()
		}
		for _, to := range all {
			// One try may have been dropped: the next comes after the wait of a failed job.
			mails := append(w.mail.Unconfirmed(to), w.mail.Accepted(to)...)
			if len(w.mail.Accepted(to)) == 0 {
				mails = append(mails, w.late(to))
			}
			link := mails[0].Link(t, "/i/")
			for _, m := range mails {
				if got := m.Link(t, "/i/"); path(got) != path(link) {
					t.Errorf("%s got two links: %s and %s", to, link, got)
				}
			}
		}
		if out := binary.Run(t, w.srv.Env(), "audit", "verify").OK(t).Stdout; !strings.Contains(out, "The journal holds") {
			t.Error(out)
		}
	})
}

// late waits for a mail whose job was in work when the server was killed: with
// several replicas only the end of its lease shows that nobody works on it.
func (w *town) late(to string) *smtptest.Message {
	w.Helper()
	look := time.NewTicker(100 * time.Millisecond)
	defer look.Stop()
	for deadline := time.Now().Add(90 * time.Second); time.Now().Before(deadline); <-look.C {
		if got := w.mail.Accepted(to); len(got) > 0 {
			return got[0]
		}
	}
	w.Fatalf("no mail to %s within 90 seconds", to)
	return nil
}

// path is a link without the server's address.
func path(link string) string { return link[strings.LastIndex(link, "/i/"):] }

// restart kills the server as a power cut would, and starts another one on its
// database.
func (w *town) restart() {
	w.Helper()
	w.srv.Kill()
	w.srv = w.serve()
}
