package guard

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/doubt"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Question is a card that was used in two places, with names.
type Question struct {
	doubt.Doubt

	Number       string // printed on the card, or its UID
	State        card.State
	Name         string // of its holder; "" without the permission to see it
	Place, First Place
}

// Place is where a card was used; names are "" for a charger that is gone.
type Place struct{ Charger, Location string }

// Mine returns the open questions to a person.
func (s *Service) Mine(ctx context.Context, by access.Actor) (list []Question, err error) {
	defer errs.Wrap(&err, "guard.Mine")
	if by.Person == "" {
		return nil, nil
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		open, err := doubt.OpenOf(tx, by.Workspace, by.Person)
		if err == nil {
			list, err = named(tx, by, open)
		}
		return err
	})
	return list, err
}

// Most is how many questions a list has at most, the newest first.
const Most = 200

// List returns the workspace's questions, the open ones first.
func (s *Service) List(ctx context.Context, by access.Actor) (list []Question, open int, err error) {
	defer errs.Wrap(&err, "guard.List")
	if err := by.Need(access.CardsRead | access.SessionsRead); err != nil {
		return nil, 0, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		all, err := doubt.Newest(tx, by.Workspace, Most)
		if err == nil {
			list, err = named(tx, by, all)
		}
		return err
	})
	for i := range list {
		if list[i].Answer == doubt.Open {
			open++
		}
	}
	return list, open, err
}

// named looks the names up.
func named(tx *db.Tx, by access.Actor, all []doubt.Doubt) (list []Question, err error) {
	chargers, locations := map[id.Charger]site.Charger{}, map[id.Location]string{}
	place := func(c id.Charger) (Place, error) {
		h, known := chargers[c]
		if !known {
			var err error
			if h, err = site.ChargerByID(tx, by.Workspace, c); errs.KindOf(err) == errs.NotFound && err != nil {
				return Place{}, nil //nolint:nilerr // a charger that is gone has no name
			} else if err != nil {
				return Place{}, err
			}
			chargers[c] = h
		}
		if _, known := locations[h.Location]; !known {
			l, err := site.LocationByID(tx, by.Workspace, h.Location)
			if err != nil {
				return Place{}, err
			}
			locations[h.Location] = l.Name
		}
		return Place{cmp.Or(h.Name, h.Identity), locations[h.Location]}, nil
	}
	cards, people, err := theirs(tx, by.Workspace, all)
	if err != nil {
		return nil, err
	}
	for _, d := range all {
		q := Question{Doubt: d}
		if q.Place, err = place(d.Charger); err != nil {
			return nil, err
		}
		if q.First, err = place(d.FirstCharger); err != nil {
			return nil, err
		}
		c, there := cards[d.Card]
		if !there {
			continue
		}
		q.Number, q.State = cmp.Or(c.Printed, c.UID), c.State
		if by.Perms.Has(access.PersonalData) || d.Person == by.Person {
			q.Name = people[d.Person]
		}
		list = append(list, q)
	}
	return list, nil
}

// theirs reads the cards that doubts are about, and the names of those who held them.
func theirs(tx *db.Tx, ws id.Workspace, all []doubt.Doubt) (map[id.Card]card.Card, map[id.Person]string, error) {
	cards, people := map[id.Card]card.Card{}, map[id.Person]string{}
	for _, d := range all {
		cards[d.Card], people[d.Person] = card.Card{}, ""
	}
	found, err := card.ByIDs(tx, ws, slices.Collect(maps.Keys(cards)))
	if err != nil {
		return nil, nil, err
	}
	clear(cards)
	for _, c := range found {
		cards[c.ID] = c
	}
	holders, err := person.ByIDs(tx, ws, slices.Collect(maps.Keys(people)))
	for i := range holders {
		people[holders[i].ID] = holders[i].Name()
	}
	return cards, people, err
}
