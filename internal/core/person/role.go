package person

import (
	"slices"
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// heldColumns are those of a role that somebody holds, of person_role r and,
// joined by ownRole, of own_role o.
const (
	heldColumns = `r.role, r.scope, r.scope_id, COALESCE(o.label, ''), COALESCE(o.does, ''), COALESCE(o.perms, '')`
	ownRole     = ` LEFT JOIN own_role o ON o.workspace = r.workspace AND o.key = r.role`
)

func scanHeld(row db.Scanner, more ...any) (h access.Held, err error) {
	var key, label, does, perms string
	err = row.Scan(append(more, &key, &h.At.Kind, &h.At.ID, &label, &does, &perms)...)
	h.Role = access.Resolve(key, label, does, perms)
	return h, err
}

// Roles returns the staff roles of a person, and where each holds.
func Roles(tx *db.Tx, ws id.Workspace, who id.Person) ([]access.Held, error) {
	return db.All(tx, func(row db.Scanner) (access.Held, error) { return scanHeld(row) },
		`SELECT `+heldColumns+` FROM person_role r`+ownRole+` WHERE r.workspace = ? AND r.person = ? ORDER BY r.role, r.scope, r.scope_id`, ws, who)
}

// RolesOf returns the staff roles of those of the people who have any.
func RolesOf(tx *db.Tx, ws id.Workspace, list []id.Person) (map[id.Person][]access.Held, error) {
	return rolesOf(tx, ` AND r.person IN `+db.In(len(list)), db.Args(list, any(ws))...)
}

// AllRoles returns the staff roles of everybody who has any.
func AllRoles(tx *db.Tx, ws id.Workspace) (map[id.Person][]access.Held, error) {
	return rolesOf(tx, "", ws)
}

func rolesOf(tx *db.Tx, more string, args ...any) (map[id.Person][]access.Held, error) {
	type line struct {
		who id.Person
		access.Held
	}
	all := map[id.Person][]access.Held{}
	for l, err := range db.Each(tx, func(row db.Scanner) (l line, err error) {
		l.Held, err = scanHeld(row, &l.who)
		return l, err
	}, `SELECT r.person, `+heldColumns+` FROM person_role r`+ownRole+` WHERE r.workspace = ?`+more+` ORDER BY r.person, r.role, r.scope, r.scope_id`, args...) {
		if err != nil {
			return nil, err
		}
		all[l.who] = append(all[l.who], l.Held)
	}
	return all, nil
}

// GiveRole gives a person a staff role they may have already.
func GiveRole(tx *db.Tx, ws id.Workspace, who id.Person, g access.Given) error {
	_, err := tx.Exec(`INSERT INTO person_role (workspace, person, role, scope, scope_id) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`, ws, who, g.Role, g.At.Kind, g.At.ID)
	return err
}

// TakeRole takes one staff role from a person.
func TakeRole(tx *db.Tx, ws id.Workspace, who id.Person, g access.Given) error {
	_, err := tx.Exec(`DELETE FROM person_role WHERE workspace = ? AND person = ? AND role = ? AND scope = ? AND scope_id = ?`, ws, who, g.Role, g.At.Kind, g.At.ID)
	return err
}

// TakeRoles takes all staff roles from a person.
func TakeRoles(tx *db.Tx, ws id.Workspace, who id.Person) error {
	_, err := tx.Exec(`DELETE FROM person_role WHERE workspace = ? AND person = ?`, ws, who)
	return err
}

// CountRole returns how many active people hold a role in the whole workspace.
func CountRole(tx *db.Tx, ws id.Workspace, role string) (n int64, err error) {
	err = tx.Row(`SELECT COUNT(*) FROM person_role r JOIN person p ON p.workspace = r.workspace AND p.id = r.person
		WHERE r.workspace = ? AND r.role = ? AND r.scope = '' AND p.status = 'active' AND p.deleted_at = 0`, []any{ws, role}, &n)
	return n, err
}

// Actor returns what a person may do now: nothing unless they are active. Roles
// for an account hold for all below it.
func (p *Person) Actor(tx *db.Tx) (access.Actor, []access.Held, error) {
	by := access.Actor{Workspace: p.Workspace, Name: journal.About("person", p.ID), Person: p.ID}
	if p.Status != Active { // roles end with the seat, at once
		return by, nil, nil
	}
	held, err := Roles(tx, p.Workspace, p.ID)
	if err != nil {
		return by, nil, err
	}
	by.Perms = access.PermsOf(held)
	for _, h := range held {
		part := access.Part{Perms: h.Perms}
		switch h.At.Kind {
		case access.Everywhere:
			continue
		case access.InAccount:
			part.Reach.Accounts, err = below(tx, p.Workspace, id.Account(h.At.ID))
		case access.InGroup:
			part.Reach.Groups = []id.Group{id.Group(h.At.ID)}
		case access.AtLocation:
			part.Reach.Locations = []id.Location{id.Location(h.At.ID)}
		}
		if err != nil {
			return by, nil, err
		}
		if len(part.Reach.Accounts)+len(part.Reach.Groups)+len(part.Reach.Locations) > 0 {
			by.Parts = append(by.Parts, part)
		}
	}
	return by, held, nil
}

// below returns an account and all below it; nothing if there is no such account.
func below(tx *db.Tx, ws id.Workspace, top id.Account) ([]id.Account, error) {
	return db.All(tx, db.Text[id.Account], `WITH RECURSIVE tree (id) AS (
			SELECT id FROM account WHERE workspace = ? AND id = ?
			UNION SELECT a.id FROM account a JOIN tree t ON a.parent = t.id WHERE a.workspace = ?)
		SELECT id FROM tree`, ws, top, ws)
}

// Reached is the condition that a row of person is within a reach, and its
// arguments: "" for the whole workspace. A reach of nothing matches nobody.
func Reached(r access.Reach) (where string, args []any) {
	if r.Whole {
		return "", nil
	}
	parts := []string{"1 = 0"}
	if n := len(r.Accounts); n > 0 {
		parts, args = append(parts, `person.account IN `+db.In(n)), append(args, db.Args(r.Accounts)...)
	}
	if n := len(r.Groups); n > 0 {
		parts = append(parts, `EXISTS (SELECT 1 FROM group_member m WHERE m.workspace = person.workspace AND m.person = person.id AND m.user_group IN `+db.In(n)+`)`)
		args = append(args, db.Args(r.Groups)...)
	}
	if n := len(r.Locations); n > 0 {
		parts = append(parts, `EXISTS (SELECT 1 FROM access_grant g WHERE g.workspace = person.workspace AND g.person = person.id AND g.location IN `+db.In(n)+`)`)
		args = append(args, db.Args(r.Locations)...)
	}
	return ` AND (` + strings.Join(parts, " OR ") + `)`, args
}

// Within refuses people outside of a reach, as if they were not there.
func Within(tx *db.Tx, ws id.Workspace, r access.Reach, list ...id.Person) error {
	if r.Whole || len(list) == 0 {
		return nil
	}
	where, args := Reached(r)
	var n int
	err := tx.Row(`SELECT COUNT(DISTINCT person.id) FROM person WHERE person.workspace = ? AND person.id IN `+db.In(len(list))+where,
		append(db.Args(list, any(ws)), args...), &n)
	if err == nil && n < distinct(list) {
		err = noUser()
	}
	return err
}

func distinct(list []id.Person) int {
	seen := make(map[id.Person]bool, len(list))
	for _, p := range list {
		seen[p] = true
	}
	return len(seen)
}

// Reach is what every use case about given people begins with: whether by has
// permission p where they are.
func Reach(tx *db.Tx, by access.Actor, p access.Perm, list ...id.Person) error {
	r, err := by.Within(p)
	if err != nil {
		return err
	}
	return Within(tx, by.Workspace, r, list...)
}

// Sight is by as they stand with a given person of whom they have permission p:
// with what they may do with this very person, by whatever roles reach them. It is
// for showing the person; nobody may be let do anything by it.
func Sight(tx *db.Tx, by access.Actor, p access.Perm, who id.Person) (access.Actor, error) {
	if err := Reach(tx, by, p, who); err != nil {
		return by, err
	}
	see := by
	see.Perms = see.Perms.Whole()
	for _, part := range by.Parts {
		err := Within(tx, by.Workspace, part.Reach, who)
		if err == nil {
			see.Perms |= part.Perms.Whole()
		} else if errs.KindOf(err) != errs.NotFound {
			return by, err
		}
	}
	return see, nil
}

// Reachable is the condition that a column holds the id of somebody within a
// reach, who was not deleted, and its arguments: for tables that name people.
// "" is the whole workspace.
func Reachable(column string, ws id.Workspace, r access.Reach) (where string, args []any) {
	if r.Whole {
		return "", nil
	}
	cond, more := Reached(r)
	return column + ` IN (SELECT person.id FROM person WHERE person.workspace = ? AND person.deleted_at = 0` + cond + `)`, append([]any{ws}, more...)
}

// Among returns those of the people who are within a reach.
func Among(tx *db.Tx, ws id.Workspace, r access.Reach, list []id.Person) (map[id.Person]bool, error) {
	in := make(map[id.Person]bool, len(list))
	cond, args := Reached(r)
	for some := range slices.Chunk(list, 400) {
		for who, err := range db.Each(tx, db.Text[id.Person], `SELECT person.id FROM person WHERE person.workspace = ? AND person.id IN `+db.In(len(some))+cond,
			append(db.Args(some, any(ws)), args...)...) {
			if err != nil {
				return nil, err
			}
			in[who] = true
		}
	}
	return in, nil
}

// scopes are the tables of what a role can be limited to.
var scopes = map[access.ScopeKind]string{access.InAccount: "account", access.InGroup: "user_group", access.AtLocation: "location"}

// ScopeName names what a role is limited to: "Whole workspace", or the account's,
// group's or location's name; "" for one that is not there.
func ScopeName(tx *db.Tx, ws id.Workspace, at access.Scope) (name string, err error) {
	if at == (access.Scope{}) {
		return "Whole workspace", nil
	}
	table, ok := scopes[at.Kind]
	if !ok {
		return "", nil
	}
	err = tx.Row(`SELECT name FROM `+table+` WHERE workspace = ? AND id = ?`, []any{ws, at.ID}, &name)
	if errs.KindOf(err) == errs.NotFound {
		return "", nil
	}
	return name, err
}
