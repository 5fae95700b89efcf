// Package equip sets a workspace up: locations, chargers and their keys, user
// groups and where they may charge.
package equip

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"strconv"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/site"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/seal"
)

// Service sets workspaces up.
type Service struct {
	DB *db.DB

	// Effects says what a change would take from whom, so that nobody makes it
	// unseen. Without it rules are changed without a question, and the access mode
	// cannot be switched.
	Effects Foreseer
}

// NewKey returns a key for a charger and its hash: 20 random bytes as 40 hex
// digits, which is what OCPP 1.6 takes (security whitepaper §2.2) and 2.0.1 does
// too.
func NewKey() (plain, hash string) {
	b := make([]byte, 20)
	rand.Read(b) // never fails
	plain = hex.EncodeToString(b)
	return plain, seal.Hash(plain)
}

// AddLocation adds a location.
func (s *Service) AddLocation(ctx context.Context, by access.Actor, l site.Location) (_ site.Location, err error) {
	defer errs.Wrap(&err, "equip.AddLocation")
	if err := by.Need(access.PlacesWrite); err != nil {
		return l, err
	}
	l.Workspace = by.Workspace
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		if err := site.InsertLocation(tx, &l); err != nil {
			return err
		}
		return journal.Record(tx, by, "location.created", journal.About("location", l.ID), map[string]any{"name": l.Name})
	})
	return l, err
}

// SaveLocation changes what a location is called and where it is. Its Version is
// that of the row the change was made on; if somebody else changed it since, that
// is an errs.Conflict. Who may charge there stays as it is.
func (s *Service) SaveLocation(ctx context.Context, by access.Actor, l site.Location) (err error) {
	defer errs.Wrap(&err, "equip.SaveLocation")
	if err := by.Need(access.PlacesWrite); err != nil {
		return err
	}
	l.Workspace = by.Workspace
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		old, err := site.LocationByID(tx, by.Workspace, l.ID)
		if err != nil {
			return err
		}
		if err := site.SaveLocation(tx, &l); err != nil {
			return err
		}
		values := map[string]any{}
		for field, v := range map[string][2]string{
			"name": {old.Name, l.Name}, "address": {old.Address, l.Address}, "city": {old.City, l.City}, "country": {old.Country, l.Country},
			"time_zone": {old.TimeZone, l.TimeZone}, "coordinates": {old.Where.String(), l.Where.String()},
			"away": {string(old.Away), string(l.Away)}, "away_cap": {strconv.FormatInt(old.AwayCap, 10), strconv.FormatInt(l.AwayCap, 10)},
		} {
			if v[0] != v[1] {
				values[field] = v
			}
		}
		if len(values) == 0 {
			return nil
		}
		return journal.Record(tx, by, "location.updated", journal.About("location", l.ID), values)
	})
}

// AddCharger adds a charger with so many EVSEs and makes its key, which is
// returned to be shown once. Everything that is wrong is said at once, each at
// its field.
func (s *Service) AddCharger(ctx context.Context, by access.Actor, c site.Charger, evses int) (_ site.Charger, key string, err error) {
	defer errs.Wrap(&err, "equip.AddCharger")
	in, err := by.Within(access.PlacesWrite)
	if err != nil {
		return c, "", err
	}
	c.Workspace = by.Workspace
	key, c.KeyHash = NewKey()
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		var wrong errs.List
		wrong.Add(c.Check(evses))
		switch _, err := site.LocationByID(tx, by.Workspace, c.Location); {
		case errs.KindOf(err) == errs.NotFound, err == nil && !in.Covers(access.Scope{Kind: access.AtLocation, ID: string(c.Location)}):
			wrong.Add(errs.AtField("location", "Choose the location where the charger stands."))
		default:
			wrong.Add(err)
		}
		if err := wrong.Err(); err != nil {
			return err
		}
		if err := site.InsertCharger(tx, &c, evses); err != nil {
			return err
		}
		return journal.Record(tx, by, "charger.created", journal.About("charger", c.ID), map[string]any{"identity": c.Identity, "location": c.Location, "evses": evses})
	})
	return c, key, err
}

// RenewKey replaces a charger's key; the old one stops working at its next
// connection. The new one is returned to be shown once.
func (s *Service) RenewKey(ctx context.Context, by access.Actor, c id.Charger) (key string, err error) {
	defer errs.Wrap(&err, "equip.RenewKey")
	in, err := by.Within(access.PlacesWrite)
	if err != nil {
		return "", err
	}
	key, hash := NewKey()
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		h, err := site.ChargerByID(tx, by.Workspace, c)
		if err == nil && !in.Covers(access.Scope{Kind: access.AtLocation, ID: string(h.Location)}) {
			err = errs.New(errs.NotFound, "There is no such charger. It may have been removed.")
		}
		if err != nil {
			return err
		}
		if err := site.SetKey(tx, by.Workspace, c, hash); err != nil {
			return err
		}
		return journal.Record(tx, by, "charger.key-changed", journal.About("charger", c), nil)
	})
	return key, err
}
