package invite

import (
	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// RevokeMany ends the open invitations of many people, as Revoke does for one.
func RevokeMany(tx *db.Tx, ws id.Workspace, list []id.Person) error {
	_, err := tx.Exec(`UPDATE invite SET revoked_at = ? WHERE workspace = ? AND accepted_at IS NULL AND revoked_at IS NULL AND declined_at IS NULL AND person IN `+
		db.In(len(list)), db.Args(list, any(tx.NowMS()), ws)...)
	return err
}

// Erase removes addresses, messages and mail servers' words from the invitations
// of people who are erased, and ends the open ones. That there were invitations
// stays.
func Erase(tx *db.Tx, ws id.Workspace, list []id.Person) error {
	if err := RevokeMany(tx, ws, list); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE invite SET email = '', message = '', bounce = '', code_hash = '' WHERE workspace = ? AND person IN `+db.In(len(list)), db.Args(list, any(ws))...)
	return err
}
