package admit

import (
	"testing"
	"time"

	"involt/internal/core/card"
	"involt/internal/core/decision"
	"involt/internal/core/grant"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
)

// What a charger may be told to rely on: a right that holds at any hour, until it ends.
func TestStandingIsARightAtAnyHour(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d, "a", workspace.ByGroup)
		now := time.Now()
		soon, later := now.Add(time.Hour).Truncate(time.Millisecond), now.Add(48*time.Hour).Truncate(time.Millisecond)
		berlin, err := time.LoadLocation("Europe/Berlin")
		h.must(err)
		minute := now.In(berlin).Hour()*60 + now.In(berlin).Minute()
		day := grant.Hours{Days: 1<<7 - 1, From: (minute + 22*60) % (24 * 60), To: (minute + 2*60) % (24 * 60), Zone: "Europe/Berlin"} // two hours before and after
		for name, c := range map[string]struct {
			rules  []grant.Grant
			cardTo time.Time
			reason decision.Reason
			hours  bool
			ends   time.Time
		}{
			"no rule":                {nil, time.Time{}, decision.NotThisPlace, false, time.Time{}},
			"a rule":                 {[]grant.Grant{{}}, time.Time{}, decision.Allowed, false, time.Time{}},
			"a rule that ends":       {[]grant.Grant{{Until: later}}, time.Time{}, decision.Allowed, false, later},
			"two that end":           {[]grant.Grant{{Until: soon}, {Until: later}}, time.Time{}, decision.Allowed, false, later},
			"one that does not":      {[]grant.Grant{{Until: soon}, {}}, time.Time{}, decision.Allowed, false, time.Time{}},
			"the card ends before":   {[]grant.Grant{{Until: later}}, soon, decision.Allowed, false, soon},
			"the rule ends before":   {[]grant.Grant{{Until: soon}}, later, decision.Allowed, false, soon},
			"certain hours":          {[]grant.Grant{{Hours: day}}, time.Time{}, decision.Allowed, true, time.Time{}},
			"certain hours, besides": {[]grant.Grant{{Hours: day}, {Until: soon}}, time.Time{}, decision.Allowed, false, soon},
			"not begun":              {[]grant.Grant{{From: soon}}, time.Time{}, decision.NotThisTime, false, time.Time{}},
			"a card that has ended":  {[]grant.Grant{{}}, now.Add(-time.Hour), decision.CardExpired, false, time.Time{}},
		} {
			l := h.location(false)
			at, who, g := h.charger(l), h.person(), h.group()
			number, k := h.card(who)
			h.join(g, who)
			for i, r := range c.rules {
				if i%2 == 0 {
					r.Group = g
				} else {
					r.Person = who
				}
				if i > 0 {
					r.Charger = at
				} else {
					r.Location = l
				}
				h.open(r)
			}
			if !c.cardTo.IsZero() {
				h.do(func(tx *db.Tx) error {
					one, err := card.ByID(tx, h.by.Workspace, k)
					one.ValidTo = c.cardTo.Truncate(time.Millisecond)
					if err == nil {
						err = card.Save(tx, &one)
					}
					return err
				})
			}
			s := loaded(t, d)
			got := s.Standing(h.by.Workspace, at, number, now)
			if got.Reason != c.reason || got.Hours != c.hours || !got.Ends().Equal(c.ends) && c.reason == decision.Allowed {
				t.Errorf("%s: %s, hours %v, ends %v; want %s, %v, %v", name, got.Reason, got.Hours, got.Ends(), c.reason, c.hours, c.ends)
			}
		}
	})
}
