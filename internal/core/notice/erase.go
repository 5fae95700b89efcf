package notice

import (
	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// Erase removes addresses, subjects and mail servers' words from the messages to
// people who are erased.
func Erase(tx *db.Tx, ws id.Workspace, list []id.Person) error {
	_, err := tx.Exec(`UPDATE notice SET recipient = '', subject = '', reply = '' WHERE workspace = ? AND person IN `+db.In(len(list)), db.Args(list, any(ws))...)
	return err
}
