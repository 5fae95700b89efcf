package admit

import (
	"slices"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/grant"
	"involt/internal/core/id"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/testkit/dbtest"
)

// who pages through everybody who may charge somewhere, two at a time.
func (h *house) whoMay(s *Service, at Where, why Why) (list []Allowee, a Allowed) {
	h.t.Helper()
	after := id.Person("")
	for {
		var err error
		a, err = s.WhoMay(h.t.Context(), h.by, at, why, after, 2, time.Now())
		h.must(err)
		list = append(list, a.List...)
		if !a.More {
			return list, a
		}
		after = list[len(list)-1].Person
	}
}

func TestWhoMayChargeHere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d, "who", workspace.ByGroup)
		yard := h.location(false)
		one, two, far := h.charger(yard), h.charger(yard), h.charger(h.location(false))
		g := h.group()
		h.open(grant.Grant{Group: g, Charger: one})
		members := []id.Person{h.person(), h.person(), h.person()}
		for _, p := range members {
			h.join(g, p)
		}
		named, stranger := h.person(), h.person()
		h.open(grant.Grant{Person: named, Location: yard})
		h.card(members[0])
		_, c := h.card(members[1])
		h.block(c)
		h.must(h.people.Deactivate(t.Context(), h.by, members[2], "left"))
		s := loaded(t, d)

		list, a := h.whoMay(s, Where{Charger: one}, "")
		if a.Count[ByGroup] != 2 || a.Count[ByName] != 1 || a.Count[ByActive] != 0 || a.Bare != 2 || len(list) != 3 {
			t.Errorf("at the charger: %+v, %+v", a, list)
		}
		for _, p := range list {
			switch {
			case p.Person == named && (p.Why != ByName || p.Group != "" || p.Card),
				p.Person == members[0] && (p.Why != ByGroup || p.Group != g || !p.Card),
				p.Person == members[1] && (p.Why != ByGroup || p.Card),
				p.Person == members[2], p.Person == stranger:
				t.Errorf("%+v", p)
			}
		}
		if list, a := h.whoMay(s, Where{Charger: two}, ""); len(list) != 1 || list[0].Person != named || a.Count[ByName] != 1 {
			t.Errorf("at the other charger: %+v", list)
		}
		if list, _ := h.whoMay(s, Where{Location: yard}, ""); len(list) != 3 {
			t.Errorf("at the location: %+v", list)
		}
		if list, a := h.whoMay(s, Where{Location: yard}, ByName); len(list) != 1 || a.Count[ByGroup] != 2 {
			t.Errorf("by name: %+v, %+v", list, a)
		}
		if list, _ := h.whoMay(s, Where{Charger: far}, ""); len(list) != 0 {
			t.Errorf("far away: %+v", list)
		}
		if list, _ := h.whoMay(s, Where{Charger: id.New[id.Charger]()}, ""); len(list) != 0 {
			t.Errorf("at a charger of nobody's: %+v", list)
		}
		h.settings(func(w *workspace.Workspace) { w.AccessMode = workspace.Everyone })
		if list, a := h.whoMay(s, Where{Charger: far}, ""); len(list) != 4 || a.Count[ByActive] != 4 {
			t.Errorf("everyone active: %+v, %+v", list, a)
		}
		poor := h.by
		poor.Perms = access.PlacesRead
		if _, err := s.WhoMay(t.Context(), poor, Where{Charger: one}, "", "", 2, time.Now()); errs.KindOf(err) != errs.Denied {
			t.Errorf("without the permission: %v", err)
		}
	})
}

// The list is the mirror of the places that each of them is shown, whatever
// happened before.
func TestWhoMayMirrorsWhereOpen(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := anyCrowd(t, d, "mirror", 5)
		s := loaded(t, d)
		c.booking = c.bookings(s)
		for range 120 {
			c.step()
		}
		c.refresh(s)
		for _, l := range c.locations {
			var want []id.Person
			for _, p := range c.who {
				if slices.ContainsFunc(s.WhereOpen(c.by.Workspace, p, time.Now()), func(o Open) bool { return o.Location == l }) {
					want = append(want, p)
				}
			}
			slices.Sort(want)
			var got []id.Person
			list, _ := c.whoMay(s, Where{Location: l}, "")
			for _, p := range list {
				got = append(got, p.Person)
			}
			if !slices.Equal(got, want) {
				t.Errorf("at %s: %v, want %v", l, got, want)
			}
		}
	})
}
