package person

import (
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// KeepDeclined is how long somebody who was declined is kept.
const KeepDeclined = 30 * 24 * time.Hour

// EraseAt says when a person is to be erased; the zero time takes that back.
func EraseAt(tx *db.Tx, ws id.Workspace, who id.Person, when time.Time) error {
	_, err := tx.Exec(`UPDATE person SET erase_at = ? WHERE workspace = ? AND id = ?`, ms(when), ws, who)
	return err
}

// KeepMany takes back that people are to be erased.
func KeepMany(tx *db.Tx, ws id.Workspace, list []id.Person) error {
	_, err := tx.Exec(`UPDATE person SET erase_at = 0 WHERE workspace = ? AND id IN `+db.In(len(list)), db.Args(list, any(ws))...)
	return err
}
