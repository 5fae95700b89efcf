// Package login is how people prove who they are: an address, a password, and
// the sessions of their browsers. One login may hold a seat in many workspaces.
package login

import (
	"strings"
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/seal"
)

// Identity is one login.
type Identity struct {
	ID       id.Identity
	Email    string    // canonical; unique over all workspaces
	Verified time.Time // when the mailbox was proven; zero while it was not
	Hash     string    // argon2id; "" while there is no password
	Epoch    int64     // raised to end every session
	Language string
	Created  time.Time
	SignedIn time.Time // when its last session began; zero if none did
}

const columns = `id, email, COALESCE(verified_at, 0), password_hash, epoch, language, created_at, signed_in_at`

func scan(row db.Scanner) (v Identity, err error) {
	var verified, created, in int64
	err = row.Scan(&v.ID, &v.Email, &verified, &v.Hash, &v.Epoch, &v.Language, &created, &in)
	if in != 0 {
		v.SignedIn = time.UnixMilli(in).UTC()
	}
	if verified != 0 {
		v.Verified = time.UnixMilli(verified).UTC()
	}
	v.Created = time.UnixMilli(created).UTC()
	return v, err
}

// Insert adds v and sets its ID, Epoch and Created. A second one of that address
// is an errs.Conflict.
func Insert(tx *db.Tx, v *Identity) error {
	v.ID, v.Epoch, v.Created = id.New[id.Identity](), 1, tx.Now
	var verified *int64
	if !v.Verified.IsZero() {
		ms := v.Verified.UnixMilli()
		verified = &ms
	}
	_, err := tx.Exec(`INSERT INTO identity (id, email, verified_at, password_hash, epoch, language, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		v.ID, v.Email, verified, v.Hash, v.Epoch, v.Language, tx.NowMS())
	return err
}

// ByEmail returns the login of a canonical address.
func ByEmail(tx *db.Tx, email string) (Identity, error) { return one(tx, `email = ?`, email) }

// ByID returns one login.
func ByID(tx *db.Tx, who id.Identity) (Identity, error) { return one(tx, `id = ?`, who) }

func one(tx *db.Tx, where string, args ...any) (Identity, error) {
	all, err := db.All(tx, scan, `SELECT `+columns+` FROM identity WHERE `+where, args...)
	if err == nil && len(all) == 0 {
		err = errs.New(errs.NotFound, "There is no such login.")
	}
	if err != nil {
		return Identity{}, err
	}
	return all[0], nil
}

// SetPassword replaces the password and ends every session, sign-in link and link
// for a new password there is.
func SetPassword(tx *db.Tx, who id.Identity, hash string) error {
	if err := endLinks(tx, who); err != nil {
		return err
	}
	if err := endResets(tx, who); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE identity SET password_hash = ?, epoch = epoch + 1 WHERE id = ?`, hash, who)
	return err
}

// Prove notes that the mailbox is the login's: somebody followed a link that was
// mailed there.
func Prove(tx *db.Tx, who id.Identity) error {
	_, err := tx.Exec(`UPDATE identity SET verified_at = ? WHERE id = ? AND verified_at IS NULL`, tx.NowMS(), who)
	return err
}

func endLinks(tx *db.Tx, who id.Identity) error {
	_, err := tx.Exec(`UPDATE sign_in_link SET used_at = ? WHERE identity = ? AND used_at IS NULL`, tx.NowMS(), who)
	return err
}

// How long a browser's session lasts: without use, and at most. Staff see other
// people's data and sign in more often.
const (
	staffIdle, staffMost   = 30 * time.Minute, 12 * time.Hour
	driverIdle, driverMost = 30 * 24 * time.Hour, 30 * 24 * time.Hour
)

// Method is how a session began.
type Method string

// The methods. Only a password proves who sits there: a link or a code proves that
// somebody reads a mailbox, or runs the server.
const (
	ByPassword Method = "password"
	ByLink     Method = "link"
)

// ProofLife is how long giving the password counts as proof.
const ProofLife = 10 * time.Minute

// Begin is what a session begins with.
type Begin struct {
	Staff  bool
	Method Method
	Proven time.Time // when the password was given; zero if it was not
	Agent  string    // the browser, as it calls itself
}

