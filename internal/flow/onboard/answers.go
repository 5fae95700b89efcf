package onboard

import (
	"cmp"
	"fmt"
	"strings"

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
	l := Letter{Expires: a.Expires, Zone: letter.ZoneOf(ws)}
	sh := letter.PlainSheet(ws, w, a.Email, letter.Unlinked(strings.TrimSpace(a.FirstName+" "+a.LastName), true))
	sh.Title, sh.From, sh.NotMe = fmt.Sprintf(c.ConfirmTitle, operator), fmt.Sprintf(c.ConfirmText, operator), fmt.Sprintf(c.ConfirmNotMe, a.Email)
	sh.Button, sh.Link, sh.Until = c.ConfirmButton, s.PublicURL+applicationPath(ws, s.tokenOf(a)), fmt.Sprintf(w.Until, l.Until(w))
	sh.Code, sh.CodeAsk = code[:4]+"-"+code[4:], fmt.Sprintf(w.Code, s.PublicURL+"/i")
	return letter.ComposeKind(ws, workspace.MailConfirm, a.Email, fmt.Sprintf(c.ConfirmSubject, operator), &sh,
		letter.Fill{Name: strings.TrimSpace(a.FirstName + " " + a.LastName), Until: l.Until(w)})
}

// sayHere tells somebody who applied that there is a user with their address.
func (s *Service) sayHere(tx *db.Tx, ws *workspace.Workspace, a *application.Application, p *person.Person) (mail.Message, error) {
	language := cmp.Or(p.Language, a.Language)
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
	sh := letter.PlainSheet(ws, w, a.Email, letter.NameOf(p))
	sh.NotMe = fmt.Sprintf(c.HereNotMe, a.Email)
	switch p.Status {
	case person.ToBeApproved:
		sh.Title, sh.From = fmt.Sprintf(c.WaitTitle, operator), fmt.Sprintf(c.WaitText, operator)
	case person.Deactivated:
		sh.Title, sh.From = fmt.Sprintf(c.EndedTitle, operator), fmt.Sprintf(c.EndedText, operator)
	case person.Invited:
		sh.Title, sh.From = fmt.Sprintf(c.HereTitle, operator), fmt.Sprintf(c.InvitedText, operator)
		return letter.Compose(ws, a.Email, fmt.Sprintf(c.HereSubject, operator), &sh)
	default:
		sh.Title, sh.From = fmt.Sprintf(c.HereTitle, operator), fmt.Sprintf(c.HereText, operator)
	}
	sh.Button, sh.Link = c.SignIn, s.PublicURL+"/sign-in"
	return letter.Compose(ws, a.Email, fmt.Sprintf(c.HereSubject, operator), &sh)
}

// sayMerge tells somebody who used a printed code with the address of another
// user of the workspace what to do.
func (s *Service) sayMerge(ws *workspace.Workspace, p *person.Person, language string) (mail.Message, error) {
	w, c := letter.WordsOf(language), wording.ComingOf(language)
	operator := letter.Unlinked(ws.Name, false)
	sh := letter.PlainSheet(ws, w, p.Email, letter.NameOf(p))
	sh.Title, sh.From, sh.NotMe = fmt.Sprintf(c.MergeTitle, operator), fmt.Sprintf(c.MergeText, operator), fmt.Sprintf(c.HereNotMe, p.Email)
	sh.Button, sh.Link = c.SignIn, s.PublicURL+"/sign-in"
	return letter.Compose(ws, p.Email, fmt.Sprintf(c.MergeSubject, operator), &sh)
}

// sayAnswer tells an applicant what was decided.
func (s *Service) sayAnswer(tx *db.Tx, ws *workspace.Workspace, p *person.Person, a *application.Application) (mail.Message, error) {
	language := cmp.Or(p.Language, ws.Language)
	w, c := letter.WordsOf(language), wording.ComingOf(language)
	operator := letter.Unlinked(ws.Name, false)
	sh := letter.PlainSheet(ws, w, p.Email, letter.NameOf(p))
	sh.NotMe = fmt.Sprintf(c.AnswerNotMe, p.Email)
	if sh.Message = letter.Unlinked(a.Answer, true); sh.Message != "" {
		inviter, err := letter.InviterName(tx, &invite.Invite{Workspace: ws.ID, InvitedBy: a.AnsweredBy})
		if err != nil {
			return mail.Message{}, err
		}
		if sh.Says = w.SaysNobody; inviter != "" {
			sh.Says = fmt.Sprintf(w.Says, letter.Unlinked(inviter, true))
		}
	}
	if p.Status == person.Declined {
		sh.Title, sh.From = c.DeclinedTitle, fmt.Sprintf(c.DeclinedText, operator)
		return letter.ComposeKind(ws, workspace.MailDeclined, p.Email, fmt.Sprintf(c.DeclinedSubject, operator), &sh, letter.Fill{Name: letter.NameOf(p)})
	}
	l := Letter{Workspace: ws.Name, Everyone: ws.AccessMode == workspace.Everyone}
	g, err := letter.Gather(tx, ws.ID, []id.Person{p.ID})
	if err != nil {
		return mail.Message{}, err
	}
	if err := g.Grants(&l, &invite.Invite{Workspace: ws.ID, Person: p.ID}); err != nil {
		return mail.Message{}, err
	}
	sh.Gets, sh.Given = w.Gets, l.GivenIn(w)
	sh.Title, sh.From = c.ApprovedTitle, fmt.Sprintf(c.ApprovedText, operator)
	sh.Button, sh.Link = c.ApprovedButton, s.PublicURL+"/my?w="+ws.Slug
	return letter.ComposeKind(ws, workspace.MailApproved, p.Email, fmt.Sprintf(c.ApprovedSubject, operator), &sh, letter.Fill{Name: letter.NameOf(p)})
}
