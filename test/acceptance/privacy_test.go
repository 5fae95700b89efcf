package acceptance

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"involt/internal/core/access"

	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/testkit/browser"
)

func TestAcceptancePrivacy(t *testing.T) {
	tell(t, "CW-19_privacy_mode_masks_names_everywhere", privacyMode)
	tell(t, "activity_and_overview_are_accessible", insight)
}

// secrets are what the people of the sheet are called, written in any case.
var secrets = []string{"ampere", "becquerel", "coulomb", "ada@", "ben@", "cleo@"}

// masked fails the test if a text names anybody.
func masked(t *testing.T, what, text string) {
	t.Helper()
	low := strings.ToLower(text)
	for _, s := range secrets {
		if i := strings.Index(low, s); i >= 0 {
			t.Errorf("%s names somebody: %q in … %s …", what, s, strings.Join(strings.Fields(text[max(0, i-80):min(len(text), i+80)]), " "))
		}
	}
}

// source is all that an address answers to the browser's session: the page's
// bytes, and not only what is seen of it.
func source(tab *browser.Tab, path string) (text string) {
	address, _ := json.Marshal(path)
	tab.Eval(`fetch(`+string(address)+`).then(r => r.text())`, &text)
	return text
}

// everywhere looks at a workspace through somebody's eyes who sees no personal data.
func (w *town) everywhere(tab *browser.Tab, who string) {
	w.Helper()
	base := "/w/" + slug
	for _, path := range []string{
		"/", "/users", "/users?status=imported", "/users?q=P-1", "/groups", "/cards", "/cards?q=04B2000000B001", "/sessions", "/taps", "/activity", "/activity/export/file", "/cards/export/file", "/sessions/export/file", "/invitations/export/file",
		"/goto?q=P-1", "/overview/invited", "/users/export/file?all=1",
	} {
		masked(w.T, who+" at "+path, source(tab, base+path))
	}
	// The sidebar, as it is seen and as it is sent.
	tab.Open(w.page("/users?q=P-1"))
	tab.Within("#list").WaitText("A… A…")
	tab.Click("css:#list tbody a")
	tab.WaitText("04A29F1BAABB80")
	var seen, where string
	tab.Eval("document.body.innerText", &seen)
	masked(w.T, who+" in the sidebar", seen)
	tab.Eval("location.pathname", &where)
	masked(w.T, who+" at the user's page", source(tab, where))
	// Masked means no oracle: a name, an address or a part of it finds nobody.
	for _, q := range []string{"Ampere", "ada", "ada@northgrid.example", "northgrid.example"} {
		tab.Open(w.page("/users?q=" + q))
		if text := tab.Text("css:#list"); strings.Contains(text, "A… A…") {
			w.Errorf("%s finds somebody by %q", who, q)
		}
		if text := source(tab, base+"/goto?q="+q); strings.Contains(text, "A… A…") {
			w.Errorf("%s goes to somebody by %q", who, q)
		}
	}
}

