package bench

import "involt/internal/bench/names"

// What benchmarks in corners of their own use.
var (
	FirstNames, LastNames, Spelling, Dice   = names.First, names.Last, spelling, dice          //nolint:revive // one line each would say no more
	CPU, RSS, Median, Percentile, ScratchOf = cpu, rss, median, percentile, (*Options).scratch //nolint:revive // likewise
)

// Measured is a figure; the floor is 0 where there is none, and so is the goal.
func Measured(o Options, name, what, unit string, floor, figure, goal float64) Figure {
	r := report{o: o}
	r.add(name, what, unit, floor, figure, goal)
	return r.list[0]
}
