package onboard

import (
	"fmt"

	"involt/internal/core/notice"
	"involt/internal/core/workspace"
	"involt/internal/kit/mail"
)

// Compose makes a mail of what a message of a workspace says, in the form that
// all mails have. Links that people put into words of their own are taken apart.
func (s *Service) Compose(ws *workspace.Workspace, t notice.Text) (mail.Message, error) {
	w := wordsOf(t.Language)
	sh := plainSheet(ws, w, t.To, unlinked(t.Name, true))
	sh.Title, sh.From, sh.NotMe = unlinked(t.Title, false), unlinked(t.Text, false), t.NotMe
	sh.Says, sh.Message = unlinked(t.Says, true), unlinked(t.Message, true)
	sh.Button, sh.Link, sh.Gets = t.Button, t.Link, t.Gets
	if !t.Expires.IsZero() {
		l := Letter{Expires: t.Expires, Zone: zoneOf(ws)}
		sh.Until = fmt.Sprintf(w.until, l.until(w))
	}
	if t.Code != "" {
		sh.Code, sh.CodeAsk = t.Code[:4]+"-"+t.Code[4:], fmt.Sprintf(w.code, s.PublicURL+"/i")
	}
	for _, list := range t.Lists {
		line := given{Label: list.Label}
		for _, what := range list.What {
			line.What = append(line.What, unlinked(what, true))
		}
		sh.Given = append(sh.Given, line)
	}
	return compose(ws, t.To, unlinked(t.Subject, true), &sh)
}
