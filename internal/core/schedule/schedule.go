// Package schedule is exports that go out by themselves: what of which list, how
// often, to whom; and each time that they did.
package schedule

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/errs"
)

// Every is how often an export goes out.
type Every string

// The rhythms.
const (
	Daily   Every = "day"
	Weekly  Every = "week"
	Monthly Every = "month"
)

// Schedule is one export that goes out by itself.
type Schedule struct {
	Workspace  id.Workspace
	ID         id.Schedule
	Name       string
	What       string // the list: "users", "sessions"
	Query      string // of the list's address: which rows; "" for all
	Format     string // csv, xlsx or json
	Semicolons bool   // of CSV: between columns, with commas in decimals and a byte order mark
	Every      Every
	Day        int      // 1 is Monday, or the first of the month; 0 for every day
	Hour       int      // in the workspace's zone
	Emails     []string // to whom; none if it goes to an address of the web
	Method     string   // POST or PUT; "" for mail
	URL        string   // https; "" for mail
	Person     id.Person
	Paused     bool
	NextAt     time.Time
	Version    int64
	Created    time.Time
}

// ByMail reports whether it goes out by mail.
func (s *Schedule) ByMail() bool { return s.URL == "" }

// The limits of a schedule.
const (
	Most       = 50 // in a workspace
	MostEmails = 20
	maxName    = 100
	maxURL     = 500
)

// Check says what is wrong with a schedule, field by field.
func (s *Schedule) Check() error {
	var wrong errs.List
	if n := len([]rune(s.Name)); n == 0 || n > maxName {
		wrong.Add(errs.AtField("name", "Give it a name of at most %d characters.", maxName))
	}
	day := map[Every]int{Daily: 0, Weekly: 7, Monthly: 28}
	switch most, ok := day[s.Every]; {
	case !ok:
		wrong.Add(errs.AtField("every", "Choose every day, every week or every month."))
	case s.Every == Weekly && (s.Day < 1 || s.Day > most):
		wrong.Add(errs.AtField("day", "Choose a day of the week."))
	case s.Every == Monthly && (s.Day < 1 || s.Day > most):
		wrong.Add(errs.AtField("day", "Choose a day of the month from 1 to 28, which every month has."))
	}
	if s.Hour < 0 || s.Hour > 23 {
		wrong.Add(errs.AtField("hour", "Choose an hour from 0 to 23."))
	}
	if s.ByMail() {
		if n := len(s.Emails); n == 0 || n > MostEmails {
			wrong.Add(errs.AtField("emails", "Name the e-mail addresses of 1 to %d people who work in this workspace.", MostEmails))
		}
		return wrong.Err()
	}
	if s.Method != http.MethodPost && s.Method != http.MethodPut {
		wrong.Add(errs.AtField("method", "Choose POST or PUT."))
	}
	u, err := url.Parse(s.URL)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.Fragment != "" || len(s.URL) > maxURL || strings.ContainsAny(s.URL, " \r\n\t") {
		wrong.Add(errs.AtField("url", "Write the address as https://data.example.com/involt: https, without a name and password in it."))
	}
	return wrong.Err()
}

// Next returns the first moment behind after at which s is due, by the clocks of
// a zone.
func (s *Schedule) Next(after time.Time, zone *time.Location) time.Time {
	y, m, d := after.In(zone).Date()
	for i := 0; ; i++ {
		at := time.Date(y, m, d+i, s.Hour, 0, 0, 0, zone)
		weekday := int(at.Weekday())
		if weekday == 0 {
			weekday = 7
		}
		_, _, day := at.Date()
		if s.Every == Weekly && weekday != s.Day || s.Every == Monthly && day != s.Day || !at.After(after) {
			continue
		}
		return at
	}
}

// State is how far a run has come.
type State string

// The states.
const (
	Queued   State = "queued"
	Retrying State = "retrying" // it failed, and is tried again by itself
	Done     State = "done"
	Failed   State = "failed"
)

// Run is one time that an export went out, or did not.
type Run struct {
	Workspace id.Workspace
	ID        id.ExportRun
	Schedule  id.Schedule
	Due       time.Time // the moment that periods are told from
	State     State
	Tries     int64
	Rows      int64 // of the file
	Bytes     int64
	SentTo    []string // who has got it already
	Note      string   // why it failed, or what is to say; a sentence
	Ended     time.Time
}
