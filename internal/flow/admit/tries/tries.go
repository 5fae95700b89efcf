// Package tries counts wrong codes that were typed at chargers. A code has eight digits:
// whoever may try as often as they like finds one. It is kept in memory, on the server
// that holds the charger's connection; a restart forgets it.
package tries

import (
	"sync"
	"time"

	"involt/internal/core/id"
)

// A charger at which so many wrong codes were typed within so long takes no code until
// the first of them is that long ago.
const (
	Most   = 5
	Within = time.Hour
)

// Wrong is when wrong codes were typed. Its zero value is empty.
type Wrong struct {
	mu sync.Mutex // guards at
	at map[id.Charger][]int64
}

// Note notes a wrong code. Of more than matter the newest are kept.
func (w *Wrong) Note(c id.Charger, now int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.at == nil {
		w.at = map[id.Charger][]int64{}
	}
	list := append(w.at[c], now)
	w.at[c] = list[max(0, len(list)-Most):]
	for other, list := range w.at {
		if now-list[len(list)-1] > Within.Milliseconds() {
			delete(w.at, other)
		}
	}
}

// TooOften reports whether a charger takes no code at a moment.
func (w *Wrong) TooOften(c id.Charger, now int64) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := w.at[c]
	return len(list) == Most && now-list[0] < Within.Milliseconds()
}
