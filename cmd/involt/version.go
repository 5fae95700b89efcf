package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is set by the release build with -ldflags "-X main.version=…".
var version = "development"

type versionCmd struct{}

// Run prints the version.
func (versionCmd) Run(o out) error { //nolint:unparam // kong wants it so
	fmt.Fprintf(o.stdout, "involt %s %s %s/%s\n", version, commit(), runtime.GOOS, runtime.GOARCH)
	return nil
}

// commit is the revision the program was built from, as far as the build knows.
func commit() string {
	info, ok := debug.ReadBuildInfo()
	if ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				return s.Value[:min(12, len(s.Value))]
			}
		}
	}
	return "unknown"
}
