package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/workspace"
	"involt/internal/face/ocpp"
	"involt/internal/flow/booking"
	"involt/internal/kit/db"
	"involt/internal/kit/spool"
)

// mostFolders is how many servers may keep their folders side by side.
const mostFolders = 16

// openFolder opens this server's folder for the time in which the database is away,
// and takes over what servers that are gone have left beside it. Without a folder
// that can be written to the server works, and keeps nothing then.
func (a *App) openFolder() error {
	dir, messages, err := a.ownFolder()
	if err != nil {
		slog.Warn("nothing can be kept while the database is away: set INVOLT_AWAY_DIR to a folder on this server's disk", "err", err)
		return nil
	}
	a.folder = dir
	a.Desk.Spool = messages
	if a.Desk.Aside, err = spool.Open(filepath.Join(dir, "aside"), spool.Options{}); err != nil {
		return fmt.Errorf("the journal for outages: %w", err)
	}
	if a.Admit.Records().Taps, err = spool.Open(filepath.Join(dir, "taps"), spool.Options{Most: 256 << 20, One: 4 << 20}); err != nil {
		return fmt.Errorf("the journal for outages: %w", err)
	}
	if a.Booking.Numbers.Stock, err = spool.OpenStock(filepath.Join(dir, "numbers")); err != nil {
		return fmt.Errorf("the journal for outages: %w", err)
	}
	if a.snapshot.lost, err = spool.Open(filepath.Join(dir, "revoked"), spool.Options{Most: 64 << 20}); err != nil {
		return fmt.Errorf("the journal for outages: %w", err)
	}
	a.snapshot.dir = dir
	for n := range mostFolders {
		other := a.folderName(n)
		if _, err := os.Stat(other); err != nil || other == dir {
			continue
		}
		for name, to := range map[string]*spool.Spool{"messages": messages, "taps": a.Admit.Records().Taps} {
			if err := to.Adopt(filepath.Join(other, name)); err != nil && !errors.Is(err, spool.ErrTaken) {
				return fmt.Errorf("the journal that another server has left in %s: %w", other, err)
			}
		}
	}
	if left := a.Desk.Aside.Len(); left > 0 {
		slog.Warn("messages of chargers are put aside that the database did not take", "messages", left, "folder", filepath.Join(dir, "aside"))
	}
	return nil
}

func (a *App) folderName(n int) string {
	if n == 0 {
		return a.Config.AwayDir
	}
	return fmt.Sprintf("%s-%d", a.Config.AwayDir, n+1)
}

// ownFolder is the first one that no other server has.
func (a *App) ownFolder() (dir string, messages *spool.Spool, err error) {
	for n := range mostFolders {
		dir = a.folderName(n)
		messages, err = spool.Open(filepath.Join(dir, "messages"), spool.Options{})
		if !errors.Is(err, spool.ErrTaken) {
			return dir, messages, err
		}
	}
	return "", nil, err
}

// closeFolder closes what openFolder opened.
func (a *App) closeFolder() error {
	var err error
	for _, s := range []*spool.Spool{a.Desk.Spool, a.Desk.Aside, a.Admit.Records().Taps, a.snapshot.lost} {
		if s != nil {
			err = errors.Join(err, s.Close())
		}
	}
	return err
}

// halt has a charger end a session, as far as it is connected here. Nobody waits for
// it.
func (a *App) halt(ws id.Workspace, charger id.Charger, tx string) {
	a.halts.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		err := a.OCPP.RemoteStop(ctx, ocpp.Ref{Workspace: string(ws), Charger: string(charger)}, tx)
		slog.InfoContext(ctx, "a session that only an outage let begin has taken what it may: the charger was asked to end it", "charger", charger, "err", err)
	})
}

// outage is what the activity says of a time in which the database was away.
type outage struct {
	Server   string `json:"server"`
	From     int64  `json:"from"` // milliseconds since 1970
	To       int64  `json:"to"`
	Taps     int64  `json:"taps"`     // answered from memory
	Messages int    `json:"messages"` // kept, and booked since
}

// toldOutage notes an outage that is over, once all that was kept of it is stored.
func (a *App) toldOutage(ctx context.Context, o booking.Outage) error {
	if err := a.Admit.Store(ctx); err != nil {
		return err
	}
	messages := 0
	err := a.DB.Update(ctx, func(tx *db.Tx) error {
		all, err := workspace.All(tx)
		messages = 0
		for _, w := range all {
			if err != nil {
				return err
			}
			n := outage{Server: a.replica, From: o.From.UnixMilli(), To: o.To.UnixMilli(), Messages: o.Kept[w.ID]}
			if err := tx.Row(`SELECT COUNT(*) FROM decision WHERE workspace = ? AND at >= ? AND away_since <> 0`, []any{w.ID, n.From - 1000}, &n.Taps); err != nil {
				return err
			}
			messages += n.Messages
			err = journal.Record(tx, access.System(w.ID, "server"), "server.outage-ended", journal.About("workspace", w.ID), n)
		}
		return err
	})
	if err == nil {
		slog.InfoContext(ctx, "the database was away, and all that was kept is booked", "from", o.From, "to", o.To, "messages", messages)
	}
	return err
}
