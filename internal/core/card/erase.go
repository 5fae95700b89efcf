package card

import (
	"strings"

	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// IDsOf returns the cards of people, whatever their state.
func IDsOf(tx *db.Tx, ws id.Workspace, list []id.Person) ([]id.Card, error) {
	return db.All(tx, db.Text[id.Card], `SELECT id FROM card WHERE workspace = ? AND person IN `+db.In(len(list)), db.Args(list, any(ws))...)
}

// Erased reports whether c was somebody's who was erased.
func (c *Card) Erased() bool { return strings.HasPrefix(c.UID, "erased-") }

// Erase makes nothing of the cards of people who are erased: their rows stay,
// because charging sessions refer to them, without a number, and nobody's.
func Erase(tx *db.Tx, ws id.Workspace, list []id.Person) error {
	_, err := tx.Exec(`UPDATE card SET uid = 'erased-' || id, typed = '', printed = '', state = 'deactivated', person = NULL, last_used_at = 0, version = version + 1
		WHERE workspace = ? AND person IN `+db.In(len(list)), db.Args(list, any(ws))...)
	return err
}
