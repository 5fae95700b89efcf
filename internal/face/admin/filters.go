package admin

import (
	"context"
	"net/url"
	"slices"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"
)

// periods are the spans of time that lists can be narrowed to.
var periods = []ui.Option{
	{Value: "today", Label: "Today"},
	{Value: "7d", Label: "Last 7 days"},
	{Value: "30d", Label: "Last 30 days"},
	{Value: "month", Label: "This month"},
	{Value: "last-month", Label: "Last month"},
}

// span is a period as moments, by whole days of the reader's zone. A name that
// is not in periods is all of time: two zero times.
func span(period string, rd ui.Reader) (from, to time.Time) {
	now := rd.Now.In(rd.Zone)
	day := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, rd.Zone) }
	y, m, d := now.Date()
	switch period {
	case "today":
		return day(y, m, d), time.Time{}
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

// paging reads which page of a list an address asks for.
func paging(q url.Values) browse.Paging { return browse.Paging{At: q.Get("after") + q.Get("before")} }

// pagerOf are the links to the pages before and after.
func pagerOf(u *url.URL, p browse.Page) ui.PagerProps {
	pg := ui.PagerProps{From: p.From, To: p.To, Total: p.Total, About: p.About, Target: "list"}
	if p.Prev != "" {
		pg.Prev = ui.WithQuery(u, "before", p.Prev)
	}
	if p.Next != "" {
		pg.Next = ui.WithQuery(u, "after", p.Next)
	}
	return pg
}

// mostOffered is how many chargers or locations a select offers. Where there
// are more, search and the charger's own page lead to the filtered list.
const mostOffered = 500

// offered are the chargers, the chosen one among them, and the locations a list
// can be narrowed to; none for those who may not see them. A chosen charger that
// is not there is an errs.NotFound.
func (c *Console) offered(ctx context.Context, v *visit, chosen id.Charger) (chargers, locations []ui.Option, err error) {
	if !v.may(access.PlacesRead) {
		return nil, nil, nil
	}
	found, err := c.Browse.Chargers(ctx, v.By, browse.ChargerFilter{Paging: browse.Paging{Limit: mostOffered}})
	if err != nil {
		return nil, nil, err
	}
	for _, h := range found.Rows {
		chargers = append(chargers, ui.Option{Value: string(h.ID), Label: h.Name})
	}
	if chosen != "" && !slices.ContainsFunc(chargers, func(o ui.Option) bool { return o.Value == string(chosen) }) {
		one, err := c.Browse.Charger(ctx, v.By, chosen)
		if err != nil {
			return nil, nil, err
		}
		chargers = append(chargers, ui.Option{Value: string(one.ID), Label: one.Name})
	}
	places, err := c.Browse.Locations(ctx, v.By, "")
	for _, l := range places {
		locations = append(locations, ui.Option{Value: string(l.ID), Label: l.Name})
	}
	return chargers, locations, err
}

// selects makes a filter of options, or none where there is nothing to choose.
func selects(name, label, value string, options []ui.Option) []ui.Filter {
	if len(options) == 0 {
		return nil
	}
	return []ui.Filter{{Name: name, Label: label, Value: value, Options: options}}
}
