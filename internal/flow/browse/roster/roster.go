// Package roster is the users of a workspace in memory, for lists: which of them
// match any combination of filters and words, how many of each status, and which
// come next in one of four orders. A database would have to count and to sort for
// that; here both are a matter of bits and of walking a list that is in order.
//
// It holds what lists filter, search and sort by and nothing that they show: rows
// are read from the database, so that what is shown is always true. It is filled
// once and then follows the journal, as decisions do; whoever asks sees their own
// changes.
package roster

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
	"sync"

	"involt/internal/core/id"
	"involt/internal/core/person"

	"github.com/RoaringBitmap/roaring/v2"
)

// Roster is the users of one workspace. People are rows of columns, by number;
// there are no pointers in what there is a million of.
type Roster struct {
	mu sync.RWMutex // guards everything below; never held while the database is asked

	ids    []id.Raw
	find   index    // rows by id
	vacant []uint32 // rows that are free

	status   []uint8 // index into person.Statuses
	last     []int64 // when they last charged; 0 for never
	created  []int64
	sessions []int64
	start    []uint32 // the first four bytes of the name, for comparing
	set      []uint32 // index into sets
	cost     []uint32 // index into costs; 0 for none
	payer    []uint32 // index into payers; 0 for the operator itself

	texts  arena
	words  wordIndex
	lately lately
	orders [sorts]order

	tally     [statuses]int // how many have each status
	live      bits
	statuses  []bits // by index in person.Statuses
	never     bits   // never charged
	cardless  bits   // without a card that is not deactivated
	groupless bits

	sets    [][]uint32 // the groups some people are in, by index; the first is none
	setOf   map[string]uint32
	groups  []*roaring.Bitmap
	groupOf map[id.Group]uint32
	costs   []*roaring.Bitmap
	costOf  map[string]uint32
	payers  []*roaring.Bitmap // the users of accounts
	payerOf map[id.Account]uint32

	few  uint64 // sets of at most so many people are gone through one by one
	dear uint64 // words that more may have are not learned
}

// Sort is what a list is sorted by, and then by id.
type Sort uint8

// The orders.
const (
	ByName Sort = iota
	ByCharged
	BySessions
	ByCreated
	sorts
)

// Entry is what the roster knows of a person.
type Entry struct {
	ID       id.Raw
	Status   person.Status
	Name     string // folded, as lists sort it
	Email    string
	External string
	Cost     string
	Sessions int64
	Last     int64 // milliseconds since 1970; 0 for never
	Created  int64
	Account  id.Account // "" for the operator itself
	Groups   []id.Group
	Card     bool // has one that is not deactivated
}

func newRoster() *Roster {
	r := &Roster{
		few: 2048, dear: 300_000, sets: [][]uint32{nil}, setOf: map[string]uint32{"": 0}, groupOf: map[id.Group]uint32{},
		costs: []*roaring.Bitmap{nil}, costOf: map[string]uint32{"": 0},
		payers: []*roaring.Bitmap{nil}, payerOf: map[id.Account]uint32{"": 0}, statuses: make([]bits, len(person.Statuses)),
	}
	r.words.init()
	return r
}

// row takes a free row, or makes one.
func (r *Roster) row() uint32 {
	if n := len(r.vacant); n > 0 {
		at := r.vacant[n-1]
		r.vacant = r.vacant[:n-1]
		return at
	}
	at := uint32(len(r.ids)) //nolint:gosec // four thousand million people do not fit into memory
	r.ids = append(r.ids, id.Raw{})
	r.status = append(r.status, 0)
	r.last, r.created, r.sessions = append(r.last, 0), append(r.created, 0), append(r.sessions, 0)
	r.start, r.set, r.cost, r.payer = append(r.start, 0), append(r.set, 0), append(r.cost, 0), append(r.payer, 0)
	r.texts.row()
	n := len(r.ids)
	for _, b := range []*bits{&r.live, &r.never, &r.cardless, &r.groupless} {
		b.grow(n)
	}
	for i := range r.statuses {
		r.statuses[i].grow(n)
	}
	r.lately.grow(n)
	return at
}

// fill writes an entry into the columns of row at, and into all that leads to it
// but words and orders.
func (r *Roster) fill(at uint32, e *Entry) {
	r.ids[at] = e.ID
	r.status[at] = uint8(max(0, slices.Index(person.Statuses, e.Status))) //nolint:gosec // six of them
	r.last[at], r.created[at], r.sessions[at] = e.Last, e.Created, e.Sessions
	r.start[at] = startOf(e.Name)
	r.live.set(at)
	r.statuses[r.status[at]].set(at)
	r.tally[r.status[at]]++
	r.never.put(at, e.Last == 0)
	r.cardless.put(at, !e.Card)
	r.join(at, r.setFor(e.Groups))
	c, ok := r.costOf[e.Cost]
	if !ok {
		c = uint32(len(r.costs)) //nolint:gosec // fewer than people
		r.costs, r.costOf[e.Cost] = append(r.costs, roaring.New()), c
	}
	if r.cost[at] = c; c > 0 {
		r.costs[c].Add(at)
	}
	a, ok := r.payerOf[e.Account]
	if !ok {
		a = uint32(len(r.payers)) //nolint:gosec // fewer than people
		r.payers, r.payerOf[e.Account] = append(r.payers, roaring.New()), a
	}
	if r.payer[at] = a; a > 0 {
		r.payers[a].Add(at)
	}
}

// join notes which groups the person of row at is in. It was in none.
func (r *Roster) join(at, set uint32) {
	r.set[at] = set
	r.groupless.put(at, set == 0)
	for _, g := range r.sets[set] {
		r.groups[g].Add(at)
	}
}

