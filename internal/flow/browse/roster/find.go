package roster

import (
	mathbits "math/bits"
	"slices"

	"involt/internal/core/id"
	"involt/internal/core/person"
)

// Filter says which people are wanted; a zero field wants all.
type Filter struct {
	Within       *Reach // nobody else is there; nil for everybody
	Status       person.Status
	Accounts     []id.Account // that one of these pays for; nil for whoever pays
	Group        id.Group
	NoGroup      bool
	Cost         string
	NeverCharged bool
	CardMissing  bool
	Place        *Place   // who may charge there
	Words        []string // of which each must be somewhere in name, address or external id; see Words
	Nothing      bool     // no words were left of what was typed: nobody but those of Also
	External     bool     // the words are looked for in the external id alone
	Also         []id.Raw // people who are found besides, whatever the words are
}

// Reach is a part of the people: those of accounts and of groups, and some by name.
type Reach struct {
	Accounts []id.Account
	Groups   []id.Group
	People   []id.Raw
}

// Place is who may charge at a location: people who are active, and
type Place struct {
	Everyone bool // all of them,
	Groups   []id.Group
	NoGroup  bool // all who are in no group
	People   []id.Raw
}

// CountTo is where counting the matches of words stops if there are many.
const CountTo = 1_000

// few is how many people words are compared with one by one to count exactly.
const few = 2 * CountTo

// tried is of about how many people it is seen whether most match.
const tried = 500

// Want says which part of a list is wanted.
type Want struct {
	Filter
	Sort  Sort
	Down  bool // the other way round
	From  *Key // where to begin, not included; nil for the beginning
	Back  bool // what is before From, else what is behind it
	Limit int
}

// Part is a part of a list.
type Part struct {
	IDs         []id.Person
	First, Last Key            // of the people in IDs
	More        bool           // there are others in the direction that was asked for
	Counts      [statuses]int  // by index in person.Statuses, under all filters but the status
	Total       int            // under all filters
	About       bool           // Total or one of Counts is where counting stopped
	Over        [statuses]bool // which of Counts it is
}

const statuses = 6

// match reports whether a row of rows matches.
func (q *question) match(at uint32) bool {
	return q.sure || all(q.words, q.r.texts.all(at)) || q.also[at]
}

// settle takes those out of b that do not match.
func (q *question) settle(b bits) {
	b.each(func(at uint32) bool {
		if !q.match(at) {
			b.clear(at)
		}
		return true
	})
}

// counts is how many people of each status match, and of which there are more.
func (q *question) counts() (n [statuses]int, over [statuses]bool) {
	switch {
	case q.all:
		return q.r.tally, over
	case q.few:
		for _, at := range q.list {
			n[q.r.status[at]]++
		}
	case q.sure:
		of := q.r.statuses
		for i, w := range q.rows {
			if w == 0 {
				continue
			}
			for s := range n {
				n[s] += mathbits.OnesCount64(w & of[s][i])
			}
		}
	default:
		for s := range n {
			n[s], over[s] = q.count(q.r.statuses[s])
		}
	}
	return n, over
}

// count is how many people of a status match where it is not sure that all of rows
// do, and whether there are more.
func (q *question) count(status bits) (n int, over bool) {
	may := q.rows.countAnd(status)
	// Where there are very many and nearly all of those looked at match, there are
	// more than are counted.
	if may > 2*CountTo && q.mostly(status, may/tried) {
		return CountTo, true
	}
	if may == 0 {
		return 0, false
	}
	q.inBoth(status, func(at uint32) bool {
		if q.match(at) {
			n++
		}
		return n <= CountTo
	})
	if n > CountTo {
		return CountTo, true
	}
	return n, false
}

// mostly reports whether nine in ten match, going by a few of them: those in every
// so many words of bits.
func (q *question) mostly(status bits, every int) bool {
	looked, match := 0, 0
	for i := 0; i < len(q.rows); i += every | 1 {
		for w := q.rows[i] & status[i]; w != 0; w &= w - 1 {
			looked++
			if q.match(uint32(i<<6 + mathbits.TrailingZeros64(w))) { //nolint:gosec // a row
				match++
			}
		}
	}
	return looked > tried/2 && match*10 > looked*9
}

// inBoth calls f with the rows that may match and have a status, until it returns
// false.
func (q *question) inBoth(status bits, f func(uint32) bool) {
	for i, w := range q.rows {
		for w &= status[i]; w != 0; w &= w - 1 {
			if !f(uint32(i<<6 + mathbits.TrailingZeros64(w))) { //nolint:gosec // a row
				return
			}
		}
	}
}

