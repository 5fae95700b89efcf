package decision

import (
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// Spelling is how a charger spells a card.
type Spelling struct {
	CardUID   string // canonical
	Token     string // as the charger spelt it last
	TokenType string // as OCPP 2.0.1 names it; "" if the charger did not
	At        time.Time
}

// within is how far back spellings are looked for: who was not at a charger for that
// long is spelt canonically.
const within = 90 * 24 * time.Hour

func scanSpelling(row db.Scanner) (s Spelling, err error) {
	var at int64
	err = row.Scan(&s.CardUID, &s.Token, &s.TokenType, &at)
	s.At = time.UnixMilli(at).UTC()
	return s, err
}

// SpellingOf returns how a charger last spelt a card; false if it did not in the last
// 90 days.
func SpellingOf(tx *db.Tx, ws id.Workspace, charger id.Charger, uid string) (s Spelling, there bool, err error) {
	all, err := db.All(tx, scanSpelling, `SELECT card_uid, CASE WHEN spelt <> '' THEN spelt ELSE card_uid END, token_type, at FROM decision
		WHERE workspace = ? AND charger = ? AND at > ? AND card_uid = ? AND source LIKE 'ocpp%' ORDER BY at DESC, id DESC LIMIT 1`,
		ws, charger, tx.Now.Add(-within).UnixMilli(), uid)
	if err != nil || len(all) == 0 {
		return s, false, err
	}
	return all[0], true, nil
}

// Spellings returns how a charger last spelt each of the cards that it told of in the
// last 90 days, by their canonical numbers.
func Spellings(tx *db.Tx, ws id.Workspace, charger id.Charger) (map[string]Spelling, error) {
	by := map[string]Spelling{}
	for s, err := range db.Each(tx, scanSpelling, `SELECT card_uid, CASE WHEN spelt <> '' THEN spelt ELSE card_uid END, token_type, at FROM (
			SELECT card_uid, spelt, token_type, at, ROW_NUMBER() OVER (PARTITION BY card_uid ORDER BY at DESC, id DESC) AS newest FROM decision
			WHERE workspace = ? AND charger = ? AND at > ? AND card <> '' AND source LIKE 'ocpp%') said WHERE newest = 1`,
		ws, charger, tx.Now.Add(-within).UnixMilli()) {
		if err != nil {
			return nil, err
		}
		by[s.CardUID] = s
	}
	return by, nil
}
