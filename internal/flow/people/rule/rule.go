// Package rule is the rules about what may be done with users: the same for one
// user and for a hundred thousand at once. They are functions of values; what
// they judge by is gathered beside them.
package rule

import (
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/bulk"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/kit/errs"
)

// SuperAdmin is the role of which a workspace keeps one holder at least.
const SuperAdmin = "super-admin"

// Terms are what the rules judge by besides the person: who asks, where, how
// many hold the strongest role.
type Terms struct {
	By     access.Actor
	Mode   workspace.Mode
	Supers int64 // how many active super-admins there are; [Terms.Passed] keeps count
}

// Facts are what the rules want to know of one person.
type Facts struct {
	ID         id.Person
	Here       bool // not deleted
	Status     person.Status
	Roles      []access.Held
	Member     bool // of the group in question
	Groups     int  // how many they are in
	HasEmail   bool
	Identity   id.Identity
	CostCenter string
	SaidNo     bool // to the last invitation; known where they are to be invited

	// For undoing: times in milliseconds, and what they were.
	StatusAt, Since, DeletedAt int64
	Reason                     string
}

// Super reports whether they are an active super-admin.
func (f *Facts) Super() bool {
	return f.Status == person.Active && access.Holds(f.Roles, SuperAdmin)
}

// Refusal says why something is not done with somebody.
type Refusal struct {
	Kind  errs.Kind
	Why   string // after their name, in a list
	whole string // the sentence for one person, with their name at %s; "" makes it from why
}

// Err is the refusal about somebody who is called so.
func (r *Refusal) Err(called string) error {
	switch {
	case r == nil:
		return nil
	case r.whole == "":
		return errs.New(r.Kind, "%s %s.", called, r.Why)
	default:
		return errs.New(r.Kind, "%s", strings.Replace(r.whole, "%s", called, 1))
	}
}

// NotHere refuses those who were deleted, or never were.
var NotHere = &Refusal{Kind: errs.NotFound, Why: "is not here any more"}

// Ending judges whether t.By may end somebody's access: not their own, not that
// of those who hold roles they could not give, and not the last super-admin's.
func (t *Terms) Ending(f *Facts, verb string) *Refusal {
	switch {
	case f.ID == t.By.Person && f.ID != "":
		return &Refusal{errs.Conflict, "is you; ask another admin", "You cannot " + verb + " yourself. Ask another admin."}
	case len(f.Roles) > 0 && !t.By.MayGive(f.Roles):
		return &Refusal{errs.Denied, "holds a staff role that you may not give", "%s holds a staff role. Only someone who may give that role can do this."}
	case f.Super() && t.Supers <= 1:
		return &Refusal{errs.Conflict, "is the last super-admin; make somebody else super-admin first", "%s is the last super-admin. Make somebody else super-admin first."}
	}
	return nil
}

// Deactivate judges whether somebody may be deactivated.
func (t *Terms) Deactivate(f *Facts) *Refusal {
	switch {
	case !f.Here:
		return NotHere
	case f.Status != person.Active:
		return &Refusal{Kind: errs.Conflict, Why: "is " + f.Status.Label() + "; only active users can be deactivated"}
	}
	return t.Ending(f, "deactivate")
}

// Reactivate judges whether somebody may charge again.
func (t *Terms) Reactivate(f *Facts) *Refusal {
	switch {
	case !f.Here:
		return NotHere
	case f.Status != person.Deactivated:
		return &Refusal{Kind: errs.Conflict, Why: "is " + f.Status.Label() + "; only deactivated users can be reactivated"}
	}
	return t.Restore(f)
}

// Delete judges whether somebody may be deleted.
func (t *Terms) Delete(f *Facts) *Refusal {
	if !f.Here {
		return NotHere
	}
	return t.Ending(f, "delete")
}

// Restore judges whether somebody who was deleted may be brought back.
func (t *Terms) Restore(f *Facts) *Refusal {
	if len(f.Roles) > 0 && !t.By.MayGive(f.Roles) { // staff roles come back with the person
		return &Refusal{errs.Denied, "holds a staff role that you may not give and that would come back", "%s holds a staff role, which would come back. Only someone who may give that role can do this."}
	}
	return nil
}

// GroupAdd judges whether somebody may be put into the group.
func (t *Terms) GroupAdd(f *Facts) *Refusal {
	switch {
	case !f.Here:
		return NotHere
	case f.Member:
		return &Refusal{Kind: errs.Conflict, Why: "is in this group already"}
	}
	return nil
}

// GroupRemove judges whether somebody may be taken out of the group.
func (t *Terms) GroupRemove(f *Facts) *Refusal {
	switch {
	case !f.Here:
		return NotHere
	case !f.Member:
		return &Refusal{Kind: errs.Conflict, Why: "is not in this group"}
	case t.Mode == workspace.ByGroup && f.Status == person.Active && f.Groups == 1:
		return &Refusal{
			errs.Conflict, "is in no other group, and the groups decide here where people may charge",
			"This is the only group of %s. In this workspace the groups decide where people may charge, so every active user needs one. Add another group first.",
		}
	}
	return nil
}

// CostCenter judges whether somebody may be given a cost center.
func (t *Terms) CostCenter(f *Facts, to string) *Refusal {
	switch {
	case !f.Here:
		return NotHere
	case f.CostCenter == to && to == "":
		return &Refusal{Kind: errs.Conflict, Why: "has no cost center"}
	case f.CostCenter == to:
		return &Refusal{Kind: errs.Conflict, Why: "has this cost center already"}
	}
	return nil
}

// Judge judges one action, as far as the arguments are known: while the group is
// not chosen nobody is in it.
func (t *Terms) Judge(a bulk.Action, args *bulk.Args, chosen bool, f *Facts) *Refusal {
	switch a {
	case bulk.Deactivate:
		return t.Deactivate(f)
	case bulk.Reactivate:
		return t.Reactivate(f)
	case bulk.Delete:
		return t.Delete(f)
	case bulk.GroupAdd:
		return t.GroupAdd(f)
	case bulk.GroupRemove:
		if chosen {
			return t.GroupRemove(f)
		}
	case bulk.CostCenter:
		if chosen {
			return t.CostCenter(f, args.CostCenter)
		}
	case bulk.Reinvite:
		if f.Here && f.Status != person.Invited {
			return &Refusal{Kind: errs.Conflict, Why: "is " + f.Status.Label() + "; only pending invitations are sent again"}
		}
	case bulk.Approve, bulk.Decline:
		if f.Here && f.Status != person.ToBeApproved {
			return &Refusal{Kind: errs.Conflict, Why: "is " + f.Status.Label() + " and does not wait for approval"}
		}
	case bulk.Invite:
		if f.Here && f.SaidNo {
			return &Refusal{Kind: errs.Conflict, Why: "has declined the last invitation; to ask once more, invite them on their own page"}
		}
	case bulk.RevokeInvites, bulk.ExtendInvites:
	}
	if !f.Here {
		return NotHere
	}
	return nil
}

// Passed counts somebody with whom it was done, for those who come after.
func (t *Terms) Passed(a bulk.Action, f *Facts) {
	switch {
	case (a == bulk.Deactivate || a == bulk.Delete) && f.Super():
		t.Supers--
	case a == bulk.Reactivate && access.Holds(f.Roles, SuperAdmin):
		t.Supers++
	}
}
