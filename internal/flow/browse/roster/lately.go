package roster

import (
	"slices"
	"sync"
)

// lately is words that were searched and that many people have, with the rows that
// have them: whoever turns pages, or tries filters, asks for the same word again.
// They are kept up to date as people change.
type lately struct {
	mu   sync.Mutex // guards list; whoever takes it holds the roster's, to read or to write
	list []*learned // the one asked for last comes last
}

// learned is one word.
type learned struct {
	word wanted
	rows bits
}

// mostLearned is how many words are kept.
const mostLearned = 16

// of returns the rows that have a word, nil if it was not searched lately.
func (l *lately) of(w *wanted) bits {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, one := range l.list {
		if string(one.word.text) == string(w.text) {
			l.list = append(slices.Delete(l.list, i, i+1), one)
			return one.rows
		}
	}
	return nil
}

func (l *lately) add(one *learned) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.list) >= mostLearned {
		l.list = slices.Delete(l.list, 0, 1)
	}
	l.list = append(l.list, one)
}

// learn finds all rows that have a word and keeps them, or returns nil if that
// would take too long.
func (r *Roster) learn(w *wanted) bits {
	words := []wanted{*w}
	cost := uint64(len(r.ids))
	for _, code := range codesOf(words) {
		if rows := r.words.rows[code]; rows != nil {
			cost = min(cost, rows.GetCardinality())
		}
	}
	if cost > r.dear || r.dear == 0 {
		return nil
	}
	one := &learned{*w, slices.Clone(r.live)}
	spare := r.lend()
	r.words.candidates(one.rows, spare, words)
	giveBack(spare)
	one.rows.each(func(at uint32) bool {
		if !w.in(r.texts.all(at)) {
			one.rows.clear(at)
		}
		return true
	})
	r.lately.add(one)
	return one.rows
}

// note puts a row whose texts are new, or gone, into the words that were learned.
// The caller holds the roster's mu to write.
func (l *lately) note(at uint32, text []byte) {
	for _, one := range l.list {
		one.rows.put(at, len(text) > 0 && one.word.in(text))
	}
}

func (l *lately) grow(n int) {
	for _, one := range l.list {
		one.rows.grow(n)
	}
}
