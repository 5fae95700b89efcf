package onboard

import (
	"context"

	"involt/internal/core/access"
	"involt/internal/core/application"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/joincode"
	"involt/internal/core/journal"
	"involt/internal/core/notice"
	"involt/internal/core/notice/outbox"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/flow/onboard/gift"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/mail"
)

// Approve lets somebody in who waits for approval, and mails it to them with the
// message, if there is one. Whoever does not wait is an errs.Conflict. Whoever has
// a part of the workspace decides about those who came by its codes, and want
// nothing else; everybody else is not there for them.
func (s *Service) Approve(ctx context.Context, by access.Actor, who id.Person, message string) (err error) {
	defer errs.Wrap(&err, "onboard.Approve")
	return s.answer(ctx, by, who, message, s.ApproveIn)
}

// Decline refuses somebody who waits for approval, and mails it to them with the
// message, if there is one. They are kept for [person.KeepDeclined] and may
// apply again. Whoever does not wait is an errs.Conflict.
func (s *Service) Decline(ctx context.Context, by access.Actor, who id.Person, message string) (err error) {
	defer errs.Wrap(&err, "onboard.Decline")
	return s.answer(ctx, by, who, message, s.DeclineIn)
}

type answering func(*db.Tx, access.Actor, workspace.Workspace, *person.Person, string) (string, error)

func (s *Service) answer(ctx context.Context, by access.Actor, who id.Person, message string, do answering) error {
	in, err := by.Within(access.PeopleWrite)
	if err != nil {
		return err
	}
	if message, err = application.CleanMessage("message", message); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		if err := invite.LockPeople(tx, by.Workspace, who); err != nil {
			return err
		}
		if yes, err := joincode.DecidedWithin(tx, by.Workspace, who, in); err != nil || !yes {
			return errs.Or(err, errs.New(errs.NotFound, "There is no such user. They may have been deleted, or somebody has decided about them already."))
		}
		ws, err := workspace.ByID(tx, by.Workspace)
		if err != nil {
			return err
		}
		p, err := person.ByID(tx, by.Workspace, who)
		if err != nil {
			return err
		}
		why, err := do(tx, by, ws, &p, message)
		if err == nil && why != "" {
			err = errs.New(errs.Conflict, "%s is %s already; nothing was changed.", p.CalledBy(by), p.Status.Label())
		}
		return err
	})
}

// notWaiting is why somebody can be neither approved nor declined.
const notWaiting = "does not wait for approval"

// ApproveIn approves one person within a transaction that has locked them with
// [invite.LockPeople], as part of bulk work. why says why somebody cannot be
// approved.
func (s *Service) ApproveIn(tx *db.Tx, by access.Actor, ws workspace.Workspace, p *person.Person, message string) (why string, err error) {
	if p.Status != person.ToBeApproved {
		return notWaiting, nil
	}
	if err := s.became(tx, by, p, person.Active, message); err != nil {
		return "", err
	}
	if err := gift.DefaultGroup(tx, p); err != nil {
		return "", err
	}
	if p.Identity == "" && p.Email != "" {
		// Came from a file: there is nothing yet that they could sign in with.
		return "", s.inviteOne(tx, by, ws, p, invite.Offer{}, message)
	}
	return "", queueAnswer(tx, p, true)
}

// DeclineIn declines one person, as ApproveIn approves one.
func (s *Service) DeclineIn(tx *db.Tx, by access.Actor, _ workspace.Workspace, p *person.Person, message string) (why string, err error) {
	if p.Status != person.ToBeApproved {
		return notWaiting, nil
	}
	if err := s.became(tx, by, p, person.Declined, message); err != nil {
		return "", err
	}
	if err := invite.Revoke(tx, p.Workspace, p.ID); err != nil {
		return "", err
	}
	if err := person.EraseAt(tx, p.Workspace, p.ID, tx.Now.Add(person.KeepDeclined)); err != nil {
		return "", err
	}
	return "", queueAnswer(tx, p, false)
}

