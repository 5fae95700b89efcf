package leave

import (
	"context"
	"fmt"
	"iter"
	"time"

	"involt/internal/bench"
	"involt/internal/core/card"
	"involt/internal/core/charge"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/core/vehicle"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
)

// town is a workspace with a past: people with a card and one or two groups each,
// every other one with a vehicle, and ten sessions each.
type town struct {
	ws       id.Workspace
	now      time.Time
	chargers []id.Charger
	people   []person.Person
	cards    []card.Card
}

// fill makes a town with so many sessions.
func (t *town) fill(ctx context.Context, d *db.DB, sessions int) error {
	for _, step := range []func(*db.Tx) error{t.found, func(tx *db.Tx) error { return t.settle(tx, max(20, sessions/10)) }, t.own} {
		if err := d.Update(ctx, step); err != nil {
			return err
		}
	}
	const atOnce = 20_000
	for from := 0; from < sessions; from += atOnce {
		if err := d.Update(ctx, func(tx *db.Tx) error { return charge.Load(tx, t.past(from, min(sessions, from+atOnce))) }); err != nil {
			return err
		}
	}
	// What a server learns about its tables within minutes, this one has to be told.
	return d.Update(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`ANALYZE`)
		return err
	})
}

const (
	places, chargers = 100, 5 // chargers per place
	groups           = 200
)

func (t *town) found(tx *db.Tx) error {
	w := workspace.New("bench", "Bench")
	if err := workspace.Insert(tx, &w); err != nil {
		return err
	}
	t.ws, t.now = w.ID, tx.Now
	for i := range places {
		l := site.Location{Workspace: t.ws, Name: fmt.Sprintf("Gare de Lyon, level %d", i), City: "Dijon", Country: "FR", TimeZone: "Europe/Paris"}
		if err := site.InsertLocation(tx, &l); err != nil {
			return err
		}
		for j := range chargers {
			c := site.Charger{Workspace: t.ws, Identity: fmt.Sprintf("BENCH-%03d-%d", i, j), Location: l.ID, Vendor: "Alturo", Model: "Duo 44"}
			if err := site.InsertCharger(tx, &c, 2); err != nil {
				return err
			}
			t.chargers = append(t.chargers, c.ID)
		}
	}
	return nil
}

// settle brings people, with their cards and groups.
func (t *town) settle(tx *db.Tx, n int) error {
	r := bench.Dice("people")
	var all []id.Group
	for i := range groups {
		g := group.Group{Workspace: t.ws, Name: fmt.Sprintf("%s %d", bench.LastNames[i%len(bench.LastNames)], i)}
		if err := group.Insert(tx, &g); err != nil {
			return err
		}
		all = append(all, g.ID)
	}
	for i := range n {
		p := person.Person{
			Workspace: t.ws, ID: id.New[id.Person](), FirstName: bench.FirstNames[r.IntN(len(bench.FirstNames))], LastName: bench.LastNames[r.IntN(len(bench.LastNames))],
			Email: fmt.Sprintf("person.%d@fleet-%d.example", i, i%97), ExternalID: fmt.Sprintf("E-%07d", i), CostCenter: fmt.Sprint(4000 + r.IntN(40)*10),
			Info1: fmt.Sprintf("Floor %d", r.IntN(20)), Status: person.Active, StatusAt: t.now, Created: t.now,
		}
		if i%100 == 7 { // a name that a spreadsheet would run
			p.LastName, p.Info2 = "=SUM(A1:A9)", "a \"quoted\" note; with a semicolon"
		}
		t.people = append(t.people, p)
		t.cards = append(t.cards, card.Card{Workspace: t.ws, ID: id.New[id.Card](), UID: fmt.Sprintf("04%012X", i*7919+1), Kind: card.RFID, Printed: fmt.Sprintf("NG-%07d", i), State: card.Active, Person: p.ID})
	}
	if _, err := person.Load(tx, each(t.people)); err != nil {
		return err
	}
	if _, err := card.Load(tx, each(t.cards)); err != nil {
		return err
	}
	_, err := group.Load(tx, t.ws, func(yield func(group.Membership) bool) {
		for i, p := range t.people {
			if !yield(group.Membership{Group: all[i%groups], Person: p.ID}) || i%4 == 1 && !yield(group.Membership{Group: all[(i+1)%groups], Person: p.ID}) {
				return
			}
		}
	})
	return err
}

func each[T any](list []T) iter.Seq[*T] {
	return func(yield func(*T) bool) {
		for i := range list {
			if !yield(&list[i]) {
				return
			}
		}
	}
}

func (t *town) own(tx *db.Tx) error {
	for i := 0; i < len(t.people); i += 2 {
		v := vehicle.Vehicle{Workspace: t.ws, Person: t.people[i].ID, Plate: fmt.Sprintf("NL-%06d", i), Country: "NL", Make: "Kia", Model: "EV6"}
		if err := vehicle.Insert(tx, &v); err != nil {
			return err
		}
	}
	return nil
}

// past makes the sessions from one number to another, of anybody at any time of
// two years.
func (t *town) past(from, to int) (list []charge.Charge) {
	r := bench.Dice(fmt.Sprint("sessions", from))
	for i := from; i < to; i++ {
		who := r.IntN(len(t.people))
		began := t.now.Add(-time.Duration(r.IntN(2*365*24*3600)) * time.Second)
		wh := int64(1000 + r.IntN(60_000))
		list = append(list, charge.Charge{
			Workspace: t.ws, ID: id.New[id.Charge](), Charger: t.chargers[r.IntN(len(t.chargers))], EVSE: int64(1 + i%2), Connector: 1, Protocol: "ocpp1.6", TxID: fmt.Sprint(i), StartKey: fmt.Sprint(i),
			CardUID: t.cards[who].UID, Card: t.cards[who].ID, Person: t.people[who].ID, Reason: "allowed", Started: began, Ended: began.Add(time.Duration(600+r.IntN(20_000)) * time.Second),
			MeterNow: wh, Wh: wh, Status: charge.Ended, StopReason: "Local",
		})
	}
	return list
}
