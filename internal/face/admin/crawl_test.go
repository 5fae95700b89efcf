package admin

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"involt/internal/core/access"
	"involt/internal/testkit/dbtest"

	"golang.org/x/net/html"
)

// Nobody without the permission for personal data is sent any, by whatever page,
// part of a page or file of the console, whether their role lacks it or they
// have turned privacy mode on. Pages are found by following every link and form
// and by filling in every route with everything there is, so that a new page is
// looked at from the day it is there.
func TestNoPageShowsPersonalDataToThoseWithoutIt(t *testing.T) {
	// On one engine: what is masked is masked above the database, and this opens
	// some four thousand pages. Lists and searches without the permission are
	// tested on both in flow/browse.
	d := dbtest.Open(t, dbtest.SQLite(t))
	t.Run("sqlite", func(t *testing.T) {
		var log diary
		old := slog.Default()
		slog.SetDefault(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
		t.Cleanup(func() { slog.SetDefault(old) })
		g := plant(newDesk(t, d))

		// In the clear first: a test that looks at the wrong pages finds nothing.
		open := g.crawl("somebody with personal data", access.All)
		if n := len(open.shown); n < 15 {
			t.Errorf("only %d pages show anything personal to those who may see it: the test looks at the wrong data", n)
		}
		for _, rt := range g.c.routes() {
			if path, ok := strings.CutPrefix(rt.pattern, "GET "); ok && !open.reached[path] && unreachable[path] == "" {
				t.Errorf("no visit of GET %s answered with a page: plant what it needs in planted_test.go", path)
			}
		}
		log.Reset()
		for name, perms := range map[string]access.Perm{
			"the viewer role":           roleOf("viewer").Perms,
			"a super-admin, privacy on": access.All &^ access.PersonalData,
		} {
			c := g.crawl(name, perms)
			for _, where := range c.shown {
				t.Errorf("%s is shown personal data: %s", name, where)
			}
			for _, where := range c.press() {
				t.Errorf("%s is shown personal data: %s", name, where)
			}
		}
		if word, around := holds(log.String()); word != "" {
			t.Errorf("the log holds %q: … %s …", word, around)
		}
	})
}

// unreachable are the routes that no planted thing opens, and why.
var unreachable = map[string]string{
	"/keys/{key}/shown/{slot}":       "shows a key once, to who made it",
	"/chargers/{charger}/key/{slot}": "likewise",
	"/users/import/pieces":           "answers the script of the page, and needs personal data",
	"/imports/{import}":              "refused to all without personal data",
	"/imports/{import}/columns":      "likewise",
	"/imports/{import}/options":      "likewise",
	"/imports/{import}/refused.csv":  "likewise",
	"/users/{user}/groups":           "leads to the user, from the address of a form that was refused",
	"/users/{user}/cards":            "likewise",
	"/users/{user}/account":          "likewise",
	"/invitations/drafts/{draft}":    "leads to the step that a draft has come to",
	"/bulk/{bulk}/start":             "leads to the question, likewise",
}

// diary is a log that several write at once.
type diary struct {
	mu sync.Mutex // guards b
	b  bytes.Buffer
}

func (d *diary) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.b.Write(p)
}

func (d *diary) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.b.String()
}

func (d *diary) Reset() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.b.Reset()
}

// crawl is one walk through the whole console.
type crawl struct {
	g       *garden
	seen    map[string]bool // addresses with their mode
	often   map[string]int  // visits of a path
	queue   []string
	forms   map[string]url.Values // POST forms by where they go, with what they hold
	reached map[string]bool       // routes that answered with a page
	shown   []string
	linked  map[string]string // addresses that a page showed, and which
	broken  []string          // those of them that were refused
}

// mostOfOnePath bounds how many combinations of filters of one page are tried.
const mostOfOnePath = 20

func (g *garden) crawl(name string, perms access.Perm) *crawl {
	g.t.Helper()
	g.perms = perms
	return g.walk(name)
}

func (g *garden) walk(name string) *crawl {
	g.t.Helper()
	c := &crawl{linked: map[string]string{}, g: g, seen: map[string]bool{}, often: map[string]int{}, forms: map[string]url.Values{}, reached: map[string]bool{}}
	c.queue = []string{"/w/north", "/w/north/", "/w/north/goto?q=qplan", "/w/north/nowhere"}
	for _, rt := range g.c.routes() {
		if path, ok := strings.CutPrefix(rt.pattern, "GET "); ok {
			for _, filled := range g.fill(path) {
				// As it is, and for some that were selected.
				c.queue = append(c.queue, "/w/north"+filled)
				if path == filled {
					c.queue = append(c.queue, "/w/north"+filled+"?"+url.Values{"id": g.ids["user"]}.Encode())
				}
			}
		}
	}
	for len(c.queue) > 0 {
		at := c.queue[0]
		c.queue = c.queue[1:]
		c.visit(at)
	}
	g.t.Logf("%s: %d addresses, %d forms", name, len(c.seen), len(c.forms))
	return c
}

