// Package zones is the lists about zones and joining codes: who is in a zone and
// how they came, which codes there are, who waits, and a driver's own zones.
package zones

import (
	"context"
	"slices"
	"strconv"
	"strings"
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
	Opens    bool        // the reader decides about that code
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

// reach is where by may see people, and by as they stand there. A zone outside of
// it is an errs.NotFound; "" is any.
func reach(by access.Actor, zone id.Location) (access.Reach, access.Actor, error) {
	in, err := by.Within(access.PeopleRead)
	if err == nil && zone != "" && !in.Covers(access.Scope{Kind: access.AtLocation, ID: string(zone)}) {
		err = errs.New(errs.NotFound, "There is no such location. It may have been removed.")
	}
	return in, by.Inside(in), err
}

// Members lists who is in a zone, by name. Whoever has a part of the workspace
// sees those of its zones who are users of that part.
func (s *Service) Members(ctx context.Context, by access.Actor, zone id.Location, at browse.Paging) (p MemberPage, err error) {
	defer errs.Wrap(&err, "zones.Members")
	in, see, err := reach(by, zone)
	if err != nil {
		return p, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		if _, err := site.LocationByID(tx, by.Workspace, zone); err != nil {
			return err
		}
		q := &paging.Query{}
		if where, args := person.Reached(in); where != "" {
			q.And(strings.TrimPrefix(where, " AND "), args...)
		}
		q.And("person.workspace = ? AND person.deleted_at = 0 AND "+inZone, by.Workspace, zone, zone)
		list := paging.List{Key: "person.sort_name", ID: "person.id"}
		if !see.Perms.Has(access.PersonalData) {
			list = paging.List{Key: "person.created_at", ID: "person.id", Number: true} // an order by name would tell names
		}
		p.Rows, p.Page, err = paging.Of(tx, list, at, person.Columns, "person", q, scanMember(see), func(m Member) (string, string) {
			return m.sortName, string(m.ID)
		})
		if err != nil || len(p.Rows) == 0 {
			return err
		}
		return howTheyCame(tx, by, zone, p.Rows)
	})
	return p, err
}

// Member returns one of a zone, or an errs.NotFound.
func (s *Service) Member(ctx context.Context, by access.Actor, zone id.Location, who id.Person) (m Member, err error) {
	defer errs.Wrap(&err, "zones.Member")
	in, see, err := reach(by, zone)
	if err != nil {
		return m, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		where, args := person.Reached(in)
		rows, err := db.All(tx, scanMember(see), `SELECT `+person.Columns+` FROM person WHERE person.workspace = ? AND person.id = ? AND person.deleted_at = 0 AND `+inZone+where,
			append([]any{by.Workspace, who, zone, zone}, args...)...)
		if err == nil && len(rows) == 0 {
			err = errs.New(errs.NotFound, "This user is not in the zone. They may have left it, or somebody has removed them.")
		}
		if err != nil {
			return err
		}
		err = howTheyCame(tx, by, zone, rows)
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
func howTheyCame(tx *db.Tx, by access.Actor, zone id.Location, rows []Member) error {
	ws := by.Workspace
	lets, denied := by.Within(access.PeopleWrite)
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
		var c joincode.Code
		if err = row.Scan(&who, &c.ID, &c.Name, &c.Location, &c.Group); err == nil { // the newest comes last
			m := place[who]
			m.Code, m.CodeName, m.Opens = c.ID, c.Name, denied == nil && c.Within(&lets)
		}
		return none, err
	}, `SELECT j.person, c.id, c.name, COALESCE(c.location, ''), COALESCE(c.user_group, '') FROM joining j JOIN join_code c ON c.workspace = j.workspace AND c.id = j.code
		WHERE j.workspace = ? AND c.location = ? AND j.state = 'joined' AND j.person IN `+db.In(len(ids))+` ORDER BY j.created_at, j.id`, db.Args(ids, any(ws), any(zone))...)
	return err
}

func when(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// Groups lists the user groups into which by may let people, in order, for
// choosing one.
func (s *Service) Groups(ctx context.Context, by access.Actor) (list []group.Group, err error) {
	defer errs.Wrap(&err, "zones.Groups")
	in, err := by.Within(access.PeopleWrite)
	if err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		list, err = group.List(tx, by.Workspace)
		list = slices.DeleteFunc(list, func(g group.Group) bool {
			return !in.Covers(access.Scope{Kind: access.InGroup, ID: string(g.ID)})
		})
		return err
	})
	return list, err
}

// Code is a joining code as lists show it: without the code itself.
type Code struct {
	joincode.Code
	Zone    string // what its location is called
	GroupIs string // what its group is called; "" for one outside of the reader's part
	Members int64  // who came by it and is still in
	Waiting int64
	State   joincode.Closed
}

// Codes lists the workspace's joining codes, those of one zone if zone is not "",
// the oldest first.
func (s *Service) Codes(ctx context.Context, by access.Actor, zone id.Location) (list []Code, err error) {
	defer errs.Wrap(&err, "zones.Codes")
	in, by, err := reach(by, zone)
	if err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		list = nil
		codes, err := joincode.List(tx, by.Workspace, zone)
		if err != nil {
			return err
		}
		for _, c := range codes {
			if c.Seen(&in) {
				list = append(list, Code{Code: c, State: c.State(tx.Now)})
			}
		}
		return about(tx, by.Workspace, in, list)
	})
	return list, err
}

// Code returns one of them.
func (s *Service) Code(ctx context.Context, by access.Actor, which id.JoinCode) (c Code, err error) {
	defer errs.Wrap(&err, "zones.Code")
	in, by, err := reach(by, "")
	if err != nil {
		return c, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		one, err := joincode.ByID(tx, by.Workspace, which)
		if err == nil && !one.Seen(&in) {
			err = joincode.ErrNone
		}
		if err != nil {
			return err
		}
		list := []Code{{Code: one, State: one.State(tx.Now)}}
		err = about(tx, by.Workspace, in, list)
		c = list[0]
		return err
	})
	return c, err
}

func about(tx *db.Tx, ws id.Workspace, in access.Reach, list []Code) error {
	for i := range list {
		c := &list[i]
		err := tx.Row(`SELECT COALESCE((SELECT name FROM location WHERE workspace = c.workspace AND id = c.location), ''), COALESCE((SELECT name FROM user_group WHERE workspace = c.workspace AND id = c.user_group), ''),
			(SELECT COUNT(*) FROM joining j WHERE j.workspace = c.workspace AND j.code = c.id AND j.state = 'joined'),
			(SELECT COUNT(*) FROM joining j WHERE j.workspace = c.workspace AND j.code = c.id AND j.state = 'waiting')
			FROM join_code c WHERE c.workspace = ? AND c.id = ?`, []any{ws, c.ID}, &c.Zone, &c.GroupIs, &c.Members, &c.Waiting)
		if err != nil {
			return err
		}
		if !in.Covers(access.Scope{Kind: access.InGroup, ID: string(c.Group)}) {
			c.GroupIs = ""
		}
	}
	return nil
}
