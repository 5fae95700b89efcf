// Package charge is charging sessions: one transaction at one charger, from the
// first message about it to the last.
//
// Chargers repeat themselves, lose messages, send them late and with wrong
// clocks. What makes a message the same one is a unique key in the database,
// never a lock in memory. Energy is what the meter's register says, so a reading
// that comes twice counts once.
package charge

import (
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Charge is one charging session.
type Charge struct {
	Workspace  id.Workspace
	ID         id.Charge
	Charger    id.Charger
	EVSE       int64
	Connector  int64
	Protocol   string // ocpp1.6, ocpp2.0.1
	TxID       string // OCPP transaction id: ours in 1.6, the charger's in 2.0.1
	StartKey   string // what makes a repeated start the same one, within its charger
	CardUID    string // canonical; "" if started without a card
	Card       id.Card
	Person     id.Person
	Reason     string    // of the decision at the start
	Started    time.Time // by the charger's clock, or ours if that is absurd
	Ended      time.Time // zero while running
	Received   time.Time // when the start reached us
	Seen       time.Time // when the charger last spoke of it
	MeterStart int64     // watt-hours on the meter; Unknown until it was said
	MeterNow   int64
	Wh         int64 // energy so far, or in all
	PowerW     int64 // at the last report
	Status     Status
	StopReason string
	Offline    bool   // reported after the fact
	Conflict   string // what a second, different stop said

	// AwaySince is set if the start was answered from memory: since when the database
	// had been away. Speculative says that only for that the card could charge.
	AwaySince   time.Time
	Speculative bool
}

// Unknown is a meter reading that nobody has given yet.
const Unknown = -1

// Status is whether a session runs.
type Status string

// The statuses.
const (
	Running Status = "running"
	Ended   Status = "ended"
)

// Duration is how long the session has lasted at now, or lasted in all.
func (c *Charge) Duration(now time.Time) time.Duration {
	if !c.Ended.IsZero() {
		now = c.Ended
	}
	return max(0, now.Sub(c.Started))
}

const columns = `workspace, id, charger, evse, connector, protocol, tx_id, start_key, card_uid, COALESCE(card, ''), COALESCE(person, ''), reason,
	started_at, COALESCE(ended_at, 0), received_at, seen_at, meter_start, meter_now, wh, power_w, status, stop_reason, offline, conflict, away_since, speculative`

func scan(row db.Scanner) (c Charge, err error) {
	var started, ended, received, seen, away int64
	err = row.Scan(&c.Workspace, &c.ID, &c.Charger, &c.EVSE, &c.Connector, &c.Protocol, &c.TxID, &c.StartKey, &c.CardUID, &c.Card, &c.Person, &c.Reason,
		&started, &ended, &received, &seen, &c.MeterStart, &c.MeterNow, &c.Wh, &c.PowerW, &c.Status, &c.StopReason, &c.Offline, &c.Conflict, &away, &c.Speculative)
	if away != 0 {
		c.AwaySince = time.UnixMilli(away).UTC()
	}
	c.Started, c.Received, c.Seen = time.UnixMilli(started).UTC(), time.UnixMilli(received).UTC(), time.UnixMilli(seen).UTC()
	if ended != 0 {
		c.Ended = time.UnixMilli(ended).UTC()
	}
	return c, err
}

// Insert adds c and sets its ID, Seen, and Received if it is zero. If its charger has told of
// this start before, c becomes what was stored then, and first is false.
func Insert(tx *db.Tx, c *Charge) (first bool, err error) {
	c.ID, c.Seen = id.New[id.Charge](), tx.Now
	if c.Received.IsZero() {
		c.Received = tx.Now
	}
	n, err := tx.Exec(`INSERT INTO charge (workspace, id, charger, evse, connector, protocol, tx_id, start_key, card_uid, card, person, reason,
			started_at, ended_at, received_at, seen_at, meter_start, meter_now, wh, power_w, status, stop_reason, offline, conflict)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULLIF(?, ''), NULLIF(?, ''), ?, ?, NULLIF(CAST(? AS BIGINT), 0), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (workspace, charger, start_key) DO NOTHING`,
		c.Workspace, c.ID, c.Charger, c.EVSE, c.Connector, c.Protocol, c.TxID, c.StartKey, c.CardUID, c.Card, c.Person, c.Reason,
		c.Started.UnixMilli(), msOrZero(c.Ended), c.Received.UnixMilli(), tx.NowMS(), c.MeterStart, c.MeterNow, c.Wh, c.PowerW, c.Status, c.StopReason, c.Offline, c.Conflict)
	if err != nil || n == 1 {
		return true, err
	}
	*c, err = one(tx, `workspace = ? AND charger = ? AND start_key = ?`, c.Workspace, c.Charger, c.StartKey)
	return false, err
}

func msOrZero(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// Save writes back what changes while a session runs and ends. The row must
// have been read in the same transaction with a lock ([ByTxID]).
func Save(tx *db.Tx, c *Charge) error {
	c.Seen = tx.Now
	_, err := tx.Exec(`UPDATE charge SET card_uid = ?, card = NULLIF(?, ''), person = NULLIF(?, ''), reason = ?, evse = ?, connector = ?, started_at = ?,
		ended_at = NULLIF(CAST(? AS BIGINT), 0), seen_at = ?, meter_start = ?, meter_now = ?, wh = ?, power_w = ?, status = ?, stop_reason = ?, offline = ?, conflict = ?,
		away_since = ?, speculative = ?
		WHERE workspace = ? AND id = ?`,
		c.CardUID, c.Card, c.Person, c.Reason, c.EVSE, c.Connector, c.Started.UnixMilli(), msOrZero(c.Ended), tx.NowMS(),
		c.MeterStart, c.MeterNow, c.Wh, c.PowerW, c.Status, c.StopReason, c.Offline, c.Conflict, msOrZero(c.AwaySince), c.Speculative, c.Workspace, c.ID)
	return err
}

// ByTxID returns the session of a charger's transaction, locked until tx ends.
// Each protocol has transaction ids of its own: a charger that was moved to
// another one may count from 1 again. A number that Renumber has replaced is still
// of the same session.
func ByTxID(tx *db.Tx, ws id.Workspace, charger id.Charger, protocol, txID string) (Charge, error) {
	c, err := one(tx, `workspace = ? AND charger = ? AND protocol = ? AND tx_id = ?`+tx.ForUpdate(), ws, charger, protocol, txID)
	if errs.KindOf(err) != errs.NotFound || protocol != ours {
		return c, err
	}
	return one(tx, `workspace = ? AND id = (SELECT charge FROM transaction_alias WHERE workspace = ? AND charger = ? AND tx_id = ?)`+tx.ForUpdate(),
		ws, ws, charger, txID)
}

// ours is the protocol in which transactions have numbers of ours.
const ours = "ocpp1.6"

// Renumber notes that the charger of a session knows it by another number by now:
// it repeated the start when nobody could say what it had been told before. The old
// number still finds it.
func Renumber(tx *db.Tx, c *Charge, txID string) error {
	if _, err := tx.Exec(`INSERT INTO transaction_alias (workspace, charger, tx_id, charge) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		c.Workspace, c.Charger, c.TxID, c.ID); err != nil {
		return err
	}
	c.TxID = txID
	_, err := tx.Exec(`UPDATE charge SET tx_id = ? WHERE workspace = ? AND id = ?`, txID, c.Workspace, c.ID)
	return err
}

// RunningAt returns the sessions that run at a charger, the oldest first.
func RunningAt(tx *db.Tx, ws id.Workspace, charger id.Charger) ([]Charge, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM charge WHERE workspace = ? AND charger = ? AND status = 'running' ORDER BY started_at, id`, ws, charger)
}

// AllRunning returns all sessions of the workspace that run, the oldest first.
func AllRunning(tx *db.Tx, ws id.Workspace) ([]Charge, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM charge WHERE workspace = ? AND status = 'running' ORDER BY started_at, id`, ws)
}

// Since returns the sessions whose start reached us since a moment, the oldest
// first.
func Since(tx *db.Tx, ws id.Workspace, at time.Time) ([]Charge, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM charge WHERE workspace = ? AND received_at >= ? ORDER BY received_at, id`, ws, at.UnixMilli())
}

// OfCard returns the sessions of a card whose starts reached us in a span of time,
// the oldest first.
func OfCard(tx *db.Tx, ws id.Workspace, uid string, from, to time.Time) ([]Charge, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM charge WHERE workspace = ? AND card_uid = ? AND received_at BETWEEN ? AND ? ORDER BY received_at, id`,
		ws, uid, from.UnixMilli(), to.UnixMilli())
}

// ByIDs returns those of the sessions that exist, in no order.
func ByIDs(tx *db.Tx, ws id.Workspace, list []id.Charge) ([]Charge, error) {
	if len(list) == 0 {
		return nil, nil
	}
	among, arg := db.Among(tx, "id", list)
	return db.All(tx, scan, `SELECT `+columns+` FROM charge WHERE workspace = ? AND `+among, ws, arg)
}

func one(tx *db.Tx, where string, args ...any) (Charge, error) {
	all, err := db.All(tx, scan, `SELECT `+columns+` FROM charge WHERE `+where, args...)
	if err == nil && len(all) == 0 {
		err = errs.New(errs.NotFound, "There is no such charging session.")
	}
	if err != nil {
		return Charge{}, err
	}
	return all[0], nil
}

// Sample is what the meter showed at one moment of a session.
type Sample struct {
	At     time.Time
	Meter  int64 // watt-hours
	PowerW int64
}

// AddSample keeps a sample; one of the same moment is kept once.
func AddSample(tx *db.Tx, c *Charge, s Sample) error {
	_, err := tx.Exec(`INSERT INTO charge_sample (workspace, charge, at, meter, power_w) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		c.Workspace, c.ID, s.At.UnixMilli(), s.Meter, s.PowerW)
	return err
}

