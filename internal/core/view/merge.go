package view

import (
	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// MoveTo gives one person's views to another. One whose name the other has given
// already is left out.
func MoveTo(tx *db.Tx, ws id.Workspace, from, to id.Person) error {
	_, err := tx.Exec(`UPDATE saved_view SET person = ? WHERE workspace = ? AND person = ? AND NOT EXISTS (
		SELECT 1 FROM saved_view o WHERE o.workspace = saved_view.workspace AND o.list = saved_view.list AND o.person = ? AND o.name_key = saved_view.name_key)`, to, ws, from, to)
	if err == nil {
		_, err = tx.Exec(`DELETE FROM saved_view WHERE workspace = ? AND person = ?`, ws, from)
	}
	return err
}

// CountOwn returns how many views somebody has that nobody else sees.
func CountOwn(tx *db.Tx, ws id.Workspace, who id.Person) (n int64, err error) {
	err = tx.Row(`SELECT COUNT(*) FROM saved_view WHERE workspace = ? AND person = ? AND NOT shared`, []any{ws, who}, &n)
	return n, err
}

// RemoveOwn removes a person's views but for those that they share.
func RemoveOwn(tx *db.Tx, ws id.Workspace, who id.Person) error {
	_, err := tx.Exec(`DELETE FROM saved_view WHERE workspace = ? AND person = ? AND NOT shared`, ws, who)
	return err
}
