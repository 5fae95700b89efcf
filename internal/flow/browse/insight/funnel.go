package insight

import (
	"context"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/flow/browse"
	"involt/internal/flow/browse/paging"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Step is one step of the way from the invitation to the first charge.
type Step string

// The steps of a Funnel.
const (
	StepInvited Step = "invited"
	StepOpened  Step = "opened"
	StepActive  Step = "active"
)

// Invitee is one user who was invited, with how far they came.
type Invitee struct {
	ID      id.Person
	Name    string // masked without personal data, as Email
	Email   string
	Status  person.Status
	Invited time.Time // last
	Opened  time.Time // first; zero for who did not, or came in by another way
	Active  time.Time // came in; zero for who did not
}

// InviteePage is one page of invitees.
type InviteePage struct {
	browse.Page
	Rows   []Invitee
	Funnel Funnel
	Now    time.Time
}

// Invitees lists who reached a step of the funnel, the newest users first. There
// are as many as the overview says.
func (s *Service) Invitees(ctx context.Context, by access.Actor, step Step, at browse.Paging) (p InviteePage, err error) {
	defer errs.Wrap(&err, "insight.Invitees")
	if err := by.Need(access.PeopleRead); err != nil {
		return p, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		p, err = s.invitees(tx, by, step, at)
		return err
	})
	return p, err
}

// reached are the conditions on an invitation i that make its person reach a step.
// Whoever came in has opened it, by whatever way.
var reached = map[Step]string{
	StepInvited: "",
	StepOpened:  " AND (i.opened_at IS NOT NULL OR i.accepted_at IS NOT NULL)",
	StepActive:  " AND i.accepted_at IS NOT NULL",
}

func (s *Service) invitees(tx *db.Tx, by access.Actor, step Step, at browse.Paging) (p InviteePage, err error) {
	cond, ok := reached[step]
	if !ok {
		return p, errs.New(errs.NotFound, "There is no such step: people are invited, open their invitation and become active.")
	}
	q := &paging.Query{}
	q.And("p.workspace = ? AND p.deleted_at = 0", by.Workspace)
	q.And("EXISTS (SELECT 1 FROM invite i WHERE i.workspace = p.workspace AND i.person = p.id" + cond + ")")
	p.Now = tx.Now
	p.Rows, p.Page, err = paging.Of(tx, paging.List{ID: "p.id", Desc: true, Counted: "person p"}, at, inviteeColumns, "person p", q, scanInvitee(by),
		func(i Invitee) (string, string) { return "", string(i.ID) })
	if err != nil || !p.About {
		return p, err
	}
	// Counting stopped, but the overview has counted on.
	var asOf time.Time
	p.Funnel, err = s.funnel(tx, by.Workspace, &asOf, looker)
	p.Total, p.About = map[Step]int64{StepInvited: p.Funnel.Invited, StepOpened: p.Funnel.Opened, StepActive: p.Funnel.Active}[step], false
	return p, err
}

const inviteeColumns = `p.id, p.first_name, p.last_name, p.email, p.external_id, p.status,
	(SELECT MAX(i.created_at) FROM invite i WHERE i.workspace = p.workspace AND i.person = p.id),
	COALESCE((SELECT MIN(i.opened_at) FROM invite i WHERE i.workspace = p.workspace AND i.person = p.id), 0),
	COALESCE((SELECT MAX(i.accepted_at) FROM invite i WHERE i.workspace = p.workspace AND i.person = p.id), 0)`

func scanInvitee(by access.Actor) func(db.Scanner) (Invitee, error) {
	return func(row db.Scanner) (i Invitee, err error) {
		var first, last, email, external string
		var invited, opened, active int64
		err = row.Scan(&i.ID, &first, &last, &email, &external, &i.Status, &invited, &opened, &active)
		i.Name, i.Email = browse.Name(by, first, last, email, external), browse.Email(by, email)
		i.Invited, i.Opened, i.Active = paging.When(invited), paging.When(opened), paging.When(active)
		return i, err
	}
}

// funnel counts how far people came who were ever invited and are still here.
// asOf becomes the time of the count if that was before it.
func (s *Service) funnel(tx *db.Tx, ws id.Workspace, asOf *time.Time, who int) (f Funnel, err error) {
	f, at, err := keep(&s.kept, tx, ws, "funnel", who, func() (f Funnel, rows int64, err error) {
		err = tx.Row(`SELECT COUNT(*), COALESCE(SUM(opened), 0), COALESCE(SUM(accepted), 0) FROM (
				SELECT i.person, MAX(CASE WHEN i.opened_at IS NOT NULL OR i.accepted_at IS NOT NULL THEN 1 ELSE 0 END) AS opened,
					MAX(CASE WHEN i.accepted_at IS NOT NULL THEN 1 ELSE 0 END) AS accepted
				FROM invite i WHERE i.workspace = ? GROUP BY i.person) one
			JOIN person p ON p.workspace = ? AND p.id = one.person AND p.deleted_at = 0`, []any{ws, ws}, &f.Invited, &f.Opened, &f.Active)
		return f, f.Invited, err
	})
	if at.Before(*asOf) {
		*asOf = at
	}
	return f, err
}
