// Package look is who sees what in lists: how names are shown to those who may not
// see them, what a search finds, and how far a reader sees.
package look

import (
	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/flow/browse/paging"
	"involt/internal/flow/browse/roster"
	"involt/internal/kit/db"
)

// Sight is who looks, and how far: by as they stand within the reach of a
// permission, and that reach. What is shown goes by what is allowed throughout it.
func Sight(by access.Actor, p access.Perm) (see access.Actor, r access.Reach, err error) {
	r, err = by.Within(p)
	return by.Inside(r), r, err
}

// AndPeople narrows q to rows whose column names somebody within a reach.
func AndPeople(q *paging.Query, column string, ws id.Workspace, r access.Reach) {
	if cond, args := person.Reachable(column, ws, r); cond != "" {
		q.And(cond, args...)
	}
}

// AndEvents narrows q to what the people within a reach did, and to what happened
// at its locations. people are the rows' column of people, charger that of
// chargers. only leaves out the locations: who looks for somebody is told nothing
// of those who are not theirs.
func AndEvents(q *paging.Query, people, charger string, ws id.Workspace, r access.Reach, only bool) {
	cond, args := person.Reachable(people, ws, r)
	if cond == "" {
		return
	}
	if n := len(r.Locations); n > 0 && !only {
		cond += ` OR ` + charger + ` IN (SELECT id FROM charger WHERE workspace = ? AND location IN ` + db.In(n) + `)`
		args = append(append(args, ws), db.Args(r.Locations)...)
	}
	q.And(cond, args...)
}

// Somebody is how a person is called whom the reader sees at a place of theirs and
// who is not theirs to know.
const Somebody = "Somebody else"

// Strangers finds those of the people who are not within a reach.
func Strangers(tx *db.Tx, ws id.Workspace, r access.Reach, people []id.Person) (out map[id.Person]bool, err error) {
	if r.Whole {
		return nil, nil
	}
	in, err := person.Among(tx, ws, r, people)
	out = map[id.Person]bool{}
	for _, who := range people {
		if who != "" && !in[who] {
			out[who] = true
		}
	}
	return out, err
}

// Roster is a reach as the list of users knows it; nil for everybody.
func Roster(tx *db.Tx, ws id.Workspace, r access.Reach) (*roster.Reach, error) {
	if r.Whole {
		return nil, nil
	}
	in := &roster.Reach{Accounts: r.Accounts, Groups: r.Groups}
	if n := len(r.Locations); n > 0 {
		var err error
		in.People, err = db.All(tx, raw, `SELECT DISTINCT person FROM access_grant WHERE workspace = ? AND person IS NOT NULL AND location IN `+db.In(n), db.Args(r.Locations, any(ws))...)
		if err != nil {
			return nil, err
		}
	}
	return in, nil
}

// InPlaces is the condition that a column of locations is within a reach; "" is
// everywhere.
func InPlaces(column string, r access.Reach) (cond string, args []any) {
	switch {
	case r.Whole:
		return "", nil
	case len(r.Locations) == 0:
		return None, nil
	default:
		return column + ` IN ` + db.In(len(r.Locations)), db.Args(r.Locations)
	}
}

func raw(row db.Scanner) (id.Raw, error) {
	var text string
	err := row.Scan(&text)
	return id.RawOf(text), err
}
