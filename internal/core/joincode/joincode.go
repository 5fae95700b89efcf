// Package joincode is joining codes: an offer to whoever holds the code to charge
// in a zone, to be in a user group, or both; and who came by which code.
//
// A code is 8 Crockford characters, for posters, stickers and word of mouth. It
// is derived from its id and generation, so staff can be shown it again at any
// time; stored is a keyed hash of it, to find it by. A newer generation
// ("rotate") ends the older code and takes nothing from those who came by it.
//
// Whoever looks a typed code up must limit guesses.
package joincode

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/mail"
	"involt/internal/kit/seal"
)

// Len is how many characters a code has.
const Len = 8

// Code is one joining code with its options. At least one of Location and Group
// is set, but for one whose group was deleted.
type Code struct {
	Workspace id.Workspace
	ID        id.JoinCode
	Location  id.Location // the zone that it opens; "" for none
	Group     id.Group    // the group that it leads into; "" for none
	Name      string      // staff's own note, such as where its poster hangs

	Generation int64
	Enabled    bool
	Approval   bool         // whoever enters it waits for staff
	Expires    time.Time    // the first moment at which nobody gets in by it any more; zero: never
	MaxUses    int64        // 0: as many as like
	Uses       int64        // how many came, those who wait included
	Domains    mail.Domains // of whoever may use it; empty: everybody
	From       time.Time    // when the access that it gives begins; zero: at once
	Until      time.Time    // the first moment at which that access is over; zero: never
	Questions  []string     // what whoever enters it is asked

	MadeBy  string // as the journal names them
	Rotated time.Time
	Version int64
	Created time.Time
}

// Secret is the code itself, as it may be shown to staff and printed.
func (c *Code) Secret(keys *seal.Ring) string {
	return keys.Code("joining code", string(c.Workspace), string(c.ID), strconv.FormatInt(c.Generation, 10))
}

// Grouped spells a code in two groups of four, as posters print it.
func Grouped(code string) string {
	if len(code) != Len {
		return code
	}
	return code[:4] + "-" + code[4:]
}

func hash(keys *seal.Ring, code string) string { return keys.KeyedHash("joining code", code) }

// Closed says why nobody gets in by a code at now.
type Closed string

// The reasons.
const (
	Open    Closed = ""
	Off     Closed = "off"     // staff switched it off
	Expired Closed = "expired" // its last day is over
	Full    Closed = "full"    // as many came as may
	Over    Closed = "over"    // the access that it gives is over
)

// State says whether the code lets anybody in at now, and if not, why.
func (c *Code) State(now time.Time) Closed {
	switch {
	case !c.Enabled, c.Location == "" && c.Group == "":
		return Off
	case !c.Expires.IsZero() && !c.Expires.After(now):
		return Expired
	case !c.Until.IsZero() && !c.Until.After(now):
		return Over
	case c.MaxUses > 0 && c.Uses >= c.MaxUses:
		return Full
	}
	return Open
}

// ForEmail reports whether the code is for somebody with that canonical address.
func (c *Code) ForEmail(email string) bool { return len(c.Domains) == 0 || c.Domains.Hold(email) }

// The bounds of the options.
const (
	MaxQuestions = 5
	MaxAnswer    = 300
	mostUses     = 1_000_000
)

// Check puts c into the form in which it is kept, and says what is wrong with
// it, at the fields "name", "max_uses", "access_from", "access_until" and
// "questions".
func (c *Code) Check() error {
	var wrong errs.List
	if c.Name = strings.Join(strings.Fields(c.Name), " "); len([]rune(c.Name)) > 100 {
		wrong.Add(errs.AtField("name", "The note has %d characters; at most 100 fit.", len([]rune(c.Name))))
	}
	if c.MaxUses < 0 || c.MaxUses > mostUses {
		wrong.Add(errs.AtField("max_uses", "Write a whole number from 1 to 1,000,000, or leave it empty."))
	}
	if !c.Until.IsZero() && !c.Until.After(c.From) {
		wrong.Add(errs.AtField("access_until", "The access would end before it begins. Choose a later last day."))
	}
	questions := []string{}
	for _, q := range c.Questions {
		if q = strings.Join(strings.Fields(q), " "); q == "" {
			continue
		}
		if len([]rune(q)) > 200 {
			wrong.Add(errs.AtField("questions", "A question has %d characters; at most 200 fit.", len([]rune(q))))
		}
		questions = append(questions, q)
	}
	if c.Questions = questions; len(questions) > MaxQuestions {
		wrong.Add(errs.AtField("questions", "These are %d questions; at most %d fit.", len(questions), MaxQuestions))
	}
	return wrong.Err()
}

