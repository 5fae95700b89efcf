package login

import (
	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// EndAll ends every session, sign-in link and link for a new password of a login.
func EndAll(tx *db.Tx, who id.Identity) error {
	if err := endLinks(tx, who); err != nil {
		return err
	}
	if err := endResets(tx, who); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE identity SET epoch = epoch + 1 WHERE id = ?`, who)
	return err
}

// Erase removes a login for good. Nobody may hold a seat with it any more.
func Erase(tx *db.Tx, who id.Identity) error {
	for _, q := range []string{
		`DELETE FROM web_session WHERE identity = ?`,
		`DELETE FROM sign_in_link WHERE identity = ?`,
		`DELETE FROM password_reset WHERE identity = ?`,
		`DELETE FROM identity WHERE id = ?`,
	} {
		if _, err := tx.Exec(q, who); err != nil {
			return err
		}
	}
	return nil
}
