// Package access says who is acting and what they may do.
//
// Permissions are listed once, here. A role is a set of them, and somebody holds
// it in the whole workspace or in a part of it: an account with all below it, a
// group, a location. Nothing in Involt changes anything without an [Actor], and
// the actor carries the workspace, so that no statement can forget it.
package access

import (
	"math/bits"
	"strings"

	"involt/internal/kit/errs"
)

// Perm is a set of permissions.
type Perm uint64

// The permissions. Writing implies reading; see [Perm.Whole].
const (
	PeopleRead      Perm = 1 << iota // see users, groups and their invitations
	PeopleWrite                      // invite, change, deactivate and delete users
	AccountsRead                     // see accounts: who pays
	AccountsWrite                    // make, change and close accounts
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
	AccountsRead: "accounts:read", AccountsWrite: "accounts:write",
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
	{AccountsWrite, AccountsRead},
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
