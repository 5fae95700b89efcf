// Package paging cuts lists into pages: by the last row shown and not by a
// number of rows to skip.
package paging

import (
	"cmp"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"time"

	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Wanted says which part of a list is wanted. The zero value is the first page
// of the usual length.
type Wanted struct {
	At    string // Prev or Next of the page shown before; "" for the first
	Limit int    // rows; 0 means 50, and more than 500 is cut to 500
}

// Rows is how many rows are wanted.
func (p *Wanted) Rows() int {
	if p.Limit <= 0 {
		return 50
	}
	return min(p.Limit, 500)
}

// Page says which part of a list was given.
type Page struct {
	From, To int64  // places of the first and the last row, from 1; both 0 for an empty list
	Total    int64  // how many rows match
	About    bool   // Total is where counting stopped: there are more
	Prev     string // for Wanted.At; "" if there is nothing before
	Next     string // likewise after
}

// CountTo is where counting the matches of a filter stops.
const CountTo = 10_000

// Cursor is a row at which a page ends: what the list sorts by, then the id.
type Cursor struct {
	Set    bool
	Back   bool   // the page before that row is wanted, else the one after
	Offset int64  // of that row in the list
	Key    string // a number in decimal, or text
	ID     string
}

// String is what [ParseCursor] reads.
func (c Cursor) String() string {
	way := "n"
	if c.Back {
		way = "p"
	}
	return base64.RawURLEncoding.EncodeToString([]byte(way + strconv.FormatInt(c.Offset, 36) + "|" + c.ID + "|" + c.Key))
}

// ParseCursor reads what [Cursor.String] wrote; "" is the zero cursor.
func ParseCursor(text string) (c Cursor, err error) {
	if text == "" {
		return c, nil
	}
	bad := errs.AtField("page", "This page of the list does not exist. Go back to the first one.")
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return c, bad
	}
	parts := strings.SplitN(string(raw), "|", 3)
	if len(parts) != 3 || len(parts[0]) < 2 || strings.ContainsRune(string(raw), 0) {
		return c, bad
	}
	offset, err := strconv.ParseInt(parts[0][1:], 36, 64)
	if err != nil || offset < 0 {
		return c, bad
	}
	return Cursor{Set: true, Back: parts[0][0] == 'p', Offset: offset, ID: parts[1], Key: parts[2]}, nil
}

// List is how a list is sorted: by key, then by id, both in one direction.
type List struct {
	Key, ID string // columns; Key may be "" where the ID alone sorts
	Number  bool   // Key is a number
	Desc    bool
	Counted string // the table of all conditions, where counting needs no other; "" where it does
}

// Query collects the conditions of a statement with their arguments.
type Query struct {
	Where strings.Builder
	Args  []any
}

// And adds a condition that must hold too.
func (q *Query) And(cond string, args ...any) {
	if q.Where.Len() > 0 {
		q.Where.WriteString(" AND ")
	}
	q.Where.WriteString("(" + cond + ")")
	q.Args = append(q.Args, args...)
}

// Count counts the rows of q, as far as CountTo.
func Count(tx *db.Tx, from string, q *Query) (n int64, about bool, err error) {
	err = tx.Row(`SELECT COUNT(*) FROM (SELECT 1 FROM `+from+` WHERE `+q.Where.String()+` LIMIT ?) counted`, append(slices.Clone(q.Args), CountTo+1), &n)
	if n > CountTo {
		return CountTo, true, err
	}
	return n, false, err
}

// Of reads one page of a list. of returns a row's key, as text, and its id.
func Of[T any](tx *db.Tx, l List, p Wanted, columns, from string, q *Query, scan func(db.Scanner) (T, error), of func(T) (key, id string)) (rows []T, page Page, err error) {
	at, err := ParseCursor(p.At)
	if err != nil {
		return nil, page, err
	}
	limit := p.Rows()
	if page.Total, page.About, err = Count(tx, cmp.Or(l.Counted, from), q); err != nil {
		return nil, page, err
	}
	cut := &Query{Args: slices.Clone(q.Args)}
	cut.Where.WriteString(q.Where.String())
	if err := l.after(cut, at); err != nil {
		return nil, page, err
	}
	part := ` WHERE ` + cut.Where.String() + ` ORDER BY ` + l.order(at.Back) + ` LIMIT ?`
	if joins, ok := strings.CutPrefix(from, l.Counted); ok && l.Counted != "" {
		// The page is cut out before names are joined to it, so that no plan can
		// join them to the whole table.
		_, alias, _ := strings.Cut(l.Counted, " ")
		part = `(SELECT ` + alias + `.* FROM ` + l.Counted + part + `) ` + alias + joins + ` ORDER BY ` + l.order(at.Back)
	} else {
		part = from + part
	}
	rows, err = db.All(tx, scan, `SELECT `+columns+` FROM `+part, append(cut.Args, limit+1)...)
	if err != nil {
		return nil, page, err
	}
	more := len(rows) > limit
	if more {
		rows = rows[:limit]
	}
	before := at.Offset // rows in front of this page
	if at.Back {
		slices.Reverse(rows)
		before = max(0, at.Offset-1-int64(len(rows)))
	}
	if len(rows) == 0 {
		return nil, page, nil
	}
	page.From, page.To = before+1, before+int64(len(rows))
	page.Total = max(page.Total, page.To)
	if at.Set && !at.Back || at.Back && more {
		page.Prev = edge(rows[0], of, true, page.From)
	}
	if at.Back || more {
		page.Next = edge(rows[len(rows)-1], of, false, page.To)
	}
	return rows, page, nil
}

func edge[T any](row T, of func(T) (string, string), back bool, offset int64) string {
	key, id := of(row)
	return Cursor{Back: back, Offset: offset, Key: key, ID: id}.String()
}

func (l List) after(q *Query, at Cursor) error {
	if !at.Set {
		return nil
	}
	than := " > "
	if l.Desc != at.Back {
		than = " < "
	}
	switch {
	case l.Key == "":
		q.And(l.ID+than+"?", at.ID)
	case l.Number:
		n, err := strconv.ParseInt(at.Key, 10, 64)
		if err != nil {
			return errs.AtField("page", "This page of the list does not exist. Go back to the first one.")
		}
		q.And("("+l.Key+", "+l.ID+")"+than+"(?, ?)", n, at.ID)
	default:
		q.And("("+l.Key+", "+l.ID+")"+than+"(?, ?)", at.Key, at.ID)
	}
	return nil
}

func (l List) order(back bool) string {
	way := ""
	if l.Desc != back {
		way = " DESC"
	}
	if l.Key == "" {
		return l.ID + way
	}
	return l.Key + way + ", " + l.ID + way
}

// When is a stored time; 0 is none.
func When(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// Counts reads rows of a key and a number.
func Counts[K ~string](tx *db.Tx, text string, args []any) (map[K]int64, error) {
	type line struct {
		key K
		n   int64
	}
	all, err := db.All(tx, func(row db.Scanner) (l line, err error) {
		err = row.Scan(&l.key, &l.n)
		return l, err
	}, text, args...)
	n := make(map[K]int64, len(all))
	for _, l := range all {
		n[l.key] = l.n
	}
	return n, err
}
