package admit

import (
	"slices"
	"time"

	"involt/internal/core/charge"
	"involt/internal/core/decision"
	"involt/internal/core/id"
	"involt/internal/flow/admit/judge"
	"involt/internal/kit/db"
)

// running is the sessions that count when a card wants to begin another one:
// those that were allowed, of cards that are known. A refused one is not there:
// the charger ends it, and its card may not be kept from charging by it.
type running struct {
	byCard map[id.Raw][]session
	cardOf map[id.Raw]id.Raw // session -> card
	byTx   map[hashed]id.Raw // a charger's transaction -> session
}

type session struct {
	id      id.Raw
	charger id.Raw
	place   hashed // of the charger
	tx      hashed // the transaction
	evse    int64  // 0 if not known
	began   int64
}

// txOf names a transaction of a charger.
func txOf(charger id.Charger, tx string) hashed { return hash([]byte(string(charger) + " " + tx)) }

// countsFor is how long a session counts, from its beginning: chargers lose ends,
// and nobody is locked out for ever by one that was lost.
const countsFor = int64(24 * time.Hour / time.Millisecond)

func newRunning() running {
	return running{byCard: map[id.Raw][]session{}, cardOf: map[id.Raw]id.Raw{}, byTx: map[hashed]id.Raw{}}
}

// put adds a session, or replaces what was known of it.
func (r *running) put(one id.Raw, c *charge.Charge) {
	r.drop(one)
	tx := txOf(c.Charger, c.TxID)
	if other, ok := r.byTx[tx]; ok {
		r.drop(other) // as it was known while the database was away
	}
	if c.Status != charge.Running || c.Card == "" || decision.Reason(c.Reason) != decision.Allowed {
		return
	}
	card := id.RawOf(c.Card)
	r.cardOf[one] = card
	r.byTx[tx] = one
	r.byCard[card] = append(r.byCard[card], session{one, id.RawOf(c.Charger), hashOf(c.Charger), tx, c.EVSE, c.Started.UnixMilli()})
}

// drop forgets a session; one that is not known may be dropped too.
func (r *running) drop(one id.Raw) {
	card, ok := r.cardOf[one]
	if !ok {
		return
	}
	delete(r.cardOf, one)
	rest := slices.DeleteFunc(r.byCard[card], func(s session) bool {
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

// elsewhere counts the sessions of a card that run somewhere else than where it is
// tapped. Where the EVSE is not known, as in an Authorize, those at the same
// charger are no others: the tap may be meant to end one. It allocates nothing.
func (r *running) elsewhere(card, charger id.Raw, evse, now int64) (n int64) {
	list := r.byCard[card]
	for i := range list {
		s := &list[i]
		here := s.charger == charger && (evse == 0 || s.evse == 0 || s.evse == evse)
		if !here && now-s.began < countsFor {
			n++
		}
	}
	return n
}

// lookAtSessions gathers the facts about sessions that run while the card at a
// place in cards is tapped. It allocates nothing.
func (w *world) lookAtSessions(f *judge.Facts, at int32, charger id.Raw, evse int64) {
	f.CardMost, f.UserMost = w.cardMost, w.userMost
	if len(w.running.byCard) == 0 || f.CardMost == 0 && f.UserMost == 0 {
		return
	}
	c := &w.cards[at]
	f.CardRuns = w.running.elsewhere(c.id, charger, evse, f.Now)
	if f.UserMost == 0 || c.person == none {
		return
	}
	for other := w.people[c.person].first; other != none; other = w.cards[other].next {
		f.UserRuns += w.running.elsewhere(w.cards[other].id, charger, evse, f.Now)
	}
}

// loadRunning reads the sessions that run.
func (w *world) loadRunning(tx *db.Tx, ws id.Workspace) error {
	list, err := charge.AllRunning(tx, ws)
	for i := range list {
		w.running.put(id.RawOf(list[i].ID), &list[i])
	}
	return err
}
