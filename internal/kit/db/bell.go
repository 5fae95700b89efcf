package db

import "sync"

// bell wakes those who wait for a topic. A ring while nobody looks is
// remembered once; many rings are one.
type bell struct {
	mu    sync.Mutex // guards wards
	wards map[string]map[chan struct{}]bool
}

// Watch returns a channel that gets a value after a transaction that notified
// topic has committed, here or on another replica, and a function that ends it.
// A value says that it is worth looking; a missing one proves nothing, so
// whoever waits must also look from time to time.
func (d *DB) Watch(topic string) (<-chan struct{}, func()) {
	c := make(chan struct{}, 1)
	b := &d.bell
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.wards[topic] == nil {
		b.wards[topic] = map[chan struct{}]bool{}
	}
	b.wards[topic][c] = true
	return c, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.wards[topic], c)
	}
}

func (b *bell) ring(topic string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for c := range b.wards[topic] {
		select {
		case c <- struct{}{}:
		default: // it has a ring waiting already
		}
	}
}
