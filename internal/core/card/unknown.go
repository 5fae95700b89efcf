package card

import (
	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// HideUnknown notes that nobody wants to be asked about a number again that was
// tapped and is no card here.
func HideUnknown(tx *db.Tx, ws id.Workspace, uid string) error {
	_, err := tx.Exec(`INSERT INTO unknown_card_hidden (workspace, uid, hidden_at) VALUES (?, ?, ?) ON CONFLICT (workspace, uid) DO NOTHING`, ws, uid, tx.NowMS())
	return err
}

// ShowUnknown takes HideUnknown back.
func ShowUnknown(tx *db.Tx, ws id.Workspace, uid string) error {
	_, err := tx.Exec(`DELETE FROM unknown_card_hidden WHERE workspace = ? AND uid = ?`, ws, uid)
	return err
}
