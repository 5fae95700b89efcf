package admit

import (
	"cmp"
	"slices"
	"time"

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
		f := w.standing(index, p, now)
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

// Chargers lists the chargers at which a person may charge at a moment, by the same
// rules as a tap; what their cards and budgets say is left out.
func (s *Service) Chargers(ws id.Workspace, who id.Person, now time.Time) (list []id.Charger) {
	w := s.world(ws)
	if w == nil {
		return nil
	}
	w.mu.RLock()
	defer w.mu.RUnlock()
	index := w.person(id.RawOf(who))
	if index == none {
		return nil
	}
	p := &w.people[index]
	for _, spot := range w.chargers {
		f := w.standing(index, p, now.UnixMilli())
		w.lookAround(&f, index, p, &spot)
		if judge.Decide(f) == decision.Allowed {
			list = append(list, id.Text[id.Charger](spot.id))
		}
	}
	return list
}

// standing is what is known of a person with a card that works, at a charger that is
// looked at next.
func (w *world) standing(index int32, p *personRec, now int64) judge.Facts {
	return judge.Facts{Now: now, Known: true, State: card.Active, Owned: true, Status: person.Statuses[p.status], CardsUntil: p.cardsUntil, Begins: w.begins[index], Placed: true, Here: true}
}
