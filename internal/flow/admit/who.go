package admit

import (
	"context"
	"slices"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/decision"
	"involt/internal/core/id"
	"involt/internal/flow/admit/judge"
	"involt/internal/kit/errs"
)

// Why is what lets somebody charge at a place.
type Why string

// Why somebody may charge at a place; the narrowest is given.
const (
	ByName   Why = "person"   // a rule names them
	ByGroup  Why = "group"    // one of their groups
	ByActive Why = "everyone" // every active user may
)

// Allowee is somebody who may charge at a place now.
type Allowee struct {
	Person id.Person
	Why    Why
	Group  id.Group // of ByGroup: the first that lets them
	When   string   // "Mon–Fri 07:00–19:00, Europe/Berlin"; "" for always
	Card   bool     // they have a card that works
}

// Allowed is who may charge at a place now.
type Allowed struct {
	Count map[Why]int64
	Bare  int64     // how many of all have no card that works
	List  []Allowee // by id, behind the one that was asked for
	More  bool
}

// Where is a charger, or all those of a location.
type Where struct {
	Charger  id.Charger
	Location id.Location // looked at if Charger is ""
}

// WhoMay says who may charge at a charger now, or at one of a location, as a tap of
// a working card of theirs would be answered, and why: how many, and a page of them
// behind a person ("" for the first). why narrows the page; "" is all. Where they
// charge already does not count.
func (s *Service) WhoMay(ctx context.Context, by access.Actor, at Where, why Why, after id.Person, limit int, now time.Time) (a Allowed, err error) {
	defer errs.Wrap(&err, "admit.WhoMay")
	a.Count = map[Why]int64{}
	if err := by.Need(access.PeopleRead | access.PlacesRead); err != nil {
		return a, err
	}
	if err := s.Refresh(ctx); err != nil { // what somebody did a moment ago counts
		return a, err
	}
	w := s.world(by.Workspace)
	if w == nil {
		return a, nil
	}
	behind := id.RawOf(after)
	spots := w.spotsAt(at)
	var page []found
	for i, more := 0, true; more; i += atOnce {
		page, more = w.someAllowed(&a, page, spots, why, behind, i, limit, now.UnixMilli())
	}
	a.More = len(page) > limit
	a.List = w.reasons(page[:min(len(page), limit)], spots, now.UnixMilli())
	return a, nil
}

// atOnce is how many people are looked at before decisions may go on.
const atOnce = 5000

type found struct {
	raw  id.Raw
	at   int32 // of the person
	spot int   // the first place of the list where they may
	Allowee
}

func byID(x, y found) int { return slices.Compare(x.raw[:], y.raw[:]) }

// spotsAt are the places to look at: the charger; or the location, and those of its
// chargers that rules name or that are open to anyone.
func (w *world) spotsAt(at Where) (list []place) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if at.Charger != "" {
		if spot, here := w.chargers[hashOf(at.Charger)]; here {
			list = append(list, spot)
		}
		return list
	}
	location := id.RawOf(at.Location)
	l, known := w.locations[location]
	if !known {
		return nil
	}
	mine := map[id.Raw]place{}
	for _, spot := range w.chargers {
		if spot.location == location {
			mine[spot.id] = spot
		}
	}
	if len(mine) == 0 {
		return nil
	}
	list = append(list, place{id: location, location: location, membersOnly: l.membersOnly})
	for one, spot := range mine {
		if spot.open { // to anyone, whatever holds for the location
			list = append(list, spot)
			delete(mine, one)
		}
	}
	name := func(r rules) {
		for i := range r {
			if spot, ok := mine[r[i].Place]; ok {
				list = append(list, spot)
				delete(mine, spot.id)
			}
		}
	}
	for _, r := range w.groups {
		name(r)
	}
	for _, r := range w.direct {
		name(r)
	}
	return list
}

// someAllowed looks at some people from a place in the list on, and keeps the first
// limit of them and one more.
func (w *world) someAllowed(a *Allowed, page []found, spots []place, why Why, behind id.Raw, from, limit int, now int64) ([]found, bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if len(spots) == 0 {
		return page, false
	}
	end := min(from+atOnce, len(w.people))
	for i := int32(from); i < int32(end); i++ { //nolint:gosec // people are counted in int32
		p := &w.people[i]
		if p.id == (id.Raw{}) {
			continue
		}
		one, ok := w.allowed(i, spots, now)
		if !ok {
			continue
		}
		a.Count[one.Why]++
		if !one.Card {
			a.Bare++
		}
		if why != "" && one.Why != why || slices.Compare(p.id[:], behind[:]) <= 0 || len(page) > limit && byID(one, page[limit]) >= 0 {
			continue
		}
		n, _ := slices.BinarySearchFunc(page, one, byID)
		page = slices.Insert(page, n, one)
		page = page[:min(len(page), limit+1)]
	}
	return page, end < len(w.people)
}

// allowed says whether somebody may charge at one of the places, and by what.
func (w *world) allowed(i int32, spots []place, now int64) (one found, ok bool) {
	p := &w.people[i]
	for n := range spots {
		spot := &spots[n]
		f := w.standing(i, p, now)
		w.lookAround(&f, i, p, spot)
		if judge.Decide(f) != decision.Allowed {
			continue
		}
		one = found{p.id, i, n, Allowee{Why: ByActive, Card: w.hasCard(p, now)}}
		if f.Grant == judge.GrantNow {
			one.Why = ByGroup
			if p.named && w.direct[i].match(spot, now) == judge.GrantNow {
				one.Why = ByName
			}
		}
		return one, true
	}
	return one, false
}

func (w *world) hasCard(p *personRec, now int64) bool {
	for at := p.first; at != none; at = w.cards[at].next {
		c := &w.cards[at]
		if cardStates[c.state] == card.Active && now >= c.from && (c.to == 0 || now < c.to) {
			return true
		}
	}
	return false
}

// reasons completes a page: names of groups and of times are looked up for it alone,
// not for everybody who is counted.
func (w *world) reasons(page []found, spots []place, now int64) (list []Allowee) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	openers := map[int32]id.Group{}
	for n := range page {
		f := &page[n]
		f.Person = id.Text[id.Person](f.raw)
		if p := &w.people[f.at]; p.id == f.raw && f.Why != ByActive { // else gone meanwhile
			f.When = w.whens(f.at, &spots[f.spot], now)
			if f.Why == ByGroup {
				f.Group = w.opener(openers, p, &spots[f.spot], now)
			}
		}
		list = append(list, f.Allowee)
	}
	return list
}

// opener is the first group of a person that opens a place now.
func (w *world) opener(names map[int32]id.Group, p *personRec, spot *place, now int64) id.Group {
	for _, g := range w.groupsOf(p.set) {
		if w.groups[g].match(spot, now) != judge.GrantNow {
			continue
		}
		if name, known := names[g]; known {
			return name
		}
		for group, i := range w.groupOf {
			if i == g {
				names[g] = id.Text[id.Group](group)
				return names[g]
			}
		}
	}
	return ""
}
