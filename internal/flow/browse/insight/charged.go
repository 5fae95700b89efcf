package insight

import (
	"context"
	"strconv"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/flow/browse"
	"involt/internal/flow/browse/paging"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// ChargedFilter says whose charging is wanted.
type ChargedFilter struct {
	From, To time.Time // sessions begun at From or later, and before To; a zero To is open
	Group    id.Group  // of its members; "" of everybody known
	NoGroup  bool      // of users who are in no group, and of unknown ones
	Unknown  bool      // of unknown ones too, where no group is asked for
	browse.Paging
}

// Charged is what one user charged in a time.
type Charged struct {
	ID       id.Person // "" for the unknown, and for those who are gone
	Name     string    // "" for the unknown; masked without personal data, as Email
	Email    string
	Sessions int64
	Wh       int64
	person   id.Person
}

// ChargedPage is one page of it, with the sums of the whole.
type ChargedPage struct {
	browse.Page
	Rows     []Charged
	Group    string // name of the filter's group
	Sessions int64
	Wh       int64
	Now      time.Time
}

// Charged lists who charged in a time, the most energy first. Its sums are those
// of the overview's charts.
func (s *Service) Charged(ctx context.Context, by access.Actor, f ChargedFilter) (p ChargedPage, err error) {
	defer errs.Wrap(&err, "insight.Charged")
	if err := by.Need(access.SessionsRead); err != nil {
		return p, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		p, err = charged(tx, by, f)
		return err
	})
	return p, err
}

func charged(tx *db.Tx, by access.Actor, f ChargedFilter) (p ChargedPage, err error) {
	to := f.To.UnixMilli()
	if f.To.IsZero() {
		to = 1 << 62
	}
	// The first arguments are those of the sums that the list is made of.
	sums := `(SELECT COALESCE(c.person, '') AS person, CAST(SUM(c.wh) AS BIGINT) AS wh, COUNT(*) AS n FROM charge c
		WHERE c.workspace = ? AND c.started_at >= ? AND c.started_at < ? GROUP BY COALESCE(c.person, '')) u`
	q := &paging.Query{Args: []any{by.Workspace, f.From.UnixMilli(), to}}
	switch {
	case f.NoGroup:
		q.And("NOT EXISTS (SELECT 1 FROM group_member m WHERE m.workspace = ? AND m.person = u.person)", by.Workspace)
	case f.Group != "":
		err := tx.Row(`SELECT name FROM user_group WHERE workspace = ? AND id = ?`, []any{by.Workspace, f.Group}, &p.Group)
		if errs.KindOf(err) == errs.NotFound {
			err = errs.New(errs.NotFound, "There is no such group. It may have been deleted.")
		}
		if err != nil {
			return p, err
		}
		q.And("EXISTS (SELECT 1 FROM group_member m WHERE m.workspace = ? AND m.person = u.person AND m.user_group = ?)", by.Workspace, f.Group)
	case f.Unknown:
		q.And("1 = 1")
	default:
		q.And("u.person <> ''")
	}
	var users int64
	if err := tx.Row(`SELECT COUNT(*), CAST(COALESCE(SUM(u.n), 0) AS BIGINT), CAST(COALESCE(SUM(u.wh), 0) AS BIGINT) FROM `+sums+` WHERE `+q.Where.String(), q.Args, &users, &p.Sessions, &p.Wh); err != nil {
		return p, err
	}
	p.Now = tx.Now
	p.Rows, p.Page, err = paging.Of(tx, paging.List{Key: "u.wh", ID: "u.person", Number: true, Desc: true}, f.Paging, "u.person, u.wh, u.n", sums, q,
		func(row db.Scanner) (c Charged, err error) {
			err = row.Scan(&c.person, &c.Wh, &c.Sessions)
			return c, err
		}, func(c Charged) (string, string) { return strconv.FormatInt(c.Wh, 10), string(c.person) })
	if err != nil {
		return p, err
	}
	p.Total, p.About = users, false
	return p, chargedNames(tx, by, p.Rows)
}

func chargedNames(tx *db.Tx, by access.Actor, rows []Charged) error {
	ids := make([]id.Person, len(rows))
	at := make(map[id.Person]int, len(rows))
	for i, c := range rows {
		ids[i], at[c.person] = c.person, i
	}
	type named struct {
		id                           id.Person
		first, last, email, external string
		deleted                      bool
	}
	for n, err := range db.Each(tx, func(row db.Scanner) (n named, err error) {
		err = row.Scan(&n.id, &n.first, &n.last, &n.email, &n.external, &n.deleted)
		return n, err
	}, `SELECT id, first_name, last_name, email, external_id, deleted_at <> 0 FROM person WHERE workspace = ? AND id IN `+db.In(len(ids)), db.Args(ids, any(by.Workspace))...) {
		if err != nil {
			return err
		}
		c := &rows[at[n.id]]
		c.Name = browse.NameOf(by, n.deleted, n.first, n.last, n.email, n.external)
		if !n.deleted {
			c.ID, c.Email = n.id, browse.Email(by, n.email)
		}
	}
	return nil
}
