package browse

import (
	"context"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/flow/browse/look"
	"involt/internal/flow/browse/paging"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Assigned says whether cards that are somebody's are wanted, or the others.
type Assigned string

// The values of Assigned; "" wants both.
const (
	IsAssigned    Assigned = "yes"
	IsNotAssigned Assigned = "no"
)

// CardFilter says which cards are wanted; a zero field wants all.
type CardFilter struct {
	State    card.State // "" wants all but the deactivated ones
	Kind     card.Kind
	Q        string // the card's number in any spelling, its printed number, or its owner
	Assigned Assigned
	Person   id.Person
	Paging
}

// Card is one card with whose it is.
type Card struct {
	card.Card
	Owner       string // "" if nobody's, Deleted if of one who is gone (Person is "" then); masked without personal data, as OwnerEmail
	OwnerEmail  string
	OwnerStatus person.Status
}

// CardPage is one page of cards.
type CardPage struct {
	Page
	Rows   []Card
	States map[card.State]int64 // how many match the filter but for its State
	Now    time.Time
}

// Cards lists the workspace's cards, the newest first.
func (s *Service) Cards(ctx context.Context, by access.Actor, f CardFilter) (p CardPage, err error) {
	defer errs.Wrap(&err, "browse.Cards")
	by, in, err := look.Sight(by, access.CardsRead)
	if err != nil {
		return p, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		p, err = cards(tx, by, in, f)
		return err
	})
	return p, err
}

// Card returns one card with whose it is.
func (s *Service) Card(ctx context.Context, by access.Actor, which id.Card) (c Card, err error) {
	defer errs.Wrap(&err, "browse.Card")
	by, in, err := look.Sight(by, access.CardsRead)
	if err != nil {
		return c, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		q := &paging.Query{}
		q.And("k.workspace = ? AND k.id = ?", by.Workspace, which)
		look.AndPeople(q, "k.person", by.Workspace, in)
		all, err := db.All(tx, scanCard(by), `SELECT `+cardColumns+` FROM `+cardTables+` WHERE `+q.Where.String(), q.Args...)
		if err == nil && len(all) == 0 {
			err = errs.New(errs.NotFound, "There is no such card. It may have been removed.")
		}
		if err == nil {
			c = all[0]
		}
		return err
	})
	return c, err
}

// WhereCards returns the conditions of a filter on card k, but for the state,
// within a reach.
func WhereCards(tx *db.Tx, by access.Actor, in access.Reach, f *CardFilter) (*paging.Query, error) {
	q := &paging.Query{}
	q.And("k.workspace = ?", by.Workspace)
	look.AndPeople(q, "k.person", by.Workspace, in)
	if f.Kind != "" {
		q.And("k.kind = ?", f.Kind)
	}
	if f.Person != "" {
		q.And("k.person = ?", f.Person)
	}
	switch f.Assigned {
	case IsAssigned:
		q.And("k.person IS NOT NULL")
	case IsNotAssigned:
		q.And("k.person IS NULL")
	}
	if text := look.Searched(f.Q); text != "" {
		people, who, err := look.Found(tx, by, "k.person", text)
		if err != nil {
			return nil, err
		}
		numbers, args := look.WhereCard("k.uid", text)
		args = append(append(args, who...), look.Beginning(strings.ToLower(text)))
		q.And(look.Either(numbers, people, `LOWER(k.printed) LIKE ? ESCAPE '\'`), args...)
	}
	return q, nil
}

func cards(tx *db.Tx, by access.Actor, in access.Reach, f CardFilter) (p CardPage, err error) {
	q, err := WhereCards(tx, by, in, &f)
	if err != nil {
		return p, err
	}
	if p.States, err = paging.Counts[card.State](tx, `SELECT k.state, COUNT(*) FROM card k WHERE `+q.Where.String()+` GROUP BY k.state`, q.Args); err != nil {
		return p, err
	}
	if f.State != "" {
		q.And("k.state = ?", f.State)
	} else {
		q.And("k.state <> 'deactivated'")
	}
	p.Now = tx.Now
	// Ids sort by the time of their making.
	p.Rows, p.Page, err = paging.Of(tx, paging.List{ID: "k.id", Desc: true, Counted: "card k"}, f.Paging, cardColumns, cardTables, q, scanCard(by),
		func(c Card) (string, string) { return "", string(c.ID) })
	return p, err
}

const cardColumns = `k.workspace, k.id, k.uid, k.kind, k.typed, k.printed, k.state, COALESCE(k.person, ''), k.business, k.valid_from, k.valid_to, k.last_used_at,
	k.version, k.created_at, COALESCE(p.first_name, ''), COALESCE(p.last_name, ''), COALESCE(p.email, ''), COALESCE(p.external_id, ''), COALESCE(p.status, ''),
	COALESCE(p.deleted_at, 0) <> 0`

const cardTables = `card k LEFT JOIN person p ON p.workspace = k.workspace AND p.id = k.person`

func scanCard(by access.Actor) func(db.Scanner) (Card, error) {
	return func(row db.Scanner) (c Card, err error) {
		var from, to, used, created int64
		var first, last, email, external string
		var deleted bool
		err = row.Scan(&c.Workspace, &c.ID, &c.UID, &c.Kind, &c.Typed, &c.Printed, &c.State, &c.Person, &c.Business, &from, &to, &used,
			&c.Version, &created, &first, &last, &email, &external, &c.OwnerStatus, &deleted)
		c.ValidFrom, c.ValidTo, c.LastUsed, c.Created = paging.When(from), paging.When(to), paging.When(used), paging.When(created)
		if deleted {
			c.Person, c.Owner, c.OwnerStatus = "", look.Deleted, ""
		} else if c.Person != "" {
			c.Owner, c.OwnerEmail = look.Name(by, first, last, email, external), look.Email(by, email)
		}
		return c, err
	}
}
