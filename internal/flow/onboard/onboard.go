// Package onboard brings people in, and lets them go: invited, activated,
// deactivated, reactivated.
//
// An invitation and its mail are one transaction. The mail's link is derived
// when the mail is made, so the token is never in the database, and a mail that
// goes out twice carries the same link. The link is used up only by what a
// machine cannot do by chance: setting a password that meets the policy.
package onboard

import (
	"context"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/journal"
	"involt/internal/core/login"
	"involt/internal/core/notice"
	"involt/internal/core/notice/outbox"
	"involt/internal/core/person"
	"involt/internal/core/role"
	"involt/internal/core/site"
	"involt/internal/core/workspace"
	"involt/internal/flow/onboard/part"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/job"
	"involt/internal/kit/mail"
	"involt/internal/kit/seal"
)

// Mailer sends one mail.
type Mailer interface {
	Send(ctx context.Context, m mail.Message) error
}

// Codes is joining codes, as far as newcomers come by them.
type Codes interface {
	// Welcome is an errs.NotFound if a newcomer with that address does not get in by that code now.
	Welcome(tx *db.Tx, ws id.Workspace, code id.JoinCode, generation int64, email string) error
	// Waits reports whether newcomers by that code wait for approval.
	Waits(tx *db.Tx, ws id.Workspace, code id.JoinCode) (bool, error)
	// Invitation is what the mail to a newcomer says; here, to somebody who is a user already.
	Invitation(tx *db.Tx, ws *workspace.Workspace, code id.JoinCode, language string, here bool) (notice.Text, error)
	// Path is where somebody who is signed in joins by that code: "/j/…".
	Path(tx *db.Tx, ws id.Workspace, code id.JoinCode) (string, error)
	// Came gives a newcomer what the code gives; again says that they were declined before.
	Came(tx *db.Tx, code id.JoinCode, p *person.Person, answers string, again bool) error
	// Answered lets what a newcomer came for follow what was decided about them.
	Answered(tx *db.Tx, by access.Actor, p *person.Person, yes bool, message string) error
}

// Service brings people in.
type Service struct {
	DB        *db.DB
	Keys      *seal.Ring
	Mail      Mailer
	Outbox    *outbox.Box // where mails to users wait; made of Mail if nil
	Passwords *login.Hasher
	Codes     Codes  // optional: without it nobody comes by a joining code
	PublicURL string // "https://charge.example.com", without a slash at the end; the only source of links
}

// Jobs tells pool how to do the jobs of this package.
func (s *Service) Jobs(pool *job.Pool) {
	s.mails(pool)
	job.Handle(pool, mailApplication, s.sendApplication)
	job.Handle(pool, mailClaim, s.sendClaim)
	job.Handle(pool, mailUsed, s.sendUsed)
}

// MaxInvitees is how many people one form may invite.
const MaxInvitees = 500

// Invite makes new people and invites them, all or none. A wrong line is an
// errs.Invalid at its field, "people.0.email" or "people.0.card"; several are
// joined.
func (s *Service) Invite(ctx context.Context, by access.Actor, list []Invitee, offer invite.Offer, message string) (made []id.Person, err error) {
	defer errs.Wrap(&err, "onboard.Invite(%d people)", len(list))
	r, err := by.Within(access.PeopleWrite)
	if err != nil {
		return nil, err
	}
	switch {
	case len(list) == 0:
		return nil, errs.AtField("people", "Add at least one e-mail address.")
	case len(list) > MaxInvitees:
		return nil, errs.AtField("people", "One form takes up to %d people; this one has %d. Import a file instead.", MaxInvitees, len(list))
	case len([]rune(message)) > 1000:
		return nil, errs.AtField("message", "The message has %d characters; at most 1,000 fit.", len([]rune(message)))
	}
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		made = nil
		if err := checkOffer(tx, by, offer); err != nil {
			return err
		}
		if err := part.Keep(tx, by.Workspace, r, &offer); err != nil {
			return err
		}
		ws, err := workspace.ByID(tx, by.Workspace)
		if err != nil {
			return err
		}
		people, err := newPeople(tx, by, r, list, offer.Account)
		if err != nil {
			return err
		}
		for i := range people {
			if err := part.Belong(tx, by, r, &offer, people[i].ID); err != nil {
				return err
			}
			if people[i].Email == "" {
				err = begin(tx, by, &people[i], offer)
			} else {
				err = s.inviteOne(tx, by, ws, &people[i], offer, message)
			}
			if err != nil {
				return err
			}
			made = append(made, people[i].ID)
		}
		return nil
	})
	return made, err
}

// checkOffer refuses what the inviter may not give, or what is not there.
func checkOffer(tx *db.Tx, by access.Actor, offer invite.Offer) error {
	for _, given := range offer.Roles {
		r, err := role.ByKey(tx, by.Workspace, given.Role)
		if err != nil {
			return atField("role", err)
		}
		if !by.Delegable(r, given.At) {
			return errs.AtField("role", "You cannot give the role %s: it holds permissions that you do not have.", r.Label)
		}
		if err := part.ScopeHere(tx, by.Workspace, given.At); err != nil {
			return atField("role", err)
		}
	}
	for _, g := range offer.Groups {
		if _, err := group.ByID(tx, by.Workspace, g); err != nil {
			return atField("groups", err)
		}
	}
	for _, l := range offer.Locations {
		if _, err := site.LocationByID(tx, by.Workspace, l); err != nil {
			return atField("locations", err)
		}
	}
	for _, c := range offer.Chargers {
		if _, err := site.ChargerByID(tx, by.Workspace, c); err != nil {
			return atField("chargers", err)
		}
	}
	return nil
}

// atField points an error that people can mend at the field it is about.
func atField(field string, err error) error {
	switch errs.KindOf(err) {
	case errs.Invalid, errs.Conflict, errs.NotFound:
		return errs.AtField(field, "%s", errs.Text(err))
	default:
		return err
	}
}

// inviteOne opens an invitation for a person and queues its mail. A person who
// was there before is locked.
func (s *Service) inviteOne(tx *db.Tx, by access.Actor, ws workspace.Workspace, p *person.Person, offer invite.Offer, message string) error {
	if p.May(person.Invited) {
		if p.Status == person.Declined { // wanted after all
			if err := person.EraseAt(tx, ws.ID, p.ID, time.Time{}); err != nil {
				return err
			}
		}
		if err := p.Become(person.Invited, tx.Now); err != nil {
			return err
		}
		if err := person.Save(tx, p); err != nil {
			return err
		}
	}
	v := invite.Invite{
		Workspace: ws.ID, Person: p.ID, Channel: invite.ByMail, Email: p.Email, Offer: offer,
		Message: message, InvitedBy: by.Name, Life: lifeOf(&ws, &offer),
	}
	if err := invite.Open(tx, s.Keys, &v); err != nil {
		return err
	}
	if err := queueMail(tx, &v); err != nil {
		return err
	}
	return journal.Record(tx, by, "person.invited", journal.About("person", p.ID), map[string]any{"email": p.Email, "invitation": v.ID, "status": p.Status})
}
