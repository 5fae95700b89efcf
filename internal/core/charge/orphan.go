package charge

import (
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// Orphan is a stop of a transaction that nobody has started.
type Orphan struct {
	Workspace  id.Workspace
	ID         id.Charge // its own
	Charger    id.Charger
	TxID       string
	MeterStop  int64
	At         time.Time // by the charger's clock; 1970 if it said none
	CardUID    string
	StopReason string
	Received   time.Time
	Charge     id.Charge // the session that it ended, once its start came; "" while nobody knows
}

// Park keeps an orphan for later; a repeated one is kept once.
func Park(tx *db.Tx, o Orphan) error {
	_, err := tx.Exec(`INSERT INTO orphan_stop (workspace, id, charger, tx_id, meter_stop, at, card_uid, stop_reason, received_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		o.Workspace, id.New[id.Charge](), o.Charger, o.TxID, o.MeterStop, o.At.UnixMilli(), o.CardUID, o.StopReason, tx.NowMS())
	return err
}

const orphanColumns = `workspace, id, charger, tx_id, meter_stop, at, card_uid, stop_reason, received_at, charge`

func scanOrphan(row db.Scanner) (o Orphan, err error) {
	var at, received int64
	err = row.Scan(&o.Workspace, &o.ID, &o.Charger, &o.TxID, &o.MeterStop, &at, &o.CardUID, &o.StopReason, &received, &o.Charge)
	o.At, o.Received = time.UnixMilli(at).UTC(), time.UnixMilli(received).UTC()
	return o, err
}

// Waiting returns the orphans of a charger whose start nobody has told yet, that
// ended at or behind a moment or at none that is known, the earliest first.
func Waiting(tx *db.Tx, ws id.Workspace, charger id.Charger, from time.Time) ([]Orphan, error) {
	return db.All(tx, scanOrphan, `SELECT `+orphanColumns+` FROM orphan_stop WHERE workspace = ? AND charger = ? AND charge = '' AND (at >= ? OR at = 0) ORDER BY at, id`,
		ws, charger, from.UnixMilli())
}

// Adopt notes which session an orphan ended. It reports false if another one took
// it meanwhile.
func Adopt(tx *db.Tx, o *Orphan, c id.Charge) (bool, error) {
	n, err := tx.Exec(`UPDATE orphan_stop SET charge = ? WHERE workspace = ? AND id = ? AND charge = ''`, c, o.Workspace, o.ID)
	return n > 0, err
}

// Orphans returns the newest orphans of the workspace: those that still wait, or all.
func Orphans(tx *db.Tx, ws id.Workspace, all bool, limit int) ([]Orphan, error) {
	where := ` AND charge = ''`
	if all {
		where = ``
	}
	return db.All(tx, scanOrphan, `SELECT `+orphanColumns+` FROM orphan_stop WHERE workspace = ?`+where+` ORDER BY received_at DESC, id DESC LIMIT ?`, ws, limit)
}

// BeganBetween reports whether another session than c began at its EVSE behind c's
// start and up to a moment.
func BeganBetween(tx *db.Tx, c *Charge, until time.Time) (yes bool, err error) {
	err = tx.Row(`SELECT EXISTS (SELECT 1 FROM charge WHERE workspace = ? AND charger = ? AND evse = ? AND id <> ? AND started_at > ? AND started_at <= ?)`,
		[]any{c.Workspace, c.Charger, c.EVSE, c.ID, c.Started.UnixMilli(), until.UnixMilli()}, &yes)
	return yes, err
}
