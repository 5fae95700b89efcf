package browse

import (
	"context"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/site"
	"involt/internal/flow/browse/look"
	"involt/internal/flow/browse/paging"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Location is one place with what happens there now.
type Location struct {
	site.Location
	Chargers int64
	Online   int64 // chargers that are connected
	EVSEs    int64
	InUse    int64 // EVSEs at which a session runs
}

// LocationDetail is one place with its chargers by name.
type LocationDetail struct {
	Location
	List []Charger
	Now  time.Time
}

// Locations lists the workspace's places by name; q finds by name, address and
// city.
func (s *Service) Locations(ctx context.Context, by access.Actor, q string) (rows []Location, err error) {
	defer errs.Wrap(&err, "browse.Locations")
	in, err := by.Within(access.PlacesRead)
	if err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		rows, err = locations(tx, by.Workspace, in, look.Searched(q), "")
		return err
	})
	return rows, err
}

// Location returns one place with its chargers.
func (s *Service) Location(ctx context.Context, by access.Actor, which id.Location) (d LocationDetail, err error) {
	defer errs.Wrap(&err, "browse.Location")
	in, err := by.Within(access.PlacesRead)
	if err != nil {
		return d, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		all, err := locations(tx, by.Workspace, in, "", which)
		if err != nil {
			return err
		}
		if len(all) == 0 {
			return errs.New(errs.NotFound, "There is no such location. It may have been removed.")
		}
		d.Location, d.Now = all[0], tx.Now
		q := &paging.Query{}
		q.And("h.workspace = ? AND h.location = ?", by.Workspace, which)
		d.List, err = db.All(tx, scanCharger, `SELECT `+chargerColumns+` FROM `+chargerTables+` WHERE `+q.Where.String()+` ORDER BY h.name, h.id`, q.Args...)
		return err
	})
	return d, err
}

func locations(tx *db.Tx, ws id.Workspace, in access.Reach, text string, only id.Location) ([]Location, error) {
	q := &paging.Query{}
	q.And("l.workspace = ?", ws)
	if cond, args := look.InPlaces("l.id", in); cond != "" {
		q.And(cond, args...)
	}
	if only != "" {
		q.And("l.id = ?", only)
	}
	if text != "" {
		like := look.Containing(strings.ToLower(text))
		q.And(`l.name_key LIKE ? ESCAPE '\' OR LOWER(l.address) LIKE ? ESCAPE '\' OR LOWER(l.city) LIKE ? ESCAPE '\'`, like, like, like)
	}
	return db.All(tx, func(row db.Scanner) (l Location, err error) {
		var created int64
		err = row.Scan(&l.Workspace, &l.ID, &l.Name, &l.Address, &l.City, &l.Country, &l.TimeZone, &l.MembersOnly, &l.Away, &l.AwayCap, &l.Version, &created,
			&l.Chargers, &l.Online, &l.EVSEs, &l.InUse)
		l.Created = paging.When(created)
		return l, err
	}, `SELECT l.workspace, l.id, l.name, l.address, l.city, l.country, l.time_zone, l.members_only, l.away, l.away_cap, l.version, l.created_at,
		(SELECT COUNT(*) FROM charger h WHERE h.workspace = l.workspace AND h.location = l.id),
		(SELECT COUNT(*) FROM charger h WHERE h.workspace = l.workspace AND h.location = l.id AND `+IsOnline+`),
		(SELECT COUNT(*) FROM charger h JOIN evse e ON e.workspace = h.workspace AND e.charger = h.id WHERE h.workspace = l.workspace AND h.location = l.id),
		(SELECT COUNT(*) FROM charger h JOIN charge c ON c.workspace = h.workspace AND c.charger = h.id AND c.status = 'running'
			WHERE h.workspace = l.workspace AND h.location = l.id)
		FROM location l WHERE `+q.Where.String()+` ORDER BY l.name_key, l.id`, q.Args...)
}

// IsOnline is said of a charger called h.
const IsOnline = `h.connected_at > 0 AND h.disconnected_at = 0`

// ChargerState is what a charger or EVSE is doing, in one word: the same for
// both protocols.
type ChargerState string

// The states. A charger of several EVSEs shows the first that fits any of them,
// in the order of stateOf.
const (
	Offline     ChargerState = "offline"
	Faulted     ChargerState = "faulted"
	Charging    ChargerState = "charging"
	Occupied    ChargerState = "occupied"  // a car is there, or the place is reserved
	Available   ChargerState = "available" // at least one EVSE is free
	Unavailable ChargerState = "unavailable"
	Unknown     ChargerState = "unknown" // it is connected, but has said nothing yet
)

// ChargerStates lists the states as filters show them.
var ChargerStates = []ChargerState{Available, Charging, Occupied, Faulted, Unavailable, Offline, Unknown}

// ChargerFilter says which chargers are wanted; a zero field wants all.
type ChargerFilter struct {
	Location id.Location
	State    ChargerState
	Q        string // name, identity, EVSE id, serial number or location
	Paging
}

// Charger is one charger with what it does now.
type Charger struct {
	ID           id.Charger
	Identity     string
	Name         string
	Location     id.Location
	LocationName string
	Protocol     string // of its last connection
	Vendor       string
	Model        string
	Serial       string
	Firmware     string
	PlainOK      bool
	KeyOK        bool
	Open         bool // to anyone
	Booted       time.Time
	Connected    time.Time // since when, or when last; zero if never
	Disconnected time.Time // zero while connected
	Online       bool
	State        ChargerState
	EVSEs        int64
	Running      int64 // sessions
	Version      int64
	Created      time.Time
}

