package admin

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"involt/internal/core/id"
	"involt/internal/core/joincode"
	"involt/internal/core/person"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
)

// Whoever has one location keeps its zone as an admin does: members, codes,
// requests and newcomers, and finds the way to them.
func TestWhoeverHasALocationKeepsItsZone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := halve(t, d)
		h.as(h.staff["a location"])
		at := "/locations/" + string(h.home.ID) + "/zone"
		if to := h.get("/locations/"+string(h.home.ID), http.StatusOK).Find("link", "Zone profile").Attr("href"); to != "/w/north"+at {
			t.Errorf("the cog leads to %s", to)
		}
		p := h.get(at, http.StatusOK)
		for _, want := range []string{"OwnPlace Known", "OwnWaits Known", "OwnNew Known", "Own gate", "Invite user"} {
			if !p.Has(want) {
				t.Errorf("the zone's page does not say %q: %s", want, p.Text())
			}
		}
		p.Find("link", "Remove OwnPlace Known from the zone")
		// The code is shared, made anew and switched off.
		var c joincode.Code
		h.update(func(tx *db.Tx) error {
			all, err := joincode.List(tx, h.north.ID, h.home.ID)
			c = all[0]
			return err
		})
		code := "/joining-codes/" + string(c.ID)
		if p = h.get(at+"/invite", http.StatusOK); !p.Has("Enable joining zone") || !p.Has(joincode.Grouped(c.Secret(h.c.Keys))) {
			t.Errorf("sharing: %s", p.Text())
		}
		h.post(code+"/rotate", url.Values{}, http.StatusSeeOther)
		h.post(code+"/enable", url.Values{}, http.StatusSeeOther)
		h.update(func(tx *db.Tx) (err error) {
			c, err = joincode.ByID(tx, h.north.ID, c.ID)
			if c.Enabled || c.Generation != 2 {
				t.Errorf("%+v", c)
			}
			return err
		})
		if p = h.get("/joining-codes/new?location="+string(h.home.ID), http.StatusOK); !p.Has("Own yard") || p.Has("Own team") || p.Has("Qplant") {
			t.Errorf("a new code: %s", p.Text())
		}
		if _, to := h.post("/joining-codes", url.Values{"location": {string(h.home.ID)}, "name": {"Second gate"}}, http.StatusSeeOther); !strings.Contains(to, "/joining-codes/") {
			t.Error(to)
		}
		if p = h.get("/joining-codes", http.StatusOK); !p.Has("Second gate") || !p.Has("Own gate") {
			t.Errorf("the codes: %s", p.Text())
		}
		// Who waits is answered: a user of another part under the zone's requests, a
		// newcomer under Approvals.
		waits := map[person.Status]joincode.Joining{}
		h.update(func(tx *db.Tx) error {
			all, err := db.All(tx, db.Text[id.Joining], `SELECT id FROM joining WHERE workspace = ? AND code = ? AND state = 'waiting'`, h.north.ID, c.ID)
			for _, one := range all {
				j, err := joincode.JoiningByID(tx, h.north.ID, one)
				if err != nil {
					return err
				}
				who, err := person.ByID(tx, h.north.ID, j.Person)
				if err != nil {
					return err
				}
				waits[who.Status] = j
			}
			return err
		})
		if p = h.get("/approvals", http.StatusOK); !p.Has("OwnNew Known") || !p.Has("To be approved 1") || p.Has("Approve selected") || p.Has("Qplant") {
			t.Errorf("approvals: %s", p.Text())
		}
		newcomer := "/approvals/" + string(waits[person.ToBeApproved].Person)
		if p = h.get(newcomer, http.StatusOK); !p.Has("Own yard") || p.Has("Open the user") {
			t.Errorf("the newcomer: %s", p.Text())
		}
		h.post(newcomer, url.Values{"do": {"approve"}}, http.StatusSeeOther)
		if p = h.get("/zone-requests", http.StatusOK); !p.Has("OwnWaits Known") || p.Has("Qplant") {
			t.Errorf("requests: %s", p.Text())
		}
		h.post("/zone-requests", url.Values{"id": {string(waits[person.Active].ID)}, "do": {"approve"}, "zone": {string(h.home.ID)}}, http.StatusSeeOther)
		if p = h.get(at, http.StatusOK); !p.Has("OwnNew Known") || !p.Has("OwnWaits Known") || p.Has("Waiting to come in") {
			t.Errorf("afterwards: %s", p.Text())
		}
		h.post(at+"/access", url.Values{"members_only": {"on"}}, http.StatusSeeOther) // they are a technician there, too
		h.post(at+"/users/"+string(h.people[3].ID)+"/remove", url.Values{}, http.StatusSeeOther)
		if p = h.get(at, http.StatusOK); p.Has("OwnPlace Known") {
			t.Errorf("still there: %s", p.Text())
		}
		// Whoever only looks is offered nothing, and can do nothing.
		h.as(h.staff["a group, to look at"])
		if p = h.get("/joining-codes", http.StatusOK); !p.Has("Own gate") || p.Has("Make a joining code") {
			t.Errorf("an onlooker's codes: %s", p.Text())
		}
		h.get("/joining-codes/new", http.StatusForbidden)
		if p = h.get("/zone-requests", http.StatusOK); p.Has("Approve") && len(p.All("checkbox")) > 0 {
			t.Errorf("an onlooker may answer: %s", p.Text())
		}
	})
}
