package card

import (
	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// ByIDs returns those of the cards that exist, in no order.
func ByIDs(tx *db.Tx, ws id.Workspace, list []id.Card) ([]Card, error) {
	if len(list) == 0 {
		return nil, nil
	}
	among, arg := db.Among(tx, "id", list)
	return db.All(tx, scan, `SELECT `+columns+` FROM card WHERE workspace = ? AND `+among, ws, arg)
}

// Remove takes cards out as if they had never been: those that a mistaken import
// brought in and with which nobody has charged.
func Remove(tx *db.Tx, ws id.Workspace, list []id.Card) error {
	among, arg := db.Among(tx, "id", list)
	_, err := tx.Exec(`DELETE FROM card WHERE workspace = ? AND `+among, ws, arg)
	return err
}
