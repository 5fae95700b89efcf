// Package gift is what an invitation gives on acceptance: roles, groups and
// places, as far as whoever invited may still give them and they are still there.
package gift

import (
	"slices"
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/apikey"
	"involt/internal/core/grant"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/role"
	"involt/internal/core/site"
	"involt/internal/flow/onboard/part"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Give hands out what the invitation offers, as far as the inviter may give it now:
// they may have lost it in between, or have been deactivated. What has lapsed is
// written down. Who resends an invitation answers for it anew.
func Give(tx *db.Tx, v *invite.Invite, p *person.Person) error {
	by, err := Inviter(tx, v)
	if err != nil {
		return err
	}
	return GiveBy(tx, by, v, p)
}

// GiveBy hands out what the invitation offers as by may give it.
func GiveBy(tx *db.Tx, by access.Actor, v *invite.Invite, p *person.Person) error {
	may, err := mayGive(by)
	if err != nil {
		return err
	}
	lapsed := map[string]any{}
	lapses := func(what, which string) {
		list, _ := lapsed[what].([]string)
		lapsed[what] = append(list, which)
	}
	for _, given := range v.Offer.Roles {
		r, err := role.ByKey(tx, v.Workspace, given.Role)
		if errs.KindOf(err) == errs.NotFound || err == nil && !by.Delegable(r, given.At) {
			lapses("roles", given.Role)
			continue
		}
		if err != nil {
			return err
		}
		if err := person.GiveRole(tx, v.Workspace, p.ID, given); err != nil {
			return err
		}
		if err := journal.Record(tx, by, "person.role-given", journal.About("person", p.ID), map[string]any{"role": given.Role, "scope": given.At}); err != nil {
			return err
		}
	}
	already, err := group.Of(tx, v.Workspace, p.ID)
	if err != nil {
		return err
	}
	for _, g := range v.Offer.Groups {
		if slices.ContainsFunc(already, func(one group.Group) bool { return one.ID == g }) {
			continue // a part of the workspace they were invited into
		}
		if _, err := group.ByID(tx, v.Workspace, g); errs.KindOf(err) == errs.NotFound {
			continue // deleted since
		}
		if !may.Covers(access.Scope{Kind: access.InGroup, ID: string(g)}) {
			lapses("groups", string(g))
			continue
		}
		if _, err := group.Add(tx, v.Workspace, g, p.ID); err != nil {
			return err
		}
	}
	if err := DefaultGroup(tx, p); err != nil {
		return err
	}
	for _, g := range grantsOf(v, p.ID) {
		if here, err := isHere(tx, &g); err != nil || !here {
			if err != nil {
				return err
			}
			continue // removed since
		}
		if has, err := part.HasGrant(tx, &g); err != nil || has {
			if err != nil {
				return err
			}
			continue // a part of the workspace they were invited into
		}
		if inside, err := within(tx, &may, &g); err != nil || !inside {
			if err != nil {
				return err
			}
			lapses("places", string(g.Location)+string(g.Charger))
			continue
		}
		if err := grant.Insert(tx, &g); err != nil {
			return err
		}
	}
	if len(lapsed) == 0 {
		return nil
	}
	lapsed["invitation"], lapsed["by"] = v.ID, v.InvitedBy
	return journal.Record(tx, access.System(v.Workspace, "invitation"), "invitation.lapsed", journal.About("person", p.ID), lapsed)
}

// mayGive is where an inviter may now put users; nowhere is no error.
func mayGive(by access.Actor) (access.Reach, error) {
	r, err := by.Within(access.PeopleWrite)
	if errs.KindOf(err) == errs.Denied {
		return access.Reach{}, nil
	}
	return r, err
}

// within reports whether a place lies in a reach; all places at once lie in the
// whole workspace only.
func within(tx *db.Tx, r *access.Reach, g *grant.Grant) (bool, error) {
	at := g.Location
	if g.Charger != "" && !r.Whole {
		h, err := site.ChargerByID(tx, g.Workspace, g.Charger)
		if err != nil {
			return false, err
		}
		at = h.Location
	}
	return r.Whole || at != "" && r.Covers(access.Scope{Kind: access.AtLocation, ID: string(at)}), nil
}

// isHere reports whether the place of a grant still exists.
func isHere(tx *db.Tx, g *grant.Grant) (bool, error) {
	var err error
	switch {
	case g.Location != "":
		_, err = site.LocationByID(tx, g.Workspace, g.Location)
	case g.Charger != "":
		_, err = site.ChargerByID(tx, g.Workspace, g.Charger)
	}
	if errs.KindOf(err) == errs.NotFound {
		return false, nil
	}
	return err == nil, err
}

// DefaultGroup puts a person who is in no group into the default one, if the
// workspace has one.
func DefaultGroup(tx *db.Tx, p *person.Person) error {
	have, err := group.Of(tx, p.Workspace, p.ID)
	if err != nil || len(have) > 0 {
		return err
	}
	g, err := group.TheDefault(tx, p.Workspace)
	if err != nil || g == "" {
		return err
	}
	_, err = group.Add(tx, p.Workspace, g, p.ID)
	return err
}

func grantsOf(v *invite.Invite, who id.Person) (list []grant.Grant) {
	if v.Offer.Everywhere {
		list = append(list, grant.Grant{Workspace: v.Workspace, Person: who})
	}
	for _, l := range v.Offer.Locations {
		list = append(list, grant.Grant{Workspace: v.Workspace, Person: who, Location: l})
	}
	for _, c := range v.Offer.Chargers {
		list = append(list, grant.Grant{Workspace: v.Workspace, Person: who, Charger: c})
	}
	return list
}

// Inviter is whoever invited, with the permissions they have now.
func Inviter(tx *db.Tx, v *invite.Invite) (access.Actor, error) {
	by := access.Actor{Workspace: v.Workspace, Name: v.InvitedBy}
	kind, key, _ := strings.Cut(v.InvitedBy, ":")
	switch kind {
	case "system":
		return access.System(v.Workspace, key), nil
	case "person":
		p, err := person.ByID(tx, v.Workspace, id.Person(key))
		if errs.KindOf(err) == errs.NotFound {
			return by, nil // gone: may give nothing
		}
		if err != nil {
			return by, err
		}
		by, _, err = p.Actor(tx)
		return by, err
	case "key":
		k, err := apikey.ByID(tx, v.Workspace, id.APIKey(key))
		if errs.KindOf(err) == errs.NotFound {
			return by, nil
		}
		if err != nil {
			return by, err
		}
		by.Perms, err = apikey.Effective(tx, k)
		return by, err
	}
	return by, nil
}
