package ui

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/a-h/templ"
)

func maxBar(bars []Bar) int64 {
	var m int64
	for _, b := range bars {
		m = max(m, b.Value)
	}
	return m
}

func maxPoint(points []Point) int64 {
	var m int64
	for _, p := range points {
		m = max(m, p.Value)
	}
	return m
}

// percent is v of most in percent, 0 where there is nothing to compare with. A
// value above zero never vanishes.
func percent(v, most int64) float64 {
	if most <= 0 || v <= 0 {
		return 0
	}
	return max(1, 100*float64(v)/float64(most))
}

func share(v, most int64) string { return strconv.FormatFloat(percent(v, most), 'f', 1, 64) }

// top is where a column of ColumnChart begins, counted from above.
func top(v, most int64) string { return strconv.FormatFloat(100-percent(v, most), 'f', 1, 64) }

// sparkPoints spreads values over 100 by 24 units with a unit of air.
func sparkPoints(values []int64) string {
	if len(values) == 0 {
		return ""
	}
	lo, hi := values[0], values[0]
	for _, v := range values {
		lo, hi = min(lo, v), max(hi, v)
	}
	var b strings.Builder
	for i, v := range values {
		x, y := 50.0, 12.0
		if len(values) > 1 {
			x = 100 * float64(i) / float64(len(values)-1)
		}
		if hi > lo {
			y = 23 - 22*float64(v-lo)/float64(hi-lo)
		}
		fmt.Fprintf(&b, "%.1f,%.1f ", x, y)
	}
	return strings.TrimSpace(b.String())
}

// spoken are the attributes by which a screen reader tells of a chart: as a
// picture, or, where its columns are links, by the caption and the table alone.
func spoken(caption string, points []Point) templ.Attributes {
	for _, p := range points {
		if p.Href != "" {
			return templ.Attributes{"aria-hidden": "true", "focusable": "false"}
		}
	}
	return templ.Attributes{"role": "img", "aria-label": caption}
}
