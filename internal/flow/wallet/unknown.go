package wallet

import (
	"context"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/journal"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// HideUnknown takes a number that was tapped, and that nobody here knows, off the
// list of unknown cards, or with hidden false back onto it. It is refused as
// before.
func (s *Service) HideUnknown(ctx context.Context, by access.Actor, uid string, hidden bool) (err error) {
	defer errs.Wrap(&err, "wallet.HideUnknown")
	if err := by.Need(access.CardsWrite); err != nil {
		return err
	}
	if uid == "" || len(uid) > 100 {
		return errs.New(errs.NotFound, "There is no such unknown card.")
	}
	what, change := "card.unknown-hidden", card.HideUnknown
	if !hidden {
		what, change = "card.unknown-shown", card.ShowUnknown
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		if err := change(tx, by.Workspace, uid); err != nil {
			return err
		}
		return journal.Record(tx, by, what, journal.About("workspace", by.Workspace), map[string]any{"uid": uid})
	})
}
