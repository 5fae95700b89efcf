package judge

import (
	"testing"

	"involt/internal/core/card"
	"involt/internal/core/decision"
	"involt/internal/core/person"
)

// noon is the moment of every question here, in milliseconds.
const noon = 1_000_000

// fine is a question that is answered with yes, for one reason only: a grant.
func fine() Facts {
	return Facts{Now: noon, Known: true, State: card.Active, Owned: true, Status: person.Active, Placed: true, Here: true, Grant: GrantNow}
}

// The whole of the decision. Each line changes what it names about an active
// card of an active person with a grant for the place, in access mode "By user
// group".
func TestWhatEveryFactDecides(t *testing.T) {
	for _, tc := range []struct {
		name string
		but  func(*Facts)
		want decision.Reason
	}{
		{"all is well", func(*Facts) {}, decision.Allowed},
		{"nobody knows the card", func(f *Facts) { *f = Facts{Now: noon, Placed: true, Here: true} }, decision.UnknownCard},

		{"nobody knows the card, and the charger waits for one", func(f *Facts) { *f = Facts{Now: noon, Placed: true, Here: true, Learning: true} }, decision.CardLearned},
		{"nobody knows the card, and the charger is open to anyone", func(f *Facts) { *f = Facts{Now: noon, Placed: true, Here: true, Open: true} }, decision.Allowed},
		{"nobody knows the card, the charger waits for one and is open to anyone", func(f *Facts) { *f = Facts{Now: noon, Placed: true, Here: true, Learning: true, Open: true} }, decision.Allowed},
		{"a known card teaches nothing", func(f *Facts) { f.Learning = true }, decision.Allowed},
		{"open: a card that is not let in elsewhere", func(f *Facts) { f.Open, f.Grant, f.MembersOnly = true, NoRule, true }, decision.Allowed},
		{"open: a card past its last day", func(f *Facts) { f.Open, f.To = true, noon }, decision.Allowed},
		{"open: a card of nobody", func(f *Facts) { f.Open, f.Owned, f.Status = true, false, "" }, decision.Allowed},
		{"open: somebody invited", func(f *Facts) { f.Open, f.Status = true, person.Invited }, decision.Allowed},
		{"open: the account closed", func(f *Facts) { f.Open, f.Shut = true, true }, decision.Allowed},
		{"open: charging elsewhere", func(f *Facts) { f.Open, f.CardRuns, f.CardMost = true, 1, 1 }, decision.Allowed},
		{"open: the budget used up", func(f *Facts) { f.Open, f.Wh, f.WhMost = true, 1, 1 }, decision.Allowed},
		{"open: card blocked", func(f *Facts) { f.Open, f.State = true, card.Blocked }, decision.CardBlocked},
		{"open: card suspended", func(f *Facts) { f.Open, f.State = true, card.Suspended }, decision.CardSuspended},
		{"open: user deactivated", func(f *Facts) { f.Open, f.Status = true, person.Deactivated }, decision.UserDeactivated},
		{"open: user declined", func(f *Facts) { f.Open, f.Status = true, person.Declined }, decision.UserDeactivated},
		{"a code where wrong ones were typed too often", func(f *Facts) { f.Code, f.Tried = true, true }, decision.TooManyTries},
		{"a code", func(f *Facts) { f.Code = true }, decision.Allowed},
		{"a card where wrong codes were typed too often", func(f *Facts) { f.Tried = true }, decision.Allowed},
		{"energy nearly used up", func(f *Facts) { f.Wh, f.WhMost = 9_999, 10_000 }, decision.Allowed},
		{"energy used up", func(f *Facts) { f.Wh, f.WhMost = 10_000, 10_000 }, decision.NoCredit},
		{"sessions nearly used up", func(f *Facts) { f.Began, f.BeganMost = 1, 2 }, decision.Allowed},
		{"sessions used up", func(f *Facts) { f.Began, f.BeganMost = 2, 2 }, decision.NoCredit},
		{"sessions used up, the last runs here", func(f *Facts) { f.Began, f.BeganMost, f.Continues = 2, 2, true }, decision.Allowed},
		{"no budget, much used", func(f *Facts) { f.Wh, f.Began = 1e9, 1000 }, decision.Allowed},
		{"energy used up, nobody asks where", func(f *Facts) { f.Placed, f.Here, f.Wh, f.WhMost = false, false, 2, 1 }, decision.Allowed},

		{"card inactive", func(f *Facts) { f.State = card.Inactive }, decision.CardInactive},
		{"card blocked", func(f *Facts) { f.State = card.Blocked }, decision.CardBlocked},
		{"card suspended", func(f *Facts) { f.State = card.Suspended }, decision.CardSuspended},
		{"card expired", func(f *Facts) { f.State = card.Expired }, decision.CardExpired},
		{"card deactivated", func(f *Facts) { f.State = card.Deactivated }, decision.CardInactive},
		{"card nobody's", func(f *Facts) { f.Owned, f.Status = false, "" }, decision.CardInactive},
		{"card blocked and nobody's", func(f *Facts) { f.State, f.Owned, f.Status = card.Blocked, false, "" }, decision.CardBlocked},

		{"until a moment ago", func(f *Facts) { f.To = noon - 1 }, decision.CardExpired},
		{"until now", func(f *Facts) { f.To = noon }, decision.CardExpired},
		{"until soon", func(f *Facts) { f.To = noon + 1 }, decision.Allowed},
		{"from a moment ago", func(f *Facts) { f.From = noon - 1 }, decision.Allowed},
		{"from now", func(f *Facts) { f.From = noon }, decision.Allowed},
		{"from soon", func(f *Facts) { f.From = noon + 1 }, decision.CardNotYetValid},

		{"person imported", func(f *Facts) { f.Status = person.Imported }, decision.UserNotActive},
		{"begins soon", func(f *Facts) { f.Begins = noon + 1 }, decision.UserNotYet},
		{"begins now", func(f *Facts) { f.Begins = noon }, decision.Allowed},
		{"imported, cards work until soon", func(f *Facts) { f.Status, f.CardsUntil = person.Imported, noon+1 }, decision.Allowed},
		{"imported, cards worked until now", func(f *Facts) { f.Status, f.CardsUntil = person.Imported, noon }, decision.UserNotActive},
		{"invited, cards work until soon", func(f *Facts) { f.Status, f.CardsUntil = person.Invited, noon+1 }, decision.Allowed},
		{"invited, cards worked until now", func(f *Facts) { f.Status, f.CardsUntil = person.Invited, noon }, decision.UserNotActive},
		{"to be approved, whatever was said of cards", func(f *Facts) { f.Status, f.CardsUntil = person.ToBeApproved, noon+1 }, decision.UserNotActive},
		{"person invited", func(f *Facts) { f.Status = person.Invited }, decision.UserNotActive},
		{"person to be approved", func(f *Facts) { f.Status = person.ToBeApproved }, decision.UserNotActive},
		{"person deactivated", func(f *Facts) { f.Status = person.Deactivated }, decision.UserDeactivated},
		{"person declined", func(f *Facts) { f.Status = person.Declined }, decision.UserDeactivated},

		{"account closed", func(f *Facts) { f.Shut = true }, decision.AccountClosed},
		{"account closed, everyone", func(f *Facts) { f.Shut, f.Everyone = true, true }, decision.AccountClosed},
		{"account ended a moment ago", func(f *Facts) { f.Ends = noon - 1 }, decision.AccountEnded},
		{"account ends now", func(f *Facts) { f.Ends = noon }, decision.AccountEnded},
		{"account ends soon", func(f *Facts) { f.Ends = noon + 1 }, decision.Allowed},
		{"account elsewhere, whatever the grant", func(f *Facts) { f.Elsewhere = true }, decision.AccountPlace},
		{"account elsewhere, everyone", func(f *Facts) { f.Elsewhere, f.Grant, f.Everyone = true, NoRule, true }, decision.AccountPlace},
		{"account elsewhere, nobody asks where", func(f *Facts) { f.Elsewhere, f.Placed, f.Here, f.Grant = true, false, false, NoRule }, decision.Allowed},
		{"account closed, nobody asks where", func(f *Facts) { f.Shut, f.Placed, f.Here, f.Grant = true, false, false, NoRule }, decision.AccountClosed},

		{"nobody asks where", func(f *Facts) { f.Placed, f.Here, f.Grant = false, false, NoRule }, decision.Allowed},
		{"charger of nobody", func(f *Facts) { f.Here, f.Grant = false, NoRule }, decision.NotThisPlace},
		{"charger of nobody, everyone", func(f *Facts) { f.Here, f.Grant, f.Everyone = false, NoRule, true }, decision.NotThisPlace},

		{"groups: no grant", func(f *Facts) { f.Grant = NoRule }, decision.NotThisPlace},
		{"groups: grant for another time", func(f *Facts) { f.Grant = NotNow }, decision.NotThisTime},
		{"groups: grant, members only", func(f *Facts) { f.MembersOnly = true }, decision.Allowed},
		{"groups: no grant, members only", func(f *Facts) { f.Grant, f.MembersOnly = NoRule, true }, decision.NotThisPlace},
		{"everyone: no grant", func(f *Facts) { f.Grant, f.Everyone = NoRule, true }, decision.Allowed},
		{"everyone: grant for another time", func(f *Facts) { f.Grant, f.Everyone = NotNow, true }, decision.Allowed},
		{"everyone: grant", func(f *Facts) { f.Everyone = true }, decision.Allowed},
		{"everyone: no grant, members only", func(f *Facts) { f.Grant, f.Everyone, f.MembersOnly = NoRule, true, true }, decision.NotThisPlace},
		{"everyone: another time, members only", func(f *Facts) { f.Grant, f.Everyone, f.MembersOnly = NotNow, true, true }, decision.NotThisTime},
		{"the card was elsewhere a moment ago", func(f *Facts) { f.Doubted = true }, decision.CardDoubted},
		{"the card was elsewhere a moment ago, everyone", func(f *Facts) { f.Doubted, f.Everyone, f.Grant = true, true, NoRule }, decision.CardDoubted},
		{"the card was elsewhere a moment ago, and may not charge here", func(f *Facts) { f.Doubted, f.Grant = true, NoRule }, decision.NotThisPlace},

		{"one session elsewhere, one may run", func(f *Facts) { f.CardRuns, f.CardMost = 1, 1 }, decision.Concurrent},
		{"one session elsewhere, two may run", func(f *Facts) { f.CardRuns, f.CardMost = 1, 2 }, decision.Allowed},
		{"more sessions elsewhere than may run", func(f *Facts) { f.CardRuns, f.CardMost = 3, 2 }, decision.Concurrent},
		{"many sessions elsewhere, any number may run", func(f *Facts) { f.CardRuns, f.UserRuns = 9, 9 }, decision.Allowed},
		{"no session elsewhere", func(f *Facts) { f.CardMost, f.UserMost = 1, 1 }, decision.Allowed},
		{"the user's sessions elsewhere, as many as may run", func(f *Facts) { f.CardMost, f.UserRuns, f.UserMost = 1, 2, 2 }, decision.Concurrent},
		{"the user's sessions elsewhere, fewer than may run", func(f *Facts) { f.CardMost, f.UserRuns, f.UserMost = 1, 1, 2 }, decision.Allowed},
		{"sessions elsewhere, everyone", func(f *Facts) { f.Grant, f.Everyone, f.CardRuns, f.CardMost = NoRule, true, 1, 1 }, decision.Concurrent},
		{"sessions elsewhere, nobody asks where", func(f *Facts) { f.Placed, f.Here, f.CardRuns, f.CardMost = false, false, 1, 1 }, decision.Allowed},

		{"everyone: grant, members only", func(f *Facts) { f.Everyone, f.MembersOnly = true, true }, decision.Allowed},
	} {
		f := fine()
		tc.but(&f)
		if got := Decide(f); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
	}
}

