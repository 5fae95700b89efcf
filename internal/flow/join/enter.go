package join

import (
	"context"
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/joincode"
	"involt/internal/core/journal"
	"involt/internal/core/login"
	"involt/internal/core/person"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Joined is what came of entering a code.
type Joined struct {
	Offer
	Person  id.Person
	Waiting bool // for staff
}

// Join lets somebody in who is signed in and holds a code: into its zone or
// group, and into its workspace if they have no seat there. Who is in already
// stays so. A code that does not work is an errs.Gone, one that is for others an
// errs.Denied, a question without an answer an errs.Invalid at its field.
func (s *Service) Join(ctx context.Context, typed string, answers []string, who login.Identity, client string) (got Joined, err error) {
	defer errs.Wrap(&err, "join.Join")
	o, err := s.Find(ctx, typed, Asker{client, who.ID})
	if err != nil {
		return got, err
	}
	if err := s.DB.Update(ctx, func(tx *db.Tx) error {
		return login.Limit(tx, "join-in|"+string(o.Code.Workspace), joinsIn, joinsInEvery)
	}); err != nil {
		return got, err
	}
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		c, err := joincode.ByID(tx, o.Code.Workspace, o.Code.ID)
		if err != nil {
			return err
		}
		if c.Generation != o.Code.Generation || c.State(tx.Now) != joincode.Open {
			return errClosed
		}
		if !c.ForEmail(who.Email) || len(c.Domains) > 0 && who.Verified.IsZero() {
			return errs.New(errs.Denied, "This code is for people with an e-mail address at %s.", strings.Join(c.Domains, ", "))
		}
		said, err := c.Answers(answers)
		if err != nil {
			return err
		}
		p, again, err := s.seat(tx, &c, who)
		if err != nil {
			return err
		}
		j, err := s.enter(tx, &c, &p, said, again)
		if err != nil {
			return err
		}
		got = Joined{o, p.ID, j.State == joincode.Waiting}
		return nil
	})
	return got, err
}

var errClosed = errs.New(errs.Gone, "This code no longer lets anybody in. Ask whoever gave it to you for a new one.")

// seat finds the person that a login is in the code's workspace, or makes one,
// and lets them be what the code makes of them. again says that staff have
// declined them before.
func (s *Service) seat(tx *db.Tx, c *joincode.Code, who login.Identity) (p person.Person, again bool, err error) {
	p, err = seated(tx, c.Workspace, who)
	switch {
	case errs.KindOf(err) == errs.NotFound && err != nil:
		p = person.Person{Workspace: c.Workspace, ID: id.New[id.Person](), Email: who.Email, Language: who.Language, Identity: who.ID, Status: person.Active}
		if p.FirstName, p.LastName, err = nameElsewhere(tx, who); err != nil {
			return p, false, err
		}
		if c.Approval {
			p.Status = person.ToBeApproved
		}
		if err := person.Insert(tx, &p); err != nil {
			return p, false, err
		}
		if err := journal.Record(tx, itself(&p), "person.created", journal.About("person", p.ID), map[string]any{"email": p.Email, "to": p.Status, "code": c.ID}); err != nil {
			return p, false, err
		}
		if p.Status == person.Active {
			err = defaultGroup(tx, &p)
		}
		return p, false, err
	case err != nil:
		return p, false, err
	}
	if err := invite.LockPeople(tx, p.Workspace, p.ID); err != nil {
		return p, false, err
	}
	if p, err = person.ByID(tx, p.Workspace, p.ID); err != nil {
		return p, false, err
	}
	again = p.Status == person.Declined
	to := person.Active
	if c.Approval || again {
		to = person.ToBeApproved
	}
	switch {
	case p.Status == person.Deactivated:
		return p, false, errs.New(errs.Denied, "Your access here has ended. Ask the staff whether they will open it again.")
	case p.Status == person.Active || p.Status == to:
		return p, again, nil
	}
	return p, again, s.becomes(tx, itself(&p), c, &p, who.ID, to)
}

// becomes lets somebody who is known, and proved their mailbox, be what a code
// makes of them.
func (s *Service) becomes(tx *db.Tx, by access.Actor, c *joincode.Code, p *person.Person, who id.Identity, to person.Status) error {
	from := p.Status
	if err := p.Become(to, tx.Now); err != nil {
		return err
	}
	if from == person.Declined {
		if err := person.EraseAt(tx, p.Workspace, p.ID, never); err != nil {
			return err
		}
	}
	p.Identity = who
	if err := person.Save(tx, p); err != nil {
		return err
	}
	what := "person.activated"
	if to == person.ToBeApproved {
		what = "application.received"
	} else if err := defaultGroup(tx, p); err != nil {
		return err
	}
	return journal.Record(tx, by, what, journal.About("person", p.ID), map[string]any{"from": from, "to": p.Status, "code": c.ID})
}

// seated returns the person that a login is in a workspace: by the login, else by
// its address, which is proven.
func seated(tx *db.Tx, ws id.Workspace, who login.Identity) (person.Person, error) {
	all, err := person.OfIdentity(tx, who.ID)
	for _, p := range all {
		if p.Workspace == ws {
			return p, nil
		}
	}
	if err == nil && who.Verified.IsZero() {
		err = errs.New(errs.Denied, "Your e-mail address is not confirmed yet. Sign out, and enter the code again: then you get a mail that confirms it.")
	}
	if err != nil {
		return person.Person{}, err
	}
	return person.ByEmail(tx, ws, who.Email)
}

// nameElsewhere is what somebody is called where they have a seat already.
func nameElsewhere(tx *db.Tx, who login.Identity) (first, last string, err error) {
	all, err := person.OfIdentity(tx, who.ID)
	for _, p := range all {
		if p.FirstName+p.LastName != "" {
			return p.FirstName, p.LastName, nil
		}
	}
	return "", "", err
}
