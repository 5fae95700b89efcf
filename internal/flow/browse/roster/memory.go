package roster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Memory is the rosters of all workspaces. The zero value is empty and ready for
// use: a roster is loaded when it is first asked for. Run loads them beforehand
// and keeps them fresh while nobody asks.
type Memory struct {
	mu      sync.Mutex // guards keepers
	keepers map[id.Workspace]*keeper
}

// How long somebody who asks is kept waiting: while a roster is being loaded, and
// while many people are being changed. After the one they are told so, after the
// other they get the list as far as it has come.
const (
	loadWait = 10 * time.Second
	soonWait = 2 * time.Second // of those who can do without
	catchUp  = time.Second
)

var errLoading = errors.New("the list of users is still being read into memory")

// ErrLoading says that a roster is not there yet.
func ErrLoading() error {
	return fmt.Errorf("%w: %w", errs.New(errs.Unavailable, "The list of users is still being read into memory. Please try again in a few seconds."), errLoading)
}

// IsLoading reports whether err is [ErrLoading].
func IsLoading(err error) bool { return errors.Is(err, errLoading) }

// Of returns the roster of a workspace, with everything in it that was committed
// before the call. It must not be called inside a transaction. While a great many
// people are being changed it may lack some of them. [ErrLoading], an
// errs.Unavailable, says that it is still being loaded; soon waits less for that.
func (m *Memory) Of(ctx context.Context, d *db.DB, ws id.Workspace, soon bool) (*Roster, error) {
	ctx = alone{ctx}
	patience := loadWait
	if soon {
		patience = soonWait
	}
	k, err := m.ready(ctx, d, ws, patience)
	if err != nil {
		return nil, err
	}
	if err := k.follow(ctx, d, catchUp, soon); err != nil {
		return nil, err
	}
	return k.roster, nil
}

// alone is a context without what [db.DB.Join] put into it. A roster is read in
// transactions of its own: one that began before somebody else's news was taken
// would bring older things.
type alone struct{ context.Context }

func (alone) Value(any) any { return nil }

// ready returns a workspace's keeper once its roster is loaded. Whoever comes
// first loads it.
func (m *Memory) ready(ctx context.Context, d *db.DB, ws id.Workspace, patience time.Duration) (*keeper, error) {
	m.mu.Lock()
	k, known := m.keepers[ws]
	if !known {
		k = newKeeper(ws)
		if m.keepers == nil {
			m.keepers = map[id.Workspace]*keeper{}
		}
		m.keepers[ws] = k
	}
	m.mu.Unlock()
	if !known {
		m.load(ctx, d, k)
	}
	wait := time.NewTimer(patience)
	defer wait.Stop()
	select {
	case <-k.loaded:
		return k, k.why
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-wait.C:
		return nil, ErrLoading()
	}
}

// load loads a roster. Others wait for it, whatever becomes of who asked first.
func (m *Memory) load(ctx context.Context, d *db.DB, k *keeper) {
	k.why = d.View(context.WithoutCancel(ctx), k.load)
	if k.why != nil {
		m.mu.Lock()
		delete(m.keepers, k.ws) // who comes next tries again
		m.mu.Unlock()
	}
	close(k.loaded)
}

// follow brings the roster up to date. It gives up after a while if there is a
// great deal to do; what changed last is in it then. Lists that can do without those
// whom an import adds meanwhile leave them to somebody else.
func (k *keeper) follow(ctx context.Context, d *db.DB, patience time.Duration, without bool) error {
	late := time.NewTimer(patience)
	defer late.Stop()
	for more := true; more; {
		if err := take(ctx, k.turn); err != nil {
			return err
		}
		err := d.View(ctx, func(tx *db.Tx) (err error) {
			more, err = k.step(tx)
			return err
		})
		comes := len(k.coming) > 0
		k.turn <- struct{}{}
		if err == nil && comes && !more && !without {
			more, err = k.come(ctx, d)
		}
		if err != nil {
			return err
		}
		select {
		case <-late.C:
			return nil
		default:
		}
	}
	return nil
}

// breath is the shortest time between two looks of Run: news is then read in
// larger pieces, which is cheaper. Whoever asks for a list looks for themselves.
const breath = 300 * time.Millisecond

// Run loads the rosters of all workspaces and keeps them fresh until ctx is done.
func (m *Memory) Run(ctx context.Context, d *db.DB) error {
	rung, end := d.Watch(journal.Written)
	defer end()
	look := time.NewTicker(2 * time.Second) // another process on the same SQLite file rings no bell
	defer look.Stop()
	failed := false
	for {
		err := m.refresh(ctx, d)
		if err != nil && ctx.Err() == nil && !failed {
			slog.ErrorContext(ctx, "the lists of users cannot be kept fresh: the database does not answer", "err", err)
		}
		failed = err != nil
		select {
		case <-ctx.Done():
			return nil
		case <-rung:
		case <-look.C:
		}
		rest := time.NewTimer(breath)
		select {
		case <-ctx.Done():
			rest.Stop()
			return nil
		case <-rest.C:
		}
	}
}

func (m *Memory) refresh(ctx context.Context, d *db.DB) error {
	var all []workspace.Workspace
	err := d.View(ctx, func(tx *db.Tx) (err error) {
		all, err = workspace.All(tx)
		return err
	})
	for _, w := range all {
		k, one := m.ready(ctx, d, w.ID, loadWait)
		if one == nil {
			one = k.follow(ctx, d, catchUp, false)
		}
		err = errors.Join(err, one)
	}
	return err
}

// Size is how many people the rosters that are loaded hold.
func (m *Memory) Size() (n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, k := range m.keepers {
		select {
		case <-k.loaded:
			if k.why == nil {
				n += k.roster.Len()
			}
		default:
		}
	}
	return n
}