// Start begins a browser's session and returns its token, for the cookie.
func Start(tx *db.Tx, v Identity, b Begin) (token string, err error) {
	token, hash := seal.Token()
	var proven int64
	if b.Method == ByPassword && !b.Proven.IsZero() {
		proven = b.Proven.UnixMilli()
	}
	if _, err = tx.Exec(`INSERT INTO web_session (token_hash, identity, epoch, staff, created_at, seen_at, proven_at, method, agent) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		hash, v.ID, v.Epoch, b.Staff, tx.NowMS(), tx.NowMS(), proven, b.Method, clip(b.Agent)); err != nil {
		return "", err
	}
	_, err = tx.Exec(`UPDATE identity SET signed_in_at = ? WHERE id = ?`, tx.NowMS(), v.ID)
	return token, err
}

// clip keeps what a browser says of itself within bounds.
func clip(agent string) string {
	agent = strings.ToValidUTF8(strings.ReplaceAll(agent, "\x00", ""), "")
	return agent[:min(len(agent), 300)]
}

// Session is a browser's session that holds.
type Session struct {
	Identity Identity
	Staff    bool
	Masked   bool // privacy mode: personal data is not shown in this browser
	Method   Method
	Agent    string
	Created  time.Time
	Seen     time.Time
	Proven   time.Time // when the password was last given; zero if it never was
	hash     string
}

// Fresh reports whether the password was given a short while ago, in this session
// and by nothing that only a mailbox proves.
func (s Session) Fresh(now time.Time) bool {
	return s.Method == ByPassword && !s.Proven.IsZero() && now.Sub(s.Proven) <= ProofLife
}

// Key tells the sessions of a login apart. It opens nothing.
func (s Session) Key() string { return seal.Hash(s.hash)[:20] }

// BySession returns whose session a token is, or an errs.SignedOut.
func BySession(tx *db.Tx, token string) (s Session, err error) {
	var created, seen, verified, made, epoch, proven int64
	s.hash = seal.Hash(token)
	err = tx.Row(`SELECT s.staff, s.masked, s.epoch, s.created_at, s.seen_at, s.proven_at, s.method, s.agent, i.id, i.email, COALESCE(i.verified_at, 0), i.password_hash, i.epoch, i.language, i.created_at
		FROM web_session s JOIN identity i ON i.id = s.identity WHERE s.token_hash = ?`, []any{s.hash},
		&s.Staff, &s.Masked, &epoch, &created, &seen, &proven, &s.Method, &s.Agent, &s.Identity.ID, &s.Identity.Email, &verified, &s.Identity.Hash, &s.Identity.Epoch, &s.Identity.Language, &made)
	s.Identity.Created = time.UnixMilli(made).UTC()
	if verified != 0 {
		s.Identity.Verified = time.UnixMilli(verified).UTC()
	}
	s.Seen, s.Created = time.UnixMilli(seen).UTC(), time.UnixMilli(created).UTC()
	if proven != 0 {
		s.Proven = time.UnixMilli(proven).UTC()
	}
	switch {
	case errs.KindOf(err) == errs.NotFound:
		return Session{}, errSignedOut
	case err != nil:
		return Session{}, err
	case epoch != s.Identity.Epoch, s.over(tx.Now):
		return Session{}, errSignedOut
	}
	return s, nil
}

// over reports whether the session has ended by its time.
func (s Session) over(now time.Time) bool {
	idle, most := driverIdle, driverMost
	if s.Staff {
		idle, most = staffIdle, staffMost
	}
	return now.After(s.Seen.Add(idle)) || now.After(s.Created.Add(most))
}

var errSignedOut = errs.New(errs.SignedOut, "Please sign in.")

// Stale reports whether the session's last use is old enough to be written down
// again; doing so on every request would be a write per click.
func (s Session) Stale(now time.Time) bool { return now.Sub(s.Seen) > time.Minute }

// Touch writes down that the session is in use.
func Touch(tx *db.Tx, s Session) error {
	_, err := tx.Exec(`UPDATE web_session SET seen_at = ? WHERE token_hash = ?`, tx.NowMS(), s.hash)
	return err
}

// Mask turns privacy mode on or off for one browser's session.
func Mask(tx *db.Tx, s Session, on bool) error {
	_, err := tx.Exec(`UPDATE web_session SET masked = ? WHERE token_hash = ?`, on, s.hash)
	return err
}

// MaskNew does so for a session that has just begun, by its token.
func MaskNew(tx *db.Tx, token string, on bool) error {
	return Mask(tx, Session{hash: seal.Hash(token)}, on)
}

// End ends one browser's session.
func End(tx *db.Tx, token string) error {
	_, err := tx.Exec(`DELETE FROM web_session WHERE token_hash = ?`, seal.Hash(token))
	return err
}

// Sweep removes sessions and links that ended long ago.
func Sweep(tx *db.Tx) error {
	if _, err := tx.Exec(`DELETE FROM web_session WHERE created_at < ?`, tx.Now.Add(-driverMost).UnixMilli()); err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM sign_in_link WHERE expires_at < ?`, tx.NowMS()); err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM password_reset WHERE expires_at < ?`, tx.NowMS()); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM attempt WHERE until < ?`, tx.NowMS())
	return err
}

