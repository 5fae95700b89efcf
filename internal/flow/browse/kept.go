package browse

import (
	"sync"
	"time"

	"involt/internal/kit/db"
)

// kept are sums that were made before and may be shown again. A sum over many
// rows is made at most once per ten seconds for each 100,000 of them, whoever
// looks and however often, so that pictures never cost more than a few hundredths
// of what there is; over fewer than 20,000 it is made each time and is exact.
type kept struct {
	mu   sync.Mutex // guards sums
	sums map[string]*sum
}

type sum struct {
	of   any
	at   time.Time // by tx.Now
	rows int64
	busy bool // somebody makes it anew
}

const (
	exactTo      = 20_000
	rowsASecond  = 10_000
	mostKeptSums = 10_000 // workspaces times pictures; beyond it everything is forgotten once
)

func (s *sum) good(now time.Time) bool {
	return s.rows > exactTo && now.Sub(s.at) < time.Duration(s.rows/rowsASecond)*time.Second
}

// keep returns the sum of a name as it is kept, or makes it. from returns it
// with the number of rows it was made of. at is when it was so.
func keep[T any](k *kept, tx *db.Tx, name string, from func() (of T, rows int64, err error)) (of T, at time.Time, err error) {
	k.mu.Lock()
	old := k.sums[name]
	if old != nil && (old.good(tx.Now) || old.busy && old.rows > exactTo) {
		k.mu.Unlock()
		return old.of.(T), old.at, nil //nolint:forcetypeassert,errcheck // one name, one type
	}
	if old != nil {
		old.busy = true
	}
	k.mu.Unlock()

	of, rows, err := from()

	k.mu.Lock()
	defer k.mu.Unlock()
	if old != nil {
		old.busy = false
	}
	if err != nil {
		return of, tx.Now, err
	}
	if k.sums == nil || len(k.sums) >= mostKeptSums {
		k.sums = map[string]*sum{}
	}
	if rows > exactTo {
		k.sums[name] = &sum{of: of, at: tx.Now, rows: rows}
	} else {
		delete(k.sums, name)
	}
	return of, tx.Now, nil
}
