// Package notice is the messages that were sent to people, and what became of
// them. It keeps no text: a mail may hold a link that only its reader may see.
package notice

import (
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// Notice is one message to one person.
type Notice struct {
	Workspace id.Workspace
	ID        id.Notice
	Person    id.Person
	Channel   string // "mail"
	Kind      string // "invitation"
	Recipient string
	Subject   string
	State     State
	Reply     string // the mail server's last words
	Tries     int64
	Created   time.Time
	StateAt   time.Time
}

// State is what became of a message.
type State string

// The states.
const (
	Queued   State = "queued"
	Sent     State = "sent"     // the mail server took it
	Retrying State = "retrying" // the mail server said "later"
	Bounced  State = "bounced"  // the mail server said "never"
	Dropped  State = "dropped"  // no longer wanted before it was sent
)

// Insert adds n in state Queued and sets its ID and times.
func Insert(tx *db.Tx, n *Notice) error {
	n.ID, n.State, n.Created, n.StateAt = id.New[id.Notice](), Queued, tx.Now, tx.Now
	_, err := tx.Exec(`INSERT INTO notice (workspace, id, person, channel, kind, recipient, subject, state, reply, tries, created_at, state_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, '', 0, ?, ?)`, n.Workspace, n.ID, n.Person, n.Channel, n.Kind, n.Recipient, n.Subject, n.State, tx.NowMS(), tx.NowMS())
	return err
}

// Became writes down what became of a message after another try.
func Became(tx *db.Tx, ws id.Workspace, n id.Notice, s State, reply, subject string) error {
	_, err := tx.Exec(`UPDATE notice SET state = ?, reply = ?, subject = CASE WHEN ? = '' THEN subject ELSE ? END, tries = tries + 1, state_at = ? WHERE workspace = ? AND id = ?`,
		s, reply, subject, subject, tx.NowMS(), ws, n)
	return err
}

// Of returns the newest messages to a person.
func Of(tx *db.Tx, ws id.Workspace, who id.Person, limit int) ([]Notice, error) {
	return db.All(tx, func(row db.Scanner) (n Notice, err error) {
		var created, stateAt int64
		err = row.Scan(&n.Workspace, &n.ID, &n.Person, &n.Channel, &n.Kind, &n.Recipient, &n.Subject, &n.State, &n.Reply, &n.Tries, &created, &stateAt)
		n.Created, n.StateAt = time.UnixMilli(created).UTC(), time.UnixMilli(stateAt).UTC()
		return n, err
	}, `SELECT workspace, id, person, channel, kind, recipient, subject, state, reply, tries, created_at, state_at
		FROM notice WHERE workspace = ? AND person = ? ORDER BY created_at DESC, id DESC LIMIT ?`, ws, who, limit)
}
