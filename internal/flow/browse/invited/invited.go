// Package invited is the list of a workspace's invitations, and what became of
// those of some people. Like everything below browse it only reads.
package invited

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/flow/browse"
	"involt/internal/flow/browse/look"
	"involt/internal/flow/browse/paging"
	"involt/internal/flow/browse/past"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Service answers. Its methods check permission and open the transaction.
type Service struct{ DB *db.DB }

// Filter says which invitations are wanted; a zero field wants all.
type Filter struct {
	State   string // as invite.Invite.State says
	Inviter string // an actor's name, "person:…"
	Q       string // whom it is for: name, address or external id; external ids alone without personal data
	browse.Paging
}

// Invitation is one invitation as the list shows it.
type Invitation struct {
	ID      id.Invite
	Person  id.Person // "" if of one who is gone
	Name    string    // masked without personal data, as Email; Deleted if of one who is gone
	Email   string    // the address it was made for
	State   string
	Inviter string // "person:…"
	ByName  string // of the inviter; "Involt" for itself, "" for one who is gone
	Staff   bool   // it gives a staff role
	Console bool   // its link was printed on the server, and not mailed
	Times
	Bounce string // the mail server's words; empty without personal data
}

// Times are when what happened; zero if it did not.
type Times struct {
	Created, Sent, Bounced, Opened, Accepted, Revoked, Declined, Expires time.Time
}

// Going reports whether it was neither used nor ended: it may be resent or
// revoked.
func (v *Invitation) Going() bool {
	return v.Accepted.IsZero() && v.Revoked.IsZero() && v.Declined.IsZero()
}

// Page is one page of invitations.
type Page struct {
	browse.Page
	Rows   []Invitation
	Counts map[string]int64 // how many match the filter but for its State
	Over   map[string]bool  // of which there are more than Counts says: counting stopped there
	Now    time.Time
}

// List lists the workspace's invitations, the newest first.
func (s *Service) List(ctx context.Context, by access.Actor, f Filter) (p Page, err error) {
	defer errs.Wrap(&err, "invited.List")
	by, in, err := look.Sight(by, access.PeopleRead)
	if err != nil {
		return p, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		p, err = list(tx, by, in, f)
		return err
	})
	return p, err
}

// Of returns the newest invitation of each of the people who were ever
// invited, as far as by sees them.
func (s *Service) Of(ctx context.Context, by access.Actor, people []id.Person) (list []Invitation, err error) {
	defer errs.Wrap(&err, "invited.Of(%d)", len(people))
	by, in, err := look.Sight(by, access.PeopleRead)
	if err != nil {
		return nil, err
	}
	if len(people) == 0 {
		return nil, nil
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		list = nil
		newest := map[id.Person]Invitation{}
		for part := range slices.Chunk(people, browse.RowsAtMost) {
			ask, q := browse.In(part), &paging.Query{}
			q.And("v.workspace = ?", by.Workspace)
			q.And("v.person IN "+db.In(len(ask)), db.Args(ask)...)
			look.AndPeople(q, "v.person", by.Workspace, in)
			rows, err := db.All(tx, scan(tx, by), `SELECT `+columns+` FROM `+tables+` WHERE `+q.Where.String()+` ORDER BY v.created_at, v.id`, q.Args...)
			if err != nil {
				return err
			}
			for _, v := range rows {
				newest[v.Person] = v
			}
		}
		for _, who := range people {
			if v, ok := newest[who]; ok && who != "" {
				list = append(list, v)
			}
		}
		return nameInviters(tx, by, in, list)
	})
	return list, err
}

