// Package peers runs other people's software, installed from npm into
// test/peers, against Involt. Where it is not installed a test is skipped with a
// sentence that says so; with CI=true it fails.
package peers

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"involt/internal/testkit/need"
	"involt/internal/testkit/process"
)

// Dir returns test/peers, once it is sure that Node is there and the packages
// are installed.
func Dir(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(need.Root(t), "test", "peers")
	if _, err := exec.LookPath("node"); err != nil {
		need.Missing(t, "there is no Node (Debian: nodejs npm)")
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules")); err != nil {
		need.Missing(t, "the peers are not installed (scripts/test-setup runs npm ci in test/peers)")
	}
	return dir
}

// Node starts a script with Node, in test/peers. The script's path is absolute or
// from there. env holds variables as NAME=value on top of the surroundings'. The
// script may run to its end, be stopped, or be stopped with the test; unless it
// is killed, it must end with status 0 when it is told to stop.
func Node(t testing.TB, env []string, script string, args ...string) *process.Process {
	t.Helper()
	cmd := exec.Command("node", append([]string{script}, args...)...)
	cmd.Dir = Dir(t)
	cmd.Env = append(os.Environ(), env...)
	return process.Start(t, cmd)
}
