package booking

import "time"

// Clocks of chargers lie: they start in 1970, stand in the wrong time zone, or
// are not set at all. Energy is billed and not time, so a wrong time costs
// nothing; but no list may be sorted by nonsense.
const (
	ahead  = 26 * time.Hour  // more than any mistaken time zone
	behind = 5 * time.Minute // a message older than this waited in the charger
)

var noClock = time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC) // what is earlier was never set

// clock returns the time to book for a message that bears the charger's time at
// and came at received. late is set if it waited in the charger.
func clock(at, received time.Time) (t time.Time, late bool) {
	if lies(at, received) {
		return received.UTC().Truncate(time.Millisecond), false
	}
	return at.UTC().Truncate(time.Millisecond), at.Before(received.Add(-behind))
}

func lies(at, received time.Time) bool {
	return at.Before(noClock) || at.After(received.Add(ahead))
}
