// Package notice is the messages that were sent to people, and what became of
// them. It keeps no text: a mail may hold a link that only its reader may see.
//
// A message that is to be sent is a row that is due. Whoever sends it claims the
// row for a while ([Claim]) and writes down what became of it ([Outcome]); who
// dies in between loses the claim, and the message is sent by another, once more
// if need be. So a message costs a row, and not a row and a job.
package notice

import (
	"iter"
	"strings"
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// Notice is one message to one person.
type Notice struct {
	Workspace  id.Workspace
	ID         id.Notice
	Person     id.Person
	Channel    string // "mail", "push"
	Kind       string // "invitation"
	Recipient  string
	Subject    string
	State      State
	Reply      string // the mail server's last words
	Tries      int64
	Created    time.Time
	StateAt    time.Time
	Ref        string // what it is about, as its kind knows: an invitation's id
	Generation int64  // of the link it brings
	Bulk       bool   // one of many: it waits for those that somebody waits for

	fence int64 // of the claim it was read by
}

// State is what became of a message.
type State string

// The states.
const (
	Queued   State = "queued"
	Sent     State = "sent"     // the mail server took it
	Retrying State = "retrying" // the mail server said "later"
	Bounced  State = "bounced"  // the mail server said "never", or it came back
	Dropped  State = "dropped"  // no longer wanted before it was sent
)

// Insert adds n in state Queued, due at once, and sets its ID and times.
func Insert(tx *db.Tx, n *Notice) error {
	n.make(tx)
	_, err := tx.Exec(`INSERT INTO notice (`+strings.Join(loaded, ", ")+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, '', 0, ?, ?, ?, ?, ?, ?, ?, 0)`, n.row(tx)...)
	return err
}

// loaded are the columns of a new message.
var loaded = []string{
	"workspace", "id", "person", "channel", "kind", "recipient", "subject", "state", "reply", "tries", "created_at", "state_at",
	"ref", "generation", "domain", "bulk", "due_at", "fence",
}

func (n *Notice) make(tx *db.Tx) {
	n.ID, n.State, n.Created, n.StateAt = id.New[id.Notice](), Queued, tx.Now, tx.Now
}

// due is when it is to be sent: mails at once; the others have jobs of their own.
func (n *Notice) due(tx *db.Tx) any {
	if n.Channel != "mail" {
		return nil
	}
	return tx.NowMS()
}

// row is what Insert's statement is given: the columns that it does not spell.
func (n *Notice) row(tx *db.Tx) []any {
	return []any{
		n.Workspace, n.ID, n.Person, n.Channel, n.Kind, n.Recipient, n.Subject, n.State, tx.NowMS(), tx.NowMS(),
		n.Ref, n.Generation, Domain(n.Recipient), n.Bulk, n.due(tx),
	}
}

// Load adds many as Insert adds one.
func Load(tx *db.Tx, list iter.Seq[*Notice]) (int64, error) {
	return tx.Load("notice", loaded, func(yield func([]any) bool) {
		for n := range list {
			n.make(tx)
			if !yield([]any{
				string(n.Workspace), string(n.ID), string(n.Person), n.Channel, n.Kind, n.Recipient, n.Subject, string(n.State), "", int64(0), tx.NowMS(), tx.NowMS(),
				n.Ref, n.Generation, Domain(n.Recipient), n.Bulk, n.due(tx), int64(0),
			}) {
				return
			}
		}
	})
}

// Waits reports whether a mail of a kind to a person has not gone out yet.
func Waits(tx *db.Tx, ws id.Workspace, who id.Person, kind string) (yes bool, err error) {
	err = tx.Row(`SELECT EXISTS (SELECT 1 FROM notice WHERE workspace = ? AND person = ? AND kind = ? AND channel = 'mail' AND due_at IS NOT NULL)`, []any{ws, who, kind}, &yes)
	return yes, err
}

// Domain is the part of an address behind the @.
func Domain(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }

const columns = `workspace, id, person, channel, kind, recipient, subject, state, reply, tries, created_at, state_at, ref, generation, bulk, fence`

func scan(row db.Scanner) (n Notice, err error) {
	var created, stateAt int64
	err = row.Scan(&n.Workspace, &n.ID, &n.Person, &n.Channel, &n.Kind, &n.Recipient, &n.Subject, &n.State, &n.Reply, &n.Tries, &created, &stateAt,
		&n.Ref, &n.Generation, &n.Bulk, &n.fence)
	n.Created, n.StateAt = time.UnixMilli(created).UTC(), time.UnixMilli(stateAt).UTC()
	return n, err
}

// Of returns the newest messages to a person.
func Of(tx *db.Tx, ws id.Workspace, who id.Person, limit int) ([]Notice, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM notice WHERE workspace = ? AND person = ? ORDER BY created_at DESC, id DESC LIMIT ?`, ws, who, limit)
}
