// Package application is what somebody writes who was not invited and asks to
// come in: from the registration page of a workspace to the answer of those who
// decide.
//
// Nothing of it counts before the mailbox is proven: the link that is mailed
// leads to a page where a password makes a user of the applicant, and uses the
// link up. The token is derived, as an invitation's is, and only its hash is
// stored.
package application

import (
	"strings"
	"time"
	"unicode"

	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/seal"
)

// TokenLen is how many characters a link's token has.
const TokenLen = 43

// MaxMessage is how many characters an applicant, or who answers, may write.
const MaxMessage = 1000

// The bounds of how long a link works. In between it works as long as the
// workspace's invitations do.
const (
	ShortestLife = 15 * time.Minute
	LongestLife  = 24 * time.Hour
)

// Life is how long a link works in a workspace whose invitations work for
// invitations.
func Life(invitations time.Duration) time.Duration {
	return min(max(invitations, ShortestLife), LongestLife)
}

// Application is one of them.
type Application struct {
	Workspace  id.Workspace
	ID         id.Applicant
	Email      string // canonical
	FirstName  string
	LastName   string
	Message    string // to those who decide
	Language   string
	Person     id.Person // who they became; "" until the mailbox was proven
	Created    time.Time
	Expires    time.Time // of the link
	Confirmed  time.Time // zero until the mailbox was proven
	Answered   time.Time // zero while it waits
	AnsweredBy string    // as the journal names them
	Answer     string    // the message that came with it

	Code           id.JoinCode // the joining code by which they came; "" for none
	CodeGeneration int64       // of that code, when they came
	Answers        string      // to that code's questions, as JSON
}

// Open reports whether the link still works at now.
func (a *Application) Open(now time.Time) bool {
	return a.Confirmed.IsZero() && a.Expires.After(now)
}

// CleanMessage trims a message that people write to each other and says, at
// field, if it is too long or cannot be shown.
func CleanMessage(field, text string) (string, error) {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	if n := len([]rune(text)); n > MaxMessage {
		return text, errs.AtField(field, "The message has %d characters; at most 1,000 fit.", n)
	}
	if strings.ContainsFunc(text, func(r rune) bool {
		return r != '\n' && r != '\t' && unicode.IsControl(r) || r == unicode.ReplacementChar
	}) {
		return text, errs.AtField(field, "The message holds characters that cannot be shown. Please type it again.")
	}
	return text, nil
}

func (a *Application) parts() []string {
	return []string{"application", string(a.Workspace), string(a.ID)}
}

// Token is the secret of the link. It may go into the mail and nowhere else.
func (a *Application) Token(keys *seal.Ring) string { return keys.Link(a.parts()...) }

// ShortCode is the short code of the link, for reading on another device.
func (a *Application) ShortCode(keys *seal.Ring) string { return keys.Code(a.parts()...) }

func codeHash(keys *seal.Ring, code string) string {
	return keys.KeyedHash("application code", seal.CleanCode(code))
}

const columns = `workspace, id, email, first_name, last_name, message, language, person, created_at, expires_at,
	COALESCE(confirmed_at, 0), COALESCE(answered_at, 0), answered_by, answer, code, code_generation, answers`

func scan(row db.Scanner) (a Application, err error) {
	var created, expires, confirmed, answered int64
	err = row.Scan(&a.Workspace, &a.ID, &a.Email, &a.FirstName, &a.LastName, &a.Message, &a.Language, &a.Person, &created, &expires,
		&confirmed, &answered, &a.AnsweredBy, &a.Answer, &a.Code, &a.CodeGeneration, &a.Answers)
	for to, ms := range map[*time.Time]int64{&a.Created: created, &a.Expires: expires, &a.Confirmed: confirmed, &a.Answered: answered} {
		if ms != 0 {
			*to = time.UnixMilli(ms).UTC()
		}
	}
	return a, err
}

// Insert stores an application whose link works for life, and sets its ID and
// times.
func Insert(tx *db.Tx, keys *seal.Ring, a *Application, life time.Duration) error {
	if a.Answers == "" {
		a.Answers = "[]"
	}
	a.ID, a.Created, a.Expires = id.New[id.Applicant](), tx.Now, tx.Now.Add(life)
	_, err := tx.Exec(`INSERT INTO application (workspace, id, email, first_name, last_name, message, language, token_hash, code_hash, person, created_at, expires_at, answered_by, answer, code, code_generation, answers)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?, ?, '', '', ?, ?, ?)`,
		a.Workspace, a.ID, a.Email, a.FirstName, a.LastName, a.Message, a.Language, seal.Hash(a.Token(keys)), codeHash(keys, a.ShortCode(keys)), tx.NowMS(), a.Expires.UnixMilli(), a.Code, a.CodeGeneration, a.Answers)
	return err
}

