// Package bulk is one piece of work on many users: what is to be done, with
// whom, how far it has come, and what became of each of them.
//
// The people stand in chunks. A chunk is dealt with in one transaction, which
// also writes its outcome and moves the counters, so that after any accident the
// work goes on behind the last chunk that was done, and nobody comes twice.
package bulk

import (
	"strings"
	"time"

	"involt/internal/core/id"
)

// Action is what is done with everybody.
type Action string

// The actions.
const (
	Invite      Action = "invite"
	Reinvite    Action = "reinvite"
	GroupAdd    Action = "group-add"
	GroupRemove Action = "group-remove"
	CostCenter  Action = "cost-center"
	Deactivate  Action = "deactivate"
	Reactivate  Action = "reactivate"
	Delete      Action = "delete"
	Approve     Action = "approve"
	Decline     Action = "decline"

	RevokeInvites Action = "invite-revoke"
	ExtendInvites Action = "invite-extend"
)

// Actions lists them.
var Actions = []Action{Invite, Reinvite, GroupAdd, GroupRemove, CostCenter, Deactivate, Reactivate, Delete, Approve, Decline, RevokeInvites, ExtendInvites}

// AtOnce is how many people one transaction deals with. Those who apply are a
// handful of statements each, and nobody shall wait long for their turn.
func (a Action) AtOnce() int {
	switch a {
	case Approve, Decline:
		return 100
	case Delete:
		return 500
	default:
		return 1000
	}
}

// Undoable reports whether the action can be taken back for a while.
func (a Action) Undoable() bool {
	switch a {
	case GroupAdd, GroupRemove, CostCenter, Deactivate, Reactivate, Delete:
		return true
	default:
		return false
	}
}

// UndoFor is how long after its end the work can be undone.
const UndoFor = 30 * time.Minute

// Args is what was said besides, as far as the action needs it.
type Args struct {
	Group      id.Group `json:"group,omitempty"`
	CostCenter string   `json:"cost_center,omitempty"` // "" takes it away
	Reason     string   `json:"reason,omitempty"`      // why deactivated; forgotten when the work ends
	Message    string   `json:"message,omitempty"`     // to those who are approved or declined; forgotten when the work ends
}

// State is how far the work has come.
type State string

// The states.
const (
	Planned State = "planned" // the selection is kept; nothing has happened
	Running State = "running"
	Done    State = "done"
	Stopped State = "stopped" // ended early; Note says why
	Undoing State = "undoing"
	Undone  State = "undone"
)

// Over reports whether nothing goes on.
func (s State) Over() bool { return s == Done || s == Stopped || s == Undone }

// Asker is who asked for work: a person, or an API key.
type Asker struct {
	Person id.Person
	Key    id.APIKey
}

const keyed = "key:"

// text is how an asker is stored.
func (a Asker) text() string {
	if a.Key != "" {
		return keyed + string(a.Key)
	}
	return string(a.Person)
}

func askerOf(text string) Asker {
	if key, ok := strings.CutPrefix(text, keyed); ok {
		return Asker{Key: id.APIKey(key)}
	}
	return Asker{Person: id.Person(text)}
}

// Bulk is one piece of work.
type Bulk struct {
	Workspace id.Workspace
	ID        id.Bulk
	Action    Action
	Args      Args
	State     State
	Asker            // with whose permissions it runs, as they are when it goes on
	Back      string // the list it came from, as a query without "?"
	Total     int64  // how many were selected
	Reached   int64  // how many it has dealt with
	Done      int64  // with how many it was done
	Note      string // why it stopped; a sentence
	Created   time.Time
	Started   time.Time // zero while planned
	Ended     time.Time // zero until it ended
	UndoUntil time.Time // zero if it cannot be undone

	Undoer      Asker // who asked for it to be undone
	UndoReached int64 // how many the undoing has dealt with
	UndoDone    int64 // with how many it was undone
}

// Undoable reports whether the work could be undone at now.
func (b *Bulk) Undoable(now time.Time) bool {
	return (b.State == Done || b.State == Stopped) && b.Done > 0 && b.UndoUntil.After(now)
}

// Topic rings whenever the work has gone a step further, or has ended.
func Topic(one id.Bulk) string { return "bulk." + string(one) }
