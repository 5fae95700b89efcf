package app

import (
	"context"

	"involt/internal/core/access"
	"involt/internal/core/bulk"
	"involt/internal/core/id"
	"involt/internal/flow/people"
)

// inviter invites those whom an import has added, as bulk work.
type inviter struct{ people *people.Service }

func (i inviter) InviteMany(ctx context.Context, by access.Actor, list []id.Person) (id.Bulk, error) {
	one, err := i.people.Plan(ctx, by, bulk.Invite, list, "")
	if err != nil {
		return "", err
	}
	return one, i.people.Start(ctx, by, one, bulk.Args{})
}
