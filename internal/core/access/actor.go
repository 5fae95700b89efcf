package access

import (
	"slices"
	"strings"

	"involt/internal/core/id"
	"involt/internal/kit/errs"
)

// Actor is whoever asks: a person in the console, an API key, a charger, a job.
// It fixes the workspace: no statement in core runs without one.
type Actor struct {
	Workspace id.Workspace
	Name      string    // for the journal: "person:…", "key:…", "charger:…", "job:…", "system"
	Perms     Perm      // in the whole workspace
	Parts     []Part    // what holds in parts of it besides
	Aside     Perm      // held too, but put aside for now: privacy mode hides what they would show, and takes no authority away
	Person    id.Person // whose seat it is, if a person acts
}

// Part is what somebody may do in a part of a workspace.
type Part struct {
	Perms Perm
	Aside Perm  // as an actor's
	Reach Reach // its own Perms are not used
}

// Need returns an errs.Denied unless a has permission p in the whole workspace.
// Whoever has it in a part of it only is refused: what they may do goes by
// [Actor.Within].
func (a Actor) Need(p Perm) error {
	if a.Workspace == "" || !a.Perms.Has(p) {
		return a.denied(p)
	}
	return nil
}

func (a Actor) denied(p Perm) error {
	missing, aside := p&^a.Perms.Whole(), a.Aside
	for _, part := range a.Parts {
		aside |= part.Aside
	}
	if a.Workspace != "" && aside.Has(missing) {
		return errs.New(errs.Denied, "This shows or changes personal data, which privacy mode hides. Turn privacy mode off first.")
	}
	return errs.New(errs.Denied, "Your role does not allow this. It needs the permission %s; ask an admin of this workspace for it.", strings.Join(missing.Names(), ", "))
}

// NeedSome returns an errs.Denied unless a has permission p in the workspace or in
// some part of it. Whoever goes on must keep to what [Actor.Within] says.
func (a Actor) NeedSome(p Perm) error {
	_, err := a.Within(p)
	return err
}

// Within returns where in the workspace a has permission p, or an errs.Denied if
// nowhere. Whoever asks must keep to that reach, and show personal data only if
// its Perms have them.
func (a Actor) Within(p Perm) (r Reach, err error) {
	if a.Workspace == "" {
		return r, a.denied(p)
	}
	if a.Perms.Has(p) {
		return Reach{Whole: true, Perms: a.Perms.Whole()}, nil
	}
	r.Perms = All
	some := false
	for _, part := range a.Parts {
		if all := a.Perms | part.Perms; all.Has(p) {
			r.Accounts = append(r.Accounts, part.Reach.Accounts...)
			r.Groups = append(r.Groups, part.Reach.Groups...)
			r.Locations = append(r.Locations, part.Reach.Locations...)
			r.Perms &= all.Whole()
			some = true
		}
	}
	if !some {
		return Reach{}, a.denied(p)
	}
	return r, nil
}

// Somewhere reports whether a has permission p in the workspace or in some part
// of it: whether a page is worth showing.
func (a Actor) Somewhere(p Perm) bool { return a.NeedSome(p) == nil }

// Inside is a as they stand within a reach of theirs: for showing what lies in it,
// by what is allowed throughout it. Nobody may be let do anything by it.
func (a Actor) Inside(r Reach) Actor {
	a.Perms = r.Perms
	return a
}

// Anywhere joins what a may do in the workspace and in any part of it: for what a
// page offers, and never for what is done.
func (a Actor) Anywhere() Perm {
	p := a.Perms
	for _, part := range a.Parts {
		p |= part.Perms
	}
	return p
}

// Staff reports whether a may do anything at all.
func (a Actor) Staff() bool { return a.Perms != 0 || len(a.Parts) > 0 }

// Delegable reports whether a may give a role away, to hold at a scope: nobody
// grants what they do not hold there.
func (a Actor) Delegable(r Role, at Scope) bool {
	if r.Only != Everywhere && at.Kind != r.Only {
		return false
	}
	return a.mayDelegate(r.Perms, at)
}

func (a Actor) mayDelegate(p Perm, at Scope) bool {
	mine := a.Perms | a.Aside
	if a.Workspace != "" && mine.Has(StaffWrite|p) {
		return true
	}
	for _, part := range a.Parts {
		if all := mine | part.Perms | part.Aside; all.Has(StaffWrite|p) && part.Reach.Covers(at) {
			return true
		}
	}
	return false
}

// MayGive reports whether a could give all of these roles away, where they are
// held; so they may also take them, or end the access of somebody who has them.
func (a Actor) MayGive(held []Held) bool {
	for _, h := range held {
		if !a.mayDelegate(h.Perms.Whole(), h.At) {
			return false
		}
	}
	return true
}

// Masked is a with personal data put aside.
func (a Actor) Masked() Actor {
	a.Aside = a.Perms & PersonalData
	a.Perms &^= PersonalData
	parts := make([]Part, len(a.Parts))
	for i, p := range a.Parts {
		p.Aside = p.Perms & PersonalData
		p.Perms &^= PersonalData
		parts[i] = p
	}
	a.Parts = parts
	return a
}

// System is Involt itself, acting in a workspace on a schedule or at a person's
// own request. job says which part of it.
func System(ws id.Workspace, job string) Actor {
	return Actor{Workspace: ws, Name: "system:" + job, Perms: All}
}

// Grown is a who also reaches an account that was just made below another one
// that they reach. Roles for an account hold for all below it, and a was read
// before this one was there.
func (a Actor) Grown(parent, child id.Account) Actor {
	parts := slices.Clone(a.Parts)
	for i := range parts {
		if r := &parts[i].Reach; slices.Contains(r.Accounts, parent) {
			r.Accounts = append(slices.Clip(r.Accounts), child)
		}
	}
	a.Parts = parts
	return a
}