const columns = `workspace, id, COALESCE(location, ''), COALESCE(user_group, ''), name, generation, enabled, approval, expires_at, max_uses, uses, domains,
	access_from, access_until, questions, made_by, rotated_at, version, created_at`

func scan(row db.Scanner) (c Code, err error) {
	var domains, questions string
	var expires, from, until, rotated, created int64
	err = row.Scan(&c.Workspace, &c.ID, &c.Location, &c.Group, &c.Name, &c.Generation, &c.Enabled, &c.Approval, &expires, &c.MaxUses, &c.Uses, &domains,
		&from, &until, &questions, &c.MadeBy, &rotated, &c.Version, &created)
	if err != nil {
		return c, err
	}
	c.Domains = strings.Fields(domains)
	c.Expires, c.From, c.Until, c.Rotated, c.Created = at(expires), at(from), at(until), at(rotated), at(created)
	return c, json.Unmarshal([]byte(questions), &c.Questions)
}

func at(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

func ms(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// Insert adds c, after [Code.Check], and sets its ID, Generation, Version and
// times.
func Insert(tx *db.Tx, keys *seal.Ring, c *Code) error {
	if c.Location == "" && c.Group == "" {
		return errs.AtField("location", "Say what the code is for: a zone, a user group, or both.")
	}
	if err := c.Check(); err != nil {
		return err
	}
	questions, err := json.Marshal(c.Questions)
	if err != nil {
		return fmt.Errorf("questions of a joining code: %w", err)
	}
	c.ID, c.Generation, c.Uses, c.Version, c.Created, c.Rotated = id.New[id.JoinCode](), 0, 0, 1, tx.Now, tx.Now
	for range mostDraws {
		c.Generation++
		n, err := tx.Exec(`INSERT INTO join_code (workspace, id, location, user_group, name, generation, code_hash, enabled, approval, expires_at, max_uses, uses, domains,
				access_from, access_until, questions, made_by, rotated_at, version, created_at)
			VALUES (?, ?, NULLIF(?, ''), NULLIF(?, ''), ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (code_hash) DO NOTHING`,
			c.Workspace, c.ID, c.Location, c.Group, c.Name, c.Generation, hash(keys, c.Secret(keys)), c.Enabled, c.Approval, ms(c.Expires), c.MaxUses, c.Domains.String(),
			ms(c.From), ms(c.Until), string(questions), c.MadeBy, tx.NowMS(), c.Version, tx.NowMS())
		if err != nil || n > 0 {
			return err
		}
	}
	return errNoneFree
}

// mostDraws is how often another code is drawn while the one drawn is somebody
// else's. With a million codes in use that happens once in a million draws.
const mostDraws = 20

var errNoneFree = errs.New(errs.Unavailable, "No free code was found. Please try again.")

// Save writes c's options back, after [Code.Check]; what it is for stays, and so
// does the code. If somebody else wrote it since c was read, that is an
// errs.Conflict.
func Save(tx *db.Tx, c *Code) error {
	if err := c.Check(); err != nil {
		return err
	}
	questions, err := json.Marshal(c.Questions)
	if err != nil {
		return fmt.Errorf("questions of a joining code: %w", err)
	}
	n, err := tx.Exec(`UPDATE join_code SET name = ?, enabled = ?, approval = ?, expires_at = ?, max_uses = ?, domains = ?, access_from = ?, access_until = ?, questions = ?, version = version + 1
		WHERE workspace = ? AND id = ? AND version = ?`,
		c.Name, c.Enabled, c.Approval, ms(c.Expires), c.MaxUses, c.Domains.String(), ms(c.From), ms(c.Until), string(questions), c.Workspace, c.ID, c.Version)
	if err == nil && n == 0 {
		err = errs.New(errs.Conflict, "Someone else changed this joining code. Load it again and repeat your change.")
	}
	if err == nil {
		c.Version++
	}
	return err
}

// Rotate gives c a new code; the older one works no longer.
func Rotate(tx *db.Tx, keys *seal.Ring, c *Code) error {
	was := c.Generation
	for range mostDraws {
		c.Generation++
		n, err := tx.Exec(`UPDATE join_code SET generation = ?, code_hash = ?, rotated_at = ?, version = version + 1
			WHERE workspace = ? AND id = ? AND generation = ? AND NOT EXISTS (SELECT 1 FROM join_code o WHERE o.code_hash = ?)`,
			c.Generation, hash(keys, c.Secret(keys)), tx.NowMS(), c.Workspace, c.ID, was, hash(keys, c.Secret(keys)))
		if err != nil {
			return err
		}
		if n > 0 {
			c.Rotated, c.Version = tx.Now, c.Version+1
			return nil
		}
		if now, err := ByID(tx, c.Workspace, c.ID); err != nil || now.Generation != was {
			return errs.Or(err, errs.New(errs.Conflict, "Someone else made a new code just now. Look at it first."))
		}
	}
	return errNoneFree
}

// Use counts somebody who comes by the code. Whether it still lets anybody in is
// decided in the one statement that counts: if it does not, that is an errs.Gone.
func Use(tx *db.Tx, c *Code) error {
	n, err := tx.Exec(`UPDATE join_code SET uses = uses + 1 WHERE workspace = ? AND id = ? AND generation = ? AND enabled
		AND (expires_at = 0 OR expires_at > ?) AND (access_until = 0 OR access_until > ?) AND (max_uses = 0 OR uses < max_uses)
		AND (location IS NOT NULL OR user_group IS NOT NULL)`,
		c.Workspace, c.ID, c.Generation, tx.NowMS(), tx.NowMS())
	if err == nil && n == 0 {
		err = errs.New(errs.Gone, "This code no longer lets anybody in.")
	}
	c.Uses++
	return err
}

// GiveBack takes back a use by somebody who was declined.
func GiveBack(tx *db.Tx, ws id.Workspace, c id.JoinCode) error {
	_, err := tx.Exec(`UPDATE join_code SET uses = uses - 1 WHERE workspace = ? AND id = ? AND uses > 0`, ws, c)
	return err
}

// ByID returns one code of the workspace.
func ByID(tx *db.Tx, ws id.Workspace, c id.JoinCode) (Code, error) {
	return one(tx, `workspace = ? AND id = ?`, ws, c)
}

// BySecret finds a code as somebody typed it, whatever its state. It does not
// know the workspace: the code is the proof. The caller limits how often it is
// asked.
func BySecret(tx *db.Tx, keys *seal.Ring, typed string) (Code, error) {
	code := seal.CleanCode(strings.TrimSpace(typed))
	if len(code) != Len {
		return Code{}, ErrNone
	}
	return one(tx, `code_hash = ?`, hash(keys, code))
}

// ErrNone is how a code that is not there is answered, and one that lies outside
// of what somebody may see.
var ErrNone = errs.New(errs.NotFound, "There is no such joining code.")

func one(tx *db.Tx, where string, args ...any) (Code, error) {
	all, err := db.All(tx, scan, `SELECT `+columns+` FROM join_code WHERE `+where, args...)
	if err == nil && len(all) == 0 {
		err = ErrNone
	}
	if err != nil {
		return Code{}, err
	}
	return all[0], nil
}

// List returns the workspace's codes, those of one location if at is not "", the
// oldest first.
func List(tx *db.Tx, ws id.Workspace, at id.Location) ([]Code, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM join_code WHERE workspace = ? AND (location = ? OR ? = '') ORDER BY created_at, id`, ws, at, at)
}

// WithoutGroup takes a group that is deleted from the codes that lead into it. A
// code that is for nothing else lets nobody in any more.
func WithoutGroup(tx *db.Tx, ws id.Workspace, g id.Group) error {
	_, err := tx.Exec(`UPDATE join_code SET user_group = NULL, enabled = (enabled AND location IS NOT NULL), version = version + 1 WHERE workspace = ? AND user_group = ?`, ws, g)
	return err
}
