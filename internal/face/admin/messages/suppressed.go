package messages

import (
	"net/http"
	"strings"

	"involt/internal/core/suppress"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/tell"

	"github.com/a-h/templ"
)

// suppressedPage is the list of addresses that get no mail, and the form that adds
// one.
type suppressedPage struct {
	v             *frame.Visit
	shell         ui.ConsoleProps
	list          []suppress.Entry
	total         int64
	q             string
	email, detail string // as typed
	wrong         ui.Errors
}

func (c *Pages) suppressed(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	return c.showSuppressed(w, r, http.StatusOK, suppressedPage{v: v, q: strings.TrimSpace(r.FormValue("q"))})
}

func (c *Pages) showSuppressed(w http.ResponseWriter, r *http.Request, status int, p suppressedPage) (err error) {
	if p.list, p.total, err = c.Tell.Suppressed(r.Context(), p.v.By, p.q); err != nil {
		return err
	}
	p.shell = p.v.Shell("Suppression list", ui.Link{Label: "Settings"})
	p.shell.Toast = frame.Toast(r, done)
	return ui.Render(w, r, status, suppressed(p))
}

func (c *Pages) suppress(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p := suppressedPage{v: v, email: strings.TrimSpace(r.PostFormValue("email")), detail: strings.TrimSpace(r.PostFormValue("detail"))}
	err := c.Tell.Suppress(r.Context(), v.By, p.email, p.detail)
	if wrong, ok := ui.ErrorsOf(err); ok {
		p.wrong = wrong
		return c.showSuppressed(w, r, http.StatusUnprocessableEntity, p)
	}
	if err != nil {
		return err
	}
	ui.RedirectDone(w, r, v.To("/suppressed"), "suppressed", -1)
	return nil
}

func (c *Pages) release(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	if err := c.Tell.Release(r.Context(), v.By, r.PostFormValue("email")); err != nil {
		return err
	}
	ui.RedirectDone(w, r, v.To("/suppressed"), "released", -1)
	return nil
}

var reasons = map[suppress.Reason]struct {
	label string
	tone  ui.Tone
}{
	suppress.Bounce: {"Came back", ui.Bad}, suppress.Complaint: {"Complaint", ui.Warn}, suppress.Staff: {"Added by hand", ui.Neutral},
}

func (p suppressedPage) table() ui.TableProps {
	t := ui.TableProps{
		Caption: "Addresses that get no mail", Target: "list", Columns: []ui.Column{{Label: "Address", Main: true}, {Label: "Reason"}, {Label: "Words", Hide: true}, {Label: "Since"}, {Label: ""}},
		Empty: ui.EmptyState("mail-check", "Nobody is on this list", "Addresses come here by themselves when their mails come back for good, or when their readers complain. You can add one below.", nil),
	}
	if p.q != "" {
		t.Empty = ui.EmptyState("search", "No such address", "No address on the list begins with “"+p.q+"”.", ui.LinkButton(ui.ButtonProps{Label: "Show all", Href: p.v.To("/suppressed")}))
	}
	for _, e := range p.list {
		t.Rows = append(t.Rows, ui.Row{ID: e.Email, Name: e.Email, Cells: []templ.Component{
			ui.Text(e.Email), ui.Badge(reasons[e.Reason].label, reasons[e.Reason].tone), said(e.Detail), ui.Day(e.Since), removeButton(p.v, e.Email),
		}})
	}
	return t
}

// shown says how much of the list the page shows.
func (p suppressedPage) shown(rd ui.Reader) string {
	if len(p.list) == tell.SuppressedShown {
		return "The newest " + rd.Int(int64(len(p.list))) + " of " + rd.Int(p.total) + ". Search for others."
	}
	return ""
}
