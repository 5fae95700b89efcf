package admin

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"involt/internal/core/access"
	"involt/internal/core/guest"
	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
)

func TestAGuestIsMadeShownAndRevoked(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		l := k.location(k.north.ID, "Yard")
		h := k.charger(l, "CP-1")
		if p := k.get("/guests", http.StatusOK); !p.Has("No guests yet") {
			t.Errorf("none: %q", p.Text())
		}
		if p := k.get("/guests/new?charger="+string(h.ID), http.StatusOK); !p.Has("Only Charger CP-1") || p.Field("Energy in all (optional)").Value() != "30" {
			t.Errorf("the form: %q", p.Text())
		}
		good := url.Values{"name": {" Visitor  of Ms Vos "}, "place": {"location:" + string(l.ID)}, "from": {"2027-03-01T08:00"}, "until": {"2027-03-02T18:30"}, "kwh": {"20"}, "sessions": {"2"}, "code": {"on"}}
		for field, tc := range map[string]struct{ value, says string }{
			"name":     {"", "Say who it is for"},
			"place":    {"location:" + string(id.New[id.Location]()), "Choose where the guest may charge."},
			"until":    {"2027-02-01T08:00", "It would end before it begins."},
			"from":     {"tomorrow", "Write a day and a time"},
			"kwh":      {"-3", "Write a whole number from 1 on"},
			"sessions": {"many", "Write a whole number from 1 on"},
		} {
			bad := url.Values{}
			for name, v := range good {
				bad[name] = v
			}
			bad.Set(field, tc.value)
			if p, _ := k.post("/guests", bad, http.StatusUnprocessableEntity); !p.Has(tc.says) || field != "name" && p.Field("For whom").Value() != "Visitor  of Ms Vos" {
				t.Errorf("%s: %q", field, p.Text())
			}
		}
		_, to := k.post("/guests", good, http.StatusSeeOther)
		p := k.get(to, http.StatusOK)
		for _, says := range []string{"Visitor of Ms Vos", "Guest access made.", "https://", "/g/", "Yard", "0.0 of 20 kWh", "0 of 2", "Not begun"} {
			if !p.Has(says) && !(says == "https://" && p.Has("http://")) {
				t.Errorf("the page lacks %q: %q", says, p.Text())
			}
		}
		one := id.Guest(to[strings.LastIndex(to, "/")+1 : strings.Index(to, "?")])
		var g guest.Guest
		k.update(func(tx *db.Tx) (err error) { g, err = guest.ByID(tx, k.north.ID, one); return err })
		if g.Begins.In(k.north.Zone()).Format("15:04") != "08:00" || g.Wh != 20_000 || g.Charges != 2 {
			t.Errorf("made %+v", g)
		}
		if p := k.get("/guests", http.StatusOK); !p.Has("Visitor of Ms Vos") || !p.Has("Not begun") {
			t.Errorf("the list: %q", p.Text())
		}
		// A reader sees the guest, and neither link nor code.
		k.perms = access.PeopleRead | access.PlacesRead
		if p := k.get("/guests/"+string(one), http.StatusOK); p.Has("/g/") || p.Has("Code") || p.Has("Vos") || p.Has("Revoke") {
			t.Errorf("to a reader: %q", p.Text())
		}
		k.post("/guests", good, http.StatusForbidden)
		k.post("/guests/"+string(one)+"/revoke", form(), http.StatusForbidden)
		k.perms = access.All
		if p := k.get("/guests/"+string(one)+"/revoke", http.StatusOK); !p.Has("what runs is stopped") {
			t.Errorf("the question: %q", p.Text())
		}
		_, to = k.post("/guests/"+string(one)+"/revoke", form(), http.StatusSeeOther)
		if p := k.get(to, http.StatusOK); !p.Has("Revoked") || p.Has("/g/") {
			t.Errorf("revoked: %q", p.Text())
		}
		if p := k.get("/activity", http.StatusOK); !p.Has("Guest access made") || !p.Has("Guest access revoked") {
			t.Errorf("activity: %q", p.Text())
		}
		k.get("/guests/"+string(id.New[id.Guest]()), http.StatusNotFound)
	})
}
