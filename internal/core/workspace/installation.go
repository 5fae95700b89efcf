package workspace

import "involt/internal/kit/db"

// Agree keeps a value that every server on this database must have, the first
// time, and returns the one that is kept.
func Agree(tx *db.Tx, name, value string) (kept string, err error) {
	if _, err := tx.Exec(`INSERT INTO installation (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING`, name, value); err != nil {
		return "", err
	}
	err = tx.Row(`SELECT value FROM installation WHERE name = ?`, []any{name}, &kept)
	return kept, err
}

// Replace puts another value in the place of one that was agreed on.
func Replace(tx *db.Tx, name, value string) error {
	_, err := tx.Exec(`UPDATE installation SET value = ? WHERE name = ?`, value, name)
	return err
}
