package booking

import (
	"cmp"
	"context"
	"slices"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/charge"
	"involt/internal/core/id"
	"involt/internal/core/site"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// mostW is more than any charger gives, for what a meter may have counted.
const mostW = 1_000_000

// adopt ends a session whose end came before its start: the earliest parked one that
// fits by charger, card, time and meter, unless another session began there in
// between. Of a start that comes from the journal the charger may have told the end
// to another replica meanwhile: the number then says whose end it is.
func (s *Service) adopt(tx *db.Tx, c *charge.Charge, kept bool) error {
	list, err := charge.Waiting(tx, c.Workspace, c.Charger, c.Started)
	if err != nil {
		return err
	}
	named := -1
	if kept {
		named = slices.IndexFunc(list, func(o charge.Orphan) bool { return o.TxID == c.TxID })
	}
	if named >= 0 {
		list = list[named : named+1]
	}
	for i := range list {
		o := &list[i]
		if named < 0 && !fits(c, o) {
			continue
		}
		if other, err := charge.BeganBetween(tx, c, ending(o)); named < 0 && (err != nil || other) {
			if err != nil {
				return err
			}
			continue
		}
		if mine, err := charge.Adopt(tx, o, c.ID); err != nil || !mine {
			return err
		}
		info := StopInfo{TxID: o.TxID, Token: o.CardUID, MeterWh: o.MeterStop, Reason: o.StopReason, Received: o.Received}
		if o.At.UnixMilli() > 0 {
			info.At = o.At
		}
		return s.stop(tx, c, info)
	}
	return nil
}

// ending is when an orphan ended, or came if it does not say.
func ending(o *charge.Orphan) time.Time {
	if o.At.UnixMilli() > 0 {
		return o.At
	}
	return o.Received
}

// fits reports whether an end may be that of a session.
func fits(c *charge.Charge, o *charge.Orphan) bool {
	if o.CardUID != "" && o.CardUID != c.CardUID {
		return false // who ends another's session is not known by a number alone
	}
	took := ending(o).Sub(c.Started)
	if took < 0 {
		return false
	}
	if c.MeterStart == charge.Unknown || !plausible(o.MeterStop) {
		return o.CardUID != "" // by card and time then
	}
	wh := o.MeterStop - c.MeterStart
	return wh >= 0 && float64(wh) <= 1000+mostW*took.Hours()
}

// OrphanStop is the end of a transaction that nobody had started, with names.
type OrphanStop struct {
	charge.Orphan

	ChargerName string
}

// MostOrphans is how many a list has at most, those that came last first.
const MostOrphans = 200

// Orphans lists ends of transactions that nobody has started: those whose start has
// not come yet, or all.
func (s *Service) Orphans(ctx context.Context, by access.Actor, all bool) (list []OrphanStop, err error) {
	defer errs.Wrap(&err, "booking.Orphans")
	if err := by.Need(access.SessionsRead | access.PlacesRead); err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		found, err := charge.Orphans(tx, by.Workspace, all, MostOrphans)
		if err != nil {
			return err
		}
		names := map[id.Charger]string{}
		for _, o := range found {
			name, known := names[o.Charger]
			if !known {
				h, err := site.ChargerByID(tx, by.Workspace, o.Charger)
				if err != nil {
					return err
				}
				name = cmp.Or(h.Name, h.Identity)
				names[o.Charger] = name
			}
			list = append(list, OrphanStop{o, name})
		}
		return nil
	})
	return list, err
}
