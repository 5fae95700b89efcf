// Package invite is the link by which a person comes in: for one address, once,
// within the time the workspace allows.
//
// The token of a link is derived from the invitation and its generation, so
// that a mail that goes out twice carries the same link; sending again on
// purpose raises the generation, and the older link is dead. Only the token's
// hash is stored. Whether it still works is decided in the one statement that
// uses it up, by the database's clock.
package invite

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/seal"
)

// TokenLen is how many characters a link's token has.
const TokenLen = 43

// Channel is how the link reaches its reader.
type Channel string

// The channels. They are different classes of link: only the mailed one proves
// that its reader owns the mailbox.
const (
	ByMail    Channel = "mail"
	ByConsole Channel = "console" // printed for whoever runs the server, and to nobody else
)

// Offer is what the invitation gives on acceptance.
type Offer struct {
	Roles     []access.Given `json:"roles,omitempty"`     // staff roles, checked again at acceptance
	Account   id.Account     `json:"account,omitempty"`   // who pays for them
	Rate      string         `json:"rate,omitempty"`      // paid back per kWh of private charging, in the account's currency: "0.2500"; "" for none
	Groups    []id.Group     `json:"groups,omitempty"`    // user groups
	Locations []id.Location  `json:"locations,omitempty"` // places open to this person by name
	Chargers  []id.Charger   `json:"chargers,omitempty"`

	Everywhere bool `json:"everywhere,omitempty"` // every location and charger there is and will be
}

// Invite is one invitation.
type Invite struct {
	Workspace  id.Workspace
	ID         id.Invite
	Person     id.Person
	Channel    Channel
	Email      string
	Generation int64
	Offer      Offer
	Message    string // the inviter's own words
	InvitedBy  string // for the journal and for people: an actor's name
	Life       time.Duration
	Created    time.Time
	Sent       time.Time // zero until the mail server took the mail
	Bounced    time.Time
	Bounce     string // the mail server's words
	Opened     time.Time
	Accepted   time.Time
	Revoked    time.Time
	Declined   time.Time
	Expires    time.Time
	Claim      id.Claim // the printed code it came from: its person has no address yet, and gets this one
}

// Fits reports whether the invitation is still for the person who has that
// address: the same one, or none yet where it came from a printed code.
func (v *Invite) Fits(email string) bool {
	if v.Claim != "" {
		return email == ""
	}
	return email == v.Email
}

// State names where the invitation stands at now.
func (v *Invite) State(now time.Time) string {
	switch {
	case !v.Accepted.IsZero():
		return "accepted"
	case !v.Declined.IsZero():
		return "declined"
	case !v.Revoked.IsZero():
		return "revoked"
	case !v.Bounced.IsZero():
		return "bounced"
	case !v.Expires.After(now):
		return "expired"
	case !v.Opened.IsZero():
		return "opened"
	case !v.Sent.IsZero():
		return "sent"
	default:
		return "queued"
	}
}

// parts are what the token and the code are derived from.
func (v *Invite) parts() []string {
	return []string{string(v.Workspace), string(v.ID), strconv.FormatInt(v.Generation, 10)}
}

// Token is the secret of the invitation's newest link. It may go into the mail
// and nowhere else.
func (v *Invite) Token(keys *seal.Ring) string { return keys.Link(v.parts()...) }

// Code is the short code of the newest link, for reading on another device.
func (v *Invite) Code(keys *seal.Ring) string { return keys.Code(v.parts()...) }

func (v *Invite) hashes(keys *seal.Ring) (token, code string) {
	return seal.Hash(v.Token(keys)), keys.KeyedHash("invite code", v.Code(keys))
}

const columns = `workspace, id, person, channel, email, generation, offer, message, invited_by, life, created_at,
	COALESCE(sent_at, 0), COALESCE(bounced_at, 0), bounce, COALESCE(opened_at, 0), COALESCE(accepted_at, 0), COALESCE(revoked_at, 0), COALESCE(declined_at, 0), expires_at, claim`

