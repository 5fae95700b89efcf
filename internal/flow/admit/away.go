package admit

import (
	"encoding/hex"
	"time"

	"involt/internal/core/charge"
	"involt/internal/core/decision"
	"involt/internal/core/id"
	"involt/internal/core/site"
	"involt/internal/kit/errs"
)

// UsualLimit is how old the memory may be for decisions to go by it.
const UsualLimit = 24 * time.Hour

// AwaySince is since when the database had been away when the answer was given from
// what was known last; zero if it was there.
func (v Verdict) AwaySince() time.Time {
	if v.away == 0 {
		return time.Time{}
	}
	return time.UnixMilli(v.away).UTC()
}

// Speculative says that the card may charge only because the database is away, by
// what its location says of that, and how much: watt-hours.
func (v Verdict) Speculative() (yes bool, capWh int64) { return v.speculative, v.capWh }

// away reports whether the memory cannot be brought up to date, and since when.
func (s *Service) away() (since int64, away bool) {
	if s.DB == nil {
		return 0, false
	}
	at, away := s.DB.Away()
	return at.UnixMilli(), away
}

func (s *Service) limit() int64 {
	if s.Limit > 0 {
		return s.Limit.Milliseconds()
	}
	return UsualLimit.Milliseconds()
}

// meanwhile is what becomes of an answer while the database is away. A card or a
// person that was blocked stays so, whatever the location says. w must be locked.
func (s *Service) meanwhile(w *world, a *Ask, since int64, v *Verdict) {
	v.away = since
	if a.Charger == "" {
		return // about the card alone
	}
	if a.Now.UnixMilli()-s.fresh.Load() > s.limit() {
		if v.Allowed() {
			v.Reason = decision.Away
		}
		return
	}
	spot, here := w.chargers[hashOf(a.Charger)]
	if !here {
		return
	}
	l := w.locations[spot.location]
	if l.away == site.AwayClosed {
		if v.Allowed() {
			v.Reason = decision.Away
		}
		return
	}
	if lets(l.away, v.Reason) {
		v.Reason, v.speculative, v.capWh = decision.Allowed, true, l.awayCap
	}
}

// lets reports whether a location lets a card charge while the database is away that
// is refused for a reason otherwise.
func lets(a site.Away, r decision.Reason) bool {
	switch r {
	case decision.NotThisPlace, decision.NotThisTime, decision.AccountPlace:
		return a == site.AwayPrivate || a == site.AwayOpen
	case decision.UnknownCard:
		return a == site.AwayOpen
	default:
		return false
	}
}

// Began notes that a session began of which the database does not know yet, so that
// its card does not begin another one. c needs its Workspace, Charger, EVSE, TxID, Card,
// Reason and Started.
func (s *Service) Began(c charge.Charge) {
	w := s.world(c.Workspace)
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running.Began(c)
}

// Over notes that a session has ended of whose end the database does not know yet.
func (s *Service) Over(ws id.Workspace, charger id.Charger, tx string) {
	w := s.world(ws)
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running.Over(charger, tx)
}

// Door is what a charger has to show to be let in.
type Door struct {
	Charger   id.Charger
	Workspace id.Workspace
	Key       [32]byte // SHA-256 of its key
	PlainOK   bool     // may connect without TLS
	KeyOK     bool     // may connect without a certificate of its own, where others need one
	Blocked   time.Time
	Owner     string // the short name of its workspace, if another one has a charger of that name too; else ""
}

func doorOf(c *site.Charger) Door {
	d := Door{Charger: c.ID, Workspace: c.Workspace, PlainOK: c.PlainOK, KeyOK: c.KeyOK, Blocked: c.Blocked}
	if sum, err := hex.DecodeString(c.KeyHash); err == nil && len(sum) == len(d.Key) {
		copy(d.Key[:], sum)
	} // else nothing matches it
	return d
}

// Door finds a charger by the short name of its workspace and its OCPP identity, by
// what is known without the database. It is an errs.NotFound if there is none, and an
// errs.Unavailable if what is known is too old to go by.
func (s *Service) Door(slug, identity string, now time.Time) (Door, error) {
	all := s.worlds.Load()
	if all == nil || now.UnixMilli()-s.fresh.Load() > s.limit() {
		return Door{}, errs.New(errs.Unavailable, "The database does not answer, and what is known of chargers without it is too old.")
	}
	var found Door
	known, others := false, 0
	for _, w := range *all {
		w.mu.RLock()
		d, ok := w.doors[identity]
		here := ok && w.slug == slug
		w.mu.RUnlock()
		if here {
			found, known = d, true
		} else if ok {
			others++
		}
	}
	if !known {
		return Door{}, errs.New(errs.NotFound, "There is no such charger.")
	}
	if others > 0 {
		found.Owner = slug
	}
	return found, nil
}
