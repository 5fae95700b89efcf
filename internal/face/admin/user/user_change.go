package user

import (
	"net/http"

	"involt/internal/core/id"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/kit/errs"
)

// change answers a change made in a user's sidebar: back to it with a sentence
// if it worked, and the focus at what was changed; else the sidebar again, with
// show having put what went wrong where it belongs.
func (c *Pages) change(w http.ResponseWriter, r *http.Request, v *frame.Visit, done, at string, err error, show func(*userPage, ui.Errors)) error {
	if err == nil {
		to := v.To("/users/" + r.PathValue("user"))
		if at != "" {
			to += "?at=" + at
		}
		ui.RedirectDone(w, r, to, done, -1)
		return nil
	}
	wrong, ok := ui.ErrorsOf(err)
	if !ok {
		return err
	}
	p, err := c.userOf(r, v)
	if err != nil {
		return err
	}
	show(&p, wrong)
	return c.showUser(w, r, p, http.StatusUnprocessableEntity)
}

// asNotice shows what went wrong at the top.
func asNotice(p *userPage, wrong ui.Errors) {
	for _, text := range wrong {
		p.notice = text
	}
}

func (c *Pages) userInvite(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	who := id.Person(r.PathValue("user"))
	if _, err := c.Browse.User(r.Context(), v.By, who); err != nil {
		return err
	}
	out, err := c.Onboard.InviteAgain(r.Context(), v.By, []id.Person{who})
	if err == nil && len(out) == 1 && !out[0].Done {
		err = errs.New(errs.Conflict, "%s %s.", out[0].Name, out[0].Why)
	}
	return c.change(w, r, v, "resent", "", err, asNotice)
}

func (c *Pages) userGroupAdd(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	who, g := id.Person(r.PathValue("user")), id.Group(r.PostFormValue("group"))
	if _, err := c.Browse.User(r.Context(), v.By, who); err != nil {
		return err
	}
	if g == "" {
		return c.change(w, r, v, "", "", errs.New(errs.Invalid, "Choose the group first."), asNotice)
	}
	err := c.People.AddToGroup(r.Context(), v.By, g, who)
	if errs.KindOf(err) == errs.NotFound { // the group: the user was here a moment ago
		err = errs.New(errs.Conflict, "%s", errs.Text(err))
	}
	return c.change(w, r, v, "group-added", "groups", err, asNotice)
}

func (c *Pages) userGroupRemove(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	err := c.People.RemoveFromGroup(r.Context(), v.By, id.Group(r.PathValue("group")), id.Person(r.PathValue("user")))
	return c.change(w, r, v, "group-removed", "groups", err, asNotice)
}
