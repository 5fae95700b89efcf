package zones

import (
	"cmp"
	"context"
	"slices"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/joincode"
	"involt/internal/core/person"
	"involt/internal/flow/browse"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Request is somebody who entered a code and waits for staff.
type Request struct {
	ID      id.Joining
	Person  id.Person
	Name    string // masked without personal data, as Email
	Email   string
	Status  person.Status // to be approved: decide about the user, and this follows
	Zone    id.Location
	Place   string            // what the zone or the group is called
	Code    id.JoinCode       // by which they came
	Answers []joincode.Answer // empty without personal data
	Since   time.Time
	Wants   joincode.Code // zone and group of that code, and nothing else of it
	Decides bool          // the reader sees all that the user waits for
}

// mostRequests is how many requests are listed: those that wait longest.
const mostRequests = 500

const requestColumns = `j.id, p.id, p.first_name, p.last_name, p.email, p.external_id, p.status, COALESCE(c.location, ''), COALESCE(c.user_group, ''), COALESCE(l.name, g.name, ''), j.code, j.answers, j.created_at
	FROM joining j JOIN person p ON p.workspace = j.workspace AND p.id = j.person JOIN join_code c ON c.workspace = j.workspace AND c.id = j.code
	LEFT JOIN location l ON l.workspace = c.workspace AND l.id = c.location LEFT JOIN user_group g ON g.workspace = c.workspace AND g.id = c.user_group`

func scanRequest(by access.Actor) func(db.Scanner) (Request, error) {
	return func(row db.Scanner) (q Request, err error) {
		var first, last, email, external, answers string
		var since int64
		if err = row.Scan(&q.ID, &q.Person, &first, &last, &email, &external, &q.Status, &q.Zone, &q.Wants.Group, &q.Place, &q.Code, &answers, &since); err != nil {
			return q, err
		}
		q.Wants.Location, q.Decides = q.Zone, true
		q.Name, q.Email, q.Since = browse.Name(by, first, last, email, external), browse.Email(by, email), when(since)
		if by.Perms.Has(access.PersonalData) {
			q.Answers, err = joincode.ReadAnswers(answers)
		}
		return q, err
	}
}

// Requests lists users who wait to come into a zone, or into any zone or group
// if zone is "", the longest waiting first. Newcomers, who are to be approved
// themselves, are listed with a zone only. Whoever has a part of the workspace
// sees those who want nothing else.
func (s *Service) Requests(ctx context.Context, by access.Actor, zone id.Location) (list []Request, err error) {
	defer errs.Wrap(&err, "zones.Requests")
	in, by, err := reach(by, zone)
	if err != nil {
		return nil, err
	}
	within, args := joincode.Reached(in)
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		list, err = db.All(tx, scanRequest(by), `SELECT `+requestColumns+` WHERE j.workspace = ? AND j.state = 'waiting' AND p.deleted_at = 0
			AND (c.location = ? OR ? = '' AND p.status = 'active')`+within+` ORDER BY j.created_at, j.id LIMIT ?`, append(append([]any{by.Workspace, zone, zone}, args...), mostRequests)...)
		for i := range list {
			if q := &list[i]; err == nil && !in.Whole && q.Status != person.Active {
				q.Decides, err = joincode.DecidedWithin(tx, by.Workspace, q.Person, in)
			}
		}
		return err
	})
	return list, err
}

// Waiting counts active users who wait to come into a zone, up to mostRequests;
// for the menu.
func (s *Service) Waiting(ctx context.Context, by access.Actor) (n int64, err error) {
	in, denied := by.Within(access.PeopleRead)
	if denied != nil || in.Empty() {
		return 0, nil //nolint:nilerr // there is nothing for them to count
	}
	within, args := joincode.Reached(in)
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		return tx.Row(`SELECT COUNT(*) FROM (SELECT 1 FROM joining j JOIN person p ON p.workspace = j.workspace AND p.id = j.person JOIN join_code c ON c.workspace = j.workspace AND c.id = j.code
			WHERE j.workspace = ? AND j.state = 'waiting' AND p.status = 'active' AND p.deleted_at = 0`+within+` LIMIT ?) counted`, append(append([]any{by.Workspace}, args...), mostRequests), &n)
	})
	return n, err
}

