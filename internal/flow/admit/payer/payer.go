// Package payer is what accounts say about charging, in memory: whether anybody may
// charge on one, and where.
package payer

import (
	"encoding/binary"
	"slices"
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/account"
	"involt/internal/core/decision"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/flow/admit/judge"
	"involt/internal/kit/db"
)

// All are the accounts of a workspace, with what holds for the people of each:
// the narrowest of its own limits and of those above it. There may be as many as
// employees, so they are kept without pointers.
type All struct {
	List   []Payer          // the first is the operator itself, whom nothing limits
	ByID   map[id.Raw]int32 // account -> place in list
	places [][]id.Raw       // different sets of locations, sorted; few
	setOf  map[string]int32 // a set's locations, as bytes -> place in places
}

// Payer is one account.
type Payer struct {
	until  int64 // nobody charges on it from then on; 0 for no end
	places int32 // index into All.places: at these locations only; none for anywhere
	shut   bool
	known  bool // it was read, and is not just named
}

// New returns none.
func New() All {
	return All{List: []Payer{{places: none}}, ByID: map[id.Raw]int32{{}: 0}, setOf: map[string]int32{}}
}

// At returns the place of an account in the list, which it may not be in yet: then
// nothing limits it until it is read. No account is the operator's own.
func (x *All) At(acc id.Raw) int32 {
	i, ok := x.ByID[acc]
	if !ok {
		i = int32(len(x.List)) //nolint:gosec // there are fewer accounts than people, and people are counted in int32
		x.List, x.ByID[acc] = append(x.List, Payer{places: none}), i
	}
	return i
}

// Put says what holds for an account.
func (x *All) Put(acc id.Account, l *account.Limits) {
	p := Payer{places: none, shut: !l.Open, known: true}
	if !l.Until.IsZero() {
		p.until = l.Until.UnixMilli()
	}
	if !l.Any {
		p.places = x.placeSet(l.Places)
	}
	x.List[x.At(id.RawOf(acc))] = p
}

// placeSet returns the number of a set of locations.
func (x *All) placeSet(list []id.Location) int32 {
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
func (x *All) CopyFrom(other *All) {
	for acc, i := range other.ByID {
		p := other.List[i]
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
		x.List[x.At(acc)] = p
	}
}

// LookAt gathers the facts about an account at a place, of which only the location
// counts; a zero one is nowhere in particular. It allocates nothing.
func (x *All) LookAt(f *judge.Facts, acc int32, location id.Raw) {
	p := &x.List[acc]
	f.Shut, f.Ends = p.shut, p.until
	f.Elsewhere = p.places != none && !Within(x.places[p.places], location)
}

// Open reports whether anybody may charge on an account at a moment.
func (x *All) Open(acc int32, now int64) bool {
	p := &x.List[acc]
	return !p.shut && (p.until == 0 || now < p.until)
}

// PlacesOf are the locations at which the account at a place in the list is open; nil
// for all.
func (x *All) PlacesOf(acc int32) []id.Raw {
	if at := x.List[acc].places; at != none {
		return x.places[at]
	}
	return nil
}

// none is no set of places.
const none int32 = -1

// Within reports whether a sorted list of locations holds one.
func Within(places []id.Raw, location id.Raw) bool {
	_, found := slices.BinarySearchFunc(places, location, func(a, b id.Raw) int { return slices.Compare(a[:], b[:]) })
	return found
}

// Load reads accounts: all of them, or those of list with all below them.
func (x *All) Load(tx *db.Tx, ws id.Workspace, list []id.Account) error {
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
		x.Put(all[i].ID, &limits)
	}
	return nil
}

// Sentence says a refusal by an account to staff who may see accounts, with
// the names that matter.
func Sentence(tx *db.Tx, by access.Actor, who id.Person, r decision.Reason) (string, error) {
	if !by.Perms.Has(access.AccountsRead) {
		return r.Sentence(), nil
	}
	p, err := person.ByID(tx, by.Workspace, who)
	if err != nil || p.Account == "" {
		return r.Sentence(), err
	}
	path, err := account.Path(tx, by.Workspace, p.Account)
	if err != nil {
		return "", err
	}
	name := func(acc id.Account) (string, string) {
		i := slices.IndexFunc(path, func(a account.Account) bool { return a.ID == acc })
		if i < 0 {
			return "", ""
		}
		if path[i].Billing == account.Consumer && !by.Perms.Has(access.PersonalData) {
			return "a consumer's account", ""
		}
		return path[i].Name, path[i].Reason
	}
	limits := account.Effective(path)
	mine, _ := name(p.Account)
	begin := "The account that pays for the user, " + mine + ", "
	var does string
	var because id.Account
	switch r {
	case decision.AccountClosed:
		does, because = "is closed", limits.ShutBy
		if by := path[0].ClosedBy; path[0].State == account.Closed {
			because = by
		}
	case decision.AccountEnded:
		does, because = "has ended", limits.EndsBy
	default:
		does, because = "is open at other locations only", limits.PlaceBy
	}
	above, why := name(because)
	text := begin + does
	if because != p.Account && above != "" {
		verb := map[decision.Reason]string{decision.AccountClosed: "is", decision.AccountEnded: "has", decision.AccountPlace: "is"}[r]
		text += " because " + above + " above it " + verb
	}
	if r == decision.AccountClosed && why != "" {
		text += ": " + strings.TrimSuffix(why, ".")
	}
	return text + ".", nil
}
