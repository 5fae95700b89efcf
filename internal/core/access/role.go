package access

import (
	"encoding/json"
	"slices"
	"strings"

	"involt/internal/core/id"
)

// Role is a named set of permissions.
type Role struct {
	Key   string // as stored: "fleet-manager"
	Label string // as shown: "Fleet manager"
	Does  string // what it is for, in a few words
	Perms Perm
	Only  ScopeKind // where alone it may be held; "" for anywhere
	Own   bool      // made by the workspace, and not one of those that come ready
}

// AccountOwner is the role of those who manage an account, and all below it,
// themselves.
const AccountOwner = "account-owner"

// Roles are those that come ready, the strongest first.
var Roles = []Role{
	{Key: "super-admin", Label: "Super-admin", Does: "everything", Perms: All},
	{Key: "admin", Label: "Admin", Does: "all but deleting the workspace and super-admins", Perms: All &^ WorkspaceDelete},
	{Key: "fleet-manager", Label: "Fleet manager", Does: "people, cards and groups", Perms: PeopleWrite | PersonalData | CardsWrite | AccountsRead | PlacesRead | SessionsRead | ActivityRead},
	{Key: "support", Label: "Support", Does: "read, resend and block cards", Perms: PeopleRead | PersonalData | CardsWrite | AccountsRead | PlacesRead | SessionsRead | ActivityRead},
	{Key: "technician", Label: "Technician", Does: "chargers and remote actions, no personal data", Perms: PlacesWrite | ChargersRemote | SessionsRead | CardsRead},
	{Key: "finance", Label: "Finance", Does: "tariffs, reimbursement and exports", Perms: PeopleRead | PersonalData | CardsRead | AccountsWrite | PlacesRead | SessionsRead | ActivityRead},
	{Key: "energy-manager", Label: "Energy manager", Does: "load and priority, no billing", Perms: PlacesRead | ChargersRemote | SessionsRead},
	{Key: "loyalty-manager", Label: "Loyalty manager", Does: "programs, tiers and points", Perms: PeopleRead | PersonalData | SessionsRead},
	{Key: "viewer", Label: "Viewer", Does: "read only", Perms: PeopleRead | CardsRead | AccountsRead | PlacesRead | SessionsRead | ActivityRead},
	{Key: AccountOwner, Label: "Account owner", Does: "the people, cards and sub-accounts of one account", Perms: PeopleWrite | PersonalData | CardsWrite | AccountsWrite | SessionsRead | StaffWrite, Only: InAccount},
}

// RoleByKey returns one of Roles.
func RoleByKey(key string) (Role, bool) {
	i := slices.IndexFunc(Roles, func(r Role) bool { return r.Key == key })
	if i < 0 {
		return Role{}, false
	}
	return Roles[i], true
}

// Resolve returns the role of a key: one of those that come ready, or the
// workspace's own, of which label, does and the names of its permissions joined
// by spaces were stored. One that is neither allows nothing.
func Resolve(key, label, does, perms string) Role {
	if r, ok := RoleByKey(key); ok {
		return r
	}
	r := Role{Key: key, Label: label, Does: does, Own: true}
	for _, name := range strings.Fields(perms) {
		if p, ok := byName(name); ok { // one that no longer exists allows nothing
			r.Perms |= p
		}
	}
	return r
}

// ScopeKind is the kind of part of a workspace that a role is limited to.
type ScopeKind string

// The kinds.
const (
	Everywhere ScopeKind = ""         // the whole workspace
	InAccount  ScopeKind = "account"  // an account and all below it
	InGroup    ScopeKind = "group"    // the users of a group
	AtLocation ScopeKind = "location" // a location, and those to whom it is open by name
)

// Scope is where a role holds. The zero Scope is the whole workspace.
type Scope struct {
	Kind ScopeKind `json:"kind,omitempty"`
	ID   string    `json:"id,omitempty"` // of the account, group or location
}

// Given is a role that is offered or asked for, by key, and where.
type Given struct {
	Role string `json:"role"`
	At   Scope  `json:"at,omitzero"`
}

// UnmarshalJSON also reads a bare key, as invitations were once stored.
func (g *Given) UnmarshalJSON(text []byte) error {
	var key string
	if json.Unmarshal(text, &key) == nil {
		*g = Given{Role: key}
		return nil
	}
	type plain Given
	return json.Unmarshal(text, (*plain)(g))
}

// Give are roles by key for the whole workspace.
func Give(keys ...string) (list []Given) {
	for _, key := range keys {
		list = append(list, Given{Role: key})
	}
	return list
}

// Held is a role that somebody holds, and where.
type Held struct {
	Role
	At Scope
}

// Given returns the role as it would be given again.
func (h Held) Given() Given { return Given{h.Key, h.At} }

// Labels names held roles, each once.
func Labels(held []Held) (list []string) {
	for _, h := range held {
		if !slices.Contains(list, h.Label) {
			list = append(list, h.Label)
		}
	}
	return list
}

// Holds reports whether a role is among held ones, for the whole workspace.
func Holds(held []Held, key string) bool {
	return slices.ContainsFunc(held, func(h Held) bool { return h.Key == key && h.At == Scope{} })
}

// PermsOf joins what held roles allow in the whole workspace. What holds in a
// part of it only is in no sum: see [Actor.Within].
func PermsOf(held []Held) (p Perm) {
	for _, h := range held {
		if h.At == (Scope{}) {
			p |= h.Perms
		}
	}
	return p
}

// Reach is the part of a workspace in which somebody may do something: all of
// it, or the users of these accounts (all below them included), of these groups,
// and those to whom these locations are open by name.
type Reach struct {
	Whole     bool
	Accounts  []id.Account
	Groups    []id.Group
	Locations []id.Location
	Perms     Perm // what is allowed throughout the reach
}

// Empty reports whether nothing lies within the reach.
func (r *Reach) Empty() bool {
	return !r.Whole && len(r.Accounts)+len(r.Groups)+len(r.Locations) == 0
}

// Covers reports whether a scope lies within the reach.
func (r *Reach) Covers(at Scope) bool {
	switch {
	case r.Whole:
		return true
	case at.Kind == InAccount:
		return slices.Contains(r.Accounts, id.Account(at.ID))
	case at.Kind == InGroup:
		return slices.Contains(r.Groups, id.Group(at.ID))
	case at.Kind == AtLocation:
		return slices.Contains(r.Locations, id.Location(at.ID))
	default:
		return false
	}
}
