package charge

import (
	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// ByID returns one session of the workspace.
func ByID(tx *db.Tx, ws id.Workspace, c id.Charge) (Charge, error) {
	return one(tx, `workspace = ? AND id = ?`, ws, c)
}
