package export

import (
	"context"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/flow/browse/invited"
	"involt/internal/flow/browse/look"
	"involt/internal/flow/browse/paging"
	"involt/internal/kit/db"
	"involt/internal/kit/table"
)

var inviteColumns = []string{
	"invitation_id", "user_id", "user_name", "user_email", "external_id", "state", "created_at", "sent_at", "opened_at", "bounced_at", "accepted_at", "declined_at", "revoked_at", "expires_at",
}

// inviteRow is one invitation with whom it is for.
type inviteRow struct {
	invite.Invite
	first, last, address, external string // of the person
	deleted                        bool
}

func openInvitations(s *Service, _ context.Context, v *view, ask *Request) (source, error) {
	var last id.Invite
	return func(ctx context.Context, to *table.Sheet) (bool, error) {
		var rows []inviteRow
		var now time.Time
		err := s.DB.View(ctx, func(tx *db.Tx) error {
			now = tx.Now
			q, err := invited.Where(tx, v.see, v.in, &ask.Invitations, true)
			if err != nil {
				return err
			}
			if last != "" {
				q.And("v.id < ?", last)
			}
			rows, err = db.All(tx, scanInvite, `SELECT v.id, v.person, v.email, v.created_at, COALESCE(v.sent_at, 0), COALESCE(v.opened_at, 0), COALESCE(v.bounced_at, 0),
				COALESCE(v.accepted_at, 0), COALESCE(v.declined_at, 0), COALESCE(v.revoked_at, 0), v.expires_at, p.first_name, p.last_name, p.email, p.external_id, p.deleted_at <> 0
				FROM (SELECT v.* FROM invite v WHERE `+q.Where.String()+` ORDER BY v.id DESC LIMIT ?) v JOIN person p ON p.workspace = v.workspace AND p.id = v.person
				ORDER BY v.id DESC`, append(q.Args, part)...)
			return err
		})
		if err != nil {
			return false, err
		}
		for i := range rows {
			writeInvite(to, v.see, &rows[i], now)
		}
		if len(rows) < part {
			return false, nil
		}
		last = rows[len(rows)-1].ID
		return true, nil
	}, nil
}

func scanInvite(row db.Scanner) (v inviteRow, err error) {
	var created, sent, opened, bounced, accepted, declined, revoked, expires int64
	err = row.Scan(&v.ID, &v.Person, &v.Email, &created, &sent, &opened, &bounced, &accepted, &declined, &revoked, &expires, &v.first, &v.last, &v.address, &v.external, &v.deleted)
	v.Created, v.Sent, v.Opened, v.Bounced = paging.When(created), paging.When(sent), paging.When(opened), paging.When(bounced)
	v.Accepted, v.Declined, v.Revoked, v.Expires = paging.When(accepted), paging.When(declined), paging.When(revoked), paging.When(expires)
	return v, err
}

func writeInvite(to *table.Sheet, by access.Actor, v *inviteRow, now time.Time) {
	name, email := look.NameOf(by, v.deleted, v.first, v.last, v.address, v.external), look.Email(by, v.Email)
	if v.deleted {
		v.Person, v.external, email = "", "", ""
	}
	to.Text(string(v.ID))
	to.Text(string(v.Person))
	to.Text(name)
	to.Text(email)
	to.Text(v.external)
	to.Text(v.State(now))
	for _, at := range []time.Time{v.Created, v.Sent, v.Opened, v.Bounced, v.Accepted, v.Declined, v.Revoked, v.Expires} {
		to.Time(at)
	}
	to.End()
}
