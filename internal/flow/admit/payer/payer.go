// Package payer is the accounts that pay for the people of a workspace, as decisions
// need them: in memory, without pointers.
package payer

import (
	"encoding/binary"
	"slices"

	"involt/internal/core/account"
	"involt/internal/core/id"
	"involt/internal/flow/admit/judge"
	"involt/internal/kit/db"
)

// Payers are the accounts of a workspace, with what holds for the people of each:
// the narrowest of its own limits and of those above it. There may be as many as
// employees, so they are kept without pointers.
type Payers struct {
	list   []payer          // the first is the operator itself, whom nothing limits
	byID   map[id.Raw]int32 // account -> place in list
	places [][]id.Raw       // different sets of locations, sorted; few
	setOf  map[string]int32 // a set's locations, as bytes -> place in places
}

// none is no place in a list.
const none int32 = -1

// payer is one account.
type payer struct {
	until  int64 // nobody charges on it from then on; 0 for no end
	places int32 // index into Payers.places: at these locations only; none for anywhere
	shut   bool
	known  bool // it was read, and is not just named
}

// New returns those of a workspace with no account.
func New() Payers {
	return Payers{list: []payer{{places: none}}, byID: map[id.Raw]int32{{}: 0}, setOf: map[string]int32{}}
}

// At returns the place of an account in the list, which it may not be in yet: then
// nothing limits it until it is read. No account is the operator's own.
func (x *Payers) At(acc id.Raw) int32 {
	i, ok := x.byID[acc]
	if !ok {
		i = int32(len(x.list)) //nolint:gosec // there are fewer accounts than people, and people are counted in int32
		x.list, x.byID[acc] = append(x.list, payer{places: none}), i
	}
	return i
}

// put says what holds for an account.
func (x *Payers) put(acc id.Account, l *account.Limits) {
	p := payer{places: none, shut: !l.Open, known: true}
	if !l.Until.IsZero() {
		p.until = l.Until.UnixMilli()
	}
	if !l.Any {
		p.places = x.placeSet(l.Places)
	}
	x.list[x.At(id.RawOf(acc))] = p
}

// placeSet returns the number of a set of locations.
func (x *Payers) placeSet(list []id.Location) int32 {
	raws := make([]id.Raw, len(list))
	for i, l := range list {
		raws[i] = id.RawOf(l)
	}
	slices.SortFunc(raws, func(a, b id.Raw) int { return slices.Compare(a[:], b[:]) })
	key := binary.BigEndian.AppendUint32(nil, uint32(len(raws))) //nolint:gosec // a length
	for _, r := range raws {
		key = append(key, r[:]...)
	}
	n, ok := x.setOf[string(key)]
	if !ok {
		n = int32(len(x.places)) //nolint:gosec // there are far fewer sets than people
		x.places, x.setOf[string(key)] = append(x.places, raws), n
	}
	return n
}

// CopyFrom takes over what other has read of accounts.
func (x *Payers) CopyFrom(other *Payers) {
	for acc, i := range other.byID {
		p := other.list[i]
		if !p.known {
			continue
		}
		if p.places != none {
			set := other.places[p.places]
			list := make([]id.Location, len(set))
			for j, l := range set {
				list[j] = id.Text[id.Location](l)
			}
			p.places = x.placeSet(list)
		}
		x.list[x.At(acc)] = p
	}
}

// LookAt gathers the facts about an account at a place, of which only the location
// counts; a zero one is nowhere in particular. It allocates nothing.
func (x *Payers) LookAt(f *judge.Facts, acc int32, location id.Raw) {
	p := &x.list[acc]
	f.Shut, f.Ends = p.shut, p.until
	f.Elsewhere = p.places != none && !Within(x.places[p.places], location)
}

// Within reports whether a location is among some, which are sorted.
func Within(places []id.Raw, location id.Raw) bool {
	_, found := slices.BinarySearchFunc(places, location, func(a, b id.Raw) int { return slices.Compare(a[:], b[:]) })
	return found
}

// Names are the accounts by their places in the list.
func (x *Payers) Names() []id.Raw {
	names := make([]id.Raw, len(x.list))
	for acc, i := range x.byID {
		names[i] = acc
	}
	return names
}

// Hold says what holds for an account: whether it is shut, from when on nobody charges
// on it, and where alone its people may charge; nil for anywhere.
func (x *Payers) Hold(acc int32) (shut bool, until int64, places []id.Raw) {
	p := &x.list[acc]
	if p.places != none {
		places = x.places[p.places]
	}
	return p.shut, p.until, places
}

// Load reads accounts: all of them, or those of list with all below them.
func (x *Payers) Load(tx *db.Tx, ws id.Workspace, list []id.Account) error {
	all, err := account.Everything(tx, ws, list)
	if err != nil {
		return err
	}
	index := make(map[id.Account]int, len(all))
	for i := range all {
		index[all[i].ID] = i
	}
	path := make([]account.Account, 0, account.MaxDepth)
	for i := range all {
		path = path[:0]
		for at, ok := i, true; ok && len(path) < account.MaxDepth; at, ok = index[all[at].Parent] {
			path = append(path, all[at])
		}
		limits := account.Effective(path)
		x.put(all[i].ID, &limits)
	}
	return nil
}
