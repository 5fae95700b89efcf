// Package cars remembers for a minute which cars were refused at which charger because
// nobody knows their MAC, and finds the one with which somebody has come (Autocharge).
package cars

import (
	"sync"
	"time"

	"involt/internal/core/id"
	"involt/internal/core/lesson"
)

// Most is how many are remembered of one charger: one that makes MACs up fills no memory.
const Most = 4

// Refused is what was refused lately. Its zero value is empty.
type Refused struct {
	mu sync.Mutex // guards at
	at map[id.Charger][]car
}

type car struct {
	mac  string
	evse int64 // 0 if not known
	at   time.Time
}

// Note notes a car that was refused.
func (r *Refused) Note(charger id.Charger, mac string, evse int64, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.at == nil {
		r.at = map[id.Charger][]car{}
	}
	var list []car
	for _, old := range r.at[charger] {
		if old.mac != mac && now.Sub(old.at) < lesson.Within {
			list = append(list, old)
		}
	}
	if len(list) < Most {
		list = append(list, car{mac, evse, now})
	}
	r.at[charger] = list
	for other, list := range r.at { // those of chargers where nobody came are dropped too
		if now.Sub(list[len(list)-1].at) >= lesson.Within {
			delete(r.at, other)
		}
	}
}

// Any reports whether one was refused at a charger lately.
func (r *Refused) Any(charger id.Charger) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.at[charger]) > 0
}

// With returns the MAC of the car with which somebody has come who may charge: that of
// the only one that was refused at the same EVSE in the minute before, "" if there is
// none or more than one. A charger with a single EVSE need not name it.
func (r *Refused) With(charger id.Charger, evse int64, single bool, now time.Time) (mac string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.at[charger] {
		since := now.Sub(c.at)
		if since < 0 || since >= lesson.Within || !single && (evse == 0 || c.evse != evse) {
			continue
		}
		if mac != "" {
			return ""
		}
		mac = c.mac
	}
	return mac
}
