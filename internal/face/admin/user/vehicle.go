package user

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"involt/internal/core/id"
	"involt/internal/core/vehicle"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/people"
	"involt/internal/kit/errs"
)

// vehicleForm is a vehicle as it is in the form.
type vehicleForm struct {
	vehicle.Vehicle
	battery string // kWh, as typed
	wrong   ui.Errors
	taken   id.Person // who has the plate or MAC
}

func countries() (list []ui.Option) {
	for _, c := range vehicle.Countries {
		list = append(list, ui.Option{Value: c.Code, Label: c.Name})
	}
	return list
}

// vehicleSub is the smaller line under a vehicle's name.
func vehicleSub(v vehicle.Vehicle) string {
	var parts []string
	if v.Plate != "" && v.Name() != v.Plate {
		parts = append(parts, v.Plate)
	}
	if v.Country != "" {
		parts = append(parts, vehicle.CountryName(v.Country))
	}
	if v.BatteryWh > 0 {
		parts = append(parts, kWh(v.BatteryWh)+" kWh")
	}
	if v.MAC != "" {
		parts = append(parts, "Autocharge "+macText(v.MAC))
	}
	return strings.Join(parts, " · ")
}

// macText writes 12 hex digits in pairs.
func macText(mac string) string {
	if len(mac) != 12 {
		return mac
	}
	return mac[0:2] + ":" + mac[2:4] + ":" + mac[4:6] + ":" + mac[6:8] + ":" + mac[8:10] + ":" + mac[10:12]
}

// kWh writes watt-hours as kilowatt-hours, with as many digits as needed.
func kWh(wh int64) string {
	if wh == 0 {
		return ""
	}
	return strconv.FormatFloat(float64(wh)/1000, 'f', -1, 64)
}

// battery reads kilowatt-hours, with a point or a comma.
func battery(text string) (int64, error) {
	text = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(text), "kWh"))
	if text == "" {
		return 0, nil
	}
	f, err := strconv.ParseFloat(strings.Replace(text, ",", ".", 1), 64)
	if err != nil || f < 0 || f > 1e6 || f != f {
		return 0, errs.AtField("battery", "Write the battery's size in kWh as a number, such as 77.4.")
	}
	return int64(f*1000 + 0.5), nil
}

// vehicleIn is the vehicle of the address, or a new one.
func (p userPage) vehicleIn(r *http.Request) (f vehicleForm, err error) {
	one := id.Vehicle(r.PathValue("vehicle"))
	if one == "" {
		return f, nil
	}
	for _, v := range p.d.Vehicles {
		if v.ID == one {
			return vehicleForm{Vehicle: v, battery: kWh(v.BatteryWh)}, nil
		}
	}
	return f, errs.New(errs.NotFound, "This user has no such vehicle. It may have been removed.")
}

func (c *Pages) vehicle(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.userOf(r, v)
	if err != nil {
		return err
	}
	f, err := p.vehicleIn(r)
	if err != nil {
		return err
	}
	return p.showVehicle(w, r, f, http.StatusOK)
}

func (p userPage) vehiclePath(f vehicleForm) string {
	if f.ID == "" {
		return "/vehicles/new"
	}
	return "/vehicles/" + string(f.ID)
}

func (p userPage) showVehicle(w http.ResponseWriter, r *http.Request, f vehicleForm, status int) error {
	title := "Add a vehicle"
	if f.ID != "" {
		title = "Vehicle"
	}
	return p.showPart(w, r, title, p.vehiclePath(f), status, vehicleInside(p, f))
}

func (c *Pages) vehicleSave(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.userOf(r, v)
	if err != nil {
		return err
	}
	f, err := p.vehicleIn(r)
	if err != nil {
		return err
	}
	if r.PostFormValue("do") == "remove" {
		return c.change(w, r, v, "vehicle-removed", "vehicles", c.People.RemoveVehicle(r.Context(), v.By, f.ID), asNotice)
	}
	f.Plate, f.Country, f.Make, f.Model = r.PostFormValue("plate"), r.PostFormValue("country"), r.PostFormValue("make"), r.PostFormValue("model")
	f.MAC, f.battery = r.PostFormValue("mac"), r.PostFormValue("battery")
	var wrong errs.List
	f.BatteryWh, err = battery(f.battery)
	wrong.Add(err)
	done := "vehicle-added"
	if err = wrong.Err(); err == nil {
		if f.ID == "" {
			_, err = c.People.AddVehicle(r.Context(), v.By, p.d.Person.ID, f.Vehicle)
		} else {
			done = "vehicle-saved"
			f.Version, _ = strconv.ParseInt(r.PostFormValue("version"), 10, 64) // a wrong one is nobody's version
			_, err = c.People.SaveVehicle(r.Context(), v.By, f.Vehicle)
		}
	}
	if bad, ok := ui.ErrorsOf(err); ok {
		f.wrong = bad
		if t, ok := errors.AsType[*people.Taken](err); ok {
			f.taken = t.Person
		}
		return p.showVehicle(w, r, f, http.StatusUnprocessableEntity)
	}
	return c.change(w, r, v, done, "vehicles", err, asNotice)
}
