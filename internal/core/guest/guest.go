// Package guest is people who charge for some time, at some places and so far, without
// being users: by a link, or by a code that they type at the charger. Each has a person
// without an address, whose cards and grants they use, so that decisions and sessions
// know no second kind of people.
package guest

import (
	"crypto/rand"
	"math/big"
	"strings"
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Guest is one guest's access.
type Guest struct {
	Workspace id.Workspace
	ID        id.Guest
	Person    id.Person // who stands for them
	Name      string
	LinkHash  string // of the link's token
	Begins    time.Time
	Ends      time.Time // the first moment at which it no longer holds
	Wh        int64     // energy in all; 0 for any
	Charges   int64     // sessions in all; 0 for any number
	MadeBy    string    // as the journal names them
	Revoked   time.Time // zero if it was not
	Created   time.Time
}

// The bounds of what a guest may be given.
const (
	LongestStay = 366 * 24 * time.Hour
	MostWh      = 10_000_000
	MostCharges = 1000
)

// Check brings g into the form in which it is kept, and says what is wrong with it, at
// the fields "name", "from", "until", "kwh" and "sessions".
func (g *Guest) Check(now time.Time) error {
	var wrong errs.List
	g.Name = strings.Join(strings.Fields(g.Name), " ")
	if n := len([]rune(g.Name)); n == 0 || n > 100 {
		wrong.Add(errs.AtField("name", "Say who it is for, in 1 to 100 characters."))
	}
	switch {
	case !g.Ends.After(g.Begins):
		wrong.Add(errs.AtField("until", "It would end before it begins. Choose a later end."))
	case !g.Ends.After(now):
		wrong.Add(errs.AtField("until", "This is past already. Choose a later end."))
	case g.Ends.Sub(g.Begins) > LongestStay:
		wrong.Add(errs.AtField("until", "A guest stays for a year at most. Make somebody who stays longer a user."))
	}
	if g.Wh < 0 || g.Wh > MostWh {
		wrong.Add(errs.AtField("kwh", "Write how many kWh in all, from 1 to 10,000; leave it empty for any."))
	}
	if g.Charges < 0 || g.Charges > MostCharges {
		wrong.Add(errs.AtField("sessions", "Write how many sessions in all, from 1 to 1,000; leave it empty for any number."))
	}
	return wrong.Err()
}

// Used is what a guest has charged so far.
type Used struct {
	Wh, Charges int64
}

// Spent reports whether nothing is left of the budget.
func (g *Guest) Spent(u Used) bool {
	return g.Wh > 0 && u.Wh >= g.Wh || g.Charges > 0 && u.Charges >= g.Charges
}

// State is how a guest's access stands, for lists.
type State string

// The states.
const (
	Ahead   State = "ahead" // it has not begun
	Open    State = "open"
	Spent   State = "spent" // the budget is used up
	Over    State = "over"
	Revoked State = "revoked"
)

// StateAt says how g stands at a moment.
func (g *Guest) StateAt(now time.Time, u Used) State {
	switch {
	case !g.Revoked.IsZero():
		return Revoked
	case !now.Before(g.Ends):
		return Over
	case g.Spent(u):
		return Spent
	case now.Before(g.Begins):
		return Ahead
	}
	return Open
}

// CodeDigits is how long a code is that is typed at a charger.
const CodeDigits = 8

// NewCode makes a code up. It has the form of a card's number, so it is checked against
// those that are there by whoever stores it.
func NewCode() string {
	n, err := rand.Int(rand.Reader, big.NewInt(90_000_000))
	if err != nil {
		panic(err) // never fails
	}
	return n.Add(n, big.NewInt(10_000_000)).String()
}

// IsCode reports whether a token has the form of a code.
func IsCode(token string) bool {
	return len(token) == CodeDigits && strings.Trim(token, "0123456789") == ""
}

const columns = `workspace, id, person, name, link_hash, begins_at, ends_at, wh_most, charges_most, made_by, revoked_at, created_at`

func scan(row db.Scanner) (g Guest, err error) {
	var begins, ends, revoked, created int64
	err = row.Scan(&g.Workspace, &g.ID, &g.Person, &g.Name, &g.LinkHash, &begins, &ends, &g.Wh, &g.Charges, &g.MadeBy, &revoked, &created)
	g.Begins, g.Ends, g.Created = time.UnixMilli(begins).UTC(), time.UnixMilli(ends).UTC(), time.UnixMilli(created).UTC()
	if revoked != 0 {
		g.Revoked = time.UnixMilli(revoked).UTC()
	}
	return g, err
}

// Insert adds g, whose ID is set already: the link depends on it.
func Insert(tx *db.Tx, g *Guest) error {
	g.Created = tx.Now
	_, err := tx.Exec(`INSERT INTO guest (`+columns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?)`,
		g.Workspace, g.ID, g.Person, g.Name, g.LinkHash, g.Begins.UnixMilli(), g.Ends.UnixMilli(), g.Wh, g.Charges, g.MadeBy, tx.NowMS())
	return err
}

// ByID returns one of the workspace.
func ByID(tx *db.Tx, ws id.Workspace, g id.Guest) (Guest, error) {
	return one(tx, `workspace = ? AND id = ?`, ws, g)
}

// ByLink returns the one with a link. The token proves itself: whoever has it may act
// for the guest, whatever the workspace.
func ByLink(tx *db.Tx, hash string) (Guest, error) { return one(tx, `link_hash = ?`, hash) }

func one(tx *db.Tx, where string, args ...any) (Guest, error) {
	all, err := db.All(tx, scan, `SELECT `+columns+` FROM guest WHERE `+where, args...)
	if err == nil && len(all) == 0 {
		err = errs.New(errs.NotFound, "There is no such guest.")
	}
	if err != nil {
		return Guest{}, err
	}
	return all[0], nil
}

// List returns the workspace's, the newest first.
func List(tx *db.Tx, ws id.Workspace, limit int) ([]Guest, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM guest WHERE workspace = ? ORDER BY created_at DESC, id DESC LIMIT ?`, ws, limit)
}

