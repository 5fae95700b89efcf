package export

import (
	"context"
	"maps"
	"slices"
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
	first, last, language, account string // account with those above it, as an import reads it
	payer                          id.Account
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
	}
	where, args := person.Reached(v.in)
	all = map[id.Person]userMore{}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		return inParts(ids, func(some []id.Person) error {
			for l, err := range db.Each(tx, func(row db.Scanner) (l line, err error) {
				err = row.Scan(&l.who, &l.first, &l.last, &l.language, &l.payer)
				return l, err
			}, `SELECT person.id, person.first_name, person.last_name, person.language, person.account FROM person
				WHERE person.workspace = ? AND person.id IN `+db.In(len(some))+where, append(db.Args(some, any(v.by.Workspace)), args...)...) {
				if err != nil {
					return err
				}
				if !v.may(access.PersonalData) {
					l.first, l.last = "", ""
				}
				all[l.who] = l.userMore
			}
			return nil
		})
	})
	if err != nil || !v.may(access.AccountsRead) {
		return all, err
	}
	return all, s.name(ctx, v, all)
}

// name says what the accounts of users are called.
func (s *Service) name(ctx context.Context, v *view, all map[id.Person]userMore) error {
	payers := map[id.Account]bool{}
	for _, m := range all {
		if m.payer != "" {
			payers[m.payer] = true
		}
	}
	if len(payers) == 0 {
		return nil
	}
	var labels map[id.Account]string
	err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
		list, name := slices.Sorted(maps.Keys(payers)), func(a *account.Account) string { return look.AccountName(v.see, a.Billing, a.Name) }
		if v.in.Whole {
			labels, err = account.Labels(tx, v.by.Workspace, list, name)
			return err
		}
		// What stands above an account may be out of reach.
		labels = map[id.Account]string{}
		some, err := account.ByIDs(tx, v.by.Workspace, list)
		for one, a := range some {
			labels[one] = name(&a)
		}
		return err
	})
	for who, m := range all {
		m.account = labels[m.payer]
		all[who] = m
	}
	return err
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
