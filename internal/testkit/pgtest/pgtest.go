// Package pgtest runs a PostgreSQL server of a test's own, that the test may stop,
// kill and start again: for what happens while the database is away.
//
//	pg := pgtest.Start(t)
//	s := binary.Serve(t, pg.URL())
//	pg.Stop()  // at once, as after a crash
//	pg.Again() // at the same address
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"involt/internal/testkit/need"

	"github.com/jackc/pgx/v5"
)

// patience is how long the server may take to start or stop.
const patience = 60 * time.Second

// Server is a running PostgreSQL, or one that was stopped.
type Server struct {
	t    testing.TB
	bin  string
	dir  string
	port int
	runs bool
}

// Start makes a cluster in a folder of its own and starts it on loopback, with
// fsync on, as in production. It goes with the test.
func Start(t testing.TB) *Server {
	t.Helper()
	s := &Server{t: t, bin: find(t)}
	// Not t.TempDir: the server runs as another user where the tests run as root, and
	// the path of a socket has no room for a long name.
	dir, err := os.MkdirTemp("/tmp", "involt-pg.") //nolint:usetesting // see above
	if err != nil {
		t.Fatal(err)
	}
	s.dir = dir
	t.Cleanup(func() {
		s.Stop()
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if asOther() {
		u, err := user.Lookup("postgres")
		if err != nil {
			need.Missing(t, "PostgreSQL does not run as root, and there is no user called postgres to lend it to")
		}
		uid, _ := strconv.Atoi(u.Uid)
		if err := os.Chown(dir, uid, -1); err != nil {
			t.Fatal(err)
		}
	}
	s.run("initdb", "-D", s.data(), "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions")
	for range 10 { // it cannot be asked to take any free port
		s.port = 32000 + rand.IntN(12000)
		if err = s.start(); err == nil {
			return s
		}
	}
	t.Fatalf("PostgreSQL does not start: %v", err)
	return nil
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// URL is the address of the server's database.
func (s *Server) URL() string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable", s.port)
}

// Stop ends the server at once, without tidying up: as a crash does. It does nothing
// if it was stopped.
func (s *Server) Stop() {
	s.t.Helper()
	if s.runs {
		s.runs = false
		s.run("pg_ctl", "-D", s.data(), "-m", "immediate", "-w", "-t", "60", "stop")
	}
}

// Again starts the server at its old address, and waits until it answers.
func (s *Server) Again() {
	s.t.Helper()
	if err := s.start(); err != nil {
		s.t.Fatal(err)
	}
}

func (s *Server) start() error {
	options := fmt.Sprintf("-c listen_addresses=127.0.0.1 -c port=%d -c unix_socket_directories=%s -c max_connections=60 -c fsync=on -c log_min_messages=warning", s.port, s.dir)
	if out, err := s.command("pg_ctl", "-D", s.data(), "-l", filepath.Join(s.dir, "log"), "-w", "-t", "60", "-o", options, "start"); err != nil {
		log, _ := os.ReadFile(filepath.Join(s.dir, "log"))
		return fmt.Errorf("%w: %s\n%s", err, out, log)
	}
	s.runs = true
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c, err := pgx.Connect(ctx, s.URL())
	if err != nil {
		return err
	}
	return c.Close(ctx)
}

func (s *Server) run(name string, args ...string) {
	s.t.Helper()
	if out, err := s.command(name, args...); err != nil {
		s.t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

func (s *Server) command(name string, args ...string) ([]byte, error) {
	args = append([]string{filepath.Join(s.bin, name)}, args...)
	if asOther() {
		args = append([]string{"runuser", "-u", "postgres", "--"}, args...)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = s.dir // the other user may not be able to stand where we are
	out, err := os.CreateTemp("", "pg-out-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(out.Name()) }()
	// A file and no pipe: the server keeps it open for as long as it lives.
	cmd.Stdout, cmd.Stderr = out, out
	err = errors.Join(cmd.Run(), out.Close())
	said, rerr := os.ReadFile(out.Name())
	return said, errors.Join(err, rerr)
}

func asOther() bool { return os.Getuid() == 0 }

// find returns where PostgreSQL's programs are.
func find(t testing.TB) string {
	t.Helper()
	list, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		t.Fatal(err)
	}
	if len(list) > 0 {
		slices.Sort(list)
		return filepath.Dir(list[len(list)-1])
	}
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path)
	}
	need.Missing(t, "PostgreSQL is not installed (Debian: postgresql-15)")
	return ""
}
