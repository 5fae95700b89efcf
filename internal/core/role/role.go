// Package role is the staff roles that a workspace has made itself, beside those
// that come ready. Who holds which is written by person.
package role

import (
	"slices"
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Role is a role of a workspace's own.
type Role struct {
	access.Role
	Workspace id.Workspace
	Version   int64
}

// prefix begins the keys of own roles, so that none is ever one that comes
// ready, whichever come in later versions.
const prefix = "own-"

// Clean brings the words of r into their form, or says at their fields what is
// wrong with them.
func (r *Role) Clean() error {
	var wrong errs.List
	r.Label, r.Does = strings.Join(strings.Fields(r.Label), " "), strings.Join(strings.Fields(r.Does), " ")
	if n := len([]rune(r.Label)); n == 0 || n > 60 {
		wrong.Add(errs.AtField("label", "Give the role a name of 1 to 60 characters."))
	}
	if slices.ContainsFunc(access.Roles, func(ready access.Role) bool { return strings.EqualFold(ready.Label, r.Label) }) {
		wrong.Add(errs.AtField("label", "%s is a role that comes ready. Choose another name.", r.Label))
	}
	if n := len([]rune(r.Does)); n > 200 {
		wrong.Add(errs.AtField("does", "The description has %d characters; at most 200 fit.", n))
	}
	if r.Perms == 0 {
		wrong.Add(errs.AtField("perms", "Choose at least one permission."))
	}
	return wrong.Err()
}

func scan(row db.Scanner) (r Role, err error) {
	var key, label, does, perms string
	err = row.Scan(&r.Workspace, &key, &label, &does, &perms, &r.Version)
	r.Role = access.Resolve(key, label, does, perms)
	return r, err
}

const columns = `workspace, key, label, does, perms, version`

// Own lists the workspace's own roles by name.
func Own(tx *db.Tx, ws id.Workspace) ([]Role, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM own_role WHERE workspace = ? ORDER BY label_key, key`, ws)
}

// List returns every role of the workspace: those that come ready, then its own.
func List(tx *db.Tx, ws id.Workspace) ([]access.Role, error) {
	own, err := Own(tx, ws)
	all := slices.Clone(access.Roles)
	for _, r := range own {
		all = append(all, r.Role)
	}
	return all, err
}

// ByKey returns a role of the workspace, ready or its own, or an errs.NotFound.
func ByKey(tx *db.Tx, ws id.Workspace, key string) (access.Role, error) {
	if r, ok := access.RoleByKey(key); ok {
		return r, nil
	}
	r, err := OwnByKey(tx, ws, key)
	return r.Role, err
}

// OwnByKey returns a role that the workspace has made, or an errs.NotFound.
func OwnByKey(tx *db.Tx, ws id.Workspace, key string) (Role, error) {
	all, err := db.All(tx, scan, `SELECT `+columns+` FROM own_role WHERE workspace = ? AND key = ?`, ws, key)
	if err == nil && len(all) == 0 {
		err = errs.New(errs.NotFound, "There is no role called %q.", key)
	}
	if err != nil {
		return Role{}, err
	}
	return all[0], nil
}

// Insert adds r, which was cleaned, and sets its key and version. A second role
// of the same name is an errs.Conflict at "label".
func Insert(tx *db.Tx, r *Role) error {
	if err := free(tx, r); err != nil {
		return err
	}
	r.Key, r.Own, r.Version = prefix+id.New[string](), true, 1
	_, err := tx.Exec(`INSERT INTO own_role (workspace, key, label, label_key, does, perms, version, created_at) VALUES (?, ?, ?, ?, ?, ?, 1, ?)`,
		r.Workspace, r.Key, r.Label, key(r.Label), r.Does, strings.Join(r.Perms.Names(), " "), tx.NowMS())
	return err
}

// Save writes r back. If somebody else wrote it since, that is an errs.Conflict.
func Save(tx *db.Tx, r *Role) error {
	if err := free(tx, r); err != nil {
		return err
	}
	n, err := tx.Exec(`UPDATE own_role SET label = ?, label_key = ?, does = ?, perms = ?, version = version + 1 WHERE workspace = ? AND key = ? AND version = ?`,
		r.Label, key(r.Label), r.Does, strings.Join(r.Perms.Names(), " "), r.Workspace, r.Key, r.Version)
	if err == nil && n == 0 {
		err = errs.New(errs.Conflict, "Someone else changed this role meanwhile. Load the page again and repeat your change.")
	}
	r.Version++
	return err
}

// Remove removes a role that nobody holds; that nobody does is the caller's to
// see to.
func Remove(tx *db.Tx, ws id.Workspace, key string) error {
	_, err := tx.Exec(`DELETE FROM own_role WHERE workspace = ? AND key = ?`, ws, key)
	return err
}

func free(tx *db.Tx, r *Role) error {
	taken, err := db.All(tx, db.Text[string], `SELECT key FROM own_role WHERE workspace = ? AND label_key = ? AND key <> ?`, r.Workspace, key(r.Label), r.Key)
	if err == nil && len(taken) > 0 {
		err = &errs.Error{Kind: errs.Conflict, Field: "label", Text: "There is a role of this name already. Choose another name."}
	}
	return err
}

func key(label string) string { return strings.ToLower(label) }
