package user

import (
	"net/http"
	"strings"

	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/kit/errs"
)

// basicField is a field of the form of basic information.
type basicField struct {
	name string
	of   func(*person.Person) *string
}

var basicFields = []basicField{
	{"first_name", func(p *person.Person) *string { return &p.FirstName }},
	{"last_name", func(p *person.Person) *string { return &p.LastName }},
	{"phone", func(p *person.Person) *string { return &p.Phone }},
	{"language", func(p *person.Person) *string { return &p.Language }},
	{"external_id", func(p *person.Person) *string { return &p.ExternalID }},
	{"cost_center", func(p *person.Person) *string { return &p.CostCenter }},
	{"info_1", func(p *person.Person) *string { return &p.Info1 }},
	{"info_2", func(p *person.Person) *string { return &p.Info2 }},
}

// wasPrefix stands before the names of the hidden fields that hold what the form
// was opened with.
const wasPrefix = "was."

// was are the hidden fields of the form: what the database holds now.
func (p userPage) was() (list []ui.Hidden) {
	for _, f := range basicFields {
		list = append(list, ui.Hidden{Name: wasPrefix + f.name, Value: *f.of(&p.d.Person)})
	}
	return list
}

// merge puts what was changed in the form into p, which is the user as they are
// now. What the form did not touch stays as somebody else may have left it. A
// field that both changed is an error, and p holds what was typed.
func merge(p *person.Person, r *http.Request) ui.Errors {
	wrong := ui.Errors{}
	for _, f := range basicFields {
		if !r.PostForm.Has(f.name) {
			continue
		}
		now := f.of(p)
		typed, was := strings.TrimSpace(r.PostForm.Get(f.name)), *now
		if r.PostForm.Has(wasPrefix + f.name) {
			was = r.PostForm.Get(wasPrefix + f.name)
		}
		switch {
		case typed == was: // not touched
			continue
		case *now == was || *now == typed:
		case *now == "":
			wrong[f.name] = "Somebody else has meanwhile emptied this field. Save again to put yours in its place."
		default:
			wrong[f.name] = "Somebody else has meanwhile written “" + *now + "” here. Save again to put yours in its place."
		}
		*now = typed
	}
	return wrong
}

// mergeTries is how often saving is tried when somebody else saves at the same
// moment.
const mergeTries = 5

func (c *Pages) userSave(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	if err := r.ParseForm(); err != nil {
		return errs.New(errs.Invalid, "The form could not be read.")
	}
	for try := 1; ; try++ {
		d, err := c.Browse.User(r.Context(), v.By, id.Person(r.PathValue("user")))
		if err != nil {
			return err
		}
		p := d.Person
		wrong := merge(&p, r)
		if len(wrong) == 0 {
			_, err = c.People.Update(r.Context(), v.By, p)
			if errs.KindOf(err) == errs.Conflict && try < mergeTries {
				continue
			}
			return c.change(w, r, v, "saved", err, func(page *userPage, wrong ui.Errors) { page.wrong, page.form = wrong, p })
		}
		page, err := c.userOf(r, v)
		if err != nil {
			return err
		}
		page.wrong, page.form = wrong, p
		return c.showUser(w, r, page, http.StatusUnprocessableEntity)
	}
}
