package grant

import (
	"strings"
	"testing"

	"involt/internal/kit/errs"
)

const (
	mon = 24 * 60 * iota
	tue
	wed
	thu
	fri
	sat
	sun
)

func at(day, hour, minute int) int { return day + hour*60 + minute }

const (
	weekdays Days = 1<<5 - 1
	friday   Days = 1 << 4
	sunday   Days = 1 << 6
)

// When a rule holds: its days, its hours, and what becomes of them at midnight.
func TestHours(t *testing.T) {
	day := Hours{From: 7 * 60, To: 19 * 60, Zone: "UTC"}
	night := Hours{From: 22 * 60, To: 6 * 60, Zone: "UTC"}
	for _, tc := range []struct {
		name string
		h    Hours
		in   []int
		out  []int
	}{
		{"always", Hours{}, []int{mon, at(wed, 3, 0), at(sun, 23, 59)}, nil},
		{"by day", day, []int{at(mon, 7, 0), at(sun, 18, 59)}, []int{at(mon, 6, 59), at(mon, 19, 0), sun}},
		{"weekdays, whole", Hours{Days: weekdays, Zone: "UTC"}, []int{mon, at(fri, 23, 59)}, []int{sat, at(sun, 23, 59)}},
		{"weekdays by day", Hours{weekdays, 7 * 60, 19 * 60, "UTC"}, []int{at(fri, 18, 59)}, []int{at(sat, 12, 0), at(fri, 19, 0)}},
		{"by night", night, []int{at(mon, 22, 0), at(tue, 5, 59), mon, at(sun, 23, 59)}, []int{at(mon, 6, 0), at(mon, 21, 59)}},
		{"the night that begins on Friday", Hours{friday, 22 * 60, 6 * 60, "UTC"}, []int{at(fri, 22, 0), at(sat, 5, 59)}, []int{at(fri, 5, 0), at(sat, 6, 0), at(sat, 22, 0)}},
		{"the night that begins on Sunday", Hours{sunday, 22 * 60, 6 * 60, "UTC"}, []int{at(sun, 22, 0), mon, at(mon, 5, 59)}, []int{at(mon, 6, 0), at(sun, 5, 0)}},
		{"until midnight", Hours{friday, 19 * 60, 0, "UTC"}, []int{at(fri, 19, 0), at(fri, 23, 59)}, []int{sat, at(fri, 18, 59)}},
		{"from midnight", Hours{friday, 0, 6 * 60, "UTC"}, []int{fri, at(fri, 5, 59)}, []int{at(fri, 6, 0), sat}},
	} {
		for _, m := range tc.in {
			if !tc.h.In(m) {
				t.Errorf("%s: not in minute %d", tc.name, m)
			}
		}
		for _, m := range tc.out {
			if tc.h.In(m) {
				t.Errorf("%s: in minute %d", tc.name, m)
			}
		}
	}
}

func TestHoursInWords(t *testing.T) {
	for _, tc := range []struct {
		h    Hours
		want string
	}{
		{Hours{}, ""},
		{Hours{weekdays, 7 * 60, 19 * 60, "Europe/Berlin"}, "Mon–Fri 07:00–19:00, Europe/Berlin"},
		{Hours{0, 22 * 60, 6*60 + 30, "UTC"}, "Every day 22:00–06:30, UTC"},
		{Hours{1<<5 | 1<<6, 0, 0, "UTC"}, "Sat, Sun, UTC"},
		{Hours{1 | 1<<2 | 1<<4, 0, 12 * 60, "UTC"}, "Mon, Wed, Fri 00:00–12:00, UTC"},
	} {
		if got := tc.h.String(); got != tc.want {
			t.Errorf("%+v: %q, want %q", tc.h, got, tc.want)
		}
	}
}

func TestHoursAreCheckedAtTheirFields(t *testing.T) {
	for _, tc := range []struct {
		h     Hours
		field string // "" for right
		want  Hours
	}{
		{Hours{Zone: "Nowhere"}, "", Hours{}}, // it says nothing
		{Hours{Days: AllDays}, "", Hours{}},
		{Hours{Days: friday, Zone: "Europe/Berlin"}, "", Hours{Days: friday, Zone: "Europe/Berlin"}},
		{Hours{From: 19 * 60, To: 24 * 60, Zone: "UTC"}, "", Hours{From: 19 * 60, Zone: "UTC"}},
		{Hours{To: 24 * 60}, "", Hours{}},
		{Hours{Days: friday}, "time_zone", Hours{}},
		{Hours{Days: friday, Zone: "Local"}, "time_zone", Hours{}},
		{Hours{Days: friday, Zone: "Europe/Atlantis"}, "time_zone", Hours{}},
		{Hours{From: 420, To: 420, Zone: "UTC"}, "to_time", Hours{}},
		{Hours{From: -1, To: 3, Zone: "UTC"}, "from_time", Hours{}},
		{Hours{From: 3, To: 24*60 + 1, Zone: "UTC"}, "to_time", Hours{}},
		{Hours{Days: 1 << 7, Zone: "UTC"}, "days", Hours{}},
	} {
		h := tc.h
		err := h.Clean()
		e, _ := firstField(err)
		if e != tc.field || tc.field == "" && h != tc.want {
			t.Errorf("%+v: wrong at %q, %v, became %+v", tc.h, e, err, h)
		}
	}
}

func firstField(err error) (string, bool) {
	for _, e := range unwrap(err) {
		if x, ok := e.(*errs.Error); ok { //nolint:errorlint // they are taken apart here
			return x.Field, true
		}
	}
	return "", false
}

func unwrap(err error) []error {
	if list, ok := err.(interface{ Unwrap() []error }); ok {
		return list.Unwrap()
	}
	if err == nil {
		return nil
	}
	return []error{err}
}

func TestClocksAreRead(t *testing.T) {
	for text, want := range map[string]int{"": 0, "07:00": 420, "7:05": 425, "23:59": 1439, "24:00": 1440} {
		if got, ok := ParseClock(text); !ok || got != want {
			t.Errorf("%q: %d, %v", text, got, ok)
		}
	}
	for _, text := range []string{"7", "25:00", "12:60", "noon", "-1:00", strings.Repeat("1", 99)} {
		if _, ok := ParseClock(text); ok {
			t.Errorf("%q is taken", text)
		}
	}
}
