package ruling

import (
	"slices"
	"time"

	"involt/internal/core/id"
	"involt/internal/flow/admit/judge"
)

// Bundled are rules by their place.
type Bundled struct {
	everywhere []Rule
	By         map[id.Raw][]Rule
}

// Bundle puts lists of rules together by their places.
func Bundle[R ~[]Rule](lists []R) Bundled {
	b := Bundled{By: map[id.Raw][]Rule{}}
	for _, list := range lists {
		for _, r := range list {
			if r.Place == (id.Raw{}) {
				b.everywhere = append(b.everywhere, r)
			} else {
				b.By[r.Place] = append(b.By[r.Place], r)
			}
		}
	}
	return b
}

// Span is when a place is open: always, or while one of the rules holds.
type Span struct {
	Always bool
	rules  []Rule
}

// At is when a place is open, which is a location or one of its chargers.
func (b *Bundled) At(location, place id.Raw) Span {
	list := b.By[location]
	if own := b.By[place]; place != location && len(own) > 0 {
		list = slices.Concat(list, own)
	}
	if len(b.everywhere) > 0 {
		list = slices.Concat(b.everywhere, list)
	}
	return Span{rules: list}
}

func (s *Span) open(now int64) bool {
	return s.Always || slices.ContainsFunc(s.rules, func(r Rule) bool { return r.At(now) == judge.GrantNow })
}

// forEver reports that it is open from now on without end.
func (s *Span) forEver(now int64) bool {
	return s.Always || slices.ContainsFunc(s.rules, func(r Rule) bool { return r.Hours.Zone == nil && r.From <= now && r.Until == 0 })
}

// Exceeds reports whether there is a moment from now on at which s is open and t
// is not. It looks at the week from now, and at the week from each date of a
// rule: what differs by hours differs within a week.
func (s *Span) Exceeds(t *Span, now int64) bool {
	switch {
	case t.forEver(now), !s.Always && len(s.rules) == 0:
		return false
	case s.Always && len(t.rules) == 0, s.open(now) && !t.open(now):
		return true
	case !s.Always && !t.Always && slices.Equal(s.rules, t.rules):
		return false
	}
	both := slices.Concat(s.rules, t.rules)
	for _, start := range dates(both, now) {
		for _, at := range turns(both, start) {
			if s.open(at) && !t.open(at) {
				return true
			}
		}
	}
	return false
}

// dates are now and each later date of a rule.
func dates(list []Rule, now int64) []int64 {
	all := []int64{now}
	for i := range list {
		for _, at := range []int64{list[i].From, list[i].Until} {
			if at > now {
				all = append(all, at)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

const (
	minuteMS = int64(time.Minute / time.Millisecond)
	dayMS    = 24 * 60 * minuteMS
)

// turns are a moment and all in the week behind it, and a day, at which a rule's
// hours may begin or end; and some at which nothing happens.
func turns(list []Rule, start int64) []int64 {
	all := []int64{start}
	end := start + 8*dayMS
	for i := range list {
		h := &list[i].Hours
		if h.Zone == nil {
			continue
		}
		at := time.UnixMilli(start).In(h.Zone)
		_, now := at.Zone()
		_, later := time.UnixMilli(end).In(h.Zone).Zone()
		if _, change := at.ZoneBounds(); !change.IsZero() && change.UnixMilli() < end {
			all = append(all, change.UnixMilli()) // where clocks are put forward or back
		}
		for _, offset := range []int{now, later} {
			shift := int64(offset) * 1000
			midnight := (start+shift)/dayMS*dayMS - shift
			for ; midnight < end; midnight += dayMS {
				for _, minute := range []int16{h.From, h.To} {
					if turn := midnight + int64(minute)*minuteMS; turn > start && turn < end {
						all = append(all, turn)
					}
				}
				if midnight > start {
					all = append(all, midnight)
				}
			}
			if now == later {
				break
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
