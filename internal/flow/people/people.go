// Package people is what staff do with the users of a workspace, day by day:
// change what is written about them, put them into groups, deactivate and
// reactivate, delete, merge, let them leave on a date; one user or many at once.
package people

import (
	"context"

	"involt/internal/core/access"
	"involt/internal/core/bulk"
	"involt/internal/core/id"
	"involt/internal/flow/people/crowd"
	"involt/internal/kit/db"
	"involt/internal/kit/job"
)

// Service changes users.
type Service struct {
	DB *db.DB

	Inviter  Inviter  // invites as part of bulk work; without it nobody can be invited that way
	Approver Approver // lets applicants in; without it nobody can be approved in bulk
}

// What bulk work looks like and needs is said in its own corner.
type (
	Inviter  = crowd.Inviter
	Approver = crowd.Approver
	BulkView = crowd.View
	Skip     = crowd.Skip
	Outcome  = crowd.Outcome
)

func (s *Service) crowd() *crowd.Service {
	return &crowd.Service{DB: s.DB, Inviter: s.Inviter, Approver: s.Approver}
}

// Jobs tells pool how to go on with bulk work and how to erase those who were
// deleted.
func (s *Service) Jobs(pool *job.Pool) {
	s.crowd().Jobs(pool)
	job.Handle(pool, erase, s.eraseRipe)
	job.Every(pool, erase, struct{}{}, eraseEvery)
}

// Plan keeps a selection of users for an action, in the order given. Nothing else
// happens until [Service.Start]; a plan is forgotten after a day. back is the
// query of the list it came from.
func (s *Service) Plan(ctx context.Context, by access.Actor, action bulk.Action, list []id.Person, back string) (id.Bulk, error) {
	return s.crowd().Plan(ctx, by, action, list, back)
}

// Bulk returns bulk work as it stands. Of planned work it judges everybody
// again each time.
func (s *Service) Bulk(ctx context.Context, by access.Actor, one id.Bulk) (BulkView, error) {
	return s.crowd().Bulk(ctx, by, one)
}

// Start begins planned work. It goes on as a job, with the permissions that by
// has at each step. Starting what runs or has run already does nothing. What is
// wrong with args is an error at "group", "cost_center", "reason" or "message".
func (s *Service) Start(ctx context.Context, by access.Actor, one id.Bulk, args bulk.Args) error {
	return s.crowd().Start(ctx, by, one, args)
}

// Undo takes back what bulk work did, as far as it still is as the work left it.
// It goes on as a job. It is possible for half an hour after the work ended, and
// an errs.Gone later.
func (s *Service) Undo(ctx context.Context, by access.Actor, one id.Bulk) error {
	return s.crowd().Undo(ctx, by, one)
}

// Outcomes returns what became of each of the people that bulk work has dealt
// with, in the order of the selection: limit of them from the one at from on,
// and how many there are in all. failedOnly leaves out those with whom it was
// done and, if it was undone, those with whom that was done too.
func (s *Service) Outcomes(ctx context.Context, by access.Actor, one id.Bulk, failedOnly bool, from, limit int) (list []Outcome, total int, err error) {
	return s.crowd().Outcomes(ctx, by, one, failedOnly, from, limit)
}

// Recent returns the bulk work of the workspace that was started last.
func (s *Service) Recent(ctx context.Context, by access.Actor, limit int) ([]bulk.Bulk, error) {
	return s.crowd().Recent(ctx, by, limit)
}

// GoOn goes on with bulk work until it has ended, as its job does. Whoever calls
// it while another one is at it does the next chunks.
func (s *Service) GoOn(ctx context.Context, ws id.Workspace, one id.Bulk) error {
	return s.crowd().GoOn(ctx, ws, one)
}
