package admit

import (
	"context"
	"math"
	"time"

	"involt/internal/core/charge"
	"involt/internal/core/decision"
	"involt/internal/core/doubt"
	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// sight is where and when a card last began a session: whoever holds it was there.
// Only what a charger reported at once counts, by our clock: its own may be wrong.
type sight struct {
	charger hashed
	id      id.Raw // of the charger
	at      int64
}

// saw notes the start of a session.
func (w *world) saw(c *charge.Charge) {
	if c.Card == "" || c.Offline || decision.Reason(c.Reason) != decision.Allowed {
		return
	}
	card := id.RawOf(c.Card)
	if at := c.Received.UnixMilli(); at >= w.sights[card].at {
		w.sights[card] = sight{hashOf(c.Charger), id.RawOf(c.Charger), at}
	}
}

// clear forgets where a card was until a moment: its holder said that it was them.
func (w *world) clear(card id.Raw, until int64) {
	if s, ok := w.sights[card]; ok && s.at <= until {
		delete(w.sights, card)
	}
}

// forget drops what is too long ago to matter.
func (w *world) forget(now int64) {
	for card, s := range w.sights {
		if now-s.at > doubt.Within.Milliseconds() {
			delete(w.sights, card)
		}
	}
	w.pruned = now
}

// pruneEvery is how often, in milliseconds.
const pruneEvery = int64(time.Hour / time.Millisecond)

// tooFast reports that a card was elsewhere so shortly before now that nobody has
// come here meanwhile. It allocates nothing.
func (w *world) tooFast(card id.Raw, here *place, now int64) bool {
	s, ok := w.sights[card]
	if !ok || now < s.at || now-s.at > doubt.Within.Milliseconds() {
		return false
	}
	there, known := w.chargers[s.charger]
	if !known || there.location == here.location {
		return false
	}
	km, known := w.locations[there.location].where.Kilometres(w.locations[here.location].where)
	return known && doubt.TooFast(km, time.Duration(now-s.at)*time.Millisecond)
}

// loadSights reads where cards last began a session, as far as it matters.
func (w *world) loadSights(tx *db.Tx, ws id.Workspace) error {
	since := tx.Now.Add(-doubt.Within)
	list, err := charge.Since(tx, ws, since)
	if err != nil {
		return err
	}
	for i := range list {
		w.saw(&list[i])
	}
	cleared, err := doubt.Cleared(tx, ws, since, nil)
	for card, at := range cleared {
		w.clear(id.RawOf(card), at.UnixMilli())
	}
	return err
}

// Sighting is a card that was refused because it is elsewhere.
type Sighting struct {
	Workspace    id.Workspace
	Card         id.Card
	Charger      id.Charger
	At           time.Time
	FirstCharger id.Charger
	FirstAt      time.Time
	Km           int64 // between the two; -1 if not known
	Held         bool  // nobody can be in both; else it charges at the first while it is tapped at the second
}

// Holder asks the card's holder, and puts it on hold if it must be.
type Holder interface {
	Hold(ctx context.Context, s Sighting) error
}

// suspect has the holder of a card asked that was refused because it is elsewhere.
func (s *Service) suspect(a *Ask, v Verdict) {
	w := s.world(a.Workspace)
	if s.Holder == nil || w == nil {
		return
	}
	one := Sighting{Workspace: a.Workspace, Card: v.Card(), Charger: a.Charger, At: a.Now, Held: v.Reason == decision.CardDoubted}
	if !w.elsewhere(&one, v.card) {
		return
	}
	s.suspects.Add(one)
}

// elsewhere says where else a card is. It reports false if that is at the same
// location.
func (w *world) elsewhere(one *Sighting, card id.Raw) bool {
	w.mu.RLock()
	defer w.mu.RUnlock()
	here, seen := w.chargers[hashOf(one.Charger)], w.sights[card]
	if !one.Held {
		seen = sight{}
		for _, r := range w.running.Of(card) {
			place := hashOf(id.Text[id.Charger](r.Charger))
			if at := w.chargers[place]; at.location != here.location && r.Began >= seen.at {
				seen = sight{place, r.Charger, r.Began}
			}
		}
	}
	there, known := w.chargers[seen.charger]
	if !known {
		return false
	}
	one.FirstCharger, one.FirstAt, one.Km = id.Text[id.Charger](seen.id), time.UnixMilli(seen.at).UTC(), -1
	if km, known := w.locations[there.location].where.Kilometres(w.locations[here.location].where); known {
		one.Km = int64(math.Round(km))
	}
	return true
}

// hold puts those who wait on hold.
func (s *Service) hold(ctx context.Context) error { return s.suspects.Do(ctx, s.Holder.Hold) }
