// Package binary runs the built program in tests, as its operators do: one-shot
// commands, the server, the demo.
//
//	dbtest.EachURL(t, func(t *testing.T, database string) {
//		s := binary.Serve(t, database, "INVOLT_SMTP="+mails.URL())
//		binary.Run(t, s.Env(), "import", "people.csv", "--workspace", "demo", "--apply").OK(t)
//	})
package binary

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"involt/internal/testkit/need"
	"involt/internal/testkit/process"
)

// patience is how long a server may take until it is ready, and a one-shot
// command until it is done.
const patience = 60 * time.Second

// build builds the program once per test binary.
var build struct {
	once sync.Once
	path string
	err  error
}

// Path returns where the built program is. It is built as it is shipped: static
// and without the race detector, at a place outside of version control where the
// next test finds it again.
func Path(t testing.TB) string {
	t.Helper()
	root := need.Root(t)
	build.once.Do(func() { build.path, build.err = compile(root) })
	if build.err != nil {
		t.Fatal(build.err)
	}
	return build.path
}

// compile builds the program. Several packages may want it at once, so a lock
// stands before it; the go command itself sees whether anything has changed.
func compile(root string) (path string, err error) {
	dir := filepath.Join(root, ".bin", "test")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	lock, err := os.OpenFile(filepath.Join(dir, ".lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return "", err
	}
	defer lock.Close() // which releases it
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return "", err
	}
	path = filepath.Join(dir, "involt")
	cmd := exec.Command("go", "build", "-buildvcs=false", "-o", path, "./cmd/involt")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
}

// Result is what a one-shot command left.
type Result struct {
	Stdout, Stderr string
	Code           int // its exit status
}

// OK ends the test unless the command succeeded, and returns the result.
func (r Result) OK(t testing.TB) Result {
	t.Helper()
	if r.Code != 0 {
		t.Fatalf("exit status %d; stderr: %s\nstdout: %s", r.Code, r.Stderr, r.Stdout)
	}
	return r
}

// Run runs a command to its end and returns what it left. env holds settings as
// NAME=value; no setting of the surroundings gets through.
func Run(t testing.TB, env []string, args ...string) Result {
	t.Helper()
	path := Path(t) // may build it first, which takes its own time
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir, cmd.Env = t.TempDir(), environment(env)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if _, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok || ctx.Err() != nil {
		t.Fatalf("involt %s: %v", strings.Join(args, " "), errors.Join(err, ctx.Err()))
	}
	return Result{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// Server is a running `involt serve`.
type Server struct {
	*process.Process
	URL     string // where people see it: http://localhost:port
	Metrics string // where its metrics are: http://127.0.0.1:port/metrics
	Dir     string // where it was started, and where its key file is

	env []string
}

// Serve starts a server on a database and waits until it is ready. Settings in
// env, as NAME=value, win over those that Serve makes up. The server must stop
// cleanly at the end of the test.
func Serve(t testing.TB, database string, env ...string) *Server {
	t.Helper()
	s := Launch(t, database, env...)
	waitFor(t, s.Process, s.URL+"/readyz")
	return s
}

// Launch starts a server as Serve does, and waits only until it lives: its database
// may be away.
func Launch(t testing.TB, database string, env ...string) *Server {
	t.Helper()
	dir := t.TempDir()
	listen, metrics := freePort(t), freePort(t)
	for _, setting := range env { // the address of one that was killed, say
		if at, told := strings.CutPrefix(setting, "INVOLT_LISTEN="); told {
			listen = at
		}
	}
	_, port, err := net.SplitHostPort(listen)
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{
		URL:     "http://localhost:" + port,
		Metrics: "http://" + metrics + "/metrics",
		Dir:     dir,
	}
	s.env = append([]string{
		"INVOLT_DATABASE=" + database,
		"INVOLT_LISTEN=" + listen,
		"INVOLT_PUBLIC_URL=" + s.URL,
		"INVOLT_METRICS_LISTEN=" + metrics,
		"INVOLT_KEY_FILE=" + filepath.Join(dir, "involt.key"),
	}, env...)
	s.Process = start(t, dir, s.env, "serve")
	waitFor(t, s.Process, s.URL+"/healthz")
	return s
}

// Env returns the server's settings, for commands that work beside it.
func (s *Server) Env() []string { return s.env }

// Demo is a running `involt demo --json` and what it said of itself.
type Demo struct {
	*process.Process `json:"-"`

	URL       string `json:"url"`
	Console   string `json:"console"`
	SignIn    string `json:"sign_in"` // opens the console once
	DriverApp string `json:"driver_app"`
	Mail      string `json:"mail"`
	API       string `json:"api"`
	APIKey    string `json:"api_key"`
	OCPP      string `json:"ocpp"`
}

// StartDemo starts a demo on a free port and waits until it is ready.
func StartDemo(t testing.TB, args ...string) *Demo {
	t.Helper()
	d := &Demo{}
	d.Process = start(t, t.TempDir(), nil, append([]string{"demo", "--json", "--listen", "127.0.0.1:0"}, args...)...)
	if err := json.Unmarshal([]byte(d.Line(`"sign_in"`)), d); err != nil {
		t.Fatalf("the demo's line cannot be read: %v", err)
	}
	return d
}

// start starts the program in a directory of its own.
func start(t testing.TB, dir string, env []string, args ...string) *process.Process {
	t.Helper()
	cmd := exec.Command(Path(t), args...)
	cmd.Dir, cmd.Env = dir, environment(env)
	return process.Start(t, cmd)
}

// environment returns env behind what any program needs: settings of whoever
// runs the tests must not get through.
func environment(env []string) []string {
	return append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "TMPDIR=" + os.TempDir(), "TZ=UTC",
	}, env...)
}

// freePort returns an address on loopback that nobody listened on a moment ago.
func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// waitFor waits until the server answers an address with 200.
func waitFor(t testing.TB, p *process.Process, url string) {
	t.Helper()
	client := &http.Client{Timeout: 30 * time.Second}
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		if r, err := client.Get(url); err == nil {
			_ = r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case <-again.C:
		case <-p.Ended():
			t.Fatalf("the server ended before it was ready: %s", p.Stderr())
		case <-deadline.C:
			t.Fatalf("the server was not ready within %v", patience)
		}
	}
}
