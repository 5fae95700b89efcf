package apikey

import (
	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// MoveTo lets another root answer for the keys of one: from now on they may do no
// more than that one may.
func MoveTo(tx *db.Tx, ws id.Workspace, from, to string) (int64, error) {
	return tx.Exec(`UPDATE api_key SET root = ? WHERE workspace = ? AND root = ?`, to, ws, from)
}

// CountOf returns how many keys that work a root answers for.
func CountOf(tx *db.Tx, ws id.Workspace, root string) (n int64, err error) {
	err = tx.Row(`SELECT COUNT(*) FROM api_key WHERE workspace = ? AND root = ? AND revoked_at IS NULL`, []any{ws, root}, &n)
	return n, err
}
