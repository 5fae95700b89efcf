package admit

import (
	"encoding/binary"
	"hash/maphash"
	"slices"
	"sync"
	"time"

	"involt/internal/core/card"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/core/workspace"
	"involt/internal/flow/admit/judge"
	"involt/internal/flow/admit/payer"
	"involt/internal/flow/admit/ruling"
	"involt/internal/flow/admit/runs"
	"involt/internal/flow/admit/slots"
)

// world is what decisions in one workspace need to know, in memory. People and
// cards are kept without pointers, so that a million of them cost the garbage
// collector nothing, and a decision touches as few places in memory as it can.
type world struct {
	mu sync.RWMutex // guards everything below; never held while the database is asked

	cardMost, userMost int64 // how many sessions of a card, and of a user, may run at once; 0 for any number

	everyone bool           // access mode "Everyone active"
	language string         // the workspace's, in two letters
	home     *time.Location // the workspace's zone, in which dates are days

	cards  []cardRec
	byUID  slots.Index // cards by the hash of their canonical UID
	byID   slots.Index // cards by their id
	vacant []int32     // places in cards that are free
	people []personRec
	who    slots.Index // people by their id

	sets    []groupSet
	setOf   map[string]int32 // a set's groups, as bytes -> index in sets
	groups  []rules          // what each group may, by the group's index
	groupOf map[id.Raw]int32 // group id -> index in groups
	direct  map[int32]rules  // what people may by name, by index in people
	guests  map[int32]budget // what guests may charge, by index in people
	begins  map[int32]int64  // the first moments of people who begin later, by index in people
	payers  payer.Payers     // the accounts
	refuge  groupSet         // the default group, which takes everyone who has none; empty if there is none

	zones map[string]*time.Location // those that were read for rules; reading one again would cost more

	running runs.Runs        // sessions
	sights  map[id.Raw]sight // where cards last began one
	pruned  int64            // when sights were last pruned

	chargers  map[hashed]place // by charger id
	locations map[id.Raw]location
	slug      string          // the workspace's short name
	doors     map[string]Door // chargers by their OCPP identity
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

func (h hashed) tag() uint32 { return uint32(h[0]) } //nolint:gosec // a part of it

func tagOf(raw id.Raw) uint32 { return uint32(maphash.Bytes(seeds[0], raw[:])) } //nolint:gosec // a part of it

type cardRec struct {
	uid      hashed
	id       id.Raw
	from, to int64
	next     int32 // the holder's next card; none behind the last
	person   int32 // none if nobody's
	state    uint8 // index into cardStates
	code     bool  // typed at chargers
}

// none is no place in people or cards.
const none int32 = -1

type personRec struct {
	id         id.Raw
	cardsUntil int64
	first      int32 // one of their cards; none if they have none
	set        int32 // index into sets
	account    int32 // index into payers
	status     uint8 // index into person.Statuses
	named      bool  // there are grants to them by name
	later      bool  // they are among those who begin later
	guest      bool  // they stand for a guest
}

var cardStates = []card.State{card.Inactive, card.Active, card.Blocked, card.Suspended, card.Expired, card.Deactivated}

// groupSet is the groups that some people are in, by index. There are far fewer
// different sets than people.
type groupSet []int32

type place struct {
	id, location id.Raw
	membersOnly  bool
	open         bool   // to anyone
	evses        uint8  // how many it has
	lesson       id.Raw // in which it waits for an unknown card
	until        int64  // until when
}

type location struct {
	name        string
	membersOnly bool
	where       site.Point
	away        site.Away
	awayCap     int64
}

// rule opens one place for some time.
type rule = ruling.Rule

// rules are sorted by place.
type rules []rule

func (r rules) sort() {
	slices.SortFunc(r, func(a, b rule) int { return slices.Compare(a.Place[:], b.Place[:]) })
}

// few is how many rules are looked through faster than searched.
const few = 16

// match says how far the rules go for a charger: rules for everywhere, for its
// location and for itself. It allocates nothing.
func (r rules) match(spot *place, now int64) (m judge.Match) {
	if len(r) > few {
		return max(r.search(id.Raw{}, now), r.search(spot.location, now), r.search(spot.id, now))
	}
	for i := range r {
		if p := &r[i].Place; *p == spot.location || *p == spot.id || *p == (id.Raw{}) {
			m = max(m, r[i].At(now))
		}
	}
	return m
}

func (r rules) search(at id.Raw, now int64) (m judge.Match) {
	i, found := slices.BinarySearchFunc(r, at, func(a rule, t id.Raw) int { return slices.Compare(a.Place[:], t[:]) })
	for ; found && i < len(r) && r[i].Place == at; i++ {
		m = max(m, r[i].At(now))
	}
	return m
}

func newWorld() *world {
	return &world{
		setOf: map[string]int32{}, groupOf: map[id.Raw]int32{}, direct: map[int32]rules{}, begins: map[int32]int64{}, guests: map[int32]budget{}, zones: map[string]*time.Location{}, home: time.UTC, payers: payer.New(), running: runs.New(), sights: map[id.Raw]sight{},
		chargers: map[hashed]place{}, locations: map[id.Raw]location{}, doors: map[string]Door{},
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

// set returns the number of a set of groups, given by index. It sorts them.
func (w *world) set(groups []int32) int32 {
	slices.Sort(groups)
	var room [64]byte
	b := room[:0]
	for _, g := range groups {
		b = binary.BigEndian.AppendUint32(b, uint32(g)) //nolint:gosec // an index
	}
	n, ok := w.setOf[string(b)]
	if !ok {
		n = int32(len(w.sets)) //nolint:gosec // there are far fewer sets than people, and people are counted in int32
		w.sets = append(w.sets, slices.Clone(groups))
		w.setOf[string(b)] = n
	}
	return n
}

// person returns the place of a person, or none.
func (w *world) person(p id.Raw) int32 {
	slot := w.who.Find(tagOf(p), func(at int32) bool { return w.people[at].id == p })
	if slot < 0 {
		return none
	}
	return w.who.At(slot)
}

// putPerson adds or replaces a person, whose cards and grants by name are then
// unknown, and returns their place.
func (w *world) putPerson(p personRec) int32 {
	p.first, p.named, p.later, p.guest = none, false, false, false
	i := w.person(p.id)
	if i == none {
		i = int32(len(w.people)) //nolint:gosec // a workspace of two thousand million people does not fit into memory
		w.people = append(w.people, p)
		w.who.Put(tagOf(p.id), i)
		return i
	}
	w.dropCards(i)
	delete(w.direct, i)
	delete(w.begins, i)
	delete(w.guests, i)
	w.people[i] = p
	return i
}

// start notes a person's first moment.
func (w *world) start(i int32, at int64) {
	w.begins[i] = at
	w.people[i].later = true
}

// name gives a person rules of their own.
func (w *world) name(i int32, r rules) {
	w.direct[i] = r
	w.people[i].named = len(r) > 0
}

// dropPerson forgets a person and their cards. Their place is not used again.
func (w *world) dropPerson(p id.Raw) {
	i := w.person(p)
	if i == none {
		return
	}
	w.dropCards(i)
	delete(w.direct, i)
	delete(w.begins, i)
	delete(w.guests, i)
	w.who.Remove(w.who.Find(tagOf(p), func(at int32) bool { return at == i }))
	w.people[i] = personRec{first: none, status: statusIndex(person.Deactivated)}
}

// cardOf returns the place of the card with an id, or none.
func (w *world) cardOf(c id.Raw) int32 {
	slot := w.byID.Find(tagOf(c), func(at int32) bool { return w.cards[at].id == c })
	if slot < 0 {
		return none
	}
	return w.byID.At(slot)
}

// tapped returns the place of the card with a number, or none.
func (w *world) tapped(uid hashed) int32 {
	slot := w.byUID.Find(uid.tag(), func(at int32) bool { return w.cards[at].uid == uid })
	if slot < 0 {
		return none
	}
	return w.byUID.At(slot)
}

// putCard adds or replaces a card of the person at c.person.
func (w *world) putCard(c cardRec) {
	w.dropCard(w.cardOf(c.id))
	w.dropCard(w.tapped(c.uid)) // a number that was given out again
	at := int32(len(w.cards))   //nolint:gosec // as many cards do not fit into memory
	if n := len(w.vacant); n > 0 {
		at, w.vacant = w.vacant[n-1], w.vacant[:n-1]
	} else {
		w.cards = append(w.cards, cardRec{})
	}
	c.next = none
	if c.person != none {
		holder := &w.people[c.person]
		c.next, holder.first = holder.first, at
	}
	w.cards[at] = c
	w.byUID.Put(c.uid.tag(), at)
	w.byID.Put(tagOf(c.id), at)
}

// dropCard forgets the card at a place, and takes it from its holder. It does
// nothing at none.
func (w *world) dropCard(at int32) {
	if at == none {
		return
	}
	c := w.cards[at]
	here := func(i int32) bool { return i == at }
	w.byUID.Remove(w.byUID.Find(c.uid.tag(), here))
	w.byID.Remove(w.byID.Find(tagOf(c.id), here))
	w.vacant = append(w.vacant, at)
	w.cards[at] = cardRec{person: none, next: none}
	if c.person == none {
		return
	}
	link := &w.people[c.person].first
	for *link != at {
		link = &w.cards[*link].next
	}
	*link = c.next
}

func (w *world) dropCards(person int32) {
	for w.people[person].first != none {
		w.dropCard(w.people[person].first)
	}
}

// nobodys is what is said of a card that is not known.
var nobodys cardRec

// look gathers the facts about a card at a charger. What it returns must not be
// kept: it is the memory itself. It allocates nothing.
func (w *world) look(uid hashed, at id.Charger, evse, now int64) (f judge.Facts, c *cardRec, who id.Raw) {
	f.Now = now
	i := w.tapped(uid)
	if f.Known = i != none; !f.Known {
		if f.Placed = at != ""; f.Placed {
			var spot place
			spot, f.Here = w.chargers[hashOf(at)]
			f.Open, f.Learning = spot.open, now < spot.until
		}
		return f, &nobodys, who
	}
	c = &w.cards[i]
	f.Code = c.code
	f.State, f.From, f.To = cardStates[c.state], c.from, c.to
	var p *personRec
	if f.Owned = c.person != none; f.Owned {
		p = &w.people[c.person]
		f.Status, f.CardsUntil, who = person.Statuses[p.status], p.cardsUntil, p.id
		if p.later {
			f.Begins = w.begins[c.person]
		}
		w.payers.LookAt(&f, p.account, id.Raw{})
	}
	if f.Placed = at != ""; f.Placed {
		var spot place
		spot, f.Here = w.chargers[hashOf(at)]
		w.lookAround(&f, c.person, p, &spot)
		w.lookAtSessions(&f, i, spot.id, evse)
		if p != nil && p.guest {
			w.lookAtBudget(&f, c.person, c.id, spot.id, evse)
		}
		f.Doubted = f.Here && w.tooFast(c.id, &spot, now)
	}
	return f, c, who
}

// lookAround gathers the facts about a person at a charger.
func (w *world) lookAround(f *judge.Facts, index int32, p *personRec, spot *place) {
	f.Everyone, f.MembersOnly, f.Open = w.everyone, spot.membersOnly, spot.open
	if p == nil || !f.Here {
		return
	}
	f.MembersOnly = f.MembersOnly || p.guest // not everywhere, where everyone may charge
	w.payers.LookAt(f, p.account, spot.location)
	if p.named {
		f.Grant = w.direct[index].match(spot, f.Now)
	}
	for _, g := range w.groupsOf(p.set) {
		if f.Grant == judge.GrantNow {
			return
		}
		f.Grant = max(f.Grant, w.groups[g].match(spot, f.Now))
	}
}

// groupsOf are the groups that count for people of a set.
func (w *world) groupsOf(set int32) groupSet {
	if s := w.sets[set]; len(s) > 0 {
		return s
	}
	return w.refuge
}

func stateIndex(s card.State) uint8 { return uint8(max(0, slices.Index(cardStates, s))) } //nolint:gosec // six states

func statusIndex(s person.Status) uint8 { return uint8(max(0, slices.Index(person.Statuses, s))) } //nolint:gosec // six statuses
