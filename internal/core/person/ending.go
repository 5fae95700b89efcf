package person

import (
	"encoding/json"
	"fmt"
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// EraseAfter is how long after their deletion a person can be brought back.
const EraseAfter = 30 * time.Minute

// was is what undoing a deletion restores.
type was struct {
	Email      string `json:"email,omitempty"`
	ExternalID string `json:"external_id,omitempty"`
	Status     Status `json:"status"`
	Reason     string `json:"reason,omitempty"`
	StatusAt   int64  `json:"status_at"`
	EraseAt    int64  `json:"erase_at,omitempty"` // of those who were declined
}

// Gone is a person who was deleted and can still be brought back.
type Gone struct {
	Workspace  id.Workspace
	ID         id.Person
	FirstName  string
	LastName   string
	Email      string // what they had
	ExternalID string
	Status     Status
	Reason     string
	Deleted    time.Time
	Erase      time.Time
	statusAt   int64
	eraseAt    int64
}

// Delete hides and refuses somebody at once: nothing here sees them any more,
// and their address and external id are free for others. [Restore] brings them
// back until [EraseAfter] has passed. p.Version must be that of the row.
func Delete(tx *db.Tx, p *Person) error {
	var eraseAt int64
	if err := tx.Row(`SELECT erase_at FROM person WHERE workspace = ? AND id = ?`, []any{p.Workspace, p.ID}, &eraseAt); err != nil {
		return err
	}
	text, err := json.Marshal(was{p.Email, p.ExternalID, p.Status, p.StatusReason, ms(p.StatusAt), eraseAt})
	if err != nil {
		return fmt.Errorf("person: %w", err)
	}
	n, err := tx.Exec(`UPDATE person SET was = ?, email = '', external_id = '', status = 'deactivated', status_reason = '', status_at = ?,
		deleted_at = ?, erase_at = ?, version = version + 1 WHERE workspace = ? AND id = ? AND version = ? AND deleted_at = 0`,
		string(text), tx.NowMS(), tx.NowMS(), tx.Now.Add(EraseAfter).UnixMilli(), p.Workspace, p.ID, p.Version)
	if err == nil && n == 0 {
		err = errs.New(errs.Conflict, "Someone else changed this user meanwhile. Load the page again and repeat your change.")
	}
	return err
}

// GoneByID returns somebody who was deleted and not yet erased, or an errs.Gone.
func GoneByID(tx *db.Tx, ws id.Workspace, who id.Person) (Gone, error) { return gone(tx, ws, who, "") }

// LockGone does so and keeps them so until tx ends.
func LockGone(tx *db.Tx, ws id.Workspace, who id.Person) (Gone, error) {
	return gone(tx, ws, who, tx.ForUpdate())
}

func gone(tx *db.Tx, ws id.Workspace, who id.Person, lock string) (g Gone, err error) {
	var text string
	var deleted, erase int64
	err = tx.Row(`SELECT workspace, id, first_name, last_name, was, deleted_at, erase_at FROM person
		WHERE workspace = ? AND id = ? AND deleted_at <> 0 AND erase_at > ? AND was <> ''`+lock, []any{ws, who, tx.NowMS()},
		&g.Workspace, &g.ID, &g.FirstName, &g.LastName, &text, &deleted, &erase)
	if errs.KindOf(err) == errs.NotFound {
		return g, errs.New(errs.Gone, "This user was not deleted, or it is too late to bring them back: their data is erased 30 minutes after the deletion.")
	}
	if err != nil {
		return g, err
	}
	var w was
	if err := json.Unmarshal([]byte(text), &w); err != nil {
		return g, fmt.Errorf("person: %w", err)
	}
	g.Email, g.ExternalID, g.Status, g.Reason, g.statusAt, g.eraseAt = w.Email, w.ExternalID, w.Status, w.Reason, w.StatusAt, w.EraseAt
	g.Deleted, g.Erase = at(deleted), at(erase)
	return g, nil
}

// Restore brings somebody back as they were. If their address or external id is
// another's by now, that is an errs.Conflict at the field.
func Restore(tx *db.Tx, g *Gone) error {
	for _, f := range []struct{ field, label, value string }{{"email", "e-mail address", g.Email}, {"external_id", "external id", g.ExternalID}} {
		if f.value == "" {
			continue
		}
		var taken bool
		if err := tx.Row(`SELECT EXISTS (SELECT 1 FROM person WHERE workspace = ? AND `+f.field+` = ? AND `+f.field+` <> '')`, []any{g.Workspace, f.value}, &taken); err != nil {
			return err
		}
		if taken {
			return &errs.Error{Kind: errs.Conflict, Field: f.field, Text: "Another user has the " + f.label + " by now. Change it there first, then bring this user back."}
		}
	}
	_, err := tx.Exec(`UPDATE person SET email = ?, external_id = ?, status = ?, status_reason = ?, status_at = ?, was = '', deleted_at = 0, erase_at = ?,
		version = version + 1 WHERE workspace = ? AND id = ?`, g.Email, g.ExternalID, g.Status, g.Reason, g.statusAt, g.eraseAt, g.Workspace, g.ID)
	return err
}

// RipeIn returns a workspace in which somebody's time to be brought back is
// over; "" if there is none. It is for the server's own work.
func RipeIn(tx *db.Tx) (ws id.Workspace, err error) {
	err = tx.Row(`SELECT workspace FROM person WHERE erase_at <> 0 AND erase_at <= ? ORDER BY erase_at LIMIT 1`, []any{tx.NowMS()}, &ws)
	if errs.KindOf(err) == errs.NotFound {
		err = nil
	}
	return ws, err
}

// Ripe returns up to limit people of a workspace whose time is over, locked until
// tx ends.
func Ripe(tx *db.Tx, ws id.Workspace, limit int) ([]id.Person, error) {
	return db.All(tx, db.Text[id.Person], `SELECT id FROM person WHERE workspace = ? AND erase_at <> 0 AND erase_at <= ? ORDER BY erase_at, id LIMIT ?`+tx.ForUpdate(),
		ws, tx.NowMS(), limit)
}

// MergedInto returns whom the people have taken over in merges, at any depth.
func MergedInto(tx *db.Tx, ws id.Workspace, list []id.Person) (all []id.Person, err error) {
	for len(list) > 0 && err == nil {
		list, err = db.All(tx, db.Text[id.Person], `SELECT id FROM person WHERE workspace = ? AND merged_into <> '' AND merged_into IN `+db.In(len(list)), db.Args(list, any(ws))...)
		all = append(all, list...)
	}
	return all, err
}

// Erase removes for good what is personal of people: their rows stay, empty and
// hidden, for what refers to them. It returns their logins.
func Erase(tx *db.Tx, ws id.Workspace, list []id.Person) (logins []id.Identity, err error) {
	in := db.In(len(list))
	if logins, err = db.All(tx, db.Text[id.Identity], `SELECT DISTINCT identity FROM person WHERE workspace = ? AND identity IS NOT NULL AND id IN `+in, db.Args(list, any(ws))...); err != nil {
		return nil, err
	}
	for _, q := range []string{
		`DELETE FROM person_role WHERE workspace = ? AND person IN `,
		`DELETE FROM departure WHERE workspace = ? AND person IN `,
		`DELETE FROM arrival WHERE workspace = ? AND person IN `,
	} {
		if _, err := tx.Exec(q+in, db.Args(list, any(ws))...); err != nil {
			return nil, err
		}
	}
	_, err = tx.Exec(`UPDATE person SET email = '', first_name = '', last_name = '', sort_name = '', phone = '', language = '', external_id = '',
		cost_center = '', info_1 = '', info_2 = '', status = 'deactivated', status_reason = '', identity = NULL, cards_until = 0, sessions = 0, wh = 0, last_charge_at = 0,
		was = '', deleted_at = CASE WHEN deleted_at = 0 THEN ? ELSE deleted_at END, erase_at = 0, version = version + 1 WHERE workspace = ? AND id IN `+in,
		db.Args(list, any(tx.NowMS()), ws)...)
	return logins, err
}

// Seated reports whether a login has a seat anywhere, or had one that may be
// brought back.
func Seated(tx *db.Tx, who id.Identity) (yes bool, err error) {
	err = tx.Row(`SELECT EXISTS (SELECT 1 FROM person WHERE identity = ?)`, []any{who}, &yes)
	return yes, err
}

// AddressesOf returns the e-mail addresses of people, those of deleted ones too
// until they are erased.
func AddressesOf(tx *db.Tx, ws id.Workspace, list []id.Person) (all []string, err error) {
	type line struct{ email, was string }
	for l, err := range db.Each(tx, func(row db.Scanner) (l line, err error) {
		err = row.Scan(&l.email, &l.was)
		return l, err
	}, `SELECT email, was FROM person WHERE workspace = ? AND id IN `+db.In(len(list)), db.Args(list, any(ws))...) {
		if err != nil {
			return nil, err
		}
		var w was
		if l.was != "" {
			if err := json.Unmarshal([]byte(l.was), &w); err != nil {
				return nil, err
			}
		}
		for _, email := range []string{l.email, w.Email} {
			if email != "" {
				all = append(all, email)
			}
		}
	}
	return all, nil
}
