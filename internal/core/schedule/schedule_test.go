package schedule

import (
	"testing"
	"time"
)

func TestNext(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name  string
		s     Schedule
		after string
		want  string
	}{
		{"today", Schedule{Every: Daily, Hour: 6}, "2026-11-22T03:00:00Z", "2026-11-22T06:00:00+01:00"},
		{"tomorrow", Schedule{Every: Daily, Hour: 6}, "2026-11-22T05:00:00Z", "2026-11-23T06:00:00+01:00"},
		{"on a day without that hour", Schedule{Every: Daily, Hour: 2}, "2026-03-28T12:00:00Z", "2026-03-29T03:00:00+02:00"},
		{"on a day with that hour twice", Schedule{Every: Daily, Hour: 2}, "2026-10-24T12:00:00Z", "2026-10-25T02:00:00+01:00"},
		{"and once only", Schedule{Every: Daily, Hour: 2}, "2026-10-25T01:00:00Z", "2026-10-26T02:00:00+01:00"},
		{"on Monday", Schedule{Every: Weekly, Day: 1, Hour: 7}, "2026-11-22T12:00:00Z", "2026-11-23T07:00:00+01:00"},
		{"on Sunday", Schedule{Every: Weekly, Day: 7, Hour: 23}, "2026-11-22T12:00:00Z", "2026-11-22T23:00:00+01:00"},
		{"next Sunday", Schedule{Every: Weekly, Day: 7, Hour: 13}, "2026-11-22T12:00:00Z", "2026-11-29T13:00:00+01:00"},
		{"on the first", Schedule{Every: Monthly, Day: 1, Hour: 0}, "2026-12-31T23:30:00Z", "2027-02-01T00:00:00+01:00"},
		{"on the 28th", Schedule{Every: Monthly, Day: 28, Hour: 9}, "2027-02-01T00:00:00Z", "2027-02-28T09:00:00+01:00"},
	} {
		after, err := time.Parse(time.RFC3339, tc.after)
		if err != nil {
			t.Fatal(err)
		}
		if got := tc.s.Next(after, berlin).Format(time.RFC3339); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
	}
}

func TestCheck(t *testing.T) {
	good := Schedule{Name: "x", Every: Daily, Emails: []string{"a@b.example"}}
	hook := Schedule{Name: "x", Every: Weekly, Day: 1, Method: "PUT", URL: "https://data.example/in?x=1"}
	for _, s := range []Schedule{good, hook} {
		if err := s.Check(); err != nil {
			t.Errorf("%+v: %v", s, err)
		}
	}
	for name, change := range map[string]func(s *Schedule){
		"no name": func(s *Schedule) { s.Name = "" }, "an odd rhythm": func(s *Schedule) { s.Every = "year" }, "an eighth day": func(s *Schedule) { s.Day = 8 },
		"a 29th": func(s *Schedule) { s.Every, s.Day = Monthly, 29 }, "a 25th hour": func(s *Schedule) { s.Hour = 24 }, "another method": func(s *Schedule) { s.Method = "DELETE" },
		"http": func(s *Schedule) { s.URL = "http://data.example/" }, "a password": func(s *Schedule) { s.URL = "https://a:b@data.example/" }, "nowhere": func(s *Schedule) { s.URL = "https:///x" },
		"a line break": func(s *Schedule) { s.URL = "https://data.example/\r\nX: y" }, "a file": func(s *Schedule) { s.URL = "file:///etc/passwd" },
		"nobody": func(s *Schedule) { s.URL, s.Method = "", "" },
	} {
		s := hook
		change(&s)
		if s.Check() == nil {
			t.Errorf("%s is taken", name)
		}
	}
}
