// Package unknown is the inbox of unknown cards: numbers that were tapped at
// chargers and that nobody here has, each with whose it may be.
package unknown

import (
	"context"
	"slices"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/decision"
	"involt/internal/core/id"
	"involt/internal/flow/browse/look"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Service reads the inbox.
type Service struct{ DB *db.DB }

const (
	// Looked is how far back taps are looked at.
	Looked = 90 * 24 * time.Hour
	// Most is how many numbers a list has at most, those tapped last first.
	Most = 100
	// near is how long before and after an unknown card's tap somebody was at the
	// same charger whose card it may be.
	near = 10 * time.Minute
	// guesses is how many people are suggested for one number.
	guesses = 3
)

// Why is why somebody is suggested.
type Why string

// Why somebody is suggested.
const (
	Respelled Why = "respelled" // their card in the form in which another reader or a printed card shows it
	WasThere  Why = "was-there" // they charged at the same charger within minutes
)

// Guess is whose an unknown card may be.
type Guess struct {
	Person id.Person
	Name   string // masked without personal data
	Why    Why
	UID    string    // of their card that it may be; "" for WasThere
	At     time.Time // when they were there; zero for Respelled
}

// Card is a number that nobody here has.
type Card struct {
	UID         string // canonical, or as tapped if it has no canonical form
	Givable     bool   // it has a canonical form
	Times       int64
	First, Last time.Time
	Charger     id.Charger // of the last tap; "" where the question named none
	ChargerName string
	Location    string
	Guesses     []Guess // none without the permission to see users
}

// Inbox is what is on the list.
type Inbox struct {
	Cards  []Card // tapped last first
	More   bool   // there are more than Most
	Waits  int64  // how many are on the list
	Hidden int64  // how many are hidden
	Now    time.Time
}

// List returns the unknown cards of the last ninety days, those that are hidden
// or those that are not.
func (s *Service) List(ctx context.Context, by access.Actor, hidden bool) (in Inbox, err error) {
	defer errs.Wrap(&err, "unknown.List")
	if err := by.Need(access.CardsRead | access.SessionsRead); err != nil {
		return in, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		in = Inbox{Now: tx.Now}
		if err := in.count(tx, by.Workspace); err != nil {
			return err
		}
		if in.Cards, err = list(tx, by.Workspace, "", hidden); err != nil {
			return err
		}
		if in.More = len(in.Cards) > Most; in.More {
			in.Cards = in.Cards[:Most]
		}
		return fill(tx, by, in.Cards)
	})
	return in, err
}

// One returns one of them, an errs.NotFound if nobody tapped it or somebody has it.
func (s *Service) One(ctx context.Context, by access.Actor, uid string) (c Card, err error) {
	defer errs.Wrap(&err, "unknown.One")
	if err := by.Need(access.CardsRead | access.SessionsRead); err != nil {
		return c, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		for _, hidden := range []bool{false, true} {
			found, err := list(tx, by.Workspace, uid, hidden)
			if err != nil {
				return err
			}
			if len(found) > 0 {
				if err := fill(tx, by, found); err != nil {
					return err
				}
				c = found[0]
				return nil
			}
		}
		return errs.New(errs.NotFound, "No unknown card with this number was tapped in the last 90 days. Perhaps a colleague has just given it to somebody.")
	})
	return c, err
}

// tapped are the taps of unknown cards that are no card by now.
const tapped = ` FROM decision d WHERE d.workspace = ? AND d.person = '' AND d.card_uid <> '' AND d.reason = ? AND d.at >= ?
	AND NOT EXISTS (SELECT 1 FROM card k WHERE k.workspace = d.workspace AND k.uid = d.card_uid AND k.state <> 'deactivated')`

func since(tx *db.Tx) int64 { return tx.Now.Add(-Looked).UnixMilli() }

func (in *Inbox) count(tx *db.Tx, ws id.Workspace) error {
	return tx.Row(`SELECT COALESCE(SUM(CASE WHEN h.uid IS NULL THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN h.uid IS NULL THEN 0 ELSE 1 END), 0)
		FROM (SELECT DISTINCT d.workspace, d.card_uid`+tapped+`) t LEFT JOIN unknown_card_hidden h ON h.workspace = t.workspace AND h.uid = t.card_uid`,
		[]any{ws, decision.UnknownCard, since(tx)}, &in.Waits, &in.Hidden)
}

