package group

import (
	"errors"

	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// MoveTo puts one person into the groups of another, who leaves them.
func MoveTo(tx *db.Tx, ws id.Workspace, from, to id.Person) error {
	_, err := tx.Exec(`INSERT INTO group_member (workspace, user_group, person, since) SELECT workspace, user_group, ?, since FROM group_member
		WHERE workspace = ? AND person = ? ON CONFLICT DO NOTHING`, to, ws, from)
	return errors.Join(err, Erase(tx, ws, []id.Person{from}))
}