// ChargerPage is one page of chargers.
type ChargerPage struct {
	Page
	Rows   []Charger
	States map[ChargerState]int64 // how many match the filter but for its State
	Now    time.Time
}

// Chargers lists the workspace's chargers by name.
func (s *Service) Chargers(ctx context.Context, by access.Actor, f ChargerFilter) (p ChargerPage, err error) {
	defer errs.Wrap(&err, "browse.Chargers")
	in, err := by.Within(access.PlacesRead)
	if err != nil {
		return p, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		p, err = chargers(tx, by.Workspace, in, f)
		return err
	})
	return p, err
}

func chargers(tx *db.Tx, ws id.Workspace, in access.Reach, f ChargerFilter) (p ChargerPage, err error) {
	q := &paging.Query{}
	q.And("h.workspace = ?", ws)
	if cond, args := look.InPlaces("h.location", in); cond != "" {
		q.And(cond, args...)
	}
	if f.Location != "" {
		q.And("h.location = ?", f.Location)
	}
	if text := look.Searched(f.Q); text != "" {
		like := look.Containing(strings.ToLower(text))
		q.And(`LOWER(h.name) LIKE ? ESCAPE '\' OR LOWER(h.identity) LIKE ? ESCAPE '\' OR LOWER(h.serial) LIKE ? ESCAPE '\' OR l.name_key LIKE ? ESCAPE '\'
			OR EXISTS (SELECT 1 FROM evse e WHERE e.workspace = h.workspace AND e.charger = h.id AND LOWER(e.evse_id) LIKE ? ESCAPE '\')`, like, like, like, like, like)
	}
	if p.States, err = paging.Counts[ChargerState](tx, `SELECT state, COUNT(*) FROM (SELECT `+stateOf+` AS state FROM `+chargerTables+` WHERE `+q.Where.String()+`) s GROUP BY state`, q.Args); err != nil {
		return p, err
	}
	if f.State != "" {
		q.And(stateOf+" = ?", f.State)
	}
	p.Now = tx.Now
	p.Rows, p.Page, err = paging.Of(tx, paging.List{Key: "h.name", ID: "h.id"}, f.Paging, chargerColumns, chargerTables, q, scanCharger,
		func(c Charger) (string, string) { return c.Name, string(c.ID) })
	return p, err
}

const anyConnector = `EXISTS (SELECT 1 FROM connector k WHERE k.workspace = h.workspace AND k.charger = h.id AND `

// stateOf is the ChargerState of a charger called h. OCPP 1.6 and 2.0.1 spell
// the states of connectors differently; stateOfConnector is the same for one.
const stateOf = `CASE WHEN NOT (` + IsOnline + `) THEN 'offline'
	WHEN ` + anyConnector + `k.status = 'Faulted') THEN 'faulted'
	WHEN EXISTS (SELECT 1 FROM charge c WHERE c.workspace = h.workspace AND c.charger = h.id AND c.status = 'running') THEN 'charging'
	WHEN ` + anyConnector + `k.evse > 0 AND k.status IN ('Charging', 'SuspendedEV', 'SuspendedEVSE')) THEN 'charging'
	WHEN ` + anyConnector + `k.evse > 0 AND k.status = 'Available') THEN 'available'
	WHEN ` + anyConnector + `k.evse > 0 AND k.status IN ('Occupied', 'Preparing', 'Finishing', 'Reserved')) THEN 'occupied'
	WHEN ` + anyConnector + `k.status = 'Unavailable') THEN 'unavailable'
	ELSE 'unknown' END`

func stateOfConnector(status string) ChargerState {
	switch status {
	case "Faulted":
		return Faulted
	case "Charging", "SuspendedEV", "SuspendedEVSE":
		return Charging
	case "Available":
		return Available
	case "Occupied", "Preparing", "Finishing", "Reserved":
		return Occupied
	case "Unavailable":
		return Unavailable
	default:
		return Unknown
	}
}

const chargerTables = `charger h JOIN location l ON l.workspace = h.workspace AND l.id = h.location`

const chargerColumns = `h.id, h.identity, h.name, h.location, l.name, h.protocol, h.vendor, h.model, h.serial, h.firmware, h.plain_ok, h.key_ok, h.open_to_all,
	h.booted_at, h.connected_at, h.disconnected_at, h.version, h.created_at, ` + stateOf + `,
	(SELECT COUNT(*) FROM evse e WHERE e.workspace = h.workspace AND e.charger = h.id),
	(SELECT COUNT(*) FROM charge c WHERE c.workspace = h.workspace AND c.charger = h.id AND c.status = 'running')`

func scanCharger(row db.Scanner) (c Charger, err error) {
	var booted, connected, gone, created int64
	err = row.Scan(&c.ID, &c.Identity, &c.Name, &c.Location, &c.LocationName, &c.Protocol, &c.Vendor, &c.Model, &c.Serial, &c.Firmware, &c.PlainOK, &c.KeyOK, &c.Open,
		&booted, &connected, &gone, &c.Version, &created, &c.State, &c.EVSEs, &c.Running)
	c.Booted, c.Connected, c.Disconnected, c.Created = paging.When(booted), paging.When(connected), paging.When(gone), paging.When(created)
	c.Online = connected > 0 && gone == 0
	return c, err
}
