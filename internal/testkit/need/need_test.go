package need_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"involt/internal/testkit/need"
)

// witness notes how a test was ended.
type witness struct {
	testing.TB
	skipped, failed bool
}

func (w *witness) Helper()               {}
func (w *witness) Skip(...any)           { w.skipped = true; runtime.Goexit() }
func (w *witness) Fatalf(string, ...any) { w.failed = true; runtime.Goexit() }

func TestMissingPartsFailWhereNothingMayBeSkipped(t *testing.T) {
	for _, tc := range []struct {
		ci      string
		skipped bool
	}{{"", true}, {"true", false}} {
		t.Setenv("CI", tc.ci)
		w := &witness{TB: t}
		done := make(chan struct{})
		go func() {
			defer close(done)
			need.Missing(w, "the moon is missing")
		}()
		<-done
		if w.skipped != tc.skipped || w.failed == tc.skipped {
			t.Errorf("CI=%q: skipped %v, failed %v", tc.ci, w.skipped, w.failed)
		}
	}
}

func TestRootHoldsGoMod(t *testing.T) {
	if _, err := os.Stat(filepath.Join(need.Root(t), "go.mod")); err != nil {
		t.Error(err)
	}
}
