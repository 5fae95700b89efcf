package demo

import (
	"fmt"
	"time"

	"involt/internal/core/application"
	"involt/internal/core/bulk"
	"involt/internal/core/card"
	"involt/internal/core/claim"
	"involt/internal/core/grant"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/vehicle"
	"involt/internal/core/view"
	"involt/internal/kit/db"
)

// special is a user that a list has to cope with.
type special struct {
	first, last, external string
	status                person.Status
	mail                  string // "" for pool cars and guest cards
	car                   int    // index of models of cars plus 1; 0 for none
}

var specials = []special{
	{first: "Pool car", last: "HH-NG 101 E", external: "CAR-101", status: person.Active, car: 1},
	{first: "Pool car", last: "HH-NG 102 E", external: "CAR-102", status: person.Active, car: 2},
	{first: "Pool van", last: "RT-NG 8", external: "CAR-201", status: person.Active, car: 5},
	{first: "Guest card", last: "Reception", external: "GUEST-1", status: person.Active},
	{first: "Guest card", last: "Workshop", external: "GUEST-2", status: person.Imported},
	{first: "يوسف", last: "الأنصاري", external: "NG-20001", status: person.Active, mail: "yousef.ansari@northgrid.example", car: 3},
	{first: "נועה", last: "לוי", external: "NG-20002", status: person.Active, mail: "noa.levi@northgrid.example"},
	{first: "小明", last: "王", external: "NG-20003", status: person.Active, mail: "wang.xiaoming@northgrid.example", car: 4},
	{first: "Zoë 🦊", last: "Sommer 🌞", external: "NG-20004", status: person.Active, mail: "zoe.sommer@northgrid.example"},
	{
		first: "Maximiliane Friederike Wilhelmina Theodora", last: "von und zu Hohenstein-Wartenburg auf Niederkirchen-Oberdorf", external: "NG-20005", status: person.Active,
		mail: "maximiliane.friederike.wilhelmina.theodora.von.hohenstein-wartenburg@northgrid.example", car: 6,
	},
	{first: "Tobias", last: "Wendt", external: "NG-20006", status: person.Declined, mail: "tobias.wendt@example.org"},
	{first: "Nele", last: "Abbing", external: "NG-20007", status: person.Active, mail: "nele.abbing@northgrid.example", car: 2}, // leaves soon
}

var cars = []struct {
	make, model, country, plate string
	wh                          int64
}{
	{"Renault", "Zoe R135", "DE", "HH-NG %dE", 52000},
	{"Volkswagen", "ID.4", "DE", "B-EV %dE", 77000},
	{"Tesla", "Model 3", "NL", "G-%03d-XB", 60000},
	{"Hyundai", "Kona Electric", "FR", "FA-%03d-QD", 64000},
	{"Mercedes-Benz", "eSprinter", "NL", "V-%03d-TK", 81000},
	{"Polestar", "2", "ES", "%04d LKM", 78000},
}

// christenSpecial makes p one of the specials if its turn has come: they are the
// last of the list, and only of one that is long enough to have them.
func (b *builder) christenSpecial(p *person.Person, i int) bool {
	at := i - (b.size.Users - len(specials))
	if at < 0 || b.size.Users < 5*len(specials) {
		return false
	}
	s := specials[at]
	p.FirstName, p.LastName, p.Email, p.Status, p.ExternalID = s.first, s.last, s.mail, s.status, s.external
	b.special[at] = p
	return true
}

// makeVehicles gives a car to every other user who charges, and theirs to the
// specials.
func (b *builder) makeVehicles(tx *db.Tx) error {
	for i, p := range b.people {
		kind := -1
		for at, s := range b.special {
			if s == p && specials[at].car > 0 {
				kind = specials[at].car - 1
			}
		}
		if kind < 0 && (p.Status != person.Active || i%2 == 0 || i >= b.size.Users-len(specials)) {
			continue
		}
		if kind < 0 {
			kind = b.rnd.IntN(len(cars))
		}
		c := cars[kind]
		v := vehicle.Vehicle{Workspace: p.Workspace, Person: p.ID, Country: c.country, Make: c.make, Model: c.model, BatteryWh: c.wh, Plate: fmt.Sprintf(c.plate, 100+i)}
		if i%7 == 0 {
			v.MAC = fmt.Sprintf("7C7A91%06X", b.rnd.Int64N(1<<24))
		}
		if err := v.Clean(); err != nil {
			return err
		}
		if err := vehicle.Insert(tx, &v); err != nil {
			return err
		}
	}
	return nil
}

// makeTerms lets visitors charge in working hours only.
func (b *builder) makeTerms(tx *db.Tx) error {
	visitors := b.groups[len(b.groups)-1]
	return grant.Insert(tx, &grant.Grant{
		Workspace: b.by.Workspace, Group: visitors.ID, Location: b.locations[0].ID,
		Hours: grant.Hours{Days: 0b0011111, From: 8 * 60, To: 18 * 60, Zone: b.locations[0].TimeZone},
	})
}

