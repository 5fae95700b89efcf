package browse_test

import (
	"strings"
	"testing"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/flow/browse"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

func TestUsers(t *testing.T) {
	screens(t, func(t *testing.T, s *browse.Service, a *town) {
		ctx := t.Context()
		page := must[browse.UserPage](t)
		names := func(by access.Actor, f browse.UserFilter) string {
			var list []string
			for _, u := range page(s.Users(ctx, by, f)).Rows {
				list = append(list, u.Name)
			}
			return strings.Join(list, ", ")
		}
		for _, tc := range []struct {
			about  string
			filter browse.UserFilter
			want   string
		}{
			{"all", browse.UserFilter{}, "Änna Berg, bo@x.example, POOL_7"},
			{"the other way round", browse.UserFilter{Sort: "-name"}, "POOL_7, bo@x.example, Änna Berg"},
			{"a status", browse.UserFilter{Status: person.Invited}, "bo@x.example"},
			{"a group", browse.UserFilter{Group: a.fleet.ID}, "Änna Berg"},
			{"no group", browse.UserFilter{NoGroup: true}, "bo@x.example, POOL_7"},
			{"a name without accents", browse.UserFilter{Q: "berg anna"}, "Änna Berg"},
			{"an address", browse.UserFilter{Q: "BO@X"}, "bo@x.example"},
			{"an external id, where _ is a letter like others", browse.UserFilter{Q: "pool_"}, "POOL_7"},
			{"a card in another spelling", browse.UserFilter{Q: "de:ad:be:ef"}, "POOL_7"},
			{"a card that is nobody's", browse.UserFilter{Q: "0000BEEF"}, ""},
			{"everything at once", browse.UserFilter{Q: "anna", Group: a.fleet.ID, Status: person.Active}, "Änna Berg"},
			{"nothing", browse.UserFilter{Q: "%"}, ""},
		} {
			same(t, tc.about, names(a.staff, tc.filter), tc.want)
		}

		p := page(s.Users(ctx, a.staff, browse.UserFilter{Status: person.Active}))
		same(t, "of all statuses", p.All(), 3)
		same(t, "invited", p.Counts[person.Invited], 1)
		same(t, "of the page", p.Total, 2)
		same(t, "the group's name", strings.Join(p.Rows[0].Groups, ","), "Fleet")
		same(t, "the card", strings.Join(p.Rows[0].Cards, ","), a.cards[0].UID)

		for sort, kind := range map[browse.UserSort]errs.Kind{"password": errs.Invalid, "-": errs.Invalid} {
			_, err := s.Users(ctx, a.staff, browse.UserFilter{Sort: sort})
			same(t, "sorting by "+string(sort), errs.KindOf(err), kind)
		}
		for _, by := range []access.Actor{{Workspace: a.ws}, {Perms: access.All}} {
			_, err := s.Users(ctx, by, browse.UserFilter{})
			same(t, "without permission", errs.KindOf(err), errs.Denied)
			_, err = s.User(ctx, by, a.anna.ID)
			same(t, "one without permission", errs.KindOf(err), errs.Denied)
			_, err = s.Matching(ctx, by, browse.UserFilter{})
			same(t, "matching without permission", errs.KindOf(err), errs.Denied)
		}
	})
}

// Without personal data a list shows no name and tells nothing by what it finds
// or how it is sorted.
func TestUsersWithoutPersonalDataAreNoOracle(t *testing.T) {
	screens(t, func(t *testing.T, s *browse.Service, a *town) {
		ctx := t.Context()
		page := must[browse.UserPage](t)
		for q, want := range map[string]int{"": 3, "anna": 0, "berg": 0, "bo@x": 0, "DEADBEEF": 0, "E-1": 1, "pool": 1} {
			p := page(s.Users(ctx, a.masked, browse.UserFilter{Q: q}))
			same(t, "found by "+q, len(p.Rows), want)
			for _, u := range p.Rows {
				if shown := u.Name + u.Email; strings.Contains(shown, "Berg") || strings.Contains(shown, "example") {
					t.Errorf("shows %q", shown)
				}
			}
		}
		same(t, "sorted by", page(s.Users(ctx, a.masked, browse.UserFilter{})).Sort, browse.UserSort("-created"))
		_, err := s.Users(ctx, a.masked, browse.UserFilter{Sort: browse.ByName})
		same(t, "sorting by name", errs.KindOf(err), errs.Invalid)

		d := must[browse.UserDetail](t)(s.User(ctx, a.masked, a.anna.ID))
		if shown := d.Name + d.User.Email + d.Person.FirstName + d.Person.LastName + d.Person.Email; strings.Contains(strings.ToLower(shown), "berg") || strings.Contains(shown, "nna") {
			t.Errorf("shows %q", shown)
		}
	})
}

func TestUsersOfAnotherWorkspaceAreNotThere(t *testing.T) {
	screens(t, func(t *testing.T, s *browse.Service, a *town) {
		ctx := t.Context()
		other := a.staff
		must[struct{}](t)(struct{}{}, s.DB.View(ctx, func(tx *db.Tx) error {
			return tx.Row(`SELECT id FROM workspace WHERE id <> ?`, []any{a.ws}, &other.Workspace)
		}))
		_, err := s.User(ctx, other, a.anna.ID)
		same(t, "one", errs.KindOf(err), errs.NotFound)
		_, err = s.Group(ctx, other, a.fleet.ID)
		same(t, "a group", errs.KindOf(err), errs.NotFound)
		same(t, "of a group", len(must[browse.UserPage](t)(s.Users(ctx, other, browse.UserFilter{Group: a.fleet.ID})).Rows), 0)
		same(t, "by id", len(must[[]browse.User](t)(s.UsersByID(ctx, other, []id.Person{a.anna.ID, a.bo.ID}))), 0)
		same(t, "matching", len(must[[]id.Person](t)(s.Matching(ctx, other, browse.UserFilter{}))), 3)
		same(t, "places to choose", len(must[browse.Offer](t)(s.Choices(ctx, other)).Locations), 2)
	})
}

func TestAUserHasEverythingOfTheirs(t *testing.T) {
	screens(t, func(t *testing.T, s *browse.Service, a *town) {
		ctx := t.Context()
		d := must[browse.UserDetail](t)(s.User(ctx, a.staff, a.anna.ID))
		same(t, "name", d.Name, "Änna Berg")
		same(t, "groups", len(d.In), 1)
		same(t, "cards", len(d.CardList), 1)
		same(t, "sessions", len(d.Latest), 4)
		some := a.staff
		some.Perms = access.PeopleRead
		d = must[browse.UserDetail](t)(s.User(ctx, some, a.anna.ID))
		same(t, "what needs a permission of its own", len(d.CardList)+len(d.Latest)+len(d.Activity), 0)
		same(t, "matching", len(must[[]id.Person](t)(s.Matching(ctx, a.staff, browse.UserFilter{Status: person.Active}))), 2)
	})
}
