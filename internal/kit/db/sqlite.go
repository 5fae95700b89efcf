package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"modernc.org/sqlite"
)

// lite is a SQLite file: one connection that writes, a few that only read.
// Each keeps its prepared statements.
type lite struct {
	pool  *sql.DB
	write *shelf // of one
	read  *shelf
	over  chan struct{} // closed by close: nobody waits for a connection any more
}

// shelf is connections that nobody uses. The one that was put back last is taken
// first: its cache is the warmest, and those that are not needed stay small.
type shelf struct {
	free chan struct{} // one token for each connection on it
	mu   sync.Mutex    // guards list
	list []*liteConn
}

func newShelf(size int) *shelf { return &shelf{free: make(chan struct{}, size)} }

// pick takes a connection, for which a token was taken from free.
func (s *shelf) pick() (c *liteConn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.list) - 1
	c, s.list = s.list[n], s.list[:n]
	return c
}

func (s *shelf) put(c *liteConn) {
	s.mu.Lock()
	s.list = append(s.list, c)
	s.mu.Unlock()
	s.free <- struct{}{}
}

type liteConn struct {
	c     *sql.Conn
	stmts map[string]*sql.Stmt
}

// maxStmts bounds the statements one connection keeps. Lists behind IN make
// statements without end.
const maxStmts = 600

func openSQLite(file string) (*lite, error) {
	if file == "" {
		return nil, errors.New("the database's file name is empty; set INVOLT_DATABASE")
	}
	name := (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: file}).EscapedPath()}).String()
	// busy_timeout comes first: the connection must wait for its turn before
	// it can switch the file to WAL. The WAL is copied into the file once it has
	// 32 MB: under an import each page of an index changes again and again, and is
	// copied once.
	pool, err := sql.Open("sqlite", name+"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)"+
		"&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_pragma=temp_store(MEMORY)&_pragma=cache_size(-65536)&_pragma=wal_autocheckpoint(8000)")
	if err != nil {
		return nil, fmt.Errorf("opening sqlite: %w", err)
	}
	l := &lite{pool: pool, write: newShelf(1), read: newShelf(max(4, runtime.NumCPU()*2)), over: make(chan struct{})}
	ctx := context.Background()
	w, err := l.dial(ctx)
	if err != nil {
		return nil, errors.Join(sqliteOpenError(file, err), pool.Close())
	}
	l.write.put(w)
	for range cap(l.read.free) {
		r, err := l.dial(ctx)
		if err == nil {
			// Whatever is written empties the caches of those who read: a large one is
			// memory for little, and there are several.
			_, err = r.c.ExecContext(ctx, "PRAGMA query_only = 1; PRAGMA cache_size = -16384")
		}
		if err != nil {
			return nil, errors.Join(sqliteOpenError(file, err), pool.Close())
		}
		l.read.put(r)
	}
	return l, nil
}

func sqliteOpenError(file string, err error) error {
	if st, serr := os.Stat(file); serr == nil && st.IsDir() {
		return fmt.Errorf("the database %s is a folder; name a file in it", file)
	}
	return fmt.Errorf("the database file %s cannot be opened; check that its folder exists and may be written: %w", file, err)
}

func (l *lite) dial(ctx context.Context) (*liteConn, error) {
	// Switching a new file to WAL needs it alone, and does not wait for its turn.
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for deadline := time.Now().Add(10 * time.Second); ; <-again.C {
		c, err := l.pool.Conn(ctx)
		if err == nil {
			return &liteConn{c: c, stmts: map[string]*sql.Stmt{}}, nil
		}
		if sqliteCode(err)&0xff != sqliteBusy || time.Now().After(deadline) {
			return nil, err
		}
	}
}

func (l *lite) close() error {
	close(l.over)
	var all []error
	for _, s := range []*shelf{l.read, l.write} {
		for range cap(s.free) {
			<-s.free
			all = append(all, s.pick().close())
		}
	}
	return errors.Join(append(all, l.pool.Close())...)
}

func (c *liteConn) close() error {
	for _, s := range c.stmts {
		s.Close()
	}
	return c.c.Close()
}

// check asserts what durability rests on: WAL, synchronous=FULL, and a SQLite
// without the WAL-reset bug of 3.7.0 to 3.51.2.
func (l *lite) check(ctx context.Context) error {
	s, _, err := l.begin(ctx, true)
	if err != nil {
		return unavailable(err)
	}
	defer s.rollback()
	for _, want := range []struct{ query, value, advice string }{
		{"PRAGMA synchronous", "2", "synchronous must be FULL"},
		{"PRAGMA journal_mode", "wal", "journal_mode must be WAL; is the file on a disk that allows it?"},
		{"PRAGMA foreign_keys", "1", "foreign_keys must be on"},
	} {
		got, err := pragma(ctx, s, want.query)
		if err != nil {
			return unavailable(err)
		}
		if got != want.value {
			return fmt.Errorf("sqlite: %s (it is %s)", want.advice, got)
		}
	}
	v, err := pragma(ctx, s, "SELECT sqlite_version()")
	if err != nil {
		return unavailable(err)
	}
	if !atLeast(v, 3, 51, 3) {
		return fmt.Errorf("sqlite %s can damage its file; 3.51.3 or newer is needed", v)
	}
	return nil
}

