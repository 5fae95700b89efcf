package db

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// postgres is a server, spoken to in pgx's own binary protocol.
type postgres struct {
	pool    *pgxpool.Pool
	surveys *surveys
	stop    context.CancelFunc
	done    sync.WaitGroup
}

func openPostgres(ctx context.Context, url string, b *bell) (*postgres, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("INVOLT_DATABASE is not a valid postgres:// address: %w", err)
	}
	cfg.ConnConfig.RuntimeParams["synchronous_commit"] = "on"
	cfg.ConnConfig.RuntimeParams["timezone"] = "UTC"
	cfg.ConnConfig.RuntimeParams["application_name"] = "involt"
	// A plan made while a table was empty would be kept for as long as the
	// connection lives, and be a hundred times too slow once it is full.
	cfg.ConnConfig.RuntimeParams["plan_cache_mode"] = "force_custom_plan"
	if !strings.Contains(url, "pool_max_conns") {
		cfg.MaxConns = 20
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("opening postgres: %w", err)
	}
	lctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	p := &postgres{pool: pool, surveys: newSurveys(), stop: stop}
	p.done.Go(func() { p.listen(lctx, b) })
	p.done.Go(func() { p.surveys.run(lctx, pool) })
	return p, nil
}

func (p *postgres) close() error {
	p.stop()
	p.done.Wait()
	p.pool.Close()
	return nil
}

// check asserts what durability rests on.
func (p *postgres) check(ctx context.Context) error {
	for _, setting := range []string{"synchronous_commit", "fsync"} {
		var v string
		if err := p.pool.QueryRow(ctx, "SELECT current_setting($1)", setting).Scan(&v); err != nil {
			return unavailable(fmt.Errorf("the PostgreSQL server does not answer: %w", err))
		}
		if v != "on" {
			return fmt.Errorf("PostgreSQL runs with %s=%s, which can lose what was acknowledged; set it to on", setting, v)
		}
	}
	return nil
}

// listen passes other replicas' notifications on, for as long as ctx lives. It
// holds one connection, and comes back by itself when that breaks.
func (p *postgres) listen(ctx context.Context, b *bell) {
	for ctx.Err() == nil {
		c, err := p.pool.Acquire(ctx)
		if err == nil {
			err = listenOn(ctx, c.Conn(), b)
			c.Hijack().Close(context.Background())
		}
		if err != nil {
			select {
			case <-time.After(time.Second):
			case <-ctx.Done():
			}
		}
	}
}

func listenOn(ctx context.Context, c *pgx.Conn, b *bell) error {
	if _, err := c.Exec(ctx, "LISTEN involt"); err != nil {
		return err
	}
	for {
		n, err := c.WaitForNotification(ctx)
		if err != nil {
			return err
		}
		for topic := range strings.SplitSeq(n.Payload, ",") {
			b.ring(topic)
		}
	}
}

type pgTx struct {
	c       *pgxpool.Conn // nil once the connection was given back
	surveys *surveys
	loads   map[string]int64 // rows by table
}

func (p *postgres) begin(ctx context.Context, readOnly bool) (session, time.Time, error) {
	c, err := p.pool.Acquire(ctx)
	if err != nil {
		return nil, time.Time{}, err
	}
	verb := "BEGIN"
	if readOnly {
		verb = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
	}
	// One round trip for both.
	var ms int64
	var batch pgx.Batch
	batch.Queue(verb)
	batch.Queue("SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)").QueryRow(func(r pgx.Row) error { return r.Scan(&ms) })
	if err := c.SendBatch(ctx, &batch).Close(); err != nil {
		c.Release() // the pool drops a connection that is inside a transaction
		return nil, time.Time{}, err
	}
	return &pgTx{c: c, surveys: p.surveys}, time.UnixMilli(ms), nil
}

func (t *pgTx) exec(ctx context.Context, query string, args []any) (int64, error) {
	tag, err := t.c.Exec(ctx, query, args...)
	return tag.RowsAffected(), err
}

func (t *pgTx) execEach(ctx context.Context, query string, lists [][]any) (all int64, err error) {
	var batch pgx.Batch
	for _, args := range lists {
		batch.Queue(query, args...).Exec(func(tag pgconn.CommandTag) error {
			all += tag.RowsAffected()
			return nil
		})
	}
	return all, t.c.SendBatch(ctx, &batch).Close()
}

func (t *pgTx) query(ctx context.Context, query string, args []any) (rows, error) {
	return t.c.Query(ctx, query, args...)
}

func (t *pgTx) script(ctx context.Context, text string) error {
	return t.c.Conn().PgConn().Exec(ctx, text).Close()
}

func (t *pgTx) load(ctx context.Context, table string, columns []string, next func() ([]any, bool)) (int64, error) {
	if err := t.script(ctx, planKeysOnce); err != nil {
		return 0, err
	}
	n, err := t.c.Conn().CopyFrom(ctx, pgx.Identifier{table}, columns, pgx.CopyFromFunc(func() ([]any, error) {
		row, ok := next()
		if !ok {
			return nil, nil
		}
		return row, nil
	}))
	if t.loads == nil {
		t.loads = map[string]int64{}
	}
	t.loads[table] += n
	if err != nil {
		return n, err
	}
	return n, t.script(ctx, planAnew)
}

// Each foreign key is looked up for each row that is loaded, and planning that
// anew each time takes longer than all the rest. It is a look by a primary key,
// whatever the size of the table: that plan is good for ever.
const (
	planKeysOnce = "SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL enable_seqscan = off"
	planAnew     = "SET LOCAL plan_cache_mode TO DEFAULT; SET LOCAL enable_seqscan TO DEFAULT"
)

func (t *pgTx) commit(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	// Past this point the caller's going away must not leave the outcome open.
	tag, err := t.c.Exec(context.WithoutCancel(ctx), "COMMIT")
	if err != nil {
		return err
	}
	t.c.Release()
	t.c = nil
	if tag.String() == "ROLLBACK" {
		return errRolledBack // a statement had failed and its error was dropped
	}
	t.surveys.loaded(t.loads)
	return nil
}

var errRolledBack = errors.New("transaction was rolled back instead: an earlier statement had failed")

func (t *pgTx) rollback() {
	if t.c == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_, _ = t.c.Exec(ctx, "ROLLBACK") // if that fails, the pool drops the connection
	t.c.Release()
	t.c = nil
}

// pgCode returns the SQLSTATE of a PostgreSQL error, or "".
func pgCode(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code
	}
	return ""
}
