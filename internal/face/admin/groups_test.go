package admin

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"involt/internal/core/access"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
	"involt/internal/testkit/page"
)

// join puts people into a group.
func (k *desk) join(g group.Group, list ...person.Person) {
	k.t.Helper()
	k.update(func(tx *db.Tx) error {
		for _, p := range list {
			if _, err := group.Add(tx, g.Workspace, g.ID, p.ID); err != nil {
				return err
			}
		}
		return nil
	})
	k.reload()
}

// reload lets the decisions know of what came in beside the journal.
func (k *desk) reload() {
	k.t.Helper()
	if err := k.c.Admit.Load(k.t.Context()); err != nil {
		k.t.Fatal(err)
	}
}

// with is a form as the page holds it, with some fields filled in.
func with(f *page.Form, pairs ...string) url.Values {
	v := f.Values()
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v
}

func local(f *page.Form) string { return strings.TrimPrefix(f.Action(), "/w/north") }

func TestAGroupOpensPlaces(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		here, there := k.location(k.north.ID, "Harbour"), k.location(k.south.ID, "Elsewhere")
		if p := k.get("/groups", http.StatusOK); !p.Has("No user group yet") {
			t.Error("no empty state")
		}
		p, _ := k.post("/groups", form("new_name", " "), http.StatusUnprocessableEntity)
		p.Field("Name").WantError("1 to 100 characters")
		_, to := k.post("/groups", form("new_name", "Night shift", "new_description", "Those who work at night"), http.StatusSeeOther)
		p, _ = k.post("/groups", form("new_name", "night  SHIFT"), http.StatusUnprocessableEntity)
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
		rule := k.get(g, http.StatusOK).Find("link", "Change when: Harbour").Attr("href")
		rule = strings.TrimPrefix(rule, "/w/north")

		// Hours are said at their fields, and in words.
		f := k.get(rule, http.StatusOK).Form("Save")
		none := with(f)
		none.Del("days")
		p, _ = k.post(rule, none, http.StatusUnprocessableEntity)
		if !p.Has("Choose at least one day.") {
			t.Errorf("no day: %s", p.Text())
		}
		for _, bad := range []struct{ name, value, label, says string }{
			{"from_time", "25:00", "From", "hours and minutes"},
			{"to_time", "noon", "To", "hours and minutes"},
			{"time_zone", "Atlantis", "Time zone", "not a time zone"},
			{"from", "yesterday", "First day", "year, month and day"},
			{"until", "1999-01-01", "Last day", "year, month and day"},
		} {
			p, _ := k.post(rule, with(f, "from_time", "07:00", "to_time", "19:00", bad.name, bad.value), http.StatusUnprocessableEntity)
			p.Field(bad.label).WantError(bad.says)
		}
		p, _ = k.post(rule, with(f, "from", "2027-05-02", "until", "2027-05-01"), http.StatusUnprocessableEntity)
		p.Field("Last day").WantError("end before it begins")
		work := with(f, "from_time", "07:00", "to_time", "19:00", "until", "2027-12-31")
		work["days"] = []string{"0", "1", "2", "3", "4"}
		k.post(rule, work, http.StatusSeeOther)
		for _, at := range []string{g, "/groups"} {
			if p := k.get(at, http.StatusOK); !p.Has("Mon–Fri 07:00–19:00, Europe/Berlin, until") {
				t.Errorf("%s says %s", at, p.Text())
			}
		}
		// What somebody else made of it meanwhile is shown.
		p, _ = k.post(rule, with(f, "from_time", "08:00"), http.StatusUnprocessableEntity)
		if !p.Has("Somebody else has meanwhile changed this rule. Now it says: Mon–Fri 07:00–19:00") {
			t.Errorf("an older form: %s", p.Text())
		}
		k.post(rule, p.Form("Save").Values(), http.StatusSeeOther)

		remove := rule + "/remove"
		k.post(remove, k.get(remove, http.StatusOK).Form("Remove").Values(), http.StatusSeeOther)
		k.post(remove, nil, http.StatusNotFound)
		k.get(rule, http.StatusNotFound)

		k.perms = access.PeopleRead
		if p := k.get("/groups", http.StatusOK); p.Has("New driver group") {
			t.Error("offers what the role may not do")
		}
		if p := k.get(g, http.StatusOK); p.Has("Delete group") || p.Has("Find a user") {
			t.Error("offers what the role may not do")
		}
	})
}

