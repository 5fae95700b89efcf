package admin

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"involt/internal/core/access"
	"involt/internal/core/grant"
	"involt/internal/core/id"
	"involt/internal/core/joincode"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
)

// zoneOf gives a workspace a zone with a code, somebody in it by that code, and
// somebody who waits.
func (k *desk) zoneOf(ws id.Workspace, name string, in, waits person.Person) (l site.Location, c joincode.Code, j joincode.Joining) {
	k.t.Helper()
	l = k.location(ws, name)
	k.update(func(tx *db.Tx) error {
		c = joincode.Code{Workspace: ws, Location: l.ID, Name: "Gate of " + name, Enabled: true, Approval: true, Questions: []string{"Flat?"}, MadeBy: "system:test"}
		if err := joincode.Insert(tx, k.c.Keys, &c); err != nil {
			return err
		}
		if err := grant.Insert(tx, &grant.Grant{Workspace: ws, Person: in.ID, Location: l.ID}); err != nil {
			return err
		}
		if err := joincode.Enter(tx, &joincode.Joining{Workspace: ws, Code: c.ID, Person: in.ID, State: joincode.Joined}); err != nil {
			return err
		}
		j = joincode.Joining{Workspace: ws, Code: c.ID, Person: waits.ID, State: joincode.Waiting, Answers: []joincode.Answer{{Question: "Flat?", Answer: "12 b"}}}
		return joincode.Enter(tx, &j)
	})
	return l, c, j
}

func TestTheZoneProfile(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		people := k.people(k.north.ID, person.Active, 2)
		l, c, j := k.zoneOf(k.north.ID, "Harbour", people[0], people[1])
		at, code := "/locations/"+string(l.ID)+"/zone", joincode.Grouped(c.Secret(k.c.Keys))

		p := k.get("/locations/"+string(l.ID), http.StatusOK)
		if !p.Has("Zone profile") {
			t.Error("no cog at the location")
		}
		p = k.get(at, http.StatusOK)
		for _, want := range []string{"Active 00", "Gate of Harbour", "Waiting to come in", "Active 01", "Flat? 12 b", "Invite user"} {
			if !p.Has(want) {
				t.Errorf("the profile lacks %q: %s", want, p.Text())
			}
		}
		if p = k.get(at+"/invite", http.StatusOK); !p.Has(code) || !p.Has("https://charge.example/j/"+code) {
			t.Errorf("no code: %s", p.Text())
		}
		// Without personal data there are no names, and no answers.
		k.perms = access.All &^ access.PersonalData
		if p = k.get(at, http.StatusOK); p.Has("Active 00") || p.Has("12 b") || !p.Has("A… 0…") {
			t.Errorf("masked: %s", p.Text())
		}
		// Who may only look sees no code.
		k.perms = access.PeopleRead | access.PlacesRead
		if p = k.get(at, http.StatusOK); p.Has("Invite user") || p.Has(code) {
			t.Errorf("for readers: %s", p.Text())
		}
		if p = k.get(at+"/codes", http.StatusOK); p.Has(code) || !p.Has("Gate of Harbour") {
			t.Errorf("the list for readers: %s", p.Text())
		}
		k.perms = access.All

		k.post("/zone-requests", url.Values{"id": {string(j.ID)}, "do": {"approve"}, "zone": {string(l.ID)}}, http.StatusSeeOther)
		if p = k.get(at, http.StatusOK); p.Has("Waiting to come in") || !p.Has("Active 01") {
			t.Errorf("after the approval: %s", p.Text())
		}
		k.post("/zone-requests", url.Values{"do": {"approve"}}, http.StatusUnprocessableEntity)
		k.post("/zone-requests", url.Values{"id": {string(j.ID)}}, http.StatusUnprocessableEntity)

		remove := at + "/users/" + string(people[0].ID) + "/remove"
		for range 2 { // looking removes nobody
			if p = k.get(remove, http.StatusOK); !p.Has("Remove Active 00 from Harbour?") || !p.Has("Every active user") && !p.Has("every active user") {
				t.Errorf("the question: %s", p.Text())
			}
		}
		k.post(remove, url.Values{}, http.StatusSeeOther)
		k.get(remove, http.StatusNotFound)
		k.post(remove, url.Values{}, http.StatusNotFound)
	})
}

