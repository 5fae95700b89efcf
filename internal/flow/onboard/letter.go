package onboard

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"involt/internal/core/workspace"
	"involt/internal/flow/onboard/letter"
)

// render writes the mail of an invitation in the reader's language, English if
// there is no other. The two parts are of equal worth. Nothing in it is fetched
// from anywhere, and nothing tells whether it was read.
func render(l *Letter) (subject, plain, rich string, err error) {
	w := letter.WordsOf(l.Language)
	s := l.sheet(w)
	subject = letter.OneLine(fmt.Sprintf(w.Subject, letter.Unlinked(l.Workspace, false)))
	if len(l.Roles) > 0 {
		subject = letter.OneLine(fmt.Sprintf(w.SubjectStaff, letter.Unlinked(l.Workspace, false)))
	}
	kind := workspace.MailInvitation
	if len(l.Roles) > 0 {
		kind = workspace.MailStaff
	}
	subject = letter.OneLine(s.Dress(&l.Look, kind, subject, letter.Fill{Name: l.Name, Operator: l.Workspace, Inviter: l.Inviter, Until: l.until(w)}))
	plain, rich, err = s.Render()
	return subject, plain, rich, err
}

func (l *Letter) sheet(w *letter.Words) letter.Sheet {
	operator := letter.Unlinked(l.Workspace, false)
	inviter, name := letter.Unlinked(l.Inviter, true), letter.Unlinked(l.Name, true)
	s := letter.Sheet{
		Lang: w.Lang, Title: fmt.Sprintf(w.Title, operator), Hello: w.HelloNobody, From: fmt.Sprintf(w.FromNobody, operator),
		Gets: w.Gets, Given: l.given(w), Button: w.Button, Link: l.Link, Until: fmt.Sprintf(w.Until, l.until(w)),
		Plain: w.Plain, Code: l.Code, CodeAsk: fmt.Sprintf(w.Code, l.CodeLink),
		NotMe: fmt.Sprintf(w.NotMe, l.To), Automatic: fmt.Sprintf(w.Automatic, operator),
		Message: letter.Unlinked(strings.TrimSpace(l.Message), true),
	}
	staff := len(l.Roles) > 0
	switch {
	case inviter != "" && staff:
		s.From = fmt.Sprintf(w.FromStaff, inviter, operator)
	case inviter != "":
		s.From = fmt.Sprintf(w.From, inviter, operator)
	case staff:
		s.From = fmt.Sprintf(w.StaffNobody, operator)
	}
	if staff {
		s.Title = fmt.Sprintf(w.TitleStaff, operator)
	}
	if name != "" {
		s.Hello = fmt.Sprintf(w.Hello, name)
	}
	if s.Message != "" {
		if s.Says = w.SaysNobody; inviter != "" {
			s.Says = fmt.Sprintf(w.Says, inviter)
		}
	}
	s.Preheader = s.From + " " + s.Until
	return s
}

// until spells when the link ends, with the name of the time zone: the reader
// may be in another one.
func (l *Letter) until(w *letter.Words) string {
	zone := l.Zone
	if zone == nil {
		zone = time.UTC
	}
	t := l.Expires.In(zone)
	if name := t.Format("MST"); unicode.IsLetter(rune(name[0])) {
		return w.Date(t) + " (" + name + ")"
	}
	return w.Date(t) + " (" + zone.String() + ")"
}

func (l *Letter) given(w *letter.Words) (list []letter.Given) {
	add := func(label string, what []string) {
		if len(what) == 0 {
			return
		}
		line := letter.Given{Label: label}
		for _, s := range what {
			line.What = append(line.What, letter.Unlinked(s, true))
		}
		list = append(list, line)
	}
	add(w.Roles, l.Roles)
	switch {
	case l.Everyone:
		add(w.Where, append([]string{fmt.Sprintf(w.Everywhere, l.Workspace)}, l.Places...))
	case len(l.Places) > 0:
		add(w.Where, l.Places)
	case len(l.Groups) > 0:
		list = append(list, letter.Given{Label: w.Where, What: []string{w.ByGroup}})
	}
	add(w.Groups, l.Groups)
	add(w.Cards, l.Cards)
	return list
}
