package approvals

import (
	"net/http"
	"strconv"
	"strings"

	"involt/internal/core/workspace"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/kit/mail"
)

// registrationPage is the setting that lets people ask to come in.
type registrationPage struct {
	v     *frame.Visit
	shell ui.ConsoleProps
	w     workspace.Workspace
	link  string
	wrong ui.Errors

	domains string // that need no approval, as they stand in the form
}

func (c *Pages) registration(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	return c.showRegistration(w, r, http.StatusOK, registrationPage{v: v, w: v.Workspace, domains: strings.Join(v.Workspace.AutoApprove, ", ")})
}

func (c *Pages) showRegistration(w http.ResponseWriter, r *http.Request, status int, p registrationPage) error {
	p.shell = p.v.Shell("Self-registration", ui.Link{Label: "Settings"})
	p.shell.Toast = frame.Toast(r, Done)
	p.link = c.Onboard.PublicURL + "/r/" + p.w.Slug
	return ui.Render(w, r, status, registration(p))
}

func (c *Pages) registrationSave(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p := registrationPage{v: v, w: v.Workspace, domains: r.PostFormValue("auto_approve")}
	p.w.SelfRegistration = r.PostFormValue("self_registration") != ""
	p.w.Welcome = strings.TrimSpace(strings.ReplaceAll(r.PostFormValue("welcome"), "\r\n", "\n"))
	if version, err := strconv.ParseInt(r.PostFormValue("version"), 10, 64); err == nil {
		p.w.Version = version
	}
	var wrong error
	p.w.AutoApprove, wrong = mail.ParseDomains("auto_approve", p.domains)
	err := wrong
	if err == nil {
		err = c.Enter.Settings(r.Context(), v.By, p.w)
	}
	if wrong, ok := ui.ErrorsOf(err); ok {
		p.wrong = wrong
		return c.showRegistration(w, r, http.StatusUnprocessableEntity, p)
	}
	if err != nil {
		return err
	}
	ui.RedirectDone(w, r, v.To("/registration"), "saved", -1)
	return nil
}
