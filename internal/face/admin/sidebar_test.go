package admin

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"involt/internal/core/access"
	"involt/internal/core/notice"
	"involt/internal/core/person"
	"involt/internal/core/vehicle"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
)

func TestVehiclesOfAUser(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		people := k.people(k.north.ID, person.Active, 2)
		u, other := "/users/"+string(people[0].ID), "/users/"+string(people[1].ID)
		add := form("country", "DE", "plate", "b-ev 123e", "make", "VW", "model", "ID.4", "battery", "77,4", "mac", "00-7d-fa-01-2b-3c")
		k.post(u+"/vehicles/new", add, http.StatusSeeOther)
		p := k.get(u, http.StatusOK)
		for _, want := range []string{"VW ID.4", "B-EV 123E · Germany · 77.4 kWh · Autocharge 00:7D:FA:01:2B:3C", "VID:007DFA012B3C", "Vehicle added"} {
			if !p.Has(want) {
				t.Errorf("does not say %q: %s", want, p.Text())
			}
		}
		p, _ = k.post(other+"/vehicles/new", add, http.StatusUnprocessableEntity)
		p.Field("Licence plate (optional)").WantError("belongs to Active 00")
		p.Field("MAC for Autocharge (optional)").WantError("belongs to Active 00")
		if !strings.HasSuffix(p.Find("link", "Open the user who has it").Attr("href"), u) {
			t.Error("does not lead to whose it is")
		}
		for field, pair := range map[string][2]string{
			"EV battery (optional)": {"battery", "big"}, "MAC for Autocharge (optional)": {"mac", "12"}, "Make (optional)": {"make", strings.Repeat("x", 5000)}, "Country of the plate (optional)": {"country", "XX"},
		} {
			v := form("country", "FR", "plate", "AB-123-CD", pair[0], pair[1])
			v[pair[0]] = []string{pair[1]}
			p, _ := k.post(other+"/vehicles/new", v, http.StatusUnprocessableEntity)
			if p.Field(field).Error() == "" {
				t.Errorf("%s: nothing is said about %.20q", field, pair[1])
			}
		}
		// A plate that looks strange is kept, and said to.
		k.post(other+"/vehicles/new", form("country", "NL", "plate", "B-EV 1"), http.StatusSeeOther)
		if p = k.get(other, http.StatusOK); !p.Has("does not look like a plate of Netherlands") {
			t.Errorf("says %s", p.Text())
		}

		var cars []vehicle.Vehicle
		k.update(func(tx *db.Tx) (err error) {
			cars, err = vehicle.Of(tx, k.north.ID, people[0].ID)
			return err
		})
		one := u + "/vehicles/" + string(cars[0].ID)
		v := k.get(one, http.StatusOK).Form("Save").Values()
		v.Set("model", "ID.5")
		k.post(one, v, http.StatusSeeOther)
		if p, _ = k.post(one, v, http.StatusUnprocessableEntity); !p.Has("Someone else changed this vehicle meanwhile") {
			t.Errorf("an old version: %.300s", p.Text())
		}
		k.get(other+"/vehicles/"+string(cars[0].ID), http.StatusNotFound)
		k.post(one, form("do", "remove"), http.StatusSeeOther)
		if p = k.get(u, http.StatusOK); !p.Has("Add vehicle None.") || !p.Has("No card yet.") {
			t.Errorf("still there: %s", p.Text())
		}
	})
}

func TestALeaverIsPlannedChangedAndCancelled(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		who := k.people(k.north.ID, person.Active, 1)[0]
		k.card(who, "04A1B2C3")
		u := "/users/" + string(who.ID)
		p, _ := k.post(u+"/leave", form("day", "2020-01-01", "reason", ""), http.StatusUnprocessableEntity)
		p.Field("Last day").WantError("over already")
		p.Field("Reason").WantError("in a few words")
		p, _ = k.post(u+"/leave", form("day", "soon", "reason", "x"), http.StatusUnprocessableEntity)
		p.Field("Last day").WantError("2026-11-30")
		day := k.c.Now().AddDate(0, 2, 0).Format("2006-01-02")
		p, _ = k.post(u+"/leave", form("day", day, "reason", "Contract ends"), http.StatusOK)
		if !p.Has("That day is still theirs") || !p.Has("Their card 04A1B2C3 ends for good") || !p.Has("Europe/Berlin") {
			t.Errorf("the preview says %s", p.Text())
		}
		if k.get(u, http.StatusOK).Has("Their last day.") {
			t.Error("the preview has planned it")
		}
		k.post(u+"/leave", p.Form("Plan departure").Values(), http.StatusSeeOther)
		p = k.get(u, http.StatusOK)
		if !p.Has("Their last day.") || !p.Has("Reason: Contract ends") {
			t.Errorf("says %s", p.Text())
		}
		if got := k.get(u+"/leave", http.StatusOK).Field("Last day").Value(); got != day {
			t.Errorf("to be changed from %q, want %q", got, day)
		}
		k.post(u+"/stay", nil, http.StatusSeeOther)
		if p = k.get(u, http.StatusOK); p.Has("Their last day") || k.statusOf(who) != person.Active {
			t.Errorf("says %s", p.Text())
		}
		if p, _ = k.post(u+"/stay", nil, http.StatusUnprocessableEntity); !p.Has("No departure") {
			t.Errorf("cancelled twice: %.300s", p.Text())
		}
	})
}