func TestACodesFormComesBackWithWhatWasTyped(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		people := k.people(k.north.ID, person.Active, 2)
		l, c, _ := k.zoneOf(k.north.ID, "Harbour", people[0], people[1])
		form := url.Values{"location": {string(l.ID)}, "name": {"Lobby"}, "max_uses": {"some"}, "expires": {"tomorrow"}, "domains": {"no domain"}, "questions": {"1\n2\n3\n4\n5\n6"}, "approval": {"1"}}
		p, _ := k.post("/joining-codes", form, http.StatusUnprocessableEntity)
		for _, want := range []string{"Write a whole number", "Write the day as year", "is not a domain", "at most 5 fit"} {
			if !p.Has(want) {
				t.Errorf("the form lacks %q: %s", want, p.Text())
			}
		}
		for field, value := range map[string]string{"name": "Lobby", "max_uses": "some", "domains": "no domain", "location": string(l.ID)} {
			if got := p.Form("Make the code").Values().Get(field); got != value {
				t.Errorf("%s came back as %q", field, got)
			}
		}
		at := "/joining-codes/" + string(c.ID)
		p = k.get(at, http.StatusOK)
		values := p.Form("Save").Values()
		values.Set("max_uses", "9")
		k.post(at, values, http.StatusSeeOther)
		k.post(at, values, http.StatusUnprocessableEntity) // of the version before
		k.post(at+"/enable", url.Values{"back": {"/w/north/joining-codes"}}, http.StatusSeeOther)
		if p = k.get("/joining-codes", http.StatusOK); !p.Has("Switched off") || !p.Has("1 of 9 uses") && !p.Has("0 of 9 uses") {
			t.Errorf("the list: %s", p.Text())
		}
		k.get(at+"/rotate", http.StatusOK)
		k.post(at+"/rotate", url.Values{}, http.StatusSeeOther)
		k.update(func(tx *db.Tx) error {
			now, err := joincode.ByID(tx, k.north.ID, c.ID)
			if now.Generation != 2 || now.Enabled || now.MaxUses != 9 {
				t.Errorf("%+v", now)
			}
			return err
		})
		k.get(at+"/poster.pdf?size=a5", http.StatusUnprocessableEntity)
	})
}

func TestANewGroupTakesItsDrivers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		people := k.people(k.north.ID, person.Active, 2)
		theirs := k.people(k.south.ID, person.Active, 1)[0]
		p, _ := k.post("/groups", url.Values{"new_name": {"Night shift"}, "new_drivers": {people[0].Email + "\n" + theirs.Email}}, http.StatusUnprocessableEntity)
		if !p.Has("There is no user "+theirs.Email) || strings.Contains(p.Form("Add group").Values().Get("new_drivers"), "\r") {
			t.Errorf("%s", p.Text())
		}
		k.update(func(tx *db.Tx) error {
			var n int64
			err := tx.Row(`SELECT COUNT(*) FROM user_group`, nil, &n)
			if n != 0 {
				t.Error("a refused group was made")
			}
			return err
		})
		// Whoever may not see addresses cannot ask for them.
		k.perms = access.All &^ access.PersonalData
		if p, _ = k.post("/groups", url.Values{"new_name": {"Night shift"}, "new_drivers": {people[0].Email}}, http.StatusUnprocessableEntity); !p.Has("There is no user") {
			t.Errorf("%s", p.Text())
		}
		k.post("/groups", url.Values{"new_name": {"Night shift"}, "new_drivers": {people[0].ExternalID + "\r\n" + people[1].ExternalID + "\r\n\r\n" + people[1].ExternalID}}, http.StatusSeeOther)
		k.update(func(tx *db.Tx) error {
			var n int64
			err := tx.Row(`SELECT COUNT(*) FROM group_member`, nil, &n)
			if n != 2 {
				t.Errorf("%d members", n)
			}
			return err
		})
	})
}

// Zones and codes of another workspace are not there.
func TestZonesOfOtherWorkspacesAreNotThere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		them := k.people(k.south.ID, person.Active, 2)
		l, c, j := k.zoneOf(k.south.ID, "Theirs", them[0], them[1])
		at, code := "/locations/"+string(l.ID)+"/zone", "/joining-codes/"+string(c.ID)
		for _, path := range []string{at, at + "/codes", at + "/access", at + "/invite", at + "/users/" + string(them[0].ID) + "/remove", code, code + "/rotate", code + "/poster.pdf", code + "/qr.svg"} {
			k.get(path, http.StatusNotFound)
		}
		for _, path := range []string{at + "/codes", at + "/access", at + "/users/" + string(them[0].ID) + "/remove", code, code + "/enable", code + "/rotate"} {
			k.post(path, url.Values{}, http.StatusNotFound)
		}
		k.post("/zone-requests", url.Values{"id": {string(j.ID)}, "do": {"approve"}}, http.StatusNotFound)
		k.post("/joining-codes", url.Values{"location": {string(l.ID)}}, http.StatusUnprocessableEntity)
		for _, path := range []string{"/joining-codes", "/zone-requests"} {
			if p := k.get(path, http.StatusOK); p.Has("Theirs") {
				t.Errorf("%s shows another workspace's", path)
			}
		}
		k.update(func(tx *db.Tx) error {
			now, err := joincode.JoiningByID(tx, k.south.ID, j.ID)
			if now.State != joincode.Waiting {
				t.Errorf("%+v", now)
			}
			return err
		})
	})
}
