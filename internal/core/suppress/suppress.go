// Package suppress is the addresses that get no more mail from a workspace:
// those that came back, those whose readers complained, and those that staff put
// there. A mail server that keeps sending to such addresses is soon not believed
// any more by anybody.
package suppress

import (
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Reason is why an address gets no mail.
type Reason string

// The reasons.
const (
	Bounce    Reason = "bounce"    // a mail server said that it takes no mail
	Complaint Reason = "complaint" // its reader called a mail of ours spam
	Staff     Reason = "staff"     // somebody put it there by hand
)

// Entry is one address.
type Entry struct {
	Workspace id.Workspace
	Email     string // canonical
	Reason    Reason
	Detail    string // the mail server's words, or those of whoever added it
	AddedBy   string // an actor's name
	Since     time.Time
}

// MaxDetail is how many characters a detail may have.
const MaxDetail = 500

// Add puts an address on the list. It reports false if it was there already:
// then everything stays as it was.
func Add(tx *db.Tx, e *Entry) (bool, error) {
	e.Since = tx.Now
	if r := []rune(e.Detail); len(r) > MaxDetail {
		e.Detail = string(r[:MaxDetail])
	}
	n, err := tx.Exec(`INSERT INTO suppression (workspace, email, reason, detail, added_by, since) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		e.Workspace, e.Email, e.Reason, e.Detail, e.AddedBy, tx.NowMS())
	return n > 0, err
}

// Remove takes an address off the list. One that is not there is an
// errs.NotFound.
func Remove(tx *db.Tx, ws id.Workspace, email string) error {
	n, err := tx.Exec(`DELETE FROM suppression WHERE workspace = ? AND email = ?`, ws, email)
	if err == nil && n == 0 {
		err = errs.New(errs.NotFound, "This address is not on the list. Somebody may have removed it already.")
	}
	return err
}

const columns = `workspace, email, reason, detail, added_by, since`

func scan(row db.Scanner) (e Entry, err error) {
	var since int64
	err = row.Scan(&e.Workspace, &e.Email, &e.Reason, &e.Detail, &e.AddedBy, &since)
	e.Since = time.UnixMilli(since).UTC()
	return e, err
}

// Among returns those of the addresses that are on the list.
func Among(tx *db.Tx, ws id.Workspace, emails []string) (map[string]Entry, error) {
	found := map[string]Entry{}
	among, arg := db.Among(tx, "email", emails)
	for e, err := range db.Each(tx, scan, `SELECT `+columns+` FROM suppression WHERE workspace = ? AND `+among, ws, arg) {
		if err != nil {
			return nil, err
		}
		found[e.Email] = e
	}
	return found, nil
}

// List returns the newest entries whose address begins with text, at most limit,
// and how many there are.
func List(tx *db.Tx, ws id.Workspace, text string, limit int) (list []Entry, total int64, err error) {
	if err := tx.Row(`SELECT COUNT(*) FROM suppression WHERE workspace = ?`, []any{ws}, &total); err != nil {
		return nil, 0, err
	}
	list, err = db.All(tx, scan, `SELECT `+columns+` FROM suppression WHERE workspace = ? AND SUBSTR(email, 1, CAST(? AS INTEGER)) = ? ORDER BY since DESC, email LIMIT ?`,
		ws, len([]rune(text)), text, limit)
	return list, total, err
}

// Erase forgets the addresses of people who are erased. It comes before their
// own records, which know the addresses.
func Erase(tx *db.Tx, ws id.Workspace, list []id.Person) error {
	_, err := tx.Exec(`DELETE FROM suppression WHERE workspace = ? AND email IN (SELECT email FROM person WHERE workspace = ? AND email <> '' AND id IN `+db.In(len(list))+`)`,
		db.Args(list, any(ws), ws)...)
	return err
}