func scan(row db.Scanner) (v Invite, err error) {
	var offer string
	var life, created, sent, bounced, opened, accepted, revoked, declined, expires int64
	err = row.Scan(&v.Workspace, &v.ID, &v.Person, &v.Channel, &v.Email, &v.Generation, &offer, &v.Message, &v.InvitedBy, &life, &created,
		&sent, &bounced, &v.Bounce, &opened, &accepted, &revoked, &declined, &expires, &v.Claim)
	if err != nil {
		return v, err
	}
	v.Life = time.Duration(life) * time.Millisecond
	for to, ms := range map[*time.Time]int64{
		&v.Created: created, &v.Sent: sent, &v.Bounced: bounced, &v.Opened: opened,
		&v.Accepted: accepted, &v.Revoked: revoked, &v.Declined: declined, &v.Expires: expires,
	} {
		if ms != 0 {
			*to = time.UnixMilli(ms).UTC()
		}
	}
	return v, json.Unmarshal([]byte(offer), &v.Offer)
}

// Open stores a new invitation and sets its ID, Generation and times. A person
// has one open invitation: an earlier one is revoked.
func Open(tx *db.Tx, keys *seal.Ring, v *Invite) error {
	if err := Revoke(tx, v.Workspace, v.Person); err != nil {
		return err
	}
	offer, err := json.Marshal(v.Offer)
	if err != nil {
		return fmt.Errorf("invitation's offer: %w", err)
	}
	v.ID, v.Generation, v.Created = id.New[id.Invite](), 1, tx.Now
	v.Expires = tx.Now.Add(v.Life)
	token, code := v.hashes(keys)
	_, err = tx.Exec(`INSERT INTO invite (workspace, id, person, channel, email, generation, token_hash, code_hash, offer, message, invited_by, life, created_at, bounce, expires_at, claim)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?, ?)`,
		v.Workspace, v.ID, v.Person, v.Channel, v.Email, v.Generation, token, code, string(offer), v.Message, v.InvitedBy, v.Life.Milliseconds(), tx.NowMS(), v.Expires.UnixMilli(), v.Claim)
	return err
}

// Renew makes a new link of an open invitation, expired or not, that works for
// v.Life; the older link stops working. by becomes the inviter.
func Renew(tx *db.Tx, keys *seal.Ring, v *Invite, by string) error {
	v.Generation, v.InvitedBy, v.Sent, v.Bounced, v.Bounce = v.Generation+1, by, time.Time{}, time.Time{}, ""
	v.Expires = tx.Now.Add(v.Life)
	n, err := tx.Exec(renew, v.renewal(keys)...)
	if err == nil && n == 0 {
		err = errs.New(errs.Conflict, "This invitation was used or changed meanwhile.")
	}
	return err
}

const renew = `UPDATE invite SET generation = ?, token_hash = ?, code_hash = ?, invited_by = ?, life = ?, sent_at = NULL, bounced_at = NULL, bounce = '', expires_at = ?
	WHERE workspace = ? AND id = ? AND generation = ? AND accepted_at IS NULL AND revoked_at IS NULL AND declined_at IS NULL`

// renewal are the arguments of renew for an invitation that has its next
// generation already.
func (v *Invite) renewal(keys *seal.Ring) []any {
	token, code := v.hashes(keys)
	return []any{v.Generation, token, code, v.InvitedBy, v.Life.Milliseconds(), v.Expires.UnixMilli(), v.Workspace, v.ID, v.Generation - 1}
}

// ByID returns one invitation of the workspace.
func ByID(tx *db.Tx, ws id.Workspace, inv id.Invite) (Invite, error) {
	return one(tx, `workspace = ? AND id = ?`, ws, inv)
}

// OpenOf returns a person's open invitation, expired or not, or an
// errs.NotFound.
func OpenOf(tx *db.Tx, ws id.Workspace, who id.Person) (Invite, error) {
	return one(tx, `workspace = ? AND person = ? AND accepted_at IS NULL AND revoked_at IS NULL AND declined_at IS NULL`, ws, who)
}

// NewestOf returns the invitation of a person that was made last, whatever its
// state, or an errs.NotFound.
func NewestOf(tx *db.Tx, ws id.Workspace, who id.Person) (Invite, error) {
	return one(tx, `workspace = ? AND person = ? ORDER BY created_at DESC, id DESC LIMIT 1`, ws, who)
}

// LockPeople keeps the people as they are until tx ends. Whoever opens, renews
// or redeems an invitation takes it first and looks at person and invitation
// after it: so an invitation cannot be opened for somebody who is coming in at
// this moment.
func LockPeople(tx *db.Tx, ws id.Workspace, list ...id.Person) error {
	if len(list) == 0 {
		return nil
	}
	// In one order, so that two who lock many do not wait for each other.
	_, err := db.All(tx, db.Text[id.Person], `SELECT id FROM person WHERE workspace = ? AND id IN `+db.In(len(list))+` ORDER BY id`+tx.ForUpdate(), db.Args(list, any(ws))...)
	return err
}

