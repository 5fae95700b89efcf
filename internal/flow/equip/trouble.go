package equip

import (
	"context"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/site"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Flooded notes that a charger connected so many times within an hour, and is not
// let in until a moment.
func (s *Service) Flooded(ctx context.Context, ws id.Workspace, c id.Charger, times int, until time.Time) (err error) {
	defer errs.Wrap(&err, "equip.Flooded")
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		if changed, err := site.Block(tx, ws, c, until); err != nil || !changed {
			return err
		}
		tx.Notify("charger")
		return journal.Record(tx, itself(ws, c), "charger.blocked", journal.About("charger", c), map[string]any{"times": times, "until": until.UnixMilli()})
	})
}

// CameTwice notes that a charger came from one address while it was connected from
// another one.
func (s *Service) CameTwice(ctx context.Context, ws id.Workspace, c id.Charger, now, before string) (err error) {
	defer errs.Wrap(&err, "equip.CameTwice")
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		if changed, err := site.CameTwice(tx, ws, c, before+", "+now); err != nil || !changed {
			return err
		}
		tx.Notify("charger")
		return journal.Record(tx, itself(ws, c), "charger.two-networks", journal.About("charger", c), map[string]any{"from": before, "to": now})
	})
}

// itself is who the journal names for what a charger does.
func itself(ws id.Workspace, c id.Charger) access.Actor {
	return access.Actor{Workspace: ws, Name: journal.About("charger", c)}
}

// LetIn lets a charger connect again that reconnected too often.
func (s *Service) LetIn(ctx context.Context, by access.Actor, c id.Charger) (err error) {
	defer errs.Wrap(&err, "equip.LetIn")
	return s.see(ctx, by, c, "charger.unblocked", func(tx *db.Tx) (bool, error) { return site.Block(tx, by.Workspace, c, time.Time{}) })
}

// NetworksSeen notes that somebody has seen to it that a charger came from two
// networks at once.
func (s *Service) NetworksSeen(ctx context.Context, by access.Actor, c id.Charger) (err error) {
	defer errs.Wrap(&err, "equip.NetworksSeen")
	return s.see(ctx, by, c, "charger.networks-seen", func(tx *db.Tx) (bool, error) { return site.CameTwice(tx, by.Workspace, c, "") })
}

// see does something about a charger's trouble, if it is still there.
func (s *Service) see(ctx context.Context, by access.Actor, c id.Charger, what string, do func(*db.Tx) (bool, error)) error {
	in, err := by.Within(access.PlacesWrite)
	if err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		h, err := site.ChargerByID(tx, by.Workspace, c)
		if err != nil {
			return err
		}
		if !in.Covers(access.Scope{Kind: access.AtLocation, ID: string(h.Location)}) {
			return errs.New(errs.NotFound, "There is no such charger. It may have been removed.")
		}
		if changed, err := do(tx); err != nil || !changed {
			return err
		}
		tx.Notify("charger")
		return journal.Record(tx, by, what, journal.About("charger", c), nil)
	})
}
