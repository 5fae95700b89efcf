package back

import (
	"slices"
	"strconv"

	"involt/internal/core/id"
	"involt/internal/core/reimburse"
	"involt/internal/core/vehicle"
	"involt/internal/flow/intake/sheet"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// CarWas is a vehicle that was added, or changed.
type CarWas struct {
	Vehicle id.Vehicle     `json:"vehicle"`
	Holder  id.Person      `json:"holder"`
	As      [6]string      `json:"as"`                // as it was written
	Changes []sheet.Change `json:"changes,omitempty"` // of one that was known; nil for one that was added
}

// Written is all that can be changed of a vehicle.
func Written(v *vehicle.Vehicle) [6]string {
	return [6]string{v.Country, v.Plate, v.Make, v.Model, v.MAC, strconv.FormatInt(v.BatteryWh, 10)}
}

// since says why a vehicle cannot become again what it was, to be read after its
// user's name.
func (w *CarWas) since(v vehicle.Vehicle, here bool) string {
	switch {
	case !here && w.Changes == nil: // it was to go anyway
		return ""
	case !here:
		return "no longer has a vehicle that the file changed"
	case v.Person != w.Holder:
		return "has given a vehicle away since"
	case Written(&v) != w.As:
		return "has a vehicle that was changed since"
	}
	return ""
}

// carsNow are the vehicles that were added or changed, as they are now.
func (u *Undo) carsNow(tx *db.Tx, ws id.Workspace) (map[id.Vehicle]vehicle.Vehicle, error) {
	var list []id.Vehicle
	for _, w := range u.Cars {
		list = append(list, w.Vehicle)
	}
	return vehicle.ByIDs(tx, ws, list)
}

// Restore makes a vehicle what it was before.
func (w *CarWas) Restore(v *vehicle.Vehicle) {
	for _, c := range slices.Backward(w.Changes) {
		switch c.Column {
		case sheet.VehiclePlate:
			v.Plate = c.Old
		case sheet.VehicleCountry:
			v.Country = c.Old
		case sheet.VehicleMake:
			v.Make = c.Old
		case sheet.VehicleModel:
			v.Model = c.Old
		case sheet.VehicleMAC:
			v.MAC = c.Old
		case sheet.VehicleBattery:
			v.BatteryWh = sheet.BatteryWh(c.Old)
		default:
		}
	}
}

// Span is a moment before and after; 0 for none.
type Span struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
}

// Leaving is a departure, before and after; From is 0 if none was planned.
type Leaving struct {
	From      int64  `json:"from"`
	Reason    string `json:"reason,omitempty"`
	PlannedBy string `json:"planned_by,omitempty"`
	To        int64  `json:"to"`
}

// RateWas is a rate that was agreed on, and what stood in its place.
type RateWas struct {
	Account id.Account     `json:"account"`
	From    reimburse.Day  `json:"from"`
	Set     reimburse.Rate `json:"set"`
	Was     reimburse.Rate `json:"was,omitempty"` // that began on the same day; 0 if none did
	By      string         `json:"by,omitempty"`  // who had agreed on that
	New     bool           `json:"new,omitempty"` // there was no agreement before
}

// since says why a rate cannot be taken back, to be read after its account's name.
func (w *RateWas) since(tx *db.Tx, r *Order) (why string, g reimburse.Agreement, err error) {
	g, err = reimburse.Of(tx, r.By.Workspace, w.Account)
	if errs.KindOf(err) == errs.NotFound {
		return "has no agreement by now", g, nil
	}
	if err != nil {
		return "", g, err
	}
	switch {
	case w.From < reimburse.DayOf(tx.Now.In(r.Zone)):
		return "is paid back at its rate since " + string(w.From) + ", and days that are over keep theirs", g, nil
	case !slices.ContainsFunc(g.Rates, func(d reimburse.Dated) bool { return d.From == w.From && d.Rate == w.Set }), w.New && (len(g.Rates) > 1 || g.Version > 1):
		return "has another agreement by now", g, nil
	}
	return "", g, nil
}