var pleas = []string{
	"I moved into block C, flat 12, and my charging point is P204.", "Moin! My team lead is Jan Petersen, he knows that I apply.", "",
	"Ik rij sinds deze maand elektrisch en wil graag op de zaak laden.", "New in the field service since Monday, starting with the Zoe.",
}

// makeApplicants lets those who wait for an answer have asked, and answers one.
func (b *builder) makeApplicants(tx *db.Tx) error {
	n := 0
	for _, p := range b.people {
		if p.Status != person.ToBeApproved && p.Status != person.Declined {
			continue
		}
		a := application.Application{Workspace: p.Workspace, Email: p.Email, FirstName: p.FirstName, LastName: p.LastName, Message: pleas[n%len(pleas)], Language: p.Language}
		n++
		if err := application.Insert(tx, b.keys, &a, time.Hour); err != nil {
			return err
		}
		if err := application.Confirm(tx, &a, p.ID); err != nil {
			return err
		}
		if p.Status == person.Declined {
			if err := application.Answer(tx, p.Workspace, p.ID, p.Email, b.admin(), "We have no places left in this garage."); err != nil {
				return err
			}
		}
	}
	return nil
}

// admin is who runs the place, for the journal.
func (b *builder) admin() string { return journal.About("person", b.people[0].ID) }

// makeOdds are the planned leaver, a printed code, saved views and a piece of
// bulk work that is done.
func (b *builder) makeOdds(tx *db.Tx) error {
	if leaver := b.special[len(specials)-1]; leaver != nil {
		y, m, d := b.now.Date()
		if err := person.PlanDeparture(tx, &person.Departure{
			Workspace: leaver.Workspace, Person: leaver.ID, At: time.Date(y, m, d+12, 0, 0, 0, 0, time.UTC), Reason: "Last day at work", PlannedBy: b.admin(),
		}); err != nil {
			return err
		}
	}
	if car := b.special[0]; car != nil {
		if err := claim.Make(tx, b.keys, &claim.Claim{Workspace: car.Workspace, Person: car.ID, MadeBy: b.admin()}); err != nil {
			return err
		}
	}
	for _, v := range []view.View{
		{Name: "Fleet, never charged", Query: "group=" + string(b.groups[1].ID) + "&never=yes", Shared: true},
		{Name: "Residents of block A", Query: "group=" + string(b.groups[2].ID), Shared: true},
	} {
		v.Workspace, v.List, v.Person = b.by.Workspace, "users", b.people[0].ID
		if err := view.Insert(tx, &v); err != nil {
			return err
		}
	}
	return nil
}

// makeBulk is a cost center that was set for many at once, some days ago.
func (b *builder) makeBulk(tx *db.Tx, fleet []id.Person) (id.Bulk, error) {
	w := bulk.Bulk{
		Workspace: b.by.Workspace, Action: bulk.CostCenter, Args: bulk.Args{CostCenter: "4300 Fleet"}, Asker: bulk.Asker{Person: b.people[0].ID}, Back: "group=" + string(b.groups[1].ID),
	}
	if err := bulk.Insert(tx, &w, fleet); err != nil {
		return "", err
	}
	skip := bulk.Places{}
	for i := range fleet {
		if i%13 == 12 {
			skip = append(skip, i)
		}
	}
	chunk, err := bulk.ChunkAt(tx, &w, 0)
	if err != nil {
		return "", err
	}
	chunk.Outcome = bulk.Outcome{At: tx.NowMS()}
	if len(skip) > 0 {
		chunk.Outcome.Skip = map[string]bulk.Places{"They have that cost center already.": skip}
	}
	if err := bulk.Settle(tx, &w, &chunk); err != nil {
		return "", err
	}
	w.State, w.Reached, w.Done = bulk.Done, w.Total, w.Total-int64(len(skip))
	w.Started, w.Ended, w.UndoUntil = tx.Now, tx.Now.Add(2*time.Second), tx.Now.Add(bulk.UndoFor)
	if err := bulk.Save(tx, &w); err != nil {
		return "", err
	}
	value := map[string]any{"action": w.Action, "total": w.Total}
	by := b.actor(0)
	if err := journal.Record(tx, by, "bulk.started", journal.About("bulk", w.ID), value); err != nil {
		return "", err
	}
	subjects := make([]string, 0, len(fleet))
	for _, p := range fleet {
		subjects = append(subjects, journal.About("person", p))
	}
	return w.ID, journal.RecordMany(tx, by, "person.updated", journal.About("bulk", w.ID), subjects, map[string]any{"to": w.Args.CostCenter, "field": "cost_center"})
}

// membersOf are the users of a group, at most n.
func (b *builder) membersOf(g group.Group, n int) (list []id.Person) {
	for _, m := range b.members {
		if m.Group == g.ID && len(list) < n {
			list = append(list, m.Person)
		}
	}
	return list
}

// cardOf is a user's first card; nil if there is none.
func (b *builder) cardOf(p *person.Person) *card.Card {
	for _, c := range b.cards {
		if c.Person == p.ID {
			return c
		}
	}
	return nil
}

func (b *builder) statusOf(who id.Person) person.Status {
	for _, p := range b.people {
		if p.ID == who {
			return p.Status
		}
	}
	return ""
}