// ByToken finds the invitation of a link, whatever its state. It is one of the
// two places that find a row without knowing the workspace: the token is the
// proof.
func ByToken(tx *db.Tx, token string) (Invite, error) {
	if len(token) != TokenLen {
		return Invite{}, errs.New(errs.NotFound, "There is no such invitation.")
	}
	return one(tx, `token_hash = ?`, seal.Hash(token))
}

// ByCode finds the invitation of an address and its short code; the code alone
// opens nothing. The caller limits how often it is asked.
func ByCode(tx *db.Tx, keys *seal.Ring, email, code string) (Invite, error) {
	return one(tx, `email = ? AND code_hash = ?`, email, keys.KeyedHash("invite code", seal.CleanCode(code)))
}

func one(tx *db.Tx, where string, args ...any) (Invite, error) {
	all, err := db.All(tx, scan, `SELECT `+columns+` FROM invite WHERE `+where, args...)
	if err == nil && len(all) == 0 {
		err = errs.New(errs.NotFound, "There is no such invitation.")
	}
	if err != nil {
		return Invite{}, err
	}
	return all[0], nil
}

// Redeem uses an invitation up, by the generation of the link that was
// followed. Whatever else happened to it meanwhile, one caller wins and the
// others get an errs.Gone.
func Redeem(tx *db.Tx, v *Invite) error {
	v.Accepted = tx.Now
	return end(tx, v, "accepted_at")
}

// Decline ends an invitation as its reader wants it, by the generation of the link
// that was followed. One that was used, ended or replaced meanwhile, or whose time
// is over, stays as it is and is an errs.Gone.
func Decline(tx *db.Tx, v *Invite) error {
	v.Declined = tx.Now
	return end(tx, v, "declined_at")
}

// end writes down in a column when an invitation ended that is open under v's
// generation of its link.
func end(tx *db.Tx, v *Invite, column string) error {
	n, err := tx.Exec(`UPDATE invite SET `+column+` = ? WHERE workspace = ? AND id = ? AND generation = ?
		AND accepted_at IS NULL AND revoked_at IS NULL AND declined_at IS NULL AND expires_at > ?`,
		tx.NowMS(), v.Workspace, v.ID, v.Generation, tx.NowMS())
	if err == nil && n == 0 {
		err = errs.New(errs.Gone, "This link was used already, or is too old.")
	}
	return err
}

// Opens notes the first time somebody did something on the invitation's page.
func Opens(tx *db.Tx, v *Invite) error {
	_, err := tx.Exec(`UPDATE invite SET opened_at = ? WHERE workspace = ? AND id = ? AND opened_at IS NULL`, tx.NowMS(), v.Workspace, v.ID)
	return err
}

// Revoke ends a person's open invitation, if there is one.
func Revoke(tx *db.Tx, ws id.Workspace, who id.Person) error {
	_, err := tx.Exec(`UPDATE invite SET revoked_at = ? WHERE workspace = ? AND person = ?
		AND accepted_at IS NULL AND revoked_at IS NULL AND declined_at IS NULL`, tx.NowMS(), ws, who)
	return err
}

// WasSent notes that the mail server took the mail. The link's life begins now.
func WasSent(tx *db.Tx, v *Invite) error {
	_, err := tx.Exec(`UPDATE invite SET sent_at = ?, expires_at = ? WHERE workspace = ? AND id = ? AND generation = ?`,
		tx.NowMS(), tx.Now.Add(v.Life).UnixMilli(), v.Workspace, v.ID, v.Generation)
	return err
}

// Extend lets a link that was not sent yet live its whole life from now, so
// that a mail that waited long does not bring a dead link.
func Extend(tx *db.Tx, v *Invite) error {
	_, err := tx.Exec(`UPDATE invite SET expires_at = ? WHERE workspace = ? AND id = ? AND generation = ? AND sent_at IS NULL`,
		tx.Now.Add(v.Life).UnixMilli(), v.Workspace, v.ID, v.Generation)
	return err
}

// WasBounced notes that the mail server refused the mail for good, in its words.
func WasBounced(tx *db.Tx, v *Invite, reply string) error {
	_, err := tx.Exec(`UPDATE invite SET bounced_at = ?, bounce = ? WHERE workspace = ? AND id = ? AND generation = ?`,
		tx.NowMS(), reply, v.Workspace, v.ID, v.Generation)
	return err
}
