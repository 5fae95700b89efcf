package admit

import (
	"testing"

	"involt/internal/core/card"
	"involt/internal/core/decision"
	"involt/internal/core/person"
)

// noon is the moment of every question here, in milliseconds.
const noon = 1_000_000

// fine is a question that is answered with yes, for one reason only: a grant.
func fine() facts {
	return facts{now: noon, known: true, state: card.Active, owned: true, status: person.Active, placed: true, here: true, rule: grantNow}
}

// The whole of the decision. Each line changes what it names about an active
// card of an active person with a grant for the place, in access mode "By user
// group".
func TestWhatEveryFactDecides(t *testing.T) {
	for _, tc := range []struct {
		name string
		but  func(*facts)
		want decision.Reason
	}{
		{"all is well", func(*facts) {}, decision.Allowed},
		{"nobody knows the card", func(f *facts) { *f = facts{now: noon, placed: true, here: true} }, decision.UnknownCard},

		{"card inactive", func(f *facts) { f.state = card.Inactive }, decision.CardInactive},
		{"card blocked", func(f *facts) { f.state = card.Blocked }, decision.CardBlocked},
		{"card suspended", func(f *facts) { f.state = card.Suspended }, decision.CardSuspended},
		{"card expired", func(f *facts) { f.state = card.Expired }, decision.CardExpired},
		{"card deactivated", func(f *facts) { f.state = card.Deactivated }, decision.CardInactive},
		{"card nobody's", func(f *facts) { f.owned, f.status = false, "" }, decision.CardInactive},
		{"card blocked and nobody's", func(f *facts) { f.state, f.owned, f.status = card.Blocked, false, "" }, decision.CardBlocked},

		{"until a moment ago", func(f *facts) { f.to = noon - 1 }, decision.CardExpired},
		{"until now", func(f *facts) { f.to = noon }, decision.CardExpired},
		{"until soon", func(f *facts) { f.to = noon + 1 }, decision.Allowed},
		{"from a moment ago", func(f *facts) { f.from = noon - 1 }, decision.Allowed},
		{"from now", func(f *facts) { f.from = noon }, decision.Allowed},
		{"from soon", func(f *facts) { f.from = noon + 1 }, decision.CardNotYetValid},

		{"person imported", func(f *facts) { f.status = person.Imported }, decision.UserNotActive},
		{"begins soon", func(f *facts) { f.begins = noon + 1 }, decision.UserNotYet},
		{"begins now", func(f *facts) { f.begins = noon }, decision.Allowed},
		{"imported, cards work until soon", func(f *facts) { f.status, f.cardsUntil = person.Imported, noon+1 }, decision.Allowed},
		{"imported, cards worked until now", func(f *facts) { f.status, f.cardsUntil = person.Imported, noon }, decision.UserNotActive},
		{"invited, cards work until soon", func(f *facts) { f.status, f.cardsUntil = person.Invited, noon+1 }, decision.Allowed},
		{"invited, cards worked until now", func(f *facts) { f.status, f.cardsUntil = person.Invited, noon }, decision.UserNotActive},
		{"to be approved, whatever was said of cards", func(f *facts) { f.status, f.cardsUntil = person.ToBeApproved, noon+1 }, decision.UserNotActive},
		{"person invited", func(f *facts) { f.status = person.Invited }, decision.UserNotActive},
		{"person to be approved", func(f *facts) { f.status = person.ToBeApproved }, decision.UserNotActive},
		{"person deactivated", func(f *facts) { f.status = person.Deactivated }, decision.UserDeactivated},
		{"person declined", func(f *facts) { f.status = person.Declined }, decision.UserDeactivated},

		{"account closed", func(f *facts) { f.shut = true }, decision.AccountClosed},
		{"account closed, everyone", func(f *facts) { f.shut, f.everyone = true, true }, decision.AccountClosed},
		{"account ended a moment ago", func(f *facts) { f.ends = noon - 1 }, decision.AccountEnded},
		{"account ends now", func(f *facts) { f.ends = noon }, decision.AccountEnded},
		{"account ends soon", func(f *facts) { f.ends = noon + 1 }, decision.Allowed},
		{"account elsewhere, whatever the grant", func(f *facts) { f.elsewhere = true }, decision.AccountPlace},
		{"account elsewhere, everyone", func(f *facts) { f.elsewhere, f.rule, f.everyone = true, noRule, true }, decision.AccountPlace},
		{"account elsewhere, nobody asks where", func(f *facts) { f.elsewhere, f.placed, f.here, f.rule = true, false, false, noRule }, decision.Allowed},
		{"account closed, nobody asks where", func(f *facts) { f.shut, f.placed, f.here, f.rule = true, false, false, noRule }, decision.AccountClosed},

		{"nobody asks where", func(f *facts) { f.placed, f.here, f.rule = false, false, noRule }, decision.Allowed},
		{"charger of nobody", func(f *facts) { f.here, f.rule = false, noRule }, decision.NotThisPlace},
		{"charger of nobody, everyone", func(f *facts) { f.here, f.rule, f.everyone = false, noRule, true }, decision.NotThisPlace},

		{"groups: no grant", func(f *facts) { f.rule = noRule }, decision.NotThisPlace},
		{"groups: grant for another time", func(f *facts) { f.rule = notNow }, decision.NotThisTime},
		{"groups: grant, members only", func(f *facts) { f.membersOnly = true }, decision.Allowed},
		{"groups: no grant, members only", func(f *facts) { f.rule, f.membersOnly = noRule, true }, decision.NotThisPlace},
		{"everyone: no grant", func(f *facts) { f.rule, f.everyone = noRule, true }, decision.Allowed},
		{"everyone: grant for another time", func(f *facts) { f.rule, f.everyone = notNow, true }, decision.Allowed},
		{"everyone: grant", func(f *facts) { f.everyone = true }, decision.Allowed},
		{"everyone: no grant, members only", func(f *facts) { f.rule, f.everyone, f.membersOnly = noRule, true, true }, decision.NotThisPlace},
		{"everyone: another time, members only", func(f *facts) { f.rule, f.everyone, f.membersOnly = notNow, true, true }, decision.NotThisTime},
		{"the card was elsewhere a moment ago", func(f *facts) { f.doubted = true }, decision.CardDoubted},
		{"the card was elsewhere a moment ago, everyone", func(f *facts) { f.doubted, f.everyone, f.rule = true, true, noRule }, decision.CardDoubted},
		{"the card was elsewhere a moment ago, and may not charge here", func(f *facts) { f.doubted, f.rule = true, noRule }, decision.NotThisPlace},

		{"one session elsewhere, one may run", func(f *facts) { f.cardRuns, f.cardMost = 1, 1 }, decision.Concurrent},
		{"one session elsewhere, two may run", func(f *facts) { f.cardRuns, f.cardMost = 1, 2 }, decision.Allowed},
		{"more sessions elsewhere than may run", func(f *facts) { f.cardRuns, f.cardMost = 3, 2 }, decision.Concurrent},
		{"many sessions elsewhere, any number may run", func(f *facts) { f.cardRuns, f.userRuns = 9, 9 }, decision.Allowed},
		{"no session elsewhere", func(f *facts) { f.cardMost, f.userMost = 1, 1 }, decision.Allowed},
		{"the user's sessions elsewhere, as many as may run", func(f *facts) { f.cardMost, f.userRuns, f.userMost = 1, 2, 2 }, decision.Concurrent},
		{"the user's sessions elsewhere, fewer than may run", func(f *facts) { f.cardMost, f.userRuns, f.userMost = 1, 1, 2 }, decision.Allowed},
		{"sessions elsewhere, everyone", func(f *facts) { f.rule, f.everyone, f.cardRuns, f.cardMost = noRule, true, 1, 1 }, decision.Concurrent},
		{"sessions elsewhere, nobody asks where", func(f *facts) { f.placed, f.here, f.cardRuns, f.cardMost = false, false, 1, 1 }, decision.Allowed},

		{"everyone: grant, members only", func(f *facts) { f.everyone, f.membersOnly = true, true }, decision.Allowed},
	} {
		f := fine()
		tc.but(&f)
		if got := judge(f); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
	}
}

