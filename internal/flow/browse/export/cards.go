package export

import (
	"context"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/id"
	"involt/internal/flow/browse"
	"involt/internal/flow/browse/look"
	"involt/internal/flow/browse/paging"
	"involt/internal/kit/db"
	"involt/internal/kit/table"
)

var cardColumns = []string{
	"card_id", "card_uid", "card_printed", "card_kind", "card_state", "business", "card_valid_from", "card_valid_to", "user_id", "user_name", "user_email", "external_id",
	"user_status", "last_used_at", "created_at",
}

// cardRow is one card with whose it is.
type cardRow struct {
	card.Card
	first, last, email, external, status string
	deleted                              bool
}

func openCards(s *Service, _ context.Context, v *view, ask *Request) (source, error) {
	var last id.Card
	return func(ctx context.Context, to *table.Sheet) (bool, error) {
		var rows []cardRow
		var now time.Time
		err := s.DB.View(ctx, func(tx *db.Tx) error {
			now = tx.Now
			q, err := browse.WhereCards(tx, v.see, v.in, &ask.Cards)
			if err != nil {
				return err
			}
			if ask.Cards.State != "" {
				q.And("k.state = ?", ask.Cards.State)
			} else {
				q.And("k.state <> 'deactivated'")
			}
			if last != "" {
				q.And("k.id < ?", last)
			}
			rows, err = db.All(tx, scanCard, `SELECT k.id, k.uid, k.printed, k.kind, k.state, k.business, k.valid_from, k.valid_to, COALESCE(k.person, ''), k.last_used_at, k.created_at,
				COALESCE(p.first_name, ''), COALESCE(p.last_name, ''), COALESCE(p.email, ''), COALESCE(p.external_id, ''), COALESCE(p.status, ''), COALESCE(p.deleted_at, 0) <> 0
				FROM (SELECT k.* FROM card k WHERE `+q.Where.String()+` ORDER BY k.id DESC LIMIT ?) k LEFT JOIN person p ON p.workspace = k.workspace AND p.id = k.person
				ORDER BY k.id DESC`, append(q.Args, part)...)
			return err
		})
		if err != nil {
			return false, err
		}
		for i := range rows {
			writeCard(to, v.see, &rows[i], now)
		}
		if len(rows) < part {
			return false, nil
		}
		last = rows[len(rows)-1].ID
		return true, nil
	}, nil
}

func scanCard(row db.Scanner) (c cardRow, err error) {
	var from, until, used, created int64
	err = row.Scan(&c.ID, &c.UID, &c.Printed, &c.Kind, &c.State, &c.Business, &from, &until, &c.Person, &used, &created,
		&c.first, &c.last, &c.email, &c.external, &c.status, &c.deleted)
	c.ValidFrom, c.ValidTo, c.LastUsed, c.Created = paging.When(from), paging.When(until), paging.When(used), paging.When(created)
	return c, err
}

func writeCard(to *table.Sheet, by access.Actor, c *cardRow, now time.Time) {
	name, email := "", ""
	switch {
	case c.deleted:
		name, c.Person, c.external, c.status = look.Deleted, "", "", ""
	case c.Person != "":
		name, email = look.Name(by, c.first, c.last, c.email, c.external), look.Email(by, c.email)
	}
	to.Text(string(c.ID))
	to.Text(c.UID)
	to.Text(c.Printed)
	to.Text(string(c.Kind))
	to.Text(string(browse.CardState(&c.Card, now)))
	to.Text(yes(c.Business))
	to.Time(c.ValidFrom)
	to.Time(c.ValidTo)
	to.Text(string(c.Person))
	to.Text(name)
	to.Text(email)
	to.Text(c.external)
	to.Text(c.status)
	to.Time(c.LastUsed)
	to.Time(c.Created)
	to.End()
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
