// Package need is how tests speak of parts that a developer's machine may lack:
// a browser, a PostgreSQL, Node. Where such a part is missing the test is
// skipped with a sentence that says how to get it; with CI=true nothing may be
// skipped and the test fails instead.
package need

import (
	"os"
	"path/filepath"
	"testing"
)

// Missing ends the test because a part is missing. The sentence says which, and
// how to get it.
func Missing(t testing.TB, sentence string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s; with CI=true nothing is skipped", sentence)
	}
	t.Skip(sentence)
}

// Root returns the directory of the module that the test belongs to.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("no go.mod above the test's directory")
		}
		dir = up
	}
}
