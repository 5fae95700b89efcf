package journal

import (
	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// Erase removes for good the values of all entries about subjects, and of those
// of bulk work that mention them. That the entries happened, when, and by whom,
// stays; the chain runs over a salted hash of the values and still holds.
func Erase(tx *db.Tx, ws id.Workspace, subjects []string) error {
	const atOnce = 100
	for len(subjects) > 0 {
		some := subjects[:min(atOnce, len(subjects))]
		subjects = subjects[len(some):]
		args := db.Args(some, any(ws), ws)
		if _, err := tx.Exec(`DELETE FROM journal_value WHERE workspace = ? AND entry IN (SELECT id FROM journal WHERE workspace = ? AND subject IN `+
			db.In(len(some))+`)`, args...); err != nil {
			return err
		}
		for _, s := range some {
			if _, err := tx.Exec(`DELETE FROM journal_value WHERE workspace = ? AND entry IN (SELECT entry FROM journal_subject WHERE workspace = ? AND subject = ?)
				AND value LIKE ?`, ws, ws, s, "%"+s+"%"); err != nil {
				return err
			}
		}
	}
	return nil
}
