package admin

import (
	"net/http"
	"net/url"
	"testing"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/grant"
	"involt/internal/core/group"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
)

// ruled is a workspace by user group, with a charger that a group may use.
func (k *desk) ruled() (h site.Charger, g group.Group, member, stranger person.Person, c card.Card) {
	k.t.Helper()
	k.update(func(tx *db.Tx) error {
		w, err := workspace.ByID(tx, k.north.ID)
		if err != nil {
			return err
		}
		w.AccessMode = workspace.ByGroup
		if err := workspace.Save(tx, &w); err != nil {
			return err
		}
		k.north = w
		return journal.Record(tx, k.by(), "settings.changed", journal.About("workspace", w.ID), nil)
	})
	h = k.charger(k.location(k.north.ID, "Yard"), "CP-1")
	g = k.group(k.north.ID, "Night shift")
	two := k.people(k.north.ID, person.Active, 2)
	member, stranger = two[0], two[1]
	c = k.card(member, "04A1B2C3D4E5F6")
	k.update(func(tx *db.Tx) error {
		if err := grant.Insert(tx, &grant.Grant{Workspace: k.north.ID, Group: g.ID, Charger: h.ID}); err != nil {
			return err
		}
		if _, err := group.Add(tx, k.north.ID, g.ID, member.ID); err != nil {
			return err
		}
		for _, about := range []string{journal.About("group", g.ID), journal.About("person", member.ID), journal.About("person", stranger.ID), journal.About("charger", h.ID)} {
			if err := journal.Record(tx, k.by(), "test.made", about, nil); err != nil {
				return err
			}
		}
		return nil
	})
	if err := k.c.Admit.Refresh(k.t.Context()); err != nil {
		k.t.Fatal(err)
	}
	return h, g, member, stranger, c
}

func TestWhatIfSaysEveryCheck(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		_, _, member, _, c := k.ruled()
		ask := func(number, place, at string, status int, says ...string) {
			t.Helper()
			p := k.get("/taps/what-if?"+url.Values{"card": {number}, "place": {place}, "at": {at}}.Encode(), status)
			for _, part := range says {
				if !p.Has(part) {
					t.Errorf("%s at %s: the page does not say %q: %s", number, place, part, p.Text())
				}
			}
		}
		if p := k.get("/taps/what-if", http.StatusOK); p.Has("Checks, in their order") || p.Has("Passed") {
			t.Errorf("an answer without a question: %q", p.Text())
		}
		ask("04:a1:b2:c3:d4:e5:f6", "CP-1", "", http.StatusOK, "Allowed", "The card may charge here.", member.Name(), "Card known", "Passed", "Sessions at once", "0 of 1 of the card")
		ask("04A1B2C3D4E5F6", "CP-1*1", "2030-01-01T10:00", http.StatusOK, "Allowed", "1 Jan 2030, 10:00")
		ask("04FFFFFF", "CP-1", "", http.StatusOK, "Refused", "Nobody knows this card", "Not looked at", "Whose is it?", "Give the card to its user")
		ask("", "CP-1", "", http.StatusUnprocessableEntity, "Say which card")
		ask("04FFFFFF", "", "", http.StatusUnprocessableEntity, "Say where")
		ask("04FFFFFF", "CP-9", "", http.StatusUnprocessableEntity, "There is no charger with the identity CP-9 in this workspace, and no EVSE")
		ask("04FFFFFF", "CP-1", "tomorrow", http.StatusUnprocessableEntity, "Write the moment as")
		k.post("/cards/"+string(c.ID)+"/block", form(), http.StatusSeeOther)
		if err := k.c.People.Deactivate(t.Context(), k.by(), member.ID, "left"); err != nil {
			t.Fatal(err)
		}
		if err := k.c.Admit.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		ask("04A1B2C3D4E5F6", "CP-1", "", http.StatusOK, "The card is blocked.", "Unblock card …", "is deactivated", "What to do:")
		k.update(func(tx *db.Tx) error {
			var n int64
			if err := tx.Row(`SELECT COUNT(*) FROM decision WHERE workspace = ?`, []any{k.north.ID}, &n); err != nil || n != 0 {
				t.Errorf("%d questions count as taps, %v", n, err)
			}
			return nil
		})
		if k.c.Admit.Waiting() != 0 {
			t.Error("a question waits to be stored as a tap")
		}
		k.perms = access.SessionsRead | access.CardsRead | access.PlacesRead
		ask("04A1B2C3D4E5F6", "CP-1", "", http.StatusOK, "The card is blocked.")
		if p := k.get("/taps/what-if?card=04A1B2C3D4E5F6&place=CP-1", http.StatusOK); p.Has(member.Name()) || p.Has("Unblock card") {
			t.Errorf("without permissions: %q", p.Text())
		}
	})
}

func TestWhoMayChargeHereIsListed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		h, _, member, stranger, _ := k.ruled()
		if p := k.get("/chargers/"+string(h.ID), http.StatusOK); !p.Has("Who may charge here") {
			t.Errorf("the charger's page leads nowhere: %q", p.Text())
		}
		for _, path := range []string{"/chargers/" + string(h.ID) + "/users", "/locations/" + string(h.Location) + "/users"} {
			p := k.get(path, http.StatusOK)
			if !p.Has(member.Name()) || !p.Has("Group Night shift") || !p.Has("Works") || p.Has(stranger.Name()) {
				t.Errorf("%s: %q", path, p.Text())
			}
			if p := k.get(path+"?why=person", http.StatusOK); p.Has(member.Name()) || !p.Has("Nobody may charge here now") {
				t.Errorf("%s by name: %q", path, p.Text())
			}
		}
		k.get("/chargers/nobody/users", http.StatusNotFound)
		k.perms = access.PeopleRead | access.PlacesRead
		if p := k.get("/chargers/"+string(h.ID)+"/users", http.StatusOK); p.Has(member.Name()) {
			t.Errorf("names without personal data: %q", p.Text())
		}
	})
}
