// Package command is what chargers are asked to do: start, stop, unlock, restart,
// forget, hold a list. A command is a row from the moment somebody asks until long after it
// ended, so that none is lost silently: each ends accepted, refused, failed or
// expired, whatever dies meanwhile.
//
// The server that holds the charger's connection takes a command by a lease
// ([Take]) and writes down what became of it ([Finish]). If it dies, another one
// takes over what may be said twice ([Kind.Repeats]); of the others nobody knows
// whether the charger obeyed, so they fail and say so.
package command

import (
	"slices"
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Topic rings when a command waits, or one's state changed.
const Topic = "command"

// Kind is what a charger is asked to do.
type Kind string

// The kinds.
const (
	Start        Kind = "start"        // begin to charge for a card
	Stop         Kind = "stop"         // end a session
	Unlock       Kind = "unlock"       // let go of a cable
	Reset        Kind = "reset"        // restart
	Availability Kind = "availability" // take part, or be out of service
	ClearCache   Kind = "clear-cache"  // forget which cards may charge
	LocalList    Kind = "local-list"   // hold the cards that may charge while it is offline
)

// Label names the kind for people.
func (k Kind) Label() string {
	return map[Kind]string{
		Start: "Start charging", Stop: "Stop session", Unlock: "Unlock connector", Reset: "Restart", Availability: "Availability", ClearCache: "Clear cache", LocalList: "Local list",
	}[k]
}

// Anew is the option of a LocalList that is sent as a whole, whatever the charger holds.
const Anew = "anew"

// Review is the Why of a LocalList that Involt asks for because those who are in it
// changed.
const Review = "review"

// Life is how long a command waits for its charger. What would do harm later than
// its asker expects waits for a minute.
func (k Kind) Life() time.Duration {
	switch k {
	case Start, Unlock:
		return time.Minute
	case Reset:
		return 5 * time.Minute
	case Stop, Availability:
		return 24 * time.Hour
	case ClearCache, LocalList:
		return 30 * 24 * time.Hour
	}
	return time.Minute
}

// repeat are the kinds of which saying it twice does no more than saying it once.
var repeat = []Kind{Stop, Availability, ClearCache, LocalList}

// Repeats reports whether saying it twice does no more than saying it once.
func (k Kind) Repeats() bool { return slices.Contains(repeat, k) }

// State is how far a command has come.
type State string

// The states. The last four are ends.
const (
	Waiting  State = "waiting"  // for its charger
	Sent     State = "sent"     // for the charger's answer
	Accepted State = "accepted" // the charger will, or did
	Refused  State = "refused"  // the charger will not; Word says how it put it
	Failed   State = "failed"   // could not be said, or nobody knows what became of it
	Expired  State = "expired"  // the charger did not come in time
)

// Over reports whether s is an end.
func (s State) Over() bool { return s != Waiting && s != Sent }

// Command is one thing a charger is asked to do.
type Command struct {
	Workspace id.Workspace
	ID        id.Command
	Charger   id.Charger
	Kind      Kind
	EVSE      int64     // 0: the charger as a whole, or whichever it chooses
	Option    string    // of Reset: soft, hard; of Availability: on, off; of LocalList: "" or Anew
	Session   id.Charge // of Stop
	Card      id.Card   // of Start: for which; else because of which, or ""
	AskedBy   string    // as in the journal
	Why       string    // "" if somebody asked; else the reason of the decision that changed
	State     State
	Word      string // the charger's, or why it failed
	Tries     int64
	Due       time.Time // not before
	Asked     time.Time
	Sent      time.Time // zero: not yet
	Ended     time.Time // zero: not yet
	Expires   time.Time
	Holder    string // by which connection it was sent, while it is
}

// Insert adds c and sets its ID, State and times; Expires is the kind's life from
// now if it is not set, and Due is now if it is not later.
func Insert(tx *db.Tx, c *Command) error {
	c.ID, c.State, c.Asked = id.New[id.Command](), Waiting, tx.Now
	if c.Due.Before(tx.Now) {
		c.Due = tx.Now
	}
	if c.Expires.IsZero() {
		c.Expires = tx.Now.Add(c.Kind.Life())
	}
	tx.Notify(Topic)
	_, err := tx.Exec(`INSERT INTO command (workspace, id, charger, kind, evse, option, session, card, asked_by, why, state, word, tries, due_at, asked_at, sent_at, ended_at, expires_at, holder, lease)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting', '', 0, ?, ?, 0, 0, ?, '', 0)`,
		c.Workspace, c.ID, c.Charger, c.Kind, c.EVSE, c.Option, c.Session, c.Card, c.AskedBy, c.Why, c.Due.UnixMilli(), tx.NowMS(), c.Expires.UnixMilli())
	return err
}

// Columns are those that Scan reads, of command k.
const Columns = `k.workspace, k.id, k.charger, k.kind, k.evse, k.option, k.session, k.card, k.asked_by, k.why, k.state, k.word, k.tries,
	k.due_at, k.asked_at, k.sent_at, k.ended_at, k.expires_at, k.holder`

// Scan reads Columns, and behind them whatever more was asked for.
func Scan(row db.Scanner, more ...any) (c Command, err error) {
	var due, asked, sent, ended, expires int64
	err = row.Scan(append([]any{
		&c.Workspace, &c.ID, &c.Charger, &c.Kind, &c.EVSE, &c.Option, &c.Session, &c.Card, &c.AskedBy, &c.Why, &c.State, &c.Word, &c.Tries,
		&due, &asked, &sent, &ended, &expires, &c.Holder,
	}, more...)...)
	for to, ms := range map[*time.Time]int64{&c.Due: due, &c.Asked: asked, &c.Sent: sent, &c.Ended: ended, &c.Expires: expires} {
		if ms != 0 {
			*to = time.UnixMilli(ms).UTC()
		}
	}
	return c, err
}

func plain(row db.Scanner) (Command, error) { return Scan(row) }

// ByID returns one command of the workspace.
func ByID(tx *db.Tx, ws id.Workspace, c id.Command) (Command, error) {
	all, err := db.All(tx, plain, `SELECT `+Columns+` FROM command k WHERE k.workspace = ? AND k.id = ?`, ws, c)
	if err == nil && len(all) == 0 {
		err = errs.New(errs.NotFound, "There is no such command.")
	}
	if err != nil {
		return Command{}, err
	}
	return all[0], nil
}

// StopOf returns the newest command to stop a session, if there is one.
func StopOf(tx *db.Tx, ws id.Workspace, charger id.Charger, session id.Charge) (c Command, there bool, err error) {
	all, err := db.All(tx, plain, `SELECT `+Columns+` FROM command k WHERE k.workspace = ? AND k.charger = ? AND k.kind = 'stop' AND k.session = ? ORDER BY k.id DESC LIMIT 1`, ws, charger, session)
	if err != nil || len(all) == 0 {
		return c, false, err
	}
	return all[0], true, nil
}

// WaitsOf returns the command of a kind that was not sent yet to a charger as a whole, if
// there is one that waits for half of its life yet: another of its kind would say
// nothing more.
func WaitsOf(tx *db.Tx, ws id.Workspace, charger id.Charger, k Kind) (c Command, there bool, err error) {
	all, err := db.All(tx, plain, `SELECT `+Columns+` FROM command k WHERE k.`+open+` AND k.state = 'waiting' AND k.workspace = ? AND k.charger = ? AND k.kind = ? AND k.evse = 0 AND k.expires_at > ?
		ORDER BY k.id DESC LIMIT 1`, ws, charger, k, tx.Now.Add(k.Life()/2).UnixMilli())
	if err != nil || len(all) == 0 {
		return c, false, err
	}
	return all[0], true, nil
}

// Revoke notes that a charger is told by a command, to clear its cache or by its list, that
// cards lost what they were allowed. It takes the place of what it was told of them so
// before.
func Revoke(tx *db.Tx, by *Command, cards ...id.Card) error {
	lists := make([][]any, len(cards))
	for i, card := range cards {
		lists[i] = []any{by.Workspace, card, by.Charger, by.Kind, by.ID, tx.NowMS()}
	}
	_, err := tx.ExecEach(`INSERT INTO revocation (workspace, card, charger, kind, command, revoked_at) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (workspace, card, charger, kind) DO UPDATE SET command = excluded.command, revoked_at = excluded.revoked_at`, lists)
	return err
}
