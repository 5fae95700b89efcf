package admin

import (
	"io"
	"net/http"
	"regexp"
	"strings"

	"involt/internal/core/access"
	"involt/internal/face/ui"
	"involt/internal/kit/errs"
	"involt/internal/kit/mail"

	"github.com/a-h/templ"
)

// CaughtMails is the built-in mail catcher.
type CaughtMails interface {
	// Mails are those that were caught, the newest first.
	Mails() []mail.Caught
	// Mail is one of them by its ID.
	Mail(id string) (mail.Caught, bool)
}

// mailsNeed is what it takes to read caught mails. They hold invitation links,
// which nobody but the invited may see: the pages exist in demo mode only, and
// in the workspaces that it made.
const mailsNeed = access.PeopleRead | access.PersonalData

type mailsPage struct {
	v     *visit
	shell ui.ConsoleProps
	list  []mail.Caught
}

// caught refuses to show mails of a workspace that is none of the demo's.
func (c *Console) caught(v *visit) error {
	if !v.Workspace.Demo {
		return errs.New(errs.NotFound, "There is no mail catcher here: it exists in demo mode only.")
	}
	return nil
}

func (c *Console) mails(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := c.caught(v); err != nil {
		return err
	}
	return ui.Render(w, r, http.StatusOK, mails(mailsPage{v: v, list: c.Mails.Mails(), shell: c.shell(v, "Mail catcher", ui.Link{Label: "Workspace"})}))
}

func (p mailsPage) table() ui.TableProps {
	t := ui.TableProps{
		Caption: "Caught mails", Target: "list", Columns: []ui.Column{{Label: "Mail", Main: true}, {Label: "To"}, {Label: "When"}},
		Empty: ui.EmptyState("mail", "No mail yet", "In demo mode no mail leaves this machine: each is caught and shown here. Invite somebody and look.", p.invite()),
	}
	for _, m := range p.list {
		t.Rows = append(t.Rows, ui.Row{ID: m.ID, Name: m.Subject, Href: p.v.path("/mails/" + m.ID), Cells: []templ.Component{place(m.Subject, ""), ui.Text(m.To), ui.Ago(m.At)}})
	}
	return t
}

func (p mailsPage) invite() templ.Component {
	if !p.v.may(access.PeopleWrite) {
		return nil
	}
	return ui.LinkButton(ui.ButtonProps{Label: "Invite users", Icon: "user-plus", Href: p.v.path("/users/invite")})
}

func (c *Console) oneMail(r *http.Request, v *visit) (mail.Caught, error) {
	if err := c.caught(v); err != nil {
		return mail.Caught{}, err
	}
	m, ok := c.Mails.Mail(r.PathValue("mail"))
	if !ok {
		return m, errs.New(errs.NotFound, "There is no such mail. The catcher keeps the newest 1,000, and none over a restart.")
	}
	return m, nil
}

func (c *Console) mail(w http.ResponseWriter, r *http.Request, v *visit) error {
	m, err := c.oneMail(r, v)
	if err != nil {
		return err
	}
	shell := c.shell(v, m.Subject, ui.Link{Label: "Workspace"}, ui.Link{Label: "Mail catcher", Href: v.path("/mails")})
	return ui.Render(w, r, http.StatusOK, mailShown(shell, v, m))
}

// mailHTML is the HTML part of a mail, for the frame in its page: without
// scripts, forms and pictures from elsewhere, whatever the mail says.
func (c *Console) mailHTML(w http.ResponseWriter, r *http.Request, v *visit) error {
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
