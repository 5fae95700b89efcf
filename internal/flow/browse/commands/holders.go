package commands

import (
	"context"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/id"
	"involt/internal/flow/browse/look"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Holder is whose a card is that a charger holds in its list.
type Holder struct {
	UID    string
	State  card.State
	Person id.Person // "" if nobody's
	Name   string    // as the reader may see it
}

// Holders says whose cards are, to those who may see all cards of the workspace. A card that is
// gone is left out.
func (s *Service) Holders(ctx context.Context, by access.Actor, cards []id.Card) (_ map[id.Card]Holder, err error) {
	defer errs.Wrap(&err, "browse.Holders(%d cards)", len(cards))
	if err := by.Need(access.CardsRead); err != nil {
		return nil, err
	}
	out := map[id.Card]Holder{}
	type row struct {
		card id.Card
		Holder
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		for left := cards; len(left) > 0; {
			some := left[:min(len(left), 500)]
			left = left[len(some):]
			for r, err := range db.Each(tx, func(sc db.Scanner) (r row, err error) {
				var first, last, email, external string
				var deleted int64
				err = sc.Scan(&r.card, &r.UID, &r.State, &r.Person, &first, &last, &email, &external, &deleted)
				if r.Person != "" {
					r.Name = look.NameOf(by, deleted != 0, first, last, email, external)
				}
				return r, err
			}, `SELECT k.id, k.uid, k.state, COALESCE(k.person, ''), COALESCE(p.first_name, ''), COALESCE(p.last_name, ''), COALESCE(p.email, ''), COALESCE(p.external_id, ''), COALESCE(p.deleted_at, 0)
				FROM card k LEFT JOIN person p ON p.workspace = k.workspace AND p.id = k.person WHERE k.workspace = ? AND k.id IN `+db.In(len(some)), db.Args(some, any(by.Workspace))...) {
				if err != nil {
					return err
				}
				out[r.card] = r.Holder
			}
		}
		return nil
	})
	return out, err
}