func pragma(ctx context.Context, s session, query string) (v string, err error) {
	rs, err := s.query(ctx, query, nil)
	if err != nil {
		return "", err
	}
	defer rs.Close()
	if rs.Next() {
		err = rs.Scan(&v)
	}
	return v, errors.Join(err, rs.Err())
}

func atLeast(version string, want ...int) bool {
	parts := strings.Split(version, ".")
	for i, w := range want {
		if i >= len(parts) {
			return false
		}
		if n, err := strconv.Atoi(parts[i]); err != nil || n != w {
			return err == nil && n > w
		}
	}
	return true
}

// liteTx is a transaction on a connection that is its own until it ends.
type liteTx struct {
	*liteConn
	home *shelf // nil once the connection was given back
}

func (l *lite) begin(ctx context.Context, readOnly bool) (session, time.Time, error) {
	home, verb := l.write, "BEGIN IMMEDIATE"
	if readOnly {
		home, verb = l.read, "BEGIN"
	}
	select {
	case <-home.free:
		c := home.pick()
		if _, err := c.c.ExecContext(ctx, verb); err != nil {
			// The driver says that the caller went away even when BEGIN was done by
			// then: the connection must not go back with a transaction open.
			_, _ = c.c.ExecContext(context.Background(), "ROLLBACK") // errs where there is none
			home.put(c)
			return nil, time.Time{}, err
		}
		return &liteTx{c, home}, time.Now(), nil
	case <-l.over:
		return nil, time.Time{}, errors.New("the database is closed")
	case <-ctx.Done():
		return nil, time.Time{}, ctx.Err()
	}
}

// stmt returns the statement of a query, prepared once per connection.
func (c *liteConn) stmt(ctx context.Context, query string) (*sql.Stmt, error) {
	if s, ok := c.stmts[query]; ok {
		return s, nil
	}
	if len(c.stmts) >= maxStmts {
		for q, s := range c.stmts {
			s.Close()
			delete(c.stmts, q)
		}
	}
	s, err := c.c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	c.stmts[query] = s
	return s, nil
}

func (t *liteTx) exec(ctx context.Context, query string, args []any) (int64, error) {
	s, err := t.stmt(ctx, query)
	if err != nil {
		return 0, err
	}
	res, err := s.ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (t *liteTx) execEach(ctx context.Context, query string, lists [][]any) (all int64, err error) {
	for _, args := range lists {
		n, err := t.exec(ctx, query, args)
		if err != nil {
			return 0, err
		}
		all += n
	}
	return all, nil
}

func (t *liteTx) query(ctx context.Context, query string, args []any) (rows, error) {
	s, err := t.stmt(ctx, query)
	if err != nil {
		return nil, err
	}
	rs, err := s.QueryContext(ctx, args...)
	if err != nil {
		return nil, err
	}
	return liteRows{rs}, nil
}

func (t *liteTx) script(ctx context.Context, text string) error {
	_, err := t.c.ExecContext(ctx, text)
	return err
}

func (t *liteTx) load(ctx context.Context, table string, columns []string, next func() ([]any, bool)) (n int64, err error) {
	s, err := t.stmt(ctx, "INSERT INTO "+table+" ("+strings.Join(columns, ",")+") VALUES "+In(len(columns)))
	if err != nil {
		return 0, err
	}
	for row, ok := next(); ok; row, ok = next() {
		if _, err := s.ExecContext(ctx, row...); err != nil {
			return n, err
		}
		if n++; n%yieldAfter == 0 {
			runtime.Gosched()
		}
	}
	return n, nil
}

// yieldAfter is after how many rows whoever loads many lets others have the CPU.
// SQLite works in this process and never waits: on a machine with few cores whoever
// wants a page meanwhile would stand in line for ten milliseconds.
const yieldAfter = 16

func (t *liteTx) commit(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	// Past this point the caller's going away must not leave the outcome open.
	if _, err := t.c.ExecContext(context.WithoutCancel(ctx), "COMMIT"); err != nil {
		return err
	}
	t.giveBack()
	return nil
}

func (t *liteTx) rollback() {
	if t.home == nil {
		return
	}
	// A failed COMMIT may have ended the transaction; then this errs, harmlessly.
	_, _ = t.c.ExecContext(context.Background(), "ROLLBACK")
	t.giveBack()
}

func (t *liteTx) giveBack() {
	t.home.put(t.liteConn)
	t.home = nil
}

type liteRows struct{ *sql.Rows }

func (r liteRows) Close() { _ = r.Rows.Close() } // Err says what went wrong

// sqliteCode returns the extended result code of a SQLite error, or 0.
func sqliteCode(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code()
	}
	return 0
}
