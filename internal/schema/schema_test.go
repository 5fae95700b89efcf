package schema_test

import (
	"strings"
	"sync"
	"testing"

	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/schema"
	"involt/internal/testkit/dbtest"
)

// Replicas that start at once on an empty database all find it ready, and every
// step was run once.
func TestReplicasStartingAtOnce(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				d, err := db.Open(t.Context(), url)
				if err != nil {
					t.Error(err)
					return
				}
				defer d.Close()
				if err := schema.Migrate(t.Context(), d); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		d := dbtest.Open(t, url)
		if err := d.View(t.Context(), func(tx *db.Tx) error {
			var steps, distinct int64
			err := tx.Row(`SELECT COUNT(*), COUNT(DISTINCT name) FROM schema_step`, nil, &steps, &distinct)
			if steps == 0 || steps != distinct {
				t.Errorf("%d steps noted, %d different ones", steps, distinct)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	})
}

func TestDatabaseOfANewerVersionIsRefused(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if err := d.Update(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(`INSERT INTO schema_step (name, done_at) VALUES ('9999_future.sql', 0)`)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		err := schema.Migrate(t.Context(), d)
		if errs.KindOf(err) != errs.Conflict || !strings.Contains(err.Error(), "9999_future.sql") {
			t.Errorf("Migrate = %v, want a refusal that names the step", err)
		}
	})
}
