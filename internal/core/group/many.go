package group

import (
	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// Standing is how a person stands with the groups.
type Standing struct {
	In    bool  // they are in the group that was asked about
	Since int64 // since when, milliseconds
	Of    int   // in how many groups they are
}

// Standings returns how those of the people who are in any group stand with
// group g.
func Standings(tx *db.Tx, ws id.Workspace, g id.Group, list []id.Person) (map[id.Person]Standing, error) {
	type line struct {
		who id.Person
		n   int64
		s   Standing
	}
	all := make(map[id.Person]Standing, len(list))
	for l, err := range db.Each(tx, func(row db.Scanner) (l line, err error) {
		err = row.Scan(&l.who, &l.n, &l.s.Since)
		l.s.Of, l.s.In = int(l.n), l.s.Since > 0
		return l, err
	}, `SELECT person, COUNT(*), COALESCE(MAX(CASE WHEN user_group = ? THEN since END), 0) FROM group_member
		WHERE workspace = ? AND person IN `+db.In(len(list))+` GROUP BY person`, db.Args(list, any(g), ws)...) {
		if err != nil {
			return nil, err
		}
		all[l.who] = l.s
	}
	return all, nil
}

// RemoveMany takes people out of a group.
func RemoveMany(tx *db.Tx, ws id.Workspace, g id.Group, list []id.Person) error {
	_, err := tx.Exec(`DELETE FROM group_member WHERE workspace = ? AND user_group = ? AND person IN `+db.In(len(list)), db.Args(list, any(ws), g)...)
	return err
}

// Erase takes people out of every group.
func Erase(tx *db.Tx, ws id.Workspace, list []id.Person) error {
	_, err := tx.Exec(`DELETE FROM group_member WHERE workspace = ? AND person IN `+db.In(len(list)), db.Args(list, any(ws))...)
	return err
}

// Names returns the workspace's groups in order, without how many members they
// have, which is not quickly known.
func Names(tx *db.Tx, ws id.Workspace) ([]Group, error) {
	return db.All(tx, func(row db.Scanner) (Group, error) { return scan(row) }, `SELECT `+columns+` FROM user_group g WHERE g.workspace = ? ORDER BY g.rank, g.id`, ws)
}

// ByIDs returns those of the groups that there are, in no order.
func ByIDs(tx *db.Tx, ws id.Workspace, list []id.Group) ([]Group, error) {
	if len(list) == 0 {
		return nil, nil
	}
	among, arg := db.Among(tx, "g.id", list)
	return db.All(tx, func(row db.Scanner) (Group, error) { return scan(row) }, `SELECT `+columns+` FROM user_group g WHERE g.workspace = ? AND `+among, ws, arg)
}

// Empty takes people out of every group, any number of them at once.
func Empty(tx *db.Tx, ws id.Workspace, list []id.Person) error {
	among, arg := db.Among(tx, "person", list)
	_, err := tx.Exec(`DELETE FROM group_member WHERE workspace = ? AND `+among, ws, arg)
	return err
}