// RequestsOf lists what somebody waits for, the longest waiting first: for those
// who decide about a newcomer.
func (s *Service) RequestsOf(ctx context.Context, by access.Actor, who id.Person) (list []Request, err error) {
	defer errs.Wrap(&err, "zones.RequestsOf")
	in, by, err := reach(by, "")
	if err != nil {
		return nil, err
	}
	within, args := joincode.Reached(in)
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		list, err = db.All(tx, scanRequest(by), `SELECT `+requestColumns+` WHERE j.workspace = ? AND j.state = 'waiting' AND j.person = ?`+within+` ORDER BY j.created_at, j.id`, append([]any{by.Workspace, who}, args...)...)
		return err
	})
	return list, err
}

// Mine is a zone, or a group, as somebody who joined it sees it.
type Mine struct {
	Zone    id.Location // "" for a group that opens no zone by itself
	Joining id.Joining  // of a group: what to leave
	Name    string
	Address string
	City    string
	Since   time.Time
	From    time.Time // when access begins; zero: it has
	Until   time.Time // the first moment at which it is over; zero: never
	Waiting bool      // for staff
}

// Mine lists the zones of the person who acts, by name.
func (s *Service) Mine(ctx context.Context, by access.Actor) (list []Mine, err error) {
	defer errs.Wrap(&err, "zones.Mine")
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		list, err = mine(tx, by)
		return err
	})
	return list, err
}

func mine(tx *db.Tx, by access.Actor) ([]Mine, error) {
	rows, err := db.All(tx, scanMine, `SELECT l.id, '', l.name, l.address, l.city, g.created_at, g.from_at, g.until_at, FALSE
		FROM access_grant g JOIN location l ON l.workspace = g.workspace AND (l.id = g.location OR l.id = (SELECT h.location FROM charger h WHERE h.workspace = g.workspace AND h.id = g.charger))
		WHERE g.workspace = ? AND g.person = ? ORDER BY g.created_at, g.id`, by.Workspace, by.Person)
	if err != nil {
		return nil, err
	}
	joined, err := db.All(tx, scanMine, `SELECT COALESCE(c.location, ''), j.id, COALESCE(l.name, g.name, ''), COALESCE(l.address, ''), COALESCE(l.city, ''), j.created_at, c.access_from, c.access_until, j.state = 'waiting'
		FROM joining j JOIN join_code c ON c.workspace = j.workspace AND c.id = j.code
		LEFT JOIN location l ON l.workspace = c.workspace AND l.id = c.location LEFT JOIN user_group g ON g.workspace = c.workspace AND g.id = c.user_group
		WHERE j.workspace = ? AND j.person = ? AND (j.state = 'waiting' OR j.state = 'joined' AND c.location IS NULL) ORDER BY j.created_at, j.id`, by.Workspace, by.Person)
	if err != nil {
		return nil, err
	}
	var list []Mine
	at := map[id.Location]int{}
	for _, m := range append(rows, joined...) {
		if i, twice := at[m.Zone]; m.Zone != "" && twice {
			if had := &list[i]; !m.Waiting && !had.Waiting { // the widest of several
				had.From, had.Until = earliest(had.From, m.From), latest(had.Until, m.Until)
			}
			continue
		}
		if m.Zone != "" {
			at[m.Zone], m.Joining = len(list), ""
		}
		list = append(list, m)
	}
	slices.SortStableFunc(list, func(a, b Mine) int { return cmp.Compare(a.Name, b.Name) })
	return list, nil
}

// earliest is the earlier of two beginnings; none begins earliest.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || b.IsZero() {
		return time.Time{}
	}
	if a.Before(b) {
		return a
	}
	return b
}

// latest is the later of two ends; none ends last.
func latest(a, b time.Time) time.Time {
	if a.IsZero() || b.IsZero() {
		return time.Time{}
	}
	if a.After(b) {
		return a
	}
	return b
}

func scanMine(row db.Scanner) (m Mine, err error) {
	var since, from, until int64
	err = row.Scan(&m.Zone, &m.Joining, &m.Name, &m.Address, &m.City, &since, &from, &until, &m.Waiting)
	m.Since, m.From, m.Until = when(since), when(from), when(until)
	return m, err
}
