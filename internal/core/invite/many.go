package invite

import (
	"encoding/json"
	"fmt"
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/seal"
)

// open is the condition for those that were neither used nor ended.
const open = `accepted_at IS NULL AND revoked_at IS NULL AND declined_at IS NULL`

// OpenOfMany returns the open invitations of those of the people who have one,
// expired or not. A list may name somebody twice.
func OpenOfMany(tx *db.Tx, ws id.Workspace, list []id.Person) (map[id.Person]*Invite, error) {
	return byPerson(tx, `SELECT `+columns+` FROM invite WHERE workspace = ? AND `+open+` AND person IN `+db.In(len(list)), db.Args(list, any(ws))...)
}

// NewestOfMany returns, of those of the people who were ever invited, the
// invitation that was made last, whatever its state.
func NewestOfMany(tx *db.Tx, ws id.Workspace, list []id.Person) (map[id.Person]*Invite, error) {
	return byPerson(tx, `SELECT `+columns+` FROM invite WHERE workspace = ? AND person IN `+db.In(len(list))+` ORDER BY person, created_at, id`, db.Args(list, any(ws))...)
}

// SaidNo returns those of the people who declined the last invitation that was made
// to them.
func SaidNo(tx *db.Tx, ws id.Workspace, list []id.Person) (map[id.Person]bool, error) {
	among, arg := db.Among(tx, "v.person", list)
	all := map[id.Person]bool{}
	for who, err := range db.Each(tx, db.Text[id.Person], `SELECT v.person FROM invite v WHERE v.workspace = ? AND v.declined_at IS NOT NULL AND `+among+`
		AND NOT EXISTS (SELECT 1 FROM invite n WHERE n.workspace = v.workspace AND n.person = v.person
			AND (n.created_at > v.created_at OR n.created_at = v.created_at AND n.id > v.id))`, ws, arg) {
		if err != nil {
			return nil, err
		}
		all[who] = true
	}
	return all, nil
}

// byPerson keeps the last row of each person.
func byPerson(tx *db.Tx, query string, args ...any) (map[id.Person]*Invite, error) {
	all := map[id.Person]*Invite{}
	for v, err := range db.Each(tx, scan, query, args...) {
		if err != nil {
			return nil, err
		}
		all[v.Person] = &v
	}
	return all, nil
}

// OpenMany stores new invitations as Open does one. Nobody among their people has
// an open one.
func OpenMany(tx *db.Tx, keys *seal.Ring, list []Invite) error {
	offers := make([]string, len(list))
	for i := range list {
		text, err := json.Marshal(list[i].Offer)
		if err != nil {
			return fmt.Errorf("invitation's offer: %w", err)
		}
		offers[i] = string(text)
	}
	_, err := tx.Load("invite", []string{
		"workspace", "id", "person", "channel", "email", "generation", "token_hash", "code_hash", "offer", "message", "invited_by", "life", "created_at", "bounce", "expires_at", "claim",
	}, func(yield func([]any) bool) {
		for i := range list {
			v := &list[i]
			v.ID, v.Generation, v.Created, v.Expires = id.New[id.Invite](), 1, tx.Now, tx.Now.Add(v.Life)
			token, code := v.hashes(keys)
			if !yield([]any{
				string(v.Workspace), string(v.ID), string(v.Person), string(v.Channel), v.Email, v.Generation, token, code, offers[i], v.Message, v.InvitedBy,
				v.Life.Milliseconds(), tx.NowMS(), "", v.Expires.UnixMilli(), string(v.Claim),
			}) {
				return
			}
		}
	})
	return err
}

// RenewMany makes new links of open invitations as Renew does of one. All or none
// get one: if one of them was used or changed since it was read, that is an
// errs.Conflict and tx has to be given up.
func RenewMany(tx *db.Tx, keys *seal.Ring, list []Invite, by string) error {
	lists := make([][]any, len(list))
	for i := range list {
		v := &list[i]
		v.Generation, v.InvitedBy, v.Sent, v.Bounced, v.Bounce = v.Generation+1, by, time.Time{}, time.Time{}, ""
		v.Expires = tx.Now.Add(v.Life)
		lists[i] = v.renewal(keys)
	}
	n, err := tx.ExecEach(renew, lists)
	if err == nil && n != int64(len(list)) {
		err = errs.New(errs.Conflict, "One of these invitations was used or changed meanwhile.")
	}
	return err
}

// ExtendMany lets links that were sent live on until their whole life has passed
// from now. Those that have expired are the caller's to leave out.
func ExtendMany(tx *db.Tx, ws id.Workspace, list []id.Invite) error {
	_, err := tx.Exec(`UPDATE invite SET expires_at = CAST(? AS BIGINT) + life WHERE workspace = ? AND `+open+` AND id IN `+db.In(len(list)), db.Args(list, any(tx.NowMS()), ws)...)
	return err
}

// RevokeMany ends the open invitations of many people, as Revoke does for one.
func RevokeMany(tx *db.Tx, ws id.Workspace, list []id.Person) error {
	_, err := tx.Exec(`UPDATE invite SET revoked_at = ? WHERE workspace = ? AND `+open+` AND person IN `+
		db.In(len(list)), db.Args(list, any(tx.NowMS()), ws)...)
	return err
}

// Erase removes addresses, messages and mail servers' words from the invitations
// of people who are erased, and ends the open ones. That there were invitations
// stays.
func Erase(tx *db.Tx, ws id.Workspace, list []id.Person) error {
	if err := RevokeMany(tx, ws, list); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE invite SET email = '', message = '', bounce = '', code_hash = '' WHERE workspace = ? AND person IN `+db.In(len(list)), db.Args(list, any(ws))...)
	return err
}
