package view

import (
	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// Erase removes the saved views of people, shared ones too who are erased.
func Erase(tx *db.Tx, ws id.Workspace, list []id.Person) error {
	_, err := tx.Exec(`DELETE FROM saved_view WHERE workspace = ? AND person IN `+db.In(len(list)), db.Args(list, any(ws))...)
	return err
}

// IDsOf returns the views that people saved.
func IDsOf(tx *db.Tx, ws id.Workspace, list []id.Person) ([]id.View, error) {
	return db.All(tx, db.Text[id.View], `SELECT id FROM saved_view WHERE workspace = ? AND person IN `+db.In(len(list)), db.Args(list, any(ws))...)
}
