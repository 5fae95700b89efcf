package user

import (
	"net/http"
	"slices"
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"
	"involt/internal/flow/people"
	"involt/internal/kit/errs"

	"github.com/a-h/templ"
)

// mayName is what it takes to see who somebody is.
const mayName = access.PersonalData

// mergePage is the search for the other record, or the two side by side.
type mergePage struct {
	userPage
	q      string
	found  []browse.User
	more   bool
	other  id.Person // chosen; "" while it is searched for
	m      people.Merging
	mine   browse.Belongings
	theirs browse.Belongings
	gone   map[string]bool // by a field's name: the other record's value is chosen
	wrong  ui.Errors
}

// mergeShown is how many users the search for the other record shows.
const mergeShown = 8

func (c *Pages) mergeOf(r *http.Request, v *frame.Visit, other string) (p mergePage, err error) {
	if p.userPage, err = c.userOf(r, v); err != nil {
		return p, err
	}
	p.other = id.Person(other)
	if p.other == "" {
		return p, c.mergeFind(r, &p)
	}
	if p.m, err = c.People.MergePreview(r.Context(), v.By, p.d.Person.ID, p.other); err != nil {
		return p, err
	}
	p.gone = map[string]bool{}
	for _, f := range p.m.Fields {
		p.gone[f.Name] = f.Chosen
	}
	if p.mine, err = c.Browse.Belongings(r.Context(), v.By, p.d.Person.ID); err != nil {
		return p, err
	}
	p.theirs, err = c.Browse.Belongings(r.Context(), v.By, p.other)
	return p, err
}

// mergeFind searches for the other record, to begin with for the same last name.
func (c *Pages) mergeFind(r *http.Request, p *mergePage) error {
	query := r.URL.Query()
	p.q = strings.TrimSpace(query.Get("q"))
	p.sheet = p.sheet || query.Has("sheet") // the list alone is asked for anew
	if !query.Has("q") {
		p.q = p.d.Person.LastName
	}
	if p.q == "" {
		return nil
	}
	page, err := c.Browse.Users(r.Context(), p.v.By, browse.UserFilter{Q: p.q, Paging: browse.Paging{Limit: mergeShown + 2}})
	if err != nil {
		return err
	}
	p.found = slices.DeleteFunc(page.Rows, func(u browse.User) bool { return u.ID == p.d.Person.ID })
	p.more = len(p.found) > mergeShown
	p.found = p.found[:min(len(p.found), mergeShown)]
	return nil
}

func (c *Pages) merge(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.mergeOf(r, v, r.URL.Query().Get("with"))
	if err != nil {
		return err
	}
	return p.showMerge(w, r, http.StatusOK)
}

// chooses is the way to one who was found.
func (p mergePage) chooses(u browse.User) templ.Component {
	return ui.LinkButton(ui.ButtonProps{Label: "Choose", Variant: "outline", Size: "sm", Href: p.base + "/merge?with=" + string(u.ID), Attrs: p.choosing(u)})
}

func (p mergePage) showMerge(w http.ResponseWriter, r *http.Request, status int) error {
	if p.other == "" {
		return p.showPart(w, r, sprintf("Merge %s with…", p.d.Name), "/merge", status, mergeSearch(p))
	}
	return p.showPart(w, r, "Merge two records", "/merge?with="+string(p.other), status, mergeSides(p))
}

const choicePrefix = "choice."

func (c *Pages) mergeDo(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.mergeOf(r, v, r.PostFormValue("with"))
	if err != nil {
		return err
	}
	if p.other == "" {
		return p.showMerge(w, r, http.StatusOK)
	}
	choices := map[string]bool{}
	for _, f := range p.m.Fields {
		if said := r.PostFormValue(choicePrefix + f.Name); said != "" {
			choices[f.Name] = said == "gone"
			p.gone[f.Name] = said == "gone"
		}
	}
	if strings.TrimSpace(r.PostFormValue("confirm")) != p.mergeWord() {
		err = errs.AtField("confirm", "Type %s to merge. It cannot be undone.", p.mergeWord())
	} else {
		err = c.People.Merge(r.Context(), v.By, p.d.Person.ID, p.other, choices)
	}
	if wrong, ok := ui.ErrorsOf(err); ok {
		p.wrong = wrong
		return p.showMerge(w, r, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	ui.RedirectDone(w, r, p.base, "merged", -1)
	return nil
}

// mergeWord is what is typed to confirm: the name, in one line.
func (p mergePage) mergeWord() string { return strings.Join(strings.Fields(p.m.Keep.Name()), " ") }

// mergeLabel names a field that differs.
func (p mergePage) mergeLabel(f people.MergeField) string {
	switch f.Name {
	case people.ChooseLogin:
		return "Login and e-mail"
	case "status":
		return "Status"
	}
	for _, b := range basicFields {
		if b.name == f.Name {
			return p.labelOf(b)
		}
	}
	return f.Name
}

// mergeValue is a value of a field that differs, as it is read.
func mergeValue(f people.MergeField, text string) string {
	switch f.Name {
	case "status":
		return person.Status(text).Label()
	case "language":
		return frame.LanguageLabel(text)
	}
	return text
}

// holding is one line of what the two records hold.
type holding struct {
	label        string
	mine, theirs string
}

// holdings are what the two records hold, where one of them holds anything.
func (p mergePage) holdings() (list []holding) {
	add := func(label string, a, b int64) {
		if a > 0 || b > 0 {
			list = append(list, holding{label, p.rd.Int(a), p.rd.Int(b)})
		}
	}
	yes := func(label string, a, b bool) {
		word := map[bool]string{true: "yes", false: "no"}
		if a || b {
			list = append(list, holding{label, word[a], word[b]})
		}
	}
	a, b := p.mine, p.theirs
	yes("Login", a.Login, b.Login)
	add("Charging cards", a.Cards, b.Cards)
	add("Vehicles", a.Vehicles, b.Vehicles)
	add("User groups", a.Groups, b.Groups)
	add("Places open by name", a.Grants, b.Grants)
	add("Sessions", a.Sessions, b.Sessions)
	if a.Wh > 0 || b.Wh > 0 {
		list = append(list, holding{"Energy", p.rd.Decimal(a.Wh, 3, 0) + " kWh", p.rd.Decimal(b.Wh, 3, 0) + " kWh"})
	}
	add("Invitations", a.Invitations, b.Invitations)
	add("Messages", a.Messages, b.Messages)
	add("Staff roles", a.Roles, b.Roles)
	add("API keys", a.Keys, b.Keys)
	add("Saved views", a.Views, b.Views)
	yes("Leaves on a day", a.Leaves, b.Leaves)
	return list
}