func TestTwoPeopleEditOneGroup(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		g := "/groups/" + string(k.group(k.north.ID, "Staff").ID)
		mine := k.get(g, http.StatusOK).Form("Save")
		k.post(g, with(mine, "description", "Those of the house"), http.StatusSeeOther)
		// What I do not touch stays as it became.
		k.post(g, with(mine, "name", "House staff"), http.StatusSeeOther)
		p := k.get(g, http.StatusOK)
		if name, text := p.Field("Name").Value(), p.Field("Description").Value(); name != "House staff" || text != "Those of the house" {
			t.Errorf("became %q, %q", name, text)
		}
		// What both touch is shown, and mine can still be put there.
		p, _ = k.post(g, with(mine, "name", "People"), http.StatusUnprocessableEntity)
		p.Field("Name").WantError("“House staff”")
		if got := p.Field("Name").Value(); got != "People" {
			t.Errorf("what was typed is lost: %q", got)
		}
		k.post(g, p.Form("Save").Values(), http.StatusSeeOther)
		if p := k.get(g, http.StatusOK); p.Field("Name").Value() != "People" {
			t.Error("the second time it is not saved")
		}
		p, _ = k.post(g, with(k.get(g, http.StatusOK).Form("Save"), "name", strings.Repeat("n", 101)), http.StatusUnprocessableEntity)
		p.Field("Name").WantError("1 to 100")
		long := "قسم 🌙 " + strings.Repeat("a long description ", 25)
		k.post(g, with(k.get(g, http.StatusOK).Form("Save"), "name", "دوام ليلي 🌙", "description", long), http.StatusSeeOther)
		if p := k.get("/groups", http.StatusOK); !p.Has("دوام ليلي 🌙") {
			t.Error("a name of another script is lost")
		}
	})
}

func TestGroupsAreMovedByButtons(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		for _, name := range []string{"Ants", "Bees", "Cats"} {
			k.group(k.north.ID, name)
		}
		order := func() (names []string) {
			for _, h := range k.get("/groups", http.StatusOK).All("row")[1:] {
				for _, name := range []string{"Ants", "Bees", "Cats"} {
					if strings.Contains(h.Text(), name) {
						names = append(names, name)
					}
				}
			}
			return names
		}
		f := k.get("/groups", http.StatusOK).Form("Move Cats up")
		_, to := k.post(local(f), form("way", "up"), http.StatusSeeOther)
		if got := order(); !slices.Equal(got, []string{"Ants", "Cats", "Bees"}) {
			t.Errorf("the order is %v", got)
		}
		if b := k.get(to, http.StatusOK).Find("button", "Move Cats up"); b.Attr("autofocus") == "" && !strings.Contains(to, "at=") {
			t.Error("the button lost the focus")
		}
		k.post("/groups/"+id.New[string]()+"/move", form("way", "up"), http.StatusNotFound)
	})
}

func TestMembersComeAndGo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		g := "/groups/" + string(k.group(k.north.ID, "Staff").ID)
		who := k.people(k.north.ID, person.Active, 3)[1]
		p, _ := k.post(g+"/members/find", form("q", "nobody at all"), http.StatusOK)
		if !p.Has("Nobody found") {
			t.Errorf("says %s", p.Text())
		}
		p, _ = k.post(g+"/members/find", form("q", who.ExternalID), http.StatusOK)
		f := p.Form("Add Active 01")
		k.post(local(f), f.Values(), http.StatusSeeOther)
		p, _ = k.post(local(f), f.Values(), http.StatusUnprocessableEntity)
		if !p.Has("in this group already") {
			t.Errorf("says %s", p.Text())
		}
		p = k.get(g, http.StatusOK)
		if !p.Has("1 member") {
			t.Errorf("says %s", p.Text())
		}
		k.post(local(p.Form("Remove Active 01")), nil, http.StatusSeeOther)
		if p := k.get(g, http.StatusOK); !p.Has("Nobody yet.") {
			t.Errorf("says %s", p.Text())
		}
	})
}

