package crew

import (
	"net/http"
	"slices"
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	read "involt/internal/flow/browse/crew"
)

// rolesForm is a form in which roles are chosen, and where each holds.
type rolesForm struct {
	v       *frame.Visit
	shell   ui.ConsoleProps
	gifts   read.Gifts
	email   string
	message string
	member  *read.Member // whose roles are changed; nil for somebody new
	chosen  map[string]bool
	where   map[string][]string // by role, labels of places as they stand in the fields; none or "" is the whole workspace
	kept    []read.Seat         // those that the visitor may not give, and so cannot change
	wrong   ui.Errors
}

// placesOffered is how many places the fields suggest; any can be typed.
const placesOffered = 1000

func (f *rolesForm) suggestions() []read.Place {
	return f.gifts.Places[:min(len(f.gifts.Places), placesOffered)]
}

// fields are the inputs for where a role holds: those that are filled and an empty
// one.
func (f *rolesForm) fields(r access.Role) []string {
	list := slices.DeleteFunc(slices.Clone(f.where[r.Key]), func(s string) bool { return s == "" })
	if len(list) == 0 && !f.gifts.Whole(r) && len(f.gifts.Places) == 1 {
		return []string{f.gifts.Places[0].Label} // there is but one place
	}
	return append(list, "")
}

// blank is what an empty field means.
func (f *rolesForm) blank(r access.Role, i int) string {
	switch {
	case i > 0:
		return "one more place, or nothing"
	case f.gifts.Whole(r):
		return "Whole workspace"
	case r.Only == access.InAccount:
		return "Account: …"
	default:
		return "Location: …, Group: … or Account: …"
	}
}

// hint says what can be typed.
func (f *rolesForm) hint(r access.Role, i int) string {
	switch {
	case i > 0:
		return ""
	case f.gifts.Whole(r):
		return "Empty for the whole workspace. Or type a few letters of a location, group or account, and choose."
	case r.Only == access.InAccount:
		return "Type a few letters of the account, and choose."
	default:
		return "Type a few letters of a location, group or account, and choose."
	}
}

// read takes the form as it was sent.
func (f *rolesForm) read(r *http.Request) {
	f.email, f.message = strings.TrimSpace(r.PostForm.Get("email")), strings.TrimSpace(r.PostForm.Get("message"))
	f.chosen, f.where = map[string]bool{}, map[string][]string{}
	for _, key := range r.PostForm["roles"] {
		f.chosen[key] = true
	}
	for _, role := range f.gifts.Roles {
		for _, label := range r.PostForm["at."+role.Key] {
			if label = strings.Join(strings.Fields(label), " "); label != "" {
				f.where[role.Key] = append(f.where[role.Key], label)
			}
		}
	}
}

// given are the roles that the form asks for, with those that are kept as they are.
func (f *rolesForm) given() (list []access.Given, wrong ui.Errors) {
	wrong = ui.Errors{}
	for key := range f.chosen {
		if !slices.ContainsFunc(f.gifts.Roles, func(r access.Role) bool { return r.Key == key }) {
			wrong["roles"] = "One of the roles is not there any more, or you may not give it. Choose again."
		}
	}
	for _, role := range f.gifts.Roles {
		if !f.chosen[role.Key] {
			continue
		}
		places := f.where[role.Key]
		if len(places) == 0 {
			if !f.gifts.Whole(role) {
				wrong["at."+role.Key] = "Say where the role holds: type a few letters and choose."
				continue
			}
			list = append(list, access.Given{Role: role.Key})
		}
		for _, label := range places {
			at, ok := f.gifts.Place(label)
			if !ok {
				wrong["at."+role.Key] = "There is nothing called “" + label + "” that you may give this role for. Type a few letters and choose from the list."
				continue
			}
			list = append(list, access.Given{Role: role.Key, At: at})
		}
	}
	for _, s := range f.kept {
		list = append(list, s.Given())
	}
	if len(wrong) == 0 {
		wrong = nil
	}
	return list, wrong
}

