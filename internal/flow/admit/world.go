package admit

import (
	"hash/maphash"
	"slices"
	"sync"

	"involt/internal/core/card"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
)

// world is what decisions in one workspace need to know, in memory. People and
// cards are kept without pointers, so that a million of them cost the garbage
// collector nothing, and a decision touches as few places in memory as it can.
type world struct {
	mu sync.RWMutex // guards everything below; never held while the database is asked

	everyone bool // access mode "Everyone active"

	cards  map[hashed]cardRec // by canonical UID
	where  map[id.Raw]hashed  // card id -> its place in cards
	people []personRec
	who    map[id.Raw]int32 // person id -> index in people

	sets    []groupSet
	setOf   map[string]int32 // a set's groups, as bytes -> index in sets
	groups  []rules          // what each group may, by the group's index
	groupOf map[id.Raw]int32 // group id -> index in groups
	direct  map[int32]rules  // what people may by name, by index in people

	chargers  map[hashed]place // by charger id
	locations map[id.Raw]location
}

// hashed is a seeded hash of a text: 128 bits, so that two cards of a workspace
// never meet and nobody can make them meet.
type hashed [2]uint64

var seeds = [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}

func hash(text []byte) hashed {
	return hashed{maphash.Bytes(seeds[0], text), maphash.Bytes(seeds[1], text)}
}

func hashOf(c id.Charger) hashed {
	return hashed{maphash.String(seeds[0], string(c)), maphash.String(seeds[1], string(c))}
}

type cardRec struct {
	id       id.Raw
	from, to int64
	next     hashed // the holder's next card; zero behind the last
	person   int32  // -1 if nobody's
	state    uint8  // index into cardStates
}

type personRec struct {
	id         id.Raw
	first      hashed // one of their cards; zero if they have none
	cardsUntil int64
	set        int32 // index into sets
	status     uint8 // index into person.Statuses
	named      bool  // there are grants to them by name
}

var cardStates = []card.State{card.Inactive, card.Active, card.Blocked, card.Suspended, card.Expired, card.Deactivated}

// groupSet is the groups that some people are in, by index. There are far fewer
// different sets than people.
type groupSet []int32

type place struct {
	id, location id.Raw
	membersOnly  bool
}

type location struct {
	name        string
	membersOnly bool
}

// rule opens one place for some time.
type rule struct {
	place       id.Raw // a location or a charger; zero: everywhere
	from, until int64  // 0: no limit
}

func (r *rule) at(now int64) match {
	if r.from <= now && (r.until == 0 || now < r.until) {
		return grantNow
	}
	return notNow
}

// rules are sorted by place.
type rules []rule

func (r rules) sort() {
	slices.SortFunc(r, func(a, b rule) int { return slices.Compare(a.place[:], b.place[:]) })
}

// few is how many rules are looked through faster than searched.
const few = 16

// match says how far the rules go for a charger: rules for everywhere, for its
// location and for itself. It allocates nothing.
func (r rules) match(spot *place, now int64) (m match) {
	if len(r) > few {
		return max(r.search(id.Raw{}, now), r.search(spot.location, now), r.search(spot.id, now))
	}
	for i := range r {
		if p := &r[i].place; *p == spot.location || *p == spot.id || *p == (id.Raw{}) {
			m = max(m, r[i].at(now))
		}
	}
	return m
}

func (r rules) search(at id.Raw, now int64) (m match) {
	i, found := slices.BinarySearchFunc(r, at, func(a rule, t id.Raw) int { return slices.Compare(a.place[:], t[:]) })
	for ; found && i < len(r) && r[i].place == at; i++ {
		m = max(m, r[i].at(now))
	}
	return m
}

func newWorld() *world {
	return &world{
		cards: map[hashed]cardRec{}, where: map[id.Raw]hashed{}, who: map[id.Raw]int32{},
		setOf: map[string]int32{}, groupOf: map[id.Raw]int32{}, direct: map[int32]rules{},
		chargers: map[hashed]place{}, locations: map[id.Raw]location{},
	}
}

func (w *world) setMode(m workspace.Mode) { w.everyone = m == workspace.Everyone }

// group returns the index of a group.
func (w *world) group(g id.Raw) int32 {
	i, ok := w.groupOf[g]
	if !ok {
		i = int32(len(w.groups)) //nolint:gosec // there are far fewer groups than people, and people are counted in int32
		w.groups = append(w.groups, nil)
		w.groupOf[g] = i
	}
	return i
}

