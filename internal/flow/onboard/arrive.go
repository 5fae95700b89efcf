package onboard

import (
	"time"

	"involt/internal/core/access"
	"involt/internal/core/application"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/journal"
	"involt/internal/core/login"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/flow/onboard/gift"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// arrive uses an application up and makes its sender a user: one who waits for
// approval, or an active one where a joining code or the domain of the address
// says that nobody has to approve them. bind is asked for the login after
// everything else was found right.
func (s *Service) arrive(tx *db.Tx, slug string, a *application.Application, bind func() (login.Identity, error)) (p person.Person, err error) {
	ws, err := s.door(tx, slug, a)
	if err != nil {
		return p, err
	}
	if a.Workspace != ws.ID {
		return p, errGone
	}
	again := false
	p, err = person.ByEmail(tx, ws.ID, a.Email)
	isNew := errs.KindOf(err) == errs.NotFound
	switch {
	case isNew:
		p = person.Person{Workspace: ws.ID, ID: id.New[id.Person](), Email: a.Email, Status: person.ToBeApproved}
	case err != nil:
		return p, err
	case !mayApply(&p):
		return p, errGone
	default:
		if err := invite.LockPeople(tx, ws.ID, p.ID); err != nil {
			return p, err
		}
		if p, err = person.ByID(tx, ws.ID, p.ID); err != nil || !mayApply(&p) {
			return p, errs.Or(err, errGone)
		}
		again = p.Status == person.Declined
		if err := p.Become(person.ToBeApproved, tx.Now); err != nil {
			return p, err
		}
		if err := person.EraseAt(tx, ws.ID, p.ID, time.Time{}); err != nil {
			return p, err
		}
	}
	if err := application.Confirm(tx, a, p.ID); err != nil {
		return p, err
	}
	p.FirstName, p.LastName = a.FirstName, a.LastName
	if p.Language == "" {
		p.Language = a.Language
	}
	who, err := bind()
	if err != nil {
		return p, err
	}
	p.Identity = who.ID
	if isNew {
		err = person.Insert(tx, &p)
	} else {
		err = person.Save(tx, &p)
	}
	if errs.KindOf(err) == errs.Conflict {
		return p, errGone // another link of theirs was quicker
	}
	if err != nil {
		return p, err
	}
	self := access.Actor{Workspace: ws.ID, Name: journal.About("person", p.ID), Person: p.ID}
	if err := journal.Record(tx, self, "application.received", journal.About("person", p.ID), map[string]any{"application": a.ID, "email": p.Email, "to": p.Status, "code": a.Code}); err != nil {
		return p, err
	}
	if err := s.atOnce(tx, &ws, a, &p, again); err != nil || a.Code == "" {
		return p, err
	}
	return p, s.Codes.Came(tx, a.Code, &p, a.Answers, again)
}

// atOnce lets a newcomer in whom nobody has to approve. Whom somebody has
// declined before, nothing lets in but staff.
func (s *Service) atOnce(tx *db.Tx, ws *workspace.Workspace, a *application.Application, p *person.Person, again bool) error {
	if again {
		return nil
	}
	by, why := access.System(ws.ID, "auto-approval"), "The domain of the address is approved."
	if a.Code != "" {
		waits, err := s.Codes.Waits(tx, ws.ID, a.Code)
		if err != nil || waits {
			return err
		}
		by, why = access.System(ws.ID, "joining-code"), ""
	} else if !ws.AutoApprove.Hold(a.Email) {
		return nil
	}
	before := p.Status
	if err := p.Become(person.Active, tx.Now); err != nil {
		return err
	}
	if err := person.Save(tx, p); err != nil {
		return err
	}
	if err := gift.DefaultGroup(tx, p); err != nil {
		return err
	}
	return journal.Record(tx, by, "person.approved", journal.About("person", p.ID), map[string]any{"from": before, "to": p.Status, "message": why})
}
