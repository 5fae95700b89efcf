// Package locallist is what is known of the lists of cards that chargers let charge
// by themselves while they are offline (OCPP 1.6 §3.5.2, 2.0.1 part 2 block D): whether a charger
// has one, how much it holds, and what it has confirmed to hold, entry by entry.
//
// Nothing is written here before the charger has said yes: what is on its way is what
// the list should be ([Diff]), less what it is.
package locallist

import (
	"slices"
	"strings"
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Mode says whether one charger holds a list.
type Mode string

// The modes.
const (
	Usual Mode = "" // as the workspace says
	On    Mode = "on"
	Off   Mode = "off"
)

// Support is what a charger says of lists.
type Support string

// What it may say.
const (
	Unasked     Support = ""
	Supported   Support = "yes"
	Unsupported Support = "no"
	SwitchedOff Support = "off" // it has one, and a setting of its own says not to use it
)

// List is what is known of the list of one charger.
type List struct {
	Workspace  id.Workspace
	Charger    id.Charger
	Mode       Mode
	Support    Support
	Size       int64     // how many entries it holds; 0 if it did not say
	PerMessage int64     // how many it takes at once; 0 if it did not say
	Asked      time.Time // when it was asked for these; zero if never
	Version    int64     // as it last confirmed; 0 if it was never sent a list
	Known      bool      // the entries are what it holds
	Link       string    // the connection by which it last confirmed its version
	Confirmed  time.Time // zero if never
	Trouble    string    // why the last try failed; "" if it did not
	Tried      time.Time
}

// Wanted reports whether the charger is to hold a list, in a workspace that usually
// has them or not.
func (l *List) Wanted(usual bool) bool { return l.Mode == On || l.Mode == Usual && usual }

// The sizes of chargers that do not say theirs, those of a common firmware; and what is
// believed of those that say absurd ones.
const (
	usualSize, usualPerMessage = 48, 48
	mostSize, mostPerMessage   = 10_000, 500
)

// Room is how many entries fit.
func (l *List) Room() int { return sized(l.Size, usualSize, mostSize) }

// AtOnce is how many entries fit into one message.
func (l *List) AtOnce() int { return sized(l.PerMessage, usualPerMessage, mostPerMessage) }

func sized(said, usual, most int64) int {
	if said <= 0 {
		said = usual
	}
	return int(min(said, most))
}

// Entry is one card of a list.
type Entry struct {
	Token     string // the card as the charger spells it
	TokenType string // as OCPP 2.0.1 names it; "" in 1.6
	Card      id.Card
	Parent    string // an id that the holder's cards share; "" for none
	Expires   time.Time
}

// same reports whether a charger that holds e need not be told of o.
func (e *Entry) same(o *Entry) bool {
	return e.Token == o.Token && e.TokenType == o.TokenType && e.Card == o.Card && e.Parent == o.Parent && e.Expires.Equal(o.Expires)
}

// Diff is how a list becomes what it should be: what leaves it, and what is put into it
// or changes there, the latter in the order of should.
func Diff(is, should []Entry) (drop, put []Entry) {
	have := make(map[string]*Entry, len(is))
	for i := range is {
		have[is[i].Token] = &is[i]
	}
	stays := make(map[string]bool, len(should))
	for i := range should {
		e := &should[i]
		if stays[e.Token] {
			continue
		}
		stays[e.Token] = true
		if old := have[e.Token]; old == nil || !old.same(e) {
			put = append(put, *e)
		}
	}
	for i := range is {
		if !stays[is[i].Token] {
			drop = append(drop, is[i])
		}
	}
	return drop, put
}

// Chunk is what of a difference fits into one message: what leaves the list first, so that
// there is room, and that nobody waits to be kept out. A card that is spelt anew is put in by a later
// message than the one that takes it out: some chargers compare without case.
func Chunk(drop, put []Entry, atOnce int) (d, p []Entry) {
	d = drop[:min(len(drop), atOnce)]
	for i := range put {
		if len(d)+len(p) >= atOnce {
			break
		}
		if !slices.ContainsFunc(drop, func(e Entry) bool { return strings.EqualFold(e.Token, put[i].Token) }) {
			p = append(p, put[i])
		}
	}
	return d, p
}

const columns = `workspace, charger, mode, support, size, per_message, asked_at, version, known, link, confirmed_at, trouble, tried_at`

func scan(row db.Scanner) (l List, err error) {
	var asked, confirmed, tried int64
	err = row.Scan(&l.Workspace, &l.Charger, &l.Mode, &l.Support, &l.Size, &l.PerMessage, &asked, &l.Version, &l.Known, &l.Link, &confirmed, &l.Trouble, &tried)
	l.Asked, l.Confirmed, l.Tried = when(asked), when(confirmed), when(tried)
	return l, err
}

func when(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

func ms(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// Of returns what is known of a charger's list: nothing yet, if there is no row.
func Of(tx *db.Tx, ws id.Workspace, charger id.Charger) (List, error) {
	all, err := db.All(tx, scan, `SELECT `+columns+` FROM local_list WHERE workspace = ? AND charger = ?`, ws, charger)
	if err != nil || len(all) == 0 {
		return List{Workspace: ws, Charger: charger}, err
	}
	return all[0], nil
}

// Save writes down what is known of a list.
func Save(tx *db.Tx, l *List) error {
	_, err := tx.Exec(`INSERT INTO local_list (`+columns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (workspace, charger) DO UPDATE SET support = excluded.support, size = excluded.size, per_message = excluded.per_message,
			asked_at = excluded.asked_at, version = excluded.version, known = excluded.known, link = excluded.link, confirmed_at = excluded.confirmed_at,
			trouble = excluded.trouble, tried_at = excluded.tried_at`,
		l.Workspace, l.Charger, l.Mode, l.Support, l.Size, l.PerMessage, ms(l.Asked), l.Version, l.Known, l.Link, ms(l.Confirmed), l.Trouble, ms(l.Tried))
	return err
}

// SetMode says whether a charger is to hold a list. It reports false if it was so.
func SetMode(tx *db.Tx, ws id.Workspace, charger id.Charger, m Mode) (bool, error) {
	if m != Usual && m != On && m != Off {
		return false, errs.AtField("mode", "Choose whether this charger holds a local list.")
	}
	l, err := Of(tx, ws, charger)
	if err != nil || l.Mode == m {
		return false, err
	}
	_, err = tx.Exec(`INSERT INTO local_list (`+columns+`) VALUES (?, ?, ?, '', 0, 0, 0, 0, FALSE, '', 0, '', 0)
		ON CONFLICT (workspace, charger) DO UPDATE SET mode = excluded.mode`, ws, charger, m)
	return true, err
}

// Entries returns what a charger has confirmed to hold, by token.
func Entries(tx *db.Tx, ws id.Workspace, charger id.Charger) ([]Entry, error) {
	return db.All(tx, func(row db.Scanner) (e Entry, err error) {
		var expires int64
		err = row.Scan(&e.Token, &e.TokenType, &e.Card, &e.Parent, &expires)
		e.Expires = when(expires)
		return e, err
	}, `SELECT token, token_type, card, parent, expires_at FROM local_list_entry WHERE workspace = ? AND charger = ? ORDER BY token`, ws, charger)
}

// Apply writes down what a charger has confirmed: l with its version, that it let go of
// some entries, and that it took others; of all it had if whole.
func Apply(tx *db.Tx, l *List, whole bool, drop, put []Entry) error {
	if err := Save(tx, l); err != nil {
		return err
	}
	if whole {
		if err := Forget(tx, l.Workspace, l.Charger); err != nil {
			return err
		}
	}
	gone := make([][]any, len(drop))
	for i := range drop {
		gone[i] = []any{l.Workspace, l.Charger, drop[i].Token}
	}
	if _, err := tx.ExecEach(`DELETE FROM local_list_entry WHERE workspace = ? AND charger = ? AND token = ?`, gone); err != nil {
		return err
	}
	taken := make([][]any, len(put))
	for i := range put {
		e := &put[i]
		taken[i] = []any{l.Workspace, l.Charger, e.Token, e.TokenType, e.Card, e.Parent, ms(e.Expires)}
	}
	_, err := tx.ExecEach(`INSERT INTO local_list_entry (workspace, charger, token, token_type, card, parent, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (workspace, charger, token) DO UPDATE SET token_type = excluded.token_type, card = excluded.card, parent = excluded.parent, expires_at = excluded.expires_at`, taken)
	return err
}

// Forget drops what was known of a list's entries.
func Forget(tx *db.Tx, ws id.Workspace, charger id.Charger) error {
	_, err := tx.Exec(`DELETE FROM local_list_entry WHERE workspace = ? AND charger = ?`, ws, charger)
	return err
}

// Holding is a card in the list of a charger.
type Holding struct {
	Charger id.Charger
	Card    id.Card
}

// HoldersOf lists the chargers whose lists hold cards, as far as is known.
func HoldersOf(tx *db.Tx, ws id.Workspace, cards []id.Card) ([]Holding, error) {
	return db.All(tx, func(row db.Scanner) (h Holding, err error) {
		err = row.Scan(&h.Charger, &h.Card)
		return h, err
	}, `SELECT charger, card FROM local_list_entry WHERE workspace = ? AND card IN `+db.In(len(cards))+` ORDER BY card, charger`, db.Args(cards, any(ws))...)
}

// Erase takes the cards of people who are erased out of what is known. Their chargers
// are to be sent a whole list, which holds them no more. It comes before the cards are
// erased.
func Erase(tx *db.Tx, ws id.Workspace, people []id.Person) error {
	theirs := `card IN (SELECT id FROM card WHERE workspace = ? AND person IN ` + db.In(len(people)) + `)`
	if _, err := tx.Exec(`UPDATE local_list SET known = FALSE WHERE workspace = ? AND charger IN (SELECT charger FROM local_list_entry WHERE workspace = ? AND `+theirs+`)`,
		db.Args(people, any(ws), ws, ws)...); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM local_list_entry WHERE workspace = ? AND `+theirs, db.Args(people, any(ws), ws)...)
	return err
}

// Some reports whether a workspace has anything to do with lists: whether chargers are to
// hold them, or still do.
func Some(tx *db.Tx, ws id.Workspace) (yes bool, err error) {
	err = tx.Row(`SELECT EXISTS (SELECT 1 FROM workspace WHERE id = ? AND local_lists)
		OR EXISTS (SELECT 1 FROM local_list WHERE workspace = ? AND (mode = 'on' OR version > 0))`, []any{ws, ws}, &yes)
	return yes, err
}
