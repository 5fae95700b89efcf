package account

import (
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// Registration is what the European Union's register says about the VAT id of an
// account. Only ids of the Union have one.
type Registration struct {
	Workspace id.Workspace
	Account   id.Account
	VATID     string
	State     RegisterState
	Name      string    // as which it is registered; "" where the country does not tell
	Told      time.Time // of the newest answer; zero: none
	Tries     int64     // without an answer, since the newest
}

// RegisterState is whether the register has a VAT id.
type RegisterState string

// The states. An id that is not in the register may be a real one: it has to be
// entered for trade with other countries.
const (
	Unasked   RegisterState = "" // no answer yet
	Confirmed RegisterState = "confirmed"
	Unknown   RegisterState = "unknown"
)

// When the register is asked again: of what it knows, of what it does not, and how
// long at most after it gave no answer.
const (
	againConfirmed = 90 * 24 * time.Hour
	againUnknown   = 7 * 24 * time.Hour
	againSilent    = 24 * time.Hour
)

// inRegister reports whether a VAT id is one of the Union's.
func inRegister(vatID string) bool {
	if len(vatID) < 3 {
		return false
	}
	switch prefix := vatID[:2]; prefix {
	case "GB", "CH", "NO":
		return false
	case "EL":
		return true
	default:
		return rules[prefix].prefix == prefix
	}
}

// enroll has the register asked about a's VAT id, unless it is the one that it was
// asked about before.
func enroll(tx *db.Tx, a *Account) error {
	if a.Billing != Business || !inRegister(a.VATID) {
		_, err := tx.Exec(`DELETE FROM account_vat WHERE workspace = ? AND account = ?`, a.Workspace, a.ID)
		return err
	}
	_, err := tx.Exec(`INSERT INTO account_vat (workspace, account, vat_id, ask_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (workspace, account) DO UPDATE SET vat_id = excluded.vat_id, state = '', name = '', told_at = 0, ask_at = excluded.ask_at, tries = 0
			WHERE account_vat.vat_id <> excluded.vat_id`, a.Workspace, a.ID, a.VATID, tx.NowMS())
	return err
}

const registrationColumns = `workspace, account, vat_id, state, name, told_at, tries`

func scanRegistration(row db.Scanner) (r Registration, err error) {
	var told int64
	err = row.Scan(&r.Workspace, &r.Account, &r.VATID, &r.State, &r.Name, &told, &r.Tries)
	r.Told = at(told)
	return r, err
}

// RegistrationOf is what the register says about an account's VAT id; false if it
// has none that could be in it.
func RegistrationOf(tx *db.Tx, ws id.Workspace, acc id.Account) (r Registration, there bool, err error) {
	all, err := db.All(tx, scanRegistration, `SELECT `+registrationColumns+` FROM account_vat WHERE workspace = ? AND account = ?`, ws, acc)
	if err != nil || len(all) == 0 {
		return r, false, err
	}
	return all[0], true, nil
}

// ToAsk returns up to n VAT ids that the register is to be asked about now, of all
// workspaces, those that wait longest first.
func ToAsk(tx *db.Tx, n int) ([]Registration, error) {
	return db.All(tx, scanRegistration, `SELECT `+registrationColumns+` FROM account_vat WHERE ask_at <= ? ORDER BY ask_at LIMIT ?`, tx.NowMS(), n) // all workspaces: the server asks for them
}

// AskSoon has the register asked about an account's VAT id again. It reports false
// if there is nothing to ask.
func AskSoon(tx *db.Tx, ws id.Workspace, acc id.Account) (bool, error) {
	n, err := tx.Exec(`UPDATE account_vat SET ask_at = ?, tries = 0 WHERE workspace = ? AND account = ?`, tx.NowMS(), ws, acc)
	return n > 0, err
}

// Registered stores r's State and Name as the register's answer, and when it is
// asked again. An answer about an id that the account has no more is passed over.
func Registered(tx *db.Tx, r *Registration) error {
	again := againUnknown
	if r.State == Confirmed {
		again = againConfirmed
	}
	_, err := tx.Exec(`UPDATE account_vat SET state = ?, name = ?, told_at = ?, ask_at = ?, tries = 0 WHERE workspace = ? AND account = ? AND vat_id = ?`,
		r.State, r.Name, tx.NowMS(), tx.Now.Add(again).UnixMilli(), r.Workspace, r.Account, r.VATID)
	return err
}

// Silent notes that the register gave no answer; it is asked again later, and later
// each time. What it said before stands.
func Silent(tx *db.Tx, r *Registration) error {
	wait := min(5*time.Minute<<min(r.Tries, 10), againSilent)
	_, err := tx.Exec(`UPDATE account_vat SET tries = tries + 1, ask_at = ? WHERE workspace = ? AND account = ? AND vat_id = ?`,
		tx.Now.Add(wait).UnixMilli(), r.Workspace, r.Account, r.VATID)
	return err
}
