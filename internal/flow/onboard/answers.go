package onboard

import (
	"fmt"
	"strings"
	"time"

	"involt/internal/core/application"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/flow/onboard/letter"
	"involt/internal/flow/onboard/wording"
	"involt/internal/kit/db"
	"involt/internal/kit/mail"
)

// askToConfirm is the mail whose link proves an applicant's mailbox.
func (s *Service) askToConfirm(tx *db.Tx, ws *workspace.Workspace, a *application.Application) (mail.Message, error) {
	if a.Code != "" {
		t, err := s.Codes.Invitation(tx, ws, a.Code, a.Language, false)
		if err != nil {
			return mail.Message{}, err
		}
		t.To, t.Name, t.Link, t.Expires, t.Code = a.Email, strings.TrimSpace(a.FirstName+" "+a.LastName), s.PublicURL+applicationPath(ws, s.tokenOf(a)), a.Expires, a.ShortCode(s.Keys)
		return s.Compose(ws, t)
	}
	w, c := letter.WordsOf(a.Language), wording.ComingOf(a.Language)
	operator := letter.Unlinked(ws.Name, false)
	code := a.ShortCode(s.Keys)
	l := Letter{Expires: a.Expires, Zone: zoneOf(ws)}
	sh := plainSheet(ws, w, a.Email, letter.Unlinked(strings.TrimSpace(a.FirstName+" "+a.LastName), true))
	sh.Title, sh.From, sh.NotMe = fmt.Sprintf(c.ConfirmTitle, operator), fmt.Sprintf(c.ConfirmText, operator), fmt.Sprintf(c.ConfirmNotMe, a.Email)
	sh.Button, sh.Link, sh.Until = c.ConfirmButton, s.PublicURL+applicationPath(ws, s.tokenOf(a)), fmt.Sprintf(w.Until, l.until(w))
	sh.Code, sh.CodeAsk = code[:4]+"-"+code[4:], fmt.Sprintf(w.Code, s.PublicURL+"/i")
	return composeKind(ws, workspace.MailConfirm, a.Email, fmt.Sprintf(c.ConfirmSubject, operator), &sh,
		letter.Fill{Name: strings.TrimSpace(a.FirstName + " " + a.LastName), Until: l.until(w)})
}

// sayHere tells somebody who applied that there is a user with their address.
func (s *Service) sayHere(tx *db.Tx, ws *workspace.Workspace, a *application.Application, p *person.Person) (mail.Message, error) {
	language := firstOf(p.Language, a.Language)
	if a.Code != "" && p.Status == person.Active {
		t, err := s.Codes.Invitation(tx, ws, a.Code, language, true)
		if err != nil {
			return mail.Message{}, err
		}
		t.To, t.Name = a.Email, strings.TrimSpace(p.FirstName+" "+p.LastName)
		return s.Compose(ws, t)
	}
	w, c := letter.WordsOf(language), wording.ComingOf(language)
	operator := letter.Unlinked(ws.Name, false)
	sh := plainSheet(ws, w, a.Email, nameOf(p))
	sh.NotMe = fmt.Sprintf(c.HereNotMe, a.Email)
	switch p.Status {
	case person.ToBeApproved:
		sh.Title, sh.From = fmt.Sprintf(c.WaitTitle, operator), fmt.Sprintf(c.WaitText, operator)
	case person.Deactivated:
		sh.Title, sh.From = fmt.Sprintf(c.EndedTitle, operator), fmt.Sprintf(c.EndedText, operator)
	case person.Invited:
		sh.Title, sh.From = fmt.Sprintf(c.HereTitle, operator), fmt.Sprintf(c.InvitedText, operator)
		return compose(ws, a.Email, fmt.Sprintf(c.HereSubject, operator), &sh)
	default:
		sh.Title, sh.From = fmt.Sprintf(c.HereTitle, operator), fmt.Sprintf(c.HereText, operator)
	}
	sh.Button, sh.Link = c.SignIn, s.PublicURL+"/sign-in"
	return compose(ws, a.Email, fmt.Sprintf(c.HereSubject, operator), &sh)
}

