package join

import (
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/joincode"
	"involt/internal/core/notice"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// never is no moment at which somebody is erased.
var never time.Time

// Welcome reports whether a newcomer with that canonical address gets in by a
// code of that generation now; if not, that is an errs.NotFound.
func (s *Service) Welcome(tx *db.Tx, ws id.Workspace, code id.JoinCode, generation int64, email string) error {
	c, err := joincode.ByID(tx, ws, code)
	if err == nil && (c.Generation != generation || c.State(tx.Now) != joincode.Open || !c.ForEmail(email)) {
		err = errs.New(errs.NotFound, "This code no longer lets anybody in.")
	}
	return err
}

// Waits reports whether a newcomer by that code has to be approved.
func (s *Service) Waits(tx *db.Tx, ws id.Workspace, code id.JoinCode) (bool, error) {
	c, err := joincode.ByID(tx, ws, code)
	return c.Approval, err
}

// Path is where somebody who is signed in joins by a code.
func (s *Service) Path(tx *db.Tx, ws id.Workspace, code id.JoinCode) (string, error) {
	c, err := joincode.ByID(tx, ws, code)
	return "/j/" + c.Secret(s.Keys), err
}

// Came gives a newcomer, whose mailbox is proven, what the code gives. answers
// are those of their application. again says that they were declined before: then
// they wait, whatever the code says.
func (s *Service) Came(tx *db.Tx, code id.JoinCode, p *person.Person, answers string, again bool) error {
	c, err := joincode.ByID(tx, p.Workspace, code)
	if err != nil {
		return err
	}
	said, err := joincode.ReadAnswers(answers)
	if err != nil {
		return err
	}
	_, err = s.enter(tx, &c, p, said, again)
	return err
}

// Answered lets the requests of a newcomer follow what staff decided about
// themselves: into the zones for which they came, or not. by decided.
func (s *Service) Answered(tx *db.Tx, by access.Actor, p *person.Person, yes bool, message string) error {
	all, err := joincode.JoiningsOf(tx, p.Workspace, p.ID)
	if err != nil {
		return err
	}
	for i := range all {
		if all[i].State != joincode.Waiting {
			continue
		}
		if err := s.decide(tx, by, &all[i], yes, message); err != nil {
			return err
		}
	}
	return nil
}

// Invitation is what the mail says that a newcomer gets who typed a code: to
// prove their mailbox or, if they are here already, to sign in and join.
func (s *Service) Invitation(tx *db.Tx, ws *workspace.Workspace, code id.JoinCode, language string, here bool) (t notice.Text, err error) {
	c, err := joincode.ByID(tx, ws.ID, code)
	if err != nil {
		return t, err
	}
	o, err := s.offer(tx, c)
	if err != nil {
		return t, err
	}
	w := wordsOf(language)
	t.Language, t.Subject, t.NotMe = w.lang, w.say(w.joinSubject, o.Place()), w.notMe
	switch {
	case here:
		t.Title, t.Text, t.Button, t.Link = w.say(w.hereTitle, ws.Name), w.say(w.hereText, o.Place()), w.say(w.joinVerb, o.Place()), s.Link(&c)
	case c.Approval:
		t.Title, t.Text, t.Button = w.say(w.joinTitle, o.Place()), w.say(w.askText, ws.Name), w.confirm
	default:
		t.Title, t.Text, t.Button = w.say(w.joinTitle, o.Place()), w.say(w.joinText, o.Place()), w.confirm
	}
	return t, nil
}
