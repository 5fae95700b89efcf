package equip

import (
	"context"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/site"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Knock names who wanted in: an identity that no charger of a workspace has.
type Knock struct {
	Workspace id.Workspace
	Identity  string
}

// Knocked notes who wanted in, and how often. They are let in by nothing but being
// added.
func (s *Service) Knocked(ctx context.Context, times map[Knock]int64) (err error) {
	defer errs.Wrap(&err, "equip.Knocked")
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		for k, n := range times {
			if err := site.Knocked(tx, k.Workspace, k.Identity, n); err != nil {
				return err
			}
		}
		return nil
	})
}

// Knocks returns who wanted in lately and is not here.
func (s *Service) Knocks(ctx context.Context, by access.Actor) (list []site.Knock, err error) {
	defer errs.Wrap(&err, "equip.Knocks")
	if err := by.Need(access.PlacesWrite); err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		list, err = site.Knocks(tx, by.Workspace)
		return err
	})
	return list, err
}

// ForgetKnock takes one off the list, until it knocks again.
func (s *Service) ForgetKnock(ctx context.Context, by access.Actor, identity string) (err error) {
	defer errs.Wrap(&err, "equip.ForgetKnock")
	if err := by.Need(access.PlacesWrite); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		_, err := site.ForgetKnock(tx, by.Workspace, identity)
		return err
	})
}
