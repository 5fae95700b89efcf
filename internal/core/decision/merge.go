package decision

import (
	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// MoveTo makes all decisions about one person another's.
func MoveTo(tx *db.Tx, ws id.Workspace, from, to id.Person) (int64, error) {
	return tx.Exec(`UPDATE decision SET person = ? WHERE workspace = ? AND person = ?`, to, ws, from)
}
