package admit

import (
	"cmp"
	"context"
	"slices"

	"involt/internal/core/access"
	"involt/internal/core/grant"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/flow/admit/judge"
	"involt/internal/flow/admit/payer"
	"involt/internal/flow/admit/ruling"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// fewPeople is how many of those concerned are named.
const fewPeople = 5

// Foresee says what a change of rules would do to whom, before it is made. It
// looks at sets of groups and not at people, of whom there may be a million.
func (s *Service) Foresee(ctx context.Context, by access.Actor, c grant.Change) (e grant.Effect, err error) {
	defer errs.Wrap(&err, "admit.Foresee")
	if err := by.Need(access.PeopleRead); err != nil {
		return e, err
	}
	if err := s.Refresh(ctx); err != nil { // what somebody did a moment ago counts
		return e, err
	}
	w := s.world(by.Workspace)
	if w == nil {
		return e, nil
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		before := w.outline(tx.NowMS())
		after, err := before.after(tx, by.Workspace, c)
		if err != nil {
			return err
		}
		e = before.compare(after)
		return nameChargers(tx, by.Workspace, e.Places)
	})
	return e, err
}

// outline is what a world says of who may charge where, apart from it, so that
// decisions do not wait while it is looked at.
type outline struct {
	now       int64
	everyone  bool
	refuge    groupSet
	sets      []groupSet // what the people of a set are in
	groups    []rules
	groupOf   func(id.Group) int32
	heads     []heads        // how many are in each set, by its place in sets
	named     []oneNamed     // those who have rules of their own besides, or an account that is open at some places only
	spots     []spot         // locations first
	located   int            // how many of them are locations
	chargers  map[id.Raw]int // the place of a charger in spots
	zoneMaker *world         // makes rules; belongs to nobody else
}

// heads are people who differ in nothing that matters.
type heads struct {
	may    int64 // those who may charge if a rule lets them
	active int64
	first  []id.Raw // of those without rules of their own
}

type oneNamed struct {
	who  id.Raw
	set  int32
	own  rules
	only []id.Raw // the locations where their account is open; nil for all
}

// spot is a place to be compared: a location, or one of its chargers.
type spot struct {
	place
	name     string
	charger  bool
	chargers int // of a location
}

// outline copies what a comparison needs. It takes some milliseconds for a
// million people.
func (w *world) outline(now int64) *outline {
	w.mu.RLock()
	defer w.mu.RUnlock()
	o := &outline{
		now: now, everyone: w.everyone, refuge: w.refuge, sets: slices.Clip(w.sets), groups: slices.Clone(w.groups), heads: make([]heads, len(w.sets)),
		zoneMaker: newWorld(),
	}
	known := make(map[id.Raw]int32, len(w.groupOf))
	for g, i := range w.groupOf {
		known[g] = i
	}
	o.groupOf = func(g id.Group) int32 {
		i, ok := known[id.RawOf(g)]
		if !ok { // a group that has neither members nor rules yet
			i = int32(len(o.groups)) //nolint:gosec // there are few groups
			o.groups, known[id.RawOf(g)] = append(o.groups, nil), i
		}
		return i
	}
	for i := range w.people {
		p := &w.people[i]
		h := &o.heads[p.set]
		status := person.Statuses[p.status]
		if !judge.Works(status, p.cardsUntil, now) || p.later && now < w.begins[int32(i)] {
			continue
		}
		if !w.payers.Open(p.account, now) {
			continue
		}
		if status == person.Active {
			h.active++
		}
		h.may++
		if places := w.payers.PlacesOf(p.account); places != nil {
			o.named = append(o.named, oneNamed{p.id, p.set, w.direct[int32(i)], places})
			continue
		}
		if !p.named && len(h.first) < fewPeople {
			h.first = append(h.first, p.id)
		}
		if p.named {
			o.named = append(o.named, oneNamed{who: p.id, set: p.set, own: w.direct[int32(i)]})
		}
	}
	o.addSpots(w)
	return o
}

