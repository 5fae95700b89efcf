// Package waiting is what decisions leave to be done behind them, in the order in which
// it came: nothing may be written before an answer.
package waiting

import (
	"context"
	"sync"
)

// Most bounds how much waits while the database is away; what comes then is lost.
const Most = 1000

// List is what waits. Its zero value is empty.
type List[T any] struct {
	mu   sync.Mutex // guards what follows
	all  []T
	ring chan struct{} // has room for one
}

// Add adds one and rings.
func (l *List[T]) Add(one T) {
	l.mu.Lock()
	if len(l.all) < Most {
		l.all = append(l.all, one)
	}
	l.mu.Unlock()
	select {
	case l.Bell() <- struct{}{}:
	default:
	}
}

// Bell rings when something was added.
func (l *List[T]) Bell() chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ring == nil {
		l.ring = make(chan struct{}, 1)
	}
	return l.ring
}

// Do does something with each. At the first error that one and those behind it wait on.
func (l *List[T]) Do(ctx context.Context, do func(context.Context, T) error) error {
	l.mu.Lock()
	list := l.all
	l.all = nil
	l.mu.Unlock()
	for i := range list {
		if err := do(ctx, list[i]); err != nil {
			l.mu.Lock()
			l.all = append(list[i:], l.all...)
			l.mu.Unlock()
			return err
		}
	}
	return nil
}
