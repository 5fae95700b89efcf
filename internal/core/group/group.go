// Package group is user groups: users who share terms.
package group

import (
	"cmp"
	"iter"
	"slices"
	"strings"
	"time"
	"unicode"

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

// clean puts g's texts into the form in which they are kept, and says what is
// wrong with them, at the fields "name" and "description".
func (g *Group) clean() error {
	var wrong errs.List
	g.Name, g.Description = strings.Join(strings.Fields(g.Name), " "), strings.TrimSpace(g.Description)
	unreadable := func(text string) bool {
		return strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' || r == unicode.ReplacementChar })
	}
	switch n := len([]rune(g.Name)); {
	case n == 0 || n > 100:
		wrong.Add(errs.AtField("name", "Give the group a name of 1 to 100 characters."))
	case unreadable(g.Name):
		wrong.Add(errs.AtField("name", "The name holds characters that cannot be shown. Please type it again."))
	}
	g.Description = strings.ReplaceAll(g.Description, "\r\n", "\n")
	switch n := len([]rune(g.Description)); {
	case n > 500:
		wrong.Add(errs.AtField("description", "The description has %d characters; at most 500 fit. Please shorten it.", n))
	case unreadable(g.Description):
		wrong.Add(errs.AtField("description", "The description holds characters that cannot be shown. Please type it again."))
	}
	return wrong.Err()
}

// Insert adds g behind the others and sets its ID, Rank, Version and Created. A
// second group of that name is an errs.Invalid at the field "name". If it is the
// default one, no other is any more.
func Insert(tx *db.Tx, g *Group) error {
	if err := g.clean(); err != nil {
		return err
	}
	g.ID, g.Version, g.Created = id.New[id.Group](), 1, tx.Now
	if err := tx.Row(`SELECT COALESCE(MAX(rank), 0) + 1 FROM user_group WHERE workspace = ?`, []any{g.Workspace}, &g.Rank); err != nil {
		return err
	}
	n, err := tx.Exec(`INSERT INTO user_group (workspace, id, name, name_key, description, rank, is_default, version, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`, g.Workspace, g.ID, g.Name, Key(g.Name), g.Description, g.Rank, g.Default, g.Version, tx.NowMS())
	if err == nil && n == 0 {
		err = taken(g.Name)
	}
	if err == nil && g.Default {
		err = SetDefault(tx, g.Workspace, g.ID)
	}
	return err
}

func taken(name string) error {
	return errs.AtField("name", "There is a group called %s already.", name)
}

// Save writes name and description back. If someone else wrote them since g was
// read, that is an errs.Conflict; a name that another group has is an
// errs.Invalid at the field "name".
func Save(tx *db.Tx, g *Group) error {
	if err := g.clean(); err != nil {
		return err
	}
	var others int64
	if err := tx.Row(`SELECT COUNT(*) FROM user_group WHERE workspace = ? AND name_key = ? AND id <> ?`, []any{g.Workspace, Key(g.Name), g.ID}, &others); err != nil {
		return err
	}
	if others > 0 {
		return taken(g.Name)
	}
	n, err := tx.Exec(`UPDATE user_group SET name = ?, name_key = ?, description = ?, version = version + 1 WHERE workspace = ? AND id = ? AND version = ?`,
		g.Name, Key(g.Name), g.Description, g.Workspace, g.ID, g.Version)
	if errs.KindOf(err) == errs.Conflict { // taken between the two statements
		return taken(g.Name)
	}
	if err == nil && n == 0 {
		err = errs.New(errs.Conflict, "Someone else changed this group meanwhile.")
	}
	if err == nil {
		g.Version++
	}
	return err
}

// SetDefault makes one group the default one, which takes everyone who has none;
// "" leaves the workspace without.
func SetDefault(tx *db.Tx, ws id.Workspace, g id.Group) error {
	_, err := tx.Exec(`UPDATE user_group SET is_default = (id = ?) WHERE workspace = ? AND is_default <> (id = ?)`, g, ws, g)
	return err
}

// TheDefault returns the group that takes everyone who has none, "" if there is
// no such group.
func TheDefault(tx *db.Tx, ws id.Workspace) (id.Group, error) {
	all, err := db.All(tx, db.Text[id.Group], `SELECT id FROM user_group WHERE workspace = ? AND is_default ORDER BY rank, id LIMIT 1`, ws)
	if err != nil || len(all) == 0 {
		return "", err
	}
	return all[0], nil
}

// Without counts the active people who are in no group.
func Without(tx *db.Tx, ws id.Workspace) (n int64, err error) {
	err = tx.Row(`SELECT COUNT(*) FROM person p WHERE p.workspace = ? AND p.status = 'active' AND p.deleted_at = 0
		AND NOT EXISTS (SELECT 1 FROM group_member m WHERE m.workspace = p.workspace AND m.person = p.id)`, []any{ws}, &n)
	return n, err
}

// Stranded counts the active people who are in that group and in no other.
func Stranded(tx *db.Tx, ws id.Workspace, g id.Group) (n int64, err error) {
	err = tx.Row(`SELECT COUNT(*) FROM group_member m JOIN person p ON p.workspace = m.workspace AND p.id = m.person
		WHERE m.workspace = ? AND m.user_group = ? AND p.status = 'active' AND p.deleted_at = 0
		AND NOT EXISTS (SELECT 1 FROM group_member o WHERE o.workspace = m.workspace AND o.person = m.person AND o.user_group <> m.user_group)`, []any{ws, g}, &n)
	return n, err
}

// Lock holds a group still until tx ends: nobody comes in, and nobody deletes
// it.
func Lock(tx *db.Tx, ws id.Workspace, g id.Group) error {
	all, err := db.All(tx, db.Text[string], `SELECT id FROM user_group WHERE workspace = ? AND id = ?`+tx.ForUpdate(), ws, g)
	if err == nil && len(all) == 0 {
		err = errs.New(errs.NotFound, "There is no such group. It may have been deleted.")
	}
	return err
}

// Move puts a group so many places further down in the order, or up if by is
// negative, as far as there are places. It reports false if it stays where it
// is.
func Move(tx *db.Tx, ws id.Workspace, g id.Group, by int) (bool, error) {
	type place struct {
		id   id.Group
		rank int64
	}
	// In the order in which everybody who moves groups locks them.
	list, err := db.All(tx, func(row db.Scanner) (p place, err error) {
		err = row.Scan(&p.id, &p.rank)
		return p, err
	}, `SELECT id, rank FROM user_group WHERE workspace = ? ORDER BY id`+tx.ForUpdate(), ws)
	if err != nil {
		return false, err
	}
	slices.SortStableFunc(list, func(a, b place) int { return cmp.Compare(a.rank, b.rank) })
	from := slices.IndexFunc(list, func(p place) bool { return p.id == g })
	if from < 0 {
		return false, errs.New(errs.NotFound, "There is no such group. It may have been deleted.")
	}
	to := min(max(from+by, 0), len(list)-1)
	if to == from {
		return false, nil
	}
	moved := list[from]
	list = slices.Insert(slices.Delete(list, from, from+1), to, moved)
	for i, p := range list {
		if rank := int64(i + 1); p.rank != rank { // two may have come in at the same place
			if _, err := tx.Exec(`UPDATE user_group SET rank = ? WHERE workspace = ? AND id = ?`, rank, ws, p.id); err != nil {
				return false, err
			}
		}
	}
	return true, nil
}

// Delete removes a group and its memberships. Its grants must be gone.
func Delete(tx *db.Tx, ws id.Workspace, g id.Group) error {
	if _, err := tx.Exec(`DELETE FROM group_member WHERE workspace = ? AND user_group = ?`, ws, g); err != nil {
		return err
	}
	n, err := tx.Exec(`DELETE FROM user_group WHERE workspace = ? AND id = ?`, ws, g)
	if err == nil && n == 0 {
		err = errs.New(errs.NotFound, "There is no such group. It may have been deleted.")
	}
	return err
}

// Members returns who is in a group, by id.
func Members(tx *db.Tx, ws id.Workspace, g id.Group) ([]id.Person, error) {
	return db.All(tx, db.Text[id.Person], `SELECT person FROM group_member WHERE workspace = ? AND user_group = ? ORDER BY person`, ws, g)
}

// OnlyIn returns who is in that group and in no other, by id.
func OnlyIn(tx *db.Tx, ws id.Workspace, g id.Group) ([]id.Person, error) {
	return db.All(tx, db.Text[id.Person], `SELECT m.person FROM group_member m WHERE m.workspace = ? AND m.user_group = ?
		AND NOT EXISTS (SELECT 1 FROM group_member o WHERE o.workspace = m.workspace AND o.person = m.person AND o.user_group <> m.user_group)
		ORDER BY m.person`, ws, g)
}

// MembersAmong returns those of a list, of at most some hundreds, who are in a
// group.
func MembersAmong(tx *db.Tx, ws id.Workspace, g id.Group, list []id.Person) (map[id.Person]bool, error) {
	in := map[id.Person]bool{}
	if len(list) == 0 {
		return in, nil
	}
	all, err := db.All(tx, db.Text[id.Person], `SELECT person FROM group_member WHERE workspace = ? AND user_group = ? AND person IN `+db.In(len(list)), db.Args(list, any(ws), any(g))...)
	for _, p := range all {
		in[p] = true
	}
	return in, err
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