// Of several reasons to refuse, the first in this order is given.
func TestFirstReasonIsGiven(t *testing.T) {
	order := []struct {
		because func(*Facts)
		want    decision.Reason
	}{
		{func(f *Facts) { f.Known = false }, decision.UnknownCard},
		{func(f *Facts) { f.Code, f.Tried = true, true }, decision.TooManyTries},
		{func(f *Facts) { f.State = card.Blocked }, decision.CardBlocked},
		{func(f *Facts) { f.State = card.Suspended }, decision.CardSuspended},
		{func(f *Facts) { f.To = 1 }, decision.CardExpired},
		{func(f *Facts) { f.State = card.Inactive }, decision.CardInactive},
		{func(f *Facts) { f.Owned = false }, decision.CardInactive},
		{func(f *Facts) { f.From = noon + 1 }, decision.CardNotYetValid},
		{func(f *Facts) { f.Status = person.Deactivated }, decision.UserDeactivated},
		{func(f *Facts) { f.Status = person.Invited }, decision.UserNotActive},
		{func(f *Facts) { f.Shut = true }, decision.AccountClosed},
		{func(f *Facts) { f.Ends = noon }, decision.AccountEnded},
		{func(f *Facts) { f.Here = false }, decision.NotThisPlace},
		{func(f *Facts) { f.Elsewhere = true }, decision.AccountPlace},
		{func(f *Facts) { f.Grant = NotNow }, decision.NotThisTime},
		{func(f *Facts) { f.Grant = NoRule }, decision.NotThisPlace},
		{func(f *Facts) { f.Doubted = true }, decision.CardDoubted},
		{func(f *Facts) { f.CardRuns, f.CardMost = 1, 1 }, decision.Concurrent},
		{func(f *Facts) { f.Wh, f.WhMost = 1, 1 }, decision.NoCredit},
	}
	for i, first := range order {
		for _, later := range order[i:] {
			f := fine()
			later.because(&f)
			first.because(&f) // last, for some of them are values of one field
			if got := Decide(f); got != first.want {
				t.Errorf("%s and %s: the reason given is %s", first.want, later.want, got)
			}
		}
	}
}
