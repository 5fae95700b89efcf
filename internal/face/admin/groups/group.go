package groups

import (
	"net/http"
	"strconv"
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"
	"involt/internal/flow/review"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"

	"github.com/a-h/templ"
)

// groupPage is one group: what it is called, where its members may charge and
// when, and who they are.
type groupPage struct {
	v       *frame.Visit
	d       browse.GroupDetail
	rd      ui.Reader
	base    string
	rules   []rule
	members []browse.User // the first few
	review  review.State
	taken   int64       // who have no group, where it is the default one
	typed   group.Group // name and description as they stand in the form
	wrong   ui.Errors   // of those
	add     ruleForm    // the form for one more rule
	place   string      // chosen in it
	notice  string      // what went wrong with something that has no form

	inSheet bool

	q     string // who was looked for
	found []browse.User
	in    map[id.Person]bool // those of them who are members
	atQ   bool
}

// fewMembers is how many are listed on a group's page.
const fewMembers = 8

func (c *Pages) groupOf(r *http.Request, v *frame.Visit) (p groupPage, err error) {
	ctx := r.Context()
	d, err := c.Browse.Group(ctx, v.By, id.Group(r.PathValue("group")))
	if err != nil {
		return p, err
	}
	p = groupPage{v: v, d: d, inSheet: ui.WantsSheet(r), rd: ui.ReaderOf(ctx), base: v.To("/groups/" + string(d.ID)), typed: d.Group, add: newForm()}
	for _, g := range d.Grants {
		p.rules = append(p.rules, told(g.Grant, g.Place, p.rd))
	}
	some, err := c.Browse.Users(ctx, v.By, browse.UserFilter{Group: d.ID, Paging: browse.Paging{Limit: fewMembers}})
	if err != nil {
		return p, err
	}
	p.members = some.Rows
	if p.review, err = c.Review.Of(ctx, v.By, d.ID); err != nil {
		return p, err
	}
	if d.Default {
		without, err := c.Browse.Users(ctx, v.By, browse.UserFilter{NoGroup: true, Status: person.Active, Paging: browse.Paging{Limit: 1}})
		if err != nil {
			return p, err
		}
		p.taken = without.Counts[person.Active]
	}
	return p, nil
}

func (c *Pages) group(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.groupOf(r, v)
	if err != nil {
		return err
	}
	return c.showGroup(w, r, p, http.StatusOK)
}

func (c *Pages) showGroup(w http.ResponseWriter, r *http.Request, p groupPage, status int) error {
	key, _ := ui.Done(r)
	p.atQ = p.atQ || strings.HasPrefix(key, "member-")
	sheet := ui.SheetProps{Title: p.d.Name, Sub: p.members2(), Href: p.base, Back: ui.Link{Label: "Groups", Href: p.v.To("/groups")}}
	if p.d.Default {
		sheet.Badge = ui.Tag("Default: takes everyone who has no group")
	}
	return c.sheet(w, r, p.v, sheet, groupInside(p), status)
}

// sheet shows something of a group in the sheet, or as a page of its own.
func (c *Pages) sheet(w http.ResponseWriter, r *http.Request, v *frame.Visit, s ui.SheetProps, inside templ.Component, status int) error {
	if ui.WantsSheet(r) {
		s.Toast = frame.Toast(r, Done)
		return ui.Render(w, r, status, sheetAlone(s, inside))
	}
	crumbs := []ui.Link{{Label: "People"}, {Label: "Groups", Href: v.To("/groups")}}
	if s.Back.Label != "Groups" {
		crumbs = append(crumbs, s.Back)
	}
	shell := v.Shell(s.Title, crumbs...)
	shell.Toast = frame.Toast(r, Done)
	return ui.Render(w, r, status, sheetWhole(shell, s, inside))
}

func (p groupPage) members2() string {
	if p.d.Members == 1 {
		return "1 member"
	}
	return p.rd.Int(p.d.Members) + " members"
}

// again shows the group's page with what went wrong, if that is for people to
// read.
func (c *Pages) again(w http.ResponseWriter, r *http.Request, v *frame.Visit, err error, show func(*groupPage, ui.Errors)) error {
	wrong, ok := ui.ErrorsOf(err)
	if !ok {
		return err
	}
	p, err := c.groupOf(r, v)
	if err != nil {
		return err
	}
	show(&p, wrong)
	return c.showGroup(w, r, p, http.StatusUnprocessableEntity)
}

// asNotice shows what went wrong at the top.
func asNotice(p *groupPage, wrong ui.Errors) {
	for _, text := range wrong {
		p.notice = text
	}
}

func (c *Pages) done(w http.ResponseWriter, r *http.Request, v *frame.Visit, key string) error {
	ui.RedirectDone(w, r, v.To("/groups/"+r.PathValue("group")), key, -1)
	return nil
}

