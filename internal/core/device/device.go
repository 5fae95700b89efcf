// Package device is the browsers that people let us send messages to, and the key
// by which push services know us.
package device

import (
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/seal"
)

// Most is how many browsers one person may have; the oldest gives way.
const Most = 10

// Device is one browser of one person.
type Device struct {
	Workspace id.Workspace
	ID        id.Device
	Person    id.Person
	Address   string // JSON of the browser's subscription: endpoint and keys; only sealed in the database
	Mark      string // keyed hash of the endpoint
	Label     string // what kind of browser
	Created   time.Time
	Seen      time.Time // when a message was last taken for it
}

// binding is what a sealed address is valid for.
func (d *Device) binding() string { return string(d.Workspace) + "/" + d.Mark }

// Save stores a browser, or whose it is now. Beyond [Most] the oldest of the
// person's is forgotten.
func Save(tx *db.Tx, keys *seal.Ring, d *Device) error {
	d.ID, d.Created, d.Seen = id.New[id.Device](), tx.Now, tx.Now
	if _, err := tx.Exec(`INSERT INTO device (workspace, id, person, endpoint, mark, label, created_at, seen_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (workspace, mark) DO UPDATE SET person = excluded.person, endpoint = excluded.endpoint, label = excluded.label, seen_at = excluded.seen_at`,
		d.Workspace, d.ID, d.Person, keys.Box("device", d.binding(), d.Address), d.Mark, d.Label, tx.NowMS(), tx.NowMS()); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM device WHERE workspace = ? AND person = ? AND id NOT IN (
		SELECT id FROM device WHERE workspace = ? AND person = ? ORDER BY seen_at DESC, id DESC LIMIT ?)`, d.Workspace, d.Person, d.Workspace, d.Person, Most)
	return err
}

// Of returns the browsers of people.
func Of(tx *db.Tx, keys *seal.Ring, ws id.Workspace, list ...id.Person) ([]Device, error) {
	return db.All(tx, scan(keys), `SELECT workspace, id, person, endpoint, mark, label, created_at, seen_at FROM device WHERE workspace = ? AND person IN `+db.In(len(list))+` ORDER BY person, id`,
		db.Args(list, any(ws))...)
}

// ByID returns one browser.
func ByID(tx *db.Tx, keys *seal.Ring, ws id.Workspace, which id.Device) (Device, error) {
	all, err := db.All(tx, scan(keys), `SELECT workspace, id, person, endpoint, mark, label, created_at, seen_at FROM device WHERE workspace = ? AND id = ?`, ws, which)
	if err == nil && len(all) == 0 {
		err = errs.New(errs.NotFound, "There is no such device.")
	}
	if err != nil {
		return Device{}, err
	}
	return all[0], nil
}

func scan(keys *seal.Ring) func(db.Scanner) (Device, error) {
	return func(row db.Scanner) (d Device, err error) {
		var boxed string
		var created, seen int64
		if err := row.Scan(&d.Workspace, &d.ID, &d.Person, &boxed, &d.Mark, &d.Label, &created, &seen); err != nil {
			return d, err
		}
		d.Created, d.Seen = time.UnixMilli(created).UTC(), time.UnixMilli(seen).UTC()
		d.Address, err = keys.Unbox("device", d.binding(), boxed)
		return d, err
	}
}

// Took notes that a message was taken for a browser.
func Took(tx *db.Tx, ws id.Workspace, which id.Device) error {
	_, err := tx.Exec(`UPDATE device SET seen_at = ? WHERE workspace = ? AND id = ?`, tx.NowMS(), ws, which)
	return err
}

// Remove forgets a browser.
func Remove(tx *db.Tx, ws id.Workspace, which id.Device) error {
	_, err := tx.Exec(`DELETE FROM device WHERE workspace = ? AND id = ?`, ws, which)
	return err
}

// RemoveOf forgets a person's browser by its mark. It reports false if it was not
// there.
func RemoveOf(tx *db.Tx, ws id.Workspace, who id.Person, mark string) (bool, error) {
	n, err := tx.Exec(`DELETE FROM device WHERE workspace = ? AND person = ? AND mark = ?`, ws, who, mark)
	return n > 0, err
}

// Erase forgets the browsers of people who are erased.
func Erase(tx *db.Tx, ws id.Workspace, list []id.Person) error {
	_, err := tx.Exec(`DELETE FROM device WHERE workspace = ? AND person IN `+db.In(len(list)), db.Args(list, any(ws))...)
	return err
}

// MoveTo makes the browsers of one person another's.
func MoveTo(tx *db.Tx, ws id.Workspace, from, to id.Person) (int64, error) {
	return tx.Exec(`UPDATE device SET person = ? WHERE workspace = ? AND person = ?`, to, ws, from)
}

// Key is the pair by which push services know us, RFC 8292. Browsers are bound to
// it: another one would end every subscription.
type Key struct{ Public, Private string }

// TheKey returns the pair; make, if not nil, makes it where there is none yet. Of
// several servers that start at once, one makes it for all.
func TheKey(tx *db.Tx, keys *seal.Ring, make func() (Key, error)) (k Key, err error) {
	read := func() (Key, error) {
		var boxed string
		if err := tx.Row(`SELECT public, private FROM push_key WHERE name = 'vapid'`, nil, &k.Public, &boxed); err != nil {
			return k, err
		}
		k.Private, err = keys.Unbox("push key", k.Public, boxed)
		return k, err
	}
	k, err = read()
	if errs.KindOf(err) != errs.NotFound || make == nil {
		return k, err
	}
	fresh, err := make()
	if err != nil {
		return k, err
	}
	if _, err := tx.Exec(`INSERT INTO push_key (name, public, private, made_at) VALUES ('vapid', ?, ?, ?) ON CONFLICT DO NOTHING`,
		fresh.Public, keys.Box("push key", fresh.Public, fresh.Private), tx.NowMS()); err != nil {
		return k, err
	}
	return read()
}