// set returns the number of a set of groups.
func (w *world) set(groups []id.Raw) int32 {
	slices.SortFunc(groups, func(a, b id.Raw) int { return slices.Compare(a[:], b[:]) })
	var b []byte
	for _, g := range groups {
		b = append(b, g[:]...)
	}
	n, ok := w.setOf[string(b)]
	if !ok {
		n = int32(len(w.sets)) //nolint:gosec // there are far fewer sets than people, and people are counted in int32
		set := make(groupSet, len(groups))
		for i, g := range groups {
			set[i] = w.group(g)
		}
		w.sets = append(w.sets, set)
		w.setOf[string(b)] = n
	}
	return n
}

// putPerson adds or replaces a person, whose cards and grants by name are then
// unknown, and returns their index.
func (w *world) putPerson(p personRec) int32 {
	p.first, p.named = hashed{}, false
	i, ok := w.who[p.id]
	if !ok {
		i = int32(len(w.people)) //nolint:gosec // a workspace of two thousand million people does not fit into memory
		w.people = append(w.people, p)
		w.who[p.id] = i
		return i
	}
	w.dropCards(i)
	delete(w.direct, i)
	w.people[i] = p
	return i
}

// name gives a person rules of their own.
func (w *world) name(i int32, r rules) {
	w.direct[i] = r
	w.people[i].named = len(r) > 0
}

// dropPerson forgets a person and their cards. Their index is not used again.
func (w *world) dropPerson(p id.Raw) {
	i, ok := w.who[p]
	if !ok {
		return
	}
	w.dropCards(i)
	delete(w.direct, i)
	delete(w.who, p)
	w.people[i] = personRec{status: statusIndex(person.Deactivated)}
}

// putCard adds or replaces a card of the person with index c.person.
func (w *world) putCard(key hashed, c cardRec) {
	w.dropCard(c.id)
	if old, ok := w.cards[key]; ok {
		w.dropCard(old.id) // the number was given out again
	}
	c.next = hashed{}
	if c.person >= 0 {
		holder := &w.people[c.person]
		c.next, holder.first = holder.first, key
	}
	w.cards[key] = c
	w.where[c.id] = key
}

// dropCard forgets a card and takes it from its holder.
func (w *world) dropCard(c id.Raw) {
	key, ok := w.where[c]
	if !ok {
		return
	}
	rec := w.cards[key]
	delete(w.where, c)
	delete(w.cards, key)
	if rec.person < 0 {
		return
	}
	holder := &w.people[rec.person]
	if holder.first == key {
		holder.first = rec.next
		return
	}
	for at := holder.first; at != (hashed{}); {
		before := w.cards[at]
		if before.next == key {
			before.next = rec.next
			w.cards[at] = before
			return
		}
		at = before.next
	}
}

func (w *world) dropCards(person int32) {
	for w.people[person].first != (hashed{}) {
		w.dropCard(w.cards[w.people[person].first].id)
	}
}

// look gathers the facts about a card at a charger. It allocates nothing.
func (w *world) look(key hashed, at id.Charger, now int64) (f facts, c cardRec, who id.Raw) {
	f.now = now
	c, f.known = w.cards[key]
	if !f.known {
		return f, c, who
	}
	f.state, f.from, f.to = cardStates[c.state], c.from, c.to
	var p *personRec
	if f.owned = c.person >= 0; f.owned {
		p = &w.people[c.person]
		f.status, f.cardsUntil, who = person.Statuses[p.status], p.cardsUntil, p.id
	}
	if f.placed = at != ""; f.placed {
		var spot place
		spot, f.here = w.chargers[hashOf(at)]
		w.lookAround(&f, c.person, p, &spot)
	}
	return f, c, who
}

// lookAround gathers the facts about a person at a charger.
func (w *world) lookAround(f *facts, index int32, p *personRec, spot *place) {
	f.everyone, f.membersOnly = w.everyone, spot.membersOnly
	if p == nil || !f.here {
		return
	}
	if p.named {
		f.rule = w.direct[index].match(spot, f.now)
	}
	for _, g := range w.sets[p.set] {
		if f.rule == grantNow {
			return
		}
		f.rule = max(f.rule, w.groups[g].match(spot, f.now))
	}
}

func stateIndex(s card.State) uint8 { return uint8(max(0, slices.Index(cardStates, s))) } //nolint:gosec // six states

func statusIndex(s person.Status) uint8 { return uint8(max(0, slices.Index(person.Statuses, s))) } //nolint:gosec // six statuses
