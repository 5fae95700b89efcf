package crowd

import (
	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/job"
)

// Service does things with many users.
type Service struct {
	DB *db.DB

	Inviter  Inviter  // without it nobody can be invited
	Approver Approver // without it nobody can be approved or declined
}

// Inviter invites people within bulk work's transaction, in which they are
// locked. Its methods say of those with whom it could not be done why not.
type Inviter interface {
	// WhyNotInvited says why somebody cannot be invited, "" if they can.
	WhyNotInvited(hasEmail bool, login id.Identity, s person.Status) string

	InviteManyIn(tx *db.Tx, by access.Actor, ws workspace.Workspace, of id.Bulk, list []id.Person) (why map[id.Person]string, err error)
	RevokeManyIn(tx *db.Tx, by access.Actor, ws workspace.Workspace, of id.Bulk, list []id.Person) (why map[id.Person]string, err error)
	ExtendManyIn(tx *db.Tx, by access.Actor, ws workspace.Workspace, of id.Bulk, list []id.Person) (why map[id.Person]string, err error)
}

// Approver answers one applicant within bulk work's transaction, in which they
// are locked, or says why not.
type Approver interface {
	ApproveIn(tx *db.Tx, by access.Actor, ws workspace.Workspace, p *person.Person, message string) (why string, err error)
	DeclineIn(tx *db.Tx, by access.Actor, ws workspace.Workspace, p *person.Person, message string) (why string, err error)
}

// Jobs tells pool how to go on with bulk work, and how to forget what is old.
func (s *Service) Jobs(pool *job.Pool) {
	job.Handle(pool, goOn, s.goOn)
	job.Handle(pool, sweep, s.sweep)
	job.Every(pool, sweep, struct{}{}, sweepEvery)
}
