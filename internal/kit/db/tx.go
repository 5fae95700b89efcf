package db

import (
	"context"
	"iter"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"involt/internal/kit/errs"
)

// Tx is a transaction, bound to the context it was begun with. It lives as
// long as the function that View or Update was given, and no longer.
type Tx struct {
	s        session
	ctx      context.Context
	postgres bool
	readOnly bool
	topics   []string
	inspect  func(query string)

	// Now is the moment the transaction began, by the database's clock.
	// Everything written in one transaction bears one time.
	Now time.Time
}

// Postgres reports which engine is below. Only kit may ask.
func (t *Tx) Postgres() bool { return t.postgres }

// ForUpdate ends a SELECT whose rows must not change until the transaction ends.
// SQLite has one writer and needs no such word.
func (t *Tx) ForUpdate() string {
	if !t.postgres {
		return ""
	}
	return " FOR UPDATE"
}

// Context is the context the transaction was begun with.
func (t *Tx) Context() context.Context { return t.ctx }

// NowMS is Now in milliseconds since 1970, as times are stored.
func (t *Tx) NowMS() int64 { return t.Now.UnixMilli() }

// Exec runs a statement and returns how many rows it touched.
func (t *Tx) Exec(query string, args ...any) (int64, error) {
	n, err := t.s.exec(t.ctx, t.bind(query), args)
	return n, plain(err)
}

// ExecEach runs one statement with each of some lists of arguments, in one round
// trip, and returns how many rows were touched in all.
func (t *Tx) ExecEach(query string, lists [][]any) (int64, error) {
	if len(lists) == 0 {
		return 0, nil
	}
	n, err := t.s.execEach(t.ctx, t.bind(query), lists)
	return n, plain(err)
}

// Row runs a query for one row and scans it; no row is an errs.NotFound.
func (t *Tx) Row(query string, args []any, dest ...any) error {
	rs, err := t.s.query(t.ctx, t.bind(query), args)
	if err != nil {
		return plain(err)
	}
	defer rs.Close()
	if !rs.Next() {
		if err := rs.Err(); err != nil {
			return plain(err)
		}
		return errs.New(errs.NotFound, "Not found.")
	}
	if err := rs.Scan(dest...); err != nil {
		return err
	}
	rs.Close()
	return plain(rs.Err())
}

// Scanner is a row, as a scan function sees it.
type Scanner interface{ Scan(dest ...any) error }

// All runs a query and collects what scan makes of each row.
func All[T any](t *Tx, scan func(Scanner) (T, error), query string, args ...any) ([]T, error) {
	var all []T
	for v, err := range Each(t, scan, query, args...) {
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}

// Each runs a query and yields what scan makes of each row, holding one row at
// a time. After an error it stops. The loop's body must not use t.
func Each[T any](t *Tx, scan func(Scanner) (T, error), query string, args ...any) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		rs, err := t.s.query(t.ctx, t.bind(query), args)
		if err != nil {
			yield(zero, plain(err))
			return
		}
		defer rs.Close()
		for rs.Next() {
			v, err := scan(rs)
			if !yield(v, err) || err != nil {
				return
			}
		}
		if err := rs.Err(); err != nil {
			yield(zero, plain(err))
		}
	}
}

// Text scans a row of one text column.
func Text[T ~string](row Scanner) (v T, err error) {
	err = row.Scan(&v)
	return v, err
}

// Load inserts many rows as fast as the engine can: COPY on PostgreSQL,
// prepared inserts on SQLite. A row that clashes is an errs.Conflict, and the
// transaction must then be given up. It returns how many were inserted.
func (t *Tx) Load(table string, columns []string, rows iter.Seq[[]any]) (int64, error) {
	next, stop := iter.Pull(rows)
	defer stop()
	n, err := t.s.load(t.ctx, table, columns, next)
	return n, plain(err)
}

// Script runs several statements at once. Only the schema needs it.
func (t *Tx) Script(text string) error { return plain(t.s.script(t.ctx, text)) }

// Notify rings topic once the transaction has committed, on this replica and
// on the others. It is a hint to look, never the news itself.
func (t *Tx) Notify(topic string) {
	if !slices.Contains(t.topics, topic) {
		t.topics = append(t.topics, topic)
	}
}

// ring sends the transaction's topics to other replicas, in one notification
// that PostgreSQL delivers if and when the transaction commits.
func (t *Tx) ring() error {
	if !t.postgres || len(t.topics) == 0 || t.readOnly {
		return nil
	}
	_, err := t.Exec(`SELECT pg_notify('involt', ?)`, strings.Join(t.topics, ","))
	return err
}

// In returns "(?,?,?)" for n values, for use behind IN. Lists that grow
// without bound must be cut by the caller: each length is a statement of its own.
func In(n int) string {
	if n == 0 {
		return "(NULL)"
	}
	return "(" + strings.Repeat("?,", n-1) + "?)"
}

// Args makes an argument list of single values and whole slices.
func Args[T any](list []T, before ...any) []any {
	args := slices.Clone(before)
	for _, v := range list {
		args = append(args, v)
	}
	return args
}

var bound sync.Map // query with ? -> query with $1

// bind turns ? into $1, $2, … for PostgreSQL. It leaves quoted text alone.
func (t *Tx) bind(q string) string {
	if t.inspect != nil {
		t.inspect(q)
	}
	if !t.postgres {
		return q
	}
	if v, ok := bound.Load(q); ok {
		return v.(string)
	}
	var b strings.Builder
	n, quoted := 0, false
	for _, c := range q {
		switch {
		case c == '\'':
			quoted = !quoted
			b.WriteRune(c)
		case c == '?' && !quoted:
			n++
			b.WriteString("$" + strconv.Itoa(n))
		default:
			b.WriteRune(c)
		}
	}
	bound.Store(q, b.String())
	return b.String()
}
