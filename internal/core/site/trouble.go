package site

import (
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// Block notes that a charger is not let in until a moment; the zero one lets it in
// again. It reports false if nothing changed.
func Block(tx *db.Tx, ws id.Workspace, c id.Charger, until time.Time) (bool, error) {
	var ms int64
	if !until.IsZero() {
		ms = until.UnixMilli()
	}
	n, err := tx.Exec(`UPDATE charger SET blocked_until = ? WHERE workspace = ? AND id = ? AND blocked_until <> ?`, ms, ws, c, ms)
	return n > 0, err
}

// IsBlocked reports whether c is not let in at a moment.
func (c *Charger) IsBlocked(now time.Time) bool { return now.Before(c.Blocked) }

// CameTwice notes that a charger was connected from one address when it came from
// another; addresses "" notes that somebody has seen to it. It reports false if that
// was known.
func CameTwice(tx *db.Tx, ws id.Workspace, c id.Charger, addresses string) (bool, error) {
	n, err := tx.Exec(`UPDATE charger SET two_networks = ?, two_networks_at = ? WHERE workspace = ? AND id = ? AND two_networks <> ?`, addresses, tx.NowMS(), ws, c, addresses)
	return n > 0, err
}

// IdentityElsewhere reports whether another workspace has a charger of the same
// identity. It asks beyond the workspace, and tells nothing more: a certificate that
// names the identity alone would open both.
func IdentityElsewhere(tx *db.Tx, ws id.Workspace, identity string) (yes bool, err error) {
	err = tx.Row(`SELECT EXISTS (SELECT 1 FROM charger WHERE identity = ? AND workspace <> ?)`, []any{identity, ws}, &yes)
	return yes, err
}

// SetOptions changes what is said of a charger alone: that it is open to anyone, and that
// its key is enough where others need a certificate. It reports false if it was so
// already.
func SetOptions(tx *db.Tx, ws id.Workspace, c id.Charger, open, keyOK bool) (bool, error) {
	n, err := tx.Exec(`UPDATE charger SET open_to_all = ?, key_ok = ?, version = version + 1 WHERE workspace = ? AND id = ? AND (open_to_all <> ? OR key_ok <> ?)`, open, keyOK, ws, c, open, keyOK)
	return n > 0, err
}
