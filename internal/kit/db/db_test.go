package db_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/testkit/dbtest"
)

func TestTransactions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		err := d.Update(ctx, func(tx *db.Tx) error {
			n, err := tx.Exec(`INSERT INTO lease (name, holder, fence, until) VALUES (?, ?, ?, ?)`, "a", "b?'", 1, tx.NowMS())
			if n != 1 {
				t.Errorf("%d rows touched, want 1", n)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		stop := errors.New("stop")
		err = d.Update(ctx, func(tx *db.Tx) error {
			if _, err := tx.Exec(`UPDATE lease SET holder = ?`, "gone"); err != nil {
				return err
			}
			return stop
		})
		if !errors.Is(err, stop) {
			t.Fatalf("Update = %v, want what fn returned", err)
		}
		var holder string
		err = d.View(ctx, func(tx *db.Tx) error {
			return tx.Row(`SELECT holder FROM lease WHERE name = ?`, []any{"a"}, &holder)
		})
		if err != nil || holder != "b?'" {
			t.Errorf("holder is %q, %v: a transaction that failed must leave nothing", holder, err)
		}
		err = d.Update(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(`INSERT INTO lease (name, holder, fence, until) VALUES ('a', '', 0, 0)`)
			return err
		})
		if errs.KindOf(err) != errs.Conflict {
			t.Errorf("a second row of that name: %v, want Conflict", err)
		}
		err = d.View(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(`DELETE FROM lease`)
			return err
		})
		if err == nil {
			t.Error("a View could write")
		}
		n, err := loadLeases(t, d, 1000)
		if err != nil || n != 1000 {
			t.Errorf("Load = %d, %v", n, err)
		}
	})
}

func loadLeases(t *testing.T, d *db.DB, n int) (got int64, err error) {
	err = d.Update(t.Context(), func(tx *db.Tx) error {
		got, err = tx.Load("lease", []string{"name", "holder", "fence", "until"}, func(yield func([]any) bool) {
			for i := range n {
				if !yield([]any{string(rune('一' + i)), "x", int64(i), tx.NowMS()}) {
					return
				}
			}
		})
		return err
	})
	return got, err
}

