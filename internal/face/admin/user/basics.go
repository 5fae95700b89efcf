package user

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/core/source"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"
	"involt/internal/flow/browse/origin"
	"involt/internal/flow/people"
	"involt/internal/kit/errs"

	"github.com/a-h/templ"
)

// basicField is a field of the basic information.
type basicField struct {
	name, label string
	of          func(*person.Person) *string
}

var basicFields = []basicField{
	{"first_name", "First name", func(p *person.Person) *string { return &p.FirstName }},
	{"last_name", "Last name", func(p *person.Person) *string { return &p.LastName }},
	{"email", "E-mail", func(p *person.Person) *string { return &p.Email }},
	{"phone", "Phone", func(p *person.Person) *string { return &p.Phone }},
	{"language", "Language of mails", func(p *person.Person) *string { return &p.Language }},
	{"external_id", "External id", func(p *person.Person) *string { return &p.ExternalID }},
	{"cost_center", "Cost center", func(p *person.Person) *string { return &p.CostCenter }},
	{"info_1", "", func(p *person.Person) *string { return &p.Info1 }},
	{"info_2", "", func(p *person.Person) *string { return &p.Info2 }},
}

// labelOf is a field's label; the workspace names info 1 and 2.
func (p userPage) labelOf(f basicField) string {
	switch f.name {
	case "info_1":
		return p.label[0]
	case "info_2":
		return p.label[1]
	default:
		return f.label
	}
}

// shown is a field's value as it is read.
func (p userPage) shown(f basicField) templ.Component {
	text := *f.of(&p.d.Person)
	if f.name == "language" {
		if text == "" {
			return ui.Quiet("As the workspace")
		}
		text = frame.LanguageLabel(text)
	}
	if text == "" {
		return nil
	}
	if s, ok := p.d.Sources[f.name]; ok {
		return sourced(own(text), sourceText(s), s.At)
	}
	return own(text)
}

// sourceText says where something comes from; a day follows.
func sourceText(s origin.Source) string {
	by := ""
	if s.By != "" {
		by = " by " + s.By
	}
	switch s.Kind {
	case source.File:
		if s.By != "" {
			return "From " + s.By
		}
		return "From a file"
	case source.Driver:
		return "Written by the user"
	case source.Integration:
		return "Written by a program"
	default:
		return "Changed by hand" + by
	}
}

// madeText says where everything comes from that says nothing else.
func (p userPage) madeText() string {
	switch m := p.d.Made; {
	case m.At.IsZero():
		return ""
	case m.Kind == source.Admin && m.By != "":
		return "Entered by " + m.By
	case m.Kind == source.Admin:
		return "Entered by hand"
	default:
		return sourceText(m)
	}
}

// field is a field's input.
func (p userPage) field(f basicField) templ.Component {
	in := ui.Field{Name: f.name, Label: p.labelOf(f), HideLabel: true, Optional: f.name != "email", Value: *f.of(&p.form), Error: p.wrong.Of(f.name), Autocomplete: "off"}
	switch f.name {
	case "language":
		in.Placeholder = "As the workspace"
		return ui.Select(in, p.languages())
	case "cost_center":
		return ui.Combobox(in, p.costCenters(), true)
	case "phone":
		in.Type = "tel"
	case "email":
		in.Type = "email"
		if p.d.Status == person.Invited {
			in.Hint = "The open invitation went to the old address: it is revoked, and they are Imported until you invite them again."
		}
	}
	return ui.Input(in)
}

// fixed says why a field cannot be changed here; "" if it can.
func (p userPage) fixed(f basicField) string {
	if f.name == "email" && p.d.User.Identity != "" {
		return "They sign in with it, so only they can change it."
	}
	return ""
}

func (p userPage) languages() []ui.Option {
	if l := p.form.Language; l != "" && !slices.ContainsFunc(frame.Languages, func(o ui.Option) bool { return o.Value == l }) {
		return append(slices.Clip(frame.Languages), ui.Option{Value: l, Label: l})
	}
	return frame.Languages
}

