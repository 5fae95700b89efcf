package sheet

import (
	"time"

	"involt/internal/core/reimburse"
	"involt/internal/kit/errs"
	"involt/internal/kit/table"
)

// parseTerms reads from when until when somebody may charge, whether they are to be
// invited, and what they are paid back, into l.
func (h *Header) parseTerms(row table.Row, zone *time.Location, l *Line, warn func(Column, string)) *Problem {
	var err error
	if text := h.cell(row, StartDate); text != "" {
		if l.From, err = ParseDate(text, zone); err != nil {
			return &Problem{l.Number, StartDate, errs.Text(err)}
		}
	}
	if text := h.cell(row, EndDate); text != "" {
		last, err := readDate(text, zone)
		if err == nil && last.Year() <= lastYear { // 9999-12-31 is how others write that there is no end
			if last, err = ParseDate(text, zone); err == nil {
				l.Until = last.AddDate(0, 0, 1) // the last day counts
			}
		}
		if err != nil {
			return &Problem{l.Number, EndDate, errs.Text(err)}
		}
	}
	if !l.From.IsZero() && !l.Until.IsZero() && !l.Until.After(l.From) {
		return &Problem{l.Number, EndDate, "The access would end before it begins."}
	}
	if text := h.cell(row, Invite); text != "" {
		yes, ok := yesNo[headingKey(text)]
		if !ok {
			return &Problem{l.Number, Invite, text + " is neither yes nor no."}
		}
		if yes && l.Email == "" {
			warn(Invite, "There is no e-mail address in this row; nobody can be invited.")
			yes = false
		}
		l.Invite = &yes
	}
	if text := h.cell(row, ReimbursementRate); text != "" {
		if l.Rate, err = reimburse.ParseRate(text); err != nil {
			return &Problem{l.Number, ReimbursementRate, errs.Text(err)}
		}
	}
	return nil
}

var yesNo = map[string]bool{
	"yes": true, "y": true, "true": true, "1": true, "x": true, "ja": true, "j": true, "wahr": true, "waar": true, "oui": true, "o": true, "vrai": true, "si": true, "s": true, "verdadero": true, "invite": true,
	"no": false, "n": false, "false": false, "0": false, "nein": false, "falsch": false, "nee": false, "onwaar": false, "non": false, "faux": false, "falso": false,
}

// FirstDay and LastDay spell the bounds of somebody's access as days; "" for none.
func FirstDay(t time.Time, zone *time.Location) string { return day(t, zone) }

// LastDay is the day before the first moment after.
func LastDay(t time.Time, zone *time.Location) string { return lastDay(t, zone) }
