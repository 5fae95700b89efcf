package onboard

import (
	"context"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/invite"
	"involt/internal/core/journal"
	"involt/internal/core/login"
	"involt/internal/core/person"
	"involt/internal/core/source"
	"involt/internal/core/workspace"
	"involt/internal/flow/onboard/gift"
	"involt/internal/flow/onboard/letter"
	"involt/internal/flow/onboard/payer"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Page is an invitation as its page shows it.
type Page struct {
	Letter
	State     string // of the invitation: queued, sent, opened, expired, accepted, revoked, declined
	Usable    bool
	HasLogin  bool // the address has a login already: sign in, then accept
	FirstName string
	LastName  string
	Slug      string
	Staff     bool // the invitation gives a staff role
}

// Look shows an invitation and changes nothing: mail scanners follow links. A
// token nobody has made is an errs.NotFound.
func (s *Service) Look(ctx context.Context, token string) (pg Page, err error) {
	defer errs.Wrap(&err, "onboard.Look")
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		v, err := invite.ByToken(tx, token)
		if err != nil {
			return err
		}
		pg, err = page(tx, &v)
		return err
	})
	return pg, err
}

func page(tx *db.Tx, v *invite.Invite) (pg Page, err error) {
	if pg.Letter, err = letter.Describe(tx, v); err != nil {
		return pg, err
	}
	p, err := person.ByID(tx, v.Workspace, v.Person)
	if err != nil {
		return pg, err
	}
	ws, err := workspace.ByID(tx, v.Workspace)
	if err != nil {
		return pg, err
	}
	who, err := login.ByEmail(tx, v.Email)
	if err != nil && errs.KindOf(err) != errs.NotFound {
		return pg, err
	}
	pg.HasLogin = err == nil && keeps(who)
	pg.State, pg.FirstName, pg.LastName, pg.Slug = v.State(tx.Now), p.FirstName, p.LastName, ws.Slug
	pg.Usable = pg.State == "queued" || pg.State == "sent" || pg.State == "opened" || pg.State == "bounced" && v.Expires.After(tx.Now)
	if pg.Usable && (ended(&p) || !v.Fits(p.Email)) {
		pg.Usable, pg.State = false, "revoked"
	}
	if shut, err := payer.Shut(tx, v, &p); err != nil {
		return pg, err
	} else if shut && pg.State != "declined" {
		pg.Usable, pg.State = false, "revoked"
	}
	pg.Staff = len(v.Offer.Roles) > 0
	return pg, nil
}

// keeps reports whether a login must not be touched by an invitation: one whose
// mailbox was proven. One that nobody has proven may be an impostor's.
func keeps(who login.Identity) bool { return !who.Verified.IsZero() && who.Hash != "" }

// FindByCode returns the path of the link in a mail, an invitation's or an
// application's, for its address and its short code. The code without the
// address opens nothing, and guesses are limited per address and per client.
func (s *Service) FindByCode(ctx context.Context, email, code, client string) (path string, err error) {
	defer errs.Wrap(&err, "onboard.FindByCode")
	email, err = person.CleanEmail(email)
	if err != nil {
		return "", atField("email", err)
	}
	// The count must stay even when the code is wrong: it has a transaction of its own.
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		if err := login.Limit(tx, "code|"+email, 10, time.Minute); err != nil {
			return err
		}
		return login.Limit(tx, "code|"+client, 30, 10*time.Second)
	})
	if err != nil {
		return "", err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		v, err := invite.ByCode(tx, s.Keys, email, code)
		if errs.KindOf(err) != errs.NotFound {
			path = "/i/" + v.Token(s.Keys)
			return err
		}
		path, err = s.applicationByCode(tx, email, code)
		if errs.KindOf(err) == errs.NotFound {
			return errs.AtField("code", "That address and code do not fit together. Check both, or open the link in the mail.")
		}
		return err
	})
	if err != nil {
		return "", err
	}
	return path, nil
}

// Opened notes that somebody did something on the invitation's page.
func (s *Service) Opened(ctx context.Context, token string) error {
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		v, err := invite.ByToken(tx, token)
		if err != nil || !v.Opened.IsZero() {
			return err
		}
		return invite.Opens(tx, &v)
	})
}

// Entering is what the invitee typed.
type Entering struct {
	FirstName, LastName string
	Password            string
	Language            string // of their browser
}

