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