func privacyMode(t *testing.T, database string) {
	w := newTown(t, database)
	w.importFile(people)
	link := w.invite("Ada Ampere", "ada@northgrid.example")
	ada := browser.New(t)
	w.activate(ada, link, "Ada", "Ampere")
	ada.WaitURL("/my")

	// Somebody is about to make a screenshot.
	w.console.Open(w.page("/users?q=Ampere"))
	w.console.Within("#list").WaitText("Ada Ampere")
	w.console.Click("Privacy mode")
	w.console.WaitText("Privacy mode on")
	if got := w.console.URL(); !strings.HasSuffix(got, "/users") {
		t.Errorf("privacy mode leads to %s: what was searched for may be a name", got)
	}
	masked(t, "the page after the switch", w.console.Text("css:main"))
	w.everywhere(w.console, "the admin in privacy mode")

	// They are the same admin otherwise.
	w.place("Depot West", false)
	w.console.Open(w.page("/keys/new"))
	if strings.Contains(w.console.Text("css:main"), "Personal data") {
		t.Error("a key with personal data can be made in privacy mode")
	}
	w.console.Fill("Name", "Portal")
	w.console.Check("Read users", true)
	w.console.Check("Read cards", true)
	w.console.Check("Read sessions", true)
	w.console.Click("Make key")
	w.confirm(w.console)
	w.console.WaitText("Copy the key now")
	key := ""
	for word := range strings.FieldsSeq(w.console.Text("css:main")) {
		if strings.HasPrefix(word, "ik_") {
			key = word
		}
	}
	w.api(key)

	// Another browser of theirs is as it was, and so is this one afterwards.
	other := browser.New(t)
	w.signIn(other, "olga@northgrid.example")
	other.Open(w.page("/users"))
	other.WaitText("Ada Ampere")
	w.console.Open(w.page("/users"))
	w.console.Click("Privacy mode on")
	w.console.WaitText("Ada Ampere")
	w.console.WaitText("ada@northgrid.example")

	// A role without the permission, whose own page still has their name.
	d, err := db.Open(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.Update(t.Context(), func(tx *db.Tx) error {
		ws, err := workspace.BySlug(tx, slug)
		if err != nil {
			return err
		}
		ben, err := person.ByEmail(tx, ws.ID, "ada@northgrid.example")
		if err != nil {
			return err
		}
		return person.GiveRole(tx, ws.ID, ben.ID, access.Given{Role: "viewer"})
	}); err != nil {
		t.Fatal(err)
	}
	viewer := browser.New(t)
	w.signIn(viewer, "ada@northgrid.example")
	viewer.Open(w.srv.URL + "/my")
	viewer.WaitText("04A2 9F1B AABB 80")
	viewer.Open(w.page("/cards"))
	viewer.Within("#list").WaitText("B… B…")
	secrets := secrets
	for _, path := range []string{"/users", "/users?q=P-2", "/cards", "/activity", "/activity/export/file", "/cards/export/file", "/sessions/export/file", "/invitations/export/file", "/goto?q=P-2", "/overview/invited"} {
		text := strings.ToLower(source(viewer, "/w/"+slug+path))
		for _, s := range secrets {
			if !strings.HasPrefix(s, "a") && strings.Contains(text, s) { // their own name stands in the bar
				t.Errorf("the viewer at %s reads %q", path, s)
			}
		}
	}
}

// signIn signs somebody in with the password that they have chosen.
func (w *town) signIn(tab *browser.Tab, email string) {
	w.Helper()
	tab.Open(w.srv.URL + "/sign-in")
	tab.Fill("E-mail", email)
	tab.Fill("Password", password)
	tab.Click("button: Sign in")
	tab.WaitGone("Password")
}

// api reads everything that a key may read which does not see personal data.
func (w *town) api(key string) {
	w.Helper()
	for _, path := range []string{"/users", "/users?q=ampere", "/users?external_id=P-1", "/cards", "/sessions", "/decisions"} {
		r, err := http.NewRequestWithContext(w.Context(), http.MethodGet, w.srv.URL+"/api/v1"+path, nil)
		if err != nil {
			w.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+key)
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			w.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err != nil || res.StatusCode != http.StatusOK {
			w.Errorf("GET %s: %d %v %s", path, res.StatusCode, err, body)
		}
		masked(w.T, "the API at "+path, string(body))
		if strings.HasSuffix(path, "=ampere") && strings.Contains(string(body), `"A… A…"`) {
			w.Error("the API finds by name what it must not show")
		}
	}
}

// insight looks at the overview and the activity as people use them, in both
// themes, on a screen and on a phone.
func insight(t *testing.T, database string) {
	w := newTown(t, database)
	w.importFile(people)
	w.invite("Ada Ampere", "ada@northgrid.example")
	w.place("Depot West", false)
	tab := w.console
	for _, dark := range []bool{false, true} {
		tab.Dark(dark)
		for _, width := range []int64{1440, 390} {
			tab.Viewport(width, 900)
			for path, text := range map[string]string{"/": "From invited to active", "/activity": "Location added", "/overview/invited": "Ada Ampere"} {
				tab.Open(w.page(path))
				tab.WaitText(text)
				tab.Axe()
			}
		}
	}
	tab.Dark(false)
	tab.Viewport(1440, 900)

	// A bar leads to the list that it counts.
	tab.Open(w.page("/"))
	tab.Click("link: Invited")
	tab.WaitText("1–2 of 2") // the operator was invited too
	tab.WaitText("Ada Ampere")

	// The journal is narrowed in the address, and leads to what it is about.
	tab.Open(w.page("/activity"))
	tab.Click("link: By people")
	tab.WaitURL("actor=person")
	tab.Fill("Search user, card, charger …", "Ampere")
	tab.Within("#list").WaitGone("Location added")
	tab.Within("#list").WaitText("Invited")
	tab.WaitURL("q=Ampere")
	tab.Within("#list tbody tr:first-child").Click("link: Ada Ampere")
	tab.WaitURL("/users/")
	tab.Open(w.page("/activity?what=person"))
	if csv := source(tab, "/w/"+slug+"/activity/export/file?what=person"); !strings.HasPrefix(csv, "\ufeff"+"time,entry,what") && !strings.HasPrefix(csv, "time,entry,what") || !strings.Contains(csv, "person.invited") || strings.Contains(csv, "location.created") {
		t.Errorf("the export says: %.400s", csv)
	}
}
