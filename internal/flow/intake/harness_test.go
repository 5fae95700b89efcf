package intake_test

import (
	"strings"
	"testing"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/imports"
	"involt/internal/core/person"
	"involt/internal/core/role"
	"involt/internal/core/workspace"
	"involt/internal/flow/intake"
	"involt/internal/kit/db"
)

// town is a workspace with somebody who imports.
type town struct {
	*intake.Service
	t  *testing.T
	by access.Actor
}

func newTown(t *testing.T, d *db.DB) *town { return newTownCalled(t, d, "northgrid") }

func newTownCalled(t *testing.T, d *db.DB, slug string) *town {
	t.Helper()
	w := &town{Service: &intake.Service{DB: d}, t: t}
	ws := workspace.New(slug, "")
	w.update(func(tx *db.Tx) error { return workspace.Insert(tx, &ws) })
	w.by = w.staff(ws.ID, "fleet-manager")
	return w
}

// staff is somebody who holds a role in a workspace.
func (w *town) staff(ws id.Workspace, key string) (by access.Actor) {
	w.t.Helper()
	w.update(func(tx *db.Tx) error {
		p := person.Person{Workspace: ws, LastName: "Staff " + key, Status: person.Active}
		if err := person.Insert(tx, &p); err != nil {
			return err
		}
		if err := person.GiveRole(tx, ws, p.ID, access.Given{Role: key}); err != nil {
			return err
		}
		var err error
		by, _, err = p.Actor(tx)
		return err
	})
	return by
}

// own is somebody who holds a role made of these permissions.
func (w *town) own(name string, perms access.Perm) access.Actor {
	w.t.Helper()
	r := role.Role{Workspace: w.by.Workspace, Role: access.Role{Label: name, Perms: perms}}
	w.update(func(tx *db.Tx) error { return role.Insert(tx, &r) })
	return w.staff(w.by.Workspace, r.Key)
}

func (w *town) view(f func(tx *db.Tx) error) {
	w.t.Helper()
	if err := w.DB.View(w.t.Context(), f); err != nil {
		w.t.Fatal(err)
	}
}

func (w *town) update(f func(tx *db.Tx) error) {
	w.t.Helper()
	if err := w.DB.Update(w.t.Context(), f); err != nil {
		w.t.Fatal(err)
	}
}

// uploaded is a file that was read: its preview.
func (w *town) uploaded(text string) imports.Import {
	w.t.Helper()
	im, err := w.Upload(w.t.Context(), w.by, "test.csv", strings.NewReader(text))
	if err != nil {
		w.t.Fatal(err)
	}
	return w.goOn(im.ID)
}

// goOn works on an import until nothing is left to do, as its job does.
func (w *town) goOn(one id.Import) imports.Import {
	w.t.Helper()
	if err := w.GoOn(w.t.Context(), w.by.Workspace, one); err != nil {
		w.t.Fatal(err)
	}
	return w.now(one)
}

func (w *town) now(one id.Import) imports.Import {
	w.t.Helper()
	im, err := w.ByID(w.t.Context(), w.by, one)
	if err != nil {
		w.t.Fatal(err)
	}
	return im
}

func (w *town) report(one id.Import) intake.Report {
	w.t.Helper()
	r, err := w.Report(w.t.Context(), w.by, one)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func (w *town) preview(text string) intake.Report {
	w.t.Helper()
	return w.report(w.uploaded(text).ID)
}

// applied is a file that was applied.
func (w *town) applied(text string) imports.Import {
	w.t.Helper()
	im := w.uploaded(text)
	if im.State != imports.Previewed {
		w.t.Fatalf("the preview is %s: %s", im.State, im.Note)
	}
	return w.carryOut(im.ID)
}

func (w *town) carryOut(one id.Import) imports.Import {
	w.t.Helper()
	if err := w.Start(w.t.Context(), w.by, one, false); err != nil {
		w.t.Fatal(err)
	}
	im := w.goOn(one)
	if im.State != imports.Done {
		w.t.Fatalf("the import is %s: %s", im.State, im.Note)
	}
	return im
}

func (w *town) apply(text string) intake.Report {
	w.t.Helper()
	return w.report(w.applied(text).ID)
}

func (w *town) undo(one id.Import, leave bool) imports.Import {
	w.t.Helper()
	if err := w.Undo(w.t.Context(), w.by, one, leave); err != nil {
		w.t.Fatal(err)
	}
	return w.goOn(one)
}

func (w *town) byEmail(email string) (p person.Person) {
	w.t.Helper()
	w.view(func(tx *db.Tx) (err error) {
		p, err = person.ByEmail(tx, w.by.Workspace, email)
		return err
	})
	return p
}

// count is the number of rows of all tables that an import may touch.
func (w *town) count() (n map[string]int64) {
	n = map[string]int64{}
	w.view(func(tx *db.Tx) error {
		for _, table := range []string{"person", "card", "user_group", "group_member", "cost_center", "person_role", "journal", "journal_subject"} {
			var c int64
			if err := tx.Row(`SELECT COUNT(*) FROM `+table, nil, &c); err != nil {
				return err
			}
			n[table] = c
		}
		return nil
	})
	return n
}
