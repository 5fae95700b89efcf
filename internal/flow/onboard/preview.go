package onboard

import (
	"context"
	"slices"

	"involt/internal/core/access"
	"involt/internal/core/application"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/person"
	"involt/internal/core/role"
	"involt/internal/core/workspace"
	"involt/internal/flow/onboard/letter"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/mail"
)

// nothing stands for a link's token where a mail is only looked at: nobody has
// made such a token.
const nothing = "only-a-preview-----------------------------"

// Preview is a kind of mail in a language as it would be sent now, to whoever
// looks: with the workspace's real name, groups and places, and a link that leads
// nowhere.
func (s *Service) Preview(ctx context.Context, by access.Actor, kind, language string) (m mail.Message, err error) {
	defer errs.Wrap(&err, "onboard.Preview(%s, %s)", kind, language)
	if err := by.Need(access.SettingsWrite); err != nil {
		return m, err
	}
	if !slices.Contains(workspace.MailKinds, kind) || !slices.Contains(workspace.Languages, language) {
		return m, errs.New(errs.NotFound, "There is no such mail.")
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		ws, err := workspace.ByID(tx, by.Workspace)
		if err != nil {
			return err
		}
		p, err := person.ByID(tx, by.Workspace, by.Person)
		if err != nil && errs.KindOf(err) != errs.NotFound {
			return err
		}
		p.Language = language
		if !by.Perms.Has(access.PersonalData) {
			p.FirstName, p.LastName, p.Email = "", "", "you@example.com"
		}
		m, err = s.preview(tx, &ws, &p, kind, by.Name)
		return err
	})
	return m, err
}

func (s *Service) preview(tx *db.Tx, ws *workspace.Workspace, p *person.Person, kind, by string) (mail.Message, error) {
	a := application.Application{Workspace: ws.ID, Email: p.Email, FirstName: p.FirstName, LastName: p.LastName, Language: p.Language, Expires: tx.Now.Add(ws.InviteLife), AnsweredBy: by}
	switch kind {
	case workspace.MailConfirm:
		return s.askToConfirm(tx, ws, &a)
	case workspace.MailApproved, workspace.MailDeclined:
		p.Status = person.Active
		if kind == workspace.MailDeclined {
			p.Status = person.Declined
		}
		return s.sayAnswer(tx, ws, p, &a)
	}
	v := invite.Invite{Workspace: ws.ID, Person: p.ID, Email: p.Email, InvitedBy: by, Life: ws.InviteLife}
	if kind == workspace.MailStaff {
		v.Life = ws.StaffInviteLife
	}
	g, err := letter.Gather(tx, ws.ID, []id.Person{p.ID})
	if err != nil {
		return mail.Message{}, err
	}
	g.Put(*p)
	l, err := g.Describe(&v)
	if err != nil {
		return mail.Message{}, err
	}
	if kind == workspace.MailStaff {
		viewer, err := role.ByKey(tx, ws.ID, "viewer")
		if err != nil {
			return mail.Message{}, err
		}
		l.Roles = []string{viewer.Label}
	}
	l.Link, l.Code, l.CodeLink, l.Expires = s.PublicURL+"/i/"+nothing, "AB12-CD34", s.PublicURL+"/i", tx.Now.Add(v.Life)
	return l.Mail()
}
