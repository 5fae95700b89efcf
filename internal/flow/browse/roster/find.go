package roster

import (
	mathbits "math/bits"
	"slices"

	"involt/internal/core/id"
	"involt/internal/core/person"

	"github.com/RoaringBitmap/roaring/v2"
)

// Filter says which people are wanted; a zero field wants all.
type Filter struct {
	Within       *Reach // nobody else is there; nil for everybody
	Status       person.Status
	Account      id.Account
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
const CountTo = 10_000

// few is how many people words are compared with one by one to count exactly.
const few = CountTo

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

// question is a filter while it is answered.
type question struct {
	r     *Roster
	f     *Filter
	rows  bits // under all filters but the status; those that words may find
	words []wanted
	also  map[uint32]bool
	sure  bool // all of rows match
}

// ask narrows the roster down to those who match all filters but the status.
// The caller holds mu, and gives rows back.
func (r *Roster) ask(f *Filter) *question {
	q := &question{r: r, f: f, rows: r.lend(), sure: true}
	copy(q.rows, r.live)
	spare := r.lend()
	defer giveBack(spare)
	only := func(b *roaring.Bitmap) {
		clear(spare)
		spare.spread(b)
		q.rows.and(spare)
	}
	if f.Within != nil {
		r.within(f.Within, spare)
		q.rows.and(spare)
	}
	if f.Account != "" {
		only(r.payers[r.payerOf[f.Account]]) // that of no one is nil
	}
	if f.Group != "" {
		i, ok := r.groupOf[f.Group]
		if !ok {
			clear(q.rows)
			return q
		}
		only(r.groups[i])
	}
	if f.NoGroup {
		q.rows.and(r.groupless)
	}
	if f.Cost != "" {
		only(r.costs[r.costOf[f.Cost]]) // that of no one is nil
	}
	if f.NeverCharged {
		q.rows.and(r.never)
	}
	if f.CardMissing {
		q.rows.and(r.cardless)
	}
	if f.Place != nil {
		r.near(f.Place, spare)
		q.rows.and(spare)
	}
	if len(f.Words) > 0 || f.Nothing {
		q.search(spare)
	}
	return q
}

// within makes of b the people of a reach.
func (r *Roster) within(in *Reach, b bits) {
	clear(b)
	mark := func(at uint32) bool { b.set(at); return true }
	for _, a := range in.Accounts {
		if i := r.payerOf[a]; i > 0 {
			r.payers[i].Iterate(mark)
		}
	}
	for _, g := range in.Groups {
		if i, ok := r.groupOf[g]; ok {
			r.groups[i].Iterate(mark)
		}
	}
	for _, who := range in.People {
		if at, ok := r.find.get(r.ids, who); ok {
			b.set(at)
		}
	}
}

// near makes of b the people who may charge at a place.
func (r *Roster) near(p *Place, b bits) {
	active := r.statuses[slices.Index(person.Statuses, person.Active)]
	if p.Everyone {
		copy(b, active)
		return
	}
	clear(b)
	for _, g := range p.Groups {
		if i, ok := r.groupOf[g]; ok {
			r.groups[i].Iterate(func(at uint32) bool { b.set(at); return true })
		}
	}
	if p.NoGroup {
		r.groupless.each(func(at uint32) bool { b.set(at); return true })
	}
	for _, who := range p.People {
		if at, ok := r.find.get(r.ids, who); ok {
			b.set(at)
		}
	}
	b.and(active)
}

// search narrows rows down to those that may have the words.
func (q *question) search(spare bits) {
	r := q.r
	q.words = wantedOf(q.f.Words)
	q.also = make(map[uint32]bool, len(q.f.Also))
	for _, who := range q.f.Also {
		if at, ok := r.find.get(r.ids, who); ok && q.rows.has(at) {
			q.also[at] = true
		}
	}
	switch {
	case q.f.Nothing:
		clear(q.rows)
	case q.f.External:
		// All external ids are looked through, and nothing else: what somebody may
		// not see has no part in what is found, nor in how long it takes.
		r.live.each(func(at uint32) bool {
			if !all(q.words, r.texts.external(at)) {
				q.rows.clear(at)
			}
			return true
		})
	default:
		q.sure = len(q.words) == 1 && q.words[0].plain()
		r.words.candidates(q.rows, spare, q.words)
	}
	for at := range q.also {
		q.rows.set(at)
	}
	if !q.sure && q.rows.count() <= few {
		q.settle(q.rows)
		q.sure = true
	}
}

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

// count is how many people of a status match, and whether there are more.
func (q *question) count(status bits) (n int, over bool) {
	may := q.rows.countAnd(status)
	if q.sure || may == 0 {
		return may, false
	}
	// Where there are very many and nearly all of those looked at match, there are
	// more than are counted.
	if may > 2*CountTo && q.mostly(status, may/tried) {
		return CountTo, true
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
	defer giveBack(q.rows)
	for i, s := range r.statuses {
		p.Counts[i], p.Over[i] = q.count(s)
		if w.Status == "" || w.Status == person.Statuses[i] {
			p.Total += p.Counts[i]
			p.About = p.About || p.Over[i]
		}
	}
	if w.Status != "" {
		q.of(w.Status)
	}
	list := q.next(w)
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

// of narrows rows down to a status.
func (q *question) of(s person.Status) {
	i := slices.Index(person.Statuses, s)
	if i < 0 {
		clear(q.rows)
		return
	}
	q.rows.and(q.r.statuses[i])
}

// next returns the next rows in the order that is wanted, and one more if there
// is one.
func (q *question) next(w *Want) (list []uint32) {
	r, o := q.r, &q.r.orders[w.Sort]
	down := w.Down != w.Back
	c, i := 0, 0
	if down {
		c = len(o.chunks)
	}
	var against func(uint32) int
	if w.From != nil {
		against = r.against(w.Sort, *w.From)
		c, i = o.seek(against)
		if !down && c < len(o.chunks) && i < len(o.chunks[c]) && against(o.chunks[c][i]) == 0 {
			i++
		}
	}
	n := q.rows.count()
	if n == 0 {
		return nil
	}
	// Few that match are collected and put into order. Of many the next ones are
	// near: the whole list is walked, at most a few times as far as collecting
	// would take.
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

// collect finds the next rows among those that match, however far apart they are
// in the order.
func (q *question) collect(w *Want, against func(uint32) int, down bool) (list []uint32) {
	compare := q.r.compare(w.Sort)
	sign := 1
	if down {
		sign = -1
	}
	q.rows.each(func(at uint32) bool {
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

// All returns everybody who matches, by id.
func (r *Roster) All(f *Filter) []id.Person {
	r.mu.RLock()
	defer r.mu.RUnlock()
	q := r.ask(f)
	defer giveBack(q.rows)
	if f.Status != "" {
		q.of(f.Status)
	}
	if !q.sure {
		q.settle(q.rows)
	}
	list := make([]id.Person, 0, q.rows.count())
	q.rows.each(func(at uint32) bool {
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
