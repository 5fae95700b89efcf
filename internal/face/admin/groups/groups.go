package groups

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/grant"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"

	"github.com/a-h/templ"
)

// listPage is the list of user groups with the form for a new one.
type listPage struct {
	v     *frame.Visit
	rd    ui.Reader
	shell ui.ConsoleProps
	list  []group.Group
	rules map[id.Group][]rule
	at    string // the button that moved a group gets the focus again
	typed group.Group
	wrong ui.Errors

	drivers string // of the new group, as they were typed
}

// rule is a rule of a group with the name of its place.
type rule struct {
	grant.Grant
	place string
	when  string // "" for always
}

func (c *Pages) groups(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	return c.showGroups(w, r, listPage{v: v, at: r.URL.Query().Get("at")}, http.StatusOK)
}

func (c *Pages) showGroups(w http.ResponseWriter, r *http.Request, p listPage, status int) error {
	offer, err := c.Browse.Choices(r.Context(), p.v.By)
	if err != nil {
		return err
	}
	p.list, p.rd = offer.Groups, ui.ReaderOf(r.Context())
	err = c.DB.View(r.Context(), func(tx *db.Tx) error {
		names, err := browse.PlaceNames(tx, p.v.By.Workspace)
		if err != nil {
			return err
		}
		all, err := grant.OfGroups(tx, p.v.By.Workspace)
		p.rules = map[id.Group][]rule{}
		for _, g := range all {
			p.rules[g.Group] = append(p.rules[g.Group], told(g, names[string(g.Location)+string(g.Charger)], p.rd))
		}
		return err
	})
	if err != nil {
		return err
	}
	p.shell = p.v.Shell("Groups", ui.Link{Label: "People"})
	p.shell.Toast = frame.Toast(r, Done)
	return ui.Render(w, r, status, groups(p))
}

// told puts a rule into words. place is the name of where it holds.
func told(g grant.Grant, place string, rd ui.Reader) rule {
	t := rule{Grant: g, place: "Everywhere", when: g.Hours.String()}
	if of := string(g.Location) + string(g.Charger); of != "" {
		t.place = cmp.Or(place, "A place that is gone")
	}
	var dates []string
	if t.when != "" {
		dates = append(dates, t.when)
	}
	if !g.From.IsZero() {
		dates = append(dates, "from "+rd.Date(g.From))
	}
	if !g.Until.IsZero() {
		dates = append(dates, "until "+rd.Date(g.Until.Add(-1))) // its last day
	}
	t.when = strings.Join(dates, ", ")
	return t
}

func (p listPage) table() ui.TableProps {
	t := ui.TableProps{Caption: "User groups, in order", Target: "list", Columns: []ui.Column{
		{Label: "Group", Main: true}, {Label: "Where and when"}, {Label: "Members", Num: true},
	}}
	if p.mayMove() {
		t.Columns = append(t.Columns, ui.Column{Label: "Order"})
	}
	t.Empty = ui.EmptyState("layers", "No user group yet", "A group opens places to all of its members at once. Add the first one here.", nil)
	for i, g := range p.list {
		row := ui.Row{ID: string(g.ID), Name: g.Name, Href: p.v.To("/groups/" + string(g.ID)), Sheet: true, Cells: []templ.Component{
			groupName(g), ruleLines(p.rules[g.ID]), ui.Number(g.Members),
		}}
		if p.mayMove() {
			row.Cells = append(row.Cells, p.movers(i))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func (p listPage) mayMove() bool { return p.v.Whole(access.PeopleWrite) && len(p.list) > 1 }

// mover is a button that moves a group one place.
func (p listPage) mover(g group.Group, way, icon string, end bool) ui.ButtonProps {
	b := ui.ButtonProps{Label: "Move " + g.Name + " " + way, Icon: icon, Only: true, Variant: "ghost", Size: "sm", Name: "way", Value: way, Disabled: end}
	if end {
		b.Why = "It is the " + map[string]string{"up": "first", "down": "last"}[way] + " already."
	}
	if p.at == string(g.ID)+"."+way && !end {
		b.Attrs = templ.Attributes{"autofocus": true}
	}
	return b
}

func (c *Pages) groupMove(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	g, way := id.Group(r.PathValue("group")), r.PostFormValue("way")
	places := 1
	if way == "up" {
		places = -1
	}
	if err := c.Equip.MoveGroup(r.Context(), v.By, g, places); err != nil {
		return err
	}
	ui.RedirectDone(w, r, v.To("/groups?at="+string(g)+"."+cmp.Or(way, "down")), "moved", -1)
	return nil
}

// mostDrivers is how many users the form of a new group takes.
const mostDrivers = 200

// driversNamed finds users by e-mail address or external ID, one a line. Those
// that are not there are an errs.Invalid at the field "drivers".
func driversNamed(tx *db.Tx, v *frame.Visit, text string) (list []id.Person, err error) {
	var emails, externals, missing []string
	for line := range strings.Lines(text) {
		switch line = strings.TrimSpace(line); {
		case line == "":
		case strings.Contains(line, "@") && v.May(access.PersonalData):
			email, err := person.CleanEmail(line)
			if err != nil {
				email = strings.ToLower(line) // nobody has it
			}
			emails = append(emails, email)
		default:
			externals = append(externals, line)
		}
	}
	if n := len(emails) + len(externals); n > mostDrivers {
		return nil, errs.AtField("drivers", "These are %d drivers; at most %d fit here. Select users in the list to add more.", n, mostDrivers)
	}
	byEmail, err := person.ByEmails(tx, v.By.Workspace, emails)
	if err != nil {
		return nil, err
	}
	byExternal, err := person.ByExternalIDs(tx, v.By.Workspace, externals)
	if err != nil {
		return nil, err
	}
	there := map[string]bool{}
	for _, p := range byEmail {
		there[p.Email] = true
		list = append(list, p.ID)
	}
	for _, p := range byExternal {
		there[p.ExternalID] = true
		list = append(list, p.ID)
	}
	for _, name := range slices.Concat(emails, externals) {
		if !there[name] {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return nil, errs.AtField("drivers", "There is no user %s. Write an e-mail address or an external ID of a user, one a line.", strings.Join(missing[:min(len(missing), 3)], ", "))
	}
	slices.Sort(list)
	return slices.Compact(list), nil
}

func (c *Pages) groupAdd(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	// Fields of their own: a group's sheet, with its name, opens over this form.
	const pre = "new_"
	g := group.Group{Name: r.PostFormValue(pre + "name"), Description: r.PostFormValue(pre + "description")}
	drivers := strings.ReplaceAll(r.PostFormValue(pre+"drivers"), "\r\n", "\n")
	var made group.Group
	err := c.DB.Update(r.Context(), func(tx *db.Tx) error {
		ctx := c.DB.Join(r.Context(), tx)
		var err error
		if made, err = c.Equip.AddGroup(ctx, v.By, g); err != nil {
			return err
		}
		list, err := driversNamed(tx, v, drivers)
		if err != nil {
			return err
		}
		for _, who := range list {
			if err := c.People.AddToGroup(ctx, v.By, made.ID, who); err != nil {
				return err
			}
		}
		return nil
	})
	if all, ok := ui.ErrorsOf(err); ok {
		wrong := ui.Errors{}
		for field, text := range all {
			wrong[pre+field] = text
		}
		return c.showGroups(w, r, listPage{v: v, typed: g, drivers: drivers, wrong: wrong}, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	ui.RedirectDone(w, r, v.To("/groups/"+string(made.ID)), "group-made", -1)
	return nil
}
