package person

import (
	"errors"
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Empty takes everything from a record that keep has taken over: its name,
// address and login, what it counted and its staff roles. It stays as the place
// that leads to keep, and counts as deleted from now on.
func Empty(tx *db.Tx, ws id.Workspace, gone, keep id.Person) error {
	n, err := tx.Exec(`UPDATE person SET email = '', first_name = '', last_name = '', sort_name = '', phone = '', language = '', external_id = '', cost_center = '',
			info_1 = '', info_2 = '', account = '', status = 'deactivated', status_reason = '', status_at = ?, identity = NULL, cards_until = 0, sessions = 0, wh = 0, last_charge_at = 0,
			deleted_at = ?, erase_at = 0, was = '', merged_into = ?, version = version + 1
		WHERE workspace = ? AND id = ? AND deleted_at = 0`, tx.NowMS(), tx.NowMS(), keep, ws, gone)
	if err == nil && n == 0 {
		err = errs.New(errs.Conflict, "One of the two users is not here any more.")
	}
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO person_role (workspace, person, role, scope, scope_id) SELECT workspace, ?, role, scope, scope_id FROM person_role WHERE workspace = ? AND person = ? ON CONFLICT DO NOTHING`, keep, ws, gone)
	return errors.Join(err, TakeRoles(tx, ws, gone))
}

// Absorb adds to a person what another record of them has counted: sessions,
// energy, the last charge; the earlier of the two beginnings stays.
func Absorb(tx *db.Tx, ws id.Workspace, keep id.Person, sessions, wh int64, last, created time.Time) error {
	_, err := tx.Exec(`UPDATE person SET sessions = sessions + ?, last_charge_at = CASE WHEN last_charge_at < ? THEN ? ELSE last_charge_at END,
			created_at = CASE WHEN created_at > ? THEN ? ELSE created_at END, `+plusWh+` WHERE workspace = ? AND id = ?`,
		db.Args(append(added(wh), ws, keep), any(sessions), ms(last), ms(last), ms(created), ms(created))...)
	return err
}

// AbsorbRest adds to keep what was counted for an emptied record while it was
// merged, and takes it from there. It reports whether there was anything.
func AbsorbRest(tx *db.Tx, ws id.Workspace, gone, keep id.Person) (late bool, err error) {
	var sessions, wh, last int64
	err = tx.Row(`SELECT sessions, wh, last_charge_at FROM person WHERE workspace = ? AND id = ? AND merged_into <> ''`+tx.ForUpdate(), []any{ws, gone}, &sessions, &wh, &last)
	if errs.KindOf(err) == errs.NotFound || err == nil && sessions == 0 && wh == 0 {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if _, err := tx.Exec(`UPDATE person SET sessions = 0, wh = 0, last_charge_at = 0 WHERE workspace = ? AND id = ?`, ws, gone); err != nil {
		return false, err
	}
	return true, Absorb(tx, ws, keep, sessions, wh, at(last), tx.Now)
}

// Heir returns which record took a merged one over, following it as far as that
// leads; "" if who was never merged.
func Heir(tx *db.Tx, ws id.Workspace, who id.Person) (heir id.Person, err error) {
	const far = 20 // records merged one into the other; more would be a circle
	for range far {
		next, err := db.All(tx, db.Text[id.Person], `SELECT merged_into FROM person WHERE workspace = ? AND id = ?`, ws, who)
		if err != nil || len(next) == 0 || next[0] == "" {
			return heir, err
		}
		heir, who = next[0], next[0]
	}
	return heir, nil
}
