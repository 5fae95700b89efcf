package intake_test

import (
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"involt/internal/core/imports"
	"involt/internal/flow/intake"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/schema"
	"involt/internal/testkit/dbtest"
)

func TestFaults(t *testing.T) {
	t.Run("FT6_power_cut_during_an_import", powerCut)
	t.Run("FT7a_disk_full_during_an_import", diskFull)
}

// lite is an empty SQLite database and where it is.
func lite(t *testing.T) (*db.DB, string) {
	t.Helper()
	file := dbtest.SQLite(t)
	d, err := db.Open(t.Context(), file)
	if err == nil {
		err = schema.Migrate(t.Context(), d)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d, file
}

// powerCut: whenever the power goes, and whatever the disk holds of what was not
// committed, the database opens, and holds whole chunks only: as many rows as the
// import says, and none twice.
func powerCut(t *testing.T) {
	d, file := lite(t)
	w := newTown(t, d)
	const n = 5000
	im := w.uploaded(crowd(n))
	if err := w.Start(t.Context(), w.by, im.ID, false); err != nil {
		t.Fatal(err)
	}
	var images []string
	rung, stop := d.Watch(imports.Topic(im.ID))
	defer stop()
	done := make(chan error, 1)
	go func() { done <- w.GoOn(t.Context(), w.by.Workspace, im.ID) }()
	for over := false; !over; {
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			over = true
		case <-rung:
		}
		// Whoever holds the one writer keeps the files still.
		w.update(func(tx *db.Tx) error {
			dir := t.TempDir()
			for _, end := range []string{"", "-wal"} {
				if err := copyFile(file+end, filepath.Join(dir, "image.db"+end)); err != nil {
					return err
				}
			}
			images = append(images, dir)
			return nil
		})
	}
	r := rand.New(rand.NewPCG(6, uint64(len(images))))
	cuts := 0
	for _, dir := range images {
		log, err := os.ReadFile(filepath.Join(dir, "image.db-wal"))
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			cuts++
			cut := t.TempDir()
			if err := copyFile(filepath.Join(dir, "image.db"), filepath.Join(cut, "image.db")); err != nil {
				t.Fatal(err)
			}
			// What was committed was synced; behind it may stand parts of what was not.
			torn := append([]byte{}, log...)
			for range r.IntN(64 << 10) {
				torn = append(torn, byte(r.Uint32()))
			}
			if err := os.WriteFile(filepath.Join(cut, "image.db-wal"), torn, 0o600); err != nil {
				t.Fatal(err)
			}
			lookAt(t, filepath.Join(cut, "image.db"))
		}
	}
	if len(images) < 3 {
		t.Errorf("only %d images, %d cuts: the test shows little", len(images), cuts)
	}
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errs.Or(err, out.Close())
}

// lookAt opens what a power cut left.
func lookAt(t *testing.T, file string) {
	t.Helper()
	d, err := db.Open(t.Context(), file)
	if err != nil {
		t.Fatalf("what the power cut left does not open: %v", err)
	}
	defer func() { _ = d.Close() }()
	err = d.View(t.Context(), func(tx *db.Tx) error {
		var health string
		var people, chunks, rows, reached int64
		if err := tx.Row(`PRAGMA integrity_check`, nil, &health); err != nil {
			return err
		}
		if err := tx.Row(`SELECT (SELECT COUNT(*) FROM person WHERE email <> ''), (SELECT COUNT(*) FROM import_chunk WHERE applied_at > 0),
			(SELECT COALESCE(SUM(adds), 0) FROM import_chunk WHERE applied_at > 0), (SELECT COALESCE(MAX(reached), 0) FROM import)`, nil, &people, &chunks, &rows, &reached); err != nil {
			return err
		}
		// The last chunk has ten rows that add a second card to somebody.
		if later := rows - people; health != "ok" || chunks != reached || later != 0 && later != 10 {
			t.Errorf("%s: %d people, %d chunks with %d rows, %d reached", health, people, chunks, rows, reached)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// diskFull: when the disk is full, what was written stays, what is there can be
// read, and once there is room the import goes on by itself to its end.
func diskFull(t *testing.T) {
	d, _ := lite(t)
	w := newTown(t, d)
	const n = 5000
	im := w.uploaded(crowd(n))
	if err := w.Start(t.Context(), w.by, im.ID, false); err != nil {
		t.Fatal(err)
	}
	room := func(more string) {
		t.Helper()
		var pages int64
		w.update(func(tx *db.Tx) error {
			return tx.Row(strings.Replace(`PRAGMA max_page_count = N`, "N", more, 1), nil, &pages)
		})
	}
	var now int64
	w.view(func(tx *db.Tx) error { return tx.Row(`PRAGMA page_count`, nil, &now) })
	room(itoa(now + 500)) // two megabytes
	err := w.GoOn(t.Context(), w.by.Workspace, im.ID)
	if errs.KindOf(err) != errs.Unavailable || !strings.Contains(errs.Text(err), "disk is full") {
		t.Fatalf("on a full disk: %v", err)
	}
	stuck := w.now(im.ID)
	if stuck.State != imports.Applying || stuck.Reached == 0 || stuck.Reached == stuck.Chunks {
		t.Fatalf("%s, %d of %d chunks", stuck.State, stuck.Reached, stuck.Chunks)
	}
	if rows, err := w.Rows(t.Context(), w.by, im.ID, intake.All, 0, 10); err != nil || len(rows) != 10 {
		t.Errorf("reading on a full disk: %d rows, %v", len(rows), err)
	}
	if err := w.GoOn(t.Context(), w.by.Workspace, im.ID); errs.KindOf(err) != errs.Unavailable {
		t.Errorf("still full: %v", err)
	}
	room("4294967294")
	im = w.goOn(im.ID)
	if c := w.count(); im.State != imports.Done || im.Applied.Add != n+10 || c["person"] != n+1 || c["card"] != n+10 {
		t.Errorf("%s %+v, %v", im.State, im.Applied, c)
	}
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