// costCenters are those there are, for the combobox.
func (p userPage) costCenters() (list []ui.Option) {
	for _, name := range p.d.CostCenters {
		list = append(list, ui.Option{Value: name, Label: name})
	}
	return list
}

// wasPrefix stands before the names of the hidden fields that hold what the form
// was opened with.
const wasPrefix = "was."

// was is the hidden field beside a field: what the database holds now.
func (p userPage) was(f basicField) []ui.Hidden {
	return []ui.Hidden{{Name: wasPrefix + f.name, Value: *f.of(&p.d.Person)}}
}

// mergeForm puts what was changed in the form into p, which is the user as they
// are now. What the form did not touch stays as somebody else may have left it. A
// field that both changed is an error, in the words of wrote, and p holds what
// was typed.
func mergeForm(p *person.Person, form url.Values, wrote func(field, now string) string) ui.Errors {
	wrong := ui.Errors{}
	for _, f := range basicFields {
		if !form.Has(f.name) {
			continue
		}
		now := f.of(p)
		typed, was := strings.TrimSpace(form.Get(f.name)), *now
		if form.Has(wasPrefix + f.name) {
			was = form.Get(wasPrefix + f.name)
		}
		switch {
		case typed == was: // not touched
			continue
		case *now == was || *now == typed:
		default:
			wrong[f.name] = wrote(f.name, *now) + " Save again to put yours in its place."
		}
		*now = typed
	}
	return wrong
}

// wroteBy says who changed a field last and what they wrote, as far as the
// visitor may read the journal.
func wroteBy(d *browse.UserDetail, rd ui.Reader) func(field, now string) string {
	return func(field, now string) string {
		who, ago := "Somebody else", ""
		for _, a := range d.Activity {
			pair, ok := a.Value[field].([]any)
			if a.What != "person.updated" || !ok || len(pair) != 2 || pair[1] != now {
				continue
			}
			if a.ActorName != "" {
				who = a.ActorName
			}
			ago = " " + rd.Ago(a.At)
			break
		}
		if now == "" {
			return who + " emptied this field" + ago + "."
		}
		return fmt.Sprintf("%s wrote “%s” here%s.", who, now, ago)
	}
}

// mergeTries is how often saving is tried when somebody else saves at the same
// moment.
const mergeTries = 5

func (c *Pages) userSave(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	if err := r.ParseForm(); err != nil {
		return errs.New(errs.Invalid, "The form could not be read.")
	}
	who := id.Person(r.PathValue("user"))
	for try := 1; ; try++ {
		d, err := c.Browse.User(r.Context(), v.By, who)
		if err != nil {
			return err
		}
		p := d.Person
		wrong := mergeForm(&p, r.PostForm, wroteBy(&d, ui.ReaderOf(r.Context())))
		if len(wrong) > 0 {
			page, err := c.userOf(r, v)
			if err != nil {
				return err
			}
			page.wrong, page.form = wrong, p
			return c.showUser(w, r, page, http.StatusUnprocessableEntity)
		}
		done := "saved"
		if p.Email != d.Person.Email {
			done = "email-saved"
			if d.Status == person.Invited {
				done = "email-revoked"
			}
			_, err = c.People.CorrectEmail(r.Context(), v.By, who, p.Version, p.Email)
		} else {
			_, err = c.People.Update(r.Context(), v.By, p)
		}
		if errs.KindOf(err) == errs.Conflict && try < mergeTries {
			continue
		}
		return c.change(w, r, v, done, savedAt(r.PostForm), err, func(page *userPage, wrong ui.Errors) {
			page.wrong, page.form = wrong, p
			if t, ok := errors.AsType[*people.Taken](err); ok {
				page.taken = t.Person
			}
		})
	}
}

// savedAt is the field whose form was sent.
func savedAt(form url.Values) string {
	for _, f := range basicFields {
		if form.Has(f.name) {
			return f.name
		}
	}
	return ""
}
