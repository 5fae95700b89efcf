package card

import (
	"iter"
	"slices"
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Card is anything that identifies at a charger.
type Card struct {
	Workspace id.Workspace
	ID        id.Card
	UID       string // canonical: upper-case hex of the bytes
	Kind      Kind
	Typed     string // as somebody entered it
	Printed   string // the number on the card
	State     State
	Person    id.Person // "" if nobody's
	Business  bool
	ValidFrom time.Time // zero: always
	ValidTo   time.Time // zero: for ever; the first moment it no longer works
	LastUsed  time.Time
	Version   int64
	Created   time.Time
}

// Kind is what sort of thing identifies.
type Kind string

// The kinds.
const (
	RFID  Kind = "rfid"
	App   Kind = "app"
	MAC   Kind = "mac"   // Autocharge
	EMAID Kind = "emaid" // Plug & Charge
)

// State is whether a card works.
type State string

// The states.
const (
	Inactive    State = "inactive"
	Active      State = "active"
	Blocked     State = "blocked"     // the holder may undo: a lost card
	Suspended   State = "suspended"   // only staff may undo
	Expired     State = "expired"     //
	Deactivated State = "deactivated" // final; the number may be given out again
)

var labels = map[State]string{
	Inactive: "Inactive", Active: "Active", Blocked: "Blocked", Suspended: "Suspended", Expired: "Expired", Deactivated: "Deactivated",
}

// Label is the state as screens show it.
func (s State) Label() string { return labels[s] }

var moves = map[State][]State{
	Inactive:  {Active, Deactivated},
	Active:    {Inactive, Blocked, Suspended, Expired, Deactivated},
	Blocked:   {Active, Suspended, Deactivated},
	Suspended: {Active, Deactivated},
	Expired:   {Active, Deactivated},
}

// Become moves c to s, or says why it cannot.
func (c *Card) Become(s State) error {
	if !slices.Contains(moves[c.State], s) {
		return errs.New(errs.Conflict, "A card that is %s cannot become %s.", c.State.Label(), s.Label())
	}
	c.State = s
	return nil
}

var columnList = []string{
	"workspace", "id", "uid", "kind", "typed", "printed", "state", "person", "business", "valid_from", "valid_to", "last_used_at", "version", "created_at",
}

const columns = `workspace, id, uid, kind, typed, printed, state, COALESCE(person, ''), business, valid_from, valid_to, last_used_at, version, created_at`

func scan(row db.Scanner) (c Card, err error) {
	var from, to, used, created int64
	err = row.Scan(&c.Workspace, &c.ID, &c.UID, &c.Kind, &c.Typed, &c.Printed, &c.State, &c.Person, &c.Business, &from, &to, &used, &c.Version, &created)
	for at, ms := range map[*time.Time]int64{&c.ValidFrom: from, &c.ValidTo: to, &c.LastUsed: used, &c.Created: created} {
		if ms != 0 {
			*at = time.UnixMilli(ms).UTC()
		}
	}
	return c, err
}

func ms(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// Insert adds c, and sets its ID (if it has none), Version and Created. A second
// card of that UID in the workspace is an errs.Conflict.
func Insert(tx *db.Tx, c *Card) error {
	_, err := Load(tx, func(yield func(*Card) bool) { yield(c) })
	return err
}

// Load adds many cards at once, as Insert adds one.
func Load(tx *db.Tx, cards iter.Seq[*Card]) (int64, error) {
	return tx.Load("card", columnList, func(yield func([]any) bool) {
		for c := range cards {
			if c.ID == "" {
				c.ID = id.New[id.Card]()
			}
			if c.Created.IsZero() {
				c.Created = tx.Now
			}
			c.Version = 1
			var person *string
			if c.Person != "" {
				person = (*string)(&c.Person)
			}
			if !yield([]any{
				string(c.Workspace), string(c.ID), c.UID, string(c.Kind), c.Typed, c.Printed, string(c.State), person, c.Business,
				ms(c.ValidFrom), ms(c.ValidTo), ms(c.LastUsed), c.Version, ms(c.Created),
			}) {
				return
			}
		}
	})
}

// ByID returns one card of the workspace.
func ByID(tx *db.Tx, ws id.Workspace, c id.Card) (Card, error) {
	return one(tx, `workspace = ? AND id = ?`, ws, c)
}

// ByUID returns the card with that canonical UID, unless it was deactivated.
func ByUID(tx *db.Tx, ws id.Workspace, uid string) (Card, error) {
	return one(tx, `workspace = ? AND uid = ? AND state <> 'deactivated'`, ws, uid)
}

func one(tx *db.Tx, where string, args ...any) (Card, error) {
	all, err := db.All(tx, scan, `SELECT `+columns+` FROM card WHERE `+where, args...)
	if err == nil && len(all) == 0 {
		err = errs.New(errs.NotFound, "There is no such card. It may have been removed.")
	}
	if err != nil {
		return Card{}, err
	}
	return all[0], nil
}

// ByUIDs returns those of the cards that exist and were not deactivated, in no
// order.
func ByUIDs(tx *db.Tx, ws id.Workspace, uids []string) ([]Card, error) {
	if len(uids) == 0 {
		return nil, nil
	}
	among, arg := db.Among(tx, "uid", uids)
	return db.All(tx, scan, `SELECT `+columns+` FROM card WHERE workspace = ? AND state <> 'deactivated' AND `+among, ws, arg)
}

// Of returns a person's cards, the deactivated ones last.
func Of(tx *db.Tx, ws id.Workspace, who id.Person) ([]Card, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM card WHERE workspace = ? AND person = ?
		ORDER BY CASE state WHEN 'deactivated' THEN 1 ELSE 0 END, created_at, id`, ws, who)
}

// Save writes c back. If someone else wrote it since c was read, that is an
// errs.Conflict.
func Save(tx *db.Tx, c *Card) error {
	n, err := tx.Exec(`UPDATE card SET printed = ?, state = ?, person = NULLIF(?, ''), business = ?, valid_from = ?, valid_to = ?, version = version + 1
		WHERE workspace = ? AND id = ? AND version = ?`,
		c.Printed, c.State, c.Person, c.Business, ms(c.ValidFrom), ms(c.ValidTo), c.Workspace, c.ID, c.Version)
	if err == nil && n == 0 {
		err = errs.New(errs.Conflict, "Someone else changed this card meanwhile. Load the page again and repeat your change.")
	}
	if err == nil {
		c.Version++
	}
	return err
}

// Used notes when a card last started a session.
func Used(tx *db.Tx, ws id.Workspace, c id.Card, when time.Time) error {
	_, err := tx.Exec(`UPDATE card SET last_used_at = ? WHERE workspace = ? AND id = ? AND last_used_at < ?`, when.UnixMilli(), ws, c, when.UnixMilli())
	return err
}
