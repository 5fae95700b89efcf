// Package grant is the rules that let somebody charge somewhere: a user group or
// a single user, at a charger, a location, or everywhere.
package grant

import (
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Grant is one rule. Of Group and Person one is set; of Location and Charger at
// most one is, and with none it means everywhere.
type Grant struct {
	Workspace id.Workspace
	ID        id.Grant
	Group     id.Group
	Person    id.Person
	Location  id.Location
	Charger   id.Charger
	From      time.Time // zero: always
	Until     time.Time // zero: for ever; the first moment it no longer holds
	Hours     Hours
	Version   int64
	Created   time.Time
}

// Check puts g into the form in which it is kept, and says what is wrong with
// it, at the fields "until", "days", "from_time", "to_time" and "time_zone".
func (g *Grant) Check() error {
	if (g.Group == "") == (g.Person == "") || g.Location != "" && g.Charger != "" {
		return errs.New(errs.Invalid, "A grant is for one group or one user, at one location, one charger, or everywhere.")
	}
	var wrong errs.List
	if !g.Until.IsZero() && !g.Until.After(g.From) {
		wrong.Add(errs.AtField("until", "The rule would end before it begins. Choose a later last day."))
	}
	wrong.Add(g.Hours.Clean())
	return wrong.Err()
}

// Insert adds g, after [Grant.Check], and sets its ID, Version and Created.
func Insert(tx *db.Tx, g *Grant) error {
	if err := g.Check(); err != nil {
		return err
	}
	g.ID, g.Version, g.Created = id.New[id.Grant](), 1, tx.Now
	_, err := tx.Exec(`INSERT INTO access_grant (workspace, id, user_group, person, location, charger, from_at, until_at,
			days, from_minute, to_minute, time_zone, version, created_at)
		VALUES (?, ?, NULLIF(?, ''), NULLIF(?, ''), NULLIF(?, ''), NULLIF(?, ''), ?, ?, ?, ?, ?, ?, ?, ?)`,
		g.Workspace, g.ID, g.Group, g.Person, g.Location, g.Charger, ms(g.From), ms(g.Until),
		int64(g.Hours.Days), g.Hours.From, g.Hours.To, g.Hours.Zone, g.Version, tx.NowMS())
	return err
}

// Save writes back when g holds, after [Grant.Check]: its dates and hours; whose it is and where stay
// as they are. If someone else wrote it since it was read, that is an
// errs.Conflict.
func Save(tx *db.Tx, g *Grant) error {
	if err := g.Check(); err != nil {
		return err
	}
	n, err := tx.Exec(`UPDATE access_grant SET from_at = ?, until_at = ?, days = ?, from_minute = ?, to_minute = ?, time_zone = ?, version = version + 1
		WHERE workspace = ? AND id = ? AND version = ?`,
		ms(g.From), ms(g.Until), int64(g.Hours.Days), g.Hours.From, g.Hours.To, g.Hours.Zone, g.Workspace, g.ID, g.Version)
	if err == nil && n == 0 {
		err = errs.New(errs.Conflict, "Someone else changed this rule meanwhile.")
	}
	if err == nil {
		g.Version++
	}
	return err
}

// ByID returns one grant of the workspace.
func ByID(tx *db.Tx, ws id.Workspace, g id.Grant) (Grant, error) {
	all, err := db.All(tx, scan, `SELECT `+columns+` FROM access_grant WHERE workspace = ? AND id = ?`, ws, g)
	if err == nil && len(all) == 0 {
		err = errs.New(errs.NotFound, "There is no such rule. It may have been removed.")
	}
	if err != nil {
		return Grant{}, err
	}
	return all[0], nil
}

func ms(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

const columns = `workspace, id, COALESCE(user_group, ''), COALESCE(person, ''), COALESCE(location, ''), COALESCE(charger, ''), from_at, until_at,
	days, from_minute, to_minute, time_zone, version, created_at`

func scan(row db.Scanner) (g Grant, err error) {
	var from, until, created int64
	err = row.Scan(&g.Workspace, &g.ID, &g.Group, &g.Person, &g.Location, &g.Charger, &from, &until,
		&g.Hours.Days, &g.Hours.From, &g.Hours.To, &g.Hours.Zone, &g.Version, &created)
	if from != 0 {
		g.From = time.UnixMilli(from).UTC()
	}
	if until != 0 {
		g.Until = time.UnixMilli(until).UTC()
	}
	g.Created = time.UnixMilli(created).UTC()
	return g, err
}

// OfPerson returns the grants to one person by name.
func OfPerson(tx *db.Tx, ws id.Workspace, who id.Person) ([]Grant, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM access_grant WHERE workspace = ? AND person = ? ORDER BY created_at, id`, ws, who)
}

// OfGroups returns the grants to every group of the workspace.
func OfGroups(tx *db.Tx, ws id.Workspace) ([]Grant, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM access_grant WHERE workspace = ? AND user_group IS NOT NULL ORDER BY created_at, id`, ws)
}

// OfGroup returns the grants to one group.
func OfGroup(tx *db.Tx, ws id.Workspace, g id.Group) ([]Grant, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM access_grant WHERE workspace = ? AND user_group = ? ORDER BY created_at, id`, ws, g)
}

// DeleteOfGroup removes all grants to a group.
func DeleteOfGroup(tx *db.Tx, ws id.Workspace, g id.Group) error {
	_, err := tx.Exec(`DELETE FROM access_grant WHERE workspace = ? AND user_group = ?`, ws, g)
	return err
}

// OfPeople returns the grants to people by name, of the whole workspace.
func OfPeople(tx *db.Tx, ws id.Workspace) ([]Grant, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM access_grant WHERE workspace = ? AND person IS NOT NULL ORDER BY created_at, id`, ws)
}

// Delete removes one grant.
func Delete(tx *db.Tx, ws id.Workspace, g id.Grant) error {
	n, err := tx.Exec(`DELETE FROM access_grant WHERE workspace = ? AND id = ?`, ws, g)
	if err == nil && n == 0 {
		err = errs.New(errs.NotFound, "There is no such rule. It may have been removed.")
	}
	return err
}
