package db_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/testkit/dbtest"
	"involt/internal/testkit/pgtest"
)

// A server that goes away in the middle of a transaction is away, and not a fault of
// ours; and that is felt, in both directions, by nobody's asking.
func TestAServerThatGoesAwayIsNoticed(t *testing.T) {
	pg := pgtest.Start(t)
	d := dbtest.Open(t, pg.URL())
	ctx, stop := context.WithCancel(t.Context())
	felt := make(chan error, 1)
	go func() { felt <- d.Pulse(ctx) }()
	t.Cleanup(func() { stop(); <-felt })
	until := func(what string, want bool) {
		t.Helper()
		late := time.After(30 * time.Second)
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			_, away := d.Away()
			_, failing := d.Failing()
			if away == want && failing == want {
				return
			}
			select {
			case <-tick.C:
			case <-late:
				t.Fatalf("%s: away %v, failing %v", what, away, failing)
			}
		}
	}
	err := d.Update(t.Context(), func(tx *db.Tx) error {
		if _, err := tx.Exec(`INSERT INTO pulse (name, at) VALUES ('mine', 1)`); err != nil {
			return err
		}
		pg.Stop()
		_, err := tx.Exec(`INSERT INTO pulse (name, at) VALUES ('second', 1)`)
		return err
	})
	if !errors.Is(err, db.ErrAway) || errs.KindOf(err) != errs.Unavailable {
		t.Errorf("in the middle: %v", err)
	}
	until("stopped", true)
	if err := d.View(t.Context(), func(*db.Tx) error { return nil }); !errors.Is(err, db.ErrAway) {
		t.Errorf("afterwards: %v", err)
	}
	if _, err := db.Open(t.Context(), pg.URL()); !errors.Is(err, db.ErrAway) {
		t.Errorf("opened: %v", err)
	}
	pg.Again()
	until("started again", false)
	if err := d.View(t.Context(), func(tx *db.Tx) error {
		var n int64
		if err := tx.Row(`SELECT COUNT(*) FROM pulse WHERE name <> 'pulse'`, nil, &n); err != nil || n != 0 {
			t.Errorf("%d rows of the transaction that broke, %v", n, err)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}
