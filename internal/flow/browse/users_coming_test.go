package browse_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"involt/internal/core/imports"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/flow/browse"
	"involt/internal/kit/db"
)

// While an import is under way nobody who opens the list waits for those whom it
// adds: they come in by themselves. Whoever needs everybody gets everybody, what
// others do is there at once, and so is all of the import when it is done.
func TestListDoesNotWaitForAnImport(t *testing.T) {
	screens(t, func(t *testing.T, s *browse.Service, a *town) {
		list := func(f browse.UserFilter) int64 {
			t.Helper()
			return must[browse.UserPage](t)(s.Users(t.Context(), a.staff, f)).Total
		}
		soon := browse.UserFilter{Q: "arrival", Soon: true}
		same(t, "before", list(soon), 0)
		im := imports.Import{Workspace: a.ws, Name: "people.csv", Asker: a.staff.Name}
		state := func(to imports.State) {
			t.Helper()
			must[struct{}](t)(struct{}{}, s.DB.Update(t.Context(), func(tx *db.Tx) error {
				im.State = to
				return imports.Save(tx, &im)
			}))
		}
		arrive := func(people int) (last person.Person) {
			t.Helper()
			must[struct{}](t)(struct{}{}, s.DB.Update(t.Context(), func(tx *db.Tx) error {
				var subjects []string
				for i := range people {
					last = person.Person{Workspace: a.ws, LastName: fmt.Sprintf("Arrival %03d", i), Status: person.Imported}
					if err := person.Insert(tx, &last); err != nil {
						return err
					}
					subjects = append(subjects, about(&last))
				}
				return journal.RecordMany(tx, a.staff, "person.imported", journal.About("import", im.ID), subjects, nil)
			}))
			return last
		}
		must[struct{}](t)(struct{}{}, s.DB.Update(t.Context(), func(tx *db.Tx) error { return imports.Insert(tx, &im) }))
		state(imports.Applying)

		last := arrive(50)
		same(t, "as the console asks", list(soon), 0)
		a.changed(t, s.DB, "person.updated", about(&last), func(tx *db.Tx) error {
			last.LastName = "Arrival changed"
			return person.Save(tx, &last)
		})
		same(t, "what others do meanwhile", list(soon), 1)
		same(t, "of whoever needs everybody", list(browse.UserFilter{Q: "arrival"}), 50)
		same(t, "from then on", list(soon), 50)

		// By itself they come in, in the background.
		arrive(45)
		running, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- s.Run(running) }()
		deadline := time.After(30 * time.Second)
		for again := time.Tick(10 * time.Millisecond); list(soon) != 95; {
			select {
			case <-again:
			case <-deadline:
				t.Fatalf("%d of 95 came in", list(soon))
			}
		}
		stop()
		must[struct{}](t)(struct{}{}, <-ended)

		arrive(30)
		state(imports.Done)
		same(t, "when it is done", list(soon), 125)

		// Somebody who changes while those who are coming are read stays as they are
		// now; and the page is not kept waiting.
		state(imports.Applying)
		last = arrive(20)
		gone := arrive(1)
		var once atomic.Bool
		s.DB.Inspect = func(q string) {
			if !strings.Contains(q, "FROM card") || !strings.Contains(q, "person IN") || once.Swap(true) {
				return
			}
			a.changed(t, s.DB, "person.updated", about(&last), func(tx *db.Tx) error {
				last.LastName = "Arrival newest"
				return person.Save(tx, &last)
			})
			same(t, "while they are read", list(browse.UserFilter{Q: "newest", Soon: true}), 1)
		}
		same(t, "once they are there", list(browse.UserFilter{Q: "arrival"}), 146)
		same(t, "who changed meanwhile", list(browse.UserFilter{Q: "newest"}), 1)
		if !once.Load() {
			t.Error("nobody was changed meanwhile")
		}
		s.DB.Inspect = nil
		a.changed(t, s.DB, "person.updated", about(&gone), func(tx *db.Tx) error {
			gone.LastName = "Somebody"
			return person.Save(tx, &gone)
		})
		same(t, "in the end", list(browse.UserFilter{Q: "arrival"}), 145)
	})
}
