package onboard

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"involt/internal/core/application"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/login"
	"involt/internal/core/notice/outbox"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/job"
	"involt/internal/kit/mail"
)

var mailApplication = job.Define[applicationMail]("onboard.mail-application")

type applicationMail struct {
	Workspace id.Workspace
	Applicant id.Applicant
}

// Registration returns the workspace of a registration page, or an
// errs.NotFound: of a workspace that is not there and of one where nobody may
// register themselves the answer is the same.
func (s *Service) Registration(ctx context.Context, slug string) (ws workspace.Workspace, err error) {
	defer errs.Wrap(&err, "onboard.Registration")
	err = s.DB.View(ctx, func(tx *db.Tx) (err error) {
		ws, err = registration(tx, slug)
		return err
	})
	return ws, err
}

func registration(tx *db.Tx, slug string) (workspace.Workspace, error) {
	ws, err := workspace.BySlug(tx, slug)
	if errs.KindOf(err) == errs.NotFound || err == nil && !ws.SelfRegistration {
		return workspace.Workspace{}, errs.New(errs.NotFound, "There is no such page.")
	}
	return ws, err
}

// door returns the workspace into which an application leads, or an
// errs.NotFound: by its registration page or, if the applicant came by a joining
// code, by that.
func (s *Service) door(tx *db.Tx, slug string, a *application.Application) (workspace.Workspace, error) {
	if a.Code == "" {
		return registration(tx, slug)
	}
	ws, err := workspace.BySlug(tx, slug)
	if err == nil && s.Codes != nil {
		err = s.Codes.Welcome(tx, ws.ID, a.Code, a.CodeGeneration, a.Email)
	}
	if errs.KindOf(err) == errs.NotFound && err != nil || s.Codes == nil {
		return workspace.Workspace{}, errs.New(errs.NotFound, "There is no such page.")
	}
	return ws, err
}

// Applying is what an applicant typed.
type Applying struct {
	Email, FirstName, LastName string
	Message                    string // to those who decide
	Language                   string

	Code           id.JoinCode // by which they came; "" for none
	CodeGeneration int64       // of that code
	Answers        string      // to its questions, as JSON
}

// How often somebody may apply from one browser and in one workspace, and how
// many mails strangers may have sent to one mailbox, over all workspaces: at
// most three within an hour, and ten within a day.
const (
	applyClient, applyClientEvery       = 10, time.Minute
	applyWorkspace, applyWorkspaceEvery = 200, 5 * time.Second
)

// Apply takes an application and mails a link that proves the mailbox. What it
// does and answers is the same whatever the address: who reads the mail learns
// more, and nobody else does. client is the address of their browser. Asking too
// often is an errs.Unavailable.
func (s *Service) Apply(ctx context.Context, slug string, in Applying, client string) (err error) {
	defer errs.Wrap(&err, "onboard.Apply")
	if err := CheckApplicant(&in); err != nil {
		return err
	}
	a := application.Application{
		Email: in.Email, FirstName: in.FirstName, LastName: in.LastName, Message: in.Message, Language: in.Language,
		Code: in.Code, CodeGeneration: in.CodeGeneration, Answers: in.Answers,
	}
	return s.ask(ctx, slug, a, client)
}

// CheckApplicant puts what somebody typed into the form in which it is kept, and
// says what is wrong with it, at the fields "email", "first_name", "last_name"
// and "message".
func CheckApplicant(in *Applying) (err error) {
	var wrong errs.List
	in.Email, err = person.CleanEmail(in.Email)
	wrong.Add(atField("email", err))
	probe := person.Person{FirstName: in.FirstName, LastName: in.LastName}
	wrong.Add(probe.Clean())
	if in.FirstName, in.LastName = probe.FirstName, probe.LastName; in.FirstName+in.LastName == "" {
		wrong.Add(errs.AtField("first_name", "Please tell us your name."))
	}
	in.Message, err = application.CleanMessage("message", in.Message)
	wrong.Add(err)
	return wrong.Err()
}

// ask stores an application and mails its link, unless too many were asked for.
func (s *Service) ask(ctx context.Context, slug string, a application.Application, client string) error {
	var ws workspace.Workspace
	err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
		ws, err = s.door(tx, slug, &a)
		return err
	})
	if err != nil {
		return err
	}
	// The counts must stay whatever comes of it: they have transactions of their own.
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		if err := login.Limit(tx, "apply|"+client, applyClient, applyClientEvery); err != nil {
			return err
		}
		return login.Limit(tx, "apply-in|"+string(ws.ID), applyWorkspace, applyWorkspaceEvery)
	})
	if err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		ws, err := s.door(tx, slug, &a)
		if err != nil {
			return err
		}
		if a.Workspace = ws.ID; !slices.Contains(workspace.Languages, a.Language) {
			a.Language = ws.Language
		}
		if err := application.Insert(tx, s.Keys, &a, application.Life(ws.InviteLife)); err != nil {
			return err
		}
		if full, err := mailboxFull(tx, a.Email); full || err != nil {
			return err
		}
		return mailApplication.Add(tx, applicationMail{ws.ID, a.ID}, job.For(ws.ID))
	})
}

