package grant

import (
	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// Erase removes the grants to people by name who are erased.
func Erase(tx *db.Tx, ws id.Workspace, list []id.Person) error {
	_, err := tx.Exec(`DELETE FROM access_grant WHERE workspace = ? AND person IN `+db.In(len(list)), db.Args(list, any(ws))...)
	return err
}
