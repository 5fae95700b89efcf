package people

import (
	"context"
	"slices"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/source"
	"involt/internal/core/vehicle"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Taken is an error about something that somebody else has: a plate, a MAC
// address, an e-mail address. Person is who, for a link to them.
type Taken struct {
	Person id.Person
	err    error
}

func (t *Taken) Error() string { return t.err.Error() }

// Unwrap returns the sentence, an errs.Invalid at its field.
func (t *Taken) Unwrap() error { return t.err }

// taken says at a field that somebody else has something: "The plate B-EV 1".
// Without personal data it does not say who.
func taken(tx *db.Tx, by access.Actor, field, what string, owner id.Person) error {
	p, err := person.ByID(tx, by.Workspace, owner)
	switch {
	case errs.KindOf(err) == errs.NotFound:
		return errs.AtField(field, "%s belongs to a user who was deleted just now. It is free once they are erased, within half an hour.", what)
	case err != nil:
		return err
	}
	see, err := person.Sight(tx, by, access.PeopleRead, owner)
	switch kind := errs.KindOf(err); {
	case err != nil && (kind == errs.NotFound || kind == errs.Denied): // of a part of the workspace that is not by's
		return errs.AtField(field, "%s belongs to another user.", what)
	case err != nil:
		return err
	case !see.Perms.Has(access.PersonalData):
		return &Taken{owner, errs.AtField(field, "%s belongs to another user.", what)}
	default:
		return &Taken{owner, errs.AtField(field, "%s belongs to %s.", what, p.Name())}
	}
}

// AddVehicle gives a person a vehicle. A MAC makes a card by which the car
// charges without one (Autocharge). A plate or MAC that another vehicle has is a
// [Taken].
func (s *Service) AddVehicle(ctx context.Context, by access.Actor, who id.Person, v vehicle.Vehicle) (_ vehicle.Vehicle, err error) {
	defer errs.Wrap(&err, "people.AddVehicle")
	if err := mayDrive(by, v.MAC != ""); err != nil {
		return v, err
	}
	if err := v.Clean(); err != nil {
		return v, err
	}
	v.Workspace, v.Person = by.Workspace, who
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		if err := person.Reach(tx, by, driving(v.MAC != ""), who); err != nil {
			return err
		}
		if _, err := person.ByID(tx, by.Workspace, who); err != nil {
			return err
		}
		if err := unclaimed(tx, by, &v); err != nil {
			return err
		}
		if err := vehicle.Insert(tx, &v); err != nil {
			return errs.Or(unclaimed(tx, by, &v), err) // somebody was quicker: say who
		}
		if err := macCard(tx, by, who, "", v.CardUID()); err != nil {
			return err
		}
		if err := source.Note(tx, by, who, source.Vehicle(v.ID)); err != nil {
			return err
		}
		return journal.Record(tx, by, "vehicle.added", journal.About("person", who), map[string]any{"vehicle": v.ID, "name": v.Name(), "plate": v.Plate, "country": v.Country, "mac": v.MAC})
	})
	return v, err
}

// SaveVehicle writes a vehicle back. v.Version must be that of the row the change
// was made on; if somebody else changed it since, that is an errs.Conflict.
func (s *Service) SaveVehicle(ctx context.Context, by access.Actor, v vehicle.Vehicle) (_ vehicle.Vehicle, err error) {
	defer errs.Wrap(&err, "people.SaveVehicle")
	if err := mayDrive(by, false); err != nil {
		return v, err
	}
	if err := v.Clean(); err != nil {
		return v, err
	}
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		old, err := vehicle.ByID(tx, by.Workspace, v.ID)
		if err != nil {
			return err
		}
		if _, err := person.ByID(tx, by.Workspace, old.Person); err != nil {
			return err
		}
		v.Workspace, v.Person, v.Created = old.Workspace, old.Person, old.Created
		if err := person.Reach(tx, by, driving(v.MAC != old.MAC), v.Person); err != nil {
			return err
		}
		if err := unclaimed(tx, by, &v); err != nil {
			return err
		}
		if err := vehicle.Save(tx, &v); err != nil {
			return err
		}
		if err := macCard(tx, by, v.Person, old.CardUID(), v.CardUID()); err != nil {
			return err
		}
		values := vehicleDifference(&old, &v)
		if len(values) == 0 {
			return nil
		}
		if err := source.Note(tx, by, v.Person, source.Vehicle(v.ID)); err != nil {
			return err
		}
		values["vehicle"], values["name"] = v.ID, v.Name()
		return journal.Record(tx, by, "vehicle.changed", journal.About("person", v.Person), values)
	})
	return v, err
}

// RemoveVehicle takes a vehicle away, and the card of its MAC with it.
func (s *Service) RemoveVehicle(ctx context.Context, by access.Actor, one id.Vehicle) (err error) {
	defer errs.Wrap(&err, "people.RemoveVehicle")
	if err := mayDrive(by, false); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		v, err := vehicle.ByID(tx, by.Workspace, one)
		if err != nil {
			return err
		}
		if _, err := person.ByID(tx, by.Workspace, v.Person); err != nil {
			return err
		}
		if err := person.Reach(tx, by, driving(v.MAC != ""), v.Person); err != nil {
			return err
		}
		if err := vehicle.Delete(tx, by.Workspace, one); err != nil {
			return err
		}
		if err := macCard(tx, by, v.Person, v.CardUID(), ""); err != nil {
			return err
		}
		if err := source.Drop(tx, by.Workspace, v.Person, source.Vehicle(one)); err != nil {
			return err
		}
		return journal.Record(tx, by, "vehicle.removed", journal.About("person", v.Person), map[string]any{"vehicle": v.ID, "name": v.Name(), "plate": v.Plate, "country": v.Country})
	})
}

