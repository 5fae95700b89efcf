package acceptance

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/bulk"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	desk "involt/internal/flow/people"
	"involt/internal/kit/db"
	"involt/internal/testkit/binary"
	"involt/internal/testkit/dbtest"
)

// The server is killed while it puts 20,000 people into a group, and while it
// undoes that. Afterwards everybody was dealt with once, and is listed.
func TestKilledWithinBulkWork(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, database string) {
		key := "INVOLT_KEY_FILE=" + filepath.Join(t.TempDir(), "involt.key")
		srv := binary.Serve(t, database, key)
		d, err := db.Open(t.Context(), database)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = d.Close() })
		m := newMany(t, d, 20_000)
		one, err := m.people.Plan(t.Context(), m.boss, bulk.GroupAdd, m.list, "")
		if err != nil {
			t.Fatal(err)
		}
		// Twice, as a double click is.
		failed := make(chan error, 2)
		for range 2 {
			go func() { failed <- m.people.Start(t.Context(), m.boss, one, bulk.Args{Group: m.group}) }()
		}
		for range 2 {
			if err := <-failed; err != nil {
				t.Fatal(err)
			}
		}
		survive := func(reached func(bulk.Bulk) int64) {
			t.Helper()
			if b := m.wait(one, func(b bulk.Bulk) bool { return reached(b) > 1000 }); reached(b) == b.Total {
				t.Errorf("it was over before the server was killed: %+v", b)
			}
			srv.Kill()
			srv = binary.Serve(t, database, key)
		}
		survive(func(b bulk.Bulk) int64 { return b.Reached })
		b := m.wait(one, func(b bulk.Bulk) bool { return b.State == bulk.Done })
		if b.Done != int64(len(m.list)) || b.Reached != b.Total {
			t.Errorf("done with %d, reached %d of %d", b.Done, b.Reached, b.Total)
		}
		m.once("added", int64(len(m.list)), 1)
		_, wrong, err := m.people.Outcomes(t.Context(), m.boss, one, true, 0, 10)
		all, total, err2 := m.people.Outcomes(t.Context(), m.boss, one, false, len(m.list)-10, 20)
		if err != nil || err2 != nil || wrong != 0 || total != len(m.list) || len(all) != 10 {
			t.Errorf("outcomes: %d wrong, %d in all, %d listed, %v, %v", wrong, total, len(all), err, err2)
		}

		if err := m.people.Undo(t.Context(), m.boss, one); err != nil {
			t.Fatal(err)
		}
		if !d.Postgres { // where it takes half a minute until a dead worker's job is taken over
			survive(func(b bulk.Bulk) int64 { return b.UndoReached })
		}
		b = m.wait(one, func(b bulk.Bulk) bool { return b.State == bulk.Undone })
		if b.UndoDone != int64(len(m.list)) {
			t.Errorf("undone with %d", b.UndoDone)
		}
		m.once("undone", 0, 2)
		if out := binary.Run(t, srv.Env(), "audit", "verify").OK(t).Stdout; !strings.Contains(out, "The journal holds") {
			t.Error(out)
		}
	})
}

// many is a workspace of many people, seen from beside the server.
type many struct {
	*testing.T
	d      *db.DB
	people *desk.Service
	boss   access.Actor
	group  id.Group
	list   []id.Person
}

func newMany(t *testing.T, d *db.DB, n int) *many {
	t.Helper()
	m := &many{T: t, d: d, people: &desk.Service{DB: d}}
	if err := d.Update(t.Context(), func(tx *db.Tx) error {
		ws := workspace.New(slug, "")
		if err := workspace.Insert(tx, &ws); err != nil {
			return err
		}
		boss := person.Person{Workspace: ws.ID, FirstName: "Olga", LastName: "Operator", Status: person.Active}
		if err := person.Insert(tx, &boss); err != nil {
			return err
		}
		m.boss = access.Actor{Workspace: ws.ID, Person: boss.ID, Name: journal.About("person", boss.ID), Perms: access.All}
		if err := person.GiveRole(tx, ws.ID, boss.ID, access.Given{Role: "super-admin"}); err != nil {
			return err
		}
		g := group.Group{Workspace: ws.ID, Name: "Depot"}
		if err := group.Insert(tx, &g); err != nil {
			return err
		}
		m.group = g.ID
		_, err := person.Load(tx, func(yield func(*person.Person) bool) {
			for i := range n {
				p := person.Person{Workspace: ws.ID, FirstName: "Nn", LastName: fmt.Sprint(i), Status: person.Active}
				more := yield(&p)
				m.list = append(m.list, p.ID)
				if !more {
					return
				}
			}
		})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return m
}

// wait waits until bulk work has come so far.
func (m *many) wait(one id.Bulk, far func(bulk.Bulk) bool) (b bulk.Bulk) {
	m.Helper()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); <-look.C {
		if err := m.d.View(m.Context(), func(tx *db.Tx) (err error) {
			b, err = bulk.ByID(tx, m.boss.Workspace, one)
			return err
		}); err != nil {
			m.Fatal(err)
		}
		if far(b) {
			return b
		}
	}
	m.Fatalf("the work stands still: %+v", b)
	return b
}

// once checks how many are in the group, and that the journal names everybody as
// often as something was done with them.
func (m *many) once(when string, members, times int64) {
	m.Helper()
	if err := m.d.View(m.Context(), func(tx *db.Tx) error {
		var in, least, most int64
		if err := tx.Row(`SELECT COUNT(*) FROM group_member`, nil, &in); err != nil {
			return err
		}
		err := tx.Row(`SELECT MIN(n), MAX(n) FROM (SELECT COUNT(*) AS n FROM journal_subject GROUP BY subject) each_one`, nil, &least, &most)
		if in != members || least != times || most != times {
			m.Errorf("%s: %d are members, want %d; the journal names people %d to %d times, want %d", when, in, members, least, most, times)
		}
		return err
	}); err != nil {
		m.Fatal(err)
	}
}
