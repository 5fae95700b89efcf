// Package bench measures what Involt promises to be fast at. Every figure is
// taken in the same run as its floor, the least that the machine must do for the
// same work, in rounds that take turns; the median of the rounds counts. Machines
// are noisy, so the ratio says more than the figure, and the time of the CPU more
// than that of the clock. Nothing fails because a machine is slow.
package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strconv"
	"text/tabwriter"
)

// Figure is one thing measured. The keys are a promise to scripts.
type Figure struct {
	Name   string  `json:"name"`
	Engine string  `json:"engine"` // sqlite or postgres
	Rows   int     `json:"rows"`
	Floor  float64 `json:"floor"` // 0 where there is none
	Figure float64 `json:"figure"`
	Ratio  float64 `json:"ratio"` // figure to floor; 0 where there is no floor
	Goal   float64 `json:"goal"`  // at most so much, of the ratio if the unit says so, else of the figure; 0 for no goal
	Unit   string  `json:"unit"`
	RSS    float64 `json:"rss_mib"` // of the measuring process, at that moment
	Commit string  `json:"commit"`

	what string // a few words for people
}

// ofRatio ends the unit of a figure whose goal is of its ratio.
const ofRatio = " (goal: ratio)"

// Met reports whether the goal was reached; true where there is none.
func (f *Figure) Met() bool {
	if f.Goal == 0 && f.Unit != "allocations" {
		return true
	}
	v := f.Figure
	if f.goalIsRatio() {
		v = f.Ratio
	}
	return v <= f.Goal
}

func (f *Figure) goalIsRatio() bool {
	return len(f.Unit) > len(ofRatio) && f.Unit[len(f.Unit)-len(ofRatio):] == ofRatio
}

// Options say what to measure on.
type Options struct {
	Rows     int    // cards, each with a person; of the exports, sessions
	Database string // a postgres:// URL to make a scratch schema in; "" for a temporary SQLite file
	Commit   string // what is measured
	Rounds   int    // at least 5 unless it is only tried out; 0 means 5
	Progress io.Writer
}

func (o *Options) rounds() int {
	if o.Rounds == 0 {
		return 5
	}
	return o.Rounds
}

func (o *Options) say(format string, args ...any) {
	if o.Progress != nil {
		fmt.Fprintf(o.Progress, format+"\n", args...)
	}
}

// report gathers figures that have engine, rows and commit in common.
type report struct {
	o    Options
	list []Figure
}

func (r *report) add(name, what, unit string, floor, figure, goal float64) {
	f := Figure{Name: name, Engine: r.o.engine(), Rows: r.o.Rows, Floor: floor, Figure: figure, Goal: goal, Unit: unit, RSS: rss(), Commit: r.o.Commit, what: what}
	if floor > 0 {
		f.Ratio = figure / floor
	}
	r.list = append(r.list, f)
}

// WriteJSON writes one JSON object per figure and line.
func WriteJSON(w io.Writer, list []Figure) error {
	enc := json.NewEncoder(w)
	for i := range list {
		if err := enc.Encode(&list[i]); err != nil {
			return err
		}
	}
	return nil
}

// WriteTable writes the figures for people.
func WriteTable(w io.Writer, list []Figure) error {
	if len(list) == 0 {
		return nil
	}
	f := &list[0]
	fmt.Fprintf(w, "%s, %d rows, %s %s/%s, %d CPUs, commit %s\n\n", f.Engine, f.Rows, runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), f.Commit)
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tab, "figure\tfloor\tmeasured\tratio\tgoal\t\t\t")
	for i := range list {
		f := &list[i]
		unit := f.Unit
		goal := "at most " + number(f.Goal)
		if f.goalIsRatio() {
			unit = unit[:len(unit)-len(ofRatio)]
			goal = "ratio at most " + number(f.Goal)
		}
		mark := "met"
		switch {
		case f.Goal == 0 && f.Unit != "allocations":
			goal, mark = "", ""
		case !f.Met():
			mark = "MISSED"
		}
		floor, ratio := "", ""
		if f.Floor > 0 {
			floor, ratio = number(f.Floor), number(f.Ratio)
		}
		fmt.Fprintf(tab, "%s\t%s\t%s %s\t%s\t%s\t%s\t%s\n", f.Name, floor, number(f.Figure), unit, ratio, goal, mark, f.what)
	}
	return tab.Flush()
}

// number writes three significant digits, or whole numbers in full.
func number(v float64) string {
	switch {
	case v == 0:
		return "0"
	case v >= 100:
		return strconv.FormatFloat(v, 'f', 0, 64)
	default:
		return strconv.FormatFloat(v, 'g', 3, 64)
	}
}

// median is the middle of the rounds.
func median(list []float64) float64 {
	s := slices.Sorted(slices.Values(list))
	if len(s) == 0 {
		return 0
	}
	if n := len(s); n%2 == 0 {
		return (s[n/2-1] + s[n/2]) / 2
	}
	return s[len(s)/2]
}

// percentile is the value that a share p of the list does not pass. It sorts
// list.
func percentile(list []float64, p float64) float64 {
	if len(list) == 0 {
		return 0
	}
	slices.Sort(list)
	return list[min(len(list)-1, int(float64(len(list))*p))]
}
