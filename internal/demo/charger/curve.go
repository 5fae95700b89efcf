package charger

import (
	"math"
	"time"
)

// power is what a car takes, in watts: it ramps up over the first twenty seconds,
// holds, and tapers over the last fifth of what it needs, as batteries do. Below
// 1.4 kW (6 A on one phase) nothing flows: the car has enough.
func power(since time.Duration, deliveredWh, needWh, maxW float64) float64 {
	if since <= 0 || needWh <= 0 || deliveredWh >= needWh {
		return 0
	}
	w := maxW * math.Min(1, 0.2+0.8*since.Seconds()/20)
	if left := 1 - deliveredWh/needWh; left < 0.2 {
		w = math.Min(w, maxW*(0.12+0.88*left/0.2))
	}
	if w < 1400 {
		return 0
	}
	return w
}

// advance lets energy flow into a session's car until now, in steps short enough
// for the curve. It returns the power at the end.
func advance(s *Session, meterWh *float64, maxW float64, now time.Time) float64 {
	const step = 5 * time.Second
	w := power(s.last.Sub(s.Began), *meterWh-float64(s.StartWh), s.needWh, maxW)
	for s.last.Before(now) {
		d := min(step, now.Sub(s.last))
		s.last = s.last.Add(d)
		w = power(s.last.Sub(s.Began), *meterWh-float64(s.StartWh), s.needWh, maxW)
		*meterWh += w * d.Hours()
	}
	if w == 0 && s.fullAt.IsZero() && s.last.Sub(s.Began) > time.Minute {
		s.fullAt = s.last
	}
	return w
}
