// Package browse is read-only joins for screens, exports and the API: one file
// per screen. It never writes.
//
// Two things hold everywhere. Each statement names the actor's workspace for
// every table in it. And whoever lacks [access.PersonalData] sees names and
// addresses masked, cannot search by them and cannot sort by them, so that a
// list is no oracle either.
//
// Lists are cut into pages by the last row shown and not by a number of rows to
// skip: rows that come in meanwhile neither repeat nor hide others, and the
// hundredth page costs what the first does.
package browse

import (
	"cmp"
	"context"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"time"

	"involt/internal/flow/browse/roster"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Service answers screens. Its methods check permission and open the
// transaction; the functions they call do neither.
type Service struct {
	DB *db.DB

	kept  kept          // sums of the overview
	lists roster.Memory // of users
}

// Run keeps the lists of users in memory fresh until ctx is done. Without it
// they are read when they are first asked for.
func (s *Service) Run(ctx context.Context) error { return s.lists.Run(ctx, s.DB) }

// Paging says which part of a list is wanted. The zero value is the first page
// of the usual length.
type Paging struct {
	At    string // Prev or Next of the page shown before; "" for the first
	Limit int    // rows; 0 means 50, and more than 500 is cut to 500
}

func (p *Paging) limit() int {
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
	Prev     string // for Paging.At; "" if there is nothing before
	Next     string // likewise after
}

// countTo is where counting the matches of a filter stops.
const countTo = 10_000

// cursor is a row at which a page ends: what the list sorts by, then the id.
type cursor struct {
	set    bool
	back   bool   // the page before that row is wanted, else the one after
	offset int64  // of that row in the list
	key    string // a number in decimal, or text
	id     string
}

func (c cursor) String() string {
	way := "n"
	if c.back {
		way = "p"
	}
	return base64.RawURLEncoding.EncodeToString([]byte(way + strconv.FormatInt(c.offset, 36) + "|" + c.id + "|" + c.key))
}

func parseCursor(text string) (c cursor, err error) {
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
	return cursor{set: true, back: parts[0][0] == 'p', offset: offset, id: parts[1], key: parts[2]}, nil
}

// list is how a list is sorted: by key, then by id, both in one direction.
type list struct {
	key, id string // columns; key may be "" where the id alone sorts
	number  bool   // key is a number
	desc    bool
	counted string // the table of all conditions, where counting needs no other; "" where it does
}

// query collects the conditions of a statement with their arguments.
type query struct {
	where strings.Builder
	args  []any
}

// and adds a condition that must hold too.
func (q *query) and(cond string, args ...any) {
	if q.where.Len() > 0 {
		q.where.WriteString(" AND ")
	}
	q.where.WriteString("(" + cond + ")")
	q.args = append(q.args, args...)
}

// countOf counts the rows of q, as far as countTo.
func countOf(tx *db.Tx, from string, q *query) (n int64, about bool, err error) {
	err = tx.Row(`SELECT COUNT(*) FROM (SELECT 1 FROM `+from+` WHERE `+q.where.String()+` LIMIT ?) counted`, append(slices.Clone(q.args), countTo+1), &n)
	if n > countTo {
		return countTo, true, err
	}
	return n, false, err
}

// pageOf reads one page of a list. of returns a row's key, as text, and its id.
func pageOf[T any](tx *db.Tx, l list, p Paging, columns, from string, q *query, scan func(db.Scanner) (T, error), of func(T) (key, id string)) (rows []T, page Page, err error) {
	at, err := parseCursor(p.At)
	if err != nil {
		return nil, page, err
	}
	limit := p.limit()
	if page.Total, page.About, err = countOf(tx, cmp.Or(l.counted, from), q); err != nil {
		return nil, page, err
	}
	cut := &query{args: slices.Clone(q.args)}
	cut.where.WriteString(q.where.String())
	if err := l.after(cut, at); err != nil {
		return nil, page, err
	}
	part := ` WHERE ` + cut.where.String() + ` ORDER BY ` + l.order(at.back) + ` LIMIT ?`
	if joins, ok := strings.CutPrefix(from, l.counted); ok && l.counted != "" {
		// The page is cut out before names are joined to it, so that no plan can
		// join them to the whole table.
		_, alias, _ := strings.Cut(l.counted, " ")
		part = `(SELECT ` + alias + `.* FROM ` + l.counted + part + `) ` + alias + joins + ` ORDER BY ` + l.order(at.back)
	} else {
		part = from + part
	}
	rows, err = db.All(tx, scan, `SELECT `+columns+` FROM `+part, append(cut.args, limit+1)...)
	if err != nil {
		return nil, page, err
	}
	more := len(rows) > limit
	if more {
		rows = rows[:limit]
	}
	before := at.offset // rows in front of this page
	if at.back {
		slices.Reverse(rows)
		before = max(0, at.offset-1-int64(len(rows)))
	}
	if len(rows) == 0 {
		return nil, page, nil
	}
	page.From, page.To = before+1, before+int64(len(rows))
	page.Total = max(page.Total, page.To)
	if at.set && !at.back || at.back && more {
		page.Prev = edge(rows[0], of, true, page.From)
	}
	if at.back || more {
		page.Next = edge(rows[len(rows)-1], of, false, page.To)
	}
	return rows, page, nil
}

func edge[T any](row T, of func(T) (string, string), back bool, offset int64) string {
	key, id := of(row)
	return cursor{back: back, offset: offset, key: key, id: id}.String()
}

func (l list) after(q *query, at cursor) error {
	if !at.set {
		return nil
	}
	than := " > "
	if l.desc != at.back {
		than = " < "
	}
	switch {
	case l.key == "":
		q.and(l.id+than+"?", at.id)
	case l.number:
		n, err := strconv.ParseInt(at.key, 10, 64)
		if err != nil {
			return errs.AtField("page", "This page of the list does not exist. Go back to the first one.")
		}
		q.and("("+l.key+", "+l.id+")"+than+"(?, ?)", n, at.id)
	default:
		q.and("("+l.key+", "+l.id+")"+than+"(?, ?)", at.key, at.id)
	}
	return nil
}

func (l list) order(back bool) string {
	way := ""
	if l.desc != back {
		way = " DESC"
	}
	if l.key == "" {
		return l.id + way
	}
	return l.key + way + ", " + l.id + way
}

// when is a stored time; 0 is none.
func when(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
