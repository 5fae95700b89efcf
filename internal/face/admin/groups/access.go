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
	"involt/internal/flow/equip"
	"involt/internal/kit/errs"
)

// Modes are the ways to decide who may charge where, as the settings say them.
var Modes = []ui.Option{
	{Value: string(workspace.Everyone), Label: "Everyone active", Hint: "Every active user may charge at every charger, except at locations for members only."},
	{Value: string(workspace.ByGroup), Label: "By user group", Hint: "A user's groups decide at which chargers they may charge, and when. Without a group nobody charges."},
}

// ModeLabel is the label of an access mode.
func ModeLabel(m workspace.Mode) string {
	for _, o := range Modes {
		if o.Value == string(m) {
			return o.Label
		}
	}
	return string(m)
}

// modePage is the question before the access mode is switched: who would lose
// and who would gain by it.
type modePage struct {
	v       *frame.Visit
	rd      ui.Reader
	shell   ui.ConsoleProps
	to      workspace.Mode
	groups  []group.Group
	refuge  id.Group // takes everyone who has no group; chosen or as it is
	effect  frame.Effect
	counts  grant.Effect
	stale   bool
	wrong   ui.Errors
	already bool
}

// modeOf reads which mode is asked for; the other one if none is.
func (c *Pages) modeOf(r *http.Request, v *frame.Visit) (p modePage, err error) {
	p = modePage{v: v, rd: ui.ReaderOf(r.Context()), to: workspace.Mode(r.FormValue("mode"))}
	if p.to != workspace.Everyone && p.to != workspace.ByGroup {
		if p.to = workspace.Everyone; v.Workspace.AccessMode == workspace.Everyone {
			p.to = workspace.ByGroup
		}
	}
	p.already = p.to == v.Workspace.AccessMode
	offer, err := c.Browse.Choices(r.Context(), v.By)
	if err != nil {
		return p, err
	}
	p.groups = offer.Groups
	for _, g := range p.groups {
		if g.Default {
			p.refuge = g.ID
		}
	}
	if _, said := r.Form["default"]; said {
		p.refuge = id.Group(r.FormValue("default"))
	}
	return p, nil
}

// change is what would be done. refuge is nil where the default group stays.
func (p modePage) change() (change grant.Change, refuge *id.Group) {
	everyone := p.to == workspace.Everyone
	change.Everyone = &everyone
	for _, g := range p.groups {
		if g.Default != (g.ID == p.refuge) {
			refuge = &p.refuge
		}
	}
	if p.to == workspace.Everyone {
		refuge = nil // it matters as little afterwards as the groups do
	}
	change.Default = refuge
	return change, refuge
}

func (c *Pages) modeAsk(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.modeOf(r, v)
	if err != nil {
		return err
	}
	return c.showMode(w, r, p, http.StatusOK)
}

func (c *Pages) showMode(w http.ResponseWriter, r *http.Request, p modePage, status int) error {
	change, _ := p.change()
	var err error
	if p.counts, err = c.Admit.Foresee(r.Context(), p.v.By, change); err != nil {
		return err
	}
	if p.effect, err = frame.Foreseen(r.Context(), c.Browse, p.v, p.counts); err != nil {
		return err
	}
	p.shell = p.v.Shell("Who may charge where", ui.Link{Label: "Settings", Href: p.v.To("/settings")})
	p.shell.Toast = frame.Toast(r, Done)
	return ui.Render(w, r, status, modeWhole(p))
}

func (c *Pages) modeSwitch(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.modeOf(r, v)
	if err != nil {
		return err
	}
	if r.PostFormValue("do") == "look" { // another default group was chosen
		return c.showMode(w, r, p, http.StatusOK)
	}
	_, refuge := p.change()
	err = c.Equip.SwitchMode(r.Context(), v.By, p.to, refuge, r.PostFormValue("seen"))
	if err == nil {
		ui.RedirectDone(w, r, v.To("/settings"), "access-switched", -1)
		return nil
	}
	if look, ok := errors.AsType[*equip.Look](err); ok {
		p.stale = look.Stale
	} else if p.wrong, ok = ui.ErrorsOf(err); !ok {
		return err
	}
	if errs.KindOf(err) == errs.Conflict && p.wrong != nil {
		p.already = true
	}
	return c.showMode(w, r, p, http.StatusUnprocessableEntity)
}

func (p modePage) groupOptions() (list []ui.Option) {
	for _, g := range p.groups {
		list = append(list, ui.Option{Value: string(g.ID), Label: g.Name})
	}
	return list
}

// noGroup says how many active users have no group, "" if all have one.
func (p modePage) noGroup() string {
	switch {
	case p.counts.NoGroup == 0:
		return ""
	case p.counts.NoGroup == 1:
		return "1 active user is in no group"
	default:
		return p.rd.Int(p.counts.NoGroup) + " active users are in no group"
	}
}

// switchLabel is the button's, with the numbers.
func (p modePage) switchLabel() string {
	text := "Switch to “" + ModeLabel(p.to) + "”"
	switch lose, gain := p.counts.Lose, p.counts.Gain; {
	case lose > 0 && gain > 0:
		text += ": " + frame.Users(p.rd, lose) + " lose, " + p.rd.Int(gain) + " gain"
	case lose > 0:
		text += ": " + frame.Users(p.rd, lose) + " " + frame.Verb(lose, "lose")
	case gain > 0:
		text += ": " + frame.Users(p.rd, gain) + " " + frame.Verb(gain, "gain")
	}
	return text
}
