package app

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"involt/internal/flow/admit"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/seal"
	"involt/internal/kit/spool"
	"involt/internal/schema"
)

// snapshot is what decisions need, in a file of this server's own: by it a server
// that starts while PostgreSQL is away answers its chargers. The file is a SQLite
// database with those tables, without names and addresses of people, and the paper
// that goes with it says as of when it is, with a seal of the server's key over both.
type snapshot struct {
	dir string // "" for none
	// lost is which cards and people lost or got back their right since.
	lost *spool.Spool

	mu   sync.Mutex // guards what follows
	asOf time.Time
	stir bool // something has changed since it was written
}

// paper is what is written down about a snapshot.
type paper struct {
	File string `json:"file"`
	At   int64  `json:"at"`   // milliseconds since 1970, by the database's clock
	Sum  string `json:"sum"`  // SHA-256 of the file
	Seal string `json:"seal"` // over the three
}

func (p *paper) seal(keys *seal.Ring) string {
	return keys.KeyedHash("snapshot", p.File+"|"+strconv.FormatInt(p.At, 10)+"|"+p.Sum)
}

const paperName = "snapshot.json"

// hasSnapshot reports whether there is a snapshot at all.
func (c *Config) hasSnapshot() bool {
	_, err := os.Stat(filepath.Join(c.AwayDir, paperName))
	return err == nil
}

func (s *snapshot) at() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asOf
}

// How often a snapshot is written: at least every so often, and sooner when something
// has changed, but never so often that it takes more than a twentieth of the time.
const (
	snapshotEvery = 15 * time.Minute
	snapshotSoon  = 20 * time.Second
	snapshotShare = 20
)

