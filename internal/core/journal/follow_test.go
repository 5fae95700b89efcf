package journal_test

import (
	"fmt"
	"slices"
	"testing"

	"involt/internal/core/access"
	"involt/internal/core/journal"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
)

// news hears what a follower has not heard, and takes it if wanted.
func news(t *testing.T, d *db.DB, f *journal.Follower, take bool) (subjects []string) {
	t.Helper()
	if err := d.View(t.Context(), func(tx *db.Tx) error {
		n, err := f.News(tx)
		for _, h := range n.What {
			subjects = append(subjects, h.Subject)
		}
		if take && err == nil {
			f.Took(n)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	slices.Sort(subjects)
	return subjects
}

func many(t *testing.T, d *db.DB, by access.Actor, n int) {
	t.Helper()
	if err := d.Update(t.Context(), func(tx *db.Tx) error {
		for i := range n {
			if err := journal.Record(tx, by, "thing.done", fmt.Sprintf("thing:%06d", i), nil); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// Each entry comes once, whether it is heard of before or after it was sealed;
// what was not taken comes again.
func TestFollowerHearsOfEachEntryOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		by := actor(t, d, "a")
		f, p := journal.Follow(by.Workspace, 0), &journal.Post{DB: d}
		seal := func() {
			t.Helper()
			if err := p.SealNow(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		want := func(about string, take bool, n int) {
			t.Helper()
			if got := news(t, d, f, take); len(got) != n {
				t.Errorf("%s: %d entries, want %d", about, len(got), n)
			}
		}
		want("nothing", true, 0)
		record(t, d, by, "one.done")
		want("unsealed, not taken", false, 1)
		want("again", true, 1)
		want("once taken", true, 0)
		record(t, d, by, "two.done")
		seal()
		want("the second, sealed; the first has its place now", true, 1)
		want("nothing more", true, 0)
		if err := d.Update(t.Context(), func(tx *db.Tx) error {
			return journal.RecordMany(tx, by, "many.done", "bulk:1", []string{"person:a", "person:b"}, nil)
		}); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(news(t, d, f, true)); got != "[bulk:1 person:a person:b]" {
			t.Errorf("bulk work is about %s", got)
		}
	})
}

// More entries than one statement reads are all heard of, sealed or not.
func TestFollowerHearsOfVeryMany(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		const n = 5200
		by := actor(t, d, "a")
		f, p := journal.Follow(by.Workspace, 0), &journal.Post{DB: d}
		many(t, d, by, n)
		if got := slices.Compact(news(t, d, f, false)); len(got) != n {
			t.Errorf("unsealed: %d, want %d", len(got), n)
		}
		if err := p.SealNow(t.Context()); err != nil {
			t.Fatal(err)
		}
		record(t, d, by, "one.done")
		if got := news(t, d, f, true); len(got) != n+1 || len(slices.Compact(got)) != n+1 {
			t.Errorf("sealed: %d, want %d", len(got), n+1)
		}
		if got := news(t, d, f, true); len(got) != 0 {
			t.Errorf("%d came again", len(got))
		}
	})
}
