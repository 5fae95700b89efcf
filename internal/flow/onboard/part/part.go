// Package part is the rules for invitations by those who have a part of the
// workspace: what they may offer, and how the invited come to belong to it.
package part

import (
	"involt/internal/core/access"
	"involt/internal/core/grant"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/role"
	"involt/internal/core/site"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Keep refuses an offer that leads out of a part of the workspace, and one that
// leaves the invited outside of it: whoever has an account, a group or a location
// invites into these and offers nothing besides.
func Keep(tx *db.Tx, ws id.Workspace, r access.Reach, o *invite.Offer) error {
	if r.Whole {
		return nil
	}
	const others = "Your role holds in a part of this workspace. Choose what belongs to it."
	in := func(kind access.ScopeKind, one string) bool { return r.Covers(access.Scope{Kind: kind, ID: one}) }
	inside := o.Account != ""
	if o.Account != "" && !in(access.InAccount, string(o.Account)) {
		return errs.AtField("account", "There is no such account. Choose one of yours.")
	}
	for _, g := range o.Groups {
		if !in(access.InGroup, string(g)) {
			return errs.AtField("groups", "There is no such group. Choose one of yours.")
		}
		inside = true
	}
	for _, l := range o.Locations {
		if !in(access.AtLocation, string(l)) {
			return errs.AtField("locations", "There is no such location. Choose one of yours.")
		}
		inside = true
	}
	for _, c := range o.Chargers {
		h, err := site.ChargerByID(tx, ws, c)
		if err != nil && errs.KindOf(err) != errs.NotFound {
			return err
		}
		if err != nil || !in(access.AtLocation, string(h.Location)) {
			return errs.AtField("chargers", "There is no such charger. Choose one at a location of yours.")
		}
	}
	switch {
	case o.Everywhere:
		return errs.AtField("where", others)
	case inside:
		return nil
	case len(r.Accounts) == 1: // there is but one place for them
		o.Account = r.Accounts[0]
	case len(r.Accounts) > 1:
		return errs.AtField("account", "Choose the account they belong to.")
	case len(r.Groups) > 0:
		return errs.AtField("groups", "Choose the user group they join.")
	default:
		return errs.AtField("locations", "Choose where they may charge.")
	}
	return nil
}

// Belong puts somebody invited by one who has a part of the workspace into that
// part already now: else the inviter could not see whom they have invited. It
// gives nothing before they have come in.
func Belong(tx *db.Tx, by access.Actor, r access.Reach, o *invite.Offer, who id.Person) error {
	if r.Whole {
		return nil
	}
	for _, g := range o.Groups {
		if _, err := group.Add(tx, by.Workspace, g, who); err != nil {
			return err
		}
		if err := journal.Record(tx, by, "group.member-added", journal.About("person", who), map[string]any{"group": g}); err != nil {
			return err
		}
	}
	for _, l := range o.Locations {
		g := grant.Grant{Workspace: by.Workspace, Person: who, Location: l}
		if err := grant.Insert(tx, &g); err != nil {
			return err
		}
		if err := journal.Record(tx, by, "grant.created", journal.About("person", who), map[string]any{"grant": g.ID, "location": l}); err != nil {
			return err
		}
	}
	return nil
}

// HasGrant reports whether somebody has a rule like g by name already.
func HasGrant(tx *db.Tx, g *grant.Grant) (bool, error) {
	have, err := grant.OfPerson(tx, g.Workspace, g.Person)
	for _, h := range have {
		if h.Location == g.Location && h.Charger == g.Charger && h.From.IsZero() && h.Until.IsZero() && h.Hours == g.Hours {
			return true, nil
		}
	}
	return false, err
}

// Within keeps those of the people over whom by has permission p.
func Within(tx *db.Tx, by access.Actor, p access.Perm, people []person.Person) ([]person.Person, error) {
	r, err := by.Within(p)
	if err != nil || r.Whole {
		return people, err
	}
	list := make([]id.Person, len(people))
	for i := range people {
		list[i] = people[i].ID
	}
	in, err := person.Among(tx, by.Workspace, r, list)
	kept := people[:0]
	for i := range people {
		if in[people[i].ID] {
			kept = append(kept, people[i])
		}
	}
	return kept, err
}

// Inviter is who answers for an invitation that by sends again: by, unless it
// offers what they could not give. Then it stays whoever offered it, so that what
// is given on acceptance goes by their rights.
func Inviter(tx *db.Tx, by access.Actor, v *invite.Invite) (string, error) {
	may, err := MayOffer(tx, by, v.Offer.Roles)
	if err != nil || may {
		return by.Name, err
	}
	return v.InvitedBy, nil
}

// MayOffer reports whether by could give all of these roles away now.
func MayOffer(tx *db.Tx, by access.Actor, list []access.Given) (bool, error) {
	for _, g := range list {
		r, err := role.ByKey(tx, by.Workspace, g.Role)
		if errs.KindOf(err) == errs.NotFound || err == nil && !by.Delegable(r, g.At) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
	}
	return true, nil
}

// ScopeHere refuses a scope that is not there.
func ScopeHere(tx *db.Tx, ws id.Workspace, at access.Scope) error {
	here, err := person.ScopeName(tx, ws, at)
	if err == nil && here == "" {
		err = errs.New(errs.NotFound, "What the role is limited to is not there any more. Choose again.")
	}
	return err
}
