package admit

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

// payers are the accounts of a world, with what holds for the people of each:
// the narrowest of its own limits and of those above it. There may be as many as
// employees, so they are kept without pointers.
type payers struct {
	list   []payer          // the first is the operator itself, whom nothing limits
	byID   map[id.Raw]int32 // account -> place in list
	places [][]id.Raw       // different sets of locations, sorted; few
	setOf  map[string]int32 // a set's locations, as bytes -> place in places
}

// payer is one account.
type payer struct {
	until  int64 // nobody charges on it from then on; 0 for no end
	places int32 // index into payers.places: at these locations only; none for anywhere
	shut   bool
	known  bool // it was read, and is not just named
}

func newPayers() payers {
	return payers{list: []payer{{places: none}}, byID: map[id.Raw]int32{{}: 0}, setOf: map[string]int32{}}
}

// at returns the place of an account in the list, which it may not be in yet: then
// nothing limits it until it is read. No account is the operator's own.
func (x *payers) at(acc id.Raw) int32 {
	i, ok := x.byID[acc]
	if !ok {
		i = int32(len(x.list)) //nolint:gosec // there are fewer accounts than people, and people are counted in int32
		x.list, x.byID[acc] = append(x.list, payer{places: none}), i
	}
	return i
}

// put says what holds for an account.
func (x *payers) put(acc id.Account, l *account.Limits) {
	p := payer{places: none, shut: !l.Open, known: true}
	if !l.Until.IsZero() {
		p.until = l.Until.UnixMilli()
	}
	if !l.Any {
		p.places = x.placeSet(l.Places)
	}
	x.list[x.at(id.RawOf(acc))] = p
}

// placeSet returns the number of a set of locations.
func (x *payers) placeSet(list []id.Location) int32 {
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

// copyFrom takes over what other has read of accounts.
func (x *payers) copyFrom(other *payers) {
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
		x.list[x.at(acc)] = p
	}
}

// lookAt gathers the facts about an account at a place, of which only the location
// counts; a zero one is nowhere in particular. It allocates nothing.
func (x *payers) lookAt(f *judge.Facts, acc int32, location id.Raw) {
	p := &x.list[acc]
	f.Shut, f.Ends = p.shut, p.until
	f.Elsewhere = p.places != none && !within(x.places[p.places], location)
}

func within(places []id.Raw, location id.Raw) bool {
	_, found := slices.BinarySearchFunc(places, location, func(a, b id.Raw) int { return slices.Compare(a[:], b[:]) })
	return found
}

// loadPayers reads accounts: all of them, or those of list with all below them.
func (w *world) loadPayers(tx *db.Tx, ws id.Workspace, list []id.Account) error {
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
		w.payers.put(all[i].ID, &limits)
	}
	return nil
}

// payerSentence says a refusal by an account to staff who may see accounts, with
// the names that matter.
func payerSentence(tx *db.Tx, by access.Actor, who id.Person, r decision.Reason) (string, error) {
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
