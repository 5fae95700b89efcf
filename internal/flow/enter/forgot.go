package enter

import (
	"context"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/login"
	"involt/internal/core/notice"
	"involt/internal/core/notice/outbox"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/job"
)

// forgotten asks for a link for a new password. Whether the address has a login is
// looked up by a job: so nobody can tell by the answer, nor by how long it takes.
var forgotten = job.Define[asking]("enter.forgotten")

type asking struct {
	Email string `json:"email"`
}

// The kinds of mails. They are stored: never change one.
const (
	kindReset   = "password-reset"
	kindChanged = "password-changed"
)

// Jobs tells pool how to answer those who have forgotten their password, and the
// outbox how the mails of that are made.
func (s *Service) Jobs(pool *job.Pool) {
	job.Handle(pool, forgotten, s.answerForgotten)
	s.Outbox.Handle(kindReset, outbox.Kind{Letters: s.resetLetters})
	s.Outbox.Handle(kindChanged, outbox.Kind{Letters: s.changedLetters})
	s.Outbox.Handle(outbox.AddressChanged, outbox.Kind{Letters: s.addressLetters})
}

// Forgotten has a link for a new password mailed to an address, if a login of that
// address has a seat somewhere. The answer is the same whether it has or not.
// client is the address of the browser, for the limit of tries.
func (s *Service) Forgotten(ctx context.Context, email, client string) (err error) {
	defer errs.Wrap(&err, "enter.Forgotten")
	email, err = person.CleanEmail(email)
	if err != nil {
		return errs.AtField("email", "%s", errs.Text(err))
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		if err := login.Limit(tx, "forgotten|"+email, 3, 20*time.Minute); err != nil {
			return err
		}
		if err := login.Limit(tx, "forgotten-by|"+client, 30, 10*time.Second); err != nil {
			return err
		}
		return forgotten.Add(tx, asking{email})
	})
}

func (s *Service) answerForgotten(ctx context.Context, a asking) error {
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		who, err := login.ByEmail(tx, a.Email)
		if errs.KindOf(err) == errs.NotFound {
			return nil
		}
		if err != nil {
			return err
		}
		p, ok, err := seatOf(tx, who.ID)
		if err != nil || !ok {
			return err
		}
		r, err := login.NewReset(tx, s.Keys, who.ID)
		if err != nil {
			return err
		}
		n := notice.Notice{Workspace: p.Workspace, Person: p.ID, Channel: "mail", Kind: kindReset, Recipient: who.Email, Ref: r.ID}
		if err := notice.Insert(tx, &n); err != nil {
			return err
		}
		return outbox.Ring(tx)
	})
}

// seatOf is a seat of a login, in whose name it is written to.
func seatOf(tx *db.Tx, who id.Identity) (p person.Person, ok bool, err error) {
	seats, err := person.OfIdentity(tx, who)
	if err != nil || len(seats) == 0 {
		return p, false, err
	}
	for _, one := range seats {
		if one.Status == person.Active {
			return one, true, nil
		}
	}
	return seats[0], true, nil
}

// LookReset returns whose password a link sets, for its page, and changes nothing:
// mail scanners follow links. A link that does not work is an errs.Gone, whyever.
func (s *Service) LookReset(ctx context.Context, token string) (email string, err error) {
	defer errs.Wrap(&err, "enter.LookReset")
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		r, err := login.ResetByToken(tx, token)
		if err != nil {
			return err
		}
		who, err := login.ByID(tx, r.Identity)
		email = who.Email
		return err
	})
	return email, err
}

