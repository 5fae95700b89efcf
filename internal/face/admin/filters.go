package admin

import (
	"context"
	"slices"

	"involt/internal/core/id"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"
)

var (
	periods = frame.Periods
	span    = frame.Span
	paging  = frame.Paging
	pagerOf = frame.Pager
	selects = frame.Selects
)

// mostOffered is how many chargers or locations a select offers. Where there
// are more, search and the charger's own page lead to the filtered list.
const mostOffered = 500

// offered are the chargers, the chosen one among them, and the locations a list
// can be narrowed to; none for those who may not see them. A chosen charger that
// is not there is an errs.NotFound.
func (c *Console) offered(ctx context.Context, v *visit, chosen id.Charger) (chargers, locations []ui.Option, err error) {
	if !v.opens(c.menu["/chargers"]) {
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
