// Package claim is printed codes: with one, somebody takes over a user who has
// no e-mail address, such as the holder of a guest card, and becomes that user
// with an address of their own.
//
// A code proves nothing but that its reader holds the letter. The address they
// type is proven by a mail before anything is theirs.
package claim

import (
	"strings"
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/seal"
)

// Life is how long a printed code works.
const Life = 90 * 24 * time.Hour

// Claim is one printed code.
type Claim struct {
	Workspace id.Workspace
	ID        id.Claim
	Person    id.Person
	MadeBy    string // as the journal names them
	Created   time.Time
	Expires   time.Time
	Used      time.Time // zero until somebody came in by it
	Revoked   time.Time // zero unless a newer one replaced it
}

// Open reports whether the code still works at now.
func (c *Claim) Open(now time.Time) bool {
	return c.Used.IsZero() && c.Revoked.IsZero() && c.Expires.After(now)
}

// Code is the secret: 12 Crockford characters. It may be printed and nothing
// else; stored is a keyed hash of it.
func (c *Claim) Code(keys *seal.Ring) string {
	return keys.LongCode("claim", string(c.Workspace), string(c.ID))
}

// Grouped spells a code in groups of four, as letters print it.
func Grouped(code string) string {
	var groups []string
	for len(code) > 4 {
		groups, code = append(groups, code[:4]), code[4:]
	}
	return strings.Join(append(groups, code), "-")
}

func hash(keys *seal.Ring, code string) string {
	return keys.KeyedHash("claim code", seal.CleanCode(code))
}

const columns = `workspace, id, person, made_by, created_at, expires_at, COALESCE(used_at, 0), COALESCE(revoked_at, 0)`

func scan(row db.Scanner) (c Claim, err error) {
	var created, expires, used, revoked int64
	err = row.Scan(&c.Workspace, &c.ID, &c.Person, &c.MadeBy, &created, &expires, &used, &revoked)
	for to, ms := range map[*time.Time]int64{&c.Created: created, &c.Expires: expires, &c.Used: used, &c.Revoked: revoked} {
		if ms != 0 {
			*to = time.UnixMilli(ms).UTC()
		}
	}
	return c, err
}

// Make stores a new code and sets its ID and times. A person has one: an older
// one no longer works.
func Make(tx *db.Tx, keys *seal.Ring, c *Claim) error {
	if err := Revoke(tx, c.Workspace, c.Person); err != nil {
		return err
	}
	c.ID, c.Created, c.Expires = id.New[id.Claim](), tx.Now, tx.Now.Add(Life)
	_, err := tx.Exec(`INSERT INTO claim (workspace, id, person, code_hash, made_by, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		c.Workspace, c.ID, c.Person, hash(keys, c.Code(keys)), c.MadeBy, tx.NowMS(), c.Expires.UnixMilli())
	return err
}

// ByID returns one claim of the workspace.
func ByID(tx *db.Tx, ws id.Workspace, c id.Claim) (Claim, error) {
	return one(tx, `workspace = ? AND id = ?`, ws, c)
}

// ByCode finds the claim of a printed code, whatever its state. It does not know
// the workspace: the code is the proof. The caller limits how often it is asked.
func ByCode(tx *db.Tx, keys *seal.Ring, code string) (Claim, error) {
	return one(tx, `code_hash = ?`, hash(keys, code))
}

func one(tx *db.Tx, where string, args ...any) (Claim, error) {
	all, err := db.All(tx, scan, `SELECT `+columns+` FROM claim WHERE `+where, args...)
	if err == nil && len(all) == 0 {
		err = errs.New(errs.NotFound, "There is no such code.")
	}
	if err != nil {
		return Claim{}, err
	}
	return all[0], nil
}

// Use uses the code up. Of several callers one wins; the others get an
// errs.Gone. That its time is not over was asked when the code was typed: who
// began in time may finish.
func Use(tx *db.Tx, c *Claim) error {
	n, err := tx.Exec(`UPDATE claim SET used_at = ? WHERE workspace = ? AND id = ? AND used_at IS NULL AND revoked_at IS NULL`, tx.NowMS(), c.Workspace, c.ID)
	if err == nil && n == 0 {
		err = errs.New(errs.Gone, "This code was used already, or a newer letter replaced it.")
	}
	c.Used = tx.Now
	return err
}

// Revoke ends a person's open code, if there is one.
func Revoke(tx *db.Tx, ws id.Workspace, who id.Person) error {
	_, err := tx.Exec(`UPDATE claim SET revoked_at = ? WHERE workspace = ? AND person = ? AND used_at IS NULL AND revoked_at IS NULL`, tx.NowMS(), ws, who)
	return err
}
