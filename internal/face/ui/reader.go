package ui

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Reader is the person a page is made for: what they read, where their clock
// stands. Middleware of a face puts it into the context once per request.
type Reader struct {
	Lang  string         // BCP 47, "en" when empty; the page's lang attribute
	Words *Words         // nil: WordsOf(Lang)
	Zone  *time.Location // nil: UTC
	Now   time.Time      // when the page is made; relative times count from it. Zero: the process's clock
	Theme string         // "", "light" or "dark": forces a theme; only the gallery does
}

type readerKey struct{}

// WithReader returns a context in which components speak to rd.
func WithReader(ctx context.Context, rd Reader) context.Context {
	return context.WithValue(ctx, readerKey{}, rd.whole())
}

// ReaderOf returns the reader of ctx with every field filled; English and UTC
// without one.
func ReaderOf(ctx context.Context) Reader {
	if rd, ok := ctx.Value(readerKey{}).(Reader); ok {
		return rd
	}
	return Reader{}.whole()
}

func (rd Reader) whole() Reader {
	if rd.Lang == "" {
		rd.Lang = "en"
	}
	if rd.Words == nil {
		rd.Words = WordsOf(rd.Lang)
	}
	if rd.Zone == nil {
		rd.Zone = time.UTC
	}
	if rd.Now.IsZero() {
		rd.Now = time.Now()
	}
	return rd
}

// separators returns the marks between thousands and before decimals. Thin
// no-break spaces keep a number on one line.
func (rd Reader) separators() (group, point string) {
	switch rd.Lang[:min(2, len(rd.Lang))] {
	case "de", "nl", "es", "it":
		return ".", ","
	case "fr":
		return "\u202f", ","
	}
	return ",", "."
}

// Int writes a whole number with its thousands apart: "12,480".
func (rd Reader) Int(n int64) string {
	group, _ := rd.separators()
	s := strconv.FormatInt(n, 10)
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "−", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + group + s[i:]
	}
	return sign + s
}

// Decimal writes n × 10^-places, such as a count of Wh as kWh with places 3,
// rounded half up to digits after the point.
func (rd Reader) Decimal(n int64, places, digits int) string {
	neg := n < 0
	if neg {
		n = -n
	}
	if places > digits {
		cut := int64(1)
		for ; places > digits; places-- {
			cut *= 10
		}
		n = (n + cut/2) / cut
	}
	for ; places < digits; places++ {
		n *= 10
	}
	pow := int64(1)
	for range digits {
		pow *= 10
	}
	_, point := rd.separators()
	s := rd.Int(n / pow)
	if digits > 0 {
		s += point + fmt.Sprintf("%0*d", digits, n%pow)
	}
	if neg && n != 0 {
		s = "−" + s
	}
	return s
}

// Money writes minor units of a currency: Money(1250, "EUR") is "€12.50", in
// German "12,50 €". A currency without a sign here keeps its code.
func (rd Reader) Money(minor int64, currency string) string {
	digits := 2
	switch currency {
	case "JPY", "KRW", "ISK", "CLP", "VND":
		digits = 0
	case "BHD", "KWD", "JOD", "OMR", "TND":
		digits = 3
	}
	n := rd.Decimal(minor, digits, digits)
	sign, ok := map[string]string{"EUR": "€", "GBP": "£", "USD": "$"}[currency]
	if group, _ := rd.separators(); group == "," {
		if !ok {
			return currency + "\u00a0" + n
		}
		if rest, neg := strings.CutPrefix(n, "−"); neg {
			return "−" + sign + rest
		}
		return sign + n
	}
	if !ok {
		sign = currency
	}
	return n + "\u00a0" + sign
}

// Date writes the day in the reader's zone: "22 Nov 2026", in German
// "22. Nov. 2026".
func (rd Reader) Date(t time.Time) string {
	t = t.In(rd.Zone)
	dot := ""
	if strings.HasPrefix(rd.Lang, "de") {
		dot = "."
	}
	return fmt.Sprintf("%d%s %s %d", t.Day(), dot, rd.Words.Months[t.Month()-1], t.Year())
}

// DateTime writes day and minute in the reader's zone: "22 Nov 2026, 10:21".
func (rd Reader) DateTime(t time.Time) string {
	return rd.Date(t) + t.In(rd.Zone).Format(", 15:04")
}

// Ago writes t as seen from now: "4 min ago", "yesterday", "in 3 h", and the
// date when it is more than two weeks away.
func (rd Reader) Ago(t time.Time) string {
	w := rd.Words
	d := rd.Now.Sub(t)
	if d < 0 {
		d = -d
		switch {
		case d < time.Minute:
			return w.Soon
		case d < time.Hour:
			return fmt.Sprintf(w.InMin, int(d.Minutes()))
		case d < 24*time.Hour:
			return fmt.Sprintf(w.InHour, int(d.Hours()))
		case d < 48*time.Hour:
			return w.Tomorrow
		case d < 14*24*time.Hour:
			return fmt.Sprintf(w.InDay, int(d.Hours()/24))
		}
		return rd.Date(t)
	}
	switch {
	case d < time.Minute:
		return w.Just
	case d < time.Hour:
		return fmt.Sprintf(w.MinAgo, int(d.Minutes()))
	case d < 24*time.Hour:
		return fmt.Sprintf(w.HourAgo, int(d.Hours()))
	case d < 48*time.Hour:
		return w.Yest
	case d < 14*24*time.Hour:
		return fmt.Sprintf(w.DayAgo, int(d.Hours()/24))
	}
	return rd.Date(t)
}

// Duration writes a length of time to the minute: "2 h 05 min", "45 min".
func (rd Reader) Duration(d time.Duration) string {
	m := int(d.Round(time.Minute).Minutes())
	hour := "h"
	if strings.HasPrefix(rd.Lang, "de") {
		hour = "Std."
	}
	if m < 60 {
		return fmt.Sprintf("%d\u00a0min", m)
	}
	return fmt.Sprintf("%d\u00a0%s %02d\u00a0min", m/60, hour, m%60)
}

// initials takes the first letter of the first and of the last word of a name
// that have one, and "?" where there is none. Emoji and signs are passed over.
func initials(name string) string {
	var letters []rune
	for word := range strings.FieldsSeq(name) {
		for _, r := range word {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				letters = append(letters, unicode.ToUpper(r))
				break
			}
		}
	}
	switch len(letters) {
	case 0:
		return "?"
	case 1:
		return string(letters)
	}
	return string([]rune{letters[0], letters[len(letters)-1]})
}