// saveTries is how often saving is tried when somebody else saves at the same
// moment.
const saveTries = 5

// groupSave changes name and description. What the form did not touch stays as
// somebody else may have left it; what both changed is an error that shows the
// other's.
func (c *Pages) groupSave(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	for try := 1; ; try++ {
		d, err := c.Browse.Group(r.Context(), v.By, id.Group(r.PathValue("group")))
		if err != nil {
			return err
		}
		g := d.Group
		wrong := ui.Errors{}
		for name, now := range map[string]*string{"name": &g.Name, "description": &g.Description} {
			typed, was := strings.TrimSpace(strings.ReplaceAll(r.PostFormValue(name), "\r\n", "\n")), strings.ReplaceAll(r.PostFormValue("was."+name), "\r\n", "\n")
			if !r.PostForm.Has("was." + name) {
				was = *now
			}
			switch {
			case typed == was:
				continue
			case *now != was && *now != typed:
				wrong[name] = "Somebody else has meanwhile written “" + *now + "” here. Save again to put yours in its place."
			}
			*now = typed
		}
		if len(wrong) == 0 {
			_, err = c.Equip.SaveGroup(r.Context(), v.By, g)
			if errs.KindOf(err) == errs.Conflict && try < saveTries {
				continue
			}
			if err == nil {
				return c.done(w, r, v, "group-saved")
			}
		} else {
			err = errs.New(errs.Conflict, "changed by somebody else")
		}
		return c.again(w, r, v, err, func(p *groupPage, all ui.Errors) {
			p.typed, p.wrong = g, all
			if len(wrong) > 0 {
				p.wrong = wrong
			}
		})
	}
}

func (p groupPage) was() []ui.Hidden {
	return []ui.Hidden{{Name: "was.name", Value: p.d.Name}, {Name: "was.description", Value: p.d.Description}}
}

func (p groupPage) stats() []ui.Stat {
	s := ui.Stat{Label: "Members", Value: p.rd.Int(p.d.Members), Href: p.v.To("/users?group=" + string(p.d.ID))}
	if p.taken > 0 {
		s.Sub = "and takes " + p.rd.Int(p.taken) + " who have no group"
	}
	places := ui.Stat{Label: "Places", Value: strconv.Itoa(len(p.rules))}
	for _, g := range p.rules {
		if g.Location == "" && g.Charger == "" {
			places.Value = "All"
		}
	}
	return []ui.Stat{s, places}
}

func (c *Pages) memberFind(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	return c.find(w, r, v, strings.TrimSpace(r.PostFormValue("q")), http.StatusOK)
}

func (c *Pages) find(w http.ResponseWriter, r *http.Request, v *frame.Visit, q string, status int) error {
	p, err := c.groupOf(r, v)
	if err != nil {
		return err
	}
	if p.q, p.atQ = q, true; q != "" {
		some, err := c.Browse.Users(r.Context(), v.By, browse.UserFilter{Q: q, Paging: browse.Paging{Limit: fewMembers}})
		if err != nil {
			return err
		}
		p.found = some.Rows
		list := make([]id.Person, len(p.found))
		for i := range p.found {
			list[i] = p.found[i].ID
		}
		err = c.DB.View(r.Context(), func(tx *db.Tx) (err error) {
			p.in, err = group.MembersAmong(tx, v.By.Workspace, p.d.ID, list)
			return err
		})
		if err != nil {
			return err
		}
	}
	return c.showGroup(w, r, p, status)
}

func (c *Pages) memberAdd(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	err := c.People.AddToGroup(r.Context(), v.By, id.Group(r.PathValue("group")), id.Person(r.PostFormValue("user")))
	if err != nil {
		return c.again(w, r, v, err, asNotice)
	}
	return c.done(w, r, v, "member-added")
}

func (c *Pages) memberRemove(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	err := c.People.RemoveFromGroup(r.Context(), v.By, id.Group(r.PathValue("group")), id.Person(r.PathValue("user")))
	if err != nil {
		return c.again(w, r, v, err, asNotice)
	}
	return c.done(w, r, v, "member-removed")
}

// within lets a link of something in the sheet open there too. As a page of its
// own it leads to pages.
func within(inSheet bool, href string) templ.Attributes {
	if inSheet {
		return ui.OpensSheet(href)
	}
	return nil
}

// mayWrite reports whether the visitor may change what the group is; its members
// those may change too who have the group alone.
func (p groupPage) mayWrite() bool { return p.v.Whole(access.PeopleWrite) }

func (p groupPage) mayMember() bool {
	return p.v.Holds(access.PeopleWrite, access.InGroup, string(p.d.ID))
}
