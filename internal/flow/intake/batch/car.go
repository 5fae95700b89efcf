package batch

import (
	"strings"

	"involt/internal/core/card"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/core/source"
	"involt/internal/core/vehicle"
	"involt/internal/flow/intake/back"
	"involt/internal/flow/intake/sheet"
	"involt/internal/kit/db"
)

// car is a vehicle that the database has or a row makes.
type car struct {
	vehicle.Vehicle
	holder  *target // nil until a row is about it
	isNew   bool
	listed  bool // among Batch.cars: it is to be written
	changes []sheet.Change
}

// carPlan is what a row makes of a vehicle, until the row is taken.
type carPlan struct {
	*car
	next    vehicle.Vehicle
	changes []sheet.Change
	macs    *cardPlan // the card of its MAC, if that is to be written too
}

// knowCars reads the vehicles that the rows name, by plate or MAC.
func (b *Batch) knowCars(k keys) error {
	list, err := vehicle.Known(b.tx, b.r.By.Workspace, k.plates, k.macs)
	if err != nil {
		return err
	}
	var holders []id.Person
	for i := range list {
		v := &list[i]
		if b.carsByID[v.ID] != nil {
			continue
		}
		c := &car{Vehicle: *v}
		b.carsByID[v.ID] = c
		b.nameCar(c)
		if b.byID[v.Person] == nil {
			holders = append(holders, v.Person)
		}
	}
	people, err := person.ByIDs(b.tx, b.r.By.Workspace, holders)
	b.know(people)
	return err
}

// nameCar notes by what a vehicle is known.
func (b *Batch) nameCar(c *car) {
	if c.Plate != "" {
		b.carsByKey[sheet.PlateKey(c.Country, c.Plate)] = c
	}
	if c.MAC != "" {
		b.carsByKey[c.CardUID()] = c
	}
}

// vehicle returns what is to be written of the row's vehicle, nil if nothing is.
func (b *Batch) vehicle(e *Entry, t *target) (*carPlan, *sheet.Problem, error) {
	if e.Vehicle == nil || e.Prior != nil && e.Prior.Car {
		return nil, nil, nil
	}
	no := func(c sheet.Column, text string) (*carPlan, *sheet.Problem, error) {
		return nil, &sheet.Problem{Line: e.Number, Column: c, Text: text}, nil
	}
	var have *car
	for _, key := range e.VehicleKeys() {
		c := b.carsByKey[key]
		switch {
		case c == nil:
		case c.holder != nil && c.holder != t, c.holder == nil && (t.isNew || c.Person != t.ID):
			column := sheet.VehicleMAC
			if c.Plate != "" && key == sheet.PlateKey(c.Country, c.Plate) {
				column = sheet.VehiclePlate
			}
			return no(column, "This vehicle belongs to "+b.driver(c)+" already. Take it from them first.")
		case have != nil && have != c:
			return no(sheet.VehicleMAC, "The plate and the MAC address belong to two vehicles of this user.")
		default:
			have = c
		}
	}
	if have == nil && !t.isNew && len(e.VehicleKeys()) == 0 {
		var err error
		if have, err = b.byName(e, t); err != nil {
			return nil, nil, err
		}
		if have != nil { // it is called so already, perhaps in another spelling
			said := *e.Vehicle
			said.Make, said.Model = have.Make, have.Model
			e.Vehicle = &said
		}
	}
	p := &carPlan{car: have}
	if have == nil {
		p.car = &car{Vehicle: vehicle.Vehicle{Workspace: b.r.By.Workspace}, isNew: true}
	}
	p.next = p.Vehicle
	p.changes = e.FillVehicle(&p.next)
	b.keepCar(t, p)
	if len(p.changes) == 0 {
		return nil, nil, nil
	}
	if p.MAC != "" && p.next.MAC != p.MAC {
		return no(sheet.VehicleMAC, "This vehicle has another MAC address, "+p.MAC+". Change it on the user's page: its card goes with it.")
	}
	if p.next.MAC == p.MAC || e.Card.UID == p.next.CardUID() {
		return p, nil, nil
	}
	problem := b.autocharge(e, t, p)
	return p, problem, nil
}

