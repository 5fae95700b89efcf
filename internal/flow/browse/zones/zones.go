// Package zones is the lists about zones and joining codes: who is in a zone and
// how they came, which codes there are, who waits, and a driver's own zones.
package zones

import (
	"context"
	"strconv"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/joincode"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/flow/browse"
	"involt/internal/flow/browse/paging"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Service reads them.
type Service struct{ DB *db.DB }

// Member is somebody who may charge in a zone by name.
type Member struct {
	ID       id.Person
	Name     string // masked without personal data, as Email
	Email    string
	Status   person.Status
	Since    time.Time
	From     time.Time   // when the access begins; zero: it has
	Until    time.Time   // the first moment at which it is over; zero: never
	Part     int         // how many single chargers, if it is not the whole zone; 0 for the whole
	Code     id.JoinCode // by which they came; "" if staff let them in
	CodeName string      // staff's note on it
	sortName string
}

// MemberPage is one page of them.
type MemberPage struct {
	browse.Page
	Rows []Member
}

// inZone is said of a person: there is a grant to them by name, at the location
// or at one of its chargers.
const inZone = `EXISTS (SELECT 1 FROM access_grant g WHERE g.workspace = person.workspace AND g.person = person.id
	AND (g.location = ? OR g.charger IN (SELECT h.id FROM charger h WHERE h.workspace = g.workspace AND h.location = ?)))`

// Members lists who is in a zone, by name.
func (s *Service) Members(ctx context.Context, by access.Actor, zone id.Location, at browse.Paging) (p MemberPage, err error) {
	defer errs.Wrap(&err, "zones.Members")
	if err := by.Need(access.PeopleRead); err != nil {
		return p, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		if _, err := site.LocationByID(tx, by.Workspace, zone); err != nil {
			return err
		}
		q := &paging.Query{}
		q.And("person.workspace = ? AND person.deleted_at = 0 AND "+inZone, by.Workspace, zone, zone)
		list := paging.List{Key: "person.sort_name", ID: "person.id"}
		if !by.Perms.Has(access.PersonalData) {
			list = paging.List{Key: "person.created_at", ID: "person.id", Number: true} // an order by name would tell names
		}
		p.Rows, p.Page, err = paging.Of(tx, list, at, person.Columns, "person", q, scanMember(by), func(m Member) (string, string) {
			return m.sortName, string(m.ID)
		})
		if err != nil || len(p.Rows) == 0 {
			return err
		}
		return howTheyCame(tx, by.Workspace, zone, p.Rows)
	})
	return p, err
}

// Member returns one of a zone, or an errs.NotFound.
func (s *Service) Member(ctx context.Context, by access.Actor, zone id.Location, who id.Person) (m Member, err error) {
	defer errs.Wrap(&err, "zones.Member")
	if err := by.Need(access.PeopleRead); err != nil {
		return m, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		rows, err := db.All(tx, scanMember(by), `SELECT `+person.Columns+` FROM person WHERE person.workspace = ? AND person.id = ? AND person.deleted_at = 0 AND `+inZone, by.Workspace, who, zone, zone)
		if err == nil && len(rows) == 0 {
			err = errs.New(errs.NotFound, "This user is not in the zone. They may have left it, or somebody has removed them.")
		}
		if err != nil {
			return err
		}
		err = howTheyCame(tx, by.Workspace, zone, rows)
		m = rows[0]
		return err
	})
	return m, err
}

func scanMember(by access.Actor) func(db.Scanner) (Member, error) {
	return func(row db.Scanner) (Member, error) {
		p, err := person.Scan(row)
		m := Member{ID: p.ID, Name: browse.Name(by, p.FirstName, p.LastName, p.Email, p.ExternalID), Email: browse.Email(by, p.Email), Status: p.Status, sortName: p.SortName()}
		if !by.Perms.Has(access.PersonalData) {
			m.sortName = strconv.FormatInt(p.Created.UnixMilli(), 10)
		}
		return m, err
	}
}

