// Package group is user groups: users who share terms.
package group

import (
	"iter"
	"strings"
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Group is users who share terms.
type Group struct {
	Workspace   id.Workspace
	ID          id.Group
	Name        string // unique in the workspace, whatever its case
	Description string
	Rank        int64 // the first matching group gives the terms
	Default     bool  // takes everyone who has none
	Version     int64
	Created     time.Time
	Members     int64 // filled by List
}

// Key is the form of a name in which groups are told apart.
func Key(name string) string { return strings.ToLower(strings.Join(strings.Fields(name), " ")) }

const columns = `g.workspace, g.id, g.name, g.description, g.rank, g.is_default, g.version, g.created_at`

func scan(row db.Scanner, more ...any) (g Group, err error) {
	var created int64
	err = row.Scan(append([]any{&g.Workspace, &g.ID, &g.Name, &g.Description, &g.Rank, &g.Default, &g.Version, &created}, more...)...)
	g.Created = time.UnixMilli(created).UTC()
	return g, err
}

// Insert adds g behind the others and sets its ID, Rank, Version and Created. A
// second group of that name is an errs.Conflict at the field "name".
func Insert(tx *db.Tx, g *Group) error {
	g.Name = strings.Join(strings.Fields(g.Name), " ")
	if n := len([]rune(g.Name)); n == 0 || n > 100 {
		return errs.AtField("name", "Give the group a name of 1 to 100 characters.")
	}
	g.ID, g.Version, g.Created = id.New[id.Group](), 1, tx.Now
	if err := tx.Row(`SELECT COALESCE(MAX(rank), 0) + 1 FROM user_group WHERE workspace = ?`, []any{g.Workspace}, &g.Rank); err != nil {
		return err
	}
	n, err := tx.Exec(`INSERT INTO user_group (workspace, id, name, name_key, description, rank, is_default, version, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`, g.Workspace, g.ID, g.Name, Key(g.Name), g.Description, g.Rank, g.Default, g.Version, tx.NowMS())
	if err == nil && n == 0 {
		err = errs.AtField("name", "There is a group called %s already.", g.Name)
	}
	return err
}

// ByID returns one group of the workspace.
func ByID(tx *db.Tx, ws id.Workspace, g id.Group) (Group, error) {
	all, err := db.All(tx, func(row db.Scanner) (Group, error) { return scan(row) }, `SELECT `+columns+` FROM user_group g WHERE g.workspace = ? AND g.id = ?`, ws, g)
	if err == nil && len(all) == 0 {
		err = errs.New(errs.NotFound, "There is no such group. It may have been deleted.")
	}
	if err != nil {
		return Group{}, err
	}
	return all[0], nil
}

// List returns the workspace's groups in order, with how many members each has.
func List(tx *db.Tx, ws id.Workspace) ([]Group, error) {
	return db.All(tx, func(row db.Scanner) (Group, error) {
		var n int64
		g, err := scan(row, &n)
		g.Members = n
		return g, err
	}, `SELECT `+columns+`, (SELECT COUNT(*) FROM group_member m WHERE m.workspace = g.workspace AND m.user_group = g.id)
		FROM user_group g WHERE g.workspace = ? ORDER BY g.rank, g.id`, ws)
}

// Of returns the groups a person is in, in order.
func Of(tx *db.Tx, ws id.Workspace, who id.Person) ([]Group, error) {
	return db.All(tx, func(row db.Scanner) (Group, error) { return scan(row) }, `SELECT `+columns+` FROM group_member m
		JOIN user_group g ON g.workspace = m.workspace AND g.id = m.user_group WHERE m.workspace = ? AND m.person = ? ORDER BY g.rank, g.id`, ws, who)
}

// Add puts a person into a group. It reports false if they were in it.
func Add(tx *db.Tx, ws id.Workspace, g id.Group, who id.Person) (bool, error) {
	n, err := tx.Exec(`INSERT INTO group_member (workspace, user_group, person, since) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`, ws, g, who, tx.NowMS())
	return n > 0, err
}

// Remove takes a person out of a group. It reports false if they were not in it.
func Remove(tx *db.Tx, ws id.Workspace, g id.Group, who id.Person) (bool, error) {
	n, err := tx.Exec(`DELETE FROM group_member WHERE workspace = ? AND user_group = ? AND person = ?`, ws, g, who)
	return n > 0, err
}

// Membership is a person in a group.
type Membership struct {
	Group  id.Group
	Person id.Person
}

// Load adds memberships that do not exist yet, many at once.
func Load(tx *db.Tx, ws id.Workspace, list iter.Seq[Membership]) (int64, error) {
	return tx.Load("group_member", []string{"workspace", "user_group", "person", "since"}, func(yield func([]any) bool) {
		for m := range list {
			if !yield([]any{string(ws), string(m.Group), string(m.Person), tx.NowMS()}) {
				return
			}
		}
	})
}
