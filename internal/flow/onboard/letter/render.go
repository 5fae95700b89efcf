package letter

import (
	"cmp"
	"fmt"
	"strings"
	"time"
	"unicode"

	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/mail"
)

// render writes the mail of an invitation in the reader's language, English if
// there is no other. The two parts are of equal worth. Nothing in it is fetched
// from anywhere, and nothing tells whether it was read.
func render(l *Letter) (subject, plain, rich string, err error) {
	w := WordsOf(l.Language)
	s := l.sheet(w)
	subject = OneLine(fmt.Sprintf(w.Subject, Unlinked(l.Workspace, false)))
	if len(l.Roles) > 0 {
		subject = OneLine(fmt.Sprintf(w.SubjectStaff, Unlinked(l.Workspace, false)))
	}
	kind := workspace.MailInvitation
	if len(l.Roles) > 0 {
		kind = workspace.MailStaff
	}
	subject = OneLine(s.Dress(&l.Look, kind, subject, Fill{Name: l.Name, Operator: l.Workspace, Inviter: l.Inviter, Until: l.Until(w)}))
	plain, rich, err = s.Render()
	return subject, plain, rich, err
}

func (l *Letter) sheet(w *Words) Sheet {
	operator := Unlinked(l.Workspace, false)
	inviter, name := Unlinked(l.Inviter, true), Unlinked(l.Name, true)
	s := Sheet{
		Lang: w.Lang, Title: fmt.Sprintf(w.Title, operator), Hello: w.HelloNobody, From: fmt.Sprintf(w.FromNobody, operator),
		Gets: w.Gets, Given: l.GivenIn(w), Button: w.Button, Link: l.Link, Until: fmt.Sprintf(w.Until, l.Until(w)),
		Plain: w.Plain, Code: l.Code, CodeAsk: fmt.Sprintf(w.Code, l.CodeLink),
		NotMe: fmt.Sprintf(w.NotMe, l.To), Automatic: fmt.Sprintf(w.Automatic, operator),
		Message: Unlinked(strings.TrimSpace(l.Message), true),
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

// Until spells when the link ends, with the name of the time zone: the reader
// may be in another one.
func (l *Letter) Until(w *Words) string {
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

// GivenIn is what the invitee gets, line by line.
func (l *Letter) GivenIn(w *Words) (list []Given) {
	add := func(label string, what []string) {
		if len(what) == 0 {
			return
		}
		line := Given{Label: label}
		for _, s := range what {
			line.What = append(line.What, Unlinked(s, true))
		}
		list = append(list, line)
	}
	add(w.Roles, l.Roles)
	if l.Account != "" {
		add(w.Account, []string{l.Account})
	}
	if l.Rate != "" {
		add(w.Rate, []string{l.Rate})
	}
	switch {
	case l.Everyone:
		add(w.Where, append([]string{fmt.Sprintf(w.Everywhere, l.Workspace)}, l.Places...))
	case len(l.Places) > 0:
		add(w.Where, l.Places)
	case len(l.Groups) > 0:
		list = append(list, Given{Label: w.Where, What: []string{w.ByGroup}})
	}
	add(w.Groups, l.Groups)
	add(w.Cards, l.Cards)
	return list
}

// InviterName names whoever invited; "" for programs and for Involt itself.
func InviterName(tx *db.Tx, v *invite.Invite) (string, error) {
	kind, key, _ := strings.Cut(v.InvitedBy, ":")
	if kind != "person" {
		return "", nil
	}
	p, err := person.ByID(tx, v.Workspace, id.Person(key))
	if errs.KindOf(err) == errs.NotFound {
		return "", nil
	}
	return p.Name(), err
}

// PlainSheet is a letter without anything particular.
func PlainSheet(ws *workspace.Workspace, w *Words, to, name string) Sheet {
	sh := Sheet{Lang: w.Lang, Hello: w.HelloNobody, Plain: w.Plain, Automatic: fmt.Sprintf(w.Automatic, Unlinked(ws.Name, false))}
	if name != "" && name != to {
		sh.Hello = fmt.Sprintf(w.Hello, name)
	}
	return sh
}

// Compose makes a mail of a workspace, in its look.
func Compose(ws *workspace.Workspace, to, subject string, sh *Sheet) (m mail.Message, err error) {
	return ComposeKind(ws, "", to, subject, sh, Fill{})
}

// ComposeKind makes a mail of a kind whose words the workspace may have changed.
func ComposeKind(ws *workspace.Workspace, kind, to, subject string, sh *Sheet, fill Fill) (m mail.Message, err error) {
	fill.Operator = ws.Name
	subject = sh.Dress(&ws.Look, kind, subject, fill)
	sh.Preheader = sh.From
	m = mail.Message{To: to, From: cmp.Or(ws.Look.Sender, ws.Name), ReplyTo: ws.Look.ReplyTo, Subject: OneLine(subject)}
	m.Text, m.HTML, err = sh.Render()
	if err != nil {
		return m, fmt.Errorf("rendering a mail: %w", err)
	}
	return m, nil
}

// ZoneOf is the time zone of a workspace.
func ZoneOf(ws *workspace.Workspace) *time.Location {
	zone, err := time.LoadLocation(ws.TimeZone)
	if err != nil {
		return time.UTC
	}
	return zone
}