// NewLink makes a link that signs a login in once. It is for whoever runs the
// program (the demo prints one); it is never mailed.
func NewLink(tx *db.Tx, who id.Identity, life time.Duration) (token string, err error) {
	token, hash := seal.Token()
	_, err = tx.Exec(`INSERT INTO sign_in_link (token_hash, identity, expires_at) VALUES (?, ?, ?)`, hash, who, tx.Now.Add(life).UnixMilli())
	return token, err
}

// UseLink uses a sign-in link up and returns whose it was, or an errs.Gone.
func UseLink(tx *db.Tx, token string) (v Identity, err error) {
	var who id.Identity
	err = tx.Row(`UPDATE sign_in_link SET used_at = ? WHERE token_hash = ? AND used_at IS NULL AND expires_at > ? RETURNING identity`,
		[]any{tx.NowMS(), seal.Hash(token), tx.NowMS()}, &who)
	if errs.KindOf(err) == errs.NotFound {
		err = errs.New(errs.Gone, "This sign-in link was used already, or is too old. Sign in with your password, or start the program again for a new link.")
	}
	if err != nil {
		return Identity{}, err
	}
	return ByID(tx, who)
}

// Limit lets burst events of a bucket pass at once and then one per every; the
// others are an errs.Unavailable that says how long to wait. It is kept in the
// database, so that it holds over all replicas. A success may [Forgive].
func Limit(tx *db.Tx, bucket string, burst int, every time.Duration) error {
	key := seal.Hash(bucket)
	full := tx.Now.Add(time.Duration(burst) * every).UnixMilli()
	n, err := tx.Exec(`INSERT INTO attempt (bucket, until) VALUES (?, ?)
		ON CONFLICT (bucket) DO UPDATE SET until = CASE WHEN attempt.until < ? THEN ? ELSE attempt.until END + ?
		WHERE CASE WHEN attempt.until < ? THEN ? ELSE attempt.until END + ? <= ?`,
		key, tx.NowMS()+every.Milliseconds(),
		tx.NowMS(), tx.NowMS(), every.Milliseconds(),
		tx.NowMS(), tx.NowMS(), every.Milliseconds(), full)
	if err != nil || n > 0 {
		return err
	}
	return errs.New(errs.Unavailable, "Too many tries. Please wait %s and try again.", spell(every))
}

func spell(d time.Duration) string {
	if d <= time.Minute {
		return "a minute"
	}
	return "some minutes"
}

// Limited reports whether [Limit] would refuse the next event of a bucket, and
// counts nothing.
func Limited(tx *db.Tx, bucket string, burst int, every time.Duration) (bool, error) {
	var until int64
	err := tx.Row(`SELECT COALESCE(MAX(until), 0) FROM attempt WHERE bucket = ?`, []any{seal.Hash(bucket)}, &until)
	return max(until, tx.NowMS())+every.Milliseconds() > tx.Now.Add(time.Duration(burst)*every).UnixMilli(), err
}

// GiveBack takes one event of a bucket back that [Limit] let pass in the same
// transaction: only failures are to count. A bucket that is empty by that leaves
// nothing behind.
func GiveBack(tx *db.Tx, bucket string, every time.Duration) error {
	key := seal.Hash(bucket)
	if _, err := tx.Exec(`UPDATE attempt SET until = until - ? WHERE bucket = ?`, every.Milliseconds(), key); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM attempt WHERE bucket = ? AND until <= ?`, key, tx.NowMS())
	return err
}

// Forgive empties a bucket.
func Forgive(tx *db.Tx, bucket string) error {
	_, err := tx.Exec(`DELETE FROM attempt WHERE bucket = ?`, seal.Hash(bucket))
	return err
}