func TestRowsOfAStatement(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if _, err := loadLeases(t, d, 3); err != nil {
			t.Fatal(err)
		}
		err := d.Update(t.Context(), func(tx *db.Tx) error {
			if _, err := tx.Exec(`UPDATE lease SET until = ?`, tx.NowMS()); err != nil {
				return err
			}
			from, arg, err := db.Table(tx, "o", []string{"name TEXT", "holder TEXT", "fence BIGINT"}, [][]any{{"一", `it's "me"? ü`, int64(1) << 52}, {"丂", "", nil}, {"nobody", "x", 1}})
			if err != nil {
				return err
			}
			done, err := db.All(tx, db.Text[string], `UPDATE lease SET holder = o.holder, until = COALESCE(o.fence, ?) FROM `+from+` WHERE lease.name = o.name AND lease.fence < ? RETURNING lease.name`, 7, arg, 3)
			slices.Sort(done)
			if err != nil || !slices.Equal(done, []string{"一", "丂"}) {
				t.Errorf("changed %v, %v", done, err)
			}
			for name, want := range map[string]struct {
				holder string
				until  int64
			}{"一": {`it's "me"? ü`, 1 << 52}, "丁": {"x", tx.NowMS()}, "丂": {"", 7}} {
				var holder string
				var until int64
				if err := tx.Row(`SELECT holder, until FROM lease WHERE name = ?`, []any{name}, &holder, &until); err != nil {
					return err
				}
				if holder != want.holder || until != want.until {
					t.Errorf("%s is %q until %d, want %+v", name, holder, until, want)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// PostgreSQL plans for a table that it believes to be empty until somebody
// looks at it; its own turn comes once a minute.
func TestTablesThatGrowAreLookedAt(t *testing.T) {
	d := dbtest.Open(t, dbtest.Postgres(t))
	if err := d.Update(t.Context(), func(tx *db.Tx) error { return tx.Script(`ALTER TABLE lease SET (autovacuum_enabled = false)`) }); err != nil {
		t.Fatal(err)
	}
	if _, err := loadLeases(t, d, 5000); err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithTimeout(t.Context(), 40*time.Second)
	defer end()
	for again := time.NewTicker(20 * time.Millisecond); ; {
		var rows int64
		if err := d.View(t.Context(), func(tx *db.Tx) error {
			return tx.Row(`SELECT CAST(reltuples AS BIGINT) FROM pg_class WHERE oid = 'lease'::regclass`, nil, &rows)
		}); err != nil {
			t.Fatal(err)
		}
		if rows >= 5000 {
			return
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			t.Fatalf("the planner knows of %d rows", rows)
		}
	}
}

// Keys of rows that are loaded are looked up by a plan that is kept; what is asked
// afterwards is planned for what is there, as always.
func TestLoadingLeavesPlansToThePlanner(t *testing.T) {
	d := dbtest.Open(t, dbtest.Postgres(t))
	settings := func(tx *db.Tx) (now string) {
		t.Helper()
		var mode, scan string
		if err := errors.Join(tx.Row(`SELECT current_setting('plan_cache_mode')`, nil, &mode), tx.Row(`SELECT current_setting('enable_seqscan')`, nil, &scan)); err != nil {
			t.Fatal(err)
		}
		return mode + " " + scan
	}
	const usual = "force_custom_plan on"
	if err := d.Update(t.Context(), func(tx *db.Tx) error {
		// A trigger runs as foreign keys do, and tells what it finds.
		for _, q := range []string{
			`CREATE TABLE loaded (n BIGINT, seen TEXT)`,
			`CREATE FUNCTION seen() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.seen := current_setting('plan_cache_mode') || ' ' || current_setting('enable_seqscan'); RETURN NEW; END $$`,
			`CREATE TRIGGER seen BEFORE INSERT ON loaded FOR EACH ROW EXECUTE FUNCTION seen()`,
		} {
			if _, err := tx.Exec(q); err != nil {
				return err
			}
		}
		if _, err := tx.Load("loaded", []string{"n"}, func(yield func([]any) bool) { yield([]any{int64(1)}) }); err != nil {
			return err
		}
		var seen string
		if err := tx.Row(`SELECT seen FROM loaded`, nil, &seen); err != nil {
			return err
		}
		if seen != "force_generic_plan off" {
			t.Errorf("rows are loaded under %s", seen)
		}
		if got := settings(tx); got != usual {
			t.Errorf("after a load in the same transaction: %s", got)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	refused := d.Update(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Load("loaded", []string{"n"}, func(yield func([]any) bool) { yield([]any{"no number"}) })
		return err
	})
	if refused == nil {
		t.Error("a row that does not fit was loaded")
	}
	for range 20 { // whichever connection
		if err := d.View(t.Context(), func(tx *db.Tx) error {
			if got := settings(tx); got != usual {
				t.Errorf("afterwards: %s", got)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWatchHearsCommitsOnly(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		d := dbtest.Open(t, url)
		c, end := d.Watch("thing")
		defer end()
		stop := errors.New("stop")
		_ = d.Update(t.Context(), func(tx *db.Tx) error { tx.Notify("thing"); return stop })
		select {
		case <-c:
			t.Fatal("rang for a transaction that was given up")
		default:
		}
		if err := d.Update(t.Context(), func(tx *db.Tx) error { tx.Notify("thing"); return nil }); err != nil {
			t.Fatal(err)
		}
		<-c
	})
}

// Callers that go away at any moment leave every connection usable.
func TestCancelledCallersLeaveTheConnectionsWhole(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for i := range 3000 {
			ctx, cancel := context.WithCancel(t.Context())
			go cancel() // some before BEGIN, some during it, some after
			do := d.Update
			if i%2 == 0 {
				do = d.View
			}
			_ = do(ctx, func(*db.Tx) error { return nil })
			cancel()
		}
		for range 20 {
			if err := d.Update(t.Context(), func(*db.Tx) error { return nil }); err != nil {
				t.Fatalf("writing afterwards: %v", err)
			}
			if err := d.View(t.Context(), func(*db.Tx) error { return nil }); err != nil {
				t.Fatalf("reading afterwards: %v", err)
			}
		}
	})
}
