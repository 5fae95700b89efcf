package admit

import (
	"involt/internal/core/card"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/flow/admit/judge"
)

// Fate is whether a card, or a person with all their cards, works by what was seen
// last.
type Fate struct {
	Workspace id.Workspace
	Card      id.Card   `json:",omitempty"`
	Person    id.Person `json:",omitempty"`
	Works     bool      `json:",omitempty"`
}

// fates are those of the cards and people of a change. w must be locked.
func (w *world) fates(ws id.Workspace, c *change) []Fate {
	list := make([]Fate, 0, len(c.cards)+len(c.people))
	for one := range c.cards {
		at := w.cardOf(id.RawOf(one))
		list = append(list, Fate{Workspace: ws, Card: one, Works: at != none && cardStates[w.cards[at].state] == card.Active})
	}
	for one := range c.people {
		f := Fate{Workspace: ws, Person: one}
		if at := w.person(id.RawOf(one)); at != none {
			p := &w.people[at]
			f.Works = judge.Works(person.Statuses[p.status], p.cardsUntil, 0)
		}
		list = append(list, f)
	}
	return list
}

// Suffer has cards and people share a fate that was noted after what is known was
// written down. Nobody gets a right by it, since what else they need is not known.
func (s *Service) Suffer(list []Fate) {
	for _, f := range list {
		w := s.world(f.Workspace)
		if w == nil || f.Works {
			continue
		}
		w.mu.Lock()
		if at := w.cardOf(id.RawOf(f.Card)); f.Card != "" && at != none {
			w.cards[at].state = stateIndex(card.Blocked)
		}
		if at := w.person(id.RawOf(f.Person)); f.Person != "" && at != none {
			w.people[at].status = statusIndex(person.Deactivated)
		}
		w.mu.Unlock()
	}
}
