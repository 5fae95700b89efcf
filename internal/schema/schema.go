// Package schema holds the tables of Involt, in numbered steps, and brings a
// database up to the newest step. Each table names its owner: the one room
// that may write it. archtest holds the code to that.
//
// One text serves both engines. PostgreSQL gets COLLATE "C" on every text
// column, so that both engines compare and sort by bytes.
package schema

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"regexp"

	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

//go:embed *.sql
var steps embed.FS

var textColumn = regexp.MustCompile(`\bTEXT\b`)

// Migrate runs every step that d has not yet had, each in its own transaction.
// Several replicas may call it at once: one works, the others wait for it. A
// database that has had steps unknown to this program is refused.
func Migrate(ctx context.Context, d *db.DB) error {
	names, err := fs.Glob(steps, "*.sql") // sorted
	if err != nil {
		return err
	}
	if err := create(ctx, d); err != nil {
		return err
	}
	for _, name := range names {
		if err := d.Update(ctx, func(tx *db.Tx) error { return run(tx, name) }); err != nil {
			return fmt.Errorf("schema step %s: %w", name, err)
		}
	}
	return d.View(ctx, func(tx *db.Tx) error {
		done, err := db.All(tx, db.Text[string], `SELECT name FROM schema_step ORDER BY name`)
		if err == nil && len(done) > len(names) {
			err = errs.New(errs.Conflict, "This database was written by a newer Involt (it has step %s). Use that version or a newer one.", done[len(done)-1])
		}
		return err
	})
}

func create(ctx context.Context, d *db.DB) error {
	return d.Update(ctx, func(tx *db.Tx) error {
		if err := lock(tx); err != nil {
			return err
		}
		return tx.Script(`CREATE TABLE IF NOT EXISTS schema_step (name TEXT PRIMARY KEY, done_at BIGINT NOT NULL)`)
	})
}

// lock keeps other replicas out until the transaction ends. SQLite has one
// writer anyway.
func lock(tx *db.Tx) error {
	if !tx.Postgres() {
		return nil
	}
	var void string
	return tx.Row(`SELECT CAST(pg_advisory_xact_lock(71237) AS TEXT)`, nil, &void)
}

func run(tx *db.Tx, name string) error {
	if err := lock(tx); err != nil {
		return err
	}
	n, err := tx.Exec(`INSERT INTO schema_step (name, done_at) VALUES (?, ?) ON CONFLICT DO NOTHING`, path.Base(name), tx.NowMS())
	if err != nil || n == 0 {
		return err // done before
	}
	text, err := fs.ReadFile(steps, name)
	if err != nil {
		return err
	}
	ddl := string(text)
	if tx.Postgres() {
		ddl = textColumn.ReplaceAllString(ddl, `TEXT COLLATE "C"`)
	}
	return tx.Script(ddl)
}
