package person_test

import (
	"strings"
	"testing"

	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
)

// TestMergedRecordsAreFoundByAnIndex shows that a user's page, which asks for
// them, does not read all users.
func TestMergedRecordsAreFoundByAnIndex(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		err := d.Update(t.Context(), func(tx *db.Tx) error {
			ws := workspace.New("north", "North")
			if err := workspace.Insert(tx, &ws); err != nil {
				return err
			}
			keep, gone := person.Person{Workspace: ws.ID, LastName: "Keep", Status: person.Active}, person.Person{Workspace: ws.ID, LastName: "Gone", Status: person.Active}
			for _, p := range []*person.Person{&keep, &gone} {
				if err := person.Insert(tx, p); err != nil {
					return err
				}
			}
			if err := person.Empty(tx, ws.ID, gone.ID, keep.ID); err != nil {
				return err
			}
			if list, err := person.MergedInto(tx, ws.ID, []id.Person{keep.ID}); err != nil || len(list) != 1 || list[0] != gone.ID {
				t.Errorf("taken over: %v, %v", list, err)
			}
			explain := `EXPLAIN QUERY PLAN `
			scan := func(row db.Scanner) (s string, err error) {
				var a, b, c int64
				err = row.Scan(&a, &b, &c, &s)
				return s, err
			}
			if tx.ForUpdate() != "" { // PostgreSQL would read so small a table in full
				if _, err := tx.Exec(`SET LOCAL enable_seqscan = off`); err != nil {
					return err
				}
				explain, scan = `EXPLAIN `, db.Text[string]
			}
			plan, err := db.All(tx, scan, explain+`SELECT id FROM person WHERE workspace = ? AND merged_into <> '' AND merged_into IN (?)`, ws.ID, keep.ID)
			if err == nil && !strings.Contains(strings.Join(plan, "\n"), "person_merged") {
				t.Errorf("all users are read:\n%s", strings.Join(plan, "\n"))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