// Reset sets a new password by a link, which works once. Every session and every
// other link of the login ends, a mail says what happened, and a session begins.
// What the login may do, and where, stays as it is. A session that began so proves
// nothing: before something dangerous the new password is asked for.
func (s *Service) Reset(ctx context.Context, token, password string) (session string, v Visitor, err error) {
	defer errs.Wrap(&err, "enter.Reset")
	email, err := s.LookReset(ctx, token)
	if err != nil {
		return "", v, err
	}
	if err := login.CheckPassword(password, email); err != nil {
		return "", v, err
	}
	hash, err := s.Passwords.Hash(ctx, password)
	if err != nil {
		return "", v, err
	}
	var who login.Identity
	err = s.DB.Update(ctx, func(tx *db.Tx) (err error) {
		if who, err = login.UseReset(tx, token); err != nil {
			return err
		}
		if err := login.SetPassword(tx, who.ID, hash); err != nil {
			return err
		}
		if err := login.Prove(tx, who.ID); err != nil {
			return err
		}
		return tellChanged(tx, who)
	})
	if err != nil {
		return "", v, err
	}
	return s.start(ctx, who.ID, login.ByLink, nil, func(*db.Tx) error { return nil })
}

// tellChanged notes in every workspace, and tells the login's holder, that the
// password was changed.
func tellChanged(tx *db.Tx, who login.Identity) error {
	seats, err := person.OfIdentity(tx, who.ID)
	if err != nil {
		return err
	}
	for _, p := range seats {
		self := access.Actor{Workspace: p.Workspace, Name: journal.About("person", p.ID), Person: p.ID}
		if err := journal.Record(tx, self, "person.password-changed", journal.About("person", p.ID), nil); err != nil {
			return err
		}
	}
	p, ok, err := seatOf(tx, who.ID)
	if err != nil || !ok {
		return err
	}
	n := notice.Notice{Workspace: p.Workspace, Person: p.ID, Channel: "mail", Kind: kindChanged, Recipient: who.Email}
	if err := notice.Insert(tx, &n); err != nil {
		return err
	}
	return outbox.Ring(tx)
}

// resetLetters gathers what the mails with links say. A mail that goes out twice
// carries one link; one whose link was used or replaced is not sent.
func (s *Service) resetLetters(tx *db.Tx, ws id.Workspace, list []notice.Notice) ([]outbox.Letter, error) {
	all := make([]outbox.Letter, len(list))
	for i := range list {
		r, err := login.ResetByID(tx, list[i].Ref)
		if errs.KindOf(err) == errs.Gone && err != nil {
			all[i].Drop = "no longer wanted"
			continue
		}
		if err != nil {
			return nil, err
		}
		l, err := letterTo(tx, ws, &list[i])
		if err != nil {
			return nil, err
		}
		l.Link, l.Until = s.PublicURL+"/password/"+r.Token(s.Keys), r.Expires
		all[i].Write = l.reset
	}
	return all, nil
}

func (s *Service) changedLetters(tx *db.Tx, ws id.Workspace, list []notice.Notice) ([]outbox.Letter, error) {
	all := make([]outbox.Letter, len(list))
	for i := range list {
		l, err := letterTo(tx, ws, &list[i])
		if err != nil {
			return nil, err
		}
		l.Link, l.Until = s.PublicURL+"/password", list[i].Created
		all[i].Write = l.changed
	}
	return all, nil
}

// addressLetters tell addresses that they are somebody's no longer.
func (s *Service) addressLetters(tx *db.Tx, ws id.Workspace, list []notice.Notice) ([]outbox.Letter, error) {
	all := make([]outbox.Letter, len(list))
	for i := range list {
		l, err := letterTo(tx, ws, &list[i])
		if err != nil {
			return nil, err
		}
		l.Until = list[i].Created
		all[i].Write = l.readdressed
	}
	return all, nil
}

// letterTo is a mail to somebody, less what it says.
func letterTo(tx *db.Tx, ws id.Workspace, n *notice.Notice) (l letter, err error) {
	w, err := workspace.ByID(tx, ws)
	if err != nil {
		return l, err
	}
	l = letter{To: n.Recipient, Workspace: w.Name, Language: w.Language}
	if l.Zone, err = time.LoadLocation(w.TimeZone); err != nil {
		l.Zone = time.UTC
	}
	p, err := person.ByID(tx, ws, n.Person)
	if errs.KindOf(err) == errs.NotFound {
		return l, nil
	}
	if p.Language != "" {
		l.Language = p.Language
	}
	return l, err
}
