package charger

import (
	"testing"
	"time"
)

func TestPowerRampsHoldsAndTapers(t *testing.T) {
	for _, c := range []struct {
		since      time.Duration
		delivered  float64
		least, top float64
	}{
		{0, 0, 0, 0},
		{time.Second, 0, 2200, 3000},
		{10 * time.Second, 10, 6000, 7000},
		{time.Minute, 100, 11000, 11000},
		{time.Hour, 7900, 11000, 11000},
		{time.Hour, 9000, 5000, 7000},
		{2 * time.Hour, 9990, 0, 1500},
		{2 * time.Hour, 10000, 0, 0},
	} {
		if w := power(c.since, c.delivered, 10000, 11000); w < c.least || w > c.top {
			t.Errorf("%v, %v Wh: %v W", c.since, c.delivered, w)
		}
	}
}

func TestEnergyIsTheSameHoweverOftenOneLooks(t *testing.T) {
	began := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	run := func(step time.Duration) float64 {
		s := &Session{Began: began, last: began, StartWh: 1000, needWh: 10000}
		meter := 1000.0
		for now := began; !now.After(began.Add(2 * time.Hour)); now = now.Add(step) {
			advance(s, &meter, 11000, now)
		}
		return meter - 1000
	}
	often, seldom := run(5*time.Second), run(time.Hour)
	if often != seldom {
		t.Errorf("%v Wh and %v Wh", often, seldom)
	}
	if often < 9500 || often > 10020 {
		t.Errorf("a car that needs 10 kWh got %v Wh", often)
	}
}
