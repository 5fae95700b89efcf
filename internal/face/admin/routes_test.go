package admin

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
)

var wildcard = regexp.MustCompile(`\{[a-z.]+\}`)

// addressOf fills a pattern with ids that nothing has.
func addressOf(pattern string) (method, path string) {
	method, path, _ = strings.Cut(pattern, " ")
	return method, wildcard.ReplaceAllStringFunc(path, func(string) string { return id.New[string]() })
}

func TestNobodyGetsInWithoutTheRight(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		for _, rt := range k.c.routes() {
			method, path := addressOf(rt.pattern)
			send := func(slug string, headers http.Header) (int, string) {
				k.headers = headers
				res, _ := k.ask(httptest.NewRequest(method, "/w/"+slug+path, nil))
				return res.StatusCode, res.Header.Get("Location")
			}
			ours := http.Header{"Sec-Fetch-Site": {"same-origin"}}

			k.out = true
			if code, to := send("north", ours); method == http.MethodGet && (code != http.StatusSeeOther || !strings.HasPrefix(to, "/sign-in?next=%2Fw%2Fnorth")) || method != http.MethodGet && code != http.StatusUnauthorized {
				t.Errorf("%s, signed out: %d %s", rt.pattern, code, to)
			}
			k.out = false
			if code, _ := send("south", ours); code != http.StatusNotFound {
				t.Errorf("%s of a workspace without a seat: %d, want 404", rt.pattern, code)
			}
			if k.perms = access.WorkspaceDelete; rt.need != 0 {
				if code, _ := send("north", ours); code != http.StatusForbidden {
					t.Errorf("%s without its permission: %d, want 403", rt.pattern, code)
				}
			}
			k.perms = 0
			if code, _ := send("north", ours); code != http.StatusForbidden {
				t.Errorf("%s for somebody who is no staff: %d, want 403", rt.pattern, code)
			}
			k.perms = access.All
			if method == http.MethodGet {
				continue
			}
			for name, headers := range map[string]http.Header{
				"that does not say where from":        {"Cookie": {"__Host-involt=x"}}, // as whoever is signed in sends it
				"from another site":                   {"Sec-Fetch-Site": {"cross-site"}},
				"from another origin, an old browser": {"Origin": {"https://evil.example"}},
			} {
				if code, _ := send("north", headers); code != http.StatusForbidden {
					t.Errorf("%s %s: %d, want 403", rt.pattern, name, code)
				}
			}
		}
	})
}

// What belongs to another workspace is not there, whoever asks for it by its id.
func TestOtherWorkspacesAreNotThere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		them := k.people(k.south.ID, person.Active, 1)[0]
		imported := k.people(k.south.ID, person.Imported, 1)
		theirs, ours := k.group(k.south.ID, "Theirs"), k.group(k.north.ID, "Ours")
		c := k.card(them, "04A1B2C3")
		user := "/users/" + string(them.ID)
		k.get(user, http.StatusNotFound)
		k.get(user+"/deactivate", http.StatusNotFound)
		k.get("/groups/"+string(theirs.ID), http.StatusNotFound)
		for path, f := range map[string][]string{
			user:                            {"first_name", "X", "version", "1"},
			user + "/invite":                nil,
			user + "/deactivate":            {"reason", "fraud"},
			user + "/reactivate":            nil,
			user + "/groups":                {"group", string(ours.ID)},
			user + "/cards":                 {"number", "04FFEEDD"},
			user + "/cards/" + string(c.ID): {"to", "blocked"},
			"/groups/" + string(theirs.ID) + "/places":                {"place", "everywhere"},
			"/users/" + string(k.admin.ID) + "/cards/" + string(c.ID): {"to", "blocked"},
		} {
			k.post(path, form(f...), http.StatusNotFound)
		}
		// A group that is not there may have gone while the form was open: the user's page says so.
		p, _ := k.post("/users/"+string(k.admin.ID)+"/groups", form("group", string(theirs.ID)), http.StatusUnprocessableEntity)
		if !p.Has("There is no such group") || p.Has("Theirs") {
			t.Errorf("a group of another workspace: %s", p.Text())
		}
		if p := k.get("/users", http.StatusOK); p.Has(them.Email) || p.Has("Theirs") {
			t.Error("the list shows another workspace")
		}
		if _, to := k.post("/bulk/invite", ids(imported), http.StatusSeeOther); !k.get(to, http.StatusOK).Has("Nobody to invite") {
			t.Errorf("selected somebody of another workspace: %s", to)
		}
		if got := k.statusOf(imported[0]); got != person.Imported {
			t.Errorf("somebody of another workspace is %s", got)
		}
	})
}
