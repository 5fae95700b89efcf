package admit

import (
	"strings"
	"testing"
	"time"

	"involt/internal/core/decision"
	"involt/internal/core/grant"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
)

// The same hours in two zones, around the days on which clocks are put forward
// and back. Times are as a clock in Greenwich without summer time shows them.
func TestHoursAreThoseOfTheZone(t *testing.T) {
	const (
		weekdays = grant.Days(1<<5 - 1)
		saturday = grant.Days(1 << 5)
		sunday   = grant.Days(1 << 6)
	)
	day := grant.Hours{Days: weekdays, From: 7 * 60, To: 19 * 60}
	night := grant.Hours{Days: saturday, From: 22 * 60, To: 6 * 60}
	gap := grant.Hours{Days: sunday, From: 2 * 60, To: 3 * 60}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d, "a", workspace.ByGroup)
		for _, tc := range []struct {
			name  string
			hours grant.Hours
			zone  string
			in    []string
			out   []string
		}{
			{"winter", day, "Europe/Berlin", []string{"2027-01-04 06:00", "2027-01-04 17:59"}, []string{"2027-01-04 05:59", "2027-01-04 18:00", "2027-01-03 12:00"}},
			{"summer", day, "Europe/Berlin", []string{"2027-07-05 05:00", "2027-07-05 16:59"}, []string{"2027-07-05 04:59", "2027-07-05 17:00"}},
			{"winter, New York", day, "America/New_York", []string{"2027-01-04 12:00", "2027-01-04 23:59"}, []string{"2027-01-04 11:59", "2027-01-05 00:00"}},
			{"summer, New York", day, "America/New_York", []string{"2027-07-05 11:00", "2027-07-05 22:59"}, []string{"2027-07-05 10:59", "2027-07-05 23:00"}},
			{"the Monday after the clocks went forward in Berlin", day, "Europe/Berlin", []string{"2027-03-29 05:00"}, []string{"2027-03-29 04:59", "2027-03-29 17:00"}},
			{"the Friday before", day, "Europe/Berlin", []string{"2027-03-26 06:00"}, []string{"2027-03-26 05:59"}},
			// New York puts them forward two weeks earlier: 14 March.
			{"while only New York has summer time", day, "America/New_York", []string{"2027-03-15 11:00"}, []string{"2027-03-15 10:59"}},
			// The night from 27 to 28 March lasts seven hours, the one from 30 to 31 October nine.
			{"the night of it", night, "Europe/Berlin", []string{"2027-03-27 21:00", "2027-03-28 03:59"}, []string{"2027-03-27 20:59", "2027-03-28 04:00"}},
			{"the night of it, New York", night, "America/New_York", []string{"2027-03-14 03:00", "2027-03-14 09:59"}, []string{"2027-03-14 02:59", "2027-03-14 10:00"}},
			{"the night back", night, "Europe/Berlin", []string{"2027-10-30 20:00", "2027-10-31 04:59"}, []string{"2027-10-30 19:59", "2027-10-31 05:00"}},
			{"an hour that is left out", gap, "Europe/Berlin", nil, []string{"2027-03-28 00:59", "2027-03-28 01:00", "2027-03-28 01:59"}},
			{"an hour that comes twice", gap, "Europe/Berlin", []string{"2027-10-31 00:00", "2027-10-31 00:59", "2027-10-31 01:00", "2027-10-31 01:59"}, []string{"2027-10-30 23:59", "2027-10-31 02:00"}},
		} {
			at, g, who := h.charger(h.location(false)), h.group(), h.person()
			number, _ := h.card(who)
			h.join(g, who)
			tc.hours.Zone = tc.zone
			h.open(grant.Grant{Group: g, Charger: at, Hours: tc.hours})
			s := loaded(t, d)
			check := func(list []string, want decision.Reason) {
				for _, text := range list {
					now, err := time.Parse("2006-01-02 15:04", text)
					h.must(err)
					if got := s.Decide(&Ask{Workspace: h.by.Workspace, Charger: at, Token: number, Now: now}).Reason; got != want {
						t.Errorf("%s, %s: at %s %s, want %s", tc.name, tc.zone, text, got, want)
					}
				}
			}
			check(tc.in, decision.Allowed)
			check(tc.out, decision.NotThisTime)
		}
	})
}

// Whoever asks why hears when.
func TestHoursAreSaid(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d, "a", workspace.ByGroup)
		loc := h.location(false)
		at, g, who := h.charger(loc), h.group(), h.person()
		number, _ := h.card(who)
		h.join(g, who)
		r := h.open(grant.Grant{Group: g, Location: loc, Hours: grant.Hours{Days: 1<<5 - 1, From: 7 * 60, To: 19 * 60}})
		if r.Hours.Zone != "Europe/Berlin" {
			t.Errorf("hours without a zone are in %q, not in the place's", r.Hours.Zone)
		}
		s := loaded(t, d)
		noon, night := time.Date(2027, 1, 4, 11, 0, 0, 0, time.UTC), time.Date(2027, 1, 4, 22, 0, 0, 0, time.UTC)
		for now, want := range map[time.Time]string{
			noon:  "The card may charge here: Mon–Fri 07:00–19:00, Europe/Berlin.",
			night: "The user has access here, but not at this time: Mon–Fri 07:00–19:00, Europe/Berlin.",
		} {
			c, err := s.Explain(t.Context(), h.by, number, "", identityOf(h, at), now, "test")
			h.must(err)
			if c.Sentence != want {
				t.Errorf("says %q", c.Sentence)
			}
		}
		if open := s.WhereOpen(h.by.Workspace, who, noon); len(open) != 1 || open[0].When != "Mon–Fri 07:00–19:00, Europe/Berlin" {
			t.Errorf("may charge at %+v", open)
		}
		if open := s.WhereOpen(h.by.Workspace, who, night); len(open) != 0 {
			t.Errorf("may charge at %+v", open)
		}
		h.open(grant.Grant{Person: who, Charger: at, Until: time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC)})
		h.refresh(s)
		if open := s.WhereOpen(h.by.Workspace, who, night); len(open) != 1 || open[0].When != "until 1 Feb 2027" {
			t.Errorf("may charge at %+v", open)
		}
		x, err := s.Explain(t.Context(), h.by, number, "", identityOf(h, at), time.Date(2027, 2, 6, 11, 0, 0, 0, time.UTC), "test")
		h.must(err)
		if !strings.Contains(x.Sentence, "Mon–Fri") {
			t.Errorf("says %q", x.Sentence)
		}
	})
}

// Whoever is in no group is where the default one is.
func TestDefaultGroupTakesWhoHasNone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d, "a", workspace.ByGroup)
		at, g, other, who := h.charger(h.location(false)), h.group(), h.group(), h.person()
		number, _ := h.card(who)
		h.open(grant.Grant{Group: g})
		s := loaded(t, d)
		h.want(s, number, at, decision.NotThisPlace)
		h.must(h.places.MakeDefault(t.Context(), h.by, g, ""))
		h.refresh(s)
		h.want(s, number, at, decision.Allowed)
		h.join(other, who)
		h.refresh(s)
		h.want(s, number, at, decision.NotThisPlace)
		h.must(h.people.RemoveFromGroup(t.Context(), h.by, g, who)) // was not in it
		h.must(h.places.DeleteGroup(t.Context(), h.by, other, "", ""))
		h.refresh(s)
		h.want(s, number, at, decision.Allowed)
	})
}
