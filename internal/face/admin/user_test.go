package admin

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/person"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
	"involt/internal/testkit/page"
)

func TestAUserIsChangedInTheSidebar(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		people := k.people(k.north.ID, person.Active, 2)
		u := "/users/" + string(people[0].ID)
		// save sends the form of one field as it was opened, with another value.
		save := func(opened url.Values, name, value string, status int) *page.Page {
			t.Helper()
			v := url.Values{}
			for key, list := range opened {
				v[key] = list
			}
			v.Set(name, value)
			p, to := k.post(u, v, status)
			if status == http.StatusSeeOther && to != u+"?at="+name+"&done=saved" {
				t.Errorf("leads to %s", to)
			}
			return p
		}
		opened := func(label string) url.Values { return k.get(u, http.StatusOK).Form("Save " + label).Values() }

		first, phone := opened("First name"), opened("Phone")
		save(first, "first_name", "Zoë", http.StatusSeeOther)
		save(opened("Cost center"), "cost_center", "CC-900", http.StatusSeeOther)
		p := k.get(u, http.StatusOK)
		p.Find("heading", "Zoë 00")
		for _, want := range []string{"Cost center CC-900", "First name: “Active” became “Zoë”"} {
			if !p.Has(want) {
				t.Errorf("does not say %q: %s", want, p.Text())
			}
		}

		// A field as it was opened first, in another window: the others stay as they
		// are now.
		save(phone, "phone", "+49 30 1234", http.StatusSeeOther)
		p = k.get(u, http.StatusOK)
		for field, want := range map[string]string{"First name (optional)": "Zoë", "Cost center (optional)": "CC-900", "Phone (optional)": "+49 30 1234"} {
			if got := p.Field(field).Value(); got != want {
				t.Errorf("%s is %q, want %q", field, got, want)
			}
		}
		// And one that both changed: who wrote what, when.
		again := save(first, "first_name", "Zora", http.StatusUnprocessableEntity)
		again.Field("First name (optional)").WantError("Ann Admin wrote “Zoë” here")
		if got := again.Field("First name (optional)").Value(); got != "Zora" {
			t.Errorf("came back as %q", got)
		}
		k.post(u, again.Form("Save First name").Values(), http.StatusSeeOther) // and now they mean it
		if p = k.get(u, http.StatusOK); !p.Has("Zora 00") {
			t.Errorf("after saving again: %.300s", p.Text())
		}
		k.perms = access.All &^ access.ActivityRead // who may not read the journal is told what, and not who
		save(first, "first_name", "Zita", http.StatusUnprocessableEntity).Field("First name (optional)").WantError("Somebody else wrote “Zora” here.")
		k.perms = access.All

		save(opened("External id"), "external_id", people[1].ExternalID, http.StatusUnprocessableEntity).Field("External id (optional)").WantError("Another user has this")
		save(opened("External id"), "external_id", strings.Repeat("x", 101), http.StatusUnprocessableEntity).Field("External id (optional)").WantError("at most 100 fit")
		save(opened("Last name"), "last_name", strings.Repeat("x", 5000), http.StatusUnprocessableEntity).Field("Last name (optional)").WantError("5000 characters; at most 200 fit")
	})
}

func TestAnAddressIsCorrectedInTheSidebar(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		people := k.people(k.north.ID, person.Imported, 2)
		u := "/users/" + string(people[0].ID)
		v := k.get(u, http.StatusOK).Form("Save E-mail").Values()
		v.Set("email", people[1].Email)
		p, _ := k.post(u, v, http.StatusUnprocessableEntity)
		p.Field("E-mail").WantError("belongs to Imported 01")
		if !strings.HasSuffix(p.Find("link", "Open the user who has it").Attr("href"), string(people[1].ID)) {
			t.Error("does not lead to whoever has the address")
		}
		v.Set("email", "right@north.example")
		if _, to := k.post(u, v, http.StatusSeeOther); !strings.Contains(to, "done=email-saved") {
			t.Errorf("leads to %s", to)
		}
		f := k.get(u, http.StatusOK).Form("Invite")
		k.post(strings.TrimPrefix(f.Action(), "/w/north"), f.Values(), http.StatusSeeOther)
		v = k.get(u, http.StatusOK).Form("Save E-mail").Values()
		v.Set("email", "better@north.example")
		if _, to := k.post(u, v, http.StatusSeeOther); !strings.Contains(to, "done=email-revoked") || k.statusOf(people[0]) != person.Imported {
			t.Errorf("an invitation to the old address: leads to %s, is %s", to, k.statusOf(people[0]))
		}
	})
}

func TestAUserIsLetGoAndComesBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		who := k.people(k.north.ID, person.Active, 1)[0]
		u := "/users/" + string(who.ID)
		p, _ := k.post(u+"/deactivate", form("reason", ""), http.StatusUnprocessableEntity)
		p.Field("Reason").WantError("in a few words why")
		k.post(u+"/deactivate", form("reason", "Fraud"), http.StatusSeeOther)
		p = k.get(u, http.StatusOK)
		if k.statusOf(who) != person.Deactivated || !p.Has("Reason: Fraud") || !p.Has("Nowhere: Deactivated") {
			t.Errorf("the page says %s", p.Text())
		}
		p, _ = k.post(u+"/deactivate", form("reason", "again"), http.StatusUnprocessableEntity)
		if !p.Has("only active users can be deactivated") {
			t.Errorf("says %.300s", p.Text())
		}
		k.post(strings.TrimPrefix(k.get(u+"/reactivate", http.StatusOK).Form("Reactivate").Action(), "/w/north"), nil, http.StatusSeeOther)
		if k.statusOf(who) != person.Active {
			t.Error("not reactivated")
		}
		p, _ = k.post("/users/"+string(k.admin.ID)+"/deactivate", form("reason", "bye"), http.StatusUnprocessableEntity)
		if !p.Has("You cannot deactivate yourself") {
			t.Errorf("says %.300s", p.Text())
		}
	})
}

func TestAUserIsInvitedFromTheSidebar(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		who := k.people(k.north.ID, person.Imported, 1)[0]
		u := "/users/" + string(who.ID)
		f := k.get(u, http.StatusOK).Form("Invite")
		k.post(strings.TrimPrefix(f.Action(), "/w/north"), f.Values(), http.StatusSeeOther)
		p := k.get(u, http.StatusOK)
		p.Form("Resend invitation")
		if k.statusOf(who) != person.Invited || !p.Has("Not yet: the mail is on its way") || !p.Has("to "+who.Email) {
			t.Errorf("the page says %s", p.Text())
		}
		if list := k.get("/users?status=invited", http.StatusOK); !list.Has("Queued") || !list.Has("Expires") {
			t.Errorf("the list says %s", list.Text())
		}

		revoke := k.get(u+"/revoke", http.StatusOK).Form("Revoke invitation")
		if _, to := k.post(strings.TrimPrefix(revoke.Action(), "/w/north"), revoke.Values(), http.StatusSeeOther); to != u+"?done=revoked" {
			t.Errorf("leads to %s", to)
		}
		if p = k.get(u, http.StatusOK); k.statusOf(who) != person.Imported || p.Has("Revoke invitation") || !p.Has("Invitation withdrawn") {
			t.Errorf("after revoking: %s", p.Text())
		}
		if p, _ = k.post(u+"/revoke", nil, http.StatusUnprocessableEntity); !p.Has("no open invitation to revoke") {
			t.Errorf("says %.300s", p.Text())
		}
	})
}

