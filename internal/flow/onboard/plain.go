package onboard

import (
	"fmt"

	"involt/internal/core/notice"
	"involt/internal/core/workspace"
	"involt/internal/flow/onboard/letter"
	"involt/internal/kit/mail"
)

// Compose makes a mail of what a message of a workspace says, in the form that
// all mails have. Links that people put into words of their own are taken apart.
func (s *Service) Compose(ws *workspace.Workspace, t notice.Text) (mail.Message, error) {
	w := letter.WordsOf(t.Language)
	sh := plainSheet(ws, w, t.To, letter.Unlinked(t.Name, true))
	sh.Title, sh.From, sh.NotMe = letter.Unlinked(t.Title, false), letter.Unlinked(t.Text, false), t.NotMe
	sh.Says, sh.Message = letter.Unlinked(t.Says, true), letter.Unlinked(t.Message, true)
	sh.Button, sh.Link, sh.Gets = t.Button, t.Link, t.Gets
	if !t.Expires.IsZero() {
		l := Letter{Expires: t.Expires, Zone: zoneOf(ws)}
		sh.Until = fmt.Sprintf(w.Until, l.until(w))
	}
	if t.Code != "" {
		sh.Code, sh.CodeAsk = t.Code[:4]+"-"+t.Code[4:], fmt.Sprintf(w.Code, s.PublicURL+"/i")
	}
	for _, list := range t.Lists {
		line := letter.Given{Label: list.Label}
		for _, what := range list.What {
			line.What = append(line.What, letter.Unlinked(what, true))
		}
		sh.Given = append(sh.Given, line)
	}
	return compose(ws, t.To, letter.Unlinked(t.Subject, true), &sh)
}