func TestTwoRecordsBecomeOne(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		people := k.people(k.north.ID, person.Active, 3)
		k.card(people[0], "04A1B2C3")
		k.card(people[1], "04A1B2C4")
		keep, gone := "/users/"+string(people[0].ID), "/users/"+string(people[1].ID)
		if p := k.get(keep+"/merge?q=active", http.StatusOK); !p.Has("Active 01") || strings.Count(p.Text(), "Choose") < 2 {
			t.Errorf("finds %s", p.Text())
		}
		side := keep + "/merge?with=" + string(people[1].ID)
		p := k.get(side, http.StatusOK)
		for _, want := range []string{"What differs", "E-mail", "External id", "Charging cards 1 1"} {
			if !p.Has(want) {
				t.Errorf("does not say %q: %s", want, p.Text())
			}
		}
		v := p.Form("Merge").Values()
		v.Set("choice.email", "gone")
		if p, _ = k.post(keep+"/merge", v, http.StatusUnprocessableEntity); !strings.Contains(p.Field("Type Active 00 to merge. It cannot be undone.").Error(), "Type Active 00") {
			t.Errorf("merged without the word: %s", p.Text())
		}
		v.Set("confirm", "Active 00")
		k.post(keep+"/merge", v, http.StatusSeeOther)
		p = k.get(keep, http.StatusOK)
		if !p.Has("04A1B2C4") || !p.Has("04A1B2C3") || !p.Has(people[1].Email) {
			t.Errorf("after: %s", p.Text())
		}
		res, _ := k.ask(httptest.NewRequest(http.MethodGet, "/w/north"+gone, nil))
		if res.StatusCode != http.StatusSeeOther || !strings.HasSuffix(res.Header.Get("Location"), keep) {
			t.Errorf("the other one's address: %d to %s", res.StatusCode, res.Header.Get("Location"))
		}
		k.get("/users/"+string(people[2].ID)+"/merge?with="+string(people[1].ID), http.StatusNotFound)
	})
}

func TestADeletedUserIsBroughtBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		who := k.people(k.north.ID, person.Active, 1)[0]
		u := "/users/" + string(who.ID)
		p := k.get(u+"/delete", http.StatusOK)
		if !p.Has("What happens") || !p.Has("undo this for 30 minutes") {
			t.Errorf("the question says %s", p.Text())
		}
		if _, to := k.post(u+"/delete", nil, http.StatusSeeOther); to != u+"?done=deleted" {
			t.Errorf("leads to %s", to)
		}
		p = k.get(u+"?done=deleted", http.StatusOK)
		if !p.Has("Undo within 30 minutes") {
			t.Errorf("says %s", p.Text())
		}
		k.perms = access.PeopleRead
		if p := k.get(u, http.StatusOK); p.Has("Active 00") || strings.Contains(p.Text(), "for good. Undo") {
			t.Errorf("a masked visitor reads %s", p.Text())
		}
		k.perms = access.All
		k.post(strings.TrimPrefix(p.Form("Undo").Action(), "/w/north"), nil, http.StatusSeeOther)
		if k.statusOf(who) != person.Active {
			t.Error("not brought back")
		}
		k.get("/users/01kamb5nzh0q4t8v6w2y3x5z7c", http.StatusNotFound)
	})
}

func TestFortyCardsOfOneUser(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		who := k.people(k.north.ID, person.Active, 1)[0]
		for i := range 40 {
			k.card(who, fmt.Sprintf("04A1B2%02X", i))
		}
		u := "/users/" + string(who.ID)
		p := k.get(u, http.StatusOK)
		if n := strings.Count(p.Text(), "04A1B2"); n > 20 || !p.Has("Show all 40") {
			t.Errorf("shows %d: %s", n, p.Text())
		}
		p = k.get(u+"?cards=all", http.StatusOK)
		for i := range 40 {
			if uid := fmt.Sprintf("04A1B2%02X", i); !p.Has(uid) {
				t.Errorf("%s is missing", uid)
			}
		}
	})
}

// Who may not see personal data finds none in the bytes of the page.
func TestTheSidebarOfAMaskedVisitor(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		who := k.people(k.north.ID, person.Active, 1)[0]
		who.FirstName, who.LastName, who.Phone, who.Info1, who.Info2 = "Wilhelmina", "Quartermaine", "+49301234567", "leftside", "rightside"
		k.update(func(tx *db.Tx) error {
			if err := person.Save(tx, &who); err != nil {
				return err
			}
			n := notice.Notice{Workspace: k.north.ID, Person: who.ID, Channel: "mail", Kind: "invitation", Recipient: who.Email, Subject: "Wilhelmina, come in"}
			if err := notice.Insert(tx, &n); err != nil {
				return err
			}
			return notice.Became(tx, k.north.ID, n.ID, notice.Bounced, "550 no quartermaine here", "")
		})
		u := "/users/" + string(who.ID)
		k.post(u+"/vehicles/new", form("country", "DE", "plate", "B-EV 123E", "make", "VW"), http.StatusSeeOther)
		k.post(u+"/leave", form("do", "plan", "day", k.c.Now().AddDate(0, 2, 0).Format("2006-01-02"), "reason", "bankruptcy"), http.StatusSeeOther)
		k.perms = access.PeopleRead | access.CardsRead | access.SessionsRead | access.ActivityRead | access.PlacesRead | access.PeopleWrite
		for _, path := range []string{u, u + "/deactivate", u + "/delete", u + "/leave", u + "/stay"} {
			_, body := k.ask(httptest.NewRequest(http.MethodGet, "/w/north"+path, nil))
			for _, secret := range []string{"Wilhelmina", "Quartermaine", "301234567", "leftside", "rightside", "EV 123E", "EV123E", "bankruptcy", who.Email} {
				if strings.Contains(strings.ToLower(body), strings.ToLower(secret)) {
					t.Errorf("%s holds %q", path, secret)
				}
			}
		}
		k.get(u+"/merge", http.StatusForbidden)
		k.get(u+"/vehicles/new", http.StatusForbidden)
		k.post(u, form("phone", "1", "was.phone", ""), http.StatusForbidden)
	})
}
