// Package inbox is the messages that people find in their app, and which kinds of
// messages they do not want.
package inbox

import (
	"encoding/json"
	"fmt"
	"iter"
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// Kind is what a message says; the words are the face's, in the reader's language.
type Kind string

// The kinds.
const (
	Invited     Kind = "invited"      // there is an invitation in the mailbox
	Approved    Kind = "approved"     // a request was approved
	CardBlocked Kind = "card-blocked" // a card no longer charges
	Access      Kind = "access"       // where one may charge was changed
	Ended       Kind = "ended"        // deactivated
	Back        Kind = "back"         // reactivated
	Doubted     Kind = "doubted"      // a card of theirs was used in two places: was that them?
	Copied      Kind = "copied"       // the same, to those who run the workspace
	Proposed    Kind = "proposed"     // a car was seen with them: is it theirs?
	Review      Kind = "review"       // who has access by a group is to be gone through, to those who look after it
	Requests    Kind = "requests"     // people wait for what the reader may decide
)

// Item is one message.
type Item struct {
	Workspace id.Workspace
	ID        id.Message
	Person    id.Person
	Kind      Kind
	About     map[string]string // what it says it of: {"card": "DE-042"}, {"count": "3"}
	Created   time.Time
	Read      time.Time // zero while it was not
}

// Load adds messages and sets their IDs and times.
func Load(tx *db.Tx, list iter.Seq[*Item]) error {
	var failed error
	_, err := tx.Load("inbox", []string{"workspace", "id", "person", "kind", "about", "created_at"}, func(yield func([]any) bool) {
		for m := range list {
			about, err := json.Marshal(m.About)
			if err != nil {
				failed = fmt.Errorf("message: %w", err)
				return
			}
			m.ID, m.Created = id.New[id.Message](), tx.Now
			if !yield([]any{string(m.Workspace), string(m.ID), string(m.Person), string(m.Kind), string(about), tx.NowMS()}) {
				return
			}
		}
	})
	if failed != nil {
		return failed
	}
	return err
}

const columns = `workspace, id, person, kind, about, created_at, COALESCE(read_at, 0)`

func scan(row db.Scanner) (m Item, err error) {
	var about string
	var created, read int64
	if err := row.Scan(&m.Workspace, &m.ID, &m.Person, &m.Kind, &about, &created, &read); err != nil {
		return m, err
	}
	m.Created = time.UnixMilli(created).UTC()
	if read != 0 {
		m.Read = time.UnixMilli(read).UTC()
	}
	return m, json.Unmarshal([]byte(about), &m.About)
}

// Of returns the newest messages of a person.
func Of(tx *db.Tx, ws id.Workspace, who id.Person, limit int) ([]Item, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM inbox WHERE workspace = ? AND person = ? ORDER BY created_at DESC, id DESC LIMIT ?`, ws, who, limit)
}

// Unread counts those that a person has not read.
func Unread(tx *db.Tx, ws id.Workspace, who id.Person) (n int64, err error) {
	err = tx.Row(`SELECT COUNT(*) FROM inbox WHERE workspace = ? AND person = ? AND read_at IS NULL`, []any{ws, who}, &n)
	return n, err
}

// WithUnread returns those of the people who have an unread message of a kind
// that came since a time.
func WithUnread(tx *db.Tx, ws id.Workspace, k Kind, since time.Time, list []id.Person) (map[id.Person]bool, error) {
	found, err := db.All(tx, db.Text[id.Person], `SELECT DISTINCT person FROM inbox WHERE workspace = ? AND kind = ? AND created_at > ? AND read_at IS NULL AND person IN `+db.In(len(list)),
		db.Args(list, any(ws), k, since.UnixMilli())...)
	have := make(map[id.Person]bool, len(found))
	for _, p := range found {
		have[p] = true
	}
	return have, err
}

// ReadAll notes that a person has read what came until now.
func ReadAll(tx *db.Tx, ws id.Workspace, who id.Person) error {
	_, err := tx.Exec(`UPDATE inbox SET read_at = ? WHERE workspace = ? AND person = ? AND read_at IS NULL`, tx.NowMS(), ws, who)
	return err
}

// Erase removes the messages of people who are erased, and what they did not want.
func Erase(tx *db.Tx, ws id.Workspace, list []id.Person) error {
	for _, table := range []string{`DELETE FROM inbox`, `DELETE FROM unsubscribed`} {
		if _, err := tx.Exec(table+` WHERE workspace = ? AND person IN `+db.In(len(list)), db.Args(list, any(ws))...); err != nil {
			return err
		}
	}
	return nil
}

// MoveTo makes the messages of one person another's.
func MoveTo(tx *db.Tx, ws id.Workspace, from, to id.Person) (int64, error) {
	if _, err := tx.Exec(`INSERT INTO unsubscribed (workspace, person, class, at) SELECT workspace, ?, class, at FROM unsubscribed WHERE workspace = ? AND person = ? ON CONFLICT DO NOTHING`, to, ws, from); err != nil {
		return 0, err
	}
	if _, err := tx.Exec(`DELETE FROM unsubscribed WHERE workspace = ? AND person = ?`, ws, from); err != nil {
		return 0, err
	}
	return tx.Exec(`UPDATE inbox SET person = ? WHERE workspace = ? AND person = ?`, to, ws, from)
}

// The classes of mails that nobody has to get.
const (
	News      = "news"      // what a loyalty program has to tell
	Approvals = "approvals" // who waits, to those who decide
)

// Unsubscribe notes that a person does not want a class of messages; off false
// takes it back.
func Unsubscribe(tx *db.Tx, ws id.Workspace, who id.Person, class string, off bool) error {
	if !off {
		_, err := tx.Exec(`DELETE FROM unsubscribed WHERE workspace = ? AND person = ? AND class = ?`, ws, who, class)
		return err
	}
	_, err := tx.Exec(`INSERT INTO unsubscribed (workspace, person, class, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`, ws, who, class, tx.NowMS())
	return err
}

// Unwanted reports whether a person does not want a class of messages.
func Unwanted(tx *db.Tx, ws id.Workspace, who id.Person, class string) (off bool, err error) {
	err = tx.Row(`SELECT EXISTS (SELECT 1 FROM unsubscribed WHERE workspace = ? AND person = ? AND class = ?)`, []any{ws, who, class}, &off)
	return off, err
}
