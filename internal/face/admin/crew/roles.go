package crew

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/person"
	"involt/internal/core/role"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/staff"
	"involt/internal/kit/errs"

	"github.com/a-h/templ"
)

// rolesList is the page of all roles and what each may do.
type rolesList struct {
	v     *frame.Visit
	shell ui.ConsoleProps
	ready []access.Role
	own   []access.Role
}

func (c *Pages) roles(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	all, err := c.Staff.Roles(r.Context(), v.By)
	if err != nil {
		return err
	}
	p := rolesList{v: v}
	for _, one := range all {
		if one.Own {
			p.own = append(p.own, one)
		} else {
			p.ready = append(p.ready, one)
		}
	}
	p.shell = v.Shell("Roles", ui.Link{Label: "Settings"})
	p.shell.Toast = frame.Toast(r, done)
	return ui.Render(w, r, http.StatusOK, rolesWhole(p))
}

func (p rolesList) ownTable() ui.TableProps {
	t := ui.TableProps{
		Caption: "Roles of your own", Columns: []ui.Column{{Label: "Role", Main: true}, {Label: "May"}},
		Empty: ui.EmptyState("shield", "No role of your own yet", "If none of the roles below fits, make one from the list of permissions.",
			ui.LinkButton(ui.ButtonProps{Label: "New role", Icon: "plus", Variant: "outline", Href: p.v.To("/roles/new")})),
	}
	for _, r := range p.own {
		t.Rows = append(t.Rows, ui.Row{ID: r.Key, Name: r.Label, Href: p.v.To("/roles/" + r.Key), Cells: []templ.Component{ui.Two(r.Label, r.Does), roleMay(r)}})
	}
	return t
}

// roleForm is a role of the workspace's own, as it stands in the form.
type roleForm struct {
	v     *frame.Visit
	shell ui.ConsoleProps
	r     role.Role
	perms []string // names of permissions, as they are ticked
	fixed bool     // it holds more than the visitor could give: it can be read only
	has   []person.Person
	wrong ui.Errors
}

func (f *roleForm) fresh() bool { return f.r.Key == "" }

func (f *roleForm) at() string {
	if f.fresh() {
		return f.v.To("/roles")
	}
	return f.v.To("/roles/" + f.r.Key)
}

// fields are the permissions that the visitor could give, as boxes to tick.
func (f *roleForm) fields() (list []ui.Field) {
	for _, p := range frame.Permissions {
		name := p.Perm.Names()[0]
		on := slices.Contains(f.perms, name)
		if !f.v.By.Delegable(access.Role{Perms: p.Perm}, access.Scope{}) && !on {
			continue
		}
		list = append(list, ui.Field{
			Name: "perms", ID: ui.FieldID("perms-" + strings.ReplaceAll(name, ":", "-")), Label: p.Label, Hint: p.Does, Value: name, Checked: on, Optional: true, Disabled: f.fixed,
		})
	}
	if len(list) > 0 {
		list[0].ID, list[0].Error = ui.FieldID("perms"), f.wrong.Of("perms") // where the summary of errors leads
	}
	return list
}

func (f *roleForm) hidden() []ui.Hidden {
	if f.fresh() {
		return nil
	}
	return []ui.Hidden{{Name: "version", Value: strconv.FormatInt(f.r.Version, 10)}}
}

func (f *roleForm) whoHas() string {
	if len(f.has) == 0 {
		return "Nobody holds it, and nobody is invited with it."
	}
	return staff.WhoHas(f.v.By, f.has) + "."
}

func (c *Pages) showRole(w http.ResponseWriter, r *http.Request, f *roleForm, status int) error {
	title := "New role"
	if !f.fresh() {
		title = f.r.Label
	}
	f.shell = f.v.Shell(title, ui.Link{Label: "Settings"}, ui.Link{Label: "Roles", Href: f.v.To("/roles")})
	f.shell.Toast = frame.Toast(r, done)
	return ui.Render(w, r, status, rolePage(f, title))
}

func (c *Pages) roleNew(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	return c.showRole(w, r, &roleForm{v: v}, http.StatusOK)
}

// typed reads a role from the form.
func (f *roleForm) typed(r *http.Request) error {
	f.r.Label, f.r.Does, f.perms = r.PostForm.Get("label"), r.PostForm.Get("does"), r.PostForm["perms"]
	var err error
	f.r.Perms, err = access.ParsePerms(f.perms)
	if err != nil {
		return errs.AtField("perms", "%s", errs.Text(err))
	}
	return nil
}

func (c *Pages) roleAdd(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	f := &roleForm{v: v}
	err := f.typed(r)
	if err == nil {
		_, err = c.Staff.MakeRole(r.Context(), v.By, f.r)
	}
	var ok bool
	if f.wrong, ok = ui.ErrorsOf(err); ok {
		return c.showRole(w, r, f, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	ui.RedirectDone(w, r, v.To("/roles"), "role-made", -1)
	return nil
}

func (c *Pages) roleOf(r *http.Request, v *frame.Visit) (*roleForm, error) {
	f := &roleForm{v: v}
	var err error
	if f.r, f.has, err = c.Staff.Role(r.Context(), v.By, r.PathValue("role")); err != nil {
		return nil, err
	}
	f.perms = f.r.Perms.Names()
	f.fixed = !v.By.Delegable(f.r.Role, access.Scope{})
	return f, nil
}

func (c *Pages) role(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	f, err := c.roleOf(r, v)
	if err != nil {
		return err
	}
	return c.showRole(w, r, f, http.StatusOK)
}

func (c *Pages) roleSave(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	f, err := c.roleOf(r, v)
	if err != nil {
		return err
	}
	if n, err := strconv.ParseInt(r.PostForm.Get("version"), 10, 64); err == nil {
		f.r.Version = n
	}
	if err = f.typed(r); err == nil {
		_, err = c.Staff.SaveRole(r.Context(), v.By, f.r)
	}
	var ok bool
	if f.wrong, ok = ui.ErrorsOf(err); ok {
		return c.showRole(w, r, f, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	ui.RedirectDone(w, r, v.To("/roles/"+f.r.Key), "role-saved", -1)
	return nil
}

func (c *Pages) roleRemove(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	f, err := c.roleOf(r, v)
	if err != nil {
		return err
	}
	err = c.Staff.RemoveRole(r.Context(), v.By, f.r.Key)
	var ok bool
	if f.wrong, ok = ui.ErrorsOf(err); ok {
		return c.showRole(w, r, f, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	ui.RedirectDone(w, r, v.To("/roles"), "role-removed", -1)
	return nil
}
