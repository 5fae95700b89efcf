package bulk

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Places are positions within a chunk, ascending. They are written as "0-5,7".
type Places []int

// MarshalText writes p.
func (p Places) MarshalText() ([]byte, error) {
	var b strings.Builder
	for i := 0; i < len(p); {
		j := i
		for j+1 < len(p) && p[j+1] == p[j]+1 {
			j++
		}
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.Itoa(p[i]))
		if j > i {
			b.WriteString("-" + strconv.Itoa(p[j]))
		}
		i = j + 1
	}
	return []byte(b.String()), nil
}

// UnmarshalText reads what MarshalText wrote.
func (p *Places) UnmarshalText(text []byte) error {
	*p = nil
	if len(text) == 0 {
		return nil
	}
	for part := range strings.SplitSeq(string(text), ",") {
		from, to, isRange := strings.Cut(part, "-")
		if !isRange {
			to = from
		}
		a, err := strconv.Atoi(from)
		if err != nil {
			return fmt.Errorf("place %q: %w", part, err)
		}
		z, err := strconv.Atoi(to)
		if err != nil || z < a || z > 1_000_000 {
			return fmt.Errorf("place %q is none", part)
		}
		for ; a <= z; a++ {
			*p = append(*p, a)
		}
	}
	return nil
}

// Outcome is what became of a chunk. It holds no personal data.
type Outcome struct {
	At   int64             `json:"at,omitempty"`   // when it was done, milliseconds: what it changed bears this time
	All  string            `json:"all,omitempty"`  // why nothing was done with any of them
	Skip map[string]Places `json:"skip,omitempty"` // why it was not done with some, by the reason

	Undone bool              `json:"undone,omitempty"` // it was undone, but for those of Left
	Left   map[string]Places `json:"left,omitempty"`   // why some were left as they are
}

// Before is what undoing a chunk restores: the value that people had, with their
// places.
type Before map[string]Places

// Skipped reports how many of a chunk of n people were skipped.
func (o *Outcome) Skipped(n int) int { return count(o.All, o.Skip, n) }

// Kept reports how many of n people undoing has not changed back although the
// work had been done with them.
func (o *Outcome) Kept() int { return count("", o.Left, 0) }

func count(all string, some map[string]Places, n int) (sum int) {
	if all != "" {
		return n
	}
	for _, p := range some {
		sum += len(p)
	}
	return sum
}

// Why returns why it was not done with each of a chunk of n people, "" for
// those with whom it was.
func (o *Outcome) Why(n int) []string {
	why := make([]string, n)
	if o.All != "" {
		for i := range why {
			why[i] = o.All
		}
	}
	spread(why, o.Skip)
	return why
}

// WhyLeft returns why undoing left each of a chunk of n people as they were.
func (o *Outcome) WhyLeft(n int) []string {
	why := make([]string, n)
	spread(why, o.Left)
	return why
}

func spread(why []string, some map[string]Places) {
	for reason, places := range some {
		for _, i := range places {
			if i < len(why) {
				why[i] = reason
			}
		}
	}
}

// Of spreads the values over a chunk of n people.
func (b Before) Of(n int) []string {
	was := make([]string, n)
	spread(was, b)
	return was
}

// without removes places from b and reports whether that changed anything.
func (b Before) without(gone map[int]bool) (changed bool) {
	for value, places := range b {
		n := len(places)
		places = slices.DeleteFunc(places, func(i int) bool { return gone[i] })
		switch {
		case len(places) == 0:
			delete(b, value)
		case len(places) < n:
			b[value] = places
		}
		changed = changed || len(places) < n
	}
	return changed
}
