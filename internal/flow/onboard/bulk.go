package onboard

import (
	"context"
	"slices"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/flow/onboard/part"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Outcome is what bulk work did with one person.
type Outcome struct {
	Person id.Person
	Name   string
	Done   bool
	Why    string // why it was not done
}

// InviteAgain invites people who are here: those who were imported, and those
// whose invitation is pending, whose older link stops working. Whoever cannot
// be invited is skipped with a reason.
func (s *Service) InviteAgain(ctx context.Context, by access.Actor, list []id.Person) (out []Outcome, err error) {
	defer errs.Wrap(&err, "onboard.InviteAgain(%d people)", len(list))
	if err := by.NeedSome(access.PeopleWrite); err != nil {
		return nil, err
	}
	return s.each(ctx, by, list, func(tx *db.Tx, ws workspace.Workspace, p *person.Person) (string, error) {
		return s.InviteIn(tx, by, ws, p)
	})
}

// InviteIn invites one person within a transaction that has locked them with
// [invite.LockPeople], as part of bulk work: whoever was imported gets an
// invitation, whose invitation is pending gets a new link. why says why somebody
// cannot be invited.
func (s *Service) InviteIn(tx *db.Tx, by access.Actor, ws workspace.Workspace, p *person.Person) (why string, err error) {
	if why := mayInvite(p); why != "" {
		return why, nil
	}
	v, err := invite.OpenOf(tx, ws.ID, p.ID)
	switch {
	case errs.KindOf(err) == errs.NotFound:
		return "", s.inviteAnew(tx, by, ws, p)
	case err != nil:
		return "", err
	case v.Email != p.Email:
		// The address was corrected: another link, for the reader of another mailbox.
		return "", s.inviteOne(tx, by, ws, p, v.Offer, v.Message)
	}
	v.Life = lifeOf(&ws, &v.Offer)
	answers, err := part.Inviter(tx, by, &v)
	if err != nil {
		return "", err
	}
	if err := invite.Renew(tx, s.Keys, &v, answers); err != nil {
		return "", err
	}
	if err := queueMail(tx, &v); err != nil {
		return "", err
	}
	return "", journal.Record(tx, by, "person.invited", journal.About("person", p.ID), map[string]any{"email": p.Email, "invitation": v.ID, "again": true})
}

// inviteAnew invites somebody who has no open invitation. If the last one ended
// only because the address was corrected, what it offered is offered again; not
// if their status changed with it or since: then staff meant to end it.
func (s *Service) inviteAnew(tx *db.Tx, by access.Actor, ws workspace.Workspace, p *person.Person) error {
	last, err := invite.NewestOf(tx, ws.ID, p.ID)
	if err != nil && errs.KindOf(err) != errs.NotFound {
		return err
	}
	if err == nil && !last.Revoked.IsZero() && last.Email != p.Email && p.StatusAt.Before(last.Revoked) {
		return s.inviteOne(tx, by, ws, p, last.Offer, last.Message)
	}
	return s.inviteOne(tx, by, ws, p, invite.Offer{}, "")
}

func mayInvite(p *person.Person) string {
	return WhyNotInvited(p.Email != "", p.Identity, p.Status)
}

// WhyNotInvited says it as the function of that name does, for bulk work.
func (s *Service) WhyNotInvited(hasEmail bool, login id.Identity, st person.Status) string {
	return WhyNotInvited(hasEmail, login, st)
}

// WhyNotInvited says why a person cannot be invited; "" if they can.
func WhyNotInvited(hasEmail bool, login id.Identity, s person.Status) string {
	switch {
	case !hasEmail:
		return "has no e-mail address"
	case login != "":
		return "has come in already"
	case s == person.Deactivated:
		return "is deactivated; reactivate first"
	case s == person.ToBeApproved:
		return "waits for approval"
	}
	return ""
}

// work does something to one person in bulk. It returns a reason for skipping
// them.
type work func(*db.Tx, workspace.Workspace, *person.Person) (string, error)

// each does something to people in transactions of a few hundred. Where others
// keep changing the same people it goes on one by one, and whoever still cannot
// be had is skipped. As part of a caller's own transaction it ends with the
// conflict instead: that transaction is lost.
func (s *Service) each(ctx context.Context, by access.Actor, list []id.Person, do work) (out []Outcome, err error) {
	const atOnce, tries = 200, 3
	for chunk := range slices.Chunk(list, atOnce) {
		done, lost, err := s.together(ctx, by, chunk, do)
		for i := 1; i < tries && errs.KindOf(err) == errs.Conflict && !lost; i++ {
			done, lost, err = s.together(ctx, by, chunk, do)
		}
		if errs.KindOf(err) != errs.Conflict || lost {
			if err != nil {
				return out, err
			}
			out = append(out, done...)
			continue
		}
		for _, who := range chunk {
			done, _, err := s.together(ctx, by, []id.Person{who}, do)
			if err != nil && errs.KindOf(err) != errs.Conflict {
				return out, err
			}
			out = append(out, done...)
		}
	}
	return out, nil
}

// together does something to people in one transaction: to all or, with an
// error, to none. Then done ends with the person at whom it failed. lost is
// true after an error inside a transaction that ctx brought along.
func (s *Service) together(ctx context.Context, by access.Actor, list []id.Person, do work) (done []Outcome, lost bool, err error) {
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		done, lost = nil, tx.Context() != ctx
		if err := invite.LockPeople(tx, by.Workspace, list...); err != nil {
			return err
		}
		ws, err := workspace.ByID(tx, by.Workspace)
		if err != nil {
			return err
		}
		people, err := person.ByIDs(tx, by.Workspace, list)
		if err != nil {
			return err
		}
		if people, err = part.Within(tx, by, access.PeopleWrite, people); err != nil {
			return err
		}
		for i := range people {
			why, err := do(tx, ws, &people[i])
			if err != nil {
				done = append(done, Outcome{people[i].ID, people[i].CalledBy(by), false, "was changed meanwhile; try again"})
				return err
			}
			done = append(done, Outcome{people[i].ID, people[i].CalledBy(by), why == "", why})
		}
		return nil
	})
	return done, lost && err != nil, err
}
