package insight

import (
	"cmp"
	"context"
	"slices"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/flow/browse"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// How far back the overview's charts go: days, today included, and weeks from
// Monday on, this one included.
const (
	days  = 30
	weeks = 12
)

// Overview is the state of a workspace on one page. A part for which the actor
// has no permission is empty.
type Overview struct {
	People   map[person.Status]int64
	Funnel   Funnel
	Running  int64 // sessions
	Chargers int64
	Online   int64
	Month    DayEnergy            // this month so far
	Energy   []DayEnergy          // the last 30 days, the oldest first, days without a session included
	Groups   []GroupEnergy        // of the same days, the most first
	Weeks    []WeekActive         // the last 12 weeks, the oldest first
	Refused  []browse.ReasonCount // of the last 30 days, the most frequent first
	Live     []browse.Session     // the 10 newest that run
	Since    time.Time            // the first moment of the 30 days
	AsOf     time.Time            // the charts show what was so then; a little before Now where there is much to sum up
	Now      time.Time
}

// Funnel is how far people came who were ever invited. Whoever is further on
// counts in each step before.
type Funnel struct {
	Invited int64
	Opened  int64 // opened their invitation, or came in
	Active  int64 // came in
}

// DayEnergy is what was charged by the sessions that began on one day.
type DayEnergy struct {
	Day      time.Time // its first moment, in the workspace's time zone
	Wh       int64
	Sessions int64
}

// WeekActive is how many users charged in one week.
type WeekActive struct {
	From, To time.Time // its first moment, in the workspace's time zone, and the next one's
	Users    int64
}

// GroupEnergy is what the members of a group charged. Who is in two groups
// counts in both.
type GroupEnergy struct {
	ID       id.Group // "" for users who are in no group and for unknown ones
	Name     string
	Wh       int64
	Sessions int64
}

// Overview sums up the workspace for whoever has a staff permission. The counts
// of users come from where the list of users has them. What runs is looked up by
// indexes that hold nothing else. The charts sum up a limited time by the index
// of that time; see [kept] for how often.
func (s *Service) Overview(ctx context.Context, by access.Actor) (o Overview, err error) {
	defer errs.Wrap(&err, "insight.Overview")
	if by.Workspace == "" || by.Perms == 0 {
		return o, errs.New(errs.Denied, "The overview is for staff. Ask an admin of this workspace for a role.")
	}
	if by.Perms.Has(access.PeopleRead) {
		users, err := s.Lists.Users(ctx, by, browse.UserFilter{Paging: browse.Paging{Limit: 1}})
		if err != nil {
			return o, err
		}
		o.People = users.Counts
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error { return s.overview(tx, by, &o) })
	return o, err
}

func (s *Service) overview(tx *db.Tx, by access.Actor, o *Overview) (err error) {
	o.Now, o.AsOf = tx.Now, tx.Now
	if by.Perms.Has(access.PeopleRead) {
		if o.Funnel, err = s.funnel(tx, by.Workspace, &o.AsOf, looker); err != nil {
			return err
		}
	}
	if by.Perms.Has(access.PlacesRead) {
		err = tx.Row(`SELECT COUNT(*), COALESCE(SUM(CASE WHEN `+browse.IsOnline+` THEN 1 ELSE 0 END), 0) FROM charger h WHERE h.workspace = ?`, []any{by.Workspace}, &o.Chargers, &o.Online)
		if err != nil {
			return err
		}
	}
	if by.Perms.Has(access.SessionsRead) {
		err = s.charging(tx, by, o)
	}
	return err
}

// zoneOf is the workspace's time zone.
func zoneOf(tx *db.Tx, ws id.Workspace) (*time.Location, error) {
	w, err := workspace.ByID(tx, ws)
	if err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation(w.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	return zone, nil
}

func (s *Service) charging(tx *db.Tx, by access.Actor, o *Overview) error {
	ws := by.Workspace
	if err := tx.Row(`SELECT COUNT(*) FROM charge WHERE workspace = ? AND status = 'running'`, []any{ws}, &o.Running); err != nil {
		return err
	}
	if err := s.pictures(tx, ws, o, looker); err != nil {
		return err
	}
	var err error
	o.Live, err = browse.Running(tx, by, 10)
	return err
}

// pictures are the charts of what was charged and refused.
func (s *Service) pictures(tx *db.Tx, ws id.Workspace, o *Overview, who int) error {
	zone, err := zoneOf(tx, ws)
	if err != nil {
		return err
	}
	y, m, d := tx.Now.In(zone).Date()
	o.Since = time.Date(y, m, d-days+1, 0, 0, 0, 0, zone)
	today := "|" + o.Since.Format(time.DateOnly) // yesterday's sums are of other days
	note := func(at time.Time) {
		if at.Before(o.AsOf) {
			o.AsOf = at
		}
	}
	var at time.Time
	var all []DayEnergy
	if all, at, err = keep(&s.kept, tx, ws, "energy"+today, who, func() ([]DayEnergy, int64, error) {
		return dayEnergy(tx, ws, time.Date(y, m, min(1, d-days+1), 0, 0, 0, 0, zone), tx.Now)
	}); err != nil {
		return err
	}
	note(at)
	o.Energy = all[len(all)-days:]
	for _, e := range all {
		if e.Day.Month() == m {
			o.Month.Wh, o.Month.Sessions = o.Month.Wh+e.Wh, o.Month.Sessions+e.Sessions
		}
	}
	if o.Groups, at, err = keep(&s.kept, tx, ws, "groups"+today, who, func() ([]GroupEnergy, int64, error) { return groupEnergy(tx, ws, o.Since) }); err != nil {
		return err
	}
	note(at)
	if o.Weeks, at, err = keep(&s.kept, tx, ws, "weeks"+today, who, func() ([]WeekActive, int64, error) { return weekActive(tx, ws, zone) }); err != nil {
		return err
	}
	note(at)
	if o.Refused, at, err = keep(&s.kept, tx, ws, "refused"+today, who, func() ([]browse.ReasonCount, int64, error) {
		list, err := browse.RefusedSince(tx, ws, o.Since)
		var n int64
		for _, r := range list {
			n += r.N
		}
		return list, n, err
	}); err != nil {
		return err
	}
	note(at)
	return nil
}

// dayEnergy sums the sessions of each day from first to that of last. Days have 23 to 25 hours, which no SQL
// of both engines knows: the database sums quarters of an hour, of which every
// time zone's days are made, and the days are put together here.
func dayEnergy(tx *db.Tx, ws id.Workspace, first, last time.Time) (list []DayEnergy, rows int64, err error) {
	y, m, d := first.Date()
	for day := first; !day.After(last); day = time.Date(y, m, d+len(list), 0, 0, 0, 0, first.Location()) {
		list = append(list, DayEnergy{Day: day})
	}
	const quarter = int64(15 * time.Minute / time.Millisecond)
	type sum struct{ at, wh, n int64 }
	for s, err := range db.Each(tx, func(row db.Scanner) (s sum, err error) {
		err = row.Scan(&s.at, &s.wh, &s.n)
		return s, err
	}, `SELECT started_at / 900000, CAST(SUM(wh) AS BIGINT), COUNT(*) FROM charge WHERE workspace = ? AND started_at >= ? GROUP BY started_at / 900000`, ws, first.UnixMilli()) {
		if err != nil {
			return nil, 0, err
		}
		rows += s.n
		at := time.UnixMilli(s.at * quarter)
		i, _ := slices.BinarySearchFunc(list, at, func(e DayEnergy, at time.Time) int {
			if e.Day.After(at) {
				return 1
			}
			return -1
		})
		if i > 0 {
			list[i-1].Wh += s.wh
			list[i-1].Sessions += s.n
		}
	}
	return list, rows, nil
}

func groupEnergy(tx *db.Tx, ws id.Workspace, since time.Time) (all []GroupEnergy, rows int64, err error) {
	all, err = db.All(tx, func(row db.Scanner) (g GroupEnergy, err error) {
		err = row.Scan(&g.ID, &g.Name, &g.Wh, &g.Sessions)
		return g, err
	}, `SELECT COALESCE(u.user_group, ''), COALESCE(g.name, ''), u.wh, u.n FROM (
			SELECT m.user_group, CAST(SUM(c.wh) AS BIGINT) AS wh, COUNT(*) AS n FROM charge c
			LEFT JOIN group_member m ON m.workspace = c.workspace AND m.person = c.person
			WHERE c.workspace = ? AND c.started_at >= ? GROUP BY m.user_group) u
		LEFT JOIN user_group g ON g.workspace = ? AND g.id = u.user_group`, ws, since.UnixMilli(), ws)
	for _, g := range all {
		rows += g.Sessions
	}
	slices.SortFunc(all, func(a, b GroupEnergy) int {
		return cmp.Or(cmp.Compare(b.Wh, a.Wh), cmp.Compare(a.Name, b.Name))
	})
	return all, rows, err
}

// weekActive counts who charged, week by week. A week begins on Monday.
func weekActive(tx *db.Tx, ws id.Workspace, zone *time.Location) (list []WeekActive, rows int64, err error) {
	y, m, d := tx.Now.In(zone).Date()
	monday := d - (int(tx.Now.In(zone).Weekday())+6)%7
	for i := range weeks {
		w := WeekActive{From: time.Date(y, m, monday-7*(weeks-1-i), 0, 0, 0, 0, zone), To: time.Date(y, m, monday-7*(weeks-2-i), 0, 0, 0, 0, zone)}
		var sessions int64
		if err := tx.Row(`SELECT COUNT(DISTINCT person), COUNT(*) FROM charge WHERE workspace = ? AND started_at >= ? AND started_at < ? AND person IS NOT NULL`,
			[]any{ws, w.From.UnixMilli(), w.To.UnixMilli()}, &w.Users, &sessions); err != nil {
			return nil, 0, err
		}
		rows += sessions
		list = append(list, w)
	}
	return list, rows, nil
}
