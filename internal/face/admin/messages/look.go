package messages

import (
	"net/http"
	"strconv"
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/workspace"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"

	"github.com/a-h/templ"
)

// lookPage is the form of how mails look. It holds what was typed.
type lookPage struct {
	v       *frame.Visit
	shell   ui.ConsoleProps
	look    workspace.Look
	version string
	hook    string
	wrong   ui.Errors
}

func (c *Pages) look(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	return c.showLook(w, r, http.StatusOK, lookPage{v: v, look: v.Workspace.Look, version: version(v)})
}

func version(v *frame.Visit) string { return strconv.FormatInt(v.Workspace.Version, 10) }

func (c *Pages) showLook(w http.ResponseWriter, r *http.Request, status int, p lookPage) error {
	p.shell = p.v.Shell("Mails", ui.Link{Label: "Settings"})
	p.shell.Toast = frame.Toast(r, done)
	p.hook = c.Tell.HookURL(&p.v.Workspace)
	return ui.Render(w, r, status, look(p))
}

func (c *Pages) lookSave(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p := lookPage{v: v, version: r.PostFormValue("version"), look: workspace.Look{
		Sender: strings.TrimSpace(r.PostFormValue("sender")), ReplyTo: strings.TrimSpace(r.PostFormValue("reply_to")), Footer: lines(r.PostFormValue("footer")),
	}}
	if r.PostFormValue("coloured") != "" {
		p.look.Colour = strings.TrimSpace(r.PostFormValue("colour"))
		if p.look.Colour == "" {
			p.look.Colour = usualColour
		}
	}
	n, _ := strconv.ParseInt(p.version, 10, 64) // of no form of ours: 0, and so a conflict
	err := c.Tell.SaveLook(r.Context(), v.By, p.look, n)
	if wrong, ok := ui.ErrorsOf(err); ok {
		p.wrong = wrong
		return c.showLook(w, r, http.StatusUnprocessableEntity, p)
	}
	if err != nil {
		return err
	}
	ui.RedirectDone(w, r, v.To("/messages"), "saved", -1)
	return nil
}

// usualColour is what the choice of a colour begins with: our green.
const usualColour = "#0a7a4b"

func lines(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) }

// kinds names the mails whose words may be changed, in the order of MailKinds.
var kinds = map[string]struct{ label, when string }{
	workspace.MailInvitation: {"Invitation", "to somebody who may charge"},
	workspace.MailStaff:      {"Invitation of staff", "to somebody who gets a staff role"},
	workspace.MailConfirm:    {"Confirm your address", "to somebody who asked to come in by themselves"},
	workspace.MailApproved:   {"Approved", "to somebody whose request was approved"},
	workspace.MailDeclined:   {"Declined", "to somebody whose request was declined"},
}

// table lists the mails; each language leads to its words.
func (p lookPage) table() ui.TableProps {
	t := ui.TableProps{Caption: "Mails and their words", Columns: []ui.Column{{Label: "Mail", Main: true}, {Label: "Words"}}}
	for _, k := range workspace.MailKinds {
		t.Rows = append(t.Rows, ui.Row{ID: k, Name: kinds[k].label, Cells: []templ.Component{ui.Two(kinds[k].label, kinds[k].when), languagesOf(p, k)}})
	}
	return t
}

func (p lookPage) changed(kind, language string) bool {
	return p.v.Workspace.Look.TextOf(kind, language) != workspace.MailText{}
}

const suppressedNeed = access.SettingsWrite | access.PersonalData

func orUsual(colour string) string {
	if colour == "" {
		return usualColour
	}
	return colour
}