func TestGroupsAndCardsOfAUser(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		people := k.people(k.north.ID, person.Active, 2)
		g := k.group(k.north.ID, "Night shift")
		u := "/users/" + string(people[0].ID)
		k.post(u+"/groups", form("group", string(g.ID)), http.StatusSeeOther)
		f := k.get(u, http.StatusOK).Form("Remove from Night shift")
		k.post(strings.TrimPrefix(f.Action(), "/w/north"), nil, http.StatusSeeOther)
		if p := k.get(u, http.StatusOK); !p.Has("In no group.") {
			t.Error("still in the group")
		}

		k.post(u+"/cards", form("number", "04:a1:b2:c3"), http.StatusSeeOther)
		if _, to := k.post(u+"/cards", form("number", "C3B2A104"), http.StatusSeeOther); !strings.Contains(to, "card-twin") {
			t.Errorf("the reversed card is not remarked: %s", to)
		}
		for number, want := range map[string]string{"04A1B2C3": "belongs to Active 00", "hello": "", "": ""} {
			p, _ := k.post("/users/"+string(people[1].ID)+"/cards", form("number", number), http.StatusUnprocessableEntity)
			field := p.Field("One more card")
			if field.Value() != number || field.Error() == "" || !strings.Contains(field.Error(), want) {
				t.Errorf("%q: %q at %q", number, field.Error(), field.Value())
			}
		}
		p, _ := k.post(u+"/cards", form("number", "04 A1 B2 C3"), http.StatusUnprocessableEntity)
		p.Field("One more card").WantError("This is already their card.")
		var c card.Card
		k.update(func(tx *db.Tx) (err error) {
			c, err = card.ByUID(tx, k.north.ID, "04A1B2C3")
			return err
		})
		of := u + "/cards/" + string(c.ID)
		if p := k.get(of+"/block", http.StatusOK); !p.Has("its holder can do that too") {
			t.Errorf("the question says %s", p.Text())
		}
		k.post(of+"/block", form("reason", "Lost"), http.StatusSeeOther)
		if p := k.get(u, http.StatusOK); !p.Has("Blocked") || !p.Has("Unblock") {
			t.Errorf("says %s", p.Text())
		}
		for _, step := range []struct{ change, want string }{
			{"unblock", "Active"}, {"suspend", "Suspended"}, {"resume", "Active"}, {"expire", "Expired"}, {"renew", "Active"},
		} {
			k.post(of+"/"+step.change, nil, http.StatusSeeOther)
			if p := k.get(of, http.StatusOK); !p.Has(step.want + " ") {
				t.Errorf("after %s: %.400s", step.change, p.Text())
			}
		}
		if p, _ := k.post(of+"/unblock", nil, http.StatusUnprocessableEntity); !p.Has("This card is Active by now") {
			t.Errorf("says %.300s", p.Text())
		}

		// Its facts: a last day is still a day on which it works.
		v := k.get(of, http.StatusOK).Form("Save").Values()
		v.Set("valid_to", "2031-12-31")
		v.Set("printed", "No 7")
		k.post(of, v, http.StatusSeeOther)
		if p := k.get(of, http.StatusOK); p.Field("Last day (optional)").Value() != "2031-12-31" || !p.Has("No 7") {
			t.Errorf("says %s", p.Text())
		}
		if p := k.get(u, http.StatusOK); !p.Has("until 31 Dec 2031") {
			t.Errorf("says %s", p.Text())
		}
		if p, _ := k.post(of, v, http.StatusUnprocessableEntity); !p.Has("Someone else changed this card meanwhile") {
			t.Errorf("an old version: %.300s", p.Text())
		}
		v = k.get(of, http.StatusOK).Form("Save").Values()
		v.Set("valid_from", "2032-01-01")
		p, _ = k.post(of, v, http.StatusUnprocessableEntity)
		p.Field("Last day (optional)").WantError("end before it begins")

		k.post(of+"/remove", nil, http.StatusSeeOther)
		if p := k.get(u, http.StatusOK); p.Has("04A1B2C3 Active") {
			t.Error("the card is still there")
		}

		// One that is nobody's is given; a pending one waits.
		stock := k.card(person.Person{Workspace: k.north.ID}, "04DDEEFF")
		if p := k.get(u, http.StatusOK); !strings.Contains(p.Text(), stock.UID) && len(p.All("option")) == 0 {
			t.Error("does not offer the card that is nobody's")
		}
		if _, to := k.post(u+"/cards", form("number", "04DDEEFF"), http.StatusSeeOther); !strings.Contains(to, "card-given") {
			t.Errorf("leads to %s", to)
		}
		if _, to := k.post(u+"/cards", form("number", "04DDEE00", "pending", "1"), http.StatusSeeOther); !strings.Contains(to, "card-pending") {
			t.Errorf("leads to %s", to)
		}
		if p := k.get(u, http.StatusOK); !p.Has("Make active") {
			t.Errorf("says %s", p.Text())
		}

		k.perms = access.PeopleWrite | access.PersonalData
		if p := k.get(u, http.StatusOK); p.Has("Charging cards") {
			t.Error("shows cards to a role that may not see them")
		}
	})
}

// Somebody who begins on a day to come is shown as such, and may be let in before.
func TestAFirstDayIsShownAndLifted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		who := k.people(k.north.ID, person.Active, 1)[0].ID
		k.update(func(tx *db.Tx) error {
			return person.SetArrival(tx, person.Arrival{Workspace: k.north.ID, Person: who, At: tx.Now.AddDate(0, 2, 0)})
		})
		at := "/users/" + string(who)
		if p := k.get(at, http.StatusOK); !p.Has("Begins on") || !p.Has("their cards are refused") {
			t.Errorf("%s", p.Text())
		}
		if p := k.get(at+"/begin", http.StatusOK); !p.Has("charge from now on") {
			t.Errorf("%s", p.Text())
		}
		k.perms = access.PeopleRead
		k.post(at+"/begin", nil, http.StatusForbidden)
		k.perms = access.All
		k.post(at+"/begin", nil, http.StatusSeeOther)
		if p := k.get(at, http.StatusOK); p.Has("Begins on") {
			t.Errorf("%s", p.Text())
		}
	})
}
