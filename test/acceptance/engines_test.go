package acceptance

import (
	"hash/fnv"
	"os"
	"testing"

	"involt/internal/testkit/dbtest"
)

// engines says on which databases a story of the browser runs. Everything below
// the pages is tested on both engines elsewhere, and so is the main job here; a
// story takes ten seconds, so make check runs each of the others on one engine,
// which its name decides, and make acceptance runs them on both.
func engines(name string) []string {
	switch {
	case os.Getenv("INVOLT_TEST_ENGINES") == "both":
		return []string{"sqlite", "postgres"}
	case os.Getenv("INVOLT_TEST_POSTGRES") == "" && os.Getenv("CI") != "true":
		return []string{"sqlite"}
	}
	h := fnv.New32a()
	h.Write([]byte(name))
	return []string{[]string{"sqlite", "postgres"}[h.Sum32()%2]}
}

// tell runs a story on its engines, each time on a fresh, empty database.
func tell(t *testing.T, name string, story func(*testing.T, string)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		for _, engine := range engines(name) {
			t.Run(engine, func(t *testing.T) {
				t.Parallel()
				story(t, fresh(t, engine))
			})
		}
	})
}

// fresh is the address of an empty database.
func fresh(t *testing.T, engine string) string {
	t.Helper()
	if engine == "postgres" {
		return dbtest.Postgres(t)
	}
	return dbtest.SQLite(t)
}
