package charge

import (
	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// Erase takes people who are erased, and their cards' numbers, out of charging
// sessions. The sessions stay: energy, times and places are needed by law. It
// comes before the cards are erased. A start that a charger repeats only now is
// taken for a new one, of an unknown card.
func Erase(tx *db.Tx, ws id.Workspace, list []id.Person) error {
	in := db.In(len(list))
	set := `UPDATE charge SET card_uid = '', card = NULL, person = NULL, start_key = 'erased-' || id WHERE workspace = ? AND `
	theirs := `(SELECT uid FROM card WHERE workspace = ? AND person IN ` + in + `)`
	if _, err := tx.Exec(set+`person IN `+in, db.Args(list, any(ws))...); err != nil {
		return err
	}
	// And those that a card of theirs began before it was theirs or known.
	if _, err := tx.Exec(set+`person IS NULL AND card_uid IN `+theirs, db.Args(list, any(ws), ws)...); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE orphan_stop SET card_uid = '' WHERE workspace = ? AND card_uid IN `+theirs, db.Args(list, any(ws), ws)...)
	return err
}

// RunningOf returns how many sessions of a person run.
func RunningOf(tx *db.Tx, ws id.Workspace, who id.Person) (n int64, err error) {
	err = tx.Row(`SELECT COUNT(*) FROM charge WHERE workspace = ? AND person = ? AND status = 'running'`, []any{ws, who}, &n)
	return n, err
}