// OfPeople returns those of some people, or all of the workspace if list is nil.
func OfPeople(tx *db.Tx, ws id.Workspace, list []id.Person) ([]Guest, error) {
	query, args := `SELECT `+columns+` FROM guest WHERE workspace = ?`, []any{ws}
	if list != nil {
		if len(list) == 0 {
			return nil, nil
		}
		query, args = query+` AND person IN `+db.In(len(list)), db.Args(list, any(ws))
	}
	return db.All(tx, scan, query, args...)
}

// UsedBy says what people have charged who are guests: sessions that were let begin,
// running ones included.
func UsedBy(tx *db.Tx, ws id.Workspace, list []id.Person) (map[id.Person]Used, error) {
	all := map[id.Person]Used{}
	if len(list) == 0 {
		return all, nil
	}
	type line struct {
		who id.Person
		Used
	}
	for l, err := range db.Each(tx, func(row db.Scanner) (l line, err error) {
		err = row.Scan(&l.who, &l.Charges, &l.Wh)
		return l, err
	}, `SELECT person, COUNT(*), CAST(COALESCE(SUM(wh), 0) AS BIGINT) FROM charge WHERE workspace = ? AND reason = 'allowed' AND person IN `+db.In(len(list))+` GROUP BY person`, db.Args(list, any(ws))...) {
		if err != nil {
			return nil, err
		}
		all[l.who] = l.Used
	}
	return all, nil
}

// Revoke ends one. It reports false if it was ended before.
func Revoke(tx *db.Tx, ws id.Workspace, g id.Guest) (bool, error) {
	n, err := tx.Exec(`UPDATE guest SET revoked_at = ? WHERE workspace = ? AND id = ? AND revoked_at = 0`, tx.NowMS(), ws, g)
	return n > 0, err
}

// Erase removes those of people who are erased.
func Erase(tx *db.Tx, ws id.Workspace, list []id.Person) error {
	_, err := tx.Exec(`DELETE FROM guest WHERE workspace = ? AND person IN `+db.In(len(list)), db.Args(list, any(ws))...)
	return err
}
