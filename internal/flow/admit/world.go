package admit

import (
	"cmp"
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
// collector nothing.
type world struct {
	mu sync.RWMutex // guards everything below

	everyone bool // access mode "Everyone active"

	cards  map[cardKey]cardRec
	where  map[id.Raw]cardKey // card id -> its place in cards
	people []personRec
	who    map[id.Raw]int32 // person id -> index in people
	holds  map[int32][]id.Raw

	sets   []groupSet
	setOf  map[string]int32 // a set's groups, as bytes -> index in sets
	rules  map[id.Raw]rules // by group
	direct map[int32]rules  // by person

	chargers  map[id.Raw]place
	locations map[id.Raw]location
}

// cardKey is a seeded hash of a canonical UID: 128 bits, so that two cards of a
// workspace never meet and nobody can make them meet.
type cardKey [2]uint64

var seeds = [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}

func keyOf(canonical []byte) cardKey {
	return cardKey{maphash.Bytes(seeds[0], canonical), maphash.Bytes(seeds[1], canonical)}
}

type cardRec struct {
	id       id.Raw
	from, to int64
	person   int32 // -1 if nobody's
	state    uint8 // index into cardStates
}

type personRec struct {
	id         id.Raw
	cardsUntil int64
	set        int32 // index into sets
	status     uint8 // index into person.Statuses
}

var cardStates = []card.State{card.Inactive, card.Active, card.Blocked, card.Suspended, card.Expired, card.Deactivated}

// groupSet is the groups that some people are in. There are far fewer different
// sets than people.
type groupSet []id.Raw

type place struct {
	location id.Raw
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

// rules are sorted by place.
type rules []rule

func (r rules) sort() {
	slices.SortFunc(r, func(a, b rule) int { return slices.Compare(a.place[:], b.place[:]) })
}

// match says how far the rules go for a place. It allocates nothing.
func (r rules) match(at id.Raw, now int64) match {
	i, found := slices.BinarySearchFunc(r, at, func(a rule, t id.Raw) int { return slices.Compare(a.place[:], t[:]) })
	if !found {
		return noRule
	}
	for ; i < len(r) && r[i].place == at; i++ {
		if r[i].from <= now && (r[i].until == 0 || now < r[i].until) {
			return grantNow
		}
	}
	return notNow
}

func newWorld() *world {
	return &world{
		cards: map[cardKey]cardRec{}, where: map[id.Raw]cardKey{}, who: map[id.Raw]int32{}, holds: map[int32][]id.Raw{},
		setOf: map[string]int32{}, rules: map[id.Raw]rules{}, direct: map[int32]rules{},
		chargers: map[id.Raw]place{}, locations: map[id.Raw]location{},
	}
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
		w.sets = append(w.sets, slices.Clone(groups))
		w.setOf[string(b)] = n
	}
	return n
}

// putPerson adds or replaces a person and returns their index.
func (w *world) putPerson(p personRec) int32 {
	i, ok := w.who[p.id]
	if !ok {
		i = int32(len(w.people)) //nolint:gosec // a workspace of two thousand million people does not fit into memory
		w.people = append(w.people, p)
		w.who[p.id] = i
		return i
	}
	w.people[i] = p
	return i
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

func (w *world) putCard(key cardKey, c cardRec) {
	if old, ok := w.where[c.id]; ok && old != key {
		delete(w.cards, old)
	}
	w.cards[key] = c
	w.where[c.id] = key
}

func (w *world) dropCard(c id.Raw) {
	if key, ok := w.where[c]; ok {
		delete(w.where, c)
		if w.cards[key].id == c {
			delete(w.cards, key)
		}
	}
}

func (w *world) dropCards(person int32) {
	for _, c := range w.holds[person] {
		if key, ok := w.where[c]; ok && w.cards[key].person == person {
			w.dropCard(c)
		}
	}
	delete(w.holds, person)
}

// look gathers the facts about a card at a charger. It allocates nothing.
func (w *world) look(key cardKey, at id.Raw, now int64) (f facts, c cardRec, p personRec) {
	f.now = now
	c, f.known = w.cards[key]
	if !f.known {
		return f, c, p
	}
	f.state, f.from, f.to = cardStates[c.state], c.from, c.to
	if f.owned = c.person >= 0; f.owned {
		p = w.people[c.person]
		f.status, f.cardsUntil = person.Statuses[p.status], p.cardsUntil
	}
	if f.placed = at != (id.Raw{}); f.placed {
		w.lookAround(&f, c.person, p, at)
	}
	return f, c, p
}

// lookAround gathers the facts about a person at a charger.
func (w *world) lookAround(f *facts, index int32, p personRec, at id.Raw) {
	var spot place
	spot, f.here = w.chargers[at]
	f.everyone, f.membersOnly = w.everyone, w.locations[spot.location].membersOnly
	if index < 0 {
		return
	}
	f.rule = ruleAt(w.direct[index], at, spot.location, f.now)
	for _, g := range w.sets[p.set] {
		if f.rule == grantNow {
			return
		}
		f.rule = max(f.rule, ruleAt(w.rules[g], at, spot.location, f.now))
	}
}

func ruleAt(r rules, charger, location id.Raw, now int64) match {
	if len(r) == 0 {
		return noRule
	}
	return max(r.match(id.Raw{}, now), r.match(location, now), r.match(charger, now))
}

func stateIndex(s card.State) uint8 { return uint8(max(0, slices.Index(cardStates, s))) } //nolint:gosec // six states

func statusIndex(s person.Status) uint8 { return uint8(max(0, slices.Index(person.Statuses, s))) } //nolint:gosec // six statuses

// Open is a location where somebody may charge now, wholly or in part.
type Open struct {
	Location id.Location
	Name     string
	Chargers int    // how many of its chargers are open to them
	Of       int    // how many it has
	Why      string // "everyone", "group" or "person"
}

// open lists where a person may charge, by the same rules as a tap.
func (w *world) open(who id.Raw, now int64) []Open {
	index, ok := w.who[who]
	if !ok {
		return nil
	}
	p := w.people[index]
	by := map[id.Raw]*Open{}
	for at, spot := range w.chargers {
		o := by[spot.location]
		if o == nil {
			o = &Open{Location: id.Text[id.Location](spot.location), Name: w.locations[spot.location].name}
			by[spot.location] = o
		}
		o.Of++
		f := facts{now: now, known: true, state: card.Active, owned: true, status: person.Statuses[p.status], cardsUntil: p.cardsUntil, placed: true}
		w.lookAround(&f, index, p, at)
		if judge(f) != "allowed" {
			continue
		}
		o.Chargers++
		switch {
		case ruleAt(w.direct[index], at, spot.location, now) == grantNow:
			o.Why = "person"
		case f.rule == grantNow && o.Why == "":
			o.Why = "group"
		case o.Why == "":
			o.Why = "everyone"
		}
	}
	var list []Open
	for _, o := range by {
		if o.Chargers > 0 {
			list = append(list, *o)
		}
	}
	slices.SortFunc(list, func(a, b Open) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Location, b.Location)) })
	return list
}

func (w *world) setMode(m workspace.Mode) { w.everyone = m == workspace.Everyone }
