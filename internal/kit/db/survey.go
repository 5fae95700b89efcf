package db

import (
	"context"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// surveys keeps PostgreSQL's planner informed of tables that grow by leaps. The
// server looks at them by itself about once a minute; until it has, whoever asks
// for some rows of a table that was empty a moment ago may have it read as a whole.
type surveys struct {
	mu     sync.Mutex
	grown  map[string]int64 // rows loaded since the last survey, by table
	enough map[string]int64 // so many more call for one
	wanted chan string
}

const (
	firstSurvey = 2000 // rows loaded before a table is looked at
	lessOften   = 4    // each further survey waits for that many times as many
)

func newSurveys() *surveys {
	return &surveys{grown: map[string]int64{}, enough: map[string]int64{}, wanted: make(chan string, 64)}
}

// loaded counts rows that were committed.
func (s *surveys) loaded(rows map[string]int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for table, n := range rows {
		s.grown[table] += n
		if s.grown[table] < max(s.enough[table], firstSurvey) {
			continue
		}
		select {
		case s.wanted <- table:
			s.enough[table] = lessOften * s.grown[table]
			s.grown[table] = 0
		default: // many wait already; the next load asks again
		}
	}
}

// run surveys tables, one at a time, for as long as ctx lives. One that fails
// costs time only: the server's own turn comes.
func (s *surveys) run(ctx context.Context, pool *pgxpool.Pool) {
	for {
		select {
		case <-ctx.Done():
			return
		case table := <-s.wanted:
			_, _ = pool.Exec(ctx, "ANALYZE "+pgx.Identifier{table}.Sanitize())
		}
	}
}