func (f *rolesForm) order() (list []string) {
	list = []string{"email", "roles"}
	for _, r := range f.gifts.Roles {
		list = append(list, "at."+r.Key)
	}
	return append(list, "message")
}

func (c *Pages) formOf(r *http.Request, v *frame.Visit) (f rolesForm, err error) {
	f = rolesForm{v: v, chosen: map[string]bool{}, where: map[string][]string{}}
	f.gifts, err = c.Read.Gifts(r.Context(), v.By)
	return f, err
}

func (c *Pages) form(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	f, err := c.formOf(r, v)
	if err != nil {
		return err
	}
	f.email = r.URL.Query().Get("email")
	return c.showForm(w, r, f, http.StatusOK)
}

func (c *Pages) showForm(w http.ResponseWriter, r *http.Request, f rolesForm, status int) error {
	title := "Add system user"
	crumbs := []ui.Link{{Label: "People"}, {Label: "System users", Href: f.v.To("/users/system")}}
	if f.member != nil {
		title = "Change roles"
		crumbs = append(crumbs, ui.Link{Label: f.member.Name, Href: f.v.To("/staff/" + string(f.member.ID))})
	}
	f.shell = f.v.Shell(title, crumbs...)
	return ui.Render(w, r, status, rolesPage(&f, title))
}

func (c *Pages) add(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	f, err := c.formOf(r, v)
	if err != nil {
		return err
	}
	f.read(r)
	var given []access.Given
	if given, f.wrong = f.given(); f.wrong == nil {
		added, err := c.Staff.Add(r.Context(), v.By, f.email, given, f.message)
		if err == nil {
			key := "given"
			if added.Invited {
				key = "invited"
			}
			ui.RedirectDone(w, r, v.To("/staff/"+string(added.Person)), key, -1)
			return nil
		}
		var ok bool
		if f.wrong, ok = ui.ErrorsOf(err); !ok {
			return err
		}
	}
	return c.showForm(w, r, f, http.StatusUnprocessableEntity)
}

// changing is the form with the roles that somebody has.
func (c *Pages) changing(r *http.Request, v *frame.Visit) (f rolesForm, err error) {
	if f, err = c.formOf(r, v); err != nil {
		return f, err
	}
	m, err := c.Read.Member(r.Context(), v.By, id.Person(r.PathValue("user")))
	if err != nil {
		return f, err
	}
	f.member = &m
	for _, s := range m.Seats {
		label := f.gifts.Label(s.At)
		if !v.By.MayGive([]access.Held{s.Held}) || s.At != (access.Scope{}) && label == "" {
			f.kept = append(f.kept, s)
			continue
		}
		f.chosen[s.Key] = true
		if label != "" {
			f.where[s.Key] = append(f.where[s.Key], label)
		}
	}
	return f, nil
}

func (c *Pages) rolesForm(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	f, err := c.changing(r, v)
	if err != nil {
		return err
	}
	return c.showForm(w, r, f, http.StatusOK)
}

func (c *Pages) rolesSave(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	f, err := c.changing(r, v)
	if err != nil {
		return err
	}
	offered := slices.ContainsFunc(f.member.Seats, func(s read.Seat) bool { return s.Offered })
	f.read(r)
	var given []access.Given
	if given, f.wrong = f.given(); f.wrong == nil {
		err := c.Staff.Change(r.Context(), v.By, f.member.ID, given)
		if err == nil {
			key, to := "roles-saved", v.To("/staff/"+string(f.member.ID))
			if offered {
				key = "offer-saved"
			}
			if len(given) == 0 {
				to = v.To("/users/system")
			}
			ui.RedirectDone(w, r, to, key, -1)
			return nil
		}
		var ok bool
		if f.wrong, ok = ui.ErrorsOf(err); !ok {
			return err
		}
	}
	return c.showForm(w, r, f, http.StatusUnprocessableEntity)
}
