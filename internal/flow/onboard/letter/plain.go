package letter

import (
	"fmt"
	"strings"

	"involt/internal/core/notice"
	"involt/internal/core/workspace"
	"involt/internal/kit/mail"
)

// Plain makes a mail of what a message of a workspace says, in the form that all
// mails have. Links that people put into words of their own are taken apart.
// codeLink is where a code is typed.
func Plain(ws *workspace.Workspace, codeLink string, t notice.Text) (mail.Message, error) {
	w := WordsOf(t.Language)
	sh := PlainSheet(ws, w, t.To, Unlinked(t.Name, true))
	sh.Title, sh.From, sh.NotMe = Unlinked(t.Title, false), Unlinked(t.Text, false), t.NotMe
	sh.Says, sh.Message = Unlinked(t.Says, true), Unlinked(t.Message, true)
	sh.Button, sh.Link, sh.Gets = t.Button, t.Link, t.Gets
	if !t.Expires.IsZero() {
		l := Letter{Expires: t.Expires, Zone: ZoneOf(ws)}
		sh.Until = fmt.Sprintf(w.Until, l.Until(w))
	}
	if t.Code != "" {
		sh.Code, sh.CodeAsk = t.Code[:4]+"-"+t.Code[4:], fmt.Sprintf(w.Code, codeLink)
	}
	for _, list := range t.Lists {
		line := Given{Label: list.Label}
		for _, what := range list.What {
			line.What = append(line.What, Unlinked(what, true))
		}
		sh.Given = append(sh.Given, line)
	}
	if t.Stop != "" {
		sh.Stop, sh.StopLink = w.Stop, t.Stop
	}
	m, err := Compose(ws, t.To, Unlinked(t.Subject, true), &sh)
	if strings.HasPrefix(t.Stop, "https://") { // RFC 8058 §3.1 knows no other
		m.Unsubscribe = t.Stop
	}
	return m, err
}
