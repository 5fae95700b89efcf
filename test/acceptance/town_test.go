// Package acceptance drives the built program the way its people do: the command
// line, a real browser, a real mail server, other people's chargers. A test is
// named after the row of the acceptance table that it shows.
package acceptance

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"involt/internal/testkit/binary"
	"involt/internal/testkit/browser"
	"involt/internal/testkit/peers"
	"involt/internal/testkit/smtptest"
)

const (
	slug     = "northgrid"
	password = "four words make sense"
)

// town is a running Involt with a mail server, and its operator's browser.
type town struct {
	*testing.T
	database string
	keyFile  string // all servers of the town have one
	srv      *binary.Server
	mail     *smtptest.Server
	console  *browser.Tab // signed in as the first super-admin
}

// newTown starts the server on a database and lets the first super-admin in: by
// the link that the command line prints, then with a password.
func newTown(t *testing.T, database string) *town {
	t.Helper()
	mail := smtptest.Start(t)
	w := &town{T: t, database: database, keyFile: filepath.Join(t.TempDir(), "involt.key"), mail: mail}
	w.srv = w.serve()
	// Without a mail server the link is printed.
	out := binary.Run(t, append(w.srv.Env(), "INVOLT_SMTP="), "admin", "invite", "olga@northgrid.example", "--workspace", slug).OK(t).Stdout
	link := lineWith(t, out, w.srv.URL+"/i/")
	w.console = browser.New(t)
	w.activate(w.console, link, "Olga", "Operator")
	w.console.WaitURL("/w/" + slug)
	return w
}

// serve starts a server on the town's database.
func (w *town) serve() *binary.Server {
	w.Helper()
	return binary.Serve(w.T, w.database, "INVOLT_KEY_FILE="+w.keyFile, "INVOLT_SMTP="+w.mail.URL()+"?tls=none&from=hello@northgrid.example")
}

func lineWith(t *testing.T, text, part string) string {
	t.Helper()
	for line := range strings.Lines(text) {
		if strings.Contains(line, part) {
			return strings.TrimSpace(line)
		}
	}
	t.Fatalf("no line with %q in:\n%s", part, text)
	return ""
}

// activate sets a password on an invitation's page.
func (w *town) activate(tab *browser.Tab, link, first, last string) {
	w.Helper()
	tab.Open(link)
	tab.Fill("First name", first)
	tab.Fill("Last name", last)
	tab.Fill("Choose a password", password)
	tab.Click("Set up my access")
	tab.WaitGone("Choose a password") // it takes the time of a password's hash
}

// page is the address of a page of the console.
func (w *town) page(path string) string { return w.srv.URL + "/w/" + slug + path }

// place adds a location by the console.
func (w *town) place(name string, membersOnly bool) {
	w.Helper()
	w.console.Open(w.page("/locations/new"))
	w.console.Fill("Name", name)
	if membersOnly {
		w.console.Check("Members only", true)
	}
	w.console.Click("Add location")
	w.console.WaitText(name)
}

// charger adds a charger by the console and returns the key that it shows once.
func (w *town) charger(identity, location string) (key string) {
	w.Helper()
	w.console.Open(w.page("/chargers/new"))
	w.console.Fill("OCPP identity", identity)
	w.console.Fill("Location", location)
	w.console.Click("Add charger")
	return w.shownKey()
}

// shownKey reads a charger's key from the page that shows it once.
func (w *town) shownKey() (key string) {
	w.Helper()
	w.console.WaitText("I have copied it")
	text := w.console.Text("css:main")
	for word := range strings.FieldsSeq(text) {
		if len(word) == 40 && strings.Trim(word, "0123456789abcdef") == "" {
			return word
		}
	}
	w.Fatalf("the page shows no key: %s", text)
	return ""
}

// importFile writes a sheet and imports it by the command line.
func (w *town) importFile(text string) string {
	w.Helper()
	file := filepath.Join(w.TempDir(), "people.csv")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		w.Fatal(err)
	}
	return binary.Run(w.T, w.srv.Env(), "import", file, "--workspace", slug, "--apply").OK(w.T).Stdout
}

// tick selects users of the list by name.
func (w *town) tick(names ...string) {
	w.Helper()
	for _, name := range names {
		w.console.Check("Select "+name, true)
	}
}

// status waits until the list shows a user with a status.
func (w *town) status(tab *browser.Tab, name, status string) {
	w.Helper()
	tab.Open(w.page("/users?q=" + strings.ReplaceAll(name, " ", "+")))
	tab.Within("#list").WaitText(name)
	tab.Within("#list tbody").WaitText(status)
}

// invited invites users of the list and returns the links that they were mailed.
func (w *town) invited(emails ...string) (links []string) {
	w.Helper()
	for _, to := range emails {
		links = append(links, w.mail.Wait(to).Link(w.T, w.srv.URL+"/i/"))
	}
	return links
}

// ocpp is where chargers connect.
func (w *town) ocpp() string { return ocppAt(w.srv.URL) }

// ocppAt is where chargers connect to a server: by its number, since some of them
// look up a name and try one address only.
func ocppAt(server string) string {
	return "ws" + strings.Replace(strings.TrimPrefix(server, "http"), "localhost", "127.0.0.1", 1) + "/ocpp/" + slug
}

// strict runs steps with a charger that holds every answer against the schemas.
func (w *town) strict(protocol, identity, key, steps string) {
	w.Helper()
	p := peers.Node(w.T, nil, "strict.js", w.ocpp(), identity, key, protocol, steps)
	if code := p.Wait(); code != 0 {
		w.Errorf("%s, steps %s: exit status %d\n%s%s", protocol, steps, code, p.Stdout(), p.Stderr())
	}
}

// charge runs a whole session with the 1.6 simulator of somebody else.
func (w *town) charge(identity, key, card string, wh int) {
	w.Helper()
	address := "ws://" + identity + ":" + key + "@" + strings.TrimPrefix(w.ocpp(), "ws://") + "/" + identity
	p := peers.Node(w.T, []string{"OCPP_URL=" + address, "OCPP_CARD=" + card, "OCPP_BAD_CARD=04DEADBEEF0001", fmt.Sprintf("OCPP_WH=%d", wh)},
		"node_modules/em-ocpp-chargepoint-simulator/build/src/main.js", "./ocpp16-sim.js")
	p.Line(`"step":"done"`)
	p.Wait() // its exit status is always 0: the console is what is looked at
	if !strings.Contains(p.Stdout(), `{"step":"authorize-bad","answer":{"idTagInfo":{"status":"Invalid"`) {
		w.Errorf("an unknown card was not refused as OCPP 1.6 says it: %s", p.Stdout())
	}
}

// get asks as a mail scanner does: without cookies and without a browser.
func (w *town) get(method, url string) *http.Response {
	w.Helper()
	r, err := http.NewRequestWithContext(w.Context(), method, url, nil)
	if err != nil {
		w.Fatal(err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		w.Fatal(err)
	}
	_ = res.Body.Close()
	return res
}
