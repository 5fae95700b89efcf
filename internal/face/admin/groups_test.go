package admin

import (
	"net/http"
	"strings"
	"testing"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/site"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
)

func TestAGroupOpensPlaces(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		here := site.Location{Workspace: k.north.ID, Name: "Harbour", Country: "DE", TimeZone: "Europe/Berlin"}
		there := site.Location{Workspace: k.south.ID, Name: "Elsewhere", Country: "DE", TimeZone: "Europe/Berlin"}
		k.update(func(tx *db.Tx) error {
			if err := site.InsertLocation(tx, &here); err != nil {
				return err
			}
			return site.InsertLocation(tx, &there)
		})
		if p := k.get("/groups", http.StatusOK); !p.Has("No user group yet") {
			t.Error("no empty state")
		}
		p, _ := k.post("/groups", form("name", " "), http.StatusUnprocessableEntity)
		p.Field("Name").WantError("1 to 100 characters")
		_, to := k.post("/groups", form("name", "Night shift", "description", "Those who work at night"), http.StatusSeeOther)
		p, _ = k.post("/groups", form("name", "night  SHIFT"), http.StatusUnprocessableEntity)
		p.Field("Name").WantError("already")
		if got := p.Field("Name").Value(); got != "night  SHIFT" {
			t.Errorf("what was typed is lost: %q", got)
		}

		g, _, _ := strings.Cut(to, "?")
		if p := k.get(g, http.StatusOK); !p.Has("Night shift") || p.Has("Elsewhere") {
			t.Errorf("says %s", p.Text())
		}
		for _, place := range []string{"", "location:" + string(there.ID), "location:" + id.New[string](), "nonsense"} {
			p, _ := k.post(g+"/places", form("place", place), http.StatusUnprocessableEntity)
			p.Field("Open a place to its members").WantError("Choose a place")
		}
		k.post(g+"/places", form("place", "location:"+string(here.ID)), http.StatusSeeOther)
		k.post(g+"/places", form("place", "location:"+string(here.ID)), http.StatusUnprocessableEntity)
		f := k.get(g, http.StatusOK).Form("Remove Harbour")
		remove := strings.TrimPrefix(f.Action(), "/w/north")
		k.post(remove, nil, http.StatusSeeOther)
		k.post(remove, nil, http.StatusNotFound)

		k.perms = access.PeopleRead
		if p := k.get("/groups", http.StatusOK); p.Has("Add a group") {
			t.Error("offers what the role may not do")
		}
	})
}