func list(tx *db.Tx, ws id.Workspace, uid string, hidden bool) ([]Card, error) {
	args := []any{ws, decision.UnknownCard, since(tx)}
	only := ``
	if uid != "" {
		only, args = ` AND d.card_uid = ?`, append(args, uid)
	}
	is := ` NOT`
	if hidden {
		is = ``
	}
	return db.All(tx, func(row db.Scanner) (c Card, err error) {
		var first, last int64
		err = row.Scan(&c.UID, &c.Times, &first, &last)
		c.First, c.Last = time.UnixMilli(first).UTC(), time.UnixMilli(last).UTC()
		if canonical, wrong := card.Canonical(c.UID); wrong == nil {
			c.Givable = canonical == c.UID
		}
		return c, err
	}, `SELECT d.card_uid, COUNT(*), MIN(d.at), MAX(d.at)`+tapped+only+` AND`+is+` EXISTS (SELECT 1 FROM unknown_card_hidden h WHERE h.workspace = d.workspace AND h.uid = d.card_uid)
		GROUP BY d.card_uid ORDER BY 4 DESC, 1 LIMIT ?`, append(args, Most+1)...)
}

// fill adds where each was tapped last, and whose it may be.
func fill(tx *db.Tx, by access.Actor, cards []Card) error {
	for i := range cards {
		c := &cards[i]
		if err := tx.Row(`SELECT d.charger, COALESCE(h.name, ''), COALESCE(l.name, '') FROM decision d
			LEFT JOIN charger h ON h.workspace = d.workspace AND h.id = d.charger LEFT JOIN location l ON l.workspace = h.workspace AND l.id = h.location
			WHERE d.workspace = ? AND d.person = '' AND d.card_uid = ? AND d.at = ? ORDER BY d.id DESC LIMIT 1`,
			[]any{by.Workspace, c.UID, c.Last.UnixMilli()}, &c.Charger, &c.ChargerName, &c.Location); err != nil {
			return err
		}
	}
	if sees := by.Need(access.PeopleRead) == nil; !sees {
		return nil
	}
	if err := respelled(tx, by, cards); err != nil {
		return err
	}
	for i := range cards {
		if err := cards[i].wasThere(tx, by); err != nil {
			return err
		}
	}
	return nil
}

// respelled suggests the holders of cards of which an unknown one is another form.
func respelled(tx *db.Tx, by access.Actor, cards []Card) error {
	var forms []string
	for i := range cards {
		forms = append(forms, card.Forms(cards[i].UID)...)
	}
	slices.Sort(forms)
	known := map[string]Guess{}
	for some := range slices.Chunk(slices.Compact(forms), 500) {
		for g, err := range db.Each(tx, scanHolder(by), `SELECT k.uid, p.id, p.first_name, p.last_name, p.email, p.external_id FROM card k JOIN person p ON p.workspace = k.workspace AND p.id = k.person
			WHERE k.workspace = ? AND p.deleted_at = 0 AND k.state <> 'deactivated' AND k.uid IN `+db.In(len(some)), db.Args(some, any(by.Workspace))...) {
			if err != nil {
				return err
			}
			known[g.UID] = g
		}
	}
	for i := range cards {
		for _, form := range card.Forms(cards[i].UID) {
			if g, ok := known[form]; ok {
				cards[i].add(g)
			}
		}
	}
	return nil
}

func scanHolder(by access.Actor) func(db.Scanner) (Guess, error) {
	return func(row db.Scanner) (g Guess, err error) {
		var first, last, email, external string
		err = row.Scan(&g.UID, &g.Person, &first, &last, &email, &external)
		g.Name, g.Why = look.Name(by, first, last, email, external), Respelled
		return g, err
	}
}

// wasThere suggests those who were let in at the same charger about that time: with
// another card in their pocket.
func (c *Card) wasThere(tx *db.Tx, by access.Actor) error {
	if c.Charger == "" {
		return nil
	}
	for g, err := range db.Each(tx, func(row db.Scanner) (g Guess, err error) {
		var first, last, email, external string
		var at int64
		err = row.Scan(&g.Person, &first, &last, &email, &external, &at)
		g.Name, g.Why, g.At = look.Name(by, first, last, email, external), WasThere, time.UnixMilli(at).UTC()
		return g, err
	}, `SELECT p.id, p.first_name, p.last_name, p.email, p.external_id, d.at FROM decision d JOIN person p ON p.workspace = d.workspace AND p.id = d.person
		WHERE d.workspace = ? AND d.charger = ? AND d.at >= ? AND d.at <= ? AND d.allowed AND p.deleted_at = 0 ORDER BY ABS(d.at - ?), d.id LIMIT 50`,
		by.Workspace, c.Charger, c.Last.Add(-near).UnixMilli(), c.Last.Add(near).UnixMilli(), c.Last.UnixMilli()) {
		if err != nil {
			return err
		}
		c.add(g)
	}
	return nil
}

// add suggests somebody, once.
func (c *Card) add(g Guess) {
	if len(c.Guesses) < guesses && !slices.ContainsFunc(c.Guesses, func(o Guess) bool { return o.Person == g.Person }) {
		c.Guesses = append(c.Guesses, g)
	}
}
