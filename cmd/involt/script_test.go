package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"involt": main})
}

// TestScripts runs the program as its operators do: see testdata/script.
func TestScripts(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("TESTDATA", filepath.Join(root, "testdata"))
			e.Setenv("INVOLT_DATABASE", filepath.Join(e.WorkDir, "involt.db"))
			e.Setenv("INVOLT_LOG_LEVEL", "error")
			e.Setenv("TMPDIR", os.TempDir())
			return nil
		},
	})
}
