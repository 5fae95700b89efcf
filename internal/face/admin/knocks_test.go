package admin

import (
	"net/http"
	"testing"

	"involt/internal/core/access"
	"involt/internal/flow/equip"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
)

func TestWhoKnocksIsTakenInOrForgotten(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		yard := k.location(k.north.ID, "Yard")
		if p := k.get("/chargers", http.StatusOK); p.Has("Waiting for adoption") {
			t.Errorf("nobody knocked: %s", p.Text())
		}
		if err := k.c.Equip.Knocked(t.Context(), map[equip.Knock]int64{{Workspace: k.north.ID, Identity: "NEW~1"}: 3, {Workspace: k.north.ID, Identity: "ODD"}: 1, {Workspace: k.south.ID, Identity: "SOUTH"}: 1}); err != nil {
			t.Fatal(err)
		}
		p := k.get("/chargers", http.StatusOK)
		if !p.Has("Waiting for adoption") || !p.Has("NEW~1") || !p.Has("3 times") || !p.Has("ODD") || p.Has("SOUTH") {
			t.Errorf("who knocked: %s", p.Text())
		}
		k.post("/chargers/waiting/forget", form("identity", "ODD"), http.StatusSeeOther)
		if p = k.get("/chargers", http.StatusOK); p.Has("ODD") || !p.Has("NEW~1") {
			t.Errorf("one was forgotten: %s", p.Text())
		}
		if got := k.get("/chargers/new?identity=NEW%7E1", http.StatusOK).Field("OCPP identity").Value(); got != "NEW~1" {
			t.Errorf("the form begins with %q", got)
		}
		k.post("/chargers", form("identity", "NEW~1", "name", "", "location", string(yard.ID), "evses", "1"), http.StatusSeeOther)
		if p = k.get("/chargers", http.StatusOK); p.Has("Waiting for adoption") || !p.Has("NEW~1") {
			t.Errorf("it was taken in: %s", p.Text())
		}
		k.perms = access.PlacesRead
		if err := k.c.Equip.Knocked(t.Context(), map[equip.Knock]int64{{Workspace: k.north.ID, Identity: "LATE"}: 1}); err != nil {
			t.Fatal(err)
		}
		if p = k.get("/chargers", http.StatusOK); p.Has("LATE") {
			t.Errorf("who may not add chargers sees %s", p.Text())
		}
		k.post("/chargers/waiting/forget", form("identity", "LATE"), http.StatusForbidden)
	})
}
