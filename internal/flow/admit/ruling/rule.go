// Package ruling is one rule of who may charge where, as decisions keep it in memory: its
// place, its dates and its hours; and whether some rules leave a place open where others
// would not.
package ruling

import (
	"strings"
	"time"

	"involt/internal/core/grant"
	"involt/internal/core/id"
	"involt/internal/flow/admit/judge"
)

// Rule opens one place for some time.
type Rule struct {
	Place       id.Raw // a location or a charger; zero: everywhere
	From, Until int64  // milliseconds since 1970; 0: no limit
	Hours       Hours
}

// Hours are [grant.Hours] with their zone at hand.
type Hours struct {
	Zone     *time.Location // nil: always
	From, To int16          // minutes of a day
	Days     grant.Days
}

// At says whether the rule holds at a moment: NotNow or GrantNow.
func (r *Rule) At(now int64) judge.Match {
	if r.From <= now && (r.Until == 0 || now < r.Until) && (r.Hours.Zone == nil || r.Hours.in(now)) {
		return judge.GrantNow
	}
	return judge.NotNow
}

func (h *Hours) in(now int64) bool { return h.said().In(minuteOfWeek(now, h.Zone)) }

// said are the hours as the grant says them, but for the zone's name.
func (h *Hours) said() grant.Hours {
	return grant.Hours{Days: h.Days, From: int(h.From), To: int(h.To)}
}

const weekMinutes = 7 * 24 * 60

// minuteOfWeek is what the clocks of a zone show, in minutes since Monday at
// midnight. The standard library keeps the zone's present offset at hand: this
// costs some ten nanoseconds and no memory.
func minuteOfWeek(now int64, zone *time.Location) int {
	_, offset := time.UnixMilli(now).In(zone).Zone()
	minutes := (now/1000 + int64(offset)) / 60
	return int(((minutes+3*24*60)%weekMinutes + weekMinutes) % weekMinutes) // 1 January 1970 was a Thursday
}

// String is "Mon–Fri 07:00–19:00, Europe/Berlin", or "" for always.
func (h *Hours) String() string {
	if h.Zone == nil {
		return ""
	}
	said := h.said()
	said.Zone = h.Zone.String()
	return said.String()
}

// When says at which times a rule holds that is not for ever: its hours, and the
// dates that matter now. home is where dates are days.
func (r *Rule) When(now int64, home *time.Location) string {
	var parts []string
	if said := r.Hours.String(); said != "" {
		parts = append(parts, said)
	}
	if now < r.From {
		parts = append(parts, "from "+time.UnixMilli(r.From).In(home).Format("2 Jan 2006"))
	}
	if r.Until != 0 {
		// The last day is the one before the first moment that is no longer in it.
		parts = append(parts, "until "+time.UnixMilli(r.Until-1).In(home).Format("2 Jan 2006"))
	}
	return strings.Join(parts, ", ")
}
