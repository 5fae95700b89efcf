// Package site is the places where people charge: locations, their chargers,
// and the EVSEs and connectors of those.
package site

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Location is a place with chargers. Drivers who joined by code see it as a
// zone.
type Location struct {
	Workspace   id.Workspace
	ID          id.Location
	Name        string
	Address     string
	City        string
	Country     string // ISO 3166-1 alpha-2
	TimeZone    string // IANA name
	Where       Point  // its coordinates
	MembersOnly bool   // open only to those with a grant, in every access mode
	Away        Away   // who may charge while the database is away
	AwayCap     int64  // watt-hours that a session may take which only Away lets begin
	Version     int64
	Created     time.Time
}

// Charger is one charging station.
type Charger struct {
	Workspace    id.Workspace
	ID           id.Charger
	Identity     string // OCPP identity: the last part of its address
	Name         string
	Location     id.Location
	KeyHash      string // SHA-256 of its key, hex
	PlainOK      bool   // may connect without TLS
	KeyOK        bool   // may connect without a certificate of its own, where others need one
	Open         bool   // to anyone: every card may charge there
	Protocol     string // of its last connection: ocpp1.6, ocpp2.0.1
	Vendor       string
	Model        string
	Serial       string
	Firmware     string
	Booted       time.Time
	Connected    time.Time // since when, or when last; zero if never
	Disconnected time.Time // zero while connected
	Blocked      time.Time // it reconnected too often, and is not let in until then; zero if it is
	TwoNetworks  string    // the addresses from which it came at once, "10.1.2.3, 10.9.8.7"; "" if it did not, or somebody has seen to it
	TwoSince     time.Time // when it last did
	Version      int64
	Created      time.Time
}

// Online reports whether the charger is connected now.
func (c *Charger) Online() bool { return !c.Connected.IsZero() && c.Disconnected.IsZero() }

// identityRE is what an OCPP identity may hold (OCPP-J 1.6 §3.1.1), less what
// would have to be escaped in an address.
var identityRE = regexp.MustCompile(`^[A-Za-z0-9._~:@=+-]{1,48}$`)

// check says what is wrong with a location, and trims its name.
func (l *Location) check() error {
	l.Name = strings.Join(strings.Fields(l.Name), " ")
	if n := len([]rune(l.Name)); n == 0 || n > 100 {
		return errs.AtField("name", "Give the location a name of 1 to 100 characters.")
	}
	if _, err := time.LoadLocation(l.TimeZone); err != nil || l.TimeZone == "" {
		return errs.AtField("time_zone", "%q is not a time zone. Use a name like Europe/Berlin.", l.TimeZone)
	}
	if !slices.Contains(Aways, l.Away) {
		return errs.AtField("away", "Choose who may charge here while the database is away.")
	}
	if l.AwayCap == 0 {
		l.AwayCap = UsualAwayCap
	}
	if l.AwayCap < 1000 || l.AwayCap > 500_000 {
		return errs.AtField("away_cap", "Give 1 to 500 kWh.")
	}
	return nil
}

// columns are the coordinates as they are stored.
func (p Point) columns() (lat, long any) {
	if !p.Known {
		return nil, nil
	}
	return p.Latitude, p.Longitude
}