// leave takes the person of row at out of all groups.
func (r *Roster) leave(at uint32) {
	for _, g := range r.sets[r.set[at]] {
		r.groups[g].Remove(at)
	}
	r.set[at] = 0
}

func (r *Roster) group(g id.Group) uint32 {
	i, ok := r.groupOf[g]
	if !ok {
		i = uint32(len(r.groups)) //nolint:gosec // fewer than people
		r.groups, r.groupOf[g] = append(r.groups, roaring.New()), i
	}
	return i
}

// setFor returns the number of a set of groups.
func (r *Roster) setFor(groups []id.Group) uint32 {
	list := make([]uint32, 0, 8)
	for _, g := range groups {
		list = append(list, r.group(g))
	}
	return r.setOfIndices(list)
}

func (r *Roster) setOfIndices(list []uint32) uint32 {
	slices.Sort(list)
	var room [64]byte
	key := room[:0]
	for _, g := range list {
		key = binary.BigEndian.AppendUint32(key, g)
	}
	n, ok := r.setOf[string(key)]
	if !ok {
		n = uint32(len(r.sets)) //nolint:gosec // fewer than people
		r.sets, r.setOf[string(key)] = append(r.sets, slices.Clone(list)), n
	}
	return n
}

// put adds or replaces a person. The caller holds mu.
func (r *Roster) put(e *Entry) {
	at, known := r.find.get(r.ids, e.ID)
	var keep [sorts]bool // orders in which the person's place does not change
	same := false        // neither do the words
	if known {
		same = r.texts.same(at, e.Name, e.Email, e.External)
		keep = [sorts]bool{string(r.texts.name(at)) == e.Name, r.last[at] == e.Last, r.sessions[at] == e.Sessions, r.created[at] == e.Created}
		r.unfill(at)
	} else {
		at = r.row()
	}
	for s := range sorts {
		if known && !keep[s] {
			r.orders[s].remove(r.compare(s), at)
		}
	}
	if !same {
		if known {
			r.words.remove(at, r.texts.all(at))
		}
		r.texts.put(at, e.Name, e.Email, e.External)
		r.words.add(at, r.texts.all(at))
		r.lately.note(at, r.texts.all(at))
	}
	r.fill(at, e)
	if !known {
		r.find.put(r.ids, at)
	}
	for s := range sorts {
		if !keep[s] {
			r.orders[s].insert(r.compare(s), at)
		}
	}
}

// unfill undoes fill, but for the columns that orders need.
func (r *Roster) unfill(at uint32) {
	r.statuses[r.status[at]].clear(at)
	r.tally[r.status[at]]--
	r.never.clear(at)
	r.cardless.clear(at)
	r.groupless.clear(at)
	r.leave(at)
	if c := r.cost[at]; c > 0 {
		r.costs[c].Remove(at)
	}
	if a := r.payer[at]; a > 0 {
		r.payers[a].Remove(at)
	}
	r.live.clear(at)
}

// drop forgets a person. The caller holds mu.
func (r *Roster) drop(who id.Raw) {
	at, known := r.find.get(r.ids, who)
	if !known {
		return
	}
	for s := range sorts {
		r.orders[s].remove(r.compare(s), at)
	}
	r.words.remove(at, r.texts.all(at))
	r.unfill(at)
	r.find.remove(r.ids, at)
	r.texts.drop(at)
	r.lately.note(at, nil)
	r.ids[at] = id.Raw{}
	r.vacant = append(r.vacant, at)
}

// startOf is the beginning of a name as a number that compares as the name does.
func startOf(name string) uint32 {
	var b [4]byte
	copy(b[:], name)
	return binary.BigEndian.Uint32(b[:])
}

// compare returns how two rows compare in an order.
func (r *Roster) compare(s Sort) func(a, b uint32) int {
	if column := r.number(s); column != nil {
		return func(a, b uint32) int {
			if n := cmp.Compare(column[a], column[b]); n != 0 {
				return n
			}
			return bytes.Compare(r.ids[a][:], r.ids[b][:])
		}
	}
	return func(a, b uint32) int {
		if n := cmp.Compare(r.start[a], r.start[b]); n != 0 {
			return n
		}
		if n := bytes.Compare(r.texts.name(a), r.texts.name(b)); n != 0 {
			return n
		}
		return bytes.Compare(r.ids[a][:], r.ids[b][:])
	}
}

// Key is a place in an order: what it is sorted by, then the id.
type Key struct {
	Number int64
	Text   string // of ByName
	ID     id.Raw
}

// against returns how rows compare with a place.
func (r *Roster) against(s Sort, k Key) func(a uint32) int {
	column := r.number(s)
	if column == nil {
		start, text := startOf(k.Text), []byte(k.Text)
		return func(a uint32) int {
			if n := cmp.Compare(r.start[a], start); n != 0 {
				return n
			}
			if n := bytes.Compare(r.texts.name(a), text); n != 0 {
				return n
			}
			return bytes.Compare(r.ids[a][:], k.ID[:])
		}
	}
	return func(a uint32) int {
		if n := cmp.Compare(column[a], k.Number); n != 0 {
			return n
		}
		return bytes.Compare(r.ids[a][:], k.ID[:])
	}
}

// number is the column of an order by numbers, nil for the one by name.
func (r *Roster) number(s Sort) []int64 {
	return [sorts][]int64{ByCharged: r.last, BySessions: r.sessions, ByCreated: r.created}[s]
}

// key is the place of a row.
func (r *Roster) key(s Sort, at uint32) Key {
	k := Key{ID: r.ids[at]}
	if column := r.number(s); column != nil {
		k.Number = column[at]
	} else {
		k.Text = string(r.texts.name(at))
	}
	return k
}
