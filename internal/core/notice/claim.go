package notice

import (
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// Lease is how long a claim holds without a sign of life.
const Lease = 40 * time.Second

// Key names one message, and the claim that it was read by.
type Key struct {
	Workspace id.Workspace
	ID        id.Notice
	fence     int64
}

// Key names n.
func (n *Notice) Key() Key { return Key{n.Workspace, n.ID, n.fence} }

// Claim returns up to limit mails that are due, of whatever workspace: those
// that somebody waits for first, then by how long they have been due. Domains in
// full are passed over. Whoever claims has Lease to send them or to say that it
// still wants to.
func Claim(tx *db.Tx, limit int, full []string) (list []Notice, err error) {
	if _, err := db.All(tx, db.Text[string], `SELECT name FROM mail_turn WHERE name = 'claim'`+tx.ForUpdate()); err != nil {
		return nil, err
	}
	not := ""
	if len(full) > 0 {
		not = ` AND domain NOT IN ` + db.In(len(full))
	}
	for _, bulk := range []bool{false, true} {
		if len(list) >= limit {
			break
		}
		args := db.Args(full, tx.Now.Add(Lease).UnixMilli(), bulk, tx.NowMS())
		some, err := db.All(tx, scan, `UPDATE notice SET due_at = ?, fence = fence + 1 WHERE (workspace, id) IN (
				SELECT workspace, id FROM notice WHERE bulk = ? AND due_at <= ?`+not+` ORDER BY due_at, id LIMIT ?)
			RETURNING `+columns, append(args, limit-len(list))...)
		if err != nil {
			return nil, err
		}
		list = append(list, some...)
	}
	return list, nil
}

// Due reports whether any mail is due.
func Due(tx *db.Tx) (due bool, err error) {
	err = tx.Row(`SELECT EXISTS (SELECT 1 FROM notice WHERE bulk = FALSE AND due_at <= ?) OR EXISTS (SELECT 1 FROM notice WHERE bulk = TRUE AND due_at <= ?)`,
		[]any{tx.NowMS(), tx.NowMS()}, &due)
	return due, err
}

// NextDue is when the next mail is due or its claim ends; zero if none waits.
func NextDue(tx *db.Tx) (time.Time, error) {
	var at int64
	err := tx.Row(`SELECT COALESCE(MIN(at), 0) FROM (
		SELECT MIN(due_at) AS at FROM notice WHERE bulk = FALSE AND due_at IS NOT NULL
		UNION ALL SELECT MIN(due_at) FROM notice WHERE bulk = TRUE AND due_at IS NOT NULL) AS due`, nil, &at)
	if err != nil || at == 0 {
		return time.Time{}, err
	}
	return time.UnixMilli(at).UTC(), nil
}

// AtOnce bounds how many keys one statement takes.
const AtOnce = 100

// Keep prolongs claims.
func Keep(tx *db.Tx, list []Key) error { return wait(tx, list, tx.Now.Add(Lease)) }

// Free gives claims back, to be taken by whoever comes.
func Free(tx *db.Tx, list []Key) error { return wait(tx, list, tx.Now) }

// wait lets claimed mails be due at a time.
func wait(tx *db.Tx, list []Key, at time.Time) error {
	return inParts(list, func(keys []any, in string) error {
		_, err := tx.Exec(`UPDATE notice SET due_at = ? WHERE due_at IS NOT NULL AND (workspace, id, fence) IN `+in, append([]any{at.UnixMilli()}, keys...)...)
		return err
	})
}

// inParts calls do with parts of the list, as the arguments of an IN.
func inParts(list []Key, do func(keys []any, in string) error) error {
	for len(list) > 0 {
		part := list[:min(AtOnce, len(list))]
		list = list[len(part):]
		keys := make([]any, 0, 3*len(part))
		for _, k := range part {
			keys = append(keys, k.Workspace, k.ID, k.fence)
		}
		if err := do(keys, triples(len(part))); err != nil {
			return err
		}
	}
	return nil
}

// triples is what stands behind IN for n rows of three columns.
func triples(n int) string {
	b := make([]byte, 0, 8+10*n)
	b = append(b, "(VALUES "...)
	for i := range n {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = append(b, "(?, ?, CAST(? AS BIGINT))"...)
	}
	return string(append(b, ')'))
}

// Outcome is what became of a try.
type Outcome struct {
	Key

	State   State
	Reply   string
	Subject string        // "" leaves it as it is
	Again   time.Duration // after which it is tried again; 0 for never
}

// Became writes down what became of a message that nobody claimed, or needs to:
// nothing more is to be done about it, unless it is Retrying.
func Became(tx *db.Tx, ws id.Workspace, n id.Notice, s State, reply, subject string) error {
	_, err := tx.Exec(`UPDATE notice SET state = ?, reply = ?, subject = CASE WHEN CAST(? AS TEXT) = '' THEN subject ELSE ? END, tries = tries + 1, state_at = ?,
		due_at = CASE WHEN CAST(? AS TEXT) = 'retrying' THEN due_at END WHERE workspace = ? AND id = ?`,
		s, reply, subject, subject, tx.NowMS(), string(s), ws, n)
	return err
}

// like is what outcomes have in common that one statement writes.
type like struct {
	State   State
	Reply   string
	Subject string
	Again   time.Duration
}

// Tried writes down what became of mails that were claimed, and reports of each
// whether it did: whose claim was taken over meanwhile is somebody else's.
func Tried(tx *db.Tx, list []Outcome) ([]bool, error) {
	kept := make([]bool, len(list))
	alike := map[like][]int{}
	for i, o := range list {
		k := like{o.State, o.Reply, o.Subject, o.Again}
		alike[k] = append(alike[k], i)
	}
	for k, which := range alike {
		var due any
		if k.Again > 0 {
			due = tx.Now.Add(k.Again).UnixMilli()
		}
		keys, at := make([]Key, len(which)), make(map[id.Notice]int, len(which))
		for i, w := range which {
			keys[i], at[list[w].ID] = list[w].Key, w
		}
		err := inParts(keys, func(args []any, in string) error {
			done, err := db.All(tx, db.Text[id.Notice], `UPDATE notice SET state = ?, reply = ?, subject = CASE WHEN CAST(? AS TEXT) = '' THEN subject ELSE ? END,
				tries = tries + 1, state_at = ?, due_at = ? WHERE (workspace, id, fence) IN `+in+` RETURNING id`,
				append([]any{k.State, k.Reply, k.Subject, k.Subject, tx.NowMS(), due}, args...)...)
			for _, n := range done {
				kept[at[n]] = true
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return kept, nil
}

// Postpone lets claimed mails wait until a time without counting a try. reply
// says why.
func Postpone(tx *db.Tx, k Key, until time.Time, reply string) error {
	_, err := tx.Exec(`UPDATE notice SET due_at = ?, reply = ?, state_at = ? WHERE workspace = ? AND id = ? AND fence = ?`,
		until.UnixMilli(), reply, tx.NowMS(), k.Workspace, k.ID, k.fence)
	return err
}
