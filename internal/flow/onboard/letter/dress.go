package letter

import (
	"cmp"
	"math"
	"strconv"
	"strings"

	"involt/internal/core/workspace"
)

// Fill is what the words in braces stand for.
type Fill struct{ Name, Operator, Inviter, Until string }

// Dress puts a mail into its workspace's look, and its words in place of ours
// where there are any. It returns the subject, which is subject where nothing else
// is said. What holds the mail together stays: link, code, what is given, and what
// to do if it was not meant for its reader. A workspace's words are text: whatever
// they hold is neither HTML nor a template.
func (s *Sheet) Dress(look *workspace.Look, kind, subject string, f Fill) string {
	if look.Colour != "" {
		s.Head = Head{Name: Unlinked(cmp.Or(look.Sender, f.Operator), false), Colour: look.Colour, Ink: inkOn(look.Colour)}
	}
	s.Footer = Unlinked(look.Footer, true)
	if kind == "" {
		return subject
	}
	t := look.TextOf(kind, s.Lang)
	fill := strings.NewReplacer("{name}", f.Name, "{operator}", f.Operator, "{inviter}", f.Inviter, "{until}", f.Until)
	own := func(text, ours string) string {
		if text = strings.TrimSpace(fill.Replace(text)); text == "" {
			return ours
		}
		return Unlinked(text, true)
	}
	s.Title, s.From, s.Closing = own(t.Title, s.Title), own(t.Text, s.From), own(t.Closing, "")
	return own(t.Subject, subject)
}

// inkOn is the colour of letters that can be read on a colour: white or nearly
// black, whichever contrasts more. WCAG 2.2, relative luminance.
func inkOn(colour string) string {
	const dark = "#12181c"
	n, err := strconv.ParseUint(strings.TrimPrefix(colour, "#"), 16, 32)
	if err != nil {
		return dark
	}
	lum := 0.2126*linear(n>>16) + 0.7152*linear(n>>8&0xff) + 0.0722*linear(n&0xff)
	if 1.05/(lum+0.05) >= 4.5 {
		return "#ffffff"
	}
	return dark
}

// linear is one channel's share of light.
func linear(channel uint64) float64 {
	c := float64(channel) / 255
	if c <= 0.04045 {
		return c / 12.92
	}
	return math.Pow((c+0.055)/1.055, 2.4)
}
