package messages

import (
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"involt/internal/core/workspace"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/onboard/letter"
	"involt/internal/kit/errs"
)

// wordsPage is the form of what a kind of mail says in a language.
type wordsPage struct {
	v              *frame.Visit
	shell          ui.ConsoleProps
	kind, language string
	t, ours        workspace.MailText
	version        string
	subject, text  string // of the mail as it is sent now
	wrong          ui.Errors
}

func (p wordsPage) path() string { return p.v.To("/messages/" + p.kind + "/" + p.language) }

func (p wordsPage) changed() bool {
	return p.v.Workspace.Look.TextOf(p.kind, p.language) != workspace.MailText{}
}

func (p wordsPage) tabs() (list []ui.Tab) {
	for _, l := range frame.Languages {
		list = append(list, ui.Tab{Label: l.Label, Href: p.v.To("/messages/" + p.kind + "/" + l.Value), Current: l.Value == p.language})
	}
	return list
}

// asked is the mail of the address.
func asked(r *http.Request, v *frame.Visit) (wordsPage, error) {
	p := wordsPage{v: v, kind: r.PathValue("kind"), language: r.PathValue("language"), version: version(v)}
	if !slices.Contains(workspace.MailKinds, p.kind) || !slices.Contains(workspace.Languages, p.language) {
		return p, errs.New(errs.NotFound, "There is no such mail. Choose one from the list under Settings, Mails.")
	}
	p.ours = letter.OurWords(p.kind, p.language)
	return p, nil
}

func (c *Pages) words(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := asked(r, v)
	if err != nil {
		return err
	}
	p.t = v.Workspace.Look.TextOf(p.kind, p.language)
	return c.showWords(w, r, http.StatusOK, p)
}

func (c *Pages) showWords(w http.ResponseWriter, r *http.Request, status int, p wordsPage) error {
	m, err := c.Onboard.Preview(r.Context(), p.v.By, p.kind, p.language)
	if err != nil {
		return err
	}
	p.subject, p.text = m.Subject, m.Text
	p.shell = p.v.Shell(kinds[p.kind].label, ui.Link{Label: "Settings"}, ui.Link{Label: "Mails", Href: p.v.To("/messages")})
	p.shell.Toast = frame.Toast(r, done)
	return ui.Render(w, r, status, words(p))
}

func (c *Pages) wordsSave(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := asked(r, v)
	if err != nil {
		return err
	}
	p.version = r.PostFormValue("version")
	key := "ours"
	if r.PostFormValue("reset") == "" {
		said := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
		key, p.t = "words", workspace.MailText{Subject: said("subject"), Title: said("title"), Text: lines(said("text")), Closing: lines(said("closing"))}
	}
	n, _ := strconv.ParseInt(p.version, 10, 64) // of no form of ours: 0, and so a conflict
	err = c.Tell.SaveText(r.Context(), v.By, p.kind, p.language, p.t, n)
	if wrong, ok := ui.ErrorsOf(err); ok {
		p.wrong = wrong
		return c.showWords(w, r, http.StatusUnprocessableEntity, p)
	}
	if err != nil {
		return err
	}
	ui.RedirectDone(w, r, v.To("/messages/"+p.kind+"/"+p.language), key, -1)
	return nil
}

// html is the mail as most people see it, for the frame in its page: without
// scripts, forms and pictures from elsewhere.
func (c *Pages) html(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := asked(r, v)
	if err != nil {
		return err
	}
	m, err := c.Onboard.Preview(r.Context(), v.By, p.kind, p.language)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'")
	_, _ = io.WriteString(w, m.HTML) // the reader may have gone
	return nil
}