// fill puts everything there is into a route's wildcards: those of a noun that
// is planted get its things, others all of them.
func (g *garden) fill(path string) []string {
	open := wildcard.FindStringIndex(path)
	if open == nil {
		return []string{path}
	}
	noun := path[open[0]+1 : open[1]-1]
	things, ok := g.ids[noun]
	if noun == "change" || noun == "action" {
		things, ok = changes, true
	}
	if !ok {
		for _, list := range g.ids {
			things = append(things, list[0])
		}
		things = append(things, changes...)
	}
	var all []string
	for _, one := range things {
		all = append(all, g.fill(path[:open[0]]+one+path[open[1]:])...)
	}
	return all
}

// changes are the words that stand for verbs in addresses.
var changes = []string{
	"block", "unblock", "suspend", "remove", "blocked", "active", "suspended", "deactivated", "deactivate", "reactivate", "delete", "invite", "reinvite",
	"group-add", "group-remove", "cost-center", "approve", "decline", "export",
}

func (c *crawl) visit(at string) {
	u, err := url.Parse(at)
	if err != nil || u.Host != "" || !strings.HasPrefix(u.Path, "/w/north") {
		return
	}
	u.Fragment = ""
	if q := u.Query(); q.Get("after")+q.Get("before") != "" {
		q.Del("done")
	}
	key := u.Path + "?" + u.Query().Encode()
	if c.seen[key] || c.often[u.Path] >= mostOfOnePath {
		return
	}
	c.seen[key] = true
	c.often[u.Path]++
	refused := false
	for _, m := range []struct {
		mode    string
		headers []string
	}{
		{"", nil}, {"part of a page", []string{"HX-Request", "true", "HX-Target", "div#list"}}, {"sheet", []string{"HX-Request", "true", "HX-Target", "dialog#sheet"}},
	} {
		mode, headers := m.mode, m.headers
		if mode != "" && (refused || c.often[u.Path] > 3) {
			continue // what is not there has no parts, and those of a page are the same whatever it is narrowed to
		}
		r := httptest.NewRequest(http.MethodGet, u.String(), nil)
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		res, body := c.g.ask(r)
		if res.StatusCode >= 500 {
			c.g.t.Errorf("GET %s: %d: %.200s", at, res.StatusCode, body)
		}
		if res.StatusCode == http.StatusOK {
			if _, pattern := c.g.c.mux.Handler(r); pattern != "" {
				_, path, _ := strings.Cut(pattern, " ")
				c.reached[strings.TrimSuffix(strings.TrimPrefix(path, "/w/{slug}"), "{$}")] = true
			}
		}
		if mode == "" {
			refused = res.StatusCode == http.StatusForbidden || res.StatusCode == http.StatusNotFound
		}
		if from, ok := c.linked[at]; ok && (res.StatusCode == http.StatusForbidden || res.StatusCode == http.StatusNotFound) {
			c.broken = append(c.broken, fmt.Sprintf("%s shows a link to %s, which is answered with %d", from, at, res.StatusCode))
		}
		c.look("GET "+at, mode, res, body)
		if to := res.Header.Get("Location"); to != "" {
			c.queue = append(c.queue, to)
		}
		c.follow(u, res, body)
	}
}

// look notes what an answer shows, headers included.
func (c *crawl) look(what, mode string, res *http.Response, body string) {
	if mode != "" {
		what += " (" + mode + ")"
	}
	text := body
	if !readable(res.Header.Get("Content-Type")) {
		text = "" // packed: four letters in a row are by chance
	}
	for name, values := range res.Header {
		text += "\n" + name + ": " + strings.Join(values, ", ")
	}
	if word, around := holds(text); word != "" {
		c.shown = append(c.shown, what+" holds "+word+": … "+around+" …")
	}
}

// readable reports whether words stand in files of a type as they are.
func readable(kind string) bool {
	kind, _, _ = strings.Cut(kind, ";")
	return kind != "application/pdf" && !strings.HasPrefix(kind, "application/vnd.") && !strings.HasPrefix(kind, "image/p") && kind != "application/zip"
}

