package onboard

import (
	_ "embed" // the templates
	"fmt"
	html "html/template"
	"regexp"
	"strings"
	text "text/template"
	"time"
	"unicode"
)

//go:embed letter.html
var letterHTML string

//go:embed letter.txt
var letterText string

var (
	htmlLetter = html.Must(html.New("letter.html").Parse(letterHTML))
	textLetter = text.Must(text.New("letter.txt").Parse(letterText))
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
	var t, h strings.Builder
	if err := textLetter.Execute(&t, s); err != nil {
		return "", "", err
	}
	if err := htmlLetter.Execute(&h, s); err != nil {
		return "", "", err
	}
	return t.String(), h.String(), nil
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
