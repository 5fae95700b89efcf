// Package letter is the form that all mails to people have: one column, in the
// reader's language, text and HTML of equal worth, and in the colour of whoever
// writes.
package letter

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/a-h/templ"
)

// Sheet is a letter in its reader's language, sentence by sentence: the HTML and
// the text part say the same.
type Sheet struct {
	Lang, Title, Hello, From string
	Says, Message            string // Says is "" if the inviter wrote nothing
	Gets                     string
	Given                    []Given
	Button, Link, Until      string
	Plain                    string
	Code, CodeAsk            string
	NotMe, Automatic         string
	Preheader                string
	Closing, Footer          string // the operator's own; "" for none
	Stop, StopLink           string // the way out of mails like this one; "" for none
	Head                     Head
}

// Head is how the operator's name stands above a mail.
type Head struct {
	Name   string // "" for none
	Colour string // #rrggbb; "" for ours
	Ink    string // that can be read on it
}

// style fills colour and ink into a style of ours. Both were checked when they
// were stored: neither is anything but #rrggbb.
func (h Head) style(format string) templ.SafeCSS {
	return templ.SafeCSS(fmt.Sprintf(format, h.Colour, h.Ink))
}

// Given is one line of what the invitee gets.
type Given struct {
	Label string
	What  []string
}

// Render writes the two parts of a mail.
func (s *Sheet) Render() (plain, rich string, err error) {
	var h strings.Builder
	h.Grow(12 << 10)
	if err := letterHTML(s).Render(context.Background(), &h); err != nil {
		return "", "", err
	}
	return s.text(), h.String(), nil
}

// text is the text part: sentence by sentence what the HTML part says.
func (s *Sheet) text() string {
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
	if s.StopLink != "" {
		b.WriteString(s.Stop + ":\n" + s.StopLink + "\n")
	}
	return b.String()
}

var (
	schemeRE = regexp.MustCompile(`(?i)([a-z][a-z0-9+.-]*)://`)
	dottedRE = regexp.MustCompile(`([\pL\pN])[.。]([\pL]{2,})`)
)

// Unlinked returns people's own words in a form in which no mail program makes a
// link of them: an invitation carries our link and nobody else's. With dots
// false a bare name like "Charge.example" may stay, as an operator's may be.
func Unlinked(s string, dots bool) string {
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

// OneLine makes a header of a text that people chose.
func OneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return ' '
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}
