package demo

import (
	"context"
	"fmt"
	"slices"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/kit/db"
)

// event is something that happened once.
type event struct {
	at time.Time
	do func(*db.Tx) error
}

// actor is one of the first four users, who are staff, acting.
func (b *builder) actor(i int) access.Actor {
	p := b.people[min(i, len(b.people)-1)]
	return access.Actor{Workspace: b.by.Workspace, Name: journal.About("person", p.ID), Person: p.ID, Perms: access.All}
}

// on runs do as if it were at.
func (b *builder) on(ctx context.Context, at time.Time, do func(*db.Tx) error) error {
	old := b.d.Clock
	b.d.Clock = func(now time.Time) time.Time { return at }
	defer func() { b.d.Clock = old }()
	return b.d.Update(ctx, do)
}

// past is what a workspace remembers of its last weeks, the oldest first.
func (b *builder) past() (list []event) {
	ago := func(days, hour, minute int) time.Time {
		return b.now.Truncate(24 * time.Hour).Add(-time.Duration(days)*24*time.Hour + time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
	}
	add := func(at time.Time, do func(*db.Tx) error) {
		if at.Before(b.now) {
			list = append(list, event{at, do})
		}
	}
	say := func(at time.Time, by int, what, about string, value map[string]any) {
		add(at, func(tx *db.Tx) error { return journal.Record(tx, b.actor(by), what, about, value) })
	}
	n := 0
	for i, p := range b.people {
		if i < 4 {
			continue
		}
		about := journal.About("person", p.ID)
		switch {
		case p.Status == person.Invited:
			add(b.now.Add(-time.Duration(20+n*7%1000)*time.Minute), func(tx *db.Tx) error { return b.invites(tx, p, i) })
		case p.Status == person.Active && p.Identity != "" && p.Created.After(b.now.Add(-110*24*time.Hour)):
			at := p.StatusAt
			if at.After(b.now.Add(-time.Hour)) {
				at = b.now.Add(-time.Duration(60+n*13%9000) * time.Minute)
			}
			add(at, func(tx *db.Tx) error { return b.invites(tx, p, i) })
		case p.Status == person.Deactivated:
			say(ago(3+n%50, 9+n%8, n%60), 2, "person.deactivated", about, map[string]any{"from": person.Active, "to": p.Status, "reason": p.StatusReason})
		case p.Status == person.ToBeApproved:
			add(ago(1+n%6, 8+n%9, n%60), func(tx *db.Tx) error {
				self := access.Actor{Workspace: p.Workspace, Name: about, Person: p.ID}
				return journal.Record(tx, self, "application.received", about, map[string]any{"email": p.Email, "to": p.Status})
			})
		case p.Status == person.Active && i%19 == 0:
			say(ago(2+n%40, 10+n%6, n%60), 0, "person.updated", about, map[string]any{"cost_center": []string{costCenters[i%4], p.CostCenter}, "info_2": []string{"", p.Info2}})
		case p.Status == person.Active && i%23 == 0:
			say(ago(1+n%30, 11+n%6, n%60), 2, "person.updated", about, map[string]any{"phone": []string{"", fmt.Sprintf("+49 40 5550 %03d", i)}})
		case p.Status == person.Active && i%29 == 0:
			if c := b.cardOf(p); c != nil {
				say(ago(1+n%20, 7+n%9, n%60), 0, "card.assigned", journal.About("card", c.ID), map[string]any{"uid": c.UID, "person": p.ID})
			}
		}
		n++
	}
	for i, c := range b.cards {
		if c.State == "blocked" {
			say(ago(1+i%25, 16, i%60), 2, "card.blocked", journal.About("card", c.ID), map[string]any{"uid": c.UID, "person": c.Person, "from": "active", "to": "blocked", "reason": "Reported lost"})
		}
	}
	say(ago(21, 9, 12), 0, "settings.changed", journal.About("workspace", b.by.Workspace), map[string]any{"info_2": []string{"Info 2", "Parking space"}})
	say(ago(14, 15, 40), 3, "charger.key-changed", journal.About("charger", b.chargers[0].ID), nil)
	say(ago(11, 10, 5), 0, "group.updated", journal.About("group", b.groups[4].ID), map[string]any{"description": []string{"Guests", b.groups[4].Description}})
	for _, s := range b.special {
		if s != nil && s.Status == person.Declined {
			say(ago(4, 13, 20), 2, "person.declined", journal.About("person", s.ID), map[string]any{"from": person.ToBeApproved, "to": s.Status, "message": "We have no places left in this garage."})
		}
	}
	if leaver := b.special[len(specials)-1]; leaver != nil {
		say(ago(2, 9, 45), 2, "person.departure-planned", journal.About("person", leaver.ID), map[string]any{"at": b.now.Add(12 * 24 * time.Hour).UnixMilli(), "reason": "Last day at work"})
	}
	if fleet := b.membersOf(b.groups[1], 60); len(fleet) > 0 {
		add(ago(5, 14, 3), func(tx *db.Tx) error {
			_, err := b.makeBulk(tx, fleet)
			return err
		})
	}
	slices.SortStableFunc(list, func(x, y event) int { return x.at.Compare(y.at) })
	return list
}

// makePast writes it down. What happened on one day comes in one transaction,
// each at its own minute.
func (b *builder) makePast(ctx context.Context) error {
	list := b.past()
	for len(list) > 0 {
		day := list[0].at.Truncate(24 * time.Hour)
		n := 1
		for n < len(list) && list[n].at.Truncate(24*time.Hour).Equal(day) {
			n++
		}
		if err := b.on(ctx, list[0].at, func(tx *db.Tx) error {
			for _, e := range list[:n] {
				tx.Now = e.at
				if err := e.do(tx); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
		list = list[n:]
	}
	return nil
}