// howTheyCame adds since when, until when and by which code.
func howTheyCame(tx *db.Tx, ws id.Workspace, zone id.Location, rows []Member) error {
	ids, place := make([]id.Person, len(rows)), map[id.Person]*Member{}
	whole := map[id.Person]bool{}
	for i := range rows {
		ids[i], place[rows[i].ID] = rows[i].ID, &rows[i]
	}
	_, err := db.All(tx, func(row db.Scanner) (none struct{}, err error) {
		var who id.Person
		var here bool
		var from, until, created int64
		if err = row.Scan(&who, &here, &from, &until, &created); err != nil {
			return none, err
		}
		m := place[who]
		if at := paging.When(created); m.Since.IsZero() || at.Before(m.Since) {
			m.Since = at
		}
		switch {
		case here && !whole[who]: // the zone as a whole says more than a charger
			whole[who], m.Part, m.From, m.Until = true, 0, when(from), when(until)
		case here: // several: the widest
			if from == 0 {
				m.From = time.Time{}
			}
			if until == 0 {
				m.Until = time.Time{}
			}
		case !whole[who]:
			m.Part++
		}
		return none, nil
	}, `SELECT person, location IS NOT NULL, from_at, until_at, created_at FROM access_grant g WHERE workspace = ? AND (location = ? OR charger IN (SELECT h.id FROM charger h WHERE h.workspace = g.workspace AND h.location = ?))
		AND person IN `+db.In(len(ids))+` ORDER BY created_at, id`, db.Args(ids, any(ws), any(zone), any(zone))...)
	if err != nil {
		return err
	}
	_, err = db.All(tx, func(row db.Scanner) (none struct{}, err error) {
		var who id.Person
		var code id.JoinCode
		var name string
		if err = row.Scan(&who, &code, &name); err == nil { // the newest comes last
			place[who].Code, place[who].CodeName = code, name
		}
		return none, err
	}, `SELECT j.person, c.id, c.name FROM joining j JOIN join_code c ON c.workspace = j.workspace AND c.id = j.code
		WHERE j.workspace = ? AND c.location = ? AND j.state = 'joined' AND j.person IN `+db.In(len(ids))+` ORDER BY j.created_at, j.id`, db.Args(ids, any(ws), any(zone))...)
	return err
}

func when(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// Groups lists the workspace's user groups in order, for choosing one.
func (s *Service) Groups(ctx context.Context, by access.Actor) (list []group.Group, err error) {
	defer errs.Wrap(&err, "zones.Groups")
	if err := by.Need(access.PeopleRead); err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		list, err = group.List(tx, by.Workspace)
		return err
	})
	return list, err
}

// Code is a joining code as lists show it: without the code itself.
type Code struct {
	joincode.Code
	Zone    string // what its location is called
	GroupIs string // what its group is called
	Members int64  // who came by it and is still in
	Waiting int64
	State   joincode.Closed
}

// Codes lists the workspace's joining codes, those of one zone if zone is not "",
// the oldest first.
func (s *Service) Codes(ctx context.Context, by access.Actor, zone id.Location) (list []Code, err error) {
	defer errs.Wrap(&err, "zones.Codes")
	if err := by.Need(access.PeopleRead); err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		list = nil
		codes, err := joincode.List(tx, by.Workspace, zone)
		if err != nil {
			return err
		}
		for _, c := range codes {
			list = append(list, Code{Code: c, State: c.State(tx.Now)})
		}
		return about(tx, by.Workspace, list)
	})
	return list, err
}

// Code returns one of them.
func (s *Service) Code(ctx context.Context, by access.Actor, which id.JoinCode) (c Code, err error) {
	defer errs.Wrap(&err, "zones.Code")
	if err := by.Need(access.PeopleRead); err != nil {
		return c, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		one, err := joincode.ByID(tx, by.Workspace, which)
		if err != nil {
			return err
		}
		list := []Code{{Code: one, State: one.State(tx.Now)}}
		err = about(tx, by.Workspace, list)
		c = list[0]
		return err
	})
	return c, err
}

func about(tx *db.Tx, ws id.Workspace, list []Code) error {
	for i := range list {
		c := &list[i]
		err := tx.Row(`SELECT COALESCE((SELECT name FROM location WHERE workspace = c.workspace AND id = c.location), ''), COALESCE((SELECT name FROM user_group WHERE workspace = c.workspace AND id = c.user_group), ''),
			(SELECT COUNT(*) FROM joining j WHERE j.workspace = c.workspace AND j.code = c.id AND j.state = 'joined'),
			(SELECT COUNT(*) FROM joining j WHERE j.workspace = c.workspace AND j.code = c.id AND j.state = 'waiting')
			FROM join_code c WHERE c.workspace = ? AND c.id = ?`, []any{ws, c.ID}, &c.Zone, &c.GroupIs, &c.Members, &c.Waiting)
		if err != nil {
			return err
		}
	}
	return nil
}
