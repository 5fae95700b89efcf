package frame

import (
	"context"
	"fmt"
	"strings"

	"involt/internal/core/grant"
	"involt/internal/core/id"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"
)

// Effect is what a change of rules would do to people, in words.
type Effect struct {
	Loss, Gain string   // one sentence each; "" where nobody loses or gains
	Lose       []string // "12 users lose Harbour Garage", the most first
	Win        []string
}

// Nothing reports that nobody loses or gains anything.
func (e Effect) Nothing() bool { return e.Loss == "" && e.Gain == "" }

// fewPlaces is how many places are named.
const fewPlaces = 8

// Foreseen puts an effect into words. Names are shown as far as the visitor may
// see them.
func Foreseen(ctx context.Context, b *browse.Service, v *Visit, e grant.Effect) (t Effect, err error) {
	if e.Lose > 0 {
		if t.Loss, err = among(ctx, b, v, e.Lose, e.Losers, "can charge at fewer places or times than now"); err != nil {
			return t, err
		}
	}
	if e.Gain > 0 {
		if t.Gain, err = among(ctx, b, v, e.Gain, e.Gainers, "can charge at more places or times than now"); err != nil {
			return t, err
		}
	}
	rd := ui.ReaderOf(ctx)
	lose, gain := 0, 0
	for _, p := range e.Places {
		if p.Lose > 0 {
			if lose++; lose <= fewPlaces {
				t.Lose = append(t.Lose, Users(rd, p.Lose)+" "+Verb(p.Lose, "lose")+" "+p.Name)
			}
		}
		if p.Gain > 0 {
			if gain++; gain <= fewPlaces {
				t.Win = append(t.Win, Users(rd, p.Gain)+" "+Verb(p.Gain, "gain")+" "+p.Name)
			}
		}
	}
	if more := lose - fewPlaces; more > 0 {
		t.Lose = append(t.Lose, fmt.Sprintf("and %s more places", rd.Int(int64(more))))
	}
	if more := gain - fewPlaces; more > 0 {
		t.Win = append(t.Win, fmt.Sprintf("and %s more places", rd.Int(int64(more))))
	}
	return t, nil
}

func among(ctx context.Context, b *browse.Service, v *Visit, n int64, first []id.Person, does string) (string, error) {
	rd := ui.ReaderOf(ctx)
	text := Users(rd, n) + " " + does
	people, err := b.UsersByID(ctx, v.By, first)
	if err != nil || len(people) == 0 {
		return text + ".", err
	}
	names := make([]string, len(people))
	for i := range people {
		names[i] = people[i].Name
	}
	rest := n - int64(len(names))
	switch {
	case rest > 0:
		return text + ": " + strings.Join(names, ", ") + " and " + rd.Int(rest) + " more.", nil
	default:
		return text + ": " + strings.Join(names, ", ") + ".", nil
	}
}

// Users is "1 user" or "1,204 users".
func Users(rd ui.Reader, n int64) string {
	if n == 1 {
		return "1 user"
	}
	return rd.Int(n) + " users"
}

// Verb is how a verb follows Users: "1 user loses", "2 users lose".
func Verb(n int64, plural string) string {
	if n == 1 {
		return plural + "s"
	}
	return plural
}