// StillInvited returns whose invitations are still open: of those that are named,
// or, with a filter, of all that it finds. They are whom work on selected
// invitations means.
func (s *Service) StillInvited(ctx context.Context, by access.Actor, some []id.Invite, f *Filter) (people []id.Person, err error) {
	defer errs.Wrap(&err, "invited.StillInvited")
	if err := by.Need(access.PeopleRead); err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		people = nil
		if f != nil {
			q, err := Where(tx, by, whole, f, true)
			if err != nil {
				return err
			}
			q.And(going)
			people, err = db.All(tx, db.Text[id.Person], `SELECT v.person FROM invite v WHERE `+q.Where.String()+` ORDER BY v.id DESC`, q.Args...)
			return err
		}
		for part := range slices.Chunk(some, browse.RowsAtMost) {
			list, err := db.All(tx, db.Text[id.Person], `SELECT v.person FROM invite v WHERE v.workspace = ? AND `+going+` AND v.id IN `+db.In(len(part))+` ORDER BY v.id DESC`,
				db.Args(part, any(by.Workspace))...)
			if err != nil {
				return err
			}
			people = append(people, list...)
		}
		return nil
	})
	return people, err
}

// Inviters are those that the list can be narrowed to.
func (s *Service) Inviters(ctx context.Context, by access.Actor) (list []browse.Choice, err error) {
	defer errs.Wrap(&err, "invited.Inviters")
	by, in, err := look.Sight(by, access.PeopleRead)
	if err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		list, err = past.ActorsOf(tx, by, in)
		return err
	})
	return list, err
}

// whole is the reach of those who see every invitation.
var whole = access.Reach{Whole: true}

// going is the condition for invitations that were neither used nor ended, as
// their index has it.
const going = `v.accepted_at IS NULL AND v.revoked_at IS NULL AND v.declined_at IS NULL`

// inState are the conditions of the states, as invite.Invite.State has them; each
// ? is the moment.
var inState = map[string]string{
	"accepted": `v.accepted_at IS NOT NULL`,
	"declined": `v.declined_at IS NOT NULL AND v.accepted_at IS NULL`,
	"revoked":  `v.revoked_at IS NOT NULL AND v.accepted_at IS NULL AND v.declined_at IS NULL`,
	"bounced":  `v.bounced_at IS NOT NULL AND ` + going,
	"expired":  `v.bounced_at IS NULL AND v.expires_at <= ? AND ` + going,
	"opened":   `v.bounced_at IS NULL AND v.expires_at > ? AND v.opened_at IS NOT NULL AND ` + going,
	"sent":     `v.bounced_at IS NULL AND v.expires_at > ? AND v.opened_at IS NULL AND v.sent_at IS NOT NULL AND ` + going,
	"queued":   `v.bounced_at IS NULL AND v.expires_at > ? AND v.opened_at IS NULL AND v.sent_at IS NULL AND ` + going,
}

// timed are the states of which a moment decides.
var timed = []string{"expired", "opened", "sent", "queued"}

// States are the states in the order in which invitations pass through
// them.
var States = []string{"queued", "sent", "opened", "bounced", "expired", "accepted", "declined", "revoked"}

// Where returns the conditions of a filter on invite v, with its state or without,
// within a reach.
func Where(tx *db.Tx, by access.Actor, in access.Reach, f *Filter, withState bool) (*paging.Query, error) {
	q := &paging.Query{}
	q.And("v.workspace = ?", by.Workspace)
	look.AndPeople(q, "v.person", by.Workspace, in)
	if f.Inviter != "" {
		q.And("v.invited_by = ?", f.Inviter)
	}
	if text := look.Searched(f.Q); text != "" {
		people, args, err := look.Found(tx, by, "v.person", text)
		if err != nil {
			return nil, err
		}
		q.And(people, args...)
	}
	if !withState || f.State == "" {
		return q, nil
	}
	return q, ofState(tx, q, f.State)
}

func ofState(tx *db.Tx, q *paging.Query, state string) error {
	cond, ok := inState[state]
	switch {
	case !ok:
		return errs.AtField("state", "There is no such state of an invitation.")
	case slices.Contains(timed, state):
		q.And(cond, tx.NowMS())
	default:
		q.And(cond)
	}
	return nil
}

