// Package lesson is what chargers teach: which card the next unknown one that is
// held to a charger is (learn mode), and which cars belong to whom (Autocharge).
package lesson

import (
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Lasts is how long a charger waits for the card.
const Lasts = 2 * time.Minute

// State is how far a lesson has come. One that is open past its time is over, also
// before somebody noted it.
type State string

// The states.
const (
	Open    State = "open"
	Learned State = "learned"
	Ended   State = "ended" // nothing was learned
)

// Lesson is one charger that waits for one card of one person.
type Lesson struct {
	Workspace id.Workspace
	ID        id.Lesson
	Charger   id.Charger
	Person    id.Person // whose card it becomes
	AskedBy   string    // as the journal names them
	Own       bool      // the person asked themself, as a driver
	Began     time.Time
	Until     time.Time
	State     State
	Card      id.Card   // that was learned
	Similar   string    // a card that is the same with its bytes reversed
	Over      time.Time // zero while open
}

// Waits reports whether the charger waits for the card at a moment.
func (l *Lesson) Waits(now time.Time) bool { return l.State == Open && now.Before(l.Until) }

const columns = `workspace, id, charger, person, asked_by, own, began_at, until, state, card, mirrored, ended_at`

func scan(row db.Scanner) (l Lesson, err error) {
	var began, until, over int64
	err = row.Scan(&l.Workspace, &l.ID, &l.Charger, &l.Person, &l.AskedBy, &l.Own, &began, &until, &l.State, &l.Card, &l.Similar, &over)
	l.Began, l.Until = time.UnixMilli(began).UTC(), time.UnixMilli(until).UTC()
	if over != 0 {
		l.Over = time.UnixMilli(over).UTC()
	}
	return l, err
}

// Begin adds l and sets its ID, times and State. A charger that waits for a card
// already is an errs.Conflict.
func Begin(tx *db.Tx, l *Lesson) error {
	l.ID, l.Began, l.Until, l.State = id.New[id.Lesson](), tx.Now, tx.Now.Add(Lasts), Open
	n, err := tx.Exec(`INSERT INTO lesson (`+columns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'open', '', '', 0) ON CONFLICT DO NOTHING`,
		l.Workspace, l.ID, l.Charger, l.Person, l.AskedBy, l.Own, l.Began.UnixMilli(), l.Until.UnixMilli())
	if err == nil && n == 0 {
		err = errs.New(errs.Conflict, "This charger is waiting for somebody else's card. Try again in two minutes.")
	}
	return err
}

// ByID returns one of the workspace.
func ByID(tx *db.Tx, ws id.Workspace, l id.Lesson) (Lesson, error) {
	all, err := db.All(tx, scan, `SELECT `+columns+` FROM lesson WHERE workspace = ? AND id = ?`, ws, l)
	if err == nil && len(all) == 0 {
		err = errs.New(errs.NotFound, "This charger is not waiting for a card any more. Begin again.")
	}
	if err != nil {
		return Lesson{}, err
	}
	return all[0], nil
}

// At returns the one that a charger waits in, also past its time.
func At(tx *db.Tx, ws id.Workspace, c id.Charger) (l Lesson, found bool, err error) {
	all, err := db.All(tx, scan, `SELECT `+columns+` FROM lesson WHERE workspace = ? AND charger = ? AND state = 'open'`, ws, c)
	if err != nil || len(all) == 0 {
		return l, false, err
	}
	return all[0], true, nil
}

// AllOpen returns those of the workspace in which chargers wait.
func AllOpen(tx *db.Tx, ws id.Workspace) ([]Lesson, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM lesson WHERE workspace = ? AND state = 'open'`, ws)
}

// LastOf returns the newest that a person began themself since a moment.
func LastOf(tx *db.Tx, ws id.Workspace, who id.Person, since time.Time) (l Lesson, found bool, err error) {
	all, err := db.All(tx, scan, `SELECT `+columns+` FROM lesson WHERE workspace = ? AND person = ? AND own AND began_at >= ? ORDER BY id DESC LIMIT 1`, ws, who, since.UnixMilli())
	if err != nil || len(all) == 0 {
		return l, false, err
	}
	return all[0], true, nil
}

// End closes an open one, with the card that was learned or none. It reports false if
// it was closed already: of two cards that come at once one is learned.
func End(tx *db.Tx, ws id.Workspace, l id.Lesson, learned id.Card, similar string) (bool, error) {
	state := Ended
	if learned != "" {
		state = Learned
	}
	n, err := tx.Exec(`UPDATE lesson SET state = ?, card = ?, mirrored = ?, ended_at = ? WHERE workspace = ? AND id = ? AND state = 'open'`,
		state, learned, similar, tx.NowMS(), ws, l)
	return n > 0, err
}
