package apikey

import (
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Effective returns what a key may do now: what it was given, and of that no
// more than whoever answers for it may do now. It is nothing for a revoked key,
// and for one whose root is not an active person with a staff role.
func Effective(tx *db.Tx, k Key) (access.Perm, error) {
	if !k.Revoked.IsZero() {
		return 0, nil
	}
	kind, who, _ := strings.Cut(k.Root, ":")
	switch kind {
	case "system":
		return k.Perms, nil
	case "person":
		// A key acts in the whole workspace: what holds in a part of it only gives it nothing.
		roles, err := db.All(tx, func(row db.Scanner) (h access.Held, err error) {
			var key, perms string
			err = row.Scan(&key, &perms)
			h.Role = access.Resolve(key, "", "", perms)
			return h, err
		}, `SELECT r.role, COALESCE(o.perms, '') FROM person_role r JOIN person p ON p.workspace = r.workspace AND p.id = r.person
			LEFT JOIN own_role o ON o.workspace = r.workspace AND o.key = r.role
			WHERE r.workspace = ? AND r.person = ? AND r.scope = '' AND p.status = 'active'`, k.Workspace, who)
		return k.Perms.Whole() & access.PermsOf(roles).Whole(), err
	default:
		return 0, nil
	}
}

// rootOf finds who answers for a key that is about to be made. If that is a
// person they stay as they are until tx ends: whoever deactivates them at this
// moment either is refused their key or finds it and revokes it.
func rootOf(tx *db.Tx, k *Key) (string, error) {
	root := k.CreatedBy
	if kind, by, _ := strings.Cut(root, ":"); kind == "key" {
		maker, err := ByID(tx, k.Workspace, id.APIKey(by))
		if err != nil && errs.KindOf(err) != errs.NotFound {
			return "", err
		}
		if err != nil || !maker.Revoked.IsZero() {
			return "", errs.New(errs.Denied, "The key that asks for this one was revoked.")
		}
		root = maker.Root
	}
	kind, who, _ := strings.Cut(root, ":")
	if kind != "person" {
		return root, nil
	}
	status, err := db.All(tx, db.Text[string], `SELECT status FROM person WHERE workspace = ? AND id = ?`+tx.ForUpdate(), k.Workspace, who)
	if err == nil && (len(status) == 0 || status[0] != "active") {
		err = errs.New(errs.Denied, "Only an active user of this workspace can make API keys.")
	}
	return root, err
}
