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

// question is a filter while it is answered. Who is left of the roster is a list
// of rows where there are few, else bits.
type question struct {
	r     *Roster
	f     *Filter
	rows  bits     // under all filters but the status; those that words may find
	lent  []bits   // what is to be given back
	list  []uint32 // instead of rows, in order; all of them match
	few   bool     // list it is
	all   bool     // rows is everybody
	words []wanted
	also  map[uint32]bool
	sure  bool // all of rows match
}

// ask narrows the roster down to those who match all filters but the status.
// The caller holds mu, and ends the question.
func (r *Roster) ask(f *Filter) *question {
	q := &question{r: r, f: f, sure: true}
	sets := q.conditions()
	search := len(f.Words) > 0 || f.Nothing
	if search {
		q.words = wantedOf(f.Words)
		q.also = make(map[uint32]bool, len(f.Also))
		for _, who := range f.Also {
			if at, ok := r.find.get(r.ids, who); ok && inAll(sets, at) {
				q.also[at] = true
			}
		}
	}
	if q.list, q.few = q.listed(sets); q.few {
		return q
	}
	q.rows = r.live
	q.all = len(sets) == 0 && !search
	if len(sets) > 0 || search {
		q.overlay(sets)
	}
	if search {
		q.search()
	}
	return q
}

// borrow lends an empty set until the question ends.
func (q *question) borrow() bits {
	b := q.r.lend()
	q.lent = append(q.lent, b)
	return b
}

// end gives back what was lent.
func (q *question) end() { giveBack(q.lent...) }

// condition is a set of rows that somebody has to be in: bits, or a compressed one.
type condition struct {
	bits   bits
	packed *roaring.Bitmap
}

func (c *condition) has(at uint32) bool {
	if c.packed != nil {
		return c.packed.Contains(at)
	}
	return c.bits.has(at)
}

func inAll(sets []condition, at uint32) bool {
	for i := range sets {
		if !sets[i].has(at) {
			return false
		}
	}
	return true
}

// nobody is in it.
var nobody = roaring.New()

// conditions are those of the filter, without status and words.
func (q *question) conditions() (sets []condition) {
	r, f := q.r, q.f
	dense := func(wanted bool, b bits) {
		if wanted {
			sets = append(sets, condition{bits: b})
		}
	}
	packed := func(b *roaring.Bitmap) {
		if b == nil {
			b = nobody
		}
		sets = append(sets, condition{packed: b})
	}
	if f.Within != nil {
		dense(true, q.within(f.Within))
	}
	if f.Account != "" {
		packed(r.payers[r.payerOf[f.Account]]) // that of no one is nil
	}
	if f.Group != "" {
		i, ok := r.groupOf[f.Group]
		if ok {
			packed(r.groups[i])
		} else {
			packed(nil)
		}
	}
	if f.Cost != "" {
		packed(r.costs[r.costOf[f.Cost]]) // that of no one is nil
	}
	dense(f.NoGroup, r.groupless)
	dense(f.NeverCharged, r.never)
	dense(f.CardMissing, r.cardless)
	if f.Place != nil {
		dense(true, q.near(f.Place))
	}
	return sets
}

// within are the people of a reach.
func (q *question) within(in *Reach) bits {
	r := q.r
	var sets []*roaring.Bitmap
	for _, a := range in.Accounts {
		if i := r.payerOf[a]; i > 0 {
			sets = append(sets, r.payers[i])
		}
	}
	for _, g := range in.Groups {
		if i, ok := r.groupOf[g]; ok {
			sets = append(sets, r.groups[i])
		}
	}
	b := q.anyOf(sets)
	for _, who := range in.People {
		if at, ok := r.find.get(r.ids, who); ok {
			b.set(at)
		}
	}
	return b
}

// near are the people who may charge at a place.
func (q *question) near(p *Place) bits {
	r := q.r
	active := r.statuses[slices.Index(person.Statuses, person.Active)]
	if p.Everyone {
		return active
	}
	var groups []*roaring.Bitmap
	for _, g := range p.Groups {
		if i, ok := r.groupOf[g]; ok {
			groups = append(groups, r.groups[i])
		}
	}
	b := q.anyOf(groups)
	if p.NoGroup {
		b.or(r.groupless)
	}
	for _, who := range p.People {
		if at, ok := r.find.get(r.ids, who); ok {
			b.set(at)
		}
	}
	b.and(active)
	return b
}