// keepCar takes back of a plan's changes those of what somebody wrote of the vehicle
// by hand, and says so in them.
func (b *Batch) keepCar(t *target, p *carPlan) {
	s, there := b.sources[t.ID][source.Vehicle(p.ID)]
	if p.isNew || !there || !s.Kind.ByHand() || b.r.Overwrite {
		return
	}
	for i := range p.changes {
		if c := &p.changes[i]; c.Old != "" {
			c.Kept = byHand(s, b.r.Zone)
			(&back.CarWas{Changes: p.changes[i : i+1]}).Restore(&p.next)
		}
	}
}

// autocharge plans the card by which a vehicle's MAC charges, as it is on the
// user's page.
func (b *Batch) autocharge(e *Entry, t *target, p *carPlan) *sheet.Problem {
	like := Entry{Line: sheet.Line{Number: e.Number, Card: sheet.Card{UID: p.next.CardUID(), Typed: p.next.CardUID(), Kind: string(card.MAC)}}}
	if b.cards[like.Card.UID] == nil {
		private := false
		like.Card.Business = &private
	}
	cp, problem := b.card(&like, t)
	if problem != nil {
		problem.Column = sheet.VehicleMAC
		return problem
	}
	p.macs = cp
	return nil
}

// byName finds a vehicle of a known user that has neither plate nor MAC, by its
// make and model.
func (b *Batch) byName(e *Entry, t *target) (*car, error) {
	list, err := vehicle.Of(b.tx, b.r.By.Workspace, t.ID)
	if err != nil {
		return nil, err
	}
	for i := range list {
		v := &list[i]
		if b.carsByID[v.ID] == nil {
			b.carsByID[v.ID] = &car{Vehicle: *v}
			b.nameCar(b.carsByID[v.ID])
		}
		if strings.EqualFold(v.Name(), e.Vehicle.Name()) {
			return b.carsByID[v.ID], nil
		}
	}
	return nil, nil
}

func (b *Batch) driver(c *car) string {
	if c.holder != nil {
		return c.holder.Name()
	}
	if t := b.byID[c.Person]; t != nil {
		return t.Name()
	}
	return "another user"
}

// drive carries a row's plan for a vehicle out, in memory.
func (b *Batch) drive(t *target, p *carPlan) {
	c, made := p.car, sheet.Made(p.changes)
	if len(made) == 0 {
		return
	}
	c.Vehicle, c.holder = p.next, t
	c.changes = append(c.changes, made...)
	b.nameCar(c)
	if p.macs != nil {
		b.plan(p.macs)
	}
	if !c.listed {
		c.listed = true
		b.cars = append(b.cars, c)
	}
}

// writeCars stores vehicles; their users and cards are stored already.
func (b *Batch) writeCars(tx *db.Tx, u *back.Undo) error {
	_, err := vehicle.Load(tx, func(yield func(*vehicle.Vehicle) bool) {
		for _, c := range b.cars {
			c.Person = c.holder.ID
			if c.isNew && !yield(&c.Vehicle) {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	for _, c := range b.cars {
		if !c.isNew {
			if err := vehicle.Save(tx, &c.Vehicle); err != nil {
				return err
			}
		}
		was := back.CarWas{Vehicle: c.ID, Holder: c.Person, As: back.Written(&c.Vehicle)}
		if !c.isNew {
			was.Changes = c.changes
		}
		u.Cars = append(u.Cars, was)
		if c.holder.isNew {
			continue
		}
		if err := source.Set(tx, c.Workspace, source.Source{Person: c.Person, Field: source.Vehicle(c.ID), Kind: source.File, Origin: b.r.About(), At: tx.Now}); err != nil {
			return err
		}
	}
	return nil
}
