package person

import (
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// Arrival is the first moment at which somebody may charge, where that is not
// the moment at which they were written down.
type Arrival struct {
	Workspace id.Workspace
	Person    id.Person
	At        time.Time
}

// SetArrival notes when somebody begins, in place of what was said before. A zero
// At forgets it: they have begun.
func SetArrival(tx *db.Tx, a Arrival) error {
	if a.At.IsZero() {
		_, err := tx.Exec(`DELETE FROM arrival WHERE workspace = ? AND person = ?`, a.Workspace, a.Person)
		return err
	}
	_, err := tx.Exec(`INSERT INTO arrival (workspace, person, at) VALUES (?, ?, ?) ON CONFLICT (workspace, person) DO UPDATE SET at = excluded.at`,
		a.Workspace, a.Person, a.At.UnixMilli())
	return err
}

// Arrivals returns when those of list begin of whom that is written down; all of
// the workspace if list is nil.
func Arrivals(tx *db.Tx, ws id.Workspace, list []id.Person) (map[id.Person]time.Time, error) {
	query, args := `SELECT person, at FROM arrival WHERE workspace = ?`, []any{ws}
	if list != nil {
		among, arg := db.Among(tx, "person", list)
		query, args = query+` AND `+among, append(args, arg)
	}
	all := map[id.Person]time.Time{}
	for a, err := range db.Each(tx, func(row db.Scanner) (a Arrival, err error) {
		var ms int64
		err = row.Scan(&a.Person, &ms)
		a.At = at(ms)
		return a, err
	}, query, args...) {
		if err != nil {
			return nil, err
		}
		all[a.Person] = a.At
	}
	return all, nil
}

// Departures returns the departures of those of list who have one, planned or
// done.
func Departures(tx *db.Tx, ws id.Workspace, list []id.Person) (map[id.Person]Departure, error) {
	among, arg := db.Among(tx, "d.person", list)
	all := map[id.Person]Departure{}
	for d, err := range db.Each(tx, scanDeparture, `SELECT `+departureColumns+` FROM departure d WHERE d.workspace = ? AND `+among, ws, arg) {
		if err != nil {
			return nil, err
		}
		all[d.Person] = d
	}
	return all, nil
}
