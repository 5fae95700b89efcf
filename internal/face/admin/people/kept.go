package people

import (
	"crypto/rand"
	"sync"
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/errs"
)

// kept holds things between a question and its answer, in memory: what was
// selected for bulk work, an uploaded file between preview and apply. Each has
// a name that nobody can guess and is good in its workspace alone. A restart
// forgets them, and so does time; then people are asked to begin again.
type kept[T any] struct {
	now  func() time.Time
	life time.Duration
	most int     // more than that many, and the oldest goes
	gone func(T) // is told what is forgotten; may be nil

	mu    sync.Mutex
	items []item[T] // the oldest first; guarded by mu
}

type item[T any] struct {
	ws   id.Workspace
	key  string
	at   time.Time
	what T
}

// put keeps what and returns its name.
func (k *kept[T]) put(ws id.Workspace, what T) string {
	key := rand.Text()
	now := k.now()
	k.mu.Lock()
	defer k.mu.Unlock()
	for len(k.items) > 0 && (len(k.items) >= k.most || now.Sub(k.items[0].at) > k.life) {
		if k.gone != nil {
			k.gone(k.items[0].what)
		}
		k.items = k.items[1:]
	}
	k.items = append(k.items, item[T]{ws, key, now, what})
	return key
}

// get returns what has that name, or an errs.Gone.
func (k *kept[T]) get(ws id.Workspace, key string) (what T, err error) {
	now := k.now()
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, it := range k.items {
		if it.key == key && it.ws == ws && now.Sub(it.at) <= k.life {
			return it.what, nil
		}
	}
	return what, errs.New(errs.Gone, "This page is no longer there: it is kept for an hour, and not over a restart of the server. What was done stands in Activity. To do more, begin again in the list.")
}
