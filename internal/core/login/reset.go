package login

import (
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/seal"
)

// ResetLife is how long a link for a new password works.
const ResetLife = time.Hour

// Reset is a link by which somebody who reads their mail sets a new password.
type Reset struct {
	ID       string
	Identity id.Identity
	Expires  time.Time
}

// Token is the secret of the link. It may go into the mail and nowhere else. It is
// derived, so that a mail that goes out twice carries one link.
func (r Reset) Token(keys *seal.Ring) string { return keys.Link("password-reset", r.ID) }

// NewReset makes a link for a new password; an older one of the same login stops
// working.
func NewReset(tx *db.Tx, keys *seal.Ring, who id.Identity) (Reset, error) {
	if err := endResets(tx, who); err != nil {
		return Reset{}, err
	}
	r := Reset{ID: id.New[string](), Identity: who, Expires: tx.Now.Add(ResetLife)}
	_, err := tx.Exec(`INSERT INTO password_reset (id, identity, token_hash, created_at, expires_at) VALUES (?, ?, ?, ?, ?)`,
		r.ID, who, seal.Hash(r.Token(keys)), tx.NowMS(), r.Expires.UnixMilli())
	return r, err
}

func scanReset(row db.Scanner) (r Reset, err error) {
	var expires int64
	err = row.Scan(&r.ID, &r.Identity, &expires)
	r.Expires = time.UnixMilli(expires).UTC()
	return r, err
}

const works = `used_at IS NULL AND expires_at > ?`

// ResetByID returns a link that works, or an errs.Gone.
func ResetByID(tx *db.Tx, one string) (Reset, error) {
	return reset(tx, `id = ?`, one)
}

// ResetByToken returns the link of a token if it works, or an errs.Gone: the same
// for one that was used, is too old, or never was. It changes nothing.
func ResetByToken(tx *db.Tx, token string) (Reset, error) {
	if len(token) != tokenLen {
		return Reset{}, errResetGone
	}
	return reset(tx, `token_hash = ?`, seal.Hash(token))
}

func reset(tx *db.Tx, where string, arg any) (Reset, error) {
	all, err := db.All(tx, scanReset, `SELECT id, identity, expires_at FROM password_reset WHERE `+where+` AND `+works, arg, tx.NowMS())
	if err == nil && len(all) == 0 {
		err = errResetGone
	}
	if err != nil {
		return Reset{}, err
	}
	return all[0], nil
}

// UseReset uses a link up and returns whose it was. Of several callers one wins;
// the others get an errs.Gone.
func UseReset(tx *db.Tx, token string) (v Identity, err error) {
	if len(token) != tokenLen {
		return v, errResetGone
	}
	var who id.Identity
	err = tx.Row(`UPDATE password_reset SET used_at = ? WHERE token_hash = ? AND `+works+` RETURNING identity`, []any{tx.NowMS(), seal.Hash(token), tx.NowMS()}, &who)
	if errs.KindOf(err) == errs.NotFound {
		err = errResetGone
	}
	if err != nil {
		return v, err
	}
	return ByID(tx, who)
}

// tokenLen is how many characters a token has.
const tokenLen = 43

var errResetGone = errs.New(errs.Gone, "This link was used already, or is too old.")

func endResets(tx *db.Tx, who id.Identity) error {
	_, err := tx.Exec(`UPDATE password_reset SET used_at = ? WHERE identity = ? AND used_at IS NULL`, tx.NowMS(), who)
	return err
}
