package browse

import (
	"cmp"
	"context"
	"slices"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// days is how far back the overview's charts go, today included.
const days = 30

// Overview is the state of a workspace on one page. A part for which the actor
// has no permission is empty.
type Overview struct {
	People    map[person.Status]int64
	Invited   int64 // people who were ever invited,
	Opened    int64 // and of those, who opened their invitation or came in,
	Activated int64 // and who came in
	Running   int64 // sessions
	Chargers  int64
	Online    int64
	Energy    []DayEnergy   // the last 30 days, the oldest first, days without a session included
	Groups    []GroupEnergy // of the same days, the most first
	Refused   []ReasonCount // of the last 30 days, the most frequent first
	Live      []Session     // the 10 newest that run
	Now       time.Time
}

// DayEnergy is what was charged by the sessions that began on one day.
type DayEnergy struct {
	Day      time.Time // its first moment, in the workspace's time zone
	Wh       int64
	Sessions int64
}

// GroupEnergy is what the members of a group charged. Who is in two groups
// counts in both.
type GroupEnergy struct {
	ID       id.Group // "" for users who are in no group and for unknown ones
	Name     string
	Wh       int64
	Sessions int64
}

// Overview sums up the workspace for whoever has a staff permission.
func (s *Service) Overview(ctx context.Context, by access.Actor) (o Overview, err error) {
	defer errs.Wrap(&err, "browse.Overview")
	if by.Workspace == "" || by.Perms == 0 {
		return o, errs.New(errs.Denied, "The overview is for staff. Ask an admin of this workspace for a role.")
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		o, err = overview(tx, by)
		return err
	})
	return o, err
}

func overview(tx *db.Tx, by access.Actor) (o Overview, err error) {
	o.Now = tx.Now
	ws := by.Workspace
	if by.Perms.Has(access.PeopleRead) {
		if o.People, err = person.Count(tx, ws); err != nil {
			return o, err
		}
		// Whoever came in has opened it, by whatever way.
		err = tx.Row(`SELECT COUNT(*), COALESCE(SUM(opened), 0), COALESCE(SUM(accepted), 0) FROM (
			SELECT MAX(CASE WHEN opened_at IS NOT NULL OR accepted_at IS NOT NULL THEN 1 ELSE 0 END) AS opened,
				MAX(CASE WHEN accepted_at IS NOT NULL THEN 1 ELSE 0 END) AS accepted
			FROM invite WHERE workspace = ? GROUP BY person) one`, []any{ws}, &o.Invited, &o.Opened, &o.Activated)
		if err != nil {
			return o, err
		}
	}
	if by.Perms.Has(access.PlacesRead) {
		err = tx.Row(`SELECT COUNT(*), COALESCE(SUM(CASE WHEN `+isOnline+` THEN 1 ELSE 0 END), 0) FROM charger h WHERE h.workspace = ?`, []any{ws}, &o.Chargers, &o.Online)
		if err != nil {
			return o, err
		}
	}
	if by.Perms.Has(access.SessionsRead) {
		err = o.charging(tx, by)
	}
	return o, err
}

func (o *Overview) charging(tx *db.Tx, by access.Actor) error {
	ws := by.Workspace
	if err := tx.Row(`SELECT COUNT(*) FROM charge WHERE workspace = ? AND status = 'running'`, []any{ws}, &o.Running); err != nil {
		return err
	}
	w, err := workspace.ByID(tx, ws)
	if err != nil {
		return err
	}
	zone, err := time.LoadLocation(w.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	y, m, d := tx.Now.In(zone).Date()
	first := time.Date(y, m, d-days+1, 0, 0, 0, 0, zone)
	if err := o.energy(tx, ws, first); err != nil {
		return err
	}
	if o.Groups, err = groupEnergy(tx, ws, first); err != nil {
		return err
	}
	refused := false
	if o.Refused, err = reasons(tx, whereDecision(by, DecisionFilter{Allowed: &refused, From: first})); err != nil {
		return err
	}
	o.Live, err = running(tx, by, 10)
	return err
}

// energy sums the sessions of each day. Days have 23 to 25 hours, which no SQL
// of both engines knows: the database sums quarters of an hour, of which every
// time zone's days are made, and the days are put together here.
func (o *Overview) energy(tx *db.Tx, ws id.Workspace, first time.Time) error {
	y, m, d := first.Date()
	o.Energy = make([]DayEnergy, days)
	for i := range o.Energy {
		o.Energy[i].Day = time.Date(y, m, d+i, 0, 0, 0, 0, first.Location())
	}
	const quarter = int64(15 * time.Minute / time.Millisecond)
	type sum struct{ at, wh, n int64 }
	for s, err := range db.Each(tx, func(row db.Scanner) (s sum, err error) {
		err = row.Scan(&s.at, &s.wh, &s.n)
		return s, err
	}, `SELECT started_at / 900000, CAST(SUM(wh) AS BIGINT), COUNT(*) FROM charge WHERE workspace = ? AND started_at >= ? GROUP BY started_at / 900000`, ws, first.UnixMilli()) {
		if err != nil {
			return err
		}
		at := time.UnixMilli(s.at * quarter)
		i, _ := slices.BinarySearchFunc(o.Energy, at, func(e DayEnergy, at time.Time) int {
			if e.Day.After(at) {
				return 1
			}
			return -1
		})
		if i > 0 {
			o.Energy[i-1].Wh += s.wh
			o.Energy[i-1].Sessions += s.n
		}
	}
	return nil
}

func groupEnergy(tx *db.Tx, ws id.Workspace, since time.Time) ([]GroupEnergy, error) {
	all, err := db.All(tx, func(row db.Scanner) (g GroupEnergy, err error) {
		err = row.Scan(&g.ID, &g.Name, &g.Wh, &g.Sessions)
		return g, err
	}, `SELECT COALESCE(g.id, ''), COALESCE(g.name, ''), CAST(SUM(u.wh) AS BIGINT), CAST(SUM(u.n) AS BIGINT) FROM (
			SELECT person, SUM(wh) AS wh, COUNT(*) AS n FROM charge WHERE workspace = ? AND started_at >= ? GROUP BY person) u
		LEFT JOIN group_member m ON m.workspace = ? AND m.person = u.person
		LEFT JOIN user_group g ON g.workspace = m.workspace AND g.id = m.user_group
		GROUP BY g.id, g.name`, ws, since.UnixMilli(), ws)
	slices.SortFunc(all, func(a, b GroupEnergy) int {
		return cmp.Or(cmp.Compare(b.Wh, a.Wh), cmp.Compare(a.Name, b.Name))
	})
	return all, err
}
