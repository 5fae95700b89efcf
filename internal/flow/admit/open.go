package admit

import (
	"cmp"
	"slices"

	"involt/internal/core/card"
	"involt/internal/core/decision"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/flow/admit/judge"
)

// Open is a location where somebody may charge now, wholly or in part.
type Open struct {
	Location id.Location
	Name     string
	Chargers int    // how many of its chargers are open to them
	Of       int    // how many it has
	Why      string // "everyone", "group" or "person"
	When     string // "Mon–Fri 07:00–19:00, Europe/Berlin", "until 3 Mar 2027": when it is open to them; "" for always
}

// open lists where a person may charge, by the same rules as a tap.
func (w *world) open(who id.Raw, now int64) []Open {
	index := w.person(who)
	if index == none {
		return nil
	}
	p := &w.people[index]
	by := map[id.Raw]*Open{}
	for _, spot := range w.chargers {
		o := by[spot.location]
		if o == nil {
			o = &Open{Location: id.Text[id.Location](spot.location), Name: w.locations[spot.location].name}
			by[spot.location] = o
		}
		o.Of++
		f := judge.Facts{Now: now, Known: true, State: card.Active, Owned: true, Status: person.Statuses[p.status], CardsUntil: p.cardsUntil, Begins: w.begins[index], Placed: true, Here: true}
		w.lookAround(&f, index, p, &spot)
		if judge.Decide(f) != decision.Allowed {
			continue
		}
		o.Chargers++
		when := ""
		if !w.everyone || spot.membersOnly {
			when = w.whens(index, &spot, now)
		}
		switch {
		case o.Chargers == 1:
			o.When = when
		case o.When != when:
			o.When = "hours differ by charger"
		}
		switch {
		case w.direct[index].match(&spot, now) == judge.GrantNow:
			o.Why = "person"
		case f.Grant == judge.GrantNow && o.Why != "person":
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