// Of several reasons to refuse, the first in this order is given.
func TestFirstReasonIsGiven(t *testing.T) {
	order := []struct {
		because func(*facts)
		want    decision.Reason
	}{
		{func(f *facts) { f.known = false }, decision.UnknownCard},
		{func(f *facts) { f.state = card.Blocked }, decision.CardBlocked},
		{func(f *facts) { f.state = card.Suspended }, decision.CardSuspended},
		{func(f *facts) { f.to = 1 }, decision.CardExpired},
		{func(f *facts) { f.state = card.Inactive }, decision.CardInactive},
		{func(f *facts) { f.owned = false }, decision.CardInactive},
		{func(f *facts) { f.from = noon + 1 }, decision.CardNotYetValid},
		{func(f *facts) { f.status = person.Deactivated }, decision.UserDeactivated},
		{func(f *facts) { f.status = person.Invited }, decision.UserNotActive},
		{func(f *facts) { f.shut = true }, decision.AccountClosed},
		{func(f *facts) { f.ends = noon }, decision.AccountEnded},
		{func(f *facts) { f.here = false }, decision.NotThisPlace},
		{func(f *facts) { f.elsewhere = true }, decision.AccountPlace},
		{func(f *facts) { f.rule = notNow }, decision.NotThisTime},
		{func(f *facts) { f.rule = noRule }, decision.NotThisPlace},
		{func(f *facts) { f.doubted = true }, decision.CardDoubted},
		{func(f *facts) { f.cardRuns, f.cardMost = 1, 1 }, decision.Concurrent},
	}
	for i, first := range order {
		for _, later := range order[i:] {
			f := fine()
			later.because(&f)
			first.because(&f) // last, for some of them are values of one field
			if got := judge(f); got != first.want {
				t.Errorf("%s and %s: the reason given is %s", first.want, later.want, got)
			}
		}
	}
}

// Rules of few and of many places are looked through in different ways.
func TestRulesMatchAlikeWhetherFewOrMany(t *testing.T) {
	spot := place{id: [16]byte{7}, location: [16]byte{8}}
	for name, tc := range map[string]struct {
		r    rules
		want match
	}{
		"none":                      {nil, noRule},
		"another place":             {rules{{place: [16]byte{9}}}, noRule},
		"everywhere":                {rules{{}}, grantNow},
		"the charger":               {rules{{place: spot.id}}, grantNow},
		"the location":              {rules{{place: spot.location}}, grantNow},
		"the location, until now":   {rules{{place: spot.location, until: noon}}, notNow},
		"the location, from soon":   {rules{{place: spot.location, from: noon + 1}}, notNow},
		"ended, and another begun":  {rules{{place: spot.id, until: noon}, {place: spot.id, from: noon}}, grantNow},
		"ended here, now elsewhere": {rules{{place: spot.id, until: noon}, {place: [16]byte{9}}}, notNow},
	} {
		many := append(rules{}, tc.r...)
		for i := range byte(3 * few) {
			many = append(many, rule{place: [16]byte{100 + i}})
		}
		many.sort()
		if few, many := tc.r.match(&spot, noon), many.match(&spot, noon); few != tc.want || many != tc.want {
			t.Errorf("%s: %d among few, %d among many, want %d", name, few, many, tc.want)
		}
	}
}
