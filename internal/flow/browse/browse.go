// Package browse is read-only joins for screens, exports and the API: one file
// per screen. It never writes.
//
// Two things hold everywhere. Each statement names the actor's workspace for
// every table in it. And whoever lacks [access.PersonalData] sees names and
// addresses masked, cannot search by them and cannot sort by them, so that a
// list is no oracle either.
//
// Lists are cut into pages by the last row shown and not by a number of rows to
// skip: rows that come in meanwhile neither repeat nor hide others, and the
// hundredth page costs what the first does.
package browse

import (
	"context"

	"involt/internal/flow/browse/paging"
	"involt/internal/flow/browse/roster"
	"involt/internal/kit/db"
)

// Service answers screens. Its methods check permission and open the
// transaction; the functions they call do neither.
type Service struct {
	DB *db.DB

	lists roster.Memory // of users
}

// Run keeps the lists of users in memory fresh until ctx is done. Without it
// they are read when they are first asked for.
func (s *Service) Run(ctx context.Context) error { return s.lists.Run(ctx, s.DB) }

// Paging says which part of a list is wanted, and Page which was given.
type (
	Paging = paging.Wanted
	Page   = paging.Page
)
