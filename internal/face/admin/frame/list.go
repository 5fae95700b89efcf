package frame

import (
	"net/url"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"

	"github.com/a-h/templ"
)

// Periods are the spans of time that lists can be narrowed to.
var Periods = []ui.Option{
	{Value: "today", Label: "Today"},
	{Value: "yesterday", Label: "Yesterday"},
	{Value: "7d", Label: "Last 7 days"},
	{Value: "30d", Label: "Last 30 days"},
	{Value: "month", Label: "This month"},
	{Value: "last-month", Label: "Last month"},
}

// Span is a period as moments, by whole days of the reader's zone. A name that
// is not in Periods is all of time: two zero times.
func Span(period string, rd ui.Reader) (from, to time.Time) {
	now := rd.Now.In(rd.Zone)
	day := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, rd.Zone) }
	y, m, d := now.Date()
	switch period {
	case "today":
		return day(y, m, d), time.Time{}
	case "yesterday":
		return day(y, m, d-1), day(y, m, d)
	case "7d":
		return day(y, m, d-6), time.Time{}
	case "30d":
		return day(y, m, d-29), time.Time{}
	case "month":
		return day(y, m, 1), time.Time{}
	case "last-month":
		return day(y, m-1, 1), day(y, m, 1)
	}
	return from, to
}

// DayOf reads a day as addresses and date fields spell it, "2026-11-22", as its
// first moment in the reader's zone. ok is false for anything else.
func DayOf(text string, rd ui.Reader) (day time.Time, ok bool) {
	day, err := time.ParseInLocation(time.DateOnly, text, rd.Zone)
	return day, err == nil
}

// Paging reads which page of a list an address asks for.
func Paging(q url.Values) browse.Paging { return browse.Paging{At: q.Get("after") + q.Get("before")} }

// Pager are the links to the pages before and after of the list "list".
func Pager(u *url.URL, p browse.Page) ui.PagerProps {
	pg := ui.PagerProps{From: p.From, To: p.To, Total: p.Total, About: p.About, Target: "list"}
	if p.Prev != "" {
		pg.Prev = ui.WithQuery(u, "before", p.Prev)
	}
	if p.Next != "" {
		pg.Next = ui.WithQuery(u, "after", p.Next)
	}
	return pg
}

// ExportButton leads to the file of a list, narrowed down as its address u says. It
// stands within the list, so that it follows what the list is narrowed down to. only leaves its label to screen readers.
func ExportButton(v *Visit, u *url.URL, list string, only bool) templ.Component {
	to := v.To(list + "/export")
	if q := u.Query(); len(q) > 0 {
		for _, name := range []string{"after", "before", "done", "n"} {
			q.Del(name)
		}
		to += "?" + q.Encode()
	}
	return ui.LinkButton(ui.ButtonProps{Label: "Export", Icon: "download", Only: only, Variant: "outline", Href: strings.TrimSuffix(to, "?")})
}

// Selects makes a filter of options, or none where there is nothing to choose.
func Selects(name, label, value string, options []ui.Option) []ui.Filter {
	if len(options) == 0 {
		return nil
	}
	return []ui.Filter{{Name: name, Label: label, Value: value, Options: options}}
}

// needs is the permission that the pages of things need, by the first part of
// their path.
var needs = map[string]access.Perm{
	"users": access.PeopleRead, "accounts": access.AccountsRead, "groups": access.PeopleRead, "cards": access.CardsRead, "locations": access.PlacesRead, "chargers": access.PlacesRead, "sessions": access.SessionsRead,
}

// Linked draws the name of what an entry of the journal happened to, as a link
// where there is a page that the reader may open.
func Linked(v *Visit, name, href string) templ.Component {
	root, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(href, v.Base), "/"), "/")
	if need, there := needs[root]; href == "" || there && !v.reaches(need, root, strings.TrimPrefix(href, v.Base+"/"+root+"/")) {
		return ui.Text(name)
	}
	if root == "chargers" || root == "locations" || root == "groups" {
		return ui.A(name, href)
	}
	return SheetLink(name, href)
}

// reaches reports whether the visitor may open the page of a thing that was named
// to them. People, cards and sessions are named within their reach only.
func (v *Visit) reaches(need access.Perm, root, one string) bool {
	switch root {
	case "groups":
		return v.Holds(need, access.InGroup, one)
	case "locations":
		return v.Holds(need, access.AtLocation, one)
	case "chargers":
		return v.Whole(need)
	default:
		return v.Somewhere(need)
	}
}