// mayDrive refuses whoever may change nobody's vehicles.
func mayDrive(by access.Actor, mac bool) error { return by.NeedSome(driving(mac)) }

// driving is what changing a vehicle needs: a plate is personal data, and a MAC is
// a card.
func driving(mac bool) access.Perm {
	if mac {
		return access.PeopleWrite | access.PersonalData | access.CardsWrite
	}
	return access.PeopleWrite | access.PersonalData
}

// unclaimed refuses a plate or MAC that another vehicle has, and says whose.
func unclaimed(tx *db.Tx, by access.Actor, v *vehicle.Vehicle) error {
	var wrong errs.List
	for _, look := range []struct {
		field, what string
		find        func() (vehicle.Vehicle, error)
	}{
		{"plate", "The plate " + v.Plate, func() (vehicle.Vehicle, error) {
			return vehicle.ByPlate(tx, by.Workspace, v.Country, v.Plate)
		}},
		{"mac", "The MAC address " + v.MAC, func() (vehicle.Vehicle, error) { return vehicle.ByMAC(tx, by.Workspace, v.MAC) }},
	} {
		other, err := look.find()
		switch {
		case errs.KindOf(err) == errs.NotFound, err == nil && other.ID == v.ID:
		case err != nil:
			return err
		case other.Person == v.Person:
			wrong.Add(errs.AtField(look.field, "%s is here already: it is on this user's other vehicle.", look.what))
		default:
			wrong.Add(taken(tx, by, look.field, look.what, other.Person))
		}
	}
	return wrong.Err()
}

// macCard ends the card of a MAC that a person's vehicle had and makes the one of
// the MAC it has now; both may be "".
func macCard(tx *db.Tx, by access.Actor, who id.Person, was, now string) error {
	if was == now {
		return nil
	}
	if was != "" {
		c, err := card.ByUID(tx, by.Workspace, was)
		if err == nil && c.Person == who {
			if err := spare(tx, by.Workspace, who, c.ID, now != ""); err != nil {
				return err
			}
			err = endCard(tx, by, &c, "its vehicle no longer has this MAC address")
		}
		if err != nil && errs.KindOf(err) != errs.NotFound {
			return err
		}
	}
	if now == "" {
		return nil
	}
	c, err := card.ByUID(tx, by.Workspace, now)
	switch {
	case errs.KindOf(err) == errs.NotFound:
		c = card.Card{Workspace: by.Workspace, UID: now, Kind: card.MAC, Typed: now, State: card.Active, Person: who}
		if err := card.Insert(tx, &c); err != nil {
			return err
		}
	case err != nil:
		return err
	case c.Person != "" && c.Person != who:
		return taken(tx, by, "mac", "The card of this MAC address", c.Person)
	case c.Person == "" && by.Need(access.CardsWrite) != nil: // the workspace's stock is not theirs to take from
		return errs.AtField("mac", "The card of this MAC address is here already and nobody's. Ask an admin of this workspace to give it to them.")
	default: // in stock, or learned at a charger and waiting for a yes
		c.Person = who
		if c.State != card.Active {
			if err := c.Become(card.Active); err != nil {
				return err
			}
		}
		if err := card.Save(tx, &c); err != nil {
			return err
		}
	}
	return journal.Record(tx, by, "card.assigned", journal.About("card", c.ID), map[string]any{"uid": c.UID, "person": who})
}

// spare refuses to end the last card of somebody without an e-mail address, who
// has nothing else to be told by, unless another one takes its place.
func spare(tx *db.Tx, ws id.Workspace, who id.Person, one id.Card, replaced bool) error {
	if replaced {
		return nil
	}
	// Two who take the last but one away at the same moment must see each other.
	if err := invite.LockPeople(tx, ws, who); err != nil {
		return err
	}
	p, err := person.ByID(tx, ws, who)
	if err != nil || !p.NeedsCard() || p.Status == person.Deactivated || p.Status == person.Declined {
		return err
	}
	cards, err := liveCards(tx, &p)
	if err == nil && !slices.ContainsFunc(cards, func(c card.Card) bool { return c.ID != one }) {
		err = person.ErrLastCard
	}
	return err
}

// endCard deactivates a card for good.
func endCard(tx *db.Tx, by access.Actor, c *card.Card, reason string) error {
	before := c.State
	if err := c.Become(card.Deactivated); err != nil {
		return err
	}
	if err := card.Save(tx, c); err != nil {
		return err
	}
	return journal.Record(tx, by, "card.removed", journal.About("card", c.ID), map[string]any{"uid": c.UID, "person": c.Person, "from": before, "to": c.State, "reason": reason})
}

// vehicleDifference lists what changed, as field → [before, after].
func vehicleDifference(a, b *vehicle.Vehicle) map[string]any {
	d := map[string]any{}
	for field, v := range map[string][2]any{
		"plate": {a.Plate, b.Plate}, "country": {a.Country, b.Country}, "make": {a.Make, b.Make}, "model": {a.Model, b.Model},
		"battery_wh": {a.BatteryWh, b.BatteryWh}, "mac": {a.MAC, b.MAC},
	} {
		if v[0] != v[1] {
			d[field] = v
		}
	}
	return d
}
