package onboard

import (
	"context"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/flow/onboard/gift"
	"involt/internal/flow/onboard/line"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Invitee is one line of the invitation form, and Note what is to be known of it.
type (
	Invitee = line.Invitee
	Note    = line.Note
)

// Check says what is wrong or odd with lines of the invitation form: an address or
// a card that is here already, twice in the form, or looks like a slip. It changes
// nothing.
func (s *Service) Check(ctx context.Context, by access.Actor, list []Invitee) (notes []Note, err error) {
	defer errs.Wrap(&err, "onboard.Check(%d people)", len(list))
	r, err := by.Within(access.PeopleWrite)
	if err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		_, _, notes, err = line.Read(tx, by, r, list, "")
		return err
	})
	return notes, err
}

// newPeople checks every line and stores the people and their cards.
func newPeople(tx *db.Tx, by access.Actor, r access.Reach, list []Invitee, account id.Account) ([]person.Person, error) {
	people, cards, notes, err := line.Read(tx, by, r, list, account)
	if err != nil {
		return nil, err
	}
	var wrong errs.List
	for _, n := range notes {
		if n.Stops {
			wrong.Add(errs.AtField(n.Field, "%s", n.Text))
		}
	}
	if err := wrong.Err(); err != nil {
		return nil, err
	}
	if _, err := person.Load(tx, func(yield func(*person.Person) bool) {
		for i := range people {
			if !yield(&people[i]) {
				return
			}
		}
	}); err != nil {
		return nil, err
	}
	_, err = card.Load(tx, func(yield func(*card.Card) bool) {
		for i := range cards {
			if !yield(&cards[i]) {
				return
			}
		}
	})
	for i := 0; err == nil && i < len(cards); i++ {
		err = journal.Record(tx, by, "card.assigned", journal.About("card", cards[i].ID), map[string]any{"uid": cards[i].UID, "person": cards[i].Person})
	}
	return people, err
}

// begin gives somebody without an address what others are offered: they are Active
// already. Nobody can sign in as them, so they get no role.
func begin(tx *db.Tx, by access.Actor, p *person.Person, offer invite.Offer) error {
	if err := journal.Record(tx, by, "person.created", journal.About("person", p.ID), map[string]any{"status": p.Status}); err != nil {
		return err
	}
	offer.Roles, offer.Rate = nil, ""
	return gift.GiveBy(tx, by, &invite.Invite{Workspace: p.Workspace, Person: p.ID, Offer: offer, InvitedBy: by.Name}, p)
}
