package admit

import (
	"context"
	"strings"
	"sync"
	"time"

	"involt/internal/core/card"
	"involt/internal/core/decision"
	"involt/internal/core/id"
	"involt/internal/core/lesson"
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

// taught is what was tapped and is to be learned from.
type taught struct {
	mu   sync.Mutex // guards what follows
	list []Tap
	cars map[id.Charger][]car // refused lately
	ring chan struct{}        // has room for one
}

// car is one that was refused because nobody knows its MAC.
type car struct {
	mac  string
	evse int64 // 0 if not known
	at   time.Time
}

const (
	taughtAtMost = 1000 // taps that wait while the database is away
	carsAtMost   = 4    // of one charger: a charger that makes MACs up fills no memory
)

// teach passes on what a tap teaches: a card that the charger waits for, or whose a
// car is that was refused there a moment ago.
func (s *Service) teach(a *Ask, v Verdict) {
	if s.Pupil == nil || a.Charger == "" {
		return
	}
	switch {
	case v.lesson != (id.Raw{}):
		s.taught.add(Tap{Workspace: a.Workspace, Charger: a.Charger, At: a.Now, Lesson: id.Text[id.Lesson](v.lesson), Token: a.Token})
	case v.Reason == decision.UnknownCard:
		if uid, err := card.Canonical(a.Token); err == nil && card.KindOf(uid) == card.MAC {
			s.taught.refused(a.Charger, car{strings.TrimPrefix(uid, "VID:"), a.EVSE, a.Now})
		}
	case v.Allowed() && v.person != (id.Raw{}) && s.taught.any(a.Charger):
		if mac := s.taught.came(a, s.single(a)); mac != "" {
			s.taught.add(Tap{Workspace: a.Workspace, Charger: a.Charger, At: a.Now, MAC: mac, Person: v.Person()})
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

func (t *taught) add(one Tap) {
	t.mu.Lock()
	if len(t.list) < taughtAtMost {
		t.list = append(t.list, one)
	}
	t.mu.Unlock()
	select {
	case t.bell() <- struct{}{}:
	default:
	}
}

func (t *taught) bell() chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ring == nil {
		t.ring = make(chan struct{}, 1)
	}
	return t.ring
}

// refused notes a car that was refused.
func (t *taught) refused(at id.Charger, c car) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.cars == nil {
		t.cars = map[id.Charger][]car{}
	}
	var list []car
	for _, old := range t.cars[at] {
		if old.mac != c.mac && c.at.Sub(old.at) < lesson.Within {
			list = append(list, old)
		}
	}
	if len(list) < carsAtMost {
		list = append(list, c)
	}
	t.cars[at] = list
	for h, others := range t.cars { // those of chargers where nobody came are dropped too
		if c.at.Sub(others[len(others)-1].at) >= lesson.Within {
			delete(t.cars, h)
		}
	}
}

// any reports whether a car was refused at a charger lately.
func (t *taught) any(at id.Charger) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.cars[at]) > 0
}

// came returns the MAC of the car with which somebody has come who may charge: that of
// the only one that was refused at the same EVSE in the minute before, "" if there is
// none or more than one.
func (t *taught) came(a *Ask, single bool) (mac string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range t.cars[a.Charger] {
		since := a.Now.Sub(c.at)
		if since < 0 || since >= lesson.Within || !single && (a.EVSE == 0 || c.evse != a.EVSE) {
			continue
		}
		if mac != "" {
			return ""
		}
		mac = c.mac
	}
	return mac
}

// learn has what waits learned. What the database does not take waits on.
func (s *Service) learn(ctx context.Context) error {
	s.taught.mu.Lock()
	list := s.taught.list
	s.taught.list = nil
	s.taught.mu.Unlock()
	for i := range list {
		if err := s.Pupil.Learn(ctx, list[i]); err != nil {
			s.taught.mu.Lock()
			s.taught.list = append(list[i:], s.taught.list...)
			s.taught.mu.Unlock()
			return err
		}
	}
	return nil
}