// ByID returns one application of the workspace.
func ByID(tx *db.Tx, ws id.Workspace, a id.Applicant) (Application, error) {
	return one(tx, `workspace = ? AND id = ?`, ws, a)
}

// CodeTyped returns the newest application of an address that came by a joining
// code and was not confirmed; an errs.NotFound if there is none.
func CodeTyped(tx *db.Tx, ws id.Workspace, email string) (Application, error) {
	return one(tx, `workspace = ? AND email = ? AND code <> '' AND confirmed_at IS NULL ORDER BY created_at DESC, id DESC LIMIT 1`, ws, email)
}

// ByToken finds the application of a link, whatever its state. Like ByCode it
// does not know the workspace: the token is the proof.
func ByToken(tx *db.Tx, token string) (Application, error) {
	if len(token) != TokenLen {
		return Application{}, errNone
	}
	return one(tx, `token_hash = ?`, seal.Hash(token))
}

// ByCode finds the application of an address and its short code; the code alone
// opens nothing. The caller limits how often it is asked.
func ByCode(tx *db.Tx, keys *seal.Ring, email, code string) (Application, error) {
	return one(tx, `email = ? AND code_hash = ?`, email, codeHash(keys, code))
}

var errNone = errs.New(errs.NotFound, "There is no such application.")

func one(tx *db.Tx, where string, args ...any) (Application, error) {
	all, err := db.All(tx, scan, `SELECT `+columns+` FROM application WHERE `+where, args...)
	if err == nil && len(all) == 0 {
		err = errNone
	}
	if err != nil {
		return Application{}, err
	}
	return all[0], nil
}

// Confirm uses the link up: the mailbox is proven, and the applicant is who.
// One caller wins; the others, and whoever comes too late, get an errs.Gone.
func Confirm(tx *db.Tx, a *Application, who id.Person) error {
	n, err := tx.Exec(`UPDATE application SET confirmed_at = ?, person = ? WHERE workspace = ? AND id = ? AND confirmed_at IS NULL AND expires_at > ?`,
		tx.NowMS(), who, a.Workspace, a.ID, tx.NowMS())
	if err == nil && n == 0 {
		err = errs.New(errs.Gone, "This link was used already, or is too old.")
	}
	a.Confirmed, a.Person = tx.Now, who
	return err
}

// Lasts lets a link that was not used yet live for life from now: its mail goes
// out, or has gone out, just now.
func Lasts(tx *db.Tx, a *Application, life time.Duration) error {
	a.Expires = tx.Now.Add(life)
	_, err := tx.Exec(`UPDATE application SET expires_at = ? WHERE workspace = ? AND id = ? AND confirmed_at IS NULL`, a.Expires.UnixMilli(), a.Workspace, a.ID)
	return err
}

// Answer notes on everything that a person wrote and that waits who answered
// it, and with which words. Not everybody who waits has written: then the answer
// is kept by itself, under their address.
func Answer(tx *db.Tx, ws id.Workspace, who id.Person, email, by, message string) error {
	n, err := tx.Exec(`UPDATE application SET answered_at = ?, answered_by = ?, answer = ? WHERE workspace = ? AND person = ? AND answered_at IS NULL`,
		tx.NowMS(), by, message, ws, who)
	if err != nil || n > 0 {
		return err
	}
	_, none := seal.Token() // no link leads here
	_, err = tx.Exec(`INSERT INTO application (workspace, id, email, first_name, last_name, message, language, token_hash, code_hash, person, created_at, expires_at, confirmed_at, answered_at, answered_by, answer)
		VALUES (?, ?, ?, '', '', '', '', ?, '', ?, ?, ?, ?, ?, ?, ?)`,
		ws, id.New[id.Applicant](), email, none, who, tx.NowMS(), tx.NowMS(), tx.NowMS(), tx.NowMS(), by, message)
	return err
}

// Answered returns what a person was answered last, or an errs.NotFound.
func Answered(tx *db.Tx, ws id.Workspace, who id.Person) (Application, error) {
	return one(tx, `workspace = ? AND person = ? AND answered_at IS NOT NULL ORDER BY answered_at DESC, id DESC LIMIT 1`, ws, who)
}

// Sweep removes those whose link ended unused a day ago: what strangers typed is
// not kept.
func Sweep(tx *db.Tx) error {
	_, err := tx.Exec(`DELETE FROM application WHERE confirmed_at IS NULL AND expires_at < ?`, tx.Now.Add(-24*time.Hour).UnixMilli())
	return err
}
