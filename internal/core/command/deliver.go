package command

import (
	"slices"
	"strings"
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// bare is Columns as an UPDATE returns them.
var bare = strings.ReplaceAll(Columns, "k.", "")

// Lease is how long a command counts as held without a sign of life of the server
// that sent it.
const Lease = 20 * time.Second

// open is the condition of the index that holds those that are not over: SQLite does
// not find it by a part of it.
const open = `state IN ('waiting','sent')`

// At is a charger for which commands are open.
type At struct {
	Workspace id.Workspace
	Charger   id.Charger
}

// Open lists the chargers for which commands are due, or were sent by a
// connection that may be gone.
func Open(tx *db.Tx) ([]At, error) {
	return db.All(tx, func(row db.Scanner) (a At, err error) {
		err = row.Scan(&a.Workspace, &a.Charger)
		return a, err
	}, `SELECT DISTINCT workspace, charger FROM command WHERE `+open+` AND (state = 'sent' OR due_at <= ?) ORDER BY workspace, charger`, tx.NowMS())
}

// Take takes what is due for a charger whose connection here is holder, in the
// order it was asked, lists last, which take long: at most n commands. What another connection of the charger
// has sent and may be said twice is taken over: this one is newer, so no answer
// comes there any more.
func Take(tx *db.Tx, at At, holder string, n int) ([]Command, error) {
	lock := ""
	if tx.Postgres() {
		lock = " FOR UPDATE SKIP LOCKED"
	}
	list, err := db.All(tx, plain, `UPDATE command SET state = 'sent', tries = tries + 1, sent_at = ?, holder = ?, lease = ?
		WHERE workspace = ? AND id IN (SELECT id FROM command WHERE workspace = ? AND charger = ? AND expires_at > ? AND (
			(state = 'waiting' AND due_at <= ?) OR
			(state = 'sent' AND holder <> ? AND kind IN `+db.In(len(repeat))+`)) ORDER BY CASE WHEN kind = 'local-list' THEN 1 ELSE 0 END, id LIMIT ?`+lock+`)
		RETURNING `+bare,
		append(db.Args(repeat, any(tx.NowMS()), holder, tx.Now.Add(Lease).UnixMilli(), at.Workspace, at.Workspace, at.Charger, tx.NowMS(), tx.NowMS(), holder), n)...)
	slices.SortFunc(list, func(a, b Command) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return list, err
}

// Keep says that commands are still held by the connections that sent them.
func Keep(tx *db.Tx, list []Command) error {
	for _, c := range list {
		if _, err := tx.Exec(`UPDATE command SET lease = ? WHERE workspace = ? AND id = ? AND state = 'sent' AND holder = ?`,
			tx.Now.Add(Lease).UnixMilli(), c.Workspace, c.ID, c.Holder); err != nil {
			return err
		}
	}
	return nil
}

// Finish ends a command that was sent by c.Holder. It reports false if that no
// longer holds it: then it changes nothing.
func Finish(tx *db.Tx, c Command, s State, word string) (bool, error) {
	tx.Notify(Topic)
	n, err := tx.Exec(`UPDATE command SET state = ?, word = ?, ended_at = ?, holder = '', lease = 0 WHERE workspace = ? AND id = ? AND state = 'sent' AND holder = ?`,
		s, word, tx.NowMS(), c.Workspace, c.ID, c.Holder)
	return n > 0, err
}

// Release lets a command that was sent by c.Holder wait again, until a moment;
// word says why.
func Release(tx *db.Tx, c Command, due time.Time, word string) error {
	tx.Notify(Topic)
	_, err := tx.Exec(`UPDATE command SET state = 'waiting', word = ?, due_at = ?, holder = '', lease = 0 WHERE workspace = ? AND id = ? AND state = 'sent' AND holder = ?`,
		word, due.UnixMilli(), c.Workspace, c.ID, c.Holder)
	return err
}

// Outdated is the word of a command after which something newer was asked.
const Outdated = "Something newer was asked."

// Supersede ends what was asked of the availability of the same EVSE, or of any if c is
// about the whole charger, and is not over: said again after c it would undo it. It
// returns those it ended.
func Supersede(tx *db.Tx, c *Command) ([]Command, error) {
	return db.All(tx, plain, `UPDATE command SET state = 'failed', word = ?, ended_at = ?, holder = '', lease = 0
		WHERE `+open+` AND workspace = ? AND charger = ? AND kind = ? AND id <> ? AND (evse = ? OR CAST(? AS BIGINT) = 0) RETURNING `+bare,
		Outdated, tx.NowMS(), c.Workspace, c.Charger, Availability, c.ID, c.EVSE, c.EVSE)
}

// Unanswered is the word of a command whose server died before the answer came.
const Unanswered = "The server stopped before the charger answered. Whether it obeyed is not known."

// Sweep ends what has waited too long and gives up what a dead server had sent,
// and returns both. What may be said twice waits again instead.
func Sweep(tx *db.Tx) (over []Command, err error) {
	if _, err := tx.Exec(`UPDATE command SET state = 'waiting', holder = '', lease = 0, due_at = ?
		WHERE `+open+` AND state = 'sent' AND lease <= ? AND expires_at > ? AND kind IN `+db.In(len(repeat)), db.Args(repeat, any(tx.NowMS()), tx.NowMS(), tx.NowMS())...); err != nil {
		return nil, err
	}
	lost, err := db.All(tx, plain, `UPDATE command SET state = 'failed', word = ?, ended_at = ?, holder = '', lease = 0 WHERE `+open+` AND state = 'sent' AND lease <= ? RETURNING `+bare,
		Unanswered, tx.NowMS(), tx.NowMS())
	if err != nil {
		return nil, err
	}
	late, err := db.All(tx, plain, `UPDATE command SET state = 'expired', ended_at = ? WHERE `+open+` AND state = 'waiting' AND expires_at <= ? RETURNING `+bare, tx.NowMS(), tx.NowMS())
	if len(lost)+len(late) > 0 {
		tx.Notify(Topic)
	}
	return append(lost, late...), err
}

// Stale reports whether Sweep would find anything.
func Stale(tx *db.Tx) (yes bool, err error) {
	err = tx.Row(`SELECT EXISTS (SELECT 1 FROM command WHERE `+open+` AND (state = 'sent' AND lease <= ? OR state = 'waiting' AND expires_at <= ?))`, []any{tx.NowMS(), tx.NowMS()}, &yes)
	return yes, err
}

// Wake lets what waits for a charger be sent now: it has just come back.
func Wake(tx *db.Tx, at At) error {
	tx.Notify(Topic)
	_, err := tx.Exec(`UPDATE command SET due_at = ? WHERE `+open+` AND state = 'waiting' AND workspace = ? AND charger = ? AND due_at > ?`, tx.NowMS(), at.Workspace, at.Charger, tx.NowMS())
	return err
}