// holds returns a planted word that text holds in any case, with what stands
// around it; "" if there is none.
func holds(text string) (word, around string) {
	low := strings.ToLower(text)
	plain, _ := url.QueryUnescape(strings.ReplaceAll(low, "%", "%25")) // never fails; what is escaped is looked for too
	for _, w := range planted {
		for _, in := range []string{low, plain, html.UnescapeString(low), strings.ReplaceAll(low, "+", " "), strings.ReplaceAll(low, "%20", " ")} {
			if i := strings.Index(in, w); i >= 0 {
				return w, strings.Join(strings.Fields(strings.ToValidUTF8(in[max(0, i-90):min(len(in), i+60)], "")), " ")
			}
		}
	}
	return "", ""
}

// follow queues every address of a page and notes its forms.
func (c *crawl) follow(at *url.URL, res *http.Response, body string) {
	if !strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
		return
	}
	root, err := html.Parse(strings.NewReader(body))
	if err != nil {
		c.g.t.Fatalf("GET %s: %v", at, err)
	}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		for _, a := range n.Attr {
			if a.Key == "action" || a.Key == "formaction" || !strings.HasPrefix(a.Val, "/w/") && !strings.HasPrefix(a.Val, "?") {
				continue
			}
			if to, err := at.Parse(a.Val); err == nil { // href, src, hx-get, data-…: whatever looks like an address
				c.queue = append(c.queue, to.RequestURI())
				c.linked[to.RequestURI()] = at.RequestURI()
			}
		}
		if n.Data == "form" {
			c.form(at, n)
		}
	}
}

func attrOf(n *html.Node, name string) string {
	i := slices.IndexFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
	if i < 0 {
		return ""
	}
	return n.Attr[i].Val
}

// form queues a form that asks, once as it stands, once searched for and once
// for each thing to choose; and keeps one that would change something.
func (c *crawl) form(at *url.URL, form *html.Node) {
	action := at.Path
	if a := attrOf(form, "action"); a != "" {
		action = a
	}
	values := url.Values{}
	choices := map[string][]string{}
	posts := []string{}
	for n := range form.Descendants() {
		name := attrOf(n, "name")
		switch {
		case n.Data == "button" && attrOf(n, "formaction") != "":
			posts = append(posts, attrOf(n, "formaction"))
		case name == "":
		case n.Data == "select":
			for o := range n.Descendants() {
				if o.Data == "option" {
					choices[name] = append(choices[name], attrOf(o, "value"))
				}
			}
		case n.Data == "input" && attrOf(n, "type") == "search":
			choices[name] = append(choices[name], "qplan") // found by those who may; what is typed is no planted word
		case n.Data == "input" || n.Data == "button":
			values.Add(name, attrOf(n, "value"))
		}
	}
	if !strings.EqualFold(attrOf(form, "method"), "post") {
		c.queue = append(c.queue, action+"?"+values.Encode())
		for name, list := range choices {
			for _, one := range list {
				v := url.Values{}
				for k, old := range values {
					v[k] = old
				}
				v.Set(name, one)
				c.queue = append(c.queue, action+"?"+v.Encode())
			}
		}
		return
	}
	for name, list := range choices {
		values.Set(name, list[len(list)-1])
	}
	for _, to := range append(posts, action) {
		if strings.HasPrefix(to, "/w/north") {
			c.forms[to] = values
		}
	}
}

// press sends every form that was seen, as it stood and empty, and returns
// where the answers show what they must not.
func (c *crawl) press() []string {
	c.shown = nil
	ids := url.Values{"id": c.g.ids["user"]}
	for to, values := range c.forms {
		for _, form := range []url.Values{{}, values, ids} {
			r := httptest.NewRequest(http.MethodPost, to, strings.NewReader(form.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			res, body := c.g.ask(r)
			if res.StatusCode >= 500 && res.StatusCode != http.StatusServiceUnavailable {
				c.g.t.Errorf("POST %s %v: %d", to, form, res.StatusCode)
			}
			c.look("POST "+to, "", res, body)
			if next := res.Header.Get("Location"); strings.HasPrefix(next, "/w/north") {
				res, body := c.g.ask(httptest.NewRequest(http.MethodGet, next, nil))
				c.look("GET "+next+" after POST "+to, "", res, body)
			}
		}
	}
	return c.shown
}

func roleOf(key string) access.Role {
	r, _ := access.RoleByKey(key)
	return r
}
