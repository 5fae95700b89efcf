package charge

import (
	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// ByID returns one session of the workspace.
func ByID(tx *db.Tx, ws id.Workspace, c id.Charge) (Charge, error) {
	return one(tx, `workspace = ? AND id = ?`, ws, c)
}

// AllRunning returns the sessions of a workspace that run and were started with a
// card.
func AllRunning(tx *db.Tx, ws id.Workspace) ([]Charge, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM charge WHERE workspace = ? AND status = 'running' AND card_uid <> '' ORDER BY started_at, id`, ws)
}
