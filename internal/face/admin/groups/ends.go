package groups

import (
	"errors"
	"net/http"

	"involt/internal/core/grant"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/workspace"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"
	"involt/internal/flow/equip"
	"involt/internal/kit/db"
)

// endPage is the question before a group is deleted, or becomes the default one
// or stops being it: what that does to people.
type endPage struct {
	v      *frame.Visit
	rd     ui.Reader
	d      browse.GroupDetail
	base   string
	effect frame.Effect
	seen   string
	stale  bool // what was seen is not what there is
	wrong  ui.Errors

	inSheet bool

	on   bool     // it becomes the default group
	heir id.Group // takes those who would be left without
	only int64    // active members who are in no other group
}

func (c *Pages) endOf(r *http.Request, v *frame.Visit) (p endPage, err error) {
	d, err := c.Browse.Group(r.Context(), v.By, id.Group(r.PathValue("group")))
	if err != nil {
		return p, err
	}
	p = endPage{v: v, inSheet: ui.WantsSheet(r), rd: ui.ReaderOf(r.Context()), d: d, base: v.To("/groups/" + string(d.ID)), on: r.FormValue("on") != "0", heir: id.Group(r.FormValue("heir"))}
	err = c.DB.View(r.Context(), func(tx *db.Tx) (err error) {
		p.only, err = group.Stranded(tx, v.By.Workspace, d.ID)
		return err
	})
	return p, err
}

// foresee fills in what a change would do.
func (c *Pages) foresee(r *http.Request, p *endPage, change grant.Change) error {
	e, err := c.Admit.Foresee(r.Context(), p.v.By, change)
	if err != nil {
		return err
	}
	p.seen = e.Seen()
	p.effect, err = frame.Foreseen(r.Context(), c.Browse, p.v, e)
	return err
}

// refused puts an error of a confirmed change into p, if it is for people to
// read.
func (c *Pages) refused(r *http.Request, p *endPage, err error, change grant.Change) error {
	look, ok := errors.AsType[*equip.Look](err)
	if ok {
		p.stale = look.Stale
	} else if p.wrong, ok = ui.ErrorsOf(err); !ok {
		return err
	}
	return c.foresee(r, p, change)
}

// otherGroups can take those whom this one leaves behind.
func (p endPage) otherGroups() (list []ui.Option) {
	for _, g := range p.d.Offer.Groups {
		if g.ID != p.d.ID {
			list = append(list, ui.Option{Value: string(g.ID), Label: g.Name})
		}
	}
	return list
}

// refuge is the name of another group that takes everyone who has none.
func (p endPage) refuge() string {
	for _, g := range p.d.Offer.Groups {
		if g.Default && g.ID != p.d.ID {
			return g.Name
		}
	}
	return ""
}

// consequences are what a deletion does besides.
func (p endPage) consequences() (list []string) {
	one := func(n int64, one, many string) string {
		if n == 1 {
			return one
		}
		return p.rd.Int(n) + many
	}
	switch p.d.Members {
	case 0:
		list = append(list, "Nobody is in it.")
	default:
		list = append(list, one(p.d.Members, "1 user is in it and no longer will be.", " users are in it and no longer will be."))
	}
	if p.only > 0 {
		text := one(p.only, "1 active user is in no other group", " active users are in no other group")
		if name := p.refuge(); name != "" {
			text += ". The default group, " + name + ", takes everyone who has none"
		}
		list = append(list, text+".")
	}
	if n := int64(len(p.d.Grants)); n > 0 {
		list = append(list, one(n, "1 rule of it ends.", " rules of it end."))
	}
	if p.d.Default {
		list = append(list, "It is the default group: it takes everyone who has none.")
	}
	return append(list, "Invitations that lead into it go on working, without it.", "Sessions and activity stay. It cannot be undone.")
}

func (p endPage) heirHint() string {
	if p.v.Workspace.AccessMode == workspace.ByGroup && p.refuge() == "" {
		return "In this workspace the groups decide where people may charge, so every active user needs one."
	}
	return "Leave it empty to put them into none."
}

func (p endPage) deleting() grant.Change {
	return grant.Change{Group: p.d.ID, Gone: true, Heir: p.heir}
}

func (c *Pages) deleteAsk(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.endOf(r, v)
	if err != nil {
		return err
	}
	if err := c.foresee(r, &p, p.deleting()); err != nil {
		return err
	}
	return c.showDelete(w, r, p, http.StatusOK)
}

func (c *Pages) showDelete(w http.ResponseWriter, r *http.Request, p endPage, status int) error {
	s := ui.SheetProps{Title: "Delete " + p.d.Name + "?", Href: p.base + "/delete", Back: ui.Link{Label: p.d.Name, Href: p.base}}
	return c.sheet(w, r, p.v, s, groupGoing(p), status)
}

func (c *Pages) groupDelete(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.endOf(r, v)
	if err != nil {
		return err
	}
	if err := c.Equip.DeleteGroup(r.Context(), v.By, p.d.ID, p.heir, r.PostFormValue("seen")); err != nil {
		if err := c.refused(r, &p, err, p.deleting()); err != nil {
			return err
		}
		return c.showDelete(w, r, p, http.StatusUnprocessableEntity)
	}
	ui.RedirectDone(w, r, v.To("/groups"), "group-deleted", -1)
	return nil
}

// target is the group that becomes the default one.
func (p endPage) target() (g id.Group) {
	if p.on {
		g = p.d.ID
	}
	return g
}

func (c *Pages) defaultAsk(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.endOf(r, v)
	if err != nil {
		return err
	}
	to := p.target()
	if err := c.foresee(r, &p, grant.Change{Default: &to}); err != nil {
		return err
	}
	return c.showDefault(w, r, p, http.StatusOK)
}

func (c *Pages) showDefault(w http.ResponseWriter, r *http.Request, p endPage, status int) error {
	title := "Make " + p.d.Name + " the default group?"
	if !p.on {
		title = "Should " + p.d.Name + " no longer be the default group?"
	}
	s := ui.SheetProps{Title: title, Href: p.base + "/default?on=" + p.onValue(), Back: ui.Link{Label: p.d.Name, Href: p.base}}
	return c.sheet(w, r, p.v, s, defaultInside(p), status)
}

func (p endPage) onValue() string {
	if p.on {
		return "1"
	}
	return "0"
}

func (c *Pages) defaultSet(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.endOf(r, v)
	if err != nil {
		return err
	}
	to := p.target()
	if err := c.Equip.MakeDefault(r.Context(), v.By, to, r.PostFormValue("seen")); err != nil {
		if err := c.refused(r, &p, err, grant.Change{Default: &to}); err != nil {
			return err
		}
		return c.showDefault(w, r, p, http.StatusUnprocessableEntity)
	}
	return c.done(w, r, v, map[bool]string{true: "default-set", false: "default-unset"}[p.on])
}
