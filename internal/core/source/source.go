// Package source is where what is written about a user comes from: a file, a
// program, somebody of the staff, or the user themselves; and since when.
//
// What a user was made with needs no row: the journal says who made them. A row
// is there for each field that came to be otherwise later, and so there are few.
package source

import (
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// Kind is the kind of a source.
type Kind string

// The kinds.
const (
	File        Kind = "file"
	Integration Kind = "integration" // a program, by an API key
	Admin       Kind = "admin"
	Driver      Kind = "driver" // the user themselves
)

// ByHand reports whether a person wrote it, so that a file does not take it away
// unasked.
func (k Kind) ByHand() bool { return k == Admin || k == Driver }

// Source is where one field of a user comes from.
type Source struct {
	Person id.Person
	Field  string // "email", "first_name", "info_1", …; see also [LastDay] and [Vehicle]
	Kind   Kind
	Origin string // "import:…", "key:…", "person:…"
	At     time.Time
}

// LastDay, FirstDay and Vehicle name what is no field of the user's own row: when
// they leave, when they begin, and one of their vehicles.
const (
	FirstDay = "start_date"
	LastDay  = "end_date"
)

// Vehicle is the field under which it is kept where a vehicle comes from.
func Vehicle(v id.Vehicle) string { return "vehicle:" + string(v) }

// Of says where it comes from what by writes about somebody.
func Of(by access.Actor, about id.Person) (Kind, string) {
	switch {
	case by.Person != "" && by.Person == about:
		return Driver, by.Name
	case by.Person != "":
		return Admin, by.Name
	case strings.HasPrefix(by.Name, "person:"):
		return Admin, by.Name
	default:
		return Integration, by.Name
	}
}

// KindOf is the kind of what by writes about somebody.
func KindOf(by access.Actor, about id.Person) Kind {
	kind, _ := Of(by, about)
	return kind
}

// Note writes down that by has written fields of somebody just now.
func Note(tx *db.Tx, by access.Actor, about id.Person, fields ...string) error {
	kind, origin := Of(by, about)
	for _, f := range fields {
		if err := Set(tx, by.Workspace, Source{about, f, kind, origin, tx.Now}); err != nil {
			return err
		}
	}
	return nil
}

// Set writes down where one field comes from.
func Set(tx *db.Tx, ws id.Workspace, s Source) error {
	_, err := tx.Exec(`INSERT INTO field_source (workspace, person, field, kind, origin, at) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (workspace, person, field) DO UPDATE SET kind = excluded.kind, origin = excluded.origin, at = excluded.at`,
		ws, s.Person, s.Field, s.Kind, s.Origin, s.At.UnixMilli())
	return err
}

// SetMany writes down that one field of many people comes from by.
func SetMany(tx *db.Tx, by access.Actor, list []id.Person, field string) error {
	among, arg := db.Among(tx, "person", list)
	if _, err := tx.Exec(`DELETE FROM field_source WHERE workspace = ? AND field = ? AND `+among, by.Workspace, field, arg); err != nil {
		return err
	}
	seen := make(map[id.Person]bool, len(list))
	_, err := tx.Load("field_source", []string{"workspace", "person", "field", "kind", "origin", "at"}, func(yield func([]any) bool) {
		for _, p := range list {
			if seen[p] {
				continue
			}
			seen[p] = true
			kind, origin := Of(by, p)
			if !yield([]any{string(by.Workspace), string(p), field, string(kind), origin, tx.NowMS()}) {
				return
			}
		}
	})
	return err
}

// List returns what is known of people's fields.
func List(tx *db.Tx, ws id.Workspace, list []id.Person) ([]Source, error) {
	if len(list) == 0 {
		return nil, nil
	}
	among, arg := db.Among(tx, "person", list)
	return db.All(tx, scan, `SELECT person, field, kind, origin, at FROM field_source WHERE workspace = ? AND `+among, ws, arg)
}

func scan(row db.Scanner) (s Source, err error) {
	var at int64
	err = row.Scan(&s.Person, &s.Field, &s.Kind, &s.Origin, &at)
	s.At = time.UnixMilli(at).UTC()
	return s, err
}

// Drop forgets where a field of somebody comes from.
func Drop(tx *db.Tx, ws id.Workspace, who id.Person, field string) error {
	_, err := tx.Exec(`DELETE FROM field_source WHERE workspace = ? AND person = ? AND field = ?`, ws, who, field)
	return err
}

// DropMany forgets where a field of many people comes from.
func DropMany(tx *db.Tx, ws id.Workspace, list []id.Person, field string) error {
	among, arg := db.Among(tx, "person", list)
	_, err := tx.Exec(`DELETE FROM field_source WHERE workspace = ? AND field = ? AND `+among, ws, field, arg)
	return err
}

// Erase forgets it of people for good.
func Erase(tx *db.Tx, ws id.Workspace, list []id.Person) error {
	among, arg := db.Among(tx, "person", list)
	_, err := tx.Exec(`DELETE FROM field_source WHERE workspace = ? AND `+among, ws, arg)
	return err
}
