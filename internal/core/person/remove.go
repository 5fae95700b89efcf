package person

import (
	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// Remove takes people out as if they had never been: those whom a mistaken import
// brought in and to whom nothing has happened since. Whatever else refers to one
// of them stands in the way.
func Remove(tx *db.Tx, ws id.Workspace, list []id.Person) error {
	among, arg := db.Among(tx, "person", list)
	for _, table := range []string{"person_role", "departure", "arrival"} {
		if _, err := tx.Exec(`DELETE FROM `+table+` WHERE workspace = ? AND `+among, ws, arg); err != nil {
			return err
		}
	}
	among, arg = db.Among(tx, "id", list)
	_, err := tx.Exec(`DELETE FROM person WHERE workspace = ? AND `+among, ws, arg)
	return err
}

// DropCostCenter forgets a cost center that nobody has. It reports whether it
// did.
func DropCostCenter(tx *db.Tx, ws id.Workspace, name string) (bool, error) {
	n, err := tx.Exec(`DELETE FROM cost_center WHERE workspace = ? AND name = ?
		AND NOT EXISTS (SELECT 1 FROM person WHERE person.workspace = cost_center.workspace AND person.cost_center = cost_center.name)`, ws, name)
	return n > 0, err
}