// InsertLocation adds l and sets its ID, Version and Created.
func InsertLocation(tx *db.Tx, l *Location) error {
	if err := l.check(); err != nil {
		return err
	}
	lat, long := l.Where.columns()
	l.ID, l.Version, l.Created = id.New[id.Location](), 1, tx.Now
	n, err := tx.Exec(`INSERT INTO location (workspace, id, name, name_key, address, city, country, time_zone, members_only, latitude, longitude, away, away_cap, version, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		l.Workspace, l.ID, l.Name, strings.ToLower(l.Name), l.Address, l.City, l.Country, l.TimeZone, l.MembersOnly, lat, long, l.Away, l.AwayCap, l.Version, tx.NowMS())
	if err == nil && n == 0 {
		err = errs.AtField("name", "There is a location called %s already.", l.Name)
	}
	return err
}

// SaveLocation writes back what a location is called and where it is. If someone
// else changed it since it was read, that is an errs.Conflict.
func SaveLocation(tx *db.Tx, l *Location) error {
	if err := l.check(); err != nil {
		return err
	}
	var taken bool
	key := strings.ToLower(l.Name)
	if err := tx.Row(`SELECT EXISTS (SELECT 1 FROM location WHERE workspace = ? AND name_key = ? AND id <> ?)`, []any{l.Workspace, key, l.ID}, &taken); err != nil {
		return err
	}
	if taken {
		return errs.AtField("name", "There is a location called %s already.", l.Name)
	}
	lat, long := l.Where.columns()
	n, err := tx.Exec(`UPDATE location SET name = ?, name_key = ?, address = ?, city = ?, country = ?, time_zone = ?, latitude = ?, longitude = ?, away = ?, away_cap = ?, version = version + 1
		WHERE workspace = ? AND id = ? AND version = ?`, l.Name, key, l.Address, l.City, l.Country, l.TimeZone, lat, long, l.Away, l.AwayCap, l.Workspace, l.ID, l.Version)
	if err == nil && n == 0 {
		err = errs.New(errs.Conflict, "Someone else changed this location. Load it again and repeat your change.")
	}
	if err == nil {
		l.Version++
	}
	return err
}

const locationColumns = `workspace, id, name, address, city, country, time_zone, members_only, latitude, longitude, away, away_cap, version, created_at`

func scanLocation(row db.Scanner) (l Location, err error) {
	var created int64
	var lat, long *int64
	err = row.Scan(&l.Workspace, &l.ID, &l.Name, &l.Address, &l.City, &l.Country, &l.TimeZone, &l.MembersOnly, &lat, &long, &l.Away, &l.AwayCap, &l.Version, &created)
	if lat != nil && long != nil {
		l.Where = Point{Known: true, Latitude: *lat, Longitude: *long}
	}
	l.Created = time.UnixMilli(created).UTC()
	return l, err
}

// Locations returns the workspace's locations by name.
func Locations(tx *db.Tx, ws id.Workspace) ([]Location, error) {
	return db.All(tx, scanLocation, `SELECT `+locationColumns+` FROM location WHERE workspace = ? ORDER BY name_key, id`, ws)
}

// LocationByID returns one location of the workspace.
func LocationByID(tx *db.Tx, ws id.Workspace, l id.Location) (Location, error) {
	all, err := db.All(tx, scanLocation, `SELECT `+locationColumns+` FROM location WHERE workspace = ? AND id = ?`, ws, l)
	return first(all, err, "There is no such location.")
}

// SetMembersOnly opens a location to those with a grant only, or no longer. It
// reports false if it was so already.
func SetMembersOnly(tx *db.Tx, ws id.Workspace, l id.Location, on bool) (bool, error) {
	n, err := tx.Exec(`UPDATE location SET members_only = ?, version = version + 1 WHERE workspace = ? AND id = ? AND members_only <> ?`, on, ws, l, on)
	return n > 0, err
}

// Check says everything that is wrong with a new charger of so many EVSEs, each
// as an errs.Invalid at its field, and names it after its identity if it has no
// name.
func (c *Charger) Check(evses int) error {
	var wrong errs.List
	if !identityRE.MatchString(c.Identity) {
		wrong.Add(errs.AtField("identity", "The OCPP identity must have 1 to 48 letters, digits or . _ ~ : @ = + -, as it is set in the charger."))
	}
	if evses < 1 || evses > 64 {
		wrong.Add(errs.AtField("evses", "A charger has 1 to 64 EVSEs."))
	}
	if c.Name = strings.TrimSpace(c.Name); c.Name == "" {
		c.Name = c.Identity
	}
	if len([]rune(c.Name)) > 100 {
		wrong.Add(errs.AtField("name", "The charger's name may have at most 100 characters."))
	}
	return wrong.Err()
}

// InsertCharger adds c with its EVSEs, numbered from 1, and sets its ID, Version
// and Created. Its key's hash must be set.
func InsertCharger(tx *db.Tx, c *Charger, evses int) error {
	if err := c.Check(evses); err != nil {
		return err
	}
	c.ID, c.Version, c.Created = id.New[id.Charger](), 1, tx.Now
	n, err := tx.Exec(`INSERT INTO charger (workspace, id, identity, name, location, key_hash, plain_ok, key_ok, protocol, vendor, model, serial, firmware,
		booted_at, connected_at, disconnected_at, connection, version, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, '', ?, ?, ?, ?, 0, 0, 0, '', ?, ?) ON CONFLICT DO NOTHING`,
		c.Workspace, c.ID, c.Identity, c.Name, c.Location, c.KeyHash, c.PlainOK, c.KeyOK, c.Vendor, c.Model, c.Serial, c.Firmware, c.Version, tx.NowMS())
	if err == nil && n == 0 {
		err = errs.AtField("identity", "There is a charger with the identity %s already.", c.Identity)
	}
	for i := 1; err == nil && i <= evses; i++ {
		_, err = tx.Exec(`INSERT INTO evse (workspace, charger, number, evse_id) VALUES (?, ?, ?, ?)`, c.Workspace, c.ID, i, c.Identity+"*"+strconv.Itoa(i))
	}
	if err == nil {
		_, err = ForgetKnock(tx, c.Workspace, c.Identity)
	}
	return err
}

const chargerColumns = `workspace, id, identity, name, location, key_hash, plain_ok, key_ok, open_to_all, protocol, vendor, model, serial, firmware,
	booted_at, connected_at, disconnected_at, blocked_until, two_networks, two_networks_at, version, created_at`

func scanCharger(row db.Scanner) (c Charger, err error) {
	var booted, connected, gone, blocked, two, created int64
	err = row.Scan(&c.Workspace, &c.ID, &c.Identity, &c.Name, &c.Location, &c.KeyHash, &c.PlainOK, &c.KeyOK, &c.Open, &c.Protocol, &c.Vendor, &c.Model, &c.Serial, &c.Firmware,
		&booted, &connected, &gone, &blocked, &c.TwoNetworks, &two, &c.Version, &created)
	for to, ms := range map[*time.Time]int64{&c.Blocked: blocked, &c.TwoSince: two, &c.Booted: booted, &c.Connected: connected, &c.Disconnected: gone, &c.Created: created} {
		if ms != 0 {
			*to = time.UnixMilli(ms).UTC()
		}
	}
	return c, err
}

// Chargers returns the workspace's chargers by name.
func Chargers(tx *db.Tx, ws id.Workspace) ([]Charger, error) {
	return db.All(tx, scanCharger, `SELECT `+chargerColumns+` FROM charger WHERE workspace = ? ORDER BY name, id`, ws)
}

// ChargerByID returns one charger of the workspace.
func ChargerByID(tx *db.Tx, ws id.Workspace, c id.Charger) (Charger, error) {
	all, err := db.All(tx, scanCharger, `SELECT `+chargerColumns+` FROM charger WHERE workspace = ? AND id = ?`, ws, c)
	return first(all, err, "There is no such charger.")
}

// ChargerByIdentity returns the charger with an OCPP identity, as it is spelt.
func ChargerByIdentity(tx *db.Tx, ws id.Workspace, identity string) (Charger, error) {
	all, err := db.All(tx, scanCharger, `SELECT `+chargerColumns+` FROM charger WHERE workspace = ? AND identity = ?`, ws, identity)
	return first(all, err, "There is no such charger.")
}

func first[T any](all []T, err error, none string) (T, error) {
	if err == nil && len(all) == 0 {
		err = errs.New(errs.NotFound, "%s It may have been removed.", none)
	}
	if err != nil {
		var zero T
		return zero, err
	}
	return all[0], nil
}

// SetKey replaces a charger's key by the one with that hash.
func SetKey(tx *db.Tx, ws id.Workspace, c id.Charger, hash string) error {
	_, err := tx.Exec(`UPDATE charger SET key_hash = ?, version = version + 1 WHERE workspace = ? AND id = ?`, hash, ws, c)
	return err
}

// Connected notes that a charger is connected, by a connection with an id of
// its own.
func Connected(tx *db.Tx, ws id.Workspace, c id.Charger, connection, protocol string) error {
	_, err := tx.Exec(`UPDATE charger SET connected_at = ?, disconnected_at = 0, connection = ?, protocol = ? WHERE workspace = ? AND id = ?`,
		tx.NowMS(), connection, protocol, ws, c)
	return err
}

// HeldElsewhere reports whether a charger is connected to another server than the one
// of a connection, as far as is known: its own may be dead there without knowing.
// Connections are named "server/number".
func HeldElsewhere(tx *db.Tx, ws id.Workspace, c id.Charger, connection string) (yes bool, err error) {
	server, _, _ := strings.Cut(connection, "/")
	err = tx.Row(`SELECT EXISTS (SELECT 1 FROM charger WHERE workspace = ? AND id = ? AND connected_at > 0 AND disconnected_at = 0 AND SUBSTR(connection, 1, CAST(? AS INTEGER)) <> ?)`,
		[]any{ws, c, len(server) + 1, server + "/"}, &yes)
	return yes, err
}

// Disconnected notes that a connection ended. It does nothing if a newer one
// has taken its place.
func Disconnected(tx *db.Tx, ws id.Workspace, c id.Charger, connection string) error {
	_, err := tx.Exec(`UPDATE charger SET disconnected_at = ? WHERE workspace = ? AND id = ? AND connection = ? AND disconnected_at = 0`,
		tx.NowMS(), ws, c, connection)
	return err
}

// AllGone notes that no charger is connected by a connection whose id begins
// with prefix: the replica that held them has just started.
func AllGone(tx *db.Tx, prefix string) error {
	_, err := tx.Exec(`UPDATE charger SET disconnected_at = ? WHERE disconnected_at = 0 AND connected_at > 0 AND connection NOT LIKE ?`, tx.NowMS(), prefix+"%")
	return err
}

// Booted notes what a charger says it is.
func Booted(tx *db.Tx, ws id.Workspace, c id.Charger, vendor, model, serial, firmware string) error {
	_, err := tx.Exec(`UPDATE charger SET vendor = ?, model = ?, serial = ?, firmware = ?, booted_at = ? WHERE workspace = ? AND id = ?`,
		vendor, model, serial, firmware, tx.NowMS(), ws, c)
	return err
}

// Connector is one socket or cable as its charger last described it.
type Connector struct {
	Charger   id.Charger
	EVSE      int64
	Number    int64
	Status    string // as the charger spelt it
	ErrorCode string
	StatusAt  time.Time // by the charger's clock
}

// SetStatus notes what a charger says about a connector. An older report never
// overwrites a newer one. at is the charger's clock.
func SetStatus(tx *db.Tx, ws id.Workspace, c Connector) error {
	_, err := tx.Exec(`INSERT INTO connector (workspace, charger, evse, number, status, error_code, status_at, seen_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (workspace, charger, evse, number) DO UPDATE SET status = excluded.status, error_code = excluded.error_code,
			status_at = excluded.status_at, seen_at = excluded.seen_at WHERE connector.status_at <= excluded.status_at`,
		ws, c.Charger, c.EVSE, c.Number, c.Status, c.ErrorCode, c.StatusAt.UnixMilli(), tx.NowMS())
	return err
}

// Connectors returns the connectors of the workspace, or of one charger if c is
// not "".
func Connectors(tx *db.Tx, ws id.Workspace, c id.Charger) ([]Connector, error) {
	return db.All(tx, func(row db.Scanner) (v Connector, err error) {
		var at int64
		err = row.Scan(&v.Charger, &v.EVSE, &v.Number, &v.Status, &v.ErrorCode, &at)
		v.StatusAt = time.UnixMilli(at).UTC()
		return v, err
	}, `SELECT charger, evse, number, status, error_code, status_at FROM connector WHERE workspace = ? AND (charger = ? OR ? = '') ORDER BY charger, evse, number`, ws, c, c)
}

// EVSE is one place to charge one car.
type EVSE struct {
	Workspace id.Workspace
	Charger   id.Charger
	Number    int64
	ID        string // ISO 15118 EVSE id, or identity*number
}

// EVSEs returns the EVSEs of the workspace, or of one charger if c is not "".
func EVSEs(tx *db.Tx, ws id.Workspace, c id.Charger) ([]EVSE, error) {
	return db.All(tx, scanEVSE, `SELECT workspace, charger, number, evse_id FROM evse WHERE workspace = ? AND (charger = ? OR ? = '') ORDER BY charger, number`, ws, c, c)
}

// EVSEByID returns the EVSE with an EVSE id.
func EVSEByID(tx *db.Tx, ws id.Workspace, evse string) (EVSE, error) {
	all, err := db.All(tx, scanEVSE, `SELECT workspace, charger, number, evse_id FROM evse WHERE workspace = ? AND evse_id = ?`, ws, evse)
	return first(all, err, "There is no such EVSE.")
}

func scanEVSE(row db.Scanner) (e EVSE, err error) {
	err = row.Scan(&e.Workspace, &e.Charger, &e.Number, &e.ID)
	return e, err
}
