// Package crew is the operations about those who run a workspace: system users and
// roles. Roles that somebody holds are changed in the console alone, by a person
// who has just given their password: a key cannot.
package crew

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/face/api/frame"
	read "involt/internal/flow/browse/crew"
	"involt/internal/kit/errs"
)

// desk answers the operations of this package.
type desk struct{ *frame.Server }

func handled[I, O any](f func(*desk, context.Context, access.Actor, *I) (*O, error)) frame.Bind {
	return frame.Handled(func(s *frame.Server) *desk { return &desk{s} }, f)
}

// Operations are the operations about system users and roles.
func Operations() []frame.Operation {
	const tag = "System users"
	return []frame.Operation{
		{
			Method: "GET", Path: frame.Prefix + "/system-users", ID: "list-system-users", Tag: tag, Perm: access.PeopleRead, Status: http.StatusOK,
			Summary: "List system users", Description: "Everybody with a staff role, and everybody who is invited with one, by id. Their roles are changed in the console, by a person who gives their password.", Bind: handled((*desk).list),
		},
		{
			Method: "POST", Path: frame.Prefix + "/system-users", ID: "invite-system-user", Tag: tag, Perm: access.StaffWrite, Status: http.StatusCreated, Refusals: []int{409},
			Summary: "Invite a system user", Description: "Mails a link that works once. Whoever is in already has the roles at once. A key gives nothing that it does not hold itself, and neither may whoever made it; both are looked at again when the invitation is accepted.",
			Example: map[string]any{"email": "tom@example.com", "roles": []map[string]any{{"role": "viewer"}}}, Bind: handled((*desk).invite),
		},
		{
			Method: "GET", Path: frame.Prefix + "/roles", ID: "list-roles", Tag: tag, Perm: access.StaffWrite, Status: http.StatusOK,
			Summary: "List roles", Description: "Those that come ready, and the workspace's own.", Bind: handled((*desk).roles),
		},
	}
}

// RoleSeat is a role and where it holds.
type RoleSeat struct {
	Role    string `json:"role" doc:"The role's key." example:"technician"`
	Scope   string `json:"scope,omitempty" enum:"account,group,location" doc:"What it is limited to; without it the whole workspace." example:"location"`
	ScopeID string `json:"scope_id,omitempty" doc:"Which one." example:"01kamb5nzh0q4t8v6w2y3x5z7c"`
}

// HeldRole is a seat that somebody has.
type HeldRole struct {
	RoleSeat
	Label   string `json:"label" doc:"The role's name." example:"Technician"`
	Offered bool   `json:"offered" doc:"Whether it is offered by an open invitation, and not held yet."`
}

// SystemUser is a system user as the API shows one.
type SystemUser struct {
	ID         string     `json:"id" doc:"The user's id." example:"01kamb5nzh0q4t8v6w2y3x5z7c"`
	Name       string     `json:"name" doc:"Masked without the permission personal-data."`
	Email      string     `json:"email" doc:"Masked likewise."`
	Status     string     `json:"status" doc:"How far they have come." example:"active"`
	Roles      []HeldRole `json:"roles" nullable:"false" doc:"What they hold or are offered, and where."`
	SignedInAt *time.Time `json:"signed_in_at" doc:"When they last signed in; null if they did not."`
	CreatedAt  time.Time  `json:"created_at" doc:"When they were added."`
}

func memberOf(m *read.Member) SystemUser {
	v := SystemUser{ID: string(m.ID), Name: m.Name, Email: m.Email, Status: string(m.Status), CreatedAt: m.Created, Roles: []HeldRole{}}
	for _, s := range m.Seats {
		v.Roles = append(v.Roles, HeldRole{RoleSeat: RoleSeat{Role: s.Key, Scope: string(s.At.Kind), ScopeID: s.At.ID}, Label: s.Label, Offered: s.Offered})
	}
	if !m.SignedIn.IsZero() {
		v.SignedInAt = &m.SignedIn
	}
	return v
}

type listIn struct{ frame.Listing }

func (s *desk) list(ctx context.Context, by access.Actor, in *listIn) (*frame.Listed[SystemUser], error) {
	at, err := s.At(ctx, in.Listing, nil)
	if err != nil {
		return nil, err
	}
	all, err := s.Crew.List(ctx, by)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b read.Member) int { return strings.Compare(string(a.ID), string(b.ID)) })
	rows, next := frame.Whole(all, func(m read.Member) string { return string(m.ID) }, at, in.Limit)
	return frame.PageOf(ctx, s.Server, in.Listing, nil, frame.Each(rows, memberOf), next)
}

type inviteIn struct {
	Body struct {
		Email   string     `json:"email" doc:"Where the invitation goes." example:"tom@example.com"`
		Roles   []RoleSeat `json:"roles" nullable:"false" doc:"At least one."`
		Message string     `json:"message,omitempty" doc:"Stands in the mail."`
	}
}

// SystemUserInvited is what became of an invitation.
type SystemUserInvited struct {
	ID      string `json:"id" doc:"The user's id." example:"01kamb5nzh0q4t8v6w2y3x5z7c"`
	Invited bool   `json:"invited" doc:"Whether a link is on its way; else they were in already, and hold the roles."`
}

func (s *desk) invite(ctx context.Context, by access.Actor, in *inviteIn) (*frame.One[SystemUserInvited], error) {
	var roles []access.Given
	for _, one := range in.Body.Roles {
		roles = append(roles, access.Given{Role: one.Role, At: access.Scope{Kind: access.ScopeKind(one.Scope), ID: one.ScopeID}})
		if (one.Scope == "") != (one.ScopeID == "") {
			return nil, errs.AtField("roles", "Give both scope and scope_id, or neither.")
		}
	}
	a, err := s.Staff.Add(ctx, by, in.Body.Email, roles, in.Body.Message)
	if err != nil {
		return nil, err
	}
	return &frame.One[SystemUserInvited]{Body: SystemUserInvited{ID: string(a.Person), Invited: a.Invited}}, nil
}

// StaffRole is a role as the API shows one.
type StaffRole struct {
	ID          string   `json:"id" doc:"The role's key." example:"technician"`
	Label       string   `json:"label" doc:"The role's name." example:"Technician"`
	Does        string   `json:"does" doc:"What it is for." example:"chargers and remote actions, no personal data"`
	Permissions []string `json:"permissions" nullable:"false" doc:"What its holders may do." example:"[\"places:write\"]"`
	Own         bool     `json:"own" doc:"Whether the workspace made it itself."`
}

func (s *desk) roles(ctx context.Context, by access.Actor, in *listIn) (*frame.Listed[StaffRole], error) {
	at, err := s.At(ctx, in.Listing, nil)
	if err != nil {
		return nil, err
	}
	all, err := s.Staff.Roles(ctx, by)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b access.Role) int { return strings.Compare(a.Key, b.Key) })
	rows, next := frame.Whole(all, func(r access.Role) string { return r.Key }, at, in.Limit)
	return frame.PageOf(ctx, s.Server, in.Listing, nil, frame.Each(rows, func(r *access.Role) StaffRole {
		return StaffRole{ID: r.Key, Label: r.Label, Does: r.Does, Permissions: r.Perms.Names(), Own: r.Own}
	}), next)
}
