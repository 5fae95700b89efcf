// Package caught is the console's mail catcher: in a demo no mail leaves the machine,
// and those that would have been sent are shown here.
package caught

import (
	"io"
	"net/http"
	"regexp"
	"strings"

	"involt/internal/core/access"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/kit/errs"
	"involt/internal/kit/mail"

	"github.com/a-h/templ"
)

// Box is the built-in mail catcher.
type Box interface {
	// Mails are those that were caught, the newest first.
	Mails() []mail.Caught
	// Mail is one of them by its ID.
	Mail(id string) (mail.Caught, bool)
}

// Pages are the pages.
type Pages struct{ Box Box }

// Routes are everything the pages answer to.
func (c *Pages) Routes() []frame.Route {
	// Mails hold invitation links, which nobody but the invited may see: the pages
	// exist in demo mode only, and in the workspaces that it made.
	const need = access.PeopleRead | access.PersonalData
	return []frame.Route{
		{Pattern: "GET /mails", Need: need, Do: c.mails},
		{Pattern: "GET /mails/{mail}", Need: need, Do: c.mail},
		{Pattern: "GET /mails/{mail}/html", Need: need, Do: c.mailHTML},
	}
}

type mailsPage struct {
	v     *frame.Visit
	shell ui.ConsoleProps
	list  []mail.Caught
}

// demo refuses to show mails of a workspace that is none of the demo's.
func demo(v *frame.Visit) error {
	if !v.Workspace.Demo {
		return errs.New(errs.NotFound, "There is no mail catcher here: it exists in demo mode only.")
	}
	return nil
}

func (c *Pages) mails(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	if err := demo(v); err != nil {
		return err
	}
	return ui.Render(w, r, http.StatusOK, mails(mailsPage{v: v, list: c.Box.Mails(), shell: v.Shell("Mail catcher", ui.Link{Label: "Workspace"})}))
}

func (p mailsPage) table() ui.TableProps {
	t := ui.TableProps{
		Caption: "Caught mails", Target: "list", Columns: []ui.Column{{Label: "Mail", Main: true}, {Label: "To"}, {Label: "When"}},
		Empty: ui.EmptyState("mail", "No mail yet", "In demo mode no mail leaves this machine: each is caught and shown here. Invite somebody and look.", p.invite()),
	}
	for _, m := range p.list {
		t.Rows = append(t.Rows, ui.Row{ID: m.ID, Name: m.Subject, Href: p.v.To("/mails/" + m.ID), Cells: []templ.Component{ui.Clipped(m.Subject, false), ui.Text(m.To), ui.Ago(m.At)}})
	}
	return t
}

func (p mailsPage) invite() templ.Component {
	if !p.v.May(access.PeopleWrite) {
		return nil
	}
	return ui.LinkButton(ui.ButtonProps{Label: "Invite users", Icon: "user-plus", Href: p.v.To("/users/invite")})
}

func (c *Pages) oneMail(r *http.Request, v *frame.Visit) (mail.Caught, error) {
	if err := demo(v); err != nil {
		return mail.Caught{}, err
	}
	m, ok := c.Box.Mail(r.PathValue("mail"))
	if !ok {
		return m, errs.New(errs.NotFound, "There is no such mail. The catcher keeps the newest 1,000, and none over a restart.")
	}
	return m, nil
}

func (c *Pages) mail(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	m, err := c.oneMail(r, v)
	if err != nil {
		return err
	}
	shell := v.Shell(m.Subject, ui.Link{Label: "Workspace"}, ui.Link{Label: "Mail catcher", Href: v.To("/mails")})
	return ui.Render(w, r, http.StatusOK, mailShown(shell, v, m))
}

// mailHTML is the HTML part of a mail, for the frame in its page: without
// scripts, forms and pictures from elsewhere, whatever the mail says.
func (c *Pages) mailHTML(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	m, err := c.oneMail(r, v)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'")
	h.Set("Referrer-Policy", "no-referrer")
	// The reader may have gone; there is nobody left to tell.
	_, _ = io.WriteString(w, `<base target="_blank">`+m.HTML)
	return nil
}

// piece is a part of a mail's text: words, or a link.
type piece struct{ text, href string }

var linkRE = regexp.MustCompile(`https?://[^\s<>"]+`)

// pieces takes a text apart, so that its links can be followed.
func pieces(text string) (list []piece) {
	for {
		at := linkRE.FindStringIndex(text)
		if at == nil {
			return append(list, piece{text: text})
		}
		link := strings.TrimRight(text[at[0]:at[1]], ".,;:!?)")
		list = append(list, piece{text: text[:at[0]]}, piece{text: link, href: link})
		text = text[at[0]+len(link):]
	}
}
