package sheet

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"involt/internal/core/vehicle"
	"involt/internal/kit/errs"
	"involt/internal/kit/table"
)

// vehicleColumns are the columns about a vehicle, and the field of a vehicle that
// each fills.
var vehicleColumns = []struct {
	column Column
	field  string // as vehicle.Clean names it
}{
	{VehiclePlate, "plate"}, {VehicleCountry, "country"}, {VehicleMake, "make"}, {VehicleModel, "model"}, {VehicleName, "model"}, {VehicleMAC, "mac"}, {VehicleBattery, "battery"},
}

// Vehicles reports whether the file says anything about vehicles.
func (h *Header) Vehicles() bool {
	for _, c := range vehicleColumns {
		if h.Has(c.column) {
			return true
		}
	}
	return false
}

// Cards reports whether the file may give or make cards: a MAC is one.
func (h *Header) Cards() bool { return h.Has(CardUID) || h.Has(VehicleMAC) }

// parseVehicle reads what a row says about a vehicle into l.
func (h *Header) parseVehicle(row table.Row, zone *time.Location, l *Line, warn func(Column, string)) *Problem {
	v := vehicle.Vehicle{
		Plate: h.cell(row, VehiclePlate), Make: h.cell(row, VehicleMake), Model: h.cell(row, VehicleModel), MAC: h.cell(row, VehicleMAC),
	}
	if name := h.cell(row, VehicleName); v.Model == "" { // what is called a name is a make, a model or both
		v.Model = name
	} else if name != "" && name != v.Model {
		warn(VehicleName, "The row names a model too; the name of the vehicle is not read.")
	}
	country, battery := h.cell(row, VehicleCountry), h.cell(row, VehicleBattery)
	if v.Plate+v.Make+v.Model+v.MAC == "" {
		if battery != "" || country != "" && h.Has(VehiclePlate) {
			warn(VehiclePlate, "The row says nothing by which a vehicle could be known; what else it says about one is not read.")
		}
		return nil
	}
	if country != "" {
		code, ok := countryCode(country)
		if !ok {
			return &Problem{l.Number, VehicleCountry, country + " is not a country that we know plates of. Write two letters, as in DE or NL."}
		}
		v.Country = code
	} else if v.Plate != "" {
		v.Country = countryOf[zone.String()]
	}
	if v.Plate != "" && v.Country == "" {
		return &Problem{l.Number, VehiclePlate, "Say of which country the plate is: add a column vehicle_country, with two letters as in DE or NL."}
	}
	if battery != "" {
		wh, ok := kWh(battery)
		if !ok {
			return &Problem{l.Number, VehicleBattery, battery + " is not a battery's capacity. Write kilowatt-hours, as in 77 or 77.4."}
		}
		v.BatteryWh = wh
	}
	if err := v.Clean(); err != nil {
		return vehicleProblem(l.Number, err)
	}
	if odd := vehicle.Looks(v.Country, v.Plate); odd != "" {
		warn(VehiclePlate, odd)
	}
	l.Vehicle = &v
	return nil
}

// vehicleProblem puts an error of vehicle.Clean at its cell.
func vehicleProblem(line int, err error) *Problem {
	p := Problem{line, VehiclePlate, errs.Text(err)}
	if e, ok := errors.AsType[*errs.Error](err); ok {
		p.Text = e.Text
		for _, c := range vehicleColumns {
			if c.field == e.Field && c.column != VehicleName {
				p.Column = c.column
			}
		}
	}
	return &p
}

// kWh reads a capacity in kilowatt-hours and returns watt-hours.
func kWh(text string) (int64, bool) {
	text = strings.TrimSpace(strings.TrimSuffix(strings.ToLower(text), "kwh"))
	f, err := strconv.ParseFloat(strings.ReplaceAll(text, ",", "."), 64)
	if err != nil || !(f >= 0 && f <= 1e6) {
		return 0, false
	}
	return int64(f*1000 + 0.5), true
}

// FillVehicle puts what the line says of its vehicle into have and returns what
// that changes. Empty cells change nothing.
func (l *Line) FillVehicle(have *vehicle.Vehicle) (changes []Change) {
	said := l.Vehicle
	for _, f := range [...]struct {
		column Column
		field  *string
		text   string
	}{
		{VehiclePlate, &have.Plate, said.Plate},
		{VehicleCountry, &have.Country, said.Country},
		{VehicleMake, &have.Make, said.Make},
		{VehicleModel, &have.Model, said.Model},
		{VehicleMAC, &have.MAC, said.MAC},
	} {
		if f.text == "" || f.text == *f.field || f.column == VehiclePlate && vehicle.Key(f.text) == vehicle.Key(*f.field) && have.Country == said.Country {
			continue
		}
		changes = append(changes, Change{Column: f.column, Old: *f.field, New: f.text})
		*f.field = f.text
	}
	if said.BatteryWh != 0 && said.BatteryWh != have.BatteryWh {
		changes = append(changes, Change{Column: VehicleBattery, Old: battery(have.BatteryWh), New: battery(said.BatteryWh)})
		have.BatteryWh = said.BatteryWh
	}
	return changes
}

