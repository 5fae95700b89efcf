package onboard

import (
	"cmp"
	"context"
	"slices"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/claim"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/journal"
	"involt/internal/core/login"
	"involt/internal/core/notice"
	"involt/internal/core/notice/outbox"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/flow/onboard/letter"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/job"
)

var mailClaim = job.Define[claimMail]("onboard.mail-claim")

type claimMail struct {
	Workspace id.Workspace
	Claim     id.Claim
	Email     string
	Language  string
}

// MaxLetters is how many letters are made at once.
const MaxLetters = 500

// ClaimLetter is what the printed letter of one user without e-mail says. Code
// and Link are secrets: they go onto the paper and nowhere else.
type ClaimLetter struct {
	Person    id.Person
	Workspace string // who invites: the operator's name
	Inviter   string // who of them; "" if it was not a person
	Name      string // what the user is called, "" if nothing is known, or may be known
	Language  string // two letters
	Cards     []string
	Code      string // in groups: "7QK3-9WMD-X2TB"
	Link      string // the address with the code, for the QR code
	Address   string // the address where the code is typed
	Expires   time.Time
	Zone      *time.Location
}

// MakeClaim makes a printed code for each of the users, who must not have an
// e-mail address, and returns what their letters say, in the order of list. A
// code that was made before stops working, and so does the mail it led to. Whoever can have
// no letter is in skipped, with the reason.
func (s *Service) MakeClaim(ctx context.Context, by access.Actor, list []id.Person) (letters []ClaimLetter, skipped []Outcome, err error) {
	defer errs.Wrap(&err, "onboard.MakeClaim(%d people)", len(list))
	if err := by.Need(access.PeopleWrite); err != nil {
		return nil, nil, err
	}
	if len(list) == 0 || len(list) > MaxLetters {
		return nil, nil, errs.New(errs.Invalid, "Letters are made for 1 to %d users at once; these are %d.", MaxLetters, len(list))
	}
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		letters, skipped = nil, nil
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
		slices.SortFunc(people, func(a, b person.Person) int { return slices.Index(list, a.ID) - slices.Index(list, b.ID) })
		for i := range people {
			p := &people[i]
			if why := WhyNoLetter(p.Email != "", p.Status); why != "" {
				skipped = append(skipped, Outcome{p.ID, p.CalledBy(by), false, why})
				continue
			}
			l, err := s.claimLetter(tx, by, &ws, p)
			if err != nil {
				return err
			}
			letters = append(letters, l)
		}
		return nil
	})
	return letters, skipped, err
}

// WhyNoLetter says why a user can have no letter with a code; "" if they can.
func WhyNoLetter(hasEmail bool, s person.Status) string {
	switch {
	case hasEmail:
		return "has an e-mail address; send an invitation instead"
	case s == person.Deactivated:
		return "is deactivated; reactivate first"
	case s == person.Declined, s == person.ToBeApproved:
		return "is not approved"
	}
	return ""
}

func (s *Service) claimLetter(tx *db.Tx, by access.Actor, ws *workspace.Workspace, p *person.Person) (l ClaimLetter, err error) {
	if err := invite.Revoke(tx, ws.ID, p.ID); err != nil {
		return l, err
	}
	c := claim.Claim{Workspace: ws.ID, Person: p.ID, MadeBy: by.Name}
	if err := claim.Make(tx, s.Keys, &c); err != nil {
		return l, err
	}
	code := claim.Grouped(c.Code(s.Keys))
	l = ClaimLetter{
		Person: p.ID, Workspace: ws.Name, Language: cmp.Or(p.Language, ws.Language), Code: code,
		Link: s.PublicURL + "/c/" + code, Address: s.PublicURL + "/c", Expires: c.Expires,
	}
	if by.Perms.Has(access.PersonalData) && (p.FirstName != "" || p.LastName != "" || p.ExternalID != "") {
		l.Name = p.Name()
	}
	if l.Zone, err = time.LoadLocation(ws.TimeZone); err != nil {
		l.Zone = time.UTC
	}
	if l.Inviter, err = letter.InviterName(tx, &invite.Invite{Workspace: ws.ID, InvitedBy: by.Name}); err != nil {
		return l, err
	}
	if l.Cards, err = letter.CardNumbers(tx, ws.ID, p.ID); err != nil {
		return l, err
	}
	return l, journal.Record(tx, by, "claim.made", journal.About("person", p.ID), map[string]any{"claim": c.ID})
}

// Claiming is what the reader of a letter typed.
type Claiming struct {
	Code     string
	Email    string
	Language string // of their browser
}

