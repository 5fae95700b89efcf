package gauge

import (
	"testing"
	"time"

	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
)

// Work that the database does is in the reading, on whichever side it is done.
func TestReadingSeesWhatTheDatabaseDoes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		before, err := Read(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(30 * time.Second); ; {
			var n int64
			if err := d.View(t.Context(), func(tx *db.Tx) error {
				return tx.Row(`WITH RECURSIVE up (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up WHERE n < 300000) SELECT COUNT(*) FROM up`, nil, &n)
			}); err != nil || n != 300_000 {
				t.Fatalf("%d, %v", n, err)
			}
			after, err := Read(t.Context(), d)
			if err != nil {
				t.Fatal(err)
			}
			if after.Since(before) >= 0.1 && (!d.Postgres || after.server(before) > 0) {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("only %.2f s of work were seen: %+v", after.Since(before), after)
			}
		}
	})
}

func TestWatchSeesTheMost(t *testing.T) {
	had, most := Now(), Watch()
	big := make([]byte, 64<<20)
	for i := range big {
		big[i] = 1
	}
	for deadline := time.Now().Add(30 * time.Second); Now().Heap < had.Heap+60; {
		if time.Now().After(deadline) {
			t.Fatal("64 MiB do not show in the heap")
		}
	}
	got := most().Beyond(had)
	if _ = big[len(big)-1]; got.Heap < 60 {
		t.Errorf("the most was %+v beyond %+v", got, had)
	}
}
