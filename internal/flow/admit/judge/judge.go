// Package judge is the decision itself: a pure function of what is known about a
// card, the person behind it and the place; and the same as a list of checks, for
// people who want to know why.
package judge

import (
	"involt/internal/core/card"
	"involt/internal/core/decision"
	"involt/internal/core/person"
)

// Facts are everything a decision depends on.
type Facts struct {
	Now int64 // milliseconds since 1970, as every time here

	Known    bool // the card is in this workspace
	Learning bool // it is not, and the charger waits for such a card (learn mode)
	Code     bool // it is no card but a code that is typed at the charger
	Tried    bool // wrong codes were typed at this charger too often
	State    card.State
	From, To int64 // when the card is valid; 0 for no limit

	Owned      bool // the card is somebody's
	Status     person.Status
	Begins     int64 // the person's first moment; 0 if that has come
	CardsUntil int64 // the cards of somebody imported work until then, also while they are invited

	Shut      bool  // the account of the person, or one above it, is closed
	Ends      int64 // from then on nobody of the account charges; 0 for no end
	Elsewhere bool  // the account is open at other locations only

	Placed      bool // the question names a charger
	Here        bool // the charger is in this workspace
	Everyone    bool // access mode "Everyone active"
	MembersOnly bool
	Open        bool  // the charger is open to anyone
	Grant       Match // what grants to the person and their groups say

	Doubted bool // the card was elsewhere too short a time before

	// Sessions that run elsewhere, and how many may run at once; 0 for any number.
	CardRuns, CardMost int64
	UserRuns, UserMost int64

	// What may be charged in all, and what was; 0 for no limit.
	Wh, WhMost       int64
	Began, BeganMost int64 // sessions
	Continues        bool  // a session of theirs runs at this charger: the tap may end it
}

// Match is how far the grants go for one place and moment.
type Match uint8

// How far they go.
const (
	NoRule   Match = iota // no grant says anything of the place
	NotNow                // there is a grant for the place, but not for this time
	GrantNow              // there is a grant for the place and this time
)

// Works reports whether a status lets somebody's cards work: that of active users,
// and for as long as an import said that of those who have yet to come in.
func Works(s person.Status, cardsUntil, now int64) bool {
	return s == person.Active || (s == person.Imported || s == person.Invited) && now < cardsUntil
}

// Decide is the decision: the checks of DOMAIN.md in their order. The first that
// fails is the reason.
func Decide(f Facts) decision.Reason {
	switch {
	case !f.Known && f.Open:
		return decision.Allowed
	case !f.Known && f.Learning:
		// Not Accepted: nothing may be written before an answer, and what is then to be
		// written may be refused. The card works once it is held there again.
		return decision.CardLearned
	case !f.Known:
		return decision.UnknownCard
	case f.Code && f.Tried:
		return decision.TooManyTries
	case f.State == card.Blocked:
		return decision.CardBlocked
	case f.State == card.Suspended:
		return decision.CardSuspended
	case f.Open && f.Status != person.Deactivated && f.Status != person.Declined:
		return decision.Allowed // whom somebody has shut out stays so; nothing else matters there
	case f.State == card.Expired, f.To != 0 && f.Now >= f.To:
		return decision.CardExpired
	case f.State != card.Active, !f.Owned:
		return decision.CardInactive
	case f.From != 0 && f.Now < f.From:
		return decision.CardNotYetValid
	case f.Status == person.Deactivated, f.Status == person.Declined:
		return decision.UserDeactivated
	case !Works(f.Status, f.CardsUntil, f.Now):
		return decision.UserNotActive
	case f.Now < f.Begins:
		return decision.UserNotYet
	case f.Shut:
		return decision.AccountClosed
	case f.Ends != 0 && f.Now >= f.Ends:
		return decision.AccountEnded
	case !f.Placed:
		return decision.Allowed
	case !f.Here:
		return decision.NotThisPlace
	case f.Elsewhere:
		return decision.AccountPlace
	case f.Grant != GrantNow && (!f.Everyone || f.MembersOnly):
		if f.Grant == NotNow {
			return decision.NotThisTime
		}
		return decision.NotThisPlace
	case f.Doubted:
		return decision.CardDoubted
	case f.CardMost > 0 && f.CardRuns >= f.CardMost, f.UserMost > 0 && f.UserRuns >= f.UserMost:
		return decision.Concurrent
	case !f.Continues && (f.WhMost > 0 && f.Wh >= f.WhMost || f.BeganMost > 0 && f.Began >= f.BeganMost):
		return decision.NoCredit
	default:
		return decision.Allowed
	}
}
