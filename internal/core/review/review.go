// Package review is the question, asked now and then, who still needs the access that a
// group gives: each of its members is kept or removed.
package review

import (
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Lasts is how long those who review have.
const Lasts = 14 * 24 * time.Hour

// Review is one review of one group.
type Review struct {
	Workspace id.Workspace
	ID        id.Review
	Group     id.Group
	AskedBy   string // as the journal names them
	Opened    time.Time
	Due       time.Time
	Reminded  time.Time
	Closed    time.Time // zero while open
	ClosedBy  string    // who gave the last answer
}

// Plan is how often a group is reviewed.
type Plan struct {
	Workspace id.Workspace
	Group     id.Group
	Months    int64
	Next      time.Time
}

// Answer is what is said of a member.
type Answer string

// The answers.
const (
	None   Answer = ""
	Keep   Answer = "keep"
	Remove Answer = "remove"
)

// Item is one member as they were when the review began.
type Item struct {
	Person id.Person
	Answer Answer
	By     string    // as the journal names them
	At     time.Time // zero while open
}

const columns = `workspace, id, user_group, asked_by, opened_at, due_at, reminded_at, closed_at, closed_by`

func scan(row db.Scanner) (r Review, err error) {
	var opened, due, reminded, closed int64
	err = row.Scan(&r.Workspace, &r.ID, &r.Group, &r.AskedBy, &opened, &due, &reminded, &closed, &r.ClosedBy)
	r.Opened, r.Due, r.Reminded = time.UnixMilli(opened).UTC(), time.UnixMilli(due).UTC(), time.UnixMilli(reminded).UTC()
	if closed != 0 {
		r.Closed = time.UnixMilli(closed).UTC()
	}
	return r, err
}

// Open begins a review of a group's members and sets r's ID and times. It reports false
// if one is open already.
func Open(tx *db.Tx, r *Review) (bool, error) {
	r.ID, r.Opened, r.Due, r.Reminded = id.New[id.Review](), tx.Now, tx.Now.Add(Lasts), tx.Now
	n, err := tx.Exec(`INSERT INTO access_review (`+columns+`) VALUES (?, ?, ?, ?, ?, ?, ?, 0, '') ON CONFLICT DO NOTHING`,
		r.Workspace, r.ID, r.Group, r.AskedBy, r.Opened.UnixMilli(), r.Due.UnixMilli(), r.Reminded.UnixMilli())
	if err != nil || n == 0 {
		return false, err
	}
	_, err = tx.Exec(`INSERT INTO access_review_item (workspace, review, person, answer, answered_by, answered_at)
		SELECT m.workspace, CAST(? AS TEXT), m.person, '', '', 0 FROM group_member m JOIN person p ON p.workspace = m.workspace AND p.id = m.person AND p.deleted_at = 0
		WHERE m.workspace = ? AND m.user_group = ?`, r.ID, r.Workspace, r.Group)
	return true, err
}

// ByID returns one of the workspace.
func ByID(tx *db.Tx, ws id.Workspace, one id.Review) (Review, error) {
	all, err := db.All(tx, scan, `SELECT `+columns+` FROM access_review WHERE workspace = ? AND id = ?`, ws, one)
	if err == nil && len(all) == 0 {
		err = errs.New(errs.NotFound, "There is no such review.")
	}
	if err != nil {
		return Review{}, err
	}
	return all[0], nil
}

// Newest returns the newest reviews of a group, the open one first.
func Newest(tx *db.Tx, ws id.Workspace, g id.Group, limit int) ([]Review, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM access_review WHERE workspace = ? AND user_group = ? ORDER BY opened_at DESC, id DESC LIMIT ?`, ws, g, limit)
}

// AllOpen returns the workspace's open reviews.
func AllOpen(tx *db.Tx, ws id.Workspace) ([]Review, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM access_review WHERE workspace = ? AND closed_at = 0 ORDER BY opened_at, id`, ws)
}

// Items returns who is asked about, by person.
func Items(tx *db.Tx, ws id.Workspace, r id.Review) (map[id.Person]Item, error) {
	all := map[id.Person]Item{}
	for v, err := range db.Each(tx, func(row db.Scanner) (v Item, err error) {
		var at int64
		err = row.Scan(&v.Person, &v.Answer, &v.By, &at)
		if at != 0 {
			v.At = time.UnixMilli(at).UTC()
		}
		return v, err
	}, `SELECT person, answer, answered_by, answered_at FROM access_review_item WHERE workspace = ? AND review = ?`, ws, r) {
		if err != nil {
			return nil, err
		}
		all[v.Person] = v
	}
	return all, nil
}

