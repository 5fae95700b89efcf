package users

import (
	"cmp"
	"context"
	"slices"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/core/vehicle"
	"involt/internal/face/api/frame"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Vehicle is a user's car as the API shows it.
type Vehicle struct {
	ID        string    `json:"id" doc:"The vehicle's id." example:"01kamb5nzh0q4t8v6w2y3x5z7c"`
	UserID    string    `json:"user_id" doc:"Whose it is." example:"01kamb5nzh0q4t8v6w2y3x5z7c"`
	Plate     *string   `json:"plate" doc:"As plates of its country are written; null if unknown, and without the permission personal-data." example:"B-EV 123E"`
	Country   *string   `json:"country" doc:"Of the plate: ISO 3166-1 alpha-2; null if unknown." example:"DE"`
	Make      *string   `json:"make" doc:"Null if unknown." example:"Volkswagen"`
	Model     *string   `json:"model" doc:"Null if unknown." example:"ID.3"`
	BatteryWh *int64    `json:"battery_wh" doc:"What its battery holds, in watt-hours; null if unknown." example:"58000"`
	MAC       *string   `json:"mac" doc:"By which it charges without a card (Autocharge): 12 hex digits; null if none, and without the permission personal-data." example:"007DFA012B3C"`
	Version   int64     `json:"version" doc:"Counts changes; If-Match compares it." example:"1"`
	CreatedAt time.Time `json:"created_at" doc:"When it was added."`
}

// vehicleFor shows vehicles to by.
func vehicleFor(by access.Actor) func(*vehicle.Vehicle) Vehicle {
	open := frame.MayKnow(by)
	return func(v *vehicle.Vehicle) Vehicle {
		shown := Vehicle{
			ID: string(v.ID), UserID: string(v.Person), Country: frame.OrNull(v.Country), Make: frame.OrNull(v.Make), Model: frame.OrNull(v.Model), Version: v.Version, CreatedAt: v.Created,
		}
		if v.BatteryWh != 0 {
			shown.BatteryWh = &v.BatteryWh
		}
		if open {
			shown.Plate, shown.MAC = frame.OrNull(v.Plate), frame.OrNull(v.MAC)
		}
		return shown
	}
}

type listVehiclesIn struct {
	frame.ByID
	frame.Listing
}

func (s *desk) listVehicles(ctx context.Context, by access.Actor, in *listVehiclesIn) (*frame.Listed[Vehicle], error) {
	who, err := frame.IDIn[id.Person](in.ID, "user")
	if err != nil {
		return nil, err
	}
	at, err := s.At(ctx, in.Listing, nil)
	if err != nil {
		return nil, err
	}
	var all []vehicle.Vehicle
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		if _, err := person.ByID(tx, by.Workspace, who); err != nil {
			return err
		}
		all, err = vehicle.Of(tx, by.Workspace, who)
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b vehicle.Vehicle) int { return cmp.Compare(a.ID, b.ID) })
	rows, next := frame.Whole(all, func(v vehicle.Vehicle) string { return string(v.ID) }, at, in.Limit)
	return frame.PageOf(ctx, s.Server, in.Listing, nil, frame.Each(rows, vehicleFor(by)), next)
}

func (s *desk) readVehicle(ctx context.Context, by access.Actor, in *frame.ByID) (*frame.One[Vehicle], error) {
	v, err := s.vehicle(ctx, by, in.ID)
	if err != nil {
		return nil, err
	}
	return vehicleAnswer(by, &v), nil
}

// vehicle reads one vehicle of somebody who is here.
func (s *desk) vehicle(ctx context.Context, by access.Actor, text string) (v vehicle.Vehicle, err error) {
	which, err := frame.IDIn[id.Vehicle](text, "vehicle")
	if err != nil {
		return v, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		if v, err = vehicle.ByID(tx, by.Workspace, which); err != nil {
			return err
		}
		if _, err := person.ByID(tx, by.Workspace, v.Person); err != nil {
			return errs.New(errs.NotFound, "There is no such vehicle.") // its user was deleted
		}
		return nil
	})
	return v, err
}

func vehicleAnswer(by access.Actor, v *vehicle.Vehicle) *frame.One[Vehicle] {
	out := &frame.One[Vehicle]{Body: vehicleFor(by)(v)}
	out.ETag = frame.Tag(v.Version, out.Body)
	return out
}

