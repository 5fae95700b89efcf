package browse

import (
	"context"
	"slices"

	"involt/internal/core/access"
	"involt/internal/core/account"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/flow/browse/look"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// UserRow is a user with all that a list or an export can show of one.
type UserRow struct {
	User
	Phone  string   // as Info1, Info2 and Plates: empty without personal data
	Info1  string   // under the workspace's own label
	Info2  string   // likewise
	Plates []string // of their vehicles, or make and model of one that has none; the oldest first
	Payer  string   // the account that pays, "" for the operator itself; empty without the right to see accounts
}

// RowsAtMost is how many users one call of [Service.UserRows] reads.
const RowsAtMost = 500

// UserRows returns those of the users who are there, in the order of ids, of
// which there are at most RowsAtMost.
func (s *Service) UserRows(ctx context.Context, by access.Actor, ids []id.Person) (rows []UserRow, err error) {
	defer errs.Wrap(&err, "browse.UserRows(%d)", len(ids))
	by, in, err := look.Sight(by, access.PeopleRead)
	if err != nil {
		return nil, err
	}
	if len(ids) == 0 {
		return nil, nil
	}
	ids = ids[:min(len(ids), RowsAtMost)]
	open := by.Perms.Has(access.PersonalData)
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		rows = nil
		ask := In(ids)
		list, err := userRows(tx, by, in, ids)
		if err != nil {
			return err
		}
		at := make(map[id.Person]*UserRow, len(list))
		for _, u := range list {
			at[u.ID] = &UserRow{User: u}
		}
		if open {
			if err := personal(tx, by, ask, at); err != nil {
				return err
			}
		}
		if by.Perms.Has(access.AccountsRead) {
			if err := paidFor(tx, by, at); err != nil {
				return err
			}
		}
		for _, who := range ids {
			if u, ok := at[who]; ok {
				rows = append(rows, *u)
				delete(at, who) // whoever was asked for twice stands there once
			}
		}
		return nil
	})
	return rows, err
}

// personal adds what only those see who may see personal data.
func personal(tx *db.Tx, by access.Actor, ids []id.Person, at map[id.Person]*UserRow) error {
	four := func(row db.Scanner) (p [4]string, err error) {
		err = row.Scan(&p[0], &p[1], &p[2], &p[3])
		return p, err
	}
	for p, err := range db.Each(tx, four, `SELECT id, phone, info_1, info_2 FROM person WHERE workspace = ? AND id IN `+db.In(len(ids)), db.Args(ids, any(by.Workspace))...) {
		if err != nil {
			return err
		}
		if u := at[id.Person(p[0])]; u != nil {
			u.Phone, u.Info1, u.Info2 = p[1], p[2], p[3]
		}
	}
	for p, err := range db.Each(tx, four, `SELECT person, plate, make, model FROM vehicle WHERE workspace = ? AND person IN `+db.In(len(ids))+` ORDER BY id`, db.Args(ids, any(by.Workspace))...) {
		if err != nil {
			return err
		}
		u := at[id.Person(p[0])]
		if u == nil {
			continue
		}
		name := p[1]
		if name == "" {
			name = p[2] + " " + p[3]
		}
		u.Plates = append(u.Plates, name)
	}
	return nil
}

// paidFor adds who pays, by name.
func paidFor(tx *db.Tx, by access.Actor, at map[id.Person]*UserRow) error {
	var list []id.Account
	for _, u := range at {
		if u.Account != "" {
			list = append(list, u.Account)
		}
	}
	slices.Sort(list)
	named, err := account.ByIDs(tx, by.Workspace, slices.Compact(list))
	if err != nil {
		return err
	}
	for _, u := range at {
		if a, ok := named[u.Account]; ok {
			u.Payer = look.AccountName(by, a.Billing, a.Name)
		}
	}
	return nil
}

// In is ids, filled up with the last one to one of a few lengths: each length is
// a statement of its own.
func In(ids []id.Person) []id.Person {
	size := RowsAtMost
	for _, one := range []int{1, 5, 25, 50, 125} { // 50 are a page
		if len(ids) <= one {
			size = one
			break
		}
	}
	list := slices.Clone(ids)
	for len(list) < min(size, RowsAtMost) {
		list = append(list, ids[len(ids)-1])
	}
	return list
}

// UserChoices is what the list of users can be filtered by.
type UserChoices struct {
	Groups      []Choice // in their order
	Locations   []Choice // by name
	CostCenters []string // by name, at most 1,000
}

// UserChoices returns what the list of users can be filtered by.
func (s *Service) UserChoices(ctx context.Context, by access.Actor) (o UserChoices, err error) {
	defer errs.Wrap(&err, "browse.UserChoices")
	by, in, err := look.Sight(by, access.PeopleRead)
	if err != nil {
		return o, err
	}
	choice := func(row db.Scanner) (c Choice, err error) {
		err = row.Scan(&c.ID, &c.Name)
		return c, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) (err error) {
		if !in.Whole {
			o, err = choicesWithin(tx, by.Workspace, in)
			return err
		}
		if o.Groups, err = db.All(tx, choice, `SELECT id, name FROM user_group WHERE workspace = ? ORDER BY rank, id`, by.Workspace); err != nil {
			return err
		}
		if o.Locations, err = db.All(tx, choice, `SELECT id, name FROM location WHERE workspace = ? ORDER BY name_key, id`, by.Workspace); err != nil {
			return err
		}
		o.CostCenters, err = db.All(tx, db.Text[string], `SELECT name FROM cost_center WHERE workspace = ? ORDER BY name LIMIT 1000`, by.Workspace)
		return err
	})
	return o, err
}

// choicesWithin is what a part of the users can be filtered by: what they have.
func choicesWithin(tx *db.Tx, ws id.Workspace, r access.Reach) (o UserChoices, err error) {
	choice := func(row db.Scanner) (c Choice, err error) {
		err = row.Scan(&c.ID, &c.Name)
		return c, err
	}
	only, args := person.Reached(r)
	who := `SELECT person.id FROM person WHERE person.workspace = ? AND person.deleted_at = 0` + only
	if o.Groups, err = db.All(tx, choice, `SELECT g.id, g.name FROM user_group g WHERE g.workspace = ?
		AND g.id IN (SELECT gm.user_group FROM group_member gm WHERE gm.workspace = ? AND gm.person IN (`+who+`)) ORDER BY g.rank, g.id`,
		append([]any{ws, ws, ws}, args...)...); err != nil {
		return o, err
	}
	if n := len(r.Locations); n > 0 {
		if o.Locations, err = db.All(tx, choice, `SELECT id, name FROM location WHERE workspace = ? AND id IN `+db.In(n)+` ORDER BY name_key, id`, db.Args(r.Locations, any(ws))...); err != nil {
			return o, err
		}
	}
	o.CostCenters, err = costsWithin(tx, ws, r)
	return o, err
}

// costsWithin are the cost centers that the people within a reach have.
func costsWithin(tx *db.Tx, ws id.Workspace, r access.Reach) ([]string, error) {
	only, args := person.Reached(r)
	return db.All(tx, db.Text[string], `SELECT DISTINCT person.cost_center FROM person WHERE person.workspace = ? AND person.deleted_at = 0 AND person.cost_center <> ''`+only+` ORDER BY 1 LIMIT 1000`,
		append([]any{ws}, args...)...)
}