// sayMerge tells somebody who used a printed code with the address of another
// user of the workspace what to do.
func (s *Service) sayMerge(ws *workspace.Workspace, p *person.Person, language string) (mail.Message, error) {
	w, c := letter.WordsOf(language), wording.ComingOf(language)
	operator := letter.Unlinked(ws.Name, false)
	sh := plainSheet(ws, w, p.Email, nameOf(p))
	sh.Title, sh.From, sh.NotMe = fmt.Sprintf(c.MergeTitle, operator), fmt.Sprintf(c.MergeText, operator), fmt.Sprintf(c.HereNotMe, p.Email)
	sh.Button, sh.Link = c.SignIn, s.PublicURL+"/sign-in"
	return compose(ws, p.Email, fmt.Sprintf(c.MergeSubject, operator), &sh)
}

// sayAnswer tells an applicant what was decided.
func (s *Service) sayAnswer(tx *db.Tx, ws *workspace.Workspace, p *person.Person, a *application.Application) (mail.Message, error) {
	language := firstOf(p.Language, ws.Language)
	w, c := letter.WordsOf(language), wording.ComingOf(language)
	operator := letter.Unlinked(ws.Name, false)
	sh := plainSheet(ws, w, p.Email, nameOf(p))
	sh.NotMe = fmt.Sprintf(c.AnswerNotMe, p.Email)
	if sh.Message = letter.Unlinked(a.Answer, true); sh.Message != "" {
		inviter, err := inviterName(tx, &invite.Invite{Workspace: ws.ID, InvitedBy: a.AnsweredBy})
		if err != nil {
			return mail.Message{}, err
		}
		if sh.Says = w.SaysNobody; inviter != "" {
			sh.Says = fmt.Sprintf(w.Says, letter.Unlinked(inviter, true))
		}
	}
	if p.Status == person.Declined {
		sh.Title, sh.From = fmt.Sprintf(c.DeclinedTitle, operator), fmt.Sprintf(c.DeclinedText, operator)
		return composeKind(ws, workspace.MailDeclined, p.Email, fmt.Sprintf(c.DeclinedSubject, operator), &sh, letter.Fill{Name: nameOf(p)})
	}
	l := Letter{Workspace: ws.Name, Everyone: ws.AccessMode == workspace.Everyone}
	g, err := gather(tx, ws.ID, []id.Person{p.ID})
	if err != nil {
		return mail.Message{}, err
	}
	if err := g.grants(&l, &invite.Invite{Workspace: ws.ID, Person: p.ID}); err != nil {
		return mail.Message{}, err
	}
	sh.Gets, sh.Given = w.Gets, l.given(w)
	sh.Title, sh.From = fmt.Sprintf(c.ApprovedTitle, operator), fmt.Sprintf(c.ApprovedText, operator)
	sh.Button, sh.Link = c.ApprovedButton, s.PublicURL+"/my?w="+ws.Slug
	return composeKind(ws, workspace.MailApproved, p.Email, fmt.Sprintf(c.ApprovedSubject, operator), &sh, letter.Fill{Name: nameOf(p)})
}

// plainSheet is a letter without anything particular.
func plainSheet(ws *workspace.Workspace, w *letter.Words, to, name string) letter.Sheet {
	sh := letter.Sheet{Lang: w.Lang, Hello: w.HelloNobody, Plain: w.Plain, Automatic: fmt.Sprintf(w.Automatic, letter.Unlinked(ws.Name, false))}
	if name != "" && name != to {
		sh.Hello = fmt.Sprintf(w.Hello, name)
	}
	return sh
}

func nameOf(p *person.Person) string {
	return letter.Unlinked(strings.TrimSpace(p.FirstName+" "+p.LastName), true)
}

func compose(ws *workspace.Workspace, to, subject string, sh *letter.Sheet) (m mail.Message, err error) {
	return composeKind(ws, "", to, subject, sh, letter.Fill{})
}

// composeKind makes a mail of a kind whose words the workspace may have changed.
func composeKind(ws *workspace.Workspace, kind, to, subject string, sh *letter.Sheet, fill letter.Fill) (m mail.Message, err error) {
	fill.Operator = ws.Name
	subject = sh.Dress(&ws.Look, kind, subject, fill)
	sh.Preheader = sh.From
	m = mail.Message{To: to, From: firstOf(ws.Look.Sender, ws.Name), ReplyTo: ws.Look.ReplyTo, Subject: letter.OneLine(subject)}
	m.Text, m.HTML, err = sh.Render()
	if err != nil {
		return m, fmt.Errorf("rendering a mail: %w", err)
	}
	return m, nil
}

func zoneOf(ws *workspace.Workspace) *time.Location {
	zone, err := time.LoadLocation(ws.TimeZone)
	if err != nil {
		return time.UTC
	}
	return zone
}
