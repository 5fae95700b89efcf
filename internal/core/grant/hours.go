package grant

import (
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // hours mean the same on every machine, also where it has no zones of its own

	"involt/internal/kit/errs"
)

// Days are days of the week; bit 0 is Monday. None means every day.
type Days uint8

// AllDays are the seven.
const AllDays Days = 1<<7 - 1

// DayNames are the days as they are written, Monday first.
var DayNames = [7]string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}

// Has reports whether the day that stands so many days behind Monday is one of d.
func (d Days) Has(day int) bool { return d == 0 || d&(1<<day) != 0 }

// String is "Mon–Fri", "Mon, Wed, Fri" or "Every day".
func (d Days) String() string {
	if d&AllDays == 0 || d&AllDays == AllDays {
		return "Every day"
	}
	var parts []string
	for i := 0; i < 7; i++ {
		if !d.Has(i) {
			continue
		}
		end := i
		for end < 6 && d.Has(end+1) {
			end++
		}
		switch end - i {
		case 0:
			parts = append(parts, DayNames[i])
		case 1:
			parts = append(parts, DayNames[i], DayNames[end])
		default:
			parts = append(parts, DayNames[i]+"–"+DayNames[end])
		}
		i = end
	}
	return strings.Join(parts, ", ")
}

// Hours are the days and the time of the day at which a grant holds, as clocks
// on the wall of a time zone show them. The zero value is always.
//
// Where the clocks are put forward, the hours that are left out are in nothing;
// where they are put back, those that come twice count twice.
type Hours struct {
	Days Days
	From int    // minute of the day
	To   int    // the first that is no longer in it. Both 0: all day. Before From: it goes over midnight, and the day is the one it began on
	Zone string // IANA; "" where nothing is said
}

// Always reports whether the hours leave nothing out.
func (h Hours) Always() bool { return h.Days&AllDays == 0 && h.From == 0 && h.To == 0 }

// Clean puts the hours into the one form in which they are kept, and says what
// is wrong with them, at the fields "days", "from_time", "to_time" and
// "time_zone".
func (h *Hours) Clean() error {
	var wrong errs.List
	if h.Days > AllDays {
		wrong.Add(errs.AtField("days", "A week has seven days. Choose among them."))
	}
	const day = 24 * 60
	if h.From < 0 || h.From >= day {
		wrong.Add(errs.AtField("from_time", "Write the time as hours and minutes, for instance 07:00."))
	}
	if h.To < 0 || h.To > day {
		wrong.Add(errs.AtField("to_time", "Write the time as hours and minutes, for instance 19:00."))
	}
	switch {
	case h.From == h.To && h.From != 0:
		wrong.Add(errs.AtField("to_time", "It would end when it begins. Choose another time, or leave both times empty for the whole day."))
	case h.To == day:
		h.To = 0 // midnight, which is also how a whole day ends
	}
	if err := wrong.Err(); err != nil {
		return err
	}
	if h.Days == AllDays {
		h.Days = 0
	}
	if h.Always() {
		*h = Hours{}
		return nil
	}
	if _, err := time.LoadLocation(h.Zone); err != nil || h.Zone == "" || h.Zone == "Local" {
		return errs.AtField("time_zone", "%q is not a time zone. Use a name like Europe/Berlin.", h.Zone)
	}
	return nil
}

// In reports whether the hours hold in a minute of a week that begins on Monday
// at midnight, by the clocks of their zone.
func (h Hours) In(minuteOfWeek int) bool {
	day, minute := minuteOfWeek/(24*60), minuteOfWeek%(24*60)
	if h.From < h.To || h.From == h.To {
		return h.Days.Has(day) && (h.From == h.To || h.From <= minute && minute < h.To)
	}
	return minute >= h.From && h.Days.Has(day) || minute < h.To && h.Days.Has((day+6)%7)
}

// String is "Mon–Fri 07:00–19:00, Europe/Berlin", or "" for always.
func (h Hours) String() string {
	if h.Always() {
		return ""
	}
	text := h.Days.String()
	if h.From != 0 || h.To != 0 {
		text += " " + Clock(h.From) + "–" + Clock(h.To)
	}
	return text + ", " + h.Zone
}

// Clock writes a minute of the day as "07:00".
func Clock(minute int) string { return fmt.Sprintf("%02d:%02d", minute/60, minute%60) }

// ParseClock reads "7:00", "07:00" or "24:00"; "" is midnight.
func ParseClock(text string) (minute int, ok bool) {
	if text == "" {
		return 0, true
	}
	t, err := time.Parse("15:04", text)
	if text == "24:00" {
		return 24 * 60, true
	}
	return t.Hour()*60 + t.Minute(), err == nil
}
