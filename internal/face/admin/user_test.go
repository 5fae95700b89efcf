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
)

func TestAUserIsChangedInTheSidebar(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		people := k.people(k.north.ID, person.Active, 2)
		u := "/users/" + string(people[0].ID)

		f := k.get(u, http.StatusOK).Form("Save")
		v := f.Values()
		v.Set("first_name", "Zoë")
		v.Set("cost_center", "CC-900")
		if _, to := k.post(u, v, http.StatusSeeOther); to != u+"?done=saved" {
			t.Errorf("leads to %s", to)
		}
		p := k.get(u, http.StatusOK)
		p.Find("heading", "Zoë 00")
		if got := p.Field("Cost center (optional)").Value(); got != "CC-900" {
			t.Errorf("cost center %q", got)
		}
		if !p.Has("Cost center: CC-900; first name: “Active” became “Zoë”") {
			t.Errorf("the activity does not tell: %s", p.Text())
		}

		// The form as it was opened first, in another window: what it did not touch
		// stays as it is now.
		other := f.Values()
		other.Set("phone", "+49 30 1234")
		k.post(u, other, http.StatusSeeOther)
		p = k.get(u, http.StatusOK)
		for field, want := range map[string]string{"First name (optional)": "Zoë", "Cost center (optional)": "CC-900", "Phone (optional)": "+49 30 1234"} {
			if got := p.Field(field).Value(); got != want {
				t.Errorf("%s is %q, want %q", field, got, want)
			}
		}
		// And with a field that both changed.
		other.Set("first_name", "Zora")
		other.Set("info_1", "left side")
		again, _ := k.post(u, other, http.StatusUnprocessableEntity)
		again.Field("First name (optional)").WantError("Somebody else has meanwhile written “Zoë” here.")
		for field, want := range map[string]string{"First name (optional)": "Zora", "Cost center (optional)": "CC-900"} {
			if got := again.Field(field).Value(); got != want {
				t.Errorf("%s came back as %q, want %q", field, got, want)
			}
		}
		k.post(u, again.Form("Save").Values(), http.StatusSeeOther) // and now they mean it
		if p = k.get(u, http.StatusOK); !p.Has("Zora 00") || p.Field("Cost center (optional)").Value() != "CC-900" {
			t.Errorf("after saving again: %.300s", p.Text())
		}

		v = k.get(u, http.StatusOK).Form("Save").Values()
		v.Set("external_id", people[1].ExternalID)
		p, _ = k.post(u, v, http.StatusUnprocessableEntity)
		p.Field("External id (optional)").WantError("Another user has this")
		v.Set("external_id", strings.Repeat("x", 101))
		p, _ = k.post(u, v, http.StatusUnprocessableEntity)
		p.Field("External id (optional)").WantError("at most 100 fit")
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
		k.post(strings.TrimPrefix(p.Form("Reactivate").Action(), "/w/north"), nil, http.StatusSeeOther)
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

		revoke := k.get(u+"?ask=revoke", http.StatusOK).Form("Revoke invitation")
		if _, to := k.post(strings.TrimPrefix(revoke.Action(), "/w/north"), revoke.Values(), http.StatusSeeOther); to != u+"?done=revoked" {
			t.Errorf("leads to %s", to)
		}
		if p = k.get(u, http.StatusOK); k.statusOf(who) != person.Imported || p.Has("Revoke invitation") || !p.Has("Invitation withdrawn") {
			t.Errorf("after revoking: %s", p.Text())
		}
		if p, _ = k.post(u+"/invite", form("do", "revoke"), http.StatusUnprocessableEntity); !p.Has("no open invitation to revoke") {
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
		asked := k.get(u+"?ask=block-"+string(c.ID), http.StatusOK).Form("Block card").Values()
		if asked.Get("to") != "blocked" {
			t.Errorf("the question before blocking sends %v", asked)
		}
		k.post(of, asked, http.StatusSeeOther)
		if p := k.get(u, http.StatusOK); !p.Has("Blocked") || !p.Has("Unblock") {
			t.Errorf("says %s", p.Text())
		}
		k.post(of, form("to", "active"), http.StatusSeeOther)
		k.post(of, form("to", "expired"), http.StatusUnprocessableEntity)
		k.post(of, form("to", "deactivated"), http.StatusSeeOther)
		if p := k.get(u, http.StatusOK); p.Has("04A1B2C3 Active") {
			t.Error("the card is still there")
		}
		k.perms = access.PeopleWrite | access.PersonalData
		if p := k.get(u, http.StatusOK); p.Has("Charging cards") {
			t.Error("shows cards to a role that may not see them")
		}
	})
}