// became moves somebody on who waited, and writes down who decided it.
func (s *Service) became(tx *db.Tx, by access.Actor, p *person.Person, to person.Status, message string) error {
	before := p.Status
	if err := p.Become(to, tx.Now); err != nil {
		return err
	}
	what := "person.approved"
	if to == person.Declined {
		what, p.StatusReason = "person.declined", message
	}
	if err := person.Save(tx, p); err != nil {
		return err
	}
	if err := application.Answer(tx, p.Workspace, p.ID, p.Email, by.Name, message); err != nil {
		return err
	}
	if s.Codes != nil {
		if err := s.Codes.Answered(tx, by, p, to == person.Active, message); err != nil {
			return err
		}
	}
	return journal.Record(tx, by, what, journal.About("person", p.ID), map[string]any{"from": before, "to": p.Status, "message": message})
}

func queueAnswer(tx *db.Tx, p *person.Person, approved bool) error {
	if p.Email == "" {
		return nil
	}
	n := notice.Notice{Workspace: p.Workspace, Person: p.ID, Channel: "mail", Kind: kindDeclined, Recipient: p.Email}
	if approved {
		n.Kind = kindApproved
	}
	if err := notice.Insert(tx, &n); err != nil {
		return err
	}
	return outbox.Ring(tx)
}

// queueHere has somebody told that they are a user already; what the mail says is
// made when it goes out.
func queueHere(tx *db.Tx, p *person.Person, kind, to, ref string) error {
	n := notice.Notice{Workspace: p.Workspace, Person: p.ID, Channel: "mail", Kind: kind, Recipient: to, Ref: ref}
	if err := notice.Insert(tx, &n); err != nil {
		return err
	}
	return outbox.Ring(tx)
}

// answers gathers what mails say that tell what was decided, unless it is no
// longer so.
func (s *Service) answers(tx *db.Tx, ws id.Workspace, list []notice.Notice) ([]outbox.Letter, error) {
	all := make([]outbox.Letter, len(list))
	desk, err := workspace.ByID(tx, ws)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if all[i], err = s.answerLetter(tx, &desk, &list[i]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (s *Service) answerLetter(tx *db.Tx, ws *workspace.Workspace, n *notice.Notice) (l outbox.Letter, err error) {
	gone := outbox.Letter{Drop: "no longer so"}
	p, err := person.ByID(tx, ws.ID, n.Person)
	if errs.KindOf(err) == errs.NotFound && err != nil {
		return gone, nil //nolint:nilerr // whoever is not here any more gets no mail
	}
	if err != nil {
		return l, err
	}
	var m mail.Message
	switch {
	case p.Email != n.Recipient,
		n.Kind == kindApproved && p.Status != person.Active,
		n.Kind == kindDeclined && p.Status != person.Declined:
		return gone, nil
	case n.Kind == kindMerge:
		m, err = s.sayMerge(ws, &p, n.Ref)
	case n.Kind == kindUsed:
		m, err = s.sayHere(tx, ws, &application.Application{Email: p.Email, Language: ws.Language}, &p)
	case n.Kind == kindHere:
		a, err := application.ByID(tx, ws.ID, id.Applicant(n.Ref))
		if err == nil {
			m, err = s.sayHere(tx, ws, &a, &p)
		}
		if errs.KindOf(err) == errs.NotFound && err != nil {
			return gone, nil //nolint:nilerr // it waited until what was typed was swept, or the code that they typed is gone
		}
		return outbox.Letter{Write: func() (mail.Message, error) { return m, nil }}, err
	default:
		var a application.Application
		if a, err = application.Answered(tx, ws.ID, p.ID); err == nil {
			m, err = s.sayAnswer(tx, ws, &p, &a)
		}
	}
	return outbox.Letter{Write: func() (mail.Message, error) { return m, nil }}, err
}
