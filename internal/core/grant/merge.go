package grant

import (
	"errors"

	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// MoveTo gives one person the grants that another has by name. What both have,
// for the same place and time, stays once.
func MoveTo(tx *db.Tx, ws id.Workspace, from, to id.Person) error {
	_, err := tx.Exec(`UPDATE access_grant SET person = ? WHERE workspace = ? AND person = ? AND NOT EXISTS (
		SELECT 1 FROM access_grant o WHERE o.workspace = access_grant.workspace AND o.person = ?
			AND COALESCE(o.location, '') = COALESCE(access_grant.location, '') AND COALESCE(o.charger, '') = COALESCE(access_grant.charger, '')
			AND o.from_at = access_grant.from_at AND o.until_at = access_grant.until_at AND o.days = access_grant.days
			AND o.from_minute = access_grant.from_minute AND o.to_minute = access_grant.to_minute AND o.time_zone = access_grant.time_zone)`, to, ws, from, to)
	return errors.Join(err, RemoveAll(tx, ws, from))
}

// RemoveAll removes every grant to a person by name.
func RemoveAll(tx *db.Tx, ws id.Workspace, who id.Person) error {
	_, err := tx.Exec(`DELETE FROM access_grant WHERE workspace = ? AND person = ?`, ws, who)
	return err
}
