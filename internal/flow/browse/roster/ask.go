package roster

import (
	"slices"

	"involt/internal/core/id"
	"involt/internal/core/person"

	"github.com/RoaringBitmap/roaring/v2"
)

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
	switch len(f.Accounts) {
	case 0:
		if f.Accounts != nil {
			packed(nil)
		}
	case 1:
		packed(r.payers[r.payerOf[f.Accounts[0]]]) // that of no one is nil
	default:
		dense(true, q.anyOf(r.paidBy(f.Accounts)))
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

// paidBy are the people of each of some accounts.
func (r *Roster) paidBy(list []id.Account) (sets []*roaring.Bitmap) {
	for _, a := range list {
		if i := r.payerOf[a]; i > 0 {
			sets = append(sets, r.payers[i])
		}
	}
	return sets
}

// within are the people of a reach.
func (q *question) within(in *Reach) bits {
	r := q.r
	sets := r.paidBy(in.Accounts)
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
