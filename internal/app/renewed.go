package app

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/face/ocpp"
	"involt/internal/kit/db"
)

// dropRenewed closes a charger's connection when it got a new key, on whichever
// replica it is connected: the old key must not go on working for as long as
// that connection lasts. It follows the journal until ctx is done.
func (a *App) dropRenewed(ctx context.Context) error {
	sealed, end := a.DB.Watch(journal.Sealed)
	defer end()
	look := time.NewTicker(time.Second)
	defer look.Stop()
	var seen map[id.Workspace]int64 // nil until the journal was read once
	for ctx.Err() == nil {
		err := a.DB.View(ctx, func(tx *db.Tx) (err error) {
			if seen == nil {
				seen, err = journal.Heads(tx)
				return err
			}
			return a.renewedSince(tx, seen)
		})
		if err != nil && ctx.Err() == nil {
			slog.WarnContext(ctx, "renewed charger keys are not followed for now", "err", err)
		}
		select {
		case <-ctx.Done():
		case <-sealed:
		case <-look.C:
		}
	}
	return nil
}

// renewedSince drops the chargers whose keys were changed behind the places in
// seen, and moves those on.
func (a *App) renewedSince(tx *db.Tx, seen map[id.Workspace]int64) error {
	heads, err := journal.Heads(tx)
	if err != nil {
		return err
	}
	for ws, head := range heads {
		if seen[ws] == head {
			continue
		}
		list, err := journal.Named(tx, ws, seen[ws], "charger.key-changed")
		if err != nil {
			return err
		}
		for _, subject := range list {
			a.OCPP.Drop(ocpp.Ref{Workspace: string(ws), Charger: strings.TrimPrefix(subject, "charger:")}, "its key was changed")
		}
		seen[ws] = head
	}
	return nil
}
