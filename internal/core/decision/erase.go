package decision

import (
	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// Erase takes people who are erased, and their cards, out of decisions. It comes
// before the cards are erased.
func Erase(tx *db.Tx, ws id.Workspace, list []id.Person) error {
	in := db.In(len(list))
	if _, err := tx.Exec(`UPDATE decision SET card_uid = '', spelt = '', card = '', person = '' WHERE workspace = ? AND person IN `+in, db.Args(list, any(ws))...); err != nil {
		return err
	}
	// And those about their cards from before anybody knew them.
	_, err := tx.Exec(`UPDATE decision SET card_uid = '', spelt = '', card = '' WHERE workspace = ? AND person = '' AND card_uid <> ''
		AND card_uid IN (SELECT uid FROM card WHERE workspace = ? AND person IN `+in+`)`, db.Args(list, any(ws), ws)...)
	return err
}
