package users

import (
	"crypto/rand"
	"slices"
	"sync"
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/errs"
)

// kept holds things between a question and its answer, in memory: an uploaded
// file between preview and apply. Each has a name that nobody can guess and is
// good in its workspace alone. A restart forgets them, and so does time; then
// people are asked to begin again.
type kept[T any] struct {
	now    func() time.Time
	life   time.Duration
	most   int         // above that weight in all, the oldest go
	weight func(T) int // nil means 1 each
	gone   func(T)     // is told what is forgotten; may be nil

	mu    sync.Mutex
	items []*item[T] // the oldest first; guarded by mu
}

type item[T any] struct {
	ws     id.Workspace
	key    string
	at     time.Time
	what   T
	weight int
	users  int // who hold it now; it is not forgotten before they are through
}

// put keeps what and returns its name. What is held makes no room: when that
// leaves too little, it is an errs.Unavailable, and what is not kept.
func (k *kept[T]) put(ws id.Workspace, what T) (key string, err error) {
	it := &item[T]{ws: ws, key: rand.Text(), at: k.now(), what: what, weight: 1}
	if k.weight != nil {
		it.weight = k.weight(what)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	held := 0
	for _, other := range k.items {
		if other.users > 0 {
			held += other.weight
		}
	}
	if held > 0 && held+it.weight > k.most {
		return "", errs.New(errs.Unavailable, "The server is busy with large pieces of work. Try again in a few minutes.")
	}
	k.forget(it.at, k.most-it.weight)
	k.items = append(k.items, it)
	return it.key, nil
}

// hold returns what has that name, or an errs.Gone. It stays until release is
// called, which must be done once.
func (k *kept[T]) hold(ws id.Workspace, key string) (what T, release func(), err error) {
	now := k.now()
	k.mu.Lock()
	defer k.mu.Unlock()
	k.forget(now, k.most)
	for _, it := range k.items {
		if it.key == key && it.ws == ws && now.Sub(it.at) <= k.life {
			it.users++
			return it.what, func() {
				k.mu.Lock()
				defer k.mu.Unlock()
				it.users--
			}, nil
		}
	}
	return what, nil, errs.New(errs.Gone, "This page is no longer there: it is kept for an hour, and not over a restart of the server. What was done stands in Activity. To do more, begin again in the list.")
}

// forget drops what nobody holds: what is too old, and then the oldest until
// the weight of all is at most room. The caller holds mu.
func (k *kept[T]) forget(now time.Time, room int) {
	total := 0
	for _, it := range k.items {
		total += it.weight
	}
	k.items = slices.DeleteFunc(k.items, func(it *item[T]) bool {
		if it.users > 0 || now.Sub(it.at) <= k.life && total <= room {
			return false
		}
		total -= it.weight
		if k.gone != nil {
			k.gone(it.what)
		}
		return true
	})
}
