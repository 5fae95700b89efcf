package wallet

import (
	"involt/internal/core/card"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/person"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// mayGo refuses to take the last card of somebody away who has no e-mail
// address: nothing would be left to tell them by. Whoever may not charge any
// more, or was deleted, needs none.
func mayGo(tx *db.Tx, ws id.Workspace, c *card.Card) error {
	if c.Person == "" {
		return nil
	}
	// Two who take the last but one away at the same moment must see each other.
	if err := invite.LockPeople(tx, ws, c.Person); err != nil {
		return err
	}
	p, err := person.ByID(tx, ws, c.Person)
	if errs.KindOf(err) == errs.NotFound || err == nil && (!p.NeedsCard() || p.Status == person.Deactivated || p.Status == person.Declined) {
		return nil
	}
	if err != nil {
		return err
	}
	cards, err := card.Of(tx, ws, p.ID)
	for _, other := range cards {
		if other.ID != c.ID && other.State != card.Deactivated {
			return nil
		}
	}
	return errs.Or(err, person.ErrLastCard)
}
