// Package doubt is cards that were used in two places at once, or within less time
// than the way from one to the other takes: perhaps there are two of them. The number of
// most cards is all that they have, and whoever holds a reader to one for a second
// can make another (RELIABILITY.md, row 63).
package doubt

import (
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Within is how long before a use of a card another one matters: by then one may
// be anywhere on earth.
const Within = 27 * time.Hour

// The way: by road up to a few hundred kilometres, else by air with time to get to
// the airport. Chargers of one location may be a walk apart.
const (
	slack     = 1.0 // km: coordinates are of a gate and not of the charger
	byRoad    = 150 // km/h, door to door
	byAir     = 800 // km/h
	airports  = 90 * time.Minute
	kilometre = float64(time.Hour)
)

// TooFast reports that nobody gets so far in so much time.
func TooFast(km float64, between time.Duration) bool {
	km -= slack
	if km <= 0 {
		return false
	}
	road := time.Duration(km / byRoad * kilometre)
	air := airports + time.Duration(km/byAir*kilometre)
	return between < min(road, air)
}

// Answer is who it was.
type Answer string

// The answers.
const (
	Open     Answer = ""
	Holder   Answer = "holder"   // it was them
	Stranger Answer = "stranger" // it was not
	Staff    Answer = "staff"    // nobody asked any more: staff made the card work again
)

// Doubt is one card that was used in two places.
type Doubt struct {
	Workspace    id.Workspace
	ID           id.Doubt
	Card         id.Card
	Person       id.Person
	Charger      id.Charger // where it was used the second time
	At           time.Time
	FirstCharger id.Charger // where it had been used before
	FirstAt      time.Time
	Km           int64 // between the two; -1 if not known
	Held         bool  // the card was put on hold until somebody answers
	Answer       Answer
	Answered     time.Time // zero while open
}

const columns = `workspace, id, card, person, charger, at, first_charger, first_at, km, held, answer, answered_at`

func scan(row db.Scanner) (d Doubt, err error) {
	var at, first, answered int64
	err = row.Scan(&d.Workspace, &d.ID, &d.Card, &d.Person, &d.Charger, &at, &d.FirstCharger, &first, &d.Km, &d.Held, &d.Answer, &answered)
	d.At, d.FirstAt = time.UnixMilli(at).UTC(), time.UnixMilli(first).UTC()
	if answered != 0 {
		d.Answered = time.UnixMilli(answered).UTC()
	}
	return d, err
}

// Insert adds d and sets its ID. It reports false if there is an open one of the
// card already.
func Insert(tx *db.Tx, d *Doubt) (bool, error) {
	d.ID = id.New[id.Doubt]()
	n, err := tx.Exec(`INSERT INTO card_doubt (`+columns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', 0) ON CONFLICT DO NOTHING`,
		d.Workspace, d.ID, d.Card, d.Person, d.Charger, d.At.UnixMilli(), d.FirstCharger, d.FirstAt.UnixMilli(), d.Km, d.Held)
	return n > 0, err
}

// ByID returns one of the workspace.
func ByID(tx *db.Tx, ws id.Workspace, d id.Doubt) (Doubt, error) {
	all, err := db.All(tx, scan, `SELECT `+columns+` FROM card_doubt WHERE workspace = ? AND id = ?`, ws, d)
	if err == nil && len(all) == 0 {
		err = errs.New(errs.NotFound, "There is no such question any more.")
	}
	if err != nil {
		return Doubt{}, err
	}
	return all[0], nil
}

// OpenOf returns the open ones about a person's cards, the oldest first.
func OpenOf(tx *db.Tx, ws id.Workspace, who id.Person) ([]Doubt, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM card_doubt WHERE workspace = ? AND person = ? AND answer = '' ORDER BY at, id`, ws, who)
}

// Newest returns the newest ones of the workspace.
func Newest(tx *db.Tx, ws id.Workspace, limit int) ([]Doubt, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM card_doubt WHERE workspace = ? ORDER BY at DESC, id DESC LIMIT ?`, ws, limit)
}

// OfCard returns the newest one about a card, if there is one.
func OfCard(tx *db.Tx, ws id.Workspace, c id.Card) (d Doubt, found bool, err error) {
	all, err := db.All(tx, scan, `SELECT `+columns+` FROM card_doubt WHERE workspace = ? AND card = ? ORDER BY at DESC, id DESC LIMIT 1`, ws, c)
	if err != nil || len(all) == 0 {
		return d, false, err
	}
	return all[0], true, nil
}

// Hold puts the card of the open one on hold because of d, which takes the place of
// the two uses that were asked about; d gets its ID. It reports false if the card was
// on hold, or if there is no open one.
func Hold(tx *db.Tx, d *Doubt) (bool, error) {
	all, err := db.All(tx, db.Text[id.Doubt], `UPDATE card_doubt SET held = ?, charger = ?, at = ?, first_charger = ?, first_at = ?, km = ?
		WHERE workspace = ? AND card = ? AND answer = '' AND held <> ? RETURNING id`,
		true, d.Charger, d.At.UnixMilli(), d.FirstCharger, d.FirstAt.UnixMilli(), d.Km, d.Workspace, d.Card, true)
	if err != nil || len(all) == 0 {
		return false, err
	}
	d.ID = all[0]
	return true, nil
}

// Settle answers the open one about a card. It reports false if there is none.
func Settle(tx *db.Tx, ws id.Workspace, c id.Card, a Answer) (bool, error) {
	n, err := tx.Exec(`UPDATE card_doubt SET answer = ?, answered_at = ? WHERE workspace = ? AND card = ? AND answer = ''`, a, tx.NowMS(), ws, c)
	return n > 0, err
}

// Cleared says of cards when one last said that it was no stranger: uses before
// that are compared with nothing any more. With no list it says it of all, since a
// moment.
func Cleared(tx *db.Tx, ws id.Workspace, since time.Time, list []id.Card) (map[id.Card]time.Time, error) {
	query, args := `SELECT card, MAX(answered_at) FROM card_doubt WHERE workspace = ? AND answer IN ('holder', 'staff') AND answered_at >= ?`, []any{ws, since.UnixMilli()}
	if list != nil {
		among, arg := db.Among(tx, "card", list)
		query, args = query+` AND `+among, append(args, arg)
	}
	type line struct {
		card id.Card
		at   int64
	}
	all := map[id.Card]time.Time{}
	for l, err := range db.Each(tx, func(row db.Scanner) (l line, err error) { err = row.Scan(&l.card, &l.at); return l, err }, query+` GROUP BY card`, args...) {
		if err != nil {
			return nil, err
		}
		all[l.card] = time.UnixMilli(l.at).UTC()
	}
	return all, nil
}

// Erase removes those about the cards of people who are erased.
func Erase(tx *db.Tx, ws id.Workspace, list []id.Person) error {
	_, err := tx.Exec(`DELETE FROM card_doubt WHERE workspace = ? AND person IN `+db.In(len(list)), db.Args(list, any(ws))...)
	return err
}

// MoveTo makes those about one person's cards another's.
func MoveTo(tx *db.Tx, ws id.Workspace, from, to id.Person) (int64, error) {
	return tx.Exec(`UPDATE card_doubt SET person = ? WHERE workspace = ? AND person = ?`, to, ws, from)
}
