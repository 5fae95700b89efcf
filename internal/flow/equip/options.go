package equip

import (
	"context"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/site"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Options are what is said of a charger alone.
type Options struct {
	Open  bool // to anyone: every card may charge there, but those that are blocked or whose user is shut out
	KeyOK bool // its key is enough where others need a certificate
}

// SetOptions changes a charger's. When it is opened or closed it is told to forget whom
// it knows (flow/steer hears of it): some chargers remember whom they refused, too.
func (s *Service) SetOptions(ctx context.Context, by access.Actor, c id.Charger, o Options) (err error) {
	defer errs.Wrap(&err, "equip.SetOptions")
	in, err := by.Within(access.PlacesWrite)
	if err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		h, err := site.ChargerByID(tx, by.Workspace, c)
		if err == nil && !in.Covers(access.Scope{Kind: access.AtLocation, ID: string(h.Location)}) {
			err = errs.New(errs.NotFound, "There is no such charger. It may have been removed.")
		}
		if err != nil {
			return err
		}
		if changed, err := site.SetOptions(tx, by.Workspace, c, o.Open, o.KeyOK); err != nil || !changed {
			return err
		}
		tx.Notify("charger")
		about := journal.About("charger", c)
		if h.Open != o.Open {
			what := "charger.opened"
			if h.Open {
				what = "charger.closed"
			}
			if err := journal.Record(tx, by, what, about, map[string]any{"identity": h.Identity}); err != nil {
				return err
			}
		}
		if h.KeyOK != o.KeyOK {
			return journal.Record(tx, by, "charger.updated", about, map[string]any{"key_ok": [2]bool{h.KeyOK, o.KeyOK}})
		}
		return nil
	})
}
