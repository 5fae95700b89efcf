package demo

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"time"

	"involt/internal/core/card"
	"involt/internal/core/charge"
	"involt/internal/core/decision"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/kit/db"
)

// days is how far the history goes back.
const days = 150

// charges makes up the sessions of the last months, and counts them on their
// people. Nothing is stored yet.
func (b *builder) charges() {
	byPerson := map[id.Person]*person.Person{}
	for _, p := range b.people {
		byPerson[p.ID] = p
	}
	var drivers []int // indexes into cards
	for i, c := range b.cards {
		if p := byPerson[c.Person]; p.Status == person.Active || p.Status == person.Deactivated {
			drivers = append(drivers, i)
			if p.Status == person.Active && c.State == "active" && len(b.town.Cards) < 200 {
				b.town.Cards = append(b.town.Cards, c.UID)
			}
		}
	}
	meters := map[id.Charger]int64{}
	perDay := max(3, len(drivers)/16)
	number := 0
	for day := days; day > 0; day-- {
		midnight := b.now.Truncate(24 * time.Hour).Add(-time.Duration(day) * 24 * time.Hour)
		today := perDay
		if wd := midnight.Weekday(); wd == time.Saturday || wd == time.Sunday {
			today /= 2
		}
		for range today {
			// A few charge often, most now and then.
			c := b.cards[drivers[int(float64(len(drivers))*b.rnd.Float64()*b.rnd.Float64())]]
			at := b.chargers[b.rnd.IntN(len(b.chargers))]
			number++
			v := b.oneCharge(at, midnight, number, meters)
			v.Workspace, v.Card, v.Person, v.CardUID = b.by.Workspace, c.ID, c.Person, c.UID
			b.sessions = append(b.sessions, v)
			p := byPerson[c.Person]
			p.Sessions, p.Wh = p.Sessions+1, p.Wh+v.Wh
			if v.Ended.After(p.LastCharge) {
				p.LastCharge = v.Ended
			}
			if v.Ended.After(c.LastUsed) {
				c.LastUsed = v.Ended
			}
		}
	}
	slices.SortFunc(b.sessions, func(x, y charge.Charge) int { return x.Started.Compare(y.Started) })
	for i := range b.sessions {
		b.sessions[i].ID = id.New[id.Charge]()
	}
}

func (b *builder) oneCharge(at site.Charger, midnight time.Time, number int, meters map[id.Charger]int64) charge.Charge {
	start := midnight.Add(6*time.Hour + time.Duration(b.rnd.IntN(14*60))*time.Minute)
	power := []int64{3700, 7400, 11000, 22000}[b.rnd.IntN(4)]
	if at.Model == "DC 150" {
		power = 60000
	}
	wh := int64(4000 + b.rnd.IntN(42000))
	took := time.Duration(float64(wh)/float64(power)*1.15*3600) * time.Second
	before := meters[at.ID]
	meters[at.ID] += wh
	return charge.Charge{
		Charger: at.ID, EVSE: 1, Connector: 1, Protocol: "ocpp1.6", TxID: fmt.Sprintf("h%d", number), StartKey: fmt.Sprintf("history %d", number),
		Reason: string(decision.Allowed), Started: start, Ended: start.Add(took), MeterStart: before, MeterNow: before + wh, Wh: wh,
		StopReason: pick(b.rnd, []string{"EVDisconnected", "Local", "EVDisconnected", "Remote"}),
	}
}

// makeHistory stores the sessions, and the taps that were refused.
func (b *builder) makeHistory(tx *db.Tx) error {
	if err := charge.Load(tx, b.sessions); err != nil {
		return err
	}
	var list []decision.Decision
	for _, s := range b.sessions {
		if s.Started.After(b.now.Add(-30 * 24 * time.Hour)) {
			list = append(list, decision.Decision{
				At: s.Started, Charger: s.Charger, EVSE: s.EVSE, CardUID: s.CardUID, Card: s.Card, Person: s.Person, Allowed: true, Reason: decision.Allowed,
			})
		}
	}
	reasons := []decision.Reason{decision.UnknownCard, decision.UnknownCard, decision.NotThisPlace, decision.UserDeactivated, decision.CardBlocked, decision.UserNotActive}
	for i := range len(list) / 8 {
		d := decision.Decision{
			At: b.now.Add(-time.Duration(b.rnd.IntN(30*24*60)) * time.Minute), Charger: b.chargers[b.rnd.IntN(len(b.chargers))].ID, EVSE: 1,
			Reason: reasons[i%len(reasons)], CardUID: fmt.Sprintf("04%012X", b.rnd.Int64N(1<<48)),
		}
		switch { // one unknown card is somebody's, read back to front, and one in the pocket of somebody who was there
		case i == 0:
			d.CardUID = card.Reversed(list[len(list)-1].CardUID)
		case i == 1:
			d.At, d.Charger = list[len(list)/2].At.Add(-3*time.Minute), list[len(list)/2].Charger
		}
		if d.Reason != decision.UnknownCard {
			c := b.cards[b.rnd.IntN(len(b.cards))]
			d.CardUID, d.Card, d.Person = c.UID, c.ID, c.Person
		}
		list = append(list, d)
	}
	slices.SortFunc(list, func(x, y decision.Decision) int { return x.At.Compare(y.At) })
	for i := range list {
		list[i].ID, list[i].Workspace, list[i].Source = id.New[id.Decision](), b.by.Workspace, "ocpp1.6"
	}
	_, err := decision.Load(tx, each(list))
	return err
}

// each yields the items of a list.
func each[T any](list []T) iter.Seq[T] { return slices.Values(list) }

func pick(r *rand.Rand, list []string) string { return list[r.IntN(len(list))] }