// Samples returns the samples of a session in order.
func Samples(tx *db.Tx, ws id.Workspace, c id.Charge) ([]Sample, error) {
	return db.All(tx, func(row db.Scanner) (s Sample, err error) {
		var at int64
		err = row.Scan(&at, &s.Meter, &s.PowerW)
		s.At = time.UnixMilli(at).UTC()
		return s, err
	}, `SELECT at, meter, power_w FROM charge_sample WHERE workspace = ? AND charge = ? ORDER BY at`, ws, c)
}

// Load stores many sessions that are over, with their IDs set, for a demo.
func Load(tx *db.Tx, list []Charge) error {
	_, err := tx.Load("charge", []string{
		"workspace", "id", "charger", "evse", "connector", "protocol", "tx_id", "start_key", "card_uid", "card", "person", "reason",
		"started_at", "ended_at", "received_at", "seen_at", "meter_start", "meter_now", "wh", "power_w", "status", "stop_reason", "offline", "conflict",
	}, func(yield func([]any) bool) {
		for _, c := range list {
			var card, person *string
			if c.Card != "" {
				card = (*string)(&c.Card)
			}
			if c.Person != "" {
				person = (*string)(&c.Person)
			}
			end := c.Ended.UnixMilli()
			if !yield([]any{
				string(c.Workspace), string(c.ID), string(c.Charger), c.EVSE, c.Connector, c.Protocol, c.TxID, c.StartKey, c.CardUID, card, person, c.Reason,
				c.Started.UnixMilli(), end, c.Started.UnixMilli(), end, c.MeterStart, c.MeterNow, c.Wh, int64(0), string(Ended), c.StopReason, c.Offline, "",
			}) {
				return
			}
		}
	})
	return err
}
