package apikey

import (
	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// RevokeOfMany ends every key that any of the roots answers for, as RevokeOf
// does for one.
func RevokeOfMany(tx *db.Tx, ws id.Workspace, roots []string) error {
	_, err := tx.Exec(`UPDATE api_key SET revoked_at = ? WHERE workspace = ? AND revoked_at IS NULL AND root IN `+db.In(len(roots)),
		db.Args(roots, any(tx.NowMS()), ws)...)
	return err
}

// Forget drops the kept answers that name somebody who is erased.
func Forget(tx *db.Tx, ws id.Workspace, who id.Person) error {
	_, err := tx.Exec(`DELETE FROM idempotency WHERE workspace = ? AND body LIKE ?`, ws, "%"+string(who)+"%")
	return err
}
