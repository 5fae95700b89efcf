package look

import (
	"slices"
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/flow/browse/paging"
	"involt/internal/kit/db"
)

// Searched is what somebody typed into a search field, less what no database
// takes.
func Searched(text string) string {
	return strings.TrimSpace(strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\x00", ""))
}

// Containing makes a LIKE pattern that finds text anywhere; use it with ESCAPE '\'.
func Containing(text string) string { return "%" + escaped(text) + "%" }

// Beginning makes a LIKE pattern that finds what begins with text.
func Beginning(text string) string { return escaped(text) + "%" }

func escaped(text string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text)
}

// wherePerson adds to q the people of by's workspace that text finds: by name,
// address and external id, and by external id alone for those who may not see
// the others.
func wherePerson(q *paging.Query, by access.Actor, text string) {
	q.And("workspace = ?", by.Workspace)
	if !by.Perms.Has(access.PersonalData) {
		q.And(`external_id <> '' AND LOWER(external_id) LIKE ? ESCAPE '\'`, Beginning(strings.ToLower(text)))
		return
	}
	name := &paging.Query{}
	for _, word := range strings.Fields(person.Fold(text)) {
		name.And(`sort_name LIKE ? ESCAPE '\'`, Containing(word))
	}
	if name.Where.Len() == 0 {
		name.And(None) // nothing but accents
	}
	like := Beginning(strings.ToLower(text))
	q.And(name.Where.String()+` OR email LIKE ? ESCAPE '\' OR external_id <> '' AND LOWER(external_id) LIKE ? ESCAPE '\'`, append(name.Args, like, like)...)
}

// Found returns a condition on a column of people's ids: who is found by text.
// The people are looked up first. A few of them are named one by one, so that
// the index of the column serves, and the search is not made again by each
// statement of a page.
func Found(tx *db.Tx, by access.Actor, column, text string) (cond string, args []any, err error) {
	q := &paging.Query{}
	wherePerson(q, by, text)
	const few = 100
	ids, err := db.All(tx, db.Text[id.Person], `SELECT id FROM person WHERE `+q.Where.String()+` LIMIT ?`, append(slices.Clone(q.Args), few+1)...)
	switch n := len(ids); {
	case err != nil || n == 0:
		return None, nil, err
	case n > few:
		return column + " IN (SELECT id FROM person WHERE " + q.Where.String() + ")", q.Args, nil
	default:
		size := 1 // each length is a statement of its own: few lengths
		for size < n {
			size *= 10
		}
		for len(ids) < size {
			ids = append(ids, ids[0])
		}
		return column + " IN " + db.In(size), db.Args(ids), nil
	}
}

// None is a condition that never holds.
const None = "1 = 0"

// Either joins conditions of which one must hold.
func Either(conds ...string) string {
	conds = slices.DeleteFunc(conds, func(c string) bool { return c == None })
	if len(conds) == 0 {
		return None
	}
	return strings.Join(conds, " OR ")
}

// WhereCard finds a card by its number in any spelling, or by how its canonical
// form begins. Text that is no part of a card number finds none.
func WhereCard(column, text string) (cond string, args []any) {
	exact, begins, args := WhereCards(column, text)
	return Either(exact, begins), args
}

// WhereCards is whereCard as two conditions, exact with one argument if there is
// such a card number, and begins with the rest: SQLite finds neither by the index
// if they stand in one statement.
func WhereCards(column, text string) (exact, begins string, args []any) {
	exact, begins = None, None
	if uid, err := card.Canonical(text); err == nil {
		exact, args = column+" = ?", []any{uid}
	}
	part := strings.ToUpper(strings.NewReplacer("-", "", " ", "", ".", "").Replace(text))
	if !strings.HasPrefix(part, "VID:") {
		part = strings.ReplaceAll(part, ":", "")
	}
	hex := strings.Trim(part, "0123456789ABCDEF") == ""
	known := strings.Trim(part, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ:") == "" && strings.ContainsAny(part, "0123456789:")
	if len(part) < 3 || len(part) > maxUID || !hex && !known {
		return exact, begins, args
	}
	// The bounds are for the index, the pattern is what is meant.
	last := part + strings.Repeat("Z", maxUID-len(part))
	return exact, column + " >= ? AND " + column + " <= ? AND " + column + ` LIKE ? ESCAPE '\'`, append(args, part, last, Beginning(part))
}

// maxUID is the longest canonical form: OCPP 2.x allows 36.
const maxUID = 36
