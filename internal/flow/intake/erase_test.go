package intake_test

import (
	"bytes"
	"compress/flate"
	"context"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"involt/internal/core/card"
	"involt/internal/core/id"
	"involt/internal/core/imports"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/flow/intake"
	"involt/internal/flow/people"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/job"
	"involt/internal/testkit/dbtest"
)

// holds looks for a text, in any case, in everything that the database has: in texts,
// in bytes, and in what those unpack to.
func (w *town) holds(texts ...string) (found []string) {
	w.t.Helper()
	has := func(data []byte) bool {
		low := bytes.ToLower(data)
		for _, t := range texts {
			if bytes.Contains(low, []byte(strings.ToLower(t))) {
				return true
			}
		}
		return false
	}
	looked := 0
	w.view(func(tx *db.Tx) error {
		columns := `SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND c.type IN ('TEXT', 'BYTEA') ORDER BY 1, 2`
		if w.DB.Postgres {
			columns = `SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema() AND data_type IN ('text', 'bytea') ORDER BY 1, 2`
		}
		type column struct{ table, name string }
		all, err := db.All(tx, func(row db.Scanner) (c column, err error) {
			err = row.Scan(&c.table, &c.name)
			return c, err
		}, columns)
		if err != nil || len(all) < 150 {
			return fmt.Errorf("%d columns: %w", len(all), err)
		}
		for _, c := range all {
			for data, err := range db.Each(tx, func(row db.Scanner) (b []byte, err error) {
				err = row.Scan(&b)
				return b, err
			}, `SELECT "`+c.name+`" FROM "`+c.table+`" WHERE "`+c.name+`" IS NOT NULL`) {
				if err != nil {
					return err
				}
				looked++
				plain, _ := io.ReadAll(flate.NewReader(bytes.NewReader(data)))
				if has(data) || has(plain) {
					found = append(found, c.table+"."+c.name)
				}
			}
		}
		return nil
	})
	if looked < 50 {
		w.t.Errorf("only %d values were looked at", looked)
	}
	return found
}

// eraser erases people, as the server does.
type eraser struct {
	*town
	ahead atomic.Int64
	pool  *job.Pool
	post  *journal.Post
	staff *people.Service
}

func newEraser(t *testing.T, d *db.DB) *eraser {
	e := &eraser{town: newTown(t, d), pool: &job.Pool{DB: d}, post: &journal.Post{DB: d}, staff: &people.Service{DB: d}}
	d.Clock = func(now time.Time) time.Time { return now.Add(time.Duration(e.ahead.Load())) }
	e.post.Subscribe(intake.Eraser())
	e.staff.Jobs(e.pool)
	e.post.Jobs(e.pool)
	e.Jobs(e.pool)
	return e
}

func (e *eraser) erase(who ...id.Person) {
	e.t.Helper()
	for _, p := range who {
		if err := e.staff.Delete(e.t.Context(), e.by, p); err != nil {
			e.t.Fatal(err)
		}
	}
	e.ahead.Add(int64(person.EraseAfter + time.Minute))
	e.work()
}

// work does what the server does by itself.
func (e *eraser) work() {
	e.t.Helper()
	for range 3 {
		if _, err := e.pool.RunDue(e.t.Context()); err != nil {
			e.t.Fatal(err)
		}
		if err := e.post.SealNow(e.t.Context()); err != nil {
			e.t.Fatal(err)
		}
	}
}

