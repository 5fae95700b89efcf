package admit

import (
	"slices"
	"time"

	"involt/internal/core/id"
	"involt/internal/flow/admit/judge"
)

// bundled are rules by their place.
type bundled struct {
	everywhere []rule
	by         map[id.Raw][]rule
}

func bundle(lists []rules, own rules) bundled {
	b := bundled{by: map[id.Raw][]rule{}}
	for _, list := range append(lists, own) {
		for _, r := range list {
			if r.place == (id.Raw{}) {
				b.everywhere = append(b.everywhere, r)
			} else {
				b.by[r.place] = append(b.by[r.place], r)
			}
		}
	}
	return b
}

// span is when a place is open: always, or while one of the rules holds.
type span struct {
	always bool
	rules  []rule
}

func (b *bundled) at(spot *place) span {
	list := b.by[spot.location]
	if own := b.by[spot.id]; spot.id != spot.location && len(own) > 0 {
		list = slices.Concat(list, own)
	}
	if len(b.everywhere) > 0 {
		list = slices.Concat(b.everywhere, list)
	}
	return span{rules: list}
}

func (s *span) open(now int64) bool {
	return s.always || slices.ContainsFunc(s.rules, func(r rule) bool { return r.at(now) == judge.GrantNow })
}

// forEver reports that it is open from now on without end.
func (s *span) forEver(now int64) bool {
	return s.always || slices.ContainsFunc(s.rules, func(r rule) bool { return r.hours.zone == nil && r.from <= now && r.until == 0 })
}

// exceeds reports whether there is a moment from now on at which s is open and t
// is not. It looks at the week from now, and at the week from each date of a
// rule: what differs by hours differs within a week.
func (s *span) exceeds(t *span, now int64) bool {
	switch {
	case t.forEver(now), !s.always && len(s.rules) == 0:
		return false
	case s.always && len(t.rules) == 0, s.open(now) && !t.open(now):
		return true
	case !s.always && !t.always && slices.Equal(s.rules, t.rules):
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
func dates(list []rule, now int64) []int64 {
	all := []int64{now}
	for i := range list {
		for _, at := range []int64{list[i].from, list[i].until} {
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
func turns(list []rule, start int64) []int64 {
	all := []int64{start}
	end := start + 8*dayMS
	for i := range list {
		h := &list[i].hours
		if h.zone == nil {
			continue
		}
		at := time.UnixMilli(start).In(h.zone)
		_, now := at.Zone()
		_, later := time.UnixMilli(end).In(h.zone).Zone()
		if _, change := at.ZoneBounds(); !change.IsZero() && change.UnixMilli() < end {
			all = append(all, change.UnixMilli()) // where clocks are put forward or back
		}
		for _, offset := range []int{now, later} {
			shift := int64(offset) * 1000
			midnight := (start+shift)/dayMS*dayMS - shift
			for ; midnight < end; midnight += dayMS {
				for _, minute := range []int16{h.from, h.to} {
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
