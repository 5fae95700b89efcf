package browse

import (
	"context"
	"slices"
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/flow/browse/paging"
	"involt/internal/flow/browse/roster"
	"involt/internal/kit/db"
)

// plain is Users from the tables alone: a page without counts, for the seconds in
// which a large list is being read into memory. It looks at everybody, which takes
// its time. Whoever it finds matches, but the search may miss somebody: external ids
// are compared without folding accents.
func (s *Service) plain(ctx context.Context, by access.Actor, in access.Reach, f *UserFilter, want *roster.Want, at paging.Cursor, sort UserSort) (p UserPage, err error) {
	p.Sort, p.Plain = sort, true
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		p.Now = tx.Now
		if want.Filter, _, err = rosterFilter(tx, by, in, f, cardsAtMost); err != nil {
			return err
		}
		q := &plainQuery{}
		q.filter(by.Workspace, in, &want.Filter)
		if q.tooMany {
			return roster.ErrLoading()
		}
		rows, err := q.page(tx, want)
		if err != nil {
			return err
		}
		part := roster.Part{More: len(rows) > want.Limit}
		if part.More {
			rows = rows[:want.Limit]
		}
		if want.Back {
			slices.Reverse(rows)
		}
		for _, r := range rows {
			part.IDs = append(part.IDs, id.Text[id.Person](r.ID))
		}
		if n := len(rows); n > 0 {
			part.First, part.Last = rows[0], rows[n-1]
		}
		p.Page = pageOfUsers(&part, want, at)
		p.Total = -1
		p.Rows, err = userRows(tx, by, in, part.IDs)
		return err
	})
	return p, err
}

// plainQuery is a filter as conditions of a statement.
type plainQuery struct {
	where   []string
	args    []any
	tooMany bool // it would be too long
}

func (q *plainQuery) and(cond string, args ...any) {
	q.where, q.args = append(q.where, cond), append(q.args, args...)
}

// plainIDs is how many people a statement names at most.
const plainIDs = 1000

func (q *plainQuery) filter(ws id.Workspace, in access.Reach, f *roster.Filter) {
	q.and(`person.workspace = ? AND person.deleted_at = 0`, ws)
	where, args := person.Reached(in)
	q.and(`1 = 1`+where, args...)
	if f.Accounts != nil {
		q.tooMany = len(f.Accounts) > plainIDs
		q.and(`person.account <> '' AND person.account IN `+db.In(len(f.Accounts)), db.Args(f.Accounts)...)
	}
	if f.Status != "" {
		q.and(`person.status = ?`, f.Status)
	}
	const inGroups = `person.id IN (SELECT m.person FROM group_member m WHERE m.workspace = ? AND m.user_group IN `
	const noGroup = `NOT EXISTS (SELECT 1 FROM group_member m WHERE m.workspace = person.workspace AND m.person = person.id)`
	if f.Group != "" {
		q.and(inGroups+`(?))`, ws, f.Group)
	}
	if f.NoGroup {
		q.and(noGroup)
	}
	if f.Cost != "" {
		q.and(`person.cost_center = ?`, f.Cost)
	}
	if f.NeverCharged {
		q.and(`person.last_charge_at = 0`)
	}
	if f.CardMissing {
		q.and(`NOT EXISTS (SELECT 1 FROM card k WHERE k.workspace = person.workspace AND k.person = person.id AND k.state <> 'deactivated')`)
	}
	if f.Place != nil {
		q.and(`person.status = ?`, person.Active)
		if !f.Place.Everyone {
			q.tooMany = q.tooMany || len(f.Place.People)+len(f.Place.Groups) > plainIDs
			ways := []string{`person.id IN ` + db.In(len(f.Place.People)), inGroups + db.In(len(f.Place.Groups)) + `)`}
			if f.Place.NoGroup {
				ways = append(ways, noGroup)
			}
			q.and(`(`+strings.Join(ways, ` OR `)+`)`, append(rawArgs(f.Place.People), db.Args(f.Place.Groups, any(ws))...)...)
		}
	}
	if len(f.Words) > 0 || f.Nothing {
		q.search(f)
	}
}

func rawArgs(list []id.Raw) (args []any) {
	for _, who := range list {
		args = append(args, id.Text[string](who))
	}
	return args
}

// search adds the words, and who is found besides.
func (q *plainQuery) search(f *roster.Filter) {
	text := `' ' || person.sort_name || ' ' || person.email || ' ' || LOWER(person.external_id)`
	if f.External {
		text = `' ' || LOWER(person.external_id)`
	}
	var all []string
	var args []any
	for _, w := range f.Words {
		like := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(w)
		if len(w) >= 3 {
			all, args = append(all, text+` LIKE ? ESCAPE '\'`), append(args, "%"+like+"%")
			continue
		}
		// One or two letters begin a word: behind a space, or what stands in names,
		// addresses and ids.
		var begins []string
		for _, before := range []string{" ", "-", ".", "@", "'"} {
			begins, args = append(begins, text+` LIKE ? ESCAPE '\'`), append(args, "%"+before+like+"%")
		}
		all = append(all, `(`+strings.Join(begins, ` OR `)+`)`)
	}
	cond := strings.Join(all, ` AND `)
	if f.Nothing {
		cond, args = `1 = 0`, nil
	}
	q.tooMany = q.tooMany || len(f.Also) > plainIDs
	q.and(`(`+cond+` OR person.id IN `+db.In(len(f.Also))+`)`, append(args, rawArgs(f.Also)...)...)
}

// page returns the next users' places in the order that is wanted, and one more if
// there is one.
func (q *plainQuery) page(tx *db.Tx, want *roster.Want) ([]roster.Key, error) {
	column := map[roster.Sort]string{roster.ByName: "sort_name", roster.ByCharged: "last_charge_at", roster.BySessions: "sessions", roster.ByCreated: "created_at"}[want.Sort]
	than, way := ">", ""
	if want.Down != want.Back {
		than, way = "<", " DESC"
	}
	if k := want.From; k != nil {
		var key any = k.Number
		if want.Sort == roster.ByName {
			key = k.Text
		}
		q.and(`(person.`+column+` `+than+` ? OR person.`+column+` = ? AND person.id `+than+` ?)`, key, key, id.Text[string](k.ID))
	}
	q.args = append(q.args, want.Limit+1)
	return db.All(tx, func(row db.Scanner) (k roster.Key, err error) {
		var who string
		if want.Sort == roster.ByName {
			err = row.Scan(&who, &k.Text)
		} else {
			err = row.Scan(&who, &k.Number)
		}
		k.ID = id.RawOf(who)
		return k, err
	}, `SELECT person.id, person.`+column+` FROM person WHERE `+strings.Join(q.where, ` AND `)+` ORDER BY person.`+column+way+`, person.id`+way+` LIMIT ?`, q.args...)
}