func TestAGroupIsDeletedKnowingly(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		k.location(k.north.ID, "Harbour")
		staff, guests := k.group(k.north.ID, "Staff"), k.group(k.north.ID, "Guests")
		people := k.people(k.north.ID, person.Active, 3)
		k.join(staff, people...)
		k.join(guests, people[0], k.admin)
		g := "/groups/" + string(staff.ID)
		k.post(g+"/places", form("place", "everywhere"), http.StatusSeeOther)
		// Where everyone may charge everywhere, nobody loses anything.
		if p := k.get(g+"/delete", http.StatusOK); !p.Has("Nobody loses anything") || !p.Has("3 users are in it") || !p.Has("2 active users are in no other group") {
			t.Errorf("says %s", p.Text())
		}
		f := k.get("/settings/access", http.StatusOK).Form("Switch to “By user group”: 1 user loses")
		k.post("/settings/access", with(f, "do", "switch"), http.StatusSeeOther)
		k.north = k.stored()

		p := k.get(g+"/delete", http.StatusOK)
		if !p.Has("3 users can charge at fewer places or times than now: Active 00, Active 01, Active 02.") || !p.Has("3 users lose Harbour") {
			t.Errorf("says %s", p.Text())
		}
		p, _ = k.post(g+"/delete", p.Form("Delete group").Values(), http.StatusUnprocessableEntity)
		p.Field("Who is in no other group comes into").WantError("2 active users are in no other group")
		p, _ = k.post(g+"/delete", with(p.Form("Delete group"), "heir", string(guests.ID)), http.StatusUnprocessableEntity)
		if !p.Has("Look again") { // two fewer are in no group
			t.Errorf("says %s", p.Text())
		}
		k.post(g+"/delete", p.Form("Delete group").Values(), http.StatusSeeOther)
		k.get(g, http.StatusNotFound)
		if p := k.get("/groups", http.StatusOK); p.Has("Staff") {
			t.Error("it is still in the list")
		}
		if p := k.get("/groups/"+string(guests.ID), http.StatusOK); !p.Has("4 members") {
			t.Errorf("says %s", p.Text())
		}
	})
}

func TestTheAccessModeIsSwitchedKnowingly(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		k.location(k.north.ID, "Harbour")
		k.reload()
		p := k.get("/settings/access?mode=group", http.StatusOK)
		if !p.Has("There is no group yet") || !p.Has("Switch to “By user group”: 1 user loses") {
			t.Errorf("says %s", p.Text())
		}
		staff := k.group(k.north.ID, "Staff")
		people := k.people(k.north.ID, person.Active, 4)
		k.join(staff, people[:3]...)
		k.post("/groups/"+string(staff.ID)+"/places", form("place", "everywhere"), http.StatusSeeOther)

		p = k.get("/settings/access?mode=group", http.StatusOK)
		if !p.Has("2 active users are in no group") || !p.Has("2 users lose Harbour") {
			t.Errorf("says %s", p.Text())
		}
		if href := p.Find("link", "Active users in no group").Attr("href"); href != "/w/north/users?group=none&status=active" {
			t.Errorf("they are listed at %s", href)
		}
		f := p.Form("Switch to “By user group”: 2 users lose")
		p, _ = k.post("/settings/access", with(f, "do", "switch"), http.StatusUnprocessableEntity)
		p.Field("Everyone who has no group comes into").WantError("2 active users are in no group")
		p, _ = k.post("/settings/access", with(f, "do", "look", "default", string(staff.ID)), http.StatusOK)
		if !p.Has("Nobody loses anything") {
			t.Errorf("says %s", p.Text())
		}
		f = p.Form("Switch to “By user group”")
		k.join(staff, people[3])
		p, _ = k.post("/settings/access", with(f, "do", "switch"), http.StatusUnprocessableEntity)
		if !p.Has("Look again") || !p.Has("1 active user is in no group") {
			t.Errorf("says %s", p.Text())
		}
		if k.stored().AccessMode != workspace.Everyone {
			t.Fatal("it was switched")
		}
		k.post("/settings/access", with(p.Form("Switch to “By user group”"), "do", "switch"), http.StatusSeeOther)
		if k.north = k.stored(); k.north.AccessMode != workspace.ByGroup {
			t.Fatal("it was not switched")
		}
		if p := k.get("/settings", http.StatusOK); !p.Has("By user group") || !p.Has("Switch to “Everyone active”") {
			t.Errorf("says %s", p.Text())
		}
		if p, _ := k.post("/settings/access", with(f, "do", "switch"), http.StatusUnprocessableEntity); !p.Has("That is how it is") {
			t.Errorf("a second click: %s", p.Text())
		}
		// Whoever has no group would charge nowhere.
		p = k.get("/groups/"+string(staff.ID)+"/default?on=0", http.StatusOK)
		if !p.Has("1 user loses Harbour") {
			t.Errorf("says %s", p.Text())
		}
		p, _ = k.post("/groups/"+string(staff.ID)+"/default", p.Form("No longer the default group").Values(), http.StatusUnprocessableEntity)
		if !p.Has("1 active user is in no group and could charge nowhere") {
			t.Errorf("says %s", p.Text())
		}
	})
}