// Again mails the applicant of a link that has expired unused a new one, to the
// same address. The old link stays dead: whoever holds it sends a mail to its
// owner, and gets nothing. What it answers does not depend on the address.
// Asking too often is an errs.Unavailable.
func (s *Service) Again(ctx context.Context, slug, token, client string) (err error) {
	defer errs.Wrap(&err, "onboard.Again")
	pg, err := s.LookApplication(ctx, slug, token)
	if err != nil || pg.State != "expired" {
		return err // the page says what became of it
	}
	a := pg.Application
	return s.ask(ctx, slug, application.Application{
		Email: a.Email, FirstName: a.FirstName, LastName: a.LastName, Message: a.Message, Language: a.Language,
		Code: a.Code, CodeGeneration: a.CodeGeneration, Answers: a.Answers,
	}, client)
}

// mailboxFull counts a mail that a stranger has sent to an address, and reports
// whether there were too many of late. Who asks is not told.
func mailboxFull(tx *db.Tx, email string) (bool, error) {
	// Always in this order, so that two requests for one address cannot wait for
	// each other.
	for _, l := range []struct {
		bucket string
		burst  int
		every  time.Duration
	}{{"stranger-hour|", 2, time.Hour}, {"stranger-day|", 5, 5 * time.Hour}} {
		if err := login.Limit(tx, l.bucket+email, l.burst, l.every); err != nil {
			if errs.KindOf(err) == errs.Unavailable {
				return true, nil
			}
			return false, err
		}
	}
	return false, nil
}

// sendApplication makes the mail that an application asks for. Only here it is
// looked at who has the address: the request's work and answer do not depend on
// it.
func (s *Service) sendApplication(ctx context.Context, m applicationMail) error {
	var msg mail.Message
	var a application.Application
	var life time.Duration
	err := s.DB.Update(ctx, func(tx *db.Tx) (err error) {
		msg = mail.Message{}
		if a, err = application.ByID(tx, m.Workspace, m.Applicant); err != nil {
			return err
		}
		ws, err := workspace.ByID(tx, m.Workspace)
		if err != nil || !a.Confirmed.IsZero() {
			return err
		}
		if _, err := s.door(tx, ws.Slug, &a); err != nil {
			return err // closed meanwhile
		}
		life = application.Life(ws.InviteLife)
		p, err := person.ByEmail(tx, ws.ID, a.Email)
		switch {
		case err != nil && errs.KindOf(err) != errs.NotFound:
			return err
		case err != nil || mayApply(&p):
			if err := application.Lasts(tx, &a, life); err != nil { // the mail may have waited
				return err
			}
			msg, err = s.askToConfirm(tx, &ws, &a)
			return err
		case p.Status == person.Invited:
			sent, err := s.remind(tx, &ws, &p)
			if err == nil && !sent {
				err = queueHere(tx, &p, kindHere, a.Email, string(a.ID))
			}
			return err
		default:
			return queueHere(tx, &p, kindHere, a.Email, string(a.ID))
		}
	})
	if k := errs.KindOf(err); k == errs.NotFound {
		return nil // swept
	}
	if err != nil || msg.To == "" {
		return err
	}
	msg.ID = string(a.ID)
	if err := s.Outbox.Direct(ctx, m.Workspace, msg); err != nil {
		if _, refused := mail.IsRefused(err); refused || errors.Is(err, outbox.ErrBarred) {
			return nil // there is nobody here yet to whom this could be told
		}
		return err
	}
	// The link's life begins now, as the reader sees it.
	return s.DB.Update(ctx, func(tx *db.Tx) error { return application.Lasts(tx, &a, life) })
}

// mayApply reports whether a person who is known may become one who is to be
// approved: one that has not been asked, or asks again.
func mayApply(p *person.Person) bool {
	return p.Status == person.Imported || p.Status == person.Declined
}

// remind mails somebody who is invited their link again: the same one while it
// works, or a new one. sent is false if there is no open invitation.
func (s *Service) remind(tx *db.Tx, ws *workspace.Workspace, p *person.Person) (sent bool, err error) {
	if err := invite.LockPeople(tx, ws.ID, p.ID); err != nil {
		return false, err
	}
	v, err := invite.OpenOf(tx, ws.ID, p.ID)
	if errs.KindOf(err) == errs.NotFound || err == nil && (v.Channel != invite.ByMail || !v.Fits(p.Email)) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if !v.Expires.After(tx.Now) {
		v.Life = lifeOf(ws, &v.Offer)
		if err := invite.Renew(tx, s.Keys, &v, v.InvitedBy); err != nil {
			return false, err
		}
	}
	return true, queueMail(tx, &v)
}

