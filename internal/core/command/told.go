package command

import (
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// Told returns when a charger was last to be told of each card that lost its right, by
// commands of a kind.
func Told(tx *db.Tx, ws id.Workspace, charger id.Charger, k Kind) (map[id.Card]time.Time, error) {
	by := map[id.Card]time.Time{}
	type told struct {
		card id.Card
		at   int64
	}
	for t, err := range db.Each(tx, func(row db.Scanner) (t told, err error) {
		err = row.Scan(&t.card, &t.at)
		return t, err
	}, `SELECT card, revoked_at FROM revocation WHERE workspace = ? AND charger = ? AND kind = ?`, ws, charger, k) {
		if err != nil {
			return nil, err
		}
		by[t.card] = time.UnixMilli(t.at).UTC()
	}
	return by, nil
}

// Renew makes what is told of cards now one with what chargers were told of them since
// a moment.
func Renew(tx *db.Tx, ws id.Workspace, cards []id.Card, since time.Time) error {
	lists := make([][]any, len(cards))
	for i, card := range cards {
		lists[i] = []any{tx.NowMS(), ws, card, since.UnixMilli()}
	}
	_, err := tx.ExecEach(`UPDATE revocation SET revoked_at = ? WHERE workspace = ? AND card = ? AND revoked_at > ?`, lists)
	return err
}

// OpenOf returns the newest command of a kind to a charger that is not over; nil if
// there is none.
func OpenOf(tx *db.Tx, ws id.Workspace, charger id.Charger, k Kind) (*Command, error) {
	all, err := db.All(tx, plain, `SELECT `+Columns+` FROM command k WHERE k.`+open+` AND k.workspace = ? AND k.charger = ? AND k.kind = ? ORDER BY k.id DESC LIMIT 1`, ws, charger, k)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return &all[0], nil
}
