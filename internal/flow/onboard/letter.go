package onboard

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"

	"github.com/a-h/templ"
)

// sheet is a letter in its reader's language, sentence by sentence: the HTML and
// the text part say the same.
type sheet struct {
	Lang, Title, Hello, From string
	Says, Message            string // Says is "" if the inviter wrote nothing
	Gets                     string
	Given                    []given
	Button, Link, Until      string
	Plain                    string
	Code, CodeAsk            string
	NotMe, Automatic         string
	Preheader                string
	Closing, Footer          string // the operator's own; "" for none
	Head                     letterhead
}

// letterhead is how the operator's name stands above a mail.
type letterhead struct {
	Name   string // "" for none
	Colour string // #rrggbb; "" for ours
	Ink    string // that can be read on it
}

// style fills colour and ink into a style of ours. Both were checked when they
// were stored: neither is anything but #rrggbb.
func (h letterhead) style(format string) templ.SafeCSS {
	return templ.SafeCSS(fmt.Sprintf(format, h.Colour, h.Ink))
}

// given is one line of what the invitee gets.
type given struct {
	Label string
	What  []string
}

// render writes the mail of an invitation in the reader's language, English if
// there is no other. The two parts are of equal worth. Nothing in it is fetched
// from anywhere, and nothing tells whether it was read.
func render(l *Letter) (subject, plain, rich string, err error) {
	w := wordsOf(l.Language)
	s := l.sheet(w)
	subject = oneLine(fmt.Sprintf(w.subject, unlinked(l.Workspace, false)))
	if len(l.Roles) > 0 {
		subject = oneLine(fmt.Sprintf(w.subjectStaff, unlinked(l.Workspace, false)))
	}
	plain, rich, err = s.render()
	return subject, plain, rich, err
}

// render writes the two parts of a mail.
func (s *sheet) render() (plain, rich string, err error) {
	var h strings.Builder
	h.Grow(12 << 10)
	if err := letterHTML(s).Render(context.Background(), &h); err != nil {
		return "", "", err
	}
	return s.text(), h.String(), nil
}

// text is the text part: sentence by sentence what the HTML part says.
func (s *sheet) text() string {
	var b strings.Builder
	b.Grow(2 << 10)
	block := func(parts ...string) {
		for _, p := range parts {
			b.WriteString(p)
		}
		b.WriteString("\n\n")
	}
	block(s.Hello)
	block(s.From)
	if s.Says != "" {
		block(s.Says)
		block(s.Message)
	}
	if len(s.Given) > 0 {
		b.WriteString(s.Gets)
		for _, g := range s.Given {
			b.WriteString("\n- " + g.Label + ": " + strings.Join(g.What, ", "))
		}
		block()
	}
	if s.Link != "" {
		block(s.Button, ":\n", s.Link)
	}
	if s.Until != "" {
		block(s.Until)
	}
	if s.Code != "" {
		block(s.CodeAsk)
		block("    ", s.Code)
	}
	if s.Closing != "" {
		block(s.Closing)
	}
	block(s.NotMe)
	b.WriteString("-- \n")
	if s.Footer != "" {
		b.WriteString(s.Footer + "\n")
	}
	b.WriteString(s.Automatic + "\n")
	return b.String()
}

func (l *Letter) sheet(w *words) sheet {
	operator := unlinked(l.Workspace, false)
	inviter, name := unlinked(l.Inviter, true), unlinked(l.Name, true)
	s := sheet{
		Lang: w.lang, Title: fmt.Sprintf(w.title, operator), Hello: w.helloNobody, From: fmt.Sprintf(w.fromNobody, operator),
		Gets: w.gets, Given: l.given(w), Button: w.button, Link: l.Link, Until: fmt.Sprintf(w.until, l.until(w)),
		Plain: w.plain, Code: l.Code, CodeAsk: fmt.Sprintf(w.code, l.CodeLink),
		NotMe: fmt.Sprintf(w.notMe, l.To), Automatic: fmt.Sprintf(w.automatic, operator),
		Message: unlinked(strings.TrimSpace(l.Message), true),
	}
	staff := len(l.Roles) > 0
	switch {
	case inviter != "" && staff:
		s.From = fmt.Sprintf(w.fromStaff, inviter, operator)
	case inviter != "":
		s.From = fmt.Sprintf(w.from, inviter, operator)
	case staff:
		s.From = fmt.Sprintf(w.staffNobody, operator)
	}
	if staff {
		s.Title = fmt.Sprintf(w.titleStaff, operator)
	}
	if name != "" {
		s.Hello = fmt.Sprintf(w.hello, name)
	}
	if s.Message != "" {
		if s.Says = w.saysNobody; inviter != "" {
			s.Says = fmt.Sprintf(w.says, inviter)
		}
	}
	s.Preheader = s.From + " " + s.Until
	return s
}

// until spells when the link ends, with the name of the time zone: the reader
// may be in another one.
func (l *Letter) until(w *words) string {
	zone := l.Zone
	if zone == nil {
		zone = time.UTC
	}
	t := l.Expires.In(zone)
	if name := t.Format("MST"); unicode.IsLetter(rune(name[0])) {
		return w.date(t) + " (" + name + ")"
	}
	return w.date(t) + " (" + zone.String() + ")"
}

func (l *Letter) given(w *words) (list []given) {
	add := func(label string, what []string) {
		if len(what) == 0 {
			return
		}
		line := given{Label: label}
		for _, s := range what {
			line.What = append(line.What, unlinked(s, true))
		}
		list = append(list, line)
	}
	add(w.roles, l.Roles)
	if l.Account != "" {
		add(w.account, []string{l.Account})
	}
	if l.Rate != "" {
		add(w.rate, []string{l.Rate})
	}
	switch {
	case l.Everyone:
		add(w.where, append([]string{fmt.Sprintf(w.everywhere, l.Workspace)}, l.Places...))
	case len(l.Places) > 0:
		add(w.where, l.Places)
	case len(l.Groups) > 0:
		list = append(list, given{w.where, []string{w.byGroup}})
	}
	add(w.groups, l.Groups)
	add(w.cards, l.Cards)
	return list
}

var (
	schemeRE = regexp.MustCompile(`(?i)([a-z][a-z0-9+.-]*)://`)
	dottedRE = regexp.MustCompile(`([\pL\pN])[.。]([\pL]{2,})`)
)

// unlinked returns people's own words in a form in which no mail program makes a
// link of them: an invitation carries our link and nobody else's. With dots
// false a bare name like "Charge.example" may stay, as an operator's may be.
func unlinked(s string, dots bool) string {
	plain := schemeRE.ReplaceAllString(s, "$1: //")
	if dots || plain != s || strings.Contains(strings.ToLower(s), "www.") {
		s = plain
		// Twice: neighbours share a letter.
		s = dottedRE.ReplaceAllString(dottedRE.ReplaceAllString(s, "$1 . $2"), "$1 . $2")
	}
	return strings.Map(func(r rune) rune {
		if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
			return -1
		}
		return r
	}, s)
}

// oneLine makes a header of a text that people chose.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return ' '
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}
