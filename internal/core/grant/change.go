package grant

import (
	"fmt"

	"involt/internal/core/id"
)

// Change is what somebody is about to do to who may charge where. A zero field
// changes nothing.
type Change struct {
	Everyone *bool     // the access mode becomes "Everyone active", or "By user group"
	Default  *id.Group // that group takes everyone who has none; "" is no group

	Group id.Group // the group of which the rest says something
	Put   *Grant   // a rule of it as it would be; without an ID, a new one
	Drop  id.Grant // a rule of it that would be removed
	Gone  bool     // the group would be deleted
	Heir  id.Group // where Gone: takes those who would be left without any group, and is the default group if that one was
}

// Effect is what a change would do to people: to those who may charge somewhere
// if a rule or the access mode lets them, whether they have a card or not. What
// is compared is the week from now, and the week from each day on which a rule
// concerned begins or ends.
type Effect struct {
	Lose, Gain      int64       // people who could charge at fewer, and at more, places or times
	Losers, Gainers []id.Person // the first few of them
	Places          []PlaceEffect
	NoGroup         int64 // active people who would be in no group; the default group, if there is one, takes them
}

// PlaceEffect is what a change would do at one place: everywhere at a location,
// or at a single charger.
type PlaceEffect struct {
	Location   id.Location
	Charger    id.Charger // "" where it is the location
	Name       string
	Lose, Gain int64
}

// Seen is what whoever confirms the change has seen of it: if it is another one
// by then, they are to look again.
func (e *Effect) Seen() string {
	return fmt.Sprintf("%d.%d.%d.%d", e.Lose, e.Gain, e.NoGroup, len(e.Places))
}
