// Package runs is the sessions that run, in memory, as decisions need them: those that
// were allowed, of cards that are known. A refused one is not there: the charger ends
// it, and its card may not be kept from charging by it.
package runs

import (
	"crypto/sha256"
	"slices"
	"time"

	"involt/internal/core/charge"
	"involt/internal/core/decision"
	"involt/internal/core/id"
)

// Runs are the sessions of one workspace.
type Runs struct {
	byCard map[id.Raw][]Session
	cardOf map[id.Raw]id.Raw // session -> card
	byTx   map[txName]id.Raw // a charger's transaction -> session
}

// Session is one that runs.
type Session struct {
	Charger id.Raw
	Began   int64 // milliseconds since 1970

	id   id.Raw
	tx   txName
	evse int64 // 0 if not known
}

// txName names a transaction of a charger.
type txName struct {
	charger id.Charger
	tx      string
}

// countsFor is how long a session counts, from its beginning: chargers lose ends,
// and nobody is locked out for ever by one that was lost.
const countsFor = int64(24 * time.Hour / time.Millisecond)

// New returns none.
func New() Runs {
	return Runs{byCard: map[id.Raw][]Session{}, cardOf: map[id.Raw]id.Raw{}, byTx: map[txName]id.Raw{}}
}

// Put adds a session, or replaces what was known of it.
func (r *Runs) Put(one id.Raw, c *charge.Charge) {
	r.Drop(one)
	tx := txName{c.Charger, c.TxID}
	if other, ok := r.byTx[tx]; ok {
		r.Drop(other) // as it was known while the database was away
	}
	if c.Status != charge.Running || c.Card == "" || decision.Reason(c.Reason) != decision.Allowed {
		return
	}
	card := id.RawOf(c.Card)
	r.cardOf[one] = card
	r.byTx[tx] = one
	r.byCard[card] = append(r.byCard[card], Session{Charger: id.RawOf(c.Charger), Began: c.Started.UnixMilli(), id: one, tx: tx, evse: c.EVSE})
}

// Began adds a session of which the database does not know yet, unless it is here.
// c needs its Charger, EVSE, TxID, Card, Reason and Started.
func (r *Runs) Began(c charge.Charge) {
	if _, known := r.byTx[txName{c.Charger, c.TxID}]; known {
		return
	}
	var made id.Raw // no session of the database has it
	sum := sha256.Sum256([]byte(string(c.Charger) + " " + c.TxID))
	copy(made[:], sum[:])
	c.Status = charge.Running
	r.Put(made, &c)
}

// Over forgets a session of whose end the database does not know yet.
func (r *Runs) Over(charger id.Charger, tx string) {
	if one, ok := r.byTx[txName{charger, tx}]; ok {
		r.Drop(one)
	}
}

// Drop forgets a session; one that is not known may be dropped too.
func (r *Runs) Drop(one id.Raw) {
	card, ok := r.cardOf[one]
	if !ok {
		return
	}
	delete(r.cardOf, one)
	rest := slices.DeleteFunc(r.byCard[card], func(s Session) bool {
		if s.id == one {
			delete(r.byTx, s.tx)
		}
		return s.id == one
	})
	if len(rest) == 0 {
		delete(r.byCard, card)
		return
	}
	r.byCard[card] = rest
}

// None reports whether no session runs.
func (r *Runs) None() bool { return len(r.byCard) == 0 }

// Of are the sessions of a card.
func (r *Runs) Of(card id.Raw) []Session { return r.byCard[card] }

// Here reports whether a session of the card runs where it is tapped; at the same
// charger, where the EVSE is not known. It allocates nothing.
func (r *Runs) Here(card, charger id.Raw, evse int64) bool {
	list := r.byCard[card]
	for i := range list {
		if list[i].at(charger, evse) {
			return true
		}
	}
	return false
}

func (s *Session) at(charger id.Raw, evse int64) bool {
	return s.Charger == charger && (evse == 0 || s.evse == 0 || s.evse == evse)
}

// Elsewhere counts the sessions of a card that run somewhere else than where it is
// tapped. Where the EVSE is not known, as in an Authorize, those at the same
// charger are no others: the tap may be meant to end one. It allocates nothing.
func (r *Runs) Elsewhere(card, charger id.Raw, evse, now int64) (n int64) {
	list := r.byCard[card]
	for i := range list {
		if !list[i].at(charger, evse) && now-list[i].Began < countsFor {
			n++
		}
	}
	return n
}