// Activate lets the person in to whom the link was sent, with a new password,
// and begins their session. It returns the session's token for the cookie. The
// address is the invitation's, whatever the form says. Of several callers with
// one link exactly one succeeds; the others get an errs.Gone.
func (s *Service) Activate(ctx context.Context, token string, in Entering) (session string, p person.Person, err error) {
	defer errs.Wrap(&err, "onboard.Activate")
	var v invite.Invite
	if err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
		v, err = invite.ByToken(tx, token)
		return err
	}); err != nil {
		return "", p, err
	}
	var wrong errs.List
	wrong.Add(login.CheckPassword(in.Password, v.Email, in.FirstName, in.LastName))
	probe := person.Person{FirstName: in.FirstName, LastName: in.LastName}
	wrong.Add(probe.Clean())
	if strings.TrimSpace(in.FirstName+in.LastName) == "" {
		wrong.Add(errs.AtField("first_name", "Please tell us your name."))
	}
	if err := wrong.Err(); err != nil {
		return "", p, err
	}
	hash, err := s.Passwords.Hash(ctx, in.Password)
	if err != nil {
		return "", p, err
	}
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		// Read again: it may have been renewed since.
		if v, err = byToken(tx, token); err != nil {
			return err
		}
		if err := invite.Redeem(tx, &v); err != nil {
			return err
		}
		who, err := bind(tx, v.Email, v.Channel == invite.ByMail, hash, in.Language)
		if err != nil {
			return err
		}
		if p, err = person.ByID(tx, v.Workspace, v.Person); err != nil {
			return err
		}
		if err := source.Note(tx, access.Actor{Workspace: v.Workspace, Name: journal.About("person", p.ID), Person: p.ID}, p.ID, p.Renamed(&probe)...); err != nil {
			return err
		}
		p.FirstName, p.LastName = probe.FirstName, probe.LastName
		if p.Language == "" {
			p.Language = in.Language
		}
		if err := s.seat(tx, &v, &p, who); err != nil {
			return err
		}
		staff, err := isStaff(tx, who)
		if err != nil {
			return err
		}
		session, err = login.Start(tx, who, login.Begin{Staff: staff, Method: login.ByLink})
		return err
	})
	return session, p, err
}

// byToken finds the invitation of a link and locks its person. Who waited for
// the lock sees what the other one did.
func byToken(tx *db.Tx, token string) (invite.Invite, error) {
	v, err := invite.ByToken(tx, token)
	if err != nil {
		return v, err
	}
	if err := invite.LockPeople(tx, v.Workspace, v.Person); err != nil {
		return v, err
	}
	return invite.ByToken(tx, token)
}

// isStaff reports whether a login has a staff role anywhere: its session is
// shorter then.
func isStaff(tx *db.Tx, who login.Identity) (bool, error) {
	seats, err := person.OfIdentity(tx, who.ID)
	for i := 0; err == nil && i < len(seats); i++ {
		var roles []access.Held
		if roles, err = person.Roles(tx, seats[i].Workspace, seats[i].ID); len(roles) > 0 {
			return true, err
		}
	}
	return false, err
}

// bind gives an address a login with that password. mailed says that the link
// came by mail, which proves the mailbox. A login that is there and was proven
// is never touched.
func bind(tx *db.Tx, email string, mailed bool, hash, language string) (login.Identity, error) {
	who, err := login.ByEmail(tx, email)
	switch {
	case errs.KindOf(err) == errs.NotFound:
		who = login.Identity{Email: email, Hash: hash, Language: language}
		if mailed {
			who.Verified = tx.Now
		}
		return who, login.Insert(tx, &who)
	case err != nil:
		return who, err
	case keeps(who) || !mailed:
		return who, errs.New(errs.Conflict, "%s has a login already. Sign in with it to accept the invitation.", email)
	}
	// Nobody has proven this mailbox until now. Whatever was set before goes.
	if err := login.SetPassword(tx, who.ID, hash); err != nil {
		return who, err
	}
	if err := login.Prove(tx, who.ID); err != nil {
		return who, err
	}
	return login.ByID(tx, who.ID)
}

// Accept lets somebody in who is signed in with the invited address.
func (s *Service) Accept(ctx context.Context, token string, who login.Identity) (p person.Person, err error) {
	defer errs.Wrap(&err, "onboard.Accept")
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		v, err := byToken(tx, token)
		if err != nil {
			return err
		}
		if v.Email != who.Email {
			return errs.New(errs.Denied, "This invitation is for %s, and you are signed in as %s. Sign out, and open the link again.", v.Email, who.Email)
		}
		if err := invite.Redeem(tx, &v); err != nil {
			return err
		}
		if p, err = person.ByID(tx, v.Workspace, v.Person); err != nil {
			return err
		}
		return s.seat(tx, &v, &p, who)
	})
	return p, err
}

// ended reports whether somebody's time here is over, until staff say otherwise.
func ended(p *person.Person) bool {
	return p.Status == person.Deactivated || p.Status == person.Declined
}

// seat makes the invitee an active user and gives what was offered.
func (s *Service) seat(tx *db.Tx, v *invite.Invite, p *person.Person, who login.Identity) error {
	before := p.Status
	if ended(p) || !v.Fits(p.Email) {
		// Whoever ended it may have left the invitation open; it must not undo that.
		// And whoever reads the mail of an address that was corrected since is
		// somebody else.
		return errs.New(errs.Gone, "This invitation no longer works. Ask whoever invited you for a new one.")
	}
	if shut, err := payer.Shut(tx, v, p); err != nil {
		return err
	} else if shut {
		return errs.New(errs.Gone, "The account that this invitation leads to is closed. Ask whoever invited you.")
	}
	if p.Status != person.Active {
		if err := p.Become(person.Active, tx.Now); err != nil {
			return err
		}
	}
	if v.Claim != "" {
		if err := s.claimed(tx, v, p); err != nil {
			return err
		}
	}
	p.Identity = who.ID
	if err := person.Save(tx, p); err != nil {
		return err
	}
	if err := gift.Give(tx, v, p); err != nil {
		return err
	}
	if err := payer.Join(tx, v, p); err != nil {
		return err
	}
	self := access.Actor{Workspace: v.Workspace, Name: journal.About("person", p.ID), Person: p.ID}
	return journal.Record(tx, self, "person.activated", journal.About("person", p.ID), map[string]any{"from": before, "to": p.Status, "invitation": v.ID})
}
