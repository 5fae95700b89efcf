// Package access says who is acting and what they may do.
//
// Permissions are listed once, here. A role is a set of them. Nothing in Involt
// changes anything without an [Actor], and the actor carries the workspace, so
// that no statement can forget it.
package access

import (
	"math/bits"
	"slices"
	"strings"

	"involt/internal/core/id"
	"involt/internal/kit/errs"
)

// Perm is a set of permissions.
type Perm uint64

// The permissions. Writing implies reading; see [Perm.Whole].
const (
	PeopleRead      Perm = 1 << iota // see users, groups and their invitations
	PeopleWrite                      // invite, change, deactivate and delete users
	PersonalData                     // see names, e-mail addresses, plates, phone numbers
	CardsRead                        // see cards
	CardsWrite                       // assign, block and remove cards
	PlacesRead                       // see locations and chargers
	PlacesWrite                      // add and change locations and chargers, make charger keys
	ChargersRemote                   // start, stop and reset by remote
	SessionsRead                     // see charging sessions and decisions
	StaffWrite                       // give and take staff roles
	KeysWrite                        // make and revoke API keys
	SettingsWrite                    // change the workspace's settings
	ActivityRead                     // read the journal
	JobsWrite                        // see background work, retry and discard it
	WorkspaceDelete                  // delete the whole workspace
)

// names spells each permission for the API, the database and the roles page.
var names = map[Perm]string{
	PeopleRead: "people:read", PeopleWrite: "people:write", PersonalData: "personal-data",
	CardsRead: "cards:read", CardsWrite: "cards:write",
	PlacesRead: "places:read", PlacesWrite: "places:write", ChargersRemote: "chargers:remote",
	SessionsRead: "sessions:read", StaffWrite: "staff:write", KeysWrite: "keys:write",
	SettingsWrite: "settings:write", ActivityRead: "activity:read", JobsWrite: "jobs:write",
	WorkspaceDelete: "workspace:delete",
}

// All is every permission there is.
const All = WorkspaceDelete<<1 - 1

var implied = []struct{ has, gives Perm }{
	{PeopleWrite, PeopleRead},
	{CardsWrite, CardsRead},
	{PlacesWrite, PlacesRead},
	{ChargersRemote, PlacesRead},
}

// Whole returns p with the permissions that p implies.
func (p Perm) Whole() Perm {
	for _, i := range implied {
		if p&i.has != 0 {
			p |= i.gives
		}
	}
	return p
}

// Has reports whether p holds, or implies, all of q.
func (p Perm) Has(q Perm) bool { return p.Whole()&q == q }

// Names lists the permissions of p in the order of the list above.
func (p Perm) Names() []string {
	list := make([]string, 0, bits.OnesCount64(uint64(p)))
	for q := Perm(1); q < All; q <<= 1 {
		if p&q != 0 {
			list = append(list, names[q])
		}
	}
	return list
}

// ParsePerms reads names as Names writes them. An unknown one is an
// errs.Invalid.
func ParsePerms(list []string) (p Perm, err error) {
	for _, name := range list {
		q, ok := byName(name)
		if !ok {
			return 0, errs.New(errs.Invalid, "There is no permission called %q. There are: %s.", name, strings.Join(All.Names(), ", "))
		}
		p |= q
	}
	return p, nil
}

func byName(name string) (Perm, bool) {
	for p, n := range names {
		if n == name {
			return p, true
		}
	}
	return 0, false
}

// Role is a named set of permissions.
type Role struct {
	Key   string // as stored: "fleet-manager"
	Label string // as shown: "Fleet manager"
	Does  string // what it is for, in a few words
	Perms Perm
}

// Roles are those that come ready, the strongest first.
var Roles = []Role{
	{"super-admin", "Super-admin", "everything", All},
	{"admin", "Admin", "all but deleting the workspace and super-admins", All &^ WorkspaceDelete},
	{"fleet-manager", "Fleet manager", "people, cards and groups", PeopleWrite | PersonalData | CardsWrite | PlacesRead | SessionsRead | ActivityRead},
	{"support", "Support", "read, resend and block cards", PeopleRead | PersonalData | CardsWrite | PlacesRead | SessionsRead | ActivityRead},
	{"technician", "Technician", "chargers and remote actions, no personal data", PlacesWrite | ChargersRemote | SessionsRead | CardsRead},
	{"finance", "Finance", "tariffs, reimbursement and exports", PeopleRead | PersonalData | CardsRead | PlacesRead | SessionsRead | ActivityRead},
	{"energy-manager", "Energy manager", "load and priority, no billing", PlacesRead | ChargersRemote | SessionsRead},
	{"loyalty-manager", "Loyalty manager", "programs, tiers and points", PeopleRead | PersonalData | SessionsRead},
	{"viewer", "Viewer", "read only", PeopleRead | CardsRead | PlacesRead | SessionsRead | ActivityRead},
}

// RoleByKey returns one of Roles.
func RoleByKey(key string) (Role, bool) {
	i := slices.IndexFunc(Roles, func(r Role) bool { return r.Key == key })
	if i < 0 {
		return Role{}, false
	}
	return Roles[i], true
}

// PermsOf joins the permissions of roles. A role that no longer exists gives
// nothing.
func PermsOf(roles []string) (p Perm) {
	for _, key := range roles {
		if r, ok := RoleByKey(key); ok {
			p |= r.Perms
		}
	}
	return p
}

// Actor is whoever asks: a person in the console, an API key, a charger, a job.
// It fixes the workspace: no statement in core runs without one.
type Actor struct {
	Workspace id.Workspace
	Name      string // for the journal: "person:…", "key:…", "charger:…", "job:…", "system"
	Perms     Perm
	Aside     Perm      // held too, but put aside for now: privacy mode hides what they would show, and takes no authority away
	Person    id.Person // whose seat it is, if a person acts
}

// Need returns an errs.Denied unless a has permission p.
func (a Actor) Need(p Perm) error {
	if a.Workspace == "" || !a.Perms.Has(p) {
		missing := p &^ a.Perms.Whole()
		if a.Workspace != "" && a.Aside.Has(missing) {
			return errs.New(errs.Denied, "This shows or changes personal data, which privacy mode hides. Turn privacy mode off first.")
		}
		return errs.New(errs.Denied, "Your role does not allow this. It needs the permission %s; ask an admin of this workspace for it.", strings.Join(missing.Names(), ", "))
	}
	return nil
}

// Delegable reports whether a may give a role away: nobody grants what they do
// not hold.
func (a Actor) Delegable(r Role) bool {
	return a.Perms.Has(StaffWrite) && (a.Perms | a.Aside).Has(r.Perms)
}

// MayGive reports whether a could give all of these roles away, by key; so
// they may also take them, or end the access of somebody who has them.
func (a Actor) MayGive(roles []string) bool {
	return a.Perms.Has(StaffWrite) && (a.Perms | a.Aside).Has(PermsOf(roles).Whole())
}

// System is Involt itself, acting in a workspace on a schedule or at a person's
// own request. job says which part of it.
func System(ws id.Workspace, job string) Actor {
	return Actor{Workspace: ws, Name: "system:" + job, Perms: All}
}