// Typed returns where somebody who has just accepted an invitation joins by the
// code that they typed while it was open, "" if they typed none that works still.
// They are asked there: whoever knew their address may have typed it.
func (s *Service) Typed(ctx context.Context, slug, email string) (path string, err error) {
	defer errs.Wrap(&err, "onboard.Typed")
	if s.Codes == nil {
		return "", nil
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		ws, err := workspace.BySlug(tx, slug)
		if err != nil {
			return err
		}
		a, err := application.CodeTyped(tx, ws.ID, email)
		if err == nil {
			_, err = s.door(tx, slug, &a)
		}
		if err == nil {
			path, err = s.Codes.Path(tx, ws.ID, a.Code)
		}
		return err
	})
	if errs.KindOf(err) == errs.NotFound && err != nil {
		return "", nil
	}
	return path, err
}

// ApplicationPage is an application as the page of its link shows it.
type ApplicationPage struct {
	application.Application
	Workspace workspace.Workspace
	Zone      *time.Location
	State     string // open, used, expired; known: there is a user with this address meanwhile
	HasLogin  bool   // the address has a login already: sign in, then confirm
	AtOnce    bool   // nobody has to approve them
}

// LookApplication shows an application by its link and changes nothing. A token
// nobody has made, or that is another workspace's, is an errs.NotFound.
func (s *Service) LookApplication(ctx context.Context, slug, token string) (pg ApplicationPage, err error) {
	defer errs.Wrap(&err, "onboard.LookApplication")
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		a, err := application.ByToken(tx, token)
		if err != nil {
			return err
		}
		ws, err := s.door(tx, slug, &a)
		if err == nil && a.Workspace != ws.ID {
			err = errs.New(errs.NotFound, "There is no such application.")
		}
		if err != nil {
			return err
		}
		pg = ApplicationPage{Application: a, Workspace: ws, State: "open"}
		if pg.AtOnce = ws.SelfRegistration && a.Code == "" && ws.AutoApprove.Hold(a.Email); a.Code != "" {
			waits, err := s.Codes.Waits(tx, ws.ID, a.Code)
			if err != nil {
				return err
			}
			pg.AtOnce = !waits
		}
		if pg.Zone, err = time.LoadLocation(ws.TimeZone); err != nil {
			pg.Zone = time.UTC
		}
		p, err := person.ByEmail(tx, ws.ID, a.Email)
		if err != nil && errs.KindOf(err) != errs.NotFound {
			return err
		}
		switch {
		case !a.Confirmed.IsZero():
			pg.State = "used"
		case !a.Open(tx.Now):
			pg.State = "expired"
		case err == nil && !mayApply(&p):
			pg.State = "known"
		}
		who, err := login.ByEmail(tx, a.Email)
		if err != nil && errs.KindOf(err) != errs.NotFound {
			return err
		}
		pg.HasLogin = err == nil && keeps(who)
		return nil
	})
	return pg, err
}

// applicationByCode returns the path of the link of an application's mail.
func (s *Service) applicationByCode(tx *db.Tx, email, code string) (string, error) {
	a, err := application.ByCode(tx, s.Keys, email, code)
	if err != nil {
		return "", err
	}
	ws, err := workspace.ByID(tx, a.Workspace)
	return applicationPath(&ws, s.tokenOf(&a)), err
}

func (s *Service) tokenOf(a *application.Application) string { return a.Token(s.Keys) }

func applicationPath(ws *workspace.Workspace, token string) string {
	return "/r/" + ws.Slug + "/" + token
}

// Confirm makes a user of an applicant, who waits for approval from then on:
// with a new password, which proves that a human being reads the mailbox. It
// begins their session and returns its token. Of several callers with one link
// exactly one succeeds; the others get an errs.Gone.
func (s *Service) Confirm(ctx context.Context, slug, token string, in Entering) (session string, p person.Person, err error) {
	defer errs.Wrap(&err, "onboard.Confirm")
	pg, err := s.LookApplication(ctx, slug, token)
	if err != nil {
		return "", p, err
	}
	var wrong errs.List
	wrong.Add(login.CheckPassword(in.Password, pg.Email))
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
		a, err := application.ByToken(tx, token)
		if err != nil {
			return err
		}
		a.FirstName, a.LastName = probe.FirstName, probe.LastName
		if p, err = s.arrive(tx, slug, &a, func() (login.Identity, error) { return bind(tx, a.Email, true, hash, in.Language) }); err != nil {
			return err
		}
		who, err := login.ByID(tx, p.Identity)
		if err != nil {
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

// ConfirmAs does what Confirm does for somebody who has a login with that
// address, and is signed in with it.
func (s *Service) ConfirmAs(ctx context.Context, slug, token string, who login.Identity) (p person.Person, err error) {
	defer errs.Wrap(&err, "onboard.ConfirmAs")
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		a, err := application.ByToken(tx, token)
		if err != nil {
			return err
		}
		if a.Email != who.Email {
			return errs.New(errs.Denied, "This link is for %s, and you are signed in as %s. Sign out, and open the link again.", a.Email, who.Email)
		}
		p, err = s.arrive(tx, slug, &a, func() (login.Identity, error) { return who, nil })
		return err
	})
	return p, err
}

// errGone is the end of a link that led somewhere once.
var errGone = errs.New(errs.Gone, "This link was used already, or is too old.")
