package judge

import (
	"math/rand/v2"
	"slices"
	"testing"

	"involt/internal/core/card"
	"involt/internal/core/decision"
	"involt/internal/core/person"
)

var states = []card.State{card.Inactive, card.Active, card.Blocked, card.Suspended, card.Expired, card.Deactivated}

// Whatever the facts are, the first step that fails gives the reason that Decide
// gives, and if none fails the card may charge.
func TestStepsAgreeWithTheDecision(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	coin := func() bool { return r.IntN(3) == 0 }
	for range 50_000 {
		f := Facts{
			Now: noon, Known: !coin(), State: states[r.IntN(len(states))], Owned: !coin(), Status: person.Statuses[r.IntN(len(person.Statuses))],
			Shut: coin(), Elsewhere: coin(), Placed: !coin(), Here: !coin(), Everyone: coin(), MembersOnly: coin(), Grant: Match(r.IntN(3)), Doubted: coin(),
			CardRuns: r.Int64N(3), CardMost: r.Int64N(3), UserRuns: r.Int64N(3), UserMost: r.Int64N(3),
		}
		if r.IntN(2) == 0 {
			f.Known, f.State, f.Owned, f.Status = true, card.Active, true, person.Active
		}
		if !f.Known { // then nothing else is
			f = Facts{Now: noon, Placed: f.Placed, Here: f.Here}
		}
		if !f.Placed {
			f.Here, f.Grant, f.Everyone, f.Doubted, f.CardRuns, f.UserRuns, f.Elsewhere = false, NoRule, false, false, 0, 0, false
		}
		for p, to := range map[*int64]int64{&f.From: noon + 1, &f.To: noon, &f.Begins: noon + 1, &f.Ends: noon, &f.CardsUntil: noon + 1} {
			if coin() && f.Known {
				*p = to
			}
		}
		list, want := Steps(f), Decide(f)
		i := slices.IndexFunc(list, func(s Step) bool { return s.Outcome == Failed })
		got := decision.Allowed
		if i >= 0 {
			got = list[i].Reason
		}
		// Of place and account the decision looks at the charger's workspace first.
		if got != want && !(want == decision.NotThisPlace && got == decision.AccountPlace && !f.Here) {
			t.Fatalf("%+v\nis %s, and by steps %s: %+v", f, want, got, list)
		}
	}
}

// A refusal for several reasons says all of them.
func TestStepsSayEverythingThatIsInTheWay(t *testing.T) {
	f := fine()
	f.State, f.Status, f.Grant, f.Shut, f.Doubted, f.CardRuns, f.CardMost, f.Wh, f.WhMost = card.Blocked, person.Deactivated, NoRule, true, true, 1, 1, 1, 1
	want := []decision.Reason{"", decision.CardBlocked, decision.UserDeactivated, decision.AccountClosed, decision.NotThisPlace, decision.CardDoubted, decision.Concurrent, decision.NoCredit}
	var got []decision.Reason
	for _, s := range Steps(f) {
		got = append(got, s.Reason)
		if s.Text == "" || s.Label == "" {
			t.Errorf("%+v says nothing", s)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	f = Facts{Now: noon, Placed: true, Here: true}
	for i, s := range Steps(f) {
		if want := map[bool]Outcome{true: Failed, false: NotSeen}[i == 0]; s.Outcome != want {
			t.Errorf("of an unknown card: %+v", s)
		}
	}
}
