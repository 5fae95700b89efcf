package join

import (
	"context"
	"strings"
	"unicode"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/joincode"
	"involt/internal/core/notice"
	"involt/internal/core/notice/outbox"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/mail"
)

// mostAtOnce is how many requests one form answers.
const mostAtOnce = 500

// Answer approves or declines people who entered a code and wait, each by
// themselves, and mails it to them with the message, if there is one. done counts
// those who waited; of the others somebody else has decided meanwhile. Someone
// who is not active yet is decided about under Approvals: that is an
// errs.Conflict, and a request for what lies outside of by's part of the
// workspace an errs.NotFound.
func (s *Service) Answer(ctx context.Context, by access.Actor, list []id.Joining, yes bool, message string) (done int, err error) {
	defer errs.Wrap(&err, "join.Answer(%d requests)", len(list))
	if err := by.NeedSome(access.PeopleWrite); err != nil {
		return 0, err
	}
	message = strings.TrimSpace(strings.ReplaceAll(message, "\r\n", "\n"))
	switch {
	case len(list) == 0:
		return 0, errs.AtField("requests", "Select requests first.")
	case len(list) > mostAtOnce:
		return 0, errs.AtField("requests", "One form answers up to %d requests; these are %d.", mostAtOnce, len(list))
	case len([]rune(message)) > 1000:
		return 0, errs.AtField("message", "The message has %d characters; at most 1,000 fit.", len([]rune(message)))
	case strings.ContainsFunc(message, func(r rune) bool {
		return r != '\n' && r != '\t' && unicode.IsControl(r) || r == unicode.ReplacementChar
	}):
		return 0, errs.AtField("message", "The message holds characters that cannot be shown. Please type it again.")
	}
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		done = 0
		for _, one := range list {
			yes, err := s.answerOne(tx, by, one, yes, message)
			if err != nil {
				return err
			}
			if yes {
				done++
			}
		}
		return nil
	})
	return done, err
}

func (s *Service) answerOne(tx *db.Tx, by access.Actor, which id.Joining, yes bool, message string) (bool, error) {
	j, err := joincode.JoiningByID(tx, by.Workspace, which)
	if err != nil {
		return false, err
	}
	if _, err := mine(tx, by, j.Code); errs.KindOf(err) == errs.NotFound && err != nil {
		return false, errs.New(errs.NotFound, "There is no such request. It may have been erased with its user.")
	} else if err != nil {
		return false, err
	}
	if err := invite.LockPeople(tx, by.Workspace, j.Person); err != nil {
		return false, err
	}
	if j, err = joincode.JoiningByID(tx, by.Workspace, which); err != nil || j.State != joincode.Waiting {
		return false, err
	}
	p, err := person.ByID(tx, by.Workspace, j.Person)
	if err != nil {
		return false, err
	}
	if p.Status != person.Active {
		return false, errs.New(errs.Conflict, "%s is %s. Decide about the user first, under Approvals; this request follows.", p.CalledBy(by), p.Status.Label())
	}
	if err := s.decide(tx, by, &j, yes, message); err != nil {
		return false, err
	}
	if p.Email == "" {
		return true, nil
	}
	n := notice.Notice{Workspace: p.Workspace, Person: p.ID, Channel: "mail", Kind: kindJoined, Recipient: p.Email, Ref: string(j.ID)}
	if !yes {
		n.Kind = kindDeclined
	}
	if err := notice.Insert(tx, &n); err != nil {
		return false, err
	}
	return true, outbox.Ring(tx)
}

// decide moves a joining on that waits.
func (s *Service) decide(tx *db.Tx, by access.Actor, j *joincode.Joining, yes bool, message string) error {
	c, err := joincode.ByID(tx, j.Workspace, j.Code)
	if err != nil {
		return err
	}
	to, what := joincode.Joined, "zone.approved"
	if yes {
		if j.InGroup, err = s.give(tx, by, &c, j.Person); err != nil {
			return err
		}
	} else {
		to, what = joincode.Declined, "zone.declined"
		if err := joincode.GiveBack(tx, j.Workspace, c.ID); err != nil {
			return err
		}
	}
	if err := joincode.Decide(tx, j, to, by.Name, message); err != nil {
		return err
	}
	if err := terms(tx, &c, j); err != nil {
		return err
	}
	return record(tx, by, what, &c, j.Person, map[string]any{"joining": j.ID, "message": message})
}

// The kinds of mails that wait in the outbox. They are stored: never change one.
const (
	kindJoined   = "zone-joined"
	kindDeclined = "zone-declined"
	kindDigest   = "approvals"
)

// answers gathers what mails say that tell what was decided about requests,
// unless it is no longer so.
func (s *Service) answers(tx *db.Tx, ws id.Workspace, list []notice.Notice) ([]outbox.Letter, error) {
	all := make([]outbox.Letter, len(list))
	for i := range list {
		j, err := joincode.JoiningByID(tx, ws, id.Joining(list[i].Ref))
		if err != nil && errs.KindOf(err) != errs.NotFound {
			return nil, err
		}
		if still := map[string]joincode.State{kindJoined: joincode.Joined, kindDeclined: joincode.Declined}[list[i].Kind]; err != nil || j.State != still {
			all[i].Drop = "no longer so"
			continue
		}
		m, err := s.sayAnswer(tx, &j)
		if err != nil {
			return nil, err
		}
		all[i] = letter(m, list[i].Recipient)
	}
	return all, nil
}

// letter is a mail that is wanted if its address is still the reader's.
func letter(m mail.Message, to string) outbox.Letter {
	if m.To != to {
		return outbox.Letter{Drop: "no longer their address"}
	}
	return outbox.Letter{Write: func() (mail.Message, error) { return m, nil }}
}

func (s *Service) sayAnswer(tx *db.Tx, j *joincode.Joining) (mail.Message, error) {
	ws, err := workspace.ByID(tx, j.Workspace)
	if err != nil {
		return mail.Message{}, err
	}
	p, err := person.ByID(tx, j.Workspace, j.Person)
	if err != nil {
		return mail.Message{}, err
	}
	c, err := joincode.ByID(tx, j.Workspace, j.Code)
	if err != nil {
		return mail.Message{}, err
	}
	o, err := s.offer(tx, c)
	if err != nil {
		return mail.Message{}, err
	}
	w := wordsOf(language(&p, &ws))
	t := notice.Text{
		To: p.Email, Name: strings.TrimSpace(p.FirstName + " " + p.LastName), Language: w.lang, NotMe: w.say(w.sentTo, p.Email),
		Subject: w.say(w.inSubject, o.Place()), Title: w.inTitle, Text: w.say(w.inText, o.Place()), Button: w.inButton, Link: s.PublicURL + "/my?w=" + ws.Slug,
		Message: j.Message,
	}
	if j.State == joincode.Declined {
		t.Subject, t.Title, t.Text, t.Button, t.Link = w.say(w.noSubject, o.Place()), w.noTitle, w.say(w.noText, ws.Name, o.Place()), "", ""
	}
	if t.Message != "" {
		t.Says = w.say(w.says, ws.Name)
	}
	return s.Letters.Compose(&ws, t)
}

func language(p *person.Person, ws *workspace.Workspace) string {
	if p.Language != "" {
		return p.Language
	}
	return ws.Language
}
