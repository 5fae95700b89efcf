package onboard

import (
	"errors"
	"testing"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/testkit/dbtest"
)

// One person whom others keep changing costs nobody else their turn.
func TestAConflictSkipsOnlyWhoeverIsInIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := &Service{DB: d}
		ws := workspace.New("northgrid", "")
		var list []id.Person
		if err := d.Update(t.Context(), func(tx *db.Tx) error {
			if err := workspace.Insert(tx, &ws); err != nil {
				return err
			}
			for range 5 {
				p := person.Person{Workspace: ws.ID, LastName: "Vos", Status: person.Active}
				if err := person.Insert(tx, &p); err != nil {
					return err
				}
				list = append(list, p.ID)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		by := access.System(ws.ID, "test")
		conflict := errs.New(errs.Conflict, "Someone else changed this user meanwhile.")
		// run has person 2 conflict so many times.
		run := func(times int) ([]Outcome, error) {
			return s.each(t.Context(), by, list, func(tx *db.Tx, _ workspace.Workspace, p *person.Person) (string, error) {
				if p.ID == list[2] {
					if times--; times >= 0 {
						return "", conflict
					}
				}
				p.Phone += "1"
				return "", person.Save(tx, p)
			})
		}
		for _, c := range []struct{ times, done int }{{0, 5}, {1, 5}, {2, 5}, {3, 5}, {1000, 4}} {
			before := phones(t, d, ws.ID, list)
			out, err := run(c.times)
			if err != nil || len(out) != 5 {
				t.Fatal(out, err)
			}
			done := 0
			for i, o := range out {
				if o.Done {
					done++
				} else if o.Person != list[2] || o.Why == "" || o.Name != "Vos" {
					t.Errorf("%d conflicts, person %d: %+v", c.times, i, o)
				}
			}
			if more := phones(t, d, ws.ID, list) - before; done != c.done || more != c.done {
				t.Errorf("%d conflicts: %d done, %d written, want %d", c.times, done, more, c.done)
			}
		}

		// Inside a caller's transaction nothing is tried twice: it has to be given up.
		tries := 0
		err := d.Update(t.Context(), func(tx *db.Tx) error {
			_, err := s.each(d.Join(t.Context(), tx), by, list, func(*db.Tx, workspace.Workspace, *person.Person) (string, error) {
				tries++
				return "", conflict
			})
			return err
		})
		if tries != 1 || !errors.Is(err, conflict) {
			t.Errorf("joined: %d tries, %v", tries, err)
		}
	})
}

// phones counts the letters of all phone numbers.
func phones(t *testing.T, d *db.DB, ws id.Workspace, list []id.Person) (n int) {
	t.Helper()
	if err := d.View(t.Context(), func(tx *db.Tx) error {
		people, err := person.ByIDs(tx, ws, list)
		for _, p := range people {
			n += len(p.Phone)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return n
}
