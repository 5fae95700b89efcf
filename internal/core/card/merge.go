package card

import (
	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// MoveTo gives all cards of one person to another, those that ended too.
func MoveTo(tx *db.Tx, ws id.Workspace, from, to id.Person) (int64, error) {
	return tx.Exec(`UPDATE card SET person = ?, version = version + 1 WHERE workspace = ? AND person = ?`, to, ws, from)
}