// battery spells watt-hours as kilowatt-hours; "" for 0.
func battery(wh int64) string {
	if wh == 0 {
		return ""
	}
	return strconv.FormatFloat(float64(wh)/1000, 'f', -1, 64)
}

// VehicleKeys are what tells the vehicle of a line apart from all others: its plate
// and its MAC, as far as it has them.
func (l *Line) VehicleKeys() (keys []string) {
	if l.Vehicle == nil {
		return nil
	}
	if l.Vehicle.Plate != "" {
		keys = append(keys, PlateKey(l.Vehicle.Country, l.Vehicle.Plate))
	}
	if l.Vehicle.MAC != "" {
		keys = append(keys, l.Vehicle.CardUID())
	}
	return keys
}

// PlateKey is the form in which plates of all countries are compared.
func PlateKey(country, plate string) string { return country + " " + vehicle.Key(plate) }

// countryCode returns the code of a country by its name, its code, or the letters
// that its cars bear.
func countryCode(text string) (string, bool) {
	key := headingKey(text)
	for _, c := range vehicle.Countries {
		if key == headingKey(c.Code) || key == headingKey(c.Name) {
			return c.Code, true
		}
	}
	code, ok := countryWords[key]
	return code, ok
}

// countryWords are other languages' names of countries, and the letters that their
// cars bear where these are not the code. Austria's A and Italy's I are among them;
// what is a code of its own is not.
var countryWords = map[string]string{
	"d": "DE", "ger": "DE", "deu": "DE", "deutschland": "DE", "duitsland": "DE", "allemagne": "DE", "alemania": "DE",
	"nld": "NL", "holland": "NL", "niederlande": "NL", "nederland": "NL", "paysbas": "NL", "paisesbajos": "NL",
	"f": "FR", "fra": "FR", "frankreich": "FR", "frankrijk": "FR", "francia": "FR",
	"b": "BE", "bel": "BE", "belgien": "BE", "belgie": "BE", "belgique": "BE", "belgica": "BE",
	"e": "ES", "esp": "ES", "spanien": "ES", "spanje": "ES", "espagne": "ES", "espana": "ES",
	"a": "AT", "aut": "AT", "oesterreich": "AT", "oostenrijk": "AT", "autriche": "AT",
	"che": "CH", "schweiz": "CH", "zwitserland": "CH", "suisse": "CH", "suiza": "CH",
	"l": "LU", "lux": "LU", "luxemburg": "LU", "i": "IT", "ita": "IT", "italien": "IT", "italie": "IT", "italia": "IT",
	"uk": "GB", "gbr": "GB", "greatbritain": "GB", "grossbritannien": "GB", "royaumeuni": "GB", "reinounido": "GB", "verenigdkoninkrijk": "GB",
	"dnk": "DK", "daenemark": "DK", "denemarken": "DK", "danemark": "DK", "dinamarca": "DK",
	"pol": "PL", "polen": "PL", "pologne": "PL", "polonia": "PL", "p": "PT", "prt": "PT", "s": "SE", "swe": "SE", "n": "NO", "nor": "NO",
	"tschechien": "CZ", "tsjechie": "CZ", "tchequie": "CZ", "chequia": "CZ", "czechrepublic": "CZ", "turkey": "TR", "fl": "LI", "irl": "IE", "fin": "FI",
}

// countryOf is the country that plates without one are taken to be of: that of the
// workspace's time zone.
var countryOf = map[string]string{
	"Europe/Amsterdam": "NL", "Europe/Athens": "GR", "Europe/Berlin": "DE", "Europe/Bratislava": "SK", "Europe/Brussels": "BE", "Europe/Bucharest": "RO",
	"Europe/Budapest": "HU", "Europe/Busingen": "DE", "Europe/Copenhagen": "DK", "Europe/Dublin": "IE", "Europe/Helsinki": "FI", "Europe/Istanbul": "TR",
	"Europe/Kiev": "UA", "Europe/Kyiv": "UA", "Europe/Lisbon": "PT", "Europe/Ljubljana": "SI", "Europe/London": "GB", "Europe/Luxembourg": "LU",
	"Europe/Madrid": "ES", "Europe/Malta": "MT", "Europe/Oslo": "NO", "Europe/Paris": "FR", "Europe/Prague": "CZ", "Europe/Riga": "LV", "Europe/Rome": "IT",
	"Europe/Sofia": "BG", "Europe/Stockholm": "SE", "Europe/Tallinn": "EE", "Europe/Vaduz": "LI", "Europe/Vienna": "AT", "Europe/Vilnius": "LT",
	"Europe/Warsaw": "PL", "Europe/Zagreb": "HR", "Europe/Zurich": "CH", "Atlantic/Canary": "ES", "Atlantic/Reykjavik": "IS", "Asia/Nicosia": "CY",
}

// BatteryWh reads back what a change says of a battery.
func BatteryWh(text string) int64 {
	wh, _ := kWh(text)
	return wh
}
