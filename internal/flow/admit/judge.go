package admit

import (
	"involt/internal/core/card"
	"involt/internal/core/decision"
	"involt/internal/core/person"
)

// facts are everything a decision depends on.
type facts struct {
	now int64 // milliseconds since 1970, as every time here

	known    bool // the card is in this workspace
	state    card.State
	from, to int64 // when the card is valid; 0 for no limit

	owned      bool // the card is somebody's
	status     person.Status
	begins     int64 // the person's first moment; 0 if that has come
	cardsUntil int64 // the cards of somebody imported work until then, also while they are invited

	shut      bool  // the account of the person, or one above it, is closed
	ends      int64 // from then on nobody of the account charges; 0 for no end
	elsewhere bool  // the account is open at other locations only

	placed      bool // the question names a charger
	here        bool // the charger is in this workspace
	everyone    bool // access mode "Everyone active"
	membersOnly bool
	rule        match // what grants to the person and their groups say

	doubted bool // the card was elsewhere too short a time before

	// Sessions that run elsewhere, and how many may run at once; 0 for any number.
	cardRuns, cardMost int64
	userRuns, userMost int64
}

// match is how far the grants go for one place and moment.
type match uint8

const (
	noRule   match = iota
	notNow         // there is a grant for the place, but not for this time
	grantNow       // there is a grant for the place and this time
)

// works reports whether a status lets somebody's cards work: that of active users,
// and for as long as an import said that of those who have yet to come in.
func works(s person.Status, cardsUntil, now int64) bool {
	return s == person.Active || (s == person.Imported || s == person.Invited) && now < cardsUntil
}

// judge is the decision: the checks of DOMAIN.md in their order. The first that
// fails is the reason.
func judge(f facts) decision.Reason {
	switch {
	case !f.known:
		return decision.UnknownCard
	case f.state == card.Blocked:
		return decision.CardBlocked
	case f.state == card.Suspended:
		return decision.CardSuspended
	case f.state == card.Expired, f.to != 0 && f.now >= f.to:
		return decision.CardExpired
	case f.state != card.Active, !f.owned:
		return decision.CardInactive
	case f.from != 0 && f.now < f.from:
		return decision.CardNotYetValid
	case f.status == person.Deactivated, f.status == person.Declined:
		return decision.UserDeactivated
	case !works(f.status, f.cardsUntil, f.now):
		return decision.UserNotActive
	case f.now < f.begins:
		return decision.UserNotYet
	case f.shut:
		return decision.AccountClosed
	case f.ends != 0 && f.now >= f.ends:
		return decision.AccountEnded
	case !f.placed:
		return decision.Allowed
	case !f.here:
		return decision.NotThisPlace
	case f.elsewhere:
		return decision.AccountPlace
	case f.rule != grantNow && (!f.everyone || f.membersOnly):
		if f.rule == notNow {
			return decision.NotThisTime
		}
		return decision.NotThisPlace
	case f.doubted:
		return decision.CardDoubted
	case f.cardMost > 0 && f.cardRuns >= f.cardMost, f.userMost > 0 && f.userRuns >= f.userMost:
		return decision.Concurrent
	default:
		return decision.Allowed
	}
}
