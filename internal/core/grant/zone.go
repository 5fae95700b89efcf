package grant

import (
	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// OfPersonIn returns the grants that a person has by name at a location or at one
// of its chargers.
func OfPersonIn(tx *db.Tx, ws id.Workspace, who id.Person, at id.Location) ([]Grant, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM access_grant WHERE workspace = ? AND person = ?
		AND (location = ? OR charger IN (SELECT h.id FROM charger h WHERE h.workspace = access_grant.workspace AND h.location = ?)) ORDER BY created_at, id`, ws, who, at, at)
}
