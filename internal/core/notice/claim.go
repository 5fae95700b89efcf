package notice

import (
	"slices"
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
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

// Turn waits until whoever else claims mails, or gives places in mailboxes away,
// has finished: until tx ends it is the caller's turn.
func Turn(tx *db.Tx) error {
	_, err := db.All(tx, db.Text[string], `SELECT name FROM mail_turn WHERE name = 'claim'`+tx.ForUpdate())
	return err
}

// Claim returns up to limit mails that are due, of whatever workspace: those
// that somebody waits for first, then by how long they have been due. Domains in
// full are passed over. Whoever claims has Lease to send them or to say that it
// still wants to.
func Claim(tx *db.Tx, limit int, full []string) (list []Notice, err error) {
	if err := Turn(tx); err != nil {
		return nil, err
	}
	not := ""
	if len(full) > 0 {
		not = ` AND domain NOT IN ` + db.In(len(full))
	}
	for _, bulk := range []string{"FALSE", "TRUE"} {
		if len(list) >= limit {
			break
		}
		// By the index alone: a campaign is due in one moment.
		some, err := db.All(tx, scan, `SELECT `+columns+` FROM notice WHERE bulk = `+bulk+` AND due_at <= ?`+not+` ORDER BY due_at LIMIT ?`,
			append(db.Args(full, any(tx.NowMS())), limit-len(list))...)
		if err != nil {
			return nil, err
		}
		list = append(list, some...)
	}
	keys := make([]Key, len(list))
	for i := range list {
		keys[i] = list[i].Key()
	}
	mine := make(map[id.Notice]bool, len(list))
	err = alike(keys, func(ws id.Workspace, fence int64, part []id.Notice) error {
		among, arg := db.Among(tx, "id", part)
		done, err := db.All(tx, db.Text[id.Notice], `UPDATE notice SET due_at = ?, fence = fence + 1 WHERE workspace = ? AND fence = ? AND `+among+` RETURNING id`,
			tx.Now.Add(Lease).UnixMilli(), ws, fence, arg)
		for _, n := range done {
			mine[n] = true
		}
		return err
	})
	list = slices.DeleteFunc(list, func(n Notice) bool { return !mine[n.ID] })
	for i := range list {
		list[i].fence++
	}
	return list, err
}

// alike calls do with parts of the list that share workspace and claim: so that
// a statement finds them by its index.
func alike(list []Key, do func(ws id.Workspace, fence int64, part []id.Notice) error) error {
	type common struct {
		ws    id.Workspace
		fence int64
	}
	piles := map[common][]id.Notice{}
	for _, k := range list {
		c := common{k.Workspace, k.fence}
		piles[c] = append(piles[c], k.ID)
	}
	for c, all := range piles {
		for part := range slices.Chunk(all, AtOnce) {
			if err := do(c.ws, c.fence, part); err != nil {
				return err
			}
		}
	}
	return nil
}

// NextDue is when the next mail is due or its claim ends; zero if none waits.
// It asks for the least by the index: asked whether there is one, PostgreSQL may
// read the table until it finds it.
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
const AtOnce = 500

// Keep prolongs claims.
func Keep(tx *db.Tx, list []Key) error { return wait(tx, list, tx.Now.Add(Lease)) }

// Free gives claims back, to be taken by whoever comes.
func Free(tx *db.Tx, list []Key) error { return wait(tx, list, tx.Now) }

// wait lets claimed mails be due at a time.
func wait(tx *db.Tx, list []Key, at time.Time) error {
	return alike(list, func(ws id.Workspace, fence int64, part []id.Notice) error {
		among, arg := db.Among(tx, "id", part)
		_, err := tx.Exec(`UPDATE notice SET due_at = ? WHERE due_at IS NOT NULL AND workspace = ? AND fence = ? AND `+among, at.UnixMilli(), ws, fence, arg)
		return err
	})
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

// Tried writes down what became of mails that were claimed, and reports of each
// whether it did: whose claim was taken over meanwhile is somebody else's.
func Tried(tx *db.Tx, list []Outcome) ([]bool, error) {
	kept := make([]bool, len(list))
	piles, at := map[id.Workspace][][]any{}, make(map[id.Notice]int, len(list))
	for i, o := range list {
		var due any
		if o.Again > 0 {
			due = tx.Now.Add(o.Again).UnixMilli()
		}
		piles[o.Workspace] = append(piles[o.Workspace], []any{o.ID, o.fence, o.State, o.Reply, o.Subject, due})
		at[o.ID] = i
	}
	for ws, rows := range piles {
		from, arg, err := db.Table(tx, "o", []string{"id TEXT", "fence BIGINT", "state TEXT", "reply TEXT", "subject TEXT", "due BIGINT"}, rows)
		if err != nil {
			return nil, err
		}
		where, args := ` WHERE notice.workspace = ? AND notice.id = o.id AND notice.fence = o.fence`, []any{tx.NowMS(), arg, ws}
		if tx.Postgres() { // which may read the whole workspace to join it, as long as it has no statistics
			ids := make([]id.Notice, len(rows))
			for i := range rows {
				ids[i] = rows[i][0].(id.Notice)
			}
			among, arg := db.Among(tx, "notice.id", ids)
			where, args = where+` AND `+among, append(args, arg)
		}
		done, err := db.All(tx, db.Text[id.Notice], `UPDATE notice SET state = o.state, reply = o.reply, subject = CASE WHEN o.subject = '' THEN notice.subject ELSE o.subject END,
			tries = tries + 1, state_at = ?, due_at = o.due FROM `+from+where+` RETURNING notice.id`, args...)
		if err != nil {
			return nil, err
		}
		for _, n := range done {
			kept[at[n]] = true
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

// ByID returns one message of the workspace.
func ByID(tx *db.Tx, ws id.Workspace, n id.Notice) (Notice, error) {
	return one(tx, `SELECT `+columns+` FROM notice WHERE workspace = ? AND id = ?`, ws, n)
}

// SentTo returns the newest mail to an address that was sent since a time.
func SentTo(tx *db.Tx, ws id.Workspace, email string, since time.Time) (Notice, error) {
	return one(tx, `SELECT `+columns+` FROM notice WHERE workspace = ? AND recipient = ? AND channel = 'mail' AND state = 'sent' AND state_at > ? ORDER BY state_at DESC LIMIT 1`,
		ws, email, since.UnixMilli())
}

func one(tx *db.Tx, query string, args ...any) (Notice, error) {
	all, err := db.All(tx, scan, query, args...)
	if err == nil && len(all) == 0 {
		err = errs.New(errs.NotFound, "There is no such message.")
	}
	if err != nil {
		return Notice{}, err
	}
	return all[0], nil
}

// CameBack writes down that a mail that was sent did not arrive. It reports false
// if that is known, or the mail was never sent.
func CameBack(tx *db.Tx, n *Notice, reply string) (bool, error) {
	done, err := tx.Exec(`UPDATE notice SET state = ?, reply = ?, state_at = ? WHERE workspace = ? AND id = ? AND state = ?`, Bounced, reply, tx.NowMS(), n.Workspace, n.ID, Sent)
	return done > 0, err
}