// keepSnapshot writes snapshots until ctx is done.
func (a *App) keepSnapshot(ctx context.Context) error {
	s := &a.snapshot
	if s.dir == "" || !a.DB.Postgres {
		return nil
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	var rest time.Duration
	var began time.Time
	for {
		s.mu.Lock()
		since := time.Since(began)
		due := since >= snapshotEvery || s.stir && since >= max(snapshotSoon, rest)
		s.mu.Unlock()
		if _, failing := a.DB.Failing(); due && !failing {
			began = time.Now()
			if err := a.writeSnapshot(ctx); err != nil && ctx.Err() == nil {
				slog.WarnContext(ctx, "no snapshot for outages could be written; it is tried again", "err", err)
			}
			rest = snapshotShare * time.Since(began)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// tables are those that decisions are made of. People are numbers there, and cards
// what chargers read.
func tables(now time.Time) []schema.Part {
	blank := func(columns ...string) map[string]string {
		m := map[string]string{}
		for _, c := range columns {
			m[c] = "''"
		}
		return m
	}
	people := blank("email", "first_name", "last_name", "sort_name", "phone", "external_id", "cost_center", "info_1", "info_2", "status_reason")
	people["identity"] = "NULL"
	day := now.Add(-48 * time.Hour).UnixMilli()
	return []schema.Part{
		{Table: "workspace", Leave: blank("welcome", "look")},
		{Table: "location"},
		{Table: "charger", Leave: blank("serial")},
		{Table: "evse"},
		{Table: "user_group"},
		{Table: "access_grant"},
		{Table: "account", Leave: blank("name", "name_key", "email", "legal_name", "street", "postcode", "city", "vat_id", "reason")},
		{Table: "account_place"},
		{Table: "person", Leave: people},
		{Table: "arrival"},
		{Table: "group_member"},
		{Table: "card", Leave: blank("typed", "printed")},
		{Table: "card_doubt"},
		{Table: "guest", Leave: map[string]string{"name": "''", "link_hash": "id", "made_by": "''"}},
		// Of guests all, since they count against a budget.
		{Table: "charge", Leave: blank("conflict"), Where: "status = 'running' OR received_at >= ? OR person IN (SELECT person FROM guest)", Args: []any{day}},
	}
}

// writeSnapshot writes one, whole or not at all.
func (a *App) writeSnapshot(ctx context.Context) (err error) {
	s := &a.snapshot
	s.mu.Lock()
	s.stir = false
	s.mu.Unlock()
	if err := tidy(s.dir, ""); err != nil {
		return err
	}
	before := s.lost.Len()
	p := paper{File: fmt.Sprintf("snapshot-%d.db", time.Now().UnixNano())}
	name := filepath.Join(s.dir, p.File)
	if p.At, err = a.copyInto(ctx, name); err != nil {
		return errors.Join(err, remove(name))
	}
	if p.Sum, err = sumOf(name); err != nil {
		return errors.Join(err, remove(name))
	}
	p.Seal = p.seal(a.Keys)
	b, err := json.Marshal(p)
	if err == nil {
		err = spool.Replace(filepath.Join(s.dir, paperName), b)
	}
	if err != nil {
		return errors.Join(err, remove(name))
	}
	s.mu.Lock()
	s.asOf = time.UnixMilli(p.At).UTC()
	s.mu.Unlock()
	return errors.Join(s.lost.Drop(before), tidy(s.dir, p.File))
}

func (a *App) copyInto(ctx context.Context, name string) (at int64, err error) {
	d, err := db.Open(ctx, name)
	if err != nil {
		return 0, err
	}
	if err = schema.Migrate(ctx, d); err == nil {
		at, err = schema.Copy(ctx, a.DB, d, tables(time.Now()))
	}
	return at, errors.Join(err, d.Close())
}

// tidy removes all snapshots but one, and but the one that the paper names.
func tidy(dir, but string) error {
	if but == "" {
		if p, err := readPaper(dir); err == nil {
			but = p.File
		}
	}
	list, err := filepath.Glob(filepath.Join(dir, "snapshot-*"))
	for _, name := range list {
		if err == nil && !strings.HasPrefix(filepath.Base(name), but) || but == "" {
			err = errs.Or(err, remove(name))
		}
	}
	return err
}

func remove(name string) error {
	if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("an old snapshot: %w", err)
	}
	return nil
}

func sumOf(name string) (string, error) {
	f, err := os.Open(name) //nolint:gosec // in the server's own folder
	if err != nil {
		return "", fmt.Errorf("the snapshot: %w", err)
	}
	h := sha256.New()
	_, err = io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), errors.Join(err, f.Close())
}

func readPaper(dir string) (p paper, err error) {
	b, err := os.ReadFile(filepath.Join(dir, paperName)) //nolint:gosec // in the server's own folder
	if err != nil {
		return p, fmt.Errorf("there is no snapshot: %w", err)
	}
	if err := json.Unmarshal(b, &p); err != nil || filepath.Base(p.File) != p.File {
		return p, fmt.Errorf("what is written of the snapshot cannot be read: %w", err)
	}
	return p, nil
}

// recall loads what decisions need from the snapshot, if it is whole, of this server's
// key and not too old.
func (a *App) recall(ctx context.Context) (err error) {
	dir := a.snapshot.dir
	if dir == "" {
		return errors.New("there is no folder for outages")
	}
	p, err := readPaper(dir)
	if err != nil {
		return err
	}
	name := filepath.Join(dir, p.File)
	sum, err := sumOf(name)
	if err != nil {
		return err
	}
	if sum != p.Sum || subtle.ConstantTimeCompare([]byte(p.seal(a.Keys)), []byte(p.Seal)) != 1 {
		return fmt.Errorf("the snapshot %s is damaged, or not of this server's key", name)
	}
	at := time.UnixMilli(p.At).UTC()
	if age := time.Since(at); age > a.Config.awayLimit() {
		return fmt.Errorf("the snapshot is %s old, and INVOLT_AWAY_LIMIT is %s", age.Round(time.Minute), a.Config.awayLimit())
	}
	copied := filepath.Join(dir, "recalled.db") // opening a file changes it
	if err := copyFile(name, copied); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove(copied)) }()
	d, err := db.Open(ctx, copied)
	if err != nil {
		return err
	}
	if err = schema.Migrate(ctx, d); err == nil {
		err = a.Admit.LoadFrom(ctx, d, at)
	}
	if err = errors.Join(err, d.Close()); err != nil {
		return err
	}
	a.snapshot.mu.Lock()
	a.snapshot.asOf = at
	a.snapshot.mu.Unlock()
	return a.snapshot.lost.Each(func(b []byte) error {
		var list []admit.Fate
		if err := json.Unmarshal(b, &list); err != nil {
			return fmt.Errorf("what was revoked since the snapshot: %w", err)
		}
		a.Admit.Suffer(list)
		return nil
	})
}

func copyFile(from, to string) error {
	b, err := os.ReadFile(from) //nolint:gosec // in the server's own folder
	if err == nil {
		err = os.WriteFile(to, b, 0o600) //nolint:gosec // likewise
	}
	if err != nil {
		return fmt.Errorf("the snapshot: %w", err)
	}
	return nil
}

// fates notes on the disk which cards and people lost or got back their right since
// the snapshot, and that there is something new for the next one.
func (a *App) fates(list []admit.Fate) {
	s := &a.snapshot
	s.mu.Lock()
	s.stir = true
	s.mu.Unlock()
	if s.lost == nil || !a.DB.Postgres {
		return
	}
	const atOnce = 5000
	for len(list) > 0 {
		some := list[:min(len(list), atOnce)]
		list = list[len(some):]
		b, err := json.Marshal(some)
		if err == nil {
			err = s.lost.Append(b)
		}
		if err != nil {
			return // its log says so
		}
	}
}