// Part returns a part of a list.
func (r *Roster) Part(w *Want) (p Part) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	q := r.ask(&w.Filter)
	defer q.end()
	p.Counts, p.Over = q.counts()
	for i := range p.Counts {
		if w.Status == "" || w.Status == person.Statuses[i] {
			p.Total += p.Counts[i]
			p.About = p.About || p.Over[i]
		}
	}
	if w.Status != "" {
		q.of(w.Status)
	}
	list := q.next(w, &p)
	if p.More = len(list) > w.Limit; p.More {
		list = list[:w.Limit]
	}
	if w.Back {
		slices.Reverse(list)
	}
	for _, at := range list {
		p.IDs = append(p.IDs, id.Text[id.Person](r.ids[at]))
	}
	if n := len(list); n > 0 {
		p.First, p.Last = r.key(w.Sort, list[0]), r.key(w.Sort, list[n-1])
	}
	return p
}

// of narrows the question down to a status.
func (q *question) of(s person.Status) {
	i := slices.Index(person.Statuses, s)
	switch {
	case i < 0:
		q.list, q.few = nil, true
	case q.few:
		q.list = slices.DeleteFunc(q.list, func(at uint32) bool { return int(q.r.status[at]) != i })
	case q.all:
		q.rows, q.all = q.r.statuses[i], false
	case len(q.lent) == 0:
		b := q.borrow()
		copy(b, q.rows)
		b.and(q.r.statuses[i])
		q.rows = b
	default:
		q.rows.and(q.r.statuses[i])
	}
}

// next returns the next rows in the order that is wanted, and one more if there
// is one. p has the counts already.
func (q *question) next(w *Want, p *Part) (list []uint32) {
	r, o := q.r, &q.r.orders[w.Sort]
	down := w.Down != w.Back
	var against func(uint32) int
	if w.From != nil {
		against = r.against(w.Sort, *w.From)
	}
	n := p.Total // who matches, or where some counting stopped
	if n == 0 {
		return nil
	}
	if q.few || q.sure && q.soon(n, w.Limit) {
		return q.collect(w, against, down)
	}
	c, i := 0, 0
	if down {
		c = len(o.chunks)
	}
	if against != nil {
		c, i = o.seek(against)
		if !down && c < len(o.chunks) && i < len(o.chunks[c]) && against(o.chunks[c][i]) == 0 {
			i++
		}
	}
	// Of many that match the next ones are near: the whole list is walked, at most a
	// few times as far as looking at each of them would take.
	steps := len(r.ids) + 1
	if q.sure {
		steps = max(2048, 4*n)
	}
	o.walk(c, i, down, func(at uint32) bool {
		if q.rows.has(at) && q.match(at) {
			list = append(list, at)
		}
		steps--
		return len(list) <= w.Limit && steps > 0
	})
	if len(list) > w.Limit || steps > 0 {
		return list
	}
	return q.collect(w, against, down)
}

// soon reports whether looking at all n that match takes less than walking the order
// until the page is full would, if they are spread evenly. Looking at one costs about
// as much as four steps.
func (q *question) soon(n, limit int) bool {
	return n <= 2*limit || 4*n < len(q.r.ids)/n*limit
}

// collect finds the next rows among those that match, however far apart they are
// in the order.
func (q *question) collect(w *Want, against func(uint32) int, down bool) (list []uint32) {
	compare := q.r.compare(w.Sort)
	sign := 1
	if down {
		sign = -1
	}
	q.each(func(at uint32) bool {
		if against != nil && sign*against(at) <= 0 {
			return true
		}
		if len(list) > w.Limit {
			if sign*compare(at, list[w.Limit]) >= 0 {
				return true
			}
			list = list[:w.Limit]
		}
		i, _ := slices.BinarySearchFunc(list, at, func(a, b uint32) int { return sign * compare(a, b) })
		list = slices.Insert(list, i, at)
		return true
	})
	return list
}

// each calls f with every row that is left, until f returns false.
func (q *question) each(f func(uint32) bool) {
	if !q.few {
		q.rows.each(f)
		return
	}
	for _, at := range q.list {
		if !f(at) {
			return
		}
	}
}

// All returns everybody who matches, by id.
func (r *Roster) All(f *Filter) []id.Person {
	r.mu.RLock()
	defer r.mu.RUnlock()
	q := r.ask(f)
	defer q.end()
	if f.Status != "" {
		q.of(f.Status)
	}
	if !q.sure {
		q.settle(q.rows) // which are lent: there are words
	}
	var list []id.Person
	q.each(func(at uint32) bool {
		list = append(list, id.Text[id.Person](r.ids[at]))
		return true
	})
	if !slices.IsSorted(list) {
		slices.Sort(list)
	}
	return list
}

// Len is how many people there are.
func (r *Roster) Len() int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.find.n
}
