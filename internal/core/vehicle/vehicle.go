// Package vehicle is the cars of a workspace's users: the plate by which people
// know them, and the MAC by which chargers do (Autocharge).
//
// A plate is compared without spaces, dashes and case, within its country. How
// plates of a country look is known for some of them ([Looks]); one that looks
// otherwise may still be right, so that is said and not refused.
package vehicle

import (
	"strings"
	"time"
	"unicode"

	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Vehicle is one car of one user.
type Vehicle struct {
	Workspace id.Workspace
	ID        id.Vehicle
	Person    id.Person
	Plate     string // as people write it in its country; "" if unknown
	Country   string // of the plate, ISO 3166-1 alpha-2; "" if unknown
	Make      string
	Model     string
	BatteryWh int64  // watt-hours; 0 if unknown
	MAC       string // for Autocharge: 12 hex digits, upper case; "" if none
	Version   int64  // of the row that this was read from
	Created   time.Time
}

// Name is how to call the car: make and model, or what else tells it apart.
func (v *Vehicle) Name() string {
	if name := strings.TrimSpace(v.Make + " " + v.Model); name != "" {
		return name
	}
	if v.Plate != "" {
		return v.Plate
	}
	return "Vehicle"
}

// The largest battery that is believed: that of a large truck, five times over.
const mostWh = 5_000_000

// Clean brings v's texts to the forms that are stored, and says at which field
// something is wrong: "plate", "country", "make", "model", "battery" or "mac".
func (v *Vehicle) Clean() error {
	var wrong errs.List
	for _, f := range []struct {
		field, label string
		text         *string
		limit        int
	}{{"make", "make", &v.Make, 60}, {"model", "model", &v.Model, 60}, {"plate", "licence plate", &v.Plate, 20}} {
		*f.text = strings.Join(strings.Fields(*f.text), " ")
		if n := len([]rune(*f.text)); n > f.limit {
			wrong.Add(errs.AtField(f.field, "The %s has %d characters; at most %d fit. Please shorten it.", f.label, n, f.limit))
		} else if strings.ContainsFunc(*f.text, func(r rune) bool { return unicode.IsControl(r) || r == unicode.ReplacementChar }) {
			wrong.Add(errs.AtField(f.field, "The %s holds characters that cannot be shown. Please type it again.", f.label))
		}
	}
	v.Country = strings.ToUpper(strings.TrimSpace(v.Country))
	v.Plate = Plate(v.Country, v.Plate)
	switch {
	case v.Plate != "" && Key(v.Plate) == "":
		wrong.Add(errs.AtField("plate", "A licence plate has letters or digits."))
	case v.Plate != "" && v.Country == "":
		wrong.Add(errs.AtField("country", "Choose the country of the plate."))
	case v.Country != "" && !isCountry(v.Country):
		wrong.Add(errs.AtField("country", "Choose the country from the list."))
	}
	if v.BatteryWh < 0 || v.BatteryWh > mostWh {
		wrong.Add(errs.AtField("battery", "A battery holds 0 to 5,000 kWh. Leave it empty if you do not know."))
	}
	mac, err := MAC(v.MAC)
	wrong.Add(err)
	v.MAC = mac
	if v.Plate == "" && v.Make == "" && v.Model == "" && v.MAC == "" {
		wrong.Add(errs.AtField("plate", "Say at least one thing about the vehicle: its plate, make, model or MAC address."))
	}
	return wrong.Err()
}

// MAC reads a MAC address in any spelling and returns its 12 hex digits in upper
// case; "" of nothing. Anything else is an errs.Invalid at the field "mac".
func MAC(text string) (string, error) {
	mac := strings.ToUpper(strings.TrimSpace(text))
	mac = strings.TrimPrefix(mac, "VID:")
	mac = strings.TrimPrefix(mac, "0X")
	mac = strings.NewReplacer(":", "", "-", "", ".", "", " ", "").Replace(mac)
	if mac == "" && strings.TrimSpace(text) == "" {
		return "", nil
	}
	if len(mac) != 12 || strings.Trim(mac, "0123456789ABCDEF") != "" {
		return "", errs.AtField("mac", "A MAC address has 12 hexadecimal digits, such as 00:7D:FA:01:2B:3C.")
	}
	if mac == "000000000000" || mac == "FFFFFFFFFFFF" {
		return "", errs.AtField("mac", "This is not the address of one car: chargers send it when they could not read one.")
	}
	return mac, nil
}

// CardUID is the card that the MAC charges with, in the canonical form of
// cards; "" if there is no MAC.
func (v *Vehicle) CardUID() string {
	if v.MAC == "" {
		return ""
	}
	return "VID:" + v.MAC
}

const columns = `workspace, id, person, plate, country, make, model, battery_wh, mac, version, created_at`

func scan(row db.Scanner) (v Vehicle, err error) {
	var created int64
	err = row.Scan(&v.Workspace, &v.ID, &v.Person, &v.Plate, &v.Country, &v.Make, &v.Model, &v.BatteryWh, &v.MAC, &v.Version, &created)
	v.Created = time.UnixMilli(created).UTC()
	return v, err
}

// Insert adds v, and sets its ID, Version and Created. A second vehicle of that
// plate or MAC in the workspace is an errs.Conflict.
func Insert(tx *db.Tx, v *Vehicle) error {
	v.ID, v.Version, v.Created = id.New[id.Vehicle](), 1, tx.Now
	n, err := tx.Exec(`INSERT INTO vehicle (workspace, id, person, plate, plate_key, country, make, model, battery_wh, mac, version, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?) ON CONFLICT DO NOTHING`,
		v.Workspace, v.ID, v.Person, v.Plate, Key(v.Plate), v.Country, v.Make, v.Model, v.BatteryWh, v.MAC, tx.NowMS())
	if err == nil && n == 0 {
		err = errs.New(errs.Conflict, "Another vehicle has this plate or this MAC address already.")
	}
	return err
}

// Save writes v back. If someone else wrote it since v was read, or another
// vehicle has its plate or MAC, that is an errs.Conflict.
func Save(tx *db.Tx, v *Vehicle) error {
	n, err := tx.Exec(`UPDATE vehicle SET plate = ?, plate_key = ?, country = ?, make = ?, model = ?, battery_wh = ?, mac = ?, version = version + 1
		WHERE workspace = ? AND id = ? AND version = ?`,
		v.Plate, Key(v.Plate), v.Country, v.Make, v.Model, v.BatteryWh, v.MAC, v.Workspace, v.ID, v.Version)
	if err == nil && n == 0 {
		err = errs.New(errs.Conflict, "Someone else changed this vehicle meanwhile. Load the page again and repeat your change.")
	}
	if err == nil {
		v.Version++
	}
	return err
}

// ByID returns one vehicle of the workspace.
func ByID(tx *db.Tx, ws id.Workspace, one id.Vehicle) (Vehicle, error) {
	return first(tx, `workspace = ? AND id = ?`, ws, one)
}

// ByPlate returns the vehicle with that plate, in any spelling.
func ByPlate(tx *db.Tx, ws id.Workspace, country, plate string) (Vehicle, error) {
	return first(tx, `workspace = ? AND plate_key = ? AND plate_key <> '' AND country = ?`, ws, Key(plate), country)
}

// ByMAC returns the vehicle with that MAC, 12 hex digits.
func ByMAC(tx *db.Tx, ws id.Workspace, mac string) (Vehicle, error) {
	return first(tx, `workspace = ? AND mac = ? AND mac <> ''`, ws, mac)
}

func first(tx *db.Tx, where string, args ...any) (Vehicle, error) {
	all, err := db.All(tx, scan, `SELECT `+columns+` FROM vehicle WHERE `+where, args...)
	if err == nil && len(all) == 0 {
		err = errs.New(errs.NotFound, "There is no such vehicle. It may have been removed.")
	}
	if err != nil {
		return Vehicle{}, err
	}
	return all[0], nil
}

// Of returns a person's vehicles, the oldest first.
func Of(tx *db.Tx, ws id.Workspace, who id.Person) ([]Vehicle, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM vehicle WHERE workspace = ? AND person = ? ORDER BY created_at, id`, ws, who)
}

// Delete removes one vehicle.
func Delete(tx *db.Tx, ws id.Workspace, one id.Vehicle) error {
	n, err := tx.Exec(`DELETE FROM vehicle WHERE workspace = ? AND id = ?`, ws, one)
	if err == nil && n == 0 {
		err = errs.New(errs.NotFound, "There is no such vehicle. It may have been removed.")
	}
	return err
}

// Erase removes every vehicle of some people.
func Erase(tx *db.Tx, ws id.Workspace, list []id.Person) error {
	_, err := tx.Exec(`DELETE FROM vehicle WHERE workspace = ? AND person IN `+db.In(len(list)), db.Args(list, any(ws))...)
	return err
}

// ForgetMACs takes the MAC from every vehicle of a person: their cards of this
// kind have ended, and another user may bring the car in again.
func ForgetMACs(tx *db.Tx, ws id.Workspace, who id.Person) error {
	_, err := tx.Exec(`UPDATE vehicle SET mac = '', version = version + 1 WHERE workspace = ? AND person = ? AND mac <> ''`, ws, who)
	return err
}

// MoveTo gives all vehicles of one person to another.
func MoveTo(tx *db.Tx, ws id.Workspace, from, to id.Person) (int64, error) {
	return tx.Exec(`UPDATE vehicle SET person = ?, version = version + 1 WHERE workspace = ? AND person = ?`, to, ws, from)
}