// anyOf are the people who are in at least one of the sets.
func (q *question) anyOf(sets []*roaring.Bitmap) bits {
	b := q.borrow()
	for i, s := range sets {
		if i == 0 {
			b.spread(s)
			continue
		}
		spare := q.r.lend()
		spare.spread(s)
		b.or(spare)
		giveBack(spare)
	}
	return b
}

// listed lists who matches where one of the conditions, or a part of a word, leaves
// so few that looking at each of them is less than laying bits over each other.
func (q *question) listed(sets []condition) (list []uint32, few bool) {
	f := q.f
	var least *roaring.Bitmap
	n := q.r.few + 1
	note := func(b *roaring.Bitmap) {
		if c := b.GetCardinality(); c < n {
			least, n = b, c
		}
	}
	for i := range sets {
		if b := sets[i].packed; b != nil {
			note(b)
		}
	}
	switch {
	case f.Nothing:
		least = nobody
	case f.External:
		return nil, false // whatever else is asked for, all external ids are looked through
	default:
		for _, code := range codesOf(q.words) {
			if b := q.r.words.rows[code]; b != nil {
				note(b)
			} else {
				least, n = nobody, 0
			}
		}
	}
	if least == nil {
		return nil, false
	}
	for _, at := range least.ToArray() {
		if inAll(sets, at) && all(q.words, q.r.texts.all(at)) {
			list = append(list, at)
		}
	}
	if len(q.also) > 0 {
		for at := range q.also {
			list = append(list, at)
		}
		slices.Sort(list)
		list = slices.Compact(list)
	}
	return list, true
}

// overlay makes of rows a set of its own: who is in all sets.
func (q *question) overlay(sets []condition) {
	q.rows = q.borrow()
	spare := q.r.lend()
	defer giveBack(spare)
	if len(sets) == 0 {
		copy(q.rows, q.r.live)
	}
	for i, s := range sets {
		switch {
		case i == 0 && s.packed != nil:
			q.rows.spread(s.packed)
		case i == 0:
			copy(q.rows, s.bits)
		case s.packed != nil:
			clear(spare)
			spare.spread(s.packed)
			q.rows.and(spare)
		default:
			q.rows.and(s.bits)
		}
	}
}

// search narrows rows down to those that may have the words.
func (q *question) search() {
	r := q.r
	if q.f.External {
		// All external ids are looked through, and nothing else: what somebody may
		// not see has no part in what is found, nor in how long it takes.
		r.live.each(func(at uint32) bool {
			if !all(q.words, r.texts.external(at)) {
				q.rows.clear(at)
			}
			return true
		})
	} else {
		q.narrow()
	}
	for at := range q.also {
		q.rows.set(at)
	}
	if !q.sure && q.rows.count() <= few {
		q.settle(q.rows)
		q.sure = true
	}
}

// narrow is search, unless it is for external ids alone.
func (q *question) narrow() {
	r := q.r
	spare := r.lend()
	defer giveBack(spare)
	var rest []wanted // words that somebody may not have who has their parts
	for i := range q.words {
		w := &q.words[i]
		if w.plain() {
			clear(spare)
			spare.spread(r.words.rows[codesOf(q.words[i : i+1])[0]])
			q.rows.and(spare)
		} else if rows := r.lately.of(w); rows != nil {
			q.rows.and(rows)
		} else {
			rest = append(rest, *w)
		}
	}
	if len(rest) == 0 {
		return
	}
	r.words.candidates(q.rows, spare, rest)
	if uint64(q.rows.count()) > r.few { //nolint:gosec // a count
		rest = slices.DeleteFunc(rest, func(w wanted) bool {
			rows := r.learn(&w)
			if rows != nil {
				q.rows.and(rows)
			}
			return rows != nil
		})
	}
	q.sure = len(rest) == 0
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
