package guests

import (
	"context"
	"log/slog"
	"time"

	"involt/internal/core/charge"
	"involt/internal/core/decision"
	"involt/internal/core/guest"
	"involt/internal/core/id"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
)

// watchEvery is how often running sessions of guests are looked at. A car takes 60 Wh
// meanwhile at 22 kW; chargers report less often than that.
const watchEvery = 10 * time.Second

// Run stops sessions of guests whose budget or time is used up, until ctx is done. Each
// server looks; whichever is first asks the charger.
func (s *Service) Run(ctx context.Context) error {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := s.StopSpent(ctx); err != nil && ctx.Err() == nil {
			slog.ErrorContext(ctx, "sessions of guests cannot be looked at", "err", err)
		}
	}
}

// StopSpent asks chargers to end the sessions of guests that have used up what they were
// given: energy, time, or the number of sessions, of which the first stay.
func (s *Service) StopSpent(ctx context.Context) error {
	var doomed []charge.Charge
	err := s.DB.View(ctx, func(tx *db.Tx) error {
		doomed = nil
		all, err := workspace.All(tx)
		if err != nil {
			return err
		}
		for i := range all {
			list, err := spent(tx, &all[i])
			if err != nil {
				return err
			}
			doomed = append(doomed, list...)
		}
		return nil
	})
	if err != nil || len(doomed) == 0 {
		return err
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		for i := range doomed {
			if err := workspace.Lock(tx, doomed[i].Workspace); err != nil { // two servers ask once
				return err
			}
			if err := s.Remote.StopFor(tx, &doomed[i], decision.NoCredit); err != nil {
				return err
			}
		}
		return nil
	})
}

// spent finds the running sessions of a workspace's guests that are to be stopped.
func spent(tx *db.Tx, w *workspace.Workspace) (doomed []charge.Charge, err error) {
	running, err := charge.RunningOfGuests(tx, w.ID)
	if err != nil || len(running) == 0 {
		return nil, err
	}
	for i := range running {
		c := &running[i]
		g, err := guest.OfPeople(tx, w.ID, []id.Person{c.Person})
		if err != nil {
			return nil, err
		}
		used, err := guest.UsedBy(tx, w.ID, []id.Person{c.Person})
		if err != nil {
			return nil, err
		}
		before, err := charge.Before(tx, c)
		if err != nil {
			return nil, err
		}
		u := used[c.Person]
		if !tx.Now.Before(g[0].Ends) || g[0].Wh > 0 && u.Wh >= g[0].Wh || g[0].Charges > 0 && before >= g[0].Charges {
			doomed = append(doomed, *c)
		}
	}
	return doomed, nil
}
