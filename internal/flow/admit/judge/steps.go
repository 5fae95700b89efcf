package judge

import (
	"slices"

	"involt/internal/core/card"
	"involt/internal/core/decision"
	"involt/internal/core/person"
)

// Outcome is what became of one check.
type Outcome string

// The outcomes.
const (
	Passed  Outcome = "passed"
	Failed  Outcome = "failed"
	NotSeen Outcome = "not-seen" // nothing is known of what it looks at
)

// Step is one check of a decision, in the order in which they are made. The first
// that failed is the reason; that others fail too is told besides.
type Step struct {
	Name    string // "card", "card-state", "user", "account", "place", "access", "one-place", "sessions", "budget"
	Label   string // "Card known"
	Outcome Outcome
	Reason  decision.Reason // of a check that failed
	Text    string          // what was seen, for staff
}

// check is one step of Decide: the reasons that are its own, and facts that it has
// nothing against, so that those behind it can be looked at alone.
type check struct {
	name, label, passed string
	reasons             []decision.Reason
	pass                func(*Facts)
	needs               func(*Facts) bool // what must be known to look at it; nil: nothing
}

func known(f *Facts) bool { return f.Known }
func owned(f *Facts) bool { return f.Known && f.Owned }

// checks are those of Decide, in its order.
var checks = []check{
	{
		"card", "Card known", "The card is in this workspace.",
		[]decision.Reason{decision.UnknownCard, decision.CardLearned, decision.TooManyTries},
		func(f *Facts) { f.Known, f.Tried = true, false }, nil,
	},
	{
		"card-state", "Card works", "The card is active and within its dates.",
		[]decision.Reason{decision.CardBlocked, decision.CardSuspended, decision.CardExpired, decision.CardInactive, decision.CardNotYetValid},
		func(f *Facts) { f.State, f.Owned, f.From, f.To = card.Active, true, 0, 0 }, known,
	},
	{
		"user", "User may charge", "The card's user is active.",
		[]decision.Reason{decision.UserDeactivated, decision.UserNotActive, decision.UserNotYet},
		func(f *Facts) { f.Status, f.Begins = person.Active, 0 }, owned,
	},
	{
		"account", "Account is open", "Nothing about the account that pays keeps the user from charging.",
		[]decision.Reason{decision.AccountClosed, decision.AccountEnded, decision.AccountPlace},
		func(f *Facts) { f.Shut, f.Ends, f.Elsewhere = false, 0, false }, owned,
	},
	{
		"access", "Access to the place, now", "The user has access here at this time.",
		[]decision.Reason{decision.NotThisPlace, decision.NotThisTime},
		func(f *Facts) { f.Here, f.Grant = true, GrantNow }, owned,
	},
	{
		"one-place", "Card in one place", "The card was nowhere else so shortly before.",
		[]decision.Reason{decision.CardDoubted},
		func(f *Facts) { f.Doubted = false }, known,
	},
	{
		"sessions", "Sessions at once", "No more sessions run than may.",
		[]decision.Reason{decision.Concurrent},
		func(f *Facts) { f.CardMost, f.UserMost = 0, 0 }, known,
	},
	{
		"budget", "Budget", "No budget is used up.",
		[]decision.Reason{decision.NoCredit},
		func(f *Facts) { f.WhMost, f.BeganMost = 0, 0 }, owned,
	},
}

// Steps looks at each check alone. It asks Decide, so that both always agree: the
// first step that fails has its reason.
func Steps(f Facts) (list []Step) {
	for i, c := range checks {
		s := Step{Name: c.name, Label: c.label, Outcome: Passed, Text: c.passed}
		alone := f
		for j, other := range checks {
			if j != i {
				other.pass(&alone)
			}
		}
		// What is unknown of a card that nobody has is not held against it.
		if c.needs != nil && !c.needs(&f) {
			s.Outcome, s.Text = NotSeen, "Not looked at: nothing is known of it."
		} else if r := Decide(alone); slices.Contains(c.reasons, r) {
			s.Outcome, s.Reason, s.Text = Failed, r, r.Sentence()
		} else if shut := alone; f.Open {
			shut.Open = false
			if slices.Contains(c.reasons, Decide(shut)) {
				s.Text = "Not held against it: the charger is open to anyone."
			}
		}
		if !f.Placed && (c.name == "access" || c.name == "one-place" || c.name == "sessions" || c.name == "budget") {
			s.Outcome, s.Reason, s.Text = NotSeen, "", "Not looked at: no charger was named."
		}
		list = append(list, s)
	}
	return list
}