// Claim takes a printed code with the reader's own address and mails there what
// leads on: an invitation to become the user of the letter or, if the address
// is another user's, what to do about that. The answer does not depend on the
// address. A code that does not work is an errs.Invalid at "code"; client is the
// address of their browser, and guessing too often is an errs.Unavailable.
func (s *Service) Claim(ctx context.Context, in Claiming, client string) (err error) {
	defer errs.Wrap(&err, "onboard.Claim")
	email, err := person.CleanEmail(in.Email)
	if err != nil {
		return atField("email", err)
	}
	// The count must stay even when the code is wrong: it has a transaction of its own.
	if err := s.DB.Update(ctx, func(tx *db.Tx) error { return login.Limit(tx, "claim|"+client, 20, 10*time.Second) }); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		c, err := claim.ByCode(tx, s.Keys, in.Code)
		if err != nil && errs.KindOf(err) != errs.NotFound {
			return err
		}
		if err == nil {
			_, err = claimable(tx, &c)
		}
		if errs.KindOf(err) == errs.NotFound && err != nil {
			return errs.AtField("code", "This code does not work. Check it with your letter; if it is older than 90 days, was used, or a newer letter came, ask for another one.")
		}
		if err != nil {
			return err
		}
		if full, err := mailboxFull(tx, email); full || err != nil {
			return err
		}
		return mailClaim.Add(tx, claimMail{c.Workspace, c.ID, email, in.Language}, job.For(c.Workspace))
	})
}

// claimable returns the user of a code that works, or an errs.NotFound.
func claimable(tx *db.Tx, c *claim.Claim) (person.Person, error) {
	p, err := person.ByID(tx, c.Workspace, c.Person)
	if err == nil && (!c.Open(tx.Now) || WhyNoLetter(p.Email != "", p.Status) != "") {
		err = errs.New(errs.NotFound, "There is no such code.")
	}
	return p, err
}

// sendClaim opens the invitation that a printed code asks for, or tells the
// reader of the mailbox that they are here already.
func (s *Service) sendClaim(ctx context.Context, m claimMail) error {
	err := s.DB.Update(ctx, func(tx *db.Tx) error {
		c, err := claim.ByID(tx, m.Workspace, m.Claim)
		if err != nil {
			return err
		}
		if err := invite.LockPeople(tx, m.Workspace, c.Person); err != nil {
			return err
		}
		p, err := claimable(tx, &c)
		if err != nil {
			return err
		}
		ws, err := workspace.ByID(tx, m.Workspace)
		if err != nil {
			return err
		}
		other, err := person.ByEmail(tx, m.Workspace, m.Email)
		switch {
		case err == nil:
			n := notice.Notice{Workspace: ws.ID, Person: other.ID, Channel: "mail", Kind: kindMerge, Recipient: m.Email, Ref: cmp.Or(other.Language, m.Language, ws.Language)}
			if err := notice.Insert(tx, &n); err != nil {
				return err
			}
			return outbox.Ring(tx)
		case errs.KindOf(err) != errs.NotFound:
			return err
		}
		// A try that was cut off has sent the mail already: the same link again.
		v, err := invite.OpenOf(tx, ws.ID, p.ID)
		if err == nil && v.Claim == c.ID && v.Email == m.Email && v.Expires.After(tx.Now) {
			return queueMail(tx, &v)
		}
		if err != nil && errs.KindOf(err) != errs.NotFound {
			return err
		}
		if p.Language == "" && slices.Contains(workspace.Languages, m.Language) {
			p.Language = m.Language // as they read it; a letter cannot ask
			if err := person.Save(tx, &p); err != nil {
				return err
			}
		}
		v = invite.Invite{Workspace: ws.ID, Person: p.ID, Channel: invite.ByMail, Email: m.Email, InvitedBy: c.MadeBy, Life: ws.InviteLife, Claim: c.ID}
		if err := invite.Open(tx, s.Keys, &v); err != nil {
			return err
		}
		if err := queueMail(tx, &v); err != nil {
			return err
		}
		self := access.System(ws.ID, "claim")
		return journal.Record(tx, self, "person.invited", journal.About("person", p.ID), map[string]any{"email": m.Email, "invitation": v.ID, "claim": c.ID})
	})
	if k := errs.KindOf(err); k == errs.NotFound {
		return nil // used or replaced meanwhile
	}
	return err
}

// claimed gives the user of a printed code the address that was proven, and uses
// the code up.
func (s *Service) claimed(tx *db.Tx, v *invite.Invite, p *person.Person) error {
	c, err := claim.ByID(tx, v.Workspace, v.Claim)
	if err != nil {
		return err
	}
	if err := claim.Use(tx, &c); err != nil {
		return err
	}
	_, err = person.ByEmail(tx, v.Workspace, v.Email)
	if err == nil {
		return errs.New(errs.Conflict, "There is another user with your address already. Ask the staff to merge the two; nothing was changed.")
	}
	if errs.KindOf(err) != errs.NotFound {
		return err
	}
	p.Email = v.Email
	self := access.Actor{Workspace: v.Workspace, Name: journal.About("person", p.ID), Person: p.ID}
	return journal.Record(tx, self, "claim.used", journal.About("person", p.ID), map[string]any{"claim": c.ID, "email": p.Email})
}
