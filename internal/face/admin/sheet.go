package admin

import (
	"net/http"

	"involt/internal/face/ui"

	"github.com/a-h/templ"
)

// showSheet answers with the page of one thing: as a sheet beside the list, or
// as a page of its own below the crumbs.
func (c *Console) showSheet(w http.ResponseWriter, r *http.Request, v *visit, s ui.SheetProps, status int, done *ui.ToastProps, inside templ.Component, crumbs ...ui.Link) error {
	if ui.WantsSheet(r) {
		s.Toast = done
		return ui.Render(w, r, status, sheetOf(s, inside))
	}
	shell := c.shell(v, s.Title, crumbs...)
	shell.Toast = done
	return ui.Render(w, r, status, sheetPageOf(shell, s, inside))
}

// question is asked before something that takes something away.
type question struct {
	title, text string // "Revoke “Billing”?", and what that means
	action      string // where the answer goes
	label, icon string // of the button
	crumbs      []ui.Link
	back        ui.Link
}

// ask answers with a question, in the sheet or as a page.
func (c *Console) ask(w http.ResponseWriter, r *http.Request, v *visit, q question) error {
	return c.showSheet(w, r, v, ui.SheetProps{Title: q.title, Href: q.action, Back: q.back}, http.StatusOK, nil, questionInside(q), q.crumbs...)
}
