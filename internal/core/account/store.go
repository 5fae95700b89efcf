package account

import (
	"strings"
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Columns are those that Scan reads, of a table called account.
const Columns = `account.workspace, account.id, COALESCE(account.parent, ''), account.kind, account.name, account.billing, account.email,
	account.legal_name, account.street, account.postcode, account.city, account.country, account.vat_id,
	account.state, account.state_at, account.reason, account.closed_by, account.user_limit, account.until_at, account.version, account.created_at`

// Scan reads a row of Columns, and what follows them into more. It leaves the
// places out.
func Scan(row db.Scanner, more ...any) (a Account, err error) {
	var stateAt, until, created int64
	err = row.Scan(append([]any{
		&a.Workspace, &a.ID, &a.Parent, &a.Kind, &a.Name, &a.Billing, &a.Email,
		&a.LegalName, &a.Street, &a.Postcode, &a.City, &a.Country, &a.VATID,
		&a.State, &stateAt, &a.Reason, &a.ClosedBy, &a.UserLimit, &until, &a.Version, &created,
	}, more...)...)
	a.StateAt, a.Until, a.Created = at(stateAt), at(until), at(created)
	return a, err
}

func scan(row db.Scanner) (Account, error) { return Scan(row) }

func at(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

func ms(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// Insert adds a, which was cleaned, open and below its parent, and sets its ID,
// Version, State and Created. The parent's tree must be locked with [Lock]. A
// parent that is closed, is an employee or lies too deep is an errs.Conflict.
func Insert(tx *db.Tx, a *Account) error {
	var parent *string
	if a.Parent != "" {
		path, err := Path(tx, a.Workspace, a.Parent)
		if err != nil {
			return err
		}
		above := &path[0]
		switch {
		case above.State == Closed:
			return errs.New(errs.Conflict, "The account above is closed. Reopen it before something is added below it.")
		case above.Kind == Employee:
			return errs.New(errs.Conflict, "The account of an employee has no sub-accounts.")
		case len(path) >= MaxDepth:
			return errs.New(errs.Conflict, "Accounts lie at most %d deep, and the one above is that deep already.", MaxDepth)
		}
		parent = (*string)(&a.Parent)
	}
	a.ID, a.Version, a.Created = id.New[id.Account](), 1, tx.Now
	a.State, a.StateAt, a.Reason, a.ClosedBy = Open, tx.Now, "", ""
	_, err := tx.Exec(`INSERT INTO account (workspace, id, parent, kind, name, name_key, billing, email, legal_name, street, postcode, city, country, vat_id,
			state, state_at, reason, closed_by, user_limit, until_at, version, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', '', ?, ?, 1, ?)`,
		a.Workspace, a.ID, parent, a.Kind, a.Name, Key(a.Name), a.Billing, a.Email, a.LegalName, a.Street, a.Postcode, a.City, a.Country, a.VATID,
		a.State, tx.NowMS(), a.UserLimit, ms(a.Until), tx.NowMS())
	if err != nil {
		return err
	}
	return beside(tx, a)
}

// Save writes name, billing data and limits of a back, which was cleaned. If
// someone else wrote it since a was read, that is an errs.Conflict and nothing
// is written. State, kind and parent are not touched.
func Save(tx *db.Tx, a *Account) error {
	n, err := tx.Exec(`UPDATE account SET name = ?, name_key = ?, billing = ?, email = ?, legal_name = ?, street = ?, postcode = ?, city = ?, country = ?, vat_id = ?,
			user_limit = ?, until_at = ?, version = version + 1
		WHERE workspace = ? AND id = ? AND version = ?`,
		a.Name, Key(a.Name), a.Billing, a.Email, a.LegalName, a.Street, a.Postcode, a.City, a.Country, a.VATID,
		a.UserLimit, ms(a.Until), a.Workspace, a.ID, a.Version)
	if err == nil && n == 0 {
		err = errs.New(errs.Conflict, "Someone else changed this account meanwhile. Load the page again and repeat your change.")
	}
	if err != nil {
		return err
	}
	a.Version++
	return beside(tx, a)
}

// beside stores what other tables hold of a.
func beside(tx *db.Tx, a *Account) error {
	if err := setPlaces(tx, a); err != nil {
		return err
	}
	return enroll(tx, a)
}

// setPlaces stores where a's users may charge.
func setPlaces(tx *db.Tx, a *Account) error {
	if _, err := tx.Exec(`DELETE FROM account_place WHERE workspace = ? AND account = ?`, a.Workspace, a.ID); err != nil {
		return err
	}
	_, err := tx.Load("account_place", []string{"workspace", "account", "location"}, func(yield func([]any) bool) {
		for _, l := range a.Places {
			if !yield([]any{string(a.Workspace), string(a.ID), string(l)}) {
				return
			}
		}
	})
	return err
}

// ByID returns one account of the workspace with its places, or an
// errs.NotFound.
func ByID(tx *db.Tx, ws id.Workspace, acc id.Account) (Account, error) {
	all, err := db.All(tx, scan, `SELECT `+Columns+` FROM account WHERE workspace = ? AND id = ?`, ws, acc)
	if err == nil && len(all) == 0 {
		err = NotHere()
	}
	if err != nil {
		return Account{}, err
	}
	all[0].Places, err = places(tx, ws, acc)
	return all[0], err
}

// NotHere is the errs.NotFound of an account that is not in the workspace, or
// outside of what somebody may see.
func NotHere() error { return errs.New(errs.NotFound, "There is no such account.") }

func places(tx *db.Tx, ws id.Workspace, acc id.Account) ([]id.Location, error) {
	return db.All(tx, db.Text[id.Location], `SELECT location FROM account_place WHERE workspace = ? AND account = ? ORDER BY location`, ws, acc)
}

const askAtOnce = 400

// ByIDs returns those of the accounts that exist, without their places.
func ByIDs(tx *db.Tx, ws id.Workspace, list []id.Account) (map[id.Account]Account, error) {
	found := make(map[id.Account]Account, len(list))
	for len(list) > 0 {
		n := min(askAtOnce, len(list))
		all, err := db.All(tx, scan, `SELECT `+Columns+` FROM account WHERE workspace = ? AND id IN `+db.In(n), db.Args(list[:n], any(ws))...)
		if err != nil {
			return nil, err
		}
		for _, a := range all {
			found[a.ID] = a
		}
		list = list[n:]
	}
	return found, nil
}

// ByNames returns the accounts that have one of these keys, as [Key] makes them
// of names, by name. A name may be several accounts'.
func ByNames(tx *db.Tx, ws id.Workspace, keys []string) (map[string][]Account, error) {
	found := map[string][]Account{}
	for len(keys) > 0 {
		n := min(askAtOnce, len(keys))
		all, err := db.All(tx, scan, `SELECT `+Columns+` FROM account WHERE workspace = ? AND name_key IN `+db.In(n)+` ORDER BY id`, db.Args(keys[:n], any(ws))...)
		if err != nil {
			return nil, err
		}
		for _, a := range all {
			found[Key(a.Name)] = append(found[Key(a.Name)], a)
		}
		keys = keys[n:]
	}
	return found, nil
}

// Search returns up to limit accounts with a word that begins like text, by
// name; all if text is empty. within narrows to these accounts unless it is nil:
// it is meant for the few that somebody may see.
func Search(tx *db.Tx, ws id.Workspace, text string, within []id.Account, limit int) ([]Account, error) {
	where, args := `workspace = ?`, []any{ws}
	if key := Key(text); key != "" {
		like := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(key)
		where += ` AND (name_key LIKE ? ESCAPE '\' OR name_key LIKE ? ESCAPE '\')`
		args = append(args, like+"%", "% "+like+"%")
	}
	if within != nil {
		if len(within) == 0 {
			return nil, nil
		}
		where, args = where+` AND id IN `+db.In(len(within)), append(args, db.Args(within)...)
	}
	return db.All(tx, scan, `SELECT `+Columns+` FROM account WHERE `+where+` ORDER BY name_key, id LIMIT ?`, append(args, limit)...)
}

// Children returns the accounts right below one, by name.
func Children(tx *db.Tx, ws id.Workspace, acc id.Account) ([]Account, error) {
	return db.All(tx, scan, `SELECT `+Columns+` FROM account WHERE workspace = ? AND parent = ? ORDER BY name_key, id`, ws, acc)
}
