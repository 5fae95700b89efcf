package app

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"involt/internal/face/ocpp"
	"involt/internal/kit/db"
)

// lookWithin is how long the database may take for one small question of a
// charger's before it counts as away.
const lookWithin = 5 * time.Second

// remembered finds a charger by what is known without the database. unknown is why it
// could not be asked.
func (c *chargers) remembered(slug, identity string, unknown error) (auth ocpp.Auth, err error) {
	now := time.Now()
	d, err := c.admit.Door(slug, identity, now)
	if err != nil {
		return auth, errors.Join(err, unknown)
	}
	auth.Ref = ocpp.Ref{Workspace: string(d.Workspace), Charger: string(d.Charger)}
	auth.KeyHash, auth.AllowPlain, auth.KeyOK, auth.Blocked = d.Key, d.PlainOK, d.KeyOK, d.Blocked
	if d.Owner != "" {
		auth.Owners = []string{d.Owner}
	}
	return auth, nil
}

// later is what chargers said of themselves while the database was away. Of each key
// only the last word counts, so that it is as many as there are chargers and
// connectors.
type later struct {
	mu      sync.Mutex // guards what follows
	count   int
	what    map[string]note
	storing bool // some that were taken are being stored
}

// note is one of them.
type note struct {
	key   string
	place int // among all, by time
	do    func(*db.Tx) error
}

func (l *later) put(key string, do func(*db.Tx) error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.add(key, do)
}

// behind puts it if something waits, or is being stored: an older word must not be
// stored behind a newer one.
func (l *later) behind(key string, do func(*db.Tx) error) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.storing && len(l.what) == 0 {
		return false
	}
	l.add(key, do)
	return true
}

// add does so. l must be locked.
func (l *later) add(key string, do func(*db.Tx) error) {
	if l.what == nil {
		l.what = map[string]note{}
	}
	l.count++
	l.what[key] = note{key, l.count, do}
}

// keep puts back what could not be stored, unless there is news by now.
func (l *later) keep(list []note) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, n := range list {
		if _, news := l.what[n.key]; !news {
			if l.what == nil {
				l.what = map[string]note{}
			}
			l.what[n.key] = n
		}
	}
}

// take returns all, the oldest first, and forgets them.
func (l *later) take() []note {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := slices.SortedFunc(maps.Values(l.what), func(a, b note) int { return a.place - b.place })
	l.what, l.storing = nil, len(list) > 0
	return list
}

// done says that what was taken is stored, or was put back.
func (l *later) done() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.storing = false
}

// run stores what chargers said of themselves once the database is back, until ctx is
// done.
func (c *chargers) run(ctx context.Context) error {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if _, failing := c.db.Failing(); failing {
			continue
		}
		list := c.later.take()
		for i, n := range list {
			within, cancel := context.WithTimeout(ctx, lookWithin)
			err := c.store(within, n.do)
			cancel()
			if errors.Is(err, db.ErrAway) || errors.Is(err, context.DeadlineExceeded) {
				c.later.keep(list[i:])
				break
			}
			if err != nil && ctx.Err() == nil {
				slog.ErrorContext(ctx, "ocpp: could not note", "what", n.key, "err", err)
			}
		}
		c.later.done()
	}
}