func (o *outline) addSpots(w *world) {
	has := map[id.Raw]int{}
	for _, c := range w.chargers {
		has[c.location]++
	}
	for at, l := range w.locations {
		o.spots = append(o.spots, spot{place: place{id: at, location: at, membersOnly: l.membersOnly}, name: l.name, chargers: has[at]})
	}
	o.located, o.chargers = len(o.spots), make(map[id.Raw]int, len(w.chargers))
	for _, c := range w.chargers {
		o.chargers[c.id] = len(o.spots)
		o.spots = append(o.spots, spot{place: c, charger: true})
	}
}

// after is the outline as it will be when a change is made.
func (o *outline) after(tx *db.Tx, ws id.Workspace, c grant.Change) (*outline, error) {
	a := *o
	a.groups = nil
	if c.Everyone != nil {
		a.everyone = *c.Everyone
	}
	if c.Default != nil {
		a.refuge = nil
		if *c.Default != "" {
			a.refuge = groupSet{o.groupOf(*c.Default)}
		}
	}
	if c.Group != "" {
		which := o.groupOf(c.Group)
		list, err := rulesAfter(tx, ws, c)
		if err != nil {
			return nil, err
		}
		var r rules
		for i := range list {
			r = append(r, o.zoneMaker.ruleOf(&list[i]))
		}
		r.sort()
		var heir groupSet
		if c.Heir != "" {
			heir = groupSet{o.groupOf(c.Heir)} // before the groups are copied
		}
		a.groups = slices.Clone(o.groups)
		a.groups[which] = r
		if c.Gone {
			a.withoutGroup(which, heir)
		}
	}
	if a.groups == nil {
		a.groups = o.groups
	}
	return &a, nil
}

// rulesAfter are the rules of the group that a change says something of.
func rulesAfter(tx *db.Tx, ws id.Workspace, c grant.Change) ([]grant.Grant, error) {
	list, err := grant.OfGroup(tx, ws, c.Group)
	if err != nil || c.Gone {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(g grant.Grant) bool { return g.ID == c.Drop || c.Put != nil && g.ID == c.Put.ID })
	if c.Put != nil {
		list = append(list, *c.Put)
	}
	return list, nil
}

// withoutGroup takes a group out of all sets. Those who are left without any
// come to the heir.
func (o *outline) withoutGroup(gone int32, heir groupSet) {
	o.sets = slices.Clone(o.sets)
	for i, set := range o.sets {
		if slices.Contains(set, gone) {
			o.sets[i] = slices.DeleteFunc(slices.Clone(set), func(g int32) bool { return g == gone })
			if len(o.sets[i]) == 0 {
				o.sets[i] = heir
			}
		}
	}
	if slices.Contains(o.refuge, gone) {
		o.refuge = heir
	}
}

func (o *outline) groupsOf(set int32) groupSet {
	if s := o.sets[set]; len(s) > 0 {
		return s
	}
	return o.refuge
}

func (o *outline) rulesOf(set int32) (list []rules) {
	for _, g := range o.groupsOf(set) {
		list = append(list, o.groups[g])
	}
	return list
}

// compare says what becomes of people from o to a.
func (o *outline) compare(a *outline) (e grant.Effect) {
	t := tally{effect: &e, places: make([]grant.PlaceEffect, len(o.spots))}
	differs := make([]bool, len(o.sets)) // sets for whose people anything changes
	for i := range o.sets {
		set, h := int32(i), &o.heads[i]
		if len(a.sets[set]) == 0 {
			e.NoGroup += h.active
		}
		if o.everyone == a.everyone && o.sameRules(a, set) || h.may == 0 {
			continue
		}
		differs[i] = true
	}
	own := make([]int64, len(o.sets)) // how many of a set have rules of their own
	for _, n := range o.named {
		own[n.set]++
		if differs[n.set] {
			t.add(o.where(o.differences(a, n.set, n.own), n.only), 1, []id.Raw{n.who})
		}
	}
	for i, yes := range differs {
		if rest := o.heads[i].may - own[i]; yes && rest > 0 {
			t.add(o.differences(a, int32(i), nil), rest, o.heads[i].first)
		}
	}
	t.finish(o.spots)
	return e
}

// where keeps those of the differences that are at some locations; nil keeps all.
func (o *outline) where(list []difference, only []id.Raw) []difference {
	if only == nil {
		return list
	}
	return slices.DeleteFunc(list, func(d difference) bool { return !payer.Within(only, o.spots[d.spot].location) })
}

