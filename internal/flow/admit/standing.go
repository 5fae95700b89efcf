package admit

import (
	"time"

	"involt/internal/core/card"
	"involt/internal/core/decision"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/flow/admit/judge"
)

// Standing is a right to charge at a charger, apart from what goes on at the moment:
// what a charger may be told to rely on while it cannot ask.
type Standing struct {
	Verdict

	Hours bool  // it holds at certain hours only, or up to a budget, which chargers cannot be told
	until int64 // when it ends, as far as is known; 0 for no end
}

// Ends is when the right ends, as far as is known; zero if it does not.
func (s Standing) Ends() time.Time {
	if s.until == 0 {
		return time.Time{}
	}
	return time.UnixMilli(s.until).UTC()
}

// Standing says what right a card has at a charger, whatever it does elsewhere just
// now. It never blocks for long.
func (s *Service) Standing(ws id.Workspace, at id.Charger, token string, now time.Time) (r Standing) {
	w := s.world(ws)
	if w == nil {
		r.Reason = decision.UnknownCard
		return r
	}
	var buf [64]byte
	key, _ := card.AppendKey(buf[:0], token)
	w.mu.RLock()
	defer w.mu.RUnlock()
	uid := hash(key)
	f, c, who := w.look(uid, at, 0, now.UnixMilli())
	f.Doubted, f.CardRuns, f.UserRuns, f.Open = false, 0, 0, false
	r.Verdict = Verdict{Reason: judge.Decide(f), card: c.id, person: who, to: c.to}
	if r.Reason != decision.Allowed {
		return r
	}
	if f.Code || f.WhMost > 0 || f.BeganMost > 0 { // nobody counts tries or a budget while the charger is alone
		r.Hours = true
		return r
	}
	r.until = sooner(c.to, f.Ends)
	if f.Status != person.Active {
		r.until = sooner(r.until, f.CardsUntil)
	}
	if f.Everyone && !f.MembersOnly {
		return r
	}
	spot := w.chargers[hashOf(at)]
	until, always := w.rulesUntil(c.person, &spot, f.Now)
	r.Hours = !always
	r.until = sooner(r.until, until)
	return r
}

// sooner is the earlier of two moments, of which 0 is never.
func sooner(a, b int64) int64 {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// rulesUntil is when the last of the rules ends that let a person charge somewhere now at
// any hour, 0 for never; false if there is none.
func (w *world) rulesUntil(index int32, spot *place, now int64) (until int64, always bool) {
	for _, list := range w.rulesOf(index) {
		for i := range list {
			r := &list[i]
			if r.Place != spot.location && r.Place != spot.id && r.Place != (id.Raw{}) || r.Hours.Zone != nil || r.At(now) != judge.GrantNow {
				continue
			}
			if !always || until != 0 && (r.Until == 0 || r.Until > until) {
				until = r.Until
			}
			always = true
		}
	}
	return until, always
}
