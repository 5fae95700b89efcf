// Package dbtest runs a test on every engine that Involt supports: always on
// SQLite, and on PostgreSQL where INVOLT_TEST_POSTGRES names a server. With
// CI=true that server must be there.
package dbtest

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"involt/internal/kit/db"
	"involt/internal/schema"

	"github.com/jackc/pgx/v5"
)

// Each runs f once per engine, each time on a fresh, migrated database.
func Each(t *testing.T, f func(t *testing.T, d *db.DB)) {
	t.Helper()
	EachURL(t, func(t *testing.T, url string) { f(t, Open(t, url)) })
}

// EachURL runs f once per engine with the address of a fresh, empty database,
// for tests that start the program themselves.
func EachURL(t *testing.T, f func(t *testing.T, url string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); f(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { t.Parallel(); f(t, Postgres(t)) })
}

// SQLite returns the name of a SQLite file that goes with the test.
func SQLite(t testing.TB) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "test.db")
}

// Postgres returns the address of a fresh schema on the test server.
func Postgres(t testing.TB) string {
	t.Helper()
	url := os.Getenv("INVOLT_TEST_POSTGRES")
	if url == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("INVOLT_TEST_POSTGRES is not set; with CI=true every test runs on both engines (scripts/with-postgres sets it)")
		}
		t.Skip("no PostgreSQL: set INVOLT_TEST_POSTGRES, or run this through scripts/with-postgres")
	}
	name := "t" + strings.ToLower(rand.Text())
	run := func(query string) error {
		c, err := pgx.Connect(t.Context(), url)
		if err != nil {
			return err
		}
		defer c.Close(t.Context())
		_, err = c.Exec(t.Context(), query)
		return err
	}
	if err := run("CREATE SCHEMA " + name); err != nil {
		t.Fatal(err)
	}
	sep := "?"
	if strings.Contains(url, "?") {
		sep = "&"
	}
	return url + sep + "search_path=" + name + "&pool_max_conns=8"
}

// Open opens and migrates the database at url, and closes it with the test.
func Open(t testing.TB, url string) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := schema.Migrate(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	d.Inspect = func(query string) { apart(t, query) }
	return d
}
