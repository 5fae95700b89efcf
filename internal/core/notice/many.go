package notice

import (
	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// InsertMany adds many messages in state Queued, as Insert adds one.
func InsertMany(tx *db.Tx, list []*Notice) error {
	_, err := tx.Load("notice", []string{
		"workspace", "id", "person", "channel", "kind", "recipient", "subject", "state", "reply", "tries", "created_at", "state_at",
	}, func(yield func([]any) bool) {
		for _, n := range list {
			n.ID, n.State, n.Created, n.StateAt = id.New[id.Notice](), Queued, tx.Now, tx.Now
			if !yield([]any{string(n.Workspace), string(n.ID), string(n.Person), n.Channel, n.Kind, n.Recipient, n.Subject, string(n.State), "", int64(0), tx.NowMS(), tx.NowMS()}) {
				return
			}
		}
	})
	return err
}
