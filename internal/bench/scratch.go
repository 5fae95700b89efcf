package bench

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	neturl "net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"involt/internal/kit/db"
	"involt/internal/schema"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

func (o *Options) engine() string {
	if o.Database != "" {
		return "postgres"
	}
	return "sqlite"
}

// scratch opens an empty database with the tables in it, and returns what
// removes it again.
func (o *Options) scratch(ctx context.Context) (d *db.DB, remove func() error, err error) {
	if o.Database != "" && !db.IsPostgres(o.Database) {
		return nil, nil, errors.New("--database takes a postgres:// URL; without it a temporary SQLite file is used")
	}
	url, drop, err := o.place(ctx)
	if err != nil {
		return nil, nil, err
	}
	if d, err = db.Open(ctx, url); err != nil {
		return nil, nil, errors.Join(err, drop())
	}
	remove = func() error { return errors.Join(d.Close(), drop()) }
	if err := schema.Migrate(ctx, d); err != nil {
		return nil, nil, errors.Join(err, remove())
	}
	return d, remove, nil
}

func (o *Options) place(ctx context.Context) (url string, drop func() error, err error) {
	if o.Database == "" {
		dir, err := os.MkdirTemp("", "involt-bench-")
		return filepath.Join(dir, "bench.db"), func() error { return os.RemoveAll(dir) }, err
	}
	name := "bench_" + strings.ToLower(rand.Text()[:12])
	u, err := neturl.Parse(o.Database)
	if err != nil {
		return "", nil, fmt.Errorf("--database is no postgres:// URL: %w", err)
	}
	q := u.Query()
	q.Set("search_path", name)
	u.RawQuery = q.Encode()
	return u.String(), func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		return run(ctx, o.Database, "DROP SCHEMA "+name+" CASCADE")
	}, run(ctx, o.Database, "CREATE SCHEMA "+name)
}

func run(ctx context.Context, url, statement string) error {
	cfg, err := pgxpool.ParseConfig(url) // which knows the pool's settings too
	if err != nil {
		return err
	}
	c, err := pgx.ConnectConfig(ctx, cfg.ConnConfig)
	if err != nil {
		return err
	}
	_, err = c.Exec(ctx, statement)
	return errors.Join(err, c.Close(ctx))
}

// quickly runs fill on a scratch database. On PostgreSQL the indices and the
// foreign keys of its large tables are made after that, all at once, which takes a
// fraction of the time; and the planner is told what is in them.
func quickly(ctx context.Context, d *db.DB, fill func() error) error {
	var again []string
	err := d.Update(ctx, func(tx *db.Tx) error {
		if !tx.Postgres() {
			return nil
		}
		pair := func(row db.Scanner) (p [2]string, err error) {
			err = row.Scan(&p[0], &p[1])
			return p, err
		}
		keys, err := db.All(tx, pair, `SELECT 'ALTER TABLE ' || conrelid::regclass || ' DROP CONSTRAINT ' || conname, 'ALTER TABLE ' || conrelid::regclass || ' ADD CONSTRAINT ' || conname || ' ' || pg_get_constraintdef(oid)
			FROM pg_constraint WHERE connamespace = current_schema()::regnamespace AND contype = 'f' AND conrelid::regclass::text IN `+large)
		if err != nil {
			return err
		}
		indices, err := db.All(tx, pair, `SELECT 'DROP INDEX ' || indexname, indexdef FROM pg_indexes i WHERE schemaname = current_schema() AND tablename IN `+large+`
			AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.connamespace = current_schema()::regnamespace AND c.conname = i.indexname)`)
		if err != nil {
			return err
		}
		for _, p := range append(keys, indices...) {
			if _, err := tx.Exec(p[0]); err != nil {
				return err
			}
		}
		for _, p := range append(indices, keys...) { // the keys lean on indices
			again = append(again, p[1])
		}
		again = append(again, "ANALYZE")
		return nil
	})
	if err != nil {
		return err
	}
	if err := fill(); err != nil || len(again) == 0 {
		return err
	}
	return d.Update(ctx, func(tx *db.Tx) error { return tx.Script(strings.Join(again, ";\n")) })
}

// large are the tables that a crowd fills.
const large = `('person', 'group_member', 'card', 'vehicle')`

// empty is a database with the tables in it and nobody who has it open.
func (o *Options) empty(ctx context.Context) (url string, drop func() error, err error) {
	if o.Database != "" && !db.IsPostgres(o.Database) {
		return "", nil, errors.New("--database takes a postgres:// URL; without it a temporary SQLite file is used")
	}
	if url, drop, err = o.place(ctx); err != nil {
		return "", nil, err
	}
	d, err := db.Open(ctx, url)
	if err == nil {
		err = errors.Join(schema.Migrate(ctx, d), d.Close())
	}
	if err != nil {
		return "", nil, errors.Join(err, drop())
	}
	return url, drop, nil
}
