package browse

import (
	"context"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/flow/browse/paging"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Cardholder is a user without an e-mail address, as the list of letters shows
// them.
type Cardholder struct {
	ID         id.Person
	Name       string
	ExternalID string
	Status     person.Status
	Cards      []string
	LetterOn   time.Time // when the letter was made whose code still works; zero if there is none
	LetterEnds time.Time
	sortName   string
}

// CardholderPage is one page of them.
type CardholderPage struct {
	Page
	Rows []Cardholder
}

// Cardholders lists the users without an e-mail address, by name.
func (s *Service) Cardholders(ctx context.Context, by access.Actor, at Paging) (p CardholderPage, err error) {
	defer errs.Wrap(&err, "browse.Cardholders")
	if err := by.Need(access.PeopleRead | access.PersonalData); err != nil {
		return p, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		q := &paging.Query{}
		q.And("person.workspace = ? AND person.email = '' AND person.deleted_at = 0 AND person.status IN ('active', 'imported')", by.Workspace)
		p.Rows, p.Page, err = paging.Of(tx, paging.List{Key: "person.sort_name", ID: "person.id"}, at, person.Columns, "person", q, scanCardholder, func(c Cardholder) (string, string) {
			return c.sortName, string(c.ID)
		})
		if err != nil {
			return err
		}
		return lettersOf(tx, by, p.Rows)
	})
	return p, err
}

// CardholdersByID returns those of the people who are there, in the order of
// list, with or without an e-mail address: for asking before letters are made.
func (s *Service) CardholdersByID(ctx context.Context, by access.Actor, list []id.Person) (rows []Cardholder, err error) {
	defer errs.Wrap(&err, "browse.CardholdersByID(%d)", len(list))
	if err := by.Need(access.PeopleRead | access.PersonalData); err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		people, err := person.ByIDs(tx, by.Workspace, list)
		if err != nil {
			return err
		}
		rows = nil
		for _, who := range list {
			for i := range people {
				if people[i].ID == who && people[i].Email == "" {
					rows = append(rows, cardholder(&people[i]))
				}
			}
		}
		return lettersOf(tx, by, rows)
	})
	return rows, err
}

func scanCardholder(row db.Scanner) (Cardholder, error) {
	p, err := person.Scan(row)
	return cardholder(&p), err
}

func cardholder(p *person.Person) Cardholder {
	return Cardholder{ID: p.ID, Name: p.Name(), ExternalID: p.ExternalID, Status: p.Status, sortName: p.SortName()}
}

// lettersOf adds the cards of the users and the letters that still work.
func lettersOf(tx *db.Tx, by access.Actor, rows []Cardholder) error {
	if len(rows) == 0 {
		return nil
	}
	ids, place := make([]id.Person, len(rows)), map[id.Person]int{}
	for i := range rows {
		ids[i], place[rows[i].ID] = rows[i].ID, i
	}
	_, err := db.All(tx, func(row db.Scanner) (none struct{}, err error) {
		var who id.Person
		var number string
		if err = row.Scan(&who, &number); err == nil {
			rows[place[who]].Cards = append(rows[place[who]].Cards, number)
		}
		return none, err
	}, `SELECT person, CASE WHEN printed = '' THEN uid ELSE printed END FROM card
		WHERE workspace = ? AND state <> 'deactivated' AND person IN `+db.In(len(ids))+` ORDER BY created_at, id`, db.Args(ids, any(by.Workspace))...)
	if err != nil {
		return err
	}
	_, err = db.All(tx, func(row db.Scanner) (none struct{}, err error) {
		var who id.Person
		var made, ends int64
		if err = row.Scan(&who, &made, &ends); err == nil {
			rows[place[who]].LetterOn, rows[place[who]].LetterEnds = time.UnixMilli(made).UTC(), time.UnixMilli(ends).UTC()
		}
		return none, err
	}, `SELECT person, created_at, expires_at FROM claim
		WHERE workspace = ? AND used_at IS NULL AND revoked_at IS NULL AND expires_at > ? AND person IN `+db.In(len(ids)), db.Args(ids, any(by.Workspace), tx.NowMS())...)
	return err
}
