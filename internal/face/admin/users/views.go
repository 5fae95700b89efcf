package users

import (
	"net/http"
	"net/url"
	"slices"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/view"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/people"
	"involt/internal/kit/errs"
)

// listName is how saved views call this list.
const listName = "users"

// viewsFor returns the saved views that the visitor sees. One that holds a search
// may hold a name: it is there for those who may see names.
func (c *Pages) viewsFor(r *http.Request, v *frame.Visit) ([]view.View, error) {
	all, err := c.People.Views(r.Context(), v.By, listName)
	if !v.May(access.PersonalData) {
		all = slices.DeleteFunc(all, func(one view.View) bool { return queryOf(one).Has("q") })
	}
	return all, err
}

// queryOf reads a view's query; one of an older release may say more than the
// list understands.
func queryOf(one view.View) url.Values {
	q, err := url.ParseQuery(one.Query)
	if err != nil {
		return url.Values{}
	}
	return asked(q, lists)
}

// at is the list as the view shows it.
func (p *usersPage) at(one view.View) string { return atQuery(p.v, queryOf(one).Encode()) }

func atQuery(v *frame.Visit, query string) string {
	if query == "" {
		return v.To("/users")
	}
	return v.To("/users") + "?" + query
}

// current is the view that the list shows now; ok is false if it is none.
func (p *usersPage) current() (one view.View, ok bool) {
	now := asked(p.url.Query(), lists).Encode()
	for _, one := range p.views {
		if queryOf(one).Encode() == now {
			return one, true
		}
	}
	return one, false
}

// viewForm is the sheet in which a view is saved or changed.
type viewForm struct {
	v     *frame.Visit
	one   view.View // ID "" for a new one
	wrong ui.Errors
}

func (f *viewForm) fresh() bool { return f.one.ID == "" }

func (f *viewForm) sheet() ui.SheetProps {
	p := ui.SheetProps{Title: "Save this view", Href: f.v.To("/views/new") + "?" + f.one.Query, Back: ui.Link{Label: "Users", Href: atQuery(f.v, f.one.Query)}}
	if !f.fresh() {
		p.Title, p.Href = "View “"+f.one.Name+"”", f.v.To("/views/"+string(f.one.ID))
	}
	return p
}

func (c *Pages) showView(w http.ResponseWriter, r *http.Request, f *viewForm, status int) error {
	if ui.WantsSheet(r) {
		return ui.Render(w, r, status, viewSheet(f))
	}
	return ui.Render(w, r, status, viewPage(f, f.v.Shell(f.sheet().Title, ui.Link{Label: "People"}, ui.Link{Label: "Users", Href: f.v.To("/users")})))
}

// viewNew asks for the name under which the list of the query is saved.
func (c *Pages) viewNew(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	return c.showView(w, r, &viewForm{v: v, one: view.View{Query: asked(r.URL.Query(), lists).Encode()}}, http.StatusOK)
}

func (c *Pages) viewSave(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	q, err := url.ParseQuery(r.PostForm.Get("query"))
	if err != nil {
		q = url.Values{}
	}
	one := view.View{List: listName, Name: r.PostForm.Get("name"), Query: asked(q, lists).Encode(), Shared: r.PostForm.Get("shared") != ""}
	saved, err := c.People.SaveView(r.Context(), v.By, one)
	if wrong, ok := ui.ErrorsOf(err); ok {
		return c.showView(w, r, &viewForm{v: v, one: one, wrong: wrong}, http.StatusUnprocessableEntity)
	} else if err != nil {
		return err
	}
	ui.RedirectDone(w, r, atQuery(v, saved.Query), "view-saved", -1)
	return nil
}

// viewOf returns the view of the address, if it is among those that the visitor
// sees.
func (c *Pages) viewOf(r *http.Request, v *frame.Visit) (view.View, error) {
	one, err := c.People.View(r.Context(), v.By, id.View(r.PathValue("view")))
	if err == nil && queryOf(one).Has("q") && !v.May(access.PersonalData) {
		return view.View{}, errs.New(errs.NotFound, "There is no such view. Somebody may have removed it.")
	}
	return one, err
}

func (c *Pages) viewEdit(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	one, err := c.viewOf(r, v)
	if err != nil {
		return err
	}
	return c.showView(w, r, &viewForm{v: v, one: one}, http.StatusOK)
}

func (c *Pages) viewChange(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	one, err := c.viewOf(r, v)
	if err != nil {
		return err
	}
	name, shared := r.PostForm.Get("name"), r.PostForm.Get("shared") != ""
	err = c.People.ChangeView(r.Context(), v.By, one.ID, name, shared)
	if wrong, ok := ui.ErrorsOf(err); ok {
		f := &viewForm{v: v, one: one, wrong: wrong}
		f.one.Name, f.one.Shared = name, shared
		return c.showView(w, r, f, http.StatusUnprocessableEntity)
	} else if err != nil {
		return err
	}
	ui.RedirectDone(w, r, atQuery(v, one.Query), "view-saved", -1)
	return nil
}

func (c *Pages) viewRemove(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	one, err := c.viewOf(r, v)
	if err == nil {
		err = c.People.RemoveView(r.Context(), v.By, one.ID)
	}
	if err != nil {
		return err
	}
	ui.RedirectDone(w, r, atQuery(v, one.Query), "view-removed", -1)
	return nil
}

func mayChangeView(v *frame.Visit, one view.View) bool { return people.MayChangeView(v.By, &one) }
