package driver_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"involt/internal/core/grant"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
)

// enter puts somebody into a new zone.
func (k *road) enter(ws workspace.Workspace, who person.Person, name string) (l site.Location) {
	k.t.Helper()
	l = site.Location{Workspace: ws.ID, Name: name, City: "Kiel", TimeZone: "Europe/Berlin", Country: "DE"}
	k.update(func(tx *db.Tx) error {
		if err := site.InsertLocation(tx, &l); err != nil {
			return err
		}
		return grant.Insert(tx, &grant.Grant{Workspace: ws.ID, Person: who.ID, Location: l.ID})
	})
	return l
}

// post sends a form without fields, from a page of a site.
func (k *road) press(who, path, site string) *httptest.ResponseRecorder {
	k.t.Helper()
	r := httptest.NewRequestWithContext(k.t.Context(), http.MethodPost, path, nil)
	r.Header.Set("X-Who", who)
	r.Header.Set("Cookie", "__Host-involt=x")
	if site != "" {
		r.Header.Set("Sec-Fetch-Site", site)
	}
	w := httptest.NewRecorder()
	k.handler.ServeHTTP(w, r)
	return w
}

func TestADriversZones(t *testing.T) {
	each(t, func(t *testing.T, k *road) {
		harbour := k.enter(k.north, k.lena, "Harbour")
		theirs := k.enter(k.north, k.other, "Depot")
		k.enter(k.south, k.lenaS, "Airport")
		p, _ := k.get("lena@example.com", "/my/zones?w=northgrid")
		k.want(p, "My zones", "Harbour", "Kiel", "Enter a joining code")
		k.wantNot(p, "Depot", "Airport")
		p, _ = k.get("lena@example.com", "/my/zones?w=southgrid", "Accept-Language", "nl")
		k.want(p, "Mijn zones", "Airport", "Verlaten")
		leave := "/my/zones/" + string(harbour.ID) + "/leave?w=northgrid"
		for range 2 { // looking changes nothing
			p, w := k.get("lena@example.com", leave)
			if w.Code != 200 {
				t.Fatal(w.Code)
			}
			k.want(p, "Leave Harbour?", "To come back you need a code again")
		}
		for name, tc := range map[string]struct {
			who, path, site string
			code            int
		}{
			"from another site":             {"lena@example.com", leave, "cross-site", 403},
			"that does not say":             {"lena@example.com", leave, "", 403},
			"signed out":                    {"nobody", leave, "same-origin", 401},
			"somebody else's zone":          {"lena@example.com", "/my/zones/" + string(theirs.ID) + "/leave?w=northgrid", "same-origin", 404},
			"by somebody else":              {"other@example.com", leave, "same-origin", 404},
			"in another workspace":          {"lena@example.com", "/my/zones/" + string(harbour.ID) + "/leave?w=southgrid", "same-origin", 404},
			"of a zone that is not":         {"lena@example.com", "/my/zones/" + string(id.New[id.Location]()) + "/leave?w=northgrid", "same-origin", 404},
			"of a workspace without a seat": {"other@example.com", "/my/zones/" + string(theirs.ID) + "/leave?w=southgrid", "same-origin", 404},
		} {
			if w := k.press(tc.who, tc.path, tc.site); w.Code != tc.code {
				t.Errorf("%s: %d, want %d", name, w.Code, tc.code)
			}
		}
		if w := k.press("lena@example.com", leave, "same-origin"); w.Code != 303 || w.Header().Get("Location") != "/my/zones?done=left&w=northgrid" {
			t.Errorf("%d %q", w.Code, w.Header().Get("Location"))
		}
		p, _ = k.get("lena@example.com", "/my/zones?w=northgrid&done=left")
		k.want(p, "You have left the zone.", "No zone joined yet")
		p, _ = k.get("other@example.com", "/my/zones?w=northgrid")
		k.want(p, "Depot")
	})
}