// Left counts the members who are not answered for, and all who are asked about. Whoever
// has left the group meanwhile needs no answer.
func Left(tx *db.Tx, r *Review) (left, all int64, err error) {
	err = tx.Row(`SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN i.answer = '' AND EXISTS (SELECT 1 FROM group_member m WHERE m.workspace = i.workspace AND m.user_group = ? AND m.person = i.person)
			THEN 1 ELSE 0 END), 0) AS BIGINT) FROM access_review_item i WHERE i.workspace = ? AND i.review = ?`, []any{r.Group, r.Workspace, r.ID}, &all, &left)
	return left, all, err
}

// Say notes an answer. It reports false if there was one, or the person is not asked
// about.
func Say(tx *db.Tx, ws id.Workspace, r id.Review, who id.Person, a Answer, by string) (bool, error) {
	n, err := tx.Exec(`UPDATE access_review_item SET answer = ?, answered_by = ?, answered_at = ? WHERE workspace = ? AND review = ? AND person = ? AND answer = ''`, a, by, tx.NowMS(), ws, r, who)
	return n > 0, err
}

// KeepRest keeps all who are not answered for, and returns how many.
func KeepRest(tx *db.Tx, ws id.Workspace, r id.Review, by string) (int64, error) {
	return tx.Exec(`UPDATE access_review_item SET answer = 'keep', answered_by = ?, answered_at = ? WHERE workspace = ? AND review = ? AND answer = ''`, by, tx.NowMS(), ws, r)
}

// Close ends a review. It reports false if it was.
func Close(tx *db.Tx, ws id.Workspace, r id.Review, by string) (bool, error) {
	n, err := tx.Exec(`UPDATE access_review SET closed_at = ?, closed_by = ? WHERE workspace = ? AND id = ? AND closed_at = 0`, tx.NowMS(), by, ws, r)
	return n > 0, err
}

// Remind notes that those who review were told again.
func Remind(tx *db.Tx, ws id.Workspace, r id.Review) error {
	_, err := tx.Exec(`UPDATE access_review SET reminded_at = ? WHERE workspace = ? AND id = ?`, tx.NowMS(), ws, r)
	return err
}

// PlanOf returns a group's plan; one without months if there is none.
func PlanOf(tx *db.Tx, ws id.Workspace, g id.Group) (Plan, error) {
	all, err := plans(tx, `workspace = ? AND user_group = ?`, ws, g)
	if err != nil || len(all) == 0 {
		return Plan{Workspace: ws, Group: g}, err
	}
	return all[0], nil
}

// DuePlans returns the plans whose next review is due.
func DuePlans(tx *db.Tx, ws id.Workspace) ([]Plan, error) {
	return plans(tx, `workspace = ? AND next_at <= ?`, ws, tx.NowMS())
}

func plans(tx *db.Tx, where string, args ...any) ([]Plan, error) {
	return db.All(tx, func(row db.Scanner) (p Plan, err error) {
		var next int64
		err = row.Scan(&p.Workspace, &p.Group, &p.Months, &next)
		p.Next = time.UnixMilli(next).UTC()
		return p, err
	}, `SELECT workspace, user_group, months, next_at FROM review_plan WHERE `+where+` ORDER BY user_group`, args...)
}

// SetPlan writes a plan; one without months is removed.
func SetPlan(tx *db.Tx, p *Plan) error {
	if p.Months == 0 {
		_, err := tx.Exec(`DELETE FROM review_plan WHERE workspace = ? AND user_group = ?`, p.Workspace, p.Group)
		return err
	}
	_, err := tx.Exec(`INSERT INTO review_plan (workspace, user_group, months, next_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (workspace, user_group) DO UPDATE SET months = excluded.months, next_at = excluded.next_at`, p.Workspace, p.Group, p.Months, p.Next.UnixMilli())
	return err
}

// Erase removes what is said about people who are erased.
func Erase(tx *db.Tx, ws id.Workspace, list []id.Person) error {
	_, err := tx.Exec(`DELETE FROM access_review_item WHERE workspace = ? AND person IN `+db.In(len(list)), db.Args(list, any(ws))...)
	return err
}