// sameRules reports that nothing changes for people of a set.
func (o *outline) sameRules(a *outline, set int32) bool {
	x, y := o.groupsOf(set), a.groupsOf(set)
	if !slices.Equal(x, y) {
		return false
	}
	for _, g := range x {
		if !slices.Equal(o.groups[g], a.groups[g]) {
			return false
		}
	}
	return true
}

// difference is a place where some may charge less, or more, than before.
type difference struct {
	spot       int
	lose, gain bool
}

// differences are those of people of a set with rules of their own.
func (o *outline) differences(a *outline, set int32, own rules) (list []difference) {
	before, after := ruling.Bundle(append(o.rulesOf(set), own)), ruling.Bundle(append(a.rulesOf(set), own))
	look := func(i int) difference {
		s := &o.spots[i]
		x, y := before.At(s.location, s.id), after.At(s.location, s.id)
		x.Always, y.Always = o.everyone && !s.membersOnly, a.everyone && !s.membersOnly
		return difference{i, x.Exceeds(&y, o.now), y.Exceeds(&x, o.now)}
	}
	alone := o.alone(before, after)
	named := map[id.Raw]int{} // by location: its chargers that have rules of their own
	for _, i := range alone {
		named[o.spots[i].location]++
	}
	told := map[id.Raw]difference{}
	for i := range o.located {
		// A location of which every charger is looked at by itself is none besides.
		if s := &o.spots[i]; s.chargers > 0 && named[s.location] == s.chargers {
			continue
		}
		if d := look(i); d.lose || d.gain {
			if len(alone) > 0 {
				told[o.spots[i].location] = d
			}
			list = append(list, d)
		}
	}
	for _, i := range alone {
		d, l := look(i), told[o.spots[i].location]
		if (d.lose || d.gain) && (d.lose != l.lose || d.gain != l.gain) { // else it is told of the whole location
			list = append(list, d)
		}
	}
	return list
}

// alone are the chargers that rules name, in order.
func (o *outline) alone(lists ...ruling.Bundled) (list []int) {
	for _, b := range lists {
		for at := range b.By {
			if i, ok := o.chargers[at]; ok {
				list = append(list, i)
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// tally adds up what happens to people.
type tally struct {
	effect *grant.Effect
	places []grant.PlaceEffect // by the place in spots
}

func (t *tally) add(list []difference, n int64, first []id.Raw) {
	lose, gain := false, false
	for _, d := range list {
		if d.lose {
			lose = true
			t.places[d.spot].Lose += n
		}
		if d.gain {
			gain = true
			t.places[d.spot].Gain += n
		}
	}
	note := func(happens bool, count *int64, who *[]id.Person) {
		if !happens {
			return
		}
		*count += n
		for _, p := range first {
			if len(*who) < fewPeople {
				*who = append(*who, id.Text[id.Person](p))
			}
		}
	}
	note(lose, &t.effect.Lose, &t.effect.Losers)
	note(gain, &t.effect.Gain, &t.effect.Gainers)
}

func (t *tally) finish(spots []spot) {
	for i, p := range t.places {
		if p.Lose == 0 && p.Gain == 0 {
			continue
		}
		p.Location, p.Name = id.Text[id.Location](spots[i].location), spots[i].name
		if spots[i].charger {
			p.Charger = id.Text[id.Charger](spots[i].id)
		}
		t.effect.Places = append(t.effect.Places, p)
	}
	slices.SortFunc(t.effect.Places, func(a, b grant.PlaceEffect) int {
		return cmp.Or(cmp.Compare(b.Lose, a.Lose), cmp.Compare(b.Gain, a.Gain), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Location, b.Location), cmp.Compare(a.Charger, b.Charger))
	})
}

// nameChargers names those of the first places that are chargers: the memory
// does not know their names.
func nameChargers(tx *db.Tx, ws id.Workspace, list []grant.PlaceEffect) error {
	for i := range list[:min(len(list), 20)] {
		if p := &list[i]; p.Charger != "" {
			c, err := site.ChargerByID(tx, ws, p.Charger)
			if err != nil && errs.KindOf(err) != errs.NotFound {
				return err
			}
			p.Name = cmp.Or(c.Name, c.Identity)
		}
	}
	return nil
}
