package notice

import (
	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// MoveTo makes all messages to one person another's.
func MoveTo(tx *db.Tx, ws id.Workspace, from, to id.Person) (int64, error) {
	return tx.Exec(`UPDATE notice SET person = ? WHERE workspace = ? AND person = ?`, to, ws, from)
}
