// Package once holds a secret between the request that made it and the page that
// shows it: a key of which the database keeps a fingerprint only.
//
// The page has an address of its own, so that loading it again does not make
// another secret. The address holds a random name and never the secret. Slots are
// in memory: a restart forgets them.
package once

import (
	"crypto/rand"
	"slices"
	"sync"
	"time"
)

const (
	life = 5 * time.Minute // how long a secret is shown
	most = 1000            // more than that many, and the oldest goes
)

// Slots hold secrets for a few minutes. They may be used from many goroutines.
type Slots struct {
	now func() time.Time

	mu    sync.Mutex
	slots []slot // the oldest first; guarded by mu
}

type slot struct {
	key, of, secret string
	at              time.Time
}

// New returns empty slots that tell the time by now.
func New(now func() time.Time) *Slots { return &Slots{now: now} }

// Put keeps a secret and returns the name of its slot, which nobody can guess.
// of says whose it is and what it belongs to: without it the slot is not found.
func (s *Slots) Put(of, secret string) (key string) {
	key = rand.Text()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweep()
	if len(s.slots) >= most {
		s.slots = slices.Delete(s.slots, 0, len(s.slots)-most+1)
	}
	s.slots = append(s.slots, slot{key, of, secret, s.now()})
	return key
}

// Get returns the secret in a slot; ok is false if it is not there, or no longer.
func (s *Slots) Get(of, key string) (secret string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweep()
	if i := s.find(of, key); i >= 0 {
		return s.slots[i].secret, true
	}
	return "", false
}

// Drop forgets a secret before its time.
func (s *Slots) Drop(of, key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := s.find(of, key); i >= 0 {
		s.slots = slices.Delete(s.slots, i, i+1)
	}
}

func (s *Slots) find(of, key string) int {
	return slices.IndexFunc(s.slots, func(one slot) bool { return one.key == key && one.of == of })
}

// sweep forgets what is too old, so that no secret stays in memory for long.
func (s *Slots) sweep() {
	now := s.now()
	s.slots = slices.DeleteFunc(s.slots, func(one slot) bool { return now.Sub(one.at) > life })
}
