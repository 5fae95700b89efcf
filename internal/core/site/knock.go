package site

import (
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// Knock is a charger that wanted in and is not here. Nobody knows whether it is one:
// anybody may write any identity into an address.
type Knock struct {
	Identity string
	First    time.Time
	Last     time.Time
	Times    int64
}

// How many of a workspace are kept, the latest, and for how long after the last time.
const (
	knocksKept = 50
	knockLife  = 7 * 24 * time.Hour
)

// MayKnock reports whether an identity is one that a charger can be added with.
func MayKnock(identity string) bool { return identityRE.MatchString(identity) }

// Knocked notes that a charger wanted in so many times by an identity that none of the
// workspace's has.
func Knocked(tx *db.Tx, ws id.Workspace, identity string, times int64) error {
	if _, err := tx.Exec(`INSERT INTO knock (workspace, identity, first_at, last_at, times) SELECT ?, ?, ?, ?, ?
		WHERE NOT EXISTS (SELECT 1 FROM charger WHERE workspace = ? AND identity = ?)
		ON CONFLICT (workspace, identity) DO UPDATE SET last_at = excluded.last_at, times = knock.times + excluded.times`,
		ws, identity, tx.NowMS(), tx.NowMS(), times, ws, identity); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM knock WHERE workspace = ? AND (last_at < ? OR last_at < (SELECT MIN(last_at) FROM (SELECT last_at FROM knock WHERE workspace = ? ORDER BY last_at DESC LIMIT ?) latest))`,
		ws, tx.Now.Add(-knockLife).UnixMilli(), ws, knocksKept)
	return err
}

// Knocks returns who wanted in and is not here, the latest first.
func Knocks(tx *db.Tx, ws id.Workspace) ([]Knock, error) {
	return db.All(tx, func(row db.Scanner) (k Knock, err error) {
		var first, last int64
		err = row.Scan(&k.Identity, &first, &last, &k.Times)
		k.First, k.Last = time.UnixMilli(first).UTC(), time.UnixMilli(last).UTC()
		return k, err
	}, `SELECT identity, first_at, last_at, times FROM knock WHERE workspace = ? AND last_at >= ? ORDER BY last_at DESC, identity LIMIT ?`, ws, tx.Now.Add(-knockLife).UnixMilli(), knocksKept)
}

// ForgetKnock forgets one; it reports false if it was not there.
func ForgetKnock(tx *db.Tx, ws id.Workspace, identity string) (bool, error) {
	n, err := tx.Exec(`DELETE FROM knock WHERE workspace = ? AND identity = ?`, ws, identity)
	return n > 0, err
}
