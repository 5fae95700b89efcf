// Package apikey is the keys by which programs act in a workspace, and the
// answers they were given, so that a request that is repeated has one effect.
package apikey

import (
	"encoding/json"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/seal"
)

// Prefix begins every key, so that a leaked one is recognised.
const Prefix = "ik_"

// Key is one program's key. The key itself is shown once and not kept.
type Key struct {
	Workspace id.Workspace
	ID        id.APIKey
	Name      string
	Hint      string // its last four characters
	Perms     access.Perm
	CreatedBy string // for people and the journal: "person:…", "key:…", "system:…"
	Root      string // who answers for it: CreatedBy, or, if that is a key, that key's Root
	Created   time.Time
	LastUsed  time.Time
	Revoked   time.Time
}

// Insert makes a key and sets k's ID, Hint, Root and Created. It returns the
// key's text, which is to be shown once. A maker who is not active any more, or
// is a revoked key, is an errs.Denied.
func Insert(tx *db.Tx, k *Key) (plain string, err error) {
	k.Name = strings.TrimSpace(k.Name)
	if n := len([]rune(k.Name)); n == 0 || n > 100 {
		return "", errs.AtField("name", "Give the key a name of 1 to 100 characters, so that you know later what uses it.")
	}
	if k.Perms == 0 {
		return "", errs.AtField("perms", "Choose at least one permission.")
	}
	if k.Root, err = rootOf(tx, k); err != nil {
		return "", err
	}
	token, _ := seal.Token()
	plain = Prefix + token
	k.ID, k.Hint, k.Created = id.New[id.APIKey](), plain[len(plain)-4:], tx.Now
	perms, err := json.Marshal(k.Perms.Names())
	if err != nil {
		return "", err
	}
	_, err = tx.Exec(`INSERT INTO api_key (workspace, id, name, hash, hint, perms, created_by, root, created_at, last_used_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)`,
		k.Workspace, k.ID, k.Name, seal.Hash(plain), k.Hint, string(perms), k.CreatedBy, k.Root, tx.NowMS())
	return plain, err
}

const columns = `workspace, id, name, hint, perms, created_by, root, created_at, last_used_at, COALESCE(revoked_at, 0)`

func scan(row db.Scanner) (k Key, err error) {
	var perms string
	var created, used, revoked int64
	if err = row.Scan(&k.Workspace, &k.ID, &k.Name, &k.Hint, &perms, &k.CreatedBy, &k.Root, &created, &used, &revoked); err != nil {
		return k, err
	}
	k.Created = time.UnixMilli(created).UTC()
	if used != 0 {
		k.LastUsed = time.UnixMilli(used).UTC()
	}
	if revoked != 0 {
		k.Revoked = time.UnixMilli(revoked).UTC()
	}
	var names []string
	if err = json.Unmarshal([]byte(perms), &names); err != nil {
		return k, err
	}
	for _, n := range names {
		if p, err := access.ParsePerms([]string{n}); err == nil {
			k.Perms |= p // a permission that no longer exists gives nothing
		}
	}
	return k, nil
}

// ByText finds the key that a request carries. The key is the proof; a wrong or
// revoked one is an errs.SignedOut.
func ByText(tx *db.Tx, plain string) (Key, error) {
	if strings.HasPrefix(plain, Prefix) {
		all, err := db.All(tx, scan, `SELECT `+columns+` FROM api_key WHERE hash = ? AND revoked_at IS NULL`, seal.Hash(plain))
		if err != nil || len(all) == 1 {
			return append(all, Key{})[0], err
		}
	}
	return Key{}, errs.New(errs.SignedOut, "This API key is not valid. Send a valid one as: Authorization: Bearer ik_…")
}

// ByID returns one key of the workspace, revoked or not.
func ByID(tx *db.Tx, ws id.Workspace, key id.APIKey) (Key, error) {
	all, err := db.All(tx, scan, `SELECT `+columns+` FROM api_key WHERE workspace = ? AND id = ?`, ws, key)
	if err == nil && len(all) == 0 {
		err = errs.New(errs.NotFound, "There is no such API key.")
	}
	return append(all, Key{})[0], err
}

// Used notes that a key was used.
func Used(tx *db.Tx, k Key) error {
	_, err := tx.Exec(`UPDATE api_key SET last_used_at = ? WHERE workspace = ? AND id = ?`, tx.NowMS(), k.Workspace, k.ID)
	return err
}

// List returns the workspace's keys, the newest first.
func List(tx *db.Tx, ws id.Workspace) ([]Key, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM api_key WHERE workspace = ? ORDER BY created_at DESC, id DESC`, ws)
}

// Revoke ends a key at once.
func Revoke(tx *db.Tx, ws id.Workspace, key id.APIKey) error {
	n, err := tx.Exec(`UPDATE api_key SET revoked_at = ? WHERE workspace = ? AND id = ? AND revoked_at IS NULL`, tx.NowMS(), ws, key)
	if err == nil && n == 0 {
		err = errs.New(errs.NotFound, "There is no such API key, or it was revoked already.")
	}
	return err
}

// RevokeOf ends every key that root answers for: those they made, and those
// that were made with these.
func RevokeOf(tx *db.Tx, ws id.Workspace, root string) error {
	_, err := tx.Exec(`UPDATE api_key SET revoked_at = ? WHERE workspace = ? AND root = ? AND revoked_at IS NULL`, tx.NowMS(), ws, root)
	return err
}

// Reply is what a repeated request gets again.
type Reply struct {
	Status int64 // 0 while the first request still runs
	Body   string
}

// Claim notes that a request with this idempotency key has begun. If one with
// the same key was here before, first is false and Reply is its answer. The
// same key with another request is an errs.Invalid.
func Claim(tx *db.Tx, ws id.Workspace, key, request string) (r Reply, first bool, err error) {
	n, err := tx.Exec(`INSERT INTO idempotency (workspace, key, request, status, body, created_at) VALUES (?, ?, ?, 0, '', ?) ON CONFLICT DO NOTHING`,
		ws, key, request, tx.NowMS())
	if err != nil || n == 1 {
		return Reply{}, true, err
	}
	var before string
	err = tx.Row(`SELECT request, status, body FROM idempotency WHERE workspace = ? AND key = ?`, []any{ws, key}, &before, &r.Status, &r.Body)
	if err == nil && before != request {
		err = errs.AtField("Idempotency-Key", "This Idempotency-Key was used for a different request. Use a new key for a new request.")
	}
	return r, false, err
}

// Answer keeps the answer of a claimed request.
func Answer(tx *db.Tx, ws id.Workspace, key string, r Reply) error {
	_, err := tx.Exec(`UPDATE idempotency SET status = ?, body = ? WHERE workspace = ? AND key = ?`, r.Status, r.Body, ws, key)
	return err
}

// Sweep forgets answers older than a day.
func Sweep(tx *db.Tx) error {
	_, err := tx.Exec(`DELETE FROM idempotency WHERE created_at < ?`, tx.Now.Add(-24*time.Hour).UnixMilli())
	return err
}