func TestInviting(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		k.people(k.north.ID, person.Active, 1)
		f := k.get("/users/invite", http.StatusOK).Form("Send invitations")
		v := f.Values()
		with := func(pairs ...string) url.Values {
			w := url.Values{}
			for name, list := range v {
				w[name] = list
			}
			for i := 0; i+1 < len(pairs); i += 2 {
				w.Set(pairs[i], pairs[i+1])
			}
			return w
		}

		p, _ := k.post("/users/invite", with("people.0.email", "one@x.example", "do", "add"), http.StatusOK)
		if p.Field("E-mail").Value() != "one@x.example" || p.Field("E-mail of user 3").Value() != "" {
			t.Error("no row was added, or a row was lost")
		}
		p, _ = k.post("/users/invite", with("paste", "one@x.example, 04A1B2C3\nTwo Teller <two@gmial.com>\n04:DD:EE:FF\nbroken at x.example, 5\n", "do", "paste"), http.StatusOK)
		for field, want := range map[string]string{
			"E-mail": "one@x.example", "RFID number (optional)": "04A1B2C3", "E-mail of user 2": "two@gmial.com", "RFID number of user 2 (optional)": "",
			"E-mail of user 3": "", "RFID number of user 3 (optional)": "04:DD:EE:FF", "E-mail of user 4": "broken at x.example, 5",
		} {
			if got := p.Field(field).Value(); got != want {
				t.Errorf("pasted, %s is %q, want %q", field, got, want)
			}
		}
		if !p.Has("Did you mean two@gmail.com?") {
			t.Errorf("no word of the slip: %s", p.Text())
		}
		if !p.Has("in addition to what every active user may") {
			t.Error("the choice of places reads like a limit")
		}
		many := "one@x.example\n" + strings.Repeat("nobody\n04A1B2C3\n", 40)
		p, _ = k.post("/users/invite", with("paste", many, "do", "send"), http.StatusUnprocessableEntity)
		if !p.Has("Rows 2, 4, 6, 8, 10 and 35 more: “nobody”") && !p.Has("Rows 2, 4, 6, 8, 10 and 35 more: \"nobody\"") {
			t.Errorf("the summary says %.900s", p.Text())
		}

		p, _ = k.post("/users/invite", v, http.StatusUnprocessableEntity)
		p.Field("E-mail").WantError("at least one")
		p, _ = k.post("/users/invite", with("people.0.email", "nonsense", "people.1.email", k.admin.Email, "people.1.card", "zz"), http.StatusUnprocessableEntity)
		p.Field("E-mail of user 2").WantError("is here already")
		if p.Field("E-mail").Error() == "" || p.Field("E-mail").Value() != "nonsense" || p.Field("RFID number of user 2 (optional)").Error() == "" {
			t.Errorf("errors are not at their lines: %s", p.Text())
		}
		p, _ = k.post("/users/invite", with("people.0.email", "one@x.example", "where", "locations"), http.StatusUnprocessableEntity)
		if !p.Has("Choose at least one location") {
			t.Errorf("says %s", p.Text())
		}
		p, _ = k.post("/users/invite", with("people.0.email", "one@x.example", "where", "group"), http.StatusUnprocessableEntity)
		p.Field("User group").WantError("Choose the group")

		if _, to := k.post("/users/invite", with("people.0.email", "one@x.example", "people.0.card", "04:A1:B2:C3", "people.1.email", "two@x.example"), http.StatusSeeOther); to != "/users?done=invited&n=2&sort=-created&status=invited" {
			t.Errorf("leads to %s", to)
		}
		if p := k.get("/users?status=invited", http.StatusOK); !p.Has("one@x.example") || !p.Has("04A1B2C3") {
			t.Errorf("the list says %s", p.Text())
		}

		// Nobody gives a role that they could not take.
		k.perms = access.PeopleWrite | access.PersonalData
		if p := k.get("/users/invite", http.StatusOK); p.Has("Super-admin") {
			t.Error("offers a role that may not be given")
		}
		p, _ = k.post("/users/invite", with("people.0.email", "three@x.example", "role", "super-admin"), http.StatusUnprocessableEntity)
		if !p.Has("You cannot give the role") {
			t.Errorf("says %s", p.Text())
		}
	})
}
