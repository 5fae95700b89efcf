package admit

import (
	"context"
	"log/slog"
	"maps"
	"sync"
	"time"

	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
)

// followed is a world and how far it has followed the journal.
type followed struct {
	*world
	journal *journal.Follower // guarded by Service.following
}

// Run keeps the memory fresh and stores decisions until ctx is done. While the
// database is away, answers go on from what is known.
func (s *Service) Run(ctx context.Context) error {
	var storing sync.WaitGroup
	var last error
	// Apart from following: a change must not wait until many decisions are stored.
	storing.Go(func() {
		tick := time.NewTicker(500 * time.Millisecond)
		defer tick.Stop()
		repeat(ctx, s.store, tick.C, nil, nil)
		last = s.lastStore(ctx)
	})
	if s.Holder != nil {
		storing.Go(func() {
			tick := time.NewTicker(500 * time.Millisecond) // after an error
			defer tick.Stop()
			repeat(ctx, s.hold, tick.C, s.suspects.Bell(), nil)
		})
	}
	if s.Pupil != nil {
		storing.Go(func() {
			tick := time.NewTicker(500 * time.Millisecond) // after an error
			defer tick.Stop()
			repeat(ctx, s.learn, tick.C, s.taught.Bell(), nil)
		})
	}
	written, end := s.DB.Watch(journal.Written)
	defer end()
	sealed, end2 := s.DB.Watch(journal.Sealed)
	defer end2()
	// Another process on the same SQLite file rings no bell.
	look := time.NewTicker(200 * time.Millisecond)
	defer look.Stop()
	repeat(ctx, s.Refresh, look.C, written, sealed)
	storing.Wait()
	return last
}

// repeat does something whenever a channel says so, until ctx is done. Of errors
// that follow each other it logs the first.
func repeat(ctx context.Context, do func(context.Context) error, tick <-chan time.Time, a, b <-chan struct{}) {
	failed := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick:
		case <-a:
		case <-b:
		}
		err := do(ctx)
		if err != nil && ctx.Err() == nil && !failed {
			slog.ErrorContext(ctx, "decisions go on from memory: the database does not answer", "err", err)
		}
		failed = err != nil
	}
}

// lastStore stores what is left when the server stops.
func (s *Service) lastStore(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
	defer cancel()
	return s.store(ctx)
}

func (s *Service) store(ctx context.Context) error { return s.record.Store(ctx, s.DB) }

// Store stores all decisions that were given by now.
func (s *Service) Store(ctx context.Context) error { return s.store(ctx) }

// refreshWithin is long enough to read everything anew.
const refreshWithin = time.Minute

// Refresh follows the journal up to now.
func (s *Service) Refresh(ctx context.Context) error {
	s.following.Lock()
	defer s.following.Unlock()
	// A network that swallows what is asked must not hold this up once it works again.
	ctx, cancel := context.WithTimeout(ctx, refreshWithin)
	defer cancel()
	return s.DB.View(ctx, func(tx *db.Tx) error {
		all, err := workspace.All(tx)
		if err != nil {
			return err
		}
		for _, v := range all {
			if err := s.follow(tx, v.ID); err != nil {
				return err
			}
		}
		s.fresh.Store(tx.NowMS())
		return nil
	})
}

func (s *Service) follow(tx *db.Tx, ws id.Workspace) error {
	f := s.world(ws)
	if f == nil {
		return s.reload(tx, ws)
	}
	n, err := f.journal.News(tx)
	if err != nil {
		return err
	}
	if n.Entries > 0 {
		c := changeOf(n)
		if c.all {
			return s.reload(tx, ws)
		}
		news, err := f.fetch(tx, ws, c)
		if err != nil {
			return err
		}
		f.mu.Lock()
		f.take(&news)
		fates := f.fates(ws, &c)
		f.mu.Unlock()
		if s.Fates != nil {
			s.Fates(fates)
		}
	}
	f.journal.Took(n)
	return nil
}

func (s *Service) reload(tx *db.Tx, ws id.Workspace) error {
	heads, err := journal.Heads(tx)
	if err != nil {
		return err
	}
	w, err := loadWorld(tx, ws)
	if err != nil {
		return err
	}
	worlds := map[id.Workspace]*followed{}
	if all := s.worlds.Load(); all != nil {
		maps.Copy(worlds, *all)
	}
	worlds[ws] = &followed{world: w, journal: journal.Follow(ws, heads[ws])}
	s.worlds.Store(&worlds)
	if s.Fates != nil {
		s.Fates(nil)
	}
	return nil
}