func TestErasureReachesTheRowsOfImports(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		e := newEraser(t, d)
		const head = "external_id,email,first_name,last_name,phone,card_uid,vehicle_plate,info_1\n"
		// Zoe is added, stays the same, is refused in four ways, named in what is said of Bob, and in a file that is not applied.
		added := e.applied(head + "Q-77,zoe@plant.example,Zoe,Plantwell,0049 30 7654321,04FACADE,B-ZZ 9,zq-added\nQ-77,zoe@plant.example,Zoe,Plantwell,0049 30 7654321,04BEEF01,,zq-added\n1,bob@x.org,Bob,B,,,,\n")
		same := e.applied(head + "Q-77,,Zoe,,,,,zq-added\n2,ida@x.org,Ida,I,,,,\n")
		refused := e.applied(head + "Q-77,zoe@plant.example,,,,nonsense,,zq-refused\n" +
			",nobody,Zoe,,+49 30 7654321,,,zq-phone\n" +
			",nobody,,,,04:fa:ca:de,,zq-card\n" +
			",nobody,,,,,B-ZZ 9,zq-plate\n" +
			",\"Zoe P. <zoe@plant.example>, Berlin\",,,,,,zq-among\n" +
			"1,,,,,04BEEF01,,taken\n3,joe@x.org,Joe,J,,,,\n")
		open := e.uploaded(head + "Q-77,zoe@plant.example,Zoe,Otherwise,,,,zq-open\n4,eve@x.org,Eve,E,,,,\n")
		broken, err := e.Upload(t.Context(), e.by, "broken.xlsx", strings.NewReader("PK\x03\x04 zoe@plant.example zq-broken"))
		if err != nil {
			t.Fatal(err)
		}
		if im := e.goOn(broken.ID); im.State != imports.Failed || im.Blob != "" {
			t.Fatalf("%s, and the file is kept: %q", im.State, im.Blob)
		}
		if refused.Applied.Refuse != 6 || !strings.Contains(e.report(refused.ID).Refused[5].Text, "Zoe Plantwell") {
			t.Fatalf("%+v", e.report(refused.ID).Refused)
		}
		if open.Counts.Change != 1 || open.Counts.Add != 1 {
			t.Fatalf("%+v", open.Counts)
		}
		e.update(func(tx *db.Tx) error { // the card goes to somebody else, and what is said of it when it was hers does not
			c, err := card.ByUID(tx, e.by.Workspace, "04BEEF01")
			if err != nil {
				return err
			}
			c.Person = e.byEmail("ida@x.org").ID
			return card.Save(tx, &c)
		})
		hers := []string{"zoe@plant.example", "Plantwell", "7654321", "04facade", "04:fa:ca:de", "B-ZZ", "Q-77", "zq-"}
		if found := e.holds(hers...); len(found) < 12 {
			t.Fatalf("what is planted stands in %d places only: %q", len(found), found)
		}
		e.erase(e.byEmail("zoe@plant.example").ID)
		if found := e.holds(hers...); len(found) > 0 {
			t.Errorf("erased, and stands in %q still", found)
		}
		// The rest is as it was, and what is kept can be worked with.
		for _, im := range []imports.Import{added, same, refused} {
			if now := e.now(im.ID); now.Applied != im.Applied {
				t.Errorf("%+v, was %+v", now.Applied, im.Applied)
			}
		}
		list, err := e.Rows(t.Context(), e.by, refused.ID, intake.All, 0, 20)
		if err != nil || len(list) != 7 || list[6].Email != "joe@x.org" || !strings.Contains(list[5].Reason, "belongs to another user already") || list[0].Reason == "" || list[0].Email != "" {
			t.Errorf("%+v, %v", list, err)
		}
		if back := e.undo(added.ID, false); back.State != imports.Undone || back.Back.Left != 0 {
			t.Errorf("undone: %s %+v", back.State, back.Back)
		}
		if err := e.Answer(t.Context(), e.by, open.ID, intake.Answers{}); errs.KindOf(err) != errs.Gone {
			t.Errorf("read anew although the file is gone: %v", err)
		}
		now := e.now(open.ID)
		if now.Counts.Change != 0 || now.Counts.Add != 1 || now.Counts.Refuse != 1 {
			t.Errorf("%+v", now.Counts)
		}
		if done := e.carryOut(open.ID); done.Applied.Add != 1 || done.Applied.Refuse != 1 {
			t.Errorf("%+v", done.Applied)
		}
		if found := e.holds(hers...); len(found) > 0 {
			t.Errorf("applied, and stands in %q again", found)
		}
	})
}

// While something goes on with an import it is left alone, and gone through after.
func TestErasureWaitsForAnImportThatIsAtWork(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		e := newEraser(t, d)
		e.applied("email,first_name\nzoe@plant.example,Zoe\n")
		zoe := e.byEmail("zoe@plant.example")
		im := e.uploaded("email,first_name,info_1\nzoe@plant.example,,zq-later\nbob@x.org,Bob,\n")
		if err := e.Start(t.Context(), e.by, im.ID, false); err != nil {
			t.Fatal(err)
		}
		// It was begun, and its worker holds on to it and does nothing.
		e.update(func(tx *db.Tx) error {
			taken, err := imports.Take(tx, e.by.Workspace, im.ID, "somebody")
			if err == nil && !taken {
				err = context.Canceled
			}
			return err
		})
		hold := func(tx *db.Tx) error {
			_, err := tx.Exec(`UPDATE import SET lease = ? WHERE id = ?`, tx.Now.Add(24*time.Hour).UnixMilli(), im.ID)
			return err
		}
		e.update(hold)
		e.erase(zoe.ID)
		if found := e.holds("zq-later"); len(found) == 0 {
			t.Fatal("it was gone through while it was at work")
		}
		e.update(func(tx *db.Tx) error { return imports.Let(tx, e.by.Workspace, im.ID, "somebody") })
		if now := e.goOn(im.ID); now.State != imports.Done {
			t.Fatalf("%s %s", now.State, now.Note)
		}
		e.ahead.Add(int64(time.Minute))
		e.work()
		for _, place := range e.holds("zq-later") { // who is imported again, by a file that was on its way, is there again
			if strings.HasPrefix(place, "import") {
				t.Errorf("it stands in %s still", place)
			}
		}
		var left int64
		e.view(func(tx *db.Tx) error { return tx.Row(`SELECT COUNT(*) FROM import_erasure`, nil, &left) })
		if left != 0 {
			t.Errorf("%d people are looked for still", left)
		}
	})
}
