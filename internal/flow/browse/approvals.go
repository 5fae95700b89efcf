package browse

import (
	"context"
	"strconv"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/joincode"
	"involt/internal/core/person"
	"involt/internal/flow/browse/look"
	"involt/internal/flow/browse/paging"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Approval is somebody who asked to come in, as those who decide see them.
type Approval struct {
	ID      id.Person
	Name    string // masked without personal data, as Email
	Email   string
	Status  person.Status
	Since   time.Time // of the status
	Message string    // what they wrote; empty without personal data
	Answer  string    // what was written to them; likewise
	EraseAt time.Time // when somebody who was declined is erased
}

// ApprovalPage is one page of them.
type ApprovalPage struct {
	Page
	Rows    []Approval
	Waiting int64 // to be approved, as far as they are counted
}

// Approvals lists who waits for approval, the longest waiting first, or who was
// declined, the last one first.
func (s *Service) Approvals(ctx context.Context, by access.Actor, declined bool, at Paging) (p ApprovalPage, err error) {
	defer errs.Wrap(&err, "browse.Approvals")
	in, err := by.Within(access.PeopleRead)
	if err != nil {
		return p, err
	}
	by = by.Inside(in)
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		l, status, came := paging.List{Key: "person.status_at", ID: "person.id", Number: true}, person.ToBeApproved, joincode.Waiting
		if declined {
			l.Desc, status, came = true, person.Declined, joincode.Declined
		}
		q := &paging.Query{}
		q.And("person.workspace = ? AND person.deleted_at = 0 AND person.status = ?", by.Workspace, status)
		if where, args := joincode.Comes(came, in); where != "" {
			q.And(strings.TrimPrefix(where, " AND "), args...)
		}
		p.Rows, p.Page, err = paging.Of(tx, l, at, person.Columns+", person.erase_at", "person", q, scanApproval(by), func(a Approval) (string, string) {
			return strconv.FormatInt(a.Since.UnixMilli(), 10), string(a.ID)
		})
		if err != nil {
			return err
		}
		if p.Waiting, err = waiting(tx, by.Workspace, in); err != nil {
			return err
		}
		return written(tx, by, p.Rows)
	})
	return p, err
}

// Approval returns one person as those who decide see them, whatever became of
// them since.
func (s *Service) Approval(ctx context.Context, by access.Actor, who id.Person) (a Approval, err error) {
	defer errs.Wrap(&err, "browse.Approval")
	in, err := by.Within(access.PeopleRead)
	if err != nil {
		return a, err
	}
	by = by.Inside(in)
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		if err := asked(tx, by.Workspace, in, who); err != nil {
			return err
		}
		rows, err := db.All(tx, scanApproval(by), `SELECT `+person.Columns+`, person.erase_at FROM person WHERE person.workspace = ? AND person.id = ? AND person.deleted_at = 0`, by.Workspace, who)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return errs.New(errs.NotFound, "There is no such user. They may have been deleted.")
		}
		if err := written(tx, by, rows); err != nil {
			return err
		}
		a = rows[0]
		return nil
	})
	return a, err
}

// Waiting counts who waits for approval, as far as paging.CountTo; for the menu.
func (s *Service) Waiting(ctx context.Context, by access.Actor) (n int64, err error) {
	in, denied := by.Within(access.PeopleRead)
	if denied != nil || in.Empty() {
		return 0, nil //nolint:nilerr // there is nothing for them to count
	}
	err = s.DB.View(ctx, func(tx *db.Tx) (err error) {
		n, err = waiting(tx, by.Workspace, in)
		return err
	})
	return n, err
}

// mostWaiting is where counting for the menu stops: it is done on every page.
const mostWaiting = 1000

func waiting(tx *db.Tx, ws id.Workspace, in access.Reach) (n int64, err error) {
	where, args := joincode.Comes(joincode.Waiting, in)
	err = tx.Row(`SELECT COUNT(*) FROM (SELECT 1 FROM person WHERE person.workspace = ? AND person.status = 'to-be-approved' AND person.deleted_at = 0`+where+` LIMIT ?) counted`,
		append(append([]any{ws}, args...), mostWaiting), &n)
	return n, err
}

// asked refuses somebody who is not within a reach and has not asked for what lies
// in it, as if they were not there.
func asked(tx *db.Tx, ws id.Workspace, in access.Reach, who id.Person) error {
	if in.Whole {
		return nil
	}
	for _, came := range []joincode.State{joincode.Waiting, joincode.Declined} {
		where, args := joincode.Comes(came, in)
		var yes bool
		if err := tx.Row(`SELECT EXISTS (SELECT 1 FROM person WHERE person.workspace = ? AND person.id = ? AND person.status IN ('to-be-approved', 'declined')`+where+`)`, append([]any{ws, who}, args...), &yes); err != nil || yes {
			return err
		}
	}
	return person.Within(tx, ws, in, who)
}

func scanApproval(by access.Actor) func(db.Scanner) (Approval, error) {
	return func(row db.Scanner) (Approval, error) {
		var erase int64
		p, err := person.Scan(row, &erase)
		a := Approval{ID: p.ID, Name: look.Name(by, p.FirstName, p.LastName, p.Email, p.ExternalID), Email: look.Email(by, p.Email), Status: p.Status, Since: p.StatusAt}
		if erase != 0 {
			a.EraseAt = time.UnixMilli(erase).UTC()
		}
		return a, err
	}
}

// written adds what the people wrote, and what was written to them.
func written(tx *db.Tx, by access.Actor, rows []Approval) error {
	if len(rows) == 0 || !by.Perms.Has(access.PersonalData) {
		return nil
	}
	ids, place := make([]id.Person, len(rows)), map[id.Person]int{}
	for i := range rows {
		ids[i], place[rows[i].ID] = rows[i].ID, i
	}
	_, err := db.All(tx, func(row db.Scanner) (none struct{}, err error) {
		var who id.Person
		var message, answer string
		if err = row.Scan(&who, &message, &answer); err == nil { // the newest comes last
			rows[place[who]].Message, rows[place[who]].Answer = message, answer
		}
		return none, err
	}, `SELECT person, message, answer FROM application WHERE workspace = ? AND person IN `+db.In(len(ids))+` ORDER BY confirmed_at, id`, db.Args(ids, any(by.Workspace))...)
	return err
}
