package person

import (
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Departure is a person's leaving on a day that somebody has planned.
type Departure struct {
	Workspace id.Workspace
	Person    id.Person
	At        time.Time // the first moment they are no longer here
	Reason    string
	PlannedBy string // who, as the journal names them
	PlannedAt time.Time
	Done      time.Time // zero while it is still to come
	Note      string    // why it could not be done when its moment came; a sentence
}

const departureColumns = `d.workspace, d.person, d.at, d.reason, d.planned_by, d.planned_at, d.done_at, d.note`

func scanDeparture(row db.Scanner) (d Departure, err error) {
	var when, planned, done int64
	err = row.Scan(&d.Workspace, &d.Person, &when, &d.Reason, &d.PlannedBy, &planned, &done, &d.Note)
	d.At, d.PlannedAt, d.Done = at(when), at(planned), at(done)
	return d, err
}

// PlanDeparture notes that a person leaves at d.At, in place of what was planned
// or done before. It sets PlannedAt and clears Done and Note.
func PlanDeparture(tx *db.Tx, d *Departure) error {
	d.PlannedAt, d.Done, d.Note = tx.Now, time.Time{}, ""
	_, err := tx.Exec(`INSERT INTO departure (workspace, person, at, reason, planned_by, planned_at, done_at) VALUES (?, ?, ?, ?, ?, ?, 0)
		ON CONFLICT (workspace, person) DO UPDATE SET at = excluded.at, reason = excluded.reason, planned_by = excluded.planned_by,
			planned_at = excluded.planned_at, done_at = 0, note = ''`,
		d.Workspace, d.Person, d.At.UnixMilli(), d.Reason, d.PlannedBy, tx.NowMS())
	return err
}

// DepartureOf returns a person's departure, planned or done, or an errs.NotFound.
func DepartureOf(tx *db.Tx, ws id.Workspace, who id.Person) (Departure, error) {
	return departureOf(tx, ws, who, "")
}

// LockDeparture is DepartureOf, and nobody else plans, cancels or does it until
// tx ends.
func LockDeparture(tx *db.Tx, ws id.Workspace, who id.Person) (Departure, error) {
	return departureOf(tx, ws, who, tx.ForUpdate())
}

func departureOf(tx *db.Tx, ws id.Workspace, who id.Person, lock string) (Departure, error) {
	all, err := db.All(tx, scanDeparture, `SELECT `+departureColumns+` FROM departure d WHERE d.workspace = ? AND d.person = ?`+lock, ws, who)
	if err == nil && len(all) == 0 {
		err = errs.New(errs.NotFound, "No departure is planned.")
	}
	if err != nil {
		return Departure{}, err
	}
	return all[0], nil
}

// DropDeparture forgets a departure that is still to come. It reports false if
// there is none.
func DropDeparture(tx *db.Tx, ws id.Workspace, who id.Person) (bool, error) {
	n, err := tx.Exec(`DELETE FROM departure WHERE workspace = ? AND person = ? AND done_at = 0`, ws, who)
	return n > 0, err
}

// Departed notes that a person has left.
func Departed(tx *db.Tx, ws id.Workspace, who id.Person) error {
	_, err := tx.Exec(`UPDATE departure SET done_at = ?, note = '' WHERE workspace = ? AND person = ?`, tx.NowMS(), ws, who)
	return err
}

// NoteDeparture notes why a departure could not be done yet.
func NoteDeparture(tx *db.Tx, ws id.Workspace, who id.Person, note string) error {
	_, err := tx.Exec(`UPDATE departure SET note = ? WHERE workspace = ? AND person = ? AND done_at = 0`, note, ws, who)
	return err
}

// DueDepartures returns up to limit departures of the workspace whose moment has
// come, the longest ago first. Those of deleted people wait with them.
func DueDepartures(tx *db.Tx, ws id.Workspace, limit int) ([]Departure, error) {
	return db.All(tx, scanDeparture, `SELECT `+departureColumns+` FROM departure d JOIN person p ON p.workspace = d.workspace AND p.id = d.person
		WHERE d.workspace = ? AND d.done_at = 0 AND d.at <= ? AND p.deleted_at = 0 ORDER BY d.at LIMIT ?`, ws, tx.NowMS(), limit)
}
