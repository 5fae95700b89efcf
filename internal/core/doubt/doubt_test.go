package doubt_test

import (
	"testing"
	"time"

	"involt/internal/core/doubt"
)

// How long a way takes at least, by what nobody gets along it quicker.
func TestNobodyTravelsFasterThanThat(t *testing.T) {
	for _, tc := range []struct {
		what    string
		km      float64
		between time.Duration
		want    bool
	}{
		{"at the gate", 0, 0, false},
		{"next door, at once", 0.9, 0, false},
		{"across town in a minute", 6, time.Minute, true},
		{"across town in two minutes", 6, 2 * time.Minute, false},
		{"the next town in 39 minutes", 100, 39 * time.Minute, true},
		{"the next town in 40 minutes", 100, 40 * time.Minute, false},
		{"Berlin to Munich, by air", 504, 2 * time.Hour, true},
		{"Berlin to Munich, by air", 504, 130 * time.Minute, false},
		{"London to New York in eight hours", 5570, 8 * time.Hour, true},
		{"London to New York in nine hours", 5570, 9 * time.Hour, false},
		{"the other end of the world in a day", 20015, 24 * time.Hour, true},
		{"the other end of the world in time", 20015, doubt.Within, false},
	} {
		if got := doubt.TooFast(tc.km, tc.between); got != tc.want {
			t.Errorf("%s: %v", tc.what, got)
		}
	}
}
