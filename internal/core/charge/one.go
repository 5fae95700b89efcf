package charge

import (
	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// ByID returns one session of the workspace.
func ByID(tx *db.Tx, ws id.Workspace, c id.Charge) (Charge, error) {
	return one(tx, `workspace = ? AND id = ?`, ws, c)
}

// RunningFor returns the sessions of a person that run, the oldest first.
func RunningFor(tx *db.Tx, ws id.Workspace, who id.Person) ([]Charge, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM charge WHERE workspace = ? AND person = ? AND status = 'running' AND reason = 'allowed' ORDER BY started_at, id`, ws, who)
}

// RunningOfGuests returns those of people who stand for guests.
func RunningOfGuests(tx *db.Tx, ws id.Workspace) ([]Charge, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM charge WHERE workspace = ? AND status = 'running' AND reason = 'allowed'
		AND person IN (SELECT person FROM guest WHERE workspace = ?) ORDER BY started_at, id`, ws, ws)
}

// Before counts the sessions of c's person that were let begin before c.
func Before(tx *db.Tx, c *Charge) (n int64, err error) {
	err = tx.Row(`SELECT COUNT(*) FROM charge WHERE workspace = ? AND person = ? AND reason = 'allowed' AND (received_at < ? OR received_at = ? AND id < ?)`,
		[]any{c.Workspace, c.Person, c.Received.UnixMilli(), c.Received.UnixMilli(), c.ID}, &n)
	return n, err
}
