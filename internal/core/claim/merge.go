package claim

import (
	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// MoveTo makes the printed codes of one person another's. The open one, if there
// is one, must have been revoked first.
func MoveTo(tx *db.Tx, ws id.Workspace, from, to id.Person) (int64, error) {
	return tx.Exec(`UPDATE claim SET person = ? WHERE workspace = ? AND person = ? AND (used_at IS NOT NULL OR revoked_at IS NOT NULL)`, to, ws, from)
}
