package admit

import (
	"context"
	"strings"
	"time"

	"involt/internal/core/card"
	"involt/internal/core/decision"
	"involt/internal/core/id"
)

// Tap is one from which something may be learned.
type Tap struct {
	Workspace id.Workspace
	Charger   id.Charger
	At        time.Time
	Lesson    id.Lesson // in which the charger waited for the card; "" for a car
	Token     string    // of a lesson: the card, as the charger spelt it
	MAC       string    // of a car that was refused: 12 hex digits
	Person    id.Person // who then charged at the same EVSE
}

// Pupil learns from taps.
type Pupil interface {
	Learn(ctx context.Context, t Tap) error
}

// teach passes on what a tap teaches: a card that the charger waits for, or whose a
// car is that was refused there a moment ago.
func (s *Service) teach(a *Ask, v Verdict) {
	if s.Pupil == nil || a.Charger == "" {
		return
	}
	switch {
	case v.lesson != (id.Raw{}):
		s.taught.Add(Tap{Workspace: a.Workspace, Charger: a.Charger, At: a.Now, Lesson: id.Text[id.Lesson](v.lesson), Token: a.Token})
	case v.Reason == decision.UnknownCard:
		if uid, err := card.Canonical(a.number()); err == nil && card.KindOf(uid) == card.MAC {
			s.cars.Note(a.Charger, strings.TrimPrefix(uid, "VID:"), a.EVSE, a.Now)
		}
	case v.Allowed() && v.person != (id.Raw{}) && s.cars.Any(a.Charger):
		if mac := s.cars.With(a.Charger, a.EVSE, s.single(a), a.Now); mac != "" {
			s.taught.Add(Tap{Workspace: a.Workspace, Charger: a.Charger, At: a.Now, MAC: mac, Person: v.Person()})
		}
	}
}

// single reports whether a charger has one EVSE only, so that it need not be named.
func (s *Service) single(a *Ask) bool {
	w := s.world(a.Workspace)
	if w == nil {
		return false
	}
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.chargers[hashOf(a.Charger)].evses == 1
}

// learn has what waits learned.
func (s *Service) learn(ctx context.Context) error { return s.taught.Do(ctx, s.Pupil.Learn) }

// number is the token with what tells a car's MAC from a card's number: OCPP 2.0.1 says
// it by the type.
func (a *Ask) number() string { return card.MACToken(a.Token, a.TokenType) }

// typed reports whether it was typed at the charger's keys, and so is no card.
func (a *Ask) typed() bool { return a.TokenType == "KeyCode" }