type createVehicleIn struct {
	frame.ByID
	frame.Idempotent
	Body struct {
		Plate     string `json:"plate,omitempty" maxLength:"40" doc:"In any spelling; then country is needed too." example:"B-EV 123E"`
		Country   string `json:"country,omitempty" pattern:"^([A-Za-z]{2})?$" doc:"Of the plate: ISO 3166-1 alpha-2." example:"DE"`
		Make      string `json:"make,omitempty" maxLength:"60" doc:"Who built it." example:"Volkswagen"`
		Model     string `json:"model,omitempty" maxLength:"60" doc:"What it is called." example:"ID.3"`
		BatteryWh int64  `json:"battery_wh,omitempty" minimum:"0" doc:"What its battery holds, in watt-hours; 0 if unknown." example:"58000"`
		MAC       string `json:"mac,omitempty" maxLength:"40" doc:"By which it charges without a card (Autocharge), in any spelling. It becomes a card of the user, so it needs the permission cards:write too." example:"00:7D:FA:01:2B:3C"`
	} `nameHint:"CreateVehicle"`
}

func (s *desk) createVehicle(ctx context.Context, by access.Actor, in *createVehicleIn) (*frame.Made[Vehicle], error) {
	b := &in.Body
	if b.MAC != "" {
		if err := frame.Needs(by, access.CardsWrite); err != nil {
			return nil, err
		}
	}
	who, err := frame.IDIn[id.Person](in.ID, "user")
	if err != nil {
		return nil, err
	}
	v, err := s.People.AddVehicle(ctx, by, who, vehicle.Vehicle{Plate: b.Plate, Country: b.Country, Make: b.Make, Model: b.Model, BatteryWh: b.BatteryWh, MAC: b.MAC})
	if err != nil {
		return nil, frame.Renamed(err, vehicleFields)
	}
	got := vehicleAnswer(by, &v)
	return &frame.Made[Vehicle]{Location: s.Public + frame.Prefix + "/vehicles/" + got.Body.ID, ETag: got.ETag, Body: got.Body}, nil
}

// vehicleFields are the names of forms that the API spells otherwise.
var vehicleFields = map[string]string{"battery": "battery_wh"}

type changeVehicleIn struct {
	frame.ByID
	frame.Precondition
	Body struct {
		Plate     *string `json:"plate,omitempty" maxLength:"40" doc:"In any spelling; empty takes it away." example:"B-EV 123E"`
		Country   *string `json:"country,omitempty" pattern:"^([A-Za-z]{2})?$" doc:"Of the plate: ISO 3166-1 alpha-2." example:"DE"`
		Make      *string `json:"make,omitempty" maxLength:"60" doc:"Who built it." example:"Volkswagen"`
		Model     *string `json:"model,omitempty" maxLength:"60" doc:"What it is called." example:"ID.3"`
		BatteryWh *int64  `json:"battery_wh,omitempty" minimum:"0" doc:"What its battery holds, in watt-hours; 0 if unknown." example:"58000"`
		MAC       *string `json:"mac,omitempty" maxLength:"40" doc:"For Autocharge. Another one, or none, ends the card of the old one, so it needs the permission cards:write too."`
	} `nameHint:"ChangeVehicle"`
}

func (s *desk) changeVehicle(ctx context.Context, by access.Actor, in *changeVehicleIn) (*frame.One[Vehicle], error) {
	b := &in.Body
	v, err := s.vehicle(ctx, by, in.ID)
	if err != nil {
		return nil, err
	}
	if err := frame.Unchanged(in.IfMatch, v.Version); err != nil {
		return nil, err
	}
	frame.Set(&v.Plate, b.Plate)
	frame.Set(&v.Country, b.Country)
	frame.Set(&v.Make, b.Make)
	frame.Set(&v.Model, b.Model)
	frame.Set(&v.BatteryWh, b.BatteryWh)
	frame.Set(&v.MAC, b.MAC)
	if v, err = s.People.SaveVehicle(ctx, by, v); err != nil {
		return nil, frame.Raced(in.IfMatch, keyLacks(by, frame.Renamed(err, vehicleFields)))
	}
	return vehicleAnswer(by, &v), nil
}

// keyLacks says a refusal of a flow, made for people with roles, to a program
// with a key.
func keyLacks(by access.Actor, err error) error {
	if errs.KindOf(err) == errs.Denied && !by.Perms.Has(access.CardsWrite) {
		return frame.Needs(by, access.CardsWrite)
	}
	return err
}

type removeVehicleIn struct {
	frame.ByID
	frame.Precondition
}

func (s *desk) removeVehicle(ctx context.Context, by access.Actor, in *removeVehicleIn) (*frame.Nothing, error) {
	v, err := s.vehicle(ctx, by, in.ID)
	if err != nil {
		return nil, err
	}
	if err := frame.Unchanged(in.IfMatch, v.Version); err != nil {
		return nil, err
	}
	if err := s.People.RemoveVehicle(ctx, by, v.ID); err != nil {
		return nil, keyLacks(by, err)
	}
	return &frame.Nothing{}, nil
}
