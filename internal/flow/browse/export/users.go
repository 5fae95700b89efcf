package export

import (
	"context"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/account"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/flow/browse"
	"involt/internal/flow/browse/look"
	"involt/internal/kit/db"
	"involt/internal/kit/table"
)

// userColumns are named as an import reads them, where it does.
var userColumns = []string{
	"user_id", "name", "email", "phone", "first_name", "last_name", "language", "external_id", "status", "groups", "account", "cost_center", "info_1", "info_2",
	"card_uid", "vehicle_plate", "sessions", "kwh", "last_charge_at", "invitation", "invitation_sent_at", "invitation_opened_at", "invitation_bounced_at", "invitation_expires_at",
	"status_since", "created_at",
}

// userMore is what rows of lists lack.
type userMore struct {
	first, last, language, account string
}

func openUsers(s *Service, ctx context.Context, v *view, ask *Request) (source, error) {
	ids := ask.People
	if ids == nil {
		var err error
		if ids, err = s.Browse.Matching(ctx, v.by, ask.Users); err != nil {
			return nil, err
		}
	}
	return func(ctx context.Context, to *table.Sheet) (bool, error) {
		n := min(len(ids), browse.RowsAtMost)
		if n == 0 {
			return false, nil
		}
		rows, err := s.Browse.UserRows(ctx, v.by, ids[:n])
		if err != nil {
			return false, err
		}
		more, err := s.userMore(ctx, v, ids[:n])
		if err != nil {
			return false, err
		}
		for i := range rows {
			if m, ok := more[rows[i].ID]; ok { // else it is out of reach, or gone since
				writeUser(to, v, &rows[i], m)
			}
		}
		ids = ids[n:]
		return len(ids) > 0, nil
	}, nil
}

func (s *Service) userMore(ctx context.Context, v *view, ids []id.Person) (all map[id.Person]userMore, err error) {
	type line struct {
		who id.Person
		userMore
		billing account.Billing
	}
	where, args := person.Reached(v.in)
	all = map[id.Person]userMore{}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		return inParts(ids, func(some []id.Person) error {
			for l, err := range db.Each(tx, func(row db.Scanner) (l line, err error) {
				err = row.Scan(&l.who, &l.first, &l.last, &l.language, &l.account, &l.billing)
				return l, err
			}, `SELECT person.id, person.first_name, person.last_name, person.language, COALESCE(a.name, ''), COALESCE(a.billing, '') FROM person
				LEFT JOIN account a ON a.workspace = person.workspace AND a.id = person.account
				WHERE person.workspace = ? AND person.id IN `+db.In(len(some))+where, append(db.Args(some, any(v.by.Workspace)), args...)...) {
				if err != nil {
					return err
				}
				if !v.may(access.PersonalData) {
					l.first, l.last = "", ""
				}
				if !v.may(access.AccountsRead) {
					l.account = ""
				}
				l.account = look.AccountName(v.by, l.billing, l.account)
				all[l.who] = l.userMore
			}
			return nil
		})
	})
	return all, err
}

func writeUser(to *table.Sheet, v *view, u *browse.UserRow, m userMore) {
	plates := ""
	if v.may(access.PersonalData) {
		plates = strings.Join(u.Plates, "; ")
	}
	to.Text(string(u.ID))
	for _, text := range []string{
		u.Name, u.Email, u.Phone, m.first, m.last, m.language, u.ExternalID, string(u.Status), strings.Join(u.Groups, "; "), m.account, u.CostCenter, u.Info1, u.Info2,
		strings.Join(u.Cards, "; "), plates,
	} {
		to.Text(text)
	}
	to.Int(u.Sessions)
	to.Decimal(u.Wh, 3)
	to.Time(u.LastCharge)
	inv := u.Invite
	if inv == nil {
		inv = &browse.Invite{}
	}
	to.Text(inv.State)
	for _, at := range []time.Time{inv.Sent, inv.Opened, inv.Bounced, inv.Expires, u.StatusAt, u.Created} {
		to.Time(at)
	}
	to.End()
}
