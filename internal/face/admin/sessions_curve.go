package admin

import (
	"fmt"
	"strings"
	"time"

	"involt/internal/core/charge"
)

// curve is a session's power over time, drawn over 1000 by 100 units.
type curve struct {
	line     string // points of an SVG polyline
	area     string // of a polygon
	most     int64  // watts at the top
	from, to time.Time
	points   []curvePoint
}

type curvePoint struct {
	at    time.Time
	power int64 // watts
	meter int64 // watt-hours on the meter
}

// curveOf makes the curve of what the meter said, and none of fewer than two
// samples. Chargers that say no power get the mean power between two readings of
// the meter.
func curveOf(list []charge.Sample) (c curve, ok bool) {
	if len(list) < 2 || !list[len(list)-1].At.After(list[0].At) {
		return c, false
	}
	said := highest(list) > 0
	for i, s := range list {
		p := curvePoint{s.At, s.PowerW, s.Meter}
		if !said && i > 0 {
			p.power = meanPower(list[i-1], s)
		}
		c.points = append(c.points, p)
		c.most = max(c.most, p.power)
	}
	if c.most == 0 {
		return c, false
	}
	c.from, c.to = list[0].At, list[len(list)-1].At
	whole := float64(c.to.Sub(c.from))
	var line strings.Builder
	for _, p := range c.points {
		fmt.Fprintf(&line, "%.1f,%.1f ", 1000*float64(p.at.Sub(c.from))/whole, 98-96*float64(p.power)/float64(c.most))
	}
	c.line = strings.TrimSpace(line.String())
	c.area = "0,100 " + c.line + " 1000,100"
	return c, true
}

func meanPower(a, b charge.Sample) int64 {
	span := b.At.Sub(a.At)
	if span <= 0 || b.Meter < a.Meter {
		return 0
	}
	return int64(float64(b.Meter-a.Meter) / span.Hours())
}
