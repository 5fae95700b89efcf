package application

import (
	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// Erase removes what people wrote when they applied who are erased.
func Erase(tx *db.Tx, ws id.Workspace, list []id.Person) error {
	_, err := tx.Exec(`DELETE FROM application WHERE workspace = ? AND person IN `+db.In(len(list)), db.Args(list, any(ws))...)
	return err
}
