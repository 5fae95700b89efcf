package account

import (
	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// Erase removes what is personal of people who are erased from the accounts that
// paid for them: all texts of a consumer's account that nobody else is in and
// nothing is below, which is closed; and their e-mail addresses from any other.
// people's rows must still be there. It returns the accounts of which it removed
// anything.
func Erase(tx *db.Tx, ws id.Workspace, people []id.Person, addresses []string) ([]id.Account, error) {
	in := db.In(len(people))
	theirs, err := db.All(tx, db.Text[id.Account], `SELECT a.id FROM account a WHERE a.workspace = ? AND a.billing = 'consumer'
		AND EXISTS (SELECT 1 FROM person p WHERE p.workspace = a.workspace AND p.account = a.id AND p.id IN `+in+`)
		AND NOT EXISTS (SELECT 1 FROM account c WHERE c.workspace = a.workspace AND c.parent = a.id)
		AND NOT EXISTS (SELECT 1 FROM person o WHERE o.workspace = a.workspace AND o.account = a.id AND o.account <> '' AND (o.deleted_at = 0 OR o.erase_at > ?) AND o.id NOT IN `+in+`)
		ORDER BY a.id`, append(db.Args(people, any(ws)), db.Args(people, any(tx.NowMS()))...)...)
	if err != nil {
		return nil, err
	}
	for _, acc := range theirs {
		if _, err := tx.Exec(`UPDATE account SET name = 'Erased', name_key = 'erased', email = '', street = '', postcode = '', city = '', reason = '',
				closed_by = CASE WHEN state = 'open' THEN id ELSE closed_by END, state_at = CASE WHEN state = 'open' THEN ? ELSE state_at END, state = 'closed', version = version + 1
			WHERE workspace = ? AND id = ?`, tx.NowMS(), ws, acc); err != nil {
			return nil, err
		}
	}
	if len(addresses) == 0 {
		return theirs, nil
	}
	// An account may bear the address of whoever was invited first.
	at := db.In(len(addresses))
	addressed, err := db.All(tx, db.Text[id.Account], `SELECT id FROM account WHERE workspace = ? AND (email IN `+at+` OR name IN `+at+`) ORDER BY id`,
		append(db.Args(addresses, any(ws)), db.Args(addresses)...)...)
	if err != nil {
		return nil, err
	}
	if _, err := tx.Exec(`UPDATE account SET email = '', version = version + 1 WHERE workspace = ? AND email IN `+at, db.Args(addresses, any(ws))...); err != nil {
		return nil, err
	}
	_, err = tx.Exec(`UPDATE account SET name = 'Erased', name_key = 'erased', version = version + 1 WHERE workspace = ? AND name IN `+at, db.Args(addresses, any(ws))...)
	return append(theirs, addressed...), err
}