func list(tx *db.Tx, by access.Actor, in access.Reach, f Filter) (p Page, err error) {
	q, err := Where(tx, by, in, &f, false)
	if err != nil {
		return p, err
	}
	p.Now, p.Counts, p.Over = tx.Now, map[string]int64{}, map[string]bool{}
	for _, state := range States {
		one := &paging.Query{Args: slices.Clone(q.Args)}
		one.Where.WriteString(q.Where.String())
		if err := ofState(tx, one, state); err != nil {
			return p, err
		}
		n, over, err := paging.Count(tx, "invite v", one)
		if err != nil {
			return p, err
		}
		p.Counts[state], p.Over[state] = n, over
	}
	if f.State != "" {
		if err := ofState(tx, q, f.State); err != nil {
			return p, err
		}
	}
	// Ids sort by the time of their making.
	p.Rows, p.Page, err = paging.Of(tx, paging.List{ID: "v.id", Desc: true, Counted: "invite v"}, f.Paging, columns, tables, q, scan(tx, by),
		func(v Invitation) (string, string) { return "", string(v.ID) })
	if err != nil {
		return p, err
	}
	return p, nameInviters(tx, by, in, p.Rows)
}

const columns = `v.id, v.person, v.channel, v.email, v.offer, v.invited_by, v.bounce, v.created_at, COALESCE(v.sent_at, 0), COALESCE(v.bounced_at, 0),
	COALESCE(v.opened_at, 0), COALESCE(v.accepted_at, 0), COALESCE(v.revoked_at, 0), COALESCE(v.declined_at, 0), v.expires_at,
	COALESCE(p.first_name, ''), COALESCE(p.last_name, ''), COALESCE(p.external_id, ''), COALESCE(p.deleted_at, 1) <> 0`

const tables = `invite v LEFT JOIN person p ON p.workspace = v.workspace AND p.id = v.person`

func scan(tx *db.Tx, by access.Actor) func(db.Scanner) (Invitation, error) {
	open := by.Perms.Has(access.PersonalData)
	return func(row db.Scanner) (v Invitation, err error) {
		var channel invite.Channel
		var email, offer, first, last, external string
		var created, sent, bounced, opened, accepted, revoked, declined, expires int64
		var deleted bool
		err = row.Scan(&v.ID, &v.Person, &channel, &email, &offer, &v.Inviter, &v.Bounce, &created, &sent, &bounced, &opened, &accepted, &revoked, &declined, &expires,
			&first, &last, &external, &deleted)
		t := &v.Times
		t.Created, t.Sent, t.Bounced, t.Opened = paging.When(created), paging.When(sent), paging.When(bounced), paging.When(opened)
		t.Accepted, t.Revoked, t.Declined, t.Expires = paging.When(accepted), paging.When(revoked), paging.When(declined), paging.When(expires)
		v.State = (&invite.Invite{
			Sent: t.Sent, Bounced: t.Bounced, Opened: t.Opened, Accepted: t.Accepted, Revoked: t.Revoked, Declined: t.Declined, Expires: t.Expires,
		}).State(tx.Now)
		v.Console = channel == invite.ByConsole
		v.Name, v.Email = browse.Name(by, first, last, "", external), browse.Email(by, email)
		if deleted {
			v.Person, v.Name, v.Email = "", browse.Deleted, ""
		}
		if !open {
			v.Bounce = ""
		}
		if err == nil {
			v.Staff, err = givesRole(offer)
		}
		return v, err
	}
}

// nameInviters adds the names of those who invited.
func nameInviters(tx *db.Tx, by access.Actor, in access.Reach, rows []Invitation) error {
	things := make([]string, len(rows))
	for i := range rows {
		things[i] = rows[i].Inviter
	}
	names, err := past.Naming(tx, by, in, things)
	for i := range rows {
		if rows[i].ByName = names[rows[i].Inviter]; rows[i].ByName == browse.Deleted {
			rows[i].ByName = ""
		}
	}
	return err
}

// givesRole reports whether an offer, as it is stored, gives a staff role.
func givesRole(text string) (bool, error) {
	var o invite.Offer
	err := json.Unmarshal([]byte(text), &o)
	return len(o.Roles) > 0, err
}
